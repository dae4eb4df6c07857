/* SPDX-License-Identifier: MIT */
#include "lib/page/plot.h"

#include "lib/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define COLOURS 8 /* of the style sheet, .s1 … .s8 */
#define KEY 16 /* curves that a key has room for */
#define FEW 20 /* whole numbers that an axis has room for */

struct series {
    char name[40];
    size_t points;
};

struct plot {
    char x[40], y[40];
    bool log_x, log_y;
    double least, most; /* of x */
    FILE *script; /* NULL: there is no room for it */
    struct series *series; /* [count] */
    size_t count, capacity;
};

/* The words that gnuplot is given. */
static void take_word(char *to, size_t room, const char *word)
{
    size_t n = 0;
    for (; *word && n + 1 < room; word++)
        if ((*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z') ||
            strchr("0123456789 .,+-%()/", *word))
            to[n++] = *word;
    to[n] = 0;
}

struct plot *plot_new(const char *x, const char *y, const char *logarithmic)
{
    struct plot *p = memory_new(1, sizeof *p);
    take_word(p->x, sizeof p->x, x);
    take_word(p->y, sizeof p->y, y);
    p->log_x = strchr(logarithmic, 'x') != NULL;
    p->log_y = strchr(logarithmic, 'y') != NULL;
    p->least = INFINITY;
    p->most = -INFINITY;
    p->script = tmpfile();
    return p;
}

void plot_free(struct plot *p)
{
    if (p->script)
        fclose(p->script);
    memory_free(p->series);
    memory_free(p);
}

static void end_series(struct plot *p)
{
    if (p->script && p->count)
        fputs("END\n", p->script);
}

void plot_series(struct plot *p, const char *name)
{
    end_series(p);
    p->series = memory_grow(p->series, &p->capacity, p->count + 1, sizeof *p->series);
    struct series *s = &p->series[p->count++];
    s->points = 0;
    take_word(s->name, sizeof s->name, name);
    if (p->script)
        fprintf(p->script, "$s%zu << END\n", p->count);
}

void plot_point(struct plot *p, double x, double y)
{
    if (!p->script || !isfinite(x) || !isfinite(y) || (p->log_x && x <= 0) || (p->log_y && y <= 0))
        return;
    p->series[p->count - 1].points++;
    p->least = fmin(p->least, x);
    p->most = fmax(p->most, x);
    fprintf(p->script, "%.9g %.9g\n", x, y);
}

/* Series k has the colour #00000K, which becomes the class sK. */
static bool write_script(struct plot *p)
{
    size_t drawn = 0;
    end_series(p);
    fputs("set terminal svg size 720,360 dynamic noenhanced font 'sans-serif,13'\n"
          "set grid linecolor rgb '#808080'; set border 3; set tics nomirror\n",
          p->script);
    fprintf(p->script, "set xlabel '%s'; set ylabel '%s'\n%s%s", p->x, p->y,
            p->log_x ? "set logscale x\n" : "", p->log_y ? "set logscale y\n" : "");
    if (!p->log_x && p->most - p->least <= FEW)
        fputs("set xtics 1\n", p->script); /* whole numbers, all of them */
    fputs(p->count == 1 || p->count > KEY ? "unset key\n" : "set key outside right top\n", p->script);
    for (size_t k = 0; k < p->count; k++)
        if (p->series[k].points) {
            fprintf(p->script,
                    "%s $s%zu using 1:2 with linespoints linewidth 1.6 dashtype %zu pointtype %zu ",
                    drawn++ ? ", " : "plot", k + 1, k / COLOURS % 5 + 1,
                    k % 15 + 4 > 15 ? k % 15 - 11 : k % 15 + 4);
            fprintf(p->script, "pointsize 0.6 linecolor rgb '#00000%zu' title '%s'", k % COLOURS + 1,
                    p->series[k].name);
        }
    putc('\n', p->script);
    return fflush(p->script) == 0 && !ferror(p->script) && fseek(p->script, 0, SEEK_SET) == 0;
}

/* gnuplot with the script as its input and `out` as its output. */
static enum plot_outcome run(FILE *script, FILE *out)
{
    char *argument[] = {"gnuplot", "-d", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return PLOT_FAILED;
    int fault = posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    fault = fault ? fault : posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
    fault =
        fault ? fault : posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    fault = fault ? fault : posix_spawnp(&child, *argument, &actions, NULL, argument, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (fault)
        return fault == ENOENT || fault == EACCES || fault == ENOTDIR ? PLOT_MISSING : PLOT_FAILED;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return PLOT_FAILED;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return PLOT_MISSING;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PLOT_DRAWN : PLOT_FAILED;
}

static char *contents(FILE *f)
{
    char *text = NULL;
    size_t n = 0, capacity = 0, got;
    rewind(f);
    do {
        text = memory_grow(text, &capacity, n + (1 << 16), 1);
        n += got = fread(text + n, 1, capacity - n - 1, f);
    } while (got);
    text[n] = 0;
    return text;
}

/* Where the drawing begins: behind the title and the maker's name, which the page has in its own words. */
static const char *inside(const char *svg)
{
    const char *begin = strstr(svg, "<svg"), *end = begin ? strstr(begin, "</desc>") : NULL;
    if (end)
        return end + strlen("</desc>");
    end = begin ? strchr(begin, '>') : NULL;
    return end ? end + 1 : NULL;
}

/* An attribute NAME="rgb(r, g, b)", in quotes of either kind: its bytes, and the number of the series whose colour it
 * is, 0 for another colour; else 0. */
static size_t colour_at(const char *at, const char *name, unsigned *series)
{
    unsigned red, green, blue;
    size_t n = strlen(name);
    if (strncmp(at, name, n) != 0 || at[n] != '=' || (at[n + 1] != '\'' && at[n + 1] != '"'))
        return 0;
    const char *end = strchr(at + n + 2, at[n + 1]);
    if (!end || sscanf(at + n + 2, "rgb(%u,%u,%u)", &red, &green, &blue) != 3)
        return 0;
    *series = red == 0 && green == 0 && blue <= COLOURS ? blue : 0;
    return (size_t)(end + 1 - at);
}

/* Ids become this plot's own, colours those of the page, and links those of HTML. */
static void write_svg(struct html *h, const char *at, unsigned number)
{
    static const char *const pattern[][2] = {
        {"id='", "id='p@-"},
        {"id=\"", "id=\"p@-"},
        {"xlink:href='#", "href='#p@-"},
        {"\"black\"", "\"currentColor\""},
        {"'black'", "'currentColor'"},
    };
    enum { PATTERNS = sizeof pattern / sizeof *pattern };
    while (*at) {
        if (strncmp(at, "<title>", 7) == 0 && strstr(at, "</title>")) {
            at = strstr(at, "</title>") + 8; /* a name of gnuplot's, which browsers would show */
            continue;
        }
        size_t k = 0, n;
        unsigned series = 0;
        while (k < PATTERNS && strncmp(at, pattern[k][0], strlen(pattern[k][0])) != 0)
            k++;
        if (k < PATTERNS) {
            for (const char *c = pattern[k][1]; *c; c++)
                if (*c == '@')
                    fprintf(h->out, "%u", number);
                else
                    putc(*c, h->out);
            at += strlen(pattern[k][0]);
        } else if ((n = colour_at(at, "color", &series)) > 0 && series) {
            fprintf(h->out, "class=\"s%u\"", series);
            at += n;
        } else if ((n = colour_at(at, "stroke", &series)) > 0 && series) {
            fprintf(h->out, "class=\"s%u\" stroke=\"currentColor\"", series);
            at += n;
        } else {
            putc(*at++, h->out);
        }
    }
}

enum plot_outcome plot_draw(struct plot *p, struct html *h, const char *title, unsigned number)
{
    size_t points = 0;
    for (size_t k = 0; k < p->count; k++)
        points += p->series[k].points;
    if (!p->script)
        return PLOT_FAILED;
    if (!points)
        return PLOT_EMPTY;
    FILE *out = write_script(p) ? tmpfile() : NULL;
    if (!out)
        return PLOT_FAILED;
    enum plot_outcome outcome = run(p->script, out);
    char *svg = outcome == PLOT_DRAWN ? contents(out) : NULL;
    const char *drawing = svg ? inside(svg) : NULL;
    if (drawing) {
        html_begin(h, "div", "class", "scroll", "role", "group", "tabindex", "0", "aria-label", title, NULL);
        html_begin(h, "svg", "class", "plot", "viewBox", "0 0 720 360", "role", "img", "aria-label", title,
                   NULL);
        write_svg(h, drawing, number); /* with its </svg> */
        h->depth--;
        html_end(h);
    } else if (outcome == PLOT_DRAWN) {
        outcome = PLOT_FAILED;
    }
    memory_free(svg);
    fclose(out);
    return outcome;
}

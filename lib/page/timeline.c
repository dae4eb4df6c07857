/* SPDX-License-Identifier: MIT
 *
 * timeline: Figure 1 of Sun (2016) from a real run, as scripts/figure1 draws it: a row a worker; of each gradient R (a
 * line), G (an empty box) and W (a full one). Those in error are dashed and red.
 */
#include "lib/base/memory.h"
#include "lib/page/sections.h"

#include <math.h>
#include <stdio.h>

#define COUNT 24 /* gradients that are drawn */
#define WORKERS 4096 /* of a trace, at most */
#define LEFT 80
#define WIDE 1100
#define HIGH 40

struct gradient {
    double ticket, worker, read, gradient, made, write, done;
    bool joined, wrong;
};

static double number(const struct page_run *run, size_t k, const char *field)
{
    double x;
    return events_number(run->trace, "gradient", k, field, &x) ? x : NAN;
}

static bool said(const struct page_run *run, size_t k, const char *field)
{
    return events_true(run->trace, "gradient", k, field);
}

/* All gradients of the trace that are whole: [*count], to be freed. */
static struct gradient *read_all(const struct page_run *run, size_t *count)
{
    size_t n = events_count(run->trace, "gradient");
    struct gradient *a = memory_new(n, sizeof *a);
    *count = 0;
    for (size_t k = 0; k < n; k++) {
        struct gradient g = {
            .ticket = number(run, k, "ticket"),
            .worker = number(run, k, "worker"),
            .read = number(run, k, "read"),
            .gradient = number(run, k, "gradient"),
            .made = number(run, k, "made"),
            .write = number(run, k, "write"),
            .done = number(run, k, "done"),
            .joined = said(run, k, "joined"),
            .wrong = said(run, k, "read_overwrite") || said(run, k, "write_overwrite"),
        };
        if (isfinite(g.ticket + g.read + g.gradient + g.made + g.write + g.done) && g.worker >= 0 &&
            g.worker < WORKERS)
            a[(*count)++] = g;
    }
    return a;
}

/* How many workers have one of the COUNT gradients from k on; of as many, how often another one goes on. */
static size_t crowd(const struct gradient *a, size_t n, size_t k)
{
    size_t size = 0, turns = 0;
    for (size_t i = k; i < k + COUNT && i < n; i++) {
        bool new = true;
        for (size_t j = k; j < i && new; j++)
            new = a[j].worker != a[i].worker;
        size += new;
        turns += i > k && a[i].worker != a[i - 1].worker;
    }
    return size * COUNT + turns;
}

/* The window of COUNT gradients with most workers: its first. */
static size_t find_window(const struct gradient *a, size_t n)
{
    size_t first = 0, most = crowd(a, n, 0);
    for (size_t k = 1; k + COUNT <= n; k++) {
        size_t size = crowd(a, n, k);
        if (size > most) {
            most = size;
            first = k;
        }
    }
    return first;
}

static void box(struct html *h, const char *class, double x, double width, size_t y)
{
    char at[3][32];
    snprintf(at[0], sizeof *at, "%.1f", x);
    snprintf(at[1], sizeof *at, "%zu", y);
    snprintf(at[2], sizeof *at, "%.1f", width > 0.5 ? width : 0.5);
    html_begin(h, "rect", "class", class, "x", at[0], "y", at[1], "width", at[2], "height", "28", NULL);
    html_end(h);
}

static void line(struct html *h, double x, size_t y)
{
    char at[3][32];
    snprintf(at[0], sizeof *at, "%.1f", x);
    snprintf(at[1], sizeof *at, "%zu", y - 4);
    snprintf(at[2], sizeof *at, "%zu", y + 32);
    html_begin(h, "line", "class", "r", "x1", at[0], "x2", at[0], "y1", at[1], "y2", at[2], NULL);
    html_end(h);
}

static void words(struct html *h, double x, size_t y, const char *text)
{
    char at[2][32];
    snprintf(at[0], sizeof *at, "%.1f", x);
    snprintf(at[1], sizeof *at, "%zu", y);
    html_begin(h, "text", "x", at[0], "y", at[1], NULL);
    html_say(h, "%s", text);
    html_end(h);
}

/* The rows of a window's workers, by their number: row[k] of a[k]. Returns how many there are. */
static size_t find_rows(const struct gradient *a, size_t n, size_t *row)
{
    size_t rows = 0;
    for (size_t k = 0; k < n; k++) {
        row[k] = 0;
        for (size_t i = 0; i < n; i++) {
            bool lower = a[i].worker < a[k].worker;
            for (size_t j = 0; j < i && lower; j++)
                lower = a[j].worker != a[i].worker;
            row[k] += lower;
        }
        rows = row[k] + 1 > rows ? row[k] + 1 : rows;
    }
    return rows;
}

static void draw(struct html *h, const struct gradient *a, size_t n)
{
    double begin = a[0].read, end = a[0].done;
    for (size_t k = 1; k < n; k++) {
        begin = fmin(begin, a[k].read);
        end = fmax(end, a[k].done);
    }
    size_t row[COUNT], rows = find_rows(a, n, row);
    double scale = end > begin ? WIDE / (end - begin) : 0;
    char text[96], box_text[48];
    snprintf(box_text, sizeof box_text, "0 0 %d %zu", LEFT + WIDE + 10, rows * HIGH + 30);
    html_begin(h, "svg", "class", "time", "viewBox", box_text, "role", "img", "aria-label",
               "Reading, computing and writing of gradients, a row a worker", NULL);
    for (size_t k = 0; k < n; k++) {
        size_t y = row[k] * HIGH + 8;
        snprintf(text, sizeof text, "worker %.0f", a[k].worker);
        bool new = true;
        for (size_t j = 0; j < k && new; j++)
            new = row[j] != row[k];
        if (new)
            words(h, 4, y + 18, text);
        html_begin(h, "g", "class", a[k].wrong ? "wrong" : NULL, NULL);
        box(h, "g", LEFT + scale * (a[k].gradient - begin), scale * (a[k].made - a[k].gradient), y);
        if (!a[k].joined)
            box(h, "w", LEFT + scale * (a[k].write - begin), scale * (a[k].done - a[k].write), y);
        line(h, LEFT + scale * (a[k].read - begin), y);
        html_end(h);
    }
    snprintf(text, sizeof text, "%.1f \u00b5s", (end - begin) / 1000);
    words(h, LEFT, rows * HIGH + 20, text);
    html_end(h);
}

static void write_run(struct page *p, const struct page_run *run)
{
    struct html *h = &p->html;
    size_t count;
    struct gradient *a = read_all(run, &count);
    size_t first = count ? find_window(a, count) : 0, n = count - first < COUNT ? count - first : COUNT;
    page_run_heading(p, run);
    if (!n) {
        page_say(p, "The trace has no gradient.");
    } else {
        html_begin(h, "figure", NULL);
        html_begin(h, "div", "class", "scroll", "role", "group", "tabindex", "0", "aria-label",
                   "Timeline of gradients", NULL);
        draw(h, a + first, n);
        html_end(h);
        html_leaf(
            h, "figcaption",
            "Samples %.0f to %.0f of an epoch, which were traced: a line is R, an empty box G, a full one W; "
            "dashed and red are gradients in error",
            a[first].ticket, a[first + n - 1].ticket);
        html_end(h);
    }
    memory_free(a);
}

void timeline_section(struct page *p)
{
    bool any = false;
    page_section(p, "timeline");
    for (size_t r = 0; r < p->runs; r++)
        if (p->run[r].trace) {
            write_run(p, &p->run[r]);
            any = true;
        }
    if (!any)
        page_say(p, "Nothing was traced; train with engine.trace.pass=2, say, to see here who read, computed "
                    "and wrote "
                    "when (Figure 1 of Sun 2016).");
    page_section_end(p);
}

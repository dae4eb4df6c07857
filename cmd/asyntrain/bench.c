/* SPDX-License-Identifier: MIT
 *
 * bench: modes × threads × repeats on one reading of the corpora. A mode is a name for a set of assignments, which are
 * said after the configuration's own; what that says for other engines and optimizers is dropped.
 */
#include "cmd/asyntrain/check.h"
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/engines/modes.h"
#include "lib/report/bar.h"
#include "lib/train/benchreport.h"
#include "lib/train/limits.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MODES, THREADS, REPEATS, GOAL, OUT, LIMITS, DRY_RUN, JSON };
static const struct option options[] = {
    [MODES] = {"--modes", "MODES",
               "some of `asyntrain list modes`, or NAME:key=value,key=value (default: all)"},
    [THREADS] =
        {"--threads", "LIST",
         "numbers of threads, such as 1,2,4 (default: 1 and the number of cores); a mode may have its own"},
    [REPEATS] = {"--repeats", "N",
                 "number of runs of each mode, with seeds run.seed, run.seed + 1 … (default: 5)"},
    [GOAL] = {"--goal", "SCORE",
              "score after each epoch, and report the seconds of training until SCORE is reached"},
    [OUT] = {"--out", "NAME", "write NAME.json and NAME.csv as well"},
    [LIMITS] = {"--limits", NULL,
                "no modes: compare one thread with what limits it, the memory's speed or OpenBLAS's"},
    [DRY_RUN] = {"--dry-run", NULL, "check everything, print what would be done, and write nothing"},
    [JSON] = {"--log-json", NULL, "progress and messages on stderr as JSON, an object a line"},
    {NULL, NULL, NULL},
};

enum { CASES = 256, THREADS_MOST = 64, NAME_LENGTH = 40, REPEATS_MOST = 10000 };

/* What was asked for. */
struct bench {
    int argc; /* operands: the configuration */
    char **argv;
    uint32_t threads[THREADS_MOST], nthreads, repeats;
    double goal;
    struct benchmark_case cases[CASES];
    struct config *config[CASES]; /* theirs */
    char name[CASES][NAME_LENGTH + 1];
    uint32_t ncases;
};

/* The next item of a list, a string of its own, or NULL; `*list` moves past it. */
static char *next_item(const char **list, const char *separators)
{
    *list += strspn(*list, separators);
    size_t n = strcspn(*list, separators);
    char *item = n ? memory_copy(*list, n) : NULL;
    *list += n;
    return item;
}

/* ---- options ---- */

static bool take_number(const char *option, const char *text, long long most, uint32_t *value,
                        struct error *e)
{
    long long n = 0;
    const bool good = setup_number(option, text, 1, most, &n, e);
    *value = (uint32_t)n;
    return good;
}

static bool take_threads(struct bench *b, const char *list, struct error *e)
{
    bool good = true;
    for (char *item; good && (item = next_item(&list, ", ")) != NULL; memory_free(item)) {
        uint32_t n = 0;
        good = b->nthreads < THREADS_MOST
                   ? take_number("--threads", item, WORKERS_MOST, &n, e)
                   : error_set(e, ERROR_USAGE, "option --threads: more than %d numbers", THREADS_MOST);
        for (uint32_t k = 0; k < b->nthreads && good; k++)
            if (b->threads[k] == n)
                good = error_set(e, ERROR_USAGE, "option --threads: %u twice; keep one of them", n);
        if (good)
            b->threads[b->nthreads++] = n;
    }
    if (good && b->nthreads == 0)
        return error_set(e, ERROR_USAGE, "option --threads: an empty list; expected such as 1,2,4");
    return good;
}

static bool take_options(struct bench *b, const char *const *values, struct error *e)
{
    char usual[32];
    snprintf(usual, sizeof usual, cpu_count() > 1 ? "1,%d" : "%d", cpu_count());
    b->goal = NAN;
    if (values[GOAL] && (!text_real(span_of(values[GOAL]), &b->goal) || b->goal < 0 || b->goal > 100))
        return error_set(e, ERROR_USAGE,
                         "option --goal: '%.40s'; expected a score in per cent, from 0 to 100", values[GOAL]);
    if (values[OUT] && !*values[OUT])
        return error_set(e, ERROR_USAGE, "option --out: the files have no name");
    return take_number("--repeats", values[REPEATS] ? values[REPEATS] : "5", REPEATS_MOST, &b->repeats, e) &&
           take_threads(b, values[THREADS] ? values[THREADS] : usual, e);
}

/* ---- modes ---- */

static bool assigns(const char *item, const char *key)
{
    size_t n = strlen(key);
    return strncmp(item, key, n) == 0 && item[n] == '=';
}

/* Say a mode's assignments; first drop what was said for the parts that it does not take. */
static bool say(struct config *c, const char *settings, struct error *e)
{
    const char *rest = settings;
    bool good = true;
    for (char *item; (item = next_item(&rest, ",")) != NULL; memory_free(item))
        if (assigns(item, "engine.name") || assigns(item, "optimizer.name"))
            parts_forget(c, *item == 'e' ? "engine" : "optimizer", strchr(item, '=') + 1);
    rest = settings;
    for (char *item; good && (item = next_item(&rest, ",")) != NULL; memory_free(item))
        good = config_set(c, item, e);
    return good;
}

/* The configuration of a mode, complete. NULL and an error. */
static struct config *mode_config(const struct bench *b, const struct mode *m, uint32_t threads,
                                  struct parts *parts, struct error *e)
{
    struct config *c = setup_config(b->argc, b->argv, e);
    char text[64];
    if (!c)
        return NULL;
    config_forget(
        c, "engine.trace"); /* what these cost is no mode's, and there is no run whose files they are */
    config_forget(c, "engine.record");
    config_forget(c, "engine.iterates");
    snprintf(text, sizeof text, "engine.threads=%u", threads);
    bool good = config_set(c, text, e) && say(c, m->settings, e); /* a mode may have a number of its own */
    const char *how = config_peek(c, "engine.combine.mode");
    if (good && m->combines && (!how || strcmp(how, "none") == 0))
        good = say(c, m->combines, e);
    if (good && parts_find(c, model_table, parts, e))
        return c;
    error_within(e, "mode '%s'", m->name);
    config_free(c);
    return NULL;
}

static bool add_case(struct bench *b, const struct mode *m, uint32_t threads, struct error *e)
{
    if (b->ncases == CASES)
        return error_set(e, ERROR_USAGE, "more than %d combinations of modes and threads; take fewer", CASES);
    struct benchmark_case *z = &b->cases[b->ncases];
    struct config *c = mode_config(b, m, threads, &z->parts, e);
    if (!c)
        return false;
    snprintf(b->name[b->ncases], sizeof b->name[0], "%s", m->name);
    z->mode = b->name[b->ncases];
    z->baseline = m->baseline;
    z->threads = (uint32_t)config_integer(c, "engine.threads");
    z->config = b->config[b->ncases++] = c;
    return true;
}

/* Does a mode have a number of threads of its own? */
static bool fixed(const struct bench *b, const struct mode *m)
{
    struct parts parts;
    struct error e = {0};
    struct config *c = mode_config(b, m, 2, &parts, &e);
    bool own = !c || config_integer(c, "engine.threads") != 2;
    config_free(c);
    c = own ? NULL : mode_config(b, m, 1, &parts, &e);
    own |= c && config_integer(c, "engine.threads") != 1;
    config_free(c);
    return own;
}

/* An engine of one thread is one case. */
static bool add_mode(struct bench *b, const struct mode *m, struct error *e)
{
    struct parts parts;
    for (uint32_t k = 0; k < b->ncases; k++)
        if (strcmp(b->cases[k].mode, m->name) == 0)
            return error_set(e, ERROR_USAGE, "option --modes: '%s' twice; keep one of them", m->name);
    struct config *c = mode_config(b, m, 1, &parts, e);
    if (!c)
        return false;
    config_free(c);
    if (!parts.engine->parallel || fixed(b, m))
        return add_case(b, m, 1, e);
    bool good = true;
    for (uint32_t k = 0; k < b->nthreads && good; k++)
        good = add_case(b, m, b->threads[k], e);
    return good;
}

static const struct mode *find_mode(const char *name)
{
    for (const struct mode *m = mode_table; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

/* A mode of the user's: NAME:key=value,key=value */
static bool add_own(struct bench *b, const char *item, struct error *e)
{
    char name[NAME_LENGTH + 1];
    size_t n = strcspn(item, ":");
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_",
               *rest = item + n + 1;
    if (n == 0 || n > NAME_LENGTH || strspn(item, allowed) != n)
        return error_set(e, ERROR_USAGE,
                         "option --modes: '%.60s': expected NAME:key=value,key=value, a name of at most %d "
                         "letters, digits and . + - _",
                         item, NAME_LENGTH);
    snprintf(name, sizeof name, "%.*s", (int)n, item);
    bool good = true;
    for (char *word; good && (word = next_item(&rest, ",")) != NULL; memory_free(word)) {
        if (strncmp(word, "engine.record", 13) == 0 || strncmp(word, "engine.trace", 12) == 0 ||
            strncmp(word, "engine.iterates", 15) == 0)
            good = error_set(e, ERROR_USAGE,
                             "mode '%s': '%.60s': bench leaves no files of single runs; leave it out, or use "
                             "asyntrain train",
                             name, word);
        if (strncmp(word, "engine.", 7) != 0 && strncmp(word, "optimizer.", 10) != 0 &&
            strncmp(word, "run.", 4) != 0)
            good =
                error_set(e, ERROR_USAGE,
                          "mode '%s': '%.60s': modes may differ in engine, optimizer and run, as all share "
                          "corpora and model; for others run bench once for each",
                          name, word);
    }
    const struct mode *same = find_mode(name); /* a user's own baseline has the baseline's name */
    struct mode own = {name, item + n + 1, NULL, same && same->baseline};
    return good && add_mode(b, &own, e);
}

static bool add_named(struct bench *b, const char *name, struct error *e)
{
    const struct mode *m = find_mode(name);
    if (m)
        return add_mode(b, m, e);
    const char *names[16];
    size_t n = 0;
    for (; mode_table[n].name; n++)
        names[n] = mode_table[n].name;
    const char *near = text_nearest(name, names, n);
    return error_set(e, ERROR_USAGE,
                     "option --modes: no mode '%.60s'%s%s%s; see asyntrain list modes, or give "
                     "NAME:key=value,key=value",
                     name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Items between blanks; names alone may have commas between them. */
static bool take_modes(struct bench *b, const char *list, struct error *e)
{
    bool good = true;
    for (size_t k = 0; !list && mode_table[k].name && good; k++)
        good = add_mode(b, &mode_table[k], e);
    for (char *item; list && good && (item = next_item(&list, " \t\n")) != NULL; memory_free(item)) {
        const char *rest = item;
        if (strchr(item, ':'))
            good = add_own(b, item, e);
        else
            for (char *name; good && (name = next_item(&rest, ",")) != NULL; memory_free(name))
                good = add_named(b, name, e);
    }
    if (good && b->ncases == 0)
        return error_set(e, ERROR_USAGE, "option --modes: an empty list; see asyntrain list modes");
    return good;
}

/* ---- the verb ---- */

/* A moving line, on a terminal. */
static void turn(void *context, const struct benchmark *m, uint32_t repeat, uint32_t which)
{
    const double *begin = context;
    const uint32_t done = repeat * m->ncases + which, all = m->repeats * m->ncases;
    char what[128], left[BAR_PIECE];
    snprintf(what, sizeof what, "%u/%u %s, threads %u", done + 1, all, m->cases[which].mode,
             m->cases[which].threads);
    struct bar b = {.title = what, .share = (double)done / all};
    bar_add(&b, 1, "repeat %u of %u", repeat + 1, m->repeats);
    if (done)
        bar_add(&b, 0, "%s left", bar_time((cpu_wall() - *begin) / done * (all - done), left));
    terminal_turn(what, &b);
}

static void warn_crowded(const struct bench *b)
{
    uint32_t most = 1;
    for (uint32_t k = 0; k < b->ncases; k++)
        most = b->cases[k].threads > most ? b->cases[k].threads : most;
    if (most > (uint32_t)cpu_count())
        terminal_say("warning: %u threads on %d cores: threads take turns, so it gets no faster beyond %d",
                     most, cpu_count(), cpu_count());
}

static bool measure(struct bench *b, const char *out, struct error *e)
{
    struct benchreport *r = out ? benchreport_open(out, e) : NULL;
    struct benchmark *m = out && !r ? NULL : benchmark_new(b->cases, b->ncases, b->repeats, b->goal, e);
    double begin = cpu_wall();
    if (m)
        warn_crowded(b);
    struct error later = {0};
    bool good = m && benchmark_train(m, turn, &begin, e);
    const bool stopped = e->kind > 128 && m && m->repeats; /* by a signal, after some repeats */
    terminal_close();
    if (good || stopped)
        benchreport_print(m, stdout);
    if ((good || stopped) && r) {
        good = benchreport_commit(r, m, stopped ? &later : e) && good;
        r = NULL;
    }
    if (later.kind)
        error_add(e, "; %s", later.text);
    benchreport_abandon(r);
    benchmark_free(m);
    return good;
}

/* What `measure` would do; nothing is written. */
static bool rehearse(struct bench *b, const char *out, struct error *e)
{
    struct benchmark *m = benchmark_new(b->cases, b->ncases, b->repeats, b->goal, e);
    const bool good = m && check_report(m->trainer, e);
    if (good) {
        for (uint32_t k = 0; k < b->ncases; k++)
            printf("mode     %-20s %u thread%s, %lld epochs\n", b->cases[k].mode, b->cases[k].threads,
                   b->cases[k].threads == 1 ? "" : "s", config_integer(b->cases[k].config, "run.epochs"));
        text_say(stdout, "runs     %u of each, %u in all%s%s; nothing was written", b->repeats,
                 b->repeats * b->ncases, out ? ", to be written to .json and .csv of " : "", out ? out : "");
    }
    benchmark_free(m);
    return good;
}

/* ---- limits */

static const struct mode *baseline(void)
{
    const struct mode *m = mode_table;
    while (!m->baseline)
        m++;
    return m;
}

/* The configuration on one thread. What is asked of modes is refused. */
static bool take_limits(struct bench *b, const char *const *values, struct error *e)
{
    static const int others[] = {MODES, THREADS, GOAL, OUT};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (values[others[k]])
            return error_set(e, ERROR_USAGE,
                             "option %s: not with --limits, which has no modes; leave one of both out",
                             options[others[k]].name);
    return take_number("--repeats", values[REPEATS] ? values[REPEATS] : "5", REPEATS_MOST, &b->repeats, e) &&
           add_case(b, baseline(), 1, e);
}

static bool measure_limits(const struct bench *b, bool dry, struct error *e)
{
    const struct benchmark_case *z = &b->cases[0];
    struct trainer *t = trainer_read(z->config, &z->parts, e);
    const bool stands =
        t && trainer_begin(t, z->config, &z->parts, (uint64_t)config_integer(z->config, "run.seed"), e);
    struct limits *l = stands ? limits_new(t, b->repeats, e) : NULL;
    bool good = l != NULL;
    if (good && dry) {
        good = check_report(t, e);
        if (good)
            text_say(stdout,
                     "limits   %u rounds, each a pass of training and one at the limit; nothing was written",
                     b->repeats);
    } else if (good && (good = limits_measure(l, e))) {
        limits_print(l, stdout);
    }
    limits_free(l);
    trainer_free(t);
    return good;
}

static int bench(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct parts parts;
    struct bench *b = memory_new(1, sizeof *b);
    terminal_open(false, values[JSON] != NULL);
    b->argc = argc;
    b->argv = argv;
    struct config *plain = setup_config(argc, argv, &e); /* is it right by itself? */
    const bool known = plain && parts_find(plain, model_table, &parts, &e);
    if (known && values[LIMITS] && take_limits(b, values, &e))
        measure_limits(b, values[DRY_RUN] != NULL, &e);
    if (known && !values[LIMITS] && take_options(b, values, &e) && take_modes(b, values[MODES], &e))
        (values[DRY_RUN] ? rehearse : measure)(b, values[OUT], &e);
    for (uint32_t k = 0; k < b->ncases; k++)
        config_free(b->config[k]);
    config_free(plain);
    memory_free(b);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_bench = {
    .name = "bench",
    .summary = "compare ways to train: speed, gradient errors, score",
    .operands = "CONFIG... [section.key=value...]",
    .example = "asyntrain bench configs/demo.yaml --threads 1,2",
    .least = 1,
    .most = -1,
    .options = options,
    .run = bench,
    .saves = true,
};

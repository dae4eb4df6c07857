/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/trials.h"

#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/train.h"

#include "lib/base/cpu.h"
#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/progress.h"
#include "lib/base/text.h"
#include "lib/data/corpus.h"
#include "lib/report/bar.h"
#include "lib/report/runlog.h"
#include "lib/report/statistics.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked */

static char *default_folder(const char *kind, int argc, char **argv)
{
    int file = 0;
    while (file + 1 < argc && setup_assigns(argv[file]))
        file++;
    const char *slash = strrchr(argv[file], '/'), *name = slash ? slash + 1 : argv[file];
    const int length = (int)strcspn(name, ".");
    char *path = memory_new((size_t)length + strlen(kind) + 16, 1);
    sprintf(path, "runs/%.*s-%s", length, name, kind);
    return path;
}

void trials_init(struct trials *t, const char *kind, const char *out, int argc, char **argv)
{
    *t = (struct trials){.folder = out ? memory_copy(out, strlen(out)) : default_folder(kind, argc, argv)};
    study_init(&t->study, kind, t->folder);
}

void trials_free(struct trials *t)
{
    study_free(&t->study);
    for (size_t k = 0; k < t->noperands; k++)
        memory_free(t->operand[k]);
    memory_free(t->operand);
    memory_free(t->folder);
}

void trials_operand(struct trials *t, const char *operand)
{
    t->operand = memory_grow(t->operand, &t->capacity, t->noperands + 1, sizeof *t->operand);
    t->operand[t->noperands++] = memory_copy(operand, strlen(operand));
}

/* ---- configurations */

/* The operands of a trial, its own last: [*argc], to be freed; they are borrowed. */
static char **operands_of(const struct trials *t, const struct study_trial *trial, int *argc)
{
    char **all = memory_new(t->noperands + trial->nassign, sizeof *all);
    memcpy(all, t->operand, t->noperands * sizeof *all);
    memcpy(all + t->noperands, trial->assign, trial->nassign * sizeof *all);
    *argc = (int)(t->noperands + trial->nassign);
    return all;
}

static bool has_dev(const struct config *c, struct error *e)
{
    const char *const *files;
    return config_list(c, "corpus.dev", &files) > 0 || config_real(c, "corpus.dev_fraction") > 0 ||
           config_fault(
               c, "corpus.dev", e,
               "configurations are compared by their score on a development set, and there is none; name "
               "one in corpus.dev, or give a share of the training sentences in corpus.dev_fraction");
}

static bool configure(const struct trials *t, struct study_trial *trial, struct error *e)
{
    int argc;
    struct parts parts;
    char **argv = operands_of(t, trial, &argc);
    struct config *c = setup_config(argc, argv, e);
    struct corpus corpus;
    const bool good = c && parts_find(c, model_table, &parts, e) && corpus_configure(&corpus, c, e) &&
                      (!t->ranked || has_dev(c, e));
    if (good) {
        trial->config = config_text(c);
        trial->threads = (int)config_integer(c, "engine.threads");
    }
    config_free(c);
    memory_free(argv);
    return good;
}

/* ---- what is told */

static const char *const states[] = {
    [STUDY_TRAINED] = "trained", [STUDY_DIVERGED] = "diverged", [STUDY_REFUSED] = "refused"};

static void said(void *context, const char *words)
{
    (void)context;
    terminal_say("%s", words);
}

static const char *figure(const struct study_score *s)
{
    return s->chunks ? "F1" : "accuracy";
}

/* The one that counts, test before dev. */
static const struct study_score *score_of(const struct study_trial *trial)
{
    return trial->test.known ? &trial->test : &trial->dev;
}

static size_t finished(const struct study *s)
{
    return s->count - study_left(s);
}

/* One that is finished, for programs. */
static void tell_trial(const struct trials *t, const struct study_trial *trial)
{
    const struct study_score *score = score_of(trial);
    struct error none;
    struct runlog *l = runlog_told();
    runlog_listen(l, terminal_event, NULL);
    runlog_begin(l, "trial");
    runlog_string(l, "name", trial->name);
    runlog_open_object(l, "keys");
    for (size_t k = 0; k < t->nlabels; k++) {
        const char *value = strchr(trial->assign[k], '=') + 1;
        char *key = memory_copy(trial->assign[k], (size_t)(value - 1 - trial->assign[k]));
        runlog_string(l, key, value);
        memory_free(key);
    }
    runlog_close(l);
    runlog_string(l, "state", states[trial->state]);
    if (trial->state == STUDY_TRAINED && score->known) {
        runlog_string(l, "part", score == &trial->test ? "test" : "dev");
        runlog_string(l, "figure", figure(score));
        runlog_real(l, "score", score->headline);
    }
    if (trial->state == STUDY_TRAINED)
        runlog_real(l, "seconds", trial->seconds);
    if (trial->why)
        runlog_string(l, "why", trial->why);
    runlog_end(l, &none);
    runlog_abandon(l);
}

static void say_trial(const struct trials *t, const struct study_trial *trial)
{
    const struct study_score *score = score_of(trial);
    char words[256] = "", result[64];
    int n = 0;
    for (size_t k = 0; t->ranked && k < t->nlabels && n < 200; k++) /* else the name says it */
        n += snprintf(words + n, sizeof words - (size_t)n, "  %.60s", trial->assign[k]);
    snprintf(result, sizeof result, "%s", states[trial->state]);
    if (trial->state == STUDY_TRAINED && score->known)
        snprintf(result, sizeof result, "%s %s %.2f  %.1f s", score == &trial->test ? "test" : "dev",
                 figure(score), score->headline, trial->seconds);
    else if (trial->state == STUDY_TRAINED)
        snprintf(result, sizeof result, "%.1f s", trial->seconds);
    terminal_say("%zu/%zu  %s%s  %s", finished(&t->study), t->study.count, trial->name, words, result);
}

static void ended(void *context, const struct study_trial *trial)
{
    const struct trials *t = context;
    if (terminal_is_json())
        tell_trial(t, trial);
    else
        say_trial(t, trial);
}

static void tell_progress(const struct trials *t, double left)
{
    struct error none;
    struct runlog *l = runlog_told();
    runlog_listen(l, terminal_event, NULL);
    runlog_begin(l, "progress");
    runlog_string(l, "what", "study");
    runlog_integer(l, "done", (long long)finished(&t->study));
    runlog_integer(l, "all", (long long)t->study.count);
    runlog_integer(l, "running", (long long)study_running(&t->study));
    runlog_real(l, "seconds_left", left < 0 ? NAN : left);
    runlog_end(l, &none);
    runlog_abandon(l);
}

/* The best so far, or where none is to be chosen, the mean. */
static void add_result(struct bar *b, int rank, const struct trials *t)
{
    char part[32];
    size_t n;
    const struct study_trial *best = t->ranked ? trials_best(t) : NULL;
    double *score = t->ranked ? NULL : trials_scores(t, &n, part);
    if (best)
        bar_add(b, rank, "best dev %s %.2f", figure(&best->dev), best->dev.headline);
    if (score)
        bar_add(b, rank, "mean %s %.2f", part, statistics_mean(score, n));
    memory_free(score);
}

static void passing(void *context)
{
    enum { LEFT, RESULT, RUNNING }; /* the most important first */
    const struct trials *t = context;
    const struct study *s = &t->study;
    char title[64], words[BAR_PIECE];
    if (!terminal_due())
        return;
    const double left = study_seconds_left(s, t->jobs, cpu_wall());
    snprintf(title, sizeof title, "%zu/%zu", finished(s), s->count);
    struct bar b = {.title = title, .share = (double)finished(s) / (double)s->count};
    bar_add(&b, RUNNING, "%zu %s", study_running(s), interrupt_stop() ? "stopping" : "running");
    add_result(&b, RESULT, t);
    if (left >= 0 && !interrupt_stop())
        bar_add(&b, LEFT, "%s left", bar_time(left, words));
    terminal_paint(&b);
    if (terminal_is_json())
        tell_progress(t, left);
}

/* ---- training */

static int train(void *context, const struct study_trial *trial)
{
    const struct trials *t = context;
    int argc;
    char *folder = study_path(&t->study, trial), **argv = operands_of(t, trial, &argc);
    const int code = train_in(folder, argc, argv);
    memory_free(folder);
    memory_free(argv);
    return code;
}

/* All configurations are as they should be, and it is known how many are trained at once. */
static bool prepare(struct trials *t, const char *jobs, struct error *e)
{
    struct study *s = &t->study;
    int threads = 1;
    if (!*t->folder)
        return error_set(e, ERROR_USAGE, "option --out: the folder has no name");
    for (size_t k = 0; k < s->count; k++) {
        if (!configure(t, &s->trial[k], e))
            return false;
        threads = s->trial[k].threads > threads ? s->trial[k].threads : threads;
    }
    const int share = cpu_count() / threads;
    long long most = share > 1 ? share : 1;
    const bool good = setup_number("--jobs", jobs, 1, 4096, &most, e);
    t->jobs = (int)most;
    return good;
}

/* No more at once than there are left. */
static void limit_jobs(struct trials *t)
{
    const size_t left = study_left(&t->study);
    if (left < (size_t)t->jobs)
        t->jobs = left ? (int)left : 1;
}

bool trials_train(struct trials *t, const char *jobs, struct error *e)
{
    struct study *s = &t->study;
    const struct study_observer observer = {
        .context = t, .said = said, .ended = ended, .passing = passing, .train = train};
    progress_watch(NULL, NULL); /* reading small files of trials is no work to be shown */
    if (!prepare(t, jobs, e) || !study_open(s, &observer, e))
        return false;
    limit_jobs(t);
    if (finished(s))
        terminal_say("%zu of %zu %s finished already", finished(s), s->count,
                     finished(s) == 1 ? "is" : "are");
    for (size_t k = 0; k < s->count && terminal_is_json(); k++)
        if (s->trial[k].state >= STUDY_TRAINED)
            tell_trial(t, &s->trial[k]);
    const bool good = study_run(s, t->jobs, &observer, e);
    terminal_close();
    return good;
}

/* ---- the table */

struct table {
    char **cell;
    size_t columns, count, capacity; /* of the first row */
    bool exact; /* for programs: more digits */
};

__attribute__((format(printf, 2, 3))) static void put(struct table *b, const char *format, ...)
{
    char text[512];
    va_list rest;
    va_start(rest, format);
    vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    b->cell = memory_grow(b->cell, &b->capacity, b->count + 1, sizeof *b->cell);
    b->cell[b->count++] = memory_copy(text, strlen(text));
}

static void put_number(struct table *b, bool known, double x, int digits)
{
    if (!known || !isfinite(x))
        put(b, "%s", b->exact ? "" : "-");
    else if (b->exact)
        put(b, "%.10g", x);
    else
        put(b, "%.*f", digits, x);
}

static void put_score(struct table *b, const struct study_score *s, bool chunks)
{
    put_number(b, s->known, s->headline, 2);
    if (!chunks)
        return;
    put_number(b, s->known, s->precision, 2);
    put_number(b, s->known, s->recall, 2);
}

/* `both`: there are columns of two parts. */
static void put_score_heads(struct table *b, const char *part, bool chunks, bool both)
{
    const char *of = b->exact || both ? part : "", *space = *of ? " " : "";
    put(b, "%s %s", part, chunks ? "F1" : "accuracy");
    if (!chunks)
        return;
    put(b, "%s%sprecision", of, space);
    put(b, "%s%srecall", of, space);
}

/* Which parts have a score, and of chunks, in any trial. */
static void find_parts(const struct study *s, bool *dev, bool *test, bool *chunks)
{
    *dev = *test = *chunks = false;
    for (size_t k = 0; k < s->count; k++) {
        *dev |= s->trial[k].dev.known;
        *test |= s->trial[k].test.known;
        *chunks |= s->trial[k].dev.chunks || s->trial[k].test.chunks;
    }
}

/* Has any trial a gradient in error? One thread has none. */
static bool any_errors(const struct study *s)
{
    bool any = false;
    for (size_t k = 0; k < s->count; k++)
        any |= s->trial[k].state == STUDY_TRAINED && s->trial[k].error_rate > 0;
    return any;
}

/* Its folder, and what became of it. */
static void put_state(struct table *b, const struct study_trial *t)
{
    const bool trained = t->state == STUDY_TRAINED;
    if (b->exact) {
        put(b, "%s", t->name);
        put(b, "%s", states[t->state]);
    } else {
        put(b, "%s%s%s", t->name, trained ? "" : " ", trained ? "" : states[t->state]);
    }
}

static void fill(struct table *b, const struct trials *t, const struct study_trial *const *order)
{
    bool dev, test, chunks;
    find_parts(&t->study, &dev, &test, &chunks);
    const bool errors = b->exact || any_errors(&t->study);
    if (t->ranked)
        put(b, "rank");
    for (size_t i = 0; i < t->nlabels; i++)
        put(b, "%s", t->label[i]);
    if (test)
        put_score_heads(b, "test", chunks, dev);
    if (dev)
        put_score_heads(b, "dev", chunks, test);
    put(b, "epoch");
    put(b, "loss");
    put(b, "seconds");
    if (errors)
        put(b, "errors %%");
    put(b, "run");
    if (b->exact)
        put(b, "state");
    b->columns = b->count;
    for (size_t k = 0; k < t->study.count; k++) {
        const struct study_trial *r = order[k];
        const bool trained = r->state == STUDY_TRAINED;
        if (t->ranked)
            put(b, "%zu", k + 1);
        for (size_t i = 0; i < t->nlabels; i++)
            put(b, "%s", strchr(r->assign[i], '=') + 1);
        if (test)
            put_score(b, &r->test, chunks);
        if (dev)
            put_score(b, &r->dev, chunks);
        put_number(b, trained, r->epoch, 0);
        put_number(b, trained, r->loss, 4);
        put_number(b, trained, r->seconds, 1);
        if (errors)
            put_number(b, trained, r->error_rate, 2);
        put_state(b, r);
    }
}

/* Columns of a terminal that a text takes: its characters. */
static size_t shown_width(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void print_table(const struct table *b)
{
    size_t *width = memory_new(b->columns, sizeof *width);
    char shown[TEXT_ESCAPED(512)];
    for (size_t k = 0; k < b->count; k++) {
        text_escape(shown, sizeof shown, span_of(b->cell[k]));
        const size_t n = shown_width(shown);
        width[k % b->columns] = n > width[k % b->columns] ? n : width[k % b->columns];
    }
    for (size_t k = 0; k < b->count; k++) {
        const size_t column = k % b->columns;
        const bool last = column + 1 == b->columns;
        text_escape(shown, sizeof shown, span_of(b->cell[k]));
        printf("%s%*s%s%s", column ? "  " : "", last ? 0 : (int)(width[column] - shown_width(shown)), "",
               shown, last ? "\n" : "");
    }
    memory_free(width);
}

/* RFC 4180: a cell with commas or quotes stands in quotes, and quotes in it are doubled. */
static void write_cell(FILE *out, const char *cell)
{
    const bool plain = !strpbrk(cell, ",\"\r\n");
    if (plain) {
        fputs(cell, out);
        return;
    }
    putc('"', out);
    for (; *cell; cell++) {
        if (*cell == '"')
            putc('"', out);
        putc(*cell, out);
    }
    putc('"', out);
}

static bool write_table(const struct table *b, const char *folder, struct error *e)
{
    char *path = outfile_path(folder, "table.csv");
    struct outfile *o = outfile_open(path, e);
    memory_free(path);
    for (size_t k = 0; k < b->count && o; k++) {
        write_cell(outfile_stream(o), b->cell[k]);
        putc((k + 1) % b->columns ? ',' : '\n', outfile_stream(o));
    }
    return o && outfile_commit(o, e);
}

static void free_table(struct table *b)
{
    for (size_t k = 0; k < b->count; k++)
        memory_free(b->cell[k]);
    memory_free(b->cell);
}

/* Is a better than b? Those without a score come last, and of equals the one that was asked first. */
static bool better(const struct study_trial *a, const struct study_trial *b)
{
    if (a->dev.known != b->dev.known)
        return a->dev.known;
    return a->dev.headline > b->dev.headline;
}

const struct study_trial *trials_best(const struct trials *t)
{
    const struct study_trial *best = t->study.trial;
    for (size_t k = 1; k < t->study.count; k++)
        best = better(&t->study.trial[k], best) ? &t->study.trial[k] : best;
    return best->dev.known ? best : NULL;
}

bool trials_print(struct trials *t, struct error *e)
{
    const size_t n = t->study.count;
    const struct study_trial **order = memory_new(n, sizeof *order);
    struct table shown = {0}, exact = {.exact = true};
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        for (; t->ranked && at > 0 && better(&t->study.trial[k], order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = &t->study.trial[k];
    }
    fill(&shown, t, order);
    fill(&exact, t, order);
    const bool good = write_table(&exact, t->folder, e);
    if (good)
        print_table(&shown);
    free_table(&shown);
    free_table(&exact);
    memory_free(order);
    return good;
}

static const char *plan_of(const struct study *s, const struct study_trial *t)
{
    if (t->state >= STUDY_TRAINED)
        return states[t->state];
    return study_has_checkpoint(s, t) ? "goes on" : "new";
}

bool trials_rehearse(struct trials *t, const char *jobs, struct error *e)
{
    struct study *s = &t->study;
    struct table b = {0};
    if (!prepare(t, jobs, e) || !study_look(s, e))
        return false;
    limit_jobs(t);
    for (size_t i = 0; i < t->nlabels; i++)
        put(&b, "%s", t->label[i]);
    put(&b, "state");
    put(&b, "run");
    b.columns = b.count;
    for (size_t k = 0; k < s->count; k++) {
        for (size_t i = 0; i < t->nlabels; i++)
            put(&b, "%s", strchr(s->trial[k].assign[i], '=') + 1);
        put(&b, "%s", plan_of(s, &s->trial[k]));
        put(&b, "%s", s->trial[k].name);
    }
    print_table(&b);
    free_table(&b);
    putchar('\n');
    text_say(stdout, "%zu run%s in %s: %zu finished, %zu to train, %d at once; nothing was written", s->count,
             text_s(s->count), t->folder, finished(s), study_left(s), t->jobs);
    return true;
}

double *trials_scores(const struct trials *t, size_t *count, char part[32])
{
    const struct study *s = &t->study;
    bool dev, test, chunks;
    double *score = memory_new(s->count, sizeof *score);
    find_parts(s, &dev, &test, &chunks);
    *count = 0;
    for (size_t k = 0; k < s->count; k++) {
        const struct study_score *one = test ? &s->trial[k].test : &s->trial[k].dev;
        if (one->known)
            score[(*count)++] = one->headline;
    }
    snprintf(part, 32, "%s %s", test ? "test" : "dev", chunks ? "F1" : "accuracy");
    if (*count)
        return score;
    memory_free(score);
    return NULL;
}

bool trials_converged(const struct trials *t, struct error *e)
{
    const struct study *s = &t->study;
    size_t diverged = 0;
    const struct study_trial *first = NULL;
    for (size_t k = s->count; k-- > 0;)
        if (s->trial[k].state == STUDY_DIVERGED) {
            diverged++;
            first = &s->trial[k];
        }
    return diverged == 0 ||
           error_set(e, ERROR_DIVERGED,
                     "%zu of %zu diverged, %s first; why stands in %s/%s/diverged/log.txt, and a lower "
                     "optimizer.rate may help",
                     diverged, s->count, first->name, t->folder, first->name);
}

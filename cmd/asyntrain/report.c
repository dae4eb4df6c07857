/* SPDX-License-Identifier: MIT
 *
 * report: a page about one run or several, in one HTML file (lib/page/page.h).
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/page/mistakes.h"
#include "lib/page/sections.h"
#include "lib/report/run_folder.h"
#include "lib/train/evaluate.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>

enum { OUT, TEST, BENCH };
static const struct option options[] = {
    [OUT] = {"--out", "FILE", "the page's file (default report.html)"},
    [TEST] = {"--test", "FILE", "show the mistakes in this file, instead of the run's test or dev files"},
    [BENCH] = {"--bench", "FILE", "NAME.csv of bench --out NAME: show speed-ups as well"},
    {NULL, NULL, NULL},
};

/* ---- what runs have left -------------------------------------------------------------------------------- */

static struct config *read_config(const char *folder)
{
    struct error e;
    struct parts parts;
    struct config *c = config_new();
    char *path = outfile_path(folder, "config.yaml");
    bool good = config_load(c, path, &e) && parts_find(c, model_table, &parts, &e);
    memory_free(path);
    if (good)
        return c;
    text_say(stderr, "warning: the page is without the configuration: %s", e.text);
    config_free(c);
    return NULL;
}

static struct events *read_trace(const char *folder)
{
    struct error e;
    if (!outfile_exists(folder, "trace.jsonl"))
        return NULL;
    char *path = outfile_path(folder, "trace.jsonl");
    struct events *trace = events_read(path, &e);
    memory_free(path);
    if (!trace)
        text_say(stderr, "warning: the page is without the timeline: %s", e.text);
    return trace;
}

static bool read_run(struct page_run *r, const char *folder, size_t number, size_t runs, struct error *e)
{
    *r = (struct page_run){.path = folder};
    snprintf(r->id, sizeof r->id, runs > 1 ? "run %zu" : "run", number);
    setup_settle(folder);
    if (!outfile_exists(folder, "metrics.jsonl")) {
        error_set(e, ERROR_MODEL, "%s: no run is there; give the folder that `asyntrain train` wrote",
                  folder);
        setup_hint(folder, e);
        return false;
    }
    char *path = outfile_path(folder, "metrics.jsonl");
    r->log = events_read(path, e);
    if (r->log && events_count(r->log, "run") == 0)
        error_set(e, ERROR_MODEL, "%s: no run has begun there; name the folder of a run", path);
    memory_free(path);
    if (e->kind)
        return false;
    r->config = read_config(folder);
    r->trace = read_trace(folder);
    return true;
}

static void run_free(struct page_run *r)
{
    events_free(r->log);
    config_free(r->config);
    events_free(r->trace);
}

/* ---- mistakes ------------------------------------------------------------------------------------------- */

/* The files to tag: FILE of the option, else those of the run's test part, else of its dev part. */
static size_t files_of(const struct trained *t, const char *const *test, const char *const **file)
{
    *file = test;
    if (*test)
        return 1;
    size_t n = config_list(t->config, "corpus.test", file);
    return n ? n : config_list(t->config, "corpus.dev", file);
}

static void find_mistakes(struct page *p, const struct trained *t, const char *test)
{
    struct error e = {0};
    struct constraint *constraint = NULL;
    enum whole whole = WHOLE_NONE;
    const char *const *file;
    size_t n = files_of(t, &test, &file);
    struct score *score = evaluate_score(t->space, t->task);
    struct mistakes *m = mistakes_new(t, score);
    bool good = setup_decode(t, NULL, &constraint, &e) && setup_whole(t, NULL, &whole, &e);
    for (size_t k = 0; k < n && good; k++)
        good = mistakes_read(m, constraint, whole, file[k], &e);
    if (n == 0) {
        page_say(p, "The run has no file for testing; name one with --test.");
    } else if (!good) {
        page_say(p, "The mistakes are not shown: %s", e.text);
        text_say(stderr, "warning: the page is without the mistakes: %s", e.text);
    } else {
        for (size_t k = 0; k < n; k++)
            page_say(p, "Answers to %s", file[k]);
        mistakes_write(m, p);
    }
    mistakes_free(m);
    score_free(score);
    constraint_free(constraint);
}

static void write_mistakes(struct page *p, const char *test)
{
    page_section(p, "mistakes");
    for (size_t k = 0; k < p->runs; k++) {
        struct error e = {0};
        struct trained *t = setup_trained(p->run[k].path, &e);
        page_run_heading(p, &p->run[k]);
        if (t) {
            find_mistakes(p, t, test);
        } else {
            page_say(p, "There is no model to look at: %s", e.text);
            text_say(stderr, "warning: the page is without the mistakes: %s", e.text);
        }
        trained_free(t);
    }
    page_section_end(p);
}

/* ---- the page ------------------------------------------------------------------------------------------- */

static bool write_page(FILE *out, const struct page_run *run, size_t runs, const char *const *values,
                       struct error *e)
{
    struct page p;
    page_begin(&p, out, run, runs);
    settings_differences(&p);
    settings_runs(&p);
    settings_corpora(&p);
    progress_section(&p);
    concurrency_errors(&p);
    concurrency_delays(&p);
    concurrency_audit(&p);
    if (!speedup_section(&p, values[BENCH], e))
        return false;
    write_mistakes(&p, values[TEST]);
    timeline_section(&p);
    settings_whole(&p);
    page_end(&p);
    if (p.fault != PLOT_DRAWN)
        text_say(stderr, "warning: the page has tables, but no plots: %s",
                 p.fault == PLOT_MISSING ? PLOT_REMEDY : "gnuplot could not draw them");
    return true;
}

static void make(const char *path, const struct page_run *run, size_t runs, const char *const *values,
                 struct error *e)
{
    struct outfile *o = outfile_open(path, e);
    if (!o)
        return;
    if (!write_page(outfile_stream(o), run, runs, values, e))
        outfile_abandon(o);
    else if (outfile_commit(o, e))
        text_say(stderr, "the report is in %s", path);
}

static int report(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    const char *path = values[OUT] ? values[OUT] : "report.html";
    size_t runs = (size_t)argc, read = 0;
    struct page_run *run = memory_new(runs, sizeof *run);
    if (!*path)
        error_set(&e, ERROR_USAGE, "option --out: the file has no name");
    while (!e.kind && read < runs && read_run(&run[read], argv[read], read + 1, runs, &e))
        read++;
    if (!e.kind)
        make(path, run, runs, values, &e);
    for (size_t k = 0; k < runs; k++)
        run_free(&run[k]);
    memory_free(run);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_report = {
    .name = "report",
    .summary = "a page about runs: curves, gradient errors, mistakes",
    .operands = "RUN...",
    .example = "asyntrain report RUN -o report.html",
    .least = 1,
    .most = -1,
    .options = options,
    .run = report,
    .saves = true,
};

/* SPDX-License-Identifier: MIT
 *
 * concurrency: what threads did to the gradients of others: how many are in error (row 1 of Figures 2 and 3 of Sun
 * 2016), how long they were delayed, how wrong they are.
 */
#include "lib/base/memory.h"
#include "lib/page/sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double of_thread(const struct page_run *run, size_t epoch, size_t thread, const char *field)
{
    char path[64];
    snprintf(path, sizeof path, "threads.%zu.%s", thread, field);
    return page_epoch(run, epoch, path);
}

static size_t threads_of(const struct page_run *run)
{
    return events_length(run->log, "epoch", 0, "threads");
}

/* ---- gradients in error --------------------------------------------------------------------------------- */

static void draw_threads(struct page *p, const struct page_run *run)
{
    struct plot *plot = plot_new("epoch", "gradients in error (%)", "");
    for (size_t t = 0; t < threads_of(run); t++) {
        char name[32];
        snprintf(name, sizeof name, "thread %zu", t);
        plot_series(plot, name);
        for (size_t k = 0; k < page_epochs(run); k++)
            plot_point(plot, page_epoch(run, k, "epoch"), of_thread(run, k, t, "error_rate"));
    }
    page_plot(p, plot, "Share of gradients in error, for each thread");
}

static void write_threads(struct page *p, const struct page_run *run)
{
    size_t threads = threads_of(run), count = threads + 3;
    char(*name)[32] = memory_new(count, sizeof *name);
    const char **column = memory_new(count, sizeof *column);
    for (size_t c = 0; c < count; c++)
        column[c] = name[c];
    snprintf(name[0], sizeof *name, "epoch");
    snprintf(name[1], sizeof *name, "all");
    snprintf(name[2], sizeof *name, "all, at least");
    for (size_t t = 0; t < threads; t++)
        snprintf(name[t + 3], sizeof *name, "thread %zu", t);
    page_fold(p, "Error rates as a table");
    page_table(p, "Gradients in error, per cent");
    page_columns(p, column, count);
    for (size_t k = 0; k < page_epochs(run); k++) {
        char number[32];
        snprintf(number, sizeof number, "%.0f", page_epoch(run, k, "epoch"));
        page_row(p, number);
        page_number(p, true, page_epoch(run, k, "error_rate"), 2);
        page_number(p, true, page_epoch(run, k, "error_rate_least"), 2);
        for (size_t t = 0; t < threads; t++)
            page_number(p, true, of_thread(run, k, t, "error_rate"), 2);
        page_row_end(p);
    }
    page_table_end(p);
    page_fold_end(p);
    memory_free(column);
    memory_free(name);
}

static void draw_runs(struct page *p)
{
    struct plot *plot = plot_new("epoch", "gradients in error (%)", "");
    for (size_t r = 0; r < p->runs; r++) {
        plot_series(plot, p->run[r].id);
        for (size_t k = 0; k < page_epochs(&p->run[r]); k++)
            plot_point(plot, page_epoch(&p->run[r], k, "epoch"), page_epoch(&p->run[r], k, "error_rate"));
    }
    page_plot(p, plot, "Share of gradients in error, all threads of a run");
}

void concurrency_errors(struct page *p)
{
    page_section(p, "errors");
    page_say(
        p,
        "A gradient is in error if another thread wrote while it was being read, computed or written. "
        "Compare row 1 of Figures 2 and 3 of Sun (2016). Where the rate is an upper bound, the table has the "
        "lower one as well.");
    if (p->runs > 1)
        draw_runs(p);
    for (size_t r = 0; r < p->runs; r++) {
        page_run_heading(p, &p->run[r]);
        if (page_epochs(&p->run[r]) == 0) {
            page_say(p, "No epoch came to its end.");
            continue;
        }
        if (threads_of(&p->run[r]) < 2) {
            page_say(p, "One worker alone: nobody else writes, and no gradient is in error.");
            continue;
        }
        draw_threads(p, &p->run[r]);
        write_threads(p, &p->run[r]);
    }
    page_section_end(p);
}

/* ---- delays --------------------------------------------------------------------------------------------- */

struct delay {
    double delay, gradients;
};

/* The distributions of all epochs together: [*count], rising, to be freed. */
static struct delay *delays_of(const struct page_run *run, size_t *count, double *sum)
{
    struct delay *a = NULL;
    size_t capacity = 0;
    *count = 0;
    *sum = 0;
    for (size_t k = 0; k < page_epochs(run); k++)
        for (size_t n = events_length(run->log, "epoch", k, "delays.counts"), i = 0; i < n; i++) {
            char path[2][48];
            for (int side = 0; side < 2; side++)
                snprintf(path[side], sizeof path[side], "delays.counts.%zu.%d", i, side);
            double delay = page_epoch(run, k, path[0]), gradients = page_epoch(run, k, path[1]);
            if (isnan(delay) || isnan(gradients))
                continue;
            size_t at = 0;
            while (at < *count && a[at].delay < delay)
                at++;
            if (at == *count || a[at].delay > delay) {
                a = memory_grow(a, &capacity, *count + 1, sizeof *a);
                memmove(a + at + 1, a + at, (*count - at) * sizeof *a);
                a[at] = (struct delay){delay, 0};
                ++*count;
            }
            a[at].gradients += gradients;
            *sum += gradients;
        }
    return a;
}

static void draw_delays(struct page *p)
{
    struct delay **all = memory_new(p->runs, sizeof *all);
    size_t *count = memory_new(p->runs, sizeof *count);
    double *sum = memory_new(p->runs, sizeof *sum), most = 0;
    for (size_t r = 0; r < p->runs; r++) {
        all[r] = delays_of(&p->run[r], &count[r], &sum[r]);
        if (count[r] && all[r][count[r] - 1].delay > most)
            most = all[r][count[r] - 1].delay;
    }
    bool far = most > 100; /* then delay + 1, as its logarithm; 0 has none */
    struct plot *plot =
        plot_new(far ? "delay + 1 (updates)" : "delay (updates)", "gradients (%)", far ? "xy" : "y");
    for (size_t r = 0; r < p->runs; r++) {
        plot_series(plot, p->run[r].id);
        for (size_t k = 0; k < count[r]; k++)
            plot_point(plot, all[r][k].delay + far, 100 * all[r][k].gradients / sum[r]);
        memory_free(all[r]);
    }
    page_plot(p, plot, "How many gradients had which delay, all epochs together");
    memory_free(all);
    memory_free(count);
    memory_free(sum);
}

void concurrency_delays(struct page *p)
{
    static const struct {
        const char *title, *field;
        int digits;
    } row[] = {
        {"mean", "delays.mean", 3},
        {"median", "delays.p50", 0},
        {"99 of 100 are at most", "delays.p99", 0},
        {"greatest", "delays.max", 0},
        {"mean, to the hottest blocks", "hot_delay", 3},
    };
    page_section(p, "delays");
    page_say(
        p,
        "The delay of a gradient is the number of updates that other workers finish between its first read "
        "and the write that contains it.");
    draw_delays(p);
    page_table(p, "Delays of the last epoch");
    page_run_columns(p, "delay");
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        page_row(p, row[k].title);
        for (size_t r = 0; r < p->runs; r++) {
            size_t n = page_epochs(&p->run[r]);
            page_number(p, n > 0, n ? page_epoch(&p->run[r], n - 1, row[k].field) : 0, row[k].digits);
        }
        page_row_end(p);
    }
    page_table_end(p);
    page_section_end(p);
}

/* ---- how wrong ------------------------------------------------------------------------------------------ */

static bool audited(const struct page_run *run)
{
    return page_epochs(run) > 0 && !isnan(page_epoch(run, page_epochs(run) - 1, "audit.gradients"));
}

static void audit_row(void *to, const char *field, const char *text)
{
    if (strncmp(field, "audit.", strlen("audit.")) != 0)
        return;
    page_row(to, field + strlen("audit."));
    page_cell(to, text);
    page_row_end(to);
}

void concurrency_audit(struct page *p)
{
    static const char *const kind[] = {"torn", "stale"};
    bool any = false;
    page_section(p, "audit");
    for (size_t r = 0; r < p->runs; r++)
        any = any || audited(&p->run[r]);
    if (!any) {
        page_say(
            p,
            "No gradient was computed again to see how wrong it is; train with engine.audit.every=100, say.");
        page_section_end(p);
        return;
    }
    page_say(
        p,
        "Some gradients were computed again at unchanging weights. torn: at those of the moment its reading "
        "began; "
        "what others wrote meanwhile. stale: at those that its write met; how far the update is from what it "
        "should have been.");
    struct plot *plot = plot_new("epoch", "mean relative error (%)", "");
    for (size_t r = 0; r < p->runs; r++)
        for (size_t side = 0; side < 2; side++) {
            char name[48], field[48];
            snprintf(name, sizeof name, "%s%s%s", p->runs > 1 ? p->run[r].id : "", p->runs > 1 ? " " : "",
                     kind[side]);
            snprintf(field, sizeof field, "audit.%s.error", kind[side]);
            plot_series(plot, name);
            for (size_t k = 0; k < page_epochs(&p->run[r]); k++)
                plot_point(plot, page_epoch(&p->run[r], k, "epoch"), 100 * page_epoch(&p->run[r], k, field));
        }
    page_plot(p, plot, "Mean error of a gradient, divided by the length of the right one");
    for (size_t r = 0; r < p->runs; r++) {
        if (!audited(&p->run[r]))
            continue;
        page_run_heading(p, &p->run[r]);
        page_fold(p, "All figures of the last epoch");
        page_table(p, "Audit of the last epoch (ratios: 0.05 is 5 %)");
        page_word_columns(p, (const char *const[]){"figure", "value"}, 2);
        events_fields(p->run[r].log, "epoch", page_epochs(&p->run[r]) - 1, audit_row, p);
        page_table_end(p);
        page_fold_end(p);
    }
    page_section_end(p);
}

/* SPDX-License-Identifier: MIT
 *
 * speedup: how much faster threads are (row 3 of Figures 2 and 3 of Sun 2016), from the CSV file of bench --out.
 */
#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/page/sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIELDS 64 /* columns of the file, at most */

/* The repeats of one mode with one number of threads. */
struct cell {
    char *mode;
    double threads, runs, sum, least, most, speed;
};

struct cells {
    struct cell *cell; /* [count] in the order of the file */
    size_t count, capacity;
};

static size_t split(struct span line, struct span field[FIELDS])
{
    size_t n = 0;
    for (;;) {
        const char *comma = memchr(line.s, ',', line.n);
        size_t length = comma ? (size_t)(comma - line.s) : line.n;
        if (n < FIELDS)
            field[n++] = (struct span){line.s, length};
        if (!comma)
            return n;
        line = (struct span){comma + 1, line.n - length - 1};
    }
}

enum { MODE, THREADS, SPEEDUP, SPEED, COLUMNS };
static const char *const columns[] = {"mode", "threads", "speedup", "tokens_per_second"};

static bool find_columns(const struct stream *in, struct span line, size_t at[COLUMNS], struct error *e)
{
    struct span field[FIELDS];
    size_t n = split(line, field);
    for (size_t c = 0; c < COLUMNS; c++) {
        at[c] = 0;
        while (at[c] < n && !span_is(field[at[c]], columns[c]))
            at[c]++;
        if (at[c] == n)
            return error_set(e, ERROR_CORPUS,
                             "%s:1: no column %s; the file NAME.csv that bench --out NAME writes is expected",
                             stream_name(in), columns[c]);
    }
    return true;
}

static void add(struct cells *a, struct span mode, double threads, double speedup, double speed)
{
    size_t k = 0;
    while (k < a->count && (a->cell[k].threads != threads || !span_is(mode, a->cell[k].mode)))
        k++;
    if (k == a->count) {
        a->cell = memory_grow(a->cell, &a->capacity, a->count + 1, sizeof *a->cell);
        a->cell[a->count++] = (struct cell){
            .mode = memory_copy(mode.s, mode.n), .threads = threads, .least = speedup, .most = speedup};
    }
    struct cell *c = &a->cell[k];
    c->runs++;
    c->sum += speedup;
    c->speed += speed;
    c->least = fmin(c->least, speedup);
    c->most = fmax(c->most, speedup);
}

/* A run that diverged has no speed. */
static bool take(struct cells *a, const struct stream *in, struct span line, const size_t at[COLUMNS],
                 struct error *e)
{
    struct span field[FIELDS];
    size_t n = split(line, field);
    double x[COLUMNS] = {0};
    for (size_t c = 0; c < COLUMNS; c++) {
        if (at[c] >= n)
            return error_set(e, ERROR_CORPUS, "%s:%lu: %zu columns; the first line has more", stream_name(in),
                             stream_number(in), n);
        if (c != MODE && field[at[c]].n == 0)
            return true;
        if (c != MODE && !text_real(field[at[c]], &x[c]))
            return error_set(e, ERROR_CORPUS,
                             "%s:%lu: column %s is no number; make the file again with bench --out",
                             stream_name(in), stream_number(in), columns[c]);
    }
    add(a, field[at[MODE]], x[THREADS], x[SPEEDUP], x[SPEED]);
    return true;
}

static bool read_cells(struct cells *a, const char *path, struct error *e)
{
    struct stream *in = stream_open(path, e);
    if (!in)
        return false;
    struct span line;
    size_t at[COLUMNS];
    e->kind = ERROR_NONE;
    bool good = stream_line(in, &line, e) && find_columns(in, line, at, e);
    while (good && stream_line(in, &line, e))
        good = take(a, in, line, at, e);
    if (e->kind == ERROR_NONE && a->count == 0)
        error_set(e, ERROR_CORPUS, "%s: no run with a speed in it; make it with bench --out",
                  stream_name(in));
    stream_close(in);
    return e->kind == ERROR_NONE;
}

static void draw(struct page *p, const struct cells *a)
{
    struct plot *plot = plot_new("threads", "speed-up", "");
    double most = 1;
    for (size_t k = 0; k < a->count; k++) {
        bool new = true;
        for (size_t j = 0; j < k && new; j++)
            new = strcmp(a->cell[j].mode, a->cell[k].mode) != 0;
        most = fmax(most, a->cell[k].threads);
        if (!new)
            continue;
        plot_series(plot, a->cell[k].mode);
        for (size_t j = k; j < a->count; j++)
            if (strcmp(a->cell[j].mode, a->cell[k].mode) == 0)
                plot_point(plot, a->cell[j].threads, a->cell[j].sum / a->cell[j].runs);
    }
    plot_series(plot, "linear");
    for (double x = 1; x <= most; x += most > 1 ? most - 1 : 1)
        plot_point(plot, x, x);
    page_plot(p, plot, "Speed-up over the threads; linear: as many times faster as there are threads");
}

static void write_table(struct page *p, const struct cells *a)
{
    page_table(p, "Speed of training, over the repeats that did not diverge");
    page_columns(
        p, (const char *const[]){"mode", "threads", "runs", "speed-up", "least", "most", "tokens per second"},
        7);
    for (size_t k = 0; k < a->count; k++) {
        const struct cell *c = &a->cell[k];
        page_row(p, c->mode);
        page_number(p, true, c->threads, 0);
        page_number(p, true, c->runs, 0);
        page_number(p, true, c->sum / c->runs, 2);
        page_number(p, true, c->least, 2);
        page_number(p, true, c->most, 2);
        page_number(p, true, c->speed / c->runs, 0);
        page_row_end(p);
    }
    page_table_end(p);
}

bool speedup_section(struct page *p, const char *path, struct error *e)
{
    struct cells a = {0};
    page_section(p, "speedup");
    bool good = !path || read_cells(&a, path, e);
    if (!path)
        page_say(p, "A run does not know it: it has one number of threads. Measure it with asyntrain bench "
                    "--out NAME, and "
                    "name the file NAME.csv with --bench.");
    else if (good) {
        page_say(p, "As %s has it. Compare row 3 of Figures 2 and 3 of Sun (2016).", path);
        draw(p, &a);
        write_table(p, &a);
    }
    page_section_end(p);
    for (size_t k = 0; k < a.count; k++)
        memory_free(a.cell[k].mode);
    memory_free(a.cell);
    return good;
}

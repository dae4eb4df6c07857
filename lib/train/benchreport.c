/* SPDX-License-Identifier: MIT */
#include "lib/train/benchreport.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/num/kernel.h"
#include "lib/report/runlog.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct benchreport {
    struct runlog *json;
    struct outfile *csv;
};

struct benchreport *benchreport_open(const char *name, struct error *e)
{
    struct benchreport *r = memory_new(1, sizeof *r);
    char *path = memory_new(strlen(name) + sizeof ".json", 1);
    r->json = runlog_open(strcat(strcpy(path, name), ".json"), e);
    r->csv = r->json ? outfile_open(strcat(strcpy(path, name), ".csv"), e) : NULL;
    memory_free(path);
    if (r->csv)
        return r;
    benchreport_abandon(r);
    return NULL;
}

void benchreport_abandon(struct benchreport *r)
{
    if (!r)
        return;
    runlog_abandon(r->json);
    outfile_abandon(r->csv);
    memory_free(r);
}

/* The figures of a run that a case has medians of. */
static const struct figure {
    const char *name;
    size_t at;
} figures[] = {
    {"tokens_per_second", offsetof(struct benchmark_run, speed)},
    {"speedup", offsetof(struct benchmark_run, speedup)},
    {"error_rate", offsetof(struct benchmark_run, error_rate)},
    {"delay", offsetof(struct benchmark_run, delay)},
    {"score", offsetof(struct benchmark_run, score)},
    {"goal_seconds", offsetof(struct benchmark_run, goal)},
    {"error_rate_least", offsetof(struct benchmark_run, error_rate_least)},
    {"latency_seconds", offsetof(struct benchmark_run, latency)},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static void json_run(struct runlog *l, const struct benchmark_run *r, uint32_t repeat)
{
    runlog_open_object(l, NULL);
    runlog_integer(l, "repeat", repeat + 1);
    runlog_integer(l, "seed", (long long)r->seed);
    runlog_bool(l, "diverged", r->diverged);
    for (size_t k = 0; k < FIGURES; k++)
        runlog_real(l, figures[k].name, benchmark_figure(r, figures[k].at));
    runlog_bool(l, "error_rate_is_upper_bound", r->at_most);
    runlog_open_array(l, "seconds");
    for (uint32_t k = 0; k < r->epochs; k++)
        runlog_real(l, NULL, r->seconds[k]);
    runlog_close(l);
    runlog_open_array(l, "scores");
    for (uint32_t k = 0; k < r->epochs; k++)
        runlog_real(l, NULL, r->scores[k]);
    runlog_close(l);
    runlog_close(l);
}

static void json_case(struct runlog *l, const struct benchmark *b, uint32_t which)
{
    const struct benchmark_case *z = &b->cases[which];
    runlog_open_object(l, NULL);
    runlog_string(l, "mode", z->mode);
    runlog_integer(l, "threads", z->threads);
    runlog_string(l, "engine", z->parts.engine->name);
    runlog_string(l, "optimizer", z->parts.optimizer->name);
    runlog_integer(l, "diverged", benchmark_diverged(b, which));
    runlog_bool(l, "error_rate_is_upper_bound", benchmark_at_most(b, which));
    for (size_t k = 0; k < FIGURES; k++) {
        struct benchmark_spread s = benchmark_spread(b, which, figures[k].at);
        runlog_open_object(l, figures[k].name);
        runlog_real(l, "median", s.median);
        runlog_real(l, "mean", s.mean);
        runlog_real(l, "deviation", s.deviation);
        runlog_real(l, "least", s.least);
        runlog_real(l, "most", s.most);
        runlog_integer(l, "runs", s.count);
        runlog_close(l);
    }
    runlog_open_array(l, "runs");
    for (uint32_t repeat = 0; repeat < b->repeats; repeat++)
        json_run(l, &b->run[(size_t)repeat * b->ncases + which], repeat);
    runlog_close(l);
    runlog_close(l);
}

static bool write_json(struct runlog *l, const struct benchmark *b, struct error *e)
{
    runlog_begin(l, "benchmark");
    runlog_string(l, "kernel", kernel_get()->name);
    runlog_integer(l, "cores", cpu_count());
    runlog_integer(l, "repeats", b->repeats);
    runlog_integer(l, "tokens", (long long)b->trainer->train->tokens);
    runlog_string(l, "part", !b->part ? NULL : b->part == b->trainer->dev ? "dev" : "test");
    runlog_string(l, "figure", trainer_figure(b->trainer));
    runlog_real(l, "goal", b->goal);
    runlog_string(l, "baseline", b->cases[b->baseline].mode);
    runlog_open_array(l, "cases");
    for (uint32_t k = 0; k < b->ncases; k++)
        json_case(l, b, k);
    runlog_close(l);
    return runlog_end(l, e);
}

static void write_csv(FILE *out, const struct benchmark *b)
{
    fputs("mode,threads,repeat,seed", out);
    for (size_t k = 0; k < FIGURES; k++)
        fprintf(out, ",%s", figures[k].name);
    fputs(",error_rate_is_upper_bound", out);
    for (uint32_t repeat = 0; repeat < b->repeats; repeat++)
        for (uint32_t which = 0; which < b->ncases; which++) {
            const struct benchmark_run *r = &b->run[(size_t)repeat * b->ncases + which];
            fprintf(out, "\n%s,%u,%u,%llu", b->cases[which].mode, b->cases[which].threads, repeat + 1,
                    (unsigned long long)r->seed);
            for (size_t k = 0; k < FIGURES; k++)
                if (isnan(benchmark_figure(r, figures[k].at)))
                    putc(',', out);
                else
                    fprintf(out, ",%.9g", benchmark_figure(r, figures[k].at));
            fputs(r->at_most ? ",true" : ",false", out);
        }
    putc('\n', out);
}

bool benchreport_commit(struct benchreport *r, const struct benchmark *b, struct error *e)
{
    struct error later;
    write_csv(outfile_stream(r->csv), b);
    bool good = write_json(r->json, b, e) && outfile_flush(r->csv, e);
    if (!good) {
        benchreport_abandon(r);
        return false;
    }
    good = runlog_commit(r->json, e);
    good = outfile_commit(r->csv, good ? e : &later) && good;
    memory_free(r);
    return good;
}

/* " 1.50 (1.48 - 1.53) |": the median, which noise does not move. " 91.30 ± 0.25 (91.02 - 91.61) |": of scores the mean
 * and the standard deviation, as the field has it. */
static void print_spread(const struct benchmark *b, uint32_t which, size_t figure, double unit, int digits,
                         FILE *out)
{
    struct benchmark_spread s = benchmark_spread(b, which, figure);
    const bool score = figure == offsetof(struct benchmark_run, score);
    if (s.count == 0) {
        fputs(" - |", out);
        return;
    }
    fprintf(out, " %.*f", digits, (score ? s.mean : s.median) / unit);
    if (score && s.count > 1)
        fprintf(out, " ± %.*f", digits, s.deviation / unit);
    fprintf(out, " (%.*f - %.*f) |", digits, s.least / unit, digits, s.most / unit);
}

/* " 33.1-96.0 (32.0 - 97.1) |" where they are bounds: the range is that of both. */
static void print_errors(const struct benchmark *b, uint32_t which, FILE *out)
{
    const size_t most = offsetof(struct benchmark_run, error_rate),
                 least = offsetof(struct benchmark_run, error_rate_least);
    if (!benchmark_at_most(b, which)) {
        print_spread(b, which, most, 1, 1, out);
        return;
    }
    const struct benchmark_spread from = benchmark_spread(b, which, least),
                                  to = benchmark_spread(b, which, most);
    fprintf(out, " %.1f-%.1f (%.1f - %.1f) |", from.median, to.median, from.least, to.most);
}

static void print_case(const struct benchmark *b, uint32_t which, FILE *out)
{
    fprintf(out, "| %s | %u |", b->cases[which].mode, b->cases[which].threads);
    print_spread(b, which, offsetof(struct benchmark_run, speed), 1e6, 3, out);
    print_spread(b, which, offsetof(struct benchmark_run, speedup), 1, 2, out);
    print_errors(b, which, out);
    print_spread(b, which, offsetof(struct benchmark_run, delay), 1, 2, out);
    print_spread(b, which, offsetof(struct benchmark_run, score), 1, 2, out);
    if (!isnan(b->goal)) {
        size_t goal = offsetof(struct benchmark_run, goal);
        print_spread(b, which, goal, 1, 3, out);
        fprintf(out, " %u of %u |", benchmark_spread(b, which, goal).count, b->repeats);
    }
    putc('\n', out);
}

/* A line for each number of threads that has a latency. */
static void print_latencies(const struct benchmark *b, FILE *out)
{
    for (uint32_t k = 0; k < b->ncases; k++) {
        const uint32_t threads = b->cases[k].threads;
        uint32_t first = 0;
        while (b->cases[first].threads != threads)
            first++;
        const struct benchmark_spread s = benchmark_latency(b, threads);
        if (first == k && s.count)
            fprintf(out, "%u threads: a cache line takes %.0f ns (%.0f - %.0f) from core to core\n", threads,
                    1e9 * s.median, 1e9 * s.least, 1e9 * s.most);
    }
}

void benchreport_print(const struct benchmark *b, FILE *out)
{
    const struct trainer *t = b->trainer;
    const char *part = !b->part ? "no" : b->part == t->dev ? "dev" : "test", *figure = trainer_figure(t);
    fprintf(out, "| mode | threads | M tokens/s | speed-up over %s | errors %% | delay | %s %s |",
            b->cases[b->baseline].mode, part, figure);
    if (!isnan(b->goal))
        fprintf(out, " s to %s %g | reached |", figure, b->goal);
    fputs("\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |", out);
    fputs(isnan(b->goal) ? "\n" : " ---: | ---: |\n", out);
    for (uint32_t k = 0; k < b->ncases; k++)
        print_case(b, k, out);
    fprintf(out,
            "\n%u repeats, runs take turns; median (least - most), of scores the mean ± standard deviation; "
            "speed "
            "is that of the median epoch but the first\n",
            b->repeats);
    print_latencies(b, out);
    for (uint32_t k = 0; k < b->ncases; k++)
        if (benchmark_diverged(b, k))
            fprintf(out, "%s, threads %u: %u of %u runs diverged and do not count\n", b->cases[k].mode,
                    b->cases[k].threads, benchmark_diverged(b, k), b->repeats);
}

/* SPDX-License-Identifier: MIT */
#include "lib/probes/trace.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/learn/engine.h"
#include "lib/report/runlog.h"

#include <math.h>
#include <stdio.h>

static long long nanoseconds(const struct trace *t, double moment)
{
    return llround(1e9 * (moment - t->begin));
}

static bool write_lines(struct runlog *l, const struct trace *t, const char *model, struct error *e)
{
    const struct session *s = t->session;
    runlog_begin(l, "trace");
    runlog_string(l, "model", model);
    runlog_integer(l, "pass", t->epoch);
    runlog_integer(l, "from", (long long)t->from);
    runlog_integer(l, "samples", (long long)t->count);
    runlog_string(l, "engine", s->engine->name);
    runlog_integer(l, "workers", s->nworkers);
    runlog_string(l, "unit", "ns");
    bool good = runlog_end(l, e);
    for (size_t k = 0; k < t->count && good; k++) {
        const struct trace_entry *z = &t->entry[k];
        runlog_begin(l, "gradient");
        runlog_integer(l, "ticket", (long long)(t->from + k));
        runlog_integer(l, "worker", z->worker);
        runlog_integer(l, "tokens", z->tokens);
        runlog_integer(l, "read", nanoseconds(t, z->read));
        runlog_integer(l, "gradient", nanoseconds(t, z->gradient));
        runlog_integer(l, "made", nanoseconds(t, z->made));
        runlog_integer(l, "write", nanoseconds(t, z->write));
        runlog_integer(l, "done", nanoseconds(t, z->done));
        runlog_bool(l, "joined", z->joined);
        runlog_bool(l, "read_overwrite", z->hit[0]);
        runlog_bool(l, "write_overwrite", z->hit[1]);
        good = runlog_end(l, e);
    }
    return good;
}

/* The name of a worker's row. */
static void chart_row(struct runlog *l, uint32_t worker)
{
    char name[32];
    snprintf(name, sizeof name, "worker %u", worker);
    runlog_open_object(l, NULL);
    runlog_string(l, "name", "thread_name");
    runlog_string(l, "ph", "M");
    runlog_integer(l, "pid", 0);
    runlog_integer(l, "tid", worker);
    runlog_open_object(l, "args");
    runlog_string(l, "name", name);
    runlog_close(l);
    runlog_close(l);
}

static void chart_block(struct runlog *l, const struct trace *t, size_t k, const char *name, double begin,
                        double end)
{
    const struct trace_entry *z = &t->entry[k];
    runlog_open_object(l, NULL);
    runlog_string(l, "name", name);
    runlog_string(l, "cat", *name == 'W' && (z->hit[0] || z->hit[1]) ? "error" : "step");
    runlog_string(l, "ph", "X");
    runlog_real(l, "ts", (double)nanoseconds(t, begin) / 1000);
    runlog_real(l, "dur", (double)(nanoseconds(t, end) - nanoseconds(t, begin)) / 1000);
    runlog_integer(l, "pid", 0);
    runlog_integer(l, "tid", z->worker);
    runlog_open_object(l, "args");
    runlog_integer(l, "ticket", (long long)(t->from + k));
    runlog_integer(l, "tokens", z->tokens);
    runlog_bool(l, "read_overwrite", z->hit[0]);
    runlog_bool(l, "write_overwrite", z->hit[1]);
    runlog_close(l);
    runlog_close(l);
}

static bool write_chart(struct runlog *l, const struct trace *t, const char *model, struct error *e)
{
    runlog_begin(l, "trace"); /* one object; what the format does not know is a remark */
    runlog_string(l, "model", model);
    runlog_string(l, "displayTimeUnit", "ns");
    runlog_open_array(l, "traceEvents");
    for (uint32_t k = 0; k < t->session->nworkers; k++)
        chart_row(l, k);
    for (size_t k = 0; k < t->count; k++) {
        const struct trace_entry *z = &t->entry[k];
        chart_block(l, t, k, "R", z->read, z->gradient);
        chart_block(l, t, k, "G", z->gradient, z->made);
        if (!z->joined)
            chart_block(l, t, k, "W", z->write, z->done);
    }
    runlog_close(l);
    return runlog_end(l, e);
}

bool trace_files_write(struct trace *t, const char *model, struct error *e)
{
    char *lines = outfile_path(t->folder, "trace.jsonl"), *chart = outfile_path(t->folder, "trace.json");
    t->lines = runlog_open(lines, e);
    t->chart = t->lines ? runlog_open(chart, e) : NULL;
    memory_free(lines);
    memory_free(chart);
    return t->chart && write_lines(t->lines, t, model, e) && write_chart(t->chart, t, model, e) &&
           runlog_finish(t->lines, e) && runlog_finish(t->chart, e);
}

bool trace_files_commit(struct trace *t, struct error *e)
{
    struct runlog *lines = t->lines, *chart = t->chart;
    struct error later;
    if (!lines)
        return true;
    t->lines = t->chart = NULL;
    bool good = runlog_commit(lines, e);
    return runlog_commit(chart, good ? e : &later) && good;
}

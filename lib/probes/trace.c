/* SPDX-License-Identifier: MIT */
#include "lib/probes/trace.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"

const struct key trace_keys[] = {
    {"trace.pass", KEY_INTEGER, 0, 1e6, "0", NULL,
     "epoch whose times of R, G and W are written to trace.jsonl and trace.json; 0: none"},
    {"trace.from", KEY_INTEGER, 0, 4e9, "0", NULL,
     "first ticket of the trace; a ticket is the number of a sample in its epoch"},
    {"trace.samples", KEY_INTEGER, 1, 1e6, "200", NULL, "number of tickets in the trace"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

bool trace_init(struct trace *t, const struct config *c, size_t samples, struct error *e)
{
    size_t from = (size_t)config_integer(c, "engine.trace.from"),
           count = (size_t)config_integer(c, "engine.trace.samples");
    *t = (struct trace){.epoch = (uint32_t)config_integer(c, "engine.trace.pass")};
    if (t->epoch == 0)
        return true;
    if (from >= samples)
        return config_fault(c, "engine.trace.from", e,
                            "an epoch has %zu samples, tickets 0 to %zu; begin with one of them", samples,
                            samples - 1);
    t->from = from;
    t->count = count < samples - from ? count : samples - from;
    t->entry = memory_lines(t->count, sizeof *t->entry);
    return true;
}

void trace_free(struct trace *t)
{
    memory_free(t->entry);
}

void trace_begin(struct trace *t, uint32_t epoch)
{
    t->open = t->epoch && epoch == t->epoch ? t->count : 0;
    t->begin = t->open ? cpu_wall() : 0;
}

void trace_end(struct trace *t)
{
    t->open = 0;
}

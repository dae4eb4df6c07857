/* SPDX-License-Identifier: MIT
 *
 * trace: Figure 1 of Sun (2016) from a real run: when each gradient of a window of one epoch was read, computed and
 * written, and by whom.
 *
 *     worker 0   │R│─── G ───│─ W ─│R│─── G ───│─ W ─│
 *     worker 1      │R│─── G ───│─ W ─│R│─── G ───│─ W ─│
 *                read gradient made write done            moments of one gradient, in this order
 *
 * R is worker_read, which in our models only says where the weights stand: they are read as G begins. (Policy round-robin
 * of engine synchronous copies them, so R is the copy, and G may meet the W of others without harm.) G is the
 * model's gradient, and what the tracker looks up at its end; W is the rule's step and its announcement. So every
 * overlap that the tracker counts is seen here as well. Between `made` and `write` a worker waits for its turn
 * (engine synchronous), holds its gradient (simulated), or sums its blocks.
 *
 * Where a model makes several gradients at once (engine.accumulate), those of the window are made alone nevertheless.
 *
 * The clock is real in every engine: the virtual workers of `simulated` show up one after another, as they run.
 *
 * A window is so many tickets, and a ticket is one worker's: so each has a cache line of its own in one array, no
 * worker waits for another, and nothing is lost or counted twice. Outside of the window a verb costs one branch.
 */
#ifndef ASYNTRAIN_PROBES_TRACE_H
#define ASYNTRAIN_PROBES_TRACE_H

#include "lib/base/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const struct key trace_keys[]; /* common to all engines, in section `engine` */

struct trace_entry { /* one gradient */
    _Alignas(64) double read, gradient, made, write, done; /* by cpu_wall */
    uint32_t worker, tokens;
    bool hit[2]; /* what the tracker found: a read-overwrite, a write-overwrite */
    bool
        joined; /* it was written with others: write and done are those of the common W (engine.accumulate), or when
                  * it was handed over to another worker */
    struct trace_entry *waiting; /* the next of those that wait for the same W */
};

struct trace {
    uint32_t epoch; /* counted from 1; 0: off */
    size_t from, count; /* the window: tickets from … from + count - 1 */
    size_t open; /* count while that epoch runs, else 0 */
    double begin; /* of the epoch, by cpu_wall */
    struct trace_entry *entry; /* [count] by ticket */
};

/* `samples`: tickets of an epoch. ERROR_USAGE when the window begins beyond them. */
bool trace_init(struct trace *t, const struct config *c, size_t samples, struct error *e);
void trace_free(struct trace *t);

/* Before and after each epoch, counted from 1. */
void trace_begin(struct trace *t, uint32_t epoch);
void trace_end(struct trace *t);

/* Where a ticket is noted down; NULL outside of the window. Any number of workers at once. */
static inline struct trace_entry *trace_find(const struct trace *t, size_t ticket)
{
    return ticket - t->from < t->open ? &t->entry[ticket - t->from] : NULL;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * trace: Figure 1 of Sun (2016) from a real run: when each gradient of a window of one epoch was read, computed and
 * written, and by whom.
 *
 *     worker 0   │R│─── G ───│─ W ─│R│─── G ───│─ W ─│
 *     worker 1      │R│─── G ───│─ W ─│R│─── G ───│─ W ─│
 *                read gradient made write done            moments of one gradient, in this order
 *
 * In our models R only says where the weights stand: they are read as G begins. (Policy round-robin copies them, so R
 * is the copy, and G may meet the W of others without harm.) Every overlap that the tracker counts is seen here as
 * well. Between `made` and `write` a worker waits for its turn, keeps its gradient, or sums its blocks. The merge of
 * local copies comes after `done`.
 *
 * Where a model makes several gradients at once (engine.accumulate), those of the window are made alone nevertheless.
 * The clock is real in every engine: virtual workers show up one after another, as they run.
 *
 * A window is so many tickets, and a ticket is one worker's: so each has a cache line of its own in one array, no
 * worker waits for another, and nothing is lost or counted twice.
 */
#ifndef ASYNTRAIN_PROBES_TRACE_H
#define ASYNTRAIN_PROBES_TRACE_H

#include "lib/learn/session.h"

struct trace_entry { /* one gradient */
    _Alignas(64) double read, gradient, made, write, done; /* by cpu_wall */
    uint32_t worker, tokens;
    bool hit[2]; /* what the tracker found: a read-overwrite, a write-overwrite */
    /* It was written with others: write and done are those of the common W (engine.accumulate), or when it was handed
     * over to another worker. */
    bool joined;
    struct trace_entry *waiting; /* the next of those that wait for the same W */
};

struct trace_lane { /* of one worker */
    _Alignas(64) struct trace_entry *current; /* of the sample in hand; NULL: it is not traced */
    struct trace_entry *waiting; /* of gradients that wait for the next W: a list */
};

struct trace {
    struct probe base;
    const struct session *session;
    const struct config *config;
    uint32_t epoch; /* counted from 1 */
    size_t from, count; /* the window: tickets from … from + count - 1 */
    size_t open; /* count while that epoch runs, else 0 */
    bool seen; /* that epoch is over */
    double begin; /* of the epoch, by cpu_wall */
    struct trace_entry *entry; /* [count] by ticket */
    struct trace_lane *lane; /* [nworkers] */
    char *folder; /* where its files go */
    struct runlog *lines, *chart; /* trace.jsonl and trace.json, while they are not in place */
};

/* The session's trace; NULL where nothing is traced. */
struct trace *trace_of(const struct session *s);

/* Write trace.jsonl and trace.json into the folder, which say what model they belong to; they appear with
 * trace_files_commit. ERROR_IO. */
bool trace_files_write(struct trace *t, const char *model, struct error *e);
bool trace_files_commit(struct trace *t, struct error *e);

#endif

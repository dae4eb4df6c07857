/* SPDX-License-Identifier: MIT
 *
 * tracefile: a traced window (lib/probes/trace.h) as two files of the run folder.
 *
 *     trace.jsonl   one object a gradient, by ticket: whole nanoseconds since the epoch began
 *     trace.json    Chrome's trace event format: a row a worker, blocks R, G and W; opens in chrome://tracing and in
 *                   Perfetto (ui.perfetto.dev). W of a gradient in error has category `error`.
 *
 * One thread at a time. ERROR_IO.
 */
#ifndef ASYNTRAIN_TRAIN_TRACEFILE_H
#define ASYNTRAIN_TRAIN_TRACEFILE_H

#include "lib/learn/engine.h"

struct runlog;

struct tracefile {
    struct runlog *lines, *chart; /* NULL: nothing was traced */
};

/* Write both aside, after the epoch that was traced; abandon or commit is due, after a failure too. */
bool tracefile_write(struct tracefile *f, const struct session *s, const char *lines, const char *chart,
                     struct error *e);
/* Put in place what was written, if anything was. */
bool tracefile_commit(struct tracefile *f, struct error *e);
void tracefile_abandon(struct tracefile *f);

#endif

/* SPDX-License-Identifier: MIT
 *
 * errors: what the probes overlap and stamps share. Both count gradients in error by a tracker (lib/probes/tracker.h);
 * engine.tracker says which of them a session has.
 */
#ifndef ASYNTRAIN_PROBES_ERRORS_H
#define ASYNTRAIN_PROBES_ERRORS_H

#include "lib/learn/session.h"
#include "lib/probes/delays.h"
#include "lib/probes/tracker.h"

struct errors {
    struct probe base;
    const struct session *session;
    struct tracker tracker;
};

/* A probe with these ops; its tracker is as engine.tracker has it. Of a single worker it is idle. */
struct errors *errors_new(const struct probe_ops *ops, const struct session *s, const struct config *c);
/* Does engine.tracker, for this layout, want stamps of blocks? */
bool errors_by_stamps(const struct session *s, const struct config *c);

/* Entries of probe_ops. */
void errors_destroy(struct probe *p);
void errors_epoch_begin(struct probe *p, struct moment *m);
void errors_copies_loaded(struct probe *p, struct moment *m);
void errors_read_begin(struct probe *p, struct moment *m);
void errors_read_end(struct probe *p, struct moment *m);
void errors_write_begin(struct probe *p, struct moment *m);
void errors_block_load(struct probe *p, struct moment *m);
void errors_block_store(struct probe *p, struct moment *m);
void errors_write_end(struct probe *p, struct moment *m);
void errors_copies_merged(struct probe *p, struct moment *m);
void errors_copies_left(struct probe *p, struct moment *m);
void errors_joined(struct probe *p, struct moment *m);
void errors_epoch_end(struct probe *p, struct moment *m);
void errors_pause(struct probe *p);
void errors_state(struct probe *p, struct state_list *list);
const struct gradient_counts *errors_counts(const struct probe *p, uint32_t worker);
size_t errors_memory_bytes(const struct probe *p);
/* What both report: of the run the tracker's name; of a worker its counts. */
void errors_report(const struct probe *p, enum report_scope scope, uint32_t worker, struct runlog *log);

#define ERRORS_MOMENTS                                                                                       \
    [EPOCH_BEGIN] = errors_epoch_begin, [COPIES_LOADED] = errors_copies_loaded,                              \
    [READ_BEGIN] = errors_read_begin, [READ_END] = errors_read_end, [WRITE_BEGIN] = errors_write_begin,      \
    [BLOCK_LOAD] = errors_block_load, [BLOCK_STORE] = errors_block_store, [WRITE_END] = errors_write_end,    \
    [COPIES_MERGED] = errors_copies_merged, [COPIES_LEFT] = errors_copies_left, [JOINED] = errors_joined,    \
    [EPOCH_END] = errors_epoch_end

/* The session's tracker; NULL in a trial. */
struct tracker *tracker_of(const struct session *s);

#endif

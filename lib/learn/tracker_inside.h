/* SPDX-License-Identifier: MIT
 *
 * What the files of the tracker share: tracker.c (the calls and their order), tracker_clock.c, tracker_blocks.c,
 * tracker_delays.c.
 */
#ifndef ASYNTRAIN_LEARN_TRACKER_INSIDE_H
#define ASYNTRAIN_LEARN_TRACKER_INSIDE_H

#include "lib/learn/tracker.h"

struct tracker_stay { /* one gradient by the clock */
    uint64_t read, made, write, done; /* a gradient that joined another's write has none: write is 0 */
    uint64_t delay, hot_delay; /* what is found of it */
    bool hit[2];
    bool brought; /* its write brought what was combined */
    bool *tell; /* or NULL */
};

struct tracker_lane {
    _Alignas(64) _Atomic uint64_t began, done; /* blocks: writes; only their owner changes them */
    _Alignas(64) struct tracker_count count; /* from here on nobody else looks while the pass lasts */
    bool hit[2]; /* read- and write-overwrite of the gradient in hand */
    uint64_t kinds[2]; /* blocks: the groups of the blocks that were, as bits */
    uint64_t delay;
    uint64_t read_at, write_at; /* order: writes that were done when my window opened */
    uint64_t *done_then; /* blocks: [nworkers] others' `done` when the window opened that I am in */
    uint64_t done_at_read; /* blocks: their sum, when my read window opened */
    uint32_t loaded; /* updates that the block held when I loaded it */
    struct tracker_stay *log; /* clock: [samples] */
    size_t length;
    int64_t increments; /* of tracker.written, in all passes */
    uint32_t delays[TRACKER_DELAYS];
    struct tracker_kind kind[LAYOUT_GROUPS];
};

/* A gradient is over, with what `hit` says and lane.kinds; and one that was not joined to another's had this delay. */
void tracker_add(struct tracker_lane *me, const bool hit[2]);
void tracker_add_delay(struct tracker_lane *me, uint64_t delay);

void tracker_compare_logs(struct tracker *t); /* into the counts */

int64_t blocks_lost(const struct tracker *t); /* in all passes */

void blocks_read_begin(struct tracker *t, uint32_t k);
void blocks_read_end(struct tracker *t, uint32_t k, const struct grad *g);
void blocks_write_begin(struct tracker *t, uint32_t k, const struct grad *g);
void blocks_write_end(struct tracker *t, uint32_t k, const struct grad *g);

#endif

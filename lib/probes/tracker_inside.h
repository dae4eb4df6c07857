/* SPDX-License-Identifier: MIT
 *
 * What the tracker's files share: tracker.c (the calls and their order), tracker_clock.c, tracker_blocks.c, delays.c.
 */
#ifndef ASYNTRAIN_PROBES_TRACKER_INSIDE_H
#define ASYNTRAIN_PROBES_TRACKER_INSIDE_H

#include "lib/probes/delays.h"
#include "lib/probes/tracker.h"

/* What a gradient is to others: seen when it is made, from its list of blocks. */
struct tracker_nature {
    bool exposed : 1; /* it read blocks that others may write */
    bool writes : 1; /* its W changes w, not private copies alone */
    bool sure : 1; /* it has a universal block of w, as all such gradients have */
    bool copied : 1; /* but its model copied that before it computed */
    bool plain : 1; /* its worker goes without private copies */
};

struct tracker_found { /* of one gradient */
    bool hit[2]; /* a read-overwrite, a write-overwrite */
    bool sure; /* one of them met in a block, not in time alone */
    bool other; /* blocks: … in one that not nearly every sample has */
    bool preempted, through; /* clock: as in struct tracker_stay */
    uint64_t kinds[2]; /* blocks: the groups in which they were, as bits */
    uint64_t delay, hot_delay; /* the latter: blocks */
};

enum tracker_part {
    TRACKER_NOTHING, /* a write of gradients that waited for it, and of no other */
    TRACKER_OWN, /* a gradient, and the write that contains it */
    TRACKER_JOINED, /* a gradient that waits for my next write */
    TRACKER_HANDED /* a gradient that another writes */
};

struct tracker_stay { /* one gradient or write by the clock; a cache line */
    uint64_t read, made, write, done; /* no W of its own: write is 0 */
    uint64_t merged; /* when the merge that followed the write was over; 0: none followed */
    bool *answer; /* or NULL */
    uint32_t delay, hot_delay; /* what is found of it: from here on only its own worker looks */
    bool hit[2], sure : 1;
    bool through : 1; /* it met a write whose thread kept its core */
    bool preempted : 1; /* its thread lost its core between its first read and the end of its write */
    bool paused; /* … inside of the write; others look */
    uint8_t part; /* enum tracker_part */
    struct tracker_nature nature, step; /* of the gradient; of all that the write contains */
};

/* Order and blocks: a gradient that waits for its worker's next write, or several that were read and made together. */
struct tracker_wait {
    uint32_t times;
    struct tracker_nature nature;
    struct tracker_found found;
    struct tracker_moves read_at; /* order */
    uint64_t done_at_read, seen; /* blocks */
    size_t first, count; /* blocks: its bundles in lane.bundle */
    bool *answer;
};

struct tracker_lane {
    /* blocks: writes, and those that a merge has followed; only their owner changes them */
    _Alignas(64) _Atomic uint64_t began, done, merged;
    _Alignas(64) struct gradient_counts count; /* from here on nobody else looks while the epoch lasts */
    /* a gradient was begun, neither written nor joined; read and made with the one before; no private copies now */
    bool in_hand, batched, left;
    struct tracker_found found; /* of the gradient in hand */
    struct tracker_nature nature, step; /* of it; of all that the next write contains */
    struct tracker_moves read_at, write_at; /* order: what was done when my window opened */
    uint64_t *done_then; /* blocks: [nworkers] others' `done` when the window opened that I am in */
    uint64_t done_at_read; /* blocks: their sum, when my read window opened */
    uint64_t
        seen; /* blocks: others' `merged`, all together, when I loaded or merged last; without copies, read */
    uint32_t loaded; /* updates that the block held when I loaded it */
    uint64_t loaded_at; /* clock: when the private copies were loaded */
    uint64_t switches; /* clock: the system's last answer */
    struct tracker_stay *log; /* clock: [samples + 1] */
    size_t length;
    struct tracker_write *write; /* clock: the log for others, when the epoch is over */
    struct tracker_merge *merge;
    /* ---- order and blocks, where several gradients make a step */
    struct tracker_wait *wait; /* [t->waits] */
    uint32_t nwait;
    uint64_t *done_of; /* blocks: [t->waits][nworkers] done_then of those that wait */
    uint64_t *began_then; /* blocks: [nworkers] others' `began` when my write window opened */
    struct bundle *bundle; /* blocks: [t->bundles] of those that wait */
    size_t nbundle, nlisted; /* … and with those of the gradient in hand */
    uint64_t *replaced; /* blocks: [nblocks] the stamp that my write found */
    int64_t increments; /* of tracker.written, in all epochs */
    uint32_t delays[TRACKER_DELAYS];
    struct tracker_kind kind[LAYOUT_GROUPS];
};

/* A gradient is over, or so many of which the same was found. */
void tracker_add(struct tracker_lane *me, const struct tracker_found *found, uint32_t times);
void tracker_add_delay(struct tracker_lane *me, uint64_t delay, uint32_t times);

/* Of this group the blocks with lower ids are private to a worker; `plain`: that goes without private copies. */
static inline uint32_t tracker_private(const struct tracker *t, bool plain, uint32_t group)
{
    return t->hot && !plain ? t->hot[group] : 0;
}

void tracker_log_init(struct tracker_lane *me, size_t samples);
void tracker_log_free(struct tracker_lane *me);
size_t tracker_log_bytes(size_t samples); /* at most, of all workers that share so many */
void tracker_compare_logs(struct tracker *t); /* into the counts */

int64_t blocks_lost(const struct tracker *t); /* in all epochs */

void blocks_accumulate(struct tracker *t, uint32_t k); /* room for what waits */
void blocks_read_begin(struct tracker *t, uint32_t k);
void blocks_read_end(struct tracker *t, uint32_t k, const struct gradient *g);
void blocks_wait(struct tracker *t, uint32_t k, struct tracker_wait *wait); /* the gradient in hand waits */
void blocks_handed(struct tracker *t, uint32_t k);
void blocks_write_begin(struct tracker *t, uint32_t k, const struct gradient *g);
void blocks_write_end(struct tracker *t, uint32_t k, const struct gradient *g);
void blocks_loaded(struct tracker *t, uint32_t k);
void blocks_merged(struct tracker *t, uint32_t k);

#endif

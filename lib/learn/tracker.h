/* SPDX-License-Identifier: MIT
 *
 * tracker: how many gradients are in error (Figure 1 of Sun 2016). Each worker announces on a cache line
 * of its own when a write begins and when it is done:
 *
 *     me     │── R ──────── G ──────│── W ──│        read window: first read … end of G
 *     other        │─ W ─│                           write window: W
 *                  began  done
 *
 * A gradient suffers a read-overwrite when another's write meets its read window, a write-overwrite when
 * one meets its write window, and in a block that both have. It is in error when it suffers either. What
 * others finish between its read and its write is its delay, and no error.
 *
 *   overlap  two counters a sample. Exact where every gradient touches a universal block (the label
 *            transitions of a CRF), which makes any two of them meet; an upper bound elsewhere, and where the
 *            writes of such blocks are combined (lib/learn/combine.h).
 *   blocks   every block is stamped by who wrote it last: never too many for any layout, and slower. It misses
 *            an overwrite whose stamp a later write covered that was done before the window opened.
 *   auto     overlap where the layout has a universal block, else blocks.
 *   off      nothing is counted.
 *
 * A write of a block is load, step, store. What another stored between my load and my store is not in what I store:
 * its update is lost. Who arranges load and store as events (lib/learn/interleaved.h) can count that exactly: the
 * value of a block knows how many updates are in it.
 *
 *     me      load 0 ──────────────────── store 1      was 2: two updates are lost
 *     other          load 0 store 1
 *     third                         load 1 store 2     was 1: none
 *
 * Rarely, a store brings back what another's had taken; it counts as less than none.
 */
#ifndef ASYNTRAIN_LEARN_TRACKER_H
#define ASYNTRAIN_LEARN_TRACKER_H

#include "lib/base/config.h"
#include "lib/num/grad.h"
#include "lib/num/layout.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tracker_count { /* of one worker in one pass */
    uint64_t gradients, errors, read_overwrites, write_overwrites;
    uint64_t delay_sum, delay_max; /* in updates by others */
    int64_t lost_updates; /* of others, by my stores; net of those that they brought back */
};

struct tracker_lane; /* what a worker announces, and its notes */

struct tracker {
    uint32_t nworkers;
    bool on;
    struct tracker_lane *lane; /* [nworkers], each on cache lines of its own */
    const struct layout *layout;
    _Atomic uint64_t *stamp; /* [nblocks] write number * 2^12 + worker of the last write; or NULL */
    uint32_t *
        held; /* [nblocks] updates of the pass that the block's value holds; NULL: lost ones are not counted */
};

#define TRACKER_WORKERS 4096 /* at most, for the stamp's sake */

/* `mode` is the key engine.tracker. With one worker, or "off", nothing is done and nothing counted as
 * an error: there is no other. */
void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers);
void tracker_count_lost(struct tracker *t); /* count lost updates too, unless it is off */
void tracker_free(struct tracker *t);
void tracker_reset(struct tracker *t); /* counts to 0, between passes */

/* The three verbs call these, worker `k` in its own thread. */
void tracker_read_begin(struct tracker *t, uint32_t k);
void tracker_read_end(struct tracker *t, uint32_t k, const struct grad *g);
void tracker_write_begin(struct tracker *t, uint32_t k, const struct grad *g);
void tracker_write_end(struct tracker *t, uint32_t k, const struct grad *g);
/* Between the two above: load and store of one block, numbered among all; one thread for all workers. */
void tracker_load(struct tracker *t, uint32_t k, uint32_t block);
void tracker_store(struct tracker *t, uint32_t k, uint32_t block);
/* In place of write_begin and write_end: my gradient is part of another's write, and has no delay of its own. */
void tracker_joined(struct tracker *t, uint32_t k);

const struct tracker_count *tracker_counts(const struct tracker *t, uint32_t k); /* between passes */

#endif

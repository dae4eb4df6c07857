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
 *            an overwrite whose stamp a later write covered that was done before the window opened. Errors are
 *            counted by kind of block as well (a group of the layout), and lost updates are estimated.
 *   auto     overlap where the layout has a universal block, else blocks.
 *   off      nothing is counted.
 *
 * An update is lost when a thread loads a weight, another stores it, and the first stores its own sum over it. How often
 * that happens is estimated beside every write of a block: the block has a counter that is incremented as carelessly as
 * its weights, by a load and a store, while each worker counts its increments for itself. What the counters lack at the
 * end of a pass was lost. Of each block one of its many weights is watched, so to say: an estimate. A
 * block that stands in several bundles of a gradient counts as often, as sgd writes it.
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
    uint64_t lost_updates; /* where they are known of each worker; threads know them together: tracker_lost */
};

struct tracker_kind { /* gradients in which a block of one group at least was overwritten */
    uint64_t read_overwrites, write_overwrites;
};

/* Delays are counted exactly up to 1023, then in ranges that double: 1024 … 2047, 2048 … 4095, … */
#define TRACKER_EXACT 1024
#define TRACKER_DELAYS (TRACKER_EXACT + 54)

struct tracker_delays { /* of all workers in one pass; all 0 where none was measured */
    uint64_t gradients;
    double mean;
    uint64_t p50, p99, most; /* of a range the greatest that may be meant */
    uint64_t count[TRACKER_DELAYS];
};

struct tracker_lane; /* what a worker announces, and its notes */

struct tracker {
    uint32_t nworkers;
    bool on;
    struct tracker_lane *lane; /* [nworkers], each on cache lines of its own */
    const struct layout *layout;
    _Atomic uint64_t *stamp; /* [nblocks] write number * 2^12 + worker of the last write; or NULL */
    _Atomic uint64_t *written; /* [nblocks] increments that were not lost, where there are stamps */
    uint64_t lost, lost_before; /* increments in the pass; in all passes before */
};

#define TRACKER_WORKERS 4096 /* at most, for the stamp's sake */

/* `mode` is the key engine.tracker. With one worker, or "off", nothing is done and nothing counted as
 * an error: there is no other. */
void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers);
void tracker_free(struct tracker *t);
void tracker_reset(struct tracker *t); /* counts to 0, between passes */

/* The three verbs call these, worker `k` in its own thread. */
void tracker_read_begin(struct tracker *t, uint32_t k);
void tracker_read_end(struct tracker *t, uint32_t k, const struct grad *g);
void tracker_write_begin(struct tracker *t, uint32_t k, const struct grad *g);
void tracker_write_end(struct tracker *t, uint32_t k, const struct grad *g);
/* In place of the two above: my gradient is part of another's write, and has no delay of its own. */
void tracker_joined(struct tracker *t, uint32_t k);

/* The pass is over: what was lost in it? */
void tracker_settle(struct tracker *t);

/* Between passes. */
const struct tracker_count *tracker_counts(const struct tracker *t, uint32_t k);
uint64_t tracker_lost(const struct tracker *t); /* by all workers */
struct tracker_kind tracker_kind(const struct tracker *t,
                                 uint32_t group); /* of all workers; 0 without stamps */
void tracker_delays(const struct tracker *t, struct tracker_delays *d);
uint64_t tracker_delay_from(uint32_t place); /* the least delay that count[place] is for */

#endif

/* SPDX-License-Identifier: MIT
 *
 * local_copies: W at full speed. Blocks that many sentences write bounce between the cores; so each worker keeps a copy
 * of these hot blocks for itself, reads and writes the copy, and merges what it changed to the shared weights from
 * time to time. Cold blocks are read and written at once, as in Algorithm 1 of Sun (2016): combining refines its W,
 * and `combine.mode: none` is the plain method.
 *
 *     local  ── R, W of hot blocks: a worker sees its own changes at once
 *     base   ── the copy as it was when it was merged last
 *     merge     w += local - base;  local = base = w
 *
 * Ids fall in frequency, so the hot blocks of a group are those with id < n. The hotter a block the more often it is
 * merged: by frequency f ~ 1/id each has been written about as often as any other when its turn comes.
 *
 *     tier 0          ids   0 … 31    every k samples, and so are small groups that every sample touches
 *          1                32 … 63          2k
 *          2                64 … 127         4k        …
 *
 * Others see a change late by about as many samples of this worker; at the end of an epoch all is merged. The end of
 * the last epoch goes without copies: nothing is late where it counts. Samples are the worker's own or, if that is
 * more, those that each other worker has merged in the mean: who lost its core, or found another merging, makes up for
 * all turns that went by, before its next sample. One worker merges at a time, so that of what was saved up nothing is
 * lost; but nobody waits: who finds another at it tries again after the next sample. (When a worker leaves its copy, a
 * merge of one that has not and a plain write may undo each other, as plain writes may.)
 */
#ifndef ASYNTRAIN_LEARN_LOCAL_COPIES_H
#define ASYNTRAIN_LEARN_LOCAL_COPIES_H

#include "lib/base/config.h"
#include "lib/num/gradient.h"
#include "lib/num/layout.h"

#include <stdatomic.h>
#include <stdbool.h>

extern const struct key local_copies_keys[]; /* of engines that combine, in section `engine` */

#define LOCAL_COPIES_TIER 32

struct local_copies {
    const struct layout *layout;
    const struct kernel *kernel;
    /* Blocks of each group that are kept, all of a universal one; all 0: nothing is combined. */
    uint32_t hot[LAYOUT_GROUPS];
    uint32_t blocks; /* of the most frequent of each kind, as many as are kept at most */
    uint32_t as[LAYOUT_GROUPS]; /* a universal group is merged with the tier that begins with this id */
    uint32_t last; /* the greatest id that decides about a tier */
    uint32_t every; /* k */
    uint32_t others; /* workers but one */
    bool on;
    double plain; /* share of the last epoch, at its end, that goes without copies */
    size_t until; /* who reads for this ticket of the epoch, or a later one, leaves its copy */
    _Alignas(64) atomic_flag busy; /* somebody merges */
    _Atomic uint64_t merged; /* samples, of all workers; written by who is busy */
};

/* What one worker keeps. */
struct local_copy {
    real *w, *base; /* laid out as w; only hot blocks are touched, so only they take memory */
    void *storage[2];
    bool left; /* the worker goes without it until the epoch is over */
    uint32_t since; /* samples since tier 0 was merged */
    uint64_t turns; /* that went by in the epoch, some of them at once */
    uint64_t seen; /* c->merged as it was then */
};

/* `tokens` of a sample in the mean; alone nothing is combined. */
void local_copies_init(struct local_copies *c, const struct config *config, const struct layout *layout,
                       uint32_t nworkers, double tokens);

size_t local_copies_reals(const struct local_copies *c); /* that a worker's copies will touch */

/* Before an epoch of so many samples, when no worker runs. `last`: of the run. */
void local_copies_begin(struct local_copies *c, size_t samples, bool last);

void local_copy_init(struct local_copy *k, const struct local_copies *c);
void local_copy_free(struct local_copy *k);

/* What the worker reads and writes in place of hot blocks of w; NULL: nothing. */
static inline real *local_copy_weights(const struct local_copy *k)
{
    return k->left ? NULL : k->w;
}

/* By the worker's own thread: at the beginning of an epoch; before each R; after each W; at the end of the epoch. One
 * worker at a time loads or merges: no copy is torn. */
void local_copy_load(struct local_copy *k, struct local_copies *c, const real *w); /* waits for others */
/* Is it time to go without the copy, from this ticket on? Then merges all, unless another merges: true, it did. */
bool local_copy_leave(struct local_copy *k, struct local_copies *c, real *w, size_t ticket);
/* with the gradients of so many samples: merges the tiers whose turn it is; true: it did, or all was written to w */
bool local_copy_wrote(struct local_copy *k, struct local_copies *c, real *w, uint32_t samples);
void local_copy_merge(struct local_copy *k, struct local_copies *c, real *w); /* all; waits for others */

#endif

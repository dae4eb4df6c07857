/* SPDX-License-Identifier: MIT
 *
 * combine: W at full speed. Blocks that many sentences write bounce between the cores; so each worker keeps a copy
 * of these hot blocks for itself, reads and writes the copy, and brings what it changed to the shared weights from
 * time to time. Cold blocks are read and written at once, as in Algorithm 1 of Sun (2016): combining refines its W,
 * and `combine.mode: none` is the plain method.
 *
 *     own    ── R, W of hot blocks: a worker sees its own changes at once
 *     base   ── own as it was when it was brought last
 *     bring     w += own - base;  own = base = w
 *
 * Ids fall in frequency, so the hot blocks of a group are those with id < n. The hotter a block the more often it is
 * brought: by frequency f ~ 1/id each has been written about as often as any other when its turn comes.
 *
 *     tier 0          ids      0 …  255    every k samples, and so are groups that every sample touches
 *          1                 256 …  511          2k
 *          2                 512 … 1023          4k        …
 *
 * Others see a change late by about as many samples of this worker; at the end of a pass all is brought. One worker
 * brings at a time, so that of what was saved up nothing is lost; but nobody waits: who finds another at it tries
 * again after the next sample.
 */
#ifndef ASYNTRAIN_LEARN_COMBINE_H
#define ASYNTRAIN_LEARN_COMBINE_H

#include "lib/base/config.h"
#include "lib/num/grad.h"
#include "lib/num/layout.h"

#include <stdatomic.h>
#include <stdbool.h>

extern const struct key combine_keys[]; /* of engines that combine, in section `engine` */

#define COMBINE_TIER 256

struct combine {
    const struct layout *layout;
    const struct kernel *kernel;
    /* Blocks of each group that are kept, all of a universal one; all 0: nothing is combined. */
    uint32_t hot[LAYOUT_GROUPS];
    uint32_t blocks; /* of the most frequent of each kind, as many as are kept at most */
    uint32_t every; /* k */
    bool on;
    _Alignas(64) atomic_flag busy; /* somebody brings */
};

/* What one worker keeps. */
struct kept {
    real *own, *base; /* laid out as w; only hot blocks are touched, so only they take memory */
    void *room[2];
    uint32_t since; /* samples since tier 0 was brought */
    uint64_t turns; /* how often it was */
};

/* `tokens` of a sample in the mean; alone nothing is combined. */
void combine_init(struct combine *c, const struct config *config, const struct layout *layout,
                  uint32_t nworkers, double tokens);

size_t combine_reals(const struct combine *c); /* that a worker's copies will touch */

void kept_init(struct kept *k, const struct combine *c);
void kept_free(struct kept *k);

/* By the worker's own thread: at the beginning of a pass; after each W; at the end of the pass. One worker at a time loads
 * or brings: no copy is torn. */
void kept_load(struct kept *k, struct combine *c, const real *w); /* waits for others */
/* with the gradients of so many samples: brings the tiers whose turn it is; true: it did */
bool kept_wrote(struct kept *k, struct combine *c, real *w, uint32_t samples);
void kept_bring(struct kept *k, struct combine *c, real *w); /* all; waits for others */

#endif

/* SPDX-License-Identifier: MIT
 *
 * combine: W at full speed. Blocks that every sentence writes bounce between the cores; so each worker keeps a
 * copy of these hot blocks for itself, reads and writes the copy, and brings what it changed to the shared weights
 * every few samples. Cold blocks are read and written at once, as in Algorithm 1 of Sun (2016): combining
 * refines its W, and `combine.blocks: 0` is the plain method.
 *
 *     own    ── R, W of hot blocks: a worker sees its own changes at once
 *     base   ── own as it was when it was brought last
 *     flush     w += own - base;  own = base = w         every `combine.every` samples, and at the end of a pass
 *
 * Others see a change of a hot block later, by up to `every` samples of this worker. Ids fall in frequency, so the
 * hot blocks of a group are those with id < n; a group whose blocks every sample touches is hot as a whole.
 */
#ifndef ASYNTRAIN_LEARN_COMBINE_H
#define ASYNTRAIN_LEARN_COMBINE_H

#include "lib/base/config.h"
#include "lib/num/grad.h"
#include "lib/num/layout.h"

#include <stdbool.h>

extern const struct key combine_keys[]; /* of engines that combine, in section `engine` */

struct combine {
    const struct layout *layout;
    uint32_t hot[LAYOUT_GROUPS]; /* blocks of each group that are kept; all 0: nothing is combined */
    uint32_t every; /* samples between two flushes */
    bool on;
};

/* What one worker keeps. */
struct kept {
    real *own, *base; /* laid out as w; only hot blocks are touched, so only they take memory */
    void *room[2];
    uint32_t since; /* samples since the last flush */
    struct grad hot, cold; /* a gradient, parted */
};

void combine_init(struct combine *c, const struct config *config, const struct layout *layout,
                  uint32_t nworkers);

/* `capacity`: bundles of a gradient at most. */
void kept_init(struct kept *k, const struct combine *c, size_t capacity);
void kept_free(struct kept *k);

/* By the worker's own thread: at the beginning of a pass; after each W; at the end of the pass. */
void kept_load(struct kept *k, const struct combine *c, const real *w);
void kept_flush(struct kept *k, const struct combine *c, real *w);
bool kept_due(struct kept *k, const struct combine *c); /* one more sample is written: is it time to flush? */

/* Part a gradient into its hot and cold blocks; the lists are the gradient's own. */
void kept_part(struct kept *k, const struct combine *c, const struct grad *g);

#endif

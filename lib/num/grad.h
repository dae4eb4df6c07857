/* SPDX-License-Identifier: MIT
 *
 * grad: the gradient of one sample, as bundles: one row of reals and the blocks that all receive it.
 * In a CRF every feature active at a position has the same delta row (marginal minus truth), so the row
 * stands once, in the model's scratch, and the ids are the example's own list: nothing is copied.
 *
 *     bundle ── row  [rows*stride]   marginal - truth at position i
 *            └─ id   [count]         the features of position i, blocks of `group`
 *
 * The same block may stand in several bundles; its gradient is their sum.
 */
#ifndef ASYNTRAIN_NUM_GRAD_H
#define ASYNTRAIN_NUM_GRAD_H

#include "lib/num/real.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct bundle {
    uint32_t group, count;
    const uint32_t *id; /* [count] blocks, numbered within their group; borrowed */
    const real *row; /* borrowed until the scratch's next gradient */
};

struct grad {
    struct bundle *bundle;
    size_t count, capacity; /* capacity: what the model declared for its longest sample */
};

static inline void grad_add(struct grad *g, uint32_t group, uint32_t count, const uint32_t *id,
                            const real *row)
{
    assert(g->count < g->capacity);
    if (count)
        g->bundle[g->count++] = (struct bundle){group, count, id, row};
}

#endif

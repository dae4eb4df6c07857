/* SPDX-License-Identifier: MIT
 *
 * gradient: the gradient of one sample, as bundles: one row of reals and the blocks that all receive it.
 * In a CRF every feature active at a position has the same delta row (marginal minus truth), so the row
 * stands once, in the model's scratch, and the ids are the example's own list: nothing is copied.
 *
 *     bundle ── row  [rows*stride]   marginal - truth at position i
 *            └─ id   [count]         the features of position i, blocks of `group`
 *
 * The same block may stand in several bundles; its gradient is their sum. A matrix of a network has as its gradient a
 * product of what stands in scratch, tokens by tokens. It is handed out as that, a bundle a block, and the row is made
 * where it is used, in the first cache (gradient_row):
 *
 *     bundle ── product  [m][n] = A' B     A: inputs of the tokens, B: the loss's derivatives by the outputs
 *            └─ first    which of its rows are those of the block
 *
 * Such bundles come last, their blocks stand in no other bundle, and all of a group have one product.
 */
#ifndef ASYNTRAIN_NUM_GRADIENT_H
#define ASYNTRAIN_NUM_GRADIENT_H

#include "lib/num/layout.h"
#include "lib/num/product.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct example;

struct bundle {
    uint32_t group, count;
    const uint32_t *id; /* [count] blocks, numbered within their group; borrowed */
    const real *row; /* borrowed until the scratch's next gradient; NULL: */
    const struct product *product; /* … borrowed likewise, C NULL */
    uint32_t first;
    /* Of a row of more than REAL_WIDE, cache lines (lib/num/kernel.h) outside of which it is 0: line[lines], rising and
     * borrowed likewise; NULL: not known. */
    const uint32_t *line;
    uint32_t lines;
    /* whose gradient it is, from 0, where several samples' stand in one, one behind the other */
    uint32_t sample;
};

struct gradient {
    struct bundle *bundle;
    size_t count, capacity; /* capacity: what the model declared for its longest sample */
    bool copied; /* the model copied the universal blocks that it read, then computed with the copies */
    bool left_out; /* it read blocks that do not stand here, as their derivative was left out */
    uint32_t nsamples; /* whose gradients it is the sum of; */
    const uint32_t *samples; /* … of each bundle, how many of them have its blocks; NULL: all */
    /* For the model: the sample whose gradient it will be asked next, most likely. It may ask for the cache lines of
     * its weights (lib/num/fetch.h) while it computes this one. NULL: not known. Stands as `draw` does. */
    const struct example *ahead;
    bool exact; /* for the model: leave out no derivative, however small; stands as `draw` does */
    uint64_t draw; /* what a model draws at random (dropout) follows from this number; 0: it draws nothing */
};

static inline void gradient_begin(struct gradient *g) /* a new one; what it asks of the model stands */
{
    g->count = 0;
    g->copied = g->left_out = false;
    g->nsamples = 1;
    g->samples = NULL;
}

static inline void gradient_add(struct gradient *g, uint32_t group, uint32_t count, const uint32_t *id,
                                const real *row)
{
    assert(g->count < g->capacity);
    if (count)
        g->bundle[g->count++] = (struct bundle){.group = group, .count = count, .id = id, .row = row};
}

/* The same of a row that is 0 outside of some lines. */
static inline void gradient_add_lines(struct gradient *g, uint32_t group, uint32_t count, const uint32_t *id,
                                      const real *row, const uint32_t *line, uint32_t lines)
{
    gradient_add(g, group, count, id, row);
    if (count) {
        g->bundle[g->count - 1].line = line;
        g->bundle[g->count - 1].lines = lines;
    }
}

/* The same where each block stands with a value and gets that many times the row (NULL: 1). Blocks beside each other
 * with one value share a bundle; rows times a value go to `*room`, which moves behind them. Without a row there are the
 * bundles alone. */
void gradient_add_valued(struct gradient *g, const struct layout *l, uint32_t group, uint32_t count,
                         const uint32_t *id, const float *value, const real *row, real **room);

/* All blocks of a group, whose numbers 0, 1, 2 … are in id. */
void gradient_add_product(struct gradient *g, const struct layout *l, uint32_t group, const uint32_t *id,
                          const struct product *p);

/* How many bundles have rows: the first ones. */
size_t gradient_rows(const struct gradient *g);

/* The row of a bundle that has a product, into `row` [layout_block]; and those of several, one behind the other in the
 * gradient, into `row` likewise: p is the product that they have, or the same with its B packed. */
void gradient_row(const struct bundle *b, const struct layout *l, real *row);
void gradient_make(const struct bundle *b, size_t count, const struct product *p, const struct layout *l,
                   real *row);

/* Make all rows, in `room`, which has the reals of all blocks with a product (layout_products). */
void gradient_fill(struct gradient *g, const struct layout *l, real *room);

#endif

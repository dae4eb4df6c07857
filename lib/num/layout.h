/* SPDX-License-Identifier: MIT
 *
 * layout: one flat weight vector, cut into blocks. The block is the unit of everything that happens to
 * weights: touched by a sentence, updated, stamped by the tracker, saved, sent. Blocks of one shape form
 * a group (dense-CRF: node, edge, rich …; a matrix of a network, by rows):
 *
 *     w │ group 0: block 0 │ block 1 │ … │ group 1: block 0 │ …
 *         └ [rows][stride], of which [rows][columns] are weights and the rest is padding, always 0
 *
 * Optimizer state (momentum, mean squares) are vectors of the same layout.
 */
#ifndef ASYNTRAIN_NUM_LAYOUT_H
#define ASYNTRAIN_NUM_LAYOUT_H

#include "lib/num/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_GROUPS 64

struct group {
    const char *name; /* of the tensor in a model file; lives as long as the layout */
    uint32_t count; /* blocks */
    uint32_t rows, columns, stride;
    size_t offset; /* of its first block in w */
    uint32_t first; /* number of its first block among all blocks */
    bool universal; /* its blocks are read and written by (nearly) every sample */
    /* Its gradient comes as a product with so many columns (lib/num/gradient.h), and a block is some rows of it; 0:
     * as rows. */
    uint32_t product;
};

struct layout {
    uint32_t ngroups;
    struct group group[LAYOUT_GROUPS];
    uint32_t nblocks;
    size_t size; /* reals in w */
};

/* Append a group and return its number. Rows are padded by REAL_PAD, groups begin on cache lines. */
uint32_t layout_add(struct layout *l, const char *name, uint32_t count, uint32_t rows, uint32_t columns,
                    bool universal);
/* The same with rows as far apart as is said: a multiple of REAL_LANES, at least the columns. */
uint32_t layout_add_stride(struct layout *l, const char *name, uint32_t count, uint32_t rows,
                           uint32_t columns, uint32_t stride, bool universal);

size_t layout_weights(const struct layout *l); /* without padding */
size_t layout_products(const struct layout *l); /* reals of all groups whose gradient is a product */

static inline size_t layout_block(const struct group *g) /* reals of one block */
{
    return (size_t)g->rows * g->stride;
}

#endif

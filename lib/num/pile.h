/* SPDX-License-Identifier: MIT
 *
 * pile: the gradients of several samples, saved up to be one (engine.accumulate). Rows are summed (lib/num/sum.h). A
 * product stays one: the sum of A'B of every sample is the product of all samples' tokens, A's and B's one below the
 * other:
 *
 *     sample 1   A1 │ B1        A1'B1 + A2'B2  =  │A1│' │B1│
 *     sample 2   A2 │ B2                          │A2│  │B2│
 *
 * so one long product replaces many short ones, which would each read and write a sum as large as the weights. When the
 * room for tokens is full, that is done.
 */
#ifndef ASYNTRAIN_NUM_PILE_H
#define ASYNTRAIN_NUM_PILE_H

#include "lib/num/grad.h"

struct pile;

/* `layout` is borrowed. A worker has one of its own; memory is taken only as far as some gradient has reached. No product
 * has more than `longest` tokens. */
struct pile *pile_new(const struct layout *layout, uint32_t longest);
void pile_free(struct pile *p);
size_t pile_bytes(const struct layout *layout, uint32_t longest); /* what it may take, at most */

/* pile_begin, then pile_more for each, times `factor`; the rows and products of earlier ones may be gone by then, their
 * ids may not. pile_sum: all as one gradient, each block once, valid until the next pile_begin. Allocates nothing. */
void pile_begin(struct pile *p);
bool pile_is_empty(const struct pile *p); /* since pile_begin */
void pile_more(struct pile *p, const struct grad *g, real factor);
const struct grad *pile_sum(struct pile *p);

/* As sum_count and sum_samples, of the bundles of pile_sum that have rows; each pile_more is one sample. */
void pile_count(struct pile *p);
const uint32_t *pile_samples(const struct pile *p);

#endif

/* SPDX-License-Identifier: MIT
 *
 * accumulator: the gradients of several samples, saved up to be one (engine.accumulate). Rows are summed
 * (lib/num/coalescer.h). A product stays one: the sum of A'B of every sample is the product of all samples' tokens,
 * A's and B's one below the other:
 *
 *     sample 1   A1 │ B1        A1'B1 + A2'B2  =  │A1│' │B1│
 *     sample 2   A2 │ B2                          │A2│  │B2│
 *
 * so one long product replaces many short ones, which would each read and write a sum as large as the weights. When the
 * room for tokens is full, that is done.
 */
#ifndef ASYNTRAIN_NUM_ACCUMULATOR_H
#define ASYNTRAIN_NUM_ACCUMULATOR_H

#include "lib/num/gradient.h"

struct accumulator;

/* `layout` is borrowed. A worker has one of its own; memory is taken only as far as some gradient has reached. No
 * product has more than `longest` tokens. */
struct accumulator *accumulator_new(const struct layout *layout, uint32_t longest);
void accumulator_free(struct accumulator *p);
size_t accumulator_room(uint32_t longest); /* tokens, at most, of a product of a sum */
size_t accumulator_bytes(const struct layout *layout, uint32_t longest); /* what it may take, at most */

/* accumulator_begin, then accumulator_add for each, times `factor`. The rows and products of earlier ones may be gone
 * by then, their ids may not. accumulator_sum: all as one gradient, each block once, valid until the next
 * accumulator_begin. Allocates nothing. */
void accumulator_begin(struct accumulator *p);
bool accumulator_is_empty(const struct accumulator *p); /* since accumulator_begin */
void accumulator_add(struct accumulator *p, const struct gradient *g, real factor);
const struct gradient *accumulator_sum(struct accumulator *p);

/* Once, before the first sum: count of each bundle that has rows how many samples have its blocks (gradient.samples).
 */
void accumulator_count_samples(struct accumulator *p);

#endif

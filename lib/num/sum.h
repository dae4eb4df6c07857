/* SPDX-License-Identifier: MIT
 *
 * sum: a gradient (lib/num/grad.h) in which a block may stand many times becomes one in which each stands once.
 * A rule that is not linear in the gradient needs it so: the square of a sum is not the sum of squares.
 *
 *     bundles ── row A {3, 7}, row B {7, 9}   ──>   3: A    7: A + B    9: B
 *
 * Of the gradients of several samples it can be the mean as well: each row is multiplied as it is added. And it can tell
 * of each block how many of the samples have it, for who asked for it (sum_count).
 *
 * Only what is really a sum is computed: the row of a block that stands once stays where it is. A worker has one
 * of its own.
 */
#ifndef ASYNTRAIN_NUM_SUM_H
#define ASYNTRAIN_NUM_SUM_H

#include "lib/num/grad.h"
#include "lib/num/layout.h"

struct sum;

/* `layout` is borrowed. There is room for a gradient that touches every block, but memory is taken only as far as
 * some gradient has reached. */
struct sum *sum_new(const struct layout *layout);
void sum_free(struct sum *s);

/* One bundle of one block for each that `g` touches, in the order of first appearance; rows are added in g's order.
 * Valid until the next call, and no longer than the rows and ids of `g`; the bundles are the caller's to change.
 * Allocates nothing. */
struct grad *sum_blocks(struct sum *s, const struct grad *g);
/* … times `factor`. */
struct grad *sum_times(struct sum *s, const struct grad *g, real factor);

/* Several gradients as one: sum_begin, then sum_more for each, times `factor`; it returns the sum so far. Rows of earlier
 * ones may be gone by then, their ids may not. Allocates nothing. */
void sum_begin(struct sum *s);
struct grad *sum_more(struct sum *s, const struct grad *g, real factor);

/* Once, before the first sum: count samples. Then sum_samples has for each bundle of the last result the number of
 * samples (bundle.sample; each sum_more brings others) whose gradients have that block; NULL where nobody counts. */
void sum_count(struct sum *s);
const uint32_t *sum_samples(const struct sum *s);

/* The blocks that `g` touches, each once, in the order of first appearance; `g` needs no rows and the result has none. */
const struct grad *sum_touched(struct sum *s, const struct grad *g);

/* Where block `id` of a group stands in the last result: its bundle's number, or SUM_NOWHERE. */
#define SUM_NOWHERE UINT32_MAX
uint32_t sum_place(const struct sum *s, uint32_t group, uint32_t id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * coalescer: a gradient (lib/num/gradient.h) in which a block may stand many times becomes one in which each stands
 * once. An optimizer that is not linear in the gradient needs it so: the square of a sum is not the sum of squares.
 *
 *     bundles ── row A {3, 7}, row B {7, 9}   ──>   3: A    7: A + B    9: B
 *
 * Of the gradients of several samples it can be the mean as well: each row is multiplied as it is added. And it can
 * tell of each block how many of the samples have it, for who asked for it (coalescer_count_samples).
 *
 * Only what is really a sum is computed: the row of a block that stands once stays where it is. A worker has one
 * of its own.
 */
#ifndef ASYNTRAIN_NUM_COALESCER_H
#define ASYNTRAIN_NUM_COALESCER_H

#include "lib/num/gradient.h"
#include "lib/num/layout.h"

struct coalescer;

/* `layout` is borrowed. There is room for a gradient that touches every block, but memory is taken only as far as
 * some gradient has reached. */
struct coalescer *coalescer_new(const struct layout *layout);
void coalescer_free(struct coalescer *s);

/* One bundle of one block for each that `g` touches, in the order of first appearance; rows are added in g's order.
 * Valid until the next call, and no longer than the rows and ids of `g`; the bundles are the caller's to change.
 * Allocates nothing. */
struct gradient *coalescer_sum(struct coalescer *s, const struct gradient *g);
/* … times `factor`. */
struct gradient *coalescer_scaled_sum(struct coalescer *s, const struct gradient *g, real factor);

/* Several gradients as one: coalescer_begin, then coalescer_add for each, times `factor`; it returns the sum so far.
 * Rows of earlier ones may be gone by then, their ids may not. Allocates nothing. */
void coalescer_begin(struct coalescer *s);
struct gradient *coalescer_add(struct coalescer *s, const struct gradient *g, real factor);

/* Once, before the first sum: count samples. Then coalescer_samples has for each bundle of the last result the number
 * of samples (bundle.sample; each coalescer_add brings others) whose gradients have that block; NULL where nobody
 * counts. */
void coalescer_count_samples(struct coalescer *s);
const uint32_t *coalescer_samples(const struct coalescer *s);

/* The blocks that `g` touches, each once, in the order of first appearance; `g` needs no rows and the result has
 * none. */
const struct gradient *coalescer_list(struct coalescer *s, const struct gradient *g);

/* Where block `id` of a group stands in the last result: its bundle's number, or COALESCER_NONE. */
#define COALESCER_NONE UINT32_MAX
uint32_t coalescer_find(const struct coalescer *s, uint32_t group, uint32_t id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * accumulate: gradients of a worker that are saved up for one step (engine.accumulate). Where the model can make
 * several at once (model.gradients), samples wait until there are enough of them: then R and G are those of all
 * together.
 *
 *     alone      R G join   R G join   R G W
 *     batched    wait       wait       R G join join W
 *
 * For engines whose workers write before they take another sample (engine_ops.immediate).
 */
#ifndef ASYNTRAIN_LEARN_ACCUMULATE_H
#define ASYNTRAIN_LEARN_ACCUMULATE_H

#include "lib/learn/worker.h"

struct accumulation;

struct accumulation *accumulate_new(const struct session *s);
/* Is no gradient saved up: is the worker between two steps? */
bool accumulate_is_empty(const struct accumulation *a);
void accumulate_free(struct accumulation *a); /* NULL is allowed */
size_t accumulate_memory_bytes(const struct session *s); /* of one worker, at most */

/* R, G of the sample in hand, and W where it completes a step. */
void accumulate_sample(struct worker *k, struct session *s, const struct example *z);
/* The epoch is over: write what is saved up. */
void accumulate_end(struct worker *k, struct session *s);

#endif

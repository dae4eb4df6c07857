/* SPDX-License-Identifier: MIT
 *
 * virtual: gradients of virtual workers. All workers share one scratch, so the rows of a gradient stand in it until
 * another worker computes. Then they are copied to storage of the worker's own, one row a bundle; with no delay that
 * never happens.
 */
#ifndef ASYNTRAIN_ENGINES_VIRTUAL_H
#define ASYNTRAIN_ENGINES_VIRTUAL_H

#include "lib/learn/engine.h"

struct virtual;

/* For a session that has its workers. One thread runs them all. */
struct virtual *virtual_new(const struct session *s);
void virtual_free(struct virtual *v); /* NULL is allowed */
size_t virtual_memory_bytes(const struct session *s); /* of copies, at most */

/* G of worker k. Its gradient lasts until the worker's next G; where it stands, virtual_gradient_of knows. */
void virtual_gradient(struct virtual *v, struct worker *k, struct session *s, const struct example *z);
const struct gradient *virtual_gradient_of(const struct virtual *v, const struct worker *k);
/* The same, copied now: it stays where it is. */
const struct gradient *virtual_copy(struct virtual *v, struct worker *k);

/* W of worker k's gradient is over. */
void virtual_written(struct virtual *v, const struct worker *k);

#endif

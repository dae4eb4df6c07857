/* SPDX-License-Identifier: MIT
 *
 * origins: where weights come from, when training goes on from a model. The new model is the old one on a larger space:
 * it knows all features, characters and labels that the old one knows, and perhaps more. So every old weight has a
 * place in the new model, and every new weight comes from an old one or from the model's init.
 *
 *     old   node  the  of  dog          labels  N V        numbers of old features, by new feature
 *     new   node  of   cat the dog      labels  N V X      node: 1, new, 0, 2
 *
 * Numbers of features and characters follow from how frequent they are, so they change. Labels keep theirs.
 */
#ifndef ASYNTRAIN_LEARN_ORIGINS_H
#define ASYNTRAIN_LEARN_ORIGINS_H

#include "lib/data/space.h"
#include "lib/num/real.h"

#define ORIGIN_NEW UINT32_MAX /* it is not in the old model */

struct model;

struct origins { /* of each its number in the old space, or ORIGIN_NEW */
    uint32_t *node, *edge; /* [node features], [edge features] of the new space */
    uint32_t *character; /* [characters]; NULL: words are not spelled */
};

/* `old` must answer vocab_find; `space` has been learned with it (space_go_on), and may be closed. */
void origins_init(struct origins *o, const struct space *space, const struct space *old);
void origins_free(struct origins *o);
/* How many of n are known. */
uint32_t origins_known(const uint32_t *number, uint32_t n);

/* Copy the weights of `old` into w [layout.size], which are as the model's init leaves them; both models have one
 * configuration. Returns how many were copied. */
size_t origins_copy(const struct origins *o, const struct model *m, real *w, const struct model *old,
                    const real *old_w);

#endif

/* SPDX-License-Identifier: MIT
 *
 * decode: the best labels of a sentence, where labels may follow each other as the key run.decode says.
 */
#ifndef ASYNTRAIN_LEARN_DECODE_H
#define ASYNTRAIN_LEARN_DECODE_H

#include "lib/learn/model.h"
#include "lib/num/constraint.h"

#define DECODE_CHOICES "free|scheme|seen"

struct kernel;
struct boundaries;

/* The constraint that a choice of run.decode names: `scheme`, transitions, first and last labels that are
 * well-formed (a label that the scheme does not know may stand anywhere); `seen`, transitions of the training
 * corpus. NULL where everything is allowed. */
struct constraint *decode_constraint(const char *choice, const struct space *space, enum scheme scheme);

/* The best allowed labels into y[z->n]; where no labelling is allowed (the training corpus may have shown
 * none of this length), the best of all. `k` may be NULL. `b` with at [z->n]: what is known of word boundaries
 * (lib/learn/boundaries.h), or NULL. */
void decode_best(const struct model *model, const struct weights *w, const struct example *z,
                 const struct constraint *k, const struct boundaries *b, const uint8_t *at,
                 const struct kernel *kernel, uint32_t *y, void *scratch);

#endif

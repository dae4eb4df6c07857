/* SPDX-License-Identifier: MIT
 *
 * initial: weights that do not begin as the model's init leaves them: pre-trained vectors (lib/data/pretrained.h) are
 * copied to the rows of the features that they are for.
 */
#ifndef ASYNTRAIN_TRAIN_INITIAL_H
#define ASYNTRAIN_TRAIN_INITIAL_H

#include "lib/data/pretrained.h"
#include "lib/learn/model.h"

/* Before anything is read: has the model embeddings, if there are vectors for them? ERROR_USAGE. */
bool initial_possible(const struct config *c, const struct model_ops *model, struct error *e);

/* Copy the vectors into w [layout.size], new weights of the model; p may be NULL. ERROR_USAGE: they have another length
 * than the embeddings, and nothing is copied. */
bool initial_vectors(const struct config *c, const struct pretrained *p, const struct model *m, real *w,
                     struct error *e);

/* What came of the vectors, as a line for a person. */
#define INITIAL_WORDS 256
void initial_words(const struct pretrained *p, char *text, size_t size);

#endif

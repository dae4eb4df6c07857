/* SPDX-License-Identifier: MIT
 *
 * sentences: those whose gradients are computed together, as one example: its tokens are the rows of a pack (pack.h).
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_SENTENCES_H
#define ASYNTRAIN_MODELS_BILSTM_SENTENCES_H

#include "lib/data/dataset.h"
#include "models/bilstm/pack.h"

struct sentences {
    struct pack pack;
    struct example z; /* all tokens, in the order of the rows; of a single sentence that sentence itself */
    const struct example **sentence; /* [count] the sentences in the order of pack.order */
    uint32_t *index; /* [n] of each token its sentence's index, as the sentences were given */
    uint32_t *length; /* [count] as they were given */
    uint32_t *start, *node, *y, *spelling_start, *spelling; /* z's, of several sentences */
};

/* Memory for at most so many tokens and characters in all, and so many features at each token. */
void sentences_init(struct sentences *s, struct capacity most, uint32_t features);
void sentences_free(struct sentences *s);
void sentences_one(struct sentences *s, const struct example *z);
/* Each has at least one token. They are borrowed until the next call. */
void sentences_many(struct sentences *s, const struct example *const *z, uint32_t count, bool side_by_side);

#endif

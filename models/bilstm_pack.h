/* SPDX-License-Identifier: MIT
 *
 * bilstm_pack: some sentences as one long list of tokens, with which everything but the recurrence is done at once.
 *
 *     side by side   the first tokens of all sentences, the second ones …, the longest sentence first: a step of the
 *                    recurrence is a product with as many rows as sentences go on, and reads Wh once for all of them
 *     one by one     sentence behind sentence
 *
 *     step 0   A0 B0 C0        rows 0 1 2        active 3
 *     step 1   A1 B1           rows 3 4          active 2
 *     step 2   A2              row  5            active 1
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_PACK_H
#define ASYNTRAIN_MODELS_BILSTM_PACK_H

#include "lib/data/dataset.h"

#define PACK_NONE UINT32_MAX

struct pack {
    struct example z; /* the tokens; of a single sentence the sentence itself */
    uint32_t count; /* sentences */
    bool side_by_side;
    uint32_t steps;
    uint32_t *active, *offset; /* [steps] side by side: rows of a step, and the first of them */
    uint32_t *who; /* [n] which of the sentences as they were given */
    uint32_t *before, *after; /* [n] row of the neighbouring token, or PACK_NONE; not of a single sentence */
    uint32_t *order; /* [count] the sentences by falling length, */
    const struct example **sentence; /* [count] and themselves so */
    uint32_t *first; /* [count] one by one: its first row */
    uint32_t *start, *node, *y, *spelling_start, *spelling; /* what z points to */
};

/* Room for so much in all, with so many features a token at most; sentences have a token at least. */
void pack_init(struct pack *p, struct capacity most, uint32_t features);
void pack_free(struct pack *p);
void pack_one(struct pack *p, const struct example *z);
void pack_many(struct pack *p, const struct example *const *z, uint32_t count, bool side_by_side);

/* Where token t of the k-th of p->sentence stands. */
static inline uint32_t pack_row(const struct pack *p, uint32_t k, uint32_t t)
{
    return p->count == 1 ? t : p->side_by_side ? p->offset[t] + k : p->first[k] + t;
}

#endif

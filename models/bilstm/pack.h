/* SPDX-License-Identifier: MIT
 *
 * pack: several sequences as one list of rows, so that all of them are computed at once. A sentence is a sequence of
 * tokens (sentences.h), a word a sequence of characters (characters.h).
 *
 *     side by side   the first row of every sequence, then the second rows …, the longest sequence first: a step of a
 *                    recurrence is one product for all sequences that are that long, and reads its matrix once
 *     one by one     all rows of a sequence, then those of the next, also in falling order of length
 *
 *     step 0   A0 B0 C0        rows 0 1 2        active 3
 *     step 1   A1 B1           rows 3 4          active 2
 *     step 2   A2              row  5            active 1
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_PACK_H
#define ASYNTRAIN_MODELS_BILSTM_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
    uint32_t n; /* rows of all sequences */
    uint32_t count; /* sequences; those without a row come last */
    bool side_by_side;
    uint32_t steps; /* length of the longest sequence */
    uint32_t
        *order; /* [count] indices of the sequences by falling length, of equal ones the lower index first */
    uint32_t *length; /* [count] lengths in that order */
    uint32_t *active; /* [steps+1] of several sequences: how many are longer than that; the last is 0 */
    uint32_t *offset; /* [steps] side by side: first row of each step */
    uint32_t *first; /* [count] one by one: first row of each sequence, in that order */
    uint32_t *next; /* [steps+1] scratch of the sort */
};

/* Memory for at most so many rows and sequences. */
void pack_init(struct pack *p, uint32_t rows, uint32_t sequences);
void pack_free(struct pack *p);
/* A single sequence of n rows, one by one. */
void pack_one(struct pack *p, uint32_t n);
/* Sequences of these lengths [count], which may be 0. */
void pack_many(struct pack *p, const uint32_t *length, uint32_t count, bool side_by_side);

/* The row of element t of the k-th sequence in the order of p->order. */
static inline uint32_t pack_row(const struct pack *p, uint32_t k, uint32_t t)
{
    return p->side_by_side ? p->offset[t] + k : p->first[k] + t;
}

#endif

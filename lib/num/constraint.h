/* SPDX-License-Identifier: MIT
 *
 * constraint: which labellings of a chain are allowed: which label may follow which, which may come first and
 * last, and, sentence by sentence, which may stand where. What is forbidden gets the score CHAIN_FORBIDDEN in
 * a chain that was laid, and everything that reads the chain obeys: Viterbi, the posterior (then that of the
 * allowed labellings alone, p(y | y allowed)) and the n best.
 *
 * A constraint is constant once made; any number of threads may lay it, each on its own chain.
 */
#ifndef ASYNTRAIN_NUM_CONSTRAINT_H
#define ASYNTRAIN_NUM_CONSTRAINT_H

#include "lib/num/chain.h"

#include <stdbool.h>

struct constraint {
    uint32_t T, stride; /* as in the chains that it is laid on */
    real *edge; /* [T][stride] 0 or CHAIN_FORBIDDEN, row: the label before */
    real *first, *last; /* [stride] */
};

/* follows [T][T] (row: the label before), first [T], last [T]: 1 where allowed; NULL: everywhere. */
struct constraint *constraint_new(uint32_t T, const uint8_t *follows, const uint8_t *first,
                                  const uint8_t *last);
void constraint_free(struct constraint *k);

/* Forbid in the chain what the constraint forbids. */
void constraint_lay(const struct constraint *k, struct chain *c);

/* Forbid label y at position i, or all others. */
void constraint_forbid(struct chain *c, uint32_t i, uint32_t y);
void constraint_give(struct chain *c, uint32_t i, uint32_t y);

/* Is this, from chain_viterbi, the score of an allowed labelling? If not, there is none. */
bool constraint_met(double score);

#endif

/* SPDX-License-Identifier: MIT
 *
 * beam: the posterior of a chain (lib/num/chain.h) among few labels a position (Pal, Sutton & McCallum 2006, "Sparse
 * forward-backward using minimum divergence beams"). Most labels of most positions have a probability of nearly
 * nothing. What leads from them need not be read, and with rich edges that is most of what a pass reads.
 *
 *     look      backward sums b0 of the chain without its pairs
 *     forward   sums a of all labels of a position, from those kept before it; kept are the labels whose a b0 is above
 *               `least` times the best one's, and the truth
 *     backward  among kept labels alone
 *
 * A label is judged by all that was read of its own and what is known of the rest without pairs. If the labellings
 * through labels that were left out have the probability m together, each probability is off by m at most: those of the
 * labellings that are left are what they would be if it were known that the right one is among them.
 *
 * The order of calls: beam_begin; for each position i in turn beam_lines, whoever has scores of pairs lays them into
 * row i of chain.pair (these lines alone), beam_step; then beam_finish. One is one thread's scratch, with one chain.
 */
#ifndef ASYNTRAIN_NUM_BEAM_H
#define ASYNTRAIN_NUM_BEAM_H

#include "lib/num/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain;
struct kernel;

struct beam {
    size_t most; /* kept labels that there is room for, and one position more */
    uint32_t *first, *label; /* [longest+1], [labels] of position i: first[i] … first[i+1]-1, rising */
    real *share, *later; /* [labels] forward sums, 1 together at each position; backward sums */
    real *
        row; /* [labels][stride] from a kept label, to all of the next position: exp(score), then p(y_i, y_{i+1}) */
    double *scale; /* [longest] forward sums before they were made 1 */
    double taken; /* what was taken off all scores */
    real *factor; /* [P] of pairs: exp(score) times that of the transition; a vector's room behind it */
    real *flow; /* [stride] what comes back to each label of a position */
    /* Lines of rows of pairs, each reals line*KERNEL_LINE …, rising. Of position i those that the pairs from the labels
     * before stand in: read[read_end[i-1]] … read[read_end[i]-1]; and those in which pairs have a probability: line. */
    uint32_t *read, *line;
    uint32_t *read_end, *line_end; /* [longest] */
    /* rows of chain.pair_marginal that are 0 but for their lines; behind them all are 0 but the first `dirty` ones */
    uint32_t clean, dirty;
};

/* For this chain, whose rows of pairs are wide (REAL_WIDE): made of whole lines. */
void beam_init(struct beam *b, const struct chain *c);
void beam_free(struct beam *b);

/* With node and edge of the chain laid. */
void beam_begin(struct beam *b, const struct kernel *k, struct chain *c);

/* What is to be read for position i: returns how many lines there are from *line on. None at the first position. */
uint32_t beam_lines(struct beam *b, const struct chain *c, uint32_t i, const uint32_t **line);

/* Position i. false: so many labels are kept that there is no room, or the numbers have left float's range. */
bool beam_step(struct beam *b, const struct kernel *k, struct chain *c, uint32_t i, real least,
               uint32_t truth);

/* Marginals and expected transitions, as chain_posterior makes them; those of pairs are 0 outside of b->line. There are
 * the lines where one is above `faint`, and the truth's. Returns log Z of the labellings that are left; NaN where the
 * numbers have left float's range. */
double beam_finish(struct beam *b, const struct kernel *k, struct chain *c, real faint,
                   const uint32_t *truth);

/* Is the truth the only label that was kept at position i? Its derivative is then 0: of 1 - 1 roundings alone would be
 * left. */
static inline bool beam_settled(const struct beam *b, uint32_t i)
{
    return b->first[i + 1] - b->first[i] == 1;
}

#endif

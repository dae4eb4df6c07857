/* SPDX-License-Identifier: MIT
 *
 * chain: inference on a linear chain of n positions and T labels, for any model that has node scores and
 * transition scores: p(y) = exp(score(y)) / Z,
 *
 *     score(y) = sum_i node[i][y_i] + sum_{i>0} edge[y_{i-1}][y_i] + sum_{i>0} pair[i][p(y_{i-1}, y_i)]
 *
 * where p numbers the transitions that have a position-dependent score (rich edges); the others have none.
 * Probabilities are scaled at every position instead of taking logarithms (Rabiner 1989, section V.A), so
 * float holds for sentences of any length.
 *
 *     node  s s s s   ──> exp ──> alpha ─┐
 *     edge  T×T       ──> exp ──>        ├──> marginals, expected transitions, log Z
 *                                 beta  ─┘
 *
 * One chain is one thread's scratch.
 */
#ifndef ASYNTRAIN_NUM_CHAIN_H
#define ASYNTRAIN_NUM_CHAIN_H

#include "lib/num/real.h"

#include <stddef.h>
#include <stdint.h>

/* The score of what must not be: far below any other, and float still adds up a million of them. */
#define CHAIN_FORBIDDEN ((real)-1e30)

/* Labels that a model should allow: all is as large as their square. */
#define CHAIN_LABELS 4096

/* The transitions with a score of their own at every position. */
struct chain_pairs {
    uint32_t count, stride; /* stride: REAL_PAD(count) */
    const uint32_t *from, *to; /* [stride], sorted by (from, to); pad: any label */
    const uint32_t *row; /* [T+1] where the pairs from a label begin */
};

/* The pairs from one label, as bits for vector instructions (T <= 32). */
struct chain_lanes {
    uint16_t low, high; /* labels 0 … 15 and 16 … 31 that they lead to */
    uint8_t first, last; /* the first eight of them, the last up to eight */
    uint32_t begin, middle, count; /* where they stand; where those to labels from 16 on do; how many */
    /* By eight labels: where the pairs to these stand; of each label which of them is its own; of each of them which
     * label is its; -1: none. */
    uint32_t at[4];
    int8_t pair[4][8], label[4][8];
};

struct chain {
    uint32_t n, T, stride; /* stride: REAL_PAD(T) */
    uint32_t longest; /* n at most */
    const struct chain_pairs *pairs; /* NULL: none */
    /* in: scores, which inference leaves as they are */
    real *edge; /* [T][stride] transitions, row: the label before; pad lanes 0 */
    real *node; /* [n][stride] pad lanes CHAIN_FORBIDDEN (mask) */
    real *pair; /* [n][pairs->stride] row 0 unused; pad lanes 0 */
    const real *mask; /* [stride] 0 for a label, CHAIN_FORBIDDEN for a pad lane */
    /* out, from the posterior; pad lanes 0 */
    real *marginal; /* [n][stride] p(y_i) */
    real *pair_marginal; /* [n][pairs->stride] p(y_{i-1}, y_i); a vector's room behind it */
    real *expected; /* [stride][stride] sum over positions of p(y_{i-1}, y_i); not set when n is 1 */
    /* Transitions into position i that are allowed, [T][T], or NULL: all. The reference kernel alone asks: see
     * lib/learn/partial.h. */
    const uint8_t **follows; /* [n] */
    /* scratch */
    real *potential, *transposed; /* [stride][stride] exp(edge) */
    real *alpha, *beta, *flow; /* [n][stride] */
    real *scale, *damp; /* [n] */
    real *base, *product; /* [pairs->stride] */
    struct chain_lanes *lanes; /* [T] */
    uint32_t *back; /* [n][stride] */
    double *slow; /* [2][longest][T] and [T][T] */
    real *whole, *whole_pairs, *whole_expected; /* lib/learn/partial.h: as marginal … expected */
};

/* A chain for T labels and up to `longest` positions. `pairs` is borrowed. */
void chain_init(struct chain *c, uint32_t T, uint32_t longest, const struct chain_pairs *pairs);
void chain_free(struct chain *c);

struct kernel;

/* Marginals and expected transitions; returns log Z. Where scores are so far apart that scaled float
 * probabilities vanish, the reference kernel's sums of logarithms take over. */
double chain_posterior(const struct kernel *k, struct chain *c);

/* The best labelling into y[n]; returns its score. Ties: the lower label. */
double chain_viterbi(const struct kernel *k, struct chain *c, uint32_t *y);

#endif

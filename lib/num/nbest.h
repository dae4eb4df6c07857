/* SPDX-License-Identifier: MIT
 *
 * nbest: the K best labellings of a chain, best first, by list Viterbi (Seshadri and Sundberg 1994): every
 * label at every position keeps its K best beginnings. The K best of a label are merged from the lists of the
 * labels before, which are sorted, through a heap of their heads: n T (T + K log T).
 *
 *     position i-1            position i
 *     label a: ▪ ▪ ▪ ┐
 *     label b: ▪ ▪ ▪ ┼─ merge ──> label y: (score, label before, its rank) …
 *     label c: ▪ ▪   ┘
 *
 * A labelling that CHAIN_FORBIDDEN touches is never listed. Sums are in double. One is one thread's scratch.
 */
#ifndef ASYNTRAIN_NUM_NBEST_H
#define ASYNTRAIN_NUM_NBEST_H

#include "lib/num/chain.h"

struct nbest;

/* For up to K labellings of up to `longest` positions with T labels: 4 longest T K bytes. */
struct nbest *nbest_new(uint32_t K, uint32_t T, uint32_t longest);
void nbest_free(struct nbest *b);

/* Find them; the chain's scores stay. Returns how many there are: K, or all if fewer are allowed. Allocates
 * nothing. Ties: as Viterbi, the lower label, from the last position on. */
uint32_t nbest_run(struct nbest *b, const struct chain *c);

/* The labelling of this rank, from 0, of the last run, into y[n]; returns its score, so that its probability
 * is exp(score - log Z). */
double nbest_path(const struct nbest *b, uint32_t rank, uint32_t *y);

#endif

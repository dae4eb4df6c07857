/* SPDX-License-Identifier: MIT
 *
 * ranking: the N best answers of a chain of states (lib/tag/answers.h), each once, with the sum over all labellings
 * that mean it. The sum over a fixed answer is a forward pass; the best answer is not the answer of the best
 * labelling, and no dynamic programme finds it. So answers are searched from left to right, as Sun and Tsujii (2009)
 * do for latent-dynamic models: of what begins so, no answer has more than
 *
 *     bound(a_1 … a_i) = sum over states s of a_i: prefix_i(s) rest_i(s)
 *     rest_i(s)        = max over a of sum over states s' of a: psi_{i+1}(s, s') rest_{i+1}(s')
 *
 * and at the last token that is the answer's sum itself. A beam finds N answers; then whatever begins so that it can
 * still beat the last of them is followed (branch and bound), which makes the list exact. Where labelling and answer
 * are one to one the bound is exact, and nothing is followed in vain.
 *
 * All sums are of logarithms, in double. Memory is that of the beam: no list of open beginnings grows. What may grow is
 * time, where a model hardly prefers any answer; so the work is limited, and `ranking_proven` says whether it sufficed.
 */
#ifndef ASYNTRAIN_TAG_RANKING_H
#define ASYNTRAIN_TAG_RANKING_H

#include "lib/tag/answers.h"

struct ranking;

/* For up to `wanted` answers. One is one thread's scratch. */
struct ranking *ranking_new(const struct answers *a, uint32_t wanted);
void ranking_free(struct ranking *r);

/* Find them in a chain that was laid; returns how many there are: `wanted`, or all if fewer are allowed. */
uint32_t ranking_run(struct ranking *r, const struct expansion *x);

/* Of the last run: the labels that are read (numbers in answers.text) of this rank, from 0, and the logarithm of
 * their sum of exp(score); that of all answers; are these the best for sure? If not, each has its own sum, but a
 * better one may be missing. */
double ranking_answer(const struct ranking *r, uint32_t rank, const uint32_t **read);
double ranking_log_z(const struct ranking *r);
bool ranking_proven(const struct ranking *r);

/* The logarithm of one answer's sum, read[n]. */
double ranking_score(struct ranking *r, const struct expansion *x, const uint32_t *read);

#endif

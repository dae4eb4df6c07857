/* SPDX-License-Identifier: MIT
 *
 * partial: the loss of a sentence whose labels are open in places (partial annotation; Tsuboi, Kashima, Mori, Oda and
 * Matsumoto 2008, "Training conditional random fields using incomplete annotations", COLING, section 3):
 *
 *     loss = -log sum of p(y|x) over all y that agree with the labels given = log Z - log Z_given
 *     its derivative by a score: probability under p - probability under p among the y that agree
 *
 * for models that lay chains. Two posteriors of one chain give both.
 */
#ifndef ASYNTRAIN_LEARN_PARTIAL_H
#define ASYNTRAIN_LEARN_PARTIAL_H

#include "lib/data/dataset.h"

struct chain;
struct kernel;

/* The posterior of the chain laid for z, which has open labels (z->choice), less that of the labellings that agree:
 * marginal, pair_marginal and expected are the derivatives of the loss, which is returned. What is not allowed is
 * forbidden in the scores: lay them anew before their next use. */
double partial_posterior(const struct kernel *k, struct chain *c, const struct example *z);

#endif

/* SPDX-License-Identifier: MIT
 *
 * contributions: what the labels of a sentence rest on. Where a model's scores are sums of weights that have names
 * (lib/learn/parameter.h), the score of a labelling falls apart exactly, token by token and weight by weight:
 *
 *     score(y) = sum over tokens i of  emission_i        of the features of i with y_i (times their values)
 *                                    + transition_i      from y_{i-1}, and of the features of i with both labels
 *
 * Of a network there are emissions and transitions, but no such parts of an emission. Of any model it can be asked what
 * a feature is worth: how log p(y|x) changes where the feature is left out, as if training had never seen it.
 */
#ifndef ASYNTRAIN_TAG_CONTRIBUTIONS_H
#define ASYNTRAIN_TAG_CONTRIBUTIONS_H

#include "lib/learn/model.h"

#include <stdbool.h>

/* Are the model's scores sums of weights with names? */
bool contributions_exact(const struct model *m);

struct contribution { /* one weight that adds to the score of one token's label */
    uint32_t token;
    struct parameter parameter;
    double value; /* what its feature stands with (example.value); 1 where it has none, or a B feature */
    double score; /* what it adds: value times weight */
};

/* All that the score of y [z->n] (labels of the model) consists of and that is not 0: by token, the largest without
 * regard to sign first; [*count], to be freed. A feature that a token has twice is there twice. */
struct contribution *contributions_list(const struct model *m, const real *w, const struct example *z,
                                        const uint32_t *y, size_t *count);

/* The scores of y, token by token, into emission [n] and transition [n] (0 at the first), and log p(y|x). `scratch` is
 * of the model, for sentences of this length. */
double contributions_scores(const struct model *m, const real *w, const struct example *z, const uint32_t *y,
                            double *emission, double *transition, void *scratch);

/* log p(y|x) without the feature that stands at z->node[k], z->start[0] <= k < z->start[n]. */
double contributions_without(const struct model *m, const real *w, const struct example *z, const uint32_t *y,
                             uint32_t k, void *scratch);

#endif

/* SPDX-License-Identifier: MIT
 *
 * keep: which weights a run keeps, and when it has had enough. Training itself knows nothing of it and goes
 * on from its own weights.
 *
 *     after epoch   1    2    3    4    5         average: 3
 *     training     w1   w2   w3   w4   w5
 *     the model    w1   w2   w3  mean(w3,w4)  mean(w3,w4,w5)    is scored after each epoch, and in the end
 *                            best                               either the last or the best is kept
 *
 * A run that ends before `average` has no mean: a run of a few epochs, for a quick look, needs no other configuration,
 * and `--resume` with more epochs begins the mean where the whole run would have.
 *
 * Averages of the path of stochastic gradient descent: Polyak and Juditsky 1992.
 */
#ifndef ASYNTRAIN_TRAIN_KEEP_H
#define ASYNTRAIN_TRAIN_KEEP_H

#include "lib/base/config.h"
#include "lib/learn/engine.h"

extern const struct key keep_keys[]; /* part of section `run` */

struct keep {
    uint32_t average, patience; /* as the keys; 0: off */
    bool best; /* keep the best, not the last */
    bool epochs; /* keep the model of each epoch as well */
    real *mean; /* [layout.size] of the weights after `averaged` epochs; NULL before the first */
    uint32_t averaged;
    real *chosen; /* [layout.size] those with the best score, if that is kept; else NULL */
    uint32_t best_epoch; /* 0: none was scored */
    double best_score;
    uint32_t waited; /* epochs since then */
};

/* Read the keys; `dev`: there is a development set. ERROR_USAGE when a key needs what is not there. Vectors
 * are made later, when they are needed. */
bool keep_init(struct keep *k, const struct config *c, bool dev, struct error *e);
void keep_free(struct keep *k);

/* How many weight vectors it will hold, at most, besides the session's. */
uint32_t keep_vectors(const struct keep *k);

/* After each epoch: the mean takes in its weights. */
void keep_epoch(struct keep *k, const struct session *s);
/* The model after the epoch: the mean, or before it begins the session's weights. */
struct weights keep_weights(const struct keep *k, const struct session *s);
/* The same, to be freed. */
real *keep_copy(const struct keep *k, const struct session *s);
/* That model has a development score; true when it is better than all before. */
bool keep_score(struct keep *k, const struct session *s, double score);
/* Is patience used up? */
bool keep_enough(const struct keep *k);
/* Between epochs: list what later epochs depend on; makes vectors that are still missing. */
void keep_state(struct keep *k, const struct session *s, struct state_list *list);
/* What the run leaves: the best model, or that of the last epoch. */
struct weights keep_final(const struct keep *k, const struct session *s);

#endif

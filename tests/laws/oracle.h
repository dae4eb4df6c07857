/* SPDX-License-Identifier: MIT
 *
 * oracle: a run again, from the equations alone. All of w decays at every step, w <- (1 - gamma lambda/N) w - gamma g
 * (S is 1), the rate is computed here, and what an optimizer gets is summed up here, dense and in double, with the
 * samples counted one by one. Of the program's own work only the model's gradient and the optimizer's formula are
 * used; both have laws of their own.
 */
#ifndef ASYNTRAIN_TESTS_ORACLE_H
#define ASYNTRAIN_TESTS_ORACLE_H

#include "tests/laws/fixture.h"

struct oracle {
    struct session *s; /* whose run it is: its order of samples, and the memory of its first worker */
    struct optimizer *optimizer; /* another one, with state of its own */
    real *w; /* [size] the weights that count */
    double *g; /* [size] the gradient of the step in hand */
    uint32_t *samples; /* [nblocks] of the step that have the block; 0: none */
    double rate, decay, lambda; /* the rate falls as rate decay^(epochs) */
    uint64_t done; /* samples of the epochs before */
    real *row, *look; /* [size] the gradient, and what was seen, for the optimizer */
    real **seen; /* [nblocks] */
    const uint32_t
        *hot; /* [ngroups] blocks below stand in a worker's own copy, as the optimizer is told; NULL: none */
    struct gradient blocks;
    uint32_t *id, *count; /* [nblocks] numbers 0, 1, 2 …; samples of each of `blocks` */
};

/* Keys of an optimizer with which rounding does not grow: ", epsilon: 0.1" where it has such a key. Else what is 0 in
 * one order of adding and tiny in another would be a step of the rate's size. */
const char *oracle_keys(const struct optimizer_ops *optimizer);

/* At the weights with which `s` begins. */
struct oracle *oracle_new(struct session *s, const struct config *c, double rate, double decay,
                          double lambda);
void oracle_free(struct oracle *o);

double oracle_rate(const struct oracle *o, size_t ticket); /* of the epoch in hand */
void oracle_decay(const struct oracle *o, real *w, double gamma, double times);
void oracle_clear(struct oracle *o); /* a step begins */
/* Add to it the gradient of the sample of a ticket of the epoch that `s` ran last, at weights `at`, times `factor`. */
void oracle_add(struct oracle *o, const real *at, size_t ticket, double factor);
/* w <- w - gamma g by the optimizer; `then`: the weights at which g was computed, or NULL: none have come between. */
void oracle_write(struct oracle *o, real *w, double gamma, size_t ticket, const real *then);

/* How far the session's weights are off, as a share of the largest. */
double oracle_distance(const struct oracle *o);

#endif

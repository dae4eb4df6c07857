/* SPDX-License-Identifier: MIT
 *
 * schedule: how far each step of an epoch goes. Step k (counted over the whole run) comes after t = k/N epochs of N
 * samples and has the rate gamma_k = rate * warm(k) * shape(t):
 *
 *     exponential     decay^t                            evenly at every step
 *     constant        1
 *     inverse         1 / (1 + t/horizon)                Robbins & Monro 1951
 *     inverse-sqrt    1 / sqrt(1 + t/horizon)
 *     step            decay^floor(t/horizon)             all at once
 *
 *     warm(k) = (k+1) / (warmup N) until it is 1: from 0, but no step is lost
 *
 * and L2 takes its share of 1/N at every step: w <- (1 - gamma_k lambda/N) w - gamma_k g. With
 * w = S v that is S_{k+1} = (1 - gamma_k lambda/N) S_k and v <- v - (gamma_k / S_{k+1}) g: exact, and no
 * weight is touched but those of the sample. As S depends on k alone, it is computed for a whole epoch
 * ahead, and threads need no agreement on it: the ticket of a sample says which S it reads and writes with.
 *
 * Where b samples in a row make one step (struct batch), its rate is that of the first of them, and a sample's
 * objective is still loss + lambda/(2N) ||w||^2. So the penalty falls once in a step of the mean of their gradients,
 * and b times in a step of their sum:
 *
 *     mean    w <- w - gamma (1/b sum of g + lambda/N w)         S falls by 1 - gamma lambda/N
 *     sum     w <- w - gamma (sum of g + b lambda/N w)           S falls by 1 - b gamma lambda/N
 *
 * All b read with one S. The last step of an epoch may have fewer samples: then b is their number.
 */
#ifndef ASYNTRAIN_LEARN_SCHEDULE_H
#define ASYNTRAIN_LEARN_SCHEDULE_H

#include "lib/base/config.h"
#include "lib/learn/state.h"
#include "lib/num/real.h"

#include <stddef.h>
#include <stdint.h>

extern const struct key schedule_keys[]; /* part of section `optimizer` */

enum schedule_shape {
    SCHEDULE_EXPONENTIAL,
    SCHEDULE_CONSTANT,
    SCHEDULE_INVERSE,
    SCHEDULE_INVERSE_SQRT,
    SCHEDULE_STEP,
};

struct batch { /* samples of consecutive tickets that make one step */
    size_t size; /* 1: each is a step */
    bool mean; /* the step is that of the mean of their gradients, else of the sum */
};

struct schedule {
    enum schedule_shape shape;
    struct batch batch;
    double rate, decay, horizon, warmup; /* horizon, warmup: epochs */
    double lambda; /* penalty lambda/2 ||w||^2 over the whole training set */
    size_t steps; /* of an epoch, were each sample one: N */
    uint64_t done; /* k, at the start of the epoch */
    double scale; /* S, at the start of the epoch */
    double scale_after; /* S, at its end */
    real *read; /* [steps] S_k, to read with */
    real *write; /* [steps] gamma_k / S_{k+1}, to write with; in a batch the same for all its samples */
};

/* ERROR_USAGE when rate and l2 together cannot work with N samples. */
bool schedule_init(struct schedule *s, const struct config *c, size_t steps, struct batch batch,
                   struct error *e);
/* For a trial on a part of the samples: another rate, the penalty's share of a sample and the batch as in `of`, and no
 * warm-up: a trial is short, and it is the rate after it that is looked for. */
void schedule_trial(struct schedule *s, const struct schedule *of, double rate, size_t steps);
void schedule_free(struct schedule *s);

/* Could this schedule have that rate, by the ranges of the keys and with its penalty? */
bool schedule_takes(const struct schedule *s, double rate);

void schedule_state(struct schedule *s, struct state_list *list); /* between epochs */
void schedule_plan(struct schedule *s); /* fill read and write for the epoch that begins */
void schedule_advance(struct schedule *s); /* the epoch is over */
double schedule_rate(const struct schedule *s); /* gamma of the first step of the epoch */
/* How many samples the step that begins with this one has: batch.size, but at the end of an epoch. */
size_t schedule_batch(const struct schedule *s, size_t first);
/* What to write with when the step's rate is that of one sample, and w is as it is after another, `last`. They differ
 * where a worker's samples make one step while others take the tickets between them: S then falls ticket by ticket, or
 * batch by batch. */
real schedule_length(const struct schedule *s, size_t first, size_t last);

#endif

/* SPDX-License-Identifier: MIT
 *
 * calibrate: find the learning rate on a sample of the training sentences, as Bottou's SGD and CRFsuite do (Bottou
 * 2010, section 5). From the configured rate it goes upwards by factors of 2 while the objective falls, then
 * downwards; each trial is one epoch of one worker over the sample from fresh weights. As many samples make a step as
 * in the run (mini-batches, by their mean or sum; engine.accumulate).
 *
 *     objective = mean loss of a sample + lambda/N / 2 ||w||^2     after that epoch; N, lambda of the whole run
 */
#ifndef ASYNTRAIN_TRAIN_CALIBRATE_H
#define ASYNTRAIN_TRAIN_CALIBRATE_H

#include "lib/base/config.h"
#include "lib/learn/engine.h"

#define CALIBRATE_TRIALS 12 /* at most */
#define CALIBRATE_WORDS 512 /* bytes of calibrate_words */

extern const struct key calibrate_keys[]; /* part of section `optimizer` */

struct calibration {
    size_t sentences; /* that were tried on */
    uint32_t count, best; /* trials; which of them won */
    struct {
        double rate, objective; /* INFINITY: it diverged */
    } trial[CALIBRATE_TRIALS]; /* [count] by rising rate */
};

/* Try rates for the session `s`, made from `c` and not yet trained, on optimizer.calibrate sentences drawn by
 * its seed. `s` is not touched: a run with the rate that won is the run that has it by hand. ERROR_DIVERGED
 * when no rate gives a finite objective. */
bool calibrate(const struct session *s, const struct config *c, struct calibration *r, struct error *e);

/* "rate 0.1 chosen on 1000 sentences (0.05: 1.93, 0.1: 1.71, 0.2: 1.8)" into text [CALIBRATE_WORDS], which holds
 * the longest that can be. */
void calibrate_words(const struct calibration *r, char *text);

#endif

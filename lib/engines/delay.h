/* SPDX-License-Identifier: MIT
 *
 * delay: the law that engine simulated draws delays from. The delay of a sample is how many updates by others lie
 * between its R and its W.
 *
 *     turns        workers - 1: they take turns
 *     constant     mean, always
 *     uniform      0 … 2 mean
 *     geometric    p (1-p)^d with p = 1 / (1 + mean)
 *     histogram    as often as the lines of a file have it: DELAY COUNT
 *
 * In two laws nothing is drawn, delay is what comes of something else: `interleaved` (lib/engines/interleaved.c) and
 * `replay` (lib/engines/recording.h).
 */
#ifndef ASYNTRAIN_ENGINES_DELAY_H
#define ASYNTRAIN_ENGINES_DELAY_H

#include "lib/base/config.h"
#include "lib/base/rng.h"

#include <stdint.h>

#define DELAY_WORKERS 1024 /* virtual ones, at most */
#define DELAY_LAWS "turns|constant|uniform|geometric|histogram|interleaved|replay"

enum delay_law {
    DELAY_TURNS,
    DELAY_CONSTANT,
    DELAY_UNIFORM,
    DELAY_GEOMETRIC,
    DELAY_HISTOGRAM,
    DELAY_INTERLEAVED,
    DELAY_REPLAY,
};

struct delay_bin;

struct delay {
    enum delay_law law;
    double mean;
    struct delay_bin *bin; /* [bins] of a histogram, by rising delay */
    size_t bins, bin_capacity;
};

/* Read the keys engine.delay. ERROR_USAGE when a law lacks what it needs or `workers` are too few for it, ERROR_CORPUS
 * for a bad histogram. To be freed in any case. */
bool delay_init(struct delay *d, const struct config *c, uint32_t workers, struct error *e);
void delay_free(struct delay *d);

/* The shares of delays 0, 1, 2 … into share [most]; how many there are. What is longer counts with the last. */
uint32_t delay_shares(const struct delay *d, double *share, uint32_t most);
/* All gradients have this delay. */
uint32_t delay_always(uint32_t delay, double *share, uint32_t most);

double delay_draw(const struct delay *d, struct rng *r); /* in updates, a whole number */

#endif

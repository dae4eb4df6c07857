/* SPDX-License-Identifier: MIT
 *
 * rng: seeded random numbers (xoshiro256**, Blackman and Vigna 2018; seeded by splitmix64). A stream is
 * named by a seed and two numbers, (epoch, purpose) say, so that what is drawn does not depend on who
 * draws it or on how many threads there are.
 */
#ifndef ASYNTRAIN_BASE_RNG_H
#define ASYNTRAIN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* What a run draws random numbers for: the `stream` of rng_init. One list, so that no two draws are one. */
enum rng_purpose {
    RNG_ORDER = 1,
    RNG_INIT = 2,
    RNG_SLICE = 3,
    RNG_CALIBRATE = 4,
    RNG_DELAY = 5,
    RNG_AUDIT = 6,
    RNG_NOISE = 7,
    RNG_SIMULATE = 8,
    RNG_ROWS = 9,
    RNG_CURVATURE = 10,
    RNG_RESAMPLE = 12,
    RNG_FOLD = 21,
    RNG_SWEEP = 22,
    RNG_RUNS = 23
};

void rng_init(struct rng *r, uint64_t seed, uint64_t stream, uint64_t substream);
uint64_t rng_bits(struct rng *r); /* 64 uniform bits */
uint64_t rng_below(struct rng *r, uint64_t n); /* uniform in 0..n-1 without bias, n > 0 */
double rng_uniform(struct rng *r); /* uniform in [0,1) */
double rng_normal(struct rng *r); /* standard normal (Box and Muller 1958) */
void rng_shuffle(struct rng *r, uint32_t *a, size_t n); /* Fisher and Yates */

#endif

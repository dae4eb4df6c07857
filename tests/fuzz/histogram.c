/* SPDX-License-Identifier: MIT */
#include "lib/engines/delay.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 64

/* Shares add up, and what is drawn is a delay. */
static void judge(const struct delay *d)
{
    double share[MOST], sum = 0;
    uint32_t n = delay_shares(d, share, MOST);
    for (uint32_t k = 0; k < n; k++)
        sum += share[k];
    struct rng r;
    rng_init(&r, 1, RNG_DELAY, 0);
    double drawn = delay_draw(d, &r);
    if (n > MOST || !(fabs(sum - 1) < 1e-9) || !(drawn >= 0) || drawn != floor(drawn))
        abort();
}

/* Counts of delays, for law histogram of engine simulated. */
FUZZ(histogram, bytes, n)
{
    char yaml[16384];
    struct error e = {0};
    struct parts parts;
    struct delay d;
    snprintf(yaml, sizeof yaml,
             "corpus: {task: tagging, train: none}\nfeatures: {template: none}\n"
             "engine: {name: simulated, workers: %d, delay: {law: histogram, histogram: '%s'}}\n",
             DELAY_WORKERS, fuzz_file("histogram", bytes, n));
    struct config *c = learn_config(yaml, &parts);
    if (delay_init(&d, c, DELAY_WORKERS, &e))
        judge(&d);
    delay_free(&d);
    config_free(c);
}

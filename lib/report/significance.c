/* SPDX-License-Identifier: MIT */
#include "lib/report/significance.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define EXACT_BELOW 25 /* discordant sentences */

double significance_f1(uint64_t gold, uint64_t guessed, int64_t correct)
{
    return gold + guessed > 0 ? 200 * (double)correct / (double)(gold + guessed) : 0;
}

/* Sums over sentences of one tagger. */
struct sums {
    uint64_t found; /* gold + guessed */
    int64_t correct;
};

static void add(struct sums *s, const struct significance_counts *c)
{
    s->found += (uint64_t)c->gold + c->guessed;
    s->correct += c->correct;
}

static double f1_of(const struct sums *s)
{
    return significance_f1(s->found, 0, s->correct);
}

static int by_size(const void *x, const void *y)
{
    const double p = *(const double *)x, q = *(const double *)y;
    return (p > q) - (p < q);
}

struct significance_bootstrap significance_bootstrap(const struct significance_counts *a,
                                                     const struct significance_counts *b, size_t n,
                                                     uint32_t resamples, uint64_t seed)
{
    struct significance_bootstrap r = {0};
    struct sums all[2] = {{0}};
    struct rng random;
    double *d = memory_new(resamples, sizeof *d);
    uint64_t less = 1,
             more = 1; /* resamples with b - a <= 0, >= 0; the test set itself stands on both sides */
    assert(n > 0 && resamples >= SIGNIFICANCE_LEAST);
    for (size_t i = 0; i < n; i++)
        add(&all[0], &a[i]), add(&all[1], &b[i]);
    rng_init(&random, seed, RNG_RESAMPLE, 0);
    for (uint32_t k = 0; k < resamples; k++) {
        struct sums drawn[2] = {{0}};
        for (size_t i = 0; i < n; i++) {
            const size_t j = rng_below(&random, n);
            add(&drawn[0], &a[j]), add(&drawn[1], &b[j]);
        }
        d[k] = f1_of(&drawn[1]) - f1_of(&drawn[0]);
        less += d[k] <= 0;
        more += d[k] >= 0;
    }
    qsort(d, resamples, sizeof *d, by_size);
    /* Efron and Tibshirani, 12.5: the k-th smallest and the k-th largest, k = floor(0.025 (B + 1)) */
    const uint32_t k = (uint32_t)(((uint64_t)resamples + 1) / 40);
    r.a = f1_of(&all[0]), r.b = f1_of(&all[1]);
    r.low = d[k - 1], r.high = d[resamples - k];
    r.p = fmin(1, 2 * (double)(less < more ? less : more) / ((double)resamples + 1));
    memory_free(d);
    return r;
}

/* P(X <= k), X binomial (n, 1/2). */
static double binomial_tail(uint64_t n, uint64_t k)
{
    double term = ldexp(1, -(int)n), sum = term;
    for (uint64_t i = 1; i <= k; i++)
        sum += term *= (double)(n - i + 1) / (double)i;
    return sum;
}

struct significance_mcnemar significance_mcnemar(uint64_t b, uint64_t c)
{
    const uint64_t n = b + c, gap = b > c ? b - c : c - b;
    if (n < EXACT_BELOW)
        return (struct significance_mcnemar){-1, fmin(1, 2 * binomial_tail(n, b < c ? b : c))};
    const double root = gap > 0 ? (double)(gap - 1) / sqrt((double)n) : 0;
    return (struct significance_mcnemar){root * root, erfc(root / sqrt(2))};
}

/* SPDX-License-Identifier: MIT */
#include "lib/report/statistics.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95

double statistics_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k];
    return sum / (double)n;
}

double statistics_deviation(const double *x, size_t n)
{
    const double mean = statistics_mean(x, n);
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += (x[k] - mean) * (x[k] - mean);
    return n < 2 ? NAN : sqrt(sum / (double)(n - 1));
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double statistics_median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, rising);
    return n == 0 ? NAN : n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* P(-t < T < t): Abramowitz and Stegun, 26.7.3 and 26.7.4. */
static double within(double t, size_t freedom)
{
    const double angle = atan(t / sqrt((double)freedom)), c2 = cos(angle) * cos(angle);
    const size_t odd = freedom % 2;
    double term = odd ? cos(angle) : 1, sum = freedom > 1 ? term : 0;
    for (size_t k = odd ? 3 : 2; k < freedom; k += 2) {
        term *= c2 * (double)(k - 1) / (double)k;
        sum += term;
    }
    return odd ? 2 / acos(-1) * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double statistics_quantile(size_t freedom)
{
    double low = 0, high = 16; /* of one degree it is 12.7, and of more it is less */
    for (int k = 0; k < 60; k++) {
        const double middle = (low + high) / 2;
        *(within(middle, freedom) < CONFIDENCE ? &low : &high) = middle;
    }
    return high;
}

struct interval statistics_student(const double *x, size_t n)
{
    const double mean = n ? statistics_mean(x, n) : NAN;
    if (n < 2)
        return (struct interval){NAN, NAN};
    const double half = statistics_quantile(n - 1) * statistics_deviation(x, n) / sqrt((double)n);
    return (struct interval){mean - half, mean + half};
}

struct interval statistics_bootstrap(const double *x, size_t n, uint64_t seed)
{
    if (n < 2)
        return (struct interval){NAN, NAN};
    double *mean = memory_new(STATISTICS_RESAMPLES, sizeof *mean);
    struct rng r;
    rng_init(&r, seed, RNG_RUNS, 0);
    for (size_t k = 0; k < STATISTICS_RESAMPLES; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[rng_below(&r, n)];
        mean[k] = sum / (double)n;
    }
    qsort(mean, STATISTICS_RESAMPLES, sizeof *mean, rising);
    const size_t cut = (size_t)(STATISTICS_RESAMPLES * (1 - CONFIDENCE) / 2 + 0.5);
    const struct interval found = {mean[cut - 1], mean[STATISTICS_RESAMPLES - cut]};
    memory_free(mean);
    return found;
}

/* SPDX-License-Identifier: MIT
 *
 * significance: figures that can be had without a computer, or by the textbook's formulas, and what resampling must
 * give where the distribution is known.
 */
#include "lib/report/significance.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>

TEST(mcnemar_is_exact_where_few_differ)
{
    /* 2 (1 + 10 + 45) / 1024; 2 / 32; 2 (1 + 24 + 276) / 2^24 */
    CHECK_NEAR(significance_mcnemar(2, 8).p, 2 * 56.0 / 1024, 1e-12);
    CHECK_NEAR(significance_mcnemar(8, 2).p, 2 * 56.0 / 1024, 1e-12);
    CHECK_NEAR(significance_mcnemar(0, 5).p, 2.0 / 32, 1e-12);
    CHECK_NEAR(significance_mcnemar(2, 22).p, 2 * 301.0 / 16777216, 1e-12);
    CHECK(significance_mcnemar(2, 22).statistic < 0);
    CHECK_NEAR(significance_mcnemar(0, 0).p, 1, 0);
    CHECK_NEAR(significance_mcnemar(3, 3).p, 1, 0); /* both tails overlap */
}

TEST(mcnemar_has_the_table_values_of_chi_squared)
{
    /* quantiles of one degree of freedom: 3.841 at 5 %, 6.635 at 1 %, 10.828 at 0.1 % */
    CHECK_NEAR(significance_mcnemar(60, 40).statistic, 19.0 * 19 / 100, 1e-12);
    CHECK_NEAR(significance_mcnemar(40, 60).p, erfc(1.9 / sqrt(2)), 1e-12);
    CHECK(significance_mcnemar(4921 - 69, 4921 + 70).p > 0.05); /* 138^2 / 9843 = 1.93 */
    CHECK_NEAR(significance_mcnemar(12, 13).p, 1, 0);
    CHECK_NEAR(significance_mcnemar(20, 20).p, 1, 0);
    for (unsigned k = 0; k < 3; k++) {
        static const double at[] = {3.8414588, 6.6348966, 10.8275662}, level[] = {0.05, 0.01, 0.001};
        const uint64_t n = 100000000, gap = (uint64_t)(sqrt(at[k] * 1e8) + 1), b = (n - gap) / 2;
        CHECK_NEAR(significance_mcnemar(b, n - b).p, level[k], 2e-4 * level[k] + 1e-6);
    }
}

TEST(taggers_that_answer_alike_do_not_differ)
{
    struct significance_counts c[7];
    for (uint32_t i = 0; i < 7; i++)
        c[i] = (struct significance_counts){i + 2, i + 3, (int32_t)i};
    struct significance_bootstrap r = significance_bootstrap(c, c, 7, 1000, 1);
    CHECK_NEAR(r.a, 200.0 * 21 / (35 + 42), 1e-12);
    CHECK_NEAR(r.b - r.a, 0, 0);
    CHECK(r.low == 0 && r.high == 0 && r.p == 1);
}

TEST(one_that_is_never_worse_is_better)
{
    struct significance_counts a[50], b[50];
    for (uint32_t i = 0; i < 50; i++) {
        a[i] = (struct significance_counts){4, 4, 2 + (int32_t)(i % 2)};
        b[i] = (struct significance_counts){4, 4, 3 + (int32_t)(i % 2)};
    }
    struct significance_bootstrap r = significance_bootstrap(a, b, 50, 999, 1);
    CHECK_NEAR(r.low, 25,
               1e-9); /* one more of four, in every sentence: it does not vary, as both are drawn together */
    CHECK_NEAR(r.high, 25, 1e-9);
    CHECK_NEAR(r.p, 2.0 / 1000, 1e-12);
    CHECK_NEAR(significance_bootstrap(b, a, 50, 999, 1).p, 2.0 / 1000, 1e-12);
}

/* One token a sentence: the difference of accuracies is the mean of n values -1, 0, 1, and by the bootstrap's own law
 * (drawing n of them) has their variance / n. Its quantiles are those of a normal distribution but for skewness. */
TEST(the_interval_is_the_normal_one_where_that_holds)
{
    enum { N = 4000, B = 4000 };
    struct significance_counts *a = memory_new(N, sizeof *a), *b = memory_new(N, sizeof *b);
    struct rng random;
    double sum = 0, squares = 0;
    rng_init(&random, 3, RNG_RESAMPLE, 1);
    for (unsigned i = 0; i < N; i++) {
        a[i] = (struct significance_counts){1, 1, rng_uniform(&random) < 0.7};
        b[i] = (struct significance_counts){1, 1, rng_uniform(&random) < 0.71};
        const double d = (double)b[i].correct - a[i].correct;
        sum += d, squares += d * d;
    }
    const double mean = sum / N, deviation = 100 * sqrt((squares / N - mean * mean) / N);
    struct significance_bootstrap r = significance_bootstrap(a, b, N, B, 1);
    /* a quantile of B draws has the standard error sqrt(q (1 - q) / B) / density: 0.042 deviations */
    const double tolerance = 5 * sqrt(0.025 * 0.975 / B) / 0.05845 * deviation;
    CHECK_NEAR(r.b - r.a, 100 * mean, 1e-9);
    CHECK_NEAR(r.low, 100 * mean - 1.96 * deviation, tolerance);
    CHECK_NEAR(r.high, 100 * mean + 1.96 * deviation, tolerance);
    /* two-sided, of a normal distribution: twice the smaller tail, whose share has the error sqrt(p (1 - p) / B) */
    const double p = erfc(fabs(100 * mean) / deviation / sqrt(2));
    CHECK_NEAR(r.p, p, 10 * sqrt(p / 2 / B) + 0.01);
    struct significance_bootstrap again = significance_bootstrap(a, b, N, B, 1);
    CHECK(again.low == r.low && again.high == r.high && again.p == r.p);
    again = significance_bootstrap(a, b, N, B, 2); /* (either bound is one of few values) */
    CHECK(again.low != r.low || again.high != r.high || again.p != r.p);
    memory_free(a);
    memory_free(b);
}

TEST(nothing_to_find_is_no_score)
{
    struct significance_counts none[2] = {{0, 0, 0}, {0, 0, 0}};
    struct significance_bootstrap r = significance_bootstrap(none, none, 2, SIGNIFICANCE_LEAST, 1);
    CHECK(r.a == 0 && r.b == 0 && r.low == 0 && r.high == 0 && r.p == 1);
    CHECK_NEAR(significance_f1(4, 6, 4), 80, 1e-12);
}

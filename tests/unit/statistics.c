/* SPDX-License-Identifier: MIT */
#include "lib/report/statistics.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>

TEST(mean_and_deviation)
{
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    CHECK_NEAR(statistics_mean(x, 8), 5, 1e-12);
    CHECK_NEAR(statistics_deviation(x, 8), sqrt(32. / 7), 1e-12);
    CHECK(isnan(statistics_deviation(x, 1)));
    CHECK(isnan(statistics_student(x, 1).least) && isnan(statistics_bootstrap(x, 1, 1).most));
}

/* Student's distribution as tables have it (Abramowitz and Stegun, table 26.10). */
TEST(quantiles_of_student)
{
    static const struct {
        size_t freedom;
        double t;
    } known[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},  {9, 2.262},
                 {10, 2.228}, {29, 2.045}, {30, 2.042}, {99, 1.984}, {120, 1.980}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        CHECK_NEAR(statistics_quantile(known[k].freedom), known[k].t, 5.1e-4);
    const double x[] = {1, 2, 3, 4, 5};
    CHECK_NEAR(statistics_student(x, 5).least, 3 - 2.776 * sqrt(2.5 / 5), 1e-3);
    CHECK_NEAR(statistics_student(x, 5).most, 3 + 2.776 * sqrt(2.5 / 5), 1e-3);
}

/* Of two numbers the mean of a resample is the lower one, the middle or the upper one with probability 1/4, 1/2, 1/4.
 * Of many it has nearly a normal distribution, with the deviation of the mean. */
TEST(bootstrap_of_few_and_many)
{
    const double two[] = {1, 3};
    CHECK_NEAR(statistics_bootstrap(two, 2, 7).least, 1, 0);
    CHECK_NEAR(statistics_bootstrap(two, 2, 7).most, 3, 0);
    enum { MANY = 400 };
    double many[MANY];
    struct rng r;
    rng_init(&r, 1, 2, 3);
    for (int k = 0; k < MANY; k++)
        many[k] = rng_normal(&r);
    const struct interval found = statistics_bootstrap(many, MANY, 1),
                          again = statistics_bootstrap(many, MANY, 1);
    const double mean = statistics_mean(many, MANY),
                 half = 1.96 * statistics_deviation(many, MANY) / sqrt(MANY);
    /* a quantile of 10000 has a deviation of sqrt(0.025 * 0.975 / 10000) / 0.058 = 0.027 of the mean's: five of them */
    CHECK_NEAR(found.least, mean - half, 0.14 * half / 1.96);
    CHECK_NEAR(found.most, mean + half, 0.14 * half / 1.96);
    CHECK(found.least == again.least && found.most == again.most);
}

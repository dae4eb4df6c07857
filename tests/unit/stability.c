/* SPDX-License-Identifier: MIT
 *
 * Limits that are known in closed form, and the recursion itself.
 */
#include "lib/theory/stability.h"

#include "lib/base/memory.h"
#include "lib/theory/sdde.h"
#include "tests/test.h"

#include <math.h>

enum { LONGEST = 400 };

static double all_late(uint32_t l, double most)
{
    double share[LONGEST] = {0};
    share[l] = 1;
    return stability_limit(share, l + 1, most);
}

TEST(a_constant_delay_is_levin_and_mays)
{
    for (uint32_t l = 0; l < LONGEST; l += 1 + l / 4) {
        double limit = 2 * sin(acos(-1) / (2 * (2.0 * l + 1)));
        CHECK_NEAR(all_late(l, 3), limit, 1e-9);
        CHECK_NEAR(all_late(l, limit * 1.001), limit, 1e-9);
        CHECK(isinf(all_late(l, limit * .999)));
    }
}

TEST(the_experiment_of_he)
{
    for (uint32_t l = 150; l < 165; l++) {
        const struct sdde s = {.A = 2, .eta = .005, .l = l};
        CHECK(isinf(all_late(l, .01)) == sdde_stable(&s) && sdde_stable(&s) == (l <= 156));
    }
}

/* z^2 - (2 - p - a p) z + 1 - p = 0 with p = 1/(1 + m) has a root -1 at a = 2 (2 - p) / p. */
TEST(geometric_delays_take_long_steps)
{
    double share[LONGEST];
    for (int m = 1; m < 8; m++) {
        double left = 1, p = 1 / (1.0 + m);
        for (int d = 0; d < LONGEST; d++, left *= 1 - p)
            share[d] = left * p;
        CHECK_NEAR(stability_limit(share, LONGEST, 100), 2 * (2 * m + 1.0), 1e-6);
        CHECK(isinf(stability_limit(share, LONGEST, 2 * (2 * m + 1.0) - .01)));
    }
}

/* Late swings of the recursion, with steps a little below and above the limit. */
TEST(uniform_delays_as_the_recursion_has_it)
{
    enum { STEPS = 60000, M = 20 };
    double share[2 * M + 1], *x = memory_new(STEPS + 1, sizeof *x);
    for (int d = 0; d <= 2 * M; d++)
        share[d] = 1.0 / (2 * M + 1);
    const double limit = stability_limit(share, 2 * M + 1, 2);
    CHECK(limit > all_late(M, 2) * 1.4); /* pi^2 / (4 m) in continuous time, against pi / (2 m) */
    for (int side = -1; side <= 1; side += 2) {
        const double a = limit * (1 + side * .01);
        double early = 0, late = 0;
        x[0] = 1;
        for (int k = 0; k < STEPS; k++) {
            double sum = 0;
            for (int d = 0; d <= 2 * M; d++)
                sum += share[d] * x[k >= d ? k - d : 0];
            x[k + 1] = x[k] - a * sum;
        }
        for (int k = 0; k < 500; k++) {
            early = fmax(early, fabs(x[500 + k]));
            late = fmax(late, fabs(x[STEPS - k]));
        }
        CHECK_MSG(side < 0 ? late < early / 10 : !(late < early * 10), "a %g: %g, then %g", a, early, late);
    }
    memory_free(x);
}

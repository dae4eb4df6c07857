/* SPDX-License-Identifier: MIT
 *
 * Numbers of the experiment of He et al. (2018, Figure 1), computed independently.
 */
#include "lib/theory/sdde.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <complex.h>
#include <math.h>

static struct sdde experiment(uint32_t l)
{
    return (struct sdde){.A = 2, .eta = .005, .sigma2 = 4, .l = l};
}

TEST(means_of_the_experiment)
{
    static const int at[] = {10, 50, 100, 200, 500};
    static const double delayed[] = {3.61753, 2.30818, 1.31488, .426696, .0145819},
                        plain[] = {3.61753, 2.42002, 1.46413, .535919, .0262819};
    double mean[501];
    for (int k = 0; k < 5; k++) {
        struct sdde s = experiment(10);
        sdde_mean(&s, 4, 500, mean);
        CHECK_NEAR(mean[at[k]], delayed[k], 6e-6 * delayed[k]);
        s.l = 0;
        sdde_mean(&s, 4, 500, mean);
        CHECK_NEAR(mean[at[k]], plain[k], 6e-6 * plain[k]);
    }
}

TEST(stationary_variances)
{
    static const uint32_t l[] = {0, 10, 20, 50};
    static const double variance[] = {.0050251, .0055547, .0061466, .0084773};
    for (int k = 0; k < 4; k++) {
        struct sdde s = experiment(l[k]);
        CHECK_NEAR(sdde_variance(&s), variance[k], 5e-8);
    }
}

TEST(one_run_has_that_variance)
{
    struct sdde s = {.A = 1, .eta = .2, .sigma2 = 3, .l = 2};
    struct rng r;
    double x[3] = {0}, sum = 0;
    const int steps = 400000;
    rng_init(&r, 1, 0, 0);
    for (int k = 0; k < steps; k++) {
        double next = x[0] - s.eta * (s.A * x[2] + sqrt(s.sigma2) * rng_normal(&r));
        x[2] = x[1], x[1] = x[0], x[0] = next;
        sum += next * next;
    }
    CHECK_NEAR(sum / steps / sdde_variance(&s), 1, .03);
}

TEST(the_limit_of_stability)
{
    struct sdde s = experiment(156);
    CHECK(sdde_stable(&s) && isfinite(sdde_variance(&s)));
    s.l = 157;
    CHECK(!sdde_stable(&s) && isinf(sdde_variance(&s)));
    s = (struct sdde){.A = 1, .eta = 1.99, .sigma2 = 1};
    CHECK(sdde_stable(&s));
    s.eta = 2;
    CHECK(!sdde_stable(&s));
}

/* The limit as the means themselves have it: late swings beside early ones. */
TEST(means_die_out_up_to_the_limit)
{
    enum { STEPS = 600000 };
    double *mean = memory_new(STEPS + 1, sizeof *mean);
    for (uint32_t l = 156; l <= 157; l++) {
        struct sdde s = experiment(l);
        sdde_mean(&s, 4, STEPS, mean);
        double early = 0, late = 0;
        for (int k = 0; k < 2000; k++) {
            early = fmax(early, fabs(mean[2000 + k]));
            late = fmax(late, fabs(mean[STEPS - k]));
        }
        CHECK_MSG(l == 156 ? late < early / 2 : late > early * 2, "l %u: %g, then %g", l, early, late);
    }
    memory_free(mean);
}

TEST(decay_is_lamberts)
{
    struct sdde s = experiment(10);
    CHECK_NEAR(sdde_decay(&s), -2.23665, 5e-6);
    s.l = 0;
    CHECK(sdde_decay(&s) == -2);
    /* what the means do in the long run, but for the steps' length */
    double mean[2001];
    s = (struct sdde){.A = 2, .eta = .0005, .l = 100};
    sdde_mean(&s, 1, 2000, mean);
    CHECK_NEAR(log(mean[2000] / mean[1000]) / (1000 * s.eta), sdde_decay(&s), 2e-3);
}

TEST(lambert_solves_its_equation)
{
    double imaginary;
    CHECK_NEAR(sdde_lambert(exp(1), &imaginary), 1, 1e-14);
    CHECK_NEAR(sdde_lambert(1, &imaginary), .56714329040978384, 1e-14);
    CHECK_NEAR(sdde_lambert(0, &imaginary), 0, 1e-300);
    CHECK_NEAR(sdde_lambert(-.1, &imaginary), -.11183255915896297, 1e-14);
    CHECK(imaginary == 0);
    CHECK_NEAR(sdde_lambert(-exp(-1), &imaginary), -1, 1e-7); /* the branch point */
    CHECK_NEAR(imaginary, 0, 1e-7);
    CHECK_NEAR(sdde_lambert(-acos(-1) / 2, &imaginary), 0, 1e-14); /* the equation's limit of stability */
    CHECK_NEAR(imaginary, acos(-1) / 2, 1e-14);
    for (double z = -20; z < 50; z += .37) {
        double real_part = sdde_lambert(z, &imaginary);
        double complex w = real_part + imaginary * I, back = w * cexp(w);
        CHECK_MSG(cabs(back - z) < 1e-12 * (1 + fabs(z)), "W(%g) = %g + %gi", z, real_part, imaginary);
        CHECK_MSG(z < -exp(-1) ? imaginary > 0 && imaginary < acos(-1) : imaginary == 0 && real_part >= -1,
                  "W(%g) = %g + %gi is on another branch", z, real_part, imaginary);
    }
}

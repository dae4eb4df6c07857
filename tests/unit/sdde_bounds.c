/* SPDX-License-Identifier: MIT */
#include "lib/theory/sdde_bounds.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <complex.h>
#include <math.h>
#include <string.h>

static struct sdde with_delay(double A_tau)
{
    enum { L = 4000 }; /* steps of a delay: so short that they are the equation */
    return (struct sdde){.A = 2, .eta = A_tau / 2 / L, .sigma2 = 3, .l = L};
}

static const double angles[] = {.01, .1, .3, .36, .38, .5, 1, 1.5, 2};

TEST(roots_solve_their_equation_and_fall)
{
    for (size_t n = 0; n < sizeof angles / sizeof *angles; n++) {
        struct sdde s = with_delay(angles[n]);
        double tau = s.eta * s.l, last = INFINITY;
        for (uint32_t k = 0; k < 50; k++) {
            double re, im;
            sdde_bounds_root(&s, k, &re, &im);
            double complex z = re + im * I, gap = z + s.A * cexp(-z * tau);
            CHECK_MSG(cabs(gap) < 1e-10 * (1 + cabs(z)), "angle %g, root %u: %g + %gi", angles[n], k, re, im);
            CHECK_MSG(re < last, "angle %g: root %u is not after the one before", angles[n], k);
            CHECK(im >= 0);
            last = re;
            if (k == 0)
                CHECK_NEAR(re, sdde_decay(&s), 1e-12);
        }
    }
}

/* The mean of the equation by short steps, from X(0) = 1; ends: the greatest |E X| e^(-V t). */
static double greatest(const struct sdde *s, bool plain)
{
    uint32_t steps = 8 * s->l;
    double *mean = memory_new(steps + 1, sizeof *mean), V = sdde_decay(s), most = 0;
    mean[0] = 1;
    for (uint32_t k = 0; k < steps; k++)
        mean[k + 1] = mean[k] - s->eta * s->A * mean[k >= s->l ? k - s->l : plain ? k : 0];
    for (uint32_t k = 0; k <= steps; k++)
        most = fmax(most, fabs(mean[k]) * exp(-V * s->eta * k));
    memory_free(mean);
    return most;
}

TEST(the_constant_bounds_the_mean_and_not_by_much)
{
    for (size_t n = 0; n < sizeof angles / sizeof *angles; n++)
        for (int plain = 0; plain < 2; plain++) {
            struct sdde s = with_delay(angles[n]);
            double C = sdde_bounds_constant(&s, plain), most = greatest(&s, plain);
            CHECK_MSG(most <= C * 1.005, "angle %g, plain %d: %g, bound %g", angles[n], plain, most, C);
            if (fabs(angles[n] - .37) > .02) /* near the double root residues cancel */
                CHECK_MSG(most > .6 * C, "angle %g, plain %d: %g, bound %g", angles[n], plain, most, C);
        }
    struct sdde s = {.A = 2, .eta = .1};
    CHECK(sdde_bounds_constant(&s, true) == 1);
    s = with_delay(exp(-1));
    CHECK(isinf(sdde_bounds_constant(&s, false)));
}

/* With X = 1 before the start the residues add up to X(0) = 1. */
TEST(residues_add_up)
{
    struct sdde s = with_delay(1);
    double sum = 0, tau = s.eta * s.l;
    for (uint32_t k = 0; k < 100000; k++) {
        double re, im;
        sdde_bounds_root(&s, k, &re, &im);
        double complex z = re + im * I;
        sum += (im > 0 ? 2 : 1) * creal(-s.A / (z * (1 + tau * z)));
    }
    CHECK_NEAR(sum, 1, 1e-5);
}

/* The variance of short steps is that of the equation. */
TEST(the_stationary_variance)
{
    static const double some[] = {.1, .5, 1, 1.4};
    for (size_t n = 0; n < 4; n++) {
        struct sdde s = with_delay(some[n]);
        CHECK_NEAR(sdde_variance(&s) / sdde_bounds_variance(&s), 1, 5e-3);
    }
    struct sdde s = {.A = 2, .eta = .005, .sigma2 = 4};
    CHECK_NEAR(sdde_bounds_variance(&s), .005, 1e-15);
    s = with_delay(1.6);
    CHECK(isinf(sdde_bounds_variance(&s)));
}

/* Without delay E X is e^(-A t) and its variance sigma2 eta / (2 A) (1 - e^(-2 A t)), also where eta A is far above 2
 * and Euler's steps of an update would grow. */
TEST(moments_of_a_stiff_equation)
{
    static const double curvature[] = {2, 200, 4000};
    struct error e = {0};
    struct simulation s;
    struct config *c = config_new();
    const char text[] =
        "simulate: {eigenvalues: [2, 200, 4000], rate: 0.005, updates: 20}"; /* variance 4, from 4 */
    CHECK_MSG(config_parse(c, text, strlen(text), "text", &e) && simulation_read(&s, c, &e), "%s", e.text);
    struct moments *m = sdde_bounds_equation(&s, PROCESS_SDE, 4);
    for (uint64_t k = 0; k <= 20; k++)
        for (size_t i = 0; i < 3; i++) {
            const double A = curvature[i], gone = exp(-A * .005 * (double)k), length = fmax(1, .005 * A);
            CHECK_NEAR(moments_mean(m, &s.objective, k, i), 4 * gone, i == 0 ? 4e-11 : 1e-4 * length);
            CHECK_NEAR(moments_variance(m, &s.objective, k, i), .02 / (2 * A) * (1 - gone * gone),
                       (i == 0 ? 1e-9 : 1e-2) * .02 / (2 * A));
        }
    moments_free(m);
    simulation_free(&s);
    config_free(c);
}

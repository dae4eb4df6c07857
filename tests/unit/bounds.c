/* SPDX-License-Identifier: MIT */
#include "lib/theory/bounds.h"

#include "tests/test.h"

#include <math.h>

static const struct bounds example = {
    .c = .5, .q = 1, .kappa = 2, .tau = 0, .beta = 1, .epsilon = .1, .a0 = 4};

TEST(theorem_1_gives_step_and_updates)
{
    static const double tau[] = {0, .01, .02}, steps[] = {.0125, .0075, .0025}, counts[] = {591, 984, 2952};
    for (int k = 0; k < 3; k++) {
        struct bounds b = example;
        double gamma, updates;
        b.tau = tau[k];
        CHECK(bounds_theorem1(&b, &gamma, &updates));
        CHECK_NEAR(gamma, steps[k], 1e-15);
        CHECK(updates == counts[k]);
    }
}

TEST(too_large_errors_have_no_step)
{
    struct bounds b = example;
    double gamma = 7, updates = 7;
    b.tau = .025;
    CHECK(!bounds_theorem1(&b, &gamma, &updates));
    b.tau = .2;
    CHECK(!bounds_theorem1(&b, &gamma, &updates));
    CHECK(gamma == 7 && updates == 7);
    b.c = .3, b.epsilon = .7, b.q = 3, b.tau = .3 * .7 / 6; /* the limit in numbers that are rounded */
    CHECK(!bounds_theorem1(&b, &gamma, &updates));
    b.tau *= .999;
    CHECK(bounds_theorem1(&b, &gamma, &updates));
}

TEST(a_start_that_is_near_takes_no_update)
{
    struct bounds b = example;
    double gamma, updates;
    b.a0 = .05;
    CHECK(bounds_theorem1(&b, &gamma, &updates));
    CHECK(updates == 0);
}

/* q/2 a_t <= epsilon after the t updates that the theorem gives, with the errors that it allows, for any beta >= 1. */
TEST(the_promise_holds)
{
    for (double beta = 1; beta < 20; beta *= 1.7)
        for (double tau = 0; tau < .025; tau += .004) {
            struct bounds b = example;
            double gamma, updates;
            b.beta = beta, b.tau = tau;
            CHECK(bounds_theorem1(&b, &gamma, &updates));
            double left = b.q / 2 * bounds_distance(&b, gamma, updates);
            CHECK_MSG(left <= b.epsilon * (1 + 1e-12), "beta %g, tau %g: %g is left", beta, tau, left);
        }
}

/* With beta = 1/2 the formulas give gamma = .025 and t = 296 (half of 590.2, rounded up), after which
 * q/2 a_t = (4 - .2) e^(-296 ln(1 / .9875)) / 2 + .1 = .1459, not .1: it is refused. */
TEST(less_than_one_beta_breaks_the_promise)
{
    struct bounds b = example;
    double gamma = 7, updates = 7;
    CHECK(b.q / 2 * bounds_distance(&b, .0125, 591) <= b.epsilon);
    CHECK_NEAR(b.q / 2 * bounds_distance(&b, .025, 296), .1459, 5e-5);
    b.beta = .5;
    CHECK(!bounds_theorem1(&b, &gamma, &updates));
    b.beta = 1 - 1e-9;
    CHECK(!bounds_theorem1(&b, &gamma, &updates));
    CHECK(gamma == 7 && updates == 7);
}

TEST(the_greatest_tau)
{
    CHECK_NEAR(bounds_tau(&example), .025, 1e-15);
}

/* By the paper's recursion a <- (1 - c gamma) a + 2 gamma tau + gamma^2 kappa^2, step after step. */
TEST(the_distance_follows_its_recursion)
{
    struct bounds b = example;
    double gamma, updates, a = b.a0;
    b.tau = .01;
    CHECK(bounds_theorem1(&b, &gamma, &updates));
    for (int t = 0; t <= 984; t++) {
        CHECK_NEAR(bounds_distance(&b, gamma, t), a, 1e-12);
        a = (1 - b.c * gamma) * a + 2 * gamma * b.tau + gamma * gamma * b.kappa * b.kappa;
    }
    CHECK_NEAR(bounds_distance(&b, gamma, 1e9), (.02 + .0075 * 4) / .5, 1e-12);
}

TEST(theorem_42_is_its_formula)
{
    const struct bounds_sdde b = {.mu = 2, .L = 3, .D = 5, .H = 7, .delta = .005, .tau = .05};
    CHECK_NEAR(bounds_theorem42(&b, exp(1)), 1.005 * (7 + 2 * 9 * 25 * .05) / ((exp(1) - 1) * 4), 1e-12);
    CHECK_NEAR(bounds_theorem42(&b, 101), 1.005 * 29.5 * log(101) / 400, 1e-12);
    struct bounds_sdde none = b;
    none.tau = 0;
    CHECK(bounds_theorem42(&none, 101) < bounds_theorem42(&b, 101));
}

/* A step beyond 1/c: what a_t is before it no longer counts, and no bound on a square is below 0. */
TEST(the_distance_after_steps_that_are_too_long)
{
    const struct bounds b = {.c = .5, .kappa = 1e-3, .tau = .01, .a0 = 4};
    CHECK_NEAR(bounds_distance(&b, 10, 0), 4, 1e-15);
    for (int t = 1; t < 4; t++)
        CHECK_NEAR(bounds_distance(&b, 10, t), 2 * 10 * .01 + 10 * 10 * 1e-6, 1e-15);
}

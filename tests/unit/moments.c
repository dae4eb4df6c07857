/* SPDX-License-Identifier: MIT
 *
 * Exact moments against sums over everything that can happen: every delay, every sample or sign of noise, in every one
 * of a few updates.
 */
#include "lib/theory/moments.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { D = 2, MOST = 4 };

/* What is enumerated, in the coordinates of the weights. */
struct world {
    int updates, lags, choices; /* choices: samples, or signs of noise */
    double lag[MOST + 1]; /* probability; the last may stand for all longer ones */
    double A[D][D], optimum[D], start[D], noise[4][D]; /* of each choice */
    double row[3][D], target[3]; /* of a regression */
    bool regression, plain;
    double rate, power; /* u_k = k^-power */
    double mean[MOST + 1][D], second[MOST + 1][D][D];
};

static void gradient(const struct world *w, const double *x, int choice, double *g)
{
    double gap = w->row[choice % 3][0] * x[0] + w->row[choice % 3][1] * x[1] - w->target[choice % 3];
    for (int i = 0; i < D; i++)
        g[i] = w->regression ? gap * w->row[choice][i]
                             : w->A[i][0] * (x[0] - w->optimum[0]) + w->A[i][1] * (x[1] - w->optimum[1]) +
                                   w->noise[choice][i];
}

static void enumerate(struct world *w, double x[MOST + 1][D], int k, double p)
{
    for (int i = 0; i < D; i++) {
        w->mean[k][i] += p * x[k][i];
        for (int j = 0; j < D; j++)
            w->second[k][i][j] += p * x[k][i] * x[k][j];
    }
    for (int l = 0; l < w->lags && k < w->updates; l++)
        for (int choice = 0; choice < w->choices; choice++) {
            double g[D];
            gradient(w, x[l <= k ? k - l : w->plain ? k : 0], choice, g);
            for (int i = 0; i < D; i++)
                x[k + 1][i] = x[k][i] - w->rate * pow(k + 1, -w->power) * g[i];
            enumerate(w, x, k + 1, p * w->lag[l] / w->choices);
        }
}

static void compare(struct world *w, const char *text)
{
    struct error e = {0};
    struct simulation s;
    struct config *c = config_new();
    CHECK_MSG(config_parse(c, text, strlen(text), "text", &e) && simulation_read(&s, c, &e), "%s", e.text);
    struct moments *m = moments_new(&s, PROCESS_ASGD, 1, true);
    double x[MOST + 1][D];
    memcpy(x[0], w->start, sizeof x[0]);
    enumerate(w, x, 0, 1);
    for (int k = 0; k <= w->updates; k++) {
        double spread = 0;
        for (int i = 0; i < D; i++) {
            double variance = w->second[k][i][i] - w->mean[k][i] * w->mean[k][i];
            spread += variance;
            CHECK_NEAR(moments_mean(m, &s.objective, (uint64_t)k, (size_t)i), w->mean[k][i], 1e-12);
            CHECK_NEAR(moments_variance(m, &s.objective, (uint64_t)k, (size_t)i), variance, 1e-11);
        }
        CHECK_NEAR(moments_spread(m, (uint64_t)k), spread, 1e-11);
    }
    CHECK(moments_spread(m, (uint64_t)w->updates) > .001);
    moments_free(m);
    simulation_free(&s);
    config_free(c);
}

static const char quadratic[] =
    "simulate: {matrix: ['2 0.5', '0.5 1'], noise: {covariance: ['2 0.6', '0.6 1']},"
    " optimum: [1, -1], start: [4, 3], ";

static struct world quadratic_world(void)
{
    struct world w = {
        .updates = 4, .choices = 4, .A = {{2, .5}, {.5, 1}}, .optimum = {1, -1}, .start = {4, 3}};
    for (int z = 0; z < 4; z++) { /* by Cholesky's factor of the covariance */
        double a = z & 1 ? 1 : -1, b = z & 2 ? 1 : -1;
        w.noise[z][0] = sqrt(2) * a;
        w.noise[z][1] = .6 / sqrt(2) * a + sqrt(1 - .18) * b;
    }
    return w;
}

TEST(uniform_delays)
{
    static const char *const schedules[] = {"constant", "inverse-sqrt", "inverse"};
    char text[512];
    for (int plain = 0; plain < 2; plain++)
        for (int n = 0; n < 3; n++) {
            struct world w = quadratic_world();
            w.lags = 3, w.lag[0] = w.lag[1] = w.lag[2] = 1 / 3.;
            w.plain = plain, w.rate = .3, w.power = n / 2.;
            snprintf(text, sizeof text,
                     "%s rate: 0.3, updates: 4, schedule: %s, delay: {law: uniform, mean: 1, begin: %s}}",
                     quadratic, schedules[n], plain ? "plain" : "start");
            compare(&w, text);
        }
}

/* p (1-p)^l with p = 1/3; after three updates all longer delays lead before the start. */
TEST(geometric_delays)
{
    char text[512];
    for (int plain = 0; plain < 2; plain++) {
        struct world w = quadratic_world();
        w.updates = 3, w.lags = 4, w.plain = plain, w.rate = .2;
        w.lag[0] = 1 / 3., w.lag[1] = 2 / 9., w.lag[2] = 4 / 27., w.lag[3] = 8 / 27.;
        snprintf(text, sizeof text, "%s rate: 0.2, updates: 3, delay: {law: geometric, mean: 2, begin: %s}}",
                 quadratic, plain ? "plain" : "start");
        compare(&w, text);
    }
}

/* The noise of a regression depends on the weights that were read. */
TEST(a_regression)
{
    static const double row[3][D] = {{1, 2}, {-1, .5}, {.3, -1}}, target[3] = {1, 2, -1};
    static const char *const laws[] = {"{law: uniform, mean: 0.5}", "{law: constant, mean: 2, begin: start}"};
    char path[4096], text[8192];
    snprintf(path, sizeof path, "%s/rows", test_folder());
    FILE *f = fopen(path, "w");
    for (int k = 0; k < 3; k++)
        fprintf(f, "%g\t%g %g\n", row[k][0], row[k][1], target[k]);
    fclose(f);
    for (int n = 0; n < 2; n++) {
        struct world w = {.updates = 4, .choices = 3, .regression = true, .start = {4, 3}, .rate = .15};
        memcpy(w.row, row, sizeof row);
        memcpy(w.target, target, sizeof target);
        w.lags = n ? 3 : 2, w.plain = !n;
        w.lag[0] = w.lag[1] = n ? 0 : .5;
        w.lag[2] = n;
        snprintf(
            text, sizeof text,
            "simulate: {objective: regression, rows: '%s', rate: 0.15, updates: 4, start: [4, 3], delay: %s}",
            path, laws[n]);
        compare(&w, text);
    }
}

/* A delay longer than the run leads before the start always: it is plain SGD, and takes no room. */
TEST(a_delay_longer_than_the_run)
{
    struct error e = {0};
    struct simulation s;
    struct config *c = config_new();
    const char text[] = "simulate: {rate: 0.1, updates: 3, delay: {mean: 1000000}}"; /* curvature 2, from 4 */
    CHECK_MSG(config_parse(c, text, strlen(text), "text", &e) && simulation_read(&s, c, &e), "%s", e.text);
    struct moments *m = moments_new(&s, PROCESS_ASGD, 1, true);
    for (int k = 0; k <= 3; k++) {
        double variance = 0.01 * 4 * (1 - pow(.8, 2 * k)) / (1 - .64); /* of k pushes that fade */
        CHECK_NEAR(moments_mean(m, &s.objective, (uint64_t)k, 0), 4 * pow(.8, k), 1e-12);
        CHECK_NEAR(moments_variance(m, &s.objective, (uint64_t)k, 0), variance, 1e-12);
    }
    moments_free(m);
    simulation_free(&s);
    config_free(c);
}

/* Substeps of an update have one delay in common. E.g. with two substeps of length h and delays 0 and 1 of probability
 * 1/2 each, from 1 and with curvature 1: after two updates the mean is that of four cases. */
TEST(substeps_share_their_delay)
{
    struct error e = {0};
    struct simulation s;
    struct config *c = config_new();
    const char text[] =
        "simulate: {eigenvalues: [1], start: [1], noise: {variance: 0}, rate: 0.8, updates: 2,"
        " delay: {law: uniform, mean: 0.5}}";
    CHECK_MSG(config_parse(c, text, strlen(text), "text", &e) && simulation_read(&s, c, &e), "%s", e.text);
    struct moments *one = moments_new(&s, PROCESS_SDDE, 1, true),
                   *two = moments_new(&s, PROCESS_SDDE, 2, true);
    struct moments *plain = moments_new(&s, PROCESS_SDE, 2, true);
    const double h = .4,
                 y = 1 - h; /* x after the substeps of update 1, which reads what is there: 1, y, y^2 */
    const double mean = (y * y * y * y + y * y - h * (1 + y)) / 2;
    CHECK(one->exact && plain->exact);
    CHECK(!two->exact || fabs(moments_mean(two, &s.objective, 2, 0) - mean) < 1e-12);
    moments_free(one);
    moments_free(two);
    moments_free(plain);
    simulation_free(&s);
    config_free(c);
}

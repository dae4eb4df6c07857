/* SPDX-License-Identifier: MIT */
#include "lib/learn/schedule.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct section sections[] = {{"optimizer", {schedule_keys}}, {NULL, {NULL}}};

/* A schedule of `steps` a pass from the text of section optimizer; false with a message if it is refused. */
static bool make(struct schedule *s, const char *keys, size_t steps, struct error *e)
{
    char text[256];
    struct config *c = config_new();
    snprintf(text, sizeof text, "optimizer: {%s}", keys);
    *e = (struct error){0};
    bool good = config_parse(c, text, strlen(text), "t", e) && config_check(c, sections, e) &&
                schedule_init(s, c, steps, e);
    config_free(c);
    return good;
}

#ifdef REAL_DOUBLE
#define CLOSE 1e-11
#else
#define CLOSE 2e-6
#endif

/* rate * decay^(k/N), and the product of (1 - gamma lambda/N), each from the beginning and in long double. */
TEST(rates_and_scales_by_their_formulas)
{
    static const struct {
        const char *keys;
        double rate, decay, lambda;
        size_t steps;
    } want[] = {{"rate: 0.1", 0.1, 0.94, 0, 10},
                {"rate: 0.05, l2.value: 1", 0.05, 0.94, 1, 100},
                {"rate: 0.5, decay: 0.5, l2.value: 3", 0.5, 0.5, 3, 37},
                {"rate: 2, decay: 1, l2: {form: lambda, value: 0.25}", 2, 1, 0.25, 8},
                {"rate: 1, decay: 0.9, l2: {form: sigma, value: 2}", 1, 0.9, 0.25, 50},
                {"rate: 0.02, l2: {form: sigma, value: 1}", 0.02, 0.94, 1, 1},
                {"rate: 1, l2: {form: sigma, value: 0}", 1, 0.94, 0, 5}};
    for (size_t c = 0; c < sizeof want / sizeof *want; c++) {
        struct schedule s;
        struct error e;
        if (!CHECK_MSG(make(&s, want[c].keys, want[c].steps, &e), "%s: %s", want[c].keys, e.text))
            continue;
        CHECK_NEAR(s.lambda, want[c].lambda, 1e-15);
        const size_t N = want[c].steps;
        long double scale = 1;
        size_t wrong = 0;
        for (size_t k = 0; k < 6 * N; k++) {
            if (k % N == 0) {
                schedule_plan(&s);
                CHECK_NEAR(schedule_rate(&s), want[c].rate * pow(want[c].decay, (double)(k / N)),
                           1e-12 * want[c].rate);
                CHECK_NEAR(s.scale, (double)scale, 1e-10);
            }
            long double gamma = want[c].rate * powl(want[c].decay, (long double)k / N);
            long double next = scale * (1 - gamma * want[c].lambda / N);
            wrong += fabsl(s.read[k % N] - scale) > CLOSE * scale;
            wrong += fabsl(s.write[k % N] - gamma / next) > CLOSE * gamma / next;
            scale = next;
            if (k % N == N - 1)
                schedule_advance(&s);
        }
        CHECK_MSG(wrong == 0, "%s: %zu wrong", want[c].keys, wrong);
        CHECK_NEAR(s.scale, (double)scale, 1e-10);
        schedule_free(&s);
    }
}

/* v-space updates are the dense updates: w = S v, at every single step. The gradient depends on w, so a wrong
 * scale to read with is seen too. */
TEST(scaled_updates_are_dense_updates)
{
    enum { SIZE = 6, N = 40, PASSES = 3 };
    struct schedule s;
    struct error e;
    if (!CHECK(make(&s, "rate: 0.3, decay: 0.8, l2.value: 5", N, &e)))
        return;
    struct rng r;
    rng_init(&r, 61, 0, 0);
    double w[SIZE], worst = 0;
    real v[SIZE];
    for (int i = 0; i < SIZE; i++)
        v[i] = (real)(w[i] = (float)rng_normal(&r));
    for (uint64_t k = 0; k < N * PASSES; k++) {
        if (k % N == 0)
            schedule_plan(&s);
        double gamma = 0.3 * pow(0.8, (double)k / N);
        for (int i = 0; i < SIZE; i++) {
            double noise = rng_normal(&r);
            bool touched = rng_below(&r, 2); /* sparse: others only shrink */
            double g = touched ? tanh(w[i]) + noise : 0;
            double seen = (double)s.read[k % N] * (double)v[i];
            if (touched)
                v[i] -= s.write[k % N] * (real)(tanh(seen) + noise);
            w[i] = (1 - gamma * 5 / N) * w[i] - gamma * g;
        }
        double scale = k % N == N - 1 ? s.scale_after : (double)s.read[k % N + 1];
        for (int i = 0; i < SIZE; i++)
            worst = fmax(worst, fabs(scale * (double)v[i] - w[i]));
        if (k % N == N - 1)
            schedule_advance(&s);
    }
    CHECK_MSG(worst < (sizeof(real) == 8 ? 1e-12 : 1e-5), "off by %g", worst);
    CHECK(s.scale < 0.1); /* that there was something to get wrong */
    schedule_free(&s);
}

/* The session makes the scale 1 again between passes: what follows is scaled by that, rates go on. */
TEST(a_fold_only_rescales)
{
    struct schedule a, b;
    struct error e;
    enum { N = 20 };
    if (!CHECK(make(&a, "rate: 0.5, l2.value: 4", N, &e)) ||
        !CHECK(make(&b, "rate: 0.5, l2.value: 4", N, &e)))
        return;
    for (int pass = 0; pass < 2; pass++) {
        schedule_plan(&a), schedule_advance(&a);
        schedule_plan(&b), schedule_advance(&b);
    }
    double factor = b.scale;
    b.scale = 1;
    schedule_plan(&a), schedule_plan(&b);
    for (int k = 0; k < N; k++) {
        CHECK_NEAR((double)a.read[k] / factor, (double)b.read[k], CLOSE);
        CHECK_NEAR((double)a.write[k] * factor, (double)b.write[k], CLOSE);
    }
    CHECK(schedule_rate(&a) == schedule_rate(&b));
    schedule_free(&a);
    schedule_free(&b);
}

TEST(vanishing_weights_are_refused)
{
    static const struct {
        const char *keys;
        size_t steps;
        bool good;
    } want[] = {{"rate: 1, l2.value: 39", 1000, true},
                {"rate: 1, l2.value: 41", 1000, false},
                {"rate: 1, l2.value: 4", 10, true},
                {"rate: 1, l2.value: 5", 10, false},
                {"rate: 1, l2.value: 1", 2, false},
                {"rate: 1e6, l2.value: 1e9", 1000000, false},
                {"rate: 1e6, l2.value: 0", 1, true},
                {"rate: 1, l2: {form: sigma, value: 1e-6}", 1000, false},
                {"rate: 1, l2: {form: sigma, value: 1e6}", 1, true},
                {"rate: 1, l2: {form: sigma, value: 1e-200}", 1000, false}};
    for (size_t c = 0; c < sizeof want / sizeof *want; c++) {
        struct schedule s;
        struct error e;
        bool good = make(&s, want[c].keys, want[c].steps, &e);
        CHECK_MSG(good == want[c].good, "%s, %zu steps: %s", want[c].keys, want[c].steps, e.text);
        if (!good) {
            CHECK_INT(e.kind, ERROR_USAGE);
            CHECK_MSG(strstr(e.text, "key 'optimizer.l2.value': with rate") != NULL, "%s", e.text);
            continue;
        }
        /* what is let through stays in the range of float over a pass, down to where the session folds */
        s.scale = 1e-6;
        schedule_plan(&s);
        bool sound = true;
        for (size_t k = 0; k < s.steps; k++)
            sound &= isfinite(s.read[k]) && isfinite(s.write[k]) && s.read[k] > 0 && s.write[k] > 0;
        CHECK_MSG(sound, "%s", want[c].keys);
        schedule_free(&s);
    }
}

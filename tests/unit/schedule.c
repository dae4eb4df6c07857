/* SPDX-License-Identifier: MIT */
#include "lib/learn/schedule.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct section sections[] = {{"optimizer", {schedule_keys}}, {NULL, {NULL}}};

#define EACH                                                                                                 \
    {                                                                                                        \
        1, false                                                                                             \
    } /* a step of every sample */

/* A schedule of `steps` samples an epoch, so many to a step, from the text of section optimizer; false with a message
 * if it is refused. */
static bool make_batch(struct schedule *s, const char *keys, size_t steps, struct batch batch,
                       struct error *e)
{
    char text[256];
    struct config *c = config_new();
    snprintf(text, sizeof text, "optimizer: {%s}", keys);
    *e = (struct error){0};
    bool good = config_parse(c, text, strlen(text), "t", e) && config_check(c, sections, e) &&
                schedule_init(s, c, steps, batch, e);
    config_free(c);
    return good;
}

static bool make(struct schedule *s, const char *keys, size_t steps, struct error *e)
{
    return make_batch(s, keys, steps, (struct batch)EACH, e);
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

/* Every shape, with and without warm-up, by its formula in long double. */
static long double inverse(long double t)
{
    return 1 / (1 + t / 2.5L);
}
static long double inverse_sqrt(long double t)
{
    return 1 / sqrtl(1 + t / 0.25L);
}
static long double steps_of_two(long double t)
{
    long double f = 1;
    for (int k = 1; 2 * k <= t; k++)
        f *= 0.5L;
    return f;
}
static long double exponential(long double t)
{
    return powl(0.8L, t);
}
static long double constant(long double t)
{
    (void)t;
    return 1;
}

TEST(shapes_by_their_formulas)
{
    static const struct {
        const char *keys;
        long double (*shape)(long double t);
        double warmup;
    } want[] = {{"schedule: exponential, decay: 0.8", exponential, 0},
                {"decay: 0.8, warmup: 1.5", exponential, 1.5},
                {"schedule: constant, decay: 0.5", constant, 0},
                {"schedule: constant, warmup: 0.5", constant, 0.5},
                {"schedule: inverse, horizon: 2.5", inverse, 0},
                {"schedule: inverse, horizon: 2.5, warmup: 2", inverse, 2},
                {"schedule: inverse-sqrt, horizon: 0.25", inverse_sqrt, 0},
                {"schedule: step, decay: 0.5, horizon: 2", steps_of_two, 0},
                {"schedule: step, decay: 0.5, horizon: 2, warmup: 0.01", steps_of_two, 0.01}};
    for (size_t c = 0; c < sizeof want / sizeof *want; c++) {
        enum { N = 40 };
        struct schedule s;
        struct error e;
        char keys[128];
        snprintf(keys, sizeof keys, "rate: 0.3, l2.value: 2, %s", want[c].keys);
        if (!CHECK_MSG(make(&s, keys, N, &e), "%s: %s", keys, e.text))
            continue;
        long double scale = 1;
        size_t wrong = 0;
        for (size_t k = 0; k < 6 * N; k++) {
            long double warm = want[c].warmup > 0 ? fminl(1, (long double)(k + 1) / (want[c].warmup * N)) : 1;
            long double gamma = 0.3L * warm * want[c].shape((long double)k / N);
            long double next = scale * (1 - gamma * 2 / N);
            if (k % N == 0) {
                schedule_plan(&s);
                CHECK_NEAR(schedule_rate(&s), (double)gamma, 1e-12);
            }
            wrong += fabsl(s.read[k % N] - scale) > CLOSE * scale;
            wrong += fabsl(s.write[k % N] - gamma / next) > CLOSE * gamma / next;
            scale = next;
            if (k % N == N - 1)
                schedule_advance(&s);
        }
        CHECK_MSG(wrong == 0, "%s: %zu wrong", want[c].keys, wrong);
        CHECK_NEAR(s.scale, (double)scale, 1e-12);
        schedule_free(&s);
    }
}

/* What can be told without a formula: N = 10, rate 0.8. */
TEST(shapes_by_hand)
{
    static const struct {
        const char *keys;
        double first, third; /* rates of the first step, and of the first after two epochs */
    } want[] = {{"schedule: exponential, decay: 0.5", 0.8, 0.2},
                {"schedule: constant", 0.8, 0.8},
                {"schedule: inverse", 0.8, 0.8 / 3},
                {"schedule: inverse, horizon: 2", 0.8, 0.4},
                {"schedule: inverse-sqrt, horizon: 0.66666666666666666", 0.8, 0.4},
                {"schedule: step, decay: 0.1", 0.8, 0.008},
                {"schedule: step, decay: 0.1, horizon: 2", 0.8, 0.08},
                {"schedule: step, decay: 0.1, horizon: 2.1", 0.8, 0.8},
                {"schedule: constant, warmup: 0.1", 0.8, 0.8}, /* of one step: it is at the top at once */
                {"schedule: constant, warmup: 1", 0.08, 0.8},
                {"schedule: constant, warmup: 4", 0.02, 0.42}};
    for (size_t c = 0; c < sizeof want / sizeof *want; c++) {
        struct schedule s;
        struct error e;
        char keys[128];
        snprintf(keys, sizeof keys, "rate: 0.8, %s", want[c].keys);
        if (!CHECK_MSG(make(&s, keys, 10, &e), "%s: %s", keys, e.text))
            continue;
        CHECK_NEAR(schedule_rate(&s), want[c].first, 1e-12);
        for (int epoch = 0; epoch < 2; epoch++)
            schedule_plan(&s), schedule_advance(&s);
        schedule_plan(&s);
        CHECK_NEAR(schedule_rate(&s), want[c].third, 1e-12);
        CHECK_NEAR((double)s.write[0], want[c].third, CLOSE);
        schedule_free(&s);
    }
}

/* Steps of b samples: the rate of the first of them; the penalty once for their mean, b times for their sum. */
TEST(batches_by_their_equations)
{
    enum { N = 10, PASSES = 3 };
    static const struct batch batches[] = {{1, true},  {3, true},  {3, false},
                                           {4, false}, {40, true}, {40, false}};
    for (size_t c = 0; c < sizeof batches / sizeof *batches; c++) {
        struct schedule s;
        struct error e;
        if (!CHECK_MSG(make_batch(&s, "rate: 0.2, decay: 0.7, l2.value: 2", N, batches[c], &e), "%s", e.text))
            return;
        long double scale = 1;
        for (size_t epoch = 0; epoch < PASSES; epoch++) {
            schedule_plan(&s);
            for (size_t first = 0; first < N; first += batches[c].size) {
                const size_t b = N - first < batches[c].size ? N - first : batches[c].size;
                const long double gamma = 0.2L * powl(0.7L, (long double)(epoch * N + first) / N);
                const long double next = scale * (1 - gamma * 2 / N * (batches[c].mean ? 1 : b));
                CHECK_INT(schedule_batch(&s, first), b);
                for (size_t k = first; k < first + b; k++) {
                    CHECK_NEAR((double)s.read[k], (double)scale, CLOSE);
                    CHECK_NEAR((double)s.write[k], (double)(gamma / next), CLOSE);
                    CHECK(schedule_length(&s, first, k) == s.write[first]);
                }
                scale = next;
            }
            schedule_advance(&s);
            CHECK_NEAR(s.scale, (double)scale, 1e-10);
        }
        schedule_free(&s);
    }
}

/* Tickets of others between those of one step: the rate is the first's, the scale that after the last. In batches, the
 * rate is that of the batch of the first, and the scale falls batch by batch. */
TEST(a_length_has_the_rate_of_the_first_sample)
{
    enum { N = 10 };
    static const size_t sizes[] = {1, 3, 5, 40};
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        const size_t b = sizes[c];
        struct schedule s;
        struct error e;
        if (!CHECK(make_batch(&s, "rate: 0.5, decay: 0.3, l2.value: 3", N, (struct batch){b, true}, &e)))
            return;
        schedule_plan(&s);
        for (size_t first = 0; first < N; first++)
            for (size_t last = first; last < N; last++) {
                long double scale = 1;
                for (size_t k = 0; k <= last; k += b)
                    scale *= 1 - 0.5L * powl(0.3L, (long double)k / N) * 3 / N;
                CHECK_NEAR((double)schedule_length(&s, first, last),
                           (double)(0.5L * powl(0.3L, (long double)(first / b * b) / N) / scale), 4 * CLOSE);
            }
        schedule_free(&s);
    }
}

TEST(a_trial_has_the_shape_and_no_warm_up)
{
    struct schedule s, trial;
    struct error e;
    if (!CHECK(make(&s, "rate: 0.8, schedule: inverse, horizon: 2, warmup: 3, l2.value: 4", 40, &e)))
        return;
    schedule_trial(&trial, &s, 0.5, 10);
    CHECK_NEAR(schedule_rate(&trial), 0.5, 1e-12);
    CHECK_NEAR(trial.lambda, 1, 1e-12);
    for (int epoch = 0; epoch < 2; epoch++)
        schedule_plan(&trial), schedule_advance(&trial);
    CHECK_NEAR(schedule_rate(&trial), 0.25, 1e-12);
    schedule_free(&s);
    schedule_free(&trial);
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

/* The session makes the scale 1 again between epochs: what follows is scaled by that, rates go on. */
TEST(a_fold_only_rescales)
{
    struct schedule a, b;
    struct error e;
    enum { N = 20 };
    if (!CHECK(make(&a, "rate: 0.5, l2.value: 4", N, &e)) ||
        !CHECK(make(&b, "rate: 0.5, l2.value: 4", N, &e)))
        return;
    for (int epoch = 0; epoch < 2; epoch++) {
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
        struct batch batch;
    } want[] = {{"rate: 1, l2.value: 39", 1000, true, EACH},
                {"rate: 1, l2.value: 41", 1000, false, EACH},
                {"rate: 1, l2.value: 4", 10, true, EACH},
                {"rate: 1, l2.value: 5", 10, false, EACH},
                {"rate: 1, l2.value: 1", 2, false, EACH},
                {"rate: 1e6, l2.value: 1e9", 1000000, false, EACH},
                {"rate: 1e6, l2.value: 0", 1, true, EACH},
                {"rate: 1, l2: {form: sigma, value: 1e-6}", 1000, false, EACH},
                {"rate: 1, l2: {form: sigma, value: 1e6}", 1, true, EACH},
                {"rate: 1, l2: {form: sigma, value: 1e-200}", 1000, false, EACH},
                {"rate: 1, l2.value: 4", 80, true, {8, true}}, /* 0.05 of a weight a step */
                {"rate: 1, l2.value: 4", 80, true, {8, false}}, /* 0.4 */
                {"rate: 1, l2.value: 5", 80, false, {8, false}},
                {"rate: 1, l2.value: 79", 1000, true, {2, true}},
                {"rate: 1, l2.value: 0.4", 2, true, {40, false}}};
    for (size_t c = 0; c < sizeof want / sizeof *want; c++) {
        struct schedule s;
        struct error e;
        bool good = make_batch(&s, want[c].keys, want[c].steps, want[c].batch, &e);
        CHECK_MSG(good == want[c].good, "%s, %zu steps: %s", want[c].keys, want[c].steps, e.text);
        if (!good) {
            CHECK_INT(e.kind, ERROR_USAGE);
            CHECK_MSG(strstr(e.text, "key 'optimizer.l2.value': with rate") != NULL, "%s", e.text);
            continue;
        }
        /* what is let through stays in the range of float over an epoch, down to where the session folds */
        s.scale = 1e-6;
        schedule_plan(&s);
        bool sound = true;
        for (size_t k = 0; k < s.steps; k++)
            sound &= isfinite(s.read[k]) && isfinite(s.write[k]) && s.read[k] > 0 && s.write[k] > 0;
        CHECK_MSG(sound, "%s", want[c].keys);
        schedule_free(&s);
    }
}

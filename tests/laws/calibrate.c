/* SPDX-License-Identifier: MIT
 *
 * Calibration tries what it says: each trial is the first epoch of a session with that rate, the penalty's share
 * of a sample stays, and the rate with the lowest objective wins.
 */
#include "lib/train/calibrate.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct fixture *world(size_t m, size_t engine, const char *optimizer, const char *slice)
{
    char text[1024];
    snprintf(text, sizeof text, "optimizer: {%s}\nengine: {name: %s, pin: false}\nrun: {%s}\n", optimizer,
             engine_table[engine]->name, slice);
    return fixture_new(model_table[m], variant_of(model_table[m], 0), 5, 80, 14, text);
}

static struct session *begin(struct fixture *f, size_t engine)
{
    struct error e = {0};
    struct session *s =
        session_new(f->config, engine_table[engine], optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

TEST(a_trial_on_everything_is_the_first_pass)
{
    static const char *const slices[] = {"", "slice.size: 2"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t g = 0; engine_table[g]; g++)
            for (size_t k = 0; k < 2; k++) {
                struct fixture *f = world(m, g, "rate: 0.7, l2.value: 0.5", slices[k]),
                               *h = world(m, g, "rate: 0.175, l2.value: 0.5", slices[k]);
                struct session *s = begin(f, g), *hand = begin(h, g);
                real *before = memory_new(f->model->layout.size, sizeof *before);
                memcpy(before, s->w, f->model->layout.size * sizeof *before);
                struct session *trial = session_trial(s, f->config, f->data, 0.175);
                CHECK(session_epoch(trial) == session_epoch(hand));
                CHECK(trial->schedule.scale == hand->schedule.scale);
                CHECK(memcmp(trial->w, hand->w, f->model->layout.size * sizeof *hand->w) == 0);
                CHECK(memcmp(s->w, before, f->model->layout.size * sizeof *before) == 0);
                memory_free(before);
                session_free(trial);
                session_free(s);
                session_free(hand);
                fixture_free(f);
                fixture_free(h);
            }
}

/* Threads that make mini-batches, by mean or sum, and the trial of one worker: the same steps, but for rounding. */
TEST(a_trial_makes_the_mini_batches_of_its_session)
{
    extern const struct engine_ops synchronous_ops;
    static const char *const reduces[] = {"mean", "sum"};
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t m = 0; model_table[m]; m++)
            for (size_t c = 0; c < 2; c++) {
                struct error e = {0};
                struct fixture *f[2];
                struct session *s[2];
                const double rate = fixture_rate(model_table[m]) / 4;
                for (int k = 0; k < 2; k++) { /* with another rate, and with that of the trial */
                    char text[512];
                    snprintf(text, sizeof text,
                             "optimizer: {name: %s, rate: %g, l2.value: %g%s}\n"
                             "engine: {name: synchronous, policy: minibatch, reduce: %s, threads: 3, pin: "
                             "false}\n",
                             optimizer_table[o]->name, k ? rate : 4 * rate,
                             fixture_l2(optimizer_table[o]->name, 2), oracle_keys(optimizer_table[o]),
                             reduces[c]);
                    f[k] = fixture_new(model_table[m], variant_of(model_table[m], o), 5, 31, 9, text);
                    s[k] = session_new(f[k]->config, &synchronous_ops, optimizer_table[o], f[k]->model,
                                       f[k]->data, 3, &e);
                    CHECK_MSG(s[k] != NULL, "%s", e.text);
                }
                struct session *trial = session_trial(s[0], f[0]->config, f[0]->data, rate);
                session_epoch(trial);
                session_epoch(s[1]);
                CHECK_NEAR(trial->schedule.scale, s[1]->schedule.scale, 1e-12);
                double off = 0, most = 0;
                for (size_t i = 0; i < f[0]->model->layout.size; i++) {
                    off = fmax(off, fabs((double)(trial->w[i] - s[1]->w[i])));
                    most = fmax(most, fabs((double)s[1]->w[i]));
                }
                CHECK_MSG(off < (sizeof(real) == 8 ? 1e-11 : 1e-3) * most, "%s, %s, %s: off by %g of %g",
                          optimizer_table[o]->name, model_table[m]->name, reduces[c], off, most);
                session_free(trial);
                for (int k = 0; k < 2; k++) {
                    session_free(s[k]);
                    fixture_free(f[k]);
                }
            }
}

/* Not all weights need be as the model's init leaves them: pre-trained vectors. */
TEST(a_trial_begins_with_the_weights_of_its_session)
{
    for (size_t m = 0; model_table[m]; m++) {
        struct fixture *f = world(m, 0, "rate: 0.7", ""), *h = world(m, 0, "rate: 0.175", "");
        struct session *s = begin(f, 0), *hand = begin(h, 0);
        size_t bytes = f->model->layout.size * sizeof(real);
        real *start = fixture_weights(&f->model->layout, 0.3);
        memcpy(s->w, start, bytes);
        memcpy(hand->w, start, bytes);
        struct session *trial = session_trial(s, f->config, f->data, 0.175);
        CHECK(memcmp(trial->w, start, bytes) == 0);
        CHECK(session_epoch(trial) == session_epoch(hand));
        CHECK(memcmp(trial->w, hand->w, bytes) == 0);
        memory_free(start);
        session_free(trial);
        session_free(s);
        session_free(hand);
        fixture_free(f);
        fixture_free(h);
    }
}

TEST(a_part_has_its_part_of_the_penalty)
{
    static const char *const slices[] = {"", "slice.size: 2"};
    for (size_t k = 0; k < 2; k++) {
        struct fixture *f = world(0, 0, "rate: 0.1, l2.value: 3", slices[k]);
        struct session *s = begin(f, 0);
        struct dataset some = *f->data;
        some.count /= 3;
        struct session *trial = session_trial(s, f->config, &some, 0.1);
        CHECK(trial->nsamples < s->nsamples / 2);
        CHECK_NEAR(trial->schedule.lambda / (double)trial->nsamples, 3 / (double)s->nsamples, 1e-12);
        session_free(trial);
        session_free(s);
        fixture_free(f);
    }
}

/* The objective again, from a run that has this rate by hand: all sentences in the order that was drawn. */
static double first_pass(size_t m, double rate)
{
    char optimizer[64];
    snprintf(optimizer, sizeof optimizer, "rate: %.17g, l2.value: 2", rate);
    struct fixture *f = world(m, 0, optimizer, "");
    size_t N = f->data->count;
    uint32_t *order = memory_new(N, sizeof *order);
    struct rng r;
    for (uint32_t k = 0; k < N; k++)
        order[k] = k;
    rng_init(&r, 3, RNG_CALIBRATE, 0);
    rng_shuffle(&r, order, N);
    struct example *whole = f->data->example, *drawn = memory_new(N, sizeof *drawn);
    for (size_t k = 0; k < N; k++)
        drawn[k] = whole[order[k]];
    f->data->example = drawn;
    struct session *s = begin(f, 0);
    const double met = session_epoch(s);
    session_fold(s);
    double found = isfinite(met) ? 0 : INFINITY;
    struct weights w = session_weights(s);
    for (size_t k = 0; k < N; k++) {
        s->worker[0]->gradient.count = s->worker[0]->gradient.draw = 0;
        found +=
            f->model->ops->gradient(f->model, &w, &whole[k], &s->worker[0]->gradient, s->worker[0]->scratch);
    }
    for (size_t i = 0; i < f->model->layout.size; i++)
        found += 2 / 2.0 * (double)s->w[i] * (double)s->w[i];
    session_free(s);
    f->data->example = whole;
    memory_free(drawn);
    memory_free(order);
    fixture_free(f);
    return found / (double)N;
}

TEST(the_lowest_objective_wins)
{
    static const double rates[] = {0.001, 0.05, 0.2, 8};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
            char optimizer[96];
            snprintf(optimizer, sizeof optimizer, "rate: %g, l2.value: 2, calibrate: 1000", rates[k]);
            struct fixture *f = world(m, 0, optimizer, "");
            struct session *s = begin(f, 0);
            struct calibration r;
            struct error e = {0};
            if (!CHECK_MSG(calibrate(s, f->config, &r, &e), "%s", e.text))
                continue;
            CHECK_INT(r.sentences, f->data->count);
            CHECK(r.count > 1 && r.count <= CALIBRATE_TRIALS && r.best < r.count);
            bool tried = false;
            for (uint32_t i = 0; i < r.count; i++) {
                CHECK(i == 0 || r.trial[i].rate == 2 * r.trial[i - 1].rate);
                CHECK(r.trial[r.best].objective <= r.trial[i].objective);
                tried = tried || r.trial[i].rate == rates[k];
                double again = first_pass(m, r.trial[i].rate);
                if (isfinite(again))
                    CHECK_NEAR(r.trial[i].objective, again, 1e-5 * again);
                else
                    CHECK(r.trial[i].objective == INFINITY);
            }
            CHECK(tried && s->epoch == 0);
            /* between two worse ones, unless trials or rates ran out */
            CHECK(r.count == CALIBRATE_TRIALS || (r.best > 0 && r.best + 1 < r.count) ||
                  !schedule_takes(&s->schedule, 2 * r.trial[r.count - 1].rate));
            session_free(s);
            fixture_free(f);
        }
}

TEST(no_rate_is_tried_that_could_not_be_given)
{
    /* 80 samples: from rate * 2000 / 80 = 0.5 on a step takes too much */
    struct fixture *f = world(0, 0, "rate: 0.003, l2.value: 2000, calibrate: 80", "");
    struct session *s = begin(f, 0);
    struct calibration r;
    struct error e = {0};
    CHECK(schedule_takes(&s->schedule, 0.0199) && !schedule_takes(&s->schedule, 0.0201));
    CHECK(!schedule_takes(&s->schedule, 9e-13) && !schedule_takes(&s->schedule, INFINITY));
    CHECK_MSG(calibrate(s, f->config, &r, &e), "%s", e.text);
    for (uint32_t i = 0; i < r.count; i++)
        CHECK(r.trial[i].rate < 0.02);
    session_free(s);
    fixture_free(f);
}

TEST(words_of_a_calibration)
{
    struct calibration r = {.sentences = 1000, .count = 3, .best = 1};
    static const double rate[] = {0.05, 0.1, 0.2}, objective[] = {1.93, 1.7149, INFINITY};
    for (int i = 0; i < 3; i++)
        r.trial[i].rate = rate[i], r.trial[i].objective = objective[i];
    char text[CALIBRATE_WORDS];
    calibrate_words(&r, text);
    CHECK_STR(text, "rate 0.1 chosen on 1000 sentences (0.05: 1.93, 0.1: 1.715, 0.2: diverged)");
    r.count = CALIBRATE_TRIALS; /* the longest words fit */
    r.sentences = 1000000000;
    for (int i = 0; i < CALIBRATE_TRIALS; i++)
        r.trial[i].rate = 1.23456789123e-11, r.trial[i].objective = -1.23456e+123;
    calibrate_words(&r, text);
    CHECK_INT(text[strlen(text) - 1], ')');
}

/* SPDX-License-Identifier: MIT
 *
 * A state list has all that later epochs depend on: a session that is given the state of another goes on as that one,
 * bit for bit, between epochs and in the middle of one. Over all models, optimizers and engines that cannot race.
 */
#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "lib/train/keep.h"
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BEFORE = 2, AFTER = 2 };

/* Each engine of the table in every form that cannot race. `pauses`: an epoch goes on in its middle, as no worker keeps
 * a gradient from one sample to the next (they do where they take turns, and where delays follow a law). */
static const struct way {
    const char *engine, *keys;
    bool pauses;
} ways[] = {
    {"sequential", "threads: 1", true},
    {"sequential", "threads: 1, accumulate: 4", true},
    {"asyngrad", "threads: 1", true},
    {"averaging", "threads: 3", true},
    {"averaging", "threads: 3, accumulate: 4", true},
    {"synchronous", "threads: 3", false},
    {"synchronous", "threads: 3, policy: rounds", true},
    {"synchronous", "threads: 3, policy: minibatch", true},
    {"synchronous", "threads: 3, policy: minibatch, reduce: sum", true},
    {"synchronous", "threads: 3, policy: minibatch, reduce: compensate", true},
    {"simulated", "workers: 4", false},
    {"simulated", "workers: 9, delay.law: geometric, delay.mean: 3", false},
    {"simulated", "workers: 3, delay.law: interleaved", false},
};

struct run {
    struct fixture *f;
    struct session *s;
    struct state_list state;
};

static struct run begin(const struct model_ops *model, size_t variant, const struct optimizer_ops *o,
                        const struct way *way, const char *run_keys)
{
    char text[900];
    struct error e = {0};
    struct run r = {0};
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, l2.value: %g, decay: 0.8%s}\n"
             "engine: {name: %s, pin: false, audit.every: 7, %s}\nrun: {%s}\n",
             o->name, fixture_rate(model) / 10, fixture_l2(o->name, 0.5), oracle_keys(o), way->engine,
             way->keys, run_keys);
    r.f = fixture_new(model, variant_of(model, variant), 4, 61, 9, text);
    r.s = session_new(r.f->config, engine_named(way->engine), o, r.f->model, r.f->data, 3, &e);
    CHECK_MSG(r.s != NULL, "%s", e.text);
    return r;
}

static void end(struct run *r)
{
    state_free(&r->state);
    session_free(r->s);
    fixture_free(r->f);
}

static void goes_on(const struct model_ops *model, size_t variant, const struct optimizer_ops *o,
                    const struct way *way, const char *run_keys)
{
    struct run a = begin(model, variant, o, way, run_keys), b = begin(model, variant, o, way, run_keys);
    double loss[2] = {0, 0};
    for (int k = 0; k < BEFORE; k++)
        session_epoch(a.s);
    session_state(a.s, &a.state);
    session_state(b.s, &b.state);
    CHECK(state_copy(&b.state, &a.state));
    for (int k = 0; k < AFTER; k++) {
        loss[0] = session_epoch(a.s);
        loss[1] = session_epoch(b.s);
        CHECK_MSG(loss[0] == loss[1], "%s, %s, %s, %s: loss %.9g, was %.9g", model->name, o->name,
                  way->engine, way->keys, loss[1], loss[0]);
    }
    CHECK_MSG(memcmp(a.s->w, b.s->w, a.s->model->layout.size * sizeof *a.s->w) == 0 &&
                  a.s->schedule.scale == b.s->schedule.scale,
              "%s, %s, %s, %s, %s: other weights", model->name, o->name, way->engine, way->keys, run_keys);
    end(&a);
    end(&b);
}

/* The epoch, or a part of it: no sample from this ticket on. */
static double session_epoch_to(struct session *s, size_t ticket)
{
    pause_plan(&s->pause, ticket, INFINITY);
    return session_epoch(s);
}

/* Can the optimizer be taken with this engine? */
static bool fits(const struct optimizer_ops *o, const struct way *way)
{
    return fixture_pair(o, engine_named(way->engine)) && (o->needs_seen || !strstr(way->keys, "compensate"));
}

/* Give a new session what a paused one has. */
static void take_over(struct run *from, struct run *to)
{
    state_free(&from->state);
    session_state(from->s, &from->state);
    to->s->pause.paused = true;
    session_state(to->s, &to->state);
    CHECK(state_copy(&to->state, &from->state));
    session_reopen(to->s);
    CHECK(state_copy(&to->state, &from->state));
}

/* One session makes its epochs, another is broken off at every few samples, and goes on in a new one each time. What is
 * counted is the same, too. */
static void goes_on_in_the_middle(const struct model_ops *model, size_t variant,
                                  const struct optimizer_ops *o, const struct way *way, const char *run_keys)
{
    struct run a = begin(model, variant, o, way, run_keys), b = begin(model, variant, o, way, run_keys);
    uint32_t pauses = 0;
    for (int epoch = 0; epoch < 3; epoch++) {
        double loss[2] = {session_epoch(a.s), 0};
        for (size_t at = 5 + (size_t)epoch; (loss[1] = session_epoch_to(b.s, at), b.s->pause.paused);
             at += 29) {
            struct run next = begin(model, variant, o, way, run_keys);
            take_over(&b, &next);
            end(&b);
            b = next;
            pauses++;
        }
        CHECK_MSG(loss[0] == loss[1] && a.s->epoch == b.s->epoch, "%s, %s, %s, %s: loss %.9g, was %.9g",
                  model->name, o->name, way->engine, way->keys, loss[1], loss[0]);
        for (uint32_t k = 0; k < a.s->nworkers; k++)
            CHECK(session_counts(a.s, k).gradients == session_counts(b.s, k).gradients);
    }
    CHECK_MSG(memcmp(a.s->w, b.s->w, a.s->model->layout.size * sizeof *a.s->w) == 0 &&
                  a.s->schedule.scale == b.s->schedule.scale,
              "%s, %s, %s, %s, %s: other weights", model->name, o->name, way->engine, way->keys, run_keys);
    CHECK_MSG((pauses > 0) == way->pauses, "%s, %s: %u pauses", way->engine, way->keys, pauses);
    end(&a);
    end(&b);
}

TEST(a_session_goes_on_from_anothers_state)
{
    size_t variant = 0;
    for (size_t g = 0; engine_table[g]; g++) { /* none is left out */
        bool known = false;
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
            known |= strcmp(ways[k].engine, engine_table[g]->name) == 0;
        CHECK_MSG(known, "%s: a line is missing here", engine_table[g]->name);
    }
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
                if ((!strstr(ways[k].keys, "accumulate") || !optimizer_table[o]->needs_seen) &&
                    fits(optimizer_table[o], &ways[k])) {
                    goes_on(model_table[m], variant, optimizer_table[o], &ways[k], "");
                    goes_on_in_the_middle(model_table[m], variant++, optimizer_table[o], &ways[k], "");
                }
}

/* Cuts that are made once are those of the first epoch; a rate that was found before training is part of the state. */
TEST(slices_go_on_as_well)
{
    goes_on(model_table[0], 0, optimizer_table[0], &ways[0], "slice: {size: 3, redraw: false}");
    goes_on(model_table[0], 0, optimizer_table[0], &ways[0], "slice: {size: 3, redraw: true}");
    goes_on_in_the_middle(model_table[0], 0, optimizer_table[0], &ways[0], "slice: {size: 3, redraw: false}");
    goes_on_in_the_middle(model_table[0], 0, optimizer_table[0], &ways[0], "slice: {size: 3, redraw: true}");
}

/* The mean of weights, the best so far and patience. */
TEST(what_a_run_keeps_goes_on)
{
    static const double scores[] = {50, 60, 55, 58};
    static const char keys[] = "epochs: 9, average: 2, keep: best, patience: 3";
    struct run a = begin(model_table[0], 0, optimizer_table[0], &ways[0], keys),
               b = begin(model_table[0], 0, optimizer_table[0], &ways[0], keys);
    struct keep mine, his;
    struct error e = {0};
    CHECK_MSG(keep_init(&mine, a.f->config, true, &e) && keep_init(&his, b.f->config, true, &e), "%s",
              e.text);
    for (int k = 0; k < 2; k++) {
        session_epoch(a.s);
        keep_epoch(&mine, a.s);
        keep_score(&mine, a.s, scores[k]);
    }
    session_state(a.s, &a.state);
    session_state(b.s, &b.state);
    keep_state(&mine, a.s, &a.state);
    keep_state(&his, b.s, &b.state);
    CHECK(state_copy(&b.state, &a.state));
    for (int k = 2; k < 4; k++) {
        session_epoch(a.s);
        session_epoch(b.s);
        keep_epoch(&mine, a.s);
        keep_epoch(&his, b.s);
        CHECK(keep_score(&mine, a.s, scores[k]) == keep_score(&his, b.s, scores[k]));
    }
    const struct weights w = keep_final(&mine, a.s), v = keep_final(&his, b.s);
    CHECK(memcmp(w.w, v.w, a.s->model->layout.size * sizeof *w.w) == 0 && w.scale == v.scale);
    CHECK(mine.best_epoch == 2 && his.best_epoch == 2 && mine.waited == 2 && his.waited == 2);
    keep_free(&mine);
    keep_free(&his);
    end(&a);
    end(&b);
}

/* Lists that do not have the same items are not copied, and nothing is. */
TEST(other_lists_are_refused)
{
    int x = 1, y = 2;
    double z = 3;
    struct state_list a = {.owner = "a"}, b = {.owner = "a"}, c = {.owner = "a"};
    state_add(&a, "x", &x, 1, sizeof x);
    state_add(&b, "y", &y, 1, sizeof y);
    state_add(&c, "x", &z, 1, sizeof z);
    CHECK(!state_copy(&a, &b) && !state_copy(&a, &c) && x == 1);
    b.item[0].name = "x";
    CHECK(state_copy(&a, &b) && x == 2);
    state_add(&b, "z", &z, 1, sizeof z);
    CHECK(!state_copy(&a, &b));
    state_free(&a);
    state_free(&b);
    state_free(&c);
}

/* SPDX-License-Identifier: MIT
 *
 * What the tracker owes through the three verbs: private copies are no writes to w, gradients that share a step wait
 * for it, every gradient has a delay, and a figure that is an upper bound says so. Verbs are called by hand, in one
 * thread, so that the order is known.
 */
#include "lib/learn/accumulate.h"
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops asyngrad_ops, simulated_ops;
extern const struct model_ops dense_crf_ops, bilstm_ops, quadratic_ops;

static struct fixture *world(const struct model_ops *model, const struct model_variant *v, const char *engine,
                             const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "optimizer: {name: sgd, rate: 0.005}\nengine: {pin: false, audit.every: 0, %s}\n%s\n", engine,
             more);
    return fixture_new(model, v, 4, 61, 9, text);
}

static struct session *begin(struct fixture *f, const struct engine_ops *engine)
{
    struct error e = {0};
    struct session *s = session_new(f->config, engine, optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

static uint64_t count_calls(void)
{
    static uint64_t calls;
    return ++calls;
}

/* An epoch by hand begins: its order, its steps, and a clock that moves with every call. */
static void by_hand(struct session *s)
{
    session_epoch(s);
    schedule_plan(&s->schedule);
    tracker_reset(tracker_of(s));
    for (uint32_t k = 0; k < s->nworkers; k++)
        s->worker[k]->gradients = 0;
    tracker_of(s)->clock = count_calls;
    for (uint32_t k = 0; k < s->nworkers; k++)
        worker_begin(s->worker[k], s);
}

static void finish(struct session *s)
{
    for (uint32_t k = 0; k < s->nworkers; k++)
        worker_end(s->worker[k], s);
    tracker_settle(tracker_of(s));
}

/* The blocks of a gradient that are not private, by number; of a worker that has left its copies, all. */
static bool *cold_blocks(const struct layout *l, const struct worker *k, uint32_t blocks)
{
    const struct gradient *g = &k->gradient;
    const bool left = k->local.left;
    bool *cold = memory_new(l->nblocks, sizeof *cold);
    for (size_t b = 0; b < g->count; b++) {
        const struct group *group = &l->group[g->bundle[b].group];
        for (uint32_t i = 0; i < g->bundle[b].count; i++)
            if (left || (!group->universal && g->bundle[b].id[i] >= blocks))
                cold[group->first + g->bundle[b].id[i]] = true;
    }
    return cold;
}

static bool has_universal(const struct layout *l, const struct gradient *g)
{
    for (size_t b = 0; b < g->count; b++)
        if (l->group[g->bundle[b].group].universal)
            return true;
    return false;
}

/* Worker 1 reads; worker 0 does all of a sample; worker 1 computes and writes: only its reading can be met. From the
 * ticket on at which the workers leave their copies, all blocks are shared. */
static void combined(const struct model_ops *model, const struct model_variant *v, uint32_t blocks,
                     uint32_t every, bool stamps, double plain, uint64_t *errors)
{
    char engine[200];
    snprintf(engine, sizeof engine,
             "name: asyngrad, threads: 2, tracker: %s, combine: {mode: fixed, blocks: %u, every: %u, "
             "plain: %g}",
             stamps ? "blocks" : "overlap", blocks, every, plain);
    struct fixture *f = world(model, v, engine, "");
    struct session *s = begin(f, &asyngrad_ops);
    const struct layout *l = &f->model->layout;
    struct worker *k = s->worker[1], *other = s->worker[0];
    const size_t until = s->nsamples - (size_t)(plain * (double)s->nsamples);
    uint64_t met = 0, pairs = 0, unsure = 0;
    by_hand(s);
    local_copies_begin(&s->local_copies, s->nsamples, true);
    for (size_t t = 0; t + 1 < s->nsamples; t += 2, pairs++) {
        const struct example *mine = session_take_at(s, k, t);
        worker_read(k, s);
        const struct example *his = session_take_at(s, other, t + 1);
        worker_read(other, s);
        worker_gradient(other, s, his);
        bool *written = cold_blocks(l, other, blocks);
        worker_write(other, s, &other->gradient, write_at(other->ticket));
        worker_gradient(k, s, mine);
        CHECK(k->local.left == (t >= until) && other->local.left == (t + 1 >= until));
        bool *read = cold_blocks(l, k, blocks), shared = false, any[2] = {false, false};
        for (uint32_t b = 0; b < l->nblocks; b++) {
            shared |= read[b] && written[b];
            any[0] |= read[b];
            any[1] |= written[b];
        }
        met += stamps ? shared : any[0] && any[1];
        unsure += any[0] && any[1] &&
                  !(k->local.left && has_universal(l, &k->gradient) && has_universal(l, &other->gradient) &&
                    !k->gradient.copied);
        worker_write(k, s, &k->gradient, write_at(k->ticket));
        memory_free(read);
        memory_free(written);
    }
    finish(s);
    const struct gradient_counts *me = fixture_counts(s, 1), *he = fixture_counts(s, 0);
    CHECK_MSG(me->errors == met && me->read_overwrites == met && me->write_overwrites == 0 &&
                  he->errors == 0 && me->gradients == pairs && he->gradients == pairs &&
                  me->delay_sum == pairs,
              "%s, %s, blocks %u, every %u, plain %g, %s: %d errors of %d, %d due", model->name, v->name,
              blocks, every, plain, tracker_name(tracker_of(s)), (int)me->errors, (int)pairs, (int)met);
    CHECK_INT(tracker_lost(tracker_of(s)), 0);
    CHECK(tracker_is_bound(tracker_of(s)) == (!stamps && unsure > 0));
    *errors += met;
    session_free(s);
    fixture_free(f);
}

TEST(combined_writes_are_in_error_by_their_cold_blocks)
{
    static const uint32_t blocks[] = {1, 20, 1000000}, every[] = {1, 5, 1000000};
    uint64_t errors[3] = {0, 0, 0}, plain = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t b = 0; b < 3; b++)
            for (size_t e = 0; e < 3; e++)
                for (int stamps = 0; stamps < 2; stamps++) {
                    const struct model_variant *v = variant_of(model_table[m], 0);
                    combined(model_table[m], v, blocks[b], every[e], stamps, 0, &errors[b]);
                    combined(model_table[m], v, blocks[b], every[e], stamps, 0.5, &plain);
                }
    CHECK(errors[0] > 0 && errors[1] > 0 && errors[2] == 0); /* where all is private nothing ever is */
    CHECK(plain > errors[0] + errors[1]);
}

/* An epoch that was paused goes on where no copies are used any more: they are not loaded either. */
TEST(who_begins_late_has_no_copies)
{
    for (int late = 0; late < 2; late++) {
        struct fixture *f = world(&dense_crf_ops, variant_of(&dense_crf_ops, 0),
                                  "name: asyngrad, threads: 2, combine: {mode: fixed, plain: 0.5}", "");
        struct session *s = begin(f, &asyngrad_ops);
        struct worker *k = s->worker[0];
        by_hand(s);
        local_copies_begin(&s->local_copies, s->nsamples, true);
        atomic_store(&s->cursor, late ? 31 : 30);
        worker_begin(k, s);
        worker_begin(s->worker[1], s);
        CHECK((local_copy_weights(&k->local) == NULL) == late);
        session_take_at(s, k, 30);
        worker_read(k, s);
        CHECK((k->view.local == NULL) == late);
        worker_write(k, s, worker_gradient(k, s, k->sample), write_at(30));
        finish(s);
        session_free(s);
        fixture_free(f);
    }
}

/* All tickets are for one sample, of two tokens or more. */
static void one_for_all(struct session *s)
{
    uint32_t one = 0;
    while (s->sample[one].n < 2)
        one++;
    for (size_t t = 0; t < s->nsamples; t++)
        s->order[t] = one;
}

/* A sample of worker k, all of it. */
static void sample(struct session *s, uint32_t k, size_t ticket)
{
    struct worker *w = s->worker[k];
    const struct example *z = session_take_at(s, w, ticket);
    if (w->accumulation) {
        accumulate_sample(w, s, z);
        return;
    }
    worker_read(w, s);
    worker_write(w, s, worker_gradient(w, s, z), write_at(ticket));
}

/* What worker 0 saved up in private copies and merged at its end, worker 1 sees if it loads its own copies later. */
TEST(what_is_merged_at_the_end_is_seen)
{
    static const char *const engine[] = {"name: asyngrad, threads: 2, tracker: overlap, combine: {mode: "
                                         "fixed, blocks: 1000000, every: 1000000}",
                                         "name: asyngrad, threads: 2, tracker: blocks, combine: {mode: "
                                         "fixed, blocks: 1000000, every: 1000000}"};
    for (int turn = 0; turn < 4; turn++) {
        const bool late = turn / 2;
        struct fixture *f = world(&dense_crf_ops, variant_of(&dense_crf_ops, 0), engine[turn % 2], "");
        struct session *s = begin(f, &asyngrad_ops);
        by_hand(s);
        for (size_t t = 0; t < 3; t++)
            sample(s, 0, t);
        worker_end(s->worker[0], s);
        if (late)
            worker_begin(s->worker[1], s);
        sample(s, 1, 3);
        sample(s, 1, 4);
        worker_end(s->worker[1], s);
        tracker_settle(tracker_of(s));
        CHECK_INT(fixture_counts(s, 1)->hot_delay_sum, late ? 0 : 3 + 3);
        CHECK_INT(fixture_counts(s, 0)->hot_delay_sum, 0);
        session_free(s);
        fixture_free(f);
    }
}

/* Steps of two, and what is left at the end of the epoch:
 *
 *     worker 0   g waits ─────────── g W                    g waits ─── W
 *     worker 1         g waits  g W          g waits ────────────────────── W
 *
 * The first gradient of 0 waits while 1 writes, and the last of 1 while 0 does. Where a model makes the gradients of
 * a step together they are read and made when the step is, and nobody comes between. */
TEST(what_comes_while_gradients_wait_is_an_error)
{
    static const char *const modes[] = {"overlap", "blocks"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t mode = 0; mode < 2; mode++) {
            char engine[128];
            snprintf(engine, sizeof engine, "name: asyngrad, threads: 2, accumulate: 2, tracker: %s",
                     modes[mode]);
            struct fixture *f = world(model_table[m], variant_of(model_table[m], 0), engine, "");
            struct session *s = begin(f, &asyngrad_ops);
            const uint64_t due = s->batched ? 0 : 1;
            static struct tracker_delays d;
            by_hand(s);
            one_for_all(s);
            static const uint32_t turns[] = {0, 1, 1, 0, 1, 0};
            for (size_t t = 0; t < 6; t++)
                sample(s, turns[t], t);
            finish(s);
            for (uint32_t k = 0; k < 2; k++) {
                const struct gradient_counts *c = fixture_counts(s, k);
                CHECK_MSG(c->gradients == 3 && c->errors == due && c->read_overwrites == due &&
                              c->write_overwrites == 0 && c->delay_sum == due && c->delay_max == due,
                          "%s, %s, worker %u: %d gradients, %d errors, delay %d", f->model->ops->name,
                          modes[mode], k, (int)c->gradients, (int)c->errors, (int)c->delay_sum);
            }
            tracker_delays(tracker_of(s), &d);
            CHECK(d.gradients == 6 && d.count[0] == 6 - 2 * due && d.count[1] == 2 * due);
            CHECK_NEAR(d.mean, (double)due / 3, 1e-12);
            session_free(s);
            fixture_free(f);
        }
}

/* Every gradient has a delay, so the mean over all is that of the counts, whoever writes and how many at once. */
TEST(every_gradient_has_a_delay)
{
    static const char *const ways[] = {
        "name: asyngrad, threads: 3",
        "name: asyngrad, threads: 3, tracker: blocks",
        "name: asyngrad, threads: 3, accumulate: 4",
        "name: asyngrad, threads: 3, accumulate: 4, tracker: blocks",
        "name: asyngrad, threads: 3, accumulate: 4, combine: {mode: fixed, blocks: 4, every: 3}",
        "name: synchronous, threads: 3, policy: minibatch",
        "name: synchronous, threads: 3, policy: minibatch, tracker: blocks",
        "name: synchronous, threads: 3, policy: round-robin",
        "name: simulated, workers: 5, delay.law: interleaved",
    };
    for (size_t m = 0; model_table[m]; m++)
        for (size_t y = 0; y < sizeof ways / sizeof *ways; y++) {
            static struct tracker_delays d;
            struct fixture *f = world(model_table[m], variant_of(model_table[m], 0), ways[y], "");
            const struct engine_ops *const *engine = engine_table;
            while (strcmp((*engine)->name, config_string(f->config, "engine.name")) != 0)
                engine++;
            struct session *s = begin(f, *engine);
            for (int epoch = 0; epoch < 3; epoch++) {
                uint64_t gradients = 0, sum = 0, errors = 0;
                session_epoch(s);
                tracker_delays(tracker_of(s), &d);
                for (uint32_t k = 0; k < s->nworkers; k++) {
                    const struct gradient_counts *c = fixture_counts(s, k);
                    gradients += c->gradients;
                    sum += c->delay_sum;
                    errors += c->errors;
                }
                CHECK_MSG(gradients == s->nsamples && d.gradients == s->nsamples, "%s: %d delays of %d",
                          ways[y], (int)d.gradients, (int)gradients);
                CHECK_NEAR(d.mean, (double)sum / (double)gradients, 1e-12);
                CHECK_MSG(!strstr(ways[y], "synchronous") || errors == 0, "%s: %d errors", ways[y],
                          (int)errors);
            }
            session_free(s);
            fixture_free(f);
        }
}

/* Is the figure of an epoch of virtual workers, whose reads and writes interleave, an upper bound? */
static bool is_bound(const struct model_ops *model, size_t v, const char *more, const char *tracker)
{
    char engine[128];
    snprintf(engine, sizeof engine, "name: simulated, workers: 4, delay.law: interleaved, tracker: %s",
             tracker);
    struct fixture *f = world(model, variant_of(model, v), engine, more);
    struct session *s = begin(f, &simulated_ops);
    session_epoch(s);
    session_epoch(s);
    uint64_t errors = 0;
    for (uint32_t k = 0; k < s->nworkers; k++)
        errors += fixture_counts(s, k)->errors;
    CHECK(errors > 0);
    bool bound = tracker_is_bound(tracker_of(s));
    session_free(s);
    fixture_free(f);
    return bound;
}

/* Variant 0 of the CRF has transitions, which every sentence of two tokens writes; variant 1 has none. The matrices
 * of a network are written by every sentence, and copied where weights decay. */
TEST(an_upper_bound_says_so)
{
    CHECK(is_bound(&dense_crf_ops, 0, "run: {slice.size: 1}", "overlap"));
    CHECK(is_bound(&dense_crf_ops, 1, "", "overlap"));
    CHECK(!is_bound(&dense_crf_ops, 1, "", "blocks"));
    CHECK(!is_bound(&dense_crf_ops, 0, "run: {slice.size: 1}", "blocks"));
    CHECK(!is_bound(&quadratic_ops, 0, "", "overlap"));
}

/* Worker 1 reads, worker 0 does all of a sample, worker 1 computes: all in error, surely where R lasts to the end of
 * G. */
static void check_copies(const struct model_ops *model, double scale, bool copies)
{
    struct fixture *f =
        world(model, variant_of(model, 0), "name: asyngrad, threads: 2, tracker: overlap", "");
    struct session *s = begin(f, &asyngrad_ops);
    by_hand(s);
    s->schedule.scale = scale;
    schedule_plan(&s->schedule);
    struct worker *k = s->worker[1];
    one_for_all(s);
    for (size_t t = 0; t < 10; t += 2) {
        const struct example *z = session_take_at(s, k, t);
        worker_read(k, s);
        sample(s, 0, t + 1);
        worker_gradient(k, s, z);
        CHECK_MSG(k->gradient.copied == copies, "%s at scale %g", model->name, scale);
        worker_write(k, s, &k->gradient, write_at(k->ticket));
    }
    finish(s);
    CHECK_INT(fixture_counts(s, 1)->errors, 5);
    CHECK_MSG(tracker_is_bound(tracker_of(s)) == copies, "%s at scale %g", model->name, scale);
    session_free(s);
    fixture_free(f);
}

/* What a network's matrices are at a scale other than 1 stands in a copy, so R is over before G. */
TEST(a_network_copies_matrices_that_decay)
{
    check_copies(&bilstm_ops, 1, false);
    check_copies(&bilstm_ops, 0.5, true);
    check_copies(&dense_crf_ops, 0.5, false);
}

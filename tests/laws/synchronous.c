/* SPDX-License-Identifier: MIT
 *
 * Engine synchronous against its rules, done here one after another: the same bits, whatever the threads did.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops synchronous_ops, sequential_ops;

static const char *const policies[] = {"policy: round-robin", "policy: minibatch\n  reduce: mean",
                                       "policy: minibatch\n  reduce: sum"};

static struct fixture *world(size_t m, size_t v, const char *engine, const char *policy, unsigned threads,
                             unsigned sentences)
{
    char text[1024];
    snprintf(text, sizeof text, "%s  %s\n", fixture_sections("sgd", engine, threads, "shuffle"), policy);
    return fixture_new(model_table[m], variant_of(model_table[m], v), 5, sentences, 9, text);
}

static struct session *begin(struct fixture *f, const struct engine_ops *engine)
{
    struct error e = {0};
    struct session *s = session_new(f->config, engine, optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

/* The pass that `s` has just run, by the rules, with the memory of its workers. */
static void by_hand(struct session *s, real *w, size_t policy)
{
    for (size_t first = 0; first < s->nsamples; first += s->nworkers) {
        size_t b = s->nsamples - first < s->nworkers ? s->nsamples - first : s->nworkers;
        for (size_t j = 0; j < b; j++) {
            struct worker *k = s->worker[j];
            struct weights view = {.w = w, .scale = s->schedule.read[first]};
            fixture_gradient(s, k, &view, first + j);
        }
        for (size_t j = 0; j < b; j++) {
            real length = s->schedule.write[policy == 0 ? first + j : first + b - 1];
            if (policy == 1)
                length *= 1 / (real)b;
            struct step step = {.bundles = &s->worker[j]->grad,
                                .length = length,
                                .number = s->schedule.done - s->nsamples + first + j};
            s->optimizer->ops->step(s->optimizer, w, &step);
        }
    }
}

static void check_counts(const struct session *s, size_t policy)
{
    size_t N = s->nsamples, k = s->nworkers;
    for (size_t j = 0; j < k; j++) {
        const struct tracker_count *n = tracker_counts(&s->tracker, (uint32_t)j);
        size_t mine = j < N ? (N - j - 1) / k + 1 : 0;
        CHECK_INT(n->gradients, mine);
        CHECK_INT(n->errors + n->read_overwrites + n->write_overwrites, 0);
        CHECK_INT(n->delay_sum, policy == 0 ? j * mine : 0);
        CHECK_INT(n->delay_max, policy == 0 && mine ? j : 0);
    }
    CHECK_INT(s->team, k);
}

/* 31 sentences make 2, 3, 7 and 16 threads' last round a smaller one; 40 threads have nothing to do for some. */
TEST(threads_do_what_the_rules_say)
{
    static const unsigned threads[] = {1, 2, 3, 7, 16, 40};
    for (size_t policy = 0; policy < 3; policy++)
        for (size_t c = 0; c < 2 * sizeof threads / sizeof *threads; c++) {
            size_t m = c % 2;
            struct fixture *f = world(m, 2, "synchronous", policies[policy], threads[c / 2], 31);
            struct session *s = begin(f, &synchronous_ops);
            size_t bytes = f->model->layout.size * sizeof(real);
            real *w = fixture_start(f->model, s->seed);
            size_t before = alloc_count();
            for (int pass = 0; pass < 3; pass++) {
                CHECK(isfinite(session_epoch(s)));
                check_counts(s, policy);
                by_hand(s, w, policy);
                CHECK_MSG(memcmp(w, s->w, bytes) == 0, "%s, %u threads, pass %d", policies[policy],
                          threads[c / 2], pass);
            }
            CHECK_INT(alloc_count(), before);
            memory_free(w);
            session_free(s);
            fixture_free(f);
        }
}

TEST(alone_every_policy_is_sequential)
{
    for (size_t c = 0; c < 14; c++) /* variants of two models in turn */
        for (size_t policy = 0; policy < 3; policy++) {
            struct fixture *f = world(c % 2, c / 2, "synchronous", policies[policy], 1, 40),
                           *g = world(c % 2, c / 2, "sequential", "tracker: auto", 1, 40);
            struct session *s = begin(f, &synchronous_ops), *truth = begin(g, &sequential_ops);
            for (int pass = 0; pass < 2; pass++)
                CHECK(session_epoch(s) == session_epoch(truth));
            CHECK_MSG(memcmp(s->w, truth->w, f->model->layout.size * sizeof(real)) == 0, "%zu, %s", c,
                      policies[policy]);
            session_free(s);
            session_free(truth);
            fixture_free(f);
            fixture_free(g);
        }
}

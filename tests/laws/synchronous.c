/* SPDX-License-Identifier: MIT
 *
 * Engine synchronous against its equations (lib/engines/synchronous.c, schedule.h), done here one sample after another:
 *
 *     mean           w <- w - gamma (1/b sum of g(w) + lambda/N w)        gamma of the first of the b samples
 *     sum            w <- w - gamma (sum of g(w) + b lambda/N w)
 *     rounds         w_{t+1} = w_t - gamma_t (g(w_r) + lambda/N w_t)      r: the round's beginning
 *     round-robin    w_{t+1} = w_t - gamma_t (g(w_r) + lambda/N w_t)      r = max(t - k + 1, 0)
 *
 * for every optimizer, which is given what stands for g there; and the same bits, whatever the threads did.
 */
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops synchronous_ops, sequential_ops, simulated_ops;

enum policy { ROUND_ROBIN, ROUNDS, MEAN, SUM, POLICIES };

static const char *const policies[POLICIES] = {"policy: round-robin", "policy: rounds",
                                               "policy: minibatch, reduce: mean",
                                               "policy: minibatch, reduce: sum"};

struct world {
    struct fixture *f;
    struct session *s;
};

static struct world begin(const struct model_ops *model, size_t v, const struct optimizer_ops *optimizer,
                          const struct engine_ops *engine, const char *keys)
{
    char text[1024];
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, decay: 0.8, l2.value: %g%s}\n"
             "engine: {name: %s, pin: false, audit.every: 5, %s}\n",
             optimizer->name, fixture_rate(model), fixture_l2(optimizer->name, 0.5), oracle_keys(optimizer),
             engine->name, keys);
    struct world a = {.f = fixture_new(model, variant_of(model, v), 6, 31, 9, text)};
    a.s = session_new(a.f->config, engine, optimizer, a.f->model, a.f->data, 3, &e);
    CHECK_MSG(a.s != NULL, "%s: %s", text, e.text);
    return a;
}

static struct world threads(const struct model_ops *model, size_t v, const struct optimizer_ops *optimizer,
                            enum policy policy, unsigned k, const char *more)
{
    char keys[128];
    snprintf(keys, sizeof keys, "threads: %u, %s%s", k, policies[policy], more);
    return begin(model, v, optimizer, &synchronous_ops, keys);
}

static void end(struct world a)
{
    session_free(a.s);
    fixture_free(a.f);
}

/* The epoch that the session has just run. `kept` [N][size] are the weights before each step. */
static void by_hand(struct oracle *o, enum policy policy, size_t k, real *kept)
{
    const size_t N = o->s->nsamples, size = o->s->model->layout.size;
    for (size_t t = 0; t < N && policy < MEAN; t++) {
        const size_t r = policy == ROUNDS ? t / k * k : t + 1 > k ? t + 1 - k : 0;
        memcpy(kept + t * size, o->w, size * sizeof *kept);
        oracle_clear(o);
        oracle_add(o, kept + r * size, t, 1);
        const double gamma = oracle_rate(o, t);
        oracle_write(o, o->w, gamma, t, o->optimizer->ops->needs_seen ? kept + r * size : NULL);
        for (size_t i = 0; i < size; i++) /* (1 - gamma lambda/N) w - gamma g */
            o->w[i] = (real)((double)o->w[i] - gamma * o->lambda / (double)N * (double)kept[t * size + i]);
    }
    for (size_t first = 0; first < N && policy >= MEAN; first += k) {
        const size_t b = N - first < k ? N - first : k;
        oracle_clear(o);
        for (size_t j = 0; j < b; j++)
            oracle_add(o, o->w, first + j, policy == MEAN ? 1 / (double)b : 1);
        oracle_decay(o, o->w, oracle_rate(o, first), policy == MEAN ? 1 : (double)b);
        oracle_write(o, o->w, oracle_rate(o, first), first, NULL);
    }
    o->done += N;
}

/* No gradient is in error; what delays there are follows from the policy. */
static void check_counts(const struct session *s, enum policy policy)
{
    const size_t N = s->nsamples, k = s->nworkers;
    for (size_t j = 0; j < k; j++) {
        const struct gradient_counts *n = fixture_counts(s, (uint32_t)j);
        const size_t mine = j < N ? (N - j - 1) / k + 1 : 0;
        const size_t delay = policy == ROUNDS        ? j * mine
                             : policy == ROUND_ROBIN ? mine ? j + (mine - 1) * (k - 1) : 0
                                                     : 0;
        const size_t most = mine == 0               ? 0
                            : policy == ROUNDS      ? j
                            : policy != ROUND_ROBIN ? 0
                            : mine > 1              ? k - 1
                                                    : j;
        CHECK_INT(n->gradients, mine);
        CHECK_INT(n->errors + n->read_overwrites + n->write_overwrites, 0);
        CHECK_INT(n->delay_sum, delay);
        CHECK_INT(n->delay_max, most);
    }
    CHECK_INT(s->team, k);
}

/* Rounding is all that may differ. (A network's is felt most; where many threads' delays make a run swing, too.) */
static const double close = sizeof(real) == 8 ? 1e-10 : 5e-4;

static void against_equations(const struct model_ops *model, size_t v, const struct optimizer_ops *optimizer,
                              enum policy policy, unsigned k, const char *more)
{
    struct world a = threads(model, v, optimizer, policy, k, more);
    struct oracle *o =
        oracle_new(a.s, a.f->config, fixture_rate(model), 0.8, fixture_l2(optimizer->name, 0.5));
    real *kept = memory_new(a.s->nsamples * a.s->model->layout.size, sizeof *kept);
    for (int epoch = 0; epoch < 2; epoch++) {
        const size_t before = alloc_count();
        CHECK(isfinite(session_epoch(a.s)));
        CHECK_INT(alloc_count(), before);
        check_counts(a.s, policy);
        by_hand(o, policy, k, kept);
        const double off = oracle_distance(o);
        CHECK_MSG(off < close, "%s, %s, %s, %s%s, %u threads, epoch %d: off by %g", model->name,
                  variant_of(model, v)->name, optimizer->name, policies[policy], more, k, epoch, off);
    }
    memory_free(kept);
    oracle_free(o);
    end(a);
}

/* 31 samples make the last round of 2, 3, 7 and 16 threads a shorter one; 40 threads have nothing to do for some. */
TEST(threads_do_what_the_equations_say)
{
    static const unsigned counts[] = {2, 3, 7, 1, 16, 40};
    size_t c = 0;
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t m = 0; model_table[m]; m++)
            for (enum policy policy = 0; policy < POLICIES; policy++, c++)
                against_equations(model_table[m], o, optimizer_table[o], policy,
                                  counts[c / POLICIES % (sizeof counts / sizeof *counts)],
                                  c % 2 ? ", tracker: blocks" : "");
}

/* A mini-batch of k equal samples, by their mean, is one sequential step on one of them; that their number in an
 * epoch is another makes lambda another. */
TEST(the_mean_of_equal_samples_is_one_of_them)
{
    static const unsigned counts[] = {2, 5};
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t m = 0; model_table[m]; m++)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                struct world a[2];
                for (int way = 0; way < 2; way++) {
                    char text[512];
                    struct error e = {0};
                    const unsigned N = way ? 1 : counts[c];
                    snprintf(text, sizeof text,
                             "optimizer: {name: %s, rate: %g, schedule: constant, l2.value: %g%s}\n"
                             "engine: {name: %s, pin: false, audit.every: 0, threads: %u%s%s}\n",
                             optimizer_table[o]->name, fixture_rate(model_table[m]),
                             fixture_l2(optimizer_table[o]->name, 0.02 * N), oracle_keys(optimizer_table[o]),
                             way ? "sequential" : "synchronous", N, way ? "" : ", ",
                             way ? "" : policies[MEAN]);
                    struct model_variant v = *variant_of(model_table[m], 0);
                    if (strcmp(model_table[m]->name, "bilstm") == 0)
                        v.lines = "hidden: 5\n  embedding: 5\n  unknown: 0"; /* nothing is drawn at random */
                    a[way].f = fixture_new(model_table[m], &v, 6, 31, 9, text);
                    for (unsigned k = 0; k < counts[c]; k++)
                        a[way].f->data->example[k] = a[way].f->data->example[0];
                    a[way].f->data->count = N;
                    a[way].s = session_new(a[way].f->config, way ? &sequential_ops : &synchronous_ops,
                                           optimizer_table[o], a[way].f->model, a[way].f->data, 3, &e);
                    CHECK_MSG(a[way].s != NULL, "%s", e.text);
                    for (int epoch = 0; epoch < 8; epoch++)
                        CHECK(isfinite(session_epoch(a[way].s)));
                    session_fold(a[way].s);
                }
                double off = 0, most = 0;
                for (size_t i = 0; i < a[0].f->model->layout.size; i++) {
                    off = fmax(off, fabs((double)(a[0].s->w[i] - a[1].s->w[i])));
                    most = fmax(most, fabs((double)a[1].s->w[i]));
                }
                CHECK_MSG(off < (sizeof(real) == 8 ? 1e-11 : 1e-4) * most,
                          "%s, %s, %u samples: off by %g of %g", optimizer_table[o]->name,
                          model_table[m]->name, counts[c], off, most);
                end(a[0]);
                end(a[1]);
            }
}

static bool same(const struct session *a, const struct session *b)
{
    return memcmp(a->w, b->w, a->model->layout.size * sizeof *a->w) == 0;
}

/* Virtual workers that take turns do the same in one thread (lib/engines/simulated.c), without copies of what they
 * read. */
TEST(round_robin_is_simulated_turns)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (unsigned k = 2; k < 7; k += 2) {
                char keys[64];
                snprintf(keys, sizeof keys, "workers: %u, delay.law: turns", k);
                struct world a = threads(model_table[m], o, optimizer_table[o], ROUND_ROBIN, k, ""),
                             b = begin(model_table[m], o, optimizer_table[o], &simulated_ops, keys);
                for (int epoch = 0; epoch < 2; epoch++) {
                    session_epoch(a.s);
                    session_epoch(b.s);
                    CHECK_MSG(same(a.s, b.s), "%s, %s, %u workers, epoch %d", model_table[m]->name,
                              optimizer_table[o]->name, k, epoch);
                }
                end(a);
                end(b);
            }
}

TEST(the_same_bits_again)
{
    for (enum policy policy = 0; policy < POLICIES; policy++) {
        struct world first = threads(model_table[0], 2, optimizer_table[1], policy, 3, "");
        session_epoch(first.s);
        for (int round = 0; round < 10; round++) {
            struct world again = threads(model_table[0], 2, optimizer_table[1], policy, 3, "");
            session_epoch(again.s);
            CHECK_MSG(same(again.s, first.s), "%s", policies[policy]);
            end(again);
        }
        end(first);
    }
}

TEST(alone_every_policy_is_sequential)
{
    size_t optimizers = 0;
    while (optimizer_table[optimizers])
        optimizers++;
    for (size_t c = 0; c < 14; c++) /* variants of two models in turn */
        for (enum policy policy = 0; policy < POLICIES; policy++) {
            const struct optimizer_ops *optimizer = optimizer_table[c % optimizers];
            struct world a = threads(model_table[c % 2], c / 2, optimizer, policy, 1, ""),
                         b = begin(model_table[c % 2], c / 2, optimizer, &sequential_ops, "threads: 1");
            for (int epoch = 0; epoch < 2; epoch++)
                CHECK(session_epoch(a.s) == session_epoch(b.s));
            CHECK_MSG(same(a.s, b.s), "%zu, %s", c, policies[policy]);
            end(a);
            end(b);
        }
}

/* SPDX-License-Identifier: MIT
 *
 * What the audit owes, over all registries: no bit depends on it; where nobody comes between R and W nothing is wrong,
 * exactly; where somebody does, the figures are those of whole vectors, computed here from weights that are all kept.
 */
#include "lib/probes/audit.h"
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops sequential_ops, asyngrad_ops, synchronous_ops, simulated_ops;
extern const struct model_ops quadratic_ops;

static struct fixture *world(const struct model_ops *model, const struct model_variant *v,
                             const char *optimizer, const char *engine, uint32_t every)
{
    /* where nothing is compensated delays do not stand in the way of learning */
    const char *rate = strncmp(optimizer, "dc-", 3) == 0 ? "0.01" : "0.05";
    char text[1024];
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %s, l2.value: %g}\nengine: {pin: false, audit.every: %u, %s}\n",
             optimizer, rate, fixture_l2(optimizer, 0.5), every, engine);
    return fixture_new(model, v, 6, 61, 9, text);
}

static const struct engine_ops *engine_of(const struct fixture *f)
{
    for (size_t k = 0; engine_table[k]; k++)
        if (strcmp(engine_table[k]->name, config_string(f->config, "engine.name")) == 0)
            return engine_table[k];
    return NULL;
}

static struct session *begin(struct fixture *f, const struct optimizer_ops *optimizer)
{
    struct error e = {0};
    struct session *s = session_new(f->config, engine_of(f), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

/* Whose bits are the same in every run. */
static const char *const deterministic[] = {
    "name: sequential",
    "name: asyngrad",
    "name: synchronous, threads: 3, policy: round-robin",
    "name: synchronous, threads: 3, policy: rounds",
    "name: synchronous, threads: 3, policy: minibatch, reduce: mean",
    "name: synchronous, threads: 3, policy: minibatch, reduce: sum",
    "name: simulated, workers: 7",
    "name: simulated, workers: 9, delay.law: geometric, delay.mean: 3",
    "name: simulated, workers: 5, delay.law: interleaved", /* the last: w does not rest */
};
enum { DETERMINISTIC = sizeof deterministic / sizeof *deterministic };

TEST(no_bit_depends_on_the_audit)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < DETERMINISTIC; c++) {
                const uint32_t every[] = {0, 1, 4};
                struct fixture *f[3];
                struct session *s[3];
                for (int k = 0; k < 3; k++) {
                    f[k] = world(model_table[m], variant_of(model_table[m], 6), optimizer_table[o]->name,
                                 deterministic[c], every[k]);
                    s[k] = begin(f[k], optimizer_table[o]);
                }
                for (int epoch = 0; epoch < 2; epoch++) {
                    double loss = session_epoch(s[0]);
                    CHECK(isfinite(loss) && session_epoch(s[1]) == loss && session_epoch(s[2]) == loss);
                }
                size_t bytes = f[0]->model->layout.size * sizeof(real);
                CHECK_MSG(memcmp(s[0]->w, s[1]->w, bytes) == 0 && memcmp(s[0]->w, s[2]->w, bytes) == 0,
                          "%s, %s, %s", model_table[m]->name, optimizer_table[o]->name, deterministic[c]);
                for (int k = 0; k < 3; k++) {
                    session_free(s[k]);
                    fixture_free(f[k]);
                }
            }
}

TEST(its_tickets_are_the_same_in_every_engine)
{
    for (size_t c = 0; c < DETERMINISTIC; c++) {
        struct fixture *f = world(model_table[0], variant_of(model_table[0], 0), "sgd", deterministic[c], 10),
                       *g = world(model_table[0], variant_of(model_table[0], 0), "sgd", deterministic[0], 10);
        struct session *s = begin(f, optimizer_table[0]), *truth = begin(g, optimizer_table[0]);
        uint64_t last = 0;
        for (int epoch = 0; epoch < 3; epoch++) {
            struct audit_count n;
            session_epoch(s);
            session_epoch(truth);
            audit_total(audit_of(s), &n);
            uint64_t mine = audit_of(s)->chosen[0], taken = 0;
            CHECK(s->nsamples == 61 && mine == audit_of(truth)->chosen[0] && mine != last);
            for (unsigned t = 0; t < 60; t += 10) { /* one of every ten; of the last one perhaps none */
                uint64_t ten = mine >> t & 1023;
                CHECK(ten && (ten & (ten - 1)) == 0);
            }
            for (size_t t = 0; t < 64; t++)
                taken += audit_takes(audit_of(s), t);
            CHECK(taken == 6 || (taken == 7 && audit_takes(audit_of(s), 60)));
            CHECK_INT(n.torn.gradients, taken);
            CHECK_INT(n.stale.gradients, taken);
            last = mine;
        }
        session_free(s);
        session_free(truth);
        fixture_free(f);
        fixture_free(g);
    }
}

static void check_exact(const struct audit_error *x, uint64_t gradients, const char *what)
{
    CHECK_INT(x->gradients, gradients);
    CHECK_MSG(x->error_sum == 0 && x->error_most == 0, "%s: %g", what, x->error_sum);
    CHECK_MSG(x->cosine_sum == (double)gradients && x->cosine_least == 1, "%s: cosine %.17g", what,
              x->cosine_least);
    for (uint32_t g = 0; g < LAYOUT_GROUPS; g++)
        CHECK(x->kind_sum[g] == 0);
}

/* Every gradient of two epochs is computed again from copied weights: not one bit of it is another. */
TEST(alone_no_gradient_is_wrong)
{
    static const char *const alone[] = {
        "name: sequential, accumulate: 3", /* not for optimizers that look back */
        "name: sequential",
        "name: asyngrad",
        "name: synchronous",
        "name: synchronous, policy: rounds",
        "name: synchronous, policy: minibatch",
        "name: simulated",
        "name: simulated, delay.law: interleaved"};
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t c = optimizer_table[o]->needs_seen; c < sizeof alone / sizeof *alone; c++) {
                    struct fixture *f = world(model_table[m], v, optimizer_table[o]->name, alone[c], 1);
                    struct session *s = begin(f, optimizer_table[o]);
                    real *optimum = fixture_weights(&f->model->layout, 1);
                    s->optimum = optimum;
                    for (int epoch = 0; epoch < 2; epoch++) {
                        struct audit_count n;
                        size_t before = alloc_count();
                        CHECK(isfinite(session_epoch(s)));
                        CHECK_INT(alloc_count(), before);
                        audit_total(audit_of(s), &n);
                        check_exact(&n.torn, s->nsamples, alone[c]);
                        check_exact(&n.stale, s->nsamples, alone[c]);
                        CHECK(n.tau_sum == 0 && n.tau_most == 0);
                    }
                    memory_free(optimum);
                    session_free(s);
                    fixture_free(f);
                }
}

/* w at rest from R to the end of G, and from R to W. */
TEST(weights_at_rest_make_no_gradient_wrong)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t c = 2; c < DETERMINISTIC - 1; c++) {
            struct fixture *f =
                world(model_table[m], variant_of(model_table[m], 6), "sgd", deterministic[c], 1);
            struct session *s = begin(f, optimizer_table[0]);
            struct audit_count n;
            session_epoch(s);
            session_epoch(s);
            audit_total(audit_of(s), &n);
            check_exact(&n.torn, s->nsamples, deterministic[c]);
            if (strstr(deterministic[c], "minibatch"))
                check_exact(&n.stale, s->nsamples, deterministic[c]);
            else
                CHECK_MSG(n.stale.error_sum > 0 && n.stale.cosine_least < 1, "%s: nothing is stale",
                          deterministic[c]);
            session_free(s);
            fixture_free(f);
        }
}

/* Blocks that are copied one by one, while others store, are not what they were when R began. */
TEST(what_is_copied_piece_by_piece_is_torn)
{
    for (size_t m = 0; model_table[m]; m++)
        for (uint32_t every = 1; every < 8; every += 6) {
            struct fixture *f = world(model_table[m], variant_of(model_table[m], 6), "sgd",
                                      deterministic[DETERMINISTIC - 1], every);
            struct session *s = begin(f, optimizer_table[0]);
            struct audit_count n;
            uint64_t read = 0;
            session_epoch(s);
            audit_total(audit_of(s), &n);
            for (uint32_t k = 0; k < s->nworkers; k++)
                read += fixture_counts(s, k)->read_overwrites;
            CHECK(read > s->nsamples / 4);
            CHECK_INT(n.torn.gradients, (s->nsamples + every - 1) / every);
            CHECK_INT(n.stale.gradients, n.torn.gradients);
            CHECK_MSG(n.stale.error_sum > 0, "%s: nothing is stale", f->model->ops->name);
            if (f->model->layout.nblocks > 1)
                CHECK_MSG(n.torn.error_sum > 0 && n.torn.cosine_least < 1, "%s: nothing is torn",
                          f->model->ops->name);
            else
                CHECK(n.torn.error_sum == 0); /* one block is one copy */
            session_free(s);
            fixture_free(f);
        }
}

/* ---- figures by whole vectors */

/* The gradient of a sample as a vector, in double. */
static double *whole(const struct session *s, const struct weights *view, size_t ticket)
{
    const struct layout *l = &s->model->layout;
    struct worker *k = s->worker[0];
    double *g = memory_new(l->size, sizeof *g);
    fixture_gradient(s, k, view, ticket);
    for (size_t b = 0; b < k->gradient.count; b++) {
        const struct bundle *x = &k->gradient.bundle[b];
        const struct group *group = &l->group[x->group];
        size_t n = layout_block(group);
        for (uint32_t j = 0; j < x->count; j++)
            for (size_t i = 0; i < n; i++)
                g[group->offset + x->id[j] * n + i] += (double)x->row[i];
    }
    return g;
}

struct truth {
    double error_sum, error_most, cosine_sum, cosine_least, tau_sum, tau_most, tau_signed, norm_most,
        square_sum;
    double kind[LAYOUT_GROUPS];
};

static double ratio(double d, double f)
{
    return f > 0 ? sqrt(d / f) : d > 0;
}

/* s against f at the weights of `view`. */
static void weigh(struct truth *t, const struct layout *l, const double *s, const double *f,
                  const struct weights *view, const real *optimum)
{
    double ss = 0, ff = 0, sf = 0, dd = 0, tau = 0;
    for (uint32_t g = 0; g < l->ngroups; g++) {
        const struct group *group = &l->group[g];
        double d = 0, square = 0;
        for (size_t i = group->offset; i < group->offset + group->count * layout_block(group); i++) {
            d += (s[i] - f[i]) * (s[i] - f[i]);
            square += f[i] * f[i];
            ss += s[i] * s[i];
            sf += s[i] * f[i];
            tau += (f[i] - s[i]) * ((double)view->scale * (double)view->w[i] - (double)optimum[i]);
        }
        t->kind[g] += ratio(d, square);
        ff += square;
        dd += d;
    }
    double cosine = ss > 0 && ff > 0 ? sf / sqrt(ss * ff) : dd == 0;
    t->error_sum += ratio(dd, ff);
    t->error_most = fmax(t->error_most, ratio(dd, ff));
    t->cosine_sum += cosine;
    t->cosine_least = fmin(t->cosine_least, cosine);
    t->tau_sum += fabs(tau);
    t->tau_most = fmax(t->tau_most, fabs(tau));
    t->tau_signed += tau;
    t->norm_most = fmax(t->norm_most, sqrt(ss));
    t->square_sum += ss;
}

static void check_figure(double got, double want, double size, const char *what, const char *who)
{
    double tolerance = (sizeof(real) == 8 ? 1e-9 : 1e-4) * size;
    CHECK_MSG(fabs(got - want) <= tolerance, "%s: %s is %.9g, wanted %.9g", who, what, got, want);
}

/* Engine simulated with a constant delay, and the weights before every step kept: sample t is read at step t - d. */
TEST(its_figures_are_those_of_whole_vectors)
{
    enum { DELAY = 5 };
    struct model_variant less = *variant_of(model_table[0], 6);
    less.name = "negligible"; /* s has bundles that grad f has not, and the reverse */
    less.lines = "rich_edges: seen\n  rich_threshold: 3\n  negligible: 0.5";
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v; v = v == &less || m ? NULL
                                                                              : v[1].name     ? v + 1
                                                                                              : &less) {
            struct fixture *f = world(model_table[m], v, "sgd",
                                      "name: simulated, workers: 6, delay.law: constant, delay.mean: 5", 1);
            struct session *s = begin(f, optimizer_table[0]);
            const struct layout *l = &f->model->layout;
            size_t N = s->nsamples, stride = (l->size + 15) / 16 * 16;
            real *kept = memory_lines((N + 1) * stride, sizeof *kept), *optimum = fixture_weights(l, 1);
            struct audit_count n;
            s->optimum = optimum;
            session_epoch(s);
            audit_total(audit_of(s), &n);
            fixture_begin(f->model, s->seed, kept);
            struct truth truth = {.cosine_least = 1};
            for (size_t t = 0; t < N; t++) {
                size_t at = t >= DELAY ? t - DELAY : t;
                struct weights then = {.w = kept + at * stride, .scale = s->schedule.read[at]},
                               now = {.w = kept + t * stride, .scale = s->schedule.read[t]};
                double *right = whole(s, &now, t), *used = whole(s, &then, t);
                weigh(&truth, l, used, right, &now, optimum);
                memcpy(kept + (t + 1) * stride, kept + t * stride, l->size * sizeof *kept);
                struct step step = {
                    .bundles = &s->worker[0]->gradient, .length = s->schedule.write[t], .number = t};
                s->optimizer->ops->step(s->optimizer, kept + (t + 1) * stride, &step);
                memory_free(right);
                memory_free(used);
            }
            CHECK(memcmp(kept + N * stride, s->w, l->size * sizeof *kept) ==
                  0); /* these are the weights it had */
            check_exact(&n.torn, N, v->name);
            check_figure(n.stale.error_sum, truth.error_sum, truth.error_sum, "error", v->name);
            check_figure(n.stale.error_most, truth.error_most, truth.error_most, "largest error", v->name);
            check_figure(n.stale.cosine_sum, truth.cosine_sum, truth.cosine_sum, "cosine", v->name);
            check_figure(n.stale.cosine_least, truth.cosine_least, 1, "least cosine", v->name);
            check_figure(n.tau_sum, truth.tau_sum, truth.tau_sum, "tau", v->name);
            check_figure(n.tau_most, truth.tau_most, truth.tau_most, "largest tau", v->name);
            check_figure(n.tau_signed, truth.tau_signed, truth.tau_sum, "signed tau", v->name);
            check_figure(n.norm_most, truth.norm_most, truth.norm_most, "largest norm", v->name);
            check_figure(n.square_sum, truth.square_sum, truth.square_sum, "squared norms", v->name);
            double distance = 0, S = s->schedule.scale;
            for (size_t i = 0; i < l->size; i++)
                distance += pow(S * (double)s->w[i] - (double)optimum[i], 2);
            check_figure(audit_distance(audit_of(s)), distance, distance, "distance", v->name);
            for (uint32_t g = 0; g < l->ngroups; g++)
                check_figure(n.stale.kind_sum[g], truth.kind[g], truth.kind[g], l->group[g].name, v->name);
            CHECK(truth.error_sum > 0.01 && truth.tau_sum > 0.01);
            memory_free(optimum);
            memory_free(kept);
            session_free(s);
            fixture_free(f);
        }
}

/* An epoch by hand begins. */
static void again(struct session *s)
{
    tracker_reset(tracker_of(s));
    audit_plan(audit_of(s), 3, 0);
}

/* By hand, on one weight. x = 4 draws one-token samples to a = -1, -1/3, 1/3, 1, so the gradient is x - a. Worker 1
 * reads and writes while worker 0 has read and not written: s = 4 - a, grad f = x' - a with x' = 4 - 0.02 (4 - a'),
 * and tau = (x' - 4) (x' - x*). */
TEST(one_weight_by_hand)
{
    char text[] = "optimizer: {name: sgd, rate: 0.02, l2.value: 0, schedule: constant}\n"
                  "engine: {name: asyngrad, threads: 2, pin: false, audit.every: 1}\n";
    struct fixture *f = fixture_new(&quadratic_ops, variant_of(&quadratic_ops, 0), 4, 30, 1, text);
    struct session *s = begin(f, optimizer_table[0]);
    const real optimum[64] = {0.5};
    struct worker *k = s->worker[0], *other = s->worker[1];
    struct audit_count n;
    s->optimum = optimum;
    session_epoch(s);
    s->w[0] = 4;
    again(s);
    const struct example *mine = session_take_at(s, k, 7), *his = session_take_at(s, other, 9);
    worker_read(k, s);
    worker_gradient(k, s, mine);
    worker_read(other, s);
    worker_gradient(other, s, his);
    worker_write(other, s, &other->gradient, write_at(other->ticket));
    worker_write(k, s, &k->gradient, write_at(k->ticket));
    audit_total(audit_of(s), &n);
    double a = 2.0 * mine->y[0] / 3 - 1, b = 2.0 * his->y[0] / 3 - 1, x = 4 - 0.02 * (4 - b);
    CHECK_INT(n.torn.gradients, 2);
    CHECK(n.torn.error_sum == 0 && n.torn.cosine_sum == 2);
    CHECK_NEAR(n.stale.error_sum, (4 - x) / (x - a), 1e-5);
    CHECK_NEAR(n.stale.error_most, (4 - x) / (x - a), 1e-5);
    CHECK(n.stale.cosine_sum == 2 && n.stale.kind_gradients[0] == 2);
    CHECK_NEAR(n.tau_sum, (4 - x) * (x - 0.5), 1e-5);
    CHECK_NEAR(n.tau_signed, -(4 - x) * (x - 0.5),
               1e-5); /* the error helps: a step from further away is longer */
    CHECK_NEAR(n.norm_most, 4 - (a < b ? a : b), 1e-5);
    CHECK_NEAR(n.square_sum, (4 - a) * (4 - a) + (4 - b) * (4 - b), 1e-4);
    CHECK_NEAR(audit_distance(audit_of(s)), (s->w[0] - 0.5) * (s->w[0] - 0.5), 1e-5);
    CHECK_INT(audit_of(s)->count[0].stale.gradients, 1);
    CHECK(audit_of(s)->count[1].stale.error_sum == 0);
    /* and one whose read is torn: the other writes after R, before G */
    s->w[0] = 4;
    again(s);
    worker_read(k, s);
    worker_read(other, s);
    worker_gradient(other, s, his);
    worker_write(other, s, &other->gradient, write_at(other->ticket));
    worker_gradient(k, s, mine);
    worker_write(k, s, &k->gradient, write_at(k->ticket));
    audit_total(audit_of(s), &n);
    CHECK_NEAR(n.torn.error_sum, (4 - x) / (4 - a), 1e-5);
    CHECK(n.stale.error_sum == 0 && n.tau_sum == 0);
    /* the other way round: past the optimum of the sample, the gradient that was used points back */
    s->w[0] = 4;
    again(s);
    worker_read(k, s);
    worker_gradient(k, s, mine);
    s->w[0] = (real)a; /* grad f is 0, s is not */
    worker_write(k, s, &k->gradient, write_at(k->ticket));
    s->w[0] = 4;
    worker_read(k, s);
    worker_gradient(k, s, mine);
    s->w[0] = (real)(2 * a - 4);
    worker_write(k, s, &k->gradient, write_at(k->ticket));
    audit_total(audit_of(s), &n);
    CHECK(audit_of(s)->count[0].stale.error_sum >= 3 - 1e-5 &&
          audit_of(s)->count[0].stale.error_sum <= 3 + 1e-5);
    CHECK(n.stale.cosine_least < -0.999999);
    CHECK_NEAR(n.stale.cosine_sum, -1, 1e-6);
    session_free(s);
    fixture_free(f);
}

/* Blocks that a worker writes in private are no others' business: with all of them combined nothing is stale, whoever
 * writes in between; with none, it is. */
TEST(combined_blocks_are_the_workers_own)
{
    for (int combined = 0; combined < 2; combined++) {
        char engine[128];
        snprintf(engine, sizeof engine,
                 "name: asyngrad, threads: 2, combine: {mode: %s, blocks: 100000, every: 1000000}",
                 combined ? "fixed" : "none");
        struct fixture *f = world(model_table[0], variant_of(model_table[0], 6), "sgd", engine, 1);
        struct session *s = begin(f, optimizer_table[0]);
        struct worker *k = s->worker[0], *other = s->worker[1];
        struct audit_count n;
        session_epoch(s); /* plans what is needed */
        again(s);
        worker_begin(k, s);
        worker_begin(other, s);
        for (size_t t = 0; t + 1 < s->nsamples; t += 2) {
            const struct example *mine = session_take_at(s, k, t);
            worker_read(k, s);
            worker_gradient(k, s, mine);
            const struct example *his = session_take_at(s, other, t + 1);
            worker_read(other, s);
            worker_gradient(other, s, his);
            worker_write(other, s, &other->gradient, write_at(other->ticket));
            worker_write(k, s, &k->gradient, write_at(k->ticket));
        }
        worker_end(k, s);
        worker_end(other, s);
        audit_total(audit_of(s), &n);
        check_exact(&n.torn, 60, engine);
        CHECK_INT(n.stale.gradients, 60);
        CHECK_MSG(combined ? n.stale.error_sum == 0 : n.stale.error_sum > 0.1, "%s: %g", engine,
                  n.stale.error_sum);
        session_free(s);
        fixture_free(f);
    }
}

/* With real threads figures are what they are; every sample is counted, and nothing is in another's way. */
TEST(threads_audit_all_they_take)
{
    static const char *const engines[] = {
        "name: asyngrad, threads: 4",
        "name: asyngrad, threads: 4, combine: {mode: fixed, blocks: 10, every: 4}",
        "name: asyngrad, threads: 4, accumulate: 3"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < (optimizer_table[o]->needs_seen ? 1 : 3); c++) {
                struct fixture *f = world(model_table[m], variant_of(model_table[m], 6),
                                          optimizer_table[o]->name, engines[c], 1);
                struct session *s = begin(f, optimizer_table[o]);
                for (int epoch = 0; epoch < 3; epoch++) {
                    struct audit_count n;
                    session_epoch(s);
                    audit_total(audit_of(s), &n);
                    CHECK_INT(n.torn.gradients, s->nsamples);
                    CHECK_INT(n.stale.gradients, s->nsamples);
                    CHECK(isfinite(n.torn.error_sum) && isfinite(n.stale.error_sum));
                    CHECK(n.stale.cosine_sum <= (double)s->nsamples && n.stale.cosine_least >= -1);
                    for (uint32_t k = 0; k < 4; k++)
                        CHECK_INT(audit_of(s)->count[k].stale.gradients, fixture_counts(s, k)->gradients);
                }
                session_free(s);
                fixture_free(f);
            }
}

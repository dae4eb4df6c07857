/* SPDX-License-Identifier: MIT
 *
 * Delay compensation: bit for bit the base optimizer where there is no delay, or lambda0 is 0; else the paper's
 * recursion, done here in double on dense vectors, with plain decay and none of the program's bookkeeping.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

extern const struct optimizer_ops dc_c_ops, dc_a_ops, sgd_ops, momentum_ops;

static const struct base {
    const struct optimizer_ops *ops;
    const char *keys; /* of the base optimizer, alone and within */
} bases[] = {{&sgd_ops, ""}, {&momentum_ops, ", momentum: 0.8"}};

static const struct compensation {
    const struct optimizer_ops *ops;
    const char *keys;
} compensations[] = {
    {&dc_c_ops, ""}, {&dc_a_ops, ""}, {&dc_a_ops, ", mean_square: worker, mean_square_decay: 0.5"}};

static double lambda0_for(const struct model_ops *model, const struct compensation *optimizer, double lambda0)
{
    return !variant_of(model, 0)->probabilities && optimizer->ops == &dc_c_ops ? lambda0 / 50 : lambda0;
}

struct world {
    struct fixture *f;
    struct session *s;
};

/* `keys`: of the optimizer; `engine`: name and keys. */
static struct world begin(const struct model_ops *model, const struct model_variant *v,
                          const struct optimizer_ops *optimizer, const char *keys, const char *engine)
{
    char text[512], name[32];
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, l2.value: 0.5%s}\nengine: {pin: false, name: %s}\n",
             optimizer->name, fixture_rate(model), keys, engine);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(engine, ","), engine);
    struct world a = {.f = fixture_new(model, v, 6, 50, 9, text)};
    for (size_t k = 0; engine_table[k]; k++)
        if (strcmp(engine_table[k]->name, name) == 0)
            a.s = session_new(a.f->config, engine_table[k], optimizer, a.f->model, a.f->data, 3, &e);
    CHECK_MSG(a.s != NULL, "%s: %s", engine, e.text);
    return a;
}

static void end(struct world a)
{
    session_free(a.s);
    fixture_free(a.f);
}

static real *train(const struct model_ops *model, const struct model_variant *v,
                   const struct optimizer_ops *optimizer, const char *keys, const char *engine, size_t *bytes)
{
    struct world a = begin(model, v, optimizer, keys, engine);
    for (int epoch = 0; epoch < 2; epoch++)
        CHECK(isfinite(session_epoch(a.s)));
    *bytes = a.f->model->layout.size * sizeof(real);
    real *w = memcpy(memory_new(1, *bytes), a.s->w, *bytes);
    end(a);
    return w;
}

/* How many runs with a compensating optimizer give other bits than its base optimizer with engine `plain`; each of
 * `runs`. */
static size_t differ(const char *engine, const char *plain, double lambda0, size_t *runs)
{
    size_t others = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t b = 0; b < COUNT(bases); b++) {
                size_t n, bytes;
                real *truth = train(model_table[m], v, bases[b].ops, bases[b].keys, plain, &bytes);
                for (size_t r = 0; r < COUNT(compensations); r++, ++*runs) {
                    char keys[128];
                    snprintf(keys, sizeof keys, ", base: %s%s, lambda0: %g%s", bases[b].ops->name,
                             bases[b].keys, lambda0_for(model_table[m], &compensations[r], lambda0),
                             compensations[r].keys);
                    real *w = train(model_table[m], v, compensations[r].ops, keys, engine, &n);
                    others += memcmp(w, truth, bytes) != 0;
                    memory_free(w);
                }
                memory_free(truth);
            }
    return others;
}

#define MINIBATCH "synchronous, threads: 3, policy: minibatch, reduce: "

static const char *const delayed[] = {"simulated, workers: 4",
                                      "simulated, workers: 9, delay.law: geometric, delay.mean: 3",
                                      "synchronous, threads: 3", "synchronous, threads: 3, policy: rounds"};
static const char *const undelayed[] = {"sequential",
                                        "asyngrad",
                                        "simulated, workers: 8, delay.law: constant, delay.mean: 0",
                                        "synchronous, policy: minibatch",
                                        MINIBATCH "mean",
                                        MINIBATCH "sum"};

TEST(lambda_0_is_the_base_rule)
{
    size_t runs = 0;
    for (size_t e = 0; e < COUNT(delayed); e++)
        CHECK_MSG(differ(delayed[e], delayed[e], 0, &runs) == 0, "%s", delayed[e]);
    for (size_t e = 0; e < COUNT(undelayed); e++)
        CHECK_MSG(differ(undelayed[e], undelayed[e], 0, &runs) == 0, "%s", undelayed[e]);
    CHECK(runs > 500);
}

TEST(without_delay_it_is_the_base_rule)
{
    size_t runs = 0;
    for (size_t e = 0; e < COUNT(undelayed); e++)
        CHECK_MSG(differ(undelayed[e], undelayed[e], 50, &runs) == 0, "%s", undelayed[e]);
    CHECK_INT(differ("synchronous, policy: minibatch, reduce: compensate", "sequential", 50, &runs), 0);
    /* and where there is some, it is not */
    for (size_t e = 0; e < COUNT(delayed); e++) {
        runs = 0;
        size_t others = differ(delayed[e], delayed[e], .05, &runs);
        CHECK_INT(others, runs);
    }
}

/* The recursion in double: x counts, all of it decays at every step, and state moves where the gradient is. */
struct dense {
    double *x, *m, *v; /* [size]; v [nworkers][size] */
    double *g; /* [nworkers][size] */
    bool *touched; /* [nworkers][size] */
};

struct truth {
    struct world a;
    double lambda0, mu, keep; /* mu 0: sgd; keep < 0: dc-c */
    bool each;
    struct dense d;
    real *view; /* [size] */
    struct coalescer *sum;
};

static struct truth truth_new(struct world a, size_t base, size_t optimizer, double lambda0)
{
    size_t size = a.f->model->layout.size, k = a.s->nworkers;
    struct truth t = {.a = a,
                      .lambda0 = lambda0,
                      .mu = base ? 0.8 : 0,
                      .keep = optimizer == 0   ? -1
                              : optimizer == 1 ? 0.95
                                               : 0.5,
                      .each = optimizer == 2};
    t.d = (struct dense){memory_new(size, sizeof(double)), memory_new(size, sizeof(double)),
                         memory_new(k * size, sizeof(double)), memory_new(k * size, sizeof(double)),
                         memory_new(k * size, sizeof(bool))};
    t.view = memory_lines(size, sizeof *t.view);
    t.sum = coalescer_new(&a.f->model->layout);
    real *start = fixture_start(a.f->model, a.s->seed);
    for (size_t i = 0; i < size; i++)
        t.d.x[i] = (double)start[i];
    memory_free(start);
    return t;
}

static void truth_free(struct truth *t)
{
    memory_free(t->d.x);
    memory_free(t->d.m);
    memory_free(t->d.v);
    memory_free(t->d.g);
    memory_free(t->d.touched);
    memory_free(t->view);
    coalescer_free(t->sum);
    end(t->a);
}

/* The gradient of a ticket's sample at x, as worker k's; its norm squared. */
static double gradient(struct truth *t, size_t ticket, const double *x, size_t k)
{
    struct session *s = t->a.s;
    const struct layout *l = &s->model->layout;
    double norm2 = 0, *g = t->d.g + k * l->size;
    bool *touched = t->d.touched + k * l->size;
    struct worker *own = s->worker[0]; /* its memory, between epochs */
    struct weights view = {.w = t->view, .scale = 1};
    for (size_t i = 0; i < l->size; i++)
        t->view[i] = (real)x[i];
    memset(g, 0, l->size * sizeof *g);
    memset(touched, 0, l->size * sizeof *touched);
    fixture_gradient(s, own, &view, ticket);
    const struct gradient *sum = coalescer_sum(t->sum, &own->gradient);
    for (size_t j = 0; j < sum->count; j++) {
        const struct bundle *b = &sum->bundle[j];
        const struct group *group = &l->group[b->group];
        size_t at = group->offset + b->id[0] * layout_block(group);
        for (size_t i = 0; i < layout_block(group); i++) {
            g[at + i] = (double)b->row[i];
            touched[at + i] = true;
            norm2 += g[at + i] * g[at + i];
        }
    }
    return norm2;
}

/* Step number n of the run with the gradient that worker k has, computed at x_bak. */
static void write(struct truth *t, uint64_t n, size_t k, const double *x_bak)
{
    struct session *s = t->a.s;
    size_t size = s->model->layout.size, N = s->nsamples;
    double gamma = fixture_rate(s->model->ops) * pow(0.94, (double)n / (double)N), *x = t->d.x;
    const double *g = t->d.g + k * size;
    double *v = t->d.v + (t->each ? k : 0) * size;
    for (size_t i = 0; i < size; i++) {
        double step = 0;
        if (t->d.touched[k * size + i]) {
            double lambda = t->lambda0;
            if (t->keep >= 0) {
                v[i] = t->keep * v[i] + (1 - t->keep) * g[i] * g[i];
                lambda /= sqrt(v[i] + 1e-7);
            }
            t->d.m[i] = t->mu * t->d.m[i] + g[i] + lambda * g[i] * g[i] * (x[i] - x_bak[i]);
            step = gamma * t->d.m[i];
        }
        x[i] = (1 - gamma * 0.5 / (double)N) * x[i] - step;
    }
}

/* How far the session's weights are from those of the recursion, as a share of the largest. */
static double distance(const struct truth *t, const double *x)
{
    double far = 0, most = 0;
    struct weights w = session_weights(t->a.s);
    for (size_t i = 0; i < t->a.f->model->layout.size; i++) {
        far = fmax(far, fabs((double)w.scale * (double)w.w[i] - x[i]));
        most = fmax(most, fabs(x[i]));
    }
    return far / most;
}

static const double close = sizeof(real) == 8 ? 1e-11 : 1e-4;

/* Workers take turns, each with a delay of `d`: the epoch just run. */
static void run_turns(struct truth *t, size_t d, double *kept)
{
    size_t size = t->a.f->model->layout.size, N = t->a.s->nsamples;
    uint64_t before = t->a.s->schedule.done - N;
    for (size_t n = 0; n < N; n++) {
        memcpy(kept + n * size, t->d.x, size * sizeof *kept);
        const double *x_bak = kept + (n > d ? n - d : 0) * size;
        gradient(t, n, x_bak, n % (d + 1));
        write(t, before + n, n % (d + 1), x_bak);
    }
}

/* DC-SSGD: the gradients of a round, all at its beginning, the smaller first. */
static void run_rounds(struct truth *t, size_t k, double *kept)
{
    size_t size = t->a.f->model->layout.size, N = t->a.s->nsamples;
    uint64_t before = t->a.s->schedule.done - N;
    for (size_t first = 0; first < N; first += k) {
        size_t n = N - first < k ? N - first : k;
        double norm2[8];
        memcpy(kept, t->d.x, size * sizeof *kept);
        for (size_t j = 0; j < n; j++)
            norm2[j] = gradient(t, first + j, kept, j);
        for (size_t p = 0; p < n; p++) {
            size_t least = 0;
            for (size_t j = 1; j < n; j++)
                least = norm2[j] < norm2[least] ? j : least;
            norm2[least] = INFINITY;
            write(t, before + first + p, least, kept);
        }
    }
}

/* Two epochs of `engine` with `workers` and each optimizer, against the recursion that `run` makes. */
static void against(const char *engine, size_t workers,
                    void (*run)(struct truth *t, size_t workers, double *kept), size_t parameter)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t c = 0; c < 2 * COUNT(bases) * COUNT(compensations); c++) {
                size_t b = c % COUNT(bases), r = c / COUNT(bases) % COUNT(compensations);
                /* The same labels in another order: gradients that are equal but for rounding, so which of them goes
                 * first is chance, and here their workers' mean squares would differ. */
                if (run == run_rounds && !variant_of(model_table[m], 0)->probabilities && r == 2)
                    continue;
                double lambda0 = lambda0_for(model_table[m], &compensations[r],
                                             c < COUNT(bases) * COUNT(compensations) ? 0.3 : 0);
                char keys[128];
                snprintf(keys, sizeof keys, ", base: %s%s, lambda0: %g%s", bases[b].ops->name, bases[b].keys,
                         lambda0, compensations[r].keys);
                struct truth t =
                    truth_new(begin(model_table[m], v, compensations[r].ops, keys, engine), b, r, lambda0);
                CHECK_INT(t.a.s->nworkers, workers);
                size_t size = t.a.f->model->layout.size;
                double *kept = memory_new((t.a.s->nsamples + 1) * size, sizeof *kept);
                for (int epoch = 0; epoch < 2; epoch++) {
                    session_epoch(t.a.s);
                    run(&t, parameter, kept);
                    double far = distance(&t, t.d.x);
                    CHECK_MSG(far < close, "%s, %s, %s %s, %s, epoch %d: off by %g", model_table[m]->name,
                              v->name, compensations[r].ops->name, keys, engine, epoch, far);
                }
                memory_free(kept);
                truth_free(&t);
            }
}

TEST(with_constant_delay_it_is_the_papers_recursion)
{
    against("simulated, workers: 2", 2, run_turns, 1);
    against("simulated, workers: 6", 6, run_turns, 5);
}

TEST(dc_ssgd_compensates_one_after_another)
{
    against("synchronous, threads: 2, policy: minibatch, reduce: compensate", 2, run_rounds, 2);
    against(MINIBATCH "compensate", 3, run_rounds, 3);
    against("synchronous, threads: 7, policy: minibatch, reduce: compensate", 7, run_rounds, 7);
}

/* Whatever the threads did, the same bits; each of a round waits for those before it, and none is in error. */
TEST(dc_ssgd_gives_the_same_bits_again)
{
    size_t n, bytes;
    const char *keys = ", lambda0: 3, mean_square: worker, base: momentum", *engine = MINIBATCH "compensate";
    real *first = train(model_table[0], variant_of(model_table[0], 6), &dc_a_ops, keys, engine, &bytes);
    for (int round = 0; round < 10; round++) {
        real *again = train(model_table[0], variant_of(model_table[0], 6), &dc_a_ops, keys, engine, &n);
        CHECK(memcmp(first, again, bytes) == 0);
        memory_free(again);
    }
    memory_free(first);
    struct world a = begin(model_table[0], variant_of(model_table[0], 6), &dc_a_ops, keys, engine);
    session_epoch(a.s);
    uint64_t gradients = 0, errors = 0, delay = 0;
    for (uint32_t k = 0; k < a.s->nworkers; k++) {
        const struct gradient_counts *c = fixture_counts(a.s, k);
        gradients += c->gradients;
        errors += c->errors;
        delay += c->delay_sum;
    }
    CHECK_INT(gradients, 50);
    CHECK_INT(errors, 0);
    CHECK_INT(delay, 16 * (0 + 1 + 2) + 0 + 1); /* 16 rounds of 3, and one of 2 */
    end(a);
}

/* A calibration's trial is sequential, so it is that of the base optimizer. */
TEST(a_trial_is_the_base_rules)
{
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t r = 0; r < COUNT(compensations); r++) {
            char keys[128];
            snprintf(keys, sizeof keys, ", base: %s%s, lambda0: 9%s", bases[b].ops->name, bases[b].keys,
                     compensations[r].keys);
            struct world a = begin(model_table[0], variant_of(model_table[0], 2), compensations[r].ops, keys,
                                   delayed[0]),
                         t = begin(model_table[0], variant_of(model_table[0], 2), bases[b].ops, bases[b].keys,
                                   delayed[0]);
            struct session *s = session_trial(a.s, a.f->config, a.f->data, 0.2),
                           *truth = session_trial(t.s, t.f->config, t.f->data, 0.2);
            for (int epoch = 0; epoch < 2; epoch++)
                CHECK(session_epoch(s) == session_epoch(truth));
            CHECK(memcmp(s->w, truth->w, a.f->model->layout.size * sizeof(real)) == 0);
            session_free(s);
            session_free(truth);
            end(a);
            end(t);
        }
}

/* Threads that race learn all the same. How late gradients are is the machine's to say, and momentum goes on where
 * they led, so it is mild here, and so is the compensation: published strengths may overshoot in a CRF. */
TEST(threads_compensate)
{
    for (size_t r = 0; r < COUNT(compensations); r++) {
        char keys[128];
        snprintf(keys, sizeof keys, ", base: %s%s, lambda0: 0.04%s", bases[r % 2].ops->name,
                 r % 2 ? ", momentum: 0.3" : "", compensations[r].keys);
        struct world a = begin(model_table[0], variant_of(model_table[0], 6), compensations[r].ops, keys,
                               "asyngrad, threads: 4");
        double first = session_epoch(a.s), last = first;
        for (int epoch = 0; epoch < 5; epoch++)
            last = session_epoch(a.s);
        CHECK_MSG(last < 0.8 * first, "%s%s: loss %g after %g", compensations[r].ops->name, keys, last,
                  first);
        end(a);
    }
}

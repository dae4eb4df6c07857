/* SPDX-License-Identifier: MIT
 *
 * Engine simulated: without delay it is sequential; with a constant delay it is the recursion, bit for bit; its laws
 * draw what they say; and on models/quadratic.c it meets theory.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "lib/theory/sdde.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops simulated_ops, sequential_ops;
extern const struct model_ops quadratic_ops;

static struct fixture *world(const struct model_ops *model, const struct model_variant *v,
                             const char *optimizer, const char *engine, unsigned sentences)
{
    char text[8192];
    snprintf(text, sizeof text,
             "optimizer: {%s}\nengine: {name: simulated, sampling: uniform, pin: false, %s}\n", optimizer,
             engine);
    return fixture_new(model, v, 2, sentences, 9, text);
}

static struct session *begin(struct fixture *f, const struct engine_ops *engine,
                             const struct optimizer_ops *optimizer)
{
    struct error e = {0};
    struct session *s = session_new(f->config, engine, optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

static struct gradient_counts total(const struct session *s)
{
    struct gradient_counts sum = {0};
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct gradient_counts *n = fixture_counts(s, k);
        sum.gradients += n->gradients;
        sum.errors += n->errors + n->read_overwrites + n->write_overwrites;
        sum.delay_sum += n->delay_sum;
        sum.delay_max = n->delay_max > sum.delay_max ? n->delay_max : sum.delay_max;
    }
    return sum;
}

TEST(no_delay_is_sequential)
{
    static const char *const engines[] = {"workers: 1", "workers: 1, delay.law: constant, delay.mean: 0",
                                          "workers: 40, delay.law: constant, delay.mean: 0",
                                          "workers: 3, delay.law: geometric, delay.mean: 0",
                                          "workers: 1024, delay.law: uniform, delay.mean: 0"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < sizeof engines / sizeof *engines; c++) {
                char optimizer[64];
                snprintf(optimizer, sizeof optimizer, "name: %s, rate: 0.1, l2.value: %g",
                         optimizer_table[o]->name, fixture_l2(optimizer_table[o]->name, 0.5));
                struct fixture *f =
                    world(model_table[m], variant_of(model_table[m], 2), optimizer, engines[c], 30);
                struct session *s = begin(f, &simulated_ops, optimizer_table[o]),
                               *truth = begin(f, &sequential_ops, optimizer_table[o]);
                for (int epoch = 0; epoch < 3; epoch++) {
                    CHECK(fabs(session_epoch(s) / session_epoch(truth) - 1) < 1e-9);
                    CHECK(total(s).gradients == s->nsamples && total(s).delay_sum == 0 &&
                          total(s).errors == 0);
                }
                CHECK_MSG(memcmp(s->w, truth->w, f->model->layout.size * sizeof(real)) == 0, "%s, %s, %s",
                          f->model->ops->name, optimizer, engines[c]);
                session_free(s);
                session_free(truth);
                fixture_free(f);
            }
}

/* Step t with the gradient of its sample at the weights before step t - delay, which are all kept here. */
TEST(a_constant_delay_is_the_recursion)
{
    static const uint32_t delays[] = {1, 2, 7, 39, 100};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t c = 0; c < sizeof delays / sizeof *delays; c++)
            for (int turns = 0; turns < 2; turns++) {
                char engine[96];
                uint32_t d = delays[c];
                snprintf(engine, sizeof engine,
                         turns ? "workers: %u" : "workers: %u, delay.law: constant, delay.mean: %u", d + 1,
                         d);
                struct fixture *f = world(model_table[m], variant_of(model_table[m], 2),
                                          "rate: 0.02, l2.value: 0.5", engine, 60);
                struct session *s = begin(f, &simulated_ops, optimizer_table[0]);
                size_t size = f->model->layout.size, N = s->nsamples, allocated = alloc_count();
                session_epoch(s);
                CHECK_INT(alloc_count(), allocated);
                size_t stride = (size + 15) / 16 * 16; /* whole cache lines */
                real *kept = memory_lines((N + 1) * stride, sizeof *kept);
                struct worker *k = s->worker[0];
                uint64_t delay = 0;
                real *start = fixture_start(f->model, s->seed);
                memcpy(kept, start, size * sizeof *kept);
                memory_free(start);
                for (size_t t = 0; t < N; t++) {
                    size_t at = t >= d ? t - d : turns ? 0 : t;
                    struct weights view = {.w = kept + at * stride, .scale = s->schedule.read[at]};
                    fixture_gradient(s, k, &view, t);
                    memcpy(kept + (t + 1) * stride, kept + t * stride, size * sizeof *kept);
                    struct step step = {.bundles = &k->gradient, .length = s->schedule.write[t], .number = t};
                    s->optimizer->ops->step(s->optimizer, kept + (t + 1) * stride, &step);
                    delay += t - at;
                }
                CHECK_MSG(memcmp(kept + N * stride, s->w, size * sizeof *kept) == 0, "%s, %s",
                          f->model->ops->name, engine);
                CHECK_INT(total(s).delay_sum, delay);
                CHECK_INT(total(s).delay_max, turns ? (d < N ? d : N - 1) : d < N ? d : 0);
                CHECK_INT(total(s).gradients, N);
                CHECK_INT(total(s).errors, 0);
                memory_free(kept);
                session_free(s);
                fixture_free(f);
            }
}

/* Many samples that are cheap: one token each, labels 0 and 1 in turn, or 0 alone. */
struct plenty {
    struct fixture *f;
    struct example *own;
    struct session *s;
    uint32_t y[2];
};

static struct plenty *plenty_new(const char *engine, size_t N, bool both)
{
    struct plenty *p = memory_new(1, sizeof *p);
    p->f = world(&quadratic_ops, variant_of(&quadratic_ops, 0), "rate: 0.01, decay: 1", engine, 5);
    p->y[1] = both;
    p->own = p->f->data->example;
    p->f->data->example = memory_new(N, sizeof *p->own);
    for (size_t k = 0; k < N; k++) {
        p->f->data->example[k] = p->own[0];
        p->f->data->example[k].n = 1;
        p->f->data->example[k].y = &p->y[k % 2];
    }
    p->f->data->count = N;
    p->s = begin(p->f, &simulated_ops, optimizer_table[0]);
    return p;
}

/* The weight after one epoch from 4. */
static double plenty_run(struct plenty *p, uint64_t seed)
{
    p->s->seed = seed;
    p->s->w[0] = 4;
    session_epoch(p->s);
    return (double)p->s->w[0];
}

static void plenty_free(struct plenty *p)
{
    session_free(p->s);
    memory_free(p->f->data->example);
    p->f->data->example = p->own;
    fixture_free(p->f);
    memory_free(p);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

/* With workers enough, the delays have the law's mean, and its largest value. */
TEST(laws_draw_what_they_say)
{
    const struct {
        const char *law;
        double mean, most; /* 0: any */
    } rows[] = {{"law: uniform, mean: 10", 10, 20},
                {"law: uniform, mean: 2.5", 2.5, 5},
                {"law: geometric, mean: 10", 10, 0},
                {"law: geometric, mean: 0.25", .25, 0},
                {"law: constant, mean: 3", 3, 3},
                {"law: histogram, histogram: '%s'", (10 * 3 + 7 * 100 + 3 * 200) / 120., 200}};
    char path[4096];
    snprintf(path, sizeof path, "%s/counts", test_folder());
    write_file(path, "0 100\n\n3 10\n5 0\n 100\t7 \n200 3\n300 0\n");
    for (size_t c = 0; c < sizeof rows / sizeof *rows; c++) {
        char law[4200], engine[4300];
        snprintf(law, sizeof law, rows[c].law, path);
        snprintf(engine, sizeof engine, "workers: 300, delay: {%s}", law);
        struct plenty *p = plenty_new(engine, 40000, true);
        double first = plenty_run(p, 1);
        struct gradient_counts n = total(p->s);
        CHECK_NEAR((double)n.delay_sum / 40000, rows[c].mean, .05 * rows[c].mean);
        CHECK_MSG(rows[c].most == 0 ? (double)n.delay_max > 3 * rows[c].mean
                                    : (double)n.delay_max == rows[c].most,
                  "%s: at most %ju", law, (uintmax_t)n.delay_max);
        CHECK(n.gradients == 40000 && n.errors == 0);
        double share[WORKERS_MOST], mean = 0, all = 0;
        const uint32_t count = p->s->engine->delays(p->s, share, WORKERS_MOST);
        for (uint32_t d = 0; d < count; d++) {
            mean += share[d] * d;
            all += share[d];
        }
        CHECK_NEAR(mean, rows[c].mean, 1e-6);
        CHECK_NEAR(all, 1, 1e-9);
        p->s->epoch = 0;
        CHECK_MSG(plenty_run(p, 1) == first, "%s: other bits", law);
        p->s->epoch = 0;
        CHECK_MSG(plenty_run(p, 2) != first, "%s: the seed changes nothing", law);
        plenty_free(p);
    }
}

/* Each delay as often as the law has it: one sample is one delay, so epochs of many seeds count them. */
TEST(a_geometric_law_is_geometric)
{
    struct plenty *p = plenty_new("workers: 400, delay: {law: geometric, mean: 2}", 400, true);
    double sum = 0, most = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        plenty_run(p, seed);
        sum += (double)total(p->s).delay_sum;
        most += (double)total(p->s).delay_max;
    }
    /* those that would be read before the epoch have none: E d^2 = 10 less in each epoch */
    CHECK_NEAR(sum / 160000, 2 - 10 / 400., .02);
    /* of n draws the largest is about (ln n + 0.5772) / ln(1/(1-p)) - 1/2, with p = 1/3 */
    CHECK_NEAR(most / 400, (log(400) + .5772) / log(1.5) - .5, .7);
    plenty_free(p);
}

/* Too few workers make delays shorter and stop nothing. */
TEST(few_workers_shorten_delays)
{
    struct plenty *p = plenty_new("workers: 11, delay: {law: geometric, mean: 10}", 20000, true);
    CHECK(isfinite(plenty_run(p, 1)));
    struct gradient_counts n = total(p->s);
    CHECK_INT(n.gradients, 20000);
    CHECK_MSG(n.delay_sum > 5 * n.gradients && n.delay_sum < 10 * n.gradients, "mean %g",
              (double)n.delay_sum / 20000);
    CHECK_INT(n.errors, 0);
    plenty_free(p);
}

/* The experiment of He et al. (2018, Figure 1): curvature 2 and eta 0.005 there are rate 0.01 here. */
TEST(mean_and_variance_are_theorys)
{
    static const struct {
        uint32_t steps;
        double mean;
    } rows[] = {{50, 2.30818}, {100, 1.31488}, {200, .426696}, {500, .0145819}};
    const struct sdde theory = {.A = 2, .eta = .005, .sigma2 = 4, .l = 10};
    enum { RUNS = 4000 };
    double mean[501], variance = 0;
    sdde_mean(&theory, 4, 500, mean);
    for (size_t c = 0; c < 4; c++) {
        struct plenty *p = plenty_new("workers: 11, delay: {law: constant, mean: 10}", rows[c].steps, true);
        double sum = 0, squares = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            double x = plenty_run(p, seed) - rows[c].mean;
            sum += x;
            squares += x * x;
        }
        variance = squares / RUNS;
        CHECK_NEAR(sum / RUNS + rows[c].mean, mean[rows[c].steps], 3.5 * sqrt(variance / RUNS));
        plenty_free(p);
    }
    CHECK_NEAR(variance / sdde_variance(&theory), 1, .06); /* after 500 steps it is stationary */
    struct sdde plain = theory;
    plain.l = 0; /* the delay is seen: it is 10 % more */
    CHECK_MSG(variance > 1.04 * sdde_variance(&plain), "%g", variance);
}

/* Without noise, and for long: 156 is the largest delay that dies out. */
TEST(stability_ends_where_theory_has_it)
{
    for (uint32_t l = 156; l <= 157; l++) {
        enum { STEPS = 300000 };
        char engine[96];
        double *mean = memory_new(STEPS + 1, sizeof *mean), ends[2], wants[2];
        const struct sdde theory = {.A = 2, .eta = .005, .l = l};
        snprintf(engine, sizeof engine, "workers: %u, tracker: off, delay: {law: constant, mean: %u}", l + 1,
                 l);
        sdde_mean(&theory, 5, STEPS, mean); /* from 4, with the optimum at -1 */
        for (int k = 0; k < 2; k++) {
            size_t N = k ? STEPS : STEPS / 10;
            size_t top = N; /* a crest of the swing, so that sizes can be compared */
            for (size_t t = N - 700; t <= N; t++)
                top = fabs(mean[t]) > fabs(mean[top]) ? t : top;
            struct plenty *p = plenty_new(engine, top, false);
            ends[k] = fabs(plenty_run(p, 1) + 1);
            wants[k] = fabs(mean[top]);
            plenty_free(p);
        }
        for (int k = 0; k < 2; k++)
            CHECK_NEAR(ends[k], wants[k], .01 * wants[k]);
        CHECK(sdde_stable(&theory) == (l == 156));
        CHECK_MSG(l == 156 ? ends[1] < .8 * ends[0] : ends[1] > 1.25 * ends[0], "l %u: %g, then %g", l,
                  ends[0], ends[1]);
        memory_free(mean);
    }
}

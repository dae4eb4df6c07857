/* SPDX-License-Identifier: MIT
 *
 * What every engine owes, over all registries: alone it is sequential, bit for bit; without concurrency
 * there is no error; every sample is taken once; a pass allocates nothing.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const samplings[] = {"shuffle", "uniform"};

static const struct engine_ops *engine_named(const char *name)
{
    for (size_t k = 0; engine_table[k]; k++)
        if (strcmp(engine_table[k]->name, name) == 0)
            return engine_table[k];
    return NULL;
}

/* Train three passes; the weights are the caller's. `moved`: how far they have come. */
static real *train(const struct model_ops *model, const struct variant *v, const struct optimizer_ops *rule,
                   const struct engine_ops *engine, const char *sampling, size_t *size, double *moved)
{
    struct fixture *f =
        fixture_new(model, v, 6, 30, 12, fixture_sections(rule->name, engine->name, 1, sampling));
    struct error e = {0};
    struct session *s = session_new(f->config, engine, rule, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    for (int pass = 0; pass < 3; pass++)
        CHECK(isfinite(session_epoch(s)));
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct tracker_count *n = tracker_counts(&s->tracker, k);
        CHECK_INT(n->gradients, f->data->count);
        CHECK_INT(n->errors + n->read_overwrites + n->write_overwrites + n->delay_sum, 0);
    }
    session_fold(s);
    *size = f->model->layout.size;
    real *w = memory_new(*size, sizeof *w);
    memcpy(w, s->w, *size * sizeof *w);
    real *start = fixture_start(f->model, 3);
    *moved = 0;
    for (size_t i = 0; i < *size; i++)
        *moved += (double)(w[i] - start[i]) * (double)(w[i] - start[i]);
    *moved = sqrt(*moved);
    memory_free(start);
    session_free(s);
    fixture_free(f);
    return w;
}

TEST(alone_is_sequential)
{
    const struct engine_ops *sequential = engine_named("sequential");
    for (size_t m = 0; model_table[m]; m++)
        for (const struct variant *v = variants_of(model_table[m]); v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t k = 0; k < 2; k++) {
                    size_t n, size;
                    double moved;
                    real *truth =
                        train(model_table[m], v, optimizer_table[o], sequential, samplings[k], &size, &moved);
                    CHECK_MSG(moved > 0.3, "%s: nothing was learned", v->name);
                    for (size_t g = 0; engine_table[g]; g++) {
                        real *w = train(model_table[m], v, optimizer_table[o], engine_table[g], samplings[k],
                                        &n, &moved);
                        CHECK_MSG(n == size && memcmp(w, truth, size * sizeof *w) == 0, "%s %s %s %s",
                                  v->name, optimizer_table[o]->name, engine_table[g]->name, samplings[k]);
                        memory_free(w);
                    }
                    memory_free(truth);
                }
}

static void taken_once(const struct model_ops *model)
{
    for (size_t g = 0; engine_table[g]; g++) {
        unsigned threads = engine_table[g]->parallel ? 4 : 1;
        struct fixture *f = fixture_new(model, variant_of(model, 0), 6, 500, 12,
                                        fixture_sections("sgd", engine_table[g]->name, threads, "shuffle"));
        struct error e = {0};
        struct session *s =
            session_new(f->config, engine_table[g], optimizer_table[0], f->model, f->data, 3, &e);
        CHECK_MSG(s != NULL, "%s", e.text);
        double first = session_epoch(s), last = first;
        for (int pass = 0; pass < 4; pass++) {
            uint64_t gradients = 0;
            last = session_epoch(s);
            for (uint32_t k = 0; k < s->nworkers; k++) {
                const struct tracker_count *n = tracker_counts(&s->tracker, k);
                gradients += n->gradients;
                CHECK(n->errors <= n->gradients && n->read_overwrites <= n->errors &&
                      n->write_overwrites <= n->errors &&
                      n->errors <= n->read_overwrites + n->write_overwrites);
            }
            CHECK_INT(gradients, f->data->count);
            CHECK_INT(s->team, threads);
        }
        CHECK_MSG(last < first, "%s, %s: loss %g after %g", model->name, engine_table[g]->name, last, first);
        session_free(s);
        fixture_free(f);
    }
}

TEST(every_sample_is_taken_once)
{
    for (size_t m = 0; model_table[m]; m++)
        if (!model_table[m]->energy) /* its loss is what the labels are: it is least after a few steps */
            taken_once(model_table[m]);
}

/* Threads that combine their writes: every model, every rule but those that look back; hot blocks few or all, brought at once or later. (A
 * weight that few samples suffice to settle would be settled by each thread: such steps add up to too much.) */
TEST(combined_writes_train)
{
    static const char *const combines[] = {"mode: auto", "mode: fixed, blocks: 5, every: 1",
                                           "mode: fixed, blocks: 1000, every: 8"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < 3; c++) {
                char text[600];
                /* adf soon takes the rate of blocks that every sample writes away, and a network has no others */
                const bool slow = strcmp(optimizer_table[o]->name, "adf") == 0 && !model_table[m]->energy;
                const char *rate = model_table[m]->energy ? "0.0005"
                                   : slow                 ? "0.05, decay_frequent: 0.99"
                                                          : "0.01";
                snprintf(text, sizeof text,
                         "optimizer: {name: %s, rate: %s}\nengine: {name: asyngrad, threads: 3, pin: false, "
                         "combine: {%s}}\n",
                         optimizer_table[o]->name, rate, combines[c]);
                struct fixture *f =
                    fixture_new(model_table[m], variant_of(model_table[m], 6), 4, 90, 8, text);
                struct error e = {0};
                struct session *s = session_new(f->config, engine_named("asyngrad"), optimizer_table[o],
                                                f->model, f->data, 3, &e);
                if (optimizer_table[o]->needs_seen) {
                    CHECK_MSG(!s && e.kind == ERROR_USAGE && strstr(e.text, "combine.mode"), "%s", e.text);
                    fixture_free(f);
                    continue;
                }
                CHECK_MSG(s != NULL, "%s", e.text);
                CHECK(s->combine.on);
                size_t before = alloc_count();
                double first = session_epoch(s), last = first;
                for (int pass = 0; pass < 11; pass++)
                    last = session_epoch(s);
                CHECK_INT(alloc_count(), before);
                CHECK_MSG(last < first, "%s, %s, %s: loss %g after %g", model_table[m]->name,
                          optimizer_table[o]->name, combines[c], last, first);
                session_free(s);
                fixture_free(f);
            }
}

/* What `accumulate` samples make together is one step, and what is left at the end of a pass another. */
static void accumulated(const struct model_ops *model, const struct variant *v,
                        const struct optimizer_ops *rule, const char *engine)
{
    char text[600];
    snprintf(text, sizeof text, "%s  accumulate: 4\n", fixture_sections(rule->name, engine, 1, "shuffle"));
    struct fixture *f = fixture_new(model, v, 4, 30, 8, text);
    const struct layout *l = &f->model->layout;
    struct error e = {0};
    struct session *s = session_new(f->config, engine_named(engine), rule, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    struct optimizer *plain = rule->create(f->config, l, &e);
    struct sum *sum = sum_new(l);
    real *w = memory_lines(l->size, sizeof *w);
    memcpy(w, s->w, l->size * sizeof *w);
    plain->steps = s->nsamples;
    session_epoch(s);
    for (size_t t = 0; t < s->nsamples; t++) {
        struct worker *k = s->worker[0];
        /* samples whose gradients are made together are all read when the last of them is, or one for the audit */
        size_t read = t, last = t / 4 * 4 + 3 < s->nsamples ? t / 4 * 4 + 3 : s->nsamples - 1;
        while (s->together && read < last && !audit_takes(&s->audit, read))
            read++;
        fixture_gradient(s, k, &(struct weights){.w = w, .scale = s->schedule.read[read]}, t);
        if (t % 4 == 0)
            sum_begin(sum);
        struct grad *g = sum_more(sum, &k->grad);
        if (t % 4 == 3 || t + 1 == s->nsamples)
            rule->step(plain, w,
                       &(struct step){.bundles = g,
                                      .blocks = g,
                                      .length = s->schedule.write[t],
                                      .number = t,
                                      .besides = (uint32_t)(t % 4)});
    }
    /* The sum of products is one product of all tokens, which is rounded otherwise. */
    const double near = layout_products(l) == 0 ? 0 : sizeof(real) == 8 ? 1e-12 : 1e-3;
    double gap = 0;
    for (size_t i = 0; i < l->size; i++)
        gap = fmax(gap, fabs((double)(w[i] - s->w[i])));
    CHECK_MSG(gap <= near, "%s, %s, %s, %s: off by %g", model->name, v->name, rule->name, engine, gap);
    CHECK_INT(tracker_counts(&s->tracker, 0)->gradients, s->nsamples);
    rule->destroy(plain);
    sum_free(sum);
    memory_free(w);
    session_free(s);
    fixture_free(f);
}

TEST(accumulated_gradients_are_one_step)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct variant *v = variants_of(model_table[m]); v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t g = 0; engine_table[g]; g++)
                    if (engine_table[g]->accumulates && !optimizer_table[o]->needs_seen)
                        accumulated(model_table[m], v, optimizer_table[o], engine_table[g]->name);
}

/* A tracker that stamps blocks sees all that such a step writes, not those of its last sample alone. */
TEST(a_step_of_several_samples_stamps_all_their_blocks)
{
    char text[600];
    snprintf(text, sizeof text, "%s  accumulate: 3\n  tracker: blocks\n",
             fixture_sections("sgd", "asyngrad", 2, "shuffle"));
    struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 0), 4, 30, 8, text);
    struct error e = {0};
    struct session *s =
        session_new(f->config, engine_named("asyngrad"), optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    const struct layout *l = &f->model->layout;
    struct worker *k = s->worker[0];
    bool *due = memory_new(l->nblocks, sizeof *due);
    unsigned stamped[3] = {0, 0, 0}, blocks = 0;
    schedule_plan(&s->schedule);
    for (size_t t = 0; t < 3; t++) {
        s->order[t] = (uint32_t)t;
        const struct example *z = session_take_at(s, k, t);
        worker_read(k, s);
        worker_gradient(k, s, z);
        for (size_t b = 0; b < k->grad.count; b++)
            for (uint32_t i = 0; i < k->grad.bundle[b].count; i++)
                due[l->group[k->grad.bundle[b].group].first + k->grad.bundle[b].id[i]] = true;
        worker_write(k, s);
        for (uint32_t b = 0; b < l->nblocks; b++)
            stamped[t] += s->tracker.stamp[b] != 0;
    }
    for (uint32_t b = 0; b < l->nblocks; b++) {
        CHECK_MSG((s->tracker.stamp[b] != 0) == due[b], "block %u", b);
        blocks += due[b];
    }
    CHECK(stamped[0] == 0 && stamped[1] == 0 && stamped[2] == blocks && blocks > 0);
    memory_free(due);
    session_free(s);
    fixture_free(f);
}

TEST(nothing_is_allocated_in_an_epoch)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct variant *v = variants_of(model_table[m]); v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t g = 0; engine_table[g]; g++) {
                    unsigned threads = engine_table[g]->parallel ? 2 : 1;
                    struct fixture *f =
                        fixture_new(model_table[m], v, 6, 20, 12,
                                    fixture_sections(optimizer_table[o]->name, engine_table[g]->name, threads,
                                                     "shuffle"));
                    struct error e = {0};
                    struct session *s =
                        session_new(f->config, engine_table[g], optimizer_table[o], f->model, f->data, 3, &e);
                    CHECK_MSG(s != NULL, "%s", e.text);
                    size_t before = alloc_count();
                    for (int pass = 0; pass < 2; pass++)
                        session_epoch(s);
                    CHECK_MSG(alloc_count() == before, "%s %s %s: %zu allocations", v->name,
                              optimizer_table[o]->name, engine_table[g]->name, alloc_count() - before);
                    memory_free(memory_new(1, 1));
                    CHECK_MSG(alloc_count() > before, "the counter does not count");
                    session_free(s);
                    fixture_free(f);
                }
}

/* The rate of the k-th step, N a pass, as section `optimizer` gives it. */
static double fall_exponential(double t)
{
    return pow(0.94, t);
}
static double fall_warm(double t)
{
    return t < 0.5 ? (t + 1 / 30.0) / 0.5 : 1;
}
static double fall_inverse(double t)
{
    return 1 / (1 + t);
}
static double fall_inverse_sqrt(double t)
{
    return 1 / sqrt(1 + t / 0.5);
}
static double fall_step(double t)
{
    return t < 1 ? 1 : t < 2 ? 0.3 : 0.09;
}
static const struct fall {
    const char *keys;
    double (*factor)(double t); /* after t passes */
} falls[] = {{"schedule: exponential", fall_exponential},
             {"schedule: constant, warmup: 0.5", fall_warm},
             {"schedule: inverse", fall_inverse},
             {"schedule: inverse-sqrt, horizon: 0.5", fall_inverse_sqrt},
             {"schedule: step, decay: 0.3", fall_step}};

/* The same rule at S = 1, with plain w <- (1 - gamma lambda/N) w of every weight before each step. */
static void decay_exactly(const struct model_ops *model, const struct variant *v,
                          const struct optimizer_ops *rule, const struct fall *fall)
{
    char sections[256];
    const double rate = fixture_rate(model);
    snprintf(sections, sizeof sections, "optimizer: {name: %s, rate: %g, l2.value: 0.5, %s}\n", rule->name,
             rate, fall->keys);
    struct fixture *f = fixture_new(model, v, 5, 30, 8, sections);
    struct error e = {0};
    struct session *s = session_new(f->config, engine_named("sequential"), rule, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    const struct layout *l = &f->model->layout;
    real *w = fixture_start(f->model, s->seed);
    struct optimizer *plain = rule->create(f->config, l, &e);
    struct sum *sum = sum_new(l);
    size_t N = plain->steps = f->data->count, k = 0;
    if (rule->prepare)
        rule->prepare(plain, 1);
    for (int pass = 0; pass < 3; pass++) {
        session_epoch(s);
        for (size_t t = 0; t < N; t++, k++) { /* the order of the pass that was just run */
            double gamma = rate * fall->factor((double)k / (double)N);
            struct worker *worker = s->worker[0];
            struct weights view = {.w = w, .scale = 1};
            fixture_gradient(s, worker, &view, t);
            for (size_t i = 0; i < l->size; i++)
                w[i] *= (real)(1 - gamma * 0.5 / (double)N);
            struct step step = {.bundles = &worker->grad,
                                .blocks = sum_blocks(sum, &worker->grad),
                                .length = (real)gamma,
                                .number = k};
            rule->step(plain, w, &step);
        }
    }
    session_fold(s);
    double gap = 0, size = 0;
    for (size_t i = 0; i < l->size; i++) {
        gap = fmax(gap, fabs((double)(w[i] - s->w[i])));
        size = fmax(size, fabs((double)w[i]));
    }
    CHECK_MSG(size > 0.1 && gap < (sizeof(real) == 8 ? 1e-12 : 1e-4) * size, "%s, %s, %s: off by %g of %g",
              v->name, rule->name, fall->keys, gap, size);
    rule->destroy(plain);
    sum_free(sum);
    memory_free(w);
    session_free(s);
    fixture_free(f);
}

/* The factor kept outside w is exact in effect, for every rule and every schedule. */
TEST(weight_decay_is_exact)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct variant *v = variants_of(model_table[m]); !model_table[m]->energy && v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                decay_exactly(model_table[m], v, optimizer_table[o], &falls[0]);
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t k = 1; k < sizeof falls / sizeof *falls; k++)
            decay_exactly(model_table[0], variant_of(model_table[0], 0), optimizer_table[o], &falls[k]);
}

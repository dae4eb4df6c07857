/* SPDX-License-Identifier: MIT
 *
 * Every engine takes each sample of an epoch once, makes its gradient once, and writes it once. The sample that is said
 * to be ahead is the worker's next.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { EPOCHS = 4 };

/* ---- what is counted: whose gradient a model is asked for */

static struct {
    const struct model_ops *ops; /* of the model that does the work, where another one counts for it */
    const struct session *s;
    const struct example *first; /* of the samples */
    size_t count;
    _Atomic unsigned *times; /* [count] gradients made in this epoch */
    _Atomic unsigned strangers; /* gradients of no sample, or with another sample's draw */
    _Atomic unsigned ahead, kept; /* samples that were said to be ahead, and came next */
} counted;

static size_t note(const struct example *z, uint64_t draw)
{
    const size_t k = (size_t)(z - counted.first);
    const bool known = k < counted.count && draw == session_draw(counted.s, counted.s->epoch, k);
    atomic_fetch_add(known ? &counted.times[k] : &counted.strangers, 1);
    return known ? k : 0;
}

static double counting_gradient(const struct model *m, const struct weights *w, const struct example *z,
                                struct gradient *g, void *scratch)
{
    note(z, g->draw);
    return counted.ops->gradient(m, w, z, g, scratch);
}

static double counting_gradients(const struct model *m, const struct weights *w,
                                 const struct example *const *z, const uint64_t *draw, uint32_t count,
                                 struct gradient *g, void *scratch)
{
    for (uint32_t k = 0; k < count; k++)
        note(z[k], draw[k]);
    return counted.ops->gradients(m, w, z, draw, count, g, scratch);
}

/* ---- a model that counts writes: a weight for each sample, whose gradient is -1 for that weight alone. No two samples
 * share a weight, so racing threads lose none, and with the rate 1 a weight is how often its sample was written. */

static uint32_t *number; /* 0, 1, 2 … */
static _Alignas(64) const real minus_one[64] = {-1};

static void tally_init(const struct model *m, real *w, struct rng *r)
{
    (void)m, (void)w, (void)r;
}

struct tally { /* a worker's scratch */
    const struct example *ahead;
};

static void *tally_scratch(const struct model *m, struct capacity longest)
{
    (void)m, (void)longest;
    return memory_new(1, sizeof(struct tally));
}

static size_t tally_bundles(const struct model *m, struct capacity longest)
{
    (void)m, (void)longest;
    return 1;
}

static void tally_list(const struct model *m, const struct example *z, struct gradient *g)
{
    (void)m;
    gradient_add(g, 0, 1, number + (z - counted.first), NULL);
}

static double tally_gradient(const struct model *m, const struct weights *w, const struct example *z,
                             struct gradient *g, void *scratch)
{
    (void)m, (void)w;
    struct tally *mine = scratch;
    const size_t k = note(z, g->draw);
    atomic_fetch_add(&counted.kept, mine->ahead == z);
    atomic_fetch_add(&counted.ahead, g->ahead != NULL);
    mine->ahead = g->ahead;
    if (k % 3 == 0)
        sched_yield(); /* threads meet in other orders */
    gradient_add(g, 0, 1, number + k, minus_one);
    return 0;
}

static const struct model_ops tally_ops = {
    .name = "tally",
    .init = tally_init,
    .scratch_new = tally_scratch,
    .scratch_free = memory_free,
    .max_bundles = tally_bundles,
    .list_blocks = tally_list,
    .gradient = tally_gradient,
};

/* ---- ways to run an epoch */

/* What a sample's gradient counts in w. */
enum weight {
    WHOLE, /* 1 */
    MEAN, /* one in as many as its step has */
    MIXED, /* one in as many as there are workers */
};

static const struct way {
    const char *engine, *more; /* %s: the folder of the test */
    const char *optimizer;
    size_t workers;
    enum weight weight;
} ways[] = {
    {"sequential", "threads: 1", "sgd", 1, WHOLE},
    {"sequential", "accumulate: 5", "sgd", 1, WHOLE},
    {"sequential", "sampling: uniform", "sgd", 1, WHOLE},
    {"asyngrad", "threads: 1", "sgd", 1, WHOLE},
    {"asyngrad", "threads: 4", "sgd", 4, WHOLE},
    {"asyngrad", "threads: 4", "dc-c", 4, WHOLE},
    {"asyngrad", "threads: 3, accumulate: 7", "sgd", 3, WHOLE},
    {"asyngrad", "threads: 4, sampling: uniform", "sgd", 4, WHOLE},
    {"asyngrad", "threads: 3, combine: {mode: fixed, blocks: 9}", "sgd", 3, WHOLE},
    {"asyngrad", "threads: 3, combine: {mode: fixed, blocks: 1000, every: 2}", "sgd", 3, WHOLE},
    {"asyngrad", "threads: 3, combine: {mode: auto}", "sgd", 3, WHOLE},
    {"asyngrad", "threads: 3, accumulate: 4, combine: {mode: fixed, blocks: 300}", "sgd", 3, WHOLE},
    {"synchronous", "threads: 1", "sgd", 1, WHOLE},
    {"synchronous", "threads: 4", "sgd", 4, WHOLE},
    {"synchronous", "threads: 4, sampling: uniform", "sgd", 4, WHOLE},
    {"synchronous", "threads: 4, policy: rounds", "sgd", 4, WHOLE},
    {"synchronous", "threads: 4, policy: minibatch", "sgd", 4, MEAN},
    {"synchronous", "threads: 4, policy: minibatch, reduce: sum", "sgd", 4, WHOLE},
    {"synchronous", "threads: 4, policy: minibatch, reduce: compensate", "dc-c", 4, WHOLE},
    {"averaging", "threads: 1", "sgd", 1, WHOLE},
    {"averaging", "threads: 4", "sgd", 4, MIXED},
    {"averaging", "threads: 4, sampling: uniform", "sgd", 4, MIXED},
    {"averaging", "threads: 3, accumulate: 7", "sgd", 3, MIXED},
    {"simulated", "workers: 1", "sgd", 1, WHOLE},
    {"simulated", "workers: 5", "sgd", 5, WHOLE},
    {"simulated", "workers: 5, delay: {law: constant, mean: 3}", "sgd", 5, WHOLE},
    {"simulated", "workers: 3, delay: {law: uniform, mean: 2}", "sgd", 3, WHOLE},
    {"simulated", "workers: 9, delay: {law: geometric, mean: 4}", "sgd", 9, WHOLE},
    {"simulated", "workers: 9, delay: {law: histogram, histogram: '%s/delays'}", "sgd", 9, WHOLE},
    {"simulated", "workers: 3, delay: {law: interleaved}", "sgd", 3, WHOLE},
    {"simulated", "workers: 3, delay: {law: replay, replay: '%s/recording'}", "sgd", 3, WHOLE},
};
enum { WAYS = sizeof ways / sizeof *ways };

static const struct optimizer_ops *optimizer_named(const char *name)
{
    for (size_t k = 0; optimizer_table[k]; k++)
        if (strcmp(optimizer_table[k]->name, name) == 0)
            return optimizer_table[k];
    return NULL;
}

/* Does a line of `ways` make this choice, of `length` letters, for a key? Where one says nothing of the key, it is the
 * default. */
static bool chosen(const char *engine, const struct key *key, const char *choice, size_t length)
{
    const char *last = strrchr(key->name, '.');
    char want[128];
    snprintf(want, sizeof want, "%s: %.*s", last ? last + 1 : key->name, (int)length, choice);
    for (size_t k = 0; k < WAYS; k++)
        if (strcmp(ways[k].engine, engine) == 0 && strstr(ways[k].more, want))
            return true;
    return strlen(key->fallback) == length && strncmp(key->fallback, choice, length) == 0;
}

/* Every engine, and every choice that it offers, is a line of `ways`. */
static void check_ways(void)
{
    for (size_t g = 0; engine_table[g]; g++) {
        bool known = false;
        for (size_t k = 0; k < WAYS; k++)
            known |= strcmp(ways[k].engine, engine_table[g]->name) == 0;
        CHECK_MSG(known, "%s: a line is missing here", engine_table[g]->name);
        for (const struct key *key = engine_table[g]->keys; key && key->name; key++)
            for (const char *c = key->type == KEY_CHOICE ? key->choices : ""; *c;) {
                const size_t length = strcspn(c, "|");
                CHECK_MSG(chosen(engine_table[g]->name, key, c, length),
                          "%s, %s: a line with %.*s is missing here", engine_table[g]->name, key->name,
                          (int)length, c);
                c += length + (c[length] == '|');
            }
    }
}

/* ---- the law */

static struct fixture *world(const struct model_ops *model, const struct way *way, double rate,
                             const char *record)
{
    char text[8192], more[4400];
    snprintf(more, sizeof more, way->more, test_folder());
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %.10g, schedule: constant, l2.value: 0}\n"
             "engine: {name: %s, pin: false, audit.every: 0, record: '%s', %s}\n",
             way->optimizer, rate, way->engine, record, more);
    return fixture_new(model, variant_of(model, 0), 6, 203, 12, text);
}

/* A session of `way` with a model, whose gradients are counted. */
static struct session *begin(const struct fixture *f, const struct way *way, const struct model *m)
{
    struct error e = {0};
    counted.first = f->data->example;
    counted.count = f->data->count;
    struct session *s =
        session_new(f->config, engine_named(way->engine), optimizer_named(way->optimizer), m, f->data, 3, &e);
    CHECK_MSG(s != NULL && session_suffices(s, EPOCHS, &e) && probes_open(&s->probes, NULL, &e), "%s",
              e.text);
    CHECK(s->sample == f->data->example && s->nsamples == f->data->count);
    counted.times = memory_new(s->nsamples, sizeof *counted.times);
    counted.strangers = 0;
    counted.s = s;
    return s;
}

/* One epoch. What its steps are to add to the weight of each sample is added to `due`. */
static void check_epoch(struct session *s, const struct way *way, const char *model, double *due)
{
    uint64_t gradients = 0;
    CHECK(isfinite(session_epoch(s)));
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct gradient_counts *n = fixture_counts(s, k);
        gradients += n->gradients;
        CHECK(n->errors <= n->gradients && n->read_overwrites <= n->errors &&
              n->write_overwrites <= n->errors && n->errors <= n->read_overwrites + n->write_overwrites);
    }
    CHECK_INT(gradients, s->nsamples);
    CHECK_INT(s->team, s->nworkers);
    size_t wrong = counted.strangers;
    unsigned *times = memory_new(s->nsamples, sizeof *times);
    for (size_t t = 0; t < s->nsamples; t++) {
        const size_t left =
            s->nsamples - t / way->workers * way->workers; /* samples from this step's first on */
        times[s->uniform ? s->order[t] : t]++;
        const size_t joint = left < way->workers ? left : way->workers;
        due[s->order[t]] +=
            way->weight == WHOLE ? 1 : 1 / (double)(way->weight == MEAN ? joint : way->workers);
    }
    for (size_t k = 0; k < s->nsamples; k++) {
        wrong += counted.times[k] != times[k];
        counted.times[k] = 0;
    }
    CHECK_MSG(wrong == 0, "%s, %s, %s: %zu samples", model, way->engine, way->more, wrong);
    memory_free(times);
}

/* Any model: each gradient is made once, with the sample's own draw. */
static void made_once(const struct model_ops *model, const struct way *way)
{
    struct fixture *f = world(model, way, fixture_rate(model) / 10, "");
    struct model_ops ops = *model;
    counted.ops = model;
    ops.gradient = counting_gradient;
    ops.gradients = model->gradients ? counting_gradients : NULL;
    f->model->ops = &ops;
    struct session *s = begin(f, way, f->model);
    double *due = memory_new(s->nsamples, sizeof *due);
    for (unsigned epoch = 0; epoch < EPOCHS; epoch++)
        check_epoch(s, way, model->name, due);
    f->model->ops = model;
    memory_free(due);
    memory_free(counted.times);
    session_free(s);
    fixture_free(f);
}

/* The model that counts writes: each is made once as well. */
static void written_once(const struct way *way, const char *record)
{
    struct error e = {0};
    struct fixture *f = world(model_table[0], way, 1, record);
    struct model m = {.ops = &tally_ops};
    layout_add(&m.layout, "sample", f->data->count, 1, 1, false);
    number = memory_new(f->data->count, sizeof *number);
    for (uint32_t k = 0; k < f->data->count; k++)
        number[k] = k;
    struct session *s = begin(f, way, &m);
    double *due = memory_new(s->nsamples, sizeof *due);
    /* drawn with replacement, a sample may be in the hands of two threads, which lose a write */
    const bool shared = s->uniform && s->nthreads > 1;
    CHECK(layout_block(&m.layout.group[0]) <= sizeof minus_one / sizeof *minus_one);
    for (unsigned epoch = 0; epoch < EPOCHS; epoch++) {
        size_t wrong = 0;
        counted.ahead = counted.kept = 0;
        check_epoch(s, way, tally_ops.name, due);
        CHECK_MSG(counted.kept == counted.ahead, "%s, %s: %u samples ahead, %u came", way->engine, way->more,
                  counted.ahead, counted.kept);
        /* all but the first of each worker, or none */
        if (counted.ahead || strcmp(way->engine, "sequential") == 0 || strcmp(way->engine, "asyngrad") == 0)
            CHECK(counted.ahead < s->nsamples && counted.ahead + way->workers >= s->nsamples);
        for (size_t k = 0; k < s->nsamples && !shared; k++)
            wrong += fabs((double)s->w[k * layout_block(&m.layout.group[0])] - due[k]) > 1e-5;
        CHECK_MSG(wrong == 0, "%s, %s, %s, epoch %u: %zu writes", way->engine, way->more, way->optimizer,
                  epoch, wrong);
    }
    CHECK_MSG(probes_commit(&s->probes, &e), "%s", e.text);
    memory_free(due);
    memory_free(number);
    memory_free(counted.times);
    session_free(s);
    fixture_free(f);
}

/* Each sample of an epoch, once; where they are drawn with replacement, as often as it was drawn. */
TEST(every_sample_is_taken_once)
{
    static const struct way recorded = {"asyngrad", "threads: 3", "sgd", 3, WHOLE};
    char recording[4096];
    snprintf(recording, sizeof recording, "%s/recording", test_folder());
    test_file("delays", "0 5\n2 3\n7 1\n");
    check_ways();
    written_once(&recorded, recording);
    for (size_t k = 0; k < WAYS; k++) {
        written_once(&ways[k], "");
        for (size_t m = 0; model_table[m]; m++)
            made_once(model_table[m], &ways[k]);
    }
}

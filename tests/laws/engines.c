/* SPDX-License-Identifier: MIT
 *
 * What every engine owes, over all registries: alone it is sequential, bit for bit; without concurrency
 * there is no error; an epoch allocates nothing.
 */
#include "lib/learn/accumulate.h"
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char *const samplings[] = {"shuffle", "uniform"};

/* Train three epochs; the weights are the caller's. `moved`: how far they have come. */
static real *train(const struct model_ops *model, const struct model_variant *v,
                   const struct optimizer_ops *optimizer, const struct engine_ops *engine,
                   const char *sampling, size_t *size, double *moved)
{
    struct fixture *f =
        fixture_new(model, v, 6, 30, 12, fixture_sections(optimizer->name, engine->name, 1, sampling));
    struct error e = {0};
    struct session *s = session_new(f->config, engine, optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    for (int epoch = 0; epoch < 3; epoch++)
        CHECK(isfinite(session_epoch(s)));
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct gradient_counts *n = fixture_counts(s, k);
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
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
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

/* Workers that combine, in turn in one thread: ticket t is worker t mod n's. By the equations
 * (lib/learn/local_copies.h, schedule.h): a worker has hot blocks in copies of its own; everything decays at every
 * ticket; a step has the rate of its first sample. */
struct combiners {
    struct oracle *o;
    uint32_t blocks, every; /* as configured */
    const uint32_t *hot; /* [ngroups] blocks below are kept */
    size_t until; /* from this ticket on a worker that reads brings all, and goes without its copy */
    bool left[4];
    size_t size;
    real *local, *base; /* [workers][size] */
    real *view; /* [size] what a worker sees */
    uint32_t since[4];
    uint64_t turns[4];
};

/* Is the block kept, and brought when ids from … to-1 are? Universal ones with the first; large ones, of more than 4096
 * reals, with those from 128 on. */
static bool kept(const struct combiners *c, const struct group *g, uint32_t id, uint32_t from, uint32_t to)
{
    const uint32_t as = g->universal ? (g->count * layout_block(g) > 4096 ? 128 : 0) : id;
    return (g->universal || id < c->blocks) && as >= from && as < to;
}

/* w += own - base; own = base = w */
static void bring(struct combiners *c, uint32_t k, uint32_t from, uint32_t to)
{
    const struct layout *l = &c->o->s->model->layout;
    real *local = c->local + k * c->size, *base = c->base + k * c->size;
    for (uint32_t g = 0; g < l->ngroups; g++)
        for (uint32_t b = 0; b < l->group[g].count; b++) {
            const size_t n = layout_block(&l->group[g]), at = l->group[g].offset + b * n;
            for (size_t i = at; kept(c, &l->group[g], b, from, to) && i < at + n; i++)
                local[i] = base[i] = c->o->w[i] += local[i] - base[i];
        }
}

/* The blocks of worker k's view, from its copy and w or back. */
static void look_or_keep(struct combiners *c, uint32_t k, bool keep)
{
    const struct layout *l = &c->o->s->model->layout;
    for (uint32_t g = 0; g < l->ngroups; g++)
        for (uint32_t b = 0; b < l->group[g].count; b++) {
            const size_t n = layout_block(&l->group[g]), at = l->group[g].offset + b * n;
            const bool own = !c->left[k] && kept(c, &l->group[g], b, 0, UINT32_MAX);
            real *place = own ? c->local + k * c->size : c->o->w;
            memcpy(keep ? place + at : c->view + at, keep ? c->view + at : place + at, n * sizeof *place);
        }
}

static void read_at(struct combiners *c, uint32_t k, size_t ticket)
{
    if (ticket < c->until || c->left[k])
        return;
    bring(c, k, 0, UINT32_MAX);
    c->left[k] = true;
}

/* Samples first, first + n … last are read now (again): all of a step where the model makes their gradients
 * together. */
static void read_all(const struct combiners *c, real *then, size_t first, size_t last, size_t n)
{
    for (size_t z = first; z <= last; z += n)
        memcpy(then + z * c->size, c->view, c->size * sizeof *then);
}

/* One epoch of n workers, `accumulate` samples of one to a step. */
static void combine_by_hand(struct combiners *c, uint32_t n, uint32_t accumulate)
{
    struct oracle *o = c->o;
    const size_t N = o->s->nsamples;
    for (uint32_t k = 0; k < n; k++) {
        memcpy(c->local + k * c->size, o->w, c->size * sizeof *o->w);
        memcpy(c->base + k * c->size, o->w, c->size * sizeof *o->w);
    }
    /* what a worker has piled up at its own weights is summed up when it is written: the others come between */
    real *then = memory_new(N * c->size, sizeof *then);
    for (size_t t = 0; t < N; t++) {
        const uint32_t k = (uint32_t)(t % n);
        const size_t turn = t / n, first = turn / accumulate * accumulate * n + k;
        const double gamma = oracle_rate(o, t);
        if (!o->s->batched || turn % accumulate + 1 == accumulate)
            read_at(c, k, t);
        look_or_keep(c, k, false);
        read_all(c, then, o->s->batched ? first : t, t, n);
        oracle_decay(o, o->w, gamma, 1);
        for (uint32_t j = 0; j < n; j++) {
            oracle_decay(o, c->local + j * c->size, gamma, 1);
            oracle_decay(o, c->base + j * c->size, gamma, 1);
        }
        if (turn % accumulate + 1 < accumulate)
            continue;
        oracle_clear(o);
        for (size_t z = first; z <= t; z += n)
            oracle_add(o, then + z * c->size, z, 1);
        look_or_keep(c, k, false);
        o->hot = c->left[k] ? NULL : c->hot;
        oracle_write(o, c->view, oracle_rate(o, first), first, NULL);
        look_or_keep(c, k, true);
        c->since[k] += accumulate;
        if (c->left[k] || c->since[k] < c->every)
            continue;
        const uint32_t passed = c->since[k] / c->every;
        c->since[k] = 0;
        bring(c, k, 0, 32);
        /* a step of several samples has several turns: ids 32 … 63 every second, 64 … 127 every fourth, and so on */
        for (uint32_t i = 0; i < passed; i++) {
            uint32_t tier = 32;
            for (uint64_t turns = ++c->turns[k]; turns % 2 == 0; turns /= 2)
                tier *= 2;
            bring(c, k, tier, 2 * tier);
        }
    }
    for (uint32_t k = 0; k < n; k++) { /* what is left is one step more, and all is brought */
        const size_t made = N / n + (k < N % n), left = made % accumulate, first = (made - left) * n + k;
        if (left) {
            if (o->s->batched)
                read_at(c, k, first + (left - 1) * n);
            look_or_keep(c, k, false);
            if (o->s->batched)
                read_all(c, then, first, N - 1, n);
            oracle_clear(o);
            for (size_t z = first; z < N; z += n)
                oracle_add(o, then + z * c->size, z, 1);
            /* S is that after its last ticket, of which w has decayed further since */
            double decayed = 1;
            for (size_t z = first + (left - 1) * n + 1; z < N; z++)
                decayed *= 1 - oracle_rate(o, z) * o->lambda / (double)N;
            o->hot = c->left[k] ? NULL : c->hot;
            oracle_write(o, c->view, oracle_rate(o, first) * decayed, first, NULL);
            look_or_keep(c, k, true);
        }
        if (!c->left[k])
            bring(c, k, 0, UINT32_MAX);
    }
    memory_free(then);
}

/* An optimizer that keeps the last direction makes steps ten times as long, by the default of its key. */
static bool keeps_direction(const struct optimizer_ops *optimizer)
{
    for (const struct key *k = optimizer->keys; k->name; k++)
        if (strcmp(k->name, "momentum") == 0)
            return true;
    return false;
}

static void combined(const struct model_ops *model, size_t v, const struct optimizer_ops *optimizer,
                     uint32_t n, uint32_t blocks, uint32_t every, uint32_t accumulate, double plain)
{
    char text[600];
    /* What is left at the end of an epoch and is made together then is read with the S of its last ticket: close, not
     * exact. */
    const double lambda = accumulate > 1 && model->gradients ? 0 : fixture_l2(optimizer->name, 0.5),
                 rate = fmin(fixture_rate(model), 0.02) /
                        (keeps_direction(optimizer) ? 10 : 1); /* or workers make it swing */
    snprintf(
        text, sizeof text,
        "optimizer: {name: %s, rate: %g, l2.value: %g%s}\nengine: {name: asyngrad, threads: %u, pin: "
        "false, audit.every: 0, accumulate: %u, combine: {mode: fixed, blocks: %u, every: %u, plain: %g}}\n",
        optimizer->name, rate, lambda, oracle_keys(optimizer), n, accumulate, blocks, every, plain);
    const bool tiers = strcmp(model->name, "dense-crf") == 0; /* of more than 256 features */
    struct fixture *f = fixture_new(model, variant_of(model, v), 4, tiers ? 400 : 40, tiers ? 20 : 8, text);
    struct error e = {0};
    struct session *s = session_new(f->config, engine_named("asyngrad"), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    CHECK(s->local_copies.on);
    CHECK(!tiers || f->model->layout.group[0].count > 256);
    const size_t size = f->model->layout.size;
    struct combiners c = {.o = oracle_new(s, f->config, rate, 0.94, lambda),
                          .blocks = blocks,
                          .every = every,
                          .until = s->nsamples - (size_t)(plain * (double)s->nsamples),
                          .size = size,
                          .local = memory_new(n * size, sizeof(real)),
                          .base = memory_new(n * size, sizeof(real)),
                          .view = memory_lines(size, sizeof(real))};
    uint32_t hot[LAYOUT_GROUPS];
    for (uint32_t g = 0; g < f->model->layout.ngroups; g++) {
        const struct group *group = &f->model->layout.group[g];
        hot[g] = group->universal || group->count < blocks ? group->count : blocks;
    }
    c.hot = hot;
    schedule_plan(&s->schedule);
    for (size_t t = 0; t < s->nsamples; t++)
        s->order[t] = (uint32_t)t;
    local_copies_begin(&s->local_copies, s->nsamples, true);
    for (uint32_t k = 0; k < n; k++)
        worker_begin(s->worker[k], s);
    for (size_t t = 0; t < s->nsamples; t++) {
        struct worker *k = s->worker[t % n];
        const struct example *z = session_take_at(s, k, t);
        if (k->accumulation) {
            accumulate_sample(k, s, z);
            continue;
        }
        worker_read(k, s);
        worker_write(k, s, worker_gradient(k, s, z), write_at(t));
    }
    for (uint32_t k = 0; k < n; k++)
        worker_end(s->worker[k], s);
    schedule_advance(&s->schedule);
    s->epoch++;
    combine_by_hand(&c, n, accumulate);
    const double off = oracle_distance(c.o);
    CHECK_MSG(off < (sizeof(real) == 8 ? 1e-9 : 1e-4),
              "%s, %s, %s: %u workers, blocks %u, every %u, accumulate %u, plain %g: off by %g", model->name,
              variant_of(model, v)->name, optimizer->name, n, blocks, every, accumulate, plain, off);
    memory_free(c.local);
    memory_free(c.base);
    memory_free(c.view);
    oracle_free(c.o);
    session_free(s);
    fixture_free(f);
}

/* Every model, every optimizer but those that look back; hot blocks few or all, brought at once or later. */
TEST(combined_writes_are_what_the_equations_say)
{
    static const struct {
        uint32_t n, blocks, every, accumulate;
        double plain;
    } ways[] = {{2, 5, 1, 1, 0},    {3, 1000, 4, 1, 0},   {2, 300, 1, 1, 0},
                {2, 1000, 3, 3, 0}, {4, 7, 2, 2, 0},      {2, 1000, 1, 3, 0},
                {2, 300, 4, 1, 1},  {3, 1000, 4, 1, 0.4}, {2, 1000, 3, 3, 0.3}};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < sizeof ways / sizeof *ways && !optimizer_table[o]->needs_seen; c++)
                combined(model_table[m], o + c, optimizer_table[o], ways[c].n, ways[c].blocks, ways[c].every,
                         ways[c].accumulate, ways[c].plain);
}

/* ---- of threads that combine nothing is lost and nothing counts twice, however the system runs them */

enum { SAMPLES = 90, THREADS = 3, EPOCHS = 3 };

/* An optimizer that hands its steps on, and sums what they change in each worker's copy. */
static struct {
    struct optimizer base;
    struct optimizer_ops ops;
    struct optimizer *of; /* who makes the steps */
    size_t size;
    real *before[THREADS]; /* [size] the copy before the step */
    double *moved[THREADS]; /* [size] in the epoch */
    real *merged; /* [size] w at the end of the epoch, before it is settled */
} watch;

static void watched_step(struct optimizer *o, real *w, const struct step *s)
{
    (void)o;
    memcpy(watch.before[s->worker], s->local, watch.size * sizeof *w);
    watch.of->ops->step(watch.of, w, s);
    for (size_t i = 0; i < watch.size; i++)
        watch.moved[s->worker][i] += (double)s->local[i] - (double)watch.before[s->worker][i];
}

static void watched_settle(struct optimizer *o, real *w)
{
    (void)o;
    memcpy(watch.merged, w, watch.size * sizeof *w);
    if (watch.of->ops->settle)
        watch.of->ops->settle(watch.of, w);
}

static void watch_begin(struct session *s)
{
    watch.of = s->optimizer;
    watch.ops = *s->optimizer->ops;
    watch.ops.step = watched_step;
    watch.ops.settle = watched_settle;
    watch.base = (struct optimizer){.ops = &watch.ops, .steps = s->optimizer->steps};
    watch.size = s->model->layout.size;
    watch.merged = memory_new(watch.size, sizeof *watch.merged);
    s->optimizer = &watch.base;
    for (unsigned k = 0; k < THREADS; k++) {
        watch.before[k] = memory_new(watch.size, sizeof *watch.before[k]);
        watch.moved[k] = memory_new(watch.size, sizeof *watch.moved[k]);
        s->worker[k]->optimizer = &watch.base;
    }
}

static void watch_end(struct session *s)
{
    s->optimizer = watch.of;
    for (unsigned k = 0; k < THREADS; k++) {
        s->worker[k]->optimizer = watch.of;
        memory_free(watch.before[k]);
        memory_free(watch.moved[k]);
    }
    memory_free(watch.merged);
}

/* A model whose first gradients of an epoch wait for those of all workers: so no worker takes all samples before the
 * others have begun. */
static struct {
    const struct model_ops *ops; /* of the model that does the work */
    uint32_t epoch;
    _Atomic uint32_t begun; /* workers, in this epoch */
} meeting;
static _Thread_local uint32_t met; /* the epoch in which this thread has begun last */

static double meeting_gradient(const struct model *m, const struct weights *w, const struct example *z,
                               struct gradient *g, void *scratch)
{
    if (met != meeting.epoch) {
        met = meeting.epoch;
        atomic_fetch_add(&meeting.begun, 1);
        while (atomic_load(&meeting.begun) < THREADS)
            sched_yield();
    }
    return meeting.ops->gradient(m, w, z, g, scratch);
}

/* Roots of mean squares, over all of w. */
struct epoch_sums {
    double off; /* w from where it began plus what all workers changed in their copies */
    double moved; /* that change */
    double
        rounding; /* the most that merges can round: each worker makes one a sample at most, and one at the end */
};

static struct epoch_sums epoch_sums(const real *began)
{
    const double resolution = sizeof(real) == 8 ? 2.3e-16 : 1.2e-7, n = (double)watch.size;
    struct epoch_sums e = {0};
    for (size_t i = 0; i < watch.size; i++) {
        const double from = (double)began[i], to = (double)watch.merged[i];
        double sum = 0;
        for (unsigned k = 0; k < THREADS; k++)
            sum += watch.moved[k][i];
        e.off += pow(to - from - sum, 2) / n;
        e.moved += sum * sum / n;
        e.rounding += pow(fabs(from) + fabs(to), 2) / n;
    }
    return (struct epoch_sums){sqrt(e.off), sqrt(e.moved),
                               (SAMPLES + THREADS) * resolution * sqrt(e.rounding)};
}

static void watched_epoch(struct session *s, real *began, unsigned every)
{
    memcpy(began, s->w, watch.size * sizeof *began);
    for (unsigned k = 0; k < THREADS; k++)
        memset(watch.moved[k], 0, watch.size * sizeof *watch.moved[k]);
    meeting.epoch++;
    meeting.begun = 0;
    const size_t before = alloc_count();
    session_epoch(s);
    CHECK_INT(alloc_count(), before);
    const struct epoch_sums e = epoch_sums(began);
    CHECK_MSG(e.off < e.rounding, "%s, %s, every %u: off by %g of %g", s->model->ops->name, watch.ops.name,
              every, e.off, e.moved);
    CHECK_MSG(e.moved > 30 * e.rounding, "%s, %s: moved by %g: too short a way, as rounding makes %g",
              s->model->ops->name, watch.ops.name, e.moved, e.rounding);
}

static void conserved(const struct model_ops *model, const struct optimizer_ops *optimizer, unsigned every,
                      unsigned accumulate)
{
    char text[400];
    const bool adf = strcmp(optimizer->name, "adf") == 0; /* (whose rate falls faster by default) */
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, l2.value: %g%s}\nengine: {name: asyngrad, pin: false, "
             "audit.every: 0, "
             "threads: %d, accumulate: %u, combine: {mode: fixed, blocks: 100000, every: %u}}\n",
             optimizer->name, fixture_rate(model) / (keeps_direction(optimizer) ? 10 : 1),
             fixture_l2(optimizer->name, 0.5), adf ? ", decay_rare: 1, decay_frequent: 0.999" : "", THREADS,
             accumulate, every);
    struct fixture *f = fixture_new(model, variant_of(model, 6), 4, SAMPLES, 8, text);
    struct session *s = session_new(f->config, engine_named("asyngrad"), optimizer, f->model, f->data, 3, &e);
    struct model_ops ops = *model;
    if (!CHECK_MSG(s != NULL && s->local_copies.on, "%s", e.text))
        return;
    real *began = memory_new(f->model->layout.size, sizeof *began);
    meeting.ops = model;
    ops.gradient = meeting_gradient;
    f->model->ops = &ops;
    watch_begin(s);
    for (unsigned epoch = 0; epoch < EPOCHS; epoch++)
        watched_epoch(s, began, every);
    watch_end(s);
    f->model->ops = model;
    memory_free(began);
    session_free(s);
    fixture_free(f);
}

/* Copies that are merged after each step, at times, and at the end of an epoch only. */
TEST(combined_writes_of_threads_are_conserved)
{
    static const unsigned every[] = {1, 4, 1000};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < 3 && !optimizer_table[o]->needs_seen; c++)
                conserved(model_table[m], optimizer_table[o], every[c], c == 1 ? 3 : 1);
}

TEST(rules_that_look_back_do_not_combine)
{
    for (size_t o = 0; optimizer_table[o]; o++) {
        char text[600];
        struct error e = {0};
        snprintf(
            text, sizeof text,
            "optimizer: {name: %s, rate: 0.1}\nengine: {name: asyngrad, threads: 3, combine.mode: auto}\n",
            optimizer_table[o]->name);
        struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 6), 4, 90, 8, text);
        struct session *s =
            session_new(f->config, engine_named("asyngrad"), optimizer_table[o], f->model, f->data, 3, &e);
        CHECK_MSG((s == NULL) == optimizer_table[o]->needs_seen, "%s: %s", optimizer_table[o]->name, e.text);
        CHECK_MSG(s || (e.kind == ERROR_USAGE && strstr(e.text, "combine.mode")), "%s", e.text);
        session_free(s);
        fixture_free(f);
    }
}

/* What `accumulate` samples make together is one step of their sum, and what is left at the end of an epoch another;
 * all by the equations of lib/learn/schedule.h. */
struct accumulated_run {
    unsigned sentences, longest;
    double rate;
    int epochs;
};

static void accumulated(const struct model_ops *model, const struct model_variant *v,
                        const struct optimizer_ops *optimizer, const char *engine, struct accumulated_run run)
{
    char text[600];
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, l2.value: %g%s}\nengine: {name: %s, accumulate: 4, "
             "audit.every: 5}\n",
             optimizer->name, run.rate, fixture_l2(optimizer->name, 0.5), oracle_keys(optimizer), engine);
    struct fixture *f = fixture_new(model, v, 4, run.sentences, run.longest, text);
    struct error e = {0};
    struct session *s = session_new(f->config, engine_named(engine), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    struct oracle *o = oracle_new(s, f->config, run.rate, 0.94, fixture_l2(optimizer->name, 0.5));
    for (int epoch = 0; epoch < run.epochs; epoch++, o->done += s->nsamples) {
        session_epoch(s);
        for (size_t first = 0; first < s->nsamples; first += 4) {
            const size_t b = s->nsamples - first < 4 ? s->nsamples - first : 4;
            oracle_clear(o);
            for (size_t j = 0; j < b; j++)
                oracle_add(o, o->w, first + j, 1);
            oracle_decay(o, o->w, oracle_rate(o, first), (double)b);
            oracle_write(o, o->w, oracle_rate(o, first), first, NULL);
        }
    }
    const double off = oracle_distance(o);
    CHECK_MSG(off < (sizeof(real) == 8 ? 1e-11 : 1e-3), "%s, %s, %s, %s: off by %g", model->name, v->name,
              optimizer->name, engine, off);
    CHECK_INT(fixture_counts(s, 0)->gradients, s->nsamples);
    oracle_free(o);
    session_free(s);
    fixture_free(f);
}

TEST(accumulated_gradients_are_one_step)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t g = 0; engine_table[g]; g++)
                    if (engine_table[g]->immediate && !optimizer_table[o]->needs_seen)
                        accumulated(model_table[m], v, optimizer_table[o], engine_table[g]->name,
                                    (struct accumulated_run){30, 8, 0.1, 1});
}

/* The same of a network so wide, and of batches so long, that their derivatives are packed (lib/learn/worker.c). All
 * samples are one step, so that the products of the next epoch have as many tokens and stand where the last ones did.
 */
TEST(accumulated_gradients_of_wide_networks)
{
    static const struct model_variant wide = {"wide", "embedding: 72\n  hidden: 264\n  layers: 2",
                                              "U0:%x[0,0]\nU1:%x[-1,0]\n", 0.01, true};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; strcmp(model_table[m]->name, "bilstm") == 0 && optimizer_table[o]; o++)
            if (!optimizer_table[o]->needs_seen)
                accumulated(model_table[m], &wide, optimizer_table[o], "sequential",
                            (struct accumulated_run){4, 90, 0.01, 2});
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
        accumulate_sample(k, s, z);
        for (size_t b = 0; b < k->gradient.count; b++)
            for (uint32_t i = 0; i < k->gradient.bundle[b].count; i++)
                due[l->group[k->gradient.bundle[b].group].first + k->gradient.bundle[b].id[i]] = true;
        for (uint32_t b = 0; b < l->nblocks; b++)
            stamped[t] += tracker_of(s)->stamp[b] != 0;
    }
    for (uint32_t b = 0; b < l->nblocks; b++) {
        CHECK_MSG((tracker_of(s)->stamp[b] != 0) == due[b], "block %u", b);
        blocks += due[b];
    }
    CHECK(stamped[0] == 0 && stamped[1] == 0 && stamped[2] == blocks && blocks > 0);
    memory_free(due);
    session_free(s);
    fixture_free(f);
}

/* Worker j of k, alone with the samples j, j + k, j + 2k … of the epoch that the session has just run: by the equations
 * of lib/engines/averaging.c, one to a round. */
static void average_by_hand(struct oracle *o, size_t j, size_t k, size_t accumulate)
{
    const size_t N = o->s->nsamples, size = o->s->model->layout.size, epochs = o->s->epoch - 1;
    real *then = memory_new((N / k + 1) * size, sizeof *then); /* what each of them read */
    o->optimizer->steps = (N + k - 1) / k;
    o->done = epochs * o->optimizer->steps; /* the worker's own steps */
    for (size_t r = 0; r * k + j < N; r++) {
        const size_t first = r / accumulate * accumulate;
        double gamma = o->rate * pow(o->decay, (double)(epochs * N + r * k) / (double)N);
        for (size_t z = o->s->batched ? first : r; z <= r; z++)
            memcpy(then + z * size, o->w, size * sizeof *then);
        oracle_decay(o, o->w, gamma, 1);
        if (r + 1 - first < accumulate && r * k + j + k < N)
            continue;
        oracle_clear(o);
        for (size_t z = first; z <= r; z++)
            oracle_add(o, then + z * size, z * k + j, 1);
        gamma = o->rate * pow(o->decay, (double)(epochs * N + first * k) / (double)N);
        oracle_write(o, o->w, gamma, first, NULL);
    }
    memory_free(then);
}

/* The mean of all w_j, which each of them begins the next epoch with. */
static void mix_by_hand(struct oracle *const *o, size_t k, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += (double)o[j]->w[i];
        for (size_t j = 0; j < k; j++)
            o[j]->w[i] = (real)(sum / (double)k);
    }
}

static void averaged(const struct model_ops *model, size_t v, const struct optimizer_ops *optimizer,
                     unsigned k, unsigned accumulate)
{
    char text[600];
    struct error e = {0};
    struct oracle *o[40];
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, decay: 0.8, l2.value: %g%s}\n"
             "engine: {name: averaging, pin: false, audit.every: 0, threads: %u, accumulate: %u}\n",
             optimizer->name, fixture_rate(model), fixture_l2(optimizer->name, 0.5), oracle_keys(optimizer),
             k, accumulate);
    struct fixture *f = fixture_new(model, variant_of(model, v), 5, 31, 9, text);
    struct session *s =
        session_new(f->config, engine_named("averaging"), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    for (size_t j = 0; j < k; j++)
        o[j] = oracle_new(s, f->config, fixture_rate(model), 0.8, fixture_l2(optimizer->name, 0.5));
    for (int epoch = 0; epoch < 3; epoch++) {
        const size_t before = alloc_count();
        CHECK(isfinite(session_epoch(s)));
        CHECK_INT(alloc_count(), before);
        CHECK_INT(s->team, k);
        for (size_t j = 0; j < k; j++)
            average_by_hand(o[j], j, k, accumulate);
        mix_by_hand(o, k, f->model->layout.size);
        const double off = oracle_distance(o[0]);
        CHECK_MSG(off < (sizeof(real) == 8 ? 1e-10 : 5e-4),
                  "%s, %s, %s: %u threads, accumulate %u, epoch %d: off by %g", model->name,
                  variant_of(model, v)->name, optimizer->name, k, accumulate, epoch, off);
    }
    for (size_t j = 0; j < k; j++)
        oracle_free(o[j]);
    session_free(s);
    fixture_free(f);
}

/* 31 samples make the last round of 2 and 3 threads a shorter one; of 40 threads some have nothing to do. */
TEST(averaging_is_what_the_equations_say)
{
    static const unsigned counts[] = {1, 2, 3, 40};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++) {
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
                if (counts[c] == 1 || fixture_pair(optimizer_table[o], engine_named("averaging")))
                    averaged(model_table[m], o + c, optimizer_table[o], counts[c], 1);
            for (unsigned k = 2; k < 4 && !optimizer_table[o]->needs_seen && !optimizer_table[o]->settle; k++)
                averaged(model_table[m], o + k, optimizer_table[o], k, 4);
        }
}

/* Whoever is fast or slow. */
TEST(averaging_has_the_same_bits_again)
{
    for (size_t o = 0; optimizer_table[o]; o++) {
        real *w = NULL;
        for (int again = 0; again < 4 && !optimizer_table[o]->settle; again++) {
            struct error e = {0};
            struct fixture *f =
                fixture_new(model_table[0], variant_of(model_table[0], 2), 5, 31, 9,
                            fixture_sections(optimizer_table[o]->name, "averaging", 3, "shuffle"));
            struct session *s = session_new(f->config, engine_named("averaging"), optimizer_table[o],
                                            f->model, f->data, 3, &e);
            CHECK_MSG(s != NULL, "%s", e.text);
            const size_t bytes = f->model->layout.size * sizeof *w;
            session_epoch(s);
            session_epoch(s);
            if (!w)
                w = memcpy(memory_new(1, bytes), s->w, bytes);
            CHECK_MSG(memcmp(w, s->w, bytes) == 0, "%s", optimizer_table[o]->name);
            session_free(s);
            fixture_free(f);
        }
        memory_free(w);
    }
}

/* ---- an optimizer that computes w from its state */

static size_t settled;

static void settle_here(struct optimizer *o, real *w)
{
    (void)o;
    w[0] = (real)++settled;
}

static struct optimizer *create_settling(const struct config *c, const struct layout *layout,
                                         struct error *e);

static const struct optimizer_ops *settling(void)
{
    static struct optimizer_ops ops;
    ops = *optimizer_table[0];
    ops.create = create_settling;
    ops.settle = settle_here;
    ops.own_penalty = "strength";
    return &ops;
}

static struct optimizer *create_settling(const struct config *c, const struct layout *layout, struct error *e)
{
    struct optimizer *o = optimizer_table[0]->create(c, layout, e);
    o->ops = settling();
    return o;
}

/* It settles once an epoch, when all is written; and the schedule's penalty, which would change w, is refused. */
TEST(what_is_computed_from_the_state_settles_and_does_not_decay)
{
    for (size_t g = 0; engine_table[g]; g++)
        for (int decay = 0; decay < 2 && !engine_table[g]->own_weights; decay++) {
            char text[256];
            struct error e = {0};
            snprintf(text, sizeof text,
                     "optimizer: {rate: 0.01, l2.value: %d}\nengine: {name: %s, pin: false, threads: %d}\n",
                     decay, engine_table[g]->name, engine_table[g]->parallel ? 2 : 1);
            struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 0), 4, 20, 8, text);
            struct session *s = session_new(f->config, engine_table[g], settling(), f->model, f->data, 3, &e);
            settled = 0;
            for (size_t epoch = 1; s && epoch < 4; epoch++) {
                session_epoch(s);
                CHECK_MSG(settled == epoch && s->w[0] == (real)epoch, "%s", engine_table[g]->name);
            }
            CHECK_MSG((s == NULL) == decay, "%s: %s", engine_table[g]->name, e.text);
            CHECK_MSG(!decay || (e.kind == ERROR_USAGE && strstr(e.text, "use optimizer.strength")), "%s",
                      e.text);
            session_free(s);
            fixture_free(f);
        }
}

TEST(nothing_is_allocated_in_an_epoch)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++)
                for (size_t g = 0; engine_table[g]; g++) {
                    const bool pair = fixture_pair(optimizer_table[o], engine_table[g]);
                    unsigned threads = engine_table[g]->parallel && pair ? 2 : 1;
                    struct fixture *f =
                        fixture_new(model_table[m], v, 6, 20, 12,
                                    fixture_sections(optimizer_table[o]->name, engine_table[g]->name, threads,
                                                     "shuffle"));
                    struct error e = {0};
                    struct session *s =
                        session_new(f->config, engine_table[g], optimizer_table[o], f->model, f->data, 3, &e);
                    CHECK_MSG(s != NULL, "%s", e.text);
                    size_t before = alloc_count();
                    for (int epoch = 0; epoch < 2; epoch++)
                        session_epoch(s);
                    CHECK_MSG(alloc_count() == before, "%s %s %s: %zu allocations", v->name,
                              optimizer_table[o]->name, engine_table[g]->name, alloc_count() - before);
                    memory_free(memory_new(1, 1));
                    CHECK_MSG(alloc_count() > before, "the counter does not count");
                    session_free(s);
                    fixture_free(f);
                }
}

/* The rate of the k-th step, N an epoch, as section `optimizer` gives it. */
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
    double (*factor)(double t); /* after t epochs */
} falls[] = {{"schedule: exponential", fall_exponential},
             {"schedule: constant, warmup: 0.5", fall_warm},
             {"schedule: inverse", fall_inverse},
             {"schedule: inverse-sqrt, horizon: 0.5", fall_inverse_sqrt},
             {"schedule: step, decay: 0.3", fall_step}};

/* The same optimizer at S = 1, with plain w <- (1 - gamma lambda/N) w of every weight before each step. */
static void decay_exactly(const struct model_ops *model, const struct model_variant *v,
                          const struct optimizer_ops *optimizer, const struct fall *fall)
{
    char sections[256];
    const double rate = fixture_rate(model), lambda = fixture_l2(optimizer->name, 0.5);
    snprintf(sections, sizeof sections, "optimizer: {name: %s, rate: %g, l2.value: %g, %s}\n",
             optimizer->name, rate, lambda, fall->keys);
    struct fixture *f = fixture_new(model, v, 5, 30, 8, sections);
    struct error e = {0};
    struct session *s =
        session_new(f->config, engine_named("sequential"), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    const struct layout *l = &f->model->layout;
    real *w = fixture_start(f->model, s->seed);
    struct optimizer *plain = optimizer->create(f->config, l, &e);
    struct coalescer *sum = coalescer_new(l);
    size_t N = plain->steps = f->data->count, k = 0;
    if (optimizer->prepare)
        optimizer->prepare(plain, 1);
    for (int epoch = 0; epoch < 3; epoch++) {
        session_epoch(s);
        for (size_t t = 0; t < N; t++, k++) { /* the order of the epoch that was just run */
            double gamma = rate * fall->factor((double)k / (double)N);
            struct worker *worker = s->worker[0];
            struct weights view = {.w = w, .scale = 1};
            fixture_gradient(s, worker, &view, t);
            for (size_t i = 0; i < l->size; i++)
                w[i] *= (real)(1 - gamma * lambda / (double)N);
            struct step step = {.bundles = &worker->gradient,
                                .blocks = coalescer_sum(sum, &worker->gradient),
                                .length = (real)gamma,
                                .number = k};
            optimizer->step(plain, w, &step);
        }
    }
    session_fold(s);
    double gap = 0, size = 0;
    for (size_t i = 0; i < l->size; i++) {
        gap = fmax(gap, fabs((double)(w[i] - s->w[i])));
        size = fmax(size, fabs((double)w[i]));
    }
    CHECK_MSG(size > 0.1 && gap < (sizeof(real) == 8 ? 1e-12 : 1e-4) * size, "%s, %s, %s: off by %g of %g",
              v->name, optimizer->name, fall->keys, gap, size);
    optimizer->destroy(plain);
    coalescer_free(sum);
    memory_free(w);
    session_free(s);
    fixture_free(f);
}

/* The factor kept outside w is exact in effect, for every optimizer and every schedule. */
TEST(weight_decay_is_exact)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t o = 0; v->probabilities && optimizer_table[o]; o++)
                decay_exactly(model_table[m], v, optimizer_table[o], &falls[0]);
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t k = 1; k < sizeof falls / sizeof *falls; k++)
            decay_exactly(model_table[0], variant_of(model_table[0], 0), optimizer_table[o], &falls[k]);
}

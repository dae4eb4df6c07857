/* SPDX-License-Identifier: MIT
 *
 * Law `interleaved` of engine simulated: one worker alone is sequential, bit for bit; and many do what the same draws
 * give in a plain way: whole vectors for copies, a set of samples for what a block's value holds.
 */
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops simulated_ops, sequential_ops;

static struct fixture *world(const struct model_ops *model, const struct model_variant *v,
                             const struct optimizer_ops *optimizer, unsigned workers, unsigned sentences,
                             const char *more)
{
    char text[512];
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: 0.1, l2.value: %g}\n"
             "engine: {name: simulated, pin: false, workers: %u, delay.law: interleaved%s}\n",
             optimizer->name, fixture_l2(optimizer->name, 0.5), workers, more);
    return fixture_new(model, v, 6, sentences, 9, text);
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
        sum.errors += n->errors;
        sum.read_overwrites += n->read_overwrites;
        sum.write_overwrites += n->write_overwrites;
        sum.delay_sum += n->delay_sum;
        sum.lost_updates += n->lost_updates;
    }
    return sum;
}

TEST(interleaved_alone_is_sequential)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (size_t o = 0; optimizer_table[o]; o++) {
                struct fixture *f = world(model_table[m], v, optimizer_table[o], 1, 40, "");
                struct session *s = begin(f, &simulated_ops, optimizer_table[o]),
                               *truth = begin(f, &sequential_ops, optimizer_table[o]);
                for (int epoch = 0; epoch < 3; epoch++) {
                    CHECK(session_epoch(s) == session_epoch(truth));
                    struct gradient_counts n = total(s);
                    CHECK_INT(n.gradients, s->nsamples);
                    CHECK_INT(n.errors + n.delay_sum + (uint64_t)n.lost_updates, 0);
                }
                CHECK_MSG(memcmp(s->w, truth->w, f->model->layout.size * sizeof(real)) == 0, "%s, %s, %s",
                          f->model->ops->name, v->name, optimizer_table[o]->name);
                session_free(s);
                session_free(truth);
                fixture_free(f);
            }
}

/* A gradient may have no block to write: W is one event then. */
TEST(interleaved_with_nothing_to_write)
{
    static const struct model_variant v = {
        .name = "negligible", .lines = "negligible: 0.5", .template = "U0:%x[0,0]\nU1:%x[-1,0]\n"};
    for (unsigned workers = 1; workers < 6; workers += 2) {
        char text[256];
        snprintf(text, sizeof text,
                 "optimizer: {rate: 1, l2.value: 0.01}\n"
                 "engine: {name: simulated, pin: false, workers: %u, delay.law: interleaved}\n",
                 workers);
        struct fixture *f = fixture_new(model_table[0], &v, 6, 60, 2, text);
        struct session *s = begin(f, &simulated_ops, optimizer_table[0]),
                       *truth = begin(f, &sequential_ops, optimizer_table[0]);
        size_t nothing = 0;
        for (int epoch = 0; epoch < 8; epoch++) {
            session_epoch(s);
            session_epoch(truth);
            CHECK_INT(total(s).gradients, s->nsamples);
        }
        struct worker *k = s->worker[0];
        for (size_t z = 0; z < s->nsamples; z++) {
            struct weights view = session_weights(s);
            k->gradient.count = 0;
            f->model->ops->gradient(f->model, &view, &s->sample[z], &k->gradient, k->scratch);
            nothing += k->gradient.count == 0;
        }
        CHECK_MSG(nothing > 3, "%zu gradients write nothing", nothing);
        CHECK(workers > 1 || memcmp(s->w, truth->w, f->model->layout.size * sizeof(real)) == 0);
        session_free(s);
        session_free(truth);
        fixture_free(f);
    }
}

/* ---- the plain way, for an epoch of up to 64 samples */

#define MOST 512 /* blocks of a sample */
#define BUNDLES 256 /* likewise */

struct block {
    uint32_t group, id, number; /* number: among all blocks */
};

struct plain_worker {
    size_t ticket, event; /* done of the sample */
    struct block read[MOST], write[MOST];
    size_t nread, nwrite;
    real *copy, *stage; /* laid out as w */
    real *rows; /* of the gradient */
    struct bundle bundle[BUNDLES];
    struct gradient gradient;
    uint64_t set; /* of the value that was loaded last */
};

struct window { /* ticks of a sample */
    uint32_t worker;
    size_t read, computed, write, written;
};

struct plain {
    const struct session *s;
    const struct layout *l;
    struct optimizer *optimizer;
    real *w;
    uint64_t *set, *all; /* [nblocks] tickets whose updates the value holds; that were stored at all */
    struct plain_worker *worker;
    struct window window[64];
    void *scratch;
    struct coalescer *sum;
};

/* The blocks of g, each once, as they first appear. */
static size_t blocks_of(const struct layout *l, const struct gradient *g, struct block *out)
{
    size_t n = 0;
    for (size_t b = 0; b < g->count; b++)
        for (uint32_t i = 0; i < g->bundle[b].count; i++) {
            uint32_t group = g->bundle[b].group, id = g->bundle[b].id[i];
            size_t k = 0;
            while (k < n && (out[k].group != group || out[k].id != id))
                k++;
            if (k == n)
                out[n++] = (struct block){group, id, l->group[group].first + id};
        }
    CHECK(n <= MOST);
    return n;
}

static size_t place(const struct layout *l, const struct block *b)
{
    return l->group[b->group].offset + b->id * layout_block(&l->group[b->group]);
}

static void copy_block(const struct layout *l, const struct block *b, real *to, const real *from)
{
    memcpy(to + place(l, b), from + place(l, b), layout_block(&l->group[b->group]) * sizeof *to);
}

static bool plain_take(struct plain *p, struct plain_worker *k, size_t ticket)
{
    if (ticket >= p->s->nsamples)
        return false;
    k->ticket = ticket;
    k->event = 0;
    k->gradient.count = 0;
    p->s->model->ops->list_blocks(p->s->model, &p->s->sample[p->s->order[ticket]], &k->gradient);
    k->nread = blocks_of(p->l, &k->gradient, k->read);
    for (size_t i = 0; i < p->l->size; i++)
        k->copy[i] = (real)NAN;
    return true;
}

static size_t on_lines(size_t n) /* reals, to whole cache lines of float */
{
    return (n + 15) / 16 * 16;
}

static void plain_gradient(struct plain *p, struct plain_worker *k)
{
    const struct session *s = p->s;
    struct weights view = {.w = k->copy, .scale = s->schedule.read[k->ticket]};
    real *to = k->rows;
    k->gradient.count = 0;
    k->gradient.draw = session_draw(s, s->epoch - 1, s->order[k->ticket]);
    k->gradient.exact = s->optimizer->ops->needs_exact;
    s->model->ops->gradient(s->model, &view, &s->sample[s->order[k->ticket]], &k->gradient, p->scratch);
    gradient_fill(&k->gradient, p->l, s->worker[0]->rows);
    for (size_t b = 0; b < k->gradient.count; b++) {
        size_t n = layout_block(&p->l->group[k->gradient.bundle[b].group]);
        k->gradient.bundle[b].row = memcpy(to, k->gradient.bundle[b].row, n * sizeof *to);
        to += on_lines(n);
    }
    k->nwrite = blocks_of(p->l, &k->gradient, k->write);
    CHECK(k->nwrite > 0);
}

/* The step of one block alone: bundles with it keep no other id. */
static void plain_step(struct plain *p, struct plain_worker *k, const struct block *b)
{
    struct bundle mine[BUNDLES];
    struct gradient g = {.bundle = mine, .capacity = BUNDLES};
    for (size_t j = 0; j < k->gradient.count; j++)
        for (uint32_t i = 0; i < k->gradient.bundle[j].count; i++)
            if (k->gradient.bundle[j].group == b->group && k->gradient.bundle[j].id[i] == b->id)
                gradient_add(&g, b->group, 1, &k->gradient.bundle[j].id[i], k->gradient.bundle[j].row);
    struct step step = {.bundles = &g,
                        .blocks = coalescer_sum(p->sum, &g),
                        .length = p->s->schedule.write[k->ticket],
                        .number = k->ticket,
                        .worker = (uint32_t)(k - p->worker),
                        .scale_seen = p->s->schedule.read[k->ticket],
                        .scale = p->s->schedule.read[k->ticket]};
    real *seen = k->copy + place(p->l, b);
    step.seen = p->optimizer->ops->needs_seen ? &seen : NULL;
    p->optimizer->ops->step(p->optimizer, k->stage, &step);
}

/* The next event at this tick; false when it was the last of the sample. */
static bool plain_event(struct plain *p, struct plain_worker *k, size_t tick)
{
    struct window *t = &p->window[k->ticket];
    size_t at = k->event++;
    if (at < k->nread) {
        copy_block(p->l, &k->read[at], k->copy, p->w);
        if (at == 0)
            *t = (struct window){.worker = (uint32_t)(k - p->worker), .read = tick};
        return true;
    }
    if (at == k->nread) {
        plain_gradient(p, k);
        t->computed = tick;
        return true;
    }
    const struct block *b = &k->write[(at - k->nread - 1) / 2];
    if (at == k->nread + 1)
        t->write = tick;
    if ((at - k->nread) % 2 == 1) {
        copy_block(p->l, b, k->stage, p->w);
        k->set = p->set[b->number];
        return true;
    }
    plain_step(p, k, b);
    copy_block(p->l, b, p->w, k->stage);
    p->set[b->number] = k->set | (uint64_t)1 << k->ticket;
    p->all[b->number] |= (uint64_t)1 << k->ticket;
    t->written = tick;
    return at < k->nread + 2 * k->nwrite;
}

static void plain_pass(struct plain *p)
{
    const struct session *s = p->s;
    uint32_t busy[64], nbusy = 0;
    size_t ticket = 0, tick = 0;
    struct rng r;
    rng_init(&r, s->seed, RNG_DELAY, 0);
    for (; nbusy < s->nworkers && plain_take(p, &p->worker[nbusy], ticket); nbusy++, ticket++)
        busy[nbusy] = nbusy;
    while (nbusy > 0) {
        uint64_t at = rng_below(&r, nbusy);
        struct plain_worker *k = &p->worker[busy[at]];
        if (!plain_event(p, k, tick++) && !plain_take(p, k, ticket++))
            busy[at] = busy[--nbusy];
    }
}

static struct plain *plain_new(const struct fixture *f, const struct session *s)
{
    struct plain *p = memory_new(1, sizeof *p);
    struct error e = {0};
    *p = (struct plain){.s = s,
                        .l = &f->model->layout,
                        .optimizer = s->optimizer->ops->create(f->config, &f->model->layout, &e),
                        .w = memory_lines(f->model->layout.size, sizeof(real)),
                        .set = memory_new(f->model->layout.nblocks, sizeof(uint64_t)),
                        .all = memory_new(f->model->layout.nblocks, sizeof(uint64_t)),
                        .worker = memory_new(s->nworkers, sizeof *p->worker),
                        .scratch = f->model->ops->scratch_new(f->model, f->data->longest),
                        .sum = coalescer_new(&f->model->layout)};
    struct rng r;
    rng_init(&r, s->seed, RNG_INIT, 0);
    f->model->ops->init(f->model, p->w, &r);
    p->optimizer->steps = s->nsamples;
    if (p->optimizer->ops->prepare)
        p->optimizer->ops->prepare(p->optimizer, s->nworkers);
    size_t most = 0;
    for (uint32_t g = 0; g < p->l->ngroups; g++)
        most = layout_block(&p->l->group[g]) > most ? on_lines(layout_block(&p->l->group[g])) : most;
    for (uint32_t k = 0; k < s->nworkers; k++) {
        struct plain_worker *worker = &p->worker[k];
        worker->copy = memory_lines(p->l->size, sizeof(real));
        worker->stage = memory_lines(p->l->size, sizeof(real));
        worker->rows = memory_lines(BUNDLES * most, sizeof(real));
        worker->gradient = (struct gradient){.bundle = worker->bundle, .capacity = BUNDLES};
    }
    return p;
}

static void plain_free(struct plain *p)
{
    for (uint32_t k = 0; k < p->s->nworkers; k++) {
        memory_free(p->worker[k].copy);
        memory_free(p->worker[k].stage);
        memory_free(p->worker[k].rows);
    }
    p->optimizer->ops->destroy(p->optimizer);
    p->s->model->ops->scratch_free(p->scratch);
    coalescer_free(p->sum);
    memory_free(p->worker);
    memory_free(p->w);
    memory_free(p->set);
    memory_free(p->all);
    memory_free(p);
}

/* Did another's W meet these ticks? */
static bool met(const struct plain *p, const struct window *t, size_t from, size_t to)
{
    for (size_t k = 0; k < p->s->nsamples; k++)
        if (p->window[k].worker != t->worker && p->window[k].write <= to && from <= p->window[k].written)
            return true;
    return false;
}

static void check_counts(const struct plain *p, const char *what)
{
    struct gradient_counts n = total(p->s);
    uint64_t reading = 0, writing = 0, either = 0, delay = 0, lost = 0;
    for (size_t k = 0; k < p->s->nsamples; k++) {
        const struct window *t = &p->window[k];
        bool r = met(p, t, t->read, t->computed), w = met(p, t, t->write, t->written);
        reading += r, writing += w, either += r || w;
        for (size_t j = 0; j < p->s->nsamples; j++)
            delay += p->window[j].worker != t->worker && p->window[j].written > t->read &&
                     p->window[j].written < t->write;
    }
    for (uint32_t b = 0; b < p->l->nblocks; b++)
        lost += (uint64_t)__builtin_popcountll(p->all[b] & ~p->set[b]);
    CHECK_MSG(n.read_overwrites == reading && n.write_overwrites == writing && n.errors == either &&
                  n.delay_sum == delay && n.lost_updates == (int64_t)lost,
              "%s: %ju %ju %ju %ju %jd, not %ju %ju %ju %ju %ju", what, (uintmax_t)n.read_overwrites,
              (uintmax_t)n.write_overwrites, (uintmax_t)n.errors, (uintmax_t)n.delay_sum,
              (intmax_t)n.lost_updates, (uintmax_t)reading, (uintmax_t)writing, (uintmax_t)either,
              (uintmax_t)delay, (uintmax_t)lost);
    CHECK_INT(n.gradients, p->s->nsamples);
    CHECK_MSG(p->s->nworkers == 1 || (lost > 0 && reading > 0 && writing > 0), "%s: too tame", what);
}

TEST(interleaved_events_are_what_they_say)
{
    static const unsigned workers[] = {1, 2, 3, 7, 40};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t c = 0; c < sizeof workers / sizeof *workers; c++) {
                char what[128];
                snprintf(what, sizeof what, "%s, %s, %u workers", model_table[m]->name,
                         optimizer_table[o]->name, workers[c]);
                struct fixture *f = world(model_table[m], variant_of(model_table[m], 6), optimizer_table[o],
                                          workers[c], 50, ", tracker: overlap");
                struct session *s = begin(f, &simulated_ops, optimizer_table[o]);
                size_t allocated = alloc_count();
                session_epoch(s);
                CHECK_INT(alloc_count(), allocated);
                struct plain *p = plain_new(f, s);
                plain_pass(p);
                CHECK_MSG(memcmp(s->w, p->w, p->l->size * sizeof(real)) == 0, "%s: other weights", what);
                check_counts(p, what);
                plain_free(p);
                session_free(s);
                fixture_free(f);
            }
}

/* The seed fixes every bit, another one none. */
TEST(interleaved_goes_by_the_seed)
{
    struct fixture *f = world(model_table[0], variant_of(model_table[0], 2), optimizer_table[0], 5, 60, "");
    struct session *s[3];
    size_t bytes = f->model->layout.size * sizeof(real);
    for (int k = 0; k < 3; k++) {
        s[k] = begin(f, &simulated_ops, optimizer_table[0]);
        for (int epoch = 0; epoch < 3; epoch++) {
            session_epoch(s[k]);
            s[k]->seed += k == 2; /* order and draws */
        }
    }
    CHECK(memcmp(s[0]->w, s[1]->w, bytes) == 0);
    CHECK(memcmp(s[0]->w, s[2]->w, bytes) != 0);
    for (int k = 0; k < 3; k++)
        session_free(s[k]);
    fixture_free(f);
}

/* Nothing is counted where the tracker is off, and lost updates are this law's alone. */
TEST(lost_updates_are_counted_where_they_can_be)
{
    struct fixture *f =
        world(model_table[0], variant_of(model_table[0], 0), optimizer_table[0], 5, 60, ", tracker: off");
    struct session *s = begin(f, &simulated_ops, optimizer_table[0]),
                   *other = begin(f, &sequential_ops, optimizer_table[0]);
    session_epoch(s);
    CHECK(!tracker_of(s)->value && !tracker_of(other)->value);
    CHECK_INT(total(s).lost_updates, 0);
    session_free(s);
    session_free(other);
    fixture_free(f);
}

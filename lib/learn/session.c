/* SPDX-License-Identifier: MIT */
#include "lib/learn/session.h"

#include "lib/base/memory.h"
#include "lib/learn/accumulate.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct key engine_keys[] = {
    {"threads", KEY_INTEGER, 1, WORKERS_MOST, "1", NULL,
     "number of threads, each of them a worker; engines that run in one thread take 1 only"},
    {"sampling", KEY_CHOICE, 0, 0, "shuffle", "shuffle|uniform",
     "samples of an epoch\n"
     "shuffle: all, in random order\n"
     "uniform: as many, drawn with replacement (Algorithm 1 of Sun 2016)"},
    {"pin", KEY_BOOL, 0, 0, "true", NULL, "bind each worker to a core of its own"},
    {"accumulate", KEY_INTEGER, 1, 1e6, "1", NULL,
     "number of samples whose gradients a worker adds up into one step, for engines that write each gradient "
     "at once\n"
     "the rate is that of the first sample; with fewer steps an epoch, tune the rate anew"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Tickets that a thread takes at once. The cursor's cache line then goes from core to core less often; where an epoch
 * is short, one, so that all threads are done at the same time. */
#define TICKET_BATCH 4

/* ---- making */

/* The names of the engines that have a property, "a, b or c". */
static const char *names_of(bool (*has)(const struct engine_ops *e), char *names, size_t size)
{
    size_t count = 0, k = 0, at = 0;
    for (const struct engine_ops *const *e = engine_table; *e; e++)
        count += has(*e);
    for (const struct engine_ops *const *e = engine_table; *e; e++)
        if (has(*e) && at < size) {
            k++;
            at += (size_t)snprintf(names + at, size - at, "%s%s",
                                   k == 1       ? ""
                                   : k == count ? " or "
                                                : ", ",
                                   (*e)->name);
        }
    return names;
}

static bool is_immediate(const struct engine_ops *e)
{
    return e->immediate;
}

static bool is_parallel(const struct engine_ops *e)
{
    return e->parallel;
}

/* What cannot go together. */
static bool check_compatible(const struct session *s, const struct config *c, const struct optimizer_ops *o,
                             struct error *e)
{
    char names[128];
    if (o->own_penalty && s->schedule.lambda != 0)
        return config_fault(
            c, "optimizer.l2.value", e,
            "optimizer '%s' has an L2 penalty of its own; set l2.value to 0 and use optimizer.%s", o->name,
            o->own_penalty);
    if (s->engine->own_weights && s->nworkers > 1 && o->settle)
        return config_fault(
            c, "optimizer.name", e,
            "optimizer '%s' computes the weights from its state, and engine '%s' mixes weights, not "
            "states; take another optimizer or engine",
            o->name, s->engine->name);
    if (s->local_copies.on && o->needs_seen)
        return config_fault(c, "engine.combine.mode", e,
                            "optimizer '%s' compensates what others wrote between read and write, and in a "
                            "worker's own copy nobody else does; set mode to none",
                            o->name);
    if (s->accumulate == 1)
        return true;
    if (!s->engine->immediate)
        return config_fault(c, "engine.accumulate", e,
                            "engine '%s' does not save up gradients; set it to 1, or take engine %s",
                            s->engine->name, names_of(is_immediate, names, sizeof names));
    if (o->needs_seen)
        return config_fault(
            c, "engine.accumulate", e,
            "optimizer '%s' compensates the delay of each gradient by itself; set it to 1, or "
            "take another optimizer",
            o->name);
    return true;
}

static bool take_samples(struct session *s, const struct config *c, struct error *e)
{
    if (!slice_init(&s->slice, c, s->data, s->seed, e))
        return false;
    s->sample = s->slice.sample;
    s->nsamples = s->slice.count;
    return true;
}

/* Room for as many sentences, but no more tokens than that, and for any one sentence. */
static struct capacity capacity_for(struct capacity longest, uint32_t sentences, uint32_t tokens)
{
    struct capacity e = longest;
    const uint64_t all = (uint64_t)sentences * longest.tokens,
                   letters = (uint64_t)sentences * longest.characters;
    /* (few texts have more letters on the mean; those end earlier) */
    const uint64_t few = 8 * (uint64_t)tokens;
    if (longest.tokens < tokens)
        e.tokens = all < tokens ? (uint32_t)all : tokens;
    if (longest.characters < few)
        e.characters = letters < few ? (uint32_t)letters : (uint32_t)few;
    return e;
}

/* What the declarations of engine, optimizer and model ask for. */
static void plan(struct session *s, const struct config *c, const struct optimizer_ops *o)
{
    const struct model *m = s->model;
    const struct engine_ops *engine = s->engine;
    if (engine->copies_hot_blocks)
        local_copies_init(&s->local_copies, c, &m->layout, s->nworkers,
                          (double)s->data->tokens / (double)s->nsamples);
    s->keeps_found =
        o->needs_seen && s->nworkers > 1 && engine->visibility != AT_REST && !engine->block_events;
    if (engine->virtual_workers || o->needs_seen || engine->reads_copies)
        s->reach = snapshot_reach(m, s->data);
    s->ticket_batch =
        s->nthreads > 1 && s->nsamples >= TICKET_BATCH * TICKET_BATCH * s->nthreads ? TICKET_BATCH : 1;
    /* (a gradient made of several samples' at once does not say which of them have a block) */
    s->batched = s->accumulate > 1 && m->batch_tokens && m->ops->gradients && !o->needs_samples;
    s->capacity =
        s->batched ? capacity_for(s->data->longest, s->accumulate, m->batch_tokens) : s->data->longest;
    s->in_rows = !engine->immediate || o->needs_seen;
}

static void init_weights(struct session *s)
{
    const struct model *m = s->model;
    struct rng r;
    s->w = memory_lines(m->layout.size, sizeof *s->w);
    s->order = memory_new(s->nsamples, sizeof *s->order);
    rng_init(&r, s->seed, RNG_INIT, 0);
    m->ops->init(m, s->w, &r);
}

/* Of all workers, or of one that makes a step of every batch. */
static struct optimizer *new_optimizer(const struct session *s, const struct config *c,
                                       const struct optimizer_ops *ops, struct error *e)
{
    struct optimizer *o = ops->create(c, &s->model->layout, e);
    if (!o)
        return NULL;
    const size_t batch = s->own_weights ? s->schedule.batch.size : 1;
    o->steps = (s->nsamples + batch - 1) / batch;
    if (ops->prepare)
        ops->prepare(o, s->own_weights ? 1 : s->nworkers);
    return o;
}

static void new_workers(struct session *s, const struct config *c)
{
    struct error e = {0};
    s->worker = memory_new(s->nworkers, sizeof *s->worker);
    for (uint32_t k = 0; k < s->nworkers; k++) {
        struct optimizer *o =
            s->own_weights && k > 0 ? new_optimizer(s, c, s->optimizer->ops, &e) : s->optimizer;
        assert(o); /* as the first could be made */
        s->worker[k] = worker_new(s, k, o);
    }
}

/* What comes after samples and schedule: the optimizer, the weights, probes, workers, the engine. */
static bool make_parts(struct session *s, const struct config *c, const struct optimizer_ops *o,
                       struct error *e)
{
    s->optimizer = new_optimizer(s, c, o, e);
    if (!s->optimizer)
        return false;
    init_weights(s);
    plan(s, c, o);
    if (!s->trial && (!check_compatible(s, c, o, e) || !probes_init(&s->probes, s, c, e)))
        return false;
    pause_init(&s->pause, !s->trial && s->engine->pauses && probes_pause_anywhere(&s->probes));
    new_workers(s, c);
    return !s->engine->create || s->engine->create(s, c, e);
}

static struct batch batch_of(const struct session *s, const struct config *c)
{
    if (s->engine->batch)
        return s->engine->batch(c, s->nworkers);
    return (struct batch){s->nworkers == 1 ? s->accumulate : 1, false};
}

struct session *session_new(const struct config *c, const struct engine_ops *engine,
                            const struct optimizer_ops *optimizer, const struct model *model,
                            const struct dataset *data, uint64_t seed, struct error *e)
{
    uint32_t nthreads = (uint32_t)config_integer(c, "engine.threads");
    kernel_blas_alone();
    if (engine->choose)
        engine = engine->choose(c);
    if (nthreads > 1 && !engine->parallel) {
        char names[128];
        config_fault(c, "engine.threads", e,
                     "engine '%s' runs in one thread; set threads to 1 or choose engine.name %s",
                     engine->name, names_of(is_parallel, names, sizeof names));
        return NULL;
    }
    const char *workers = engine->virtual_workers;
    struct session *s = memory_lines(1, sizeof *s);
    *s = (struct session){.engine = engine,
                          .model = model,
                          .data = data,
                          .uniform = strcmp(config_string(c, "engine.sampling"), "uniform") == 0,
                          .pin = config_bool(c, "engine.pin"),
                          .accumulate = (uint32_t)config_integer(c, "engine.accumulate"),
                          .seed = seed,
                          .last = UINT32_MAX,
                          .nthreads = nthreads,
                          .nworkers = workers ? (uint32_t)config_integer(c, workers) : nthreads};
    s->own_weights = engine->own_weights && s->nworkers > 1;
    if (take_samples(s, c, e) && schedule_init(&s->schedule, c, s->nsamples, batch_of(s, c), e) &&
        make_parts(s, c, optimizer, e))
        return s;
    session_free(s);
    return NULL;
}

/* Alone, every engine makes one sample after another, but for samples that make one step: here one worker saves them
 * up. (With weights of its own a worker makes a step of each sample; the batch is that of several workers.) */
struct session *session_trial(const struct session *of, const struct config *c, const struct dataset *data,
                              double rate)
{
    struct error e = {0};
    const struct batch batch = of->own_weights ? (struct batch){of->accumulate, false} : of->schedule.batch;
    struct session *s = memory_lines(1, sizeof *s);
    *s = (struct session){.engine = engine_table[0],
                          .model = of->model,
                          .data = data,
                          .uniform = of->uniform,
                          .trial = true,
                          .last = UINT32_MAX,
                          .accumulate = batch.size > 1 ? (uint32_t)batch.size : of->accumulate,
                          .seed = of->seed,
                          .nthreads = 1,
                          .nworkers = 1};
    bool sliced = take_samples(s, c, &e);
    schedule_trial(&s->schedule, &of->schedule, rate, s->nsamples);
    s->schedule.batch =
        (struct batch){s->accumulate, batch.mean}; /* those of threads, too, are consecutive here */
    bool made = make_parts(s, c, of->optimizer->ops, &e);
    assert(sliced && made && of->schedule.scale == 1);
    (void)sliced, (void)made;
    memcpy(s->w, of->w, of->model->layout.size * sizeof *s->w); /* not all as the model's init leaves them */
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    for (uint32_t k = 0; s->worker && k < s->nworkers; k++)
        worker_free(s->worker[k], s);
    if (s->engine_state)
        s->engine->destroy(s->engine_state);
    memory_free(s->worker);
    probes_free(&s->probes);
    schedule_free(&s->schedule);
    if (s->optimizer)
        s->optimizer->ops->destroy(s->optimizer);
    slice_free(&s->slice);
    memory_free(s->order);
    memory_free(s->w);
    memory_free(s);
}

/* ---- an epoch */

/* Which sample goes with which ticket depends on seed and epoch alone: not on engine or threads. */
static void draw_order(struct session *s)
{
    struct rng r;
    rng_init(&r, s->seed, RNG_ORDER, s->epoch);
    for (size_t k = 0; k < s->nsamples; k++)
        s->order[k] = s->uniform ? (uint32_t)rng_below(&r, s->nsamples) : (uint32_t)k;
    if (!s->uniform)
        rng_shuffle(&r, s->order, s->nsamples);
}

uint64_t session_draw(const struct session *s, uint32_t epoch, size_t sample)
{
    struct rng r;
    rng_init(&r, s->seed, RNG_NOISE, epoch * (uint64_t)s->nsamples + sample);
    return rng_bits(&r) | 1;
}

static void begin_workers(struct session *s)
{
    atomic_store(&s->cursor, 0);
    for (uint32_t k = 0; k < s->nworkers; k++) {
        struct worker *w = s->worker[k];
        w->loss = 0;
        w->gradients = 0;
        w->next = w->end = 0;
        w->wall = w->cpu = 0;
    }
}

/* All that comes before the first sample. */
static void begin_epoch(struct session *s)
{
    struct moment m = {.epoch = s->epoch};
    slice_draw(&s->slice, s->epoch);
    draw_order(s);
    schedule_plan(&s->schedule);
    begin_workers(s);
    /* (merges of others may undo a plain write) */
    local_copies_begin(&s->local_copies, s->nsamples, s->epoch == s->last && !s->optimizer->lossless);
    probes_call(&s->probes, EPOCH_BEGIN, &m);
}

void session_reopen(struct session *s)
{
    begin_epoch(s);
}

static void end_epoch(struct session *s)
{
    struct moment m = {.epoch = s->epoch};
    if (s->optimizer->ops->settle)
        s->optimizer->ops->settle(s->optimizer, s->w);
    probes_call(&s->probes, EPOCH_END, &m);
    schedule_advance(&s->schedule);
    s->epoch++;
}

double session_epoch(struct session *s)
{
    double loss = 0;
    if (!s->pause.paused) {
        if (s->schedule.scale < 1e-6)
            session_fold(s);
        begin_epoch(s);
    }
    s->team = 0;
    s->pause.broken = false;
    s->engine->epoch(s);
    s->pause.paused = s->pause.broken && s->pause.possible;
    if (s->pause.paused)
        probes_pause(&s->probes);
    else if (!s->pause.broken)
        end_epoch(s);
    for (uint32_t k = 0; k < s->nworkers; k++)
        loss += s->worker[k]->loss;
    return loss / (double)s->nsamples;
}

bool session_breaks(struct session *s, size_t ticket)
{
    if (ticket >= s->nsamples || !pause_due(&s->pause, ticket))
        return false;
    s->pause.broken = true;
    return true;
}

/* Gradients that are saved up are no end of a step. */
static bool may_break(const struct worker *k)
{
    return !k->accumulation || accumulate_is_empty(k->accumulation);
}

static void take_tickets(struct session *s, struct worker *k)
{
    k->next = atomic_fetch_add_explicit(&s->cursor, s->ticket_batch, memory_order_relaxed);
    k->end = k->next + s->ticket_batch;
}

void session_expect(const struct session *s, struct worker *k, size_t ticket)
{
    k->gradient.ahead = ticket < s->nsamples ? &s->sample[s->order[ticket]] : NULL;
}

/* To know the next ticket, a batch is taken with the last one of the batch before; a single one is not, which would
 * leave one worker with two at the end. */
static void expect_next(struct session *s, struct worker *k)
{
    if (k->next == k->end && s->ticket_batch > 1)
        take_tickets(s, k);
    session_expect(s, k, k->next < k->end || s->nworkers == 1 ? k->next : s->nsamples);
}

const struct example *session_take(struct session *s, struct worker *k)
{
    const bool none = k->next == k->end;
    const size_t next = none ? atomic_load_explicit(&s->cursor, memory_order_relaxed) : k->next;
    if (may_break(k) && session_breaks(s, next))
        return k->sample = NULL;
    if (none)
        take_tickets(s, k);
    session_take_at(s, k, k->next++);
    expect_next(s, k);
    return k->sample;
}

const struct example *session_take_at(struct session *s, struct worker *k, size_t ticket)
{
    k->ticket = ticket;
    k->sample = ticket < s->nsamples ? &s->sample[s->order[ticket]] : NULL;
    return k->sample;
}

/* ---- between epochs */

bool session_suffices(const struct session *s, uint32_t epochs, struct error *e)
{
    return probes_suffice(&s->probes, epochs, e) &&
           (!s->engine->suffices || s->engine->suffices(s, epochs, e));
}

struct weights session_weights(const struct session *s)
{
    return (struct weights){.w = s->w, .scale = (real)s->schedule.scale};
}

void session_fold(struct session *s)
{
    real scale = (real)s->schedule.scale;
    for (size_t i = 0; i < s->model->layout.size; i++)
        s->w[i] *= scale;
    s->schedule.scale = 1;
}

struct gradient_counts session_counts(const struct session *s, uint32_t worker)
{
    const struct gradient_counts *counts = probes_counts(&s->probes, worker);
    struct gradient_counts n = counts ? *counts : (struct gradient_counts){0};
    n.gradients = s->worker[worker]->gradients;
    return n;
}

/* How far the workers are in an epoch. Own weights are a copy of w between epochs. */
static void state_workers(struct session *s, struct state_list *list)
{
    list->owner = "epoch";
    state_add(list, "cursor", (void *)&s->cursor, 1, sizeof s->cursor);
    for (uint32_t k = 0; k < s->nworkers; k++) {
        struct worker *w = s->worker[k];
        list->owner = w->name;
        state_add(list, "next", &w->next, 1, sizeof w->next);
        state_add(list, "end", &w->end, 1, sizeof w->end);
        state_add(list, "gradients", &w->gradients, 1, sizeof w->gradients);
        state_add(list, "loss", &w->loss, 1, sizeof w->loss);
        state_add(list, "wall", &w->wall, 1, sizeof w->wall);
        state_add(list, "cpu", &w->cpu, 1, sizeof w->cpu);
        if (s->own_weights && s->pause.paused)
            state_add(list, "w", w->w, s->model->layout.size, sizeof *w->w);
    }
}

void session_state(struct session *s, struct state_list *list)
{
    list->owner = "session";
    state_add(list, "w", s->w, s->model->layout.size, sizeof *s->w);
    state_add(list, "epoch", &s->epoch, 1, sizeof s->epoch);
    list->owner = "schedule";
    schedule_state(&s->schedule, list);
    list->owner = "optimizer";
    if (s->optimizer->ops->state)
        s->optimizer->ops->state(s->optimizer, list);
    for (uint32_t k = 1; k < s->nworkers && s->own_weights && s->optimizer->ops->state; k++) {
        list->owner = s->worker[k]->owner;
        s->optimizer->ops->state(s->worker[k]->optimizer, list);
    }
    state_workers(s, list);
    list->owner = "engine";
    if (s->engine->state)
        s->engine->state(s, list);
    probes_state(&s->probes, list);
}

size_t session_memory_bytes(const struct session *s)
{
    size_t bytes = probes_memory_bytes(&s->probes) + worker_memory_bytes(s);
    if (s->local_copies.on)
        bytes += s->nworkers * local_copies_reals(&s->local_copies) * sizeof(real);
    if (s->optimizer->ops->memory_bytes)
        bytes += (s->own_weights ? s->nworkers : 1) * s->optimizer->ops->memory_bytes(s->optimizer);
    if (s->engine->memory_bytes)
        bytes += s->engine->memory_bytes(s);
    return bytes;
}

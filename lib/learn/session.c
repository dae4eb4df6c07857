/* SPDX-License-Identifier: MIT */
#include "lib/learn/engine.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <assert.h>
#include <string.h>

extern const struct engine_ops sequential_ops;

const struct key engine_keys[] = {
    {"threads", KEY_INTEGER, 1, TRACKER_WORKERS, "1", NULL,
     "number of threads, each of them a worker; engines that run in one thread take 1 only"},
    {"sampling", KEY_CHOICE, 0, 0, "shuffle", "shuffle|uniform",
     "samples of an epoch\n"
     "shuffle: all, in random order\n"
     "uniform: as many, drawn with replacement (Algorithm 1 of Sun 2016)"},
    {"pin", KEY_BOOL, 0, 0, "true", NULL, "bind each worker to a core of its own"},
    {"tracker", KEY_CHOICE, 0, 0, "auto", "auto|overlap|blocks|off",
     "how gradient errors are counted\n"
     "auto: overlap, or blocks if the model has no block that every sample reads\n"
     "overlap: by writes that overlap in time\n"
     "blocks: by a stamp on each block\n"
     "off: not at all"},
    {"accumulate", KEY_INTEGER, 1, 1e6, "1", NULL,
     "number of samples whose gradients a worker adds up into one step, for engines that write each gradient "
     "at once\n"
     "the rate is that of the first sample; with fewer steps an epoch, tune the rate anew"},
    {"record", KEY_PATH, 0, 0, "", NULL,
     "write the order of all R and W to this file, for engine simulated to replay; empty: no file"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Tickets that a thread takes at once. The cursor's cache line then goes from core to core less often; where an epoch is
 * short, one, so that all threads are done at the same time. */
#define TICKET_BATCH 4

static bool take_samples(struct session *s, const struct config *c, struct error *e)
{
    if (!slice_init(&s->slice, c, s->data, s->seed, e))
        return false;
    s->sample = s->slice.sample;
    s->nsamples = s->slice.count;
    return true;
}

/* What cannot go together. */
static bool fits(const struct session *s, const struct config *c, const struct optimizer_ops *rule,
                 struct error *e)
{
    if (s->combine.on && rule->needs_seen)
        return config_fault(c, "engine.combine.mode", e,
                            "optimizer '%s' compensates what others wrote between read and write, and in a "
                            "worker's own copy nobody else does; set mode to none",
                            rule->name);
    if (s->accumulate == 1)
        return true;
    if (!s->engine->accumulates)
        return config_fault(
            c, "engine.accumulate", e,
            "engine '%s' does not save up gradients; set it to 1, or take engine sequential or "
            "asyngrad",
            s->engine->name);
    if (rule->needs_seen)
        return config_fault(
            c, "engine.accumulate", e,
            "optimizer '%s' compensates the delay of each gradient by itself; set it to 1, or "
            "take another optimizer",
            rule->name);
    return !s->record.lane ||
           config_fault(c, "engine.accumulate", e,
                        "a recording has a W for every R; set it to 1, or engine.record to nothing");
}

/* Room for as many sentences, but no more tokens than that, and for any one sentence. */
static struct capacity capacity_for(struct capacity longest, uint32_t sentences, uint32_t tokens)
{
    struct capacity e = longest;
    const uint64_t all = (uint64_t)sentences * longest.tokens,
                   letters = (uint64_t)sentences * longest.characters;
    const uint64_t few =
        8 * (uint64_t)tokens; /* few texts have more letters on the mean; those end earlier */
    if (longest.tokens < tokens)
        e.tokens = all < tokens ? (uint32_t)all : tokens;
    if (longest.characters < few)
        e.characters = letters < few ? (uint32_t)letters : (uint32_t)few;
    return e;
}

/* What comes after samples and schedule: the rule, the weights, the workers. */
static bool equip(struct session *s, const struct config *c, const struct optimizer_ops *rule, bool trial,
                  struct error *e)
{
    const struct model *model = s->model;
    const uint32_t audited = trial ? 0 : (uint32_t)config_integer(c, "engine.audit.every");
    s->optimizer = rule->create(c, &model->layout, e);
    if (!s->optimizer)
        return false;
    s->optimizer->steps = s->nsamples;
    if (rule->prepare)
        rule->prepare(s->optimizer, s->nworkers);
    s->w = memory_lines(model->layout.size, sizeof *s->w);
    s->order = memory_new(s->nsamples, sizeof *s->order);
    struct rng r;
    rng_init(&r, s->seed, RNG_INIT, 0);
    model->ops->init(model, s->w, &r);
    tracker_init(&s->tracker, config_string(c, "engine.tracker"), &model->layout, s->nworkers, s->nthreads,
                 s->nsamples);
    if (s->engine->combines)
        local_copies_init(&s->combine, c, &model->layout, s->nworkers,
                          (double)s->data->tokens / (double)s->nsamples);
    if (!trial && !fits(s, c, rule, e))
        return false;
    if (s->engine->workers || rule->needs_seen)
        s->reach = snapshot_reach(model, s->data);
    if (s->nworkers > s->nthreads)
        s->planned_bytes += s->nworkers * s->reach.rows * sizeof(real);
    s->ticket_batch =
        s->nthreads > 1 && s->nsamples >= TICKET_BATCH * TICKET_BATCH * s->nthreads ? TICKET_BATCH : 1;
    audit_init(&s->audit, audited, model, s->data, s->nsamples, s->nworkers, s->nthreads);
    s->planned_bytes += audit_reals(&s->audit) * sizeof(real);
    if (s->combine.on) {
        tracker_combine(&s->tracker, s->combine.hot);
        s->planned_bytes += s->nworkers * local_copies_reals(&s->combine) * sizeof(real);
    }
    /* (a gradient made of several samples' at once does not say which of them have a block) */
    s->together = s->accumulate > 1 && model->together && model->ops->gradients && !rule->needs_samples;
    s->capacity =
        s->together ? capacity_for(s->data->longest, s->accumulate, model->together) : s->data->longest;
    if (s->accumulate > 1) {
        tracker_accumulate(&s->tracker, s->accumulate < s->nsamples ? s->accumulate : (uint32_t)s->nsamples,
                           model->ops->max_bundles(model, s->capacity));
        s->planned_bytes += s->nworkers * accumulator_bytes(&model->layout, capacity_longest(s->capacity));
    }
    s->in_rows = !s->engine->accumulates || rule->needs_seen;
    if (s->in_rows)
        s->planned_bytes += s->nthreads * layout_products(&model->layout) * sizeof(real);
    if (rule->needs_seen)
        s->planned_bytes += s->nworkers * s->reach.reals * sizeof(real);
    s->worker = memory_new(s->nworkers, sizeof *s->worker);
    for (uint32_t k = 0; k < s->nworkers; k++)
        s->worker[k] = worker_new(s, k);
    for (uint32_t k = 0; trial && k < s->nworkers; k++)
        s->worker[k]->still = true;
    return !s->engine->create || s->engine->create(s, c, e);
}

struct session *session_new(const struct config *c, const struct engine_ops *engine,
                            const struct optimizer_ops *rule, const struct model *model,
                            const struct dataset *data, uint64_t seed, struct error *e)
{
    uint32_t nthreads = (uint32_t)config_integer(c, "engine.threads");
    if (nthreads > 1 && !engine->parallel) {
        config_fault(c, "engine.threads", e,
                     "engine '%s' runs in one thread; set threads to 1 or choose engine.name asyngrad",
                     engine->name);
        return NULL;
    }
    struct session *s = memory_lines(1, sizeof *s);
    *s = (struct session){.engine = engine,
                          .model = model,
                          .data = data,
                          .uniform = strcmp(config_string(c, "engine.sampling"), "uniform") == 0,
                          .pin = config_bool(c, "engine.pin"),
                          .accumulate = (uint32_t)config_integer(c, "engine.accumulate"),
                          .seed = seed,
                          .nthreads = nthreads,
                          .nworkers =
                              engine->workers ? (uint32_t)config_integer(c, engine->workers) : nthreads};
    const struct batch batch = engine->batch ? engine->batch(c, s->nworkers)
                                             : (struct batch){s->nworkers == 1 ? s->accumulate : 1, false};
    if (take_samples(s, c, e) && schedule_init(&s->schedule, c, s->nsamples, batch, e) &&
        trace_init(&s->trace, c, s->nsamples, e)) {
        record_init(&s->record, config_string(c, "engine.record"), s->nsamples, s->nthreads);
        if (equip(s, c, rule, false, e))
            return s;
    }
    session_free(s);
    return NULL;
}

/* Alone, every engine is sequential, but for the samples that make one step: here one worker saves them up. */
struct session *session_trial(const struct session *of, const struct config *c, const struct dataset *data,
                              double rate)
{
    struct error e = {0};
    struct session *s = memory_lines(1, sizeof *s);
    *s = (struct session){.engine = &sequential_ops,
                          .model = of->model,
                          .data = data,
                          .uniform = of->uniform,
                          .accumulate = of->schedule.batch.size > 1 ? (uint32_t)of->schedule.batch.size
                                                                    : of->accumulate,
                          .seed = of->seed,
                          .nthreads = 1,
                          .nworkers = 1};
    bool sliced = take_samples(s, c, &e);
    schedule_trial(&s->schedule, &of->schedule, rate, s->nsamples);
    s->schedule.batch.size = s->accumulate; /* asyngrad's samples, too, are consecutive here */
    bool equipped = equip(s, c, of->optimizer->ops, true, &e);
    assert(sliced && equipped && of->schedule.scale == 1);
    (void)sliced, (void)equipped;
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
    record_free(&s->record);
    tracker_free(&s->tracker);
    audit_free(&s->audit);
    trace_free(&s->trace);
    schedule_free(&s->schedule);
    if (s->optimizer)
        s->optimizer->ops->destroy(s->optimizer);
    slice_free(&s->slice);
    memory_free(s->order);
    memory_free(s->w);
    memory_free(s);
}

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

double session_epoch(struct session *s)
{
    if (s->schedule.scale < 1e-6)
        session_fold(s);
    slice_draw(&s->slice, s->epoch);
    draw_order(s);
    schedule_plan(&s->schedule);
    tracker_reset(&s->tracker);
    audit_plan(&s->audit, s->seed, s->epoch);
    atomic_store(&s->cursor, 0);
    for (uint32_t k = 0; k < s->nworkers; k++)
        s->worker[k]->loss = 0, s->worker[k]->next = s->worker[k]->end = 0;
    s->team = 0;
    trace_begin(&s->trace, s->epoch + 1);
    s->engine->epoch(s);
    tracker_settle(&s->tracker);
    trace_end(&s->trace);
    record_epoch(&s->record, s->epoch);
    schedule_advance(&s->schedule);
    s->epoch++;
    double loss = 0;
    for (uint32_t k = 0; k < s->nworkers; k++)
        loss += s->worker[k]->loss;
    return loss / (double)s->nsamples;
}

bool session_suffices(const struct session *s, uint32_t epochs, struct error *e)
{
    return !s->engine->suffices || s->engine->suffices(s, epochs, e);
}

bool session_open(struct session *s, struct error *e)
{
    return record_open(&s->record, e);
}

bool session_flush(struct session *s, struct error *e)
{
    return record_flush(&s->record, e);
}

bool session_commit(struct session *s, struct error *e)
{
    return record_commit(&s->record, e);
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

const struct example *session_take(struct session *s, struct worker *k)
{
    if (k->next == k->end) {
        k->next = atomic_fetch_add_explicit(&s->cursor, s->ticket_batch, memory_order_relaxed);
        k->end = k->next + s->ticket_batch;
    }
    return session_take_at(s, k, k->next++);
}

const struct example *session_take_at(struct session *s, struct worker *k, size_t ticket)
{
    k->ticket = k->step = ticket;
    k->sample = ticket < s->nsamples ? &s->sample[s->order[ticket]] : NULL;
    return k->sample;
}

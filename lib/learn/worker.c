/* SPDX-License-Identifier: MIT
 *
 * worker: one thread's share of a session, and the three verbs.
 */
#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/worker_inside.h"
#include "lib/num/kernel.h"

#include <assert.h>
#include <string.h>

#define LONG_PRODUCT 64 /* tokens */
#define AT_ONCE 16 /* blocks of a product that long */

/* Reals of as many blocks of a product as are made at once, at most. */
static size_t most_at_once(const struct layout *l)
{
    size_t most = 0;
    for (uint32_t k = 0; k < l->ngroups; k++) {
        const struct group *g = &l->group[k];
        const size_t n = (g->count < AT_ONCE ? g->count : AT_ONCE) * layout_block(g);
        if (g->product && n > most)
            most = n;
    }
    return most;
}

struct worker *worker_new(const struct session *s, uint32_t id)
{
    struct worker *k = memory_lines(1, sizeof *k);
    const struct model *m = s->model;
    k->id = id;
    k->grad.capacity = m->ops->max_bundles(m, s->capacity);
    k->grad.bundle = memory_lines(k->grad.capacity, sizeof *k->grad.bundle);
    local_copy_init(&k->local, &s->combine);
    k->host = id < s->nthreads ? k : s->worker[id % s->nthreads];
    k->scratch = k->host == k ? m->ops->scratch_new(m, s->capacity) : k->host->scratch;
    if (s->optimizer->ops->needs_sum)
        k->sum = k->host == k ? coalescer_new(&m->layout) : k->host->sum;
    if (s->optimizer->ops->needs_samples && s->engine->batch && k->host == k)
        coalescer_count_samples(k->sum);
    if (s->accumulate > 1)
        worker_pile_new(k, s);
    k->block = memory_lines(s->in_rows && !k->pile ? 0 : most_at_once(&m->layout), sizeof *k->block);
    k->fill = k->host == k ? memory_reserve(layout_products(&m->layout), sizeof *k->fill) : k->host->fill;
    if (s->nworkers > s->nthreads)
        k->room = memory_reserve(s->reach.rows, sizeof *k->room);
    if (s->optimizer->ops->needs_seen) {
        snapshot_init(&k->seen, &s->reach);
        k->row = memory_new(s->reach.blocks, sizeof *k->row);
    }
    return k;
}

void worker_free(struct worker *k, const struct session *s)
{
    if (k->host == k) {
        s->model->ops->scratch_free(k->scratch);
        coalescer_free(k->sum);
        memory_free(k->fill);
    }
    worker_pile_free(k);
    memory_free(k->block);
    memory_free(k->grad.bundle);
    local_copy_free(&k->local);
    memory_free(k->room);
    snapshot_free(&k->seen);
    stage_free(k->stage);
    memory_free(k->row);
    memory_free(k);
}

struct step worker_step(const struct worker *k, const struct session *s)
{
    return (struct step){.mean_of = k->mean_of,
                         .length = s->schedule.write[k->step],
                         .number = s->schedule.done + k->step,
                         .worker = k->id};
}

/* What a rule with needs_sum gets. */
static struct gradient *sum(struct worker *k, const struct gradient *g)
{
    return coalescer_scaled_sum(k->sum, g, k->mean_of ? 1 / (real)k->mean_of : 1);
}

void worker_prepare(struct worker *k, struct session *s)
{
    if (s->optimizer->ops->needs_sum)
        k->prepared = sum(k, &k->grad);
}

void worker_foresee(struct worker *k, const struct session *s, size_t ticket)
{
    stage_list(k->stage, &s->sample[s->order[ticket]]);
}

static struct step step_in_rows(struct worker *k, const struct session *s, const struct gradient *g)
{
    struct step step = worker_step(k, s);
    step.bundles = g;
    if (!s->optimizer->ops->needs_sum)
        return step;
    step.blocks = k->prepared ? k->prepared : sum(k, g);
    step.samples = coalescer_samples(k->sum);
    k->prepared = NULL;
    return step;
}

/* How many of the blocks first … last-1 are made at once, from either end. The longer a product is, the more it gains by
 * it: all its tokens are gone through for the blocks together. */
static size_t alike(const struct gradient *g, size_t first, size_t last, bool from_last)
{
    const ptrdiff_t next = from_last ? -1 : 1;
    const struct bundle *b = &g->bundle[from_last ? last - 1 : first];
    const size_t most = b->product->k < LONG_PRODUCT ? 1 : AT_ONCE;
    size_t n = 1;
    while (n < most && n < last - first && b[next * (ptrdiff_t)n].product == b->product)
        n++;
    return n;
}

/* W of n blocks with the same product: every sample of the step has them. */
static void write_blocks(struct worker *k, struct session *s, const struct bundle *b, size_t n,
                         struct step *step)
{
    const size_t block = layout_block(&s->model->layout.group[b->group]);
    const uint32_t samples = k->pile ? k->piled : 1;
    step->samples = &samples;
    gradient_make(b, n, &s->model->layout, k->block);
    for (size_t j = 0; j < n; j++) {
        struct bundle one = b[j];
        const struct gradient part = {.bundle = &one, .count = 1};
        struct gradient blocks = part;
        one.row = k->block + j * block;
        step->bundles = &part;
        step->blocks = &blocks;
        s->optimizer->ops->step(s->optimizer, s->w, step);
    }
}

/* A step of the rule with the whole of `g`. A product's blocks are made one by one, and written while they are in the
 * first cache. */
void worker_step_with(struct worker *k, struct session *s, const struct gradient *g, struct step *step)
{
    struct gradient part = {.bundle = g->bundle, .count = gradient_rows(g)};
    step->bundles = &part;
    step->blocks = s->optimizer->ops->needs_sum ? coalescer_sum(k->sum, &part) : NULL;
    step->samples =
        k->pile ? accumulator_samples(k->pile) : NULL; /* in the same order: the pile has each block once */
    s->optimizer->ops->step(s->optimizer, s->w, step);
    k->turn = !k->turn; /* what the step before wrote last may still be in the second cache */
    for (size_t first = part.count, last = g->count, n; first < last; k->turn ? (last -= n) : (first += n)) {
        n = alike(g, first, last, k->turn);
        write_blocks(k, s, g->bundle + (k->turn ? last - n : first), n, step);
    }
}

void worker_begin(struct worker *k, struct session *s)
{
    if (s->pin && s->nthreads > 1)
        cpu_pin((int)k->id);
    kernel_thread_begin();
    if (s->combine.on) {
        local_copy_load(&k->local, &s->combine, s->w);
        tracker_loaded(&s->tracker, k->id);
    }
    k->wall = cpu_wall();
    k->cpu = cpu_thread_seconds();
}

void worker_end(struct worker *k, struct session *s)
{
    if (k->pile)
        worker_pile_end(k, s);
    if (s->combine.on) {
        local_copy_merge(&k->local, &s->combine, s->w);
        tracker_merged(&s->tracker, k->id);
    }
    k->cpu = cpu_thread_seconds() - k->cpu;
    k->wall = cpu_wall() - k->wall;
    if (s->pin && s->nthreads > 1)
        cpu_unpin();
}

/* Keep what R finds. The gradient to come has no use yet for its list and its sum. */
static void look(struct worker *k, const struct session *s)
{
    k->grad.count = 0;
    s->model->ops->list_blocks(s->model, k->sample, &k->grad);
    snapshot_take(&k->seen, &s->model->layout, &k->view, coalescer_list(k->sum, &k->grad));
}

/* What the worker sees at its step. */
struct weights worker_view(const struct worker *k, const struct session *s)
{
    return (struct weights){s->w, s->schedule.read[k->step], k->local.w, s->combine.hot};
}

static void audit_meets(struct worker *k, struct session *s)
{
    struct weights now = worker_view(k, s);
    if (audit_takes(&s->audit, k->ticket))
        audit_write_begin(&s->audit, k->id, k->sample, &now, &k->grad);
}

static void audit_met(struct worker *k, struct session *s)
{
    if (audit_takes(&s->audit, k->ticket))
        audit_write_end(&s->audit, k->id, k->sample, &k->grad);
}

void worker_read(struct worker *k, struct session *s)
{
    k->traced = trace_find(&s->trace, k->ticket);
    if (k->pile && worker_waits(k, s))
        return;
    k->view = worker_view(k, s);
    if (audit_takes(&s->audit, k->ticket))
        audit_read_begin(&s->audit, k->id, k->sample, &k->view);
    if (k->traced)
        k->traced->read = cpu_wall();
    record_event(&s->record, k->host->id, 'R', k->ticket, k->id);
    tracker_read_begin(&s->tracker, k->id);
    if (k->stage) {
        stage_copy(k->stage, &k->view);
        if (k->traced)
            k->traced->gradient = cpu_wall(); /* while nobody writes */
        tracker_read_end(&s->tracker, k->id, &k->stage->blocks);
    } else if (s->optimizer->ops->needs_seen && !k->still && !k->piecemeal) {
        look(k, s);
    }
}

void worker_gradient(struct worker *k, struct session *s, const struct example *z)
{
    struct worker *guest = k->host->guest;
    if (k->waits) {
        worker_wait(k, s, z);
        return;
    }
    if (guest && guest != k)
        worker_hold(guest, s);
    k->host->guest = k;
    gradient_begin(&k->grad);
    k->grad.draw = session_draw(s, s->epoch, (size_t)(k->sample - s->sample));
    if (k->traced && !k->stage)
        k->traced->gradient = cpu_wall();
    k->loss += s->model->ops->gradient(s->model, &k->view, z, &k->grad, k->scratch);
    if (s->in_rows || audit_takes(&s->audit, k->ticket))
        gradient_fill(&k->grad, &s->model->layout, k->fill);
    if (!k->stage)
        tracker_read_end(&s->tracker, k->id, &k->grad);
    if (k->traced)
        k->traced->made = cpu_wall(), k->traced->tokens = z->n;
    if (audit_takes(&s->audit, k->ticket))
        audit_read_end(&s->audit, k->id, z, &k->grad);
}

/* The gradient is written or joined to others; the tracker will say what it found. */
static void note_end(struct worker *k, struct session *s, bool joined)
{
    struct trace_entry *z = k->traced;
    if (!z)
        return;
    z->worker = k->id;
    z->joined = joined;
    tracker_tell(&s->tracker, k->id, z->hit);
}

/* Of each block of the gradient what R copied to the stage. */
static void look_at_stage(struct worker *k, const struct session *s, const struct step *step)
{
    for (size_t j = 0; j < step->blocks->count; j++) {
        const struct bundle *b = &step->blocks->bundle[j];
        const struct group *group = &s->model->layout.group[b->group];
        k->row[j] = k->stage->w + group->offset + b->id[0] * layout_block(group);
    }
}

/* The time at which W begins, or is over: of the gradient in hand, and of those that waited for it. */
static void note_write(struct worker *k, bool over)
{
    if (!k->traced && !k->traced_waiting)
        return;
    const double now = cpu_wall();
    for (struct trace_entry *z = k->traced_waiting; z; z = z->waiting)
        *(over ? &z->done : &z->write) = now;
    if (k->traced)
        *(over ? &k->traced->done : &k->traced->write) = now;
    k->traced_waiting = over ? NULL : k->traced_waiting;
}

/* The rows that `look` kept, in the order of the blocks of the gradient, which may leave out some of them. */
static void look_at_snapshot(struct worker *k, const struct session *s, const struct step *step)
{
    size_t found = 0;
    real *row = k->seen.room;
    for (size_t j = 0; j < k->seen.blocks.count; j++) {
        const struct bundle *b = &k->seen.blocks.bundle[j];
        uint32_t at = coalescer_find(k->sum, b->group, b->id[0]);
        if (at != COALESCER_NONE) {
            k->row[at] = row;
            found++;
        }
        row += layout_block(&s->model->layout.group[b->group]);
    }
    assert(found == step->blocks->count); /* a gradient writes what it has touched, and no more */
    (void)found;
}

static void look_back(struct worker *k, const struct session *s, struct step *step)
{
    (k->stage ? look_at_stage : look_at_snapshot)(k, s, step);
    step->seen = k->row;
    step->scale_seen = k->view.scale;
    step->scale = s->schedule.read[k->step];
}

double worker_norm2(struct worker *k, const struct session *s)
{
    const struct gradient *g = coalescer_sum(k->sum, &k->grad);
    double sum = 0;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        for (size_t i = 0; i < layout_block(&s->model->layout.group[b->group]); i++)
            sum += (double)b->row[i] * (double)b->row[i];
    }
    return sum;
}

void worker_hold(struct worker *k, struct session *s)
{
    if (!k->room || k->host->guest != k)
        return;
    real *to = k->room;
    for (size_t b = 0; b < k->grad.count; b++) {
        struct bundle *bundle = &k->grad.bundle[b];
        size_t n = layout_block(&s->model->layout.group[bundle->group]);
        assert((size_t)(to - k->room) + n <= s->reach.rows);
        bundle->row = memcpy(to, bundle->row, n * sizeof *to);
        to += n;
    }
    k->host->guest = NULL;
}

/* What W writes: the gradient in hand, or the sum of those that were saved up. */
static const struct gradient *written(const struct worker *k)
{
    return k->pile ? k->piled_up : &k->grad;
}

/* What was combined is merged when W is over: a merge is no part of the gradient's own write. */
void worker_wrote(struct worker *k, struct session *s)
{
    tracker_write_end(&s->tracker, k->id, written(k));
    if (s->combine.on && local_copy_wrote(&k->local, &s->combine, s->w, s->accumulate))
        tracker_merged(&s->tracker, k->id);
    note_write(k, true);
    note_end(k, s, false);
    audit_met(k, s);
    if (k->host->guest == k)
        k->host->guest = NULL;
}

void worker_write(struct worker *k, struct session *s)
{
    if (k->pile) {
        worker_pile(k, s);
        return;
    }
    struct step step = s->in_rows ? step_in_rows(k, s, &k->grad) : worker_step(k, s);
    step.local = k->local.w;
    step.hot = s->combine.hot;
    if (s->optimizer->ops->needs_seen && !k->still)
        look_back(k, s, &step);
    worker_write_begin(k, s);
    if (s->in_rows)
        s->optimizer->ops->step(s->optimizer, s->w, &step);
    else
        worker_step_with(k, s, &k->grad, &step);
    worker_wrote(k, s);
}

void worker_write_begin(struct worker *k, struct session *s)
{
    audit_meets(k, s);
    note_write(k, false);
    record_event(&s->record, k->host->id, 'W', k->ticket, k->id);
    tracker_write_begin(&s->tracker, k->id, written(k));
}

void worker_write_part(struct worker *k, struct session *s, real *w, const struct gradient *g, real **seen)
{
    struct step step = step_in_rows(k, s, g);
    if (s->optimizer->ops->needs_seen) {
        step.seen = seen;
        step.scale_seen = k->view.scale;
        step.scale = s->schedule.read[k->step];
    }
    s->optimizer->ops->step(s->optimizer, w, &step);
}

void worker_write_end(struct worker *k, struct session *s)
{
    worker_wrote(k, s);
}

void worker_write_waiting_begin(struct worker *k, struct session *s)
{
    k->traced = NULL; /* no sample is in hand */
    note_write(k, false);
    tracker_write_begin(&s->tracker, k->id, written(k));
}

void worker_write_waiting_end(struct worker *k, struct session *s)
{
    tracker_write_end(&s->tracker, k->id, written(k));
    note_write(k, true);
}

void worker_join(struct worker *k, struct session *s)
{
    audit_meets(k, s);
    if (k->traced)
        k->traced->write = k->traced->done = cpu_wall();
    if (k->pile)
        tracker_joined(&s->tracker, k->id);
    else
        tracker_handed(&s->tracker, k->id);
    note_end(k, s, true);
    if (k->traced && k->pile) {
        k->traced->waiting = k->traced_waiting;
        k->traced_waiting = k->traced;
    }
    audit_met(k, s);
}

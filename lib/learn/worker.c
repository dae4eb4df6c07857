/* SPDX-License-Identifier: MIT */
#include "lib/learn/worker.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/accumulate.h"
#include "lib/learn/engine.h"
#include "lib/num/accumulator.h"
#include "lib/num/dense.h"
#include "lib/num/kernel.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Reals of as many blocks of a product as are made at once, at most. */
static size_t most_at_once(const struct layout *l)
{
    size_t most = 0;
    for (uint32_t k = 0; k < l->ngroups; k++) {
        const struct group *g = &l->group[k];
        const size_t n = (g->count < BLOCKS_AT_ONCE ? g->count : BLOCKS_AT_ONCE) * layout_block(g);
        if (g->product && n > most)
            most = n;
    }
    return most;
}

/* Reals of the B of any product of a step, at most, that is packed. */
static size_t longest_product(const struct session *s)
{
    const struct layout *l = &s->model->layout;
    const uint32_t longest = capacity_longest(s->capacity);
    const size_t tokens = s->accumulate > 1 ? accumulator_room(longest) : longest;
    size_t columns = 0;
    for (uint32_t k = 0; k < l->ngroups; k++)
        if (worker_packs(tokens, l->group[k].count) && l->group[k].product > columns)
            columns = l->group[k].product;
    return tokens * columns;
}

/* What a thread needs to compute gradients; virtual workers run in one thread and use that of the first. */
static void new_buffers(struct worker *k, const struct session *s)
{
    const struct model *m = s->model;
    if (k->id >= s->nthreads) {
        const struct worker *first = s->worker[k->id % s->nthreads];
        k->scratch = first->scratch;
        k->coalescer = first->coalescer;
        k->rows = first->rows;
        return;
    }
    k->scratch = m->ops->scratch_new(m, s->capacity);
    k->rows = memory_reserve(layout_products(&m->layout), sizeof *k->rows);
    if (!s->optimizer->ops->needs_sum)
        return;
    k->coalescer = coalescer_new(&m->layout);
    if (s->optimizer->ops->needs_samples && s->engine->writes == JOINT)
        coalescer_count_samples(k->coalescer);
}

struct worker *worker_new(const struct session *s, uint32_t id, struct optimizer *o)
{
    struct worker *k = memory_lines(1, sizeof *k);
    const struct model *m = s->model;
    k->id = id;
    k->thread = id % s->nthreads;
    k->w = s->own_weights ? memory_bare(m->layout.size, sizeof *k->w) : s->w;
    k->optimizer = o;
    snprintf(k->name, sizeof k->name, "worker %u", id);
    snprintf(k->owner, sizeof k->owner, "optimizer %u", id);
    k->moment = (struct moment){.worker = id, .thread = k->thread};
    k->gradient.capacity = m->ops->max_bundles(m, s->capacity);
    k->gradient.exact = s->optimizer->ops->needs_exact;
    k->gradient.bundle = memory_lines(k->gradient.capacity, sizeof *k->gradient.bundle);
    new_buffers(k, s);
    local_copy_init(&k->local, &s->local_copies);
    if (s->accumulate > 1)
        k->accumulation = accumulate_new(s);
    if (k->accumulation || !s->in_rows) {
        k->block = memory_lines(most_at_once(&m->layout), sizeof *k->block);
        k->packed_room = memory_reserve(longest_product(s), sizeof *k->packed_room);
    }
    if (s->engine->reads_copies && s->nworkers > 1)
        k->stage = stage_new(m, s->data, &s->reach);
    if (s->keeps_found) {
        if (!k->stage)
            snapshot_init(&k->found, &s->reach);
        k->found_row = memory_new(s->reach.blocks, sizeof *k->found_row);
    }
    return k;
}

void worker_free(struct worker *k, const struct session *s)
{
    if (k->id < s->nthreads) {
        s->model->ops->scratch_free(k->scratch);
        coalescer_free(k->coalescer);
        memory_free(k->rows);
    }
    if (s->own_weights)
        memory_free(k->w);
    if (k->optimizer != s->optimizer)
        k->optimizer->ops->destroy(k->optimizer);
    accumulate_free(k->accumulation);
    memory_free(k->block);
    memory_free(k->packed_room);
    memory_free(k->gradient.bundle);
    local_copy_free(&k->local);
    snapshot_free(&k->found);
    stage_free(k->stage);
    memory_free(k->found_row);
    memory_free(k);
}

size_t worker_memory_bytes(const struct session *s)
{
    const struct layout *l = &s->model->layout;
    size_t bytes = s->in_rows ? s->nthreads * layout_products(l) * sizeof(real) : 0;
    if (s->model->ops->scratch_bytes)
        bytes += s->nthreads * s->model->ops->scratch_bytes(s->model, s->capacity);
    if (s->accumulate > 1)
        bytes += s->nworkers * accumulate_memory_bytes(s);
    if (s->accumulate > 1 || !s->in_rows)
        bytes += s->nworkers * longest_product(s) * sizeof(real);
    if (s->keeps_found && !s->engine->reads_copies)
        bytes += s->nworkers * s->reach.reals * sizeof(real);
    if (s->own_weights || (s->engine->reads_copies && s->nworkers > 1))
        bytes += s->nworkers * l->size * sizeof(real);
    return bytes;
}

void worker_begin(struct worker *k, struct session *s)
{
    if (s->pin && s->nthreads > 1)
        cpu_pin((int)k->id);
    kernel_thread_begin();
    if (s->own_weights && !s->pause.paused)
        memcpy(k->w, s->w, s->model->layout.size * sizeof *k->w);
    if (s->local_copies.on) {
        /* (a paused epoch may go on behind the ticket from which on there are no copies) */
        k->local.left = atomic_load_explicit(&s->cursor, memory_order_relaxed) >= s->local_copies.until;
        if (!k->local.left)
            local_copy_load(&k->local, &s->local_copies, s->w);
        probes_call(&s->probes, k->local.left ? COPIES_LEFT : COPIES_LOADED, &k->moment);
    }
    k->wall = cpu_wall() - k->wall; /* what a part of the epoch took before counts */
    k->cpu = cpu_thread_seconds() - k->cpu;
}

void worker_end(struct worker *k, struct session *s)
{
    if (k->accumulation)
        accumulate_end(k, s);
    if (s->local_copies.on) {
        local_copy_merge(&k->local, &s->local_copies, s->w);
        probes_call(&s->probes, COPIES_MERGED, &k->moment);
    }
    k->cpu = cpu_thread_seconds() - k->cpu;
    k->wall = cpu_wall() - k->wall;
    if (s->pin && s->nthreads > 1)
        cpu_unpin();
}

/* ---- R and G */

/* What the worker sees before a step. */
static struct weights view_at(const struct worker *k, const struct session *s, size_t step)
{
    return (struct weights){k->w, s->schedule.read[step], local_copy_weights(&k->local), s->local_copies.hot};
}

/* Keep what R finds. The gradient to come has no use yet for its list and its coalescer. */
static void keep_found(struct worker *k, const struct session *s)
{
    k->gradient.count = 0;
    s->model->ops->list_blocks(s->model, k->sample, &k->gradient);
    snapshot_take(&k->found, &s->model->layout, &k->view, coalescer_list(k->coalescer, &k->gradient));
}

static void begin_read(struct worker *k, struct session *s, size_t step, const struct example *z,
                       uint32_t made)
{
    struct moment *m = &k->moment;
    if (s->local_copies.on && local_copy_leave(&k->local, &s->local_copies, s->w, k->ticket)) {
        probes_call(&s->probes, COPIES_MERGED, m);
        probes_call(&s->probes, COPIES_LEFT, m);
    }
    k->view = view_at(k, s, step);
    m->ticket = k->ticket;
    m->sample = z;
    m->view = k->view;
    m->overwritten = NULL;
    m->made = made;
    m->handed = false;
    probes_call(&s->probes, READ_BEGIN, m);
}

void worker_read(struct worker *k, struct session *s)
{
    worker_read_at(k, s, k->ticket);
}

void worker_read_at(struct worker *k, struct session *s, size_t step)
{
    struct moment *m = &k->moment;
    begin_read(k, s, step, k->sample, 1);
    if (k->stage) {
        stage_copy(k->stage, &k->view);
        m->gradient = &k->stage->blocks;
        probes_call(&s->probes, GRADIENT_BEGIN, m);
        probes_call(&s->probes, READ_END, m);
    } else if (s->keeps_found) {
        keep_found(k, s);
    }
}

void worker_read_several(struct worker *k, struct session *s, uint32_t samples)
{
    begin_read(k, s, k->ticket, NULL, samples);
}

const struct gradient *worker_gradient(struct worker *k, struct session *s, const struct example *z)
{
    struct moment *m = &k->moment;
    gradient_begin(&k->gradient);
    k->gradient.draw = session_draw(s, s->epoch, (size_t)(k->sample - s->sample));
    m->gradient = &k->gradient;
    if (!k->stage)
        probes_call(&s->probes, GRADIENT_BEGIN, m);
    k->loss += s->model->ops->gradient(s->model, &k->view, z, &k->gradient, k->scratch);
    k->gradients++;
    if (s->in_rows || probes_want(&s->probes, k->ticket) & WANTS_ROWS)
        gradient_fill(&k->gradient, &s->model->layout, k->rows);
    if (!k->stage)
        probes_call(&s->probes, READ_END, m);
    probes_call(&s->probes, GRADIENT_END, m);
    return &k->gradient;
}

void worker_read_from(struct worker *k, const real *w)
{
    k->view.w = w;
}

void worker_gradient_moved(struct worker *k, const struct gradient *g)
{
    k->moment.gradient = g;
}

/* ---- W */

void worker_block(struct worker *k, struct session *s, enum moment_kind at, uint32_t block)
{
    k->moment.block = block;
    probes_call(&s->probes, at, &k->moment);
}

/* Of a step, in the whole run. A worker with weights of its own makes one while a batch of tickets is taken. */
static uint64_t number_of(const struct worker *k, const struct session *s, size_t step)
{
    return s->own_weights ? (uint64_t)s->epoch * k->optimizer->steps + step / s->schedule.batch.size
                          : s->schedule.done + step;
}

static struct step step_of(const struct worker *k, const struct session *s, struct write how)
{
    return (struct step){.mean_of = how.mean_of,
                         .length = schedule_length(&s->schedule, how.step, how.last),
                         .number = number_of(k, s, how.step),
                         .worker = s->own_weights ? 0 : k->id,
                         .local = local_copy_weights(&k->local),
                         .hot = s->local_copies.hot};
}

/* What an optimizer with needs_sum gets. */
static struct gradient *coalesce(struct worker *k, const struct gradient *g, uint32_t mean_of)
{
    return coalescer_scaled_sum(k->coalescer, g, mean_of ? 1 / (real)mean_of : 1);
}

void worker_coalesce(struct worker *k, struct session *s)
{
    if (s->optimizer->ops->needs_sum)
        k->coalesced = coalesce(k, &k->gradient, 0);
}

/* All blocks at once; they have rows. */
static void fill_step(struct worker *k, const struct session *s, const struct gradient *g, struct step *step)
{
    step->bundles = g;
    if (!s->optimizer->ops->needs_sum)
        return;
    step->blocks = k->coalesced ? k->coalesced : coalesce(k, g, step->mean_of);
    step->samples = coalescer_samples(k->coalescer);
    k->coalesced = NULL;
}

/* How many of the blocks first … last-1 are made at once, from either end. The longer a product is, the more it gains
 * by it: all its tokens are gone through for the blocks together. */
static size_t alike(const struct gradient *g, size_t first, size_t last, bool from_last)
{
    const ptrdiff_t next = from_last ? -1 : 1;
    const struct bundle *b = &g->bundle[from_last ? last - 1 : first];
    const size_t most = b->product->k < LONG_PRODUCT ? 1 : BLOCKS_AT_ONCE;
    size_t n = 1;
    while (n < most && n < last - first && b[next * (ptrdiff_t)n].product == b->product)
        n++;
    return n;
}

/* A product as its `blocks` blocks read it. */
static const struct product *packed(struct worker *k, const struct product *p, uint32_t blocks)
{
    if (!worker_packs(p->k, blocks))
        return p;
    const bool again = k->packed_of == p->B && k->packed.k == p->k; /* two matrices may have one B */
    struct product q = *p;
    if (again)
        q.B = k->packed.B, q.b_row = k->packed.b_row, q.packed = k->packed.packed;
    else
        dense_get()->pack(&q, false, k->packed_room);
    k->packed = q;
    k->packed_of = p->B;
    return &k->packed;
}

/* W of n blocks with the same product: every sample of the step has them. */
static void write_blocks(struct worker *k, struct session *s, const struct bundle *b, size_t n,
                         struct step *step)
{
    const struct group *g = &s->model->layout.group[b->group];
    const size_t block = layout_block(g);
    gradient_make(b, n, packed(k, b->product, g->count), &s->model->layout, k->block);
    for (size_t j = 0; j < n; j++) {
        struct bundle one = b[j];
        const struct gradient part = {.bundle = &one, .count = 1};
        struct gradient blocks = part;
        one.row = k->block + j * block;
        step->bundles = &part;
        step->blocks = &blocks;
        k->optimizer->ops->step(k->optimizer, k->w, step);
    }
}

/* A gradient is written part by part: first what has rows, then products, block by block as they are made, while they
 * are in the first cache. */
static void write_parts(struct worker *k, struct session *s, const struct gradient *g, struct step *step)
{
    struct gradient part = {.bundle = g->bundle, .count = gradient_rows(g)};
    step->bundles = &part;
    step->blocks = s->optimizer->ops->needs_sum ? coalescer_sum(k->coalescer, &part) : NULL;
    step->samples = g->samples; /* in the same order: a gradient that has them has each block once */
    k->optimizer->ops->step(k->optimizer, k->w, step);
    step->samples = &g->nsamples;
    k->packed_of = NULL;
    k->backwards = !k->backwards; /* what the step before wrote last may still be in the second cache */
    for (size_t first = part.count, last = g->count, n; first < last;
         k->backwards ? (last -= n) : (first += n)) {
        n = alike(g, first, last, k->backwards);
        write_blocks(k, s, g->bundle + (k->backwards ? last - n : first), n, step);
    }
}

/* Of each block of the gradient what R copied to the stage. */
static void find_on_stage(struct worker *k, const struct session *s, const struct step *step)
{
    for (size_t j = 0; j < step->blocks->count; j++) {
        const struct bundle *b = &step->blocks->bundle[j];
        const struct group *group = &s->model->layout.group[b->group];
        k->found_row[j] = k->stage->w + group->offset + b->id[0] * layout_block(group);
    }
}

/* The rows of the snapshot, in the order of the blocks of the gradient, which may leave out some of them. */
static void find_in_snapshot(struct worker *k, const struct session *s, const struct step *step)
{
    size_t found = 0;
    real *row = k->found.storage;
    for (size_t j = 0; j < k->found.blocks.count; j++) {
        const struct bundle *b = &k->found.blocks.bundle[j];
        uint32_t at = coalescer_find(k->coalescer, b->group, b->id[0]);
        if (at != COALESCER_NONE) {
            k->found_row[at] = row;
            found++;
        }
        row += layout_block(&s->model->layout.group[b->group]);
    }
    assert(found == step->blocks->count); /* a gradient writes what it has read, and no more */
    (void)found;
}

static void find_seen(struct worker *k, const struct session *s, struct step *step, struct write how)
{
    (k->stage ? find_on_stage : find_in_snapshot)(k, s, step);
    step->seen = k->found_row;
    step->scale_seen = k->view.scale;
    step->scale = s->schedule.read[how.last];
}

void worker_write(struct worker *k, struct session *s, const struct gradient *g, struct write how)
{
    const bool whole = s->in_rows && !k->accumulation; /* a sum of several has products again */
    struct step step = step_of(k, s, how);
    if (whole)
        fill_step(k, s, g, &step);
    if (s->keeps_found)
        find_seen(k, s, &step, how);
    worker_write_begin(k, s, g, how);
    if (whole)
        k->optimizer->ops->step(k->optimizer, k->w, &step);
    else
        write_parts(k, s, g, &step);
    worker_write_end(k, s, g);
}

void worker_write_begin(struct worker *k, struct session *s, const struct gradient *g, struct write how)
{
    k->moment.view = view_at(k, s, how.last);
    k->moment.written = g;
    probes_call(&s->probes, WRITE_BEGIN, &k->moment);
}

void worker_write_part(struct worker *k, struct session *s, real *w, const struct gradient *part, real **seen,
                       struct write how)
{
    struct step step = step_of(k, s, how);
    fill_step(k, s, part, &step);
    if (s->optimizer->ops->needs_seen) {
        step.seen = seen;
        step.scale_seen = k->view.scale;
        step.scale = s->schedule.read[how.last];
    }
    k->optimizer->ops->step(k->optimizer, w, &step);
}

/* Local copies are merged when W is over: a merge is no part of the gradient's own write. */
void worker_write_end(struct worker *k, struct session *s, const struct gradient *g)
{
    k->moment.written = g;
    probes_call(&s->probes, WRITE_END, &k->moment);
    if (s->local_copies.on && local_copy_wrote(&k->local, &s->local_copies, s->w, s->accumulate))
        probes_call(&s->probes, COPIES_MERGED, &k->moment);
}

void worker_join(struct worker *k, struct session *s, bool handed)
{
    k->moment.view = view_at(k, s, k->ticket);
    k->moment.joining = 1;
    k->moment.handed = handed;
    probes_call(&s->probes, JOINED, &k->moment);
}

/* SPDX-License-Identifier: MIT
 *
 * interleaved: what threads do to each other block by block, on schedule. Virtual workers run freely, as the threads of
 * lib/engines/asyngrad.c do, but in elementary events; at every tick a seed draws which busy worker has its next:
 *
 *     R   a copy of one touched block of w            one event a block
 *     G   the gradient at the copies                  one event
 *     W   load one block │ its step, store            two events a block
 *
 *     worker 0    R R R G        L S L S              a block read after another's store is newer than those before:
 *            1        R   R R G      L   S L S        torn reads; and a store between my load and mine is lost
 *
 * Overwrites and lost updates happen as they do in shared memory, without its chance. Writes that meet, and
 * lost updates, are counted exactly (lib/probes/tracker.h). Coarser than in memory: a block is read, loaded and stored
 * whole.
 *
 * A worker that has written takes the next ticket. All copies are private and packed (lib/learn/snapshot.h); model and
 * optimizer see them in one vector, the stage, which is laid out as w.
 */
#include "lib/base/memory.h"
#include "lib/engines/delay.h"
#include "lib/engines/simulated.h"
#include "lib/engines/virtual.h"

#include <string.h>

enum event { READ, GRADIENT, LOAD, STORE };

struct activity { /* what one virtual worker is doing */
    enum event next;
    size_t at; /* the block that it is about to copy, load or store */
    /* W: the gradient by blocks, each with all its bundles, in their order: the sum is the same to the bit */
    struct bundle *part;
    uint32_t *end; /* [blocks] where in `part` those of a block end */
    struct snapshot found; /* what R found, block by block */
    real **seen; /* [blocks] of those to be written what R found */
    size_t blocks; /* to be written */
    real *loaded; /* the block in hand, as it was loaded */
};

struct interleaved {
    struct virtual *virtual;
    struct activity *activity; /* [nworkers] */
    const struct layout *layout;
    uint32_t nworkers;
    uint32_t *busy; /* [nbusy] workers that have a sample */
    uint32_t nbusy;
    struct rng rng;
    struct coalescer *sum; /* which blocks: each once */
    struct gradient listed; /* the blocks of the sample that is to be read */
    real *stage; /* laid out as w */
};

static void activity_init(struct activity *a, const struct session *s, size_t block)
{
    a->part = memory_reserve(s->reach.blocks, sizeof *a->part);
    a->end = memory_reserve(s->reach.blocks, sizeof *a->end);
    a->seen = memory_reserve(s->reach.blocks, sizeof *a->seen);
    snapshot_init(&a->found, &s->reach);
    a->loaded = memory_reserve(block, sizeof *a->loaded);
}

static size_t largest_block(const struct layout *l)
{
    size_t most = 0;
    for (uint32_t g = 0; g < l->ngroups; g++)
        most = layout_block(&l->group[g]) > most ? layout_block(&l->group[g]) : most;
    return most;
}

extern const struct engine_ops interleaved_ops;

static bool create(struct session *s, const struct config *c, struct error *e)
{
    const struct layout *l = &s->model->layout;
    struct interleaved *o = s->engine_state = memory_new(1, sizeof *o);
    struct delay law; /* which refuses the keys of other laws */
    const bool good = delay_init(&law, c, s->nworkers, e);
    delay_free(&law);
    if (!good)
        return false;
    o->layout = l;
    o->nworkers = s->nworkers;
    o->virtual = virtual_new(s);
    o->activity = memory_new(s->nworkers, sizeof *o->activity);
    for (uint32_t k = 0; k < s->nworkers; k++)
        activity_init(&o->activity[k], s, largest_block(l));
    o->busy = memory_new(s->nworkers, sizeof *o->busy);
    o->sum = coalescer_new(l);
    o->listed.capacity = s->worker[0]->gradient.capacity;
    o->listed.bundle = memory_new(o->listed.capacity, sizeof *o->listed.bundle);
    o->stage = memory_reserve(l->size, sizeof *o->stage);
    return true;
}

static void destroy(void *state)
{
    struct interleaved *o = state;
    for (uint32_t k = 0; k < o->nworkers; k++) {
        snapshot_free(&o->activity[k].found);
        memory_free(o->activity[k].seen);
        memory_free(o->activity[k].part);
        memory_free(o->activity[k].end);
        memory_free(o->activity[k].loaded);
    }
    virtual_free(o->virtual);
    memory_free(o->activity);
    memory_free(o->busy);
    coalescer_free(o->sum);
    memory_free(o->listed.bundle);
    memory_free(o->stage);
    memory_free(o);
}

static size_t memory_bytes(const struct session *s)
{
    const size_t a_block = 2 * sizeof(struct bundle) + sizeof(uint32_t) + sizeof(real *);
    return virtual_memory_bytes(s) + s->model->layout.size * sizeof(real) +
           s->nworkers * (s->reach.reals * sizeof(real) + s->reach.blocks * a_block);
}

/* The next sample for a worker that has none; false: the epoch has no more. */
static bool take(struct interleaved *o, struct session *s, struct worker *k)
{
    struct activity *a = &o->activity[k->id];
    if (!session_take(s, k))
        return false;
    o->listed.count = 0;
    s->model->ops->list_blocks(s->model, k->sample, &o->listed);
    snapshot_list(&a->found, &s->model->layout, coalescer_list(o->sum, &o->listed));
    a->next = READ;
    a->at = 0;
    return true;
}

static void read_block(struct session *s, struct worker *k, struct activity *a)
{
    if (a->at == 0)
        worker_read(k, s);
    if (a->at < a->found.blocks.count)
        snapshot_copy(&a->found, &s->model->layout, &k->view, a->at++);
    if (a->at == a->found.blocks.count)
        a->next = GRADIENT;
}

/* Sort the gradient by blocks, in the order of their first appearance. */
static void part_blocks(struct interleaved *o, struct activity *a, const struct gradient *g)
{
    a->blocks = coalescer_list(o->sum, g)->count;
    memset(a->end, 0, a->blocks * sizeof *a->end);
    for (int round = 0; round < 2; round++) { /* count, then place: an end begins as the end before it */
        for (size_t b = 0; b < g->count; b++) {
            struct bundle one = g->bundle[b];
            uint32_t count = one.count;
            one.count = 1;
            for (uint32_t i = 0; i < count; i++, one.id++) {
                uint32_t *end = &a->end[coalescer_find(o->sum, one.group, *one.id)];
                if (round == 1)
                    a->part[*end] = one;
                ++*end;
            }
        }
        for (size_t j = 0, begin = 0; round == 0 && j < a->blocks; j++) {
            size_t count = a->end[j];
            a->end[j] = (uint32_t)begin;
            begin += count;
        }
    }
}

/* Where the copies stand of the blocks of the gradient, which may leave out some of them. */
static void find_seen(const struct interleaved *o, struct activity *a)
{
    real *row = a->found.storage;
    for (size_t j = 0; j < a->found.blocks.count; j++) {
        const struct bundle *b = &a->found.blocks.bundle[j];
        uint32_t at = coalescer_find(o->sum, b->group, *b->id);
        if (at != COALESCER_NONE)
            a->seen[at] = row;
        row += layout_block(&o->layout->group[b->group]);
    }
}

static void compute(struct interleaved *o, struct session *s, struct worker *k, struct activity *a)
{
    snapshot_restore(&a->found, &s->model->layout, o->stage);
    worker_read_from(k, o->stage);
    virtual_gradient(o->virtual, k, s, k->sample);
    part_blocks(o, a, virtual_copy(o->virtual, k));
    find_seen(o, a);
    a->next = LOAD;
    a->at = 0;
}

/* The block in hand, as a gradient of it alone. */
static struct gradient current_block(const struct activity *a)
{
    uint32_t begin = a->at ? a->end[a->at - 1] : 0;
    return (struct gradient){.bundle = a->part + begin, .count = a->end[a->at] - begin};
}

static void load(struct session *s, struct worker *k, struct activity *a)
{
    const struct bundle *b = current_block(a).bundle;
    const struct group *group = &s->model->layout.group[b->group];
    size_t n = layout_block(group);
    memcpy(a->loaded, s->w + group->offset + *b->id * n, n * sizeof *a->loaded);
    worker_block(k, s, BLOCK_LOAD, group->first + *b->id);
    a->next = STORE;
}

static void store(struct interleaved *o, struct session *s, struct worker *k, struct activity *a)
{
    struct gradient g = current_block(a);
    const struct group *group = &s->model->layout.group[g.bundle->group];
    size_t n = layout_block(group), at = group->offset + *g.bundle->id * n;
    memcpy(o->stage + at, a->loaded, n * sizeof *a->loaded);
    worker_write_part(k, s, o->stage, &g, &a->seen[a->at], write_at(k->ticket));
    memcpy(s->w + at, o->stage + at, n * sizeof *a->loaded);
    worker_block(k, s, BLOCK_STORE, group->first + *g.bundle->id);
    a->next = LOAD;
    a->at++;
}

/* The next event of a worker; false: its sample is written. */
static bool next_event(struct interleaved *o, struct session *s, struct worker *k)
{
    struct activity *a = &o->activity[k->id];
    switch (a->next) {
    case READ:
        read_block(s, k, a);
        return true;
    case GRADIENT:
        compute(o, s, k, a);
        return true;
    case LOAD:
        if (a->at == 0)
            worker_write_begin(k, s, virtual_gradient_of(o->virtual, k), write_at(k->ticket));
        if (a->blocks > 0) {
            load(s, k, a);
            return true;
        }
        break;
    case STORE:
        store(o, s, k, a);
        if (a->at < a->blocks)
            return true;
        break;
    }
    worker_write_end(k, s, virtual_gradient_of(o->virtual, k));
    virtual_written(o->virtual, k);
    return false;
}

static void events(struct session *s)
{
    struct interleaved *o = s->engine_state;
    rng_init(&o->rng, s->seed, RNG_DELAY, s->epoch);
    for (o->nbusy = 0; o->nbusy < s->nworkers && take(o, s, s->worker[o->nbusy]); o->nbusy++)
        o->busy[o->nbusy] = o->nbusy;
    while (o->nbusy > 0) {
        uint64_t at = rng_below(&o->rng, o->nbusy);
        struct worker *k = s->worker[o->busy[at]];
        if (!next_event(o, s, k) && !take(o, s, k))
            o->busy[at] = o->busy[--o->nbusy];
    }
}

static void epoch(struct session *s)
{
    simulated_epoch(s, events);
}

const struct engine_ops interleaved_ops = {
    .name = SIMULATED_NAME,
    .keys = simulated_keys,
    .visibility = BLOCKWISE,
    .writes = EACH,
    .virtual_workers = SIMULATED_WORKERS,
    .block_events = true,
    .create = create,
    .destroy = destroy,
    .epoch = epoch,
    .memory_bytes = memory_bytes,
};

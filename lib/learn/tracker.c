/* SPDX-License-Identifier: MIT */
#include "lib/learn/tracker.h"

#include "lib/base/memory.h"

#include <string.h>

struct tracker_lane {
    _Alignas(64) _Atomic uint64_t began, done; /* writes; only their owner changes them */
    _Alignas(64) struct tracker_count count; /* from here on nobody else looks */
    bool read_hit, write_hit;
    uint32_t loaded; /* updates that the block held when I loaded it */
    uint64_t *read_done, *write_done; /* [nworkers] others' `done` when my window opened */
};

void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers)
{
    bool universal = false;
    for (uint32_t g = 0; g < layout->ngroups; g++)
        universal |= layout->group[g].universal;
    *t = (struct tracker){.nworkers = nworkers,
                          .on = strcmp(mode, "off") != 0,
                          .lane = memory_lines(nworkers, sizeof *t->lane),
                          .layout = layout};
    for (uint32_t k = 0; k < nworkers; k++) {
        t->lane[k].read_done = memory_lines(nworkers, sizeof(uint64_t));
        t->lane[k].write_done = memory_lines(nworkers, sizeof(uint64_t));
    }
    if (strcmp(mode, "blocks") == 0 || (strcmp(mode, "auto") == 0 && !universal && nworkers > 1))
        t->stamp = memory_lines(layout->nblocks, sizeof *t->stamp);
}

void tracker_count_lost(struct tracker *t)
{
    if (t->on)
        t->held = memory_new(t->layout->nblocks, sizeof *t->held);
}

void tracker_free(struct tracker *t)
{
    for (uint32_t k = 0; k < t->nworkers; k++) {
        memory_free(t->lane[k].read_done);
        memory_free(t->lane[k].write_done);
    }
    memory_free(t->lane);
    memory_free(t->stamp);
    memory_free(t->held);
}

void tracker_reset(struct tracker *t)
{
    for (uint32_t k = 0; k < t->nworkers; k++)
        t->lane[k].count = (struct tracker_count){0};
    if (t->held)
        memset(t->held, 0, t->layout->nblocks * sizeof *t->held);
}

const struct tracker_count *tracker_counts(const struct tracker *t, uint32_t k)
{
    return &t->lane[k].count;
}

/* Was the last write of this block by another, and not done when my window opened? */
static bool hit(uint64_t stamp, uint32_t k, const uint64_t *done)
{
    uint32_t other = stamp % TRACKER_WORKERS;
    return stamp && other != k && stamp / TRACKER_WORKERS > done[other];
}

static bool any_hit(const struct tracker *t, uint32_t k, const struct grad *g, const uint64_t *done)
{
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        const _Atomic uint64_t *stamp = t->stamp + t->layout->group[bundle->group].first;
        for (uint32_t i = 0; i < bundle->count; i++)
            if (hit(atomic_load_explicit(&stamp[bundle->id[i]], memory_order_relaxed), k, done))
                return true;
    }
    return false;
}

/* Stamp all blocks of g; was one of them another's in the open window? */
static bool stamp_all(struct tracker *t, uint32_t k, const struct grad *g, const uint64_t *done,
                      uint64_t mine)
{
    bool any = false;
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        _Atomic uint64_t *stamp = t->stamp + t->layout->group[bundle->group].first;
        for (uint32_t i = 0; i < bundle->count; i++)
            any |= hit(atomic_exchange_explicit(&stamp[bundle->id[i]], mine, memory_order_relaxed), k, done);
    }
    return any;
}

/* Has any other begun a write that was not done when the window opened? */
static bool overlapped(const struct tracker *t, uint32_t k, const uint64_t *done)
{
    atomic_thread_fence(memory_order_acquire); /* what I read of w, I read before this */
    for (uint32_t j = 0; j < t->nworkers; j++)
        if (j != k && atomic_load_explicit(&t->lane[j].began, memory_order_acquire) > done[j])
            return true;
    return false;
}

static void open_window(const struct tracker *t, uint64_t *done)
{
    for (uint32_t j = 0; j < t->nworkers; j++)
        done[j] = atomic_load_explicit(&t->lane[j].done, memory_order_acquire);
}

void tracker_read_begin(struct tracker *t, uint32_t k)
{
    if (t->on && t->nworkers > 1)
        open_window(t, t->lane[k].read_done);
}

void tracker_read_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->read_hit = t->on && t->nworkers > 1 && overlapped(t, k, me->read_done) &&
                   (!t->stamp || any_hit(t, k, g, me->read_done));
}

void tracker_write_begin(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->write_hit = false;
    if (!t->on || t->nworkers == 1)
        return;
    open_window(t, me->write_done);
    uint64_t delay = 0;
    for (uint32_t j = 0; j < t->nworkers; j++)
        delay += j == k ? 0 : me->write_done[j] - me->read_done[j];
    me->count.delay_sum += delay;
    if (delay > me->count.delay_max)
        me->count.delay_max = delay;
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed) + 1;
    atomic_store_explicit(&me->began, mine, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* announced before w changes, and before I look at others */
    if (t->stamp)
        me->write_hit = stamp_all(t, k, g, me->write_done, mine * TRACKER_WORKERS + k);
}

void tracker_write_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->count.gradients++;
    if (t->on && t->nworkers > 1) {
        uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed);
        me->write_hit |= overlapped(t, k, me->write_done) && (!t->stamp || any_hit(t, k, g, me->write_done));
        atomic_store_explicit(&me->done, mine, memory_order_release);
    }
    me->count.read_overwrites += me->read_hit;
    me->count.write_overwrites += me->write_hit;
    me->count.errors += me->read_hit | me->write_hit;
}

void tracker_load(struct tracker *t, uint32_t k, uint32_t block)
{
    if (t->held)
        t->lane[k].loaded = t->held[block];
}

void tracker_store(struct tracker *t, uint32_t k, uint32_t block)
{
    if (!t->held)
        return;
    t->lane[k].count.lost_updates += (int64_t)t->held[block] - t->lane[k].loaded;
    t->held[block] = t->lane[k].loaded + 1;
}

void tracker_joined(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->count.gradients++;
    me->count.read_overwrites += me->read_hit;
    me->count.errors += me->read_hit;
}

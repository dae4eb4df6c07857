/* SPDX-License-Identifier: MIT */
#include "lib/learn/tracker.h"

#include "lib/base/memory.h"

#include <string.h>

struct tracker_lane {
    _Alignas(64) _Atomic uint64_t began, done; /* writes; only their owner changes them */
    _Alignas(64) struct tracker_count count; /* from here on nobody else looks */
    bool read_hit, write_hit;
    uint64_t read_kinds, write_kinds; /* groups of blocks that were, as bits */
    uint64_t increments; /* of tracker.written, in all passes */
    uint32_t delay[TRACKER_DELAYS];
    struct tracker_kind kind[LAYOUT_GROUPS];
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
    if (strcmp(mode, "blocks") == 0 || (strcmp(mode, "auto") == 0 && !universal && nworkers > 1)) {
        t->stamp = memory_lines(layout->nblocks, sizeof *t->stamp);
        t->written = memory_lines(layout->nblocks, sizeof *t->written);
    }
}

void tracker_free(struct tracker *t)
{
    for (uint32_t k = 0; k < t->nworkers; k++) {
        memory_free(t->lane[k].read_done);
        memory_free(t->lane[k].write_done);
    }
    memory_free(t->lane);
    memory_free(t->stamp);
    memory_free(t->written);
}

void tracker_reset(struct tracker *t)
{
    t->lost = 0;
    for (uint32_t k = 0; k < t->nworkers; k++) {
        struct tracker_lane *lane = &t->lane[k];
        lane->count = (struct tracker_count){0};
        memset(lane->delay, 0, sizeof lane->delay);
        memset(lane->kind, 0, sizeof lane->kind);
    }
}

void tracker_settle(struct tracker *t)
{
    uint64_t lost = 0;
    if (!t->stamp || t->nworkers == 1)
        return;
    for (uint32_t k = 0; k < t->nworkers; k++)
        lost += t->lane[k].increments;
    for (uint32_t b = 0; b < t->layout->nblocks; b++)
        lost -= atomic_load_explicit(&t->written[b], memory_order_relaxed);
    t->lost = lost - t->lost_before;
    t->lost_before = lost;
}

uint64_t tracker_lost(const struct tracker *t)
{
    uint64_t lost = t->lost;
    for (uint32_t k = 0; k < t->nworkers; k++)
        lost += t->lane[k].count.lost_updates;
    return lost;
}

struct tracker_kind tracker_kind(const struct tracker *t, uint32_t group)
{
    struct tracker_kind sum = {0, 0};
    for (uint32_t k = 0; k < t->nworkers; k++) {
        sum.read_overwrites += t->lane[k].kind[group].read_overwrites;
        sum.write_overwrites += t->lane[k].kind[group].write_overwrites;
    }
    return sum;
}

static uint32_t place_of(uint64_t delay)
{
    if (delay < TRACKER_EXACT)
        return (uint32_t)delay;
    uint32_t doublings = 0;
    while (delay >>= 1, delay >= TRACKER_EXACT)
        doublings++;
    return TRACKER_EXACT + doublings;
}

uint64_t tracker_delay_from(uint32_t place)
{
    return place < TRACKER_EXACT ? place : (uint64_t)TRACKER_EXACT << (place - TRACKER_EXACT);
}

/* The least delay that at least `part` of 100 gradients do not exceed. */
static uint64_t percentile(const struct tracker_delays *d, uint64_t part)
{
    uint64_t need = (d->gradients * part + 99) / 100, below = 0;
    uint32_t place = 0;
    if (d->gradients == 0)
        return 0;
    for (; place < TRACKER_DELAYS - 1; place++) {
        below += d->count[place];
        if (below >= need)
            break;
    }
    uint64_t greatest = place < TRACKER_EXACT ? place : 2 * tracker_delay_from(place) - 1;
    return greatest < d->most ? greatest : d->most;
}

void tracker_delays(const struct tracker *t, struct tracker_delays *d)
{
    uint64_t sum = 0;
    *d = (struct tracker_delays){0};
    for (uint32_t k = 0; k < t->nworkers; k++) {
        const struct tracker_lane *lane = &t->lane[k];
        sum += lane->count.delay_sum;
        d->most = lane->count.delay_max > d->most ? lane->count.delay_max : d->most;
        for (uint32_t p = 0; p < TRACKER_DELAYS; p++) {
            d->count[p] += lane->delay[p];
            d->gradients += lane->delay[p];
        }
    }
    d->mean = d->gradients ? (double)sum / (double)d->gradients : 0;
    d->p50 = percentile(d, 50);
    d->p99 = percentile(d, 99);
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

/* The groups in which a block of g was, as bits. */
static uint64_t hits(const struct tracker *t, uint32_t k, const struct grad *g, const uint64_t *done)
{
    uint64_t kinds = 0;
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        const _Atomic uint64_t *stamp = t->stamp + t->layout->group[bundle->group].first;
        const uint64_t kind = (uint64_t)1 << bundle->group;
        for (uint32_t i = 0; i < bundle->count && !(kinds & kind); i++)
            if (hit(atomic_load_explicit(&stamp[bundle->id[i]], memory_order_relaxed), k, done))
                kinds |= kind;
    }
    return kinds;
}

/* Stamp all blocks of g, and count that they are written; in which groups was one another's in the open window? */
static uint64_t stamp_all(struct tracker *t, uint32_t k, const struct grad *g, const uint64_t *done,
                          uint64_t mine)
{
    uint64_t kinds = 0;
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        uint32_t first = t->layout->group[bundle->group].first;
        for (uint32_t i = 0; i < bundle->count; i++) {
            uint32_t block = first + bundle->id[i];
            if (hit(atomic_exchange_explicit(&t->stamp[block], mine, memory_order_relaxed), k, done))
                kinds |= (uint64_t)1 << bundle->group;
            uint64_t n = atomic_load_explicit(&t->written[block], memory_order_relaxed);
            atomic_store_explicit(&t->written[block], n + 1,
                                  memory_order_relaxed); /* not one step, on purpose */
        }
        t->lane[k].increments += bundle->count;
    }
    return kinds;
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
    me->read_kinds = 0;
    me->read_hit = t->on && t->nworkers > 1 && overlapped(t, k, me->read_done);
    if (me->read_hit && t->stamp) {
        me->read_kinds = hits(t, k, g, me->read_done);
        me->read_hit = me->read_kinds != 0;
    }
}

void tracker_write_begin(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->write_hit = false;
    me->write_kinds = 0;
    if (!t->on || t->nworkers == 1)
        return;
    open_window(t, me->write_done);
    uint64_t delay = 0;
    for (uint32_t j = 0; j < t->nworkers; j++)
        delay += j == k ? 0 : me->write_done[j] - me->read_done[j];
    me->count.delay_sum += delay;
    me->delay[place_of(delay)]++;
    if (delay > me->count.delay_max)
        me->count.delay_max = delay;
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed) + 1;
    atomic_store_explicit(&me->began, mine, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* announced before w changes, and before I look at others */
    if (t->stamp)
        me->write_kinds = stamp_all(t, k, g, me->write_done, mine * TRACKER_WORKERS + k);
}

/* The gradient is over: add it to the counts. */
static void count(struct tracker_lane *me)
{
    me->count.gradients++;
    me->count.read_overwrites += me->read_hit;
    me->count.write_overwrites += me->write_hit;
    me->count.errors += me->read_hit | me->write_hit;
    for (uint32_t g = 0; g < LAYOUT_GROUPS && (me->read_kinds | me->write_kinds) >> g; g++) {
        me->kind[g].read_overwrites += me->read_kinds >> g & 1;
        me->kind[g].write_overwrites += me->write_kinds >> g & 1;
    }
}

void tracker_write_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->on && t->nworkers > 1) {
        uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed);
        me->write_hit = overlapped(t, k, me->write_done);
        if (t->stamp) {
            me->write_kinds |= me->write_hit ? hits(t, k, g, me->write_done) : 0;
            me->write_hit = me->write_kinds != 0;
        }
        atomic_store_explicit(&me->done, mine, memory_order_release);
    }
    count(me);
}

void tracker_joined(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->write_hit = false;
    me->write_kinds = 0;
    count(me);
}

/* SPDX-License-Identifier: MIT
 *
 * Mode blocks: each worker announces on a cache line of its own when a write begins and when it is done, and every
 * block has the stamp of who wrote it last. A window that opens remembers what the others had done; a stamp of a
 * write that they had not is an overwrite. Blocks of which a worker has a copy of its own are left out: nobody else
 * writes that copy.
 *
 * Where several gradients make a step, those that wait are looked at when the write is over: at the stamps that stand
 * then, and at those that the write replaced.
 */
#include "lib/base/memory.h"
#include "lib/probes/tracker_inside.h"

#include <string.h>

#define MOST_BUNDLES                                                                                         \
    ((size_t)1 << 22) /* of all that wait; what has no room is not looked at while it waits */

/* Was the last write of this block by another, and not done when my window opened? */
static bool hit(uint64_t stamp, uint32_t k, const uint64_t *done)
{
    uint32_t other = stamp % TRACKER_WORKERS;
    return stamp && other != k && stamp / TRACKER_WORKERS > done[other];
}

/* The groups in which a block of g was, as bits; and was one of them not common? */
static uint64_t hits(const struct tracker *t, uint32_t k, const struct gradient *g, const uint64_t *done,
                     bool *other)
{
    uint64_t kinds = 0;
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        const uint32_t first = t->layout->group[bundle->group].first;
        const _Atomic uint64_t *stamp = t->stamp + first;
        const uint64_t kind = (uint64_t)1 << bundle->group;
        const uint32_t hot = tracker_private(t, t->lane[k].left, bundle->group);
        for (uint32_t i = 0; i < bundle->count && !(kinds & kind && *other); i++)
            if (bundle->id[i] >= hot &&
                hit(atomic_load_explicit(&stamp[bundle->id[i]], memory_order_relaxed), k, done)) {
                kinds |= kind;
                *other |= !t->common[first + bundle->id[i]];
            }
    }
    return kinds;
}

/* Stamp a block, and count that it is written. Returns the stamp that it had. */
static uint64_t stamp_one(struct tracker *t, struct tracker_lane *me, uint32_t block, uint64_t mine)
{
    uint64_t old = atomic_exchange_explicit(&t->stamp[block], mine, memory_order_relaxed);
    if (me->replaced && old != mine)
        me->replaced[block] = old;
    if (t->written) {
        uint64_t n = atomic_load_explicit(&t->written[block], memory_order_relaxed);
        atomic_store_explicit(&t->written[block], n + 1, memory_order_relaxed); /* not one step, on purpose */
        me->increments++;
    }
    return old;
}

/* Stamp all blocks of g; in which groups was one another's in the open window? */
static uint64_t stamp_all(struct tracker *t, uint32_t k, const struct gradient *g, const uint64_t *done,
                          uint64_t mine, bool *other)
{
    uint64_t kinds = 0;
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        const uint32_t first = t->layout->group[bundle->group].first,
                       hot = tracker_private(t, t->lane[k].left, bundle->group);
        for (uint32_t i = 0; i < bundle->count; i++)
            if (bundle->id[i] >= hot &&
                hit(stamp_one(t, &t->lane[k], first + bundle->id[i], mine), k, done)) {
                kinds |= (uint64_t)1 << bundle->group;
                *other |= !t->common[first + bundle->id[i]];
            }
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

/* One window of a worker ends before its next opens, so they share `done_then`. Returns how many writes of others are
 * done. */
static uint64_t open_window(const struct tracker *t, uint32_t k)
{
    uint64_t sum = 0, *done = t->lane[k].done_then;
    for (uint32_t j = 0; j < t->nworkers; j++) {
        done[j] = atomic_load_explicit(&t->lane[j].done, memory_order_acquire);
        sum += j == k ? 0 : done[j];
    }
    return sum;
}

void blocks_accumulate(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    t->bundles = t->bundles < MOST_BUNDLES ? t->bundles : MOST_BUNDLES;
    me->done_of = memory_reserve((size_t)t->waits * t->nworkers, sizeof *me->done_of);
    me->began_then = memory_lines(t->nworkers, sizeof *me->began_then);
    me->bundle = memory_reserve(t->bundles, sizeof *me->bundle);
    me->replaced = memory_lines(t->layout->nblocks, sizeof *me->replaced);
}

void blocks_read_begin(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->nlisted = me->nbundle;
    me->done_at_read = open_window(t, k);
    if (me->left)
        blocks_loaded(t, k);
}

void blocks_read_end(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    struct tracker_found *found = &me->found;
    found->kinds[0] = overlapped(t, k, me->done_then) ? hits(t, k, g, me->done_then, &found->other) : 0;
    found->hit[0] = found->kinds[0] != 0;
    found->sure = found->hit[0] && !me->nature.copied;
    if (me->bundle && g->count <= t->bundles - me->nbundle) { /* should it have to wait */
        memcpy(me->bundle + me->nbundle, g->bundle, g->count * sizeof *g->bundle);
        me->nlisted = me->nbundle + g->count;
    }
}

void blocks_wait(struct tracker *t, uint32_t k, struct tracker_wait *wait)
{
    struct tracker_lane *me = &t->lane[k];
    wait->done_at_read = me->done_at_read;
    wait->seen = me->seen;
    wait->first = me->nbundle;
    wait->count = me->nlisted - me->nbundle;
    me->nbundle = me->nlisted;
    memcpy(me->done_of + (size_t)(wait - me->wait) * t->nworkers, me->done_then,
           t->nworkers * sizeof *me->done_then);
}

void blocks_handed(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->found.delay = open_window(t, k) - me->done_at_read;
}

void blocks_write_begin(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    const uint64_t done = open_window(t, k);
    me->found.delay = done - me->done_at_read;
    me->found.hot_delay = done - me->seen;
    for (uint32_t i = 0; i < me->nwait; i++) {
        me->wait[i].found.delay = done - me->wait[i].done_at_read;
        me->wait[i].found.hot_delay = done - me->wait[i].seen;
    }
    for (uint32_t j = 0; me->nwait && j < t->nworkers; j++)
        me->began_then[j] = atomic_load_explicit(&t->lane[j].began, memory_order_acquire);
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed) + 1;
    atomic_store_explicit(&me->began, mine, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* announced before w changes, and before I look at others */
    me->found.kinds[1] = stamp_all(t, k, g, me->done_then, mine * TRACKER_WORKERS + k, &me->found.other);
}

/* What does one stamp of a block tell a gradient that waited, with others' `done` when its window opened? */
static void check_stamp(struct tracker_lane *me, uint32_t k, uint64_t stamp, const uint64_t *done,
                        uint64_t kind, bool other, struct tracker_found *found)
{
    if (!hit(stamp, k, done))
        return;
    const bool reading = stamp / TRACKER_WORKERS <= me->began_then[stamp % TRACKER_WORKERS],
               writing = hit(stamp, k, me->done_then);
    found->kinds[0] |= reading ? kind : 0;
    found->kinds[1] |= writing ? kind : 0;
    found->other |= other && (reading || writing);
}

static void check_waiting(const struct tracker *t, uint32_t k, struct tracker_wait *wait)
{
    struct tracker_lane *me = &t->lane[k];
    const uint64_t *done = me->done_of + (size_t)(wait - me->wait) * t->nworkers;
    for (size_t b = wait->first; b < wait->first + wait->count; b++) {
        const struct bundle *bundle = &me->bundle[b];
        const uint32_t first = t->layout->group[bundle->group].first,
                       hot = tracker_private(t, wait->nature.plain, bundle->group);
        const uint64_t kind = (uint64_t)1 << bundle->group;
        for (uint32_t i = 0; i < bundle->count; i++) {
            const uint32_t block = first + bundle->id[i];
            if (bundle->id[i] < hot)
                continue;
            check_stamp(me, k, me->replaced[block], done, kind, !t->common[block], &wait->found);
            check_stamp(me, k, atomic_load_explicit(&t->stamp[block], memory_order_relaxed), done, kind,
                        !t->common[block], &wait->found);
        }
    }
    for (int which = 0; which < 2; which++)
        wait->found.hit[which] = wait->found.kinds[which] != 0;
    wait->found.sure = true; /* while it waited it had not written yet what it had read, copied or not */
}

void blocks_write_end(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    struct tracker_found *found = &me->found;
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed);
    if (me->nwait == 0)
        found->kinds[1] |= overlapped(t, k, me->done_then) ? hits(t, k, g, me->done_then, &found->other) : 0;
    found->hit[1] = found->kinds[1] != 0;
    found->sure |= found->hit[1];
    if (me->nwait && overlapped(t, k, me->done_of)) /* since the first of them was read */
        for (uint32_t i = 0; i < me->nwait; i++)
            check_waiting(t, k, &me->wait[i]);
    atomic_store_explicit(&me->done, mine, memory_order_release);
}

void blocks_loaded(struct tracker *t, uint32_t k)
{
    uint64_t seen = 0;
    for (uint32_t j = 0; j < t->nworkers; j++)
        seen += j == k ? 0 : atomic_load_explicit(&t->lane[j].merged, memory_order_acquire);
    t->lane[k].seen = seen;
}

void blocks_merged(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    uint64_t done = atomic_load_explicit(&me->done, memory_order_relaxed);
    atomic_store_explicit(&me->merged, done, memory_order_release);
    blocks_loaded(t, k);
}

int64_t blocks_lost(const struct tracker *t)
{
    int64_t lost = 0;
    for (uint32_t k = 0; k < t->nworkers; k++)
        lost += t->lane[k].increments;
    for (uint32_t b = 0; b < t->layout->nblocks; b++)
        lost -= (int64_t)atomic_load_explicit(&t->written[b], memory_order_relaxed);
    return lost;
}

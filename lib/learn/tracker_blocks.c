/* SPDX-License-Identifier: MIT
 *
 * Mode blocks: each worker announces on a cache line of its own when a write begins and when it is done, and every
 * block has the stamp of who wrote it last. A window that opens remembers what the others had done; a stamp of a
 * write that they had not is an overwrite.
 */
#include "lib/learn/tracker_inside.h"

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
            if (!t->written)
                continue;
            uint64_t n = atomic_load_explicit(&t->written[block], memory_order_relaxed);
            atomic_store_explicit(&t->written[block], n + 1,
                                  memory_order_relaxed); /* not one step, on purpose */
        }
        t->lane[k].increments += t->written ? bundle->count : 0;
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

void blocks_read_begin(struct tracker *t, uint32_t k)
{
    t->lane[k].done_at_read = open_window(t, k);
}

void blocks_read_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->kinds[0] = overlapped(t, k, me->done_then) ? hits(t, k, g, me->done_then) : 0;
    me->hit[0] = me->kinds[0] != 0;
}

void blocks_write_begin(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    me->delay = open_window(t, k) - me->done_at_read;
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed) + 1;
    atomic_store_explicit(&me->began, mine, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* announced before w changes, and before I look at others */
    me->kinds[1] = stamp_all(t, k, g, me->done_then, mine * TRACKER_WORKERS + k);
}

void blocks_write_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    uint64_t mine = atomic_load_explicit(&me->began, memory_order_relaxed);
    me->kinds[1] |= overlapped(t, k, me->done_then) ? hits(t, k, g, me->done_then) : 0;
    me->hit[1] = me->kinds[1] != 0;
    atomic_store_explicit(&me->done, mine, memory_order_release);
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

/* SPDX-License-Identifier: MIT
 *
 * The logs of an epoch, compared. Each is in the order of time, so mine is gone through beside another's list of
 * writes: those that had begun when my window closed, less those that were done when it opened, met it.
 *
 *     my windows        │ read … made │     │ write … done │
 *     another's writes     │write done│  │write done│
 *
 * Where a window opens at the very tick at which a write was done they do not meet. The read window of a gradient that
 * shares its step with others lasts until the write.
 *
 * A thread that loses its core inside of W stores nothing until it has one again, and meanwhile its write meets all
 * that others do. Whether it stored something inside of a window is known only if the whole write lies in it:
 *
 *     window of mine      │──────────────────│
 *     W that ran through      │──│ sure    │──│ taken as sure: it is short, and was storing, perhaps another block
 *     W that was paused    │─ … ──│ sure  │──────── … ──│ maybe
 */
#include "lib/base/memory.h"
#include "lib/probes/tracker_inside.h"

#include <string.h>

/* A log as others look at it: its writes and its merges, in the order of time. Behind the last one stands another,
 * which never happens. */
struct tracker_write {
    uint64_t begun, done;
    uint32_t writes, sure; /* of those before it: struct tracker_moves; … */
    uint32_t kept_writes, kept_sure; /* … the same where the thread kept its core */
};

struct tracker_merge {
    uint64_t at;
    size_t writes; /* of its worker that were merged by then */
};

/* As much as one worker alone might take; what is not used takes no memory. In the log there may be a last write of
 * gradients that wait. */
void tracker_log_init(struct tracker_lane *me, size_t samples)
{
    me->log = memory_new(samples + 1, sizeof *me->log);
    me->write = memory_new(samples + 2, sizeof *me->write);
    me->merge = memory_new(samples + 2, sizeof *me->merge);
}

void tracker_log_free(struct tracker_lane *me)
{
    memory_free(me->log);
    memory_free(me->write);
    memory_free(me->merge);
}

size_t tracker_log_bytes(size_t samples)
{
    return samples *
           (sizeof(struct tracker_stay) + sizeof(struct tracker_write) + sizeof(struct tracker_merge));
}

/* The first write of a list that had not begun, or was not done, at a moment that only moves forward: its sums are of
 * those that had, or were. */
static const struct tracker_write *begun_before(const struct tracker_write **at, uint64_t moment)
{
    while ((*at)->begun < moment)
        ++*at;
    return *at;
}

static const struct tracker_write *done_by(const struct tracker_write **at, uint64_t moment)
{
    while ((*at)->done <= moment)
        ++*at;
    return *at;
}

/* How many of a list's writes had been merged by a moment that only moves forward. */
static size_t merged_by(const struct tracker_merge **next, size_t known, uint64_t moment)
{
    for (; (*next)->at <= moment; ++*next)
        known = (*next)->writes;
    return known;
}

/* Another's writes, at both ends of my read windows or of my write windows. */
struct window {
    const struct tracker_write *done_at_open, *begun_at_close; /* which met it */
    const struct tracker_write *begun_at_open, *done_at_close; /* which lie wholly inside */
};

/* Returns the first write that the other had not done when my window opened. */
static const struct tracker_write *met(struct tracker_stay *mine, int which, struct window *w, uint64_t open,
                                       uint64_t close, bool may, bool surely)
{
    const struct tracker_write *begun = begun_before(&w->begun_at_close, close),
                               *done = done_by(&w->done_at_open, open);
    mine->hit[which] |= may && begun->writes > done->writes;
    mine->through |= may && begun->kept_writes > done->kept_writes;
    if (may && surely && begun->sure > done->sure)
        mine->sure |= begun->kept_sure > done->kept_sure ||
                      done_by(&w->done_at_close, close)->sure > begun_before(&w->begun_at_open, open)->sure;
    return done;
}

/* My gradients against one neighbour's writes. Only I look at what is found. */
static void compare(struct tracker_lane *me, const struct tracker_lane *other)
{
    const struct tracker_write *start = other->write;
    struct window reading = {start, start, start, start}, writing = reading;
    const struct tracker_merge *merge = other->merge;
    size_t seen = merged_by(&merge, 0, me->loaded_at); /* of the other's writes, by my last load or merge */
    const struct tracker_stay *step = me->log, *end = me->log + me->length;
    for (struct tracker_stay *mine = me->log; mine < end; mine++) {
        for (step = step < mine ? mine : step; step < end && !step->write && mine->part != TRACKER_HANDED;)
            step++;
        if (step == end)
            break; /* it waits still */
        const bool handed = mine->part == TRACKER_HANDED,
                   several = !handed && (step > mine || (mine > me->log && mine[-1].part == TRACKER_JOINED));
        const uint64_t write = handed ? mine->made : step->write;
        if (mine->part != TRACKER_NOTHING) {
            const struct tracker_nature is = mine->nature;
            if (is.plain) /* it sees all that is merged when it reads */
                seen = merged_by(&merge, seen, mine->read);
            const struct tracker_write *then =
                                           met(mine, 0, &reading, mine->read, several ? write : mine->made,
                                               is.exposed, is.sure && (several || !is.copied)),
                                       *now = handed ? done_by(&writing.done_at_open, write)
                                                     : met(mine, 1, &writing, write, step->done,
                                                           several ? is.exposed : is.writes, is.sure);
            mine->delay += (uint32_t)(now - then);
            mine->hot_delay += (uint32_t)((size_t)(now - start) - seen);
        }
        if (mine->merged)
            seen = merged_by(&merge, seen, mine->merged);
    }
}

/* My writes and merges, for the others. */
static void list_writes(struct tracker_lane *me)
{
    struct tracker_write *w = me->write, next = {0};
    struct tracker_merge *merge = me->merge;
    for (const struct tracker_stay *x = me->log; x < me->log + me->length; x++) {
        if (x->write) {
            next.begun = x->write;
            next.done = x->done;
            *w++ = next;
            next.writes += x->step.writes;
            next.sure += x->step.sure;
            next.kept_writes += x->step.writes && !x->paused;
            next.kept_sure += x->step.sure && !x->paused;
        }
        if (x->merged)
            *merge++ = (struct tracker_merge){x->merged, (size_t)(w - me->write)};
    }
    next.begun = next.done = UINT64_MAX;
    *w = next;
    merge->at = UINT64_MAX;
}

static void settle(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    for (uint32_t j = 0; j < t->nworkers; j++)
        if (j != k)
            compare(me, &t->lane[j]);
    size_t over = me->length; /* what is behind it waits still */
    while (over && me->log[over - 1].part == TRACKER_JOINED)
        over--;
    for (size_t z = over; z-- > 1;) /* who waits loses the core with those that come after */
        me->log[z - 1].preempted |= me->log[z - 1].part == TRACKER_JOINED && me->log[z].preempted;
    for (const struct tracker_stay *mine = me->log; mine < me->log + over; mine++) {
        if (mine->part == TRACKER_NOTHING)
            continue;
        const struct tracker_found found = {.hit = {mine->hit[0], mine->hit[1]},
                                            .sure = mine->sure,
                                            .through = mine->through,
                                            .preempted = mine->preempted};
        tracker_add(me, &found, 1);
        tracker_add_delay(me, mine->delay, 1);
        me->count.hot_delay_sum += mine->hot_delay;
        if (mine->answer)
            memcpy(mine->answer, mine->hit, sizeof mine->hit);
    }
}

void tracker_compare_logs(struct tracker *t)
{
#pragma omp parallel for num_threads((int)t->nthreads) schedule(static, 1)
    for (uint32_t k = 0; k < t->nworkers; k++)
        list_writes(&t->lane[k]);
#pragma omp parallel for num_threads((int)t->nthreads) schedule(static, 1)
    for (uint32_t k = 0; k < t->nworkers; k++)
        settle(t, k);
}

/* SPDX-License-Identifier: MIT
 *
 * The logs of an epoch, compared. Each is in the order of time, so two of them are gone through side by side: of
 * another's writes, those that had begun when my window closed, less those that were done when it opened, met it.
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
#include "lib/probes/tracker_inside.h"

#include <string.h>

struct counted {
    struct tracker_moves all, kept; /* kept: of writes whose thread kept its core */
};

/* The writes of a log that had begun, or were done, at a moment that only moves forward. */
struct tally {
    const struct tracker_stay *at, *end;
    struct counted count;
};

static void count_write(struct tracker_moves *count, const struct tracker_stay *stay)
{
    count->updates++;
    count->writes += stay->step.writes;
    count->sure += stay->step.sure;
}

static void count_stay(struct counted *count, const struct tracker_stay *stay)
{
    if (!stay->write)
        return;
    count_write(&count->all, stay);
    if (!stay->paused)
        count_write(&count->kept, stay);
}

static struct counted begun_before(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && y->at->write < moment; y->at++)
        count_stay(&y->count, y->at);
    return y->count;
}

static struct counted done_by(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && (y->at->write == 0 || y->at->done <= moment); y->at++)
        count_stay(&y->count, y->at);
    return y->count;
}

/* How many of a log's writes had been merged by a moment that only moves forward. */
struct merged_writes {
    const struct tracker_stay *at, *end;
    uint64_t saved, merged;
};

static uint64_t merged_by(struct merged_writes *m, uint64_t moment)
{
    for (; m->at < m->end && (m->at->write == 0 || m->at->done <= moment) && m->at->merged <= moment;
         m->at++) {
        m->saved += m->at->write != 0;
        if (m->at->merged)
            m->merged = m->saved;
    }
    return m->merged;
}

/* Another's writes, at both ends of my read windows or of my write windows. */
struct window {
    struct tally done_at_open, begun_at_close; /* which met it */
    struct tally begun_at_open, done_at_close; /* which lie wholly inside */
};

/* Returns how many updates the other had done when my window opened. */
static uint64_t met(struct tracker_stay *mine, int which, struct window *w, uint64_t open, uint64_t close,
                    bool may, bool surely)
{
    const struct counted begun = begun_before(&w->begun_at_close, close),
                         done = done_by(&w->done_at_open, open);
    mine->hit[which] |= may && begun.all.writes > done.all.writes;
    mine->through |= may && begun.kept.writes > done.kept.writes;
    if (may && surely && begun.all.sure > done.all.sure)
        mine->sure |= begun.kept.sure > done.kept.sure || done_by(&w->done_at_close, close).all.sure >
                                                              begun_before(&w->begun_at_open, open).all.sure;
    return done.all.updates;
}

/* My gradients against one neighbour's writes. Only I look at what is found. */
static void compare(struct tracker_lane *me, const struct tracker_lane *other)
{
    const struct tally start = {other->log, other->log + other->length, {{0, 0, 0}, {0, 0, 0}}};
    struct window reading = {start, start, start, start}, writing = reading;
    struct merged_writes merges = {other->log, other->log + other->length, 0, 0};
    uint64_t seen = merged_by(&merges, me->loaded_at); /* of the other's writes, by my last load or merge */
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
            const uint64_t then = met(mine, 0, &reading, mine->read, several ? write : mine->made, is.exposed,
                                      is.sure && (several || !is.copied));
            const uint64_t now =
                handed ? done_by(&writing.done_at_open, write).all.updates
                       : met(mine, 1, &writing, write, step->done, several ? is.exposed : is.writes, is.sure);
            mine->delay += (uint32_t)(now - then);
            mine->hot_delay += (uint32_t)(now - seen);
        }
        if (mine->merged)
            seen = merged_by(&merges, mine->merged);
    }
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
        settle(t, k);
}

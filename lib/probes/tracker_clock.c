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
 */
#include "lib/probes/tracker_inside.h"

#include <string.h>

/* The writes of a log that had begun, or were done, at a moment that only moves forward. */
struct tally {
    const struct tracker_stay *at, *end;
    struct tracker_moves count;
};

static void count_write(struct tracker_moves *count, const struct tracker_stay *stay)
{
    if (!stay->write)
        return;
    count->updates++;
    count->writes += stay->step.writes;
    count->sure += stay->step.sure;
}

static struct tracker_moves begun_before(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && y->at->write < moment; y->at++)
        count_write(&y->count, y->at);
    return y->count;
}

static struct tracker_moves done_by(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && (y->at->write == 0 || y->at->done <= moment); y->at++)
        count_write(&y->count, y->at);
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

static void met(struct tracker_stay *mine, int which, struct tracker_moves begun, struct tracker_moves done,
                bool may, bool surely)
{
    mine->hit[which] |= may && begun.writes > done.writes;
    mine->sure |= may && surely && begun.sure > done.sure;
}

/* My gradients against one neighbour's writes. Only I look at what is found. */
static void compare(struct tracker_lane *me, const struct tracker_lane *other)
{
    const struct tally start = {other->log, other->log + other->length, {0, 0, 0}};
    struct tally done_at_read = start, begun_at_made = start, done_at_write = start, begun_at_done = start;
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
            struct tracker_moves then = done_by(&done_at_read, mine->read);
            met(mine, 0, begun_before(&begun_at_made, several ? write : mine->made), then, is.exposed,
                is.sure && (several || !is.copied));
            struct tracker_moves now = done_by(&done_at_write, write);
            if (!handed)
                met(mine, 1, begun_before(&begun_at_done, step->done), now, several ? is.exposed : is.writes,
                    is.sure);
            mine->delay += (uint32_t)(now.updates - then.updates);
            mine->hot_delay += (uint32_t)(now.updates - seen);
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
    for (const struct tracker_stay *mine = me->log; mine < me->log + over; mine++) {
        if (mine->part == TRACKER_NOTHING)
            continue;
        const struct tracker_found found = {.hit = {mine->hit[0], mine->hit[1]}, .sure = mine->sure};
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

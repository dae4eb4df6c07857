/* SPDX-License-Identifier: MIT
 *
 * The logs of a pass, compared. Each is in the order of time, so two of them are gone through side by side: of
 * another's writes, those that had begun when my window closed, less those that were done when it opened, met it.
 *
 *     my windows        │ read … made │     │ write … done │
 *     another's writes     │write done│  │write done│
 *
 * Where a window opens at the very tick at which a write was done they do not meet.
 */
#include "lib/learn/tracker_inside.h"

#include <string.h>

/* How many writes of a log had begun, or were done, at a moment that only moves forward. */
struct tally {
    const struct tracker_stay *at, *end;
    uint64_t count;
};

static uint64_t begun_before(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && y->at->write < moment; y->at++)
        y->count += y->at->write != 0;
    return y->count;
}

static uint64_t done_by(struct tally *y, uint64_t moment)
{
    for (; y->at < y->end && (y->at->write == 0 || y->at->done <= moment); y->at++)
        y->count += y->at->write != 0;
    return y->count;
}

/* How many of a log's writes were brought by a moment that only moves forward. */
struct pile {
    const struct tracker_stay *at, *end;
    uint64_t saved, brought;
};

static uint64_t brought_by(struct pile *p, uint64_t moment)
{
    for (; p->at < p->end && (p->at->write == 0 || p->at->done <= moment); p->at++) {
        p->saved += p->at->write != 0;
        if (p->at->brought)
            p->brought = p->saved;
    }
    return p->brought;
}

/* My gradients against one neighbour's writes. Only I look at what is found. */
static void compare(struct tracker_lane *me, const struct tracker_lane *other)
{
    const struct tally start = {other->log, other->log + other->length, 0};
    struct tally done_at_read = start, begun_at_made = start, done_at_write = start, begun_at_done = start;
    struct pile pile = {other->log, other->log + other->length, 0, 0};
    uint64_t seen = 0; /* of the other's writes, what I got when I brought mine last */
    for (size_t n = 0; n < me->length; n++) {
        struct tracker_stay *mine = &me->log[n];
        uint64_t then = done_by(&done_at_read, mine->read);
        mine->hit[0] |= begun_before(&begun_at_made, mine->made) > then;
        if (mine->write == 0)
            continue;
        uint64_t now = done_by(&done_at_write, mine->write);
        mine->hit[1] |= begun_before(&begun_at_done, mine->done) > now;
        mine->delay += now - then;
        mine->hot_delay += now - seen;
        if (mine->brought)
            seen = brought_by(&pile, mine->done);
    }
}

static void settle(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    for (uint32_t j = 0; j < t->nworkers; j++)
        if (j != k)
            compare(me, &t->lane[j]);
    for (size_t n = 0; n < me->length; n++) {
        struct tracker_stay *mine = &me->log[n];
        tracker_add(me, mine->hit);
        if (mine->write)
            tracker_add_delay(me, mine->delay);
        me->count.hot_delay_sum += mine->hot_delay;
        if (mine->tell)
            memcpy(mine->tell, mine->hit, sizeof mine->hit);
    }
}

void tracker_compare_logs(struct tracker *t)
{
#pragma omp parallel for num_threads((int)t->nthreads) schedule(static, 1)
    for (uint32_t k = 0; k < t->nworkers; k++)
        settle(t, k);
}

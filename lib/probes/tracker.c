/* SPDX-License-Identifier: MIT */
#include "lib/probes/tracker.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/probes/tracker_inside.h"

#include <assert.h>
#include <string.h>

bool tracker_has_universal(const struct layout *layout)
{
    bool universal = false;
    for (uint32_t g = 0; g < layout->ngroups; g++)
        universal |= layout->group[g].universal;
    return universal;
}

static enum tracker_mode mode_of(const char *name, bool universal, uint32_t nworkers, uint32_t nthreads)
{
    if (strcmp(name, "off") == 0 || nworkers == 1)
        return TRACKER_OFF;
    if (strcmp(name, "blocks") == 0 || (strcmp(name, "auto") == 0 && !universal))
        return TRACKER_BLOCKS;
    return nthreads == 1 ? TRACKER_ORDER : TRACKER_CLOCK;
}

static bool *universal_blocks(const struct layout *layout)
{
    bool *common = memory_new(layout->nblocks, sizeof *common);
    for (uint32_t g = 0; g < layout->ngroups; g++)
        for (uint32_t b = 0; b < layout->group[g].count; b++)
            common[layout->group[g].first + b] = layout->group[g].universal;
    return common;
}

void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers,
                  uint32_t nthreads, size_t samples)
{
    const bool universal = tracker_has_universal(layout);
    *t = (struct tracker){.mode = mode_of(mode, universal, nworkers, nthreads),
                          .universal = universal,
                          .nworkers = nworkers,
                          .nthreads = nthreads,
                          .lane = memory_lines(nworkers, sizeof *t->lane),
                          .layout = layout,
                          .clock = cpu_clock()};
    if (t->mode == TRACKER_BLOCKS)
        t->stamp = memory_lines(layout->nblocks, sizeof *t->stamp);
    if (t->mode == TRACKER_BLOCKS)
        t->common = universal_blocks(layout);
    if (t->mode == TRACKER_BLOCKS && nthreads > 1)
        t->written = memory_lines(layout->nblocks, sizeof *t->written);
    for (uint32_t k = 0; k < nworkers; k++) {
        struct tracker_lane *lane = &t->lane[k];
        if (t->mode == TRACKER_BLOCKS)
            lane->done_then = memory_lines(nworkers, sizeof *lane->done_then);
        if (t->mode == TRACKER_CLOCK)
            tracker_log_init(lane, samples);
    }
}

void tracker_count_lost(struct tracker *t)
{
    if (t->mode != TRACKER_OFF)
        t->value = memory_new(t->layout->nblocks, sizeof *t->value);
}

void tracker_watch_cores(struct tracker *t)
{
    if (t->mode == TRACKER_CLOCK)
        t->switches = cpu_switches;
}

void tracker_combine(struct tracker *t, const uint32_t *hot)
{
    t->hot = hot;
}

void tracker_accumulate(struct tracker *t, uint32_t most, size_t bundles)
{
    if (t->mode != TRACKER_ORDER && t->mode != TRACKER_BLOCKS)
        return;
    t->waits = most;
    t->bundles = most * bundles;
    for (uint32_t k = 0; k < t->nworkers; k++) {
        t->lane[k].wait = memory_reserve(most, sizeof *t->lane[k].wait);
        if (t->mode == TRACKER_BLOCKS)
            blocks_accumulate(t, k);
    }
}

void tracker_free(struct tracker *t)
{
    for (uint32_t k = 0; k < t->nworkers; k++) {
        memory_free(t->lane[k].done_then);
        tracker_log_free(&t->lane[k]);
        memory_free(t->lane[k].wait);
        memory_free(t->lane[k].done_of);
        memory_free(t->lane[k].began_then);
        memory_free(t->lane[k].bundle);
        memory_free(t->lane[k].replaced);
    }
    memory_free(t->lane);
    memory_free(t->stamp);
    memory_free(t->written);
    memory_free(t->common);
    memory_free(t->value);
}

const char *tracker_name(const struct tracker *t)
{
    return t->mode == TRACKER_OFF ? "off" : t->mode == TRACKER_BLOCKS ? "blocks" : "overlap";
}

void tracker_reset(struct tracker *t)
{
    t->lost = 0;
    for (uint32_t k = 0; k < t->nworkers; k++) {
        struct tracker_lane *lane = &t->lane[k];
        lane->count = (struct gradient_counts){0};
        lane->length = 0;
        lane->loaded_at = 0;
        lane->nwait = 0;
        lane->nbundle = 0;
        lane->in_hand = lane->batched = false;
        lane->step = (struct tracker_nature){0};
        memset(lane->delays, 0, sizeof lane->delays);
        memset(lane->kind, 0, sizeof lane->kind);
    }
    if (t->value)
        memset(t->value, 0, t->layout->nblocks * sizeof *t->value);
}

const struct gradient_counts *tracker_counts(const struct tracker *t, uint32_t k)
{
    return &t->lane[k].count;
}

void tracker_add(struct tracker_lane *me, const struct tracker_found *found, uint32_t times)
{
    struct gradient_counts *c = &me->count;
    const bool error = found->hit[0] | found->hit[1];
    c->gradients += times;
    c->errors += error ? times : 0;
    c->read_overwrites += found->hit[0] ? times : 0;
    c->write_overwrites += found->hit[1] ? times : 0;
    c->unsure += error && !found->sure ? times : 0;
    c->preempted += found->preempted ? times : 0;
    c->through_errors += found->through && !found->preempted ? times : 0;
    c->errors_other += found->other ? times : 0;
    for (uint32_t g = 0; g < LAYOUT_GROUPS && (found->kinds[0] | found->kinds[1]) >> g; g++) {
        me->kind[g].read_overwrites += (found->kinds[0] >> g & 1) * times;
        me->kind[g].write_overwrites += (found->kinds[1] >> g & 1) * times;
    }
}

/* From the last bundle on, which in a CRF has the transitions, in a network a matrix. */
static bool lists_universal(const struct tracker *t, const struct gradient *g)
{
    for (size_t b = g->count; t->universal && b-- > 0;)
        if (t->layout->group[g->bundle[b].group].universal)
            return true;
    return false;
}

/* Ids mostly rise, so the last is asked first. */
static bool lists_shared(const struct tracker *t, const struct tracker_lane *me, const struct gradient *g)
{
    for (size_t b = 0; b < g->count; b++) {
        const struct bundle *bundle = &g->bundle[b];
        const uint32_t hot = tracker_private(t, me->left, bundle->group);
        for (uint32_t i = hot < t->layout->group[bundle->group].count ? bundle->count : 0; i-- > 0;)
            if (bundle->id[i] >= hot)
                return true;
    }
    return false;
}

static struct tracker_nature nature_of(const struct tracker *t, const struct tracker_lane *me,
                                       const struct gradient *g)
{
    if (!t->hot || me->left)
        return (struct tracker_nature){.exposed = g->count > 0 || g->left_out,
                                       .writes = g->count > 0,
                                       .sure = lists_universal(t, g),
                                       .copied = g->copied,
                                       .plain = me->left};
    const bool shared = lists_shared(t, me, g);
    return (struct tracker_nature){.exposed = shared || g->left_out, .writes = shared, .copied = g->copied};
}

/* Has anything begun since a window opened that was not done then? */
static void met(struct tracker_found *found, int which, const struct tracker_moves *begun,
                const struct tracker_moves *done, bool may, bool surely)
{
    found->hit[which] = may && begun->writes > done->writes;
    found->sure |= may && surely && begun->sure > done->sure;
}

/* Has my thread lost its core since it was asked last? */
static bool switched(const struct tracker *t, struct tracker_lane *me)
{
    if (!t->switches)
        return false;
    const uint64_t then = me->switches;
    me->switches = t->switches();
    return me->switches != then;
}

/* The last gradient waits for a write, and my core may have been lost since. */
static void watch_waiting(const struct tracker *t, struct tracker_lane *me)
{
    const bool lost = switched(t, me);
    if (me->length && me->log[me->length - 1].part == TRACKER_JOINED)
        me->log[me->length - 1].preempted |= lost;
}

/* The system is asked outside of windows, so what happens inside of one is never missed. */

/* The windows of one worker do not meet each other: of the writes that were begun, and not done when a read
 * window opened, none is its own; in a write window one is. */

void tracker_read_begin(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->in_hand = true;
    me->batched = false;
    if (t->mode == TRACKER_CLOCK) {
        watch_waiting(t, me);
        me->log[me->length] = (struct tracker_stay){.read = t->clock(), .part = TRACKER_OWN};
    } else if (t->mode == TRACKER_ORDER)
        me->read_at = t->done;
    else if (t->mode == TRACKER_BLOCKS)
        blocks_read_begin(t, k);
}

void tracker_read_end(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_OFF)
        return;
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length].made = t->clock();
    me->nature = nature_of(t, me, g);
    me->found = (struct tracker_found){0};
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length].nature = me->nature;
    else if (t->mode == TRACKER_ORDER)
        met(&me->found, 0, &t->begun, &me->read_at, me->nature.exposed,
            me->nature.sure && !me->nature.copied);
    else
        blocks_read_end(t, k, g);
}

static void add_to_step(struct tracker_lane *me)
{
    me->step.writes |= me->nature.writes;
    me->step.sure |= me->nature.sure;
}

/* Order and blocks: the gradient in hand waits for my next write. */
static void wait_for_write(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    if (me->batched && me->nwait) {
        me->wait[me->nwait - 1].times++;
        return;
    }
    assert(me->nwait < t->waits);
    struct tracker_wait *wait = &me->wait[me->nwait++];
    *wait =
        (struct tracker_wait){.times = 1, .nature = me->nature, .found = me->found, .read_at = me->read_at};
    if (t->mode == TRACKER_BLOCKS)
        blocks_wait(t, k, wait);
}

static void order_write_begin(struct tracker *t, struct tracker_lane *me)
{
    me->write_at = t->done;
    me->found.delay = t->done.updates - me->read_at.updates;
    for (uint32_t i = 0; i < me->nwait; i++) {
        struct tracker_wait *x = &me->wait[i];
        x->found.delay = t->done.updates - x->read_at.updates;
        met(&x->found, 0, &t->begun, &x->read_at, x->nature.exposed, x->nature.sure);
    }
    t->begun.updates++;
    t->begun.writes += me->step.writes;
    t->begun.sure += me->step.sure;
}

static void order_write_end(struct tracker *t, struct tracker_lane *me)
{
    me->write_at.writes += me->step.writes; /* my own has begun since, too */
    me->write_at.sure += me->step.sure;
    met(&me->found, 1, &t->begun, &me->write_at, me->nature.writes, me->nature.sure);
    for (uint32_t i = 0; i < me->nwait; i++) {
        struct tracker_wait *x = &me->wait[i];
        met(&x->found, 1, &t->begun, &me->write_at, x->nature.exposed, x->nature.sure);
    }
    t->done.updates++;
    t->done.writes += me->step.writes;
    t->done.sure += me->step.sure;
}

void tracker_write_begin(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_OFF)
        return;
    if (me->in_hand)
        add_to_step(me);
    if (t->mode == TRACKER_CLOCK) {
        struct tracker_stay *stay = &me->log[me->length];
        if (!me->in_hand)
            *stay = (struct tracker_stay){.part = TRACKER_NOTHING};
        stay->step = me->step;
        stay->preempted |= switched(t, me);
        stay->write = t->clock();
        return;
    }
    if (me->in_hand && me->nwait) {
        wait_for_write(t, k);
        me->in_hand = false;
    }
    if (t->mode == TRACKER_ORDER)
        order_write_begin(t, me);
    else
        blocks_write_begin(t, k, g);
}

/* The write of those that waited is over. */
static void release(struct tracker_lane *me)
{
    for (uint32_t i = 0; i < me->nwait; i++) {
        const struct tracker_wait *x = &me->wait[i];
        tracker_add(me, &x->found, x->times);
        tracker_add_delay(me, x->found.delay, x->times);
        me->count.hot_delay_sum += x->found.hot_delay * x->times;
        if (x->answer)
            memcpy(x->answer, x->found.hit, sizeof x->found.hit);
        me->found = x->found; /* that of the last, for tracker_report_to */
    }
    me->nwait = 0;
    me->nbundle = 0;
}

static void clock_write_end(const struct tracker *t, struct tracker_lane *me)
{
    struct tracker_stay *stay = &me->log[me->length++];
    stay->done = t->clock();
    stay->paused = switched(t, me);
    stay->preempted |= stay->paused;
}

void tracker_write_end(struct tracker *t, uint32_t k, const struct gradient *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        clock_write_end(t, me);
    else if (t->mode == TRACKER_ORDER)
        order_write_end(t, me);
    else if (t->mode == TRACKER_BLOCKS)
        blocks_write_end(t, k, g);
    if (me->in_hand && t->mode != TRACKER_CLOCK)
        tracker_add(me, &me->found, 1);
    if (me->in_hand && (t->mode == TRACKER_ORDER || t->mode == TRACKER_BLOCKS)) {
        tracker_add_delay(me, me->found.delay, 1);
        me->count.hot_delay_sum += me->found.hot_delay;
    }
    release(me);
    me->in_hand = false;
    me->step = (struct tracker_nature){0};
}

void tracker_load(struct tracker *t, uint32_t k, uint32_t block)
{
    if (t->value)
        t->lane[k].loaded = t->value[block];
}

void tracker_store(struct tracker *t, uint32_t k, uint32_t block)
{
    if (!t->value)
        return;
    t->lane[k].count.lost_updates += (int64_t)t->value[block] - t->lane[k].loaded;
    t->value[block] = t->lane[k].loaded + 1;
}

/* The gradient in hand is written later, or by another. */
static void clock_leave(const struct tracker *t, struct tracker_lane *me, enum tracker_part part)
{
    struct tracker_stay *stay = &me->log[me->length++];
    stay->preempted |= switched(t, me);
    stay->part = (uint8_t)part;
}

void tracker_joined(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    add_to_step(me);
    me->in_hand = false;
    if (t->mode == TRACKER_CLOCK)
        clock_leave(t, me, TRACKER_JOINED);
    else if (t->mode == TRACKER_OFF)
        tracker_add(me, &me->found, 1);
    else
        wait_for_write(t, k);
}

void tracker_read_with(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->in_hand = me->batched = true;
    if (t->mode != TRACKER_CLOCK)
        return;
    me->log[me->length] = me->log[me->length - 1];
    me->log[me->length].part = TRACKER_OWN;
    me->log[me->length].answer = NULL;
}

void tracker_handed(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    me->in_hand = false;
    if (t->mode == TRACKER_CLOCK) {
        clock_leave(t, me, TRACKER_HANDED);
        return;
    }
    if (t->mode == TRACKER_ORDER)
        me->found.delay = t->done.updates - me->read_at.updates;
    else if (t->mode == TRACKER_BLOCKS)
        blocks_handed(t, k);
    tracker_add(me, &me->found, 1);
    if (t->mode != TRACKER_OFF)
        tracker_add_delay(me, me->found.delay, 1);
}

void tracker_loaded(struct tracker *t, uint32_t k)
{
    t->lane[k].left = false;
    if (t->mode == TRACKER_CLOCK)
        t->lane[k].loaded_at = t->clock();
    else if (t->mode == TRACKER_BLOCKS)
        blocks_loaded(t, k);
}

void tracker_merged(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_BLOCKS)
        blocks_merged(t, k);
    if (t->mode != TRACKER_CLOCK || me->length == 0)
        return;
    struct tracker_stay *last = &me->log[me->length - 1];
    if (!last->merged) /* else nothing was written since */
        last->merged = t->clock();
}

void tracker_left(struct tracker *t, uint32_t k)
{
    t->lane[k].left = true;
}

void tracker_report_to(struct tracker *t, uint32_t k, bool hits[2])
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length - 1].answer = hits;
    else if (me->nwait)
        me->wait[me->nwait - 1].answer = hits;
    else
        memcpy(hits, me->found.hit, sizeof me->found.hit);
}

void tracker_settle(struct tracker *t)
{
    if (t->mode == TRACKER_CLOCK)
        tracker_compare_logs(t);
    if (t->written) {
        int64_t lost = blocks_lost(t);
        t->lost += lost - t->lost_before;
        t->lost_before = lost;
    }
}

void tracker_pause(struct tracker *t)
{
    tracker_settle(t);
    for (uint32_t k = 0; k < t->nworkers; k++)
        t->lane[k].length = 0;
}

void tracker_state(struct tracker *t, uint32_t k, struct state_list *l)
{
    struct tracker_lane *lane = &t->lane[k];
    state_add(l, "counts", &lane->count, 1, sizeof lane->count);
    state_add(l, "delays", lane->delays, TRACKER_DELAYS, sizeof *lane->delays);
    state_add(l, "kinds", lane->kind, LAYOUT_GROUPS, sizeof *lane->kind);
}

bool tracker_is_bound(const struct tracker *t)
{
    uint64_t unsure = 0;
    for (uint32_t k = 0; k < t->nworkers; k++)
        unsure += t->lane[k].count.unsure;
    return unsure > 0;
}

bool tracker_knows_lost(const struct tracker *t)
{
    return t->value || t->written;
}

int64_t tracker_lost(const struct tracker *t)
{
    int64_t lost = t->lost;
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

/* SPDX-License-Identifier: MIT */
#include "lib/learn/tracker.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/tracker_inside.h"

#include <assert.h>
#include <string.h>

static enum tracker_mode mode_of(const char *name, const struct layout *layout, uint32_t nworkers,
                                 uint32_t nthreads)
{
    bool universal = false;
    for (uint32_t g = 0; g < layout->ngroups; g++)
        universal |= layout->group[g].universal;
    if (strcmp(name, "off") == 0 || nworkers == 1)
        return TRACKER_OFF;
    if (strcmp(name, "blocks") == 0 || (strcmp(name, "auto") == 0 && !universal))
        return TRACKER_BLOCKS;
    return nthreads == 1 ? TRACKER_ORDER : TRACKER_CLOCK;
}

void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers,
                  uint32_t nthreads, size_t samples)
{
    *t = (struct tracker){.mode = mode_of(mode, layout, nworkers, nthreads),
                          .nworkers = nworkers,
                          .nthreads = nthreads,
                          .lane = memory_lines(nworkers, sizeof *t->lane),
                          .layout = layout,
                          .clock = cpu_clock()};
    if (t->mode == TRACKER_BLOCKS)
        t->stamp = memory_lines(layout->nblocks, sizeof *t->stamp);
    if (t->mode == TRACKER_BLOCKS && nthreads > 1)
        t->written = memory_lines(layout->nblocks, sizeof *t->written);
    for (uint32_t k = 0; k < nworkers; k++) {
        struct tracker_lane *lane = &t->lane[k];
        if (t->mode == TRACKER_BLOCKS)
            lane->done_then = memory_lines(nworkers, sizeof *lane->done_then);
        if (t->mode == TRACKER_CLOCK) /* as much as one alone might take; what is not used takes no memory */
            lane->log = memory_new(samples, sizeof *lane->log);
    }
}

void tracker_count_lost(struct tracker *t)
{
    if (t->mode != TRACKER_OFF)
        t->held = memory_new(t->layout->nblocks, sizeof *t->held);
}

void tracker_free(struct tracker *t)
{
    for (uint32_t k = 0; k < t->nworkers; k++) {
        memory_free(t->lane[k].done_then);
        memory_free(t->lane[k].log);
    }
    memory_free(t->lane);
    memory_free(t->stamp);
    memory_free(t->written);
    memory_free(t->held);
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
        lane->count = (struct tracker_count){0};
        lane->length = 0;
        memset(lane->delays, 0, sizeof lane->delays);
        memset(lane->kind, 0, sizeof lane->kind);
    }
    if (t->held)
        memset(t->held, 0, t->layout->nblocks * sizeof *t->held);
}

const struct tracker_count *tracker_counts(const struct tracker *t, uint32_t k)
{
    return &t->lane[k].count;
}

void tracker_add(struct tracker_lane *me, const bool hit[2])
{
    struct tracker_count *c = &me->count;
    c->gradients++;
    c->errors += hit[0] | hit[1];
    c->read_overwrites += hit[0];
    c->write_overwrites += hit[1];
    for (uint32_t g = 0; g < LAYOUT_GROUPS && (me->kinds[0] | me->kinds[1]) >> g; g++) {
        me->kind[g].read_overwrites += me->kinds[0] >> g & 1;
        me->kind[g].write_overwrites += me->kinds[1] >> g & 1;
    }
}

/* The windows of one worker do not meet each other: of the writes that were begun, and not done when a read
 * window opened, none is its own; in a write window one is. */

void tracker_read_begin(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length] = (struct tracker_stay){.read = t->clock()};
    else if (t->mode == TRACKER_ORDER)
        me->read_at = t->done;
    else if (t->mode == TRACKER_BLOCKS)
        blocks_read_begin(t, k);
}

void tracker_read_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length].made = t->clock();
    else if (t->mode == TRACKER_ORDER)
        me->hit[0] = t->begun > me->read_at;
    else if (t->mode == TRACKER_BLOCKS)
        blocks_read_end(t, k, g);
}

void tracker_write_begin(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK) {
        me->log[me->length].write = t->clock();
    } else if (t->mode == TRACKER_ORDER) {
        me->write_at = t->done;
        me->delay = t->done - me->read_at;
        t->begun++;
    } else if (t->mode == TRACKER_BLOCKS) {
        blocks_write_begin(t, k, g);
    }
}

void tracker_write_end(struct tracker *t, uint32_t k, const struct grad *g)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK) {
        me->log[me->length++].done = t->clock();
        return;
    }
    if (t->mode == TRACKER_ORDER) {
        me->hit[1] = t->begun > me->write_at + 1;
        t->done++;
    } else if (t->mode == TRACKER_BLOCKS) {
        blocks_write_end(t, k, g);
    }
    tracker_add(me, me->hit);
    if (t->mode != TRACKER_OFF)
        tracker_add_delay(me, me->delay);
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
    if (t->mode == TRACKER_CLOCK) {
        me->length++;
        return;
    }
    me->hit[1] = false;
    me->kinds[1] = 0;
    tracker_add(me, me->hit);
}

void tracker_read_with(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length] = me->log[me->length - 1]; /* else what was found of its read window stands */
}

void tracker_brought(struct tracker *t, uint32_t k)
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length - 1].brought = true;
}

void tracker_tell(struct tracker *t, uint32_t k, bool hits[2])
{
    struct tracker_lane *me = &t->lane[k];
    if (t->mode == TRACKER_CLOCK)
        me->log[me->length - 1].tell = hits;
    else
        memcpy(hits, me->hit, sizeof me->hit);
}

void tracker_settle(struct tracker *t)
{
    if (t->mode == TRACKER_CLOCK)
        tracker_compare_logs(t);
    if (t->written) {
        int64_t lost = blocks_lost(t);
        t->lost = lost - t->lost_before;
        t->lost_before = lost;
    }
}

bool tracker_knows_lost(const struct tracker *t)
{
    return t->held || t->written;
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

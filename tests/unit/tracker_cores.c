/* SPDX-License-Identifier: MIT
 *
 * The tracker where threads lose their cores: a thread that stands still inside of W stores nothing, so what others do
 * meanwhile is in error for sure only where its whole write lies in their window. Schedules by hand, and at random
 * against the definition.
 */
#include "lib/probes/tracker.h"
#include "tests/test.h"
#include "tests/unit/schedules.h"

#include <string.h>

/* h is universal. */
TEST(bounds_where_threads_lose_their_cores)
{
    static const struct {
        const char *schedule;
        uint64_t errors[2], unsure[2], preempted[2], through[2];
    } x[] = {
        /* a write covers my reading: for sure if its thread ran; if it stood still, perhaps */
        {"R1 r1h W1 R0 r0h w1 W0 w0", {1, 0}, {0, 0}, {0, 0}, {1, 0}},
        {"R1 r1h W1 x1 R0 r0h w1 W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        /* it ends in my window, or begins in it */
        {"R1 r1h W1 R0 x1 w1 r0h W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        {"R0 R1 r1h W1 r0h x1 w1 W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        {"R0 R1 r1h W1 r0h w1 W0 w0", {1, 0}, {0, 0}, {0, 0}, {1, 0}},
        /* it lies wholly inside: whenever it stored, I was reading */
        {"R0 R1 r1h W1 x1 w1 r0h W0 w0", {1, 0}, {0, 0}, {0, 1}, {0, 0}},
        /* … in a block that I may not have, or it */
        {"R0 R1 r1b W1 x1 w1 r0ah W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        {"R0 R1 r1h W1 x1 w1 r0a W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        /* it lasts from my reading into my writing, whole in neither; I wrote inside of it */
        {"R0 R1 r1h W1 x1 r0h W0 w1 w0", {1, 1}, {1, 0}, {0, 1}, {0, 0}},
        /* writes that meet: the one inside of the paused one is perhaps in error, the paused one surely */
        {"R0 r0h R1 r1h W0 x0 W1 w1 w0", {1, 1}, {0, 1}, {1, 0}, {0, 0}},
        {"R0 r0h R1 r1h W0 W1 x0 w0 x1 w1", {1, 1}, {1, 1}, {1, 1}, {0, 0}},
        {"R0 r0h R1 r1h W0 W1 w0 w1", {1, 1}, {0, 0}, {0, 0}, {1, 1}},
        /* of two writes one ran through */
        {"R1 r1h W1 x1 R0 w1 R1 r1h W1 w1 r0h W0 w0", {1, 0}, {0, 0}, {0, 1}, {1, 0}},
        {"R1 r1h W1 R0 w1 R1 r1h W1 x1 r0h W0 w1 w0", {1, 1}, {0, 0}, {0, 1}, {1, 0}},
        /* a gradient whose thread lost its core: others wrote for sure, but it is none that ran through */
        {"R0 x0 R1 r1h W1 w1 r0h W0 w0", {1, 0}, {0, 0}, {1, 0}, {0, 0}},
        {"R0 r0h x0 R1 r1h W1 w1 W0 w0", {0, 0}, {0, 0}, {1, 0}, {0, 0}},
        /* between gradients, before the first and after the last nothing is lost */
        {"x0 x1 R0 r0h W0 w0 x0 R0 r0h W0 w0 x0", {0, 0}, {0, 0}, {0, 0}, {0, 0}},
        /* what of the other's thread happens outside of its W does not matter to me */
        {"R0 R1 x1 r1h x1 W1 w1 x1 r0h W0 w0", {1, 0}, {0, 0}, {0, 1}, {1, 0}},
        /* steps of several: who waits, waits without a core; who comes later does not */
        {"R0 r0h j0 x0 R0 r0h W0 w0", {0, 0}, {0, 0}, {1, 0}, {0, 0}},
        {"R0 r0h j0 R0 x0 r0h W0 w0", {0, 0}, {0, 0}, {2, 0}, {0, 0}},
        {"R0 r0h x0 j0 R0 r0h W0 w0", {0, 0}, {0, 0}, {1, 0}, {0, 0}},
        {"R0 r0h j0 R0 r0h j0 x0 W0 w0", {0, 0}, {0, 0}, {2, 0}, {0, 0}},
        {"R0 r0h j0 R0 r0h W0 x0 w0 R0 r0h W0 w0", {0, 0}, {0, 0}, {2, 0}, {0, 0}},
        {"R0 r0h j0 R1 r1h W1 x1 w1 R0 r0h W0 w0", {1, 0}, {0, 0}, {0, 1}, {0, 0}},
        {"R1 r1h W1 x1 R0 r0h j0 w1 R0 r0h W0 w0", {1, 0}, {1, 0}, {0, 1}, {0, 0}},
        /* a mini-batch: 1 is handed to 0 */
        {"R0 R1 r1h x1 h1 r0h W0 w0", {0, 0}, {0, 0}, {0, 1}, {0, 0}},
    };
    for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
        struct event event[EVENTS];
        struct gradient_counts got[WORKERS];
        size_t n = schedules_parse(x[k].schedule, event);
        schedules_track_with("clock", event, n, 2, true, NULL, got);
        for (size_t j = 0; j < 2; j++)
            CHECK_MSG(got[j].errors == x[k].errors[j] && got[j].unsure == x[k].unsure[j] &&
                          got[j].preempted == x[k].preempted[j] && got[j].through_errors == x[k].through[j],
                      "%s: worker %zu: %d errors, %d unsure, %d preempted, %d of those that ran through",
                      x[k].schedule, j, (int)got[j].errors, (int)got[j].unsure, (int)got[j].preempted,
                      (int)got[j].through_errors);
    }
}

/* ---- the definition */

static bool lost(const struct event *event, uint32_t worker, size_t from, size_t to)
{
    for (size_t t = from; t <= to; t++)
        if (event[t].what == 'x' && event[t].worker == worker)
            return true;
    return false;
}

struct met {
    bool any, sure, through;
};

/* What of others' writes meets the events from … to of a gradient. */
static void meet(const struct event *event, const struct interval *all, size_t n, const struct interval *mine,
                 size_t from, size_t to, struct met *found)
{
    for (size_t k = 0; k < n; k++) {
        const struct interval *z = &all[k];
        if (z->worker == mine->worker || !z->mask || !mine->mask || z->w == SIZE_MAX || z->W > to ||
            z->w < from)
            continue;
        const bool paused = lost(event, z->worker, z->W, z->w), inside = from <= z->W && z->w <= to;
        const bool both = (z->mask & mine->mask) >> (BLOCKS - 1);
        found->any = true;
        found->through |= !paused;
        found->sure |= both && (!paused || inside);
    }
}

/* At random, gradients that join a step as well. */
static size_t draw(struct rng *r, struct event *out, size_t count, uint32_t nworkers)
{
    struct event drawn[EVENTS];
    bool joins[WORKERS] = {false};
    size_t n = 0, many = schedules_draw(r, drawn, count, nworkers, false);
    for (size_t t = 0; t < many; t++) {
        const uint32_t k = drawn[t].worker;
        if (drawn[t].what == 'W' && (joins[k] = rng_below(r, 4) == 0))
            drawn[t].what = 'j';
        if (drawn[t].what == 'w' && joins[k])
            continue;
        out[n++] = drawn[t];
        if (rng_below(r, 8) == 0)
            out[n++] = (struct event){'x', (uint32_t)rng_below(r, nworkers), 0, false};
    }
    return n;
}

TEST(bounds_are_the_definition)
{
    struct rng r;
    rng_init(&r, 85, 0, 0);
    uint64_t errors = 0, unsure = 0, preempted = 0, through = 0;
    for (int turn = 0; turn < 4000; turn++) {
        static struct interval all[EVENTS];
        struct event event[EVENTS];
        struct gradient_counts got[WORKERS], want[WORKERS] = {{0}};
        const uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        const size_t count = draw(&r, event, 20 + rng_below(&r, 100), nworkers);
        const size_t n = schedules_intervals(event, count, all);
        schedules_track_with("clock", event, count, nworkers, true, NULL, got);
        for (size_t k = 0; k < n; k++) { /* of a step all have its blocks */
            const struct interval *g = &all[k];
            struct gradient_counts *mine = &want[g->worker];
            struct met met = {false, false, false};
            if (g->w == SIZE_MAX)
                continue;
            meet(event, all, n, g, g->R, g->several ? g->W : g->r, &met);
            meet(event, all, n, g, g->W, g->w, &met);
            const bool off = lost(event, g->worker, g->R, g->w);
            mine->errors += met.any;
            mine->unsure += met.any && !met.sure;
            mine->preempted += off;
            mine->through_errors += met.through && !off;
        }
        for (uint32_t k = 0; k < nworkers; k++) {
            if (!CHECK_MSG(got[k].errors == want[k].errors && got[k].unsure == want[k].unsure &&
                               got[k].preempted == want[k].preempted &&
                               got[k].through_errors == want[k].through_errors,
                           "turn %d, worker %u: %d %d %d %d, not %d %d %d %d", turn, k, (int)got[k].errors,
                           (int)got[k].unsure, (int)got[k].preempted, (int)got[k].through_errors,
                           (int)want[k].errors, (int)want[k].unsure, (int)want[k].preempted,
                           (int)want[k].through_errors))
                return;
            errors += want[k].errors, unsure += want[k].unsure;
            preempted += want[k].preempted, through += want[k].through_errors;
        }
    }
    CHECK(unsure > errors / 20 && unsure < errors && through > errors / 20 && through < errors &&
          preempted > 0);
}

/* Threads keep their cores: nobody asks, and bounds are one. */
TEST(nobody_asks_for_cores_unless_told)
{
    static const char *const modes[] = {"overlap", "blocks", "off"};
    for (size_t m = 0; m < 3; m++) {
        struct layout l;
        struct tracker t;
        schedules_layout(&l, true);
        tracker_init(&t, modes[m], &l, 2, 2, 4);
        CHECK(t.switches == NULL);
        tracker_watch_cores(&t);
        CHECK((t.switches != NULL) == (m == 0));
        tracker_free(&t);
    }
}

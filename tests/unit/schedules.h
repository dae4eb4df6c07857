/* SPDX-License-Identifier: MIT
 *
 * schedules: the tracker's calls in an order that a test chooses, in one thread; and what is to be counted of them, by
 * the definition in lib/probes/tracker.h. A schedule is "R0 R1 r0ab W0 w0": R read_begin, r read_end, W write_begin,
 * w write_end, the worker, and after r the blocks that its gradient touches (until its write ends; none: block a).
 * Besides: j the gradient joins the worker's next write, h it is handed to another, m the worker merges its private
 * copies, x the worker's thread loses its core.
 */
#ifndef ASYNTRAIN_TESTS_SCHEDULES_H
#define ASYNTRAIN_TESTS_SCHEDULES_H

#include "lib/base/rng.h"
#include "lib/learn/counts.h"
#include "lib/num/gradient.h"

#include <stdbool.h>

enum { WORKERS = 4, BLOCKS = 8, EVENTS = 256 };

struct tracker;

struct event {
    char what;
    uint32_t worker;
    unsigned mask;
    bool copied; /* r: block h was copied as the reading began */
};

struct interval { /* one gradient: when its calls came, by number of the event; SIZE_MAX: never */
    uint32_t worker;
    unsigned mask;
    size_t R, r, W, w; /* W, w: of the write that contains it */
    bool several; /* … and it waited for that, or another does */
    bool first; /* … of those in it */
    bool handed, copied;
};

struct made_gradient {
    uint32_t id[2][BLOCKS];
    struct bundle bundle[2];
    struct gradient grad;
};

struct schedule_example {
    const char *schedule, *want;
};

/* Blocks a-d stand in one group, e-h in another; or h alone, which is universal. A gradient has one bundle for each. */
void schedules_layout(struct layout *l, bool universal);
void schedules_gradient(struct made_gradient *g, unsigned mask);

size_t schedules_parse(const char *schedule, struct event *event);
/* As many events at random. `alone`: a write that began ends before another begins. */
size_t schedules_draw(struct rng *r, struct event *event, size_t count, uint32_t nworkers, bool alone);
/* Cut a schedule into gradients; returns how many. */
size_t schedules_intervals(const struct event *event, size_t count, struct interval *out);

/* Counts by the definition; of blocks in `hot` workers have private copies. A gradient counts once its write has
 * ended. */
void schedules_define(const struct event *event, size_t count, bool by_block, struct gradient_counts *c);
void schedules_define_with(const struct event *event, size_t count, bool by_block, unsigned hot,
                           struct gradient_counts *c);

/* Counts by a tracker of mode "overlap", "blocks", "off", or "clock": overlap as threads have it. With `hot`, so many
 * blocks of each group are private. schedules_track leaves out the count of errors that may be none. */
uint64_t schedules_clock(void);
uint64_t schedules_switches(void); /* in place of cpu_switches: of the worker that is played */
void schedules_play(struct tracker *t, const struct event *event, size_t count);
void schedules_track(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                     struct gradient_counts *c);
void schedules_track_with(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                          bool universal, const uint32_t *hot, struct gradient_counts *c);

/* "gradients errors read write delay_sum delay_max" of each worker; until the next call. */
const char *schedules_text(const struct gradient_counts *c, uint32_t nworkers);

void schedules_check(const char *mode, const struct schedule_example *x, size_t count, uint32_t nworkers);
#define CHECK_ALL(MODE, X, WORKERS) schedules_check(MODE, X, sizeof(X) / sizeof *(X), WORKERS)

#endif

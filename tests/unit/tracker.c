/* SPDX-License-Identifier: MIT
 *
 * The tracker under schedules: its calls in an order that the test chooses, in one thread. A schedule is
 * "R0 R1 r0ab W0 w0": R read_begin, r read_end, W write_begin, w write_end, the worker, and after r the blocks
 * that its gradient touches (until its write ends; none: block a). Besides: j the gradient joins the worker's next
 * write, h it is handed to another, m the worker merges its private copies.
 */
#include "lib/probes/tracker.h"
#include "lib/probes/delays.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, BLOCKS = 8, EVENTS = 256 };

static uint32_t split; /* blocks of the first group */

/* Blocks a-d stand in one group, e-h in another; or h alone, which is universal. A gradient has one bundle for each. */
static void make_layout(struct layout *l, bool universal)
{
    *l = (struct layout){0};
    split = universal ? BLOCKS - 1 : BLOCKS / 2;
    layout_add(l, "low", split, 1, 3, false);
    layout_add(l, "high", BLOCKS - split, 2, 3, universal);
}

struct made_gradient {
    uint32_t id[2][BLOCKS];
    struct bundle bundle[2];
    struct gradient grad;
};

static void make_gradient(struct made_gradient *g, unsigned mask)
{
    static const real row[16];
    uint32_t count[2] = {0, 0};
    g->grad = (struct gradient){.bundle = g->bundle, .capacity = 2};
    for (uint32_t b = 0; b < BLOCKS; b++)
        if (mask >> b & 1)
            g->id[b >= split][count[b >= split]++] = b < split ? b : b - split;
    for (uint32_t k = 0; k < 2; k++)
        gradient_add(&g->grad, k, count[k], g->id[k], row);
}

/* ---- the definition in tracker.h, from the intervals of a whole schedule */

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

/* Cut a schedule into gradients; returns how many. */
static size_t intervals(const struct event *event, size_t count, struct interval *out)
{
    size_t n = 0, from[WORKERS] = {0}; /* of a worker's gradients that are not written */
    bool waits[WORKERS] = {false};
    for (size_t t = 0; t < count; t++) {
        const uint32_t k = event[t].worker;
        const char what = event[t].what;
        if (what == 'R')
            out[n++] = (struct interval){k, 0, t, SIZE_MAX, SIZE_MAX, SIZE_MAX, false, false, false, false};
        for (size_t i = n; i-- > from[k];) { /* the last is the one in hand */
            if (out[i].worker != k)
                continue;
            if (what == 'r')
                out[i].r = t, out[i].mask = event[t].mask, out[i].copied = event[t].copied;
            if (what == 'h')
                out[i].W = t, out[i].handed = true;
            waits[k] |= what == 'j';
            break;
        }
        for (size_t i = from[k], first = 1; (what == 'W' || what == 'w') && i < n; i++)
            if (out[i].worker == k && !out[i].handed) {
                *(what == 'W' ? &out[i].W : &out[i].w) = t;
                out[i].several = waits[k];
                out[i].first = first;
                first = 0;
            }
        if (what == 'w')
            from[k] = n, waits[k] = false;
    }
    return n;
}

static bool meet(size_t a, size_t b, size_t c, size_t d)
{
    return a <= d && c <= b;
}

/* Weights by where they stand: those of w, then the private copies of each worker. A block of `hot` is read and
 * written in the copy, and what is merged goes to w and to the merger's own copy. */
static uint64_t places(uint32_t worker, unsigned mask, unsigned hot)
{
    return (mask & ~hot) | (uint64_t)(mask & hot) << (BLOCKS + BLOCKS * worker);
}

struct world { /* a schedule and what is private in it */
    const struct event *event;
    size_t count, n;
    struct interval all[EVENTS];
    unsigned hot;
    bool by_block;
};

/* Does another write a place of `mine` in [from, to]? Or (not by block) anything in w at all. */
static bool overwritten(const struct world *x, uint32_t worker, unsigned mask, size_t from, size_t to)
{
    const uint64_t w = ((uint64_t)1 << BLOCKS) - 1, mine = places(worker, mask, x->hot);
    for (size_t k = 0; k < x->n; k++) {
        const struct interval *z = &x->all[k];
        const uint64_t his = places(z->worker, z->mask, x->hot);
        if (z->worker != worker && !z->handed && z->W != SIZE_MAX && meet(from, to, z->W, z->w) &&
            (x->by_block ? (his & mine) != 0 : (his & w) && (mine & w)))
            return true;
    }
    for (size_t t = from; x->by_block && t <= to && t < x->count; t++) /* merges take one event */
        if (x->event[t].what == 'm' && x->event[t].worker != worker &&
            ((x->hot | places(x->event[t].worker, x->hot, x->hot)) & mine))
            return true;
    return false;
}

static bool read_overwritten(const struct world *x, const struct interval *g)
{
    const unsigned h = 1u << (BLOCKS - 1);
    const size_t end = g->several ? g->W : g->handed ? g->W : g->r;
    if (!g->copied || g->several || !x->by_block)
        return overwritten(x, g->worker, g->mask, g->R, end);
    return overwritten(x, g->worker, g->mask & ~h, g->R, end) ||
           overwritten(x, g->worker, g->mask & h, g->R, g->R);
}

static uint64_t delay_of(const struct world *x, const struct interval *g)
{
    uint64_t delay = 0;
    for (size_t k = 0; k < x->n; k++)
        delay += x->all[k].worker != g->worker && x->all[k].first && x->all[k].w != SIZE_MAX &&
                 x->all[k].w > g->R && x->all[k].w < g->W;
    return delay;
}

/* Counts by the definition. A gradient counts once its write has ended. */
static void define_with(const struct event *event, size_t count, bool by_block, unsigned hot,
                        struct gradient_counts *c)
{
    static struct world x;
    x = (struct world){.event = event, .count = count, .hot = hot, .by_block = by_block};
    x.n = intervals(event, count, x.all);
    memset(c, 0, WORKERS * sizeof *c);
    for (size_t k = 0; k < x.n; k++) {
        const struct interval *g = &x.all[k];
        struct gradient_counts *mine = &c[g->worker];
        if (g->w == SIZE_MAX && !g->handed)
            continue;
        uint64_t delay = delay_of(&x, g);
        mine->delay_sum += delay;
        mine->delay_max = delay > mine->delay_max ? delay : mine->delay_max;
        bool reading = read_overwritten(&x, g);
        bool writing = !g->handed && overwritten(&x, g->worker, g->mask, g->W, g->w);
        mine->gradients++;
        mine->read_overwrites += reading;
        mine->write_overwrites += writing;
        mine->errors += reading || writing;
    }
}

static void define(const struct event *event, size_t count, bool by_block, struct gradient_counts *c)
{
    define_with(event, count, by_block, 0, c);
}

/* ---- the tracker */

static void play(struct tracker *t, const struct event *event, size_t count)
{
    static struct made_gradient g[EVENTS]; /* ids last */
    unsigned step[WORKERS] = {0};
    const struct gradient *written[WORKERS] = {NULL};
    for (size_t i = 0; i < count; i++) {
        const uint32_t k = event[i].worker;
        switch (event[i].what) {
        case 'R':
            tracker_read_begin(t, k);
            break;
        case 'r':
            step[k] |= event[i].mask;
            make_gradient(&g[i], event[i].mask);
            g[i].grad.copied = event[i].copied;
            tracker_read_end(t, k, &g[i].grad);
            break;
        case 'j':
            tracker_joined(t, k);
            break;
        case 'h':
            tracker_handed(t, k);
            step[k] = 0;
            break;
        case 'W':
            make_gradient(&g[i], step[k]);
            step[k] = 0;
            written[k] = &g[i].grad;
            tracker_write_begin(t, k, written[k]);
            break;
        case 'w':
            tracker_write_end(t, k, written[k]);
            break;
        default:
            tracker_merged(t, k);
        }
    }
}

static uint64_t count_events(void)
{
    static uint64_t events;
    return ++events;
}

/* With so many blocks of each group private. `unsure`: leave the count of those that may be none. */
static void track_with(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                       bool universal, const uint32_t *hot, struct gradient_counts *c)
{
    struct layout l;
    struct tracker t;
    make_layout(&l, universal);
    bool threads =
        strcmp(mode, "clock") == 0; /* overlap as threads have it, by a clock that the events move */
    tracker_init(&t, threads ? "overlap" : mode, &l, nworkers, threads ? nworkers : 1, count);
    tracker_accumulate(&t, EVENTS, 2);
    if (hot)
        tracker_combine(&t, hot);
    t.clock = count_events;
    play(&t, event, count);
    tracker_settle(&t);
    memset(c, 0, WORKERS * sizeof *c);
    for (uint32_t k = 0; k < nworkers; k++)
        c[k] = *tracker_counts(&t, k), c[k].hot_delay_sum = 0; /* that has a test of its own */
    tracker_free(&t);
}

static void track(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                  struct gradient_counts *c)
{
    track_with(mode, event, count, nworkers, false, NULL, c);
    for (uint32_t k = 0; k < nworkers; k++)
        c[k].unsure = 0; /* likewise */
}

static size_t parse(const char *schedule, struct event *event)
{
    size_t n = 0;
    for (const char *s = schedule; *s; s++) {
        if (*s == ' ')
            continue;
        event[n] = (struct event){s[0], (uint32_t)(s[1] - '0'), 0, false};
        for (s++; s[1] >= 'a' && s[1] <= 'h'; s++)
            event[n].mask |= 1u << (s[1] - 'a');
        if (event[n].mask == 0)
            event[n].mask = 1;
        n++;
    }
    return n;
}

/* "gradients errors read write delay_sum delay_max" of each worker. */
static const char *counts_text(const struct gradient_counts *c, uint32_t nworkers)
{
    static char text[256];
    char *end = text;
    for (uint32_t k = 0; k < nworkers; k++)
        end += sprintf(end, "%s%d %d %d %d %d %d", k ? ", " : "", (int)c[k].gradients, (int)c[k].errors,
                       (int)c[k].read_overwrites, (int)c[k].write_overwrites, (int)c[k].delay_sum,
                       (int)c[k].delay_max);
    return text;
}

struct example_schedule {
    const char *schedule, *want;
};

static void check_all(const char *mode, const struct example_schedule *x, size_t count, uint32_t nworkers)
{
    for (size_t k = 0; k < count; k++) {
        struct event event[128];
        struct gradient_counts got[WORKERS];
        size_t n = parse(x[k].schedule, event);
        track(mode, event, n, nworkers, got);
        CHECK_MSG(strcmp(counts_text(got, nworkers), x[k].want) == 0, "%s\n  is     %s\n  wanted %s",
                  x[k].schedule, counts_text(got, nworkers), x[k].want);
        if (strcmp(mode, "off") != 0) { /* the hand's counts are the definition's */
            define(event, n, strcmp(mode, "blocks") == 0, got);
            CHECK_MSG(strcmp(counts_text(got, nworkers), x[k].want) == 0,
                      "%s\n  by definition %s\n  wanted        %s", x[k].schedule, counts_text(got, nworkers),
                      x[k].want);
        }
    }
}
#define CHECK_ALL(MODE, X, WORKERS) check_all(MODE, X, sizeof(X) / sizeof *(X), WORKERS)

/* Counts: gradients errors read write delay_sum delay_max */
static const struct example_schedule two[] = {
    /* one after the other: nothing meets */
    {"R0 r0 W0 w0 R1 r1 W1 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R1 r1 W1 w1 R0 r0 W0 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    /* reads together, writes one after the other: delay, no error */
    {"R0 R1 r0 r1 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 R1 r1 r0 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 R1 r0 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 R1 r1 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 r0 R1 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* the other writes wholly between my read and my write */
    {"R0 r0 R1 r1 W1 w1 W0 w0 R0 r0 W0 w0", "2 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R1 r1 R0 r0 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* a write within the other's read window */
    {"R0 R1 r1 W1 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R1 r1 R0 W1 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R1 R0 r0 W0 w0 r1 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write begins in the read window and ends after it */
    {"R1 r1 R0 W1 r0 w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 R1 r0 W0 r1 w0 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write begins before the read window and ends in it */
    {"R1 r1 W1 R0 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    /* a write covers the read window */
    {"R1 r1 W1 R0 r0 w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 W0 R1 r1 w0 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write covers the read window and meets the write: both kinds, one error */
    {"R1 r1 W1 R0 r0 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 w1", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* writes meet, in each of the four ways; what is not done when a write begins is no delay */
    {"R0 r0 R1 r1 W0 W1 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 W0 W1 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 W1 W0 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 R1 r1 r0 W1 W0 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    /* a write begins after the read window and lasts into the write */
    {"R1 r1 R0 r0 W1 W0 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    /* several in a row: the delay adds up and its greatest is kept */
    {"R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", "1 0 0 0 3 3, 3 0 0 0 0 0"},
    {"R0 R1 r1 W1 w1 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0", "2 1 1 0 2 2, 2 0 0 0 0 0"},
    {"R0 r0 R1 r1 W1 w1 W0 w0 R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", "2 0 0 0 3 2, 3 0 0 0 0 0"},
    /* an error of one gradient is none of the next */
    {"R0 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0 R1 r1 W1 w1", "2 1 1 0 1 1, 2 0 0 0 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 w1 R0 r0 W0 w0", "2 1 1 1 0 0, 1 1 0 1 0 0"},
    /* my own writes are no errors of mine */
    {"R0 r0 W0 w0 R0 r0 W0 w0 R1 r1 W1 w1", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    /* one that reads alone, the other never comes */
    {"R0 r0 W0 w0", "1 0 0 0 0 0, 0 0 0 0 0 0"},
    /* a write from within the read window to within the write, and to its end */
    {"R1 r1 R0 W1 r0 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    {"R1 r1 R0 W1 r0 W0 w0 w1", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* each reads while the other writes, in turn */
    {"R0 r0 W0 R1 w0 R0 r1 W1 r0 w1 W0 w0", "2 1 1 0 1 1, 1 1 1 0 1 1"},
};

/* A write lasts on while the other stamps over it and goes on to the next gradient: modes that keep the last
 * writer of a block only do not see the second error. */
static const struct example_schedule covered[] = {
    {"R0 r0 R1 r1 W0 W1 w1 R1 r1 W1 w1 w0", "1 1 0 1 0 0, 2 2 1 2 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 R0 r0 W0 w0 w1", "2 2 2 2 0 0, 1 1 0 1 0 0"},
};

static const struct example_schedule three[] = {
    {"R0 r0 W0 w0 R1 r1 W1 w1 R2 r2 W2 w2", "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R0 R1 R2 r0 r1 r2 W0 w0 W1 w1 W2 w2", "1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2"},
    {"R0 R1 R2 r0 r1 W0 w0 W1 w1 r2 W2 w2", "1 0 0 0 0 0, 1 0 0 0 1 1, 1 1 1 0 2 2"},
    {"R0 R1 R2 r0 W0 w0 r1 W1 w1 r2 W2 w2", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 W2 w2 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 w0 W2 w1 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 w0 w1 W2 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 0 0 0 2 2"},
    {"R0 r0 W0 R1 w0 R2 r1 r2 W1 w1 W2 w2", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 0 0 0 1 1"},
    {"R2 R0 r0 W0 R1 r1 W1 w0 w1 r2 W2 w2", "1 1 0 1 0 0, 1 1 1 1 0 0, 1 1 1 0 2 2"},
    {"R0 r0 R1 r1 W1 w1 R2 r2 W2 w2 R1 r1 W1 w1 W0 w0", "1 0 0 0 3 3, 2 0 0 0 0 0, 1 0 0 0 0 0"},
};

/* One is read while another writes and written while a third does; and several gradients of one worker. */
static const struct example_schedule three_combined[] = {
    {"R0 R1 r1 W1 r0 W0 w1 R2 r2 W2 w0 w2", "1 1 1 1 0 0, 1 1 0 1 0 0, 1 1 1 1 0 0"},
    {"R2 r2 W2 R0 r0 w2 R1 r1 W1 W0 w1 w0", "1 1 1 1 1 1, 1 1 0 1 0 0, 1 0 0 0 0 0"},
    {"R0 r0 W0 w0 R1 R0 r0 W0 w0 R0 r0 r1 W0 W1 w0 w1 R2 r2 W2 w2", "3 1 0 1 0 0, 1 1 1 1 1 1, 1 0 0 0 0 0"},
};

static const struct example_schedule four[] = {
    /* delay and no error: written in the opposite order */
    {"R0 r0 R1 r1 R2 r2 R3 r3 W3 w3 W2 w2 W1 w1 W0 w0", "1 0 0 0 3 3, 1 0 0 0 2 2, 1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* read-overwrites only: a chain of readers, each longer than the one before; one that outlasts all */
    {"R0 R1 R2 R3 r0 W0 w0 r1 W1 w1 r2 W2 w2 r3 W3 w3", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2, 1 1 1 0 3 3"},
    {"R3 R0 r0 W0 w0 R1 r1 W1 w1 R2 r2 W2 w2 r3 W3 w3", "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 0 0, 1 1 1 0 3 3"},
    /* each is read within the write of the one before */
    {"R0 r0 W0 R1 r1 w0 W1 R2 r2 w1 W2 R3 r3 w2 W3 w3", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 1 1, 1 1 1 0 1 1"},
    /* write-overwrites only: a chain, nested, in pairs */
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 w0 W2 w1 W3 w2 w3", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1, 1 1 0 1 2 2"},
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 W2 W3 w3 w2 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 w0 w1 W2 W3 w3 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 2 2, 1 1 0 1 2 2"},
    /* both: one write covers three whole gradients */
    {"R0 r0 W0 R1 r1 W1 w1 R2 r2 W2 w2 R3 r3 W3 w3 w0", "1 1 0 1 0 0, 1 1 1 1 0 0, 1 1 1 1 0 0, 1 1 1 1 0 0"},
};

TEST(overlap_two_workers)
{
    CHECK_ALL("overlap", two, 2);
    CHECK_ALL("overlap", covered, 2);
    CHECK_ALL("clock", two, 2);
    CHECK_ALL("clock", covered, 2);
}

TEST(overlap_three_workers)
{
    CHECK_ALL("overlap", three, 3);
    CHECK_ALL("overlap", three_combined, 3);
    CHECK_ALL("clock", three, 3);
    CHECK_ALL("clock", three_combined, 3);
}

TEST(overlap_four_workers)
{
    CHECK_ALL("overlap", four, 4);
    CHECK_ALL("clock", four, 4);
}

/* Where all gradients touch the same block, blocks and overlap are the same question. */
TEST(blocks_where_all_share_one)
{
    CHECK_ALL("blocks", two, 2);
    CHECK_ALL("blocks", three, 3);
    CHECK_ALL("blocks", three_combined, 3);
}

TEST(blocks_by_hand)
{
    static const struct example_schedule pairs[] = {
        /* the same interleavings, blocks apart: no error, the same delay */
        {"R0 R1 r1b W1 w1 r0a W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1b W1 R0 r0a W0 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1e W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"}, /* one number in two groups */
        {"R0 r0abcd R1 r1efgh W0 W1 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* one block in common is enough, wherever it stands */
        {"R0 R1 r1abh W1 w1 r0cdh W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0abce R1 r1dcf W0 W1 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        {"R1 r1e W1 R0 r0e w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1fg W1 R0 w1 r0ag W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        /* an old stamp is no error */
        {"R1 r1a W1 w1 R0 r0a W0 w0 R0 r0a W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
        /* what the last gradient touched does not count for the next */
        {"R0 R1 r1a W1 w1 r0a W0 w0 R0 R1 r1b W1 w1 r0a W0 w0", "2 1 1 0 2 1, 2 0 0 0 0 0"},
    };
    static const struct example_schedule threes[] = {
        {"R0 R1 R2 r1b W1 w1 r2c W2 w2 r0c W0 w0", "1 1 1 0 2 2, 1 0 0 0 0 0, 1 0 0 0 1 1"},
        {"R0 r0ab R1 r1bc R2 r2cd W0 W1 W2 w0 w1 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
        {"R0 r0ab R1 r1cd R2 r2bc W0 W1 w0 W2 w2 w1", "1 0 0 0 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1"},
    };
    static const struct example_schedule more[] = {
        /* one other, met in two blocks */
        {"R1 r1ah W1 R0 r0abh W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
        /* the same with no block in common */
        {"R1 r1cg W1 R0 r0abh W0 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    static const struct example_schedule combined[] = {
        /* read-overwritten by one in c, write-overwritten by another in a; the same with blocks apart */
        {"R2 r2c W2 R0 r0ac w2 R1 r1a W1 W0 w1 w0", "1 1 1 1 1 1, 1 1 0 1 0 0, 1 0 0 0 0 0"},
        {"R2 r2d W2 R0 r0ac w2 R1 r1b W1 W0 w1 w0", "1 0 0 0 1 1, 1 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    static const struct example_schedule fours[] = {
        /* a chain in which each shares a block with the next; the same with blocks apart */
        {"R0 R1 R2 R3 r0ab W0 w0 r1bc W1 w1 r2cd W2 w2 r3de W3 w3",
         "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2, 1 1 1 0 3 3"},
        {"R0 R1 R2 R3 r0a W0 w0 r1b W1 w1 r2c W2 w2 r3d W3 w3",
         "1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2, 1 0 0 0 3 3"},
        /* one touches what two others do, not the fourth's */
        {"R0 r0abcd R1 r1a R2 r2b R3 r3e W0 W1 W2 W3 w1 w2 w3 w0",
         "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0, 1 0 0 0 0 0"},
        /* only neighbours meet, and only the others share blocks */
        {"R0 r0a R1 r1b R2 r2a R3 r3b W0 W1 w0 W2 w1 W3 w2 w3",
         "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2"},
    };
    CHECK_ALL("blocks", pairs, 2);
    CHECK_ALL("blocks", threes, 3);
    CHECK_ALL("blocks", more, 2);
    CHECK_ALL("blocks", combined, 3);
    CHECK_ALL("blocks", fours, 4);
}

/* Loads and stores of blocks: "L0a S0a". What each worker's stores lost, by hand; the sum is what is missing in the
 * end. */
TEST(lost_updates_by_hand)
{
    static const struct example_schedule x[] = {
        {"L0a S0a L1a S1a", "0 0 0"}, /* one after the other */
        {"L0a L1a S0a S1a", "0 1 0"}, /* of the same load: the second store replaces the first */
        {"L0a L1a S1a S0a", "1 0 0"},
        /* 1 drops 0's first, which 0 had loaded: it comes back, and 1's goes */
        {"L0a L1a S0a L0a S1a S0a", "0 1 0"},
        {"L0a L1b S1b S0a", "0 0 0"}, /* two blocks */
        {"L0a L1e S1e S0a", "0 0 0"}, /* of one number in two groups */
        {"L0a S0a L0b L1a S0b S1a", "0 0 0"}, /* a block that was done */
        {"L0a L1b S0a L0b S1b S0b L1a S1a", "1 0 0"}, /* in b alone */
        {"L0a L1a S1a L1a S1a S0a", "2 0 0"}, /* two of one worker */
        {"L0a L1a S1a L2a S2a S0a", "2 0 0"}, /* two workers' that saw each other */
        {"L0a L1a L2a S0a S1a S2a", "0 1 1"}, /* each replaces one */
        {"L0a L1a S1a L2a L1a S1a S2a S0a", "2 0 1"}, /* 2 drops 1's second, then 0 its first and 2's */
        /* what 0 took out is in 2's copy: it comes back, and 0's own goes */
        {"L0a L1a S1a L2a S0a S2a", "1 0 0"},
        {"L0a L1a S1a L1a S1a L2a S0a S2a", "2 0 -1"},
    };
    for (size_t c = 0; c < sizeof x / sizeof *x; c++) {
        struct layout l;
        struct tracker t;
        char got[64];
        make_layout(&l, false);
        tracker_init(&t, "auto", &l, 3, 1, 8);
        tracker_count_lost(&t);
        for (int epoch = 0; epoch < 2; epoch++) { /* another epoch begins anew */
            tracker_reset(&t);
            for (const char *s = x[c].schedule; *s; s += s[3] == ' ' ? 4 : 3)
                (*s == 'L' ? tracker_load : tracker_store)(&t, (uint32_t)(s[1] - '0'),
                                                           (uint32_t)(s[2] - 'a'));
            sprintf(got, "%d %d %d", (int)tracker_counts(&t, 0)->lost_updates,
                    (int)tracker_counts(&t, 1)->lost_updates, (int)tracker_counts(&t, 2)->lost_updates);
            CHECK_MSG(strcmp(got, x[c].want) == 0, "%s\n  is     %s\n  wanted %s", x[c].schedule, got,
                      x[c].want);
        }
        tracker_free(&t);
    }
}

TEST(off_counts_gradients_only)
{
    static const struct example_schedule x[] = {
        {"R1 r1 W1 R0 r0 W0 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    CHECK_ALL("off", x, 2);
}

TEST(alone_there_is_no_error)
{
    static const char *const modes[] = {"overlap", "blocks", "auto", "off"};
    for (size_t m = 0; m < 4; m++) {
        struct event event[16];
        struct gradient_counts got[WORKERS];
        size_t n = parse("R0 r0ab W0 w0 R0 r0ab W0 w0 R0 r0b W0 w0", event);
        track(modes[m], event, n, 1, got);
        CHECK_STR(counts_text(got, 1), "3 0 0 0 0 0");
    }
}

TEST(auto_asks_the_layout)
{
    struct layout plain, universal;
    make_layout(&plain, false);
    make_layout(&universal, true);
    static const struct {
        const char *mode;
        bool universal, stamps;
    } want[] = {{"auto", false, true},   {"auto", true, false},    {"blocks", true, true},
                {"blocks", false, true}, {"overlap", true, false}, {"overlap", false, false},
                {"off", false, false}};
    struct event event[16];
    size_t n = parse("R1 r1b W1 R0 r0a W0 w0 w1", event); /* they meet, but in no block */
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct tracker t;
        tracker_init(&t, want[k].mode, want[k].universal ? &universal : &plain, 2, 1, n);
        play(&t, event, n);
        bool off = strcmp(want[k].mode, "off") == 0;
        CHECK_MSG(tracker_counts(&t, 0)->errors == (want[k].stamps || off ? 0 : 1), "%s", want[k].mode);
        CHECK_INT(tracker_counts(&t, 0)->gradients, 1);
        CHECK((t.stamp != NULL) == want[k].stamps);
        tracker_free(&t);
    }
}

TEST(a_reset_forgets_counts_only)
{
    struct layout l;
    struct tracker t;
    struct event event[32];
    make_layout(&l, false);
    tracker_init(&t, "blocks", &l, 2, 1, 2);
    play(&t, event, parse("R0 R1 r1 W1 w1 r0 W0 w0", event));
    CHECK_INT(tracker_counts(&t, 0)->errors, 1);
    tracker_reset(&t);
    for (uint32_t k = 0; k < 2; k++) {
        const struct gradient_counts *c = tracker_counts(&t, k);
        CHECK_INT(c->gradients + c->errors + c->read_overwrites + c->write_overwrites + c->delay_sum +
                      c->delay_max,
                  0);
    }
    play(&t, event, parse("R0 r0 W0 w0 R1 r1 W1 w1", event)); /* the old stamps are no errors now */
    CHECK_INT(tracker_counts(&t, 0)->errors + tracker_counts(&t, 1)->errors, 0);
    CHECK_INT(tracker_counts(&t, 0)->gradients + tracker_counts(&t, 1)->gradients, 2);
    tracker_free(&t);
}

/* ---- delays, kinds, lost updates */

static void track_all(struct tracker *t, struct layout *l, const char *mode, const char *schedule,
                      uint32_t nworkers)
{
    struct event event[128];
    bool clock = strcmp(mode, "clock") == 0;
    make_layout(l, false);
    tracker_init(t, clock ? "overlap" : mode, l, nworkers,
                 clock || strcmp(mode, "blocks") == 0 ? nworkers : 1, 32);
    t->clock = count_events;
    play(t, event, parse(schedule, event));
    tracker_settle(t);
}

TEST(delays_are_counted_one_by_one)
{
    static const struct {
        const char *schedule;
        uint32_t nworkers;
        uint64_t gradients, count[4]; /* of delays 0 … 3 */
        double mean;
        uint64_t p50, p99, most;
    } rows[] = {
        {"R0 r0 W0 w0", 1, 0, {0, 0, 0, 0}, 0, 0, 0, 0}, /* there is no other to be delayed by */
        {"R0 r0 W0 w0 R1 r1 W1 w1", 2, 2, {2, 0, 0, 0}, 0, 0, 0, 0},
        {"R0 R1 r0 r1 W0 w0 W1 w1", 2, 2, {1, 1, 0, 0}, 0.5, 0, 1, 1},
        {"R0 R1 R2 r0 r1 r2 W0 w0 W1 w1 W2 w2", 3, 3, {1, 1, 1, 0}, 1, 1, 2, 2},
        {"R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", 2, 4, {3, 0, 0, 1}, 0.75, 0, 3, 3},
        {"R0 r0 R1 r1 W0 W1 w0 w1", 2, 2, {2, 0, 0, 0}, 0, 0, 0, 0}, /* writes that meet are no delay */
    };
    static const char *const modes[] = {"overlap", "blocks", "clock"};
    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            struct layout l;
            struct tracker t;
            static struct tracker_delays d;
            track_all(&t, &l, modes[m], rows[k].schedule, rows[k].nworkers);
            tracker_delays(&t, &d);
            CHECK_MSG(d.gradients == rows[k].gradients && d.mean == rows[k].mean && d.p50 == rows[k].p50 &&
                          d.p99 == rows[k].p99 && d.most == rows[k].most,
                      "%s: %d gradients, mean %g, %d %d %d", rows[k].schedule, (int)d.gradients, d.mean,
                      (int)d.p50, (int)d.p99, (int)d.most);
            for (size_t c = 0; c < TRACKER_DELAYS; c++)
                CHECK_MSG(d.count[c] == (c < 4 ? rows[k].count[c] : 0), "%s: delay %d", rows[k].schedule,
                          (int)c);
            tracker_reset(&t);
            tracker_delays(&t, &d);
            CHECK(d.gradients == 0 && d.mean == 0 && d.most == 0);
            tracker_free(&t);
        }
}

/* Worker 1 writes n times between R and W of worker 0: once for each n, so one gradient of each delay and n others
 * without. Exact below 1024, then by ranges: 1024 and 2047 are one, 2048 is the next. */
TEST(long_delays_are_counted_by_ranges)
{
    static const uint32_t delays[] = {1, 1023, 1024, 2047, 2048, 5000};
    static const struct {
        uint32_t place;
        uint64_t from, count;
    } want[] = {{1, 1, 1},       {1023, 1023, 1}, {1024, 1024, 2},
                {1025, 2048, 1}, {1026, 4096, 1}, {1027, 8192, 0}};
    struct layout l;
    struct tracker t;
    static struct tracker_delays d;
    static struct made_gradient g;
    make_layout(&l, false);
    make_gradient(&g, 1);
    tracker_init(&t, "overlap", &l, 2, 1, 0);
    for (size_t k = 0; k < 6; k++) {
        tracker_read_begin(&t, 0);
        tracker_read_end(&t, 0, &g.grad);
        for (uint32_t j = 0; j < delays[k]; j++) {
            tracker_read_begin(&t, 1);
            tracker_read_end(&t, 1, &g.grad);
            tracker_write_begin(&t, 1, &g.grad);
            tracker_write_end(&t, 1, &g.grad);
        }
        tracker_write_begin(&t, 0, &g.grad);
        tracker_write_end(&t, 0, &g.grad);
    }
    tracker_delays(&t, &d);
    CHECK_INT(d.gradients, 6 + 11143);
    CHECK_NEAR(d.mean, 11143. / 11149, 1e-12);
    CHECK_INT(d.count[0], 11143);
    for (size_t k = 0; k < 6; k++) {
        CHECK_INT(d.count[want[k].place], want[k].count);
        CHECK_INT(tracker_delay_from(want[k].place), want[k].from);
    }
    CHECK(d.p50 == 0 && d.p99 == 0 && d.most == 5000);
    tracker_free(&t);
}

/* All read, then all write: delays 0, 1 … n-1, one of each. A range stands for the greatest delay in it that may be
 * meant. */
TEST(percentiles_of_delays)
{
    static const struct {
        uint32_t n;
        uint64_t p50, p99;
    } rows[] = {{2, 0, 1},         {3, 1, 2},         {100, 49, 98}, {101, 50, 99},
                {1024, 511, 1013}, {2100, 2047, 2099}}; /* the 1050th; the 2079th: 2048 … 2099 */
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct layout l;
        struct tracker t;
        static struct tracker_delays d;
        static struct made_gradient g;
        uint32_t n = rows[k].n;
        make_layout(&l, false);
        make_gradient(&g, 1);
        tracker_init(&t, "overlap", &l, n, 1, 0);
        for (uint32_t j = 0; j < n; j++)
            tracker_read_begin(&t, j);
        for (uint32_t j = 0; j < n; j++) {
            tracker_write_begin(&t, j, &g.grad);
            tracker_write_end(&t, j, &g.grad);
        }
        tracker_delays(&t, &d);
        CHECK_MSG(d.gradients == n && d.mean == (n - 1) / 2. && d.most == n - 1, "%u: mean %g", n, d.mean);
        CHECK_INT(d.p50, rows[k].p50);
        CHECK_INT(d.p99, rows[k].p99);
        tracker_free(&t);
    }
}

/* Blocks a-d are of group low, e-h of group high. */
TEST(errors_are_counted_by_kind_of_block)
{
    static const struct {
        const char *schedule;
        unsigned low[2], high[2]; /* read- and write-overwrites of both workers */
    } rows[] = {
        {"R0 r0ae W0 w0 R1 r1ae W1 w1", {0, 0}, {0, 0}},
        {"R0 R1 r1a W1 w1 r0ae W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1e W1 w1 r0ae W0 w0", {0, 0}, {1, 0}},
        {"R0 R1 r1ae W1 w1 r0ae W0 w0", {1, 0}, {1, 0}},
        {"R0 R1 r1bf W1 w1 r0ae W0 w0", {0, 0}, {0, 0}},
        {"R0 R1 r1abcd W1 w1 r0abcd W0 w0", {1, 0}, {0, 0}}, /* four blocks are one gradient */
        {"R0 r0ae R1 r1ah W0 W1 w0 w1", {0, 2}, {0, 0}},
        {"R0 r0ah R1 r1bh W0 W1 w1 w0", {0, 0}, {0, 2}},
        {"R0 r0ae R1 r1ae W1 W0 w0 w1", {0, 2}, {0, 2}},
        {"R1 r1af W1 R0 r0ag W0 w1 w0", {1, 2}, {0, 0}},
        {"R1 r1af W1 R0 r0ag w1 W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1a W1 w1 r0a W0 w0 R0 R1 r1h W1 w1 r0h W0 w0", {1, 0}, {1, 0}},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct layout l;
        struct tracker t;
        track_all(&t, &l, "blocks", rows[k].schedule, 2);
        struct tracker_kind low = tracker_kind(&t, 0), high = tracker_kind(&t, 1);
        CHECK_MSG(low.read_overwrites == rows[k].low[0] && low.write_overwrites == rows[k].low[1] &&
                      high.read_overwrites == rows[k].high[0] && high.write_overwrites == rows[k].high[1],
                  "%s: low %d %d, high %d %d", rows[k].schedule, (int)low.read_overwrites,
                  (int)low.write_overwrites, (int)high.read_overwrites, (int)high.write_overwrites);
        tracker_reset(&t);
        low = tracker_kind(&t, 0);
        CHECK(low.read_overwrites + low.write_overwrites == 0);
        tracker_free(&t);
    }
}

/* What is not lost stands in the counters of the blocks. That a store was lost is seen by what they lack. */
TEST(lost_updates_are_what_the_counters_lack)
{
    struct layout l;
    struct tracker t;
    /* stamps as threads have them */
    track_all(&t, &l, "blocks", "R0 r0abe W0 w0 R1 r1ab W1 w1 R0 r0a W0 w0", 2);
    static const uint64_t want[BLOCKS] = {3, 2, 0, 0, 1, 0, 0, 0};
    for (size_t b = 0; b < BLOCKS; b++)
        CHECK_INT(t.written[b], want[b]);
    CHECK(tracker_knows_lost(&t));
    CHECK_INT(tracker_lost(&t), 0);
    t.written[0] -= 2; /* as a thread leaves it that loaded the counter two writes before it stored */
    t.written[4]--;
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 3);
    tracker_reset(&t);
    CHECK_INT(tracker_lost(&t), 0);
    struct event event[16];
    play(&t, event, parse("R0 r0a W0 w0", event));
    t.written[0]--;
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 1); /* of this epoch */
    tracker_free(&t);
    static const char *const others[] = {"overlap", "clock"};
    for (size_t m = 0; m < 2; m++) {
        track_all(&t, &l, others[m], "R0 r0a R1 r1a W0 W1 w0 w1", 2);
        CHECK(!tracker_knows_lost(&t) && tracker_lost(&t) == 0);
        tracker_free(&t);
    }
}

/* ---- random schedules against the definition */

/* `alone`: a write that began ends before another begins. */
static size_t draw(struct rng *r, struct event *event, size_t count, uint32_t nworkers, bool alone)
{
    static const char calls[] = "RrWw";
    unsigned step[WORKERS] = {0};
    uint32_t speed[WORKERS];
    int writer = -1;
    for (uint32_t k = 0; k < nworkers; k++)
        speed[k] = 1 + (uint32_t)rng_below(r, 4);
    for (size_t n = 0; n < count;) {
        uint32_t k = (uint32_t)rng_below(r, nworkers);
        if (rng_below(r, 4) >= speed[k])
            continue;
        char what = calls[step[k] % 4];
        if (alone && what == 'W' && writer >= 0)
            continue;
        writer = what == 'W' ? (int)k : what == 'w' ? -1 : writer;
        unsigned mask = 0;
        for (uint64_t some = rng_below(r, 4); some > 0; some--)
            mask |= 1u << rng_below(r, BLOCKS);
        event[n++] = (struct event){what, k, mask, false};
        step[k]++;
    }
    for (uint32_t k = 0; k < nworkers; k++) /* what is begun is ended */
        if (step[k] % 4 == 3)
            event[count++] = (struct event){'w', k, 0, false};
    return count;
}

static bool same(const struct gradient_counts *a, const struct gradient_counts *b)
{
    return memcmp(a, b, WORKERS * sizeof *a) == 0;
}

TEST(overlap_is_the_definition)
{
    struct rng r;
    rng_init(&r, 81, 0, 0);
    uint64_t errors = 0, gradients = 0;
    for (int turn = 0; turn < 3000; turn++) {
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], want[WORKERS];
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t n = draw(&r, event, 20 + rng_below(&r, 180), nworkers, false);
        track(turn % 2 ? "overlap" : "clock", event, n, nworkers, got);
        define(event, n, false, want);
        for (uint32_t k = 0; k < nworkers; k++)
            errors += want[k].errors, gradients += want[k].gradients;
        if (!CHECK_MSG(same(got, want), "turn %d", turn))
            return;
    }
    CHECK(errors > gradients / 10 && errors < gradients);
}

TEST(blocks_is_the_definition_where_writes_are_alone)
{
    struct rng r;
    rng_init(&r, 82, 0, 0);
    uint64_t errors = 0, gradients = 0;
    for (int turn = 0; turn < 3000; turn++) {
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], want[WORKERS];
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t n = draw(&r, event, 20 + rng_below(&r, 180), nworkers, true);
        track("blocks", event, n, nworkers, got);
        define(event, n, true, want);
        for (uint32_t k = 0; k < nworkers; k++)
            errors += want[k].errors, gradients += want[k].gradients;
        if (!CHECK_MSG(same(got, want), "turn %d", turn))
            return;
    }
    CHECK(errors > gradients / 20 && errors < gradients);
}

/* ---- gradients that share a step */

static const struct example_schedule sharing[] = {
    /* alone with its step it is as ever; in a step of two, what falls into the wait is an error */
    {"R0 r0 R1 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R0 r0 R1 r1 W1 w1 W0 w0", "2 2 2 0 2 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "3 2 2 0 2 1, 1 0 0 0 0 0"},
    /* what was over before is none; and the next step begins anew */
    {"R1 r1 W1 w1 R0 r0 j0 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0 R0 r0 j0 R0 r0 W0 w0", "4 1 1 0 1 1, 1 0 0 0 0 0"},
    /* the common write is a window of all */
    {"R0 r0 j0 R1 r1 R0 r0 W0 W1 w0 w1", "2 2 0 2 0 0, 1 1 0 1 0 0"},
    {"R1 r1 W1 R0 r0 j0 w1 R0 r0 W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
    /* one update for two gradients, which delays another by one */
    {"R1 r1 R0 r0 j0 R0 r0 W0 w0 W1 w1", "2 0 0 0 0 0, 1 0 0 0 1 1"},
    /* each waits while the other writes */
    {"R0 r0 j0 R1 r1 j1 R0 r0 W0 w0 R1 r1 W1 w1", "2 0 0 0 0 0, 2 1 1 0 1 1"},
    {"R0 r0 j0 R1 r1 j1 R1 r1 W1 w1 R0 r0 W0 w0 R0 r0 j0 R0 r0 W0 w0", "4 1 1 0 1 1, 2 0 0 0 0 0"},
    /* the last write of an epoch has no gradient in hand: it is seen, and sees */
    {"R0 r0 j0 W0 w0", "1 0 0 0 0 0, 0 0 0 0 0 0"},
    {"R0 r0 j0 R1 W0 w0 r1 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    {"R0 r0 j0 R0 r0 j0 R1 r1 W1 w1 W0 w0", "2 2 2 0 2 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* never written: it does not count */
    {"R1 r1 W1 w1 R0 r0 j0", "0 0 0 0 0 0, 1 0 0 0 0 0"},
    /* a mini-batch: 1 is handed to 0 */
    {"R0 R1 r1 h1 r0 W0 w0 R0 R1 r0 r1 h1 W0 w0", "2 0 0 0 0 0, 2 0 0 0 0 0"},
    {"R0 r0 W0 R1 w0 r1 h1 R0 r0 W0 w0", "2 0 0 0 0 0, 1 1 1 0 1 1"},
};

TEST(gradients_that_share_a_step_wait_for_it)
{
    CHECK_ALL("overlap", sharing, 2);
    CHECK_ALL("clock", sharing, 2);
    CHECK_ALL("blocks", sharing, 2);
    static const struct example_schedule off[] = {
        {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0 j0 R1 r1 h1 W0 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"}};
    CHECK_ALL("off", off, 2);
}

TEST(each_waits_with_its_own_blocks)
{
    static const struct example_schedule x[] = {
        /* only the first of two has the block that is written meanwhile */
        {"R0 r0a j0 R0 r0b R1 r1a W1 w1 W0 w0", "2 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0a j0 R0 r0b j0 R1 r1bh W1 w1 R0 r0c W0 w0", "3 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0a j0 R0 r0b R1 r1c W1 w1 W0 w0", "2 0 0 0 2 1, 1 0 0 0 0 0"},
        /* it was read again after the write */
        {"R0 r0a j0 R1 r1a W1 w1 R0 r0a W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
        /* in the common write only the second meets, whose block the other has */
        {"R0 r0a j0 R0 r0b R1 r1b W0 W1 w0 w1", "2 1 0 1 0 0, 1 1 0 1 0 0"},
        /* a write writes the blocks of all that it contains */
        {"R0 r0a j0 R0 r0b R1 W0 w0 r1a W1 w1", "2 0 0 0 0 0, 1 1 1 0 1 1"},
        {"R0 r0a j0 R1 W0 w0 r1a W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
        /* both windows, in different blocks */
        {"R0 r0a j0 R1 r1a W1 w1 R1 r1b W1 R0 r0b W0 w1 w0", "2 2 2 1 1 1, 2 1 0 1 0 0"},
    };
    CHECK_ALL("blocks", x, 2);
}

/* ---- combined writes: a and b are private, and so is e where it stands in its group */

struct combined_schedule {
    const char *schedule, *blocks, *overlap; /* what is wanted of each mode */
};

TEST(private_copies_are_no_writes)
{
    static const struct combined_schedule x[] = {
        /* nothing but private blocks: whatever happens, nothing is in error, merged or not */
        {"R0 R1 r1ab W1 w1 r0ab W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1a W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1a W0 W1 w0 m0 w1 m1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 R1 r1abe W1 w1 m1 r0abe W0 w0 m0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1e W1 R0 r0e W0 w1 m1 w0 m0", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* a cold block in common is an error as ever */
        {"R0 R1 r1ac W1 w1 r0ac W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0bf R1 r1f W0 W1 w0 m0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        /* cold blocks apart, private ones in common: none; by time alone they may meet */
        {"R0 R1 r1ac W1 w1 m1 r0ad W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0ag R1 r1ah W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        /* one of them writes private blocks alone: it cannot be in error, nor put the other there */
        {"R0 R1 r1ab W1 w1 m1 r0ac W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 R1 r1ac W1 w1 m1 r0ab W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0ac R1 r1ae W0 W1 w0 w1 m1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* a merge is no part of W: the window is closed */
        {"R0 r0c R1 r1c W0 w0 W1 m0 w1", "1 0 0 0 0 0, 1 0 0 0 1 1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
        /* a step of two, of which one has a cold block */
        {"R0 r0a j0 R0 r0c R1 r1c W1 w1 m1 W0 w0 m0", "2 1 1 0 2 1, 1 0 0 0 0 0", "2 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0c j0 R0 r0a R1 W0 w0 r1c W1 w1", "2 0 0 0 0 0, 1 1 1 0 1 1", "2 0 0 0 0 0, 1 1 1 0 1 1"},
    };
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    const unsigned mask = 1 | 2 | 1 << 4;
    static const char *const modes[] = {"blocks", "overlap", "clock"};
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        for (size_t m = 0; m < 3; m++) {
            struct event event[EVENTS];
            struct gradient_counts got[WORKERS];
            const char *want = m ? x[k].overlap : x[k].blocks;
            size_t n = parse(x[k].schedule, event);
            track_with(modes[m], event, n, 2, false, hot, got);
            CHECK_MSG(strcmp(counts_text(got, 2), want) == 0, "%s, %s\n  is     %s\n  wanted %s", modes[m],
                      x[k].schedule, counts_text(got, 2), want);
            /* by time alone nothing is sure, as there is no universal block */
            CHECK_INT(got[0].unsure + got[1].unsure, m ? got[0].errors + got[1].errors : 0);
            define_with(event, n, m == 0, mask, got);
            CHECK_MSG(strcmp(counts_text(got, 2), want) == 0,
                      "%s, %s\n  by definition %s\n  wanted        %s", modes[m], x[k].schedule,
                      counts_text(got, 2), want);
        }
}

/* Copies that are never merged lose nothing: the counters of lost updates leave them out. */
TEST(private_copies_lose_nothing)
{
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    struct layout l;
    struct tracker t;
    struct event event[16];
    make_layout(&l, false);
    tracker_init(&t, "blocks", &l, 2, 2, 8);
    tracker_combine(&t, hot);
    play(&t, event, parse("R0 r0abce W0 w0 R1 r1abf W1 w1", event));
    static const uint64_t want[BLOCKS] = {0, 0, 1, 0, 0, 1, 0, 0};
    for (size_t b = 0; b < BLOCKS; b++) {
        CHECK_INT(t.written[b], want[b]);
        CHECK((t.stamp[b] != 0) == (want[b] != 0));
    }
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 0);
    tracker_free(&t);
}

/* A gradient that leaves out blocks which it has read may have read cold ones. */
TEST(what_is_left_out_was_read)
{
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    for (int partial = 0; partial < 2; partial++) {
        struct layout l;
        struct tracker t;
        static struct made_gradient g, other;
        make_layout(&l, false);
        make_gradient(&g, 1);
        g.grad.left_out = partial;
        make_gradient(&other, 4);
        tracker_init(&t, "overlap", &l, 2, 1, 8);
        tracker_combine(&t, hot);
        tracker_read_begin(&t, 0);
        tracker_read_begin(&t, 1);
        tracker_read_end(&t, 1, &other.grad);
        tracker_write_begin(&t, 1, &other.grad);
        tracker_write_end(&t, 1, &other.grad);
        tracker_read_end(&t, 0, &g.grad);
        tracker_write_begin(&t, 0, &g.grad);
        tracker_write_end(&t, 0, &g.grad);
        CHECK_INT(tracker_counts(&t, 0)->errors, partial);
        CHECK(tracker_is_bound(&t) == partial);
        tracker_free(&t);
    }
}

/* h is universal. */
TEST(errors_by_time_are_sure_where_both_have_a_universal_block)
{
    static const struct {
        const char *schedule;
        int copied; /* worker whose model copies h; -1: nobody's */
        uint64_t errors[2], unsure[2];
    } x[] = {
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", -1, {1, 0}, {0, 0}},
        {"R0 R1 r1b W1 w1 r0ah W0 w0", -1, {1, 0}, {1, 0}}, /* the other is a one-token sentence, or I am */
        {"R0 R1 r1bh W1 w1 r0a W0 w0", -1, {1, 0}, {1, 0}},
        {"R0 r0ah R1 r1b W0 W1 w0 w1", -1, {1, 1}, {1, 1}},
        /* of two writes one is sure */
        {"R0 R1 r1b W1 w1 R1 r1bh W1 w1 r0ah W0 w0", -1, {1, 0}, {0, 0}},
        {"R0 R1 r1b W1 w1 r0ah R1 r1bh W1 W0 w0 w1", -1, {1, 1}, {0, 0}},
        /* what was copied is not being read; what is written is */
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", 0, {1, 0}, {1, 0}},
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", 1, {1, 0}, {0, 0}},
        {"R0 r0ah R1 r1bh W0 W1 w0 w1", 0, {1, 1}, {0, 0}},
        {"R0 r0ah j0 R0 r0ah R1 r1bh W1 w1 W0 w0", 0, {2, 0}, {0, 0}}, /* the wait is a window */
    };
    static const char *const modes[] = {"overlap", "clock"};
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        for (size_t m = 0; m < 2; m++) {
            struct event event[EVENTS];
            struct gradient_counts got[WORKERS];
            size_t n = parse(x[k].schedule, event);
            for (size_t i = 0; i < n; i++)
                event[i].copied = event[i].what == 'r' && (int)event[i].worker == x[k].copied;
            track_with(modes[m], event, n, 2, true, NULL, got);
            for (size_t j = 0; j < 2; j++)
                CHECK_MSG(got[j].errors == x[k].errors[j] && got[j].unsure == x[k].unsure[j],
                          "%s, %s: worker %zu: %d errors, %d unsure", modes[m], x[k].schedule, j,
                          (int)got[j].errors, (int)got[j].unsure);
        }
}

/* Schedules with everything: steps of several, private copies, merges, a last write. `alone`: as in draw. */
static size_t draw_all(struct rng *r, struct event *event, size_t count, uint32_t nworkers, bool alone,
                       bool merge)
{
    char next[WORKERS] = {'R', 'R', 'R', 'R'};
    uint32_t waiting[WORKERS] = {0};
    int writer = -1;
    size_t n = 0;
    while (n < count) {
        uint32_t k = (uint32_t)rng_below(r, nworkers);
        char what = next[k];
        if (what == 'W' && alone && writer >= 0)
            continue;
        if (what == 'W' && rng_below(r, 3) == 0 && waiting[k] < 5)
            what = 'j';
        if (what == 'R' && waiting[k] && rng_below(r, 6) == 0 && !(alone && writer >= 0))
            what = 'W'; /* as at the end of an epoch */
        unsigned mask = 1u << rng_below(r, BLOCKS - 1);
        for (uint64_t some = rng_below(r, 3); some > 0; some--)
            mask |= 1u << rng_below(r, BLOCKS);
        event[n++] = (struct event){what, k, mask, what == 'r' && rng_below(r, 4) == 0};
        waiting[k] = what == 'j' ? waiting[k] + 1 : what == 'w' ? 0 : waiting[k];
        writer = what == 'W' ? (int)k : what == 'w' ? -1 : writer;
        next[k] = what == 'R'            ? 'r'
                  : what == 'r'          ? 'W'
                  : what == 'W'          ? 'w'
                  : what == 'w' && merge ? 'm'
                                         : 'R';
    }
    for (uint32_t k = 0; k < nworkers; k++)
        if (next[k] == 'w')
            event[n++] = (struct event){'w', k, 0, false};
    return n;
}

/* What is counted by time is never less than what was, and what of it is sure was; by blocks it is what was (where
 * writes do not cover each other's stamps). */
TEST(sure_errors_were_and_all_that_were_are_counted)
{
    struct rng r;
    rng_init(&r, 84, 0, 0);
    static const char *const modes[] = {"overlap", "clock", "blocks"};
    uint64_t errors = 0, unsure = 0, were = 0, gradients = 0;
    for (int turn = 0; turn < 6000; turn++) {
        struct event event[EVENTS];
        struct gradient_counts got[WORKERS], want[WORKERS], time[WORKERS];
        const uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        const bool combined = turn / 3 % 2, alone = strcmp(modes[turn % 3], "blocks") == 0;
        const uint32_t hot[LAYOUT_GROUPS] = {(uint32_t)rng_below(&r, 6), 1};
        const unsigned mask = combined ? ((1u << hot[0]) - 1) | 1u << (BLOCKS - 1) : 0;
        size_t n = draw_all(&r, event, 20 + rng_below(&r, 180), nworkers, alone, combined);
        track_with(modes[turn % 3], event, n, nworkers, true, combined ? hot : NULL, got);
        define_with(event, n, true, mask, want);
        define_with(event, n, false, mask, time);
        for (uint32_t k = 0; k < nworkers; k++) {
            bool good = got[k].gradients == want[k].gradients && got[k].delay_sum == want[k].delay_sum &&
                        got[k].delay_max == want[k].delay_max && got[k].errors >= want[k].errors &&
                        got[k].errors - got[k].unsure <= want[k].errors;
            if (!alone)
                good = good && got[k].errors == time[k].errors &&
                       got[k].read_overwrites == time[k].read_overwrites &&
                       got[k].write_overwrites == time[k].write_overwrites;
            gradients += got[k].gradients;
            errors += got[k].errors;
            unsure += got[k].unsure;
            were += want[k].errors;
            if (!CHECK_MSG(good, "turn %d, %s, worker %u: %s by definition", turn, modes[turn % 3], k,
                           counts_text(want, nworkers))) {
                for (size_t i = 0; i < n; i++) {
                    printf("%c%u", event[i].what, event[i].worker);
                    for (int b = 0; event[i].what == 'r' && b < BLOCKS; b++)
                        if (event[i].mask >> b & 1)
                            putchar('a' + b);
                    fputs(event[i].copied ? "(copied) " : " ", stdout);
                }
                printf("\nis %s, unsure %d\n", counts_text(got, nworkers), (int)got[k].unsure);
                return;
            }
        }
    }
    printf("%d gradients, %d errors, of which %d may be none; %d were\n", (int)gradients, (int)errors,
           (int)unsure, (int)were);
    CHECK(were > gradients / 10 && were < errors && errors < gradients && unsure > gradients / 20 &&
          unsure < errors);
}

/* Every gradient has a delay, so the mean of all is that of each. */
TEST(gradients_that_share_a_step_have_delays)
{
    static const char *const modes[] = {"overlap", "clock", "blocks"};
    for (size_t m = 0; m < 3; m++) {
        struct layout l;
        struct tracker t;
        static struct tracker_delays d;
        struct event event[EVENTS];
        make_layout(&l, false);
        bool clock = strcmp(modes[m], "clock") == 0;
        tracker_init(&t, clock ? "overlap" : modes[m], &l, 2, clock ? 2 : 1, 16);
        tracker_accumulate(&t, 4, 2);
        t.clock = count_events;
        /* worker 0: 3 gradients with 2, 1 and 0 updates by 1; worker 1: 0 and 0, then 1 and 1, one handed: 0 */
        play(&t, event,
             parse("R0 r0 j0 R1 r1 W1 w1 R0 r0 j0 R1 r1 W1 w1 R1 r1 j1 R1 r1 j1 R0 r0 W0 w0 W1 w1 R1 r1 h1",
                   event));
        tracker_settle(&t);
        tracker_delays(&t, &d);
        uint64_t gradients = 0, sum = 0;
        for (uint32_t k = 0; k < 2; k++) {
            gradients += tracker_counts(&t, k)->gradients;
            sum += tracker_counts(&t, k)->delay_sum;
        }
        CHECK_MSG(d.gradients == 8 && gradients == 8 && sum == 5 && d.mean == 5 / 8., "%s: %d %d %d %g",
                  modes[m], (int)d.gradients, (int)gradients, (int)sum, d.mean);
        CHECK(d.count[0] == 4 && d.count[1] == 3 && d.count[2] == 1 && d.most == 2);
        tracker_free(&t);
    }
}

/* Who was the last to begin a write of block b before event `t`? NULL: nobody. */
static const struct interval *last_writer(const struct interval *all, size_t n, unsigned b, size_t t)
{
    const struct interval *last = NULL;
    for (size_t k = 0; k < n; k++)
        if (all[k].W < t && (all[k].mask >> b & 1) && (!last || all[k].W > last->W))
            last = &all[k];
    return last;
}

/* What one stamp a block can know at event `t` of the window that opened at `from`. */
static bool stamped(const struct interval *all, size_t n, const struct interval *g, size_t from, size_t t)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        const struct interval *last = g->mask >> b & 1 ? last_writer(all, n, b, t) : NULL;
        if (last && last->worker != g->worker && last->w > from)
            return true;
    }
    return false;
}

/* With writes that meet, a stamp keeps the last writer only. Never is an error counted that is none; and an
 * error is missed only where every stamp of it had been overwritten by a write that was done before the window
 * opened. */
TEST(blocks_never_invents_an_error)
{
    struct rng r;
    rng_init(&r, 83, 0, 0);
    uint64_t missed = 0, errors = 0;
    for (int turn = 0; turn < 3000; turn++) {
        static struct interval all[EVENTS];
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], most[WORKERS], least[WORKERS] = {{0}};
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t count = draw(&r, event, 20 + rng_below(&r, 180), nworkers, false);
        size_t n = intervals(event, count, all);
        track("blocks", event, count, nworkers, got);
        define(event, count, true, most);
        for (size_t k = 0; k < n; k++) {
            const struct interval *g = &all[k];
            if (g->w == SIZE_MAX)
                continue;
            bool reading = stamped(all, n, g, g->R, g->r);
            bool writing = stamped(all, n, g, g->W, g->W) || stamped(all, n, g, g->W, g->w);
            least[g->worker].read_overwrites += reading;
            least[g->worker].write_overwrites += writing;
            least[g->worker].errors += reading || writing;
        }
        for (uint32_t k = 0; k < nworkers; k++) {
            bool good = got[k].gradients == most[k].gradients && got[k].delay_sum == most[k].delay_sum &&
                        got[k].delay_max == most[k].delay_max && got[k].errors <= most[k].errors &&
                        got[k].read_overwrites <= most[k].read_overwrites &&
                        got[k].write_overwrites <= most[k].write_overwrites &&
                        got[k].errors >= least[k].errors &&
                        got[k].read_overwrites >= least[k].read_overwrites &&
                        got[k].write_overwrites >= least[k].write_overwrites;
            missed += most[k].errors - got[k].errors;
            errors += most[k].errors;
            if (!CHECK_MSG(good, "turn %d, worker %u", turn, k))
                return;
        }
    }
    printf("%d of %d errors missed\n", (int)missed, (int)errors);
    CHECK(errors > 1000);
    CHECK_MSG(missed * 20 < errors, "%d of %d errors missed", (int)missed, (int)errors);
}

/* Writes that are combined: "b0" after w0: worker 0 merged its copies. */
TEST(what_is_combined_is_seen_when_both_have_merged)
{
    static const struct {
        const char *schedule;
        uint64_t want[2];
    } x[] = {
        /* nothing is brought: all that the other wrote is missing */
        {"R0 r0 W0 w0 R1 r1 W1 w1 R0 r0 W0 w0", {1, 1}},
        {"R1 r1 W1 w1 R1 r1 W1 w1 R0 r0 W0 w0", {2, 0}},
        /* the other has brought, I have not; I have, the other has not; both, in the wrong order: missing */
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0", {1, 0}},
        {"R1 r1 W1 w1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {1 + 1, 0}},
        {"R0 r0 W0 w0 b0 R1 r1 W1 w1 b1 R0 r0 W0 w0", {1, 1}},
        /* in the right order: what was saved up by then is seen, what came later is not */
        {"R1 r1 W1 w1 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2, 0}},
        {"R1 r1 W1 w1 b1 R1 r1 W1 w1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2 + 1, 0}},
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R1 r1 W1 w1 R0 r0 W0 w0", {1 + 1, 1}},
        /* 0 loads its copies when 1 has merged; 1 is done, and brings what it had saved up at its end */
        {"l1 R1 r1 W1 w1 R1 r1 W1 w1 b1 l0 R0 r0 W0 w0", {0, 0}},
        {"l0 l1 R1 r1 W1 w1 b1 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2, 0}},
        /* the other merges once more behind its last write, and behind my merge: that is nothing new */
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 b1 R0 r0 W0 w0", {1, 0}},
        /* merged behind my merge though written before it: missing */
        {"R1 r1 W1 w1 R0 r0 W0 w0 b0 b1 R0 r0 W0 w0", {1 + 1, 0}},
        /* two gradients of one step miss the same */
        {"R1 r1 W1 w1 R0 r0 j0 R0 r0 W0 w0", {1 + 1, 0}},
    };
    for (size_t k = 0; k < 2 * (sizeof x / sizeof *x); k++) {
        const char *mode = k % 2 ? "blocks" : "overlap";
        struct layout l;
        struct tracker t;
        make_layout(&l, true);
        tracker_init(&t, mode, &l, 2, 2, 8);
        tracker_accumulate(&t, 2, 8);
        t.clock = count_events;
        for (const char *at = x[k / 2].schedule; *at; at += at[2] ? 3 : 2) {
            struct event one[2];
            char text[3] = {at[0], at[1], 0};
            if (at[0] == 'b' || at[0] == 'l')
                (at[0] == 'b' ? tracker_merged : tracker_loaded)(&t, (uint32_t)(at[1] - '0'));
            else
                play(&t, one, parse(text, one));
        }
        tracker_settle(&t);
        for (uint32_t j = 0; j < 2; j++)
            CHECK_MSG(tracker_counts(&t, j)->hot_delay_sum == x[k / 2].want[j], "%s, %s: worker %u: %ju",
                      mode, x[k / 2].schedule, j, (uintmax_t)tracker_counts(&t, j)->hot_delay_sum);
        tracker_free(&t);
    }
}

/* SPDX-License-Identifier: MIT */
#include "tests/unit/schedules.h"

#include "lib/probes/tracker.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static uint32_t split; /* blocks of the first group */

/* Blocks a-d stand in one group, e-h in another; or h alone, which is universal. A gradient has one bundle for each. */
void schedules_layout(struct layout *l, bool universal)
{
    *l = (struct layout){0};
    split = universal ? BLOCKS - 1 : BLOCKS / 2;
    layout_add(l, "low", split, 1, 3, false);
    layout_add(l, "high", BLOCKS - split, 2, 3, universal);
}

void schedules_gradient(struct made_gradient *g, unsigned mask)
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

/* Cut a schedule into gradients; returns how many. */
size_t schedules_intervals(const struct event *event, size_t count, struct interval *out)
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
void schedules_define_with(const struct event *event, size_t count, bool by_block, unsigned hot,
                           struct gradient_counts *c)
{
    static struct world x;
    x = (struct world){.event = event, .count = count, .hot = hot, .by_block = by_block};
    x.n = schedules_intervals(event, count, x.all);
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

void schedules_define(const struct event *event, size_t count, bool by_block, struct gradient_counts *c)
{
    schedules_define_with(event, count, by_block, 0, c);
}

/* ---- the tracker */

static uint64_t switches[WORKERS]; /* of cores, so far */
static uint32_t playing; /* the worker whose thread calls */

uint64_t schedules_switches(void)
{
    return switches[playing];
}

void schedules_play(struct tracker *t, const struct event *event, size_t count)
{
    static struct made_gradient g[EVENTS]; /* ids last */
    unsigned step[WORKERS] = {0};
    const struct gradient *written[WORKERS] = {NULL};
    for (size_t i = 0; i < count; i++) {
        const uint32_t k = playing = event[i].worker;
        switch (event[i].what) {
        case 'R':
            tracker_read_begin(t, k);
            break;
        case 'r':
            step[k] |= event[i].mask;
            schedules_gradient(&g[i], event[i].mask);
            g[i].grad.copied = event[i].copied;
            tracker_read_end(t, k, &g[i].grad);
            break;
        case 'x':
            switches[k]++;
            break;
        case 'j':
            tracker_joined(t, k);
            break;
        case 'h':
            tracker_handed(t, k);
            step[k] = 0;
            break;
        case 'W':
            schedules_gradient(&g[i], step[k]);
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

uint64_t schedules_clock(void)
{
    static uint64_t events;
    return ++events;
}

/* With so many blocks of each group private. `unsure`: leave the count of those that may be none. */
void schedules_track_with(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                          bool universal, const uint32_t *hot, struct gradient_counts *c)
{
    struct layout l;
    struct tracker t;
    schedules_layout(&l, universal);
    bool threads =
        strcmp(mode, "clock") == 0; /* overlap as threads have it, by a clock that the events move */
    tracker_init(&t, threads ? "overlap" : mode, &l, nworkers, threads ? nworkers : 1, count);
    tracker_accumulate(&t, EVENTS, 2);
    if (hot)
        tracker_combine(&t, hot);
    t.clock = schedules_clock;
    t.switches = schedules_switches;
    schedules_play(&t, event, count);
    tracker_settle(&t);
    memset(c, 0, WORKERS * sizeof *c);
    for (uint32_t k = 0; k < nworkers; k++)
        c[k] = *tracker_counts(&t, k), c[k].hot_delay_sum = 0; /* that has a test of its own */
    tracker_free(&t);
}

void schedules_track(const char *mode, const struct event *event, size_t count, uint32_t nworkers,
                     struct gradient_counts *c)
{
    schedules_track_with(mode, event, count, nworkers, false, NULL, c);
    for (uint32_t k = 0; k < nworkers; k++)
        c[k].unsure = c[k].errors_other = c[k].through_errors = 0; /* likewise */
}

size_t schedules_parse(const char *schedule, struct event *event)
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
const char *schedules_text(const struct gradient_counts *c, uint32_t nworkers)
{
    static char text[256];
    char *end = text;
    for (uint32_t k = 0; k < nworkers; k++)
        end += sprintf(end, "%s%d %d %d %d %d %d", k ? ", " : "", (int)c[k].gradients, (int)c[k].errors,
                       (int)c[k].read_overwrites, (int)c[k].write_overwrites, (int)c[k].delay_sum,
                       (int)c[k].delay_max);
    return text;
}

void schedules_check(const char *mode, const struct schedule_example *x, size_t count, uint32_t nworkers)
{
    for (size_t k = 0; k < count; k++) {
        struct event event[128];
        struct gradient_counts got[WORKERS];
        size_t n = schedules_parse(x[k].schedule, event);
        schedules_track(mode, event, n, nworkers, got);
        CHECK_MSG(strcmp(schedules_text(got, nworkers), x[k].want) == 0, "%s\n  is     %s\n  wanted %s",
                  x[k].schedule, schedules_text(got, nworkers), x[k].want);
        if (strcmp(mode, "off") != 0) { /* the hand's counts are the definition's */
            schedules_define(event, n, strcmp(mode, "blocks") == 0, got);
            CHECK_MSG(strcmp(schedules_text(got, nworkers), x[k].want) == 0,
                      "%s\n  by definition %s\n  wanted        %s", x[k].schedule,
                      schedules_text(got, nworkers), x[k].want);
        }
    }
}

/* `alone`: a write that began ends before another begins. */
size_t schedules_draw(struct rng *r, struct event *event, size_t count, uint32_t nworkers, bool alone)
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

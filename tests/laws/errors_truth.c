/* SPDX-License-Identifier: MIT
 *
 * Both counts of gradients in error, held to their definition (Sun 2016, Figure 1) where it can be told: under law
 * `interleaved` loads and stores of single blocks are events in a known order. A gradient is in error if, after its
 * first read and before the end of its own write, another worker stored a block that it has.
 *
 *     me       R R R G    L S L S       truth     a store of another in a block of mine, anywhere in here
 *     other  L S L S        L S L S     trackers  another's W met R … G or W, as if it stored from begin to end
 *
 * So a tracker counts too much where the shared block was stored outside of the window, and too little where a whole W
 * fell between G and W. An observer of its own looks at the stores.
 */
#include "lib/probes/errors.h"
#include "lib/probes/tracker_inside.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define WORKERS 10
#define SAMPLES 300

extern const struct engine_ops simulated_ops;
extern const struct model_ops dense_crf_ops, bilstm_ops, maxent_ops, quadratic_ops;
extern const struct probe_ops overlap_ops, stamps_ops;

static uint64_t ticks;

static uint64_t tick(void) /* time moves whenever somebody asks */
{
    return ++ticks;
}

static uint64_t always_lost(void) /* cpu_switches of a thread that never keeps its core */
{
    return tick();
}

struct truth { /* of one gradient */
    bool error, inside; /* inside: not between G and W alone */
    bool stamp; /* what stamps found */
};

struct observer {
    struct probe base;
    const struct session *s;
    uint64_t *stored; /* [workers][blocks] when each stored a block last; 0: never */
    struct gradient list;
    const struct tracker *stamps;
    struct observed {
        bool *has; /* [blocks] of the gradient in hand */
        uint64_t read, write; /* when they began */
        bool reading; /* a store met its reading */
        uint64_t counted; /* by stamps */
        size_t gradients;
        struct truth truth[SAMPLES]; /* of the epoch, in order */
    } of[WORKERS];
};

static void mark(const struct observer *o, uint32_t k, const struct gradient *g)
{
    for (size_t b = 0; b < g->count; b++)
        for (uint32_t i = 0; i < g->bundle[b].count; i++)
            o->of[k].has[o->s->model->layout.group[g->bundle[b].group].first + g->bundle[b].id[i]] = true;
}

/* Has another stored a block of this gradient since then? */
static bool stored_since(const struct observer *o, uint32_t k, uint64_t then)
{
    const size_t n = o->s->model->layout.nblocks;
    for (uint32_t j = 0; j < o->s->nworkers; j++)
        for (size_t b = 0; j != k && b < n; b++)
            if (o->of[k].has[b] && o->stored[j * n + b] > then)
                return true;
    return false;
}

static void epoch_begin(struct probe *p, struct moment *m)
{
    (void)m;
    for (uint32_t k = 0; k < WORKERS; k++)
        ((struct observer *)p)->of[k].gradients = ((struct observer *)p)->of[k].counted = 0;
}

static void read_begin(struct probe *p, struct moment *m)
{
    struct observer *o = (struct observer *)p;
    memset(o->of[m->worker].has, 0, o->s->model->layout.nblocks);
    o->list.count = 0;
    o->s->model->ops->list_blocks(o->s->model, m->sample, &o->list);
    mark(o, m->worker, &o->list);
    o->of[m->worker].read = tick();
}

static void read_end(struct probe *p, struct moment *m)
{
    struct observer *o = (struct observer *)p;
    o->of[m->worker].reading = stored_since(o, m->worker, o->of[m->worker].read);
}

static void write_begin(struct probe *p, struct moment *m)
{
    struct observer *o = (struct observer *)p;
    mark(o, m->worker, m->written);
    o->of[m->worker].write = tick();
}

static void block_store(struct probe *p, struct moment *m)
{
    struct observer *o = (struct observer *)p;
    o->stored[(size_t)m->worker * o->s->model->layout.nblocks + m->block] = tick();
}

static void write_end(struct probe *p, struct moment *m)
{
    struct observer *o = (struct observer *)p;
    struct observed *me = &o->of[m->worker];
    const uint64_t counted = tracker_counts(o->stamps, m->worker)->errors;
    me->truth[me->gradients++] =
        (struct truth){.error = stored_since(o, m->worker, me->read),
                       .inside = me->reading || stored_since(o, m->worker, me->write),
                       .stamp = counted > me->counted};
    me->counted = counted;
}

static const struct probe_ops observer_ops = {.at = {[EPOCH_BEGIN] = epoch_begin,
                                                     [READ_BEGIN] = read_begin,
                                                     [READ_END] = read_end,
                                                     [WRITE_BEGIN] = write_begin,
                                                     [BLOCK_STORE] = block_store,
                                                     [WRITE_END] = write_end}};

static void add(struct session *s, struct probe *p)
{
    for (int at = 0; at < MOMENTS; at++) {
        size_t n = 0;
        while (s->probes.hook[at][n].call)
            n++;
        if (p->ops->at[at] && CHECK(n < PROBES_MOST))
            s->probes.hook[at][n] = (struct probe_hook){p->ops->at[at], p};
    }
}

static struct observer *observe(struct session *s, const struct tracker *stamps)
{
    struct observer *o = memory_new(1, sizeof *o);
    const size_t n = s->model->layout.nblocks;
    *o = (struct observer){.base.ops = &observer_ops, .s = s, .stamps = stamps};
    o->stored = memory_new(s->nworkers * n, sizeof *o->stored);
    o->list.capacity = s->worker[0]->gradient.capacity;
    o->list.bundle = memory_new(o->list.capacity, sizeof *o->list.bundle);
    for (uint32_t k = 0; k < s->nworkers; k++)
        o->of[k].has = memory_new(n, sizeof *o->of[k].has);
    add(s, &o->base);
    return o;
}

static void observer_free(struct observer *o)
{
    for (uint32_t k = 0; k < o->s->nworkers; k++)
        memory_free(o->of[k].has);
    memory_free(o->list.bundle);
    memory_free(o->stored);
    memory_free(o);
}

/* Overlap as of threads, by logs; its clock is the order of the events. */
static struct errors *by_logs(struct session *s, const struct fixture *f, uint64_t (*switches)(void))
{
    struct errors *p = errors_new(&overlap_ops, s, f->config);
    tracker_free(&p->tracker);
    tracker_init(&p->tracker, "overlap", &s->model->layout, s->nworkers, s->nworkers, s->nsamples);
    p->tracker.clock = tick;
    p->tracker.switches = switches;
    add(s, &p->base);
    return p;
}

struct tally { /* gradients */
    double all, truth, most, least, stamps;
    double false_most, false_least, false_stamps; /* counted, and not true */
    double missed_most, missed_stamps; /* true, and not counted */
    double within; /* sure by writes that lie wholly inside of a window */
    double broken; /* missed, though a store met a window; or of `within`, and not true */
};

static void compare(const struct observer *o, const struct tracker *kept, const struct tracker *lost,
                    struct tally *y)
{
    for (uint32_t k = 0; k < o->s->nworkers; k++) {
        const struct gradient_counts *order = tracker_counts(tracker_of(o->s), k),
                                     *clock = tracker_counts(kept, k);
        double truth = 0;
        CHECK(kept->lane[k].length == o->of[k].gradients && lost->lane[k].length == o->of[k].gradients);
        CHECK(order->errors == clock->errors && order->unsure == clock->unsure);
        for (size_t i = 0; i < o->of[k].gradients; i++) {
            const struct tracker_stay *x = &kept->lane[k].log[i];
            const struct truth t = o->of[k].truth[i];
            const bool most = x->hit[0] || x->hit[1], least = most && x->sure;
            truth += t.error;
            y->most += most, y->least += least, y->stamps += t.stamp;
            y->false_most += most && !t.error, y->false_least += least && !t.error;
            y->false_stamps += t.stamp && !t.error;
            y->missed_most += t.error && !most, y->missed_stamps += t.error && !t.stamp;
            y->within += lost->lane[k].log[i].sure;
            y->broken += (t.inside && !most) || (lost->lane[k].log[i].sure && !t.error);
        }
        CHECK_MSG(truth <= (double)clock->errors, "worker %u: %g errors, at most %ju", k, truth,
                  (uintmax_t)clock->errors);
        y->truth += truth;
        y->all += (double)o->of[k].gradients;
    }
}

static struct fixture *world(const struct model_ops *model, unsigned workers, const char *tracker)
{
    char text[512];
    snprintf(text, sizeof text,
             "optimizer: {name: sgd, rate: 0.005, l2.value: 0}\n"
             "engine: {name: simulated, delay.law: interleaved, workers: %u, tracker: %s, pin: false, "
             "audit.every: 0}\n",
             workers, tracker);
    return fixture_new(model, variant_of(model, 0), 4, SAMPLES, 9, text);
}

static void watch(const struct model_ops *model, unsigned workers, uint64_t seed, struct tally *y)
{
    struct error e = {0};
    struct fixture *f = world(model, workers, "overlap"), *blocks = world(model, workers, "blocks");
    struct session *s =
        session_new(f->config, &simulated_ops, optimizer_table[0], f->model, f->data, seed, &e);
    if (!CHECK_MSG(s != NULL, "%s", e.text))
        return;
    struct errors *stamps = errors_new(&stamps_ops, s, blocks->config);
    CHECK_STR(tracker_name(&stamps->tracker), "blocks");
    add(s, &stamps->base);
    struct errors *kept = by_logs(s, f, NULL), *lost = by_logs(s, f, always_lost);
    struct observer *o = observe(s, &stamps->tracker);
    for (int epoch = 0; epoch < 2; epoch++) {
        session_epoch(s);
        compare(o, &kept->tracker, &lost->tracker, y);
    }
    observer_free(o);
    errors_destroy(&stamps->base);
    errors_destroy(&kept->base);
    errors_destroy(&lost->base);
    session_free(s);
    fixture_free(blocks);
    fixture_free(f);
}

/* In parts of the gradients, for two workers, where it is most. The quadratic has one block, and one store to a W. */
static const struct {
    const struct model_ops *ops;
    double false_least, false_most, missed_most, missed_stamps;
} model[] = {{&dense_crf_ops, 0.02, 0.06, 0, 0.03},
             {&bilstm_ops, 0, 0, 0, 0},
             {&maxent_ops, 0, 0.15, 0, 0.02},
             {&quadratic_ops, 0.25, 0.25, 0.1, 0.15}};

TEST(counted_errors_are_held_to_the_stores)
{
    static const unsigned workers[] = {2, 4, 10};
    for (size_t m = 0; m < sizeof model / sizeof *model; m++)
        for (size_t k = 0; k < 3; k++) {
            struct tally y = {0};
            for (uint64_t seed = 1; seed <= 3; seed++)
                watch(model[m].ops, workers[k], seed, &y);
            const double n = y.all, unit = 100 / n;
            char what[256];
            snprintf(what, sizeof what,
                     "%s, %u workers: truth %.1f, overlap %.1f-%.1f (false %.1f-%.1f, missed %.1f), "
                     "stamps %.1f (false %.1f, missed %.1f), within %.1f %%",
                     model[m].ops->name, workers[k], unit * y.truth, unit * y.least, unit * y.most,
                     unit * y.false_least, unit * y.false_most, unit * y.missed_most, unit * y.stamps,
                     unit * y.false_stamps, unit * y.missed_stamps, unit * y.within);
            printf("%s\n", what);
            CHECK_MSG(y.all == 2.0 * SAMPLES * 3 && y.truth > 0.5 * n && (y.within > 0) == (y.least > 0),
                      "%s: too tame", what);
            CHECK_MSG(y.broken == 0, "%s: %g broken", what, y.broken);
            CHECK_MSG(y.truth <= y.most && y.missed_most <= model[m].missed_most * n &&
                          y.missed_stamps <= model[m].missed_stamps * n,
                      "%s: missed", what);
            CHECK_MSG(y.false_least <= model[m].false_least * n && y.false_most <= model[m].false_most * n &&
                          y.false_stamps <= model[m].false_most * n,
                      "%s: false", what);
        }
}

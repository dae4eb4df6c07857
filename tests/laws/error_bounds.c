/* SPDX-License-Identifier: MIT
 *
 * The bounds of overlap hold what stamps find, on one and the same run. Three trackers watch it, one within the other:
 *
 *     overlap   ├──────── window ────────┤      at most so many: everything that stamps can find met in time
 *     stamps      ├───── window ─────┤
 *     overlap       ├── window ──┤              at least so many: what was stored for sure, stamps have found
 *
 * Threads lose their cores on purpose: some sleep inside of W, some inside of G, so that this does not depend on how
 * many cores there are, nor on who else uses them. Stamps are no exact truth. A block keeps its last stamp, so one that
 * was stamped over by a write that was done before the window opened is not seen; and a thread may see another's
 * "done" later than the clock says. So much is allowed for: a margin, in parts of all gradients.
 */
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NAP 300000 /* ns */
#define WAKE 40 /* gradients of a worker from one nap to the next */

extern const struct engine_ops asyngrad_ops, simulated_ops;
extern const struct model_ops dense_crf_ops, bilstm_ops, quadratic_ops;
extern const struct probe_ops overlap_ops, stamps_ops;

struct sleeper {
    struct probe base;
    struct {
        _Alignas(64) unsigned writes, gradients;
    } of[16];
};

static void nap(unsigned turn)
{
    const struct timespec t = {0, NAP};
    if (turn % WAKE == 0)
        nanosleep(&t, NULL);
}

static void sleep_in_write(struct probe *p, struct moment *m)
{
    nap(++((struct sleeper *)p)->of[m->worker].writes);
}

static void sleep_in_gradient(struct probe *p, struct moment *m)
{
    nap(++((struct sleeper *)p)->of[m->worker].gradients + WAKE / 2);
}

static const struct probe_ops sleeper_ops = {
    .at = {[GRADIENT_BEGIN] = sleep_in_gradient, [WRITE_BEGIN] = sleep_in_write}};

/* Its windows lie within those of all that the session has. */
static void add_inside(struct session *s, struct probe *p)
{
    for (int at = 0; at < MOMENTS; at++) {
        struct probe_hook *hook = s->probes.hook[at];
        size_t n = 0;
        while (hook[n].call)
            n++;
        if (!p->ops->at[at] || !CHECK(n < PROBES_MOST))
            continue;
        if (at == READ_END || at == GRADIENT_END || at == WRITE_END || at == EPOCH_END) {
            memmove(hook + 1, hook, n * sizeof *hook);
            n = 0;
        }
        hook[n] = (struct probe_hook){p->ops->at[at], p};
    }
}

static struct gradient_counts sum(const struct errors *e)
{
    struct gradient_counts all = {0};
    for (uint32_t k = 0; k < e->tracker.nworkers; k++) {
        const struct gradient_counts *n = tracker_counts(&e->tracker, k);
        all.gradients += n->gradients;
        all.errors += n->errors;
        all.unsure += n->unsure;
        all.preempted += n->preempted;
        all.through_errors += n->through_errors;
    }
    return all;
}

struct rates { /* of all epochs of a run; counts of gradients */
    double gradients, least, stamps, most, preempted;
};

static struct fixture *world(const struct model_ops *model, const char *engine, const char *tracker)
{
    char text[512];
    snprintf(text, sizeof text,
             "optimizer: {name: sgd, rate: 0.005, l2.value: 0}\n"
             "engine: {pin: false, audit.every: 0, tracker: %s, %s}\n",
             tracker, engine);
    return fixture_new(model, variant_of(model, 0), 4, 300, 9, text);
}

static struct rates watch(const struct model_ops *model, const struct engine_ops *engine,
                          const char *sections, uint64_t seed)
{
    struct error e = {0};
    struct rates r = {0};
    struct fixture *f = world(model, sections, "overlap"), *blocks = world(model, sections, "blocks");
    struct session *s = session_new(f->config, engine, optimizer_table[0], f->model, f->data, seed, &e);
    if (!CHECK_MSG(s != NULL, "%s", e.text))
        return r;
    struct errors *outer = (struct errors *)probes_find(&s->probes, &overlap_ops),
                  *stamps = errors_new(&stamps_ops, s, blocks->config),
                  *inner = errors_new(&overlap_ops, s, f->config);
    static struct sleeper sleeper;
    sleeper = (struct sleeper){.base.ops = &sleeper_ops};
    CHECK_STR(tracker_name(&stamps->tracker), "blocks");
    tracker_watch_cores(&inner->tracker);
    add_inside(s, &stamps->base);
    add_inside(s, &inner->base);
    if (s->nthreads > 1)
        add_inside(s, &sleeper.base);
    for (int epoch = 0; epoch < 3; epoch++) {
        session_epoch(s);
        struct gradient_counts least = sum(inner), found = sum(stamps), most = sum(outer);
        CHECK(least.gradients == s->nsamples && found.gradients == s->nsamples &&
              most.gradients == s->nsamples);
        r.gradients += (double)most.gradients;
        r.least += (double)(least.errors - least.unsure);
        r.stamps += (double)found.errors;
        r.most += (double)most.errors;
        r.preempted += (double)least.preempted;
    }
    errors_destroy(&inner->base);
    errors_destroy(&stamps->base);
    session_free(s);
    fixture_free(blocks);
    fixture_free(f);
    return r;
}

static void check(const struct rates *r, double part, const char *what)
{
    const double margin = part * r->gradients, unit = 100 / r->gradients;
    printf("%s: at least %.1f, stamps %.1f, at most %.1f %%; preempted %.1f %%\n", what, unit * r->least,
           unit * r->stamps, unit * r->most, unit * r->preempted);
    CHECK_MSG(r->least <= r->stamps + margin && r->stamps <= r->most + margin,
              "%s: at least %.1f, stamps %.1f, at most %.1f %%", what, unit * r->least, unit * r->stamps,
              unit * r->most);
}

/* Where there is one block, a stamp does not last: the next write of any worker replaces it. */
static const struct {
    const struct model_ops *ops;
    double margin;
} model[] = {{&dense_crf_ops, 0.03}, {&bilstm_ops, 0.03}, {&quadratic_ops, 0.1}};
static const unsigned numbers[] = {2, 4, 10};

TEST(rates_by_overlap_and_stamps_agree_within_bounds_of_threads)
{
    for (size_t m = 0; m < 3; m++) {
        struct rates all = {
            0}; /* in a single run it may happen that one thread comes too late to meet another */
        for (size_t k = 0; k < 9; k++) {
            const unsigned threads = numbers[k / 3], seed = 1 + k % 3;
            char engine[64], what[96];
            snprintf(engine, sizeof engine, "name: asyngrad, threads: %u", threads);
            snprintf(what, sizeof what, "%s, %u threads, seed %u", model[m].ops->name, threads, seed);
            const struct rates r = watch(model[m].ops, &asyngrad_ops, engine, seed);
            check(&r, model[m].margin, what);
            all.least += r.least;
            all.most += r.most;
            all.preempted += r.preempted;
        }
        CHECK_MSG(all.least > 0 && all.preempted > 0 && all.least < all.most, "%s: too tame",
                  model[m].ops->name);
    }
}

/* Virtual workers have no cores to lose: their events have an order, and where all share a block the bounds are one. */
TEST(rates_by_overlap_and_stamps_agree_of_virtual_workers)
{
    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < 3; k++)
            for (uint64_t seed = 1; seed <= 3; seed++) {
                char engine[96], what[96];
                snprintf(engine, sizeof engine, "name: simulated, workers: %u, delay.law: interleaved",
                         numbers[k]);
                snprintf(what, sizeof what, "%s, %u virtual workers, seed %u", model[m].ops->name, numbers[k],
                         (unsigned)seed);
                const struct rates r = watch(model[m].ops, &simulated_ops, engine, seed);
                check(&r, model[m].margin, what);
                CHECK_MSG(r.stamps <= r.most && r.preempted == 0, "%s", what);
                CHECK_MSG(model[m].ops == &dense_crf_ops || r.least == r.most, "%s: %g and %g", what, r.least,
                          r.most); /* a sentence of one token has no transition */
            }
}

/* SPDX-License-Identifier: MIT */
#include "lib/train/benchmark.h"

#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/report/statistics.h"
#include "lib/train/latency.h"

#include <math.h>
#include <string.h>

static bool try_cases(struct benchmark *b, struct error *e)
{
    for (uint32_t k = 0; k < b->ncases; k++) {
        const struct benchmark_case *z = &b->cases[k];
        struct keep keep;
        bool good = keep_init(&keep, z->config, b->trainer->dev != NULL, e);
        keep_free(&keep);
        if (!good || !trainer_begin(b->trainer, z->config, &z->parts, 0, e))
            return error_within(e, "mode '%s', threads %u", z->mode, z->threads);
        if (!b->cases[b->baseline].baseline && z->baseline)
            b->baseline = k;
    }
    if (!b->part && !isnan(b->goal))
        return error_set(e, ERROR_USAGE,
                         "option --goal: there is nothing to score; give corpus.test or corpus.dev");
    return true;
}

struct benchmark *benchmark_new(const struct benchmark_case *cases, uint32_t ncases, uint32_t repeats,
                                double goal, struct error *e)
{
    struct benchmark *b = memory_new(1, sizeof *b);
    *b = (struct benchmark){
        .cases = cases, .ncases = ncases, .asked = repeats, .repeats = repeats, .goal = goal};
    b->run = memory_new((size_t)repeats * ncases, sizeof *b->run);
    bool threads = true;
    for (uint32_t k = 0; k < ncases && threads; k++)
        threads = trainer_threads(cases[k].config, &cases[k].parts, e);
    if (threads && (b->trainer = trainer_read(cases[0].config, &cases[0].parts, e)) != NULL) {
        b->part = b->trainer->dev ? b->trainer->dev : b->trainer->test;
        if (try_cases(b, e))
            return b;
    }
    benchmark_free(b);
    return NULL;
}

void benchmark_free(struct benchmark *b)
{
    if (!b)
        return;
    for (size_t k = 0; k < (size_t)b->asked * b->ncases; k++) {
        memory_free(b->run[k].seconds);
        memory_free(b->run[k].scores);
    }
    memory_free(b->run);
    trainer_free(b->trainer);
    memory_free(b);
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    (void)context;
    (void)s;
    (void)epoch;
}

static double score(const struct benchmark *b, const struct keep *keep)
{
    struct weights w = keep_weights(keep, b->trainer->session);
    struct score *found = trainer_score(b->trainer, &w, b->part);
    struct score_result r = score_read(found);
    score_free(found);
    return trainer_headline(b->trainer, &r);
}

static bool is_stopped(struct error *e)
{
    const int number = interrupt_stop();
    return number && !error_set(e, (enum error_kind)(128 + number), "stopped by %s", interrupt_name(number));
}

/* All epochs of the session that stands. ERROR_DIVERGED is one of its results. */
static bool run_epochs(struct benchmark *b, struct benchmark_run *r, struct keep *keep, struct error *e)
{
    const struct observer nobody = {.passing = passing};
    struct trainer *t = b->trainer;
    double trained = 0, error_rate = 0, least = 0, delay = 0;
    r->goal = NAN;
    for (uint32_t k = 0; k < t->epochs; k++) {
        struct trainer_epoch p;
        if (!trainer_epoch(t, &p, &nobody, e) || is_stopped(e))
            return false;
        keep_epoch(keep, t->session);
        trained += r->seconds[k] = p.seconds;
        error_rate += p.error_rate;
        least += p.error_rate_least;
        r->at_most |= p.at_most;
        delay += p.delay;
        r->scores[k] = b->part && (!isnan(b->goal) || k + 1 == t->epochs) ? score(b, keep) : NAN;
        if (isnan(r->goal) && r->scores[k] >= b->goal)
            r->goal = trained;
        r->epochs++;
    }
    r->score = r->scores[t->epochs - 1];
    r->error_rate = error_rate / t->epochs;
    r->error_rate_least = least / t->epochs;
    r->delay = delay / t->epochs;
    return true;
}

static bool train_once(struct benchmark *b, const struct benchmark_case *z, struct benchmark_run *r,
                       struct error *e)
{
    struct trainer *t = b->trainer;
    struct calibration found;
    struct keep keep;
    if (!trainer_begin(t, z->config, &z->parts, r->seed, e) ||
        !keep_init(&keep, z->config, t->dev != NULL, e))
        return false;
    r->seconds = memory_new(t->epochs, sizeof *r->seconds);
    r->scores = memory_new(t->epochs, sizeof *r->scores);
    r->latency = latency_measure(z->threads, t->session->pin);
    bool good = true;
    if (config_integer(z->config, "optimizer.calibrate") > 0) {
        good = calibrate(t->session, z->config, &found, e);
        if (good)
            t->session->schedule.rate = found.trial[found.best].rate;
    }
    good = good && run_epochs(b, r, &keep, e);
    keep_free(&keep);
    if (good) {
        size_t cold = r->epochs > 1;
        double *seconds = memory_new(r->epochs, sizeof *seconds);
        memcpy(seconds, r->seconds, r->epochs * sizeof *seconds);
        r->speed = (double)t->train->tokens / statistics_median(seconds + cold, r->epochs - cold);
        memory_free(seconds);
    } else if (e->kind == ERROR_DIVERGED) {
        r->diverged = true;
        r->speed = r->error_rate = r->error_rate_least = r->delay = r->score = r->goal = r->latency = NAN;
        *e = (struct error){0};
        good = true;
    }
    return good;
}

/* One run of each case. */
static bool train_repeat(struct benchmark *b, uint32_t repeat, benchmark_turn *turn, void *context,
                         struct error *e)
{
    struct benchmark_run *run = b->run + (size_t)repeat * b->ncases;
    for (uint32_t k = 0; k < b->ncases; k++) {
        turn(context, b, repeat, k);
        run[k].seed = (uint64_t)config_integer(b->cases[k].config, "run.seed") + repeat;
        if (!train_once(b, &b->cases[k], &run[k], e) || is_stopped(e))
            return false;
    }
    for (uint32_t k = 0; k < b->ncases; k++)
        run[k].speedup = run[k].speed / run[b->baseline].speed;
    return true;
}

bool benchmark_train(struct benchmark *b, benchmark_turn *turn, void *context, struct error *e)
{
    uint32_t done = 0;
    interrupt_catch();
    while (done < b->asked && train_repeat(b, done, turn, context, e))
        done++;
    b->repeats = done;
    if (done < b->asked && interrupt_stop())
        error_add(e,
                  done ? "; the table is of the %u repeats of %u that were complete"
                       : "; %u repeats of %u were complete, so there is no table",
                  done, b->asked);
    interrupt_release();
    return done == b->asked;
}

/* Of x [n]. */
static struct benchmark_spread spread(double *x, uint32_t n)
{
    if (n == 0)
        return (struct benchmark_spread){NAN, NAN, NAN, NAN, NAN, 0};
    const double median = statistics_median(x, n); /* (which sorts) */
    return (struct benchmark_spread){median,   statistics_mean(x, n),      x[0],
                                     x[n - 1], statistics_deviation(x, n), n};
}

double benchmark_figure(const struct benchmark_run *r, size_t figure)
{
    double value;
    memcpy(&value, (const char *)r + figure, sizeof value);
    return value;
}

struct benchmark_spread benchmark_spread(const struct benchmark *b, uint32_t which, size_t figure)
{
    double *x = memory_new(b->repeats, sizeof *x);
    uint32_t n = 0;
    for (uint32_t repeat = 0; repeat < b->repeats; repeat++) {
        const double value = benchmark_figure(&b->run[(size_t)repeat * b->ncases + which], figure);
        if (!isnan(value))
            x[n++] = value;
    }
    const struct benchmark_spread s = spread(x, n);
    memory_free(x);
    return s;
}

struct benchmark_spread benchmark_latency(const struct benchmark *b, uint32_t threads)
{
    double *x = memory_new((size_t)b->repeats * b->ncases, sizeof *x);
    uint32_t n = 0;
    for (size_t k = 0; k < (size_t)b->repeats * b->ncases; k++)
        if (b->cases[k % b->ncases].threads == threads && !isnan(b->run[k].latency))
            x[n++] = b->run[k].latency;
    const struct benchmark_spread s = spread(x, n);
    memory_free(x);
    return s;
}

bool benchmark_at_most(const struct benchmark *b, uint32_t which)
{
    bool at_most = false;
    for (uint32_t repeat = 0; repeat < b->repeats; repeat++) {
        const struct benchmark_run *r = &b->run[(size_t)repeat * b->ncases + which];
        at_most |= r->at_most && !r->diverged;
    }
    return at_most;
}

uint32_t benchmark_diverged(const struct benchmark *b, uint32_t which)
{
    uint32_t n = 0;
    for (uint32_t repeat = 0; repeat < b->repeats; repeat++)
        n += b->run[(size_t)repeat * b->ncases + which].diverged;
    return n;
}

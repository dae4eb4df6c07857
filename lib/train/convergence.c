/* SPDX-License-Identifier: MIT */
#include "lib/train/convergence.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "lib/train/optimum.h"

#include <math.h>
#include <string.h>

/* ---- is it such a run? ---- */

static bool unaudited(const char *path, struct error *e)
{
    return error_set(
        e, ERROR_USAGE,
        "%s: its gradients were not held against an optimum; train one, then audit against it: asyntrain "
        "train "
        "%s/config.yaml run.epochs=100 run.keep=last optimizer.schedule=exponential optimizer.decay=0.9 "
        "engine.audit.every=0 engine.audit.optimum= --out %s-optimum && asyntrain train %s/config.yaml "
        "run.keep=last engine.audit.every=16 engine.audit.optimum=%s-optimum --out %s-audited",
        path, path, path, path, path, path);
}

bool convergence_possible(const struct events *log, const struct parts *parts, const char *path,
                          struct error *e)
{
    double x;
    if (!parts->model->convexity)
        return error_set(
            e, ERROR_USAGE,
            "%s: Theorem 1 is about convex objectives, and that of model '%s' is not convex: it has "
            "no bound for this run; take a model with a convex loss",
            path, parts->model->name);
    if (!parts->optimizer->plain)
        return error_set(
            e, ERROR_USAGE,
            "%s: Theorem 1 is about steps along the gradient, and those of optimizer '%s' are not; "
            "take another optimizer.name",
            path, parts->optimizer->name);
    if (!events_count(log, "run") || !events_count(log, "epoch"))
        return error_set(e, ERROR_MODEL, "%s/metrics.jsonl: no run or no epoch in it; train again", path);
    if (!events_number(log, "epoch", 0, "audit.distance_square", &x))
        return unaudited(path, e);
    for (size_t k = 0; k < events_count(log, "epoch"); k++)
        if (!events_number(log, "epoch", k, "audit.tau_mean", &x))
            return error_set(e, ERROR_USAGE,
                             "%s: no gradient of epoch %zu was audited; train again with a lower "
                             "engine.audit.every",
                             path, k + 1);
    return true;
}

static bool same_number(const struct events *log, const char *path, const char *field, const char *what,
                        double now, struct error *e)
{
    double then = NAN;
    if (events_number(log, "run", 0, field, &then) && fabs(then - now) <= 1e-12 * fabs(now))
        return true;
    return error_set(
        e, ERROR_CORPUS,
        "%s: it had %.10g %s, and now there are %.10g: its corpora, template or configuration have "
        "changed since; restore them, or train again",
        path, then, what, now);
}

bool convergence_same(const struct events *log, const struct trainer *t, const char *path, struct error *e)
{
    const struct session *s = t->session;
    real *w = NULL;
    if (!same_number(log, path, "train.sentences", "training sentences", (double)t->train->count, e) ||
        !same_number(log, path, "train.tokens", "training tokens", (double)t->train->tokens, e) ||
        !same_number(log, path, "labels", "labels", vocab_count(t->space->labels), e) ||
        !same_number(log, path, "weights", "weights", (double)layout_weights(&t->model->layout), e))
        return false;
    if (s)
        return same_number(log, path, "samples", "samples", (double)s->nsamples, e) &&
               same_number(log, path, "lambda", "as its lambda", s->schedule.lambda, e);
    bool good = optimum_load(path, t->space, &t->model->layout, &w, e);
    memory_free(w);
    return good ||
           error_set(e, ERROR_CORPUS,
                     "%s: its features or labels are not those of its corpora and template, which have "
                     "changed since; restore them, or train again",
                     path);
}

/* ---- constants ---- */

static double distance_square(const real *w, const real *optimum, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)w[i] - (double)optimum[i]) * ((double)w[i] - (double)optimum[i]);
    return sum;
}

/* Is the optimum the one that the run was audited with? Its model tells, where that is what the last epoch left. */
static bool same_optimum(const struct events *log, const struct trainer *t, const char *path, struct error *e)
{
    const size_t n = t->model->layout.size;
    double then = 0;
    real *w;
    if (t->keep.best || t->keep.average)
        return true;
    if (!optimum_load(path, t->space, &t->model->layout, &w, e))
        return false;
    const double now = distance_square(w, t->optimum, n), size = kernel_norm2(w, n);
    memory_free(w);
    events_number(log, "epoch", events_count(log, "epoch") - 1, "audit.distance_square", &then);
    /* (weights are rounded when they are saved) */
    return fabs(now - then) <= 1e-3 * then + 1e-6 * size ||
           error_set(
               e, ERROR_MODEL,
               "%s: the optimum is another than it was audited with: in the end it was at a squared distance "
               "of %.6g, now at %.6g; say where that one lies with --optimum, or train again",
               path, then, now);
}

static bool is_convex(struct convergence *v, const struct trainer *t, const char *path, struct error *e)
{
    const struct session *s = t->session;
    double sum = 0;
    for (size_t k = 0; k < s->nsamples; k++) {
        double c = t->model->ops->convexity(t->model, &s->sample[k]);
        if (c < 0)
            return error_set(
                e, ERROR_USAGE,
                "%s: Theorem 1 is about convex objectives, and with open labels (corpus.open) that of "
                "model '%s' is not convex: it has no bound for this run",
                path, t->model->ops->name);
        sum += c;
    }
    v->loss_convexity = sum / (double)s->nsamples;
    v->b.c = v->loss_convexity + v->lambda / (double)s->nsamples;
    return v->b.c > 0 ||
           error_set(e, ERROR_USAGE,
                     "%s: Theorem 1 is about strongly convex objectives, and without a penalty this "
                     "one is not; train with an optimizer.l2.value above 0",
                     path);
}

static bool is_single(const struct session *s, const char *path, struct error *e)
{
    if (s->schedule.batch.size == 1 && s->accumulate == 1 && !s->own_weights)
        return true;
    return error_set(
        e, ERROR_USAGE,
        "%s: Theorem 1 is about updates by one gradient each, and here several samples make a step; "
        "train with engine.accumulate 1 and an engine that writes each gradient",
        path);
}

/* ||w|| after an epoch, by its penalty. */
static double norm_after(const struct convergence *v, const struct events *log, size_t k)
{
    double penalty = 0;
    events_number(log, "epoch", k, "penalty", &penalty);
    return v->lambda > 0 ? sqrt(2 * (double)v->samples * penalty / v->lambda) : 0;
}

static void read_epochs(struct convergence *v, const struct events *log, double norm)
{
    v->count = (uint32_t)events_count(log, "epoch");
    v->epoch = memory_new(v->count, sizeof *v->epoch);
    for (uint32_t k = 0; k < v->count; k++) {
        struct convergence_epoch *p = &v->epoch[k];
        const double after = norm_after(v, log, k);
        events_number(log, "epoch", k, "audit.norm_max", &p->kappa);
        events_number(log, "epoch", k, "audit.tau_mean", &p->tau);
        events_number(log, "epoch", k, "audit.tau_at_most", &p->tau_at_most);
        events_number(log, "epoch", k, "audit.distance_square", &p->distance);
        p->kappa += v->lambda / (double)v->samples * fmax(norm, after);
        p->tau = fabs(p->tau);
        norm = after;
        v->tau = fmax(v->tau, p->tau);
        v->b.tau = fmax(v->b.tau, p->tau_at_most);
        v->b.kappa = fmax(v->b.kappa, p->kappa);
    }
}

/* ---- Eq 21 along the run ---- */

/* The rate of step k of an epoch that is planned. */
static double rate_of(const struct schedule *s, size_t k)
{
    return (double)s->write[k] * (k + 1 < s->steps ? (double)s->read[k + 1] : s->scale_after);
}

static void follow(struct convergence *v, struct schedule *s)
{
    double a = v->b.a0;
    v->least_rate = INFINITY;
    for (uint32_t e = 0; e < v->count; e++) {
        struct convergence_epoch *p = &v->epoch[e];
        struct bounds b = {.c = v->b.c, .kappa = p->kappa, .tau = p->tau_at_most};
        s->scale = 1; /* no rate depends on it */
        schedule_plan(s);
        for (size_t k = 0; k < s->steps; k++) {
            p->rate = rate_of(s, k);
            v->least_rate = fmin(v->least_rate, p->rate);
            v->most_rate = fmax(v->most_rate, p->rate);
            b.a0 = a;
            a = bounds_distance(&b, p->rate, 1);
        }
        p->bound = a;
        schedule_advance(s);
    }
}

bool convergence_measure(struct convergence *v, const struct events *log, struct trainer *t, const char *path,
                         struct error *e)
{
    struct session *s = t->session;
    const struct layout *l = &t->model->layout;
    if (!is_single(s, path, e) || !same_optimum(log, t, path, e))
        return false;
    slice_draw(&s->slice, 0);
    v->samples = s->nsamples;
    v->lambda = s->schedule.lambda;
    if (!is_convex(v, t, path, e))
        return false;
    v->b.a0 = distance_square(s->w, t->optimum, l->size);
    read_epochs(v, log, sqrt(kernel_norm2(s->w, l->size)));
    v->start = curvature_greatest(t->model, s->sample, s->nsamples, t->train->longest, s->w);
    v->optimum = curvature_greatest(t->model, s->sample, s->nsamples, t->train->longest, t->optimum);
    v->b.q = fmax(v->b.c, fmax(v->start.value, v->optimum.value) + v->lambda / (double)v->samples);
    events_number(log, "calibration", 0, "rate", &s->schedule.rate);
    follow(v, &s->schedule);
    return true;
}

void convergence_free(struct convergence *v)
{
    memory_free(v->epoch);
}

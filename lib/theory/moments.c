/* SPDX-License-Identifier: MIT */
#include "lib/theory/moments.h"

#include "lib/base/memory.h"

#include <math.h>
#include <string.h>

/* The recursion under way. Lags are in substeps. */
struct run {
    const struct simulation *s;
    const struct objective *o;
    size_t d, pairs; /* pairs of eigenvectors whose covariance is kept */
    size_t *row, *column; /* [pairs] the eigenvectors of each */
    bool full, second;
    uint32_t m;
    size_t window; /* steps kept: the longest lag, now, and the next */
    size_t now, next; /* slots */
    double *mean; /* [window][d] */
    double *cov; /* [window][window][pairs] of (a, b): Cov(y_i(a), y_j(b)) at pair i d + j, or i */
    struct lag { /* [nlags] of positive probability; those that lead before the start are one */
        size_t slot; /* of the step that is read */
        double p;
    } * lag;
    size_t nlags, all;
    double *read, *moved, *between, *noise; /* see step */
};

/* Steps stand in rings: at slot step % window. */
static double *mean_at(const struct run *r, size_t slot)
{
    return r->mean + slot * r->d;
}

static double *cov_at(const struct run *r, size_t a, size_t b)
{
    return r->cov + (a * r->window + b) * r->pairs;
}

/* The lags of a step. Those that lead before the start read the newest weights, or the first. */
static void list_lags(struct run *r, uint64_t update, size_t step, bool delayed)
{
    const struct simulation *s = r->s;
    double before = 0;
    r->nlags = 0;
    size_t first = delayed && s->constant ? s->lags - 1 : 0;
    for (size_t l = first; l < (delayed ? s->lags : 1); l++) {
        double p = delayed ? s->lag[l] : 1;
        if (l > update)
            before += p;
        else if (p > 0)
            r->lag[r->nlags++] = (struct lag){(step - l * r->m) % r->window, p};
    }
    if (before > 0)
        r->lag[r->nlags++] = (struct lag){s->plain ? r->now : 0, before};
}

/* What is read, on average over delays: its mean into read [d], and what its mean differs by, from one delay to the
 * other, into between [pairs]. */
static void read_means(struct run *r)
{
    memset(r->read, 0, r->d * sizeof *r->read);
    for (size_t n = 0; n < r->nlags; n++)
        for (size_t i = 0; i < r->d; i++)
            r->read[i] += r->lag[n].p * mean_at(r, r->lag[n].slot)[i];
    for (size_t q = 0; q < r->pairs && r->second; q++) {
        size_t i = r->row[q], j = r->column[q];
        r->between[q] = 0;
        for (size_t n = 0; n < r->nlags; n++) {
            const double *m = mean_at(r, r->lag[n].slot);
            r->between[q] += r->lag[n].p * (m[i] - r->read[i]) * (m[j] - r->read[j]);
        }
    }
}

/* The covariance of a gradient into noise [pairs]. That of a quadratic stays. */
static void read_noise(struct run *r, size_t step)
{
    const struct objective *o = r->o;
    if (o->n == 0 && step > 0)
        return;
    if (o->n == 0 && !r->full) {
        for (size_t i = 0; i < r->d; i++)
            r->noise[i] = objective_variance(o, i);
        return;
    }
    for (size_t q = 0; q < r->pairs; q++) { /* second moments of what is read */
        r->moved[q] = r->between[q] + r->read[r->row[q]] * r->read[r->column[q]];
        for (size_t n = 0; n < r->nlags; n++)
            r->moved[q] += r->lag[n].p * cov_at(r, r->lag[n].slot, r->lag[n].slot)[q];
    }
    objective_covariance(o, r->read, r->moved, r->noise);
}

/* sum_l p_l C(step - l, b), b a slot, or with a and b exchanged. */
static double delayed_cov(const struct run *r, size_t b, size_t pair, bool exchanged)
{
    double sum = 0;
    for (size_t n = 0; n < r->nlags; n++) {
        size_t a = r->lag[n].slot;
        sum += r->lag[n].p * (exchanged ? cov_at(r, b, a) : cov_at(r, a, b))[pair];
    }
    return sum;
}

static void move_cov(struct run *r, size_t step, double h)
{
    const double *lambda = r->o->lambda;
    size_t now = r->now, next = r->next, kept = step + 1 < r->window - 1 ? step + 1 : r->window - 1;
    for (size_t n = 0, b = now; n < kept; n++, b = b ? b - 1 : r->window - 1)
        for (size_t q = 0; q < r->pairs; q++) {
            size_t i = r->row[q], j = r->column[q];
            double c = cov_at(r, now, b)[q] - h * lambda[i] * delayed_cov(r, b, q, false);
            cov_at(r, next, b)[q] = c;
            cov_at(r, b, next)[r->full ? j * r->d + i : q] = c;
        }
    for (size_t q = 0; q < r->pairs; q++) {
        size_t i = r->row[q], j = r->column[q];
        double twice = r->between[q];
        for (size_t n = 0; n < r->nlags; n++)
            twice += r->lag[n].p * cov_at(r, r->lag[n].slot, r->lag[n].slot)[q];
        cov_at(r, next, next)[q] = cov_at(r, now, now)[q] - h * lambda[i] * delayed_cov(r, now, q, false) -
                                   h * lambda[j] * delayed_cov(r, now, q, true) +
                                   h * h * (lambda[i] * lambda[j] * twice + (double)r->m * r->noise[q]);
    }
}

static void move(struct run *r, uint64_t update, size_t step, bool delayed)
{
    double h = r->s->rate * simulation_share(r->s, update) / r->m;
    r->now = step % r->window;
    r->next = (step + 1) % r->window;
    list_lags(r, update, step, delayed);
    read_means(r);
    if (r->second) {
        read_noise(r, step);
        move_cov(r, step, h);
    }
    for (size_t i = 0; i < r->d; i++)
        mean_at(r, r->next)[i] = mean_at(r, r->now)[i] - h * r->o->lambda[i] * r->read[i];
}

/* Can covariances be had within seconds and some hundred MiB? */
static bool affordable(const struct run *r)
{
    double steps = (double)r->s->updates * r->m, window = (double)fmin((double)r->window, steps + 2);
    double lags = r->s->constant ? 1 : (double)fmin((double)r->all, (double)r->s->updates);
    double work =
        steps * ((double)r->pairs * lags * window + (double)r->o->n * (double)r->d * (double)r->d * 2);
    return window * window * (double)r->pairs < 0x1p25 && (double)r->s->updates * (double)r->pairs < 0x1p26 &&
           work < 1e9;
}

static void begin(struct run *r)
{
    size_t d = r->d;
    r->mean = memory_new(r->window * d, sizeof *r->mean);
    r->cov = r->second ? memory_new(r->window * r->window * r->pairs, sizeof *r->cov) : NULL;
    r->lag = memory_new(r->all + 1, sizeof *r->lag);
    r->read = memory_new(d, sizeof *r->read);
    r->moved = memory_new(r->pairs, sizeof *r->moved);
    r->between = memory_new(r->pairs, sizeof *r->between);
    r->noise = memory_new(r->pairs, sizeof *r->noise);
    r->row = memory_new(r->pairs, sizeof *r->row);
    r->column = memory_new(r->pairs, sizeof *r->column);
    for (size_t q = 0; q < r->pairs; q++) {
        r->row[q] = r->full ? q / d : q;
        r->column[q] = r->full ? q % d : q;
    }
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++)
            r->mean[k] += r->o->Q[k * d + i] * (r->s->start[i] - r->o->optimum[i]);
}

static void end(struct run *r)
{
    memory_free(r->mean);
    memory_free(r->cov);
    memory_free(r->lag);
    memory_free(r->read);
    memory_free(r->moved);
    memory_free(r->between);
    memory_free(r->noise);
    memory_free(r->row);
    memory_free(r->column);
}

static void keep(struct moments *m, const struct run *r, uint64_t update, size_t step)
{
    step %= r->window;
    memcpy(m->mean + update * m->d, mean_at(r, step), m->d * sizeof *m->mean);
    if (m->cov)
        memcpy(m->cov + update * r->pairs, cov_at(r, step, step), r->pairs * sizeof *m->cov);
}

struct moments *moments_new(const struct simulation *s, enum process p, uint32_t substeps, bool second)
{
    bool delayed = simulation_delayed(p);
    struct run r = {.s = s, .o = &s->objective, .d = s->objective.d, .m = substeps};
    r.all = delayed ? s->lags : 1;
    /* (what leads before the start reads the first weights: they stay for as long as the longest lag; none of more
     * updates than there are is ever read) */
    r.window = (size_t)fmin((double)(r.all - 1), (double)s->updates) * substeps + 2;
    r.full = r.o->n > 0 || r.d <= MOMENTS_COORDINATES;
    r.pairs = r.full ? r.d * r.d : r.d;
    r.second = second && affordable(&r);
    struct moments *m = memory_new(1, sizeof *m);
    *m = (struct moments){.d = r.d, .updates = s->updates, .full = r.full};
    m->exact = !delayed || s->constant || substeps == 1;
    m->mean = memory_new((s->updates + 1) * r.d, sizeof *m->mean);
    m->cov = r.second ? memory_new((s->updates + 1) * r.pairs, sizeof *m->cov) : NULL;
    begin(&r);
    keep(m, &r, 0, 0);
    for (uint64_t k = 0; k < s->updates; k++) {
        for (uint32_t j = 0; j < substeps; j++)
            move(&r, k, (size_t)k * substeps + j, delayed);
        keep(m, &r, k + 1, (size_t)(k + 1) * substeps);
    }
    end(&r);
    return m;
}

void moments_free(struct moments *m)
{
    if (!m)
        return;
    memory_free(m->mean);
    memory_free(m->cov);
    memory_free(m);
}

double moments_mean(const struct moments *m, const struct objective *o, uint64_t k, size_t i)
{
    double x = o->optimum[i];
    for (size_t j = 0; j < m->d; j++)
        x += o->Q[j * m->d + i] * m->mean[k * m->d + j];
    return x;
}

double moments_variance(const struct moments *m, const struct objective *o, uint64_t k, size_t i)
{
    size_t d = m->d;
    double sum = 0;
    if (!m->cov || !m->full)
        return NAN;
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b < d; b++)
            sum += o->Q[a * d + i] * o->Q[b * d + i] * m->cov[(k * d + a) * d + b];
    return sum;
}

double moments_distance(const struct moments *m, uint64_t k)
{
    double sum = 0;
    for (size_t i = 0; i < m->d; i++)
        sum += m->mean[k * m->d + i] * m->mean[k * m->d + i];
    return sqrt(sum);
}

double moments_spread(const struct moments *m, uint64_t k)
{
    double sum = 0;
    if (!m->cov)
        return NAN;
    for (size_t i = 0; i < m->d; i++)
        sum += m->full ? m->cov[(k * m->d + i) * m->d + i] : m->cov[k * m->d + i];
    return sum;
}

/* SPDX-License-Identifier: MIT */
#include "lib/train/curvature.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

/* h, for a direction of length 1: a power of 2, so that steps from weights are hardly rounded. */
#define REACH (1.0 / 128)
#define STILL 1e-4 /* relative change of the estimate, twice in a row: then it has settled */

struct slope { /* room for gradients over all samples */
    const struct model *model;
    const struct example *sample;
    size_t count;
    void *scratch;
    struct gradient gradient;
    real *fill; /* rows of products */
    real *at; /* [layout.size] where it is taken */
    double *sum; /* [layout.size] */
};

static void slope_init(struct slope *s, struct capacity longest)
{
    const struct model *m = s->model;
    s->gradient.capacity = m->ops->max_bundles(m, longest);
    s->gradient.bundle = memory_lines(s->gradient.capacity, sizeof *s->gradient.bundle);
    s->gradient.exact = true; /* of the convex loss */
    s->scratch = m->ops->scratch_new(m, longest);
    s->fill = memory_new(layout_products(&m->layout), sizeof *s->fill);
    s->at = memory_lines(m->layout.size, sizeof *s->at);
    s->sum = memory_new(m->layout.size, sizeof *s->sum);
}

static void slope_free(struct slope *s)
{
    s->model->ops->scratch_free(s->scratch);
    memory_free(s->gradient.bundle);
    memory_free(s->fill);
    memory_free(s->at);
    memory_free(s->sum);
}

static void add_gradient(struct slope *s, double share)
{
    const struct layout *l = &s->model->layout;
    for (size_t k = 0; k < s->gradient.count; k++) {
        const struct bundle *b = &s->gradient.bundle[k];
        const struct group *group = &l->group[b->group];
        const size_t n = layout_block(group);
        for (uint32_t j = 0; j < b->count; j++) {
            double *sum = s->sum + group->offset + b->id[j] * n;
            for (size_t i = 0; i < n; i++)
                sum[i] += share * (double)b->row[i];
        }
    }
}

/* Add share times the gradient of the mean loss at s->at. */
static void add_slope(struct slope *s, double share)
{
    const struct weights view = {.w = s->at, .scale = 1};
    const struct model *m = s->model;
    for (size_t k = 0; k < s->count; k++) {
        gradient_begin(&s->gradient);
        m->ops->gradient(m, &view, &s->sample[k], &s->gradient, s->scratch);
        gradient_fill(&s->gradient, &m->layout, s->fill);
        add_gradient(s, share / (double)s->count);
    }
}

/* A random direction; padding has no part in it. */
static void draw(const struct layout *l, double *v)
{
    struct rng r;
    rng_init(&r, 1, RNG_CURVATURE, 0);
    for (uint32_t g = 0; g < l->ngroups; g++) {
        const struct group *group = &l->group[g];
        double *row = v + group->offset;
        for (size_t k = 0; k < (size_t)group->count * group->rows; k++, row += group->stride)
            for (uint32_t i = 0; i < group->columns; i++)
                row[i] = rng_normal(&r);
    }
}

static double length_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* s->sum becomes H v, for the step that really lies between the rounded points; returns v^T H v / v^T v. */
static double multiply(struct slope *s, const real *w, const double *v)
{
    const size_t n = s->model->layout.size;
    double along = 0, square = 0;
    memset(s->sum, 0, n * sizeof *s->sum);
    for (size_t i = 0; i < n; i++)
        s->at[i] = (real)((double)w[i] + REACH * v[i]);
    add_slope(s, 1 / (2 * REACH));
    for (size_t i = 0; i < n; i++)
        s->at[i] = (real)((double)w[i] - REACH * v[i]);
    add_slope(s, -1 / (2 * REACH));
    for (size_t i = 0; i < n; i++) {
        double step = ((double)(real)((double)w[i] + REACH * v[i]) - (double)s->at[i]) / (2 * REACH);
        along += step * s->sum[i];
        square += step * step;
    }
    return square > 0 ? along / square : 0;
}

struct curvature curvature_greatest(const struct model *m, const struct example *sample, size_t count,
                                    struct capacity longest, const real *w)
{
    const size_t n = m->layout.size;
    struct slope s = {.model = m, .sample = sample, .count = count};
    struct curvature c = {0};
    double *v = memory_new(n, sizeof *v), length;
    uint32_t still = 0;
    slope_init(&s, longest);
    kernel_thread_begin();
    draw(&m->layout, v);
    for (length = length_of(v, n); c.steps < CURVATURE_STEPS && length > 0; length = length_of(v, n)) {
        for (size_t i = 0; i < n; i++)
            v[i] /= length;
        const double before = c.value;
        c.value = multiply(&s, w, v);
        c.steps++;
        still = fabs(c.value - before) <= STILL * fabs(c.value) ? still + 1 : 0;
        if ((c.settled = still == 2))
            break;
        memcpy(v, s.sum, n * sizeof *v);
    }
    slope_free(&s);
    memory_free(v);
    return c;
}

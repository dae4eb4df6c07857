/* SPDX-License-Identifier: MIT */
#include "lib/theory/averages.h"

#include "lib/base/memory.h"

#include <math.h>

static void list_updates(struct averages *a, const struct simulation *s)
{
    a->rows = (size_t)(s->updates / s->every) + 1 + (s->updates % s->every > 0);
    a->update = memory_new(a->rows, sizeof *a->update);
    for (size_t r = 0; r < a->rows; r++)
        a->update[r] = r + 1 < a->rows ? r * s->every : s->updates;
}

static double distance(const struct objective *o, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < o->d; i++)
        sum += (x[i] - o->optimum[i]) * (x[i] - o->optimum[i]);
    return sqrt(sum);
}

static void add(struct averages *a, const double *x, size_t steps, uint32_t substeps)
{
    for (size_t r = 0; r < a->rows; r++)
        for (size_t i = 0; i < a->d; i++) {
            double gap = x[a->update[r] * substeps * a->d + i] - a->exact[r * a->d + i];
            a->sum[r * a->d + i] += gap;
            a->squares[r * a->d + i] += gap * gap;
        }
    for (size_t k = 0; k <= steps; k++) {
        double far = distance(a->objective, x + k * a->d);
        a->radius = far > a->radius ? far : a->radius;
    }
    a->lost += !isfinite(distance(a->objective, x + steps * a->d));
    a->paths++;
}

struct averages *averages_new(const struct simulation *s, enum process p, const struct moments *m,
                              averages_show *show, void *context)
{
    struct averages *a = memory_new(1, sizeof *a);
    uint32_t substeps = simulation_substeps(s, p);
    size_t steps = (size_t)s->updates * substeps;
    uint64_t shown = show ? s->shown : 0;
    a->objective = &s->objective;
    a->d = m->d;
    list_updates(a, s);
    a->exact = memory_new(a->rows * a->d, sizeof *a->exact);
    a->sum = memory_new(a->rows * a->d, sizeof *a->sum);
    a->squares = memory_new(a->rows * a->d, sizeof *a->squares);
    for (size_t r = 0; r < a->rows; r++)
        for (size_t i = 0; i < a->d; i++)
            a->exact[r * a->d + i] = moments_mean(m, &s->objective, a->update[r], i);
    if (s->paths == 0 && shown == 0)
        return a;
    double *x = memory_new((steps + 1) * a->d, sizeof *x);
    for (uint64_t path = 0; path < s->paths || path < shown; path++) {
        simulation_path(s, p, path, x);
        if (path < shown)
            show(context, p, path, a, x, substeps);
        if (path < s->paths)
            add(a, x, steps, substeps);
    }
    memory_free(x);
    return a;
}

void averages_free(struct averages *a)
{
    if (!a)
        return;
    memory_free(a->update);
    memory_free(a->exact);
    memory_free(a->sum);
    memory_free(a->squares);
    memory_free(a);
}

double averages_mean(const struct averages *a, size_t row, size_t i)
{
    size_t at = row * a->d + i;
    return a->paths ? a->exact[at] + a->sum[at] / (double)a->paths : NAN;
}

double averages_variance(const struct averages *a, size_t row, size_t i)
{
    size_t at = row * a->d + i;
    double n = (double)a->paths, mean = a->sum[at] / n;
    return a->paths > 1 ? (a->squares[at] - n * mean * mean) / (n - 1) : NAN;
}

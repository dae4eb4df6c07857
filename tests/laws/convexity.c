/* SPDX-License-Identifier: MIT
 *
 * What models say of the curvature of their loss, and its estimate. A loss with convexity c has
 * (grad f(v) - grad f(w))^T (v - w) >= c ||v - w||^2 for any two weights.
 */
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include "lib/base/memory.h"
#include "lib/train/curvature.h"

#include <math.h>

static const char sections[] =
    "optimizer: {name: sgd, rate: 0.1, l2.value: 0}\nengine: {name: sequential, audit.every: 0}\n";

/* g^T (v - w) of the gradient in a worker's hand. */
static double along(const struct session *s, const struct gradient *g, const real *v, const real *w)
{
    double sum = 0;
    for (size_t b = 0; b < g->count; b++) {
        const struct group *group = &s->model->layout.group[g->bundle[b].group];
        const size_t n = layout_block(group);
        for (uint32_t j = 0; j < g->bundle[b].count; j++)
            for (size_t i = 0, at = group->offset + g->bundle[b].id[j] * n; i < n; i++, at++)
                sum += (double)g->bundle[b].row[i] * ((double)v[at] - (double)w[at]);
    }
    return sum;
}

/* Each sample at a pair of weights; returns how many are said to be convex. */
static size_t hold(const struct session *s, const char *name, double size)
{
    const struct model *m = s->model;
    real *v = fixture_weights(&m->layout, size), *w = fixture_weights(&m->layout, size);
    double square = 0, tolerance = (sizeof(real) == 8 ? 1e-9 : 1e-3) * size * size;
    size_t convex = 0;
    for (size_t i = 0; i < m->layout.size; i++) { /* (both are drawn by one seed) */
        v[i] = i % 3 ? v[i] : -v[i] / 2;
        square += ((double)v[i] - (double)w[i]) * ((double)v[i] - (double)w[i]);
    }
    for (size_t t = 0; t < s->nsamples; t++) {
        struct worker *k = s->worker[0];
        const double c = m->ops->convexity(m, &s->sample[s->order[t]]);
        convex += c >= 0;
        if (c < 0)
            continue;
        fixture_gradient(s, k, &(struct weights){.w = v, .scale = 1}, t);
        double grows = along(s, &k->gradient, v, w);
        fixture_gradient(s, k, &(struct weights){.w = w, .scale = 1}, t);
        grows -= along(s, &k->gradient, v, w);
        CHECK_MSG(grows >= c * square * (1 - 1e-6) - tolerance,
                  "%s: sample %zu grows by %g, c %g, squared distance %g", name, t, grows, c, square);
    }
    memory_free(v);
    memory_free(w);
    return convex;
}

TEST(a_convex_loss_is_convex)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (int partial = 0; partial < 2 && model_table[m]->convexity; partial++) {
                struct fixture *f = partial ? fixture_partial(model_table[m], v, 4, 60, 7, sections)
                                            : fixture_new(model_table[m], v, 4, 60, 7, sections);
                struct error e = {0};
                struct session *s =
                    session_new(f->config, engine_table[0], optimizer_table[0], f->model, f->data, 1, &e);
                session_epoch(s);
                for (double size = .1; size < 10; size *= 3) {
                    const size_t convex = hold(s, v->name, size);
                    CHECK(partial ? convex > 0 : convex == s->nsamples);
                }
                session_free(s);
                fixture_free(f);
            }
}

/* The Hessian of models/quadratic is the mean number of tokens, at any weight. */
TEST(the_estimate_of_one_weight_is_exact)
{
    extern const struct model_ops quadratic_ops;
    struct fixture *f = fixture_new(&quadratic_ops, variant_of(&quadratic_ops, 0), 2, 60, 7, sections);
    for (double x = -4; x < 5; x += 1.7) {
        real w[64] = {(real)x};
        const struct curvature c =
            curvature_greatest(f->model, f->data->example, f->data->count, f->data->longest, w);
        CHECK_NEAR(c.value, (double)f->data->tokens / (double)f->data->count,
                   sizeof(real) == 8 ? 1e-9 : 1e-3);
        CHECK(c.settled && c.steps == 3);
    }
    fixture_free(f);
}

/* The curvature along single weights, by differences of gradients. */
TEST(no_direction_is_more_curved)
{
    for (size_t m = 0; model_table[m]; m++) {
        if (!model_table[m]->convexity)
            continue;
        struct fixture *f = fixture_new(model_table[m], variant_of(model_table[m], 0), 4, 60, 7, sections);
        struct error e = {0};
        struct session *s =
            session_new(f->config, engine_table[0], optimizer_table[0], f->model, f->data, 1, &e);
        struct worker *k = s->worker[0];
        session_epoch(s);
        const size_t n = f->model->layout.size;
        real *w = fixture_weights(&f->model->layout, .3), *v = memory_lines(n, sizeof *v);
        const double most = curvature_greatest(f->model, s->sample, s->nsamples, f->data->longest, w).value;
        double greatest = 0;
        for (size_t at = 0; at < n; at++) { /* one weight at a time */
            const double h = .03;
            double grows = 0;
            if (w[at] == 0)
                continue; /* padding */
            for (int side = -1; side <= 1; side += 2) {
                for (size_t i = 0; i < n; i++)
                    v[i] = i == at ? w[i] + (real)(side * h) : w[i];
                for (size_t t = 0; t < s->nsamples; t++) {
                    fixture_gradient(s, k, &(struct weights){.w = v, .scale = 1}, t);
                    grows += along(s, &k->gradient, v, w) / (double)s->nsamples;
                }
            }
            greatest = fmax(greatest, grows / (2 * h * h));
        }
        CHECK_MSG(greatest > 0 && greatest <= most * 1.01, "%s: %g along one weight, at most %g",
                  model_table[m]->name, greatest, most);
        memory_free(w);
        memory_free(v);
        session_free(s);
        fixture_free(f);
    }
}

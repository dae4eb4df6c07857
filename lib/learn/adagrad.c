/* SPDX-License-Identifier: MIT
 *
 * adagrad: a rate for each weight that falls with what its gradients sum up to (Duchi, Hazan & Singer 2011,
 * "Adaptive subgradient methods for online learning and stochastic optimization", diagonal form):
 *
 *     v <- v + g^2        w <- w - gamma g / (sqrt(v) + epsilon)
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"

#include <tgmath.h> /* sqrt of a real */

struct adagrad {
    struct optimizer base;
    const struct layout *layout;
    real epsilon;
    real *v; /* [layout->size] */
};

extern const struct optimizer_ops adagrad_ops;

static const struct key keys[] = {
    {"epsilon", KEY_REAL, 1e-12, 1, "1e-8", NULL, "added to the root of the sum of squares that divides"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct adagrad *o = memory_new(1, sizeof *o);
    *o = (struct adagrad){{.ops = &adagrad_ops},
                          layout,
                          (real)config_real(c, "optimizer.epsilon"),
                          memory_lines(layout->size, sizeof(real))};
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct adagrad *o = (struct adagrad *)base;
    memory_free(o->v);
    memory_free(o);
}

RACY static void move(real *restrict w, real *restrict v, const real *restrict g, size_t n, real epsilon,
                      real length)
{
    for (size_t i = 0; i < n; i++) {
        real next = v[i] + g[i] * g[i];
        v[i] = next;
        w[i] -= length * g[i] / (sqrt(next) + epsilon);
    }
}

RACY static void step(struct optimizer *base, real *w, const struct grad *g, real length, uint64_t k)
{
    const struct adagrad *o = (const struct adagrad *)base;
    (void)k;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            size_t at = group->offset + b->id[i] * layout_block(group);
            move(w + at, o->v + at, b->row, layout_block(group), o->epsilon, length);
        }
    }
}

const struct optimizer_ops adagrad_ops = {
    .name = "adagrad",
    .summary = "a rate for each weight: divided by the root of the sum of its squared gradients",
    .keys = keys,
    .needs_sum = true,
    .create = create,
    .destroy = destroy,
    .step = step,
};

/* SPDX-License-Identifier: MIT
 *
 * adagrad: a rate for each weight that falls with what its gradients sum up to (Duchi, Hazan & Singer 2011,
 * "Adaptive subgradient methods for online learning and stochastic optimization", diagonal form):
 *
 *     v <- v + g^2        w <- w - gamma g / (sqrt(v) + epsilon)
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct adagrad {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
    struct moments moments;
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
    *o = (struct adagrad){
        .base = {.ops = &adagrad_ops},
        .layout = layout,
        .kernel = kernel_get(),
        .moments = {.keep2 = 1, .take2 = 1, .wide = 1, .epsilon = (real)config_real(c, "optimizer.epsilon")},
        .v = memory_lines(layout->size, sizeof(real))};
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct adagrad *o = (struct adagrad *)base;
    memory_free(o->v);
    memory_free(o);
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
            o->kernel->adapt(w + at, NULL, o->v + at, b->row, layout_block(group), &o->moments, length);
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

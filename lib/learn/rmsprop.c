/* SPDX-License-Identifier: MIT
 *
 * rmsprop: as adagrad, but old gradients are forgotten (Tieleman & Hinton 2012, "Neural networks for machine
 * learning", lecture 6.5):
 *
 *     v <- rho v + (1 - rho) g^2        w <- w - gamma g / (sqrt(v) + epsilon)
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct rmsprop {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
    struct moments moments;
    real *v; /* [layout->size] */
};

extern const struct optimizer_ops rmsprop_ops;

static const struct key keys[] = {
    {"rho", KEY_REAL, 0, 0.999999, "0.9", NULL, "what is left of the mean square at a step of the block"},
    {"epsilon", KEY_REAL, 1e-12, 1, "1e-8", NULL, "added to the root of the mean square that divides"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct rmsprop *o = memory_new(1, sizeof *o);
    double rho = config_real(c, "optimizer.rho");
    *o = (struct rmsprop){.base = {.ops = &rmsprop_ops},
                          .layout = layout,
                          .kernel = kernel_get(),
                          .moments = {.keep2 = (real)rho,
                                      .take2 = (real)(1 - rho),
                                      .wide = 1,
                                      .epsilon = (real)config_real(c, "optimizer.epsilon")},
                          .v = memory_lines(layout->size, sizeof(real))};
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct rmsprop *o = (struct rmsprop *)base;
    memory_free(o->v);
    memory_free(o);
}

RACY static void step(struct optimizer *base, real *w, const struct grad *g, real length, uint64_t k)
{
    const struct rmsprop *o = (const struct rmsprop *)base;
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

const struct optimizer_ops rmsprop_ops = {
    .name = "rmsprop",
    .summary = "a rate for each weight: divided by the root of the running mean of its squared gradients",
    .keys = keys,
    .needs_sum = true,
    .create = create,
    .destroy = destroy,
    .step = step,
};

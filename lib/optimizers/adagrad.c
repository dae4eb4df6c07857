/* SPDX-License-Identifier: MIT
 *
 * adagrad: a rate for each weight that falls with what its gradients sum up to (Duchi, Hazan & Singer 2011,
 * "Adaptive subgradient methods for online learning and stochastic optimization", diagonal form); and rmsprop,
 * where old gradients are forgotten (Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6.5):
 *
 *     adagrad    v <- v + g^2
 *     rmsprop    v <- rho v + (1 - rho) g^2        both: w <- w - gamma g / (sqrt(v) + epsilon)
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

extern const struct optimizer_ops adagrad_ops, rmsprop_ops;

static const struct key adagrad_keys[] = {
    {"epsilon", KEY_REAL, 1e-12, 1, "1e-8", NULL,
     "added to the square root of the sum of squares, in the denominator"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const struct key rmsprop_keys[] = {
    {"rho", KEY_REAL, 0, 0.999999, "0.9", NULL, "decay of the mean square, at each step of the block"},
    {"epsilon", KEY_REAL, 1e-12, 1, "1e-8", NULL,
     "added to the square root of the mean square, in the denominator"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *make(const struct optimizer_ops *ops, const struct config *c,
                              const struct layout *layout, double keep, double take)
{
    struct adagrad *o = memory_new(1, sizeof *o);
    *o = (struct adagrad){.base = {.ops = ops},
                          .layout = layout,
                          .kernel = kernel_get(),
                          .moments = {.keep2 = (real)keep,
                                      .take2 = (real)take,
                                      .wide = 1,
                                      .epsilon = (real)config_real(c, "optimizer.epsilon")},
                          .v = memory_lines(layout->size, sizeof(real))};
    return &o->base;
}

static struct optimizer *create_adagrad(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    return make(&adagrad_ops, c, layout, 1, 1);
}

static struct optimizer *create_rmsprop(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    double rho = config_real(c, "optimizer.rho");
    return make(&rmsprop_ops, c, layout, rho, 1 - rho);
}

static void destroy(struct optimizer *base)
{
    struct adagrad *o = (struct adagrad *)base;
    memory_free(o->v);
    memory_free(o);
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct adagrad *o = (const struct adagrad *)base;
    const struct gradient *g = s->blocks;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            size_t at = group->offset + b->id[i] * layout_block(group);
            o->kernel->adapt(step_block(s, w, group, b->group, b->id[i]), NULL, o->v + at, b->row,
                             layout_block(group), &o->moments, s->length);
        }
    }
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct adagrad *o = (struct adagrad *)base;
    state_add(list, "v", o->v, o->layout->size, sizeof *o->v);
}

const struct optimizer_ops adagrad_ops = {
    .name = "adagrad",
    .summary = "a rate for each weight: divided by the root of the sum of its squared gradients",
    .keys = adagrad_keys,
    .needs_sum = true,
    .create = create_adagrad,
    .destroy = destroy,
    .step = step,
    .state = state,
};

const struct optimizer_ops rmsprop_ops = {
    .name = "rmsprop",
    .summary = "a rate for each weight: divided by the root of the running mean of its squared gradients",
    .keys = rmsprop_keys,
    .needs_sum = true,
    .needs_exact = true,
    .create = create_rmsprop,
    .destroy = destroy,
    .step = step,
    .state = state,
};

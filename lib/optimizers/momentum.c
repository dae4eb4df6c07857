/* SPDX-License-Identifier: MIT
 *
 * momentum: the heavy ball (Polyak 1964, "Some methods of speeding up the convergence of iteration methods"); and
 * nesterov, the accelerated gradient in the form of Sutskever et al. 2013 ("On the importance of initialization and
 * momentum in deep learning"): the gradient is taken where the last direction leads, at theta + mu v.
 *
 *     momentum   m <- mu m + g                             w <- w - gamma m
 *     nesterov   v <- mu v - gamma grad(theta + mu v)      theta <- theta + v
 *
 * In nesterov w is that point, theta + mu v, as R reads it, and v is -gamma m. At a constant rate and without decay
 * this is
 *
 *     nesterov   m <- mu m + g                             w <- w - gamma (g + mu m)
 *
 * A model is saved at that point, too: theta itself is nowhere. m is in units of the gradient, so a change of the rate
 * bears on all of it at once. Of a block that a sample does not touch neither m nor w moves (lib/learn/optimizer.h): a
 * rare feature remembers its own last occurrences, not how long ago they were.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"

struct momentum {
    struct optimizer base;
    const struct layout *layout;
    real mu;
    real *m; /* [layout->size] */
};

extern const struct optimizer_ops momentum_ops, nesterov_ops;

static const struct key keys[] = {
    {"momentum", KEY_REAL, 0, 0.999999, "0.9", NULL,
     "share of the last direction that a step keeps; it multiplies the effect of the rate by 1/(1 - "
     "momentum)"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *make(const struct optimizer_ops *ops, const struct config *c,
                              const struct layout *layout)
{
    struct momentum *o = memory_new(1, sizeof *o);
    *o = (struct momentum){{.ops = ops},
                           layout,
                           (real)config_real(c, "optimizer.momentum"),
                           memory_lines(layout->size, sizeof(real))};
    return &o->base;
}

static struct optimizer *create_momentum(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    return make(&momentum_ops, c, layout);
}

static struct optimizer *create_nesterov(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    return make(&nesterov_ops, c, layout);
}

static void destroy(struct optimizer *base)
{
    struct momentum *o = (struct momentum *)base;
    memory_free(o->m);
    memory_free(o);
}

RACY static void move(real *restrict w, real *restrict m, const real *restrict g, size_t n, real mu,
                      real length)
{
    for (size_t i = 0; i < n; i++) {
        real next = mu * m[i] + g[i];
        m[i] = next;
        w[i] -= length * next;
    }
}

RACY static void move_ahead(real *restrict w, real *restrict m, const real *restrict g, size_t n, real mu,
                            real length)
{
    for (size_t i = 0; i < n; i++) {
        real next = mu * m[i] + g[i];
        m[i] = next;
        w[i] -= length * (g[i] + mu * next);
    }
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct momentum *o = (const struct momentum *)base;
    const struct gradient *g = s->blocks;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            real *m = o->m + group->offset + b->id[i] * layout_block(group);
            (base->ops == &nesterov_ops ? move_ahead : move)(step_block(s, w, group, b->group, b->id[i]), m,
                                                             b->row, layout_block(group), o->mu, s->length);
        }
    }
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct momentum *o = (struct momentum *)base;
    state_add(list, "m", o->m, o->layout->size, sizeof *o->m);
}

const struct optimizer_ops momentum_ops = {
    .name = "momentum",
    .summary = "heavy ball: a step along the decaying sum of a block's gradients",
    .keys = keys,
    .needs_sum = true,
    .create = create_momentum,
    .destroy = destroy,
    .step = step,
    .state = state,
};

const struct optimizer_ops nesterov_ops = {
    .name = "nesterov",
    .summary = "accelerated gradient: as momentum, but the gradient is taken where the last direction leads",
    .keys = keys,
    .needs_sum = true,
    .create = create_nesterov,
    .destroy = destroy,
    .step = step,
    .state = state,
};

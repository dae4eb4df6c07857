/* SPDX-License-Identifier: MIT
 *
 * compensate: delay compensation (Zheng et al. 2017, "Asynchronous stochastic gradient descent with delay
 * compensation"). A gradient was computed at the weights that its worker read, and others have written since:
 *
 *     worker    R: x_bak ──────── G: g ──────── W: x ← what counts now, scale * w
 *     others              W        W
 *
 * The gradient that would be due is g(x) = g(x_bak) + H (x - x_bak) + …, and lambda g g, element by element, stands
 * for the diagonal of the Hessian H (Eq 10):
 *
 *     g~ = g + lambda g g (x - x_bak)            dc-c: lambda = lambda0
 *                                                dc-a: lambda = lambda0 / sqrt(v + 1e-7)         (Eq 14)
 *                                                      v <- m v + (1-m) g g, before it is used
 *
 * g~ goes to a base rule. Of a block that nobody has written since, the base rule gets g itself: so without delay, and
 * for lambda0 = 0, every bit is the base rule's. sgd takes bundles as the model made them, and what compensates
 * comes after them as rows of its own.
 *
 * Like w, v is written without locks, and of blocks that a sample does not touch neither moves.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"

#include <math.h>
#include <string.h>

#define TINY 1e-7 /* in Eq 14 */

struct compensate {
    struct optimizer base;
    const struct layout *layout;
    struct optimizer *rule; /* that gets what is compensated */
    real lambda0, keep, take; /* m, 1 - m */
    bool adaptive, each; /* dc-a; v for each worker */
    uint32_t nsquares;
    real **square; /* [nsquares] v [layout->size] of all workers, or of each */
};

extern const struct optimizer_ops dc_c_ops, dc_a_ops, momentum_ops, sgd_ops;

#define BASE_KEYS                                                                                            \
    {"base", KEY_CHOICE, 0, 0, "sgd", "sgd|momentum", "the rule that applies the compensated gradient"},     \
        {"atomic", KEY_BOOL, 0, 0, "false", NULL, "for base sgd: as there"},                                 \
    {                                                                                                        \
        "momentum", KEY_REAL, 0, 0.999999, "0.9", NULL, "for base momentum: as there"                        \
    }

static const struct key dc_c_keys[] = {
    BASE_KEYS,
    {"lambda0", KEY_REAL, 0, 1e9, "0.04", NULL, "strength of the compensation; 0: none"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const struct key dc_a_keys[] = {
    BASE_KEYS,
    {"lambda0", KEY_REAL, 0, 1e9, "2", NULL,
     "strength of the compensation, to be divided by the root of the mean square; 0: none"},
    {"mean_square", KEY_CHOICE, 0, 0, "global", "global|worker",
     "of the gradients of all workers; or for each worker of its own, which takes memory for each"},
    {"mean_square_decay", KEY_REAL, 0, 0.999999, "0.95", NULL,
     "what is left of the mean square at a step of the block; 0: this gradient alone"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct compensate *make(const struct optimizer_ops *ops, const struct config *c,
                               const struct layout *layout, struct error *e)
{
    bool momentum = strcmp(config_string(c, "optimizer.base"), "momentum") == 0;
    struct compensate *o = memory_new(1, sizeof *o);
    *o = (struct compensate){.base = {.ops = ops},
                             .layout = layout,
                             .rule = (momentum ? &momentum_ops : &sgd_ops)->create(c, layout, e),
                             .lambda0 = (real)config_real(c, "optimizer.lambda0")};
    return o;
}

static struct optimizer *create_c(const struct config *c, const struct layout *layout, struct error *e)
{
    return &make(&dc_c_ops, c, layout, e)->base;
}

static struct optimizer *create_a(const struct config *c, const struct layout *layout, struct error *e)
{
    struct compensate *o = make(&dc_a_ops, c, layout, e);
    double keep = config_real(c, "optimizer.mean_square_decay");
    o->keep = (real)keep;
    o->take = (real)(1 - keep);
    o->adaptive = true;
    o->each = strcmp(config_string(c, "optimizer.mean_square"), "worker") == 0;
    return &o->base;
}

static void prepare(struct optimizer *base, uint32_t workers)
{
    struct compensate *o = (struct compensate *)base;
    o->rule->steps = base->steps;
    o->nsquares = !o->adaptive ? 0 : o->each ? workers : 1;
    o->square = memory_new(o->nsquares, sizeof *o->square);
    for (uint32_t k = 0; k < o->nsquares; k++) /* not memory_lines: a worker may touch few of the pages */
        o->square[k] = memory_new(o->layout->size, sizeof(real));
}

static void destroy(struct optimizer *base)
{
    struct compensate *o = (struct compensate *)base;
    for (uint32_t k = 0; k < o->nsquares; k++)
        memory_free(o->square[k]);
    memory_free(o->square);
    o->rule->ops->destroy(o->rule);
    memory_free(o);
}

/* seen <- x - x_bak; is any of it not 0? */
RACY static bool compare(real *restrict seen, const real *restrict w, size_t n, const struct step *s)
{
    unsigned moved = 0;
    for (size_t i = 0; i < n; i++) {
        real gap = s->scale * w[i] - s->scale_seen * seen[i];
        seen[i] = gap;
        moved |= gap != 0;
    }
    return moved;
}

RACY static void mean_square(real *restrict v, const real *restrict g, size_t n, real keep, real take)
{
    for (size_t i = 0; i < n; i++)
        v[i] = keep * v[i] + take * g[i] * g[i];
}

/* gap <- base + lambda g g gap, and `base` as it is where nothing is to be added: -0 + 0 would be 0. In this order of
 * the factors a product with a 0 in it is 0, however large g is. `base` is g or zeros, v is NULL in dc-c. */
RACY static void correct(real *restrict gap, const real *g, const real *base, const real *v, size_t n,
                         real lambda0)
{
    for (size_t i = 0; i < n; i++) {
        real lambda = v ? (real)((double)lambda0 / sqrt((double)v[i] + TINY)) : lambda0;
        real more = lambda * gap[i] * g[i] * g[i], from = base ? base[i] : 0;
        gap[i] = more == 0 ? from : from + more;
    }
}

/* Of each block make the row that the base rule gets: g~, or where that is linear what is to be added to g; where
 * this changes nothing, NULL. */
RACY static void compensate(const struct compensate *o, real *w, const struct step *s)
{
    for (size_t j = 0; j < s->blocks->count; j++) {
        const struct bundle *b = &s->blocks->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        size_t n = layout_block(group), at = group->offset + b->id[0] * n;
        const real *now = step_block(s, w, group, b->group, b->id[0]);
        real *v = o->adaptive ? o->square[o->each ? s->worker : 0] + at : NULL;
        if (v)
            mean_square(v, b->row, n, o->keep, o->take);
        if (!s->seen)
            continue;
        if (compare(s->seen[j], now, n, s))
            correct(s->seen[j], b->row, o->rule->ops->needs_sum ? b->row : NULL, v, n, o->lambda0);
        else
            s->seen[j] = NULL;
    }
}

static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct compensate *o = (const struct compensate *)base;
    const struct optimizer_ops *rule = o->rule->ops;
    compensate(o, w, s);
    if (!s->seen || !rule->needs_sum)
        rule->step(o->rule, w, s);
    for (size_t j = 0; s->seen && j < s->blocks->count; j++) { /* in parts, each block once */
        struct bundle b = s->blocks->bundle[j];
        struct grad one = {&b, 1, 1};
        struct step part = *s;
        part.bundles = part.blocks = &one;
        if (s->seen[j])
            b.row = s->seen[j];
        else if (!rule->needs_sum)
            continue;
        rule->step(o->rule, w, &part);
    }
}

const struct optimizer_ops dc_c_ops = {
    .name = "dc-c",
    .summary = "delay compensation of constant strength around sgd or momentum (Zheng et al. 2017)",
    .keys = dc_c_keys,
    .needs_sum = true,
    .needs_seen = true,
    .create = create_c,
    .destroy = destroy,
    .prepare = prepare,
    .step = step,
};

const struct optimizer_ops dc_a_ops = {
    .name = "dc-a",
    .summary = "delay compensation whose strength adapts to the mean square of the gradients",
    .keys = dc_a_keys,
    .needs_sum = true,
    .needs_seen = true,
    .create = create_a,
    .destroy = destroy,
    .prepare = prepare,
    .step = step,
};

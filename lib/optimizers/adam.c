/* SPDX-License-Identifier: MIT
 *
 * adam: steps of about the rate's size along the running mean of gradients (Kingma & Ba 2015, "Adam: a method for
 * stochastic optimization", Algorithm 1):
 *
 *     m <- beta1 m + (1 - beta1) g          m^ = m / (1 - beta1^t)
 *     v <- beta2 v + (1 - beta2) g^2        v^ = v / (1 - beta2^t)        w <- w - gamma m^ / (sqrt(v^) + epsilon)
 *
 * t counts the steps of the block, not of the run: m and v of a block know only of its own. Instead of t the block
 * keeps beta1^t and beta2^t, which is what t is for. With decay it is AdamW.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct powers { /* what is not yet in a block's means: beta^t */
    double beta1, beta2;
};

struct adam {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
    double beta1, beta2;
    real epsilon;
    real *m, *v; /* [layout->size] each */
    struct powers *powers; /* [layout->nblocks] */
};

extern const struct optimizer_ops adam_ops;

static const struct key keys[] = {
    {"beta1", KEY_REAL, 0, 0.999999, "0.9", NULL, "decay of the mean gradient, at each step of the block"},
    {"beta2", KEY_REAL, 0, 0.999999, "0.999", NULL, "decay of the mean square, at each step of the block"},
    {"epsilon", KEY_REAL, 1e-12, 1, "1e-8", NULL,
     "added to the square root of the mean square, in the denominator"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct adam *o = memory_new(1, sizeof *o);
    *o = (struct adam){.base = {.ops = &adam_ops},
                       .layout = layout,
                       .kernel = kernel_get(),
                       .beta1 = config_real(c, "optimizer.beta1"),
                       .beta2 = config_real(c, "optimizer.beta2"),
                       .epsilon = (real)config_real(c, "optimizer.epsilon"),
                       .m = memory_lines(layout->size, sizeof(real)),
                       .v = memory_lines(layout->size, sizeof(real)),
                       .powers = memory_lines(layout->nblocks, sizeof(struct powers))};
    for (uint32_t k = 0; k < layout->nblocks; k++)
        o->powers[k] = (struct powers){1, 1};
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct adam *o = (struct adam *)base;
    memory_free(o->m);
    memory_free(o->v);
    memory_free(o->powers);
    memory_free(o);
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct adam *o = (const struct adam *)base;
    const struct gradient *g = s->blocks;
    struct moments c = {(real)o->beta1, (real)(1 - o->beta1), (real)o->beta2, (real)(1 - o->beta2), 1,
                        o->epsilon};
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            size_t at = group->offset + b->id[i] * layout_block(group);
            struct powers *kept = &o->powers[group->first + b->id[i]];
            struct powers p = {kept->beta1 * o->beta1, kept->beta2 * o->beta2};
            *kept = p; /* others may write it meanwhile, and 1 - p must not be 0: from here on the copy */
            c.wide = (real)(1 / (1 - p.beta2));
            o->kernel->adapt(step_block(s, w, group, b->group, b->id[i]), o->m + at, o->v + at, b->row,
                             layout_block(group), &c, (real)((double)s->length / (1 - p.beta1)));
        }
    }
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct adam *o = (struct adam *)base;
    state_add(list, "m", o->m, o->layout->size, sizeof *o->m);
    state_add(list, "v", o->v, o->layout->size, sizeof *o->v);
    state_add(list, "powers", o->powers, o->layout->nblocks, sizeof *o->powers);
}

const struct optimizer_ops adam_ops = {
    .name = "adam",
    .summary = "steps of about the rate's size along the running mean of gradients; with l2, AdamW",
    .keys = keys,
    .needs_sum = true,
    .needs_exact = true,
    .create = create,
    .destroy = destroy,
    .step = step,
    .state = state,
};

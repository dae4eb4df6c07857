/* SPDX-License-Identifier: MIT
 *
 * quadratic: one weight x that is drawn to the labels it meets. No labeller: a model whose training is known in
 * closed form (lib/theory), to hold engines and optimizers against.
 *
 *     F(x) = sum over tokens of (x - a_y)^2 / 2          a_y: -1 … 1, spread evenly over the labels
 *
 * With two labels a is -1 and 1. Sentences of one token each are the experiment of He et al. (2018, Figure 1,
 * "Differential equations for modeling asynchronous algorithms"): there the gradient of a sample counts twice,
 * the number of samples in F, so that their eta is half our rate.
 *
 * The label nearest to x scores best; that makes it decode, and no more.
 */
#include "lib/base/memory.h"
#include "lib/learn/model.h"
#include "lib/num/chain.h"

#include <string.h>

struct quadratic {
    struct model base;
    uint32_t T;
    double start;
    real *target; /* [T] a_y */
};

struct quadratic_scratch {
    struct chain chain;
    real *row; /* [stride of x] */
};

extern const struct model_ops quadratic_ops;

static const struct key keys[] = {
    {"start", KEY_REAL, -1e6, 1e6, "4", NULL, "initial weight"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct model *create(const struct config *c, const struct space *space, struct error *e)
{
    (void)e;
    struct quadratic *m = memory_new(1, sizeof *m);
    m->base.ops = &quadratic_ops;
    m->T = vocab_count(space->labels);
    m->start = config_real(c, "model.start");
    m->target = memory_new(m->T, sizeof *m->target);
    for (uint32_t y = 0; y < m->T; y++)
        m->target[y] = m->T > 1 ? (real)(2.0 * y / (m->T - 1) - 1) : 0;
    layout_add(&m->base.layout, "x", 1, 1, 1, true);
    return &m->base;
}

static void destroy(struct model *base)
{
    struct quadratic *m = (struct quadratic *)base;
    memory_free(m->target);
    memory_free(m);
}

static void init(const struct model *base, real *w, struct rng *r)
{
    (void)r;
    w[0] = (real)((const struct quadratic *)base)->start;
}

static void *scratch_new(const struct model *base, struct capacity longest)
{
    struct quadratic_scratch *s = memory_new(1, sizeof *s);
    chain_init(&s->chain, ((const struct quadratic *)base)->T, longest.tokens, NULL);
    s->row = memory_lines(base->layout.group[0].stride, sizeof *s->row);
    return s;
}

static void scratch_free(void *scratch)
{
    struct quadratic_scratch *s = scratch;
    chain_free(&s->chain);
    memory_free(s->row);
    memory_free(s);
}

static const uint32_t only_block[1] = {0};

static size_t bundles(const struct model *base, struct capacity longest)
{
    (void)base;
    (void)longest;
    return 1;
}

static void touch(const struct model *base, const struct example *z, struct gradient *g)
{
    (void)base;
    (void)z;
    gradient_add(g, 0, 1, only_block, NULL);
}

/* The weight that counts, where the worker has it. */
RACY static real weight(const struct weights *w)
{
    return w->scale * (w->local && w->hot[0] ? w->local : w->w)[0];
}

RACY static double gradient(const struct model *base, const struct weights *w, const struct example *z,
                            struct gradient *g, void *scratch)
{
    const struct quadratic *m = (const struct quadratic *)base;
    struct quadratic_scratch *s = scratch;
    real x = weight(w), slope = 0;
    double loss = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        if (z->y[i] == EXAMPLE_OPEN)
            continue;
        real gap = x - m->target[z->y[i]];
        slope += gap;
        loss += (double)gap * (double)gap / 2;
    }
    s->row[0] = (real)example_weight(z) * slope;
    gradient_add(g, 0, 1, only_block, s->row);
    return example_weight(z) * loss;
}

/* Each token that has a label is half a square. */
static double convexity(const struct model *base, const struct example *z)
{
    uint32_t labels = 0;
    (void)base;
    for (uint32_t i = 0; i < z->n; i++)
        labels += z->y[i] != EXAMPLE_OPEN;
    return example_weight(z) * labels;
}

RACY static struct chain *lay(const struct model *base, const struct weights *w, const struct example *z,
                              void *scratch)
{
    const struct quadratic *m = (const struct quadratic *)base;
    struct chain *c = &((struct quadratic_scratch *)scratch)->chain;
    real x = weight(w);
    c->n = z->n;
    memset(c->edge, 0, (size_t)m->T * c->stride * sizeof(real));
    for (uint32_t i = 0; i < z->n; i++) {
        real *node = c->node + i * c->stride;
        memcpy(node, c->mask, c->stride * sizeof *node);
        for (uint32_t y = 0; y < m->T; y++)
            node[y] = -(x - m->target[y]) * (x - m->target[y]) / 2;
    }
    return c;
}

/* Training begins far from the optimum, where gradients are large: hence the low rate. */
static const struct model_variant variants[] = {
    {"plain", "", "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,1]\nU3\nB\n", 0.01, false},
    {NULL, NULL, NULL, 0, false},
};

const struct model_ops quadratic_ops = {
    .name = "quadratic",
    .summary = "one weight drawn to the labels: no labeller, but training has a closed form to compare with",
    .keys = keys,
    .values = true,
    .variants = variants,
    .create = create,
    .destroy = destroy,
    .init = init,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .max_bundles = bundles,
    .list_blocks = touch,
    .gradient = gradient,
    .convexity = convexity,
    .score = lay,
};

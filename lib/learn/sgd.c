/* SPDX-License-Identifier: MIT
 *
 * sgd: w <- w - gamma g (Eq 1 of Sun 2016). Linear in g, so the bundles are applied one by one as they
 * come: no sum per block is needed.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct sgd {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
};

extern const struct optimizer_ops sgd_ops;

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)c;
    (void)e;
    struct sgd *o = memory_new(1, sizeof *o);
    *o = (struct sgd){{.ops = &sgd_ops}, layout, kernel_get()};
    return &o->base;
}

static void destroy(struct optimizer *o)
{
    memory_free(o);
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct sgd *o = (const struct sgd *)base;
    const struct grad *g = s->bundles;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &o->layout->group[b->group];
        real *own = s->own ? s->own + group->offset : NULL;
        o->kernel->scatter(w + group->offset, own, own ? s->hot[b->group] : 0, layout_block(group), b->id,
                           b->count, -s->length, b->row);
    }
}

const struct optimizer_ops sgd_ops = {
    .name = "sgd",
    .summary = "stochastic gradient descent, one step a sample",
    .create = create,
    .destroy = destroy,
    .step = step,
};

/* SPDX-License-Identifier: MIT
 *
 * sgd: w <- w - gamma g (Eq 1 of Sun 2016). Linear in g, so the bundles are applied one by one as they
 * come: no sum per block is needed.
 *
 * `atomic: true` is for comparison only: what do updates cost that get lost between one thread's load and its store?
 * Each weight is then exchanged for the sum if it is still what was loaded, else loaded again. Nothing is lost, and it
 * is many times slower (docs/performance.md).
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct sgd {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
    bool atomic;
};

extern const struct optimizer_ops sgd_ops;

static const struct key keys[] = {
    {"atomic", KEY_BOOL, 0, 0, "false", NULL,
     "add to each weight by compare-and-swap, so that no update is lost; slow, for comparison only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* w += step * row, with no update lost. The sum is computed as the kernels do: the product is rounded first. */
static void add_atomic(real *w, size_t n, real step, const real *row)
{
    for (size_t i = 0; i < n; i++) {
        real change = step * row[i], old, new;
        __atomic_load(&w[i], &old, __ATOMIC_RELAXED);
        do
            new = old + change;
        while (!__atomic_compare_exchange(&w[i], &old, &new, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    }
}

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct sgd *o = memory_new(1, sizeof *o);
    const bool atomic = config_bool(c, "optimizer.atomic");
    *o = (struct sgd){{.ops = &sgd_ops, .lossless = atomic}, layout, kernel_get(), atomic};
    return &o->base;
}

static void destroy(struct optimizer *o)
{
    memory_free(o);
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct sgd *o = (const struct sgd *)base;
    const struct gradient *g = s->bundles;
    const real length = s->mean_of ? s->length / (real)s->mean_of : s->length;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &o->layout->group[b->group];
        if (o->atomic) {
            for (uint32_t i = 0; i < b->count; i++)
                add_atomic(step_block(s, w, group, b->group, b->id[i]), layout_block(group), -length, b->row);
            continue;
        }
        real *local = s->local ? s->local + group->offset : NULL;
        const uint32_t hot = local ? s->hot[b->group] : 0;
        if (b->line)
            o->kernel->scatter_lines(w + group->offset, local, hot, layout_block(group), b->id, b->count,
                                     b->line, b->lines, -length, b->row);
        else
            o->kernel->scatter(w + group->offset, local, hot, layout_block(group), b->id, b->count, -length,
                               b->row);
    }
}

const struct optimizer_ops sgd_ops = {
    .name = "sgd",
    .summary = "stochastic gradient descent, one step a sample",
    .keys = keys,
    .plain = true,
    .create = create,
    .destroy = destroy,
    .step = step,
};

/* SPDX-License-Identifier: MIT
 *
 * sgd: w <- w - gamma g (Eq 1 of Sun 2016). Linear in g, so the bundles are applied one by one as they
 * come: no sum per block is needed.
 *
 * `atomic: true` is for comparison only: what do updates cost that get lost between one thread's load and its store?
 * Each weight is then exchanged for the sum if it is still what was loaded, else loaded again. Nothing is
 * lost, and it is many times slower (docs/design.md).
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

struct sgd {
    struct optimizer base;
    const struct layout *layout;
    void (*scatter)(real *w, size_t stride, const uint32_t *id, size_t count, real step, const real *row);
};

extern const struct optimizer_ops sgd_ops;

static const struct key keys[] = {
    {"atomic", KEY_BOOL, 0, 0, "false", NULL,
     "add to each weight in one step, so that no update is lost: slow, to compare with"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* kernel.scatter, with no update lost. The sum is computed as the kernels do: the product is rounded first. */
static void scatter_atomic(real *w, size_t stride, const uint32_t *id, size_t count, real step,
                           const real *row)
{
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < stride; i++) {
            real *at = w + id[k] * stride + i, change = step * row[i], old, new;
            __atomic_load(at, &old, __ATOMIC_RELAXED);
            do
                new = old + change;
            while (!__atomic_compare_exchange(at, &old, &new, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
        }
}

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct sgd *o = memory_new(1, sizeof *o);
    bool atomic = config_bool(c, "optimizer.atomic");
    *o = (struct sgd){
        {.ops = &sgd_ops, .atomic = atomic}, layout, atomic ? scatter_atomic : kernel_get()->scatter};
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
        o->scatter(w + group->offset, layout_block(group), b->id, b->count, -s->length, b->row);
    }
}

const struct optimizer_ops sgd_ops = {
    .name = "sgd",
    .summary = "stochastic gradient descent, one step a sample",
    .keys = keys,
    .create = create,
    .destroy = destroy,
    .step = step,
};

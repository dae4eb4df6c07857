/* SPDX-License-Identifier: MIT
 *
 * delay_compensation: dc-c and dc-a (Zheng et al. 2017, "Asynchronous stochastic gradient descent with delay
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
 * g~ goes to a base optimizer. Of a block that nobody has written since, the base optimizer gets g itself: so without
 * delay, and for lambda0 = 0, every bit is the base optimizer's. sgd takes bundles as the model made them, and what
 * compensates comes after them as rows of its own.
 *
 * Like w, v is written without locks, and of blocks that a sample does not touch neither moves.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"
#include "lib/num/kernel.h"

#include <string.h>

#define TINY ((real)1e-7) /* in Eq 14 */
#define AHEAD 6 /* blocks whose memory is asked for before their turn */

struct compensate {
    struct optimizer base;
    const struct layout *layout;
    const struct kernel *kernel;
    struct optimizer *inner; /* that gets what is compensated */
    real lambda0, keep, take; /* m, 1 - m */
    uint32_t workers;
    bool adaptive, each; /* dc-a; v for each worker */
    void *storage;
    real *square; /* in it: v [layout->size] of all workers, or of each, one after another; NULL in dc-c */
};

extern const struct optimizer_ops dc_c_ops, dc_a_ops, momentum_ops, sgd_ops;

#define BASE_KEYS                                                                                            \
    {"base", KEY_CHOICE, 0, 0, "sgd", "sgd|momentum", "optimizer that applies the compensated gradient"},    \
        {"atomic", KEY_BOOL, 0, 0, "false", NULL, "with base sgd: as in that optimizer"},                    \
    {                                                                                                        \
        "momentum", KEY_REAL, 0, 0.999999, "0.9", NULL, "with base momentum: as in that optimizer"           \
    }

static const struct key dc_c_keys[] = {
    BASE_KEYS,
    {"lambda0", KEY_REAL, 0, 1e9, "0.04", NULL, "strength of the compensation; 0: none"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const struct key dc_a_keys[] = {
    BASE_KEYS,
    {"lambda0", KEY_REAL, 0, 1e9, "2", NULL,
     "strength of the compensation, before it is divided by the root of the mean square; 0: none\n"
     "if a CRF or a network diverges with 2, try 0.1"},
    {"mean_square", KEY_CHOICE, 0, 0, "global", "global|worker",
     "whose gradients the mean square is of\n"
     "global: those of all workers\n"
     "worker: those of each worker by itself, which takes memory for each"},
    {"mean_square_decay", KEY_REAL, 0, 0.999999, "0.95", NULL,
     "decay of the mean square, at each step of the block; 0: the square of this gradient alone"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct compensate *make(const struct optimizer_ops *ops, const struct config *c,
                               const struct layout *layout, struct error *e)
{
    bool momentum = strcmp(config_string(c, "optimizer.base"), "momentum") == 0;
    struct compensate *o = memory_new(1, sizeof *o);
    *o = (struct compensate){.base = {.ops = ops},
                             .layout = layout,
                             .kernel = kernel_get(),
                             .inner = (momentum ? &momentum_ops : &sgd_ops)->create(c, layout, e),
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
    o->inner->steps = base->steps;
    o->workers = workers;
    if (!o->adaptive)
        return;
    if (o->each) /* not memory_lines: a worker may touch few of the pages */
        o->storage = memory_new(workers * o->layout->size + 64 / sizeof(real), sizeof(real));
    else
        o->storage = memory_lines(o->layout->size, sizeof(real));
    o->square = (real *)(((uintptr_t)o->storage + 63) / 64 * 64);
}

static void destroy(struct optimizer *base)
{
    struct compensate *o = (struct compensate *)base;
    memory_free(o->storage);
    o->inner->ops->destroy(o->inner);
    memory_free(o);
}

RACY static void mean_square(real *restrict v, const real *restrict g, size_t n, real keep, real take)
{
    for (size_t i = 0; i < n; i++)
        v[i] = keep * v[i] + take * g[i] * g[i];
}

/* Of a long row the first lines suffice: the processor sees where it goes on. */
static void fetch(const real *row, size_t n)
{
    const size_t line = 64 / sizeof(real);
    for (size_t i = 0; i < n && i < 4 * line; i += line)
        __builtin_prefetch(row + i, 1);
}

/* Others were at work since R, so what belongs to a block is in no near cache. */
static void fetch_block(const struct compensate *o, const real *w, const real *v, const struct bundle *b)
{
    const struct group *group = &o->layout->group[b->group];
    size_t n = layout_block(group), at = group->offset + b->id[0] * n;
    fetch(w + at, n);
    if (v)
        fetch(v + at, n);
}

/* Of each block: v moves; then g becomes g~, or where the base optimizer is linear w takes what is added to g. */
RACY static void compensate(const struct compensate *o, real *w, const struct step *s)
{
    const struct delay_term term = {o->keep, o->take, o->lambda0 * s->scale, TINY, s->scale_seen / s->scale};
    real *square = o->square && o->each ? o->square + s->worker * o->layout->size : o->square;
    bool linear = !o->inner->ops->needs_sum;
    for (size_t j = 0; j < s->blocks->count; j++) {
        struct bundle *b = &s->blocks->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        size_t n = layout_block(group);
        real *v = square ? square + group->offset + b->id[0] * n : NULL;
        if (j + AHEAD < s->blocks->count)
            fetch_block(o, w, square, b + AHEAD);
        if (!s->seen) {
            mean_square(v, b->row, n, o->keep, o->take);
            continue;
        }
        real *row = linear ? NULL : s->seen[j];
        o->kernel->compensate(row, step_block(s, w, group, b->group, b->id[0]), s->seen[j], v, b->row, n,
                              &term, s->length);
        if (row)
            b->row = row;
    }
}

static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct compensate *o = (const struct compensate *)base;
    if (s->seen || o->adaptive)
        compensate(o, w, s);
    o->inner->ops->step(o->inner, w, s);
}

static size_t square_vectors(const struct compensate *o)
{
    return o->each ? o->workers : 1;
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct compensate *o = (struct compensate *)base;
    if (o->square)
        state_add(list, "v", o->square, square_vectors(o) * o->layout->size, sizeof *o->square);
    if (o->inner->ops->state)
        o->inner->ops->state(o->inner, list);
}

static size_t memory_bytes(const struct optimizer *base)
{
    const struct compensate *o = (const struct compensate *)base;
    return o->square && o->each ? square_vectors(o) * o->layout->size * sizeof *o->square : 0;
}

const struct optimizer_ops dc_c_ops = {
    .name = "dc-c",
    .summary = "delay compensation of constant strength around sgd or momentum (Zheng et al. 2017)",
    .keys = dc_c_keys,
    .needs_sum = true,
    .needs_seen = true,
    .divergence_hint = " or optimizer.lambda0",
    .create = create_c,
    .destroy = destroy,
    .prepare = prepare,
    .step = step,
    .state = state,
    .memory_bytes = memory_bytes,
};

const struct optimizer_ops dc_a_ops = {
    .name = "dc-a",
    .summary = "delay compensation whose strength adapts to the mean square of the gradients",
    .keys = dc_a_keys,
    .needs_sum = true,
    .needs_seen = true,
    .divergence_hint = " or optimizer.lambda0",
    .create = create_a,
    .destroy = destroy,
    .prepare = prepare,
    .step = step,
    .state = state,
    .memory_bytes = memory_bytes,
};

/* SPDX-License-Identifier: MIT
 *
 * adf: a rate for each feature, adapted to its frequency (Sun, Wang & Li 2012, "Fast online training with
 * frequency-adaptive learning rates for Chinese word segmentation and new word detection"). An epoch is cut into
 * windows of q samples. At the end of each, the rate of a feature that stood in a share u of its samples is
 * multiplied by
 *
 *     eta = alpha - u (alpha - beta)          alpha for the rarest, beta for one in every sample
 *
 * and w <- w - gamma r g with the block's r, 1 at first. A feature is a block here: all weights of a node feature,
 * of a rich edge feature, of the transitions. What windows did to r is made up for when the block is next
 * touched, which is when r is next needed. gamma is the schedule's; the paper's is constant. A step of several samples
 * counts for a feature as many as it stands in, all in the window of the step's first sample.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"

#include <math.h>

struct feature { /* of a block */
    real rate; /* r, as of the beginning of `window` */
    uint32_t seen; /* samples of `window` so far that touched it */
    uint64_t window;
};

struct adf {
    struct optimizer base;
    const struct layout *layout;
    uint64_t windows; /* of an epoch */
    double alpha, beta;
    struct feature *feature; /* [layout->nblocks] */
};

extern const struct optimizer_ops adf_ops;

static const struct key keys[] = {
    {"windows", KEY_INTEGER, 1, 1e6, "10", NULL,
     "windows of an epoch; the rates are adapted at the end of each"},
    {"decay_rare", KEY_REAL, 1e-6, 1, "0.995", NULL,
     "factor, at each window, on the rate of a feature that did not occur in it"},
    {"decay_frequent", KEY_REAL, 1e-6, 1, "0.6", NULL,
     "factor, at each window, on the rate of a feature that occurred in every sample; between the two the "
     "factor is linear in the frequency"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    double alpha = config_real(c, "optimizer.decay_rare"), beta = config_real(c, "optimizer.decay_frequent");
    if (beta > alpha) {
        config_fault(
            c, "optimizer.decay_frequent", e,
            "%g is above decay_rare, %g: frequent features are to be slowed down more than rare ones; "
            "use a lower value",
            beta, alpha);
        return NULL;
    }
    struct adf *o = memory_new(1, sizeof *o);
    *o = (struct adf){.base = {.ops = &adf_ops},
                      .layout = layout,
                      .windows = (uint64_t)config_integer(c, "optimizer.windows"),
                      .alpha = alpha,
                      .beta = beta,
                      .feature = memory_lines(layout->nblocks, sizeof(struct feature))};
    for (uint32_t k = 0; k < layout->nblocks; k++)
        o->feature[k].rate = 1;
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct adf *o = (struct adf *)base;
    memory_free(o->feature);
    memory_free(o);
}

/* Bring a feature from the window of its last sample to `window`: that one counts with what was seen in it, those
 * between with nothing. A thread that is late finds it brought further already. */
static struct feature adapt(const struct adf *o, struct feature f, uint64_t window)
{
    if (window <= f.window)
        return f;
    double share = fmin(1, f.seen * (double)o->windows / (double)o->base.steps);
    double factor = o->alpha - share * (o->alpha - o->beta);
    if (window - f.window > 1)
        factor *= pow(o->alpha, (double)(window - f.window - 1));
    return (struct feature){(real)((double)f.rate * factor), 0, window};
}

RACY static void move(real *restrict w, const real *restrict g, size_t n, real length)
{
    for (size_t i = 0; i < n; i++)
        w[i] -= length * g[i];
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct adf *o = (const struct adf *)base;
    const struct gradient *g = s->blocks;
    uint64_t window =
        s->number / base->steps * o->windows + s->number % base->steps * o->windows / base->steps;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            struct feature *kept = &o->feature[group->first + b->id[i]];
            struct feature f = adapt(o, *kept, window);
            f.seen += s->samples ? s->samples[j] : 1;
            *kept = f;
            move(step_block(s, w, group, b->group, b->id[i]), b->row, layout_block(group),
                 s->length * f.rate);
        }
    }
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct adf *o = (struct adf *)base;
    state_add(list, "features", o->feature, o->layout->nblocks, sizeof *o->feature);
}

const struct optimizer_ops adf_ops = {
    .name = "adf",
    .summary = "a rate for each feature that falls the faster the more frequent it is (Sun 2012)",
    .keys = keys,
    .needs_sum = true, /* a sample counts once, however often the block stands in it */
    .needs_samples = true,
    .create = create,
    .destroy = destroy,
    .step = step,
    .state = state,
};

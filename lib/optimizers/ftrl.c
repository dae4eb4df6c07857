/* SPDX-License-Identifier: MIT
 *
 * ftrl: FTRL-Proximal, whose L1 penalty makes weights that are exactly 0 (McMahan 2011, "Follow-the-regularized-leader
 * and mirror descent: equivalence theorems and L1 regularization"; McMahan et al. 2013, "Ad click prediction: a view
 * from the trenches", Algorithm 1). After step t every weight is what minimizes
 *
 *     g_{1:t} w + 1/2 sum_s sigma_s (w - w_s)^2 + lambda1 |w| + lambda2/2 w^2
 *
 * where sigma_1 + … + sigma_t = 1/eta_t is the inverse of the weight's rate, eta = gamma / (beta + sqrt(n)), and n is
 * the sum of g^2. What is linear in w is kept as the sum z. So
 *
 *     n <- n + g^2          sigma = 1/eta' - 1/eta          z <- z + g - sigma w
 *     w <- 0 if |z| <= lambda1, else -(z - sgn(z) lambda1) / (1/eta' + lambda2)
 *
 * with eta before the step and eta' after it. The papers have one rate gamma, their alpha (schedule constant): then
 * sigma = (sqrt(n + g^2) - sqrt(n)) / alpha. With another schedule gamma' is that of this step, and gamma that of the
 * block's step before. Without penalties the equations become w <- w - gamma' g / (beta + sqrt(n)): adagrad at the
 * schedule's rate.
 *
 * The penalties count once, beside the losses of all steps of the run. Where w rests, the minimum says
 * g_{1:t} + lambda1 sgn(w) + (lambda2 + beta/gamma) w = 0. In E epochs g_{1:t} is E sums over the training set, so
 * lambda1 weighs as a penalty of lambda1/E over the training set, and lambda2 likewise. (Where steps are of the mean
 * of b samples, it weighs b times as much.) A lambda1 that grew from step to step would change weights of blocks that
 * the sample does not have.
 *
 * Instead of z we keep v = -eta z, which is w before the penalties:
 *
 *     v <- v - eta' (g + sigma (v - w))          w <- sgn(v) max(0, |v| - eta' lambda1) / (1 + eta' lambda2)
 *
 * In exact numbers that is the same. But z is about w/eta, so a z that one thread wrote beside an n of another's would
 * make another w; v beside such an n is only cut at another threshold.
 *
 * A model may begin with weights that are not 0. Before the first gradient of such a weight, v is set so that the
 * closed form is that weight.
 *
 * All threads share v and n, and w follows from them. Where two threads write w at once, the next step of the block
 * writes what is due. A worker's own copy of w (lib/learn/local_copies.h) is merged by what it has changed. If two
 * copies were both set to the closed form, the same change would be merged twice. So a copy moves by the difference
 * that this step makes to the closed form. Sums of differences are not exactly 0, so at the end of an epoch all of w
 * is computed anew from v and n.
 */
#include "lib/base/memory.h"
#include "lib/learn/optimizer.h"

#include <math.h>

struct ftrl {
    struct optimizer base;
    const struct layout *layout;
    real lambda1, lambda2, beta;
    real *v, *n; /* [layout->size] each */
    real *rate; /* [layout->nblocks] of the block's last step; 0: it has had none */
};

extern const struct optimizer_ops ftrl_ops;

static const struct key keys[] = {
    {"lambda1", KEY_REAL, 0, 1e9, "1", NULL,
     "L1 penalty lambda1 ||w||_1 beside the losses of all epochs: with E epochs, lambda1/E over the training "
     "set\n"
     "the higher, the more weights are 0"},
    {"lambda2", KEY_REAL, 0, 1e9, "0", NULL, "L2 penalty lambda2/2 ||w||^2, likewise; l2.value must be 0"},
    {"beta", KEY_REAL, 1e-6, 1e6, "1", NULL,
     "added to the square root of the sum of squared gradients, by which the rate of a weight is divided"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct optimizer *create(const struct config *c, const struct layout *layout, struct error *e)
{
    (void)e;
    struct ftrl *o = memory_new(1, sizeof *o);
    *o = (struct ftrl){.base = {.ops = &ftrl_ops},
                       .layout = layout,
                       .lambda1 = (real)config_real(c, "optimizer.lambda1"),
                       .lambda2 = (real)config_real(c, "optimizer.lambda2"),
                       .beta = (real)config_real(c, "optimizer.beta"),
                       .v = memory_lines(layout->size, sizeof(real)),
                       .n = memory_lines(layout->size, sizeof(real)),
                       .rate = memory_lines(layout->nblocks, sizeof(real))};
    return &o->base;
}

static void destroy(struct optimizer *base)
{
    struct ftrl *o = (struct ftrl *)base;
    memory_free(o->v);
    memory_free(o->n);
    memory_free(o->rate);
    memory_free(o);
}

static real root(real x)
{
    return sizeof x == sizeof(double) ? (real)sqrt((double)x) : (real)sqrtf((float)x);
}

/* w of v. `inverse`: 1/eta. */
static inline real closed_form(const struct ftrl *o, real v, real inverse)
{
    const real cut = o->lambda1 / inverse;
    const real rest = v > cut ? v - cut : v < -cut ? v + cut : 0;
    return rest / (1 + o->lambda2 / inverse);
}

/* v of a w that the model began with. */
static inline real first_v(const struct ftrl *o, real w, real inverse)
{
    const real cut = o->lambda1 / inverse;
    return w * (1 + o->lambda2 / inverse) + (w > 0 ? cut : -cut);
}

/* The step of one block. `own`: w is a worker's copy of it. v and n are read once: others may write them. */
RACY static void move(const struct ftrl *o, real *restrict w, size_t at, const real *restrict g, size_t size,
                      real before, real rate, bool own)
{
    real *restrict v = o->v + at, *restrict n = o->n + at;
    for (size_t i = 0; i < size; i++) {
        const real n0 = n[i], n1 = n0 + g[i] * g[i], w0 = w[i];
        const real from = (o->beta + root(n0)) / before, to = (o->beta + root(n1)) / rate;
        const real v0 = n0 == 0 && w0 != 0 ? first_v(o, w0, from) : v[i];
        const real old = closed_form(o, v0, from);
        const real v1 = v0 - (g[i] + (to - from) * (v0 - old)) / to;
        const real now = closed_form(o, v1, to);
        v[i] = v1;
        n[i] = n1;
        w[i] = own ? w0 + (now - old) : now;
    }
}

RACY static void step(struct optimizer *base, real *w, const struct step *s)
{
    const struct ftrl *o = (const struct ftrl *)base;
    for (size_t j = 0; j < s->blocks->count; j++) {
        const struct bundle *b = &s->blocks->bundle[j];
        const struct group *group = &o->layout->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            const size_t size = layout_block(group);
            real *rate = &o->rate[group->first + b->id[i]];
            const real before = *rate > 0 ? *rate : s->length;
            *rate = s->length;
            move(o, step_block(s, w, group, b->group, b->id[i]), group->offset + b->id[i] * size, b->row,
                 size, before, s->length, s->local && b->id[i] < s->hot[b->group]);
        }
    }
}

static void settle(struct optimizer *base, real *w)
{
    const struct ftrl *o = (const struct ftrl *)base;
    for (uint32_t k = 0; k < o->layout->ngroups; k++) {
        const struct group *group = &o->layout->group[k];
        const size_t size = layout_block(group);
        for (uint32_t b = 0; b < group->count; b++) {
            const real rate = o->rate[group->first + b];
            const size_t at = group->offset + b * size;
            for (size_t i = at; rate > 0 && i < at + size; i++)
                if (o->n[i] > 0) /* else it is where the model put it */
                    w[i] = closed_form(o, o->v[i], (o->beta + root(o->n[i])) / rate);
        }
    }
}

static void state(struct optimizer *base, struct state_list *list)
{
    struct ftrl *o = (struct ftrl *)base;
    state_add(list, "v", o->v, o->layout->size, sizeof *o->v);
    state_add(list, "n", o->n, o->layout->size, sizeof *o->n);
    state_add(list, "rate", o->rate, o->layout->nblocks, sizeof *o->rate);
}

const struct optimizer_ops ftrl_ops = {
    .name = "ftrl",
    .summary = "FTRL-Proximal: a rate for each weight as in adagrad, and an L1 penalty that makes weights 0",
    .keys = keys,
    .needs_sum = true,
    .own_penalty = "lambda2",
    .sparse = true,
    .create = create,
    .destroy = destroy,
    .step = step,
    .settle = settle,
    .state = state,
};

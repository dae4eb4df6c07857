/* SPDX-License-Identifier: MIT
 *
 * maxent: a maximum entropy classifier (Berger, Della Pietra and Della Pietra 1996, "A maximum entropy approach to
 * natural language processing"), or multinomial logistic regression: for each token a softmax over its node features.
 * The labels of a sentence are independent:
 *
 *     p(y|x) = product over tokens i of exp(s_i[y_i]) / sum over labels k of exp(s_i[k])
 *     s_i    = sum of w[f] over the node features f of token i
 *
 *     group  blocks         a block
 *     node   one a feature  [T] weights of its labels
 *
 * It is a CRF without transitions, but a sentence of n tokens takes O(n T) instead of O(n T^2). B lines of the
 * template play no part.
 */
#include "lib/base/memory.h"
#include "lib/learn/model.h"
#include "lib/learn/origins.h"
#include "lib/learn/partial.h"
#include "lib/num/chain.h"
#include "lib/num/fetch.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

enum { NODE }; /* the group */

struct maxent {
    struct model base;
    uint32_t T;
    uint32_t far; /* ids from which on rows are asked for ahead (lib/num/fetch.h) */
    const struct kernel *kernel;
};

struct maxent_scratch {
    struct chain chain; /* its node scores become the rows of the gradient */
    real *allowed; /* [chain.stride] */
    real *times, *next; /* rows times values; where the next one goes */
};

extern const struct model_ops maxent_ops;

static struct model *create(const struct config *c, const struct space *space, struct error *e)
{
    const uint32_t T = vocab_count(space->labels);
    if (T > CHAIN_LABELS) {
        config_fault(c, "corpus.label", e,
                     "that column has %u labels, at most %d are expected; is it the right one?", T,
                     CHAIN_LABELS);
        return NULL;
    }
    struct maxent *m = memory_new(1, sizeof *m);
    *m = (struct maxent){.base.ops = &maxent_ops, .T = T, .kernel = kernel_get()};
    m->far = fetch_from(REAL_PAD(T) * sizeof(real));
    layout_add(&m->base.layout, "node", vocab_count(space->node), 1, T, false);
    return &m->base;
}

static void destroy(struct model *base)
{
    memory_free(base);
}

/* The loss is convex: all zero is as good a start as any. */
static void init(const struct model *base, real *w, struct rng *r)
{
    (void)base;
    (void)w;
    (void)r;
}

static void origins(const struct model *base, uint32_t group, const struct model *old,
                    const struct origins *o, uint32_t *row, uint32_t *column)
{
    (void)old;
    (void)column;
    memcpy(row, o->node, base->layout.group[group].count * sizeof *row);
}

static void parameters(const struct model *base, parameter_visit *visit, void *to)
{
    const struct group *node = &base->layout.group[NODE];
    for (uint32_t id = 0; id < node->count; id++)
        for (uint32_t y = 0; y < node->columns; y++)
            visit(to, &(struct parameter){PARAMETER_STATE, NODE, id, PARAMETER_NONE, y,
                                          node->offset + id * layout_block(node) + y});
}

/* Rows times values. */
static size_t scratch_bytes(const struct model *base, struct capacity longest)
{
    return (size_t)longest.values * REAL_PAD(((const struct maxent *)base)->T) * sizeof(real);
}

static void *scratch_new(const struct model *base, struct capacity longest)
{
    struct maxent_scratch *s = memory_new(1, sizeof *s);
    chain_init(&s->chain, ((const struct maxent *)base)->T, longest.tokens, NULL);
    s->allowed = memory_lines(s->chain.stride, sizeof *s->allowed);
    s->times = memory_reserve(1, scratch_bytes(base, longest));
    return s;
}

static void scratch_free(void *scratch)
{
    struct maxent_scratch *s = scratch;
    chain_free(&s->chain);
    memory_free(s->allowed);
    memory_free(s->times);
    memory_free(s);
}

static size_t max_bundles(const struct model *base, struct capacity longest)
{
    (void)base;
    return (size_t)longest.tokens + longest.values;
}

static void list_token(const struct model *m, const struct example *z, uint32_t i, const real *row,
                       struct gradient *g, struct maxent_scratch *s)
{
    gradient_add_valued(g, &m->layout, NODE, z->start[i + 1] - z->start[i], z->node + z->start[i],
                        z->value ? z->value + z->start[i] : NULL, row, s ? &s->next : NULL);
}

/* A row of the gradient of the loss becomes one of the loss times the sample's weight. */
static void list_weighed(const struct maxent *m, const struct example *z, uint32_t i, real *row,
                         struct gradient *g, struct maxent_scratch *s)
{
    if (z->weight)
        kernel_scale(row, s->chain.stride, (real)*z->weight);
    list_token(&m->base, z, i, row, g, s);
}

static void list_blocks(const struct model *base, const struct example *z, struct gradient *g)
{
    for (uint32_t i = 0; i < z->n; i++)
        list_token(base, z, i, NULL, g, NULL);
}

/* The scores of `count` tokens from `first` on. */
RACY static void gather(const struct maxent *m, const struct weights *w, const struct example *z,
                        uint32_t first, uint32_t count, struct chain *c)
{
    const size_t offset = m->base.layout.group[NODE].offset;
    const real *own = (w->local ? w->local : w->w) + offset;
    const uint32_t hot = w->local ? w->hot[NODE] : 0;
    real *out = c->node + (size_t)first * c->stride;
    if (z->value)
        m->kernel->gather_valued(w->w + offset, own, hot, c->stride, z->start + first, z->node, z->value,
                                 UINT32_MAX, count, w->scale, c->mask, out);
    else
        m->kernel->gather(w->w + offset, own, hot, c->stride, z->start + first, z->node, UINT32_MAX, count,
                          w->scale, c->mask, out);
}

RACY static struct chain *score(const struct model *base, const struct weights *w, const struct example *z,
                                void *scratch)
{
    const struct maxent *m = (const struct maxent *)base;
    struct chain *c = &((struct maxent_scratch *)scratch)->chain;
    c->n = z->n;
    memset(c->edge, 0, (size_t)m->T * c->stride * sizeof *c->edge);
    gather(m, w, z, 0, z->n, c);
    return c;
}

/* Maximum and sum, in lanes, which become one vector: the compiler may not reorder sums of reals by itself. */
static real maximum(const real *x, size_t n)
{
    real lane[REAL_LANES];
    memcpy(lane, x, sizeof lane);
    for (size_t k = REAL_LANES; k < n; k += REAL_LANES)
        for (size_t l = 0; l < REAL_LANES; l++)
            lane[l] = x[k + l] > lane[l] ? x[k + l] : lane[l];
    for (size_t l = 1; l < REAL_LANES; l++)
        lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    return lane[0];
}

static real sum(const real *x, size_t n)
{
    real lane[REAL_LANES] = {0};
    for (size_t k = 0; k < n; k += REAL_LANES)
        for (size_t l = 0; l < REAL_LANES; l++)
            lane[l] += x[k + l];
    for (size_t l = 1; l < REAL_LANES; l++)
        lane[0] += lane[l];
    return lane[0];
}

/* Scores become probabilities; returns the logarithm of the sum of their exponentials. x [n], a multiple of
 * REAL_LANES; pad lanes are CHAIN_FORBIDDEN, then 0. The greatest exponential is 1, so nothing overflows. */
static double softmax(const struct kernel *k, real *x, size_t n)
{
    const real greatest = maximum(x, n);
    k->exp(x, n, greatest);
    const real all = sum(x, n);
    kernel_scale(x, n, 1 / all);
    return (double)greatest + log((double)all);
}

/* The losses of a token: its label is y, or one of those allowed [T]. Its scores become the loss's derivatives. */

static double loss_of_label(const struct maxent *m, struct chain *c, uint32_t i, uint32_t y)
{
    real *row = c->node + (size_t)i * c->stride;
    const double right = (double)row[y], loss = softmax(m->kernel, row, c->stride) - right;
    row[y] -= 1;
    return loss;
}

static double loss_of_labels(const struct maxent *m, struct maxent_scratch *s, uint32_t i,
                             const uint8_t *allowed)
{
    struct chain *c = &s->chain;
    real *row = c->node + (size_t)i * c->stride;
    memcpy(s->allowed, c->mask, c->stride * sizeof *s->allowed);
    for (uint32_t y = 0; y < m->T; y++)
        s->allowed[y] = allowed[y] ? row[y] : CHAIN_FORBIDDEN;
    const double loss = softmax(m->kernel, row, c->stride) - softmax(m->kernel, s->allowed, c->stride);
    for (size_t y = 0; y < c->stride; y++)
        row[y] -= s->allowed[y];
    return loss < 0 ? 0 : loss; /* both are rounded */
}

/* Does it depend on the label before which labels an open token may have? */
static bool chained(const struct example *z)
{
    bool any = false;
    for (uint32_t i = 1; !any && i < z->n; i++)
        any = z->choice[i].follows != NULL;
    return any;
}

/* Of a sentence with open labels (lib/learn/partial.h) where each may be chosen by itself. A token of which nothing is
 * known has no gradient and is not read. */
RACY static double gradient_apart(const struct maxent *m, const struct weights *w, const struct example *z,
                                  struct gradient *g, struct maxent_scratch *s)
{
    double loss = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        if (!z->choice[i].allowed)
            continue;
        gather(m, w, z, i, 1, &s->chain);
        loss += z->y[i] == EXAMPLE_OPEN ? loss_of_labels(m, s, i, z->choice[i].allowed)
                                        : loss_of_label(m, &s->chain, i, z->y[i]);
        list_weighed(m, z, i, s->chain.node + (size_t)i * s->chain.stride, g, s);
    }
    return example_weight(z) * loss;
}

/* The same where labels depend on those before them: the labellings that are allowed form a chain. */
RACY static double gradient_chained(const struct maxent *m, const struct weights *w, const struct example *z,
                                    struct gradient *g, struct maxent_scratch *s)
{
    const struct chain *c = &s->chain;
    const double loss = partial_posterior(m->kernel, score(&m->base, w, z, s), z);
    for (uint32_t i = 0; i < z->n; i++)
        list_weighed(m, z, i, c->marginal + (size_t)i * c->stride, g, s);
    return example_weight(z) * loss;
}

/* Ask for the rows at position i of the sentence that comes next. */
FETCH void fetch_ahead(const struct maxent *m, const struct weights *w, const struct example *z, uint32_t i)
{
    const struct group *node = &m->base.layout.group[NODE];
    const uint32_t hot = w->local ? w->hot[NODE] : 0;
    fetch_rows(w->w + node->offset, node->stride, z->node + z->start[i], z->start[i + 1] - z->start[i],
               hot > m->far ? hot : m->far);
}

/* -log p(y|x), and by the scores of a token: its probabilities, less 1 at the truth. */
RACY static double gradient(const struct model *base, const struct weights *w, const struct example *z,
                            struct gradient *g, void *scratch)
{
    const struct maxent *m = (const struct maxent *)base;
    struct maxent_scratch *s = scratch;
    if (example_unlabelled(z) || example_weight(z) == 0)
        return 0;
    s->next = s->times;
    if (z->choice)
        return chained(z) ? gradient_chained(m, w, z, g, s) : gradient_apart(m, w, z, g, s);
    double loss = 0;
    gather(m, w, z, 0, z->n, &s->chain);
    for (uint32_t i = 0; i < z->n; i++) {
        loss += loss_of_label(m, &s->chain, i, z->y[i]);
        list_weighed(m, z, i, s->chain.node + (size_t)i * s->chain.stride, g, s);
        if (g->ahead && i < g->ahead->n)
            fetch_ahead(m, w, g->ahead, i);
    }
    for (uint32_t i = z->n; g->ahead && i < g->ahead->n; i++)
        fetch_ahead(m, w, g->ahead, i);
    return example_weight(z) * loss;
}

/* Where open labels depend on each other or on what is allowed, the loss is a difference of two convex functions. */
static double convexity(const struct model *base, const struct example *z)
{
    (void)base;
    return example_free(z) ? 0 : -1;
}

static const struct model_variant variants[] = {
    {"plain", "", "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,1]\nU3\n", 0.1, true},
    {"with B lines", "", "U0:%x[0,0]\nU1:%x[1,1]\nB\nB1:%x[0,1]\n", 0.1, true},
    {"values", "", NULL, 0.1, true},
    {NULL, NULL, NULL, 0, false},
};

const struct model_ops maxent_ops = {
    .name = "maxent",
    .summary = "a softmax for each token over its node features, without label transitions",
    .values = true,
    .variants = variants,
    .create = create,
    .destroy = destroy,
    .init = init,
    .origins = origins,
    .parameters = parameters,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .scratch_bytes = scratch_bytes,
    .max_bundles = max_bundles,
    .list_blocks = list_blocks,
    .gradient = gradient,
    .convexity = convexity,
    .score = score,
};

/* SPDX-License-Identifier: MIT
 *
 * dense_crf: a linear-chain conditional random field (Lafferty 2001) with rich edge features (Sun 2012,
 * 2016): besides node features (x, y_i) and transitions (y_{i-1}, y_i), every node feature that is
 * frequent in training also has weights for (x, y_{i-1}, y_i).
 *
 *     group  blocks                       a block
 *     node   one a feature                [T]    weights of its labels
 *     edge   one                          [T][T] label transitions (template line B)
 *     rich   one a frequent feature       [P]    weights of its transitions, all or those seen in training
 *     pair   one a B feature with macros  [P]    likewise
 *
 * Feature ids fall in frequency, so the rich features of a position are a prefix of its node features:
 * both groups use the example's own list of ids.
 */
#include "lib/base/memory.h"
#include "lib/learn/model.h"
#include "lib/learn/origins.h"
#include "lib/learn/partial.h"
#include "lib/num/beam.h"
#include "lib/num/chain.h"
#include "lib/num/fetch.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

#define ABSENT UINT32_MAX /* a group that this model does not have */
#define NONE UINT32_MAX /* no pair */

struct dense_crf {
    struct model base;
    uint32_t T;
    real negligible, prune;
    uint32_t frequent; /* node features with rich edges: ids 0 … frequent-1 */
    uint32_t node, edge, rich, pair; /* groups */
    struct chain_pairs pairs; /* P transitions */
    uint32_t *from, *to, *row; /* its arrays */
    uint32_t *number; /* [T][T] number of a transition among the pairs, or NONE */
    uint32_t far_node, far_rich; /* ids from which on rows are asked for ahead (lib/num/fetch.h) */
    const struct kernel *kernel;
};

struct crf_scratch {
    struct chain chain;
    real *zero; /* [P] */
    real *times, *next; /* rows times values; where the next one goes */
    struct beam beam; /* where the model prunes */
    uint32_t *frequent; /* [longest] how many features of a position have rich edges */
};

extern const struct model_ops dense_crf_ops;

static const struct key keys[] = {
    {"rich_edges", KEY_CHOICE, 0, 0, "none", "none|seen|all",
     "weights of a frequent feature for label transitions\n"
     "none: no such weights\n"
     "seen: for the transitions that training has\n"
     "all: for all T*T transitions"},
    {"rich_threshold", KEY_INTEGER, 0, 4e9, "10", NULL,
     "a feature is frequent if it occurs more often than this in training"},
    {"prune", KEY_REAL, 0, 0.1, "3e-4", NULL,
     "with weights for more than 32 transitions, in training: leave out labels of a token whose probability "
     "is\n"
     "below this times that of the best one, as far as can be told before\n"
     "0: leave out none, which is slower; so do adam and rmsprop always"},
    {"negligible", KEY_REAL, 0, 0.5, "0", NULL,
     "make no update from a token whose right label has a probability above 1 minus this; 0: update from "
     "every token"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool rich(const struct dense_crf *m)
{
    return m->rich != ABSENT || m->pair != ABSENT;
}

/* Number the transitions that have weights of their own, row by row. */
static void number_pairs(struct dense_crf *m, const struct space *space, bool all)
{
    uint32_t T = m->T, count = 0;
    m->number = memory_new((size_t)T * T, sizeof *m->number);
    m->row = memory_new(T + (size_t)1, sizeof *m->row);
    for (size_t k = 0; k < (size_t)T * T; k++) {
        if (k % T == 0)
            m->row[k / T] = count;
        m->number[k] = all || space->follows[k] ? count++ : NONE;
    }
    m->row[T] = count;
    m->from = memory_lines(REAL_PAD(count), sizeof *m->from);
    m->to = memory_lines(REAL_PAD(count), sizeof *m->to);
    for (uint32_t k = 0; k < T * T; k++)
        if (m->number[k] != NONE)
            m->from[m->number[k]] = k / T, m->to[m->number[k]] = k % T;
    m->pairs = (struct chain_pairs){count, REAL_PAD(count), m->from, m->to, m->row};
}

static struct model *create(const struct config *c, const struct space *space, struct error *e)
{
    if (vocab_count(space->labels) > CHAIN_LABELS) {
        config_fault(c, "corpus.label", e,
                     "that column has %u labels, at most %d are expected; is it the right one?",
                     vocab_count(space->labels), CHAIN_LABELS);
        return NULL;
    }
    const char *edges = config_string(c, "model.rich_edges");
    bool none = strcmp(edges, "none") == 0, all = strcmp(edges, "all") == 0;
    struct dense_crf *m = memory_new(1, sizeof *m);
    uint32_t T = m->T = vocab_count(space->labels);
    struct layout *l = &m->base.layout;
    m->base.ops = &dense_crf_ops;
    m->kernel = kernel_get();
    m->negligible = (real)config_real(c, "model.negligible");
    m->prune = (real)config_real(c, "model.prune");
    m->frequent = none ? 0 : space_frequent(space, (uint32_t)config_integer(c, "model.rich_threshold"));
    number_pairs(m, space, all);
    uint32_t P = m->pairs.count, B = vocab_count(space->edge);
    m->node = layout_add(l, "node", vocab_count(space->node), 1, T, false);
    m->edge = space->template->transitions ? layout_add(l, "edge", 1, T, T, true) : ABSENT;
    m->rich = m->frequent && P ? layout_add(l, "rich", m->frequent, 1, P, false) : ABSENT;
    m->pair = B && P ? layout_add(l, "pair", B, 1, P, false) : ABSENT;
    m->far_node = fetch_from(REAL_PAD(T) * sizeof(real));
    m->far_rich = fetch_from((m->pairs.stride / 2 + 1) * sizeof(real)); /* of which about half is read */
    return &m->base;
}

static void destroy(struct model *base)
{
    struct dense_crf *m = (struct dense_crf *)base;
    memory_free(m->from);
    memory_free(m->to);
    memory_free(m->row);
    memory_free(m->number);
    memory_free(m);
}

/* The loss is convex: all zero is as good a start as any. */
static void init(const struct model *base, real *w, struct rng *r)
{
    (void)base;
    (void)w;
    (void)r;
}

/* Blocks are of features, and columns of rich and pair of transitions. */
static void origins(const struct model *base, uint32_t group, const struct model *before,
                    const struct origins *o, uint32_t *row, uint32_t *column)
{
    const struct dense_crf *m = (const struct dense_crf *)base, *old = (const struct dense_crf *)before;
    const size_t blocks = base->layout.group[group].count;
    if (group == m->edge)
        return;
    memcpy(row, group == m->pair ? o->edge : o->node, blocks * sizeof *row);
    for (uint32_t k = 0; group != m->node && k < m->pairs.count; k++) {
        const bool labels = m->from[k] < old->T && m->to[k] < old->T;
        column[k] = labels ? old->number[m->from[k] * old->T + m->to[k]] : ORIGIN_NEW; /* as NONE */
    }
}

/* The weights of a group for transitions that are numbered: those of each block's feature. */
static void visit_pairs(const struct dense_crf *m, uint32_t group, enum parameter_kind kind,
                        parameter_visit *visit, void *to)
{
    const struct group *g = &m->base.layout.group[group];
    for (uint32_t id = 0; id < g->count; id++)
        for (uint32_t p = 0; p < m->pairs.count; p++)
            visit(to, &(struct parameter){kind, group, id, m->from[p], m->to[p],
                                          g->offset + id * layout_block(g) + p});
}

static void parameters(const struct model *base, parameter_visit *visit, void *to)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    const struct group *node = &base->layout.group[m->node];
    for (uint32_t id = 0; id < node->count; id++)
        for (uint32_t y = 0; y < m->T; y++)
            visit(to, &(struct parameter){PARAMETER_STATE, m->node, id, PARAMETER_NONE, y,
                                          node->offset + id * layout_block(node) + y});
    if (m->edge != ABSENT) /* row: the label before */
        parameter_group(base, m->edge, PARAMETER_TRANSITION, NULL, visit, to);
    if (m->rich != ABSENT)
        visit_pairs(m, m->rich, PARAMETER_RICH, visit, to);
    if (m->pair != ABSENT)
        visit_pairs(m, m->pair, PARAMETER_EDGE, visit, to);
}

/* Rows times values. */
static size_t scratch_bytes(const struct model *base, struct capacity longest)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    const size_t row = REAL_PAD(m->T) + (m->rich != ABSENT ? m->pairs.stride : 0);
    return (size_t)longest.values * row * sizeof(real);
}

/* Rows of pairs that are not wide have one or two cache lines: there is little to be left out. */
static bool prunes(const struct dense_crf *m)
{
    return m->prune > 0 && rich(m) && m->pairs.stride > REAL_WIDE;
}

static void *scratch_new(const struct model *base, struct capacity longest)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    struct crf_scratch *s = memory_new(1, sizeof *s);
    chain_init(&s->chain, m->T, longest.tokens, rich(m) ? &m->pairs : NULL);
    s->zero = memory_lines(m->pairs.stride, sizeof(real));
    s->times = memory_reserve(1, scratch_bytes(base, longest));
    s->frequent = memory_new(longest.tokens, sizeof *s->frequent);
    if (prunes(m))
        beam_init(&s->beam, &s->chain);
    return s;
}

static void scratch_free(void *scratch)
{
    struct crf_scratch *s = scratch;
    chain_free(&s->chain);
    beam_free(&s->beam);
    memory_free(s->frequent);
    memory_free(s->zero);
    memory_free(s->times);
    memory_free(s);
}

static size_t bundles(const struct model *base, struct capacity longest)
{
    (void)base;
    /* node, rich, pair at every position, for each value of node and rich; edge once */
    return 3 * (size_t)longest.tokens + 2 * (size_t)longest.values + 1;
}

static const uint32_t only_block[1] = {0}; /* of the edge group */

/* How many features of position i have rich edges: a prefix, as ids fall in frequency. */
static uint32_t frequent(const struct dense_crf *m, const struct example *z, uint32_t i)
{
    uint32_t n = 0;
    for (uint32_t k = z->start[i]; k < z->start[i + 1]; k++)
        n += z->node[k] < m->frequent;
    return n;
}

/* The bundles of position i: of its node features, and of those of the transition into it. */
static inline void list_node(const struct dense_crf *m, const struct example *z, uint32_t i, const real *row,
                             struct gradient *g, struct crf_scratch *s)
{
    gradient_add_valued(g, &m->base.layout, m->node, z->start[i + 1] - z->start[i], z->node + z->start[i],
                        z->value ? z->value + z->start[i] : NULL, row, s ? &s->next : NULL);
}

/* Where a pruned row of pairs is not 0; no lines: nowhere. */
static inline void list_lines(const struct dense_crf *m, const struct example *z, uint32_t i, const real *row,
                              struct gradient *g, const struct crf_scratch *s)
{
    const uint32_t begin = s->beam.line_end[i - 1], lines = s->beam.line_end[i] - begin;
    const uint32_t *line = s->beam.line + begin;
    g->left_out = g->left_out || !lines;
    if (lines && m->rich != ABSENT)
        gradient_add_lines(g, m->rich, s->frequent[i], z->node + z->start[i], row, line, lines);
    if (lines && m->pair != ABSENT)
        gradient_add_lines(g, m->pair, z->edge_start[i + 1] - z->edge_start[i], z->edge + z->edge_start[i],
                           row, line, lines);
}

static inline void list_pair(const struct dense_crf *m, const struct example *z, uint32_t i, const real *row,
                             struct gradient *g, struct crf_scratch *s)
{
    if (m->rich != ABSENT)
        gradient_add_valued(g, &m->base.layout, m->rich, frequent(m, z, i), z->node + z->start[i],
                            z->value ? z->value + z->start[i] : NULL, row, s ? &s->next : NULL);
    if (m->pair != ABSENT)
        gradient_add(g, m->pair, z->edge_start[i + 1] - z->edge_start[i], z->edge + z->edge_start[i], row);
}

static void touch(const struct model *base, const struct example *z, struct gradient *g)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    for (uint32_t i = 0; i < z->n; i++) {
        list_node(m, z, i, NULL, g, NULL);
        if (i)
            list_pair(m, z, i, NULL, g, NULL);
    }
    if (m->edge != ABSENT) /* read by a single token as well, not written */
        gradient_add(g, m->edge, 1, only_block, NULL);
}

/* The blocks of a group where they stand: in w, or in the worker's own copy. */
static const real *blocks(const struct dense_crf *m, const struct weights *w, uint32_t group, bool own)
{
    return (own ? w->local : w->w) + m->base.layout.group[group].offset;
}

RACY static void gather(const struct dense_crf *m, const struct weights *w, uint32_t group, size_t stride,
                        const uint32_t *start, const uint32_t *id, const float *value, uint32_t limit,
                        uint32_t n, const real *base, real *out)
{
    const real *shared = blocks(m, w, group, false), *own = blocks(m, w, group, w->local != NULL);
    const uint32_t hot = w->local ? w->hot[group] : 0;
    if (value)
        m->kernel->gather_valued(shared, own, hot, stride, start, id, value, limit, n, w->scale, base, out);
    else
        m->kernel->gather(shared, own, hot, stride, start, id, limit, n, w->scale, base, out);
}

/* Ask for the rows of the labels at position i of the sentence that comes next. */
FETCH void fetch_ahead(const struct dense_crf *m, const struct weights *w, const struct example *z,
                       uint32_t i)
{
    const uint32_t hot = w->local ? w->hot[m->node] : 0;
    fetch_rows(blocks(m, w, m->node, false), m->base.layout.group[m->node].stride, z->node + z->start[i],
               z->start[i + 1] - z->start[i], hot > m->far_node ? hot : m->far_node);
}

/* The scores of labels and of plain transitions. */
RACY static void lay_plain(const struct dense_crf *m, const struct weights *w, const struct example *z,
                           struct chain *c)
{
    c->n = z->n;
    if (m->edge != ABSENT) {
        const real *edge = blocks(m, w, m->edge, w->local && w->hot[m->edge]);
        for (size_t k = 0; k < (size_t)m->T * c->stride; k++)
            c->edge[k] = w->scale * edge[k]; /* once: others write them all the time */
    } else {
        memset(c->edge, 0, (size_t)m->T * c->stride * sizeof(real)); /* the caller may have changed them */
    }
    gather(m, w, m->node, c->stride, z->start, z->node, z->value, UINT32_MAX, z->n, c->mask, c->node);
}

RACY static void lay_pairs(const struct dense_crf *m, const struct weights *w, const struct example *z,
                           struct crf_scratch *s)
{
    struct chain *c = &s->chain;
    if (!rich(m) || z->n < 2)
        return;
    /* no transition leads into the first position */
    size_t P = m->pairs.stride;
    if (m->rich != ABSENT)
        gather(m, w, m->rich, P, z->start + 1, z->node, z->value, m->frequent, z->n - 1, s->zero,
               c->pair + P);
    if (m->pair == ABSENT)
        return;
    /* with no rich group the pair group alone fills the scores, else it adds to them */
    for (uint32_t i = 1; i < z->n; i++)
        gather(m, w, m->pair, P, z->edge_start + i, z->edge, NULL, UINT32_MAX, 1,
               m->rich != ABSENT ? c->pair + i * P : s->zero, c->pair + i * P);
}

RACY static struct chain *lay(const struct model *base, const struct weights *w, const struct example *z,
                              void *scratch)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    struct crf_scratch *s = scratch;
    lay_plain(m, w, z, &s->chain);
    lay_pairs(m, w, z, s);
    s->beam.dirty =
        z->n > s->beam.dirty ? z->n : s->beam.dirty; /* a posterior may follow, which fills their rows */
    return &s->chain;
}

static double gold_score(const struct dense_crf *m, const struct chain *c, const struct example *z)
{
    double score = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        uint32_t y = z->y[i];
        score += (double)c->node[i * c->stride + y];
        if (i == 0)
            continue;
        uint32_t p = m->number[z->y[i - 1] * m->T + y];
        score += (double)c->edge[z->y[i - 1] * c->stride + y];
        if (c->pairs && p != NONE)
            score += (double)c->pair[i * c->pairs->stride + p];
    }
    return score;
}

/* Is an update due to a row whose entry at the truth, p - 1, is this? */
static bool counts(const struct dense_crf *m, real truth)
{
    return m->negligible == 0 || -truth >= m->negligible;
}

/* As counts(), where several labels may be the truth: 1 minus theirs is the probability that the others lose to them.
 * Either side of it may be with transitions that have no entry. */
static bool counts_within(const struct dense_crf *m, const real *row, size_t n)
{
    real gained = 0, lost = 0;
    for (size_t k = 0; k < n; k++)
        *(row[k] < 0 ? &gained : &lost) += row[k];
    return m->negligible == 0 || -gained >= m->negligible || lost >= m->negligible;
}

/* A row of the gradient of the loss becomes one of the loss times the sample's weight. */
static inline void weigh(const struct example *z, real *row, size_t n)
{
    if (z->weight)
        kernel_scale(row, n, (real)*z->weight);
}

/* The gradient of -log of the sum of p(y|x) over all y that agree with the labels given (lib/learn/partial.h): the
 * expected features, less those expected among these y. */
static double gradient_partial(const struct dense_crf *m, struct crf_scratch *s, const struct example *z,
                               struct gradient *g)
{
    struct chain *c = &s->chain;
    double loss = partial_posterior(m->kernel, c, z);
    const size_t P = c->pairs ? c->pairs->stride : 0;
    for (uint32_t i = z->n; i-- > 0;) {
        real *row = c->marginal + i * c->stride, *pair = i && P ? c->pair_marginal + i * P : NULL;
        const bool node_counts = counts_within(m, row, m->T),
                   pair_counts = pair && counts_within(m, pair, m->pairs.count);
        weigh(z, row, c->stride);
        if (node_counts)
            list_node(m, z, i, row, g, s);
        if (pair)
            weigh(z, pair, P);
        if (pair_counts)
            list_pair(m, z, i, pair, g, s);
        g->left_out = g->left_out || !node_counts || (pair && !pair_counts);
    }
    weigh(z, c->expected, m->T * c->stride);
    if (z->n > 1 && m->edge != ABSENT)
        gradient_add(g, m->edge, 1, only_block, c->expected);
    return example_weight(z) * loss;
}

/* ---- few labels a position (lib/num/beam.h) */

/* Where the blocks of one group stand that a position reads. */
struct listed {
    const real *shared, *own;
    uint32_t hot;
};

static struct listed listed_of(const struct dense_crf *m, const struct weights *w, uint32_t group)
{
    return (struct listed){blocks(m, w, group, false), blocks(m, w, group, w->local != NULL),
                           w->local ? w->hot[group] : 0};
}

/* Ask for lines of pairs at position i. */
FETCH void fetch_pairs(const struct dense_crf *m, const struct listed *r, const struct example *z, uint32_t i,
                       const uint32_t *line, uint32_t lines)
{
    for (uint32_t k = z->start[i]; k < z->start[i + 1] && z->node[k] < m->frequent; k++)
        if (z->node[k] >= m->far_rich)
            fetch_lines((z->node[k] < r->hot ? r->own : r->shared) + z->node[k] * (size_t)m->pairs.stride,
                        line, lines);
}

#define FAINT (real)0.1 /* times prune: cache lines of pairs with a lower probability are not written */

/* The posterior among few labels, reading of pairs what leads from kept ones: log Z, NaN where that does not go
 * (beam_step). */
RACY static double posterior_pruned(const struct dense_crf *m, const struct weights *w,
                                    const struct example *z, const struct example *ahead,
                                    struct crf_scratch *s)
{
    struct chain *c = &s->chain;
    struct beam *b = &s->beam;
    const bool rich = m->rich != ABSENT;
    const struct listed r = rich ? listed_of(m, w, m->rich) : (struct listed){0},
                        e = m->pair != ABSENT ? listed_of(m, w, m->pair) : (struct listed){0};
    const size_t P = m->pairs.stride;
    lay_plain(m, w, z, c);
    beam_begin(b, m->kernel, c);
    for (uint32_t i = 0; i < z->n; i++) {
        s->frequent[i] = rich ? frequent(m, z, i) : 0;
        const uint32_t *line;
        const uint32_t lines = beam_lines(b, c, i, &line);
        if (i && rich)
            m->kernel->gather_lines(r.shared, r.own, r.hot, P, z->node + z->start[i], s->frequent[i], line,
                                    lines, w->scale, false, c->pair + i * P);
        if (i && m->pair != ABSENT)
            m->kernel->gather_lines(e.shared, e.own, e.hot, P, z->edge + z->edge_start[i],
                                    z->edge_start[i + 1] - z->edge_start[i], line, lines, w->scale, rich,
                                    c->pair + i * P);
        if (rich && i && i + 1 < z->n) /* most lines are the same from one position to the next */
            fetch_pairs(m, &r, z, i + 1, line, lines);
        if (ahead && i < ahead->n)
            fetch_ahead(m, w, ahead, i);
        if (!beam_step(b, m->kernel, c, i, m->prune, z->y[i]))
            return NAN;
    }
    return beam_finish(b, m->kernel, c, m->prune * FAINT, z->y);
}

/* grad -log p(y|x) = expected features - features of y: at every position the marginals, minus 1 at the
 * truth. */
RACY static double gradient(const struct model *base, const struct weights *w, const struct example *z,
                            struct gradient *g, void *scratch)
{
    const struct dense_crf *m = (const struct dense_crf *)base;
    if (example_unlabelled(z) || example_weight(z) == 0)
        return 0;
    struct crf_scratch *s = scratch;
    struct chain *c = &s->chain;
    s->next = s->times;
    double log_z = NAN;
    if (prunes(m) && !g->exact && z->n > 1 && !z->choice && !z->value)
        log_z = posterior_pruned(m, w, z, g->ahead, s);
    const bool pruned = !isnan(log_z);
    for (uint32_t i = pruned ? z->n : 0; g->ahead && i < g->ahead->n; i++)
        fetch_ahead(m, w, g->ahead, i);
    if (!pruned)
        lay(base, w, z, scratch);
    if (z->choice)
        return gradient_partial(m, s, z, g);
    if (!pruned)
        log_z = chain_posterior(m->kernel, c);
    const double score = gold_score(m, c, z);
    for (uint32_t i = z->n; i-- > 0;) { /* the last rows that were read are still in the first cache */
        const bool settled = pruned && beam_settled(&s->beam, i);
        real *row = c->marginal + i * c->stride;
        row[z->y[i]] -= 1;
        const bool due = !settled && counts(m, row[z->y[i]]);
        weigh(z, row, c->stride);
        if (due)
            list_node(m, z, i, row, g, s);
        else
            g->left_out = true;
        if (i == 0)
            continue;
        uint32_t before = z->y[i - 1], p = m->number[before * m->T + z->y[i]];
        c->expected[before * c->stride + z->y[i]] -= 1;
        if (!c->pairs)
            continue;
        real *pair = c->pair_marginal + i * c->pairs->stride;
        if (p != NONE)
            pair[p] -= 1;
        const bool pair_due =
            !(settled && beam_settled(&s->beam, i - 1)) && (p == NONE || counts(m, pair[p]));
        weigh(z, pair, c->pairs->stride);
        if (pair_due && pruned)
            list_lines(m, z, i, pair, g, s);
        else if (pair_due)
            list_pair(m, z, i, pair, g, s);
        else
            g->left_out = true;
    }
    weigh(z, c->expected, m->T * c->stride);
    if (z->n > 1 && m->edge != ABSENT)
        gradient_add(g, m->edge, 1, only_block, c->expected);
    return example_weight(z) * (log_z - score);
}

#define WORDS "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,1]\nU3\n"

/* With open labels the loss is a difference of two convex functions. */
static double convexity(const struct model *base, const struct example *z)
{
    (void)base;
    return example_open(z) && !example_unlabelled(z) ? -1 : 0;
}

static const struct model_variant variants[] = {
    {"plain", "rich_edges: none", WORDS "B\n", 0.1, true},
    {"no transitions", "rich_edges: none", WORDS, 0.1, true},
    {"rich seen", "rich_edges: seen\n  rich_threshold: 3", WORDS "B\n", 0.1, true},
    {"rich all", "rich_edges: all\n  rich_threshold: 3", WORDS "B\n", 0.1, true},
    {"rich alone", "rich_edges: seen\n  rich_threshold: 3", WORDS, 0.1, true},
    {"edge macros", "rich_edges: none", WORDS "B\nB1:%x[0,1]\nB2:%x[-1,0]\n", 0.1, true},
    {"everything", "rich_edges: seen\n  rich_threshold: 3", WORDS "B\nB1:%x[0,1]\n", 0.1, true},
    {"values", "rich_edges: seen\n  rich_threshold: 3", NULL, 0.1, true},
    {"pruned", "rich_edges: all\n  rich_threshold: 3\n  prune: 0.1", WORDS "B\n", 0.1, true},
    {NULL, NULL, NULL, 0, false},
};

const struct model_ops dense_crf_ops = {
    .name = "dense-crf",
    .summary = "linear-chain CRF with node, edge and rich edge features",
    .keys = keys,
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
    .max_bundles = bundles,
    .list_blocks = touch,
    .gradient = gradient,
    .convexity = convexity,
    .score = lay,
};

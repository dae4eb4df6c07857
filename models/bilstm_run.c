/* SPDX-License-Identifier: MIT
 *
 * bilstm_run: there and back: embeddings, layers, logits, the loss, and its derivatives in the opposite order
 * (Rumelhart, Hinton and Williams 1986). All of it is done with what is packed (bilstm_pack.h), a sentence or some.
 */
#include "lib/learn/partial.h"
#include "lib/num/kernel.h"
#include "models/bilstm_inside.h"

#include <math.h>
#include <string.h>

/* ---- there */

/* 0 with probability p, else 1 / (1 - p), by 16 random bits each. */
static void draw_mask(const struct bilstm *m, struct rng *r, real *mask, size_t n)
{
    const uint32_t out = (uint32_t)(m->dropout * 65536 + 0.5);
    const real keep = (real)(65536.0 / (65536.0 - out));
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k++, bits >>= 16) {
        if (k % 4 == 0)
            bits = rng_bits(r);
        mask[k] = (bits & 0xFFFF) < out ? 0 : keep;
    }
}

static void multiply(real *restrict to, const real *restrict by, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] *= by[k];
}

/* What goes into layer l, once it is there: with dropout, where there are numbers to draw from, or as it is. */
static void hand_on(const struct bilstm *m, struct scratch *s, uint32_t l, struct rng *rng)
{
    const size_t W = bilstm_width(m, l), size = s->pack.z.n * W;
    if (!(m->dropout > 0))
        return;
    if (l)
        memcpy(s->x[l], s->h[l - 1], size * sizeof(real));
    if (!rng)
        return;
    for (uint32_t t = 0; t < s->pack.z.n; t++)
        draw_mask(m, &rng[s->pack.who[t]], s->mask[l] + t * W, W);
    multiply(s->x[l], s->mask[l], size);
}

RACY static void output(const struct bilstm *m, struct scratch *s)
{
    const size_t T = REAL_PAD(m->T);
    dense_get()->product_transposed(&(struct product){.m = s->pack.z.n,
                                                      .k = 2 * m->S,
                                                      .n = m->T,
                                                      .A = s->x[m->layers],
                                                      .a_row = 2 * m->S,
                                                      .a_column = 1,
                                                      .B = s->at[m->out_w],
                                                      .b_row = 2 * m->S,
                                                      .base = s->at[m->out_b],
                                                      .C = s->logit,
                                                      .c_row = T});
}

static struct rows rows_of(const struct bilstm *m, struct scratch *s, uint32_t l, int side)
{
    return (struct rows){.pack = &s->pack,
                         .n = s->pack.z.n,
                         .x = s->x[l],
                         .dx = s->dx[l],
                         .h = s->h[l] + side * m->S,
                         .dh = s->dx[l + 1] + side * m->S};
}

/* The logits of what is packed. `draw` [sentences], NULL: nothing is drawn, and there is no way back. */
static void forward(const struct bilstm *m, const struct weights *w, const uint64_t *draw, struct scratch *s)
{
    const struct example *z = &s->pack.z;
    struct rng *rng = draw && draw[0] ? s->rng : NULL;
    for (uint32_t k = 0; rng && k < s->pack.count; k++)
        rng_init(&rng[k], draw[k], 0, 0);
    bilstm_find(m, w, s);
    input_lay(&m->input, &m->base.layout, w, z, rng, s->pack.who, &s->room, s->x[0], bilstm_width(m, 0));
    if (m->nparts)
        characters_forward(&m->characters, s->characters, w, &m->base.layout, m->char_embedding,
                           bilstm_parts(m, s), z, s->x[0] + m->input.width, bilstm_width(m, 0));
    hand_on(m, s, 0, rng);
    for (uint32_t l = 0; l < m->layers; l++) {
        memset(s->h[l] + z->n * 2 * m->S, 0, 2 * m->S * sizeof(real));
        for (int side = 0; side < 2; side++) {
            const struct matrices a = bilstm_matrices(m, s, l, side);
            struct rows rows = rows_of(m, s, l, side);
            rows.inference = !draw;
            direction_forward(&s->direction[l][side], &a, &rows);
        }
        hand_on(m, s, l + 1, rng);
    }
    output(m, s);
}

/* The k-th sentence of the pack as a chain. */
RACY static void lay_chain(const struct bilstm *m, struct scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    c->n = s->pack.sentence[k]->n;
    for (uint32_t t = 0; t < c->n; t++)
        for (size_t y = 0; y < c->stride; y++)
            c->node[t * c->stride + y] =
                y < m->T ? s->logit[pack_row(&s->pack, k, t) * c->stride + y] : CHAIN_FORBIDDEN;
    if (m->edge == ABSENT)
        memset(c->edge, 0, (size_t)m->T * c->stride * sizeof(real));
    else
        for (size_t i = 0; i < (size_t)m->T * c->stride; i++)
            c->edge[i] = s->at[m->edge][i];
}

struct chain *bilstm_lay(const struct model *base, const struct weights *w, const struct example *z,
                         void *scratch)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct scratch *s = scratch;
    pack_one(&s->pack, z);
    forward(m, w, NULL, s);
    lay_chain(m, s, 0);
    return &s->chain;
}

/* ---- losses: -log p(y|x), and in the place of the logits its derivatives by them, p - truth */

static inline double loss_of_token(const struct bilstm *m, real *p, uint32_t y)
{
    const size_t T = REAL_PAD(m->T);
    real most = p[0], sum = 0;
    for (uint32_t k = 1; k < m->T; k++)
        most = p[k] > most ? p[k] : most;
    const double score = (double)p[y] - (double)most;
    m->kernel->exp(p, T, most);
    for (uint32_t k = 0; k < m->T; k++)
        sum += p[k];
    for (uint32_t k = 0; k < T; k++)
        p[k] = k < m->T ? p[k] / sum : 0;
    p[y] -= 1;
    return log((double)sum) - score;
}

static double loss_of_tokens(const struct bilstm *m, struct scratch *s)
{
    double loss = 0;
    for (uint32_t i = 0; i < s->pack.z.n; i++)
        loss += loss_of_token(m, s->logit + i * REAL_PAD(m->T), s->pack.z.y[i]);
    return loss;
}

/* Labels are open in places. */
static double loss_within(const struct bilstm *m, struct scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    lay_chain(m, s, k);
    const double loss = partial_posterior(m->kernel, c, s->pack.sentence[k]);
    for (uint32_t i = 0; i < c->n; i++)
        memcpy(s->logit + pack_row(&s->pack, k, i) * c->stride, c->marginal + i * c->stride,
               c->stride * sizeof(real));
    for (size_t i = 0; c->n > 1 && m->edge != ABSENT && i < (size_t)m->T * c->stride; i++)
        s->edge[i] += c->expected[i];
    return loss;
}

/* Each label for itself: an open one has no loss. */
static double loss_of_known(const struct bilstm *m, struct scratch *s, uint32_t k)
{
    const struct example *z = s->pack.sentence[k];
    const size_t T = REAL_PAD(m->T);
    double loss = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        real *p = s->logit + pack_row(&s->pack, k, i) * T;
        if (z->y[i] == EXAMPLE_OPEN)
            memset(p, 0, T * sizeof *p);
        else
            loss += loss_of_token(m, p, z->y[i]);
    }
    return loss;
}

/* Some of the sentences have open labels. */
static double loss_of_partial(const struct bilstm *m, struct scratch *s)
{
    double loss = 0;
    for (uint32_t k = 0; k < s->pack.count; k++)
        loss += example_free(s->pack.sentence[k]) ? loss_of_known(m, s, k) : loss_within(m, s, k);
    return loss;
}

static bool partial(const struct pack *p)
{
    bool any = false;
    for (uint32_t k = 0; k < p->count; k++)
        any = any || p->sentence[k]->choice;
    return any;
}

static double loss_of_chain(const struct bilstm *m, struct scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    const uint32_t *y = s->pack.sentence[k]->y;
    if (example_unlabelled(s->pack.sentence[k])) {
        for (uint32_t i = 0; i < s->pack.sentence[k]->n; i++)
            memset(s->logit + pack_row(&s->pack, k, i) * c->stride, 0, c->stride * sizeof(real));
        return 0;
    }
    if (s->pack.sentence[k]->choice)
        return loss_within(m, s, k);
    lay_chain(m, s, k);
    double score = 0, log_z = chain_posterior(m->kernel, c);
    for (uint32_t i = 0; i < c->n; i++) {
        score += (double)c->node[i * c->stride + y[i]];
        c->marginal[i * c->stride + y[i]] -= 1;
        memcpy(s->logit + pack_row(&s->pack, k, i) * c->stride, c->marginal + i * c->stride,
               c->stride * sizeof(real));
        if (i == 0)
            continue;
        score += (double)c->edge[y[i - 1] * c->stride + y[i]];
        c->expected[y[i - 1] * c->stride + y[i]] -= 1;
    }
    for (size_t i = 0; c->n > 1 && i < (size_t)m->T * c->stride; i++)
        s->edge[i] += c->expected[i];
    return log_z - score;
}

static double loss_of_chains(const struct bilstm *m, struct scratch *s)
{
    double loss = 0;
    memset(s->edge, 0, m->T * REAL_PAD(m->T) * sizeof(real));
    for (uint32_t k = 0; k < s->pack.count; k++)
        loss += loss_of_chain(m, s, k);
    return loss;
}

/* ---- and back */

static void output_back(const struct bilstm *m, struct scratch *s)
{
    const size_t W = 2 * m->S, T = REAL_PAD(m->T);
    const uint32_t n = s->pack.z.n;
    memset(s->out_b, 0, T * sizeof *s->out_b);
    for (uint32_t t = 0; t < n; t++)
        for (size_t y = 0; y < T; y++)
            s->out_b[y] += s->logit[t * T + y];
    s->out = (struct product){.m = m->T,
                              .k = n,
                              .n = W,
                              .A = s->logit,
                              .a_row = 1,
                              .a_column = T,
                              .B = s->x[m->layers],
                              .b_row = W};
    dense_get()->product(&(struct product){.m = n,
                                           .k = m->T,
                                           .n = W,
                                           .A = s->logit,
                                           .a_row = T,
                                           .a_column = 1,
                                           .B = s->at[m->out_w],
                                           .b_row = W,
                                           .C = s->dx[m->layers],
                                           .c_row = W});
}

/* What goes into padding has no derivative that counts. */
static void clear_padding(const struct bilstm *m, uint32_t l, real *dx, uint32_t n)
{
    const size_t W = bilstm_width(m, l);
    for (size_t k = 0; k < W; k++)
        if (bilstm_padding(m, l, k))
            for (uint32_t t = 0; t < n; t++)
                dx[t * W + k] = 0;
}

static void back(const struct bilstm *m, struct scratch *s, bool drawn)
{
    const uint32_t n = s->pack.z.n;
    output_back(m, s);
    for (uint32_t l = m->layers; l-- > 0;) {
        if (drawn)
            multiply(s->dx[l + 1], s->mask[l + 1], n * bilstm_width(m, l + 1));
        for (int side = 0; side < 2; side++) {
            const struct matrices a = bilstm_matrices(m, s, l, side);
            const struct rows rows = rows_of(m, s, l, side);
            direction_backward(&s->direction[l][side], &a, &rows, side);
        }
        if (m->layer[l].full)
            clear_padding(m, l, s->dx[l], n);
    }
    if (drawn)
        multiply(s->dx[0], s->mask[0], n * bilstm_width(m, 0));
    if (m->nparts)
        characters_backward(&m->characters, s->characters, bilstm_parts(m, s), s->dx[0] + m->input.width,
                            bilstm_width(m, 0));
}

/* ---- the gradient */

size_t bilstm_bundles(const struct model *base, struct capacity longest)
{
    const struct bilstm *m = (const struct bilstm *)base;
    size_t n = (size_t)longest.tokens * m->input.capacity + characters_bundles(&m->characters, longest);
    for (uint32_t g = m->universal; g < base->layout.ngroups; g++)
        n += base->layout.group[g].count;
    return n;
}

void bilstm_touch(const struct model *base, const struct example *z, struct gradient *g)
{
    const struct bilstm *m = (const struct bilstm *)base;
    input_touch(&m->input, z, m->number, g);
    if (m->nparts)
        characters_touch(z, m->char_embedding, g);
    for (uint32_t k = m->universal; k < base->layout.ngroups; k++)
        for (uint32_t b = 0; b < base->layout.group[k].count; b++)
            gradient_add(g, k, 1, m->number + b, NULL);
}

static void list_rows(const struct bilstm *m, struct gradient *g, uint32_t group, const real *row)
{
    const struct group *of = &m->base.layout.group[group];
    for (uint32_t b = 0; b < of->count; b++)
        gradient_add(g, group, 1, m->number + b, row + b * layout_block(of));
}

static void list(const struct bilstm *m, struct scratch *s, struct gradient *g)
{
    const struct layout *l = &m->base.layout;
    const struct characters_slope *slope = m->nparts ? characters_slopes(s->characters) : NULL;
    input_list(&m->input, &s->room, s->pack.z.n, m->number, s->dx[0], bilstm_width(m, 0), g);
    if (m->nparts)
        characters_list(&m->characters, s->characters, m->char_embedding, m->number, g);
    for (uint32_t k = 0; k < m->nparts; k++)
        if (!m->part[k].inputs)
            list_rows(m, g, m->of_part[k], slope[k].row);
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++) {
            const struct direction *d = &s->direction[k][side];
            const uint32_t *group = m->group[k][side];
            if (!m->layer[k].full)
                list_rows(m, g, group[WX], d->dwx);
            if (!l->group[group[WH]].product)
                list_rows(m, g, group[WH], d->dwh);
            list_rows(m, g, group[B], d->db);
        }
    list_rows(m, g, m->out_b, s->out_b);
    if (m->edge != ABSENT)
        list_rows(m, g, m->edge, s->edge);
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++) {
            const struct direction *d = &s->direction[k][side];
            const uint32_t *group = m->group[k][side];
            if (l->group[group[WX]].product)
                gradient_add_product(g, l, group[WX], m->number, &d->input);
            if (l->group[group[WH]].product)
                gradient_add_product(g, l, group[WH], m->number, &d->recurrent);
        }
    for (uint32_t k = 0; k < m->nparts; k++)
        if (m->part[k].inputs)
            gradient_add_product(g, l, m->of_part[k], m->number, &slope[k].product);
    gradient_add_product(g, l, m->out_w, m->number, &s->out);
}

/* Shorten the gradient (Pascanu, Mikolov and Bengio 2013). A feature's derivative counts wherever the feature stands. */
static void clip(const struct bilstm *m, struct scratch *s, const struct gradient *g)
{
    const size_t n = s->pack.z.n, T = REAL_PAD(m->T);
    double sum = 0;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        if (!b->row)
            gradient_row(b, &m->base.layout, s->block);
        sum += kernel_norm2(b->row ? b->row : s->block, layout_block(&m->base.layout.group[b->group]));
    }
    if (!(sum > m->clip * m->clip))
        return;
    const real factor = (real)(m->clip / sqrt(sum));
    kernel_scale(s->dx[0], n * bilstm_width(m, 0), factor);
    if (m->nparts)
        characters_scale(&m->characters, s->characters, factor);
    for (uint32_t l = 0; l < m->layers; l++)
        for (int side = 0; side < 2; side++)
            direction_scale(&s->direction[l][side], factor);
    kernel_scale(s->out_b, T, factor);
    kernel_scale(s->logit, n * T, factor);
    if (m->edge != ABSENT)
        kernel_scale(s->edge, m->T * T, factor);
}

/* Of what is packed. */
static double gradient_of(const struct bilstm *m, const struct weights *w, const uint64_t *draw,
                          struct gradient *g, struct scratch *s)
{
    forward(m, w, draw, s);
    double loss = m->edge != ABSENT   ? loss_of_chains(m, s)
                  : partial(&s->pack) ? loss_of_partial(m, s)
                                      : loss_of_tokens(m, s);
    back(m, s, m->dropout > 0 && draw[0]);
    list(m, s, g);
    g->copied = w->scale != 1; /* see bilstm_find */
    if (m->clip > 0)
        clip(m, s, g);
    return loss;
}

double bilstm_gradient(const struct model *base, const struct weights *w, const struct example *z,
                       struct gradient *g, void *scratch)
{
    struct scratch *s = scratch;
    pack_one(&s->pack, z);
    return gradient_of((const struct bilstm *)base, w, &g->draw, g, s);
}

double bilstm_gradients(const struct model *base, const struct weights *w, const struct example *const *z,
                        const uint64_t *draw, uint32_t count, struct gradient *g, void *scratch)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct scratch *s = scratch;
    if (count == 1)
        pack_one(&s->pack, z[0]);
    else
        pack_many(&s->pack, z, count, m->layer[0].cell == DENSE_LSTM);
    return gradient_of(m, w, draw, g, s);
}

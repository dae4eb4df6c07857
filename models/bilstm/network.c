/* SPDX-License-Identifier: MIT
 *
 * network: embeddings, layers, logits, and the derivatives in the opposite order (Rumelhart, Hinton and Williams 1986),
 * for all sentences in hand at once (sentences.h).
 */
#include "lib/num/kernel.h"
#include "models/bilstm/inside.h"

#include <string.h>

/* ---- forward */

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

/* The input of layer l from the h of the layer below; rng [sentences]: with dropout, NULL: as it is. */
static void pass_on(const struct bilstm *m, struct bilstm_scratch *s, uint32_t l, struct rng *rng)
{
    const size_t W = bilstm_width(m, l), size = s->sentences.z.n * W;
    if (!(m->dropout > 0))
        return;
    if (l)
        memcpy(s->x[l], s->h[l - 1], size * sizeof(real));
    if (!rng)
        return;
    for (uint32_t t = 0; t < s->sentences.z.n; t++)
        draw_mask(m, &rng[s->sentences.index[t]], s->mask[l] + t * W, W);
    multiply(s->x[l], s->mask[l], size);
}

RACY static void output(const struct bilstm *m, struct bilstm_scratch *s)
{
    const size_t T = REAL_PAD(m->T);
    dense_get()->product_transposed(&(struct product){.m = s->sentences.z.n,
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

static struct layer_rows rows_of(const struct bilstm *m, struct bilstm_scratch *s, uint32_t l, int side)
{
    const bool shared = l == 0 && s->lookup.rows < s->sentences.z.n;
    return (struct layer_rows){.pack = &s->sentences.pack,
                               .distinct = s->lookup.rows,
                               .source = shared ? s->lookup.source : NULL,
                               .x = s->x[l],
                               .dx = s->dx[l],
                               .h = s->h[l] + side * m->S,
                               .dh = s->dx[l + 1] + side * m->S};
}

static void forward_layer(const struct bilstm *m, struct bilstm_scratch *s, uint32_t l, bool inference)
{
    memset(s->h[l] + s->sentences.z.n * 2 * m->S, 0, 2 * m->S * sizeof(real));
    for (int side = 0; side < 2; side++) {
        const struct layer_weights w = bilstm_layer_weights(s, m->group[l][side]);
        struct layer_rows rows = rows_of(m, s, l, side);
        rows.inference = inference;
        layer_forward(&s->direction[l][side], &w, &rows);
    }
}

void bilstm_forward(const struct bilstm *m, const struct weights *w, const uint64_t *draw,
                    struct bilstm_scratch *s)
{
    const struct example *z = &s->sentences.z;
    struct rng *rng = draw && draw[0] ? s->rng : NULL;
    for (uint32_t k = 0; rng && k < s->sentences.pack.count; k++)
        rng_init(&rng[k], draw[k], 0, 0);
    bilstm_find_weights(m, w, s);
    embedding_forward(&m->embedding, &m->base.layout, w, z, rng, s->sentences.index,
                      bilstm_shares(m) && s->sentences.pack.side_by_side, &s->lookup, s->x[0],
                      bilstm_width(m, 0));
    if (bilstm_has_characters(m)) {
        const struct characters_weights a = bilstm_characters_weights(m, s);
        characters_forward(&m->characters, s->characters, w, &m->base.layout, m->char_embedding, &a, z,
                           s->x[0] + m->embedding.width, bilstm_width(m, 0));
    }
    pass_on(m, s, 0, rng);
    for (uint32_t l = 0; l < m->layers; l++) {
        forward_layer(m, s, l, !draw);
        pass_on(m, s, l + 1, rng);
    }
    output(m, s);
}

/* ---- backward */

static void output_back(const struct bilstm *m, struct bilstm_scratch *s)
{
    const size_t W = 2 * m->S, T = REAL_PAD(m->T);
    const uint32_t n = s->sentences.z.n;
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

/* Padding is no input, so it has no derivative. */
static void clear_padding(const struct bilstm *m, uint32_t l, real *dx, uint32_t n)
{
    const size_t W = bilstm_width(m, l);
    for (size_t k = 0; k < W; k++)
        if (bilstm_is_padding(m, l, k))
            for (uint32_t t = 0; t < n; t++)
                dx[t * W + k] = 0;
}

void bilstm_backward(const struct bilstm *m, struct bilstm_scratch *s, bool drawn)
{
    const uint32_t n = s->sentences.z.n;
    output_back(m, s);
    for (uint32_t l = m->layers; l-- > 0;) {
        if (drawn)
            multiply(s->dx[l + 1], s->mask[l + 1], n * bilstm_width(m, l + 1));
        for (int side = 0; side < 2; side++) {
            const struct layer_weights w = bilstm_layer_weights(s, m->group[l][side]);
            const struct layer_rows rows = rows_of(m, s, l, side);
            layer_backward(&s->direction[l][side], &w, &rows, side);
        }
        if (m->layer[l].full)
            clear_padding(m, l, s->dx[l], l ? n : s->lookup.rows);
    }
    if (drawn)
        multiply(s->dx[0], s->mask[0], n * bilstm_width(m, 0));
    if (bilstm_has_characters(m)) {
        const struct characters_weights a = bilstm_characters_weights(m, s);
        characters_backward(&m->characters, s->characters, &a, s->dx[0] + m->embedding.width,
                            bilstm_width(m, 0));
    }
}

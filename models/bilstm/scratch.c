/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "models/bilstm/inside.h"

static size_t universal_offset(const struct bilstm *m) /* in w */
{
    return m->base.layout.group[m->universal].offset;
}

static size_t largest_block(const struct layout *l)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->ngroups; k++)
        n = layout_block(&l->group[k]) > n ? layout_block(&l->group[k]) : n;
    return n;
}

void *bilstm_scratch_new(const struct model *base, struct capacity longest)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct bilstm_scratch *s = memory_new(1, sizeof *s);
    const size_t n = longest.tokens;
    s->model = m;
    chain_init(&s->chain, m->T, longest.tokens, NULL);
    sentences_init(&s->sentences, longest, m->embedding.max_rows);
    s->rng = memory_new(n, sizeof *s->rng);
    s->logit = memory_lines(n * REAL_PAD(m->T), sizeof(real));
    s->edge = memory_lines(m->edge == ABSENT ? 0 : m->T * REAL_PAD(m->T), sizeof(real));
    embedding_lookup_init(&s->lookup, &m->embedding, longest.tokens);
    s->characters = characters_scratch_new(&m->characters, longest);
    for (uint32_t l = 0; l < m->layers; l++) {
        s->rows[l] = memory_lines((n + 2) * 2 * m->S, sizeof(real));
        s->h[l] = s->rows[l] + 2 * m->S;
        for (int side = 0; side < 2; side++)
            layer_direction_init(&s->direction[l][side], &m->layer[l], side, n,
                                 l == 0 && bilstm_shares(m) ? n : 0);
    }
    for (uint32_t l = 0; l <= m->layers; l++) {
        const bool own = l == 0 || m->dropout > 0; /* or the h of the layer below as they are */
        s->x[l] = own ? memory_lines(n * bilstm_width(m, l), sizeof(real)) : s->h[l - 1];
        s->dx[l] = memory_lines(n * bilstm_width(m, l), sizeof(real));
        s->mask[l] = memory_lines(m->dropout > 0 ? n * bilstm_width(m, l) : 0, sizeof(real));
    }
    s->out_b = memory_lines(REAL_PAD(m->T), sizeof(real));
    s->copy = memory_reserve(base->layout.size - universal_offset(m), sizeof(real));
    s->block = memory_lines(largest_block(&base->layout), sizeof(real));
    return s;
}

void bilstm_scratch_free(void *scratch)
{
    struct bilstm_scratch *s = scratch;
    const struct bilstm *m = s->model;
    chain_free(&s->chain);
    sentences_free(&s->sentences);
    memory_free(s->rng);
    memory_free(s->logit);
    memory_free(s->edge);
    embedding_lookup_free(&s->lookup);
    characters_scratch_free(s->characters);
    for (uint32_t l = 0; l < m->layers; l++) {
        memory_free(s->rows[l]);
        for (int side = 0; side < 2; side++)
            layer_direction_free(&s->direction[l][side]);
    }
    for (uint32_t l = 0; l <= m->layers; l++) {
        if (l == 0 || m->dropout > 0)
            memory_free(s->x[l]);
        memory_free(s->dx[l]);
        memory_free(s->mask[l]);
    }
    memory_free(s->out_b);
    memory_free(s->copy);
    memory_free(s->block);
    memory_free(s);
}

/* A universal group is read in place: in w, or in the worker's own copy, which has all of it or nothing. It is copied
 * only if the scale is not 1. */
RACY static const real *find(const struct bilstm *m, const struct weights *w, uint32_t group, real *copy)
{
    const struct group *g = &m->base.layout.group[group];
    const size_t size = g->count * layout_block(g);
    const real scale = w->scale, *restrict from = (w->local && w->hot[group] ? w->local : w->w) + g->offset;
    if (scale == 1)
        return from;
    real *restrict to = copy + (g->offset - universal_offset(m));
    for (size_t k = 0; k < size; k++)
        to[k] = scale * from[k];
    return to;
}

void bilstm_find_weights(const struct bilstm *m, const struct weights *w, struct bilstm_scratch *s)
{
    for (uint32_t g = m->universal; g < m->base.layout.ngroups; g++)
        s->at[g] = find(m, w, g, s->copy);
}

struct layer_weights bilstm_layer_weights(const struct bilstm_scratch *s, const uint32_t group[PARTS])
{
    return (struct layer_weights){s->at[group[WX]], s->at[group[WH]], s->at[group[B]]};
}

struct characters_weights bilstm_characters_weights(const struct bilstm *m, const struct bilstm_scratch *s)
{
    struct characters_weights w = {.filters = NULL};
    for (int side = 0; m->characters.kind == CHARACTERS_LSTM && side < 2; side++)
        w.side[side] = bilstm_layer_weights(s, m->char_group[side]);
    if (m->characters.kind == CHARACTERS_CNN) {
        w.filters = s->at[m->filters];
        w.bias = s->at[m->filter_bias];
    }
    return w;
}

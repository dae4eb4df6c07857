/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "models/bilstm_inside.h"

size_t bilstm_width(const struct bilstm *m, uint32_t l) /* of what goes into layer l, or the output */
{
    return l < m->layers ? m->layer[l].width : 2 * m->S;
}

static size_t begin(const struct bilstm *m) /* of what is universal, in w */
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
    struct scratch *s = memory_new(1, sizeof *s);
    const size_t n = longest.tokens;
    s->model = m;
    chain_init(&s->chain, m->T, longest.tokens, NULL);
    pack_init(&s->pack, longest, m->input.capacity);
    s->rng = memory_new(n, sizeof *s->rng);
    s->logit = memory_lines(n * REAL_PAD(m->T), sizeof(real));
    s->edge = memory_lines(m->edge == ABSENT ? 0 : m->T * REAL_PAD(m->T), sizeof(real));
    input_room_init(&s->room, &m->input, longest.tokens);
    s->characters = characters_scratch_new(&m->characters, longest);
    for (uint32_t l = 0; l < m->layers; l++) {
        s->rows[l] = memory_lines((n + 2) * 2 * m->S, sizeof(real));
        s->h[l] = s->rows[l] + 2 * m->S;
        for (int side = 0; side < 2; side++)
            direction_init(&s->direction[l][side], &m->layer[l], side, longest.tokens);
    }
    for (uint32_t l = 0; l <= m->layers; l++) {
        const bool apart = l == 0 || m->dropout > 0;
        s->x[l] = apart ? memory_lines(n * bilstm_width(m, l), sizeof(real)) : s->h[l - 1];
        s->dx[l] = memory_lines(n * bilstm_width(m, l), sizeof(real));
        s->mask[l] = memory_lines(m->dropout > 0 ? n * bilstm_width(m, l) : 0, sizeof(real));
    }
    s->out_b = memory_lines(REAL_PAD(m->T), sizeof(real));
    s->copy = memory_reserve(base->layout.size - begin(m), sizeof(real));
    s->block = memory_lines(largest_block(&base->layout), sizeof(real));
    return s;
}

void bilstm_scratch_free(void *scratch)
{
    struct scratch *s = scratch;
    const struct bilstm *m = s->model;
    chain_free(&s->chain);
    pack_free(&s->pack);
    memory_free(s->rng);
    memory_free(s->logit);
    memory_free(s->edge);
    input_room_free(&s->room);
    characters_scratch_free(s->characters);
    for (uint32_t l = 0; l < m->layers; l++) {
        memory_free(s->rows[l]);
        for (int side = 0; side < 2; side++)
            direction_free(&s->direction[l][side]);
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

/* A universal group is read where it stands: in w, or in the worker's own copy, which has all of it or nothing. Only where
 * the scale is not 1 it is copied. */
RACY static const real *find(const struct bilstm *m, const struct weights *w, uint32_t group, real *room)
{
    const struct group *g = &m->base.layout.group[group];
    const size_t size = g->count * layout_block(g);
    const real scale = w->scale, *restrict from = (w->local && w->hot[group] ? w->local : w->w) + g->offset;
    if (scale == 1)
        return from;
    real *restrict to = room + (g->offset - begin(m));
    for (size_t k = 0; k < size; k++)
        to[k] = scale * from[k];
    return to;
}

void bilstm_find(const struct bilstm *m, const struct weights *w, struct scratch *s)
{
    for (uint32_t g = m->universal; g < m->base.layout.ngroups; g++)
        s->at[g] = find(m, w, g, s->copy);
}

struct matrices bilstm_matrices(const struct bilstm *m, const struct scratch *s, uint32_t l, int side)
{
    const uint32_t *group = m->group[l][side];
    return (struct matrices){s->at[group[WX]], s->at[group[WH]], s->at[group[B]]};
}

/* The matrices of characters' part. */
const real *const *bilstm_parts(const struct bilstm *m, struct scratch *s)
{
    for (uint32_t k = 0; k < m->nparts; k++)
        s->part[k] = s->at[m->of_part[k]];
    return s->part;
}

/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "lib/learn/origins.h"
#include "models/bilstm/inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BATCH_TOKENS 2048 /* more gain nothing */

size_t bilstm_width(const struct bilstm *m, uint32_t l)
{
    return l < m->layers ? m->layer[l].x_pitch : 2 * m->S;
}

bool bilstm_is_padding(const struct bilstm *m, uint32_t l, size_t k)
{
    const struct embedding *x0 = &m->embedding;
    if (l)
        return k % m->S >= m->H;
    if (k >= x0->width)
        return characters_is_padding(&m->characters, k - x0->width);
    for (uint32_t p = 0; p < x0->parts; p++)
        if (k >= x0->offset[p] && k < x0->offset[p] + x0->size[p])
            return false;
    return true;
}

/* ---- groups */

/* Rows of one number for each of so many units, `stride` apart. */
static uint32_t add(struct bilstm *m, const char *name, uint32_t count, uint32_t rows, uint32_t units,
                    size_t stride)
{
    return layout_add_stride(&m->base.layout, name, count, rows, units, (uint32_t)stride, true);
}

/* What so many sources of `rows` rows each give to some units, cut into blocks of equal size. */
static uint32_t add_sources(struct bilstm *m, uint32_t block_rows, const char *name, size_t sources,
                            uint32_t rows, uint32_t units, size_t stride, bool product)
{
    const uint32_t blocks = (uint32_t)((sources - 1) / block_rows + 1),
                   per = (uint32_t)((sources - 1) / blocks + 1);
    const uint32_t group = add(m, name, (uint32_t)((sources - 1) / per + 1), per * rows, units, stride);
    m->base.layout.group[group].product = product ? (uint32_t)(rows * stride) : 0;
    return group;
}

/* The groups of a direction, "<layer>.f.wx" and so on. Returns the size of wh, with its blocks' unused rows. */
static size_t add_direction(struct bilstm *m, const struct layer *l, int side, const char *layer,
                            char (*name)[NAME], uint32_t *group, uint32_t block_rows)
{
    static const char *const parts[PARTS] = {"wx", "wh", "b"};
    const uint32_t G = l->gates, H = l->hidden;
    const size_t S = l->stride;
    for (int p = 0; p < PARTS; p++)
        snprintf(name[p], NAME, "%s.%c.%s", layer, side ? 'b' : 'f', parts[p]);
    if (l->full) {
        group[WX] = add_sources(m, block_rows, name[WX], l->inputs, G, H, S, true);
        group[WH] = add_sources(m, block_rows, name[WH], H, G, H, S, l->cell != DENSE_GRU);
    } else {
        group[WX] = add(m, name[WX], (uint32_t)(l->inputs / S) * G, 1, H, S);
        group[WH] = add(m, name[WH], G, 1, H, S);
    }
    group[B] = add(m, name[B], G, 1, H, S);
    const struct group *wh = &m->base.layout.group[group[WH]];
    return wh->count * layout_block(wh);
}

static void add_characters(struct bilstm *m, uint32_t block_rows)
{
    const struct characters *c = &m->characters;
    if (c->kind == CHARACTERS_CNN) {
        m->filters =
            add_sources(m, block_rows, "char.w", c->embedding, c->window, c->hidden, c->stride, true);
        m->filter_bias = add(m, "char.b", 1, 1, c->hidden, c->stride);
    }
    for (int side = 0; c->kind == CHARACTERS_LSTM && side < 2; side++)
        add_direction(m, &c->layer, side, "char", m->char_name[side], m->char_group[side], block_rows);
}

static void add_groups(struct bilstm *m, uint32_t features, uint32_t block_rows, bool crf)
{
    struct layout *l = &m->base.layout;
    uint32_t most = 0;
    embedding_add_groups(&m->embedding, features, l);
    if (bilstm_has_characters(m))
        m->char_embedding =
            layout_add(l, "char.embedding", m->characters.count, 1, m->characters.embedding, false);
    m->universal = l->ngroups;
    add_characters(m, block_rows);
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++) {
            char layer[] = {'l', (char)('0' + k), 0};
            m->layer[k].wh_size =
                add_direction(m, &m->layer[k], side, layer, m->name[k][side], m->group[k][side], block_rows);
        }
    m->out_w = add_sources(m, block_rows, "out.w", m->T, 2, m->H, m->S, true);
    m->out_b = add(m, "out.b", 1, 1, m->T, REAL_PAD(m->T));
    m->edge = crf ? add(m, "out.edge", 1, m->T, m->T, REAL_PAD(m->T)) : ABSENT;
    for (uint32_t k = 0; k < l->ngroups; k++)
        most = l->group[k].count > most ? l->group[k].count : most;
    m->number = memory_new(most, sizeof *m->number);
    for (uint32_t k = 0; k < most; k++)
        m->number[k] = k;
}

/* ---- creation */

void bilstm_destroy(struct model *base)
{
    struct bilstm *m = (struct bilstm *)base;
    embedding_free(&m->embedding);
    memory_free(m->number);
    memory_free(m);
}

/* A diagonal matrix gives unit u number u of every part of the input. */
static bool check_diagonal(const struct bilstm *m, const struct config *c, struct error *e)
{
    for (uint32_t k = 0; k < m->embedding.parts; k++)
        if (m->embedding.size[k] != m->H)
            return config_fault(
                c, "model.hidden", e,
                "with diagonal matrices each of %u units has its own number of every embedding, and "
                "one has %u; set model.embedding to %u, or model.recurrence to full",
                m->H, m->embedding.size[k], m->H);
    if (m->characters.width && m->characters.hidden != m->H)
        return config_fault(c, "model.characters_hidden", e,
                            "with diagonal matrices each of %u units has its own number of what characters "
                            "give, and they have %u; set it to %u, or model.recurrence to full",
                            m->H, m->characters.hidden, m->H);
    return true;
}

static struct layer layer_of(const struct bilstm *m, enum dense_cell cell, bool full, size_t inputs)
{
    return (struct layer){.dense = dense_get(),
                          .cell = cell,
                          .full = full,
                          .hidden = m->H,
                          .gates = dense_gates(cell),
                          .stride = layer_stride(m->H, dense_gates(cell), full),
                          .inputs = inputs,
                          .used = inputs,
                          .x_pitch = inputs,
                          .h_pitch = 2 * m->S};
}

static bool shape(struct bilstm *m, const struct config *c, const struct space *space, struct error *e)
{
    static const char *const cells[DENSE_CELLS] = {"lstm", "gru", "rnn"};
    const bool full = strcmp(config_string(c, "model.recurrence"), "full") == 0;
    uint32_t cell = 0;
    while (strcmp(cells[cell], config_string(c, "model.cell")) != 0)
        cell++;
    if (!embedding_init(&m->embedding, c, space, e) || !characters_init(&m->characters, c, space, !full, e) ||
        (!full && !check_diagonal(m, c, e)))
        return false;
    for (uint32_t l = 0; l < m->layers; l++) {
        m->layer[l] = layer_of(m, cell, full, l ? 2 * m->S : m->embedding.width + m->characters.width);
        while (bilstm_is_padding(m, l, m->layer[l].used - 1))
            m->layer[l].used--;
    }
    return true;
}

/* Every matrix is a group of the layout, and so is every part of x0. */
static bool check_groups(const struct bilstm *m, const struct config *c, bool crf, struct error *e)
{
    const uint32_t characters = m->characters.kind == CHARACTERS_LSTM  ? 1 + 2 * PARTS
                                : m->characters.kind == CHARACTERS_CNN ? 1 + 2
                                                                       : 0,
                   groups = m->embedding.parts + characters + m->layers * 2 * PARTS + 2 + crf;
    return groups <= LAYOUT_GROUPS ||
           config_fault(
               c, "model.layers", e,
               "%u layers over %u kinds of U lines side by side make %u groups of weights, at most %d "
               "are expected; set model.input to sum, or layers lower",
               m->layers, m->embedding.parts, groups, LAYOUT_GROUPS);
}

struct model *bilstm_create(const struct config *c, const struct space *space, struct error *e)
{
    uint32_t T = vocab_count(space->labels);
    if (T > CHAIN_LABELS) {
        config_fault(c, "corpus.label", e,
                     "that column has %u labels, at most %d are expected; is it the right one?", T,
                     CHAIN_LABELS);
        return NULL;
    }
    struct bilstm *m = memory_new(1, sizeof *m);
    m->base.ops = &bilstm_ops;
    m->kernel = kernel_get();
    m->T = T;
    m->H = (uint32_t)config_integer(c, "model.hidden");
    m->S = REAL_PAD(m->H);
    m->layers = (uint32_t)config_integer(c, "model.layers");
    m->deviation = config_real(c, "model.init");
    m->deviation_embedding = config_real(c, "model.init_embedding");
    m->forget = config_real(c, "model.forget_bias");
    m->clip = config_real(c, "model.clip");
    m->dropout = config_real(c, "model.dropout");
    const bool full = strcmp(config_string(c, "model.recurrence"), "full") == 0,
               crf = strcmp(config_string(c, "model.output"), "crf") == 0;
    /* each sentence's gradient is clipped by its own norm */
    m->base.batch_tokens = full && !(m->clip > 0) ? BATCH_TOKENS : 0;
    if (!shape(m, c, space, e) || !check_groups(m, c, crf, e)) {
        bilstm_destroy(&m->base);
        return NULL;
    }
    add_groups(m, vocab_count(space->node), (uint32_t)config_integer(c, "model.block_rows"), crf);
    return &m->base;
}

/* ---- the first weights */

static void draw_row(const struct bilstm *m, real *w, uint32_t columns, double inputs, struct rng *r)
{
    const double deviation = m->deviation > 0 ? m->deviation : inputs > 0 ? 1 / sqrt(inputs) : 0.5;
    for (uint32_t k = 0; k < columns; k++)
        w[k] = (real)(deviation * rng_normal(r));
}

/* l: number of the layer, whose input may have padding; ABSENT: that of characters, whose input has none. */
static void draw_direction(const struct bilstm *m, real *w, const struct layer *layer, const uint32_t *group,
                           uint32_t l, struct rng *r)
{
    const struct group *g = m->base.layout.group;
    const size_t S = layer->stride, G = layer->gates,
                 inputs = layer->full ? layer->inputs : layer->inputs / S;
    real *wx = w + g[group[WX]].offset, *wh = w + g[group[WH]].offset, *b = w + g[group[B]].offset;
    for (size_t k = 0; k < inputs * G; k++)
        if (!layer->full || l == ABSENT || !bilstm_is_padding(m, l, k / G))
            draw_row(m, wx + k * S, layer->hidden, layer->full ? (double)inputs : 0, r);
    for (size_t k = 0; k < (layer->full ? layer->hidden : 1) * G; k++)
        draw_row(m, wh + k * S, layer->hidden, layer->full ? layer->hidden : 0, r);
    for (uint32_t k = 0; k < layer->hidden && layer->cell == DENSE_LSTM; k++)
        b[S + k] = (real)m->forget;
}

/* The embedding of unknown characters, the last, stays 0. */
static void draw_characters(const struct bilstm *m, real *w, struct rng *r)
{
    const struct characters *c = &m->characters;
    const struct group *embedding = &m->base.layout.group[m->char_embedding];
    for (uint32_t b = 0; b + 1 < c->count; b++)
        for (uint32_t k = 0; k < c->embedding; k++)
            w[embedding->offset + b * (size_t)embedding->stride + k] =
                (real)(m->deviation_embedding * rng_normal(r));
    for (int side = 0; c->kind == CHARACTERS_LSTM && side < 2; side++)
        draw_direction(m, w, &c->layer, m->char_group[side], ABSENT, r);
    for (size_t row = 0; c->kind == CHARACTERS_CNN && row < (size_t)c->embedding * c->window; row++)
        draw_row(m, w + m->base.layout.group[m->filters].offset + row * c->stride, c->hidden,
                 (double)c->embedding * c->window, r);
}

void bilstm_init(const struct model *base, real *w, struct rng *r)
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *out = &base->layout.group[m->out_w];
    embedding_draw(&m->embedding, &base->layout, w, (real)m->deviation_embedding, r);
    for (uint32_t l = 0; l < m->layers; l++)
        for (int side = 0; side < 2; side++)
            draw_direction(m, w, &m->layer[l], m->group[l][side], l, r);
    for (size_t k = 0; k < 2 * (size_t)m->T; k++)
        draw_row(m, w + out->offset + k * out->stride, m->H, 2 * m->H, r);
    if (bilstm_has_characters(m))
        draw_characters(m, w, r);
}

/* ---- weights of an older model */

void bilstm_origins(const struct model *base, uint32_t group, const struct model *before,
                    const struct origins *o, uint32_t *row, uint32_t *column)
{
    const struct bilstm *m = (const struct bilstm *)base, *old = (const struct bilstm *)before;
    const struct group *g = &base->layout.group[group];
    (void)column;
    if (group < m->embedding.parts)
        embedding_origins(&m->embedding, group, &old->embedding, o, row);
    if (bilstm_has_characters(m) && group == m->char_embedding) {
        const uint32_t unknown = m->characters.count - 1;
        memcpy(row, o->character, unknown * sizeof *row);
        row[unknown] = old->characters.count - 1;
    }
    for (size_t r = 2 * (size_t)old->T; group == m->out_w && r < (size_t)g->count * g->rows; r++)
        row[r] = ORIGIN_NEW; /* there the old last block has unused rows */
}

/* SPDX-License-Identifier: MIT
 *
 * bilstm: a bidirectional recurrent network (Graves and Schmidhuber 2005) over the template's features, the second
 * model of Sun (2016, 3.2):
 *
 *     features of a token ──embedding──> x0 ──layer 0──> x1 = [h forwards, h backwards] ──…──> logits ──> labels
 *
 *     group        blocks                   a block
 *     embedding …  one a feature            [D]            bilstm_input.h
 *     char.embedding, char.…                               bilstm_characters.h: beside the features in x0
 *     l0.f.wx …    block_rows inputs each   [inputs][G][H] full: Wx and Wh of a layer's direction (f, b); row by row
 *     l0.f.wh …    block_rows units each    [units][G][H]  what an input gives to all gates (lib/num/dense.h)
 *     l0.f.wx …    one a gate (and part)    [H]            diagonal
 *     l0.f.b …     one a gate               [H]
 *     out.w        block_rows labels each   [labels][2][H]
 *     out.b        one                      [T]
 *     out.edge     one                      [T][T]         output crf: label transitions
 *
 * All but embeddings are read by every sentence, where they stand. Dropout (Srivastava 2014) is on x0 and on what each
 * layer hands on: numbers are left out with probability p and the others are divided by 1 - p.
 */
#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "models/bilstm_characters.h"
#include "models/bilstm_input.h"
#include "models/bilstm_layer.h"
#include "models/bilstm_pack.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LAYERS 6
#define TOGETHER 256 /* tokens: what they need is still in the second cache */
#define ABSENT UINT32_MAX /* a group that this model does not have */

enum { WX, WH, B, PARTS }; /* the weights of a direction */

struct bilstm {
    struct model base;
    const struct kernel *kernel;
    struct input input;
    struct characters characters;
    uint32_t T, H, layers;
    size_t S; /* REAL_PAD(H) */
    struct layer layer[LAYERS];
    struct characters_part part[CHARACTERS_PARTS];
    uint32_t nparts, char_embedding, of_part[CHARACTERS_PARTS]; /* their groups */
    uint32_t group[LAYERS][2][PARTS], out_w, out_b, edge,
        universal; /* all groups from the last on are universal */
    uint32_t *number; /* 0, 1, 2 …: ids of blocks */
    double deviation, deviation_embedding, forget, clip, dropout;
    char name[LAYERS][2][PARTS][12];
};

struct scratch {
    const struct bilstm *model;
    struct chain chain; /* of a sentence */
    struct pack pack;
    struct rng *rng; /* [longest] of each sentence */
    real *logit; /* [longest][REAL_PAD(T)], then the loss's derivatives by them */
    real *edge; /* likewise by out.edge */
    struct input_room room;
    struct characters_scratch *characters;
    /* rows 0 and longest + 1 frame the h of sentences by zeros: h[l] is their row 1 */
    real *rows[LAYERS], *h[LAYERS]; /* [longest+2][2S] */
    real *x[LAYERS + 1], *dx[LAYERS + 1]; /* [longest][W] what goes into a layer, the last into the output */
    real *mask[LAYERS + 1]; /* likewise, where there is dropout: 0 or 1 / (1 - p) */
    struct direction direction[LAYERS][2];
    struct product out; /* the derivative of out.w */
    real *out_b; /* [REAL_PAD(T)] */
    real *copy; /* universal groups, where they cannot be read in place */
    const real *at[LAYOUT_GROUPS]; /* where they are read */
    const real *part[CHARACTERS_PARTS]; /* those of characters */
    real *block; /* [the largest block] */
};

extern const struct model_ops bilstm_ops;

static const struct key keys[] = {
    {"cell", KEY_CHOICE, 0, 0, "lstm", "lstm|gru|rnn", "recurrent unit: LSTM, GRU, or Elman's"},
    {"recurrence", KEY_CHOICE, 0, 0, "full", "diagonal|full",
     "matrices of the layers: full ones, or diagonal ones as in Sun (2016)"},
    {"layers", KEY_INTEGER, 1, LAYERS, "1", NULL, "layers, each with two directions"},
    {"hidden", KEY_INTEGER, 1, 4096, "100", NULL, "units of a layer in each direction"},
    {"embedding", KEY_INTEGER, 1, 4096, "100", NULL, "numbers that stand for a feature"},
    {"embeddings", KEY_STRING, 0, 0, "", NULL,
     "with input concatenate: how many for those of each U line, as in \"100 20\"; empty: embedding"},
    {"input", KEY_CHOICE, 0, 0, "concatenate", "sum|concatenate",
     "a token's features: those of one U line beside those of the next, or added up (B lines play no part)"},
    {"unknown", KEY_REAL, 0, 100, "0.25", NULL,
     "a: in training a feature seen f times is taken for an unknown one with probability a/(a+f)"},
    {"output", KEY_CHOICE, 0, 0, "softmax", "softmax|crf",
     "labels: each for itself, or a chain with label transitions"},
    {"dropout", KEY_REAL, 0, 0.95, "0", NULL,
     "share of the numbers that is left out in training, of what goes into a layer or the output"},
    {"clip", KEY_REAL, 0, 1e9, "0", NULL,
     "a sentence's gradient is shortened to this norm, at most; 0: never"},
    {"init", KEY_REAL, 0, 100, "0", NULL,
     "standard deviation of matrices at the beginning; 0: 1/sqrt(inputs) of full ones, 0.5 of diagonal ones"},
    {"init_embedding", KEY_REAL, 0, 100, "0.1", NULL, "standard deviation of embeddings at the beginning"},
    {"forget_bias", KEY_REAL, -100, 100, "1", NULL,
     "lstm: bias of the forget gates at the beginning (other biases: 0)"},
    {"block_rows", KEY_INTEGER, 1, 1e6, "6", NULL,
     "inputs, units or labels whose weights are one block (of what is counted, and combined), at most"},
    {"characters", KEY_CHOICE, 0, 0, "none", "none|lstm|cnn",
     "beside a token's features, a vector from its word's characters: by a Bi-LSTM over them or a CNN"},
    {"characters_column", KEY_INTEGER, 0, 1e6, "0", NULL, "characters: column of the words, from 0"},
    {"characters_embedding", KEY_INTEGER, 1, 4096, "30", NULL,
     "characters: numbers that stand for a character"},
    {"characters_hidden", KEY_INTEGER, 1, 4096, "50", NULL,
     "characters: units in each direction, or filters"},
    {"characters_width", KEY_INTEGER, 1, SPELLING_LONGEST, "3", NULL,
     "characters, cnn: how many characters a filter sees"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- creation */

static uint32_t add(struct bilstm *m, const char *name, uint32_t count, uint32_t rows, uint32_t columns,
                    size_t product)
{
    uint32_t group = layout_add(&m->base.layout, name, count, rows, columns, true);
    m->base.layout.group[group].product = (uint32_t)product;
    return group;
}

/* What so many sources of `rows` rows each give to some units, cut into blocks of equal size. */
static uint32_t add_sources(struct bilstm *m, uint32_t block_rows, const char *name, size_t sources,
                            uint32_t rows, uint32_t units, bool product)
{
    const uint32_t blocks = (uint32_t)((sources - 1) / block_rows + 1),
                   per = (uint32_t)((sources - 1) / blocks + 1);
    return add(m, name, (uint32_t)((sources - 1) / per + 1), per * rows, units,
               product ? rows * REAL_PAD(units) : 0);
}

static void lay_out_direction(struct bilstm *m, uint32_t l, int side, uint32_t block_rows)
{
    static const char *const parts[PARTS] = {"wx", "wh", "b"};
    struct layer *layer = &m->layer[l];
    const uint32_t G = layer->gates;
    uint32_t *group = m->group[l][side];
    char(*name)[12] = m->name[l][side];
    for (int p = 0; p < PARTS; p++)
        snprintf(name[p], sizeof name[p], "l%u.%c.%s", l % 10, side ? 'b' : 'f', parts[p]);
    if (layer->full) {
        group[WX] = add_sources(m, block_rows, name[WX], layer->width, G, m->H, true);
        group[WH] = add_sources(m, block_rows, name[WH], m->H, G, m->H, layer->cell != DENSE_GRU);
        layer->room = m->base.layout.group[group[WH]].count * layout_block(&m->base.layout.group[group[WH]]);
    } else {
        group[WX] = add(m, name[WX], (uint32_t)(layer->width / m->S) * G, 1, m->H, 0);
        group[WH] = add(m, name[WH], G, 1, m->H, 0);
    }
    group[B] = add(m, name[B], G, 1, m->H, 0);
}

static void lay_out_characters(struct bilstm *m, uint32_t block_rows)
{
    const struct characters *c = &m->characters;
    for (uint32_t k = 0; k < m->nparts; k++) {
        const struct characters_part *p = &m->part[k];
        m->of_part[k] = p->inputs ? add_sources(m, block_rows, p->name, p->sources, p->rows, c->hidden, true)
                                  : add(m, p->name, p->rows, 1, c->hidden, 0);
    }
}

static void lay_out(struct bilstm *m, uint32_t features, uint32_t block_rows, bool crf)
{
    struct layout *l = &m->base.layout;
    uint32_t most = 0;
    input_groups(&m->input, features, l);
    m->nparts = characters_parts(&m->characters, m->part);
    if (m->nparts)
        m->char_embedding =
            layout_add(l, "char.embedding", m->characters.count, 1, m->characters.embedding, false);
    m->universal = l->ngroups;
    lay_out_characters(m, block_rows);
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++)
            lay_out_direction(m, k, side, block_rows);
    m->out_w = add_sources(m, block_rows, "out.w", m->T, 2, m->H, true);
    m->out_b = add(m, "out.b", 1, 1, m->T, 0);
    m->edge = crf ? add(m, "out.edge", 1, m->T, m->T, 0) : ABSENT;
    for (uint32_t k = 0; k < l->ngroups; k++)
        most = l->group[k].count > most ? l->group[k].count : most;
    m->number = memory_new(most, sizeof *m->number);
    for (uint32_t k = 0; k < most; k++)
        m->number[k] = k;
}

static void destroy(struct model *base)
{
    struct bilstm *m = (struct bilstm *)base;
    input_free(&m->input);
    memory_free(m->number);
    memory_free(m);
}

/* A diagonal matrix gives unit u the numbers u of the parts that come in. */
static bool fits(const struct bilstm *m, const struct config *c, struct error *e)
{
    for (uint32_t k = 0; k < m->input.parts; k++)
        if (m->input.size[k] != m->H)
            return config_fault(
                c, "model.hidden", e,
                "with diagonal matrices each of %u units has its own number of every embedding, and "
                "one has %u; set model.embedding to %u, or model.recurrence to full",
                m->H, m->input.size[k], m->H);
    if (m->characters.width && m->characters.hidden != m->H)
        return config_fault(c, "model.characters_hidden", e,
                            "with diagonal matrices each of %u units has its own number of what characters "
                            "give, and they have %u; set it to %u, or model.recurrence to full",
                            m->H, m->characters.hidden, m->H);
    return true;
}

static bool shape(struct bilstm *m, const struct config *c, const struct space *space, struct error *e)
{
    static const char *const cells[DENSE_CELLS] = {"lstm", "gru", "rnn"};
    const bool full = strcmp(config_string(c, "model.recurrence"), "full") == 0;
    uint32_t cell = 0;
    while (strcmp(cells[cell], config_string(c, "model.cell")) != 0)
        cell++;
    if (!input_init(&m->input, c, space, e) || !characters_init(&m->characters, c, space, !full, e) ||
        (!full && !fits(m, c, e)))
        return false;
    for (uint32_t l = 0; l < m->layers; l++)
        m->layer[l] = (struct layer){.cell = cell,
                                     .full = full,
                                     .hidden = m->H,
                                     .gates = dense_gates(cell),
                                     .stride = m->S,
                                     .width = l ? 2 * m->S : m->input.width + m->characters.width};
    return true;
}

/* Every matrix is a group of the layout, and so is every part of x0. */
static bool has_room(const struct bilstm *m, const struct config *c, bool crf, struct error *e)
{
    struct characters_part part[CHARACTERS_PARTS];
    const uint32_t spelled = characters_parts(&m->characters, part),
                   groups = m->input.parts + (spelled ? spelled + 1 : 0) + m->layers * 2 * PARTS + 2 + crf;
    return groups <= LAYOUT_GROUPS ||
           config_fault(
               c, "model.layers", e,
               "%u layers over %u kinds of U lines side by side make %u groups of weights, at most %d "
               "are expected; set model.input to sum, or layers lower",
               m->layers, m->input.parts, groups, LAYOUT_GROUPS);
}

static struct model *create(const struct config *c, const struct space *space, struct error *e)
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
    m->base.together =
        full && !(m->clip > 0) ? TOGETHER : 0; /* each sentence's gradient is clipped for itself */
    if (!shape(m, c, space, e) || !has_room(m, c, crf, e)) {
        destroy(&m->base);
        return NULL;
    }
    lay_out(m, vocab_count(space->node), (uint32_t)config_integer(c, "model.block_rows"), crf);
    return &m->base;
}

/* ---- the beginning */

/* Is row k of the rows that come into a layer padding? */
static bool is_padding(const struct bilstm *m, uint32_t l, size_t k)
{
    if (l)
        return k % m->S >= m->H;
    if (k >= m->input.width)
        return characters_pad(&m->characters, k - m->input.width);
    for (uint32_t p = 0; p < m->input.parts; p++)
        if (k >= m->input.offset[p] && k < m->input.offset[p] + m->input.size[p])
            return false;
    return true;
}

static void draw_row(const struct bilstm *m, real *w, uint32_t columns, double inputs, struct rng *r)
{
    const double deviation = m->deviation > 0 ? m->deviation : inputs > 0 ? 1 / sqrt(inputs) : 0.5;
    for (uint32_t k = 0; k < columns; k++)
        w[k] = (real)(deviation * rng_normal(r));
}

static void draw_direction(const struct bilstm *m, real *w, uint32_t l, int side, struct rng *r)
{
    const struct layer *layer = &m->layer[l];
    const struct group *g = m->base.layout.group;
    const uint32_t *group = m->group[l][side];
    real *wx = w + g[group[WX]].offset, *wh = w + g[group[WH]].offset, *b = w + g[group[B]].offset;
    const size_t sources = layer->full ? layer->width : layer->width / m->S;
    for (size_t k = 0; k < sources * layer->gates; k++)
        if (!layer->full || !is_padding(m, l, k / layer->gates))
            draw_row(m, wx + k * m->S, m->H, layer->full ? (double)layer->width : 0, r);
    for (size_t k = 0; k < (layer->full ? m->H : 1) * layer->gates; k++)
        draw_row(m, wh + k * m->S, m->H, layer->full ? m->H : 0, r);
    for (uint32_t k = 0; k < m->H && layer->cell == DENSE_LSTM; k++)
        b[m->S + k] = (real)m->forget;
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
    for (uint32_t k = 0; k < m->nparts; k++) {
        const struct characters_part *p = &m->part[k];
        real *at = w + m->base.layout.group[m->of_part[k]].offset;
        for (size_t row = 0; p->inputs && row < (size_t)p->sources * p->rows; row++)
            draw_row(m, at + row * c->lanes, c->hidden, p->inputs, r);
        for (uint32_t i = 0; p->forget && i < c->hidden; i++)
            at[c->lanes + i] = (real)m->forget;
    }
}

static void init(const struct model *base, real *w, struct rng *r)
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *out = &base->layout.group[m->out_w];
    input_draw(&m->input, &base->layout, w, (real)m->deviation_embedding, r);
    for (uint32_t l = 0; l < m->layers; l++)
        for (int side = 0; side < 2; side++)
            draw_direction(m, w, l, side, r);
    for (size_t k = 0; k < 2 * (size_t)m->T; k++)
        draw_row(m, w + out->offset + k * out->stride, m->H, 2 * m->H, r);
    if (m->nparts)
        draw_characters(m, w, r);
}

/* ---- a worker's memory */

static size_t width(const struct bilstm *m, uint32_t l) /* of what goes into layer l, or the output */
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

static void *scratch_new(const struct model *base, struct extent longest)
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
        s->x[l] = apart ? memory_lines(n * width(m, l), sizeof(real)) : s->h[l - 1];
        s->dx[l] = memory_lines(n * width(m, l), sizeof(real));
        s->mask[l] = memory_lines(m->dropout > 0 ? n * width(m, l) : 0, sizeof(real));
    }
    s->out_b = memory_lines(REAL_PAD(m->T), sizeof(real));
    s->copy = memory_room(base->layout.size - begin(m), sizeof(real));
    s->block = memory_lines(largest_block(&base->layout), sizeof(real));
    return s;
}

static void scratch_free(void *scratch)
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

/* ---- R */

/* A universal group is read where it stands: in w, or in the worker's own copy. Only where the scale is not 1, or
 * the worker has some blocks of it and others not, it is copied. */
RACY static const real *find(const struct bilstm *m, const struct weights *w, uint32_t group, real *room)
{
    const struct group *g = &m->base.layout.group[group];
    const size_t block = layout_block(g);
    const uint32_t hot = w->own ? w->hot[group] : 0;
    if (w->scale == 1 && (hot == 0 || hot >= g->count))
        return (hot ? w->own : w->w) + g->offset;
    real *restrict to = room + (g->offset - begin(m));
    const real scale = w->scale;
    for (uint32_t b = 0; b < g->count; b++) {
        const real *restrict from = (b < hot ? w->own : w->w) + g->offset + b * block;
        for (size_t k = 0; k < block; k++)
            to[b * block + k] = scale * from[k];
    }
    return to;
}

static struct matrices matrices_of(const struct bilstm *m, const struct scratch *s, uint32_t l, int side)
{
    const uint32_t *group = m->group[l][side];
    return (struct matrices){s->at[group[WX]], s->at[group[WH]], s->at[group[B]]};
}

/* The matrices of characters' part. */
static const real *const *parts_of(const struct bilstm *m, struct scratch *s)
{
    for (uint32_t k = 0; k < m->nparts; k++)
        s->part[k] = s->at[m->of_part[k]];
    return s->part;
}

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
    const size_t W = width(m, l), size = s->pack.z.n * W;
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

/* The logits of what is packed. `draw` [sentences], NULL: nothing is drawn. */
static void forward(const struct bilstm *m, const struct weights *w, const uint64_t *draw, struct scratch *s)
{
    const struct example *z = &s->pack.z;
    struct rng *rng = draw && draw[0] ? s->rng : NULL;
    for (uint32_t k = 0; rng && k < s->pack.count; k++)
        rng_init(&rng[k], draw[k], 0, 0);
    for (uint32_t g = m->universal; g < m->base.layout.ngroups; g++)
        s->at[g] = find(m, w, g, s->copy);
    input_lay(&m->input, &m->base.layout, w, z, rng, s->pack.who, &s->room, s->x[0], width(m, 0));
    if (m->nparts)
        characters_forward(&m->characters, s->characters, w, &m->base.layout, m->char_embedding,
                           parts_of(m, s), z, s->x[0] + m->input.width, width(m, 0));
    hand_on(m, s, 0, rng);
    for (uint32_t l = 0; l < m->layers; l++) {
        memset(s->h[l] + z->n * 2 * m->S, 0, 2 * m->S * sizeof(real));
        for (int side = 0; side < 2; side++) {
            const struct matrices a = matrices_of(m, s, l, side);
            const struct rows rows = rows_of(m, s, l, side);
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

static struct chain *lay(const struct model *base, const struct weights *w, const struct example *z,
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

static double loss_of_tokens(const struct bilstm *m, struct scratch *s)
{
    const size_t T = REAL_PAD(m->T);
    double loss = 0;
    for (uint32_t i = 0; i < s->pack.z.n; i++) {
        real *p = s->logit + i * T, most = p[0], sum = 0;
        const uint32_t y = s->pack.z.y[i];
        for (uint32_t k = 1; k < m->T; k++)
            most = p[k] > most ? p[k] : most;
        const double score = (double)p[y] - (double)most;
        m->kernel->exp(p, T, most);
        for (uint32_t k = 0; k < m->T; k++)
            sum += p[k];
        for (uint32_t k = 0; k < T; k++)
            p[k] = k < m->T ? p[k] / sum : 0;
        p[y] -= 1;
        loss += log((double)sum) - score;
    }
    return loss;
}

static double loss_of_chain(const struct bilstm *m, struct scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    const uint32_t *y = s->pack.sentence[k]->y;
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
    const size_t W = width(m, l);
    for (size_t k = 0; k < W; k++)
        if (is_padding(m, l, k))
            for (uint32_t t = 0; t < n; t++)
                dx[t * W + k] = 0;
}

static void back(const struct bilstm *m, struct scratch *s, bool drawn)
{
    const uint32_t n = s->pack.z.n;
    output_back(m, s);
    for (uint32_t l = m->layers; l-- > 0;) {
        if (drawn)
            multiply(s->dx[l + 1], s->mask[l + 1], n * width(m, l + 1));
        for (int side = 0; side < 2; side++) {
            const struct matrices a = matrices_of(m, s, l, side);
            const struct rows rows = rows_of(m, s, l, side);
            direction_backward(&s->direction[l][side], &a, &rows, side);
        }
        if (m->layer[l].full)
            clear_padding(m, l, s->dx[l], n);
    }
    if (drawn)
        multiply(s->dx[0], s->mask[0], n * width(m, 0));
    if (m->nparts)
        characters_backward(&m->characters, s->characters, parts_of(m, s), s->dx[0] + m->input.width,
                            width(m, 0));
}

/* ---- the gradient */

static size_t bundles(const struct model *base, struct extent longest)
{
    const struct bilstm *m = (const struct bilstm *)base;
    size_t n = (size_t)longest.tokens * m->input.capacity + characters_bundles(&m->characters, longest);
    for (uint32_t g = m->universal; g < base->layout.ngroups; g++)
        n += base->layout.group[g].count;
    return n;
}

static void touch(const struct model *base, const struct example *z, struct grad *g)
{
    const struct bilstm *m = (const struct bilstm *)base;
    input_touch(&m->input, z, m->number, g);
    if (m->nparts)
        characters_touch(z, m->char_embedding, g);
    for (uint32_t k = m->universal; k < base->layout.ngroups; k++)
        for (uint32_t b = 0; b < base->layout.group[k].count; b++)
            grad_add(g, k, 1, m->number + b, NULL);
}

static void list_rows(const struct bilstm *m, struct grad *g, uint32_t group, const real *row)
{
    const struct group *of = &m->base.layout.group[group];
    for (uint32_t b = 0; b < of->count; b++)
        grad_add(g, group, 1, m->number + b, row + b * layout_block(of));
}

static void list(const struct bilstm *m, struct scratch *s, struct grad *g)
{
    const struct layout *l = &m->base.layout;
    const struct characters_slope *slope = m->nparts ? characters_slopes(s->characters) : NULL;
    input_list(&m->input, &s->room, s->pack.z.n, m->number, s->dx[0], width(m, 0), g);
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
                grad_add_product(g, l, group[WX], m->number, &d->input);
            if (l->group[group[WH]].product)
                grad_add_product(g, l, group[WH], m->number, &d->recurrent);
        }
    for (uint32_t k = 0; k < m->nparts; k++)
        if (m->part[k].inputs)
            grad_add_product(g, l, m->of_part[k], m->number, &slope[k].product);
    grad_add_product(g, l, m->out_w, m->number, &s->out);
}

static void scale(real *x, size_t n, real factor)
{
    for (size_t k = 0; k < n; k++)
        x[k] *= factor;
}

/* Shorten the gradient (Pascanu, Mikolov and Bengio 2013). A feature's derivative counts wherever the feature stands. */
static void clip(const struct bilstm *m, struct scratch *s, const struct grad *g)
{
    const size_t n = s->pack.z.n, T = REAL_PAD(m->T);
    double sum = 0;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        if (!b->row)
            grad_row(b, &m->base.layout, s->block);
        sum += kernel_norm2(b->row ? b->row : s->block, layout_block(&m->base.layout.group[b->group]));
    }
    if (!(sum > m->clip * m->clip))
        return;
    const real factor = (real)(m->clip / sqrt(sum));
    scale(s->dx[0], n * width(m, 0), factor);
    if (m->nparts)
        characters_scale(&m->characters, s->characters, factor);
    for (uint32_t l = 0; l < m->layers; l++)
        for (int side = 0; side < 2; side++)
            direction_scale(&s->direction[l][side], factor);
    scale(s->out_b, T, factor);
    scale(s->logit, n * T, factor);
    if (m->edge != ABSENT)
        scale(s->edge, m->T * T, factor);
}

/* Of what is packed. */
static double gradient_of(const struct bilstm *m, const struct weights *w, const uint64_t *draw,
                          struct grad *g, struct scratch *s)
{
    forward(m, w, draw, s);
    double loss = m->edge == ABSENT ? loss_of_tokens(m, s) : loss_of_chains(m, s);
    back(m, s, m->dropout > 0 && draw[0]);
    list(m, s, g);
    if (m->clip > 0)
        clip(m, s, g);
    return loss;
}

static double gradient(const struct model *base, const struct weights *w, const struct example *z,
                       struct grad *g, void *scratch)
{
    struct scratch *s = scratch;
    pack_one(&s->pack, z);
    return gradient_of((const struct bilstm *)base, w, &g->draw, g, s);
}

static double gradients(const struct model *base, const struct weights *w, const struct example *const *z,
                        const uint64_t *draw, uint32_t count, struct grad *g, void *scratch)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct scratch *s = scratch;
    if (count == 1)
        pack_one(&s->pack, z[0]);
    else
        pack_many(&s->pack, z, count, m->layer[0].cell == DENSE_LSTM);
    return gradient_of(m, w, draw, g, s);
}

static real *feature_row(const struct model *base, real *w, uint32_t feature, uint32_t *columns)
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *g = &base->layout.group[input_group(&m->input, feature)];
    *columns = g->columns;
    return w + g->offset + m->input.row[feature] * layout_block(g);
}

const struct model_ops bilstm_ops = {
    .name = "bilstm",
    .summary = "bidirectional LSTM, GRU or RNN over embedded features; softmax or CRF output",
    .keys = keys,
    .spelling = characters_spelling,
    .create = create,
    .destroy = destroy,
    .feature_row = feature_row,
    .init = init,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .bundles = bundles,
    .touch = touch,
    .gradient = gradient,
    .gradients = gradients,
    .lay = lay,
};

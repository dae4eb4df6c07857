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
#include "lib/num/kernel.h"
#include "models/bilstm_inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct model_ops bilstm_ops;

static const struct key keys[] = {
    {"cell", KEY_CHOICE, 0, 0, "lstm", "lstm|gru|rnn", "recurrent unit: LSTM, GRU, or Elman's"},
    {"recurrence", KEY_CHOICE, 0, 0, "full", "diagonal|full",
     "matrices of the layers: full ones, or diagonal ones as in Sun (2016), where embeddings and "
     "characters_hidden have as many numbers as hidden says"},
    {"layers", KEY_INTEGER, 1, LAYERS, "1", NULL, "layers, each with two directions"},
    {"hidden", KEY_INTEGER, 1, 4096, "100", NULL, "units of a layer in each direction"},
    {"embedding", KEY_INTEGER, 1, 4096, "100", NULL, "numbers that stand for a feature"},
    {"embeddings", KEY_STRING, 0, 0, "", NULL,
     "with input concatenate: how many for the features of each U line, in the template's order (lines of "
     "one text are one), as in \"100 20\"; empty: embedding"},
    {"input", KEY_CHOICE, 0, 0, "concatenate", "sum|concatenate",
     "a token's features: those of one U line beside those of the next (24 lines at most), or added up; B "
     "lines play no part"},
    {"unknown", KEY_REAL, 0, 100, "0.25", NULL,
     "a: in training a feature seen f times is taken for an unknown one with probability a/(a+f); 0: never"},
    {"output", KEY_CHOICE, 0, 0, "softmax", "softmax|crf",
     "labels: each for itself, or a chain with label transitions"},
    {"dropout", KEY_REAL, 0, 0.95, "0", NULL,
     "share of the numbers that is left out in training, of what goes into a layer or the output"},
    {"clip", KEY_REAL, 0, 1e9, "0", NULL,
     "a sentence's gradient is shortened to this norm, at most, which is slower with engine.accumulate; 0: "
     "never"},
    {"init", KEY_REAL, 0, 100, "0", NULL,
     "standard deviation of matrices at the beginning; 0: 1/sqrt(inputs, with their padding) of full ones, "
     "0.5 of diagonal ones"},
    {"init_embedding", KEY_REAL, 0, 100, "0.1", NULL, "standard deviation of embeddings at the beginning"},
    {"forget_bias", KEY_REAL, -100, 100, "1", NULL,
     "lstm: bias of the forget gates at the beginning (other biases: 0)"},
    {"block_rows", KEY_INTEGER, 1, 1e6, "6", NULL,
     "inputs, units or labels whose weights are one block (of what is counted, and combined), at most"},
    {"characters", KEY_CHOICE, 0, 0, "none", "none|lstm|cnn",
     "beside a token's features, a vector from its word's characters, the first 64: by a Bi-LSTM over them "
     "or a CNN"},
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
bool bilstm_padding(const struct bilstm *m, uint32_t l, size_t k)
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
        if (!layer->full || !bilstm_padding(m, l, k / layer->gates))
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
static real *feature_row(const struct model *base, real *w, uint32_t feature, uint32_t *columns)
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *g = &base->layout.group[input_group(&m->input, feature)];
    *columns = g->columns;
    return w + g->offset + m->input.row[feature] * layout_block(g);
}

#define WORDS "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,1]\nU3\n"

#define RATE 0.01 /* at a higher rate training is chaotic */

/* Small networks save time. Each cell, recurrence, input and output stands beside several choices of the others. */
#define SMALL "hidden: 5\n  block_rows: 3\n  init_embedding: 0.5\n  "
static const struct model_variant variants[] = {
    {"lstm diagonal", SMALL "init: 0.5\n  embedding: 5\n  recurrence: diagonal\n  input: sum", WORDS "B\n",
     RATE, true},
    {"lstm crf", SMALL "init: 0.5\n  embedding: 3\n  input: sum\n  output: crf\n  dropout: 0.3", WORDS, RATE,
     true},
    {"gru diagonal 2 layers crf",
     SMALL "init: 0.5\n  embedding: 5\n  input: sum\n  recurrence: diagonal\n  cell: gru\n  layers: 2\n  "
           "output: crf",
     WORDS "B\n", RATE, true},
    {"gru concatenated", SMALL "init: 0.5\n  embedding: 3\n  cell: gru", WORDS "U2:%x[0,1]\nU3:%x[0,1]\n",
     RATE, true},
    {"rnn 2 layers",
     SMALL "init: 0.2\n  embedding: 4\n  cell: rnn\n  layers: 2\n  dropout: 0.5\n  unknown: 2", WORDS, RATE,
     true},
    {"rnn diagonal concatenated crf",
     SMALL "init: 0.5\n  embedding: 5\n  cell: rnn\n  recurrence: diagonal\n  output: crf", WORDS, RATE,
     true},
    {"lstm 2 layers", SMALL "init: 0\n  embeddings: 5 3 9 1 2\n  layers: 2\n  forget_bias: -0.5",
     WORDS "U1:%x[0,1]\n", RATE, true},
    {"lstm over characters",
     SMALL "init: 0.5\n  embedding: 3\n  dropout: 0.2\n  characters: lstm\n  characters_embedding: 3\n  "
           "characters_hidden: 4",
     WORDS, RATE, true},
    {"rnn diagonal, cnn over characters",
     SMALL "init: 0.5\n  embedding: 5\n  cell: rnn\n  recurrence: diagonal\n  input: sum\n  output: crf\n  "
           "characters: cnn\n  characters_embedding: 3\n  characters_hidden: 5",
     WORDS, RATE, true},
    {NULL, NULL, NULL, 0, false},
};

const struct model_ops bilstm_ops = {
    .name = "bilstm",
    .summary = "bidirectional LSTM, GRU or RNN over embedded features; softmax or CRF output",
    .keys = keys,
    .variants = variants,
    .spelling = characters_spelling,
    .create = create,
    .destroy = destroy,
    .feature_row = feature_row,
    .init = init,
    .scratch_new = bilstm_scratch_new,
    .scratch_free = bilstm_scratch_free,
    .max_bundles = bilstm_bundles,
    .list_blocks = bilstm_touch,
    .gradient = bilstm_gradient,
    .gradients = bilstm_gradients,
    .score = bilstm_lay,
};

/* SPDX-License-Identifier: MIT
 *
 * bilstm: a bidirectional recurrent network (Graves and Schmidhuber 2005) over the template's features, the second
 * model of Sun (2016, 3.2):
 *
 *     features of a token ──embedding──> x0 ──layer 0──> x1 = [h forwards, h backwards] ──…──> logits ──> labels
 *
 *     group        blocks                   a block
 *     embedding …  one for each feature     [D]            embedding.h
 *     char.embedding, char.…                               characters.h: after the features in x0
 *     l0.f.wx …    block_rows inputs each   [inputs][G][H] full: Wx and Wh of a layer's direction (f, b); row by row
 *     l0.f.wh …    block_rows units each    [units][G][H]  what an input gives to all gates (lib/num/dense.h)
 *     l0.f.wx …    one for each gate, part  [H]            diagonal
 *     l0.f.b …     one for each gate        [H]
 *     out.w        block_rows labels each   [labels][2][H]
 *     out.b        one                      [T]
 *     out.edge     one                      [T][T]         output crf: label transitions
 *
 * Every sentence reads all groups but embeddings, in place. Dropout (Srivastava 2014) is on x0 and on the output of
 * each layer: numbers become 0 with probability p, and the others are divided by 1 - p.
 */
#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "models/bilstm/inside.h"

#include <math.h>

static const struct key keys[] = {
    {"cell", KEY_CHOICE, 0, 0, "lstm", "lstm|gru|rnn",
     "recurrent unit\n"
     "lstm: long short-term memory\n"
     "gru: gated recurrent unit\n"
     "rnn: Elman network"},
    {"recurrence", KEY_CHOICE, 0, 0, "full", "diagonal|full",
     "matrices of the layers\n"
     "full: each unit reads all inputs\n"
     "diagonal: unit u reads number u of each input (Sun 2016); embeddings and characters_hidden must have "
     "the size of hidden"},
    {"layers", KEY_INTEGER, 1, LAYERS, "1", NULL, "number of layers, each with two directions"},
    {"hidden", KEY_INTEGER, 1, 4096, "100", NULL, "units of a layer in each direction"},
    {"embedding", KEY_INTEGER, 1, 4096, "100", NULL, "embedding size of a feature"},
    {"embeddings", KEY_STRING, 0, 0, "", NULL,
     "with input concatenate: embedding size of each U line, in the order of the template, as in \"100 "
     "20\"; lines of the same text count once\n"
     "none: embedding for all"},
    {"input", KEY_CHOICE, 0, 0, "concatenate", "sum|concatenate",
     "how the embeddings of a token's U lines become one vector; B lines play no part\n"
     "sum: added up\n"
     "concatenate: side by side, 24 lines at most"},
    {"unknown", KEY_REAL, 0, 100, "0.25", NULL,
     "a: in training, a feature that occurs f times is replaced by the unknown feature with probability "
     "a/(a+f); 0: never"},
    {"output", KEY_CHOICE, 0, 0, "softmax", "softmax|crf",
     "how labels are chosen\n"
     "softmax: each by itself\n"
     "crf: as a chain with label transitions"},
    {"dropout", KEY_REAL, 0, 0.95, "0", NULL,
     "dropout rate in training, of the inputs of layers and of the output"},
    {"clip", KEY_REAL, 0, 1e9, "0", NULL,
     "greatest norm of a sentence's gradient: a longer one is shortened to it; slower with "
     "engine.accumulate\n"
     "0: no limit"},
    {"init", KEY_REAL, 0, 100, "0", NULL,
     "standard deviation of the initial matrices\n"
     "0: 1/sqrt(inputs, with their padding) for full ones, 0.5 for diagonal ones"},
    {"init_embedding", KEY_REAL, 0, 100, "0.1", NULL, "standard deviation of the initial embeddings"},
    {"forget_bias", KEY_REAL, -100, 100, "1", NULL,
     "with cell lstm: initial bias of the forget gates; other biases begin at 0"},
    {"block_rows", KEY_INTEGER, 1, 1e6, "6", NULL,
     "greatest number of inputs, units or labels whose weights make one block; errors are counted, and "
     "writes combined, by blocks"},
    {"characters", KEY_CHOICE, 0, 0, "none", "none|lstm|cnn",
     "a vector made from the first 64 characters of a word, beside the token's features\n"
     "none: no such vector\n"
     "lstm: by a Bi-LSTM over the characters\n"
     "cnn: by a convolution over the characters"},
    {"characters_column", KEY_INTEGER, 0, 1e6, "0", NULL, "with characters: column of the words, from 0"},
    {"characters_embedding", KEY_INTEGER, 1, 4096, "30", NULL,
     "with characters: embedding size of a character"},
    {"characters_hidden", KEY_INTEGER, 1, 4096, "50", NULL,
     "with characters: units in each direction, or filters"},
    {"characters_width", KEY_INTEGER, 1, SPELLING_LONGEST, "3", NULL,
     "with characters cnn: how many characters a filter sees"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- the gradient */

static size_t max_bundles(const struct model *base, struct capacity longest)
{
    const struct bilstm *m = (const struct bilstm *)base;
    size_t n = (size_t)longest.tokens * m->embedding.max_rows + characters_bundles(&m->characters, longest);
    for (uint32_t g = m->universal; g < base->layout.ngroups; g++)
        n += base->layout.group[g].count;
    return n;
}

static void list_blocks(const struct model *base, const struct example *z, struct gradient *g)
{
    const struct bilstm *m = (const struct bilstm *)base;
    embedding_list_blocks(&m->embedding, z, m->number, g);
    if (bilstm_has_characters(m))
        characters_list_blocks(z, m->char_embedding, g);
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

/* The derivatives by a direction's groups that are rows, … */
static void list_direction(const struct bilstm *m, struct gradient *g, const struct layer_direction *d,
                           const uint32_t *group)
{
    if (!d->layer->full)
        list_rows(m, g, group[WX], d->dwx);
    if (!m->base.layout.group[group[WH]].product)
        list_rows(m, g, group[WH], d->dwh);
    list_rows(m, g, group[B], d->db);
}

/* … and those that are products. */
static void list_products(const struct bilstm *m, struct gradient *g, const struct layer_direction *d,
                          const uint32_t *group)
{
    const struct layout *l = &m->base.layout;
    if (l->group[group[WX]].product)
        gradient_add_product(g, l, group[WX], m->number, &d->input);
    if (l->group[group[WH]].product)
        gradient_add_product(g, l, group[WH], m->number, &d->recurrent);
}

/* All bundles with products come last (lib/num/gradient.h). */
static void list(const struct bilstm *m, struct bilstm_scratch *s, struct gradient *g)
{
    const struct layout *l = &m->base.layout;
    const struct characters *c = &m->characters;
    embedding_list(&m->embedding, &s->lookup, m->number, s->dx[0], bilstm_width(m, 0), g);
    if (bilstm_has_characters(m))
        characters_list(c, s->characters, m->char_embedding, m->number, g);
    for (int side = 0; c->kind == CHARACTERS_LSTM && side < 2; side++)
        list_direction(m, g, characters_direction(s->characters, side), m->char_group[side]);
    if (c->kind == CHARACTERS_CNN)
        list_rows(m, g, m->filter_bias, characters_bias(s->characters));
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++)
            list_direction(m, g, &s->direction[k][side], m->group[k][side]);
    list_rows(m, g, m->out_b, s->out_b);
    if (m->edge != ABSENT)
        list_rows(m, g, m->edge, s->edge);
    for (uint32_t k = 0; k < m->layers; k++)
        for (int side = 0; side < 2; side++)
            list_products(m, g, &s->direction[k][side], m->group[k][side]);
    for (int side = 0; c->kind == CHARACTERS_LSTM && side < 2; side++)
        list_products(m, g, characters_direction(s->characters, side), m->char_group[side]);
    if (c->kind == CHARACTERS_CNN)
        gradient_add_product(g, l, m->filters, m->number, characters_filters(s->characters));
    gradient_add_product(g, l, m->out_w, m->number, &s->out);
}

/* Shorten the gradient (Pascanu, Mikolov and Bengio 2013). The norm counts a feature's derivative at each place of the
 * feature, not their sum. */
static void clip(const struct bilstm *m, struct bilstm_scratch *s, const struct gradient *g)
{
    const size_t n = s->sentences.z.n, T = REAL_PAD(m->T);
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
    if (bilstm_has_characters(m))
        characters_scale(&m->characters, s->characters, factor);
    for (uint32_t l = 0; l < m->layers; l++)
        for (int side = 0; side < 2; side++)
            layer_scale(&s->direction[l][side], factor);
    kernel_scale(s->out_b, T, factor);
    kernel_scale(s->logit, n * T, factor);
    if (m->edge != ABSENT)
        kernel_scale(s->edge, m->T * T, factor);
}

/* Of the sentences in hand. */
static double gradient_of(const struct bilstm *m, const struct weights *w, const uint64_t *draw,
                          struct gradient *g, struct bilstm_scratch *s)
{
    bilstm_forward(m, w, draw, s);
    const double loss = bilstm_loss(m, s);
    bilstm_backward(m, s, m->dropout > 0 && draw[0]);
    list(m, s, g);
    g->copied = w->scale != 1; /* see bilstm_find_weights */
    if (m->clip > 0)
        clip(m, s, g);
    return loss;
}

static double gradient(const struct model *base, const struct weights *w, const struct example *z,
                       struct gradient *g, void *scratch)
{
    struct bilstm_scratch *s = scratch;
    sentences_one(&s->sentences, z);
    return gradient_of((const struct bilstm *)base, w, &g->draw, g, s);
}

static double gradients(const struct model *base, const struct weights *w, const struct example *const *z,
                        const uint64_t *draw, uint32_t count, struct gradient *g, void *scratch)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct bilstm_scratch *s = scratch;
    if (count == 1)
        sentences_one(&s->sentences, z[0]);
    else
        sentences_many(&s->sentences, z, count, m->layer[0].cell == DENSE_LSTM);
    return gradient_of(m, w, draw, g, s);
}

static struct chain *score(const struct model *base, const struct weights *w, const struct example *z,
                           void *scratch)
{
    const struct bilstm *m = (const struct bilstm *)base;
    struct bilstm_scratch *s = scratch;
    sentences_one(&s->sentences, z);
    bilstm_forward(m, w, NULL, s);
    bilstm_fill_chain(m, s, 0);
    return &s->chain;
}

static real *feature_row(const struct model *base, real *w, uint32_t feature, uint32_t *columns)
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *g = &base->layout.group[embedding_group(&m->embedding, feature)];
    *columns = g->columns;
    return w + g->offset + m->embedding.row[feature] * layout_block(g);
}

/* Embeddings have features, but for those of unknown ones; the matrices have no names but those of their groups. The
 * output's transitions are added to the score as they are. */
static void parameters(const struct model *base, parameter_visit *visit, void *to)
{
    const struct bilstm *m = (const struct bilstm *)base;
    for (uint32_t k = 0; k < base->layout.ngroups; k++) {
        if (k >= m->embedding.parts) {
            parameter_group(base, k, k == m->edge ? PARAMETER_TRANSITION : PARAMETER_MATRIX, NULL, visit, to);
            continue;
        }
        const uint32_t count = base->layout.group[k].count;
        uint32_t *feature = memory_new(count, sizeof *feature);
        for (uint32_t row = 0; row < count; row++)
            feature[row] = PARAMETER_NONE;
        for (uint32_t id = 0; id < m->embedding.features; id++)
            if (embedding_group(&m->embedding, id) == k)
                feature[m->embedding.row[id]] = id;
        parameter_group(base, k, PARAMETER_EMBEDDING, feature, visit, to);
        memory_free(feature);
    }
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

/* Products of tokens' rows: diagonal layers have none. */
static uint32_t matrices(const struct model *base, struct matrix to[])
{
    const struct bilstm *m = (const struct bilstm *)base;
    const struct group *g = base->layout.group;
    uint32_t n = 0;
    for (uint32_t l = 0; l < m->layers; l++) {
        const uint32_t *group = m->group[l][0];
        const struct layer *layer = &m->layer[l];
        uint32_t inputs = 0;
        for (size_t k = 0; k < layer->inputs; k++)
            inputs += !bilstm_is_padding(m, l, k);
        if (!layer->full)
            return 0;
        const uint32_t units = layer->gates * m->H, columns = layer->gates * (uint32_t)layer->stride;
        to[n++] = (struct matrix){"input", inputs, units, (uint32_t)layer->used, columns, .count = 2};
        to[n - 1].blocks = g[group[WX]].count;
        to[n++] = (struct matrix){"recurrence", m->H, units, m->H, columns, .count = 2, .steps = true};
        to[n - 1].blocks = g[group[WH]].count;
    }
    to[n++] =
        (struct matrix){"output", 2 * m->H, m->T, m->T, 2 * (uint32_t)m->S, .count = 1, .transposed = true};
    to[n - 1].blocks = g[m->out_w].count;
    return n;
}

const struct model_ops bilstm_ops = {
    .name = "bilstm",
    .summary = "bidirectional LSTM, GRU or RNN over embedded features; softmax or CRF output",
    .keys = keys,
    .variants = variants,
    .spelling = characters_spelling,
    .create = bilstm_create,
    .destroy = bilstm_destroy,
    .feature_row = feature_row,
    .init = bilstm_init,
    .origins = bilstm_origins,
    .parameters = parameters,
    .scratch_new = bilstm_scratch_new,
    .scratch_free = bilstm_scratch_free,
    .max_bundles = max_bundles,
    .list_blocks = list_blocks,
    .gradient = gradient,
    .gradients = gradients,
    .matrices = matrices,
    .score = score,
};

/* SPDX-License-Identifier: MIT */
#include "models/bilstm/characters.h"

#include "lib/base/memory.h"

#include <string.h>

#define NO_ROW UINT32_MAX

struct characters_scratch {
    const struct example *example; /* that of characters_forward */
    uint32_t distinct; /* characters of the sentence that differ */
    uint32_t *row; /* [count] which row of x a character has; NO_ROW between sentences */
    uint32_t *id; /* [distinct] the character of each row */
    uint32_t *start; /* 0, 1, 2 …: where the list of one number begins that is gathered */
    uint32_t *at; /* [characters] the rows of x of the sentence's characters, in its order */
    real *zero, *x, *dx; /* [REAL_PAD(embedding)], [distinct][REAL_PAD(embedding)] */

    /* lstm: n is the number of characters */
    struct pack pack; /* of words */
    uint32_t *length; /* [tokens] characters of each word */
    uint32_t *source[2]; /* [n] which row of x each row of the pack reads, by direction */
    real *h[2], *dh; /* [n][stride] */
    struct layer_direction direction[2];

    /* cnn */
    real *filtered, *dfiltered; /* [distinct][window][stride] */
    real *vector; /* [tokens][stride] the maxima over the word, then tanh of them */
    uint32_t *argmax; /* [tokens][stride] at which character of the word */
    real *sum; /* [stride] */
    struct product filters; /* the derivative by the filters, */
    real *bias; /* [stride] and by the bias */
};

/* ---- what it is */

const char *characters_spelling(const struct config *c)
{
    return strcmp(config_string(c, "model.characters"), "none") != 0 ? "model.characters_column" : NULL;
}

bool characters_is_padding(const struct characters *c, size_t k)
{
    const size_t sides = c->kind == CHARACTERS_LSTM ? 2 : 1;
    return k / c->side_width >= sides || k % c->side_width >= c->hidden;
}

void characters_shape(struct characters *c, bool padded)
{
    c->stride = layer_stride(c->hidden, dense_gates(DENSE_LSTM), c->kind == CHARACTERS_LSTM && !padded);
    c->side_width = padded ? c->stride : c->hidden;
    c->width = c->kind == CHARACTERS_LSTM ? 2 * c->side_width : c->side_width;
    c->width = (c->width + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
    c->layer = (struct layer){.dense = c->dense,
                              .cell = DENSE_LSTM,
                              .full = true,
                              .hidden = c->hidden,
                              .gates = dense_gates(DENSE_LSTM),
                              .stride = c->stride,
                              .inputs = c->embedding,
                              .used = c->embedding,
                              .x_pitch = REAL_PAD(c->embedding),
                              .h_pitch = c->stride};
}

bool characters_init(struct characters *c, const struct config *config, const struct space *space,
                     bool padded, struct error *e)
{
    const char *kind = config_string(config, "model.characters");
    *c = (struct characters){.kind = strcmp(kind, "lstm") == 0  ? CHARACTERS_LSTM
                                     : strcmp(kind, "cnn") == 0 ? CHARACTERS_CNN
                                                                : CHARACTERS_NONE,
                             .kernel = kernel_get(),
                             .dense = dense_get()};
    if (c->kind == CHARACTERS_NONE)
        return true;
    if (!space->spelling || space->spelling->column != config_integer(config, "model.characters_column"))
        return config_fault(config, "model.characters", e,
                            "the corpus was read without the characters of that column; train again");
    c->count = vocab_count(space->spelling->characters) + 1;
    c->embedding = (uint32_t)config_integer(config, "model.characters_embedding");
    c->hidden = (uint32_t)config_integer(config, "model.characters_hidden");
    c->window = (uint32_t)config_integer(config, "model.characters_width");
    characters_shape(c, padded);
    return true;
}

/* ---- a thread's memory */

static real *reals(size_t rows, size_t n)
{
    return memory_lines(rows * n, sizeof(real));
}

static void lstm_init(const struct characters *c, struct characters_scratch *s, struct capacity longest,
                      size_t distinct)
{
    const size_t n = longest.characters;
    pack_init(&s->pack, longest.characters, longest.tokens);
    s->length = memory_new(longest.tokens, sizeof *s->length);
    s->dh = reals(n, c->stride);
    for (int side = 0; side < 2; side++) {
        s->source[side] = memory_new(n, sizeof *s->source[side]);
        s->h[side] = reals(n, c->stride);
        layer_direction_init(&s->direction[side], &c->layer, false, n, distinct);
    }
}

static void cnn_init(const struct characters *c, struct characters_scratch *s, struct capacity longest,
                     size_t distinct)
{
    s->filtered = reals(distinct, c->window * c->stride);
    s->dfiltered = reals(distinct, c->window * c->stride);
    s->vector = reals(longest.tokens, c->stride);
    s->argmax = memory_new(longest.tokens * c->stride, sizeof *s->argmax);
    s->sum = reals(1, c->stride);
    s->bias = reals(1, c->stride);
}

struct characters_scratch *characters_scratch_new(const struct characters *c, struct capacity longest)
{
    if (c->kind == CHARACTERS_NONE)
        return NULL;
    struct characters_scratch *s = memory_new(1, sizeof *s);
    const size_t n = longest.characters, distinct = n < c->count ? n : c->count, E = REAL_PAD(c->embedding);
    s->row = memory_new(c->count, sizeof *s->row);
    memset(s->row, 0xFF, c->count * sizeof *s->row);
    s->id = memory_new(distinct, sizeof *s->id);
    s->start = memory_new(distinct + 1, sizeof *s->start);
    for (uint32_t k = 0; k <= distinct; k++)
        s->start[k] = k;
    s->at = memory_new(n, sizeof *s->at);
    s->zero = reals(1, E);
    s->x = reals(distinct, E);
    s->dx = reals(distinct, E);
    (c->kind == CHARACTERS_LSTM ? lstm_init : cnn_init)(c, s, longest, distinct);
    return s;
}

void characters_scratch_free(struct characters_scratch *s)
{
    if (!s)
        return;
    void *const arrays[] = {s->row,    s->id,        s->start,     s->at,     s->zero,   s->x,   s->dx,
                            s->length, s->filtered,  s->dfiltered, s->vector, s->argmax, s->sum, s->bias,
                            s->dh,     s->source[0], s->source[1], s->h[0],   s->h[1]};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    pack_free(&s->pack);
    for (int side = 0; side < 2; side++)
        layer_direction_free(&s->direction[side]);
    memory_free(s);
}

/* ---- the distinct characters of a sentence */

static uint32_t length_of(const struct example *z, uint32_t i)
{
    return z->spelling_start[i + 1] - z->spelling_start[i];
}

/* The rows of x of token i's characters. */
static const uint32_t *rows_of(const struct characters_scratch *s, uint32_t i)
{
    return s->at + (s->example->spelling_start[i] - s->example->spelling_start[0]);
}

/* Give each distinct character a row of x, in the order of their first appearance. */
static void number_rows(struct characters_scratch *s, const struct example *z)
{
    const uint32_t begin = z->spelling_start[0], end = z->spelling_start[z->n];
    s->example = z;
    s->distinct = 0;
    for (uint32_t k = begin; k < end; k++) {
        uint32_t *row = &s->row[z->spelling[k]];
        if (*row == NO_ROW) {
            *row = s->distinct++;
            s->id[*row] = z->spelling[k];
        }
        s->at[k - begin] = *row;
    }
    for (uint32_t k = 0; k < s->distinct; k++)
        s->row[s->id[k]] = NO_ROW;
}

static void embed(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                  const struct layout *l, uint32_t number)
{
    const struct group *group = &l->group[number];
    c->kernel->gather(w->w + group->offset, (w->local ? w->local : w->w) + group->offset,
                      w->local ? w->hot[number] : 0, group->stride, s->start, s->id, UINT32_MAX, s->distinct,
                      w->scale, s->zero, s->x);
}

/* ---- lstm */

static void pack_words(struct characters_scratch *s)
{
    const struct example *z = s->example;
    const struct pack *p = &s->pack;
    for (uint32_t i = 0; i < z->n; i++)
        s->length[i] = length_of(z, i);
    pack_many(&s->pack, s->length, z->n, true);
    for (uint32_t step = 0; step < p->steps; step++)
        for (uint32_t k = 0; k < p->active[step]; k++) {
            const uint32_t row = pack_row(p, k, step), *word = rows_of(s, p->order[k]);
            s->source[0][row] = word[step];
            s->source[1][row] = word[p->length[k] - 1 - step];
        }
}

static struct layer_rows layer_rows_of(const struct characters_scratch *s, int side)
{
    return (struct layer_rows){.pack = &s->pack,
                               .distinct = s->distinct,
                               .source = s->source[side],
                               .x = s->x,
                               .dx = s->dx,
                               .h = s->h[side],
                               .dh = s->dh};
}

/* The row of the last h of the k-th word of the pack. */
static size_t last_row(const struct pack *p, uint32_t k)
{
    return pack_row(p, k, p->length[k] - 1);
}

static void lstm_forward(const struct characters *c, struct characters_scratch *s,
                         const struct characters_weights *a, real *out, size_t pitch)
{
    const struct pack *p = &s->pack;
    pack_words(s);
    for (int side = 0; side < 2; side++) {
        const struct layer_rows rows = layer_rows_of(s, side);
        layer_forward(&s->direction[side], &a->side[side], &rows);
        for (uint32_t k = 0; k < p->active[0]; k++)
            memcpy(out + p->order[k] * pitch + side * c->side_width, s->h[side] + last_row(p, k) * c->stride,
                   c->hidden * sizeof *out);
    }
}

static void lstm_backward(const struct characters *c, struct characters_scratch *s,
                          const struct characters_weights *a, const real *dout, size_t pitch)
{
    const struct pack *p = &s->pack;
    for (int side = 0; side < 2; side++) {
        const struct layer_rows rows = layer_rows_of(s, side);
        memset(s->dh, 0, p->n * c->stride * sizeof *s->dh);
        for (uint32_t k = 0; k < p->active[0]; k++)
            memcpy(s->dh + last_row(p, k) * c->stride, dout + p->order[k] * pitch + side * c->side_width,
                   c->hidden * sizeof *dout);
        layer_backward(&s->direction[side], &a->side[side], &rows, side);
    }
}

/* ---- cnn */

static void add(real *restrict to, const real *restrict x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] += x[k];
}

/* What the filters give with their middle at character p of a word, to `sum`. */
static void convolve(const struct characters *c, const struct characters_scratch *s, const uint32_t *row,
                     uint32_t length, uint32_t p, real *restrict sum)
{
    const size_t S = c->stride;
    memset(sum, 0, S * sizeof *sum);
    for (uint32_t j = 0; j < c->window; j++) {
        const uint32_t q = p + j - (c->window - 1) / 2; /* before the word: a number far above its length */
        if (q < length)
            add(sum, s->filtered + (row[q] * (size_t)c->window + j) * S, S);
    }
}

static void update_maximum(const real *restrict sum, uint32_t p, real *restrict maximum,
                           uint32_t *restrict argmax, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        argmax[k] = sum[k] > maximum[k] ? p : argmax[k];
        maximum[k] = sum[k] > maximum[k] ? sum[k] : maximum[k];
    }
}

/* What each distinct character gives to each place of the filters. */
static void filter(const struct characters *c, struct characters_scratch *s, const real *filters)
{
    const size_t n = c->window * c->stride;
    c->dense->product(&(struct product){.m = s->distinct,
                                        .k = c->embedding,
                                        .n = n,
                                        .A = s->x,
                                        .a_row = REAL_PAD(c->embedding),
                                        .a_column = 1,
                                        .B = filters,
                                        .b_row = n,
                                        .C = s->filtered,
                                        .c_row = n});
}

RACY static void cnn_forward(const struct characters *c, struct characters_scratch *s,
                             const struct characters_weights *a, real *out, size_t pitch)
{
    const struct example *z = s->example;
    const size_t S = c->stride;
    filter(c, s, a->filters);
    for (uint32_t i = 0; i < z->n; i++) {
        const uint32_t length = length_of(z, i);
        real *vector = s->vector + i * S;
        uint32_t *argmax = s->argmax + i * S;
        for (uint32_t p = 0; p < length; p++) {
            convolve(c, s, rows_of(s, i), length, p, p ? s->sum : vector);
            if (p)
                update_maximum(s->sum, p, vector, argmax, S);
            else
                memset(argmax, 0, S * sizeof *argmax);
        }
        if (length == 0) {
            memset(vector, 0, S * sizeof *vector);
        } else {
            for (size_t k = 0; k < S; k++)
                vector[k] += a->bias[k];
            c->dense->tanh(vector, S);
        }
        memcpy(out + i * pitch, vector, c->hidden * sizeof *out);
    }
}

/* From dfiltered the derivatives by x, and by the filters as a product. */
static void filter_back(const struct characters *c, struct characters_scratch *s, const real *filters)
{
    const size_t E = REAL_PAD(c->embedding), n = c->window * c->stride;
    c->dense->product_transposed(&(struct product){.m = s->distinct,
                                                   .k = n,
                                                   .n = c->embedding,
                                                   .A = s->dfiltered,
                                                   .a_row = n,
                                                   .a_column = 1,
                                                   .B = filters,
                                                   .b_row = n,
                                                   .base_row = E,
                                                   .C = s->dx,
                                                   .c_row = E});
    s->filters = (struct product){.m = c->embedding,
                                  .k = s->distinct,
                                  .n = n,
                                  .A = s->x,
                                  .a_row = 1,
                                  .a_column = E,
                                  .B = s->dfiltered,
                                  .b_row = n};
}

static void cnn_backward(const struct characters *c, struct characters_scratch *s,
                         const struct characters_weights *a, const real *dout, size_t pitch)
{
    const struct example *z = s->example;
    const size_t S = c->stride, n = c->window * S;
    memset(s->dfiltered, 0, s->distinct * n * sizeof *s->dfiltered);
    memset(s->bias, 0, S * sizeof *s->bias);
    for (uint32_t i = 0; i < z->n; i++) {
        const uint32_t length = length_of(z, i), *row = rows_of(s, i), *argmax = s->argmax + i * S;
        const real *vector = s->vector + i * S;
        for (uint32_t k = 0; k < c->hidden && length; k++) {
            const real d = dout[i * pitch + k] * (1 - vector[k] * vector[k]);
            s->bias[k] += d;
            for (uint32_t j = 0; j < c->window; j++) {
                const uint32_t q = argmax[k] + j - (c->window - 1) / 2;
                if (q < length)
                    s->dfiltered[row[q] * n + j * S + k] += d;
            }
        }
    }
    filter_back(c, s, a->filters);
}

/* ---- both */

void characters_forward(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                        const struct layout *l, uint32_t group, const struct characters_weights *a,
                        const struct example *z, real *out, size_t pitch)
{
    number_rows(s, z);
    embed(c, s, w, l, group);
    for (uint32_t i = 0; i < z->n; i++) /* padding, and words without a character */
        memset(out + i * pitch, 0, c->width * sizeof *out);
    (c->kind == CHARACTERS_LSTM ? lstm_forward : cnn_forward)(c, s, a, out, pitch);
}

void characters_backward(const struct characters *c, struct characters_scratch *s,
                         const struct characters_weights *a, const real *dout, size_t pitch)
{
    (c->kind == CHARACTERS_LSTM ? lstm_backward : cnn_backward)(c, s, a, dout, pitch);
}

const struct layer_direction *characters_direction(const struct characters_scratch *s, int side)
{
    return &s->direction[side];
}

const struct product *characters_filters(const struct characters_scratch *s)
{
    return &s->filters;
}

const real *characters_bias(const struct characters_scratch *s)
{
    return s->bias;
}

void characters_list(const struct characters *c, const struct characters_scratch *s, uint32_t group,
                     const uint32_t *number, struct gradient *g)
{
    const size_t E = REAL_PAD(c->embedding);
    for (uint32_t k = 0; k < s->distinct; k++)
        gradient_add(g, group, 1, number + s->id[k], s->dx + k * E);
}

void characters_scale(const struct characters *c, struct characters_scratch *s, real factor)
{
    kernel_scale(s->dx, s->distinct * REAL_PAD(c->embedding), factor);
    if (c->kind == CHARACTERS_CNN) {
        kernel_scale(s->dfiltered, s->distinct * c->window * c->stride, factor);
        kernel_scale(s->bias, c->stride, factor);
        return;
    }
    for (int side = 0; side < 2; side++)
        layer_scale(&s->direction[side], factor);
}

void characters_list_blocks(const struct example *z, uint32_t group, struct gradient *g)
{
    for (uint32_t k = z->spelling_start[0]; k < z->spelling_start[z->n]; k++)
        gradient_add(g, group, 1, z->spelling + k, NULL);
}

size_t characters_bundles(const struct characters *c, struct capacity longest)
{
    return c->kind == CHARACTERS_NONE ? 0 : longest.characters;
}

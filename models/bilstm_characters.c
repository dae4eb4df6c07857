/* SPDX-License-Identifier: MIT */
#include "models/bilstm_characters.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

#define ABSENT UINT32_MAX
#define GATES 4

enum {
    WX,
    WH,
    B,
    SIDE
}; /* the LSTM's parts of a side; the backward side's come after those of the forward one */
enum { FILTERS, BIAS }; /* the CNN's parts */

/* One direction over all words: row r of step s stands at offset[s] + r. */
struct side {
    real *v, *dv; /* [different][GATES][lanes] what a character gives to the gates; the derivative by it */
    real *z; /* [characters][GATES][lanes] */
    real *h, *c, *t, *dh; /* [characters][lanes] */
    real *before; /* [characters][lanes] h of the step before, of all that have one */
};

struct characters_scratch {
    const struct example *example; /* that of characters_forward */
    uint32_t different; /* characters of the sentence */
    uint32_t *slot; /* [count] which of them a character is; ABSENT between sentences */
    uint32_t *id; /* [different] their numbers */
    uint32_t *start; /* 0, 1, 2 …: where the list of one number begins that is gathered */
    uint32_t *at; /* [characters] the slots of the sentence, in its order */
    real *zero, *x, *dx; /* [REAL_PAD(embedding)], [different][REAL_PAD(embedding)] */

    uint32_t *order; /* [tokens] by falling length */
    uint32_t steps, alive[SPELLING_LONGEST + 1],
        offset[SPELLING_LONGEST + 1]; /* alive: words of more characters */
    struct side side[2];

    real *filtered, *dfiltered; /* cnn: [different][window][lanes] */
    real *most; /* cnn: [tokens][lanes] the vectors */
    uint32_t *where; /* cnn: [tokens][lanes] at which character of the word the most is */
    real *row; /* [lanes] */

    struct characters_slope slope[CHARACTERS_PARTS];
};

/* ---- what it is */

const char *characters_spelling(const struct config *c)
{
    return strcmp(config_string(c, "model.characters"), "none") != 0 ? "model.characters_column" : NULL;
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
    c->lanes = REAL_PAD(c->hidden);
    c->apart = padded ? c->lanes : c->hidden;
    c->width = c->kind == CHARACTERS_LSTM ? 2 * c->apart : c->apart;
    c->width = (c->width + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
    return true;
}

uint32_t characters_parts(const struct characters *c, struct characters_part part[CHARACTERS_PARTS])
{
    const uint32_t H = c->hidden, E = c->embedding;
    if (c->kind == CHARACTERS_CNN) {
        part[FILTERS] = (struct characters_part){"char.w", E, c->window, E * c->window, false};
        part[BIAS] = (struct characters_part){"char.b", 1, 1, 0, false};
        return BIAS + 1;
    }
    static const char *const names[] = {"char.f.wx", "char.f.wh", "char.f.b",
                                        "char.b.wx", "char.b.wh", "char.b.b"};
    for (uint32_t k = 0; k < 2 * SIDE; k += SIDE) {
        part[k + WX] = (struct characters_part){names[k + WX], E, GATES, E, false};
        part[k + WH] = (struct characters_part){names[k + WH], H, GATES, H, false};
        part[k + B] = (struct characters_part){names[k + B], 1, GATES, 0, true};
    }
    return c->kind == CHARACTERS_LSTM ? 2 * SIDE : 0;
}

/* ---- a thread's memory */

static real *reals(size_t rows, size_t n)
{
    return memory_lines(rows * n, sizeof(real));
}

struct characters_scratch *characters_scratch_new(const struct characters *c, struct capacity longest)
{
    if (c->kind == CHARACTERS_NONE)
        return NULL;
    struct characters_scratch *s = memory_new(1, sizeof *s);
    const size_t n = longest.characters, d = n < c->count ? n : c->count, E = REAL_PAD(c->embedding);
    s->slot = memory_new(c->count, sizeof *s->slot);
    memset(s->slot, 0xFF, c->count * sizeof *s->slot);
    s->id = memory_new(d, sizeof *s->id);
    s->start = memory_new(d + 1, sizeof *s->start);
    for (uint32_t k = 0; k <= d; k++)
        s->start[k] = k;
    s->at = memory_new(n, sizeof *s->at);
    s->order = memory_new(longest.tokens, sizeof *s->order);
    s->zero = reals(1, E);
    s->x = reals(d, E);
    s->dx = reals(d, E);
    if (c->kind == CHARACTERS_LSTM) {
        for (int k = 0; k < 2; k++)
            s->side[k] = (struct side){.v = reals(d, GATES * c->lanes),
                                       .dv = reals(d, GATES * c->lanes),
                                       .z = reals(n, GATES * c->lanes),
                                       .h = reals(n, c->lanes),
                                       .c = reals(n, c->lanes),
                                       .t = reals(n, c->lanes),
                                       .dh = reals(n, c->lanes),
                                       .before = reals(n, c->lanes)};
        for (int k = 0; k < 2; k++)
            s->slope[k * SIDE + B].row = reals(GATES, c->lanes);
    } else {
        s->filtered = reals(d, c->window * c->lanes);
        s->dfiltered = reals(d, c->window * c->lanes);
        s->most = reals(longest.tokens, c->lanes);
        s->where = memory_new(longest.tokens * c->lanes, sizeof *s->where);
        s->row = reals(1, c->lanes);
        s->slope[BIAS].row = reals(1, c->lanes);
    }
    return s;
}

void characters_scratch_free(struct characters_scratch *s)
{
    if (!s)
        return;
    void *const arrays[] = {s->slot, s->id,       s->start,     s->at,   s->order, s->zero, s->x,
                            s->dx,   s->filtered, s->dfiltered, s->most, s->where, s->row};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    for (int k = 0; k < CHARACTERS_PARTS; k++)
        memory_free(s->slope[k].row);
    for (int k = 0; k < 2; k++) {
        const struct side *d = &s->side[k];
        real *const rooms[] = {d->v, d->dv, d->z, d->h, d->c, d->t, d->dh, d->before};
        for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
            memory_free(rooms[i]);
    }
    memory_free(s);
}

/* ---- the different characters of a sentence, and what both kinds do with them */

static uint32_t length_of(const struct example *z, uint32_t i)
{
    return z->spelling_start[i + 1] - z->spelling_start[i];
}

/* The slots of token i's characters. */
static const uint32_t *slots_of(const struct characters_scratch *s, uint32_t i)
{
    return s->at + (s->example->spelling_start[i] - s->example->spelling_start[0]);
}

static void tell_apart(struct characters_scratch *s, const struct example *z)
{
    const uint32_t begin = z->spelling_start[0], end = z->spelling_start[z->n];
    s->example = z;
    s->different = 0;
    for (uint32_t k = begin; k < end; k++) {
        uint32_t *slot = &s->slot[z->spelling[k]];
        if (*slot == ABSENT) {
            *slot = s->different++;
            s->id[*slot] = z->spelling[k];
        }
        s->at[k - begin] = *slot;
    }
    for (uint32_t k = 0; k < s->different; k++)
        s->slot[s->id[k]] = ABSENT;
}

static void embed(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                  const struct layout *l, uint32_t number)
{
    const struct group *group = &l->group[number];
    c->kernel->gather(w->w + group->offset, (w->local ? w->local : w->w) + group->offset,
                      w->local ? w->hot[number] : 0, group->stride, s->start, s->id, UINT32_MAX, s->different,
                      w->scale, s->zero, s->x);
}

/* v = x M + base, n numbers for each different character. */
static void multiply(const struct characters *c, const struct characters_scratch *s, const real *matrix,
                     const real *base, size_t n, real *v)
{
    c->dense->product(&(struct product){.m = s->different,
                                        .k = c->embedding,
                                        .n = n,
                                        .A = s->x,
                                        .a_row = REAL_PAD(c->embedding),
                                        .a_column = 1,
                                        .B = matrix,
                                        .b_row = n,
                                        .base = base,
                                        .C = v,
                                        .c_row = n});
}

/* And back: from the derivative by v those by M, a product, and by x, which is added to unless it is the `first`. */
static struct product multiply_back(const struct characters *c, struct characters_scratch *s,
                                    const real *matrix, size_t n, const real *dv, bool first)
{
    const size_t E = REAL_PAD(c->embedding);
    c->dense->product_transposed(&(struct product){.m = s->different,
                                                   .k = n,
                                                   .n = c->embedding,
                                                   .A = dv,
                                                   .a_row = n,
                                                   .a_column = 1,
                                                   .B = matrix,
                                                   .b_row = n,
                                                   .base = first ? NULL : s->dx,
                                                   .base_row = E,
                                                   .C = s->dx,
                                                   .c_row = E});
    return (struct product){.m = c->embedding,
                            .k = s->different,
                            .n = n,
                            .A = s->x,
                            .a_row = 1,
                            .a_column = E,
                            .B = dv,
                            .b_row = n};
}

static void add(real *restrict to, const real *restrict x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] += x[k];
}

/* ---- lstm */

/* Words in falling order of length, and how many are still there at each step. */
static void put_in_order(struct characters_scratch *s, const struct example *z)
{
    uint32_t place[SPELLING_LONGEST + 1];
    memset(s->alive, 0, sizeof s->alive);
    for (uint32_t i = 0; i < z->n; i++)
        for (uint32_t length = length_of(z, i), k = 0; k < length; k++)
            s->alive[k]++;
    s->steps = 0;
    s->offset[0] = 0;
    while (s->steps < SPELLING_LONGEST && s->alive[s->steps]) {
        s->offset[s->steps + 1] = s->offset[s->steps] + s->alive[s->steps];
        s->steps++;
    }
    place[0] = s->alive[0];
    for (uint32_t length = 1; length <= SPELLING_LONGEST; length++)
        place[length] = s->alive[length];
    for (uint32_t i = 0; i < z->n; i++)
        s->order[place[length_of(z, i)]++] = i;
}

/* Which character a word's side comes to at a step. */
static uint32_t turn(uint32_t step, uint32_t length, int side)
{
    return side ? length - 1 - step : step;
}

static void run(const struct characters *c, struct characters_scratch *s, int side, const real *wh)
{
    const size_t S = c->lanes, row = GATES * S;
    struct side *d = &s->side[side];
    for (uint32_t step = 0; step < s->steps; step++) {
        const size_t begin = s->offset[step], before = step ? s->offset[step - 1] : 0;
        real *z = d->z + begin * row;
        for (uint32_t r = 0; r < s->alive[step]; r++) {
            const uint32_t i = s->order[r], k = turn(step, length_of(s->example, i), side);
            memcpy(z + r * row, d->v + slots_of(s, i)[k] * row, row * sizeof *z);
        }
        if (step)
            c->dense->product(&(struct product){.m = s->alive[step],
                                                .k = c->hidden,
                                                .n = row,
                                                .A = d->h + before * S,
                                                .a_row = S,
                                                .a_column = 1,
                                                .B = wh,
                                                .b_row = row,
                                                .base = z,
                                                .base_row = row,
                                                .C = z,
                                                .c_row = row});
        c->dense->lstm_rows(&(struct dense_rows){.rows = s->alive[step],
                                                 .stride = S,
                                                 .z = z,
                                                 .h = d->h + begin * S,
                                                 .c = d->c + begin * S,
                                                 .t = d->t + begin * S,
                                                 .pitch = S,
                                                 .c_before = d->c + before * S,
                                                 .before = step ? s->alive[step] : 0});
    }
}

/* Where the last h of the word of that rank stands. */
static size_t last_of(const struct characters_scratch *s, uint32_t rank)
{
    return s->offset[length_of(s->example, s->order[rank]) - 1] + rank;
}

static void lstm_forward(const struct characters *c, struct characters_scratch *s, const real *const *matrix,
                         real *out, size_t pitch)
{
    put_in_order(s, s->example);
    for (int side = 0; side < 2; side++) {
        const real *const *own = matrix + side * SIDE;
        multiply(c, s, own[WX], own[B], GATES * c->lanes, s->side[side].v);
        run(c, s, side, own[WH]);
        for (uint32_t r = 0; r < s->alive[0]; r++)
            memcpy(out + s->order[r] * pitch + side * c->apart, s->side[side].h + last_of(s, r) * c->lanes,
                   c->hidden * sizeof *out);
    }
}

static void run_back(const struct characters *c, struct characters_scratch *s, int side, const real *wh)
{
    const size_t S = c->lanes, row = GATES * S;
    struct side *d = &s->side[side];
    for (uint32_t step = s->steps; step-- > 0;) {
        const size_t begin = s->offset[step], before = step ? s->offset[step - 1] : 0;
        const bool more = step + 1 < s->steps;
        c->dense->lstm_rows_back(&(struct dense_rows){.rows = s->alive[step],
                                                      .stride = S,
                                                      .z = d->z + begin * row,
                                                      .h = d->h + begin * S,
                                                      .c = d->c + begin * S,
                                                      .t = d->t + begin * S,
                                                      .pitch = S,
                                                      .c_before = d->c + before * S,
                                                      .before = step ? s->alive[step] : 0,
                                                      .dh = d->dh + begin * S,
                                                      .t_after = more ? d->t + s->offset[step + 1] * S : NULL,
                                                      .after = more ? s->alive[step + 1] : 0});
        if (step)
            c->dense->product_transposed(&(struct product){.m = s->alive[step],
                                                           .k = row,
                                                           .n = c->hidden,
                                                           .A = d->z + begin * row,
                                                           .a_row = row,
                                                           .a_column = 1,
                                                           .B = wh,
                                                           .b_row = row,
                                                           .base = d->dh + before * S,
                                                           .base_row = S,
                                                           .C = d->dh + before * S,
                                                           .c_row = S});
    }
}

/* By Wh: of all steps but the first, one product with h of the step before. */
static struct product recurrent_slope(const struct characters *c, struct characters_scratch *s, int side)
{
    const size_t S = c->lanes, row = GATES * S;
    const struct side *d = &s->side[side];
    real *to = d->before;
    for (uint32_t step = 1; step < s->steps; step++) {
        const size_t n = s->alive[step] * S;
        memcpy(to, d->h + s->offset[step - 1] * S, n * sizeof *to);
        to += n;
    }
    return (struct product){.m = c->hidden,
                            .k = s->offset[s->steps] - s->alive[0],
                            .n = row,
                            .A = d->before,
                            .a_row = 1,
                            .a_column = S,
                            .B = d->z + s->alive[0] * row,
                            .b_row = row};
}

static void lstm_backward(const struct characters *c, struct characters_scratch *s, const real *const *matrix,
                          const real *dout, size_t pitch)
{
    const size_t S = c->lanes, row = GATES * S;
    for (int side = 0; side < 2; side++) {
        const real *const *own = matrix + side * SIDE;
        struct characters_slope *by = s->slope + side * SIDE;
        real *b = by[B].row;
        struct side *d = &s->side[side];
        memset(d->dh, 0, s->offset[s->steps] * S * sizeof *d->dh);
        for (uint32_t r = 0; r < s->alive[0]; r++)
            memcpy(d->dh + last_of(s, r) * S, dout + s->order[r] * pitch + side * c->apart,
                   c->hidden * sizeof *dout);
        run_back(c, s, side, own[WH]);
        by[WH].product = recurrent_slope(c, s, side);
        memset(d->dv, 0, s->different * row * sizeof *d->dv);
        for (uint32_t step = 0; step < s->steps; step++)
            for (uint32_t r = 0; r < s->alive[step]; r++) {
                const uint32_t i = s->order[r], k = turn(step, length_of(s->example, i), side);
                add(d->dv + slots_of(s, i)[k] * row, d->z + (s->offset[step] + r) * row, row);
            }
        memset(b, 0, row * sizeof *b);
        for (uint32_t k = 0; k < s->different; k++)
            add(b, d->dv + k * row, row);
        by[WX].product = multiply_back(c, s, own[WX], row, d->dv, side == 0);
    }
}

/* ---- cnn */

/* What the filters find with their middle at character p of a word. */
static void look(const struct characters *c, const struct characters_scratch *s, const uint32_t *slot,
                 uint32_t length, uint32_t p, real *restrict row)
{
    const size_t S = c->lanes;
    memset(row, 0, S * sizeof *row);
    for (uint32_t j = 0; j < c->window; j++) {
        const uint32_t q = p + j - (c->window - 1) / 2; /* before the word: far behind it */
        if (q < length)
            add(row, s->filtered + (slot[q] * (size_t)c->window + j) * S, S);
    }
}

static void keep_most(const real *restrict row, uint32_t p, real *restrict most, uint32_t *restrict where,
                      size_t n)
{
    for (size_t k = 0; k < n; k++) {
        where[k] = row[k] > most[k] ? p : where[k];
        most[k] = row[k] > most[k] ? row[k] : most[k];
    }
}

RACY static void cnn_forward(const struct characters *c, struct characters_scratch *s,
                             const real *const *matrix, real *out, size_t pitch)
{
    const struct example *z = s->example;
    const size_t S = c->lanes;
    multiply(c, s, matrix[FILTERS], NULL, c->window * S, s->filtered);
    for (uint32_t i = 0; i < z->n; i++) {
        const uint32_t length = length_of(z, i);
        real *most = s->most + i * S;
        uint32_t *where = s->where + i * S;
        for (uint32_t p = 0; p < length; p++) {
            look(c, s, slots_of(s, i), length, p, p ? s->row : most);
            if (p)
                keep_most(s->row, p, most, where, S);
            else
                memset(where, 0, S * sizeof *where);
        }
        if (length == 0) {
            memset(most, 0, S * sizeof *most);
        } else {
            for (size_t k = 0; k < S; k++)
                most[k] += matrix[BIAS][k];
            c->dense->tanh(most, S);
        }
        memcpy(out + i * pitch, most, c->hidden * sizeof *out);
    }
}

static void cnn_backward(const struct characters *c, struct characters_scratch *s, const real *const *matrix,
                         const real *dout, size_t pitch)
{
    const struct example *z = s->example;
    const size_t S = c->lanes, n = c->window * S;
    real *bias = s->slope[BIAS].row;
    memset(s->dfiltered, 0, s->different * n * sizeof *s->dfiltered);
    memset(bias, 0, S * sizeof *bias);
    for (uint32_t i = 0; i < z->n; i++) {
        const uint32_t length = length_of(z, i), *slot = slots_of(s, i), *where = s->where + i * S;
        const real *most = s->most + i * S;
        for (uint32_t k = 0; k < c->hidden && length; k++) {
            const real d = dout[i * pitch + k] * (1 - most[k] * most[k]);
            bias[k] += d;
            for (uint32_t j = 0; j < c->window; j++) {
                const uint32_t q = where[k] + j - (c->window - 1) / 2;
                if (q < length)
                    s->dfiltered[slot[q] * n + j * S + k] += d;
            }
        }
    }
    s->slope[FILTERS].product = multiply_back(c, s, matrix[FILTERS], n, s->dfiltered, true);
}

/* ---- both */

void characters_forward(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                        const struct layout *l, uint32_t group, const real *const *matrix,
                        const struct example *z, real *out, size_t pitch)
{
    tell_apart(s, z);
    embed(c, s, w, l, group);
    for (uint32_t i = 0; i < z->n; i++) /* padding, and words without a character */
        memset(out + i * pitch, 0, c->width * sizeof *out);
    (c->kind == CHARACTERS_LSTM ? lstm_forward : cnn_forward)(c, s, matrix, out, pitch);
}

void characters_backward(const struct characters *c, struct characters_scratch *s, const real *const *matrix,
                         const real *dout, size_t pitch)
{
    (c->kind == CHARACTERS_LSTM ? lstm_backward : cnn_backward)(c, s, matrix, dout, pitch);
}

const struct characters_slope *characters_slopes(const struct characters_scratch *s)
{
    return s->slope;
}

void characters_list(const struct characters *c, const struct characters_scratch *s, uint32_t group,
                     const uint32_t *number, struct gradient *g)
{
    const size_t E = REAL_PAD(c->embedding);
    for (uint32_t k = 0; k < s->different; k++)
        gradient_add(g, group, 1, number + s->id[k], s->dx + k * E);
}

void characters_scale(const struct characters *c, struct characters_scratch *s, real factor)
{
    const size_t row = GATES * c->lanes;
    kernel_scale(s->dx, s->different * REAL_PAD(c->embedding), factor);
    if (c->kind == CHARACTERS_CNN) {
        kernel_scale(s->dfiltered, s->different * c->window * c->lanes, factor);
        kernel_scale(s->slope[BIAS].row, c->lanes, factor);
        return;
    }
    for (int side = 0; side < 2; side++) {
        kernel_scale(s->side[side].dv, s->different * row, factor);
        kernel_scale(s->side[side].z, s->offset[s->steps] * row, factor);
        kernel_scale(s->slope[side * SIDE + B].row, row, factor);
    }
}

void characters_touch(const struct example *z, uint32_t group, struct gradient *g)
{
    for (uint32_t k = z->spelling_start[0]; k < z->spelling_start[z->n]; k++)
        gradient_add(g, group, 1, z->spelling + k, NULL);
}

size_t characters_bundles(const struct characters *c, struct capacity longest)
{
    return c->kind == CHARACTERS_NONE ? 0 : longest.characters;
}

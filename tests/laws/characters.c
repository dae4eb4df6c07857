/* SPDX-License-Identifier: MIT
 *
 * Vectors from characters: what the papers say, worked out a word at a time in double, and the derivatives are slopes.
 */
#include "models/bilstm/characters.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/data/spelling.h"
#include "tests/laws/rounding.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHARACTERS = 9, TOKENS = 7, MOST = 24, CELLS = 4 };

/* Words of 0 to MOST characters, two of them alike, and all there is around them. */
struct world {
    struct characters c;
    struct layout layout;
    uint32_t start[TOKENS + 1], spelling[TOKENS * MOST + 5];
    struct example z;
    real *w, *d; /* laid out as the layout: weights, derivatives */
    struct characters_weights weights;
    struct world_part { /* group k + 1 of the layout */
        const char *name;
        uint32_t sources, rows;
        const real **at; /* its place in weights */
    } part[6];
    uint32_t parts;
    real *out, *dout; /* [TOKENS][pitch] */
    size_t pitch;
    struct characters_scratch *scratch;
};

/* The groups after the embeddings, and where the model's weights point to each. */
static void set_parts(struct world *x)
{
    static const char *const names[] = {"f.wx", "f.wh", "f.b", "b.wx", "b.wh", "b.b"};
    const uint32_t E = x->c.embedding, H = x->c.hidden;
    x->parts = 0;
    if (x->c.kind == CHARACTERS_CNN) {
        x->part[x->parts++] = (struct world_part){"w", E, x->c.window, &x->weights.filters};
        x->part[x->parts++] = (struct world_part){"b", 1, 1, &x->weights.bias};
    }
    for (int side = 0; x->c.kind == CHARACTERS_LSTM && side < 2; side++) {
        struct layer_weights *w = &x->weights.side[side];
        x->part[x->parts] = (struct world_part){names[x->parts], E, 4, &w->wx};
        x->part[x->parts + 1] = (struct world_part){names[x->parts + 1], H, 4, &w->wh};
        x->part[x->parts + 2] = (struct world_part){names[x->parts + 2], 1, 4, &w->b};
        x->parts += 3;
    }
}

static struct world *world_new(enum characters_kind kind, uint32_t embedding, uint32_t hidden,
                               uint32_t window, uint64_t seed, const struct dense *dense)
{
    struct world *x = memory_new(1, sizeof *x);
    struct rng r;
    rng_init(&r, seed, embedding, hidden);
    x->c = (struct characters){.kind = kind,
                               .kernel = kernel_get(),
                               .dense = dense,
                               .count = CHARACTERS,
                               .embedding = embedding,
                               .hidden = hidden,
                               .window = window};
    characters_shape(&x->c, seed % 2 == 0);
    layout_add(&x->layout, "char.embedding", CHARACTERS, 1, embedding, false);
    set_parts(x);
    for (uint32_t k = 0; k < x->parts; k++)
        layout_add_stride(&x->layout, x->part[k].name, 1, x->part[k].sources * x->part[k].rows, hidden,
                          (uint32_t)x->c.stride, true);
    x->w = memory_lines(x->layout.size, sizeof *x->w);
    x->d = memory_lines(x->layout.size, sizeof *x->d);
    for (uint32_t g = 0; g < x->layout.ngroups; g++) {
        const struct group *group = &x->layout.group[g];
        for (size_t row = 0; row < (size_t)group->count * group->rows; row++)
            for (uint32_t k = 0; k < group->columns; k++)
                x->w[group->offset + row * group->stride + k] = (real)(0.4 * rng_normal(&r));
        if (g)
            *x->part[g - 1].at = x->w + group->offset;
    }
    x->start[0] = 5; /* a piece of a corpus, not its beginning */
    for (uint32_t i = 0; i < TOKENS; i++)
        x->start[i + 1] = x->start[i] + (uint32_t)(i == 1   ? MOST
                                                   : i == 3 ? 0
                                                   : i == 6 ? x->start[3] - x->start[2]
                                                            : rng_below(&r, 6));
    for (uint32_t k = 0; k < x->start[TOKENS]; k++)
        x->spelling[k] = (uint32_t)rng_below(&r, CHARACTERS);
    memcpy(x->spelling + x->start[6], x->spelling + x->start[2],
           (x->start[3] - x->start[2]) * sizeof(uint32_t));
    x->z = (struct example){.n = TOKENS, .spelling_start = x->start, .spelling = x->spelling};
    x->pitch = x->c.width + 3; /* not aligned */
    x->out = memory_new(TOKENS * x->pitch, sizeof *x->out);
    x->dout = memory_new(TOKENS * x->pitch, sizeof *x->dout);
    for (size_t k = 0; k < TOKENS * x->pitch; k++) {
        x->dout[k] = (real)rng_normal(&r);
        x->out[k] = 77;
    }
    x->scratch = characters_scratch_new(&x->c, (struct capacity){TOKENS, x->start[TOKENS] - x->start[0], 0});
    return x;
}

static void world_free(struct world *x)
{
    characters_scratch_free(x->scratch);
    memory_free(x->w);
    memory_free(x->d);
    memory_free(x->out);
    memory_free(x->dout);
    memory_free(x);
}

static void forward(struct world *x)
{
    const struct weights w = {.w = x->w, .scale = 1};
    characters_forward(&x->c, x->scratch, &w, &x->layout, 0, &x->weights, &x->z, x->out, x->pitch);
}

/* ---- by hand */

/* Number k of the embedding of token i's character p. */
static double embedded(const struct world *x, uint32_t i, uint32_t p, uint32_t k)
{
    const struct group *g = &x->layout.group[0];
    return (double)x->w[g->offset + x->spelling[x->start[i] + p] * g->stride + k];
}

static double sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

/* The last h of one direction over token i, unit by unit as dense.h has the equations. */
static void lstm_of(const struct world *x, uint32_t i, int side, double *h)
{
    const uint32_t n = x->start[i + 1] - x->start[i], H = x->c.hidden;
    const size_t S = x->c.stride;
    const struct layer_weights *m = &x->weights.side[side];
    double c[64] = {0}, next[64];
    memset(h, 0, 64 * sizeof *h);
    for (uint32_t s = 0; s < n; s++) {
        for (uint32_t u = 0; u < H; u++) {
            double v[4];
            for (uint32_t g = 0; g < 4; g++) {
                v[g] = (double)m->b[g * S + u];
                for (uint32_t k = 0; k < x->c.embedding; k++)
                    v[g] += embedded(x, i, side ? n - 1 - s : s, k) * (double)m->wx[(k * 4 + g) * S + u];
                for (uint32_t k = 0; k < H; k++)
                    v[g] += h[k] * (double)m->wh[(k * 4 + g) * S + u];
            }
            c[u] = sigmoid(v[1]) * c[u] + sigmoid(v[0]) * tanh(v[3]);
            next[u] = sigmoid(v[2]) * tanh(c[u]);
        }
        memcpy(h, next, sizeof next);
    }
}

/* Filter u over token i. */
static double filter_of(const struct world *x, uint32_t i, uint32_t u)
{
    const int n = (int)(x->start[i + 1] - x->start[i]), window = (int)x->c.window;
    double most = -INFINITY;
    for (int p = 0; p < n; p++) {
        double sum = (double)x->weights.bias[u];
        for (int j = 0; j < window; j++) {
            int q = p + j - (window - 1) / 2;
            for (uint32_t k = 0; q >= 0 && q < n && k < x->c.embedding; k++)
                sum += embedded(x, i, (uint32_t)q, k) *
                       (double)x->weights.filters[(k * x->c.window + (uint32_t)j) * x->c.stride + u];
        }
        most = sum > most ? sum : most;
    }
    return n ? tanh(most) : 0;
}

/* All vectors: [TOKENS][width]. */
static void by_hand(const struct world *x, double *all)
{
    for (uint32_t i = 0; i < TOKENS; i++) {
        double truth[128], other[64], *to = all + i * x->c.width;
        if (x->c.kind == CHARACTERS_LSTM) {
            lstm_of(x, i, 0, truth);
            lstm_of(x, i, 1, other);
            memcpy(truth + x->c.side_width, other, x->c.hidden * sizeof *other);
        }
        for (uint32_t u = 0; u < x->c.width; u++)
            to[u] = characters_is_padding(&x->c, u) ? 0
                    : x->c.kind == CHARACTERS_LSTM  ? truth[u]
                                                    : filter_of(x, i, u);
    }
}

/* How far roundings carry, over as many characters as a word has, is seen by moving all weights; a sum has the inputs
 * of a cell or filter as terms, and an activation is six units off. Four times the farthest of three draws is
 * allowed. */
static double nearness(struct world *x, const double *truth)
{
    const size_t count = TOKENS * x->c.width, bytes = x->layout.size * sizeof *x->w;
    const double terms =
        x->c.kind == CHARACTERS_LSTM ? x->c.embedding + x->c.hidden + 1 : x->c.embedding * x->c.window + 1;
    double *moved = memory_new(count, sizeof *moved), most = 6 * ROUNDING_UNIT;
    real *keep = memcpy(memory_new(1, bytes), x->w, bytes);
    struct rng r;
    rng_init(&r, 31, x->c.hidden, 0);
    for (int draw = 0; draw < 3; draw++) {
        rounding_move(&r, x->w, x->layout.size, 6 + sqrt(terms));
        by_hand(x, moved);
        for (size_t k = 0; k < count; k++)
            most = fmax(most, fabs(moved[k] - truth[k]));
        memcpy(x->w, keep, bytes);
    }
    memory_free(moved);
    memory_free(keep);
    return 4 * most;
}

static void check_by_hand(struct world *x, const char *name)
{
    double *want = memory_new(TOKENS * x->c.width, sizeof *want);
    by_hand(x, want);
    const double near = nearness(x, want);
    for (uint32_t i = 0; i < TOKENS; i++) {
        for (uint32_t u = 0; u < x->c.width; u++) {
            double got = (double)x->out[i * x->pitch + u], right = want[i * x->c.width + u];
            CHECK_MSG(fabs(got - right) <= near, "%s: token %u, number %u: %g instead of %g +- %g", name, i,
                      u, got, right, near);
        }
        for (size_t k = x->c.width; k < x->pitch; k++) /* what is beside the vector is another's */
            CHECK_INT(x->out[i * x->pitch + k], 77);
    }
    memory_free(want);
}

static const struct {
    enum characters_kind kind;
    uint32_t embedding, hidden, window;
} shapes[] = {
    {CHARACTERS_LSTM, 5, 6, 0}, {CHARACTERS_LSTM, 30, 50, 0}, {CHARACTERS_LSTM, 1, 1, 0},
    {CHARACTERS_CNN, 5, 6, 3},  {CHARACTERS_CNN, 30, 50, 3},  {CHARACTERS_CNN, 3, 9, 1},
    {CHARACTERS_CNN, 4, 20, 4}, {CHARACTERS_CNN, 2, 8, 5},
};

TEST(characters_are_what_the_papers_say)
{
    for (size_t t = 0; dense_all()[t]; t++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
            for (uint64_t seed = 1; seed < 4; seed++) {
                struct world *x = world_new(shapes[k].kind, shapes[k].embedding, shapes[k].hidden,
                                            shapes[k].window, seed, dense_all()[t]);
                char name[64];
                snprintf(name, sizeof name, "%s, shape %zu", dense_all()[t]->name, k);
                forward(x);
                check_by_hand(x, name);
                world_free(x);
            }
}

/* ---- slopes */

static double loss(struct world *x) /* whose derivative by out is dout */
{
    double sum = 0;
    forward(x);
    for (uint32_t i = 0; i < TOKENS; i++)
        for (uint32_t u = 0; u < x->c.width; u++)
            sum += (double)x->out[i * x->pitch + u] * (double)x->dout[i * x->pitch + u];
    return sum;
}

static const uint32_t number[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

static void collect_product(struct world *x, uint32_t group, const struct product *of)
{
    struct product p = *of;
    p.C = x->d + x->layout.group[group].offset;
    p.c_row = p.n;
    x->c.dense->product(&p);
}

static void collect_rows(struct world *x, uint32_t group, const real *rows)
{
    const struct group *g = &x->layout.group[group];
    memcpy(x->d + g->offset, rows, g->rows * (size_t)g->stride * sizeof *rows);
}

/* All derivatives into x->d. */
static void collect(struct world *x)
{
    struct bundle bundles[TOKENS * MOST];
    struct gradient g = {
        .bundle = bundles,
        .capacity = characters_bundles(&x->c, (struct capacity){TOKENS, x->start[TOKENS] - x->start[0], 0})};
    memset(x->d, 0, x->layout.size * sizeof *x->d);
    characters_list(&x->c, x->scratch, 0, number, &g);
    CHECK(g.count > 1 && g.count <= CHARACTERS);
    for (size_t b = 0; b < g.count; b++) {
        CHECK(g.bundle[b].count == 1 && *g.bundle[b].id < CHARACTERS);
        real *to = x->d + *g.bundle[b].id * x->layout.group[0].stride;
        CHECK(to[0] == 0); /* each once */
        memcpy(to, g.bundle[b].row, x->layout.group[0].stride * sizeof *to);
    }
    if (x->c.kind == CHARACTERS_CNN) {
        collect_product(x, 1, characters_filters(x->scratch));
        collect_rows(x, 2, characters_bias(x->scratch));
    }
    for (int side = 0; x->c.kind == CHARACTERS_LSTM && side < 2; side++) {
        const struct layer_direction *d = characters_direction(x->scratch, side);
        const uint32_t group = 1 + 3 * (uint32_t)side;
        collect_product(x, group, &d->input);
        collect_product(x, group + 1, &d->recurrent);
        collect_rows(x, group + 2, d->db);
    }
}

TEST(characters_have_slopes)
{
    const double step = sizeof(real) == 8 ? 1e-6 : 1e-2, tolerance = sizeof(real) == 8 ? 1e-6 : 2e-2;
    for (size_t t = 0; dense_all()[t]; t++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            if (sizeof(real) == 4 && shapes[k].kind == CHARACTERS_CNN)
                continue; /* a step that float can see changes which is the most; the double build sees it */
            struct world *x = world_new(shapes[k].kind, shapes[k].embedding, shapes[k].hidden,
                                        shapes[k].window, 9 + k % 2, dense_all()[t]);
            for (int again = 0; again < 2; again++) { /* nothing remains of the one before */
                forward(x);
                characters_backward(&x->c, x->scratch, &x->weights, x->dout, x->pitch);
            }
            collect(x);
            real *all = memcpy(memory_lines(x->layout.size, sizeof *all), x->d, x->layout.size * sizeof *all);
            characters_scale(&x->c, x->scratch, 2);
            collect(x);
            for (size_t i = 0; i < x->layout.size; i++)
                CHECK_MSG(x->d[i] == 2 * all[i], "shape %zu, scaled", k);
            memcpy(x->d, all, x->layout.size * sizeof *all);
            memory_free(all);
            struct rng r;
            rng_init(&r, 1, 0, k);
            for (int probe = 0; probe < 300; probe++) {
                size_t at = (size_t)rng_below(&r, x->layout.size);
                const real keep = x->w[at];
                if (keep == 0) { /* padding */
                    CHECK_MSG(x->d[at] == 0, "shape %zu: derivative in the padding", k);
                    continue;
                }
                x->w[at] = keep + (real)step;
                double up = loss(x), high = (double)x->w[at];
                x->w[at] = keep - (real)step;
                double slope = (up - loss(x)) / (high - (double)x->w[at]);
                x->w[at] = keep;
                CHECK_MSG(fabs(slope - (double)x->d[at]) <= tolerance * (1 + fabs(slope)),
                          "%s, shape %zu, weight %zu: %g instead of %g", dense_all()[t]->name, k, at,
                          (double)x->d[at], slope);
            }
            world_free(x);
        }
}

/* characters_list_blocks names every block that the gradient has, with no fewer bundles. */
TEST(characters_list_the_blocks_that_they_write)
{
    struct world *x = world_new(CHARACTERS_LSTM, 3, 4, 0, 2, dense_get());
    struct bundle bundles[2][TOKENS * MOST];
    struct gradient listed = {.bundle = bundles[0], .capacity = TOKENS * MOST},
                    written = {.bundle = bundles[1], .capacity = TOKENS * MOST};
    forward(x);
    characters_backward(&x->c, x->scratch, &x->weights, x->dout, x->pitch);
    characters_list_blocks(&x->z, 4, &listed);
    characters_list(&x->c, x->scratch, 4, number, &written);
    bool there[CHARACTERS] = {false};
    for (size_t b = 0; b < listed.count; b++) {
        CHECK(listed.bundle[b].group == 4 && listed.bundle[b].count == 1 && !listed.bundle[b].row);
        there[*listed.bundle[b].id] = true;
    }
    for (size_t b = 0; b < written.count; b++) {
        CHECK(written.bundle[b].group == 4 && there[*written.bundle[b].id]);
        there[*written.bundle[b].id] = false;
    }
    for (uint32_t k = 0; k < CHARACTERS; k++)
        CHECK(!there[k]);
    CHECK(written.count <= listed.count);
    world_free(x);
}

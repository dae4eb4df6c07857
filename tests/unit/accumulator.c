/* SPDX-License-Identifier: MIT
 *
 * Gradients saved up: what the pile gives is the sum of all, by plain loops.
 */
#include "lib/num/accumulator.h"
#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDE = 16, INPUTS = 5, UNITS = 7, BLOCK = 3, LONGEST = 300 };

/* Two matrices whose products may share B, one that has its own, and rows. */
struct world {
    struct layout layout;
    real *A[3], *B[3], row[8];
    struct product product[3];
    struct bundle bundle[64];
    double *sum;
};

static const uint32_t number[] = {0, 1, 2, 3, 4, 5, 6, 7};

static void add_matrix(struct layout *l, const char *name, uint32_t rows)
{
    uint32_t group = layout_add(l, name, (rows + BLOCK - 1) / BLOCK, BLOCK, WIDE, true);
    l->group[group].product = WIDE;
}

static void world_init(struct world *x)
{
    memset(x, 0, sizeof *x);
    layout_add(&x->layout, "rows", 4, 1, 8, false);
    add_matrix(&x->layout, "first", INPUTS);
    add_matrix(&x->layout, "second", UNITS);
    add_matrix(&x->layout, "third", INPUTS);
    for (int k = 0; k < 3; k++)
        x->A[k] = memory_lines(LONGEST * 8, sizeof(real));
    for (int k = 0; k < 3; k++)
        x->B[k] = memory_lines(LONGEST * WIDE, sizeof(real));
    x->sum = memory_new(x->layout.size, sizeof *x->sum);
}

static void world_free(struct world *x)
{
    for (int k = 0; k < 3; k++)
        memory_free(x->A[k]);
    for (int k = 0; k < 3; k++)
        memory_free(x->B[k]);
    memory_free(x->sum);
}

/* A gradient of so many tokens, added to x->sum. Products are [m][n] of A' B; the second's A stands row by row, and it
 * shares the first's B, or (`apart`) not, and then has a token less. */
static struct gradient draw(struct world *x, uint32_t tokens, bool apart, double factor, struct rng *r)
{
    static const uint32_t m[] = {INPUTS, UNITS, INPUTS};
    struct gradient g = {.bundle = x->bundle, .capacity = 64};
    for (int k = 0; k < 3; k++)
        for (uint32_t i = 0; i < tokens * 8; i++)
            x->A[k][i] = (real)rng_normal(r);
    for (int k = 0; k < 3; k++)
        for (uint32_t i = 0; i < tokens * WIDE; i++)
            x->B[k][i] = (real)rng_normal(r);
    for (int i = 0; i < 8; i++)
        x->row[i] = (real)rng_normal(r);
    gradient_add(&g, 0, 2, number + 1, x->row);
    for (uint32_t b = 1; b <= 2; b++)
        for (int i = 0; i < 8; i++)
            x->sum[x->layout.group[0].offset + b * 8 + (size_t)i] += factor * (double)x->row[i];
    for (uint32_t k = 0; k < 3; k++) {
        const real *B = x->B[k == 1 && !apart ? 0 : k];
        const uint32_t rows = k == 1 && apart ? tokens - 1 : tokens;
        x->product[k] = (struct product){
            .m = m[k], .k = rows, .n = WIDE, .A = x->A[k], .a_row = 1, .a_column = 8, .B = B, .b_row = WIDE};
        if (k == 1)
            x->product[k].a_row = tokens, x->product[k].a_column = 1;
        gradient_add_product(&g, &x->layout, k + 1, number, &x->product[k]);
        for (uint32_t i = 0; i < m[k]; i++)
            for (uint32_t t = 0; t < rows; t++)
                for (int c = 0; c < WIDE; c++)
                    x->sum[x->layout.group[k + 1].offset + i * WIDE + (size_t)c] +=
                        factor * (double)x->A[k][i * x->product[k].a_row + t * x->product[k].a_column] *
                        (double)B[t * WIDE + (uint32_t)c];
    }
    return g;
}

static void check(const struct world *x, const struct gradient *g, const char *what)
{
    double *found = memory_new(x->layout.size, sizeof *found), gap = 0;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &x->layout.group[b->group];
        _Alignas(64) real row[BLOCK * WIDE];
        if (b->row)
            memcpy(row, b->row, layout_block(group) * sizeof *row);
        else
            gradient_row(b, &x->layout, row);
        for (uint32_t j = 0; j < b->count; j++)
            for (size_t i = 0; i < layout_block(group); i++)
                found[group->offset + b->id[j] * layout_block(group) + i] += (double)row[i];
    }
    for (size_t i = 0; i < x->layout.size; i++)
        gap = fmax(gap, fabs(found[i] - x->sum[i]) / (1 + fabs(x->sum[i])));
    CHECK_MSG(gap < 1e-4, "%s: off by %g", what, gap);
    memory_free(found);
}

TEST(a_pile_is_the_sum)
{
    static const uint32_t tokens[][6] = {
        {1}, {3, 4, 5}, {100, 100, 100, 7}, {LONGEST, 1}, {1, LONGEST, LONGEST, 2}, {256, 1, 255, 1, 44}};
    struct rng r;
    rng_init(&r, 5, 0, 0);
    struct world x;
    world_init(&x);
    struct accumulator *p = accumulator_new(&x.layout, LONGEST);
    for (size_t k = 0; k < 6 * sizeof tokens / sizeof *tokens; k++) {
        /* as they are, and times a factor; of two thirds some share B and others do not */
        const uint32_t *each = tokens[k / 6];
        const real factor = k % 2 ? (real)0.3 : 1;
        char what[40];
        memset(x.sum, 0, x.layout.size * sizeof *x.sum);
        accumulator_begin(p);
        for (size_t j = 0; each[j]; j++) {
            struct gradient g = draw(&x, each[j], k % 3 && j % 3 == k % 3, (double)factor, &r);
            accumulator_add(p, &g, factor);
        }
        snprintf(what, sizeof what, "pile %zu", k);
        check(&x, accumulator_sum(p), what);
    }
    accumulator_free(p);
    world_free(&x);
}

/* Rows of products: each block by itself, several at once, and all in a room are the same numbers. */
TEST(rows_of_products)
{
    struct rng r;
    rng_init(&r, 6, 0, 0);
    struct world x;
    world_init(&x);
    struct gradient g = draw(&x, 9, false, 1, &r);
    check(&x, &g, "each");
    _Alignas(64) real one[BLOCK * WIDE], all[3 * BLOCK * WIDE];
    real *room = memory_lines(layout_products(&x.layout), sizeof *room);
    const struct bundle *second = &g.bundle[gradient_rows(&g) + x.layout.group[1].count];
    CHECK_INT(second->group, 2);
    gradient_make(second, 3, second->product, &x.layout, all);
    for (size_t b = 0; b < 3; b++) {
        gradient_row(second + b, &x.layout, one);
        CHECK(memcmp(one, all + b * BLOCK * WIDE, sizeof one) == 0);
    }
    for (int i = 0; i < WIDE; i++) /* of the last block one row is there */
        CHECK(all[UNITS * WIDE + i] == 0);
    gradient_fill(&g, &x.layout, room);
    CHECK_INT(gradient_rows(&g), g.count);
    check(&x, &g, "filled");
    memory_free(room);
    world_free(&x);
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/accumulator.h"

#include "lib/base/memory.h"
#include "lib/num/coalescer.h"
#include "lib/num/dense.h"

#include <string.h>

#define TOKENS 256 /* that there is room for, at least */

/* One group's products. */
struct stack {
    struct product p; /* A [room][m], B [room][n]; p.k tokens are there; base: the sum, where there is one */
    real *A, *B, *sum; /* sum [blocks of the group] */
    const uint32_t *id; /* [count] of the group's blocks; NULL: there is nothing */
};

struct accumulator {
    const struct layout *layout;
    struct coalescer *sum;
    struct gradient *rows;
    size_t room; /* tokens */
    uint32_t nsamples;
    struct stack stack[LAYOUT_GROUPS];
};

static size_t rows_of(const struct group *g) /* of its product */
{
    return g->count * layout_block(g) / g->product;
}

size_t accumulator_room(uint32_t longest)
{
    return longest > TOKENS ? longest : TOKENS;
}

struct accumulator *accumulator_new(const struct layout *layout, uint32_t longest)
{
    struct accumulator *p = memory_new(1, sizeof *p);
    p->layout = layout;
    p->sum = coalescer_new(layout);
    p->room = accumulator_room(longest);
    for (uint32_t k = 0; k < layout->ngroups; k++) {
        const struct group *g = &layout->group[k];
        if (!g->product)
            continue;
        p->stack[k].A = memory_reserve(p->room * REAL_PAD(rows_of(g)), sizeof(real));
        p->stack[k].B = memory_reserve(p->room * (size_t)g->product, sizeof(real));
        p->stack[k].sum = memory_reserve(g->count * layout_block(g), sizeof(real));
    }
    return p;
}

void accumulator_free(struct accumulator *p)
{
    if (!p)
        return;
    for (uint32_t k = 0; k < p->layout->ngroups; k++) {
        memory_free(p->stack[k].A);
        memory_free(p->stack[k].B);
        memory_free(p->stack[k].sum);
    }
    coalescer_free(p->sum);
    memory_free(p);
}

size_t accumulator_bytes(const struct layout *layout, uint32_t longest)
{
    size_t n = layout->size;
    for (uint32_t k = 0; k < layout->ngroups; k++)
        if (layout->group[k].product)
            n +=
                accumulator_room(longest) * (REAL_PAD(rows_of(&layout->group[k])) + layout->group[k].product);
    return n * sizeof(real) + layout->nblocks * (sizeof(struct bundle) + sizeof(real *));
}

void accumulator_begin(struct accumulator *p)
{
    p->nsamples = 0;
    coalescer_begin(p->sum);
    for (uint32_t k = 0; k < p->layout->ngroups; k++)
        p->stack[k].id = NULL, p->stack[k].p.k = 0;
}

/* The tokens so far become a sum. */
static void settle(struct stack *s)
{
    s->p.C = s->sum;
    s->p.c_row = s->p.n;
    dense_get()->product(&s->p);
    s->p.C = NULL;
    s->p.base = s->sum;
    s->p.base_row = s->p.n;
    s->p.k = 0;
}

/* `from` [tokens][columns], one column next to the other or (`apart`) not, times factor */
static void copy(real *to, size_t pitch, const real *from, size_t row, size_t apart, size_t tokens,
                 size_t columns, real factor)
{
    for (size_t t = 0; t < tokens; t++, to += pitch, from += row)
        if (apart == 1 && factor == 1)
            memcpy(to, from, columns * sizeof *to);
        else
            for (size_t c = 0; c < columns; c++)
                to[c] = factor * from[c * apart];
}

/* B is shared where the gradient's products share it: `like` is the stack of the product before, or NULL. */
static void put(struct accumulator *p, struct stack *s, const struct bundle *b, const struct stack *like,
                real factor)
{
    const struct product *g = b->product;
    const size_t pitch = REAL_PAD(rows_of(&p->layout->group[b->group]));
    if (!s->id)
        s->p = (struct product){
            .m = g->m, .n = g->n, .A = s->A, .a_row = 1, .a_column = pitch, .b_row = g->n, .c_row = g->n};
    s->p.B = like ? like->p.B : s->B;
    s->id = b->id;
    copy(s->A + s->p.k * pitch, pitch, g->A, g->a_column, g->a_row, g->k, g->m, factor);
    if (!like)
        copy(s->B + s->p.k * g->n, g->n, g->B, g->b_row, 1, g->k, g->n, 1);
    s->p.k += g->k;
}

bool accumulator_is_empty(const struct accumulator *p)
{
    return p->nsamples == 0;
}

static bool share(const struct bundle *last, const struct bundle *b) /* B */
{
    return last && last->product->B == b->product->B && last->product->n == b->product->n;
}

/* Do other products share theirs than in the tokens so far? */
static bool shares_otherwise(const struct accumulator *p, const struct gradient *g, size_t first)
{
    const struct bundle *last = NULL;
    for (size_t k = first; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct stack *s = &p->stack[b->group];
        if (b->first)
            continue;
        if (s->id && s->p.k && share(last, b) != (s->p.B != s->B))
            return true;
        if (share(last, b) && s->p.k != p->stack[last->group].p.k)
            return true;
        last = b;
    }
    return false;
}

void accumulator_add(struct accumulator *p, const struct gradient *g, real factor)
{
    p->nsamples += g->nsamples;
    struct gradient rows = *g;
    while (rows.count && rows.bundle[rows.count - 1].product)
        rows.count--;
    p->rows = coalescer_add(p->sum, &rows, factor);
    const bool otherwise = shares_otherwise(p, g, rows.count);
    for (size_t k = rows.count; k < g->count;
         k++) { /* all before the first put, as it may write into another's B */
        const struct bundle *b = &g->bundle[k];
        struct stack *s = &p->stack[b->group];
        if (!b->first && s->id && (otherwise || s->p.k + b->product->k > p->room))
            settle(s);
    }
    const struct bundle *last = NULL; /* of the group before */
    for (size_t k = rows.count; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        if (b->first)
            continue;
        put(p, &p->stack[b->group], b, share(last, b) ? &p->stack[last->group] : NULL, factor);
        last = b;
    }
}

void accumulator_count_samples(struct accumulator *p)
{
    coalescer_count_samples(p->sum);
}

const struct gradient *accumulator_sum(struct accumulator *p)
{
    for (uint32_t k = 0; k < p->layout->ngroups; k++)
        if (p->stack[k].id)
            gradient_add_product(p->rows, p->layout, k, p->stack[k].id, &p->stack[k].p);
    p->rows->nsamples = p->nsamples;
    p->rows->samples = coalescer_samples(p->sum);
    return p->rows;
}

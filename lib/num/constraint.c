/* SPDX-License-Identifier: MIT */
#include "lib/num/constraint.h"

#include "lib/base/memory.h"

/* Rows of flags as rows of scores. */
static real *scores(const uint8_t *allowed, uint32_t rows, uint32_t T)
{
    size_t stride = REAL_PAD(T);
    real *x = memory_lines(rows * stride, sizeof *x);
    for (size_t row = 0; allowed && row < rows; row++)
        for (size_t y = 0; y < T; y++)
            x[row * stride + y] = allowed[row * T + y] ? 0 : CHAIN_FORBIDDEN;
    return x;
}

struct constraint *constraint_new(uint32_t T, const uint8_t *follows, const uint8_t *first,
                                  const uint8_t *last)
{
    struct constraint *k = memory_new(1, sizeof *k);
    *k = (struct constraint){.T = T,
                             .stride = REAL_PAD(T),
                             .edge = scores(follows, T, T),
                             .first = scores(first, 1, T),
                             .last = scores(last, 1, T)};
    return k;
}

void constraint_free(struct constraint *k)
{
    if (!k)
        return;
    memory_free(k->edge);
    memory_free(k->first);
    memory_free(k->last);
    memory_free(k);
}

static void add(real *x, const real *y, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] += y[k];
}

void constraint_lay(const struct constraint *k, struct chain *c)
{
    add(c->edge, k->edge, (size_t)k->T * k->stride);
    add(c->node, k->first, k->stride);
    add(c->node + (c->n - 1) * (size_t)k->stride, k->last, k->stride);
}

void constraint_forbid(struct chain *c, uint32_t i, uint32_t y)
{
    c->node[(size_t)i * c->stride + y] = CHAIN_FORBIDDEN;
}

void constraint_give(struct chain *c, uint32_t i, uint32_t y)
{
    for (uint32_t other = 0; other < c->T; other++)
        if (other != y)
            constraint_forbid(c, i, other);
}

/* One forbidden label or transition outweighs all other scores together. */
bool constraint_met(double score)
{
    return score > (double)CHAIN_FORBIDDEN / 2;
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/gradient.h"

#include "lib/num/dense.h"

#include <string.h>

void gradient_add_product(struct gradient *g, const struct layout *l, uint32_t group, const uint32_t *id,
                          const struct product *p)
{
    const struct group *of = &l->group[group];
    assert(of->product == p->n && g->count + of->count <= g->capacity);
    for (uint32_t k = 0; k < of->count; k++)
        g->bundle[g->count++] = (struct bundle){.group = group,
                                                .count = 1,
                                                .id = id + k,
                                                .product = p,
                                                .first = (uint32_t)(k * (layout_block(of) / p->n))};
}

void gradient_add_valued(struct gradient *g, const struct layout *l, uint32_t group, uint32_t count,
                         const uint32_t *id, const float *value, const real *row, real **room)
{
    const size_t n = layout_block(&l->group[group]);
    uint32_t end = value ? 0 : count;
    if (!value)
        gradient_add(g, group, count, id, row);
    for (uint32_t k = end; k < count; k = end) {
        const real *times = row;
        for (end = k + 1; end < count && value[end] == value[k];)
            end++;
        if (row && value[k] != 1) {
            for (size_t c = 0; c < n; c++)
                (*room)[c] = (real)value[k] * row[c];
            times = *room;
            *room += n;
        }
        gradient_add(g, group, end - k, id + k, times);
    }
}

size_t gradient_rows(const struct gradient *g)
{
    size_t n = g->count;
    while (n && !g->bundle[n - 1].row)
        n--;
    return n;
}

void gradient_row(const struct bundle *b, const struct layout *l, real *row)
{
    gradient_make(b, 1, b->product, l, row);
}

void gradient_make(const struct bundle *b, size_t count, const struct product *of, const struct layout *l,
                   real *row)
{
    const size_t block = count * layout_block(&l->group[b->group]);
    struct product p = *of;
    const size_t rows = block / p.n, left = p.m > b->first ? p.m - b->first : 0;
    p.m = left < rows ? left : rows;
    p.A += b->first * p.a_row;
    p.base = p.base ? p.base + b->first * p.base_row : NULL;
    p.C = row;
    p.c_row = p.n;
    if (p.m)
        dense_get()->product(&p);
    memset(row + p.m * p.n, 0, (block - p.m * p.n) * sizeof *row);
}

void gradient_fill(struct gradient *g, const struct layout *l, real *room)
{
    for (size_t k = gradient_rows(g); k < g->count; k++) {
        struct bundle *b = &g->bundle[k];
        gradient_row(b, l, room);
        b->row = room;
        room += layout_block(&l->group[b->group]);
    }
}

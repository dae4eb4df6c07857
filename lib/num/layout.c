/* SPDX-License-Identifier: MIT */
#include "lib/num/layout.h"

#include <assert.h>

uint32_t layout_add(struct layout *l, const char *name, uint32_t count, uint32_t rows, uint32_t columns,
                    bool universal)
{
    return layout_add_stride(l, name, count, rows, columns, REAL_PAD(columns), universal);
}

uint32_t layout_add_stride(struct layout *l, const char *name, uint32_t count, uint32_t rows,
                           uint32_t columns, uint32_t stride, bool universal)
{
    assert(l->ngroups < LAYOUT_GROUPS && stride >= columns && stride % REAL_LANES == 0);
    struct group *g = &l->group[l->ngroups];
    *g = (struct group){name, count, rows, columns, stride, l->size, l->nblocks, universal, 0};
    size_t line = 64 / sizeof(real);
    l->size = (l->size + count * layout_block(g) + line - 1) / line * line;
    l->nblocks += count;
    return l->ngroups++;
}

size_t layout_weights(const struct layout *l)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->ngroups; k++)
        n += (size_t)l->group[k].count * l->group[k].rows * l->group[k].columns;
    return n;
}

size_t layout_products(const struct layout *l)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->ngroups; k++)
        if (l->group[k].product)
            n += l->group[k].count * layout_block(&l->group[k]);
    return n;
}

/* SPDX-License-Identifier: MIT */
#include "lib/learn/origins.h"

#include "lib/base/memory.h"
#include "lib/learn/model.h"

#include <string.h>

/* Keys of features are numbers of values, which are the same in both spaces as far as both have them. */
static uint32_t *find_all(const struct vocab *new, const struct vocab *old)
{
    uint32_t n = vocab_count(new), *number = memory_new(n, sizeof *number);
    for (uint32_t id = 0; id < n; id++)
        number[id] = vocab_find(old, vocab_text(new, id)); /* VOCAB_NONE is ORIGIN_NEW */
    return number;
}

void origins_init(struct origins *o, const struct space *space, const struct space *old)
{
    *o = (struct origins){find_all(space->node, old->node), find_all(space->edge, old->edge), NULL};
    if (space->spelling && old->spelling)
        o->character = find_all(space->spelling->characters, old->spelling->characters);
}

void origins_free(struct origins *o)
{
    memory_free(o->node);
    memory_free(o->edge);
    memory_free(o->character);
}

uint32_t origins_known(const uint32_t *number, uint32_t n)
{
    uint32_t known = 0;
    for (uint32_t k = 0; k < n; k++)
        known += number[k] != ORIGIN_NEW;
    return known;
}

static const struct group *group_named(const struct layout *l, const char *name)
{
    for (uint32_t k = 0; k < l->ngroups; k++)
        if (strcmp(l->group[k].name, name) == 0)
            return &l->group[k];
    return NULL;
}

/* 0, 1, 2 … as far as the old group goes. */
static uint32_t *in_order(size_t n, size_t old)
{
    uint32_t *number = memory_new(n, sizeof *number);
    for (size_t k = 0; k < n; k++)
        number[k] = k < old ? (uint32_t)k : ORIGIN_NEW;
    return number;
}

static size_t copy_group(const struct group *g, real *w, const struct group *old, const real *old_w,
                         const uint32_t *row, const uint32_t *column)
{
    const size_t rows = (size_t)g->count * g->rows, old_rows = (size_t)old->count * old->rows;
    size_t copied = 0;
    for (size_t r = 0; r < rows; r++) {
        if (row[r] >= old_rows)
            continue;
        real *to = w + g->offset + r * g->stride;
        const real *from = old_w + old->offset + row[r] * (size_t)old->stride;
        for (uint32_t c = 0; c < g->columns; c++)
            if (column[c] < old->columns)
                to[c] = from[column[c]], copied++;
    }
    return copied;
}

size_t origins_copy(const struct origins *o, const struct model *m, real *w, const struct model *old,
                    const real *old_w)
{
    size_t copied = 0;
    for (uint32_t k = 0; k < m->layout.ngroups; k++) {
        const struct group *g = &m->layout.group[k], *from = group_named(&old->layout, g->name);
        if (!from)
            continue;
        uint32_t *row = in_order((size_t)g->count * g->rows, (size_t)from->count * from->rows),
                 *column = in_order(g->columns, from->columns);
        if (m->ops->origins)
            m->ops->origins(m, k, old, o, row, column);
        copied += copy_group(g, w, from, old_w, row, column);
        memory_free(row);
        memory_free(column);
    }
    return copied;
}

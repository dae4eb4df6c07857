/* SPDX-License-Identifier: MIT */
#include "lib/learn/combine.h"

#include "lib/base/memory.h"

const struct key combine_keys[] = {
    {"combine.blocks", KEY_INTEGER, 0, 4e9, "0", NULL,
     "so many of the most frequent blocks of each kind are written through a worker's own copy; 0: none"},
    {"combine.every", KEY_INTEGER, 1, 1e6, "16", NULL,
     "samples after which a worker's copy is brought to the rest"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

void combine_init(struct combine *c, const struct config *config, const struct layout *layout,
                  uint32_t nworkers)
{
    uint32_t blocks = (uint32_t)config_integer(config, "engine.combine.blocks");
    *c = (struct combine){.layout = layout,
                          .every = (uint32_t)config_integer(config, "engine.combine.every"),
                          .on = blocks > 0 && nworkers > 1};
    for (uint32_t g = 0; g < layout->ngroups && c->on; g++) {
        const struct group *group = &layout->group[g];
        c->hot[g] = group->universal || group->count < blocks ? group->count : blocks;
    }
}

/* A vector that takes memory only where it is touched, on cache lines. */
static real *vector(void **room, size_t size)
{
    *room = memory_new(size + 64 / sizeof(real), sizeof(real));
    return (real *)(((uintptr_t)*room + 63) / 64 * 64);
}

void kept_init(struct kept *k, const struct combine *c, size_t capacity)
{
    if (!c->on)
        return;
    k->own = vector(&k->room[0], c->layout->size);
    k->base = vector(&k->room[1], c->layout->size);
    k->hot.capacity = k->cold.capacity = capacity;
    k->hot.bundle = memory_lines(capacity, sizeof *k->hot.bundle);
    k->cold.bundle = memory_lines(capacity, sizeof *k->cold.bundle);
}

void kept_free(struct kept *k)
{
    memory_free(k->room[0]);
    memory_free(k->room[1]);
    memory_free(k->hot.bundle);
    memory_free(k->cold.bundle);
}

RACY void kept_load(struct kept *k, const struct combine *c, const real *w)
{
    k->since = 0;
    for (uint32_t g = 0; g < c->layout->ngroups; g++) {
        const struct group *group = &c->layout->group[g];
        size_t begin = group->offset, end = begin + c->hot[g] * layout_block(group);
        for (size_t i = begin; i < end; i++)
            k->own[i] = k->base[i] = w[i];
    }
}

/* All hot blocks, changed or not: what others did to them comes back, so none is older than `every` samples. */
RACY void kept_flush(struct kept *k, const struct combine *c, real *w)
{
    k->since = 0;
    for (uint32_t g = 0; g < c->layout->ngroups; g++) {
        const struct group *group = &c->layout->group[g];
        size_t begin = group->offset, end = begin + c->hot[g] * layout_block(group);
        real *restrict own = k->own, *restrict base = k->base;
        for (size_t i = begin; i < end; i++)
            w[i] = own[i] = base[i] = w[i] + (own[i] - base[i]);
    }
}

bool kept_due(struct kept *k, const struct combine *c)
{
    return ++k->since >= c->every;
}

void kept_part(struct kept *k, const struct combine *c, const struct grad *g)
{
    k->hot.count = k->cold.count = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct bundle *b = &g->bundle[i];
        uint32_t hot = 0, limit = c->hot[b->group];
        while (hot < b->count && b->id[hot] < limit) /* the list rises: they are its beginning */
            hot++;
        grad_add(&k->hot, b->group, hot, b->id, b->row);
        grad_add(&k->cold, b->group, b->count - hot, b->id + hot, b->row);
    }
}

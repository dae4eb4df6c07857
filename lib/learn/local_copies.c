/* SPDX-License-Identifier: MIT */
#include "lib/learn/local_copies.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

const struct key local_copies_keys[] = {
    {"combine.mode", KEY_CHOICE, 0, 0, "none", "none|auto|fixed",
     "write frequent blocks through a copy of the worker's own\n"
     "none: never\n"
     "auto: as many blocks, and as often, as suits the caches and the length of sentences\n"
     "fixed: as combine.blocks and combine.every say"},
    {"combine.blocks", KEY_INTEGER, 1, 4e9, "8192", NULL,
     "with fixed: copy this many of the most frequent blocks of each kind"},
    {"combine.every", KEY_INTEGER, 1, 1e6, "32", NULL,
     "with fixed: the 256 most frequent blocks are merged every N samples, the next 256 every 2N, the next "
     "512 every 4N, and so on"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Tokens after which the hottest blocks are due. More of them cost F1, fewer cost time
 * (docs/internals/local-copies.md). */
#define TOKENS 768

static size_t copied_bytes(const struct layout *l, uint32_t blocks)
{
    size_t reals = 0;
    for (uint32_t g = 0; g < l->ngroups; g++)
        if (!l->group[g].universal)
            reals += (l->group[g].count < blocks ? l->group[g].count : blocks) * layout_block(&l->group[g]);
    return reals * sizeof(real);
}

/* As many as three eighths of a core's second-level cache hold: what does not stay there between two of its
 * sentences gains nothing by being private. */
static uint32_t blocks_in_cache(const struct layout *l)
{
    size_t room = cpu_cache() / 8 * 3;
    uint32_t blocks = LOCAL_COPIES_TIER;
    while (blocks < UINT32_MAX / 2 && copied_bytes(l, 2 * blocks) <= room &&
           copied_bytes(l, 2 * blocks) > copied_bytes(l, blocks))
        blocks *= 2;
    return blocks;
}

void local_copies_init(struct local_copies *c, const struct config *config, const struct layout *layout,
                       uint32_t nworkers, double tokens)
{
    const char *mode = config_string(config, "engine.combine.mode");
    bool fixed = strcmp(mode, "fixed") == 0;
    *c = (struct local_copies){.layout = layout,
                               .kernel = kernel_get(),
                               .on = nworkers > 1 && strcmp(mode, "none") != 0,
                               .busy = ATOMIC_FLAG_INIT};
    if (!c->on)
        return;
    const uint32_t blocks =
        fixed ? (uint32_t)config_integer(config, "engine.combine.blocks") : blocks_in_cache(layout);
    c->blocks = blocks;
    c->every = fixed ? (uint32_t)config_integer(config, "engine.combine.every")
                     : (uint32_t)fmax(1, round(TOKENS / tokens));
    for (uint32_t g = 0; g < layout->ngroups; g++) {
        const struct group *group = &layout->group[g];
        c->hot[g] = group->universal || group->count < blocks ? group->count : blocks;
    }
}

size_t local_copies_reals(const struct local_copies *c)
{
    size_t reals = 0;
    for (uint32_t g = 0; g < c->layout->ngroups; g++)
        reals += c->hot[g] * layout_block(&c->layout->group[g]);
    return 2 * reals;
}

/* A vector that takes memory only where it is touched, on cache lines. */
static real *vector(void **storage, size_t size)
{
    *storage = memory_new(size + 64 / sizeof(real), sizeof(real));
    return (real *)(((uintptr_t)*storage + 63) / 64 * 64);
}

void local_copy_init(struct local_copy *k, const struct local_copies *c)
{
    if (!c->on)
        return;
    k->w = vector(&k->storage[0], c->layout->size);
    k->base = vector(&k->storage[1], c->layout->size);
}

void local_copy_free(struct local_copy *k)
{
    memory_free(k->storage[0]);
    memory_free(k->storage[1]);
}

static void load(real *restrict local, real *restrict base, const real *restrict w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        local[i] = base[i] = w[i];
}

static void enter(struct local_copies *c)
{
    for (unsigned tries = 0; atomic_flag_test_and_set_explicit(&c->busy, memory_order_acquire); tries++)
        cpu_wait(tries);
}

static void leave(struct local_copies *c)
{
    atomic_flag_clear_explicit(&c->busy, memory_order_release);
}

void local_copy_load(struct local_copy *k, struct local_copies *c, const real *w)
{
    k->since = 0;
    k->merges = 0;
    enter(c);
    for (uint32_t g = 0; g < c->layout->ngroups; g++) {
        const struct group *group = &c->layout->group[g];
        load(k->w + group->offset, k->base + group->offset, w + group->offset,
             c->hot[g] * layout_block(group));
    }
    leave(c);
}

/* Hot blocks with ids from … to-1 of each group, changed or not: what others did to them comes back. All of a universal
 * group with the first. */
static void merge_range(struct local_copy *k, const struct local_copies *c, real *w, uint32_t from,
                        uint32_t to)
{
    for (uint32_t g = 0; g < c->layout->ngroups; g++) {
        const struct group *group = &c->layout->group[g];
        uint32_t end = c->hot[g] < to || group->universal ? c->hot[g] : to;
        uint32_t begin = group->universal && from ? end : from;
        size_t at = group->offset + begin * layout_block(group);
        if (begin < end)
            c->kernel->merge(w + at, k->w + at, k->base + at, (end - begin) * layout_block(group));
    }
}

void local_copy_merge(struct local_copy *k, struct local_copies *c, real *w)
{
    enter(c);
    merge_range(k, c, w, 0, UINT32_MAX);
    leave(c);
}

/* Tier 0, and one other: the ruler's sequence 1 2 1 3 1 2 1 4 … has tier j every 2^j turns. */
bool local_copy_wrote(struct local_copy *k, struct local_copies *c, real *w, uint32_t samples)
{
    k->since += samples;
    if (k->since < c->every || atomic_flag_test_and_set_explicit(&c->busy, memory_order_acquire))
        return false;
    k->since = 0;
    k->merges++;
    uint32_t from = LOCAL_COPIES_TIER;
    for (uint64_t count = k->merges; count % 2 == 0 && from < UINT32_MAX / 4; count /= 2)
        from *= 2;
    merge_range(k, c, w, 0, LOCAL_COPIES_TIER);
    merge_range(k, c, w, from, 2 * from);
    leave(c);
    return true;
}

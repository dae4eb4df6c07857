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
    {"combine.every", KEY_INTEGER, 1, 1e6, "4", NULL,
     "with fixed: the 32 most frequent blocks are merged every N samples, the next 32 every 2N, the next "
     "64 every 4N, and so on"},
    {"combine.plain", KEY_REAL, 0, 1, "0.25", NULL,
     "this share of the last epoch, at its end, is read and written as with none; with optimizer.atomic "
     "nothing is\n"
     "merges are late, which costs score at the end of a run; a short end without them costs little time"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Tokens after which the hottest blocks are due. More of them cost F1, fewer cost time
 * (docs/internals/local-copies.md). */
#define TOKENS 96

#define LEAST 256 /* blocks of each kind that are copied, whatever the cache */

/* A universal group of more reals is merged as rarely as the blocks with ids from LARGE_AS on. */
#define LARGE 4096
#define LARGE_AS (4 * LOCAL_COPIES_TIER)

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
    uint32_t blocks = LEAST;
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
                               .others = nworkers - 1,
                               .busy = ATOMIC_FLAG_INIT};
    if (!c->on)
        return;
    const uint32_t blocks =
        fixed ? (uint32_t)config_integer(config, "engine.combine.blocks") : blocks_in_cache(layout);
    c->blocks = blocks;
    c->plain = config_real(config, "engine.combine.plain");
    c->until = SIZE_MAX;
    c->every = fixed ? (uint32_t)config_integer(config, "engine.combine.every")
                     : (uint32_t)fmax(1, round(TOKENS / tokens));
    for (uint32_t g = 0; g < layout->ngroups; g++) {
        const struct group *group = &layout->group[g];
        c->hot[g] = group->universal || group->count < blocks ? group->count : blocks;
        if (group->universal && group->count * layout_block(group) > LARGE)
            c->as[g] = LARGE_AS;
        const uint32_t last = group->universal ? c->as[g] : c->hot[g] - (c->hot[g] > 0);
        c->last = last > c->last ? last : c->last;
    }
}

size_t local_copies_reals(const struct local_copies *c)
{
    size_t reals = 0;
    for (uint32_t g = 0; g < c->layout->ngroups; g++)
        reals += c->hot[g] * layout_block(&c->layout->group[g]);
    return 2 * reals;
}

void local_copies_begin(struct local_copies *c, size_t samples, bool last)
{
    c->until = last && c->plain > 0 ? samples - (size_t)(c->plain * (double)samples) : SIZE_MAX;
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

RACY static void load(real *restrict local, real *restrict base, const real *restrict w, size_t n)
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

/* What the worker wrote is in w, and what the others have merged so far is in its copy. By who has entered. */
static void brought(struct local_copy *k, struct local_copies *c)
{
    const uint64_t merged = atomic_load_explicit(&c->merged, memory_order_relaxed) + k->since;
    atomic_store_explicit(&c->merged, merged, memory_order_relaxed);
    k->seen = merged;
    k->since = 0;
}

void local_copy_load(struct local_copy *k, struct local_copies *c, const real *w)
{
    k->since = 0;
    k->turns = 0;
    k->left = false;
    enter(c);
    for (uint32_t g = 0; g < c->layout->ngroups; g++) {
        const struct group *group = &c->layout->group[g];
        load(k->w + group->offset, k->base + group->offset, w + group->offset,
             c->hot[g] * layout_block(group));
    }
    brought(k, c);
    leave(c);
}

/* Blocks begin … end-1 of a group, changed or not: what others did to them comes back. */
static void merge_blocks(struct local_copy *k, const struct local_copies *c, real *w, uint32_t g,
                         uint64_t begin, uint64_t end)
{
    const struct group *group = &c->layout->group[g];
    const size_t block = layout_block(group), at = group->offset + begin * block;
    end = c->hot[g] < end ? c->hot[g] : end;
    if (begin < end)
        c->kernel->merge(w + at, k->w + at, k->base + at, (end - begin) * block);
}

/* The tier of the ids from … to-1, of each group; a universal group as a whole. */
static void merge_tier(struct local_copy *k, const struct local_copies *c, real *w, uint64_t from,
                       uint64_t to)
{
    for (uint32_t g = 0; g < c->layout->ngroups; g++)
        if (!c->layout->group[g].universal)
            merge_blocks(k, c, w, g, from, to);
        else if (c->as[g] == from)
            merge_blocks(k, c, w, g, 0, UINT32_MAX);
}

/* By who has entered, and leaves. */
static void merge_all(struct local_copy *k, struct local_copies *c, real *w)
{
    for (uint32_t g = 0; g < c->layout->ngroups; g++)
        merge_blocks(k, c, w, g, 0, UINT32_MAX);
    brought(k, c);
    leave(c);
}

void local_copy_merge(struct local_copy *k, struct local_copies *c, real *w)
{
    if (k->left)
        return;
    enter(c);
    merge_all(k, c, w);
}

bool local_copy_leave(struct local_copy *k, struct local_copies *c, real *w, size_t ticket)
{
    if (k->left || ticket < c->until || atomic_flag_test_and_set_explicit(&c->busy, memory_order_acquire))
        return false;
    merge_all(k, c, w);
    k->left = true;
    return true;
}

/* Samples since the last merge: of this worker, or of each other one in the mean, if that is more. Others merge
 * c->every of them at once, so that many more or fewer are no delay. */
static uint64_t progress(const struct local_copy *k, struct local_copies *c)
{
    const uint64_t others = (atomic_load_explicit(&c->merged, memory_order_relaxed) - k->seen) / c->others;
    return others > k->since + (uint64_t)c->every ? others - c->every : k->since;
}

/* Tier j > 0 has the turns 2^(j-1), 2^(j-1) + 2^j, …; no two of these tiers have one in common. Tier 0 has them all. */
static bool has_turn(unsigned j, uint64_t after, uint64_t last)
{
    const uint64_t half = (uint64_t)1 << (j - 1);
    return (after + half) >> j < (last + half) >> j;
}

bool local_copy_wrote(struct local_copy *k, struct local_copies *c, real *w, uint32_t samples)
{
    if (k->left)
        return true;
    k->since += samples;
    if (progress(k, c) < c->every || atomic_flag_test_and_set_explicit(&c->busy, memory_order_acquire))
        return false;
    const uint64_t after = k->turns;
    k->turns += progress(k, c) / c->every;
    merge_tier(k, c, w, 0, LOCAL_COPIES_TIER);
    uint64_t from = LOCAL_COPIES_TIER;
    for (unsigned j = 1; from <= c->last; j++, from *= 2)
        if (has_turn(j, after, k->turns))
            merge_tier(k, c, w, from, 2 * from);
    brought(k, c);
    leave(c);
    return true;
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/vocab.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <string.h>

/* Open addressing, at most half full; a slot holds id + 1 and 32 bits of the hash. */
struct slot {
    uint32_t id1, tag;
};

struct vocab {
    char *bytes;
    uint32_t *ends;
    struct slot *slots;
    size_t bytes_capacity, ends_capacity, mask;
    uint32_t count;
};

struct vocab *vocab_new(void)
{
    struct vocab *v = memory_new(1, sizeof *v);
    v->mask = 255;
    v->slots = memory_new(v->mask + 1, sizeof *v->slots);
    v->bytes = memory_grow(NULL, &v->bytes_capacity, 64, 1);
    v->ends = memory_grow(NULL, &v->ends_capacity, 16, sizeof *v->ends);
    return v;
}

void vocab_free(struct vocab *v)
{
    if (!v)
        return;
    memory_free(v->bytes);
    memory_free(v->ends);
    memory_free(v->slots);
    memory_free(v);
}

struct span vocab_text(const struct vocab *v, uint32_t id)
{
    assert(id < v->count);
    uint32_t begin = id ? v->ends[id - 1] : 0;
    return (struct span){v->bytes + begin, v->ends[id] - begin};
}

/* The slot where `s` is, or the free one where it would go. */
static struct slot *locate(const struct vocab *v, struct span s, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    for (size_t i = hash & v->mask;; i = (i + 1) & v->mask) {
        struct slot *slot = &v->slots[i];
        if (slot->id1 == 0 || (slot->tag == tag && span_equal(vocab_text(v, slot->id1 - 1), s)))
            return slot;
    }
}

static void widen(struct vocab *v)
{
    memory_free(v->slots);
    v->mask = v->mask * 2 + 1;
    v->slots = memory_new(v->mask + 1, sizeof *v->slots);
    for (uint32_t id = 0; id < v->count; id++) {
        struct span s = vocab_text(v, id);
        uint64_t hash = vocab_hash(s);
        *locate(v, s, hash) = (struct slot){id + 1, (uint32_t)(hash >> 32)};
    }
}

uint64_t vocab_hash(struct span s)
{
    return text_hash(s.s, s.n, 0);
}

void vocab_prefetch(const struct vocab *v, uint64_t hash)
{
    __builtin_prefetch(&v->slots[hash & v->mask]);
}

uint32_t vocab_find_hashed(const struct vocab *v, struct span s, uint64_t hash)
{
    return locate(v, s, hash)->id1 - 1; /* 0 - 1 is VOCAB_NONE */
}

uint32_t vocab_find(const struct vocab *v, struct span s)
{
    return vocab_find_hashed(v, s, vocab_hash(s));
}

uint32_t vocab_add(struct vocab *v, struct span s)
{
    return vocab_add_hashed(v, s, vocab_hash(s));
}

uint32_t vocab_add_hashed(struct vocab *v, struct span s, uint64_t hash)
{
    struct slot *slot = locate(v, s, hash);
    if (slot->id1)
        return slot->id1 - 1;
    size_t begin = v->count ? v->ends[v->count - 1] : 0;
    assert(begin + s.n <= UINT32_MAX);
    v->bytes = memory_grow(v->bytes, &v->bytes_capacity, begin + s.n, 1);
    v->ends = memory_grow(v->ends, &v->ends_capacity, v->count + (size_t)1, sizeof *v->ends);
    memcpy(v->bytes + begin, s.s, s.n);
    v->ends[v->count] = (uint32_t)(begin + s.n);
    *slot = (struct slot){++v->count, (uint32_t)(hash >> 32)};
    if (v->count > v->mask / 2)
        widen(v);
    return v->count - 1;
}

bool vocab_has(const void *vocab, struct span s)
{
    return vocab_find(vocab, s) != VOCAB_NONE;
}

uint32_t vocab_count(const struct vocab *v)
{
    return v->count;
}

struct span vocab_bytes(const struct vocab *v)
{
    return (struct span){v->bytes, v->count ? v->ends[v->count - 1] : 0};
}

const uint32_t *vocab_ends(const struct vocab *v)
{
    return v->ends;
}

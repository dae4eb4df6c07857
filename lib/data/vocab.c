/* SPDX-License-Identifier: MIT */
#include "lib/data/vocab.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <string.h>

/* Open addressing; a slot holds id + 1 and a hash of the string, its tag. It alone says where the search begins, and
 * places rise with tags: to widen the table is to read the old one and to write the new one from one end to the
 * other, and no string is touched. Of n slots a tag tells all but log2 n of its bits apart. */
struct slot {
    uint32_t id1, tag;
};

struct vocab {
    char *bytes;
    uint32_t *ends;
    struct slot *slots; /* [nslots] */
    size_t bytes_capacity, ends_capacity, nslots;
    uint32_t count;
};

struct vocab *vocab_new(void)
{
    struct vocab *v = memory_new(1, sizeof *v);
    v->nslots = 256;
    v->slots = memory_lines(v->nslots, sizeof *v->slots);
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

static size_t begin_of(const struct vocab *v, uint32_t id)
{
    return id ? v->ends[id - 1] : 0;
}

struct span vocab_text(const struct vocab *v, uint32_t id)
{
    assert(id < v->count);
    size_t begin = begin_of(v, id);
    return (struct span){v->bytes + begin, v->ends[id] - begin};
}

/* Most strings are a few 32-bit numbers, and most of the time goes to them: a sum of products with odd constants,
 * which do not wait for each other (multilinear hashing, Lemire and Kaser 2014), mixed once more. */
static inline uint32_t tag_of(struct span s)
{
    static const uint64_t factor[] = {0x9E3779B97F4A7C15u, 0xD1B54A32D192ED03u, 0xABC98388FB8FAC03u,
                                      0x8CB92BA72F3D8DD7u, 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu,
                                      0x8EBC6AF09C88C6E3u, 0x589965CC75374CC3u, 0x1D8E4E27C47D124Fu,
                                      0xC2B2AE3D27D4EB4Fu};
    if (s.n >= sizeof factor / 2)
        return (uint32_t)(text_hash(s.s, s.n, 0) >> 32);
    uint64_t h = s.n;
    uint32_t x = 0;
    size_t words = s.n / 4;
    for (size_t k = 0; k < words; k++) {
        memcpy(&x, s.s + 4 * k, 4);
        h += x * factor[k];
    }
    x = 0;
    for (size_t k = 4 * words; k < s.n; k++)
        x = x << 8 | (unsigned char)s.s[k];
    h += x * factor[words];
    return (uint32_t)((h ^ h >> 32) * 0xEB44ACCAB455D165u >> 32);
}

static inline struct slot *home(const struct vocab *v, uint32_t tag)
{
    return &v->slots[tag * (uint64_t)v->nslots >> 32];
}

static inline struct slot *next(const struct vocab *v, struct slot *slot)
{
    return ++slot < v->slots + v->nslots ? slot : v->slots;
}

/* Strings are short, most of them a few 32-bit numbers: a call of memcmp takes longer. */
static inline bool equal(struct span a, struct span b)
{
    size_t n = a.n, k = 0;
    uint32_t x, y;
    if (n != b.n)
        return false;
    for (; k + 4 <= n; k += 4)
        if (memcpy(&x, a.s + k, 4), memcpy(&y, b.s + k, 4), x != y)
            return false;
    for (; k < n; k++)
        if (a.s[k] != b.s[k])
            return false;
    return true;
}

/* The slot where `s` is, or the free one where it would go. */
static struct slot *locate(const struct vocab *v, struct span s, uint32_t tag)
{
    assert(v->slots); /* not closed */
    struct slot *slot = home(v, tag);
    for (;; slot = next(v, slot)) {
        if (slot->id1 == 0)
            return slot;
        if (slot->tag == tag && equal(vocab_text(v, slot->id1 - 1), s))
            return slot;
    }
}

/* A string that is not in the table yet. */
static void settle(struct vocab *v, struct slot new)
{
    struct slot *slot = home(v, new.tag);
    while (slot->id1)
        slot = next(v, slot);
    *slot = new;
}

static void widen(struct vocab *v)
{
    struct slot *old = v->slots;
    size_t n = v->nslots;
    v->nslots = 2 * n;
    v->slots = memory_lines(v->nslots, sizeof *v->slots);
    for (size_t i = 0; i < n; i++)
        if (old[i].id1)
            settle(v, old[i]);
    memory_free(old);
}

static uint32_t add(struct vocab *v, struct span s, uint32_t tag)
{
    struct slot *slot = locate(v, s, tag);
    if (slot->id1)
        return slot->id1 - 1;
    size_t begin = begin_of(v, v->count);
    assert(begin + s.n <= UINT32_MAX);
    v->bytes = memory_grow(v->bytes, &v->bytes_capacity, begin + s.n, 1);
    v->ends = memory_grow(v->ends, &v->ends_capacity, v->count + (size_t)1, sizeof *v->ends);
    memcpy(v->bytes + begin, s.s, s.n);
    v->ends[v->count] = (uint32_t)(begin + s.n);
    *slot = (struct slot){++v->count, tag};
    if (v->count > v->nslots / 4 * 3)
        widen(v);
    return v->count - 1;
}

uint32_t vocab_add(struct vocab *v, struct span s)
{
    return add(v, s, tag_of(s));
}

uint32_t vocab_find(const struct vocab *v, struct span s)
{
    return locate(v, s, tag_of(s))->id1 - 1; /* 0 - 1 is VOCAB_NONE */
}

void vocab_ask_slots(const struct vocab *v, struct vocab_query *q, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        q[k].tag = tag_of(q[k].s);
        __builtin_prefetch(home(v, q[k].tag));
    }
}

/* The guess is the first string with this tag: nearly always the right one. */
void vocab_ask_ends(const struct vocab *v, struct vocab_query *q, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        struct slot *slot = home(v, q[k].tag);
        while (slot->id1 && slot->tag != q[k].tag)
            slot = next(v, slot);
        q[k].id = slot->id1 - 1;
        if (slot->id1)
            __builtin_prefetch(&v->ends[q[k].id]);
    }
}

void vocab_ask_texts(const struct vocab *v, const struct vocab_query *q, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (q[k].id != VOCAB_NONE)
            __builtin_prefetch(v->bytes + begin_of(v, q[k].id));
}

static bool right(const struct vocab *v, const struct vocab_query *q)
{
    return q->id != VOCAB_NONE && equal(vocab_text(v, q->id), q->s);
}

void vocab_find_asked(const struct vocab *v, struct vocab_query *q, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (q[k].id != VOCAB_NONE && !right(v, &q[k]))
            q[k].id = locate(v, q[k].s, q[k].tag)->id1 - 1;
}

void vocab_add_asked(struct vocab *v, struct vocab_query *q, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (!right(v, &q[k]))
            q[k].id = add(v, q[k].s, q[k].tag);
}

void vocab_renumber(struct vocab *v, const uint32_t *map, uint32_t count)
{
    uint32_t *ends = memory_lines(count, sizeof *ends), total = 0;
    for (uint32_t id = 0; id < v->count; id++)
        if (map[id] != VOCAB_NONE)
            ends[map[id]] = v->ends[id] - (uint32_t)begin_of(v, id);
    for (uint32_t id = 0; id < count; id++)
        ends[id] = total += ends[id];
    char *bytes = memory_lines(total, 1);
    for (uint32_t id = 0; id < v->count; id++)
        if (map[id] != VOCAB_NONE) {
            size_t begin = begin_of(v, id), n = v->ends[id] - begin;
            memcpy(bytes + ends[map[id]] - n, v->bytes + begin, n);
        }
    memory_free(v->bytes);
    memory_free(v->ends);
    v->bytes = bytes;
    v->ends = ends;
    v->bytes_capacity = total;
    v->ends_capacity = v->count = count;
    struct slot *old = v->slots;
    size_t n = v->nslots;
    v->nslots = 256 + count / 5 * (size_t)8;
    v->slots = memory_lines(v->nslots, sizeof *v->slots);
    for (size_t i = 0; i < n; i++)
        if (old[i].id1 && map[old[i].id1 - 1] != VOCAB_NONE)
            settle(v, (struct slot){map[old[i].id1 - 1] + 1, old[i].tag});
    memory_free(old);
}

void vocab_close(struct vocab *v)
{
    memory_free(v->slots);
    v->slots = NULL;
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

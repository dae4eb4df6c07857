/* SPDX-License-Identifier: MIT */
#include "lib/data/spelling.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"

#include <stdlib.h>

#define CODES 0x110000

struct spelling *spelling_new(uint32_t column)
{
    struct spelling *s = memory_new(1, sizeof *s);
    *s = (struct spelling){column, vocab_new(), memory_new(CODES, sizeof *s->number)};
    return s;
}

void spelling_free(struct spelling *s)
{
    if (!s)
        return;
    vocab_free(s->characters);
    memory_free(s->number);
    memory_free(s);
}

/* The first code point of a well-formed, non-empty span; its bytes. */
static inline uint32_t first(struct span s, size_t *length)
{
    uint8_t byte = (uint8_t)s.s[0];
    if (byte < 0x80) {
        *length = 1;
        return byte;
    }
    return (uint32_t)unicode_first(s, length);
}

bool spelling_add(struct spelling *s, struct span character)
{
    size_t length;
    if (character.n == 0 || text_utf8_fault(character) < character.n)
        return false;
    uint32_t code = first(character, &length);
    if (length < character.n || s->number[code])
        return false;
    s->number[code] = vocab_add(s->characters, character) + 1;
    return true;
}

uint32_t spelling_spell(const struct spelling *s, struct spelling *learner, struct span word, uint32_t *out)
{
    uint32_t n = 0, unknown = vocab_count(s->characters);
    for (size_t length; word.n > 0 && n < SPELLING_LONGEST; word.s += length, word.n -= length) {
        uint32_t code = first(word, &length);
        if (learner && !s->number[code])
            spelling_add(learner, (struct span){word.s, length});
        out[n++] = s->number[code] ? s->number[code] - 1 : unknown;
    }
    return n;
}

struct seen { /* of a character, in training */
    uint32_t id, frequency;
};

static int by_frequency(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    return a->frequency != b->frequency ? (a->frequency < b->frequency) - (a->frequency > b->frequency)
                                        : (a->id > b->id) - (a->id < b->id);
}

void spelling_order(struct spelling *s, uint32_t *ids, size_t n)
{
    uint32_t count = vocab_count(s->characters), *map = memory_new(count, sizeof *map);
    struct seen *seen = memory_new(count, sizeof *seen);
    for (uint32_t id = 0; id < count; id++)
        seen[id].id = id;
    for (size_t k = 0; k < n; k++)
        seen[ids[k]].frequency++;
    qsort(seen, count, sizeof *seen, by_frequency);
    for (uint32_t k = 0; k < count; k++)
        map[seen[k].id] = k;
    for (size_t k = 0; k < n; k++)
        ids[k] = map[ids[k]];
    vocab_renumber(s->characters, map, count);
    for (uint32_t id = 0; id < count; id++) {
        size_t length;
        s->number[first(vocab_text(s->characters, id), &length)] = id + 1;
    }
    memory_free(seen);
    memory_free(map);
}

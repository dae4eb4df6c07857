/* SPDX-License-Identifier: MIT */
#include "lib/data/lexicon.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/data/format.h"

#include <string.h>

#define WORD_BYTES 256 /* longer ones are in no text */

struct lexicon {
    struct vocab *words, *prefixes; /* prefixes: of whole characters, the words themselves included */
    uint8_t *whole; /* [prefixes] is it a word? */
    size_t whole_capacity;
};

struct lexicon *lexicon_new(void)
{
    struct lexicon *l = memory_new(1, sizeof *l);
    l->words = vocab_new();
    l->prefixes = vocab_new();
    return l;
}

void lexicon_free(struct lexicon *l)
{
    if (!l)
        return;
    vocab_free(l->words);
    vocab_free(l->prefixes);
    memory_free(l->whole);
    memory_free(l);
}

void lexicon_add(struct lexicon *l, struct span word)
{
    if (word.n == 0 || word.n > WORD_BYTES)
        return;
    uint32_t id = 0;
    vocab_add(l->words, word);
    for (size_t n = 0; n < word.n;) {
        n += text_utf8_first((struct span){word.s + n, word.n - n});
        uint32_t before = vocab_count(l->prefixes);
        id = vocab_add(l->prefixes, (struct span){word.s, n});
        l->whole = memory_grow(l->whole, &l->whole_capacity, id + (size_t)1, 1);
        if (id == before)
            l->whole[id] = 0;
    }
    l->whole[id] = 1;
}

static void add(void *lexicon, struct span word)
{
    lexicon_add(lexicon, word);
}

bool lexicon_load(struct lexicon *l, const char *path, struct error *e)
{
    return segmented_list(path, add, l, e);
}

const struct vocab *lexicon_words(const struct lexicon *l)
{
    return l->words;
}

/* A word of `length` tokens begins at i. */
static void hit(const struct lexicon_hits *h, uint32_t i, uint32_t length)
{
    uint32_t last = i + length - 1;
    h->from[i] = length; /* the longer ones come later */
    if (length > h->to[last])
        h->to[last] = length;
    for (uint32_t k = i; k <= last; k++)
        if (length > h->cover[k])
            h->cover[k] = length, h->place[k] = k - i;
}

static bool overlooked(uint32_t id, double dropout, uint64_t salt)
{
    struct rng r;
    if (dropout <= 0)
        return false;
    rng_init(&r, salt, id, 0);
    return rng_uniform(&r) < dropout;
}

void lexicon_search(const struct lexicon *l, const struct span *text, uint32_t stride, uint32_t n,
                    double dropout, uint64_t salt, const struct lexicon_hits *hits)
{
    memset(hits->from, 0, n * sizeof *hits->from);
    memset(hits->to, 0, n * sizeof *hits->to);
    memset(hits->cover, 0, n * sizeof *hits->cover);
    memset(hits->place, 0, n * sizeof *hits->place);
    for (uint32_t i = 0; i < n; i++) {
        char joined[WORD_BYTES];
        size_t length = 0;
        for (uint32_t k = i; k < n; k++) {
            struct span token = text[(size_t)k * stride];
            if (length + token.n > WORD_BYTES)
                break;
            memcpy(joined + length, token.s, token.n);
            length += token.n;
            uint32_t id = vocab_find(l->prefixes, (struct span){joined, length});
            if (id == VOCAB_NONE)
                break;
            if (l->whole[id] && !overlooked(id, dropout, salt))
                hit(hits, i, k - i + 1);
        }
    }
}

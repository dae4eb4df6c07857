/* SPDX-License-Identifier: MIT */
#include "lib/tag/dictionary.h"

#include "lib/base/memory.h"
#include "lib/data/format.h"
#include "lib/data/vocab.h"

#include <math.h>
#include <string.h>

#define WORD_BYTES 256 /* as lib/data/lexicon.c */
#define MUST HUGE_VAL
#define HEAVIEST 1000 /* no label of a model is worth more */

struct dictionary {
    struct vocab *prefixes; /* of whole characters, the words themselves included */
    double *weight; /* [prefixes] of a word; 0: it is none, MUST */
    size_t capacity;
};

static void add(struct dictionary *d, struct span word, double weight)
{
    uint32_t id = 0;
    for (size_t n = 0; n < word.n;) {
        n += text_utf8_first((struct span){word.s + n, word.n - n});
        uint32_t before = vocab_count(d->prefixes);
        id = vocab_add(d->prefixes, (struct span){word.s, n});
        d->weight = memory_grow(d->weight, &d->capacity, id + (size_t)1, sizeof *d->weight);
        if (id == before)
            d->weight[id] = 0;
    }
    d->weight[id] = weight;
}

static bool take_line(struct dictionary *d, const struct stream *in, struct span line, struct error *e)
{
    struct span word, number, more;
    double weight = MUST;
    if (!segmented_word(&line, &word))
        return true;
    if (word.n > WORD_BYTES)
        return error_set(e, ERROR_CORPUS, "%s:%lu: a word of %zu bytes; %d are allowed", stream_name(in),
                         stream_number(in), word.n, WORD_BYTES);
    if (segmented_word(&line, &number) &&
        (!text_real(number, &weight) || fabs(weight) > HEAVIEST || segmented_word(&line, &more)))
        return error_set(
            e, ERROR_CORPUS,
            "%s:%lu: expected a word, or a word and a number from -%d to %d (how much it should be "
            "kept); give each word a line",
            stream_name(in), stream_number(in), HEAVIEST, HEAVIEST);
    add(d, word, weight);
    return true;
}

struct dictionary *dictionary_load(const char *path, struct error *e)
{
    struct stream *in = stream_open(path, e);
    if (!in)
        return NULL;
    struct dictionary *d = memory_new(1, sizeof *d);
    d->prefixes = vocab_new();
    struct span line;
    bool good = true;
    e->kind = ERROR_NONE;
    while (good && stream_line(in, &line, e))
        good = take_line(d, in, line, e);
    stream_close(in);
    if (e->kind == ERROR_NONE)
        return d;
    dictionary_free(d);
    return NULL;
}

void dictionary_free(struct dictionary *d)
{
    if (!d)
        return;
    vocab_free(d->prefixes);
    memory_free(d->weight);
    memory_free(d);
}

/* Give `found` every word that begins at character i, the shortest first. */
static void search(const struct dictionary *d, const struct span *cell, uint32_t stride, uint32_t i,
                   uint32_t n, const uint8_t *kept,
                   void (*found)(void *to, uint32_t i, uint32_t length, double weight), void *to)
{
    char joined[WORD_BYTES];
    size_t bytes = 0;
    for (uint32_t k = i; k < n && !(kept && k > i && kept[k]); k++) {
        struct span c = cell[(size_t)k * stride];
        if (bytes + c.n > sizeof joined)
            return;
        memcpy(joined + bytes, c.s, c.n);
        bytes += c.n;
        uint32_t id = vocab_find(d->prefixes, (struct span){joined, bytes});
        if (id == VOCAB_NONE)
            return;
        if (d->weight[id] != 0)
            found(to, i, k - i + 1, d->weight[id]);
    }
}

static void longest_must(void *to, uint32_t i, uint32_t length, double weight)
{
    (void)i;
    if (weight == MUST)
        *(uint32_t *)to = length;
}

void dictionary_mark(const struct dictionary *d, const struct span *cell, uint32_t stride, uint32_t n,
                     const uint8_t *kept, uint8_t *at)
{
    for (uint32_t i = 0, length; i < n; i += length ? length : 1) {
        length = 0;
        search(d, cell, stride, i, n, kept, longest_must, &length);
        for (uint32_t k = 0; k < length; k++)
            at[i + k] = k ? BOUNDARY_JOINED : BOUNDARY_CUT;
        if (length && i + length < n)
            at[i + length] = BOUNDARY_CUT;
    }
}

struct weighing {
    const struct boundaries *b;
    struct chain *c;
};

static void weigh(void *to, uint32_t i, uint32_t length, double weight)
{
    const struct weighing *w = to;
    if (weight == MUST)
        return;
    for (uint32_t k = 0; k < length; k++)
        boundaries_favour(w->b, w->c, i + k, k ? BOUNDARY_JOINED : BOUNDARY_CUT,
                          k + 1 < length ? BOUNDARY_JOINED : BOUNDARY_CUT, (real)(weight / length));
}

void dictionary_weigh(const struct dictionary *d, const struct boundaries *b, const struct span *cell,
                      uint32_t stride, const uint8_t *kept, struct chain *c)
{
    struct weighing w = {b, c};
    for (uint32_t i = 0; i < c->n; i++)
        search(d, cell, stride, i, c->n, kept, weigh, &w);
}

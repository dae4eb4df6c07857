/* SPDX-License-Identifier: MIT
 *
 * A user's words against brute force: every word tried at every place, by comparing text.
 */
#include "lib/tag/dictionary.h"

#include "lib/base/rng.h"
#include "lib/num/chain.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHARACTERS = 30, WORDS = 12, BYTES = 64, ROUNDS = 200 };

/* Letters of one, two and three bytes; few, so that words are found. */
static const char *const letter[] = {"a", "é", "中"};

struct word {
    char text[BYTES];
    uint32_t length;
    double weight; /* HUGE_VAL: must be kept */
};

static struct word draw_word(struct rng *r)
{
    struct word w = {.length = 1 + (uint32_t)rng_below(r, 4)};
    for (uint32_t k = 0; k < w.length; k++)
        strcat(w.text, letter[rng_below(r, 3)]);
    w.weight = rng_below(r, 2) ? HUGE_VAL : (double)(1 + rng_below(r, 9)) / 2 - 2.25;
    return w;
}

/* Words, each once, and a file of them. */
static struct dictionary *draw(struct rng *r, struct word *word, size_t *count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/words", test_folder());
    FILE *out = fopen(path, "w");
    *count = 0;
    for (int k = 0; k < WORDS; k++) {
        struct word w = draw_word(r);
        bool twice = false;
        for (size_t j = 0; j < *count; j++)
            twice |= strcmp(word[j].text, w.text) == 0;
        if (twice)
            continue;
        word[(*count)++] = w;
        if (w.weight < HUGE_VAL)
            fprintf(out, "%s\t%g\n\n", w.text, w.weight);
        else
            fprintf(out, " %s\n", w.text);
    }
    fclose(out);
    struct error e = {0};
    struct dictionary *d = dictionary_load(path, &e);
    CHECK_MSG(d != NULL, "%s", e.text);
    return d;
}

/* Does the word stand at i, and no boundary in it? */
static bool stands(const struct word *w, const struct span *cell, const uint8_t *kept, uint32_t i, uint32_t n)
{
    char text[CHARACTERS * 4] = "";
    if (i + w->length > n)
        return false;
    for (uint32_t k = i; k < i + w->length; k++) {
        strncat(text, cell[2 * k].s, cell[2 * k].n);
        if (k > i && kept && kept[k])
            return false;
    }
    return strcmp(text, w->text) == 0;
}

static void draw_text(struct rng *r, struct span *cell, uint8_t *kept)
{
    for (int i = 0; i < CHARACTERS; i++) {
        cell[2 * i] = span_of(letter[rng_below(r, 3)]);
        cell[2 * i + 1] = span_of("S");
        kept[i] = i && rng_below(r, 6) == 0;
    }
}

TEST(words_that_must_be_kept_are_marked_from_left_to_right)
{
    struct rng r;
    rng_init(&r, 1, 2, 3);
    size_t kept_words = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct word word[WORDS];
        struct span cell[2 * CHARACTERS];
        uint8_t kept[CHARACTERS], at[CHARACTERS], expected[CHARACTERS];
        size_t count;
        struct dictionary *d = draw(&r, word, &count);
        draw_text(&r, cell, kept);
        const uint8_t *parts = round % 2 ? kept : NULL;
        for (int i = 0; i < CHARACTERS; i++)
            at[i] = expected[i] = (uint8_t)rng_below(&r, 3);
        for (uint32_t i = 0, length; i < CHARACTERS; i += length ? length : 1) {
            length = 0;
            for (size_t k = 0; k < count; k++)
                if (word[k].weight == HUGE_VAL && word[k].length > length &&
                    stands(&word[k], cell, parts, i, CHARACTERS))
                    length = word[k].length;
            kept_words += length > 0;
            for (uint32_t k = 0; k < length; k++)
                expected[i + k] = k ? BOUNDARY_JOINED : BOUNDARY_CUT;
            if (length && i + length < CHARACTERS)
                expected[i + length] = BOUNDARY_CUT;
        }
        dictionary_mark(d, cell, 2, CHARACTERS, parts, at);
        CHECK(memcmp(at, expected, sizeof at) == 0);
        dictionary_free(d);
    }
    CHECK(kept_words > ROUNDS);
}

TEST(words_that_should_be_kept_raise_the_scores_of_their_labels)
{
    static const char *const name[] = {"B", "M", "E", "S"};
    struct vocab *labels = vocab_new();
    for (int y = 0; y < 4; y++)
        vocab_add(labels, span_of(name[y]));
    struct boundaries *b = boundaries_new(labels, SCHEME_BMES);
    struct chain c;
    chain_init(&c, 4, CHARACTERS, NULL);
    struct rng r;
    rng_init(&r, 4, 5, 6);
    for (int round = 0; round < ROUNDS; round++) {
        struct word word[WORDS];
        struct span cell[2 * CHARACTERS];
        uint8_t kept[CHARACTERS];
        double expected[CHARACTERS][4] = {{0}};
        size_t count;
        struct dictionary *d = draw(&r, word, &count);
        draw_text(&r, cell, kept);
        const uint8_t *parts = round % 2 ? kept : NULL;
        c.n = CHARACTERS;
        for (uint32_t i = 0; i < c.n; i++)
            for (int y = 0; y < 4; y++)
                c.node[i * c.stride + (uint32_t)y] = 0;
        for (uint32_t i = 0; i < c.n; i++)
            for (size_t k = 0; k < count; k++) {
                uint32_t length = word[k].length;
                if (word[k].weight == HUGE_VAL || !stands(&word[k], cell, parts, i, c.n))
                    continue;
                for (uint32_t j = 0; j < length; j++)
                    expected[i + j][length == 1      ? 3
                                    : j == 0         ? 0
                                    : j + 1 < length ? 1
                                                     : 2] += word[k].weight / length;
            }
        dictionary_weigh(d, b, cell, 2, parts, &c);
        for (uint32_t i = 0; i < c.n; i++)
            for (int y = 0; y < 4; y++)
                CHECK_NEAR(c.node[i * c.stride + (uint32_t)y], expected[i][y], 1e-5);
        dictionary_free(d);
    }
    chain_free(&c);
    boundaries_free(b);
    vocab_free(labels);
}

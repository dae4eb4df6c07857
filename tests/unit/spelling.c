/* SPDX-License-Identifier: MIT
 *
 * Words as their characters' numbers: alone, and in the datasets that a corpus becomes.
 */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* Are the numbers of a word's characters these? `want` ends with -1. */
static bool spelled(const struct spelling *s, struct spelling *learner, const char *word, const int *want)
{
    uint32_t out[SPELLING_LONGEST], n = spelling_spell(s, learner, span_of(word), out), k = 0;
    while (k < n && want[k] >= 0 && out[k] == (uint32_t)want[k])
        k++;
    return k == n && want[k] == -1;
}

#define SPELLED(WORD, LEARNER, ...) CHECK(spelled(s, LEARNER, WORD, (const int[]){__VA_ARGS__, -1}))

TEST(characters_are_code_points)
{
    struct spelling *s = spelling_new(0);
    SPELLED("aba", s, 0, 1, 0);
    SPELLED("\xC3\xA9"
            "a\xE4\xB8\xAD\xF0\x9F\x98\x80", /* 2, 1, 3 and 4 bytes */
            s, 2, 0, 3, 4);
    CHECK_INT(vocab_count(s->characters), 5);
    CHECK(span_is(vocab_text(s->characters, 3), "\xE4\xB8\xAD"));
    SPELLED("b\xC3\xA8\xF0\x9F\x98\x80z", NULL, 1, 5, 4, 5); /* two that training never met */
    SPELLED("", NULL, -1);
    CHECK_INT(vocab_count(s->characters), 5);
    spelling_free(s);
}

TEST(only_characters_are_added)
{
    static const char *const bad[] = {"", "ab", "\xC3", "\xC3\xA9\xC3\xA9", "\xFF", "\xED\xA0\x80"};
    struct spelling *s = spelling_new(0);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK_MSG(!spelling_add(s, span_of(bad[k])), "%zu", k);
    CHECK(spelling_add(s, span_of("\xF4\x8F\xBF\xBF"))); /* the last code point */
    CHECK(!spelling_add(s, span_of("\xF4\x8F\xBF\xBF")));
    CHECK_INT(vocab_count(s->characters), 1);
    spelling_free(s);
}

TEST(long_words_are_cut)
{
    char word[2 * SPELLING_LONGEST + 8] = "";
    for (int k = 0; k < SPELLING_LONGEST - 1; k++)
        strcat(word, "\xC3\xA9");
    uint32_t out[SPELLING_LONGEST + 1];
    out[SPELLING_LONGEST] = 77;
    struct spelling *s = spelling_new(0);
    CHECK_INT(spelling_spell(s, s, span_of(word), out), SPELLING_LONGEST - 1);
    strcat(word, "ab");
    CHECK_INT(spelling_spell(s, s, span_of(word), out), SPELLING_LONGEST);
    CHECK_INT(out[SPELLING_LONGEST - 1], 1);
    CHECK_INT(out[SPELLING_LONGEST], 77);
    CHECK_INT(vocab_count(s->characters), 2); /* b is not looked at */
    spelling_free(s);
}

static struct dataset *learn(const char *text, uint32_t column, const char *key, struct space **space)
{
    struct error e = {0};
    const char *path = test_file("train", text);
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &path,
                                  .ntrain = 1,
                                  .template_path = test_file("template", "U:%x[0,0]\n"),
                                  .cutoff = 1,
                                  .spelling_column = column,
                                  .spelling_key = key};
    struct dataset *d = dataset_learn(&corpus, space, &e);
    CHECK_MSG(d != NULL, "%s", e.text);
    return d;
}

/* The words of an example, spelled with what is in the space. */
static void read_back(const struct example *z, const struct space *s, char *out)
{
    uint32_t count = vocab_count(s->spelling->characters);
    for (uint32_t i = 0; i < z->n; i++, *out++ = ' ')
        for (uint32_t k = z->spelling_start[i]; k < z->spelling_start[i + 1]; k++) {
            struct span c =
                z->spelling[k] < count ? vocab_text(s->spelling->characters, z->spelling[k]) : span_of("?");
            memcpy(out, c.s, c.n);
            out += c.n;
        }
    *out = 0;
}

/* Characters by frequency: e 4, a 3, b 2, é 2 (later), d 1. */
static const char corpus_text[] = "bee X A\nde\xC3\xA9 X B\n\naba\xC3\xA9 Y A\nae Y A\n";

TEST(datasets_spell_the_column_asked_for)
{
    struct space *s;
    struct error e = {0};
    struct dataset *d = learn(corpus_text, 0, "model.key", &s);
    char words[64];
    CHECK(span_equal(vocab_bytes(s->spelling->characters), span_of("eab\xC3\xA9"
                                                                   "d")));
    CHECK_INT(d->longest.characters, 6);
    read_back(&d->example[0], s, words);
    CHECK_STR(words, "bee de\xC3\xA9 ");
    read_back(&d->example[1], s, words);
    CHECK_STR(words, "aba\xC3\xA9 ae ");
    dataset_free(d);

    const char *path = test_file("test", "xaxe Z A\n\nbedabba Z A\n");
    d = dataset_read(s, &path, 1, &e);
    if (CHECK_MSG(d != NULL, "%s", e.text)) {
        CHECK_INT(d->longest.characters, 7);
        read_back(&d->example[0], s, words);
        CHECK_STR(words, "?a?e ");
        read_back(&d->example[1], s, words);
        CHECK_STR(words, "bedabba ");
    }
    dataset_free(d);
    space_free(s);

    d = learn(corpus_text, 1, "model.key", &s);
    read_back(&d->example[1], s, words);
    CHECK_STR(words, "Y Y ");
    dataset_free(d);
    space_free(s);

    d = learn(corpus_text, 0, NULL, &s);
    CHECK(!s->spelling && !d->spelling && !d->example[0].spelling_start && !d->longest.characters);
    dataset_free(d);
    space_free(s);
}

/* Without its label column, a sentence's columns behind it are one nearer. */
TEST(unlabelled_sentences_are_spelled)
{
    struct span labelled[] = {span_of("a"), span_of("L"), span_of("bead"),
                              span_of("x"), span_of("L"), span_of("e")},
                unlabelled[] = {span_of("a"), span_of("bead"), span_of("x"), span_of("e")};
    struct space *s;
    struct error e = {0};
    struct dataset *d = learn("a bead L\nx e L\n", 1, "model.key", &s);
    char words[64];
    dataset_free(d);
    s->label_column = 1;
    s->spelling->column = 2;
    d = dataset_new();
    CHECK(dataset_append(d, s, &(struct sentence){.cell = labelled, .n = 2, .ncolumns = 3}, true, "in", &e));
    CHECK(
        dataset_append(d, s, &(struct sentence){.cell = unlabelled, .n = 2, .ncolumns = 2}, false, "in", &e));
    dataset_seal(d);
    for (size_t k = 0; k < 2; k++) {
        read_back(&d->example[k], s, words);
        CHECK_STR(words, "bead e ");
    }
    dataset_clear(d); /* as `tag` does between sentences */
    CHECK_INT(d->longest.characters, 0);
    CHECK(dataset_append(d, s, &(struct sentence){.cell = unlabelled + 2, .n = 1, .ncolumns = 2}, false, "in",
                         &e));
    dataset_seal(d);
    read_back(&d->example[0], s, words);
    CHECK_STR(words, "e ");
    dataset_free(d);
    space_free(s);
}

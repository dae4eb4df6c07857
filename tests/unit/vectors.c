/* SPDX-License-Identifier: MIT
 *
 * Files of vectors: every kind of file gives the same, and every broken one says where and what to do.
 */
#include "lib/data/vectors.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { WORDS = 60, COLUMNS = 24, BYTES = 1 << 17 };

static const char *put(const void *bytes, size_t n, bool packed)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/vectors", test_folder());
    if (packed) {
        gzFile f = gzopen(path, "wb1");
        if (CHECK(f != NULL)) {
            CHECK_INT(gzwrite(f, bytes, (unsigned)n), n);
            gzclose(f);
        }
        return path;
    }
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        CHECK_INT(fwrite(bytes, 1, n, f), n);
        fclose(f);
    }
    return path;
}

/* ---- what is in a file, and the kinds of file */

struct truth {
    uint32_t words, columns;
    char word[WORDS][16];
    float x[WORDS][COLUMNS];
};

static void draw(struct rng *r, struct truth *t)
{
    static const char *const letter[] = {"a", "é", "中", "0", ".", "-", "𝄞"};
    t->words = 1 + (uint32_t)rng_below(r, WORDS);
    t->columns = 3 + (uint32_t)rng_below(r, COLUMNS - 2);
    for (uint32_t k = 0; k < t->words; k++) {
        char *to = t->word[k] + sprintf(t->word[k], "%s", letter[rng_below(r, 7)]);
        sprintf(to, "%u%s", k, letter[rng_below(r, 7)]);
        for (uint32_t i = 0; i < t->columns; i++)
            t->x[k][i] = (float)((rng_uniform(r) - 0.5) * (rng_below(r, 9)   ? 1
                                                           : rng_below(r, 2) ? 1e-30
                                                                             : 1e30));
    }
    if (t->words > 2)
        strcpy(t->word[1], "</s>"), strcpy(t->word[2], "7"); /* a word that is a number */
}

enum kind { GLOVE, TEXT, TEXT_BLANKS, BINARY, BINARY_LINES, KINDS };

static size_t write_text(const struct truth *t, enum kind kind, char *out)
{
    size_t n = 0;
    if (kind != GLOVE)
        n += (size_t)sprintf(out, "%u %u%s", t->words, t->columns, kind == TEXT ? "\n" : " \r\n");
    for (uint32_t k = 0; k < t->words; k++) {
        n += (size_t)sprintf(out + n, "%s", t->word[k]);
        for (uint32_t i = 0; i < t->columns; i++)
            n += (size_t)sprintf(out + n, kind == TEXT_BLANKS ? "\t %+.9E" : " %.9g", (double)t->x[k][i]);
        n += (size_t)sprintf(out + n, kind == TEXT_BLANKS ? "  \r\n" : "\n");
    }
    return n;
}

static size_t write_binary(const struct truth *t, enum kind kind, char *out)
{
    size_t n = (size_t)sprintf(out, "%u %u\n", t->words, t->columns);
    for (uint32_t k = 0; k < t->words; k++) {
        n += (size_t)sprintf(out + n, "%s ", t->word[k]);
        memcpy(out + n, t->x[k], t->columns * sizeof(float));
        n += t->columns * sizeof(float);
        if (kind == BINARY_LINES)
            out[n++] = '\n';
    }
    return n;
}

static size_t write_kind(const struct truth *t, enum kind kind, char *out)
{
    return kind < BINARY ? write_text(t, kind, out) : write_binary(t, kind, out);
}

static size_t faults(const struct vectors *v, const struct truth *t)
{
    size_t n = v->columns != t->columns || vocab_count(v->words) != t->words;
    for (uint32_t k = 0; k < t->words && !n; k++) {
        uint32_t row = vectors_find(v, span_of(t->word[k]));
        n += row != v->row_of[k];
        if (row != VOCAB_NONE)
            n += memcmp(v->row + (size_t)row * v->columns, t->x[k], t->columns * sizeof(float)) != 0;
    }
    return n;
}

TEST(all_kinds_are_the_same)
{
    static struct truth t;
    static char bytes[BYTES];
    struct rng r;
    rng_init(&r, 11, 0, 0);
    for (int round = 0; round < 60; round++) {
        draw(&r, &t);
        for (enum kind kind = 0; kind < KINDS; kind++) {
            struct error e = {0};
            size_t n = write_kind(&t, kind, bytes);
            n -= bytes[n - 1] == '\n' && kind < BINARY && round % 2; /* the last line may have no end */
            struct vectors *v = vectors_read(put(bytes, n, round % 3 == 0), NULL, &e);
            if (!CHECK_MSG(v != NULL, "round %d, kind %d: %s", round, kind, e.text))
                continue;
            CHECK_INT(v->count, t.words);
            CHECK_MSG(faults(v, &t) == 0, "round %d, kind %d", round, kind);
            vectors_free(v);
        }
    }
}

TEST(wanted_words_alone_are_kept)
{
    static struct truth t;
    static char bytes[BYTES];
    struct rng r;
    rng_init(&r, 12, 0, 0);
    for (int round = 0; round < 20; round++) {
        draw(&r, &t);
        struct vocab *only = vocab_new();
        uint32_t want = 0;
        vocab_add(only, span_of("elsewhere"));
        for (uint32_t k = 0; k < t.words; k++)
            if (rng_below(&r, 3) == 0)
                vocab_add(only, span_of(t.word[k])), want++;
        struct error e = {0};
        struct vectors *v = vectors_read(put(bytes, write_kind(&t, round % KINDS, bytes), false), only, &e);
        if (CHECK_MSG(v != NULL, "%s", e.text)) {
            CHECK_INT(v->count, want);
            CHECK_INT(faults(v, &t), 0);
            for (uint32_t k = 0; k < t.words; k++)
                CHECK((vectors_find(v, span_of(t.word[k])) == VOCAB_NONE) ==
                      (vocab_find(only, span_of(t.word[k])) == VOCAB_NONE));
            CHECK(vectors_find(v, span_of("elsewhere")) == VOCAB_NONE);
        }
        vectors_free(v);
        vocab_free(only);
    }
}

/* However a file is cut, it is refused: but at the end of a word's numbers where nothing says how many words there are,
 * and within a number. */
TEST(cut_short)
{
    static struct truth t;
    static char bytes[BYTES];
    struct rng r;
    rng_init(&r, 13, 0, 0);
    do
        draw(&r, &t);
    while (t.words < 4);
    for (enum kind kind = TEXT; kind < KINDS; kind++) {
        size_t n = write_kind(&t, kind, bytes), tail = kind >= BINARY ? kind == BINARY_LINES : 20;
        for (size_t cut = 0; cut + tail < n; cut += cut < 300 ? 1 : 17) {
            struct error e = {0};
            struct vectors *v = vectors_read(put(bytes, cut, false), NULL, &e);
            CHECK_MSG(v == NULL && e.kind == ERROR_CORPUS, "kind %d, %zu of %zu bytes", kind, cut, n);
            vectors_free(v);
        }
    }
}

/* Damage is told or does no harm; never a crash. */
TEST(damaged)
{
    static struct truth t;
    static char bytes[BYTES];
    struct rng r;
    int told = 0;
    rng_init(&r, 14, 0, 0);
    for (int round = 0; round < 2000; round++) {
        draw(&r, &t);
        size_t n = write_kind(&t, (enum kind)rng_below(&r, KINDS), bytes);
        for (uint64_t k = rng_below(&r, 4); k < 4; k++) {
            size_t at = rng_below(&r, 3) ? rng_below(&r, n) : rng_below(&r, n < 20 ? n : 20);
            bytes[at] = rng_below(&r, 2) ? (char)rng_below(&r, 256) : "0 9\n-e.\0"[rng_below(&r, 8)];
        }
        struct error e = {0};
        struct vectors *v = vectors_read(put(bytes, n, false), NULL, &e);
        CHECK(v ? v->count == vocab_count(v->words) && v->count > 0 : e.kind == ERROR_CORPUS && *e.text);
        told += v == NULL;
        vectors_free(v);
    }
    CHECK_MSG(told > 500, "%d", told);
}

/* ---- what is said */

static const char *said_of(const void *bytes, size_t n)
{
    static struct error e;
    e = (struct error){0};
    const char *path = put(bytes, n, false);
    struct vectors *v = vectors_read(path, NULL, &e);
    bool refused = v == NULL;
    vectors_free(v);
    if (!refused)
        return "nothing";
    CHECK_INT(e.kind, ERROR_CORPUS);
    return CHECK(strncmp(e.text, path, strlen(path)) == 0) ? e.text + strlen(path) : e.text;
}

static const char *said(const char *text)
{
    return said_of(text, strlen(text));
}

#define SHOWS(TEXT, PART) CHECK_MSG(strstr(said(TEXT), PART) != NULL, "'%s': %s", TEXT, said(TEXT))

TEST(widths)
{
    CHECK_STR(said("2 3\na 1 2 3\nb 1 2\n"),
              ":3: 'b' has 2 numbers, expected are 3 as line 1 says; mend or remove the line");
    CHECK_STR(said("a 1 2 3\nb 1 2 3\nc 1 2 3 4\n"),
              ":3: 'c' has 4 numbers, expected are 3 as in most of the first lines; mend or remove the line");
    CHECK_STR(said("a .1 2 .3\nb 1 .2 3\nc 1 2 .3 4.5\n"), "nothing"); /* a word "c 1"? nobody knows */
    SHOWS("a .1 2 .3\nb 1 .2 3\nc .1 2 .3 4\n", ":3: 'c' has 4 numbers");
    SHOWS("3 2\na .1 2\nb .1 .2\nNew .1 York 2 3\n", ":4: 'New' has 4 numbers");
    SHOWS("1 2\na 1 2 3\n", ":2: 'a' has 3 numbers, expected are 2");
    SHOWS("a 1 2\nb\n", ":2: 'b' has 0 numbers");
    SHOWS("a 1 2\nb 1\n", ":2: 'b' has 1 number, expected");
    SHOWS("a 1 2\nNew York 1 x\n", ":2: number 2 of 'New York' is 'x'");
    SHOWS("the\nof\n", ":1: vectors of 0 numbers; expected are 1 to 65536");
    SHOWS("3 0\na\n", ":1: vectors of 0 numbers");
    SHOWS("3 65537\na 1\n", ":1: vectors of 65537 numbers");
    SHOWS("3 9223372036854775807\na 1\n", ":1: vectors of 9223372036854775807 numbers");
    SHOWS("0 3\n", ":1: says that there are 0 words");
    SHOWS("134217729 3\na 1 2 3\n", ":1: says that there are 134217729 words; expected are 1 to 134217728");
    CHECK_STR(said("1 1\na 5\n"), "nothing");
    SHOWS("\n1 2\n\na 1 2\n\nb 1\n", ":4: 'a' has 2 numbers, expected are 1 as in most");
    CHECK_STR(said("2 2\n\na 1 2\n\nb 1 2\n\n"), "nothing"); /* empty lines say nothing */
}

/* Read `text`; the vectors' numbers are `numbers`, a line each as "WORD:x,y;", then the count of words twice. */
static const char *read_as(const char *text)
{
    static char all[1024];
    static struct error e;
    struct vectors *v = vectors_read(put(text, strlen(text), false), NULL, &e);
    char *end = all;
    if (!v)
        return e.text;
    for (uint32_t id = 0; id < vocab_count(v->words); id++) {
        struct span word = vocab_text(v->words, id);
        end += sprintf(end, "%.*s:", (int)word.n, word.s);
        for (uint32_t k = 0; k < v->columns; k++)
            end += sprintf(end, "%s%g", k ? "," : "", (double)v->row[(size_t)v->row_of[id] * v->columns + k]);
        *end++ = ';';
    }
    sprintf(end, "%u", v->twice);
    if (v->twice) {
        struct span first = vocab_text(v->words, v->first_twice);
        sprintf(end + strlen(end), " %.*s", (int)first.n, first.s);
    }
    vectors_free(v);
    return all;
}

TEST(words_with_blanks)
{
    CHECK_STR(read_as("a .1 .2\n. . .3 .4\nat b@c.d .5 .6\n"), "a:0.1,0.2;. .:0.3,0.4;at b@c.d:0.5,0.6;0");
    /* the first line of all; a header; a word that is a number; whole numbers in words */
    CHECK_STR(read_as(". .  . .1 .2\n1 .3 .4\nb .5 .6\n"), ". .  .:0.1,0.2;1:0.3,0.4;b:0.5,0.6;0");
    CHECK_STR(read_as("2 2\nx y z .1 .2\n\tu\tv .3\t.4 \n"), "x y z:0.1,0.2;u\tv:0.3,0.4;0");
    CHECK_STR(read_as("10 000 .1 .2\nWindows 98 .3 .4\na .5 .6\nb .7 .8\nc 1 0\n"),
              "10 000:0.1,0.2;Windows 98:0.3,0.4;a:0.5,0.6;b:0.7,0.8;c:1,0;0");
}

TEST(words_twice)
{
    CHECK_STR(read_as("a .1 .2\nb .3 .4\na .5 .6\nb 1 1\nb 2 2\nc 3 3\n"), "a:0.1,0.2;b:0.3,0.4;c:3,3;3 a");
    CHECK_STR(read_as("4 1\na 1\nb b 2\nb b 3\na 4\n"),
              "a:1;b b:2;2 b b"); /* they are among those promised */
}

TEST(counts)
{
    CHECK_STR(said("3 2\na 1 2\nb 1 2\n"),
              ": ends after 2 words, its first line says 3; it is cut short, copy or download it again");
    CHECK_STR(said("1 2\na 1 2\nb 1 2\n"),
              ": goes on after the 1 word that its first line says; correct that line, or remove the rest");
    SHOWS("5 2\n", ": ends after 0 words");
    CHECK_STR(said(""), ": is empty; expected are lines of a word and its numbers");
    SHOWS("\n\n", ": no word in it");
}

TEST(numbers)
{
    static const char *const no[] = {"nan", "NaN", "inf", "-inf", "1e39", "-1e39",
                                     "x",   "0x1", "1,5", "--1",  "1e",   "1e400"};
    for (size_t k = 0; k < sizeof no / sizeof *no; k++) {
        char text[64], want[192];
        sprintf(text, "a 1 2\nb 1 %s\n", no[k]);
        sprintf(want,
                ":2: number 2 of 'b' is '%s'; expected is a finite number, as in -0.25 or 1e-3; "
                "mend the line or remove it",
                no[k]);
        CHECK_STR(said(text), want);
    }
    CHECK_STR(said("a 1 +2\nb .5 -1.e-3\nc 3E+2 1e-60\n"), "nothing");
}

TEST(not_utf8)
{
    SHOWS("a 1 2\nb\xE9 1 2\n", ":2: byte 2 (0xE9) is not UTF-8");
    SHOWS("2 2\na 1 2\nb\xE9 1 2\n", ":3: byte 2 (0xE9) is not UTF-8");
    SHOWS("2 2\n\xE9 1 2\nb 1 2\n", ":2: byte 1 (0xE9) is not UTF-8");
    CHECK(strstr(said_of("a 1\0 2\n", 7), ":1: byte 4 is NUL") != NULL);
    CHECK(strstr(said_of("\xFF\xFE"
                         "a\0 \0"
                         "1\0",
                         8),
                 ":1: is UTF-16") != NULL);
    CHECK(strstr(said_of("PK\3\4\0\0", 6), ":1: is a zip archive") != NULL);
    CHECK(strstr(said_of("\xBA\x16\x4F\x2F\n", 5), ":1: byte 1 (0xBA) is not UTF-8") !=
          NULL); /* fastText's .bin */
}

/* Two words of two floats in word2vec's binary: `first` and `second` are the words. */
static size_t binary(char *out, const char *first, const char *second, float last)
{
    const float x[] = {0.1f, -0.2f, 0.3f};
    size_t n = (size_t)sprintf(out, "2 2\n%s ", first);
    memcpy(out + n, x, 2 * sizeof *x);
    n += 2 * sizeof *x;
    n += (size_t)sprintf(out + n, "\n%s ", second);
    memcpy(out + n, x, sizeof *x);
    memcpy(out + n + sizeof *x, &last, sizeof last);
    return n + 2 * sizeof *x;
}

TEST(binaries)
{
    static const char again[] =
        "; the file is damaged, or its first line, which says that vectors have 2 numbers, is "
        "wrong: copy or download it again";
    char bytes[8192], want[256], longest[VECTORS_WORD + 2];
    size_t n = binary(bytes, "a", "b", 1);
    CHECK_STR(said_of(bytes, n), "nothing");
    bytes[n] = '\n';
    CHECK_STR(said_of(bytes, n + 1), "nothing");
    bytes[n + 1] = 'c';
    CHECK_STR(said_of(bytes, n + 2),
              ": goes on after the 2 words that its first line says; correct that line, or remove the rest");
    CHECK_STR(said_of(bytes, n - 1),
              ": ends after 1 word, its first line says 2; it is cut short, copy or download it again");
    CHECK_STR(said_of(bytes, binary(bytes, "a", "a", 1)), "nothing"); /* the first counts */
    snprintf(want, sizeof want, ": word 2 of 2 has a number that is not finite%s", again);
    CHECK_STR(said_of(bytes, binary(bytes, "a", "b", INFINITY)), want);
    CHECK_STR(said_of(bytes, binary(bytes, "a", "b", NAN)), want);
    snprintf(want, sizeof want, ": word 2 of 2 is not UTF-8%s", again);
    CHECK_STR(said_of(bytes, binary(bytes, "a", "b\xE9", 1)), want);
    snprintf(want, sizeof want, ": word 1 of 2 is empty%s", again);
    CHECK_STR(said_of(bytes, binary(bytes, "", "b", 1)), want);
    memset(longest, 'x', sizeof longest);
    longest[VECTORS_WORD] = 0;
    CHECK_STR(said_of(bytes, binary(bytes, longest, "b", 1)), "nothing");
    longest[VECTORS_WORD] = 'x';
    longest[VECTORS_WORD + 1] = 0;
    snprintf(want, sizeof want, ": word 1 of 2 does not end%s", again);
    CHECK_STR(said_of(bytes, binary(bytes, longest, "b", 1)), want);
}

/* The first line of a binary file says another dimension than it has: whatever comes of it, it is refused. */
TEST(a_binary_of_another_dimension)
{
    static struct truth t;
    static char bytes[BYTES], line[32];
    struct rng r;
    rng_init(&r, 15, 0, 0);
    for (int round = 0; round < 200; round++) {
        do
            draw(&r, &t);
        while (t.words < 4);
        size_t n = write_kind(&t, round % 2 ? BINARY : BINARY_LINES, bytes);
        uint32_t wrong = 1 + (uint32_t)rng_below(&r, COLUMNS + 6);
        size_t head = (size_t)(strchr(bytes, '\n') - bytes) + 1;
        size_t other = (size_t)sprintf(line, "%u %u\n", t.words, wrong == t.columns ? wrong + 1 : wrong);
        memmove(bytes + other, bytes + head, n - head);
        memcpy(bytes, line, other);
        CHECK_MSG(strcmp(said_of(bytes, n - head + other), "nothing") != 0, "round %d", round);
    }
}

TEST(no_file)
{
    struct error e = {0};
    char path[512];
    CHECK(vectors_read(test_folder(), NULL, &e) == NULL && e.kind == ERROR_CORPUS);
    CHECK(strstr(e.text, "is a folder") != NULL);
    snprintf(path, sizeof path, "%s/missing", test_folder());
    CHECK(vectors_read(path, NULL, &e) == NULL && e.kind == ERROR_CORPUS);
    CHECK(strstr(e.text, "cannot be read") != NULL);
    vectors_free(NULL);
}

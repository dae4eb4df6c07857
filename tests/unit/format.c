/* SPDX-License-Identifier: MIT */
#include "lib/data/format.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static char path[512];

static void put(const char *text, size_t n)
{
    snprintf(path, sizeof path, "%s/corpus", test_folder());
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        CHECK_INT(fwrite(text, 1, n, f), n);
        fclose(f);
    }
}

/* All sentences: "LINE:cell/cell cell/cell;" each, then "!" and a fault's message without the path. */
static const char *sentences(const struct format_ops *format, const char *text)
{
    static char all[8192];
    put(text, strlen(text));
    struct error e = {0};
    struct reader *r = reader_open(format, path, &e);
    char *end = all;
    const struct sentence *s;
    if (!CHECK(r != NULL))
        return "";
    *end = 0;
    while ((s = reader_next(r, &e))) {
        CHECK(s->n > 0);
        end += sprintf(end, "%lu:", s->line);
        for (uint32_t i = 0; i < s->n; i++)
            for (uint32_t c = 0; c < s->ncolumns; c++) {
                struct span cell = s->cell[(size_t)i * s->ncolumns + c];
                end += sprintf(end, "%.*s%s", (int)cell.n, cell.s,
                               c + 1 < s->ncolumns ? "/"
                               : i + 1 < s->n      ? " "
                                                   : ";");
            }
    }
    if (e.kind) {
        CHECK_INT(e.kind, ERROR_CORPUS);
        CHECK(strncmp(e.text, path, strlen(path)) == 0);
        sprintf(end, "!%s", e.text + strlen(path));
    } else {
        CHECK(reader_next(r, &e) == NULL && e.kind == ERROR_NONE);
    }
    reader_close(r);
    return all;
}

static const char *conll(const char *text)
{
    return sentences(&format_conll, text);
}

static const char *segmented(const char *text)
{
    return sentences(&format_segmented, text);
}

TEST(conll_cells_and_lines)
{
    CHECK_STR(conll("a D O\nb N B\n\nc V O\n"), "1:a/D/O b/N/B;4:c/V/O;");
    CHECK_STR(conll("\n\r\n  \t\na\tD \x0B O\x0C\r\n\n\n \nb N B"), "4:a/D/O;8:b/N/B;");
    CHECK_STR(conll("  a   O  \n"), "1:a/O;");
    CHECK_STR(conll("a\nb\n"), "1:a b;");
    CHECK_STR(conll(""), "");
    CHECK_STR(conll("\n\n"), "");
    CHECK_STR(conll("\xEF\xBB\xBF"
                    "a O\n"),
              "1:a/O;");
    CHECK_STR(conll("a\xE3\x80\x80"
                    "b\xC2\xA0"
                    "c O\n"), /* only ASCII white space parts columns */
              "1:a\xE3\x80\x80"
              "b\xC2\xA0"
              "c/O;");
    CHECK_STR(conll("# O\n-DOCSTART- O\n"), "1:#/O -DOCSTART-/O;"); /* no comments */
}

#define RAGGED                                                                                               \
    ": every line needs the same number of columns, separated by white space, and a blank line ends a "      \
    "sentence"

TEST(conll_ragged)
{
    CHECK_STR(conll("a D O\nb N\n"), "!:2: 2 columns; the lines before have 3" RAGGED);
    CHECK_STR(conll("a O\n\nb\n"), "1:a/O;!:3: 1 column; the lines before have 2" RAGGED);
    CHECK_STR(conll("a O\n\nb N B O\n"), "1:a/O;!:3: 4 columns; the lines before have 2" RAGGED);
    CHECK_STR(conll("a O\nb O\nc \n"), "!:3: 1 column; the lines before have 2" RAGGED);
    CHECK_STR(conll("a O\nb \xFF\n"),
              "!:2: byte 3 (0xFF) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
    CHECK_STR(conll("a O\n\nb O\n\n\xFF\n"),
              "1:a/O;3:b/O;!:5: byte 1 (0xFF) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

TEST(segmented_words)
{
    CHECK_STR(segmented("ab c def\n"), "1:a/B b/E c/S d/B e/M f/E;");
    CHECK_STR(segmented("\n  \n a\t\tb \n\nabcd"), "3:a/S b/S;5:a/B b/M c/M d/E;");
    CHECK_STR(segmented("\xE4\xB8\xAD\xE5\x9B\xBD\xE3\x80\x80\xE4\xBA\xBA\xE3\x80\x80\xE3\x80\x80\r\n"),
              "1:\xE4\xB8\xAD/B \xE5\x9B\xBD/E \xE4\xBA\xBA/S;");
    CHECK_STR(segmented("\xE3\x80\x80\n\xE3\x80\x80"
                        "a\n"),
              "2:a/S;");
    /* neighbours of U+3000 in code are no white space */
    CHECK_STR(segmented("\xE3\x80\x81\xE3\x80\x82\xE2\x80\x80\n"),
              "1:\xE3\x80\x81/B \xE3\x80\x82/M \xE2\x80\x80/E;");
    CHECK_STR(segmented("\xF0\x9F\x98\x80\xC3\xA9 x\n"), "1:\xF0\x9F\x98\x80/B \xC3\xA9/E x/S;");
    CHECK_STR(segmented(""), "");
    CHECK_STR(segmented("a\n\xE4\xB8\n"),
              "1:a/S;!:2: byte 1 (0xE4) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

TEST(words_of_a_line)
{
    struct span rest = span_of("\xE3\x80\x80"
                               "ab\xE3\x80\x80 c "),
                word;
    CHECK(segmented_word(&rest, &word) && span_is(word, "ab"));
    CHECK(segmented_word(&rest, &word) && span_is(word, "c"));
    CHECK(!segmented_word(&rest, &word) && word.n == 0 && rest.n == 0);
    CHECK(!segmented_word(&rest, &word));
}

/* Random sentences, written with random white space, come back as they were. */
TEST(random_conll_comes_back)
{
    struct rng r;
    rng_init(&r, 41, 0, 0);
    for (int turn = 0; turn < 300; turn++) {
        static char text[32768], want[32768];
        char *t = text, *w = want;
        unsigned long line = 1;
        uint32_t columns = 1 + (uint32_t)rng_below(&r, 5);
        for (uint64_t k = rng_below(&r, 8); k > 0; k--) {
            for (uint64_t blanks = rng_below(&r, 3); blanks > 0; blanks--, line++)
                t += sprintf(t, "%s\n", rng_below(&r, 2) ? " \t" : "");
            uint32_t n = 1 + (uint32_t)rng_below(&r, 6);
            w += sprintf(w, "%lu:", line);
            for (uint32_t i = 0; i < n; i++, line++) {
                for (uint32_t c = 0; c < columns; c++) {
                    static const char *const cells[] = {"a", "B-NP", "\xE4\xB8\xAD", "%x[0,0]", "_B-1", "."};
                    const char *cell = cells[rng_below(&r, 6)];
                    t += sprintf(t, "%s%s", rng_below(&r, 2) || c ? "\t " + rng_below(&r, 2) : "", cell);
                    w += sprintf(w, "%s%s", cell, c + 1 < columns ? "/" : i + 1 < n ? " " : ";");
                }
                t += sprintf(t, "%s", rng_below(&r, 2) ? "\r\n" : "\n");
            }
            t += sprintf(t, "\n"), line++;
        }
        *t = *w = 0;
        if (!CHECK_STR(conll(text), want))
            return;
    }
}

static char *repeated(const char *line, size_t times)
{
    size_t n = strlen(line);
    char *text = memory_new(n * times + 1, 1);
    for (size_t k = 0; k < times; k++)
        memcpy(text + k * n, line, n);
    return text;
}

/* Exactly a million tokens are read, one more is refused. */
TEST(sentence_cap)
{
    static const struct {
        const struct format_ops *format;
        const char *token, *hint;
        unsigned long line;
    } kind[] = {{&format_conll, "a\tO\n", "a blank line is expected after each sentence", 1000001},
                {&format_segmented, "a ", "one sentence a line is expected", 1}};
    for (size_t k = 0; k < 2; k++) {
        char *text = repeated(kind[k].token, 1000001), want[700];
        size_t one = strlen(kind[k].token);
        struct error e = {0};
        put(text, 1000000 * one);
        struct reader *r = reader_open(kind[k].format, path, &e);
        const struct sentence *s = r ? reader_next(r, &e) : NULL;
        CHECK_MSG(s && s->n == 1000000 && s->ncolumns == 2, "%s", e.text);
        reader_close(r);
        put(text, 1000001 * one);
        r = reader_open(kind[k].format, path, &e);
        CHECK(r && reader_next(r, &e) == NULL);
        CHECK_INT(e.kind, ERROR_CORPUS);
        snprintf(want, sizeof want, "%s:%lu: the sentence has more than 1000000 tokens; %s", path,
                 kind[k].line, kind[k].hint);
        CHECK_STR(e.text, want);
        reader_close(r);
        memory_free(text);
    }
}

TEST(cell_cap)
{
    char *text = repeated("a", (64 << 10) + 4), want[900];
    struct error e = {0};
    strcpy(text + (64 << 10), " O");
    put(text, strlen(text));
    struct reader *r = reader_open(&format_conll, path, &e);
    const struct sentence *s = r ? reader_next(r, &e) : NULL;
    CHECK(s && s->n == 1 && s->cell[0].n == 64 << 10);
    reader_close(r);
    memcpy(text + (64 << 10), "a O", 4);
    put(text, strlen(text));
    r = reader_open(&format_conll, path, &e);
    CHECK(r && reader_next(r, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    snprintf(
        want, sizeof want,
        "%s:1: a token of 65537 bytes; at most 65536 are expected: is the text separated by white space, "
        "one token a line?",
        path);
    CHECK_STR(e.text, want);
    reader_close(r);
    memory_free(text);
}

TEST(formats_are_listed)
{
    size_t count = 0;
    bool conll_there = false, segmented_there = false;
    for (; format_table[count]; count++) {
        conll_there |= format_table[count] == &format_conll;
        segmented_there |= format_table[count] == &format_segmented;
        CHECK(format_table[count]->summary && format_table[count]->next);
        for (size_t k = 0; k < count; k++)
            CHECK(strcmp(format_table[k]->name, format_table[count]->name) != 0);
    }
    CHECK(conll_there && segmented_there);
    CHECK(format_segmented.lines && !format_conll.lines);
    struct error e = {0};
    CHECK(reader_open(&format_conll, "/nowhere/at/all", &e) == NULL && e.kind == ERROR_CORPUS);
    reader_close(NULL);
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/format.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

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

/* All sentences: "LINE:cell/cell cell/cell;" each, "*" before documents, then "!" and a fault's message
 * without the path. */
static const char *sentences_of(const struct format_ops *format, const char *text, size_t n)
{
    static char all[8192];
    put(text, n);
    struct error e = {0};
    struct reader *r = reader_open(format, path, &e);
    char *end = all;
    const struct sentence *s;
    if (!CHECK(r != NULL))
        return "";
    *end = 0;
    while ((s = reader_next(r, &e))) {
        CHECK(s->document ? s->n <= 1 : s->n > 0);
        CHECK(s->n == 0 || sentence_line(s, 0) == s->line);
        end += sprintf(end, "%s%lu:%s", s->document ? "*" : "", s->line, s->n ? "" : ";");
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

static const char *sentences(const struct format_ops *format, const char *text)
{
    return sentences_of(format, text, strlen(text));
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
    CHECK_STR(conll("# O\na O\n"), "1:#/O a/O;"); /* no comments */
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

TEST(conll_documents)
{
    CHECK_STR(conll("-DOCSTART- -X- -X- O\n\na D B O\n\n-DOCSTART- -X- O O\nb N I O\n"),
              "*1:-DOCSTART-/-X-/-X-/O;3:a/D/B/O;*5:-DOCSTART-/-X-/O/O;6:b/N/I/O;");
    CHECK_STR(conll("-DOCSTART-\n\n\n-DOCSTART- O\n-DOCSTART-\tO\n"),
              "*1:-DOCSTART-;*4:-DOCSTART-/O;*5:-DOCSTART-/O;");
    /* the number of columns is that of the tokens */
    CHECK_STR(conll("-DOCSTART-\n\na O\n\n-DOCSTART- -X- O\n\nb O\n"),
              "*1:-DOCSTART-;3:a/O;*5:-DOCSTART-/-X-/O;7:b/O;");
    CHECK_STR(conll("-DOCSTART-\n\na O\n\n-DOCSTART-\n\nb\n"),
              "*1:-DOCSTART-;3:a/O;*5:-DOCSTART-;!:7: 1 column; the lines before have 2" RAGGED);
    /* it ends a sentence, and the next one begins behind it */
    CHECK_STR(conll("a O\n-DOCSTART- O\n\nb O\n"), "1:a/O;*2:-DOCSTART-/O;4:b/O;");
    CHECK_STR(conll("a O\n \t-DOCSTART-\nb O\nc O\n-DOCSTART- -X- O\n-DOCSTART-"),
              "1:a/O;*2:-DOCSTART-;3:b/O c/O;*5:-DOCSTART-/-X-/O;*6:-DOCSTART-;");
    CHECK_STR(conll("a O\n-DOCSTART-\nb\n"),
              "1:a/O;*2:-DOCSTART-;!:3: 1 column; the lines before have 2" RAGGED);
    CHECK_STR(conll("-DOCSTART-- O\na O\n\nO -DOCSTART-\n"), "1:-DOCSTART--/O a/O;4:O/-DOCSTART-;");
    CHECK_STR(segmented("-DOCSTART-\n"), "1:-/B D/M O/M C/M S/M T/M A/M R/M T/M -/E;");
}

static const char *conllu(const char *text)
{
    return sentences(&format_conllu, text);
}

/* Rows of CoNLL-U: `T(id, form, upos)` */
#define T(ID, FORM, UPOS) ID "\t" FORM "\t_\t" UPOS "\tX\t_\t0\troot\t_\t_\n"
#define CELLS(FORM, UPOS) FORM "/_/" UPOS "/X/_/0/root/_/_"

TEST(conllu_sentences)
{
    CHECK_STR(conllu(T("1", "a", "D") T("2", "b", "N") "\n" T("1", "c", "V") "\n"),
              "1:" CELLS("a", "D") " " CELLS("b", "N") ";4:" CELLS("c", "V") ";");
    CHECK_STR(conllu("# sent_id = 1\n# text = im a\n" T("1-2", "im", "_") T("1", "in", "ADP")
                         T("2", "dem", "DET") T("2.1", "x", "N") T("2.12", "y", "N") T("3", "a b", "N")),
              "4:" CELLS("in", "ADP") " " CELLS("dem", "DET") " " CELLS("a b", "N") ";");
    CHECK_STR(conllu("\n\n \t\n#\r\n" T("0.1", "x", "N") T("1", "#", "#") "# late\n\n\n\n"),
              "6:" CELLS("#", "#") ";");
    CHECK_STR(conllu(""), "");
    CHECK_STR(conllu("\n\n"), "");
    /* what has no token is no sentence */
    CHECK_STR(conllu("# newdoc\n\n# a\n" T("1", "a", "D") "\n" T("0.1", "x", "N") "\n\n#\n"),
              "*1:;4:" CELLS("a", "D") ";*6:;*9:;");
    CHECK_STR(conllu("\xEF\xBB\xBF" T("1", "\xC3\xA9\xE3\x80\x80", "D")),
              "1:" CELLS("\xC3\xA9\xE3\x80\x80", "D") ";");
}

TEST(conllu_faults)
{
#define TEN                                                                                                  \
    "; CoNLL-U has 10, separated by TAB, and a blank line ends a sentence (for other columns: format "       \
    "'conll')"
    CHECK_STR(conllu("a D\n"), "!:1: 1 column" TEN);
    CHECK_STR(conllu("# a\n" T("1", "a", "D") "2\tb\t_\tN\tX\t_\t0\troot\t_\n"), "!:3: 9 columns" TEN);
    CHECK_STR(conllu("1\tb\t_\tN\tX\t_\t0\troot\t_\t_\t\n"), "!:1: 11 columns" TEN);
    CHECK_STR(conllu("1-2\tb\n"), "!:1: 2 columns" TEN); /* others than tokens too */
    CHECK_STR(conllu(" # a\n"), "!:1: 1 column" TEN);
    CHECK_STR(conllu(T("1", "a", "D") "\n" T("1", "b", "") "\n"),
              "1:" CELLS("a", "D") ";!:3: column 4 (upos) is empty; write _ where there is nothing");
    CHECK_STR(conllu(T("", "a", "D")), "!:1: column 1 (id) is empty; write _ where there is nothing");
    CHECK_STR(conllu("1\tb\t_\tN\tX\t_\t0\troot\t_\t\n"),
              "!:1: column 10 (misc) is empty; write _ where there is nothing");
    CHECK_STR(conllu(T("1-2", "", "D")), "!:1: column 2 (form) is empty; write _ where there is nothing");
    static const char *const no_ids[] = {"a",     "_",    "-1",  "1-", "1.", ".1",
                                         "1-2-3", "1..2", "1,2", "1 ", "+1", "1a"};
    for (size_t k = 0; k < sizeof no_ids / sizeof *no_ids; k++) {
        char text[100], want[200];
        snprintf(text, sizeof text, T("1", "a", "D") T("%s", "b", "N"), no_ids[k]);
        snprintf(want, sizeof want,
                 "!:2: '%s' is no id; expected a number (3), a range (3-4) or an empty node's (5.1)",
                 no_ids[k]);
        CHECK_STR(conllu(text), want);
    }
    static const char *const wrong[] = {"1", "3", "0", "99999999999999999999999999"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char text[100], want[200];
        snprintf(text, sizeof text, T("1", "a", "D") T("%s", "b", "N"), wrong[k]);
        snprintf(
            want, sizeof want,
            "!:2: token %s where 2 is expected: ids count 1, 2, 3 \u2026 in each sentence, and a blank line "
            "ends a sentence",
            wrong[k]);
        CHECK_STR(conllu(text), want);
    }
    CHECK_STR(conllu(T("1", "a", "D") T("2", "caf\xE9", "N")),
              "!:2: byte 6 (0xE9) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

/* Read a file and write every sentence with the labels L0, L1 … (a document's: its last cell). */
static const char *answered(const struct format_ops *format, const char *text, uint32_t column,
                            bool marginals)
{
    static char all[4096];
    struct span label[10];
    static char names[10][4];
    const double marginal[10] = {0.5, 1, 0.97312345};
    struct error e = {0};
    put(text, strlen(text));
    struct reader *r = reader_open(format, path, &e);
    FILE *out = fmemopen(all, sizeof all, "w");
    const struct sentence *s;
    if (!CHECK(r && out))
        return "";
    while ((s = reader_next(r, &e)) && CHECK(s->n <= 10)) {
        for (uint32_t i = 0; i < s->n; i++) {
            sprintf(names[i], "L%u", i);
            label[i] = span_of(names[i]);
        }
        if (s->document && s->n)
            label[0] = s->cell[s->ncolumns - 1];
        struct answer a = {
            .label = label, .marginal = marginals && !s->document ? marginal : NULL, .label_column = column};
        format->write(s, &a, out);
    }
    CHECK_MSG(e.kind == ERROR_NONE, "%s", e.text);
    reader_close(r);
    putc(0, out);
    fclose(out);
    return all;
}

TEST(conllu_comes_back)
{
#define ROW(ID, FORM, UPOS, XPOS, MISC) ID "\t" FORM "\t_\t" UPOS "\t" XPOS "\tA=b\t0\troot\t_\t" MISC "\n"
#define SENTENCES(A, B, C, P, Q, R)                                                                          \
    "# newdoc id = x\n\n# sent_id = 1\n#\n" ROW("1-2", "im", "_", "_", "_")                                  \
        ROW("1", "in", A, "x", "SpaceAfter=No" P) ROW("2", "dem ", B, "x", Q)                                \
            ROW("2.1", "_", "_", "_", "CopyOf=1") "# \t c\n" ROW("3", "a b", C, "x", R) "\n" ROW(            \
                "1", "z", A, "x", Q) "\n#  end \n\n"
    static const char plain[] = SENTENCES("ADP", "DET", "N", "", "_", "_");
    CHECK_STR(answered(&format_conllu, plain, 2, false), SENTENCES("L0", "L1", "L2", "", "_", "_"));
    static const char crlf[] = "\n\r\n" ROW("1", "z", "_", "x", "_");
    CHECK_STR(answered(&format_conllu, crlf, 3, false), ROW("1", "z", "_", "L0", "_") "\n");
    CHECK_STR(
        answered(&format_conllu, ROW("1", "z", "N", "x", "_") ROW("2", "y", "N", "x", "A=1|B=2"), 2, true),
        ROW("1", "z", "L0", "x", "Prob=0.500000") ROW("2", "y", "L1", "x", "A=1|B=2|Prob=1.000000") "\n");
    CHECK_STR(answered(&format_conllu, ROW("1", "z", "N", "x", "_"), 8, true), /* MISC is the label */
              ROW("1", "z", "N", "x", "L0|Prob=0.500000") "\n");
}

/* The label in MISC: one more cell, and its key comes back with the answer. */
TEST(labels_in_misc)
{
    struct format_ops f = format_conllu;
    f.misc = "NER";
    f.ncolumns++;
    CHECK_STR(sentences(&f, ROW("1", "z", "N", "x", "NER=B-P") ROW("2", "y", "N", "x", "XNER=1|A=NER=2")
                                ROW("3", "y", "N", "x", "A=1|NER=I-P|B=2") ROW("4", "y", "N", "x", "_")),
              "1:z/_/N/x/A=b/0/root/_/NER=B-P/B-P y/_/N/x/A=b/0/root/_/XNER=1|A=NER=2/O "
              "y/_/N/x/A=b/0/root/_/A=1|NER=I-P|B=2/I-P y/_/N/x/A=b/0/root/_/_/O;");
    CHECK_STR(sentences(&f, ROW("1", "z", "N", "x", "A=1|NER=")),
              "!:1: NER= of MISC has no value; take it out where there is none");
    static const char text[] = ROW("1", "z", "N", "x", "NER=B-P") ROW("2", "y", "N", "x", "XNER=1|A=NER=2")
        ROW("3", "y", "N", "x", "A=1|NER=I-P|B=2") ROW("4", "y", "N", "x", "_");
    CHECK_STR(answered(&f, text, 9, false),
              ROW("1", "z", "N", "x", "NER=L0") ROW("2", "y", "N", "x", "XNER=1|A=NER=2|NER=L1")
                  ROW("3", "y", "N", "x", "A=1|NER=L2|B=2") ROW("4", "y", "N", "x", "NER=L3") "\n");
    CHECK_STR(answered(&f, ROW("1", "z", "N", "x", "_") ROW("2", "z", "N", "x", "A=1|NER=X"), 9, true),
              ROW("1", "z", "N", "x", "NER=L0|Prob=0.500000")
                  ROW("2", "z", "N", "x", "A=1|NER=L1|Prob=1.000000") "\n");
}

TEST(columns_by_tabs)
{
    struct format_ops f = format_conll;
    f.separator = '\t';
    CHECK_STR(sentences(&f, "a b\tD \tO\n c\t d  e\tO\r\n \n\t\t\n-DOCSTART-\nf\tg\th\n-DOCSTART-\tx y\n"),
              "1:a b/D/O c/d  e/O;*5:-DOCSTART-;6:f/g/h;*7:-DOCSTART-/x y;");
    CHECK_STR(sentences(&f, "a\tO\nb\t\tO\n"),
              "!:2: column 2 is empty; write _ where there is nothing (columns are separated by TAB, as "
              "corpus.separator says)");
    CHECK_STR(sentences(&f, "a\tO\nb\tO\t\n"),
              "!:2: column 3 is empty; write _ where there is nothing (columns are separated by TAB, as "
              "corpus.separator says)");
    CHECK_STR(sentences(&f, "a\tO\nb O\n"),
              "!:2: 1 column; the lines before have 2: every line needs the same "
              "number of columns, separated by TAB, and a blank line ends a sentence");
    CHECK_STR(answered(&f, "a b\tO\nc\tO\n\n-DOCSTART-\tO", 1, true),
              "a b\tO\tL0\t0.500000\nc\tO\tL1\t1.000000\n\n-DOCSTART-\tO\tO\n");
}

TEST(documents_come_back)
{
    CHECK_STR(answered(&format_conll, "-DOCSTART- -X- O\n\na\tD  O\nb D O\n\n-DOCSTART- O\nc D O", 2, false),
              "-DOCSTART- -X- O O\na D O L0\nb D O L1\n\n-DOCSTART- O O\nc D O L0\n\n");
    CHECK_STR(answered(&format_conll, "a O\n-DOCSTART- O\nb O\n", 1, false),
              "a O L0\n-DOCSTART- O O\nb O L0\n\n"); /* blank lines are those that end a sentence */
    CHECK_STR(answered(&format_conllu, "# a\n\n#b", 2, false), "# a\n\n#b\n");
}

/* Sentences take the lines first to last, and what they leave out is blank. */
TEST(every_line_is_accounted_for)
{
    static const char *const part[] = {
        "a O\n",          "-DOCSTART- O\n",   "\n",     " \t\r\n",       "# c\n",
        T("1", "a", "D"), T("1-2", "a", "D"), "ab c\n", "\xE3\x80\x80\n"};
    static const struct {
        const struct format_ops *format;
        uint32_t part[6];
    } kind[] = {{&format_conll, {0, 0, 1, 2, 3, 0}},
                {&format_conllu, {4, 5, 2, 3, 6, 2}},
                {&format_segmented, {7, 1, 2, 3, 8, 7}}};
    struct rng rng;
    rng_init(&rng, 7, 0, 0);
    for (int round = 0; round < 300; round++) {
        char text[1024] = "", line[16][64], got[16][64] = {""};
        int k = round % 3, n = 1 + (int)(rng_uniform(&rng) * 15);
        bool token = false;
        for (int i = 0; i < n; i++) {
            uint32_t p = kind[k].part[(int)(rng_uniform(&rng) * 6)];
            if (p == 5 && token) /* ids count on: one token a sentence will do */
                p = 4;
            token = p == 5 || (token && p != 2 && p != 3);
            strcpy(line[i], part[p]);
            strcat(text, part[p]);
        }
        put(text, strlen(text));
        struct error e = {0};
        struct reader *r = reader_open(kind[k].format, path, &e);
        const struct sentence *s;
        unsigned long at = 0;
        while ((s = reader_next(r, &e))) {
            CHECK(s->first > at && s->last >= s->first && s->last <= (unsigned long)n && s->line >= s->first);
            CHECK(r->blank < s->first);
            for (at = s->first; at <= s->last; at++)
                strcpy(got[at - 1], line[at - 1]);
            at = s->last;
            bool blank = strspn(line[at - 1], " \t\r\n") == strlen(line[at - 1]);
            CHECK_MSG(s->one_line || blank != s->joined || (!blank && at == (unsigned long)n), "%s", text);
        }
        CHECK_MSG(e.kind == ERROR_NONE && stream_number(r->stream) == (unsigned long)n, "%s", e.text);
        for (int i = 0; i < n; i++)
            CHECK_MSG(*got[i] || strspn(line[i], " \t\r\n\xE3\x80") == strlen(line[i]), "line %d of\n%s",
                      i + 1, text);
        reader_close(r);
    }
}

TEST(lines_of_tokens)
{
    struct error e = {0};
    const char *const text =
        "# a\n" T("1-2", "im", "_") T("1", "in", "ADP") "# b\n" T("2", "dem", "DET") "\n";
    put(text, strlen(text));
    struct reader *r = reader_open(&format_conllu, path, &e);
    const struct sentence *s = reader_next(r, &e);
    CHECK(s && s->n == 2 && s->line == 3 && sentence_line(s, 0) == 3 && sentence_line(s, 1) == 5);
    reader_close(r);
    put("\na O\nb O\n", 9);
    r = reader_open(&format_conll, path, &e);
    s = reader_next(r, &e);
    CHECK(s && s->n == 2 && sentence_line(s, 1) == 3);
    reader_close(r);
    put("\nab\n", 4);
    r = reader_open(&format_segmented, path, &e);
    s = reader_next(r, &e);
    CHECK(s && s->n == 2 && sentence_line(s, 1) == 2);
    reader_close(r);
}

/* The stream's faults end a corpus of any format: a sentence under way is dropped. */
TEST(a_cut_gzip_trains_nothing)
{
    static const char *const text[] = {"a O\nb O\n\nc O\nd O\n", T("1", "a", "D") "\n" T("1", "b", "N"),
                                       "a b\nc d\n"};
    const struct format_ops *const format[] = {&format_conll, &format_conllu, &format_segmented};
    for (size_t k = 0; k < 3; k++) {
        unsigned char z[256];
        z_stream d = {.next_in = (unsigned char *)text[k],
                      .avail_in = (unsigned)strlen(text[k]),
                      .next_out = z,
                      .avail_out = sizeof z};
        CHECK_INT(deflateInit2(&d, 0, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
        CHECK_INT(deflate(&d, Z_FINISH), Z_STREAM_END);
        deflateEnd(&d);
        char whole[400], first[400];
        snprintf(whole, sizeof whole, "%s", sentences_of(format[k], (char *)z, sizeof z - d.avail_out));
        CHECK_STR(whole, sentences(format[k], text[k]));
        snprintf(first, sizeof first, "%.*s!", (int)(strchr(whole, ';') + 1 - whole), whole);
        /* without the trailer; without the last newline too */
        for (size_t less = 1; less <= 9; less++) {
            const char *got = sentences_of(format[k], (char *)z, sizeof z - d.avail_out - less);
            bool all = less < 9 && format[k] == &format_segmented; /* the last line was whole */
            CHECK_MSG(strncmp(got, first, strlen(first) - all) == 0 && strstr(got, "cut short"), "%s", got);
            CHECK_MSG((strncmp(got, whole, strlen(whole)) == 0) == all, "%s", got);
        }
    }
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
    /* neighbours of U+3000 in code are no white space, nor is what has no width, U+200B */
    CHECK_STR(segmented("\xE3\x80\x81\xE3\x80\x82\xE2\x80\x8B\n"),
              "1:\xE3\x80\x81/B \xE3\x80\x82/M \xE2\x80\x8B/E;");
    /* U+00A0, U+1680, U+2003, U+2028, U+202F, U+205F */
    CHECK_STR(segmented("a\xC2\xA0"
                        "b\xE1\x9A\x80"
                        "c\xE2\x80\x83"
                        "d\xE2\x80\xA8"
                        "e\xE2\x80\xAF"
                        "f\xE2\x81\x9F\n"),
              "1:a/S b/S c/S d/S e/S f/S;");
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
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
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

/* In CoNLL-U ids count, and lines that are no tokens are kept: both have their bounds. */
TEST(conllu_caps)
{
    size_t room = 40000000, n = 0;
    char *text = memory_new(room, 1), want[700];
    for (int i = 1; i <= 1000001; i++)
        n += (size_t)sprintf(text + n, "%d\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", i);
    struct error e = {0};
    put(text, n);
    struct reader *r = reader_open(&format_conllu, path, &e);
    CHECK(r && reader_next(r, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    snprintf(
        want, sizeof want,
        "%s:1000001: the sentence has more than 1000000 tokens; a blank line is expected after each sentence",
        path);
    CHECK_STR(e.text, want);
    reader_close(r);
    memory_free(text);
    text = repeated("#\n", 2000001);
    put(text, 4000000);
    r = reader_open(&format_conllu, path, &e);
    const struct sentence *s = reader_next(r, &e);
    CHECK(s && s->document && s->nsource == 2000000);
    reader_close(r);
    put(text, 4000002);
    r = reader_open(&format_conllu, path, &e);
    CHECK(r && reader_next(r, &e) == NULL);
    snprintf(
        want, sizeof want,
        "%s:2000001: the sentence has more than 2000000 lines; a blank line is expected after each sentence",
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
        CHECK(format_table[count]->summary && format_table[count]->next && format_table[count]->write);
        uint32_t names = 0;
        while (format_table[count]->columns && format_table[count]->columns[names])
            names++;
        CHECK(names == 0 || names == format_table[count]->ncolumns);
        for (size_t k = 0; k < count; k++)
            CHECK(strcmp(format_table[k]->name, format_table[count]->name) != 0);
    }
    CHECK(conll_there && segmented_there);
    CHECK(format_segmented.lines && !format_conll.lines);
    struct error e = {0};
    CHECK(reader_open(&format_conll, "/nowhere/at/all", &e) == NULL && e.kind == ERROR_CORPUS);
    reader_close(NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * labels: what is said of odd labels and of rules that fit none.
 */
#include "lib/data/labels.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* Everything that is said, a line each. */
struct heard {
    char text[4096];
};

static void hear(void *to, const char *words)
{
    struct heard *h = to;
    size_t at = strlen(h->text);
    snprintf(h->text + at, sizeof h->text - at, "%s\n", words);
}

/* Labels separated by blanks: one sentence, from line 1 of file f on. */
static struct labels *taken(enum scheme scheme, const char *text)
{
    struct labels *l = labels_new();
    struct span cell[80];
    struct sentence s = {.ncolumns = 1, .cell = cell, .line = 1};
    for (; *text; text += strspn(text, " ")) {
        cell[s.n++] = (struct span){text, strcspn(text, " ")};
        text += cell[s.n - 1].n;
    }
    labels_sentence(l, scheme, &s, 0, "f", "?");
    return l;
}

static const char *said(enum scheme scheme, const char *text)
{
    static struct heard h;
    h.text[0] = 0;
    struct labels *l = taken(scheme, text);
    labels_warn(l, scheme, "corpus.scheme: ", &(struct labels_listener){hear, &h});
    labels_free(l);
    return h.text;
}

TEST(labels_of_another_scheme)
{
    CHECK_STR(
        said(SCHEME_IOB2, "B-X L-X O U-Y U-Y"),
        "warning: f:2: label 'L-X' is none of scheme iob2 (3 of 5 tokens; 2 such labels, also U-Y); say "
        "corpus.scheme: bilou\n");
    CHECK_STR(said(SCHEME_IOB2, "B-X I-X E-X"),
              "warning: f:3: label 'E-X' is none of scheme iob2 (1 of 3 tokens); say corpus.scheme: iobes\n");
    CHECK_STR(said(SCHEME_IOBES, "S-X B-X M-X E-X"),
              "warning: f:3: label 'M-X' is none of scheme iobes (1 of 4 tokens); say corpus.scheme: bmes\n");
    CHECK_STR(
        said(SCHEME_BILOU, "B-X E-X S-Y B-Y I-Y E-Y"),
        "warning: f:2: label 'E-X' is none of scheme bilou (3 of 6 tokens; 3 such labels, also S-Y E-Y); "
        "say corpus.scheme: iobes\n");
    /* one among many of the right scheme is a slip */
    char many[512] = "B-X I-X";
    for (int k = 0; k < 20; k++)
        strcat(many, " B-X I-X O");
    CHECK_STR(said(SCHEME_IOB2, strcat(many, " S-X")),
              "warning: f:63: label 'S-X' is none of scheme iob2 (1 of 63 tokens); did you mean 'B-X'?\n");
    CHECK_STR(said(SCHEME_BILOU, "B-X L-X U-Y U-Y S-Y"),
              "warning: f:5: label 'S-Y' is none of scheme bilou (1 of 5 tokens); did you mean 'U-Y'?\n");
}

TEST(labels_that_look_like_another)
{
    static const char *const want[][2] = {
        {"B_X", "B-X"},
        {"b-X", "B-X"},
        {"0", "O"},
        {"o", "O"},
        {"B\xE2\x80\x93X", "B-X"}, /* en dash */
        {"B\xE2\x80\x91X", "B-X"}, /* a dash that does not break */
        {"\xD0\x92-X", "B-X"}, /* Cyrillic */
        {"\xEF\xBC\xA2-X", "B-X"}, /* full width */
        {"\xD0\x9E", "O"},
        {"i:X", "I-X"},
        {"O-X", "O"},
        {"BX", "B-X"},
        {"B--X", NULL}, /* a type of its own */
        {"B-X", NULL},
        {"O", NULL},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        char text[64], line[256] = "";
        snprintf(text, sizeof text, "O B-X I-X %s", want[k][0]);
        if (want[k][1])
            snprintf(line, sizeof line,
                     "warning: f:4: label '%s' is none of scheme iob2 (1 of 4 tokens); did you mean '%s'?\n",
                     want[k][0], want[k][1]);
        CHECK_STR(said(SCHEME_IOB2, text), line);
    }
    CHECK_STR(
        said(SCHEME_IOB2, "O B-X QQQQ-YYYY"),
        "warning: f:3: label 'QQQQ-YYYY' is none of scheme iob2 (1 of 3 tokens); correct it, or say how "
        "chunks are marked, corpus.scheme: iob1, iob2, iobes, bmes or bilou\n");
}

TEST(invisible_characters)
{
    static const struct {
        const char *label, *clean, *what;
    } want[] = {
        {"NN\xC2\xA0", "NN", "U+00A0 behind"},         {"\xEF\xBB\xBFNN", "NN", "U+FEFF before"},
        {"N\xE2\x80\x8BN", "NN", "U+200B in"},         {"NN\xE3\x80\x80", "NN", "U+3000 behind"},
        {"B-X\xC2\xA0", "B-X", "U+00A0 behind"},       {"NN\xC2\xAD", "NN", "U+00AD behind"},
        {"\xC2\xA0NN\xC2\xA0", "NN", "U+00A0 before"},
    };
    static const enum scheme schemes[] = {SCHEME_PLAIN, SCHEME_IOB2};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        for (int i = 0; i < 2; i++) {
            char text[64], line[256];
            snprintf(text, sizeof text, "B-X I-X %s", want[k].label);
            snprintf(line, sizeof line,
                     "warning: f:3: label '%s' has the invisible character %s it (1 of 3 tokens); remove the "
                     "character\n",
                     want[k].clean, want[k].what);
            CHECK_STR(said(schemes[i], text), line);
        }
    CHECK_STR(said(SCHEME_PLAIN, "NN caf\xC3\xA9 \xE4\xB8\xAD 0 o B_X"), "");
}

TEST(labels_without_a_type)
{
    CHECK_STR(
        said(SCHEME_IOB2, "B-X I-X B- B I"),
        "warning: f:3: label 'B-' has no type (3 of 5 tokens; 3 such labels, also B I); give it a type, as "
        "others have\n");
    CHECK_STR(said(SCHEME_IOB2, "B I O B"), "");
}

/* Random well-formed labellings are fine in their scheme. */
TEST(nothing_is_said_of_well_formed_labels)
{
    struct rng r;
    rng_init(&r, 5, 0, 0);
    for (enum scheme scheme = SCHEME_IOB1; scheme <= SCHEME_BILOU; scheme++)
        for (int round = 0; round < 200; round++) {
            char text[512] = "";
            int before = -1, typed = (int)rng_below(&r, 2);
            for (int chunks = 0; chunks < 8; chunks++) {
                int type = (int)rng_below(&r, 3) - 1; /* -1: outside */
                uint32_t n = 1 + (uint32_t)rng_below(&r, 4);
                type = type > 0 && !typed ? 0 : type;
                for (uint32_t k = 0; k < (type < 0 ? 1 : n); k++)
                    snprintf(text + strlen(text), sizeof text - strlen(text), " %c%s",
                             type < 0 ? 'O' : scheme_prefix(scheme, k, n, before == type),
                             type < 0 || !typed ? ""
                             : type             ? "-A-B"
                                                : "-X");
                before = type;
            }
            CHECK_STR(said(scheme, text + 1), "");
        }
}

TEST(labels_where_they_cannot_stand)
{
    CHECK_STR(
        said(SCHEME_IOB2, "I-X I-X O I-Y"),
        "warning: f:1: label 'I-X' does not fit its neighbours in scheme iob2 (2 of 4 tokens are so); say "
        "corpus.scheme: iob1\n");
    CHECK_STR(
        said(SCHEME_IOB1, "B-X I-X O B-Y"),
        "warning: f:1: label 'B-X' does not fit its neighbours in scheme iob1 (2 of 4 tokens are so); say "
        "corpus.scheme: iob2\n");
    CHECK_STR(said(SCHEME_IOB2, "B-X I-Y B-Y B-Y"),
              "warning: f:2: label 'I-Y' does not fit its neighbours in scheme iob2 (1 of 4 tokens are so); "
              "correct them, or the scheme\n");
    CHECK_STR(said(SCHEME_IOB2, "B-X ? I-X"), ""); /* what was left open may have been right */
    CHECK_STR(said(SCHEME_IOBES, "B-X ? S-Y"), "");
}

static const char *of_rules(enum scheme scheme, const char *labels, const char *const *rule, size_t nrules)
{
    static struct heard h;
    h.text[0] = 0;
    struct labels *l = taken(scheme, labels);
    const struct labels *const part[] = {l, NULL};
    struct encoding *e = encoding_new(scheme, scheme, rule, nrules);
    labels_warn_of_rules(part, 2, e, rule, nrules, &(struct labels_listener){hear, &h});
    encoding_free(e);
    labels_free(l);
    return h.text;
}

TEST(rules_that_fit_nothing)
{
    static const char *const slip[] = {"LCO=PLACE", "PER=P"};
    CHECK_STR(
        of_rules(SCHEME_IOB2, "B-LOC I-LOC O B-PER", slip, 2),
        "warning: rule 'LCO=PLACE' of corpus.map fits no chunk type of the corpora; did you mean 'LOC'?\n");
    CHECK_STR(of_rules(SCHEME_PLAIN, "LOC PER", slip, 2),
              "warning: rule 'LCO=PLACE' of corpus.map fits no label of the corpora; did you mean 'LOC'?\n");
    static const char *const far[] = {"NNNNNNN*=O"};
    CHECK_STR(
        of_rules(SCHEME_IOB2, "B-LOC", far, 1),
        "warning: rule 'NNNNNNN*=O' of corpus.map fits no chunk type of the corpora; correct it, or take "
        "it away\n");
    static const char *const fine[] = {"L*=PLACE", "*=O"};
    CHECK_STR(of_rules(SCHEME_IOB2, "B-LOC O", fine, 2), ""); /* a rule for the rest may find none */
}

TEST(rules_that_are_never_reached)
{
    static const char *const star[] = {"*=O", "LOC=L"};
    CHECK_STR(
        of_rules(SCHEME_IOB2, "B-LOC", star, 2),
        "warning: rule 'LOC=L' of corpus.map is never reached: '*=O' stands before it and fits the same; "
        "put it first, or take it away\n");
    CHECK_STR(
        of_rules(SCHEME_IOB2, "B-PER", star, 2),
        "warning: rule 'LOC=L' of corpus.map is never reached: '*=O' stands before it and fits the same; "
        "put it first, or take it away\n");
    static const char *const twice[] = {"A=B", "A=C", "AB*=D", "A*=E"};
    CHECK_STR(
        of_rules(SCHEME_IOB2, "B-A B-ABC", twice, 4),
        "warning: rule 'A=C' of corpus.map is never reached: 'A=B' stands before it and fits the same; put "
        "it first, or take it away\n"
        "warning: rule 'A*=E' of corpus.map is never reached: rules before it take all that it fits, 'A=B' "
        "first; put it before them, or take it away\n");
}

TEST(what_to_do_about_a_label)
{
    char words[LABELS_WORDS];
    labels_remedy(span_of("U-X"), SCHEME_IOB2, words);
    CHECK_STR(words,
              "say corpus.scheme: bilou (corpus.scheme says how the files mark chunks: plain, iob1, iob2, "
              "iobes, bmes or bilou)");
    labels_remedy(span_of("B_X\xC2\xA0"), SCHEME_IOB2, words);
    CHECK(strstr(words, "it has the invisible character U+00A0 behind it: remove it (corpus.scheme says") ==
          words);
    labels_remedy(span_of("B_X"), SCHEME_IOB2, words);
    CHECK(strstr(words, "did you mean 'B-X'? (corpus.scheme says how") == words);
    labels_remedy(span_of("NN"), SCHEME_IOB2, words);
    CHECK_STR(words,
              "say in corpus.scheme how the files mark chunks: plain, iob1, iob2, iobes, bmes or bilou; "
              "or name the labels' column in corpus.label");
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/survey.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static char path[4][512];

static const char *put(int which, const char *text)
{
    snprintf(path[which], sizeof path[which], "%s/part%d", test_folder(), which);
    FILE *f = fopen(path[which], "wb");
    if (CHECK(f != NULL)) {
        fputs(text, f);
        fclose(f);
    }
    return path[which];
}

static struct survey *taken(const struct corpus *corpus, const char *text, const struct survey *training)
{
    struct error e = {0};
    const char *const paths[] = {put(training ? 1 : 0, text)};
    struct survey *s = survey_files(corpus, paths, 1, training ? SHARE_ALL : SHARE_TRAINED, training, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

static uint64_t labelled(const struct survey *s, const char *label)
{
    uint32_t y = vocab_find(s->labels, span_of(label));
    return y == VOCAB_NONE ? 0 : s->label_count[y];
}

TEST(a_chunking_corpus_by_hand)
{
    const struct corpus corpus = {
        .format = &format_conll, .task = CORPUS_CHUNKING, .scheme = SCHEME_IOB2, .label = "last"};
    struct survey *train = taken(&corpus,
                                 "the D B-NP\ncat N I-NP\nsat V B-VP\n\n" /* 3 */
                                 "a D O\n\n"
                                 "the D B-NP\ncat N I-NP\nsat V B-VP\n\n" /* the first again */
                                 "the X I-NP\ncat N I-NP\nsat V I-VP\n\n" /* again: words count; 2 invalid */
                                 "thecat N B-NP\nsat V B-NP\n", /* other words, though the same letters */
                                 NULL);
    if (!train)
        return;
    CHECK_INT(train->sentences, 5);
    CHECK_INT(train->tokens, 12);
    CHECK_INT(train->longest, 3);
    CHECK_INT(train->types, 5); /* the cat sat a thecat */
    CHECK_INT(train->words, 12);
    CHECK_INT(train->oov, 0);
    CHECK_INT(train->duplicates, 2);
    CHECK_INT(vocab_count(train->labels), 5);
    CHECK_INT(labelled(train, "B-NP"), 4);
    CHECK_INT(labelled(train, "I-NP"), 4);
    CHECK_INT(labelled(train, "B-VP"), 2);
    CHECK_INT(labelled(train, "I-VP"), 1);
    CHECK_INT(labelled(train, "O"), 1);
    CHECK_INT(train->invalid, 2);
    CHECK_STR(train->invalid_path, path[0]);
    CHECK_INT(train->invalid_line, 11);

    struct survey *test = taken(&corpus,
                                "a D O\n\nthe D B-NP\ndog N I-NP\n\n\n"
                                "sat V O\ndog N X-NP\nsat V I-NP\n",
                                train);
    if (test) {
        CHECK_INT(test->sentences, 3);
        CHECK_INT(test->words, 6);
        CHECK_INT(test->oov, 2); /* dog, twice */
        CHECK_NEAR(survey_oov_rate(test), 2 / 6.0, 1e-12);
        CHECK_INT(test->duplicates, 1);
        CHECK_INT(test->invalid, 2); /* X is no prefix of IOB2, and nothing goes on after it */
        CHECK_INT(test->invalid_line, 8);
        CHECK_STR(test->invalid_path, path[1]);
    }
    survey_free(test);
    survey_free(train);
    survey_free(NULL);
}

TEST(tagging_has_no_invalid_pairs)
{
    const struct corpus corpus = {.format = &format_conll, .task = CORPUS_TAGGING, .label = "last"};
    struct survey *s = taken(&corpus, "a I-NP\nb I-VP\n", NULL);
    if (s) {
        CHECK_INT(s->invalid, 0);
        CHECK(s->invalid_path == NULL);
        CHECK_INT(s->tokens, 2);
    }
    survey_free(s);
    s = taken(&corpus, "\n\n", NULL);
    if (s) {
        CHECK_INT(s->sentences, 0);
        CHECK(survey_oov_rate(s) == 0);
    }
    survey_free(s);
}

TEST(chunks_that_the_end_leaves_open)
{
    const struct corpus corpus = {
        .format = &format_conll, .task = CORPUS_CHUNKING, .scheme = SCHEME_IOBES, .label = "last"};
    struct survey *s = taken(&corpus, "a B-X\nb E-X\n\na S-X\nb B-X\n\na B-X\nb I-X\n\nb X-X\n", NULL);
    if (s) {
        CHECK_INT(s->invalid, 3); /* the last one of two reasons, counted once */
        CHECK_INT(s->invalid_line, 5);
    }
    survey_free(s);
}

/* Open labels are counted, and are none; beside them a label has to be one of the scheme, and no more. */
TEST(open_labels_by_hand)
{
    const struct corpus corpus = {.format = &format_conll,
                                  .task = CORPUS_CHUNKING,
                                  .scheme = SCHEME_IOB2,
                                  .label = "last",
                                  .open = "?"};
    struct survey *s = taken(&corpus,
                             "a ?\nb I-NP\nc ?\nd X-NP\n\n" /* 1 invalid */
                             "a O\nb I-NP\nc ?\n\n" /* 1 invalid */
                             "a _\n",
                             NULL);
    if (!s)
        return;
    CHECK_INT(s->tokens, 8);
    CHECK_INT(s->open, 3);
    CHECK_INT(s->invalid, 3);
    CHECK_INT(s->invalid_line, 4);
    CHECK_INT(labelled(s, "?"), 0);
    CHECK_INT(labelled(s, "I-NP"), 2);
    CHECK_INT(labelled(s, "_"), 1);
    survey_free(s);
    struct corpus none = corpus;
    none.open = "";
    s = taken(&none, "a ?\n", NULL);
    CHECK(s && s->open == 0 && labelled(s, "?") == 1);
    survey_free(s);
}

TEST(a_segmented_corpus_by_hand)
{
    const struct corpus corpus = {.format = &format_segmented, .task = CORPUS_SEGMENTATION, .label = "last"};
    struct survey *train = taken(&corpus, "ab c ab\nabcab\n\nd", NULL);
    if (!train)
        return;
    CHECK_INT(train->sentences, 3);
    CHECK_INT(train->tokens, 11);
    CHECK_INT(train->longest, 5);
    CHECK_INT(train->words, 5);
    CHECK_INT(train->types, 4); /* ab c abcab d */
    CHECK_INT(train->duplicates, 1); /* the same characters, cut otherwise */
    CHECK_INT(labelled(train, "B"), 3);
    CHECK_INT(labelled(train, "M"), 3);
    CHECK_INT(labelled(train, "E"), 3);
    CHECK_INT(labelled(train, "S"), 2);
    struct survey *test = taken(&corpus, "a b c d dd\nd", train);
    if (test) {
        CHECK_INT(test->words, 6);
        CHECK_INT(test->oov, 3); /* a b dd */
        CHECK_INT(test->duplicates, 1);
    }
    survey_free(test);
    survey_free(train);
}

TEST(the_label_column_in_the_middle)
{
    static const char *const columns[] = {"word", "chunk", "pos"};
    const struct corpus corpus = {.format = &format_conll,
                                  .task = CORPUS_CHUNKING,
                                  .scheme = SCHEME_IOB2,
                                  .columns = columns,
                                  .ncolumns = 3,
                                  .label = "chunk"};
    struct survey *s = taken(&corpus, "a B-X D\nb I-Y N\n", NULL);
    if (s) {
        CHECK_INT(vocab_count(s->labels), 2);
        CHECK_INT(labelled(s, "I-Y"), 1);
        CHECK_INT(s->invalid, 1);
        CHECK_INT(s->invalid_line, 2);
    }
    survey_free(s);
}

/* Columns are named that the file does not have. */
TEST(fewer_columns_than_named)
{
    static const char *const columns[] = {"word", "pos", "chunk"};
    const struct corpus corpus = {.format = &format_conll,
                                  .task = CORPUS_CHUNKING,
                                  .scheme = SCHEME_IOB2,
                                  .columns = columns,
                                  .ncolumns = 3,
                                  .label = "chunk"};
    struct error e = {0};
    const char *const paths[] = {put(0, "a D\nb N\n")};
    char want[600];
    CHECK(survey_files(&corpus, paths, 1, SHARE_TRAINED, NULL, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    snprintf(want, sizeof want, "%s:1: 2 columns; corpus.columns names 3, correct one of them", path[0]);
    CHECK_STR(e.text, want);
}

TEST(several_files_and_faults)
{
    const struct corpus corpus = {
        .format = &format_conll, .task = CORPUS_CHUNKING, .scheme = SCHEME_IOB2, .label = "last"};
    struct error e = {0};
    const char *paths[] = {put(0, "a B-X\n"), put(1, "b O\n\n\na I-X\n"), put(2, "a I-X\n\nb O\n")};
    struct survey *s = survey_files(&corpus, paths, 3, SHARE_TRAINED, NULL, &e);
    if (CHECK_MSG(s != NULL, "%s", e.text)) {
        CHECK_INT(s->sentences, 5);
        CHECK_INT(s->duplicates, 3);
        CHECK_INT(s->invalid, 2); /* sentences begin anew */
        CHECK_STR(s->invalid_path, path[1]);
        CHECK_INT(s->invalid_line, 4);
    }
    survey_free(s);
    char want[600];
    put(1, "a B-X\nb\n");
    CHECK(survey_files(&corpus, paths, 3, SHARE_TRAINED, NULL, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    snprintf(want, sizeof want, "%s:2: 1 column;", path[1]);
    CHECK_MSG(strncmp(e.text, want, strlen(want)) == 0, "%s", e.text);
    paths[1] = "/nowhere/at/all";
    CHECK(survey_files(&corpus, paths, 3, SHARE_TRAINED, NULL, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
}

/* Every sentence has a label of its own. The parts have each of them once, and the fold the ones that are in it. */
TEST(parts_are_cut_from_the_training_files)
{
    enum { SENTENCES = 200, HELD = 2 };
    static char text[2][SENTENCES * 8];
    for (int k = 0, at[2] = {0}; k < SENTENCES; k++) {
        const int file = k >= SENTENCES / 2;
        at[file] += sprintf(text[file] + at[file], "w L%d\n\n", k);
    }
    const char *const paths[] = {put(0, text[0]), put(1, text[1])};
    struct corpus corpus = {.format = &format_conll, .task = CORPUS_TAGGING, .label = "last"};
    struct error e = {0};
    corpus.fold = (struct fold){.of = 5, .held = HELD, .seed = 3};
    corpus.dev_fraction = 0.3;
    corpus.seed = 1;
    struct survey *part[3];
    size_t size[3];
    for (int p = SHARE_TRAINED; p <= SHARE_HELD; p++) {
        part[p] = survey_files(&corpus, paths, 2, (enum share_part)p, NULL, &e);
        if (!CHECK_MSG(part[p] != NULL, "%s", e.text))
            return;
        size[p] = part[p]->sentences;
        CHECK_INT(vocab_count(part[p]->labels), size[p]);
    }
    CHECK_INT(size[SHARE_HELD], SENTENCES / 5);
    CHECK(size[SHARE_DRAWN] > 20 && size[SHARE_TRAINED] > size[SHARE_DRAWN]);
    struct fold fold = corpus.fold;
    for (int k = 0; k < SENTENCES; k++) {
        char label[16];
        int found = 0;
        snprintf(label, sizeof label, "L%d", k);
        for (int p = SHARE_TRAINED; p <= SHARE_HELD; p++)
            found += vocab_find(part[p]->labels, span_of(label)) != VOCAB_NONE;
        CHECK_INT(found, 1);
        CHECK((vocab_find(part[SHARE_HELD]->labels, span_of(label)) != VOCAB_NONE) ==
              (fold_find(&fold, (uint64_t)k) == HELD));
    }
    for (int p = SHARE_TRAINED; p <= SHARE_HELD; p++)
        survey_free(part[p]);
}

/* More labels than any array begins with: every count is the number of times the label was written. */
TEST(many_labels)
{
    const struct corpus corpus = {.format = &format_conll, .task = CORPUS_TAGGING, .label = "last"};
    struct rng r;
    rng_init(&r, 71, 0, 0);
    uint64_t count[300] = {0}, wrong = 0;
    char *text = memory_new(200000, 1), *end = text;
    for (int i = 0; i < 10000; i++) {
        uint64_t y = rng_below(&r, 1 + rng_below(&r, 300));
        end += sprintf(end, "w L%d\n", (int)y);
        count[y]++;
    }
    struct survey *s = taken(&corpus, text, NULL);
    for (int y = 0; s && y < 300; y++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", y);
        wrong += labelled(s, name) != count[y];
    }
    CHECK_INT(wrong, 0);
    survey_free(s);
    memory_free(text);
}

/* In CoNLL-U the word is not the first cell, and tokens are not on every line; documents are no sentences. */
TEST(a_survey_of_words_and_no_documents)
{
#define T(ID, FORM, LABEL) ID "\t" FORM "\t_\t" LABEL "\t_\t_\t_\t_\t_\t_\n"
    static const char *const names[] = {"form", "lemma",  "upos", "xpos", "feats",
                                        "head", "deprel", "deps", "misc"};
    const struct corpus conllu = {.format = &format_conllu,
                                  .task = CORPUS_CHUNKING,
                                  .scheme = SCHEME_IOB2,
                                  .columns = names,
                                  .ncolumns = 9,
                                  .label = "upos"};
    struct survey *s =
        taken(&conllu,
              "# newdoc\n\n" T("1", "a", "B-X") T("2", "b", "I-X") "\n# c\n" T("1-2", "ac", "_")
                  T("1", "a", "B-X") "# d\n" T("1.1", "e", "_") T("2", "c", "I-Y") "\n",
              NULL);
    if (!s)
        return;
    CHECK_INT(s->sentences, 2);
    CHECK_INT(s->tokens, 4);
    CHECK_INT(s->types, 3);
    CHECK_INT(s->duplicates, 0);
    CHECK_INT(vocab_count(s->labels), 3);
    CHECK_INT(s->invalid, 1);
    CHECK_INT(s->invalid_line, 11);
    survey_free(s);
    const struct corpus conll = {
        .format = &format_conll, .task = CORPUS_CHUNKING, .scheme = SCHEME_IOB2, .label = "last"};
    s = taken(&conll, "-DOCSTART- X\n\na B-X\nb I-X\n\n-DOCSTART- X\n\na I-Y\n", NULL);
    if (!s)
        return;
    CHECK_INT(s->sentences, 2);
    CHECK_INT(s->tokens, 3);
    CHECK_INT(vocab_count(s->labels), 3);
    CHECK_INT(s->invalid_line, 8);
    survey_free(s);
}

TEST(no_more_sentences_of_training_than_asked)
{
    const struct corpus corpus = {.format = &format_conll,
                                  .task = CORPUS_TAGGING,
                                  .scheme = SCHEME_PLAIN,
                                  .label = "last",
                                  .sentences = 2};
    struct survey *train = taken(&corpus, "a X\nb Y\n\nc X\n\nd Z\n", NULL);
    struct survey *test = train ? taken(&corpus, "a X\n\nb X\n\nd X\n", train) : NULL;
    if (test) {
        CHECK_INT(train->sentences, 2);
        CHECK_INT(train->tokens, 3);
        CHECK_INT(vocab_count(train->labels), 2);
        CHECK_INT(test->sentences, 3);
        CHECK_INT(test->oov, 1); /* d stands in the third sentence of training */
    }
    survey_free(train);
    survey_free(test);
}

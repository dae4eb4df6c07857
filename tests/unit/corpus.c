/* SPDX-License-Identifier: MIT */
#include "lib/data/corpus.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const struct section sections[] = {
    {"corpus", {corpus_keys}}, {"features", {features_keys}}, {NULL, {NULL}}};

/* The configuration of `keys` in section corpus (with train and template), and what corpus makes of it. */
static struct config *configured(const char *keys, struct corpus *corpus, bool *good, struct error *e)
{
    char text[512];
    struct config *c = config_new();
    snprintf(text, sizeof text, "features: {template: /t}\ncorpus: {%s}", keys);
    *e = (struct error){0};
    *good = config_parse(c, text, strlen(text), "t", e) && config_check(c, sections, e) &&
            corpus_configure(corpus, c, e);
    return c;
}

static const char *complaint(const char *keys)
{
    static struct error e;
    struct corpus corpus;
    bool good;
    config_free(configured(keys, &corpus, &good, &e));
    if (good)
        return NULL;
    CHECK_INT(e.kind, ERROR_USAGE);
    return e.text;
}

TEST(defaults_of_a_corpus)
{
    struct corpus corpus;
    struct error e;
    bool good;
    struct config *c = configured("train: /a", &corpus, &good, &e);
    if (CHECK_MSG(good, "%s", e.text)) {
        CHECK(corpus.format == &format_conll);
        CHECK_INT(corpus.task, CORPUS_TAGGING);
        CHECK_INT(corpus.ntrain, 1);
        CHECK_STR(corpus.train[0], "/a");
        CHECK_INT(corpus.ndev + corpus.ntest + corpus.ncolumns, 0);
        CHECK(corpus.dev_fraction == 0);
        CHECK_INT(corpus.seed, 1);
        CHECK_INT(corpus.sentences, 0);
        CHECK_INT(corpus.cutoff, 1);
        CHECK_STR(corpus.template_path, "/t");
        CHECK_INT(corpus_label_column(&corpus, 2), 1);
        CHECK_INT(corpus_label_column(&corpus, 5), 4);
    }
    config_free(c);
}

TEST(all_keys_of_a_corpus)
{
    struct corpus corpus;
    struct error e;
    bool good;
    struct config *c = configured("train: [/a, /b], dev: /c, test: [/d], task: chunking, format: conll, "
                                  "columns: [word, chunk, pos], label: chunk, dev_seed: 9, sentences: 12",
                                  &corpus, &good, &e);
    if (CHECK_MSG(good, "%s", e.text)) {
        CHECK_INT(corpus.task, CORPUS_CHUNKING);
        CHECK_INT(corpus.ntrain, 2);
        CHECK_STR(corpus.train[1], "/b");
        CHECK_STR(corpus.dev[0], "/c");
        CHECK_STR(corpus.test[0], "/d");
        CHECK_INT(corpus.ncolumns, 3);
        CHECK_INT(corpus_label_column(&corpus, 3), 1);
        CHECK_INT(corpus.seed, 9);
        CHECK_INT(corpus.sentences, 12);
    }
    config_free(c);
    c = configured("train: /a, task: segmentation, format: segmented, dev_fraction: 0.25", &corpus, &good,
                   &e);
    if (CHECK_MSG(good, "%s", e.text)) {
        CHECK(corpus.format == &format_segmented);
        CHECK(corpus.dev_fraction == 0.25);
        CHECK_INT(corpus_label_column(&corpus, 2), 1);
    }
    config_free(c);
}

TEST(a_format_with_names)
{
    struct corpus corpus;
    struct error e;
    bool good;
    struct config *c = configured("train: /a, format: conllu, label: xpos", &corpus, &good, &e);
    if (CHECK_MSG(good, "%s", e.text)) {
        CHECK(corpus.format == &format_conllu);
        CHECK_INT(corpus.ncolumns, 9);
        CHECK_STR(corpus.columns[0], "form");
        CHECK_STR(corpus.columns[8], "misc");
        CHECK_INT(corpus_label_column(&corpus, 9), 3);
    }
    config_free(c);
    static const char *const names[] = {"form", "lemma",  "upos", "xpos", "feats",
                                        "head", "deprel", "deps", "misc"};
    for (uint32_t k = 0; k < 9; k++) {
        char keys[100];
        snprintf(keys, sizeof keys, "train: /a, format: conllu, task: chunking, label: %s", names[k]);
        c = configured(keys, &corpus, &good, &e);
        CHECK(good && corpus_label_column(&corpus, 9) == k);
        config_free(c);
    }
    CHECK_STR(complaint("train: /a, format: conllu"),
              "default of key 'corpus.label': say which column of format 'conllu' is it, e.g. upos or xpos");
    CHECK_STR(complaint("train: /a, format: conllu, label: last"),
              "t:2:37: key 'corpus.label': say which column of format 'conllu' is it, e.g. upos or xpos");
    CHECK_STR(
        complaint("train: /a, format: conllu, label: chunk"),
        "t:2:37: key 'corpus.label': format 'conllu' has no column 'chunk'; there is form lemma upos xpos "
        "feats head deprel deps misc misc.KEY");
    CHECK_STR(
        complaint("train: /a, format: conllu, label: UPOS"),
        "t:2:37: key 'corpus.label': format 'conllu' has no column 'UPOS'; did you mean 'upos'; there is "
        "form lemma upos xpos feats head deprel deps misc misc.KEY");
    CHECK_STR(complaint("train: /a, format: conllu, label: upos, columns: [form, upos]"),
              "t:2:50: key 'corpus.columns': format 'conllu' has names of its own; leave it out");
    CHECK_STR(complaint("train: /a, format: conllu, label: upos, task: segmentation"),
              "t:2:50: key 'corpus.task': task segmentation goes with formats segmented and conll");
}

TEST(contradictions_of_a_corpus)
{
    CHECK_STR(complaint("train: /a, format: segmented"), NULL);
    CHECK_STR(complaint("train: /a, encode: iobes"), NULL); /* the task is still to be found */
    CHECK_STR(complaint("train: /a, task: segmentation, scheme: iobes"),
              "t:2:41: key 'corpus.scheme': task segmentation has labels B M E S: say bmes, or leave it out");
    CHECK_STR(complaint("train: /a, task: tagging, encode: iobes"),
              "t:2:36: key 'corpus.encode': the labels mark no chunks "
              "(corpus.scheme is plain); say in corpus.scheme how "
              "they do: iob1, iob2, iobes, bmes or bilou");
    CHECK_STR(complaint("train: /a, task: chunking, map: [NP=NP, VP=]"),
              "t:2:37: key 'corpus.map': 'VP=' is no rule OLD=NEW (without spaces); e.g. [NP=NP, \"*=O\"]");
    CHECK(complaint("train: /a, task: chunking, map: ['NP = NP']") != NULL); /* it would fit no label */
    CHECK_STR(complaint("train: /a, task: chunking, map: ['=NP', '*=O']"), NULL);
    CHECK_STR(complaint("train: /a, task: segmentation, map: ['*=X']"),
              "t:2:41: key 'corpus.map': task segmentation has no types to rename; leave it out");
    CHECK_STR(complaint("train: /a, task: segmentation, columns: [tag, char], label: tag"),
              "t:2:63: key 'corpus.label': task segmentation expects the characters in the first column");
    CHECK_STR(complaint("train: /a, task: segmentation, columns: [char, tag], label: tag"), NULL);
    CHECK_STR(complaint("train: /a, format: segmented, task: chunking"),
              "t:2:40: key 'corpus.task': format 'segmented' goes with task 'segmentation'");
    CHECK_STR(complaint("train: /a, format: segmented, task: segmentation, columns: [a, b]"),
              "t:2:60: key 'corpus.columns': format 'segmented' has no columns to name; leave it out");
    CHECK_STR(complaint("train: []"), "t:2:10: key 'corpus.train': names no file");
    CHECK_STR(complaint("train: ''"), "t:2:10: key 'corpus.train': names no file");
    CHECK_STR(complaint("train: /a, dev: /b, dev_fraction: 0.1"),
              "t:2:30: key 'corpus.dev_fraction': corpus.dev is given too; keep one of them");
    CHECK_STR(complaint("train: /a, label: pos"), "t:2:21: key 'corpus.label': 'pos' is not among "
                                                  "corpus.columns; name the columns there, or say last");
    CHECK_STR(complaint("train: /a, columns: [word, tag], label: pos"),
              "t:2:43: key 'corpus.label': 'pos' is not among corpus.columns; name the columns there, or "
              "say last");
    CHECK_STR(complaint("train: /a, columns: [word, pos], label: pos"), NULL);
    CHECK_STR(complaint("train: /a, columns: [w, word, pos], weight_column: w"), NULL);
    CHECK_STR(complaint("train: /a, columns: [word, pos, w], weight_column: w, label: pos"), NULL);
    CHECK_STR(complaint("train: /a, columns: [word, pos, w], weight_column: w"),
              "t:2:46: key 'corpus.weight_column': 'w' is the column of the labels (corpus.label: last); "
              "name another of corpus.columns");
    CHECK_STR(complaint("train: /a, columns: [w, word], weight_column: w, label: w"),
              "t:2:41: key 'corpus.weight_column': 'w' is the column of the labels (corpus.label: w); name "
              "another of corpus.columns");
    CHECK_STR(complaint("train: /a, dev_fraction: 0.91"),
              "t:2:21: key 'corpus.dev_fraction': 0.91 is out of range; expected a number from 0 to 0.9");
    CHECK_STR(complaint("train: /a, sentences: -1"),
              "t:2:21: key 'corpus.sentences': -1 is out of range; expected an integer from 0 to 1000000000");
    CHECK(complaint("dev: /a") && strstr(complaint("dev: /a"), "key 'corpus.train' must be given"));
}

TEST(the_scheme_goes_with_the_task)
{
    static const char *const keys[] = {"train: /a", "train: /a, task: chunking",
                                       "train: /a, task: segmentation, format: segmented"};
    static const enum scheme want[] = {SCHEME_PLAIN, SCHEME_IOB2, SCHEME_BMES};
    for (int k = 0; k < 3; k++) {
        struct corpus corpus;
        struct error e;
        bool good;
        struct config *c = configured(keys[k], &corpus, &good, &e);
        if (CHECK_MSG(good, "%s", e.text))
            CHECK_INT(corpus.scheme, want[k]);
        config_free(c);
    }
}

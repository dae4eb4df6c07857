/* SPDX-License-Identifier: MIT
 *
 * Parts of corpora, labels that training has not seen or that are open, segmented text, and what is refused: small
 * corpora, with what must come of them written beside.
 */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "tests/test.h"
#include "tests/unit/datasets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char big[1 << 16];

/* Frequencies of more than one digit of the sort, and of more than there are numbers for. */
TEST(features_of_large_frequencies_are_in_order)
{
    static const uint32_t often[] = {7, 70000, 65536, 3, 4000000000u, 65535, 70000, 1, 131072};
    enum { COUNT = sizeof often / sizeof *often };
    struct error e = {0};
    struct template *t = template_parse("U:%x[0,0]\n", "template", &e);
    struct space *s = space_new(&format_conll, t, encoding_new(SCHEME_PLAIN, SCHEME_PLAIN, NULL, 0), false),
                 *known = space_new(&format_conll, template_parse("U:%x[0,0]\n", "template", &e),
                                    encoding_new(SCHEME_PLAIN, SCHEME_PLAIN, NULL, 0), false);
    uint32_t *node, *edge;
    s->node_frequency = memory_new(COUNT, sizeof *s->node_frequency);
    s->edge_frequency = memory_new(1, sizeof *s->edge_frequency);
    known->node_frequency = memory_new(1, sizeof *known->node_frequency);
    known->edge_frequency = memory_new(1, sizeof *known->edge_frequency);
    for (uint32_t k = 0; k < COUNT; k++) {
        vocab_add(s->node, (struct span){(const char *)&often[k], k == 6 ? 3 : 4}); /* (no two are equal) */
        s->node_frequency[k] = often[k];
    }
    vocab_add(known->node, vocab_text(s->node, 0));
    known->node_frequency[0] = UINT32_MAX - 2; /* and 7 more */
    space_prune(s, 3, NULL, known, &node, &edge);
    static const uint32_t want[COUNT] = {0, 3, 5, 7, 1, 6, 4, VOCAB_NONE, 2};
    CHECK(memcmp(node, want, sizeof want) == 0);
    static const uint32_t falling[] = {UINT32_MAX, 4000000000u, 131072, 70000, 70000, 65536, 65535, 3};
    CHECK_INT(vocab_count(s->node), COUNT - 1);
    CHECK(memcmp(s->node_frequency, falling, sizeof falling) == 0);
    memory_free(node);
    memory_free(edge);
    space_free(s);
    space_free(known);
}

/* Sentence k is one token, labelled with k: who is where can be read off. Returns how many are there, marks
 * them in `there`. */
static size_t roll_call(const struct dataset *d, const struct space *s, uint8_t *there)
{
    for (size_t k = 0; k < d->count; k++) {
        struct span label = dataset_label(d, s, d->example[k].y[0]);
        there[atoi(memcpy((char[16]){0}, label.s, label.n))]++;
    }
    return d->count;
}

TEST(the_development_share_is_a_partition)
{
    enum { SENTENCES = 1000 };
    char *end = big;
    for (int k = 0; k < SENTENCES; k++)
        end += sprintf(end, "w%d %d\n\n", k % 7, k);
    const char *path = test_file("train", big), *template_path = test_file("template", "U:%x[0,0]\n");
    struct error e = {0};
    static const double fraction[] = {0.02, 0.1, 0.5, 0.9};
    static uint8_t first_dev[SENTENCES];
    for (size_t k = 0; k < 4; k++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct corpus corpus = {.format = &format_conll,
                                    .label = "last",
                                    .train = &path,
                                    .ntrain = 1,
                                    .template_path = template_path,
                                    .cutoff = 1,
                                    .dev_fraction = fraction[k],
                                    .seed = seed};
            uint8_t train[SENTENCES] = {0}, dev[2][SENTENCES] = {{0}};
            for (int run = 0; run < 2; run++) {
                struct space *s = NULL;
                struct dataset *d = dataset_learn(&corpus, &s, &e);
                struct dataset *v = d ? dataset_part(&corpus, s, DATASET_DEV, &e) : NULL;
                if (!CHECK_MSG(d && v, "%s", e.text))
                    return;
                CHECK_INT(roll_call(v, s, dev[run]) + d->count, SENTENCES);
                if (run == 0)
                    roll_call(d, s, train);
                CHECK(dataset_part(&corpus, s, DATASET_TEST, &e) == NULL && e.kind == ERROR_NONE);
                dataset_free(v);
                dataset_free(d);
                space_free(s);
            }
            size_t wrong = 0, share = 0, as_first = 0;
            for (int i = 0; i < SENTENCES; i++) {
                wrong += train[i] + dev[0][i] != 1;
                share += dev[0][i];
                as_first += dev[0][i] == first_dev[i];
            }
            CHECK_INT(wrong, 0);
            CHECK_INT(memcmp(dev[0], dev[1], SENTENCES), 0); /* every run draws the same */
            CHECK_NEAR((double)share / SENTENCES, fraction[k], 0.08);
            CHECK(seed == 0 || as_first < SENTENCES); /* and every seed another */
            if (seed == 0)
                memcpy(first_dev, dev[0], SENTENCES);
        }
}

TEST(no_more_sentences_than_asked)
{
    enum { EACH = 100 };
    static const uint64_t most[] = {0, 1, EACH - 1, EACH, EACH + 1, 2 * EACH - 1, 2 * EACH, 3 * EACH};
    const char *paths[2];
    for (int file = 0; file < 2; file++) {
        char *end = big;
        for (int k = 0; k < EACH; k++)
            end += sprintf(end, "w %d\n\n", file * EACH + k);
        paths[file] = test_file(file ? "second" : "first", big);
    }
    const char *template_path = test_file("template", "U:%x[0,0]\n");
    for (size_t k = 0; k < sizeof most / sizeof *most; k++)
        for (int split = 0; split < 2; split++) {
            struct error e = {0};
            struct corpus corpus = {.format = &format_conll,
                                    .label = "last",
                                    .train = paths,
                                    .ntrain = 2,
                                    .template_path = template_path,
                                    .cutoff = 1,
                                    .sentences = most[k],
                                    .dev_fraction = split * 0.3,
                                    .seed = 4};
            uint8_t there[2 * EACH] = {0};
            struct space *s = NULL;
            struct dataset *d = dataset_learn(&corpus, &s, &e);
            if (split && most[k] == 1)
                CHECK(d == NULL ||
                      dataset_part(&corpus, s, DATASET_DEV, &e) == NULL); /* one is in one part */
            else if (CHECK_MSG(d != NULL, "%s", e.text)) {
                roll_call(d, s, there);
                struct dataset *v = dataset_part(&corpus, s, DATASET_DEV, &e);
                if (CHECK((v != NULL) == (split == 1)) && v)
                    roll_call(v, s, there);
                dataset_free(v);
                for (uint64_t i = 0; i < 2 * EACH; i++)
                    CHECK_INT(there[i], most[k] == 0 || i < most[k]);
            }
            dataset_free(d);
            space_free(s);
        }
}

TEST(labels_of_test_alone_come_after_the_others)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *train = test_file("train", "a X\nb Y\n"),
               *test = test_file("test", "a N\nb X\n\nc M\nd N\ne Y\n");
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &train,
                                  .ntrain = 1,
                                  .test = &test,
                                  .ntest = 1,
                                  .template_path = test_file("template", "U:%x[0,0]\n"),
                                  .cutoff = 1};
    struct dataset *d = dataset_learn(&corpus, &s, &e),
                   *t = d ? dataset_part(&corpus, s, DATASET_TEST, &e) : NULL;
    if (CHECK_MSG(t != NULL, "%s", e.text)) {
        static const uint32_t y[] = {2, 0, 3, 2, 1};
        CHECK_INT(vocab_count(s->labels), 2);
        CHECK(t->tokens == 5 && datasets_equal(t->y, y, 5));
        CHECK(span_is(dataset_label(t, s, 2), "N") && span_is(dataset_label(t, s, 3), "M"));
        CHECK_INT(t->start[5], 2); /* of a and b: c d e are unknown */
    }
    dataset_free(t);
    dataset_free(d);
    space_free(s);
}

/* Open labels: none of the model's, none that follows another, and what is given allows the labels that it may be. */
TEST(open_labels_are_no_labels)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *train = test_file("train", "a B-X\nb ?\nc O\n\na O\nb O\n\nc ?\nd ?\n"),
               *test = test_file("test", "a ?\nb I-X\n\nc O\nd B-Y\n");
    struct corpus corpus = {.format = &format_conll,
                            .label = "last",
                            .open = "?",
                            .scheme = SCHEME_IOB2,
                            .encode = SCHEME_IOB2,
                            .train = &train,
                            .ntrain = 1,
                            .test = &test,
                            .ntest = 1,
                            .template_path = test_file("template", "U:%x[0,0]\n"),
                            .cutoff = 1};
    struct dataset *d = dataset_learn(&corpus, &s, &e);
    if (CHECK_MSG(d != NULL, "%s", e.text)) {
        const struct example *z = d->example;
        CHECK(vocab_count(s->labels) == 2 && vocab_find(s->labels, span_of("?")) == VOCAB_NONE);
        CHECK_INT(d->open, 3);
        CHECK(z[0].choice && !z[1].choice && z[2].choice);
        CHECK(z[0].y[0] == 0 && z[0].y[1] == EXAMPLE_OPEN && z[0].y[2] == 1);
        CHECK(z[0].choice[0].allowed[0] && !z[0].choice[0].allowed[1] && !z[0].choice[1].allowed);
        CHECK(!example_unlabelled(&z[0]) && !example_unlabelled(&z[1]) && example_unlabelled(&z[2]));
        static const uint8_t follows[] = {0, 0, 0, 1}; /* O O alone: beside an open label nothing is seen */
        CHECK_INT(memcmp(s->follows, follows, 4), 0);
    }
    dataset_free(d);
    space_free(s);

    corpus.encode = SCHEME_IOBES;
    d = dataset_learn(&corpus, &s, &e);
    struct dataset *t = d ? dataset_part(&corpus, s, DATASET_TEST, &e) : NULL;
    if (CHECK_MSG(t != NULL, "%s", e.text)) {
        static const char *const labels[] = {"B-X", "I-X", "E-X", "S-X", "O"};
        const struct example *z = d->example;
        uint32_t id[5];
        CHECK_INT(vocab_count(s->labels), 5);
        for (int k = 0; k < 5; k++)
            id[k] = vocab_find(s->labels, span_of(labels[k]));
        static const bool allowed[3][5] = {{1, 0, 0, 1, 0}, {0, 0, 1, 1, 1}, {0, 0, 0, 0, 1}};
        for (int i = 0; i < 3 && CHECK(z[0].choice != NULL); i++)
            for (int k = 0; k < 5; k++)
                CHECK_MSG(z[0].choice[i].allowed[id[k]] == allowed[i][k], "token %d, %s", i, labels[k]);
        struct span gold[2];
        CHECK_INT(t->open, 1);
        dataset_gold(t, s, 0, gold);
        CHECK(gold[0].s == NULL && span_is(gold[1], "I-X"));
        dataset_gold(t, s, 1, gold);
        CHECK(span_is(gold[0], "O") && span_is(gold[1], "B-Y"));
    }
    dataset_free(t);
    dataset_free(d);
    space_free(s);

    s = NULL;
    corpus.train = (const char *const[]){test_file("train", "a ?\n\nb ?\n")};
    d = dataset_learn(&corpus, &s, &e);
    CHECK(!d && e.kind == ERROR_CORPUS && strstr(e.text, "every label is open"));
}

TEST(a_segmented_corpus)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *train = test_file("train", "ab c\nabc \xE4\xB8\xAD\xE5\x9B\xBD\n"),
               *test = test_file("test", "cb a x\n");
    const struct corpus corpus = {.format = &format_segmented,
                                  .task = CORPUS_SEGMENTATION,
                                  .label = "last",
                                  .train = &train,
                                  .ntrain = 1,
                                  .test = &test,
                                  .ntest = 1,
                                  .template_path = test_file("template", "U0:%x[0,0]\nU1:%x[-1,0]\nB\n"),
                                  .cutoff = 1};
    struct dataset *d = dataset_learn(&corpus, &s, &e),
                   *t = d ? dataset_part(&corpus, s, DATASET_TEST, &e) : NULL;
    if (CHECK_MSG(t != NULL, "%s", e.text)) {
        static const char *const words[] = {"ab", "c", "abc", "\xE4\xB8\xAD\xE5\x9B\xBD"};
        static const char *const cells[] = {"a", "b", "c", "a", "b", "c", "\xE4\xB8\xAD", "\xE5\x9B\xBD"};
        static const char labels[] = "BESBMEBE";
        CHECK_INT(d->count, 2);
        CHECK_INT(d->tokens, 8);
        CHECK_INT(vocab_count(s->words), 4);
        for (uint32_t k = 0; k < 4; k++)
            CHECK(span_is(vocab_text(s->words, k), words[k]));
        for (uint32_t i = 0; i < 8; i++) {
            CHECK(span_is(vocab_text(d->cells, d->cell[i]), cells[i]));
            CHECK(dataset_label(d, s, d->y[i]).s[0] == labels[i]);
        }
        CHECK_INT(t->tokens, 4);
        CHECK_INT(vocab_count(s->words), 4); /* test teaches nothing */
        CHECK(span_is(vocab_text(t->cells, t->cell[3]), "x"));

        struct span raw[] = {span_of("c"), span_of("b"), span_of("a"), span_of("x")};
        const struct sentence z = {.n = 4, .ncolumns = 1, .cell = raw, .line = 1};
        struct dataset *u = dataset_new();
        CHECK(dataset_append(u, s, &z, false, "raw", &e));
        dataset_seal(u);
        CHECK(datasets_same(t, u) && datasets_equal(t->cell, u->cell, 4));
        dataset_free(u);
    }
    dataset_free(t);
    dataset_free(d);
    space_free(s);
}

/* Words, those of the list and characters to be spelled are known, too. */
TEST(to_go_on_with_a_segmented_corpus)
{
    struct error e = {0};
    struct space *s = NULL, *u = NULL;
    const char *train = test_file("train", "ab c\nabc d\n"), *later = test_file("later", "d xyz\n");
    struct corpus corpus = {.format = &format_segmented,
                            .task = CORPUS_SEGMENTATION,
                            .label = "last",
                            .train = &train,
                            .ntrain = 1,
                            .template_path = test_file("template", "U0:%x[0,0]\nU1:%x[0,0,word-from]\n"),
                            .train_words = 1,
                            .spelling_key = "model.name",
                            .cutoff = 1};
    dataset_free(dataset_learn(&corpus, &s, &e));
    corpus.train = &later;
    corpus.known = s;
    dataset_free(dataset_learn(&corpus, &u, &e));
    if (CHECK_MSG(s && u, "%s", e.text)) {
        static const char *const words[] = {"ab", "c", "abc", "d", "xyz"};
        CHECK_INT(vocab_count(u->words), 5);
        CHECK_INT(vocab_count(lexicon_words(u->lexicon)), 5);
        for (uint32_t k = 0; k < 5; k++) {
            CHECK(span_is(vocab_text(u->words, k), words[k]));
            CHECK(span_is(vocab_text(lexicon_words(u->lexicon), k), words[k]));
        }
        CHECK_INT(vocab_count(u->spelling->characters), 7);
        for (const char *c = "abcdxyz"; *c; c++)
            CHECK(vocab_find(u->spelling->characters, (struct span){c, 1}) != VOCAB_NONE);
    }
    space_free(s);
    space_free(u);
}

/* Why the corpus `train` cannot be learned with `template`, without the path; NULL if it can. */
static const char *complaint(const char *train, const char *template, size_t ncolumns, const char *label)
{
    static struct error e;
    const char *path = test_file("train", train), *template_path = test_file("template", template);
    const struct corpus corpus = {.format = &format_conll,
                                  .label = label,
                                  .columns = datasets_columns,
                                  .ncolumns = ncolumns,
                                  .train = &path,
                                  .ntrain = 1,
                                  .template_path = template_path,
                                  .cutoff = 1};
    struct space *s = NULL;
    e = (struct error){0};
    struct dataset *d = dataset_learn(&corpus, &s, &e);
    CHECK((d == NULL) == (s == NULL));
    dataset_free(d);
    space_free(s);
    if (d)
        return NULL;
    CHECK_INT(e.kind, ERROR_CORPUS);
    if (strncmp(e.text, path, strlen(path)) == 0)
        return e.text + strlen(path);
    return strncmp(e.text, template_path, strlen(template_path)) == 0 ? e.text + strlen(template_path)
                                                                      : e.text;
}

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

TEST(what_cannot_be_learned)
{
    static const char plain[] = "U:%x[0,0]\n";
    CHECK_STR(complaint("a X\n", plain, 0, "last"), NULL);
    CHECK(begins(complaint("a\n", plain, 0, "last"), ":1: one column;"));
    CHECK(begins(complaint("\n", plain, 0, "last"), ": no sentence in it;"));
    CHECK(begins(complaint("", plain, 0, "last"), ": no sentence in it;"));
    CHECK(begins(complaint("\n\na b X\n", plain, 2, "c1"), ":3: 3 columns; corpus.columns names 2"));
    CHECK_STR(complaint("a b X\n", plain, 3, "c2"), NULL);
    CHECK(begins(complaint("a b X\n", "U:%x[0,3]\n", 0, "last"),
                 ":1: a macro asks for column 3; the corpus has the columns 0 to 2"));
    CHECK(begins(complaint("a b X\n", "U:%x[0,2]\n", 0, "last"),
                 ":1: a macro asks for column 2, which is the label;"));
    CHECK(begins(complaint("a X b\n", "U:%x[0,0]\nB:%x[0,1]\n", 3, "c1"),
                 ":2: a macro asks for column 1, which is the label;"));
    CHECK_STR(complaint("a X b\n", "U:%x[0,2]\n", 3, "c1"), NULL);
    CHECK(begins(complaint("a X\n", "nonsense\n", 0, "last"), ":1: "));
    CHECK(begins(complaint("a X\nb\n", plain, 0, "last"), ":2: 1 column;"));
}

/* Files and sentences with other columns than training had. */
TEST(what_does_not_fit)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *train = test_file("train", "a N X\nb V Y\n");
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &train,
                                  .ntrain = 1,
                                  .template_path = test_file("template", "U:%x[0,0]\n"),
                                  .cutoff = 1};
    struct dataset *d = dataset_learn(&corpus, &s, &e);
    if (!CHECK(d != NULL))
        return;
    const char *test = test_file("test", "\na X\n");
    char want[600];
    snprintf(want, sizeof want, "%s:2: 2 columns; ", test);
    CHECK(dataset_read(s, &test, 1, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK_MSG(begins(e.text, want), "%s", e.text);
    const char *const nowhere[] = {"/nowhere/at/all"};
    CHECK(dataset_read(s, nowhere, 1, &e) == NULL && e.kind == ERROR_CORPUS);

    struct span cell[] = {span_of("a"), span_of("N"), span_of("X"), span_of("Z")};
    struct dataset *u = dataset_new();
    for (uint32_t columns = 1; columns <= 4; columns++)
        for (int labelled = 0; labelled < 2; labelled++) {
            const struct sentence z = {.n = 1, .ncolumns = columns, .cell = cell, .line = 7};
            e = (struct error){0};
            bool good = columns == (labelled ? 3 : 2);
            CHECK(dataset_append(u, s, &z, labelled, "input", &e) == good);
            CHECK(good ? e.kind == ERROR_NONE : e.kind == ERROR_CORPUS && begins(e.text, "input:7: "));
        }
    CHECK_INT(u->count, 2); /* what was refused left nothing */
    CHECK_INT(u->tokens, 2);
    dataset_free(u);
    dataset_free(d);
    space_free(s);
}

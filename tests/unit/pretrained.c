/* SPDX-License-Identifier: MIT
 *
 * Which features get a vector, worked by hand.
 */
#include "lib/data/pretrained.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char train[] = "The D X\nthe D X\ncat N Y\n\nthe D X\nZyx N Y\n",
                  test[] = "Of D X\nof D X\nZyx N Y\nCat N Y\n";
static const char template[] =
    "# comment\n\nB01:%x[0,0]\nU01:%x[-1,0]/%x[0,0]\nU02:%x[-1,1]\nU03:%x[0,0]\nU:%x[0,0]\nU04:%X[0,0]\n"
    "U05:%x[0,1]\nU06:%x[0,0,suffix:2]\nU07\nB\n";
static const char vectors[] = "the 1 2\ncat 3 4\nOf 5 6\nof 7 8\nD 9 10\nat 11 12\n";

struct world {
    struct space *space;
    struct dataset *train, *test;
    struct error e;
};

static struct world learn(const char *text, const char *line, bool unseen, uint32_t cutoff)
{
    struct world w = {0};
    const char *train_path = test_file("train", train), *test_path = test_file("test", test);
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &train_path,
                                  .ntrain = 1,
                                  .test = &test_path,
                                  .ntest = 1,
                                  .template_path = test_file("template", text),
                                  .cutoff = cutoff,
                                  .vectors = test_file("vectors", vectors),
                                  .vectors_line = line,
                                  .vectors_unseen = unseen};
    w.train = dataset_learn(&corpus, &w.space, &w.e);
    w.test = w.train ? dataset_part(&corpus, w.space, DATASET_TEST, &w.e) : NULL;
    return w;
}

static void end(struct world w)
{
    dataset_free(w.train);
    dataset_free(w.test);
    space_free(w.space);
}

/* The first number of the vector that token i has by template line `name`; 0: a feature without; -1: no feature. */
static double first_of(const struct world *w, const struct dataset *d, uint32_t i, const char *name)
{
    const struct pretrained *p = w->space->pretrained;
    for (uint32_t k = d->start[i]; k < d->start[i + 1]; k++) {
        uint32_t key[8];
        struct span bytes = vocab_text(w->space->node, d->node[k]);
        memcpy(key, bytes.s, bytes.n);
        for (size_t l = 0; l < w->space->template->count; l++) {
            const struct template_line *line = &w->space->template->line[l];
            if (line->skeleton == key[0] && span_is(template_name(w->space->template, line), name))
                return p->row[d->node[k]] == VOCAB_NONE
                           ? 0
                           : (double)p->vectors->row[(size_t)p->row[d->node[k]] * p->columns];
        }
    }
    return -1;
}

static void check_tokens(const struct world *w, const char *line, const double *of_train,
                         const double *of_test)
{
    for (uint32_t i = 0; i < 5; i++)
        CHECK_MSG(first_of(w, w->train, i, line) == of_train[i], "%s, training token %u: %g", line, i,
                  first_of(w, w->train, i, line));
    for (uint32_t i = 0; i < 4; i++)
        CHECK_MSG(first_of(w, w->test, i, line) == of_test[i], "%s, test token %u: %g", line, i,
                  first_of(w, w->test, i, line));
}

static void check_counts(const struct world *w, uint32_t features, uint32_t found, uint32_t lowered,
                         uint32_t added)
{
    const struct pretrained *p = w->space->pretrained;
    const uint32_t *f = w->space->node_frequency, count = vocab_count(w->space->node);
    CHECK_INT(p->words, 6);
    CHECK_INT(p->columns, 2);
    CHECK_INT(p->features, features);
    CHECK_INT(p->found, found);
    CHECK_INT(p->lowered, lowered);
    CHECK_INT(p->added, added);
    CHECK_INT(p->count, count);
    for (uint32_t id = 0; id < count; id++)
        CHECK(id == 0 || f[id] <= f[id - 1]);
    for (uint32_t id = count - added; id < count; id++)
        CHECK(f[id] == 0 && p->row[id] != VOCAB_NONE);
    CHECK(f[count - added - 1] > 0);
}

/* The, the and cat are found, Zyx is not; Of, of, D and at are new. */
TEST(words_of_a_line)
{
    struct world w = learn(template, "", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        CHECK(span_is(template_name(w.space->template, &w.space->template->line[w.space->pretrained->line]),
                      "U03"));
        check_counts(&w, 4, 3, 1, 4);
        check_tokens(&w, "U03", (double[]){1, 1, 3, 1, 0}, (double[]){5, 7, 0, -1});
        check_tokens(&w, "U05", (double[]){0, 0, 0, 0, 0}, (double[]){0, 0, 0, 0}); /* no words */
    }
    end(w);
}

/* Rare words are kept where they have a vector, other rare features are not. */
TEST(cutoff_spares)
{
    struct world w = learn(template, "", true, 2);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        check_counts(&w, 3, 3, 1, 4);
        check_tokens(&w, "U03", (double[]){1, 1, 3, 1, -1}, (double[]){5, 7, -1, -1});
        check_tokens(&w, "U04", (double[]){0, 0, -1, 0, -1}, (double[]){-1, -1, -1, -1});
        for (uint32_t i = 0; i < 5; i++) /* ids rise in every token, as they always do */
            for (uint32_t k = w.train->start[i] + 1; k < w.train->start[i + 1]; k++)
                CHECK(w.train->node[k - 1] < w.train->node[k]);
    }
    end(w);
}

TEST(seen_words_alone)
{
    struct world w = learn(template, "", false, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        check_counts(&w, 4, 3, 1, 0);
        CHECK_INT(w.space->pretrained->vectors->count, 2); /* the others were not kept */
        check_tokens(&w, "U03", (double[]){1, 1, 3, 1, 0}, (double[]){-1, -1, 0, -1});
    }
    end(w);
}

/* In small letters: Of and D of the file can never be met. */
TEST(a_line_of_small_letters)
{
    struct world w = learn(template, "U04", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        check_counts(&w, 3, 2, 0, 2);
        check_tokens(&w, "U04", (double[]){1, 1, 3, 1, 0}, (double[]){7, 7, 0, 3});
        check_tokens(&w, "U03", (double[]){0, 0, 0, 0, 0}, (double[]){-1, -1, 0, -1});
    }
    end(w);
}

/* Another column, an attribute, another row, and a line without a name. */
TEST(other_lines)
{
    struct world w = learn(template, "U05", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        check_counts(&w, 2, 1, 0, 5);
        check_tokens(&w, "U05", (double[]){9, 9, 0, 9, 0}, (double[]){9, 9, 0, 0});
    }
    end(w);
    w = learn(template, "U06", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text)) {
        check_counts(&w, 3, 1, 0, 2); /* he, at, yx; Of and of have two letters, too, and D is too short */
        check_tokens(&w, "U06", (double[]){0, 0, 11, 0, 0}, (double[]){5, 7, 0, 11});
    }
    end(w);
    w = learn(template, "U02", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text))
        check_tokens(&w, "U02", (double[]){0, 9, 9, 0, 9}, (double[]){0, 9, 9, -1}); /* N is never before */
    end(w);
    w = learn(template, "U", true, 1);
    if (CHECK_MSG(w.test != NULL, "%s", w.e.text))
        check_tokens(&w, "U", (double[]){1, 1, 3, 1, 0}, (double[]){5, 7, 0, -1});
    end(w);
}

/* Without vectors nothing is there. */
TEST(none)
{
    struct world w = {0};
    const char *path = test_file("train", train);
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &path,
                                  .ntrain = 1,
                                  .template_path = test_file("template", template),
                                  .cutoff = 1,
                                  .vectors = ""};
    w.train = dataset_learn(&corpus, &w.space, &w.e);
    CHECK(w.train && w.space->pretrained == NULL);
    end(w);
    pretrained_free(NULL);
}

static void refused(const char *text, const char *line, const char *want)
{
    struct world w = learn(text, line, true, 1);
    CHECK(w.train == NULL && w.space == NULL && w.e.kind == ERROR_CORPUS);
    const char *name = strrchr(w.e.text, '/'); /* without the folder */
    CHECK_STR(name ? name + 1 : w.e.text, want);
    end(w);
}

TEST(no_such_line)
{
    refused(template, "U99",
            "template: there is no U line 'U99', as corpus.vectors_line says; lines of one macro are U02 U03 "
            "U U04 U05 U06");
    refused(template, "B01",
            "template: there is no U line 'B01', as corpus.vectors_line says; lines of one macro are U02 U03 "
            "U U04 U05 U06");
    refused(template, "U01",
            "template: there is not exactly one macro in U line 'U01', as corpus.vectors_line says; lines of "
            "one macro are U02 U03 U U04 U05 U06");
    refused("U07\n", "U07",
            "template: there is not exactly one macro in U line 'U07', as corpus.vectors_line says; lines of "
            "one macro are none");
    refused("U0:%x[-1,0]\nU1:%x[0,0,suffix:1]\n", "",
            "vectors; add such a line, or name another in corpus.vectors_line");
}

TEST(no_such_word)
{
    refused("U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,0,shape]\n", "U2",
            "vectors: none of its 6 words is a feature of training by line U2 of the template; give vectors "
            "of words as the corpus has them, or name another line in corpus.vectors_line");
}

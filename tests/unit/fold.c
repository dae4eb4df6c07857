/* SPDX-License-Identifier: MIT
 *
 * Folds partition the training sentences, and what is held out leaves no trace in what training learns.
 */
#include "lib/data/fold.h"

#include "lib/data/dataset.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 64, FILES = 5 };

TEST(folds_partition_and_differ_by_one)
{
    for (uint32_t of = 2; of < 40; of++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct fold f = {.of = of, .seed = seed}, again = f;
            uint32_t size[41] = {0}, least = UINT32_MAX, most = 0;
            for (uint64_t k = 0; k < 101; k++) {
                const uint32_t at = fold_find(&f, k);
                if (!CHECK(at >= 1 && at <= of))
                    return;
                size[at]++;
            }
            for (uint64_t k = 101; k-- > 0; size[fold_find(&again, k)]--) /* asked in another order */
                continue;
            for (uint32_t k = 1; k <= of; k++)
                CHECK_INT(size[k], 0);
            for (uint64_t k = 0; k < 101; k++)
                size[fold_find(&f, k)]++;
            for (uint32_t k = 1; k <= of; k++) {
                least = size[k] < least ? size[k] : least;
                most = size[k] > most ? size[k] : most;
            }
            CHECK(most - least <= 1);
        }
}

/* Two seeds draw different folds; and which fold a sentence is in does not go with its place in the block. */
TEST(folds_are_drawn)
{
    struct fold f = {.of = 4, .seed = 1}, g = {.of = 4, .seed = 2};
    size_t same = 0, place[4] = {0};
    for (uint64_t k = 0; k < 4000; k++) {
        same += fold_find(&f, k) == fold_find(&g, k);
        place[k % 4] += fold_find(&f, k) == 1;
    }
    CHECK_NEAR((double)same, 1000, 5 * 27.4); /* deviation sqrt(4000 * 1/4 * 3/4) */
    for (int k = 0; k < 4; k++)
        CHECK_NEAR((double)place[k], 250, 5 * 13.7); /* of 1000 blocks */
}

/* Sentence k is the word "wK" with the label "lK" and the word "all" with the label "l". */
static void write_files(const char *path[FILES], uint32_t n)
{
    for (uint32_t file = 0, k = 0; file < FILES; file++) {
        char text[MOST * 32] = "", name[8];
        size_t at = 0;
        for (; k < n * (file + 1) / FILES; k++)
            at += (size_t)sprintf(text + at, "w%u l%u\nall l\n\n", k, k);
        sprintf(name, "%u", file);
        path[file] = test_file(name, text);
    }
}

/* What a run that holds out one fold has learned and tests on: trained[k] for sentence k. */
static void read_fold(struct corpus *corpus, uint32_t n, bool *trained, size_t *tested, size_t *developed)
{
    struct error e = {0};
    struct space *s = NULL;
    struct dataset *d = dataset_learn(corpus, &s, &e);
    struct dataset *dev = d ? dataset_part(corpus, s, DATASET_DEV, &e) : NULL;
    struct dataset *test = d ? dataset_part(corpus, s, DATASET_TEST, &e) : NULL;
    size_t count = 0;
    if (!CHECK_MSG(d && test && e.kind == ERROR_NONE, "%s", e.text))
        return;
    for (uint32_t k = 0; k < n; k++) {
        char word[16], label[16];
        sprintf(word, "w%u", k);
        sprintf(label, "l%u", k);
        trained[k] = vocab_find(s->values, span_of(word)) != VOCAB_NONE;
        CHECK_INT(vocab_find(s->labels, span_of(label)) != VOCAB_NONE, trained[k]);
        count += trained[k];
    }
    CHECK_INT(count, d->count);
    CHECK_INT(vocab_count(s->node), count + 1);
    for (size_t k = 0; k < test->count; k++) { /* "wK" has no feature, "all" has one */
        const struct example *z = &test->example[k];
        CHECK(z->n == 2 && z->start[1] == z->start[0] && z->start[2] == z->start[1] + 1);
        CHECK(z->y[0] >= vocab_count(s->labels) && z->y[1] < vocab_count(s->labels));
    }
    *tested = test->count;
    *developed = dev ? dev->count : 0;
    dataset_free(d);
    dataset_free(dev);
    dataset_free(test);
    space_free(s);
}

TEST(held_out_sentences_are_unknown)
{
    static const uint32_t size[] = {5, 12, 63};
    const char *path[FILES];
    for (int turn = 0; turn < 24; turn++) {
        const uint32_t n = size[turn % 3], of = turn % 2 ? 5 : 3;
        const bool files = turn / 3 % 2;
        const uint64_t most = turn >= 18 && n > 5 ? n - 1 : 0, all = most ? most : n;
        write_files(path, n);
        struct corpus corpus = {.format = &format_conll,
                                .label = "last",
                                .open = "",
                                .train = path,
                                .ntrain = FILES,
                                .template_path = test_file("template", "U:%x[0,0]\n"),
                                .cutoff = 1,
                                .sentences = most,
                                .seed = 3,
                                .dev_fraction = turn % 4 == 3 && n > 12 ? 0.3 : 0,
                                .fold = {.of = of, .files = files, .seed = (uint64_t)turn}};
        uint32_t held[MOST] = {0}, fold[MOST] = {0}, least = MOST, sizes = 0, greatest = 0;
        for (uint32_t k = 1; k <= of; k++) {
            bool trained[MOST] = {false};
            size_t tested = 0, developed = 0, untrained = 0;
            corpus.fold.held = k;
            read_fold(&corpus, n, trained, &tested, &developed);
            for (uint32_t i = 0; i < all; i++) {
                untrained += !trained[i];
                held[i] += !trained[i];
                fold[i] = trained[i] ? fold[i] : k;
            }
            CHECK_INT(untrained, tested + developed);
            CHECK(corpus.dev_fraction == 0 || developed > 0);
            sizes += (uint32_t)tested;
            least = tested < least ? (uint32_t)tested : least;
            greatest = tested > greatest ? (uint32_t)tested : greatest;
        }
        CHECK_INT(sizes, all);
        CHECK(files || greatest - least <= 1);
        for (uint32_t i = 0; i < all && corpus.dev_fraction == 0; i++)
            CHECK_INT(held[i], 1);
        for (uint32_t file = 0; file < FILES && files && corpus.dev_fraction == 0; file++)
            for (uint32_t i = n * file / FILES + 1; i < n * (file + 1) / FILES && i < all; i++)
                CHECK_INT(fold[i], fold[i - 1]);
    }
}

TEST(empty_folds)
{
    const char *path = test_file("corpus", "a x\n\nb y\n\n");
    struct corpus corpus = {.format = &format_conll,
                            .label = "last",
                            .open = "",
                            .train = &path,
                            .ntrain = 1,
                            .template_path = test_file("template", "U:%x[0,0]\n"),
                            .cutoff = 1,
                            .fold = {.of = 3, .held = 1, .seed = 1}};
    int empty = 0;
    for (corpus.fold.held = 1; corpus.fold.held <= 3; corpus.fold.held++) {
        struct error e = {0};
        struct space *s = NULL;
        struct dataset *d = dataset_learn(&corpus, &s, &e);
        struct dataset *t = d ? dataset_part(&corpus, s, DATASET_TEST, &e) : NULL;
        empty += d && !t && e.kind == ERROR_CORPUS && strstr(e.text, "falls to this share (corpus.fold)");
        dataset_free(d);
        dataset_free(t);
        space_free(s);
    }
    CHECK_INT(empty, 1);
}

/* SPDX-License-Identifier: MIT
 *
 * Weights of sentences, as they follow from what files and configuration say.
 */
#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/data/pretrained.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* Learn a corpus; `space` is to be freed. */
static struct dataset *learn(const struct corpus *corpus, struct space **space, struct error *e)
{
    *e = (struct error){0};
    return dataset_learn(corpus, space, e);
}

/* Are these the weights of the sentences? */
static void check(const struct corpus *corpus, const double *want, size_t count)
{
    struct space *space;
    struct error e;
    struct dataset *d = learn(corpus, &space, &e);
    if (!CHECK_MSG(d != NULL, "%s", e.text))
        return;
    CHECK_INT(d->count, count);
    for (size_t k = 0; k < count && k < d->count; k++)
        CHECK_MSG(fabs(example_weight(&d->example[k]) - want[k]) < 1e-12, "sentence %zu: %g, not %g", k,
                  example_weight(&d->example[k]), want[k]);
    dataset_free(d);
    space_free(space);
}

static struct corpus columns(const char *const *paths)
{
    return (struct corpus){.format = &format_conll,
                           .label = "label",
                           .open = "?",
                           .train = paths,
                           .ntrain = 1,
                           .cutoff = 1,
                           .template_path = test_file("template", "U:%x[0,0]\n")};
}

static const char *const names[] = {"word", "weight", "label"};
static const char text[] = "a 2 O\nb 7 O\nc 7 B\nd x B\n\na 1 O\n\na .5 ?\nb 1 B\n\na 1 ?\n\n";

TEST(weights_of_a_column)
{
    const char *const paths[] = {test_file("train", text)};
    struct corpus c = columns(paths);
    c.columns = names;
    c.ncolumns = 3;
    struct space *space;
    struct error e;
    struct dataset *d = learn(&c, &space, &e);
    if (CHECK(d != NULL)) {
        CHECK(d->weight == NULL && d->example[0].weight == NULL); /* nobody asked for them */
        dataset_free(d);
        space_free(space);
    }
    c.weight_column = "weight";
    check(&c, (const double[]){2, 1, 0.5, 1}, 4);
    static const char *const bad[] = {"a x O\n", "a -1 O\n", "a 2e6 O\n"};
    for (size_t k = 0; k < 3; k++) {
        const char *const wrong[] = {test_file("wrong", bad[k])};
        c.train = wrong;
        CHECK(learn(&c, &space, &e) == NULL && e.kind == ERROR_CORPUS);
        CHECK(strstr(e.text, ":1: '") && strstr(e.text, "corpus.weight_column"));
    }
}

/* The mean of the labels that are known: (0.5 + 0.5 + 3 + 3) / 4, 0.5, 3; and 1 where none is. */
TEST(weights_of_labels)
{
    static const char *const rules[] = {"O=0.5", "B=3"}, *const other[] = {"O=0.5"};
    const char *const paths[] = {test_file("train", text)};
    struct corpus c = columns(paths);
    c.columns = names;
    c.ncolumns = 3;
    c.label_weights = rules;
    c.nlabel_weights = 2;
    check(&c, (const double[]){1.75, 0.5, 3, 1}, 4);
    c.weight_column = "weight";
    check(&c, (const double[]){3.5, 0.5, 1.5, 1}, 4);
    c.weight_column = NULL;
    c.label_weights = other;
    c.nlabel_weights = 1;
    check(&c, (const double[]){0.75, 0.5, 1, 1}, 4);
}

TEST(weights_of_lines)
{
    static const char *const rules[] = {"O=0"};
    const char *const paths[] = {test_file("features", "B\ta\n\n@weight:3\nB\ta\nO\ta\n\nO\tb\n\n")};
    struct corpus c = columns(paths);
    c.format = &format_crfsuite;
    c.template_path = "";
    check(&c, (const double[]){1, 3, 1}, 3);
    c.label_weights = rules;
    c.nlabel_weights = 1;
    check(&c, (const double[]){1, 1.5, 0}, 3);
}

TEST(weights_are_numbers)
{
    struct span label;
    double weight;
    CHECK(corpus_label_weight("a=b=0.5", &label, &weight) && span_is(label, "a=b") && weight == 0.5);
    CHECK(corpus_label_weight("O=0", &label, &weight) && weight == 0);
    static const char *const bad[] = {"O", "=1", "O=", "O=-1", "O=x", "O=1e7", "O=nan"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK_MSG(!corpus_label_weight(bad[k], &label, &weight), "%s", bad[k]);
}

/* A label that only the sentences of another part have is no slip: one fold of two holds the only B. */
TEST(weights_of_labels_that_another_part_has)
{
    static const char *const rules[] = {"B=3"};
    const char *const paths[] = {test_file("parts", "a O\n\na O\n\na O\n\na B\n\n")};
    struct corpus c = columns(paths);
    struct space *space;
    struct error e;
    size_t without = 0;
    c.label = "last";
    c.label_weights = rules;
    c.nlabel_weights = 1;
    for (uint32_t held = 1; held <= 2; held++) {
        c.fold = (struct fold){.of = 2, .held = held, .seed = 1};
        struct dataset *d = learn(&c, &space, &e);
        if (!CHECK_MSG(d != NULL, "%s", e.text))
            return;
        without += d->weight == NULL;
        dataset_free(d);
        space_free(space);
    }
    CHECK_INT(without, 1);
}

/* SPDX-License-Identifier: MIT
 *
 * Features with values (format crfsuite): scores, losses, gradients and best labellings are those of the equations,
 * by way of all T^n labellings; and a corpus of indicators trains to the same bits as the template that makes them.
 *
 *     score(y) = sum over tokens i, attributes a of i: value (w[a][y_i] + rich[a][y_i-1, y_i]) + edge[y_i-1][y_i]
 */
#include "lib/base/memory.h"
#include "lib/learn/session.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "lib/tag/contributions.h"
#include "lib/train/parts.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 3, TOKENS = 4, ATTRIBUTES = 5, LABELLINGS = 81 };

struct written {
    const char *text, *name; /* as in the file; what it means */
    double value;
};

/* Names with colons and backslashes, values that are 1, 0, below 0, or stand twice in a token. The first attribute is
 * the rarest, so numbers by frequency are others than those by first sight; a cutoff of 2 drops it. */
static const struct written sentence[TOKENS][ATTRIBUTES] = {
    {{"t:x:7", "t:x", 7}, {"a", "a", 1}, {"b:0.5", "b", 0.5}, {"c\\:d:-2", "c:d", -2}, {"b:0.25", "b", 0.25}},
    {{"c\\:d", "c:d", 1}, {"a:3", "a", 3}, {"e\\\\:0", "e\\", 0}, {"f", "f", 1}, {"f", "f", 1}},
    {{"b:1e-1", "b", 0.1}, {"e\\\\", "e\\", 1}},
    {{"a", "a", 1}, {"f:-0.125", "f", -0.125}},
};
static const unsigned labels[TOKENS] = {0, 2, 1, 0};

struct world {
    struct config *config;
    struct corpus corpus;
    struct space *space;
    struct dataset *data;
    struct model *model;
};

static struct world world_of(const char *text)
{
    struct world x = {.config = config_new()};
    struct error e = {0};
    struct parts parts;
    bool good = config_parse(x.config, text, strlen(text), "law", &e) &&
                parts_find(x.config, model_table, &parts, &e) && corpus_configure(&x.corpus, x.config, &e) &&
                (x.data = dataset_learn(&x.corpus, &x.space, &e)) != NULL &&
                (x.model = parts.model->create(x.config, x.space, &e)) != NULL;
    if (!CHECK_MSG(good, "%s", e.text))
        abort();
    return x;
}

static void world_free(struct world *x)
{
    x->model->ops->destroy(x->model);
    dataset_free(x->data);
    space_free(x->space);
    config_free(x->config);
}

static uint32_t feature_of(const struct space *s, const char *name)
{
    const uint32_t key[2] = {s->template->line[0].skeleton, vocab_find(s->values, span_of(name))};
    return vocab_find(s->node, (struct span){(const char *)key, sizeof key});
}

static const struct group *group_of(const struct model *m, const char *name)
{
    for (uint32_t k = 0; k < m->layout.ngroups; k++)
        if (strcmp(m->layout.group[k].name, name) == 0)
            return &m->layout.group[k];
    return NULL;
}

/* An attribute of a token that is not there; NULL: all are. */
static struct {
    uint32_t token;
    const char *name;
} left_out;

/* Add `times` the features of token i of a labelling to `to`, in the places of the weights; returns their score. All
 * T*T transitions of all features have rich weights. */
static double token_features(const struct world *x, const real *w, const uint32_t *y, uint32_t i,
                             double times, double *to)
{
    const struct group *node = group_of(x->model, "node"), *edge = group_of(x->model, "edge"),
                       *rich = group_of(x->model, "rich");
    double score = 0;
    for (uint32_t a = 0; a < ATTRIBUTES && sentence[i][a].text; a++) {
        const uint32_t id = feature_of(x->space, sentence[i][a].name);
        const double value = (double)(float)sentence[i][a].value;
        if (id == VOCAB_NONE ||
            (left_out.name && left_out.token == i && strcmp(left_out.name, sentence[i][a].name) == 0))
            continue;
        const size_t at = node->offset + id * layout_block(node) + y[i];
        score += value * (double)w[at];
        to[at] += times * value;
        if (!i || !rich)
            continue;
        const size_t pair = rich->offset + id * layout_block(rich) + y[i - 1] * LABELS + y[i];
        score += value * (double)w[pair];
        to[pair] += times * value;
    }
    if (i && edge) {
        const size_t at = edge->offset + y[i - 1] * edge->stride + y[i];
        score += (double)w[at];
        to[at] += times;
    }
    return score;
}

static double features(const struct world *x, const real *w, const uint32_t *y, double times, double *to)
{
    double score = 0;
    for (uint32_t i = 0; i < TOKENS; i++)
        score += token_features(x, w, y, i, times, to);
    return score;
}

static void labelling(uint32_t c, uint32_t *y)
{
    for (uint32_t i = 0; i < TOKENS; i++, c /= LABELS)
        y[i] = c % LABELS;
}

/* The loss, its gradient and the best labelling, by all labellings. */
static double by_all(const struct world *x, const real *w, double *gradient, uint32_t *best)
{
    double score[LABELLINGS], sum = 0, most = -INFINITY;
    double *ignored = memory_new(x->model->layout.size, sizeof *ignored);
    uint32_t y[TOKENS];
    for (uint32_t c = 0; c < LABELLINGS; c++) {
        labelling(c, y);
        score[c] = features(x, w, y, 0, ignored);
        if (score[c] > most) {
            most = score[c];
            memcpy(best, y, sizeof y);
        }
    }
    for (uint32_t c = 0; c < LABELLINGS; c++)
        sum += exp(score[c] - most);
    for (uint32_t c = 0; c < LABELLINGS; c++) {
        labelling(c, y);
        features(x, w, y, exp(score[c] - most) / sum, gradient);
    }
    memcpy(y, x->data->example[0].y, sizeof y);
    const double right = features(x, w, y, -1, gradient);
    memory_free(ignored);
    return most + log(sum) - right;
}

static double by_model(const struct world *x, const real *w, double *gradient, uint32_t *best)
{
    const struct model *m = x->model;
    const struct layout *l = &m->layout;
    const struct weights view = {.w = w, .scale = 1};
    void *scratch = m->ops->scratch_new(m, x->data->longest);
    struct gradient g = {.capacity = m->ops->max_bundles(m, x->data->longest)};
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    gradient_begin(&g);
    const double loss = m->ops->gradient(m, &view, &x->data->example[0], &g, scratch);
    for (size_t k = 0; k < g.count; k++)
        for (uint32_t i = 0; i < g.bundle[k].count; i++)
            for (size_t c = 0, n = layout_block(&l->group[g.bundle[k].group]); c < n; c++)
                gradient[l->group[g.bundle[k].group].offset + g.bundle[k].id[i] * n + c] +=
                    (double)g.bundle[k].row[c];
    chain_viterbi(kernel_get(), m->ops->score(m, &view, &x->data->example[0], scratch), best);
    m->ops->scratch_free(scratch);
    memory_free(g.bundle);
    return loss;
}

static const char *write_sentence(void)
{
    static char text[512];
    size_t at = 0;
    for (uint32_t i = 0; i < TOKENS; i++) {
        at += (size_t)sprintf(text + at, "L%u", labels[i]);
        for (uint32_t a = 0; a < ATTRIBUTES && sentence[i][a].text; a++)
            at += (size_t)sprintf(text + at, "\t%s", sentence[i][a].text);
        at += (size_t)sprintf(text + at, "\n");
    }
    return test_file("values", text);
}

static const char *const models[] = {"name: dense-crf", "name: maxent",
                                     "name: dense-crf\n  rich_edges: all\n  rich_threshold: 0"};
enum { CASES = 2 * (sizeof models / sizeof *models) };
static const double near = sizeof(real) == sizeof(float) ? 1e-4 : 1e-11;

/* Each model, with a cutoff of 1 and of 2. */
static struct world world_of_case(size_t c)
{
    char text[1024];
    snprintf(text, sizeof text,
             "corpus:\n  train: %s\n  format: crfsuite\nfeatures:\n  cutoff: %d\nmodel:\n  "
             "%s\noptimizer:\n  rate: 0.1\n",
             write_sentence(), 1 + (int)(c % 2), models[c / 2]);
    return world_of(text);
}

TEST(values_are_those_of_the_equations)
{
    for (size_t c = 0; c < CASES; c++) {
        const char *name = models[c / 2];
        const int cutoff = 1 + (int)(c % 2);
        struct world x = world_of_case(c);
        const size_t n = x.model->layout.size;
        CHECK_INT(vocab_count(x.space->node), 7 - cutoff);
        CHECK(x.data->valued);
        for (int round = 0; round < 5; round++) {
            real *w = fixture_weights(&x.model->layout, 0.2 * round);
            double *want = memory_new(n, sizeof *want), *found = memory_new(n, sizeof *found), off = 0;
            uint32_t best[TOKENS], decoded[TOKENS];
            const double due = by_all(&x, w, want, best), loss = by_model(&x, w, found, decoded);
            for (size_t i = 0; i < n; i++)
                off = fmax(off, fabs(want[i] - found[i]));
            CHECK_MSG(fabs(loss - due) < near && off < near, "%s: loss %.9g, is %.9g; gradient off by %g",
                      name, loss, due, off);
            CHECK_MSG(round == 0 || memcmp(best, decoded, sizeof best) == 0, "%s", name);
            memory_free(w);
            memory_free(want);
            memory_free(found);
        }
        world_free(&x);
    }
}

/* What a label rests on: value times weight of every feature, and nothing else. */
static void check_parts(const struct world *x, const real *w, const uint32_t *y)
{
    double *ignored = memory_new(x->model->layout.size, sizeof *ignored), found[TOKENS] = {0};
    size_t count, valued = 0;
    struct contribution *c = contributions_list(x->model, w, &x->data->example[0], y, &count);
    for (size_t k = 0; k < count; k++) {
        found[c[k].token] += c[k].score;
        valued += c[k].value != 1;
    }
    for (uint32_t i = 0; i < TOKENS; i++)
        CHECK_NEAR(found[i], token_features(x, w, y, i, 0, ignored), near);
    CHECK(valued > 3);
    memory_free(c);
    memory_free(ignored);
}

/* Each attribute left out: log p is that of the sentence that never had it. */
static void check_losses(const struct world *x, const real *w, const uint32_t *y)
{
    const struct model *m = x->model;
    const struct example *z = &x->data->example[0];
    void *scratch = m->ops->scratch_new(m, x->data->longest);
    double *ignored = memory_new(m->layout.size, sizeof *ignored);
    uint32_t best[TOKENS];
    for (uint32_t i = 0; i < TOKENS; i++)
        for (uint32_t a = 0; a < ATTRIBUTES && sentence[i][a].text; a++) {
            const uint32_t id = feature_of(x->space, sentence[i][a].name);
            uint32_t k = z->start[i];
            while (k < z->start[i + 1] && z->node[k] != id)
                k++;
            if (k == z->start[i + 1])
                continue; /* rarer than the cutoff */
            left_out.token = i, left_out.name = sentence[i][a].name;
            CHECK_NEAR(contributions_without(m, w, z, y, k, scratch), -by_all(x, w, ignored, best), near);
            left_out.name = NULL;
        }
    memory_free(ignored);
    m->ops->scratch_free(scratch);
}

TEST(labels_rest_on_values_times_weights)
{
    for (size_t c = 0; c < CASES; c++) {
        struct world x = world_of_case(c);
        real *w = fixture_weights(&x.model->layout, 0.5);
        uint32_t y[TOKENS];
        for (uint32_t k = 0; k < LABELLINGS; k++) {
            labelling(k, y);
            check_parts(&x, w, y);
        }
        check_losses(&x, w, x.data->example[0].y);
        memory_free(w);
        world_free(&x);
    }
}

/* A gradient has a row of T for each attribute, times its value, and with rich edges one of T*T. `check` foretells
 * their memory. */
TEST(the_rows_of_values_are_foretold)
{
    for (size_t c = 0; c < CASES; c++) {
        struct world x = world_of_case(c);
        struct error e = {0};
        const struct example *z = &x.data->example[0];
        const size_t attributes = z->start[TOKENS] - z->start[0], first = z->start[1] - z->start[0];
        size_t reals = attributes * LABELS;
        if (group_of(x.model, "rich"))
            reals += (attributes - first) * LABELS * LABELS;
        struct session *s =
            session_new(x.config, engine_named("sequential"), optimizer_table[0], x.model, x.data, 5, &e);
        if (!CHECK_MSG(s != NULL, "%s", e.text))
            abort();
        const size_t foretold = session_memory_bytes(s);
        s->capacity.values = 0;
        CHECK(foretold - session_memory_bytes(s) >= reals * sizeof(real));
        session_free(s);
        world_free(&x);
    }
}

/* One corpus in columns and as attributes that a template's features would be. */
static void write_both(char *columns, char *attributes)
{
    struct rng r;
    rng_init(&r, 3, 0, 0);
    for (unsigned k = 0; k < 40; k++) {
        unsigned n = 1 + (unsigned)rng_below(&r, 8), before = 0;
        for (unsigned i = 0; i < n; i++) {
            const unsigned word = (unsigned)(rng_below(&r, 20) * rng_below(&r, 20) / 20),
                           y = (word + (unsigned)rng_below(&r, 2)) % 4;
            columns += sprintf(columns, "w%u t%u L%u\n", word, word % 3, y);
            attributes += sprintf(attributes, "L%u\tU0\\:w%u\t", y, word);
            attributes += i ? sprintf(attributes, "U1\\:w%u/w%u", before, word)
                            : sprintf(attributes, "U1\\:_B-1/w%u", word);
            attributes += sprintf(attributes, "\tU2\\:t%u\n", word % 3);
            before = word;
        }
        columns += sprintf(columns, "\n");
        attributes += sprintf(attributes, "\n");
    }
}

static real *train(const struct world *x, const struct optimizer_ops *o)
{
    struct error e = {0};
    struct session *s = session_new(x->config, engine_named("sequential"), o, x->model, x->data, 5, &e);
    if (!CHECK_MSG(s != NULL, "%s", e.text))
        abort();
    session_epoch(s);
    session_epoch(s);
    real *w = memory_lines(x->model->layout.size, sizeof *w);
    memcpy(w, s->w, x->model->layout.size * sizeof *w);
    session_free(s);
    return w;
}

TEST(indicators_train_as_their_template)
{
    static char columns[1 << 14], attributes[1 << 15], texts[2][4096];
    write_both(columns, attributes);
    for (size_t o = 0; optimizer_table[o]; o++)
        for (int cutoff = 1; cutoff < 4; cutoff += 2) {
            const char *model = "dense-crf\n  rich_edges: seen\n  rich_threshold: 3";
            char more[1024];
            snprintf(more, sizeof more, "  cutoff: %d\nmodel:\n  name: %s\n%s", cutoff, model,
                     fixture_sections(optimizer_table[o]->name, "sequential", 1, "shuffle"));
            snprintf(texts[0], sizeof texts[0], "corpus:\n  train: %s\nfeatures:\n  template: %s\n%s",
                     test_file("columns", columns),
                     test_file("template", "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nU2:%x[0,1]\nB\n"), more);
            snprintf(texts[1], sizeof texts[1], "corpus:\n  train: %s\n  format: crfsuite\nfeatures:\n%s",
                     test_file("attributes", attributes), more);
            struct world a = world_of(texts[0]), b = world_of(texts[1]);
            CHECK(!b.data->valued);
            CHECK_INT(a.model->layout.size, b.model->layout.size);
            real *v = train(&a, optimizer_table[o]), *w = train(&b, optimizer_table[o]);
            CHECK_MSG(memcmp(v, w, a.model->layout.size * sizeof *v) == 0, "%s, cutoff %d",
                      optimizer_table[o]->name, cutoff);
            memory_free(v);
            memory_free(w);
            world_free(&a);
            world_free(&b);
        }
}

/* The room is counted in 64 bits: a sentence of a few GB of values fits, or memory runs out; it is no smaller room. */
TEST(room_for_values_grows_with_them)
{
    size_t rooms = 0;
    for (size_t k = 0; model_table[k]; k++) {
        const struct model_ops *ops = model_table[k];
        if (!ops->scratch_bytes)
            continue;
        struct fixture *f = fixture_new(ops, variant_of(ops, 0), 3, 4, 5,
                                        fixture_sections("sgd", "sequential", 1, "shuffle"));
        const size_t one = ops->scratch_bytes(f->model, (struct capacity){.tokens = 1, .values = 1}),
                     most =
                         ops->scratch_bytes(f->model, (struct capacity){.tokens = 1, .values = UINT32_MAX});
        CHECK(one > 0 && most / one == UINT32_MAX && most % one == 0);
        rooms++;
        fixture_free(f);
    }
    CHECK_INT(rooms, 2);
}

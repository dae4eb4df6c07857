/* SPDX-License-Identifier: MIT
 *
 * What a run owes that begins with a model (run.from): each weight has a name made of text (its feature, labels,
 * character), which this file reads off the two models' spaces and layouts. A weight whose name the old model has is
 * the old one, bit for bit; any other is as the model's init leaves it; and no old weight is lost. On the old corpora
 * the scores before training are the old ones.
 */
#include "lib/train/warm_start.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/report/modelfile.h"
#include "lib/train/run.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 5 };

/* ---- corpora */

/* Sentences of words and tags. `shift`: the words begin there, so corpora have some in common. Labels depend on the
 * words; `extra` of them are new: they stand before all others (`early`) or behind them. */
static const char *write_corpus(const char *name, unsigned sentences, unsigned shift, unsigned extra,
                                bool early)
{
    struct rng r;
    char *text = memory_new(1 << 16, 1);
    size_t at = 0;
    rng_init(&r, 3, shift, sentences);
    for (unsigned k = 0; k < extra && early; k++)
        at += (size_t)sprintf(text + at, "new%u t0 Early%u\n", k, k);
    for (unsigned s = 0; s < sentences; s++) {
        unsigned before = 0, n = 1 + (unsigned)rng_below(&r, 7);
        for (unsigned i = 0; i < n; i++) {
            unsigned word = shift + (unsigned)(rng_below(&r, 24) * rng_below(&r, 24) / 24);
            before = rng_below(&r, 6) ? (word + before) % 5 : (unsigned)rng_below(&r, 5);
            at += (size_t)sprintf(text + at, "%c%u t%u L%u\n", 'a' + word % 7 + (shift ? 3 : 0), word,
                                  word % 4, before);
        }
        for (unsigned k = 0; k < extra && s + 1 == sentences; k++)
            at += (size_t)sprintf(text + at, "new%u t%u %s%u\n", k, k, early ? "Early" : "Late", k);
        at += (size_t)sprintf(text + at, "\n");
    }
    const char *path = test_file(name, text);
    memory_free(text);
    return path;
}

/* ---- runs */

static void nothing_loaded(void *context, const struct trainer *t)
{
    (void)context, (void)t;
}
static void nothing_passing(void *context, const struct session *s, uint32_t epoch)
{
    (void)context, (void)s, (void)epoch;
}
static void nothing_passed(void *context, const struct trainer_epoch *p)
{
    (void)context, (void)p;
}
static void nothing_said(void *context, const char *words)
{
    (void)context, (void)words;
}
static const struct observer silent = {
    .loaded = nothing_loaded, .passing = nothing_passing, .passed = nothing_passed, .said = nothing_said};

struct run {
    struct config *config;
    struct trainer *t;
};

/* A trainer of this model on the corpus, without features that it has less than `cutoff` times; `from`: a folder, or
 * "". */
static struct run run_new(const struct model_ops *ops, const struct model_variant *v, const char *optimizer,
                          const char *corpus, const char *test, int cutoff, const char *from)
{
    struct run r = {.config = config_new()};
    struct error e = {0};
    struct parts parts;
    char text[8192];
    const double l2 = fixture_l2(optimizer, 0.5);
    snprintf(
        text, sizeof text,
        "corpus:\n  train: %s\n  test: %s\nfeatures:\n  template: %s\n  cutoff: %d\nmodel:\n  name: %s\n  "
        "%s\n"
        "optimizer:\n  name: %s\n  rate: %g\n  l2: {value: %g}\nengine:\n  name: sequential\n  threads: 1\n"
        "  pin: false\nrun:\n  seed: %d\n  epochs: 3\n  from: \"%s\"\n",
        corpus, test, test_file("template", v->template ? v->template : "U0:%x[0,0]\nB\n"), cutoff, ops->name,
        v->lines, optimizer, v->rate, l2, SEED, from);
    bool good = config_parse(r.config, text, strlen(text), "law", &e) &&
                parts_find(r.config, model_table, &parts, &e) &&
                (r.t = trainer_new(r.config, &parts, &e)) != NULL;
    if (!CHECK_MSG(good, "%s %s: %s", ops->name, v->name, e.text))
        abort();
    return r;
}

static void run_free(struct run *r)
{
    trainer_free(r->t);
    config_free(r->config);
}

/* Train it to the end, into a folder. */
static void finish(struct run *r, const char *folder)
{
    struct score *score;
    struct error e = {0};
    if (!CHECK_MSG(run_train(r->t, folder, NULL, &silent, &score, &e), "%s", e.text))
        abort();
    score_free(score);
}

/* ---- names of weights */

struct named {
    const struct space *space;
    const struct layout *layout;
    bool all; /* weights of all transitions */
};

static void add_text(char *name, struct span s)
{
    size_t at = strlen(name);
    sprintf(name + at, "%.*s|", (int)s.n, s.s);
}

static void add_label(char *name, const struct named *m, uint32_t y)
{
    add_text(name, vocab_text(m->space->labels, y));
}

/* Which line of the template made the key of a feature? */
static const struct template_line *line_of(const struct named *m, struct span key, bool edge)
{
    const struct template *t = m->space->template;
    uint32_t skeleton;
    memcpy(&skeleton, key.s, sizeof skeleton);
    size_t l = 0;
    while (t->line[l].edge != edge || t->line[l].skeleton != skeleton)
        l++;
    return &t->line[l];
}

static void add_feature(char *name, const struct named *m, const struct vocab *v, uint32_t id)
{
    struct span key = vocab_text(v, id);
    add_text(name, template_name(m->space->template, line_of(m, key, v == m->space->edge)));
    for (size_t at = sizeof(uint32_t); at < key.n; at += sizeof(uint32_t)) {
        uint32_t value;
        memcpy(&value, key.s + at, sizeof value);
        add_text(name, vocab_text(m->space->values, value));
    }
}

/* The p-th transition that has weights, row by row. */
static void add_transition(char *name, const struct named *m, uint32_t p)
{
    const uint32_t T = vocab_count(m->space->labels);
    uint32_t k = 0, count = 0;
    for (; k < T * T; k++)
        if ((m->all || m->space->follows[k]) && count++ == p)
            break;
    add_label(name, m, k / T);
    add_label(name, m, k % T);
}

/* The b-th embedding of part `part` (-1: of the only one): features in their order, then the unknown ones of lines. */
static void add_embedding(char *name, const struct named *m, int part, uint32_t b)
{
    const struct template *t = m->space->template;
    const struct template_line *kind[64];
    int kinds = 0;
    for (size_t l = 0; l < t->count; l++) {
        bool again = t->line[l].edge;
        for (int k = 0; k < kinds; k++)
            again = again || kind[k]->skeleton == t->line[l].skeleton;
        if (!again)
            kind[kinds++] = &t->line[l];
    }
    for (uint32_t id = 0; id < vocab_count(m->space->node); id++) {
        const struct template_line *l = line_of(m, vocab_text(m->space->node, id), false);
        if ((part < 0 || kind[part]->skeleton == l->skeleton) && b-- == 0) {
            add_feature(name, m, m->space->node, id);
            return;
        }
    }
    strcat(name, "unknown|");
    add_text(name, template_name(t, kind[part < 0 ? (int)b : part]));
}

/* The name of the weight in row r, of all blocks, and column c of a group; false: it is none (an unused row). */
static bool name_of(char *name, const struct named *m, const struct group *g, uint32_t r, uint32_t c)
{
    const struct space *s = m->space;
    const char *const group = g->name;
    sprintf(name, "%s|", group);
    if (strcmp(group, "node") == 0)
        add_feature(name, m, s->node, r), add_label(name, m, c);
    else if (strcmp(group, "edge") == 0 || strcmp(group, "out.edge") == 0)
        add_label(name, m, r), add_label(name, m, c);
    else if (strcmp(group, "rich") == 0)
        add_feature(name, m, s->node, r), add_transition(name, m, c);
    else if (strcmp(group, "pair") == 0)
        add_feature(name, m, s->edge, r), add_transition(name, m, c);
    else if (strcmp(group, "out.b") == 0)
        add_label(name, m, c);
    else if (strncmp(group, "embedding", 9) == 0)
        add_embedding(name, m, group[9] ? atoi(group + 10) : -1, r), sprintf(name + strlen(name), "%u", c);
    else if (strcmp(group, "char.embedding") == 0 && r < vocab_count(s->spelling->characters))
        add_text(name, vocab_text(s->spelling->characters, r)), sprintf(name + strlen(name), "%u", c);
    else if (strcmp(group, "char.embedding") == 0)
        sprintf(name + strlen(name), "unknown|%u", c);
    else if (strcmp(group, "out.w") == 0 && r < 2 * vocab_count(s->labels))
        add_label(name, m, r / 2), sprintf(name + strlen(name), "%u|%u", r % 2, c);
    else if (strcmp(group, "out.w") == 0)
        return false;
    else
        sprintf(name + strlen(name), "%u|%u", r, c);
    return true;
}

/* What a weight is called, for every real of w; "": it is none. */
static struct vocab *names_of(const struct named *m, uint32_t **number)
{
    struct vocab *v = vocab_new();
    char name[512];
    *number = memory_new(m->layout->size, sizeof **number);
    memset(*number, 0xFF, m->layout->size * sizeof **number);
    for (uint32_t k = 0; k < m->layout->ngroups; k++) {
        const struct group *g = &m->layout->group[k];
        for (uint32_t r = 0; r < g->count * g->rows; r++)
            for (uint32_t c = 0; c < g->columns; c++) {
                uint32_t before = vocab_count(v);
                if (name_of(name, m, g, r, c))
                    CHECK_INT((*number)[g->offset + r * (size_t)g->stride + c] = vocab_add(v, span_of(name)),
                              before);
            }
    }
    return v;
}

/* ---- the law */

struct found {
    size_t known, new, zero; /* weights; old ones that are 0 */
};

static struct found compare(const char *what, const struct run *old, const char *folder,
                            const struct run *new)
{
    struct error e = {0};
    const struct layout *layout = &new->t->model->layout, *before = &old->t->model->layout;
    const bool all = strcmp(new->t->model->ops->name, "dense-crf") == 0 &&
                     strcmp(config_string(new->config, "model.rich_edges"), "all") == 0;
    struct modelfile *file = modelfile_open(folder, &e);
    struct space *its = file ? modelfile_space(file, &e) : NULL;
    real *w = memory_lines(before->size, sizeof *w), *init = fixture_start(new->t->model, SEED);
    if (!CHECK_MSG(its && modelfile_weights(file, before, w, &e), "%s", e.text))
        abort();
    const struct named a = {its, before, all}, b = {new->t->space, layout, all};
    uint32_t *of_old, *of_new;
    struct vocab *old_names = names_of(&a, &of_old), *new_names = names_of(&b, &of_new);
    real *by_name = memory_new(vocab_count(old_names), sizeof *by_name);
    struct found n = {0};
    for (size_t i = 0; i < before->size; i++)
        if (of_old[i] != VOCAB_NONE)
            by_name[of_old[i]] = w[i], n.zero += w[i] == 0;
    size_t wrong = 0;
    for (size_t i = 0; i < layout->size; i++) {
        const struct span name =
            of_new[i] == VOCAB_NONE ? (struct span){"", 0} : vocab_text(new_names, of_new[i]);
        const uint32_t id = name.n ? vocab_find(old_names, name) : VOCAB_NONE;
        const real want = id == VOCAB_NONE ? init[i] : by_name[id], got = new->t->session->w[i];
        if (memcmp(&got, &want, sizeof got) != 0 && wrong++ == 0)
            CHECK_MSG(false, "%s: %.*s is %g, not %g", what, (int)name.n, name.s, (double)got, (double)want);
        *(id == VOCAB_NONE ? &n.new : &n.known) += name.n > 0;
    }
    CHECK_MSG(n.known == vocab_count(old_names), "%s: of %u weights %zu are there", what,
              vocab_count(old_names), n.known);
    CHECK_INT(new->t->start->weights, n.known);
    vocab_free(old_names);
    vocab_free(new_names);
    memory_free(of_old);
    memory_free(of_new);
    memory_free(by_name);
    memory_free(w);
    memory_free(init);
    space_free(its);
    modelfile_close(file);
    return n;
}

/* Go on with another corpus, whose new labels come first, and whose rare features are dropped, or last. */
static struct found go_on(const struct model_ops *ops, const struct model_variant *v, const char *optimizer,
                          bool early)
{
    char what[128], folder[512];
    const char *first = write_corpus("first", 30, 0, 0, false),
               *second = write_corpus("second", 40, 9, 2, early);
    snprintf(what, sizeof what, "%s %s, %s, new labels come %s", ops->name, v->name, optimizer,
             early ? "first" : "last");
    snprintf(folder, sizeof folder, "%s/old", test_folder());
    struct run old = run_new(ops, v, optimizer, first, first, 1, "");
    finish(&old, folder);
    struct run new = run_new(ops, v, optimizer, second, second, early ? 3 : 1, folder);
    struct found n = compare(what, &old, folder, &new);
    CHECK_INT(vocab_count(old.t->space->labels), 5);
    CHECK_INT(vocab_count(new.t->space->labels), 7);
    CHECK(new.t->start->labels == 5 && new.t->start->all_labels == 7);
    run_free(&new);
    run_free(&old);
    return n;
}

TEST(known_weights_stay_and_others_are_new)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (int early = 0; early < 2; early++) {
                struct found n = go_on(model_table[m], v, "sgd", early);
                CHECK(n.known > 0);
                CHECK_MSG(n.new > 20 || !v->probabilities, "%s: %zu", v->name, n.new);
            }
}

/* A file without the blocks that are zero. */
TEST(known_weights_of_a_sparse_model_stay)
{
    size_t zero = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t k = 0; k < 2; k++)
            zero += go_on(model_table[m], variant_of(model_table[m], k), "ftrl", true).zero;
    CHECK(zero > 100);
}

/* The model's scores of all sentences: [tokens][T], and of each sentence [T][T]. */
static double furthest(const struct run *old, const struct weights *v, const struct run *new,
                       const struct weights *w)
{
    const struct dataset *d = old->t->test, *f = new->t->test;
    const struct model *a = old->t->model, *b = new->t->model;
    void *x = a->ops->scratch_new(a, d->longest), *y = b->ops->scratch_new(b, f->longest);
    double most = 0;
    const uint32_t T = vocab_count(old->t->space->labels);
    for (size_t k = 0; k < d->count; k++) {
        struct chain *c = a->ops->score(a, v, &d->example[k], x), *s = b->ops->score(b, w, &f->example[k], y);
        CHECK(c->n == s->n && (c->pairs != NULL) == (s->pairs != NULL));
        for (uint32_t i = 0; i < c->n; i++)
            for (uint32_t l = 0; l < T; l++)
                most = fmax(most, fabs((double)(c->node[i * c->stride + l] - s->node[i * s->stride + l])));
        for (uint32_t l = 0; l < T * T; l++)
            most =
                fmax(most,
                     fabs((double)(c->edge[l / T * c->stride + l % T] - s->edge[l / T * s->stride + l % T])));
        for (uint32_t i = 1; c->pairs && i < c->n; i++)
            for (uint32_t p = 0; p < c->pairs->count; p++)
                most = fmax(most, fabs((double)(c->pair[i * c->pairs->stride + p] -
                                                s->pair[i * s->pairs->stride + p])));
    }
    a->ops->scratch_free(x);
    b->ops->scratch_free(y);
    return most;
}

static void print(const struct run *r, const struct weights *w, char *text, size_t size)
{
    struct score *score = trainer_score(r->t, w, r->t->test);
    FILE *f = fmemopen(text, size, "w");
    score_print(score, f);
    fclose(f);
    score_free(score);
}

TEST(on_the_same_corpora_nothing_is_lost)
{
    char folder[512], before[4096], after[4096];
    char train[512], test[512];
    snprintf(train, sizeof train, "%s", write_corpus("train", 30, 0, 0, false));
    snprintf(test, sizeof test, "%s", write_corpus("test", 30, 3, 1, false));
    snprintf(folder, sizeof folder, "%s/old", test_folder());
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct run old = run_new(model_table[m], v, "sgd", train, test, 1, "");
            finish(&old, folder);
            struct run new = run_new(model_table[m], v, "sgd", train, test, 1, folder);
            struct weights a = keep_final(&old.t->keep, old.t->session),
                           b = {.w = new.t->session->w, .scale = 1};
            print(&old, &a, before, sizeof before);
            print(&new, &b, after, sizeof after);
            CHECK_STR(after, before);
            double most = furthest(&old, &a, &new, &b);
            /* sums of a dozen terms of size 1, perhaps in another order */
            CHECK_MSG(most < 64 * (sizeof(real) == 4 ? 6e-8 : 1.2e-16), "%s: scores differ by %g", v->name,
                      most);
            CHECK_INT(new.t->start->features, new.t->start->all_features);
            run_free(&new);
            run_free(&old);
        }
}

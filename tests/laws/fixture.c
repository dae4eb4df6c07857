/* SPDX-License-Identifier: MIT */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "lib/train/parts.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct model_variant *variant_of(const struct model_ops *ops, size_t k)
{
    size_t count = 0;
    while (ops->variants[count].name)
        count++;
    return &ops->variants[k % count];
}

double fixture_rate(const struct model_ops *ops)
{
    return variant_of(ops, 0)->rate;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

/* The same token with attributes, some with values: not 1, 0, or added to one that is there. */
static void write_attributes(FILE *f, struct rng *r, const char *label, unsigned word, unsigned tag)
{
    fprintf(f, "%s\tw%u\tt%u:%g\tn%u\tsize:%g", label, word, tag, ((double)rng_below(r, 9) - 3) / 2,
            (unsigned)rng_below(r, 400), rng_normal(r));
    if (rng_below(r, 4))
        fputc('\n', f);
    else
        fprintf(f, "\tw%u:0.25\n", word);
}

/* Words w0 … w19, tags t0 … t3; the label depends on word, tag and the label before, with noise. Where `open`, two
 * sentences of three have open labels. */
static void write_corpus(const char *path, unsigned labels, unsigned sentences, unsigned longest, bool open,
                         bool attributes)
{
    FILE *f = fopen(path, "w");
    struct rng r, opens, values;
    char label[16];
    rng_init(&r, 7, labels, longest);
    rng_init(&opens, 8, labels, longest);
    rng_init(&values, 9, labels, longest);
    for (unsigned k = 0; k < sentences; k++) {
        unsigned n = 1 + (unsigned)rng_below(&r, longest), y = 0;
        for (unsigned i = 0; i < n; i++) {
            unsigned word = (unsigned)(rng_below(&r, 20) * rng_below(&r, 20) / 20), tag = word % 4;
            y = rng_below(&r, 5) == 0 ? (unsigned)rng_below(&r, labels) : (word + y) % labels;
            if (open && k % 3 && rng_below(&opens, 2))
                strcpy(label, "?");
            else
                snprintf(label, sizeof label, "L%u", y);
            if (attributes)
                write_attributes(f, &values, label, word, tag);
            else
                fprintf(f, "w%u t%u %s\n", word, tag, label);
        }
        fputc('\n', f);
    }
    fclose(f);
}

double fixture_l2(const char *optimizer, double value)
{
    for (size_t k = 0; optimizer_table[k]; k++)
        if (strcmp(optimizer_table[k]->name, optimizer) == 0 && optimizer_table[k]->own_penalty)
            return 0;
    return value;
}

const char *fixture_sections(const char *optimizer, const char *engine, unsigned threads,
                             const char *sampling)
{
    static char text[512];
    snprintf(text, sizeof text,
             "optimizer:\n  name: %s\n  rate: 0.1\n  l2: {value: %g}\nengine:\n  name: %s\n  threads: %u\n"
             "  sampling: %s\n  pin: false\n  audit: {every: 5}\n",
             optimizer, fixture_l2(optimizer, 0.5), engine, threads, sampling);
    return text;
}

static bool make(struct fixture *f, const struct model_ops *ops, const struct model_variant *v,
                 const char *more, const char *corpus, struct error *e)
{
    char path[4096] = "", text[16384];
    struct parts parts;
    if (v->template) {
        snprintf(path, sizeof path, "%s/template", test_folder());
        write_file(path, v->template);
    }
    snprintf(
        text, sizeof text,
        "corpus:\n  train: %s\n  format: %s\nfeatures:\n  template: \"%s\"\nmodel:\n  name: %s\n  %s\n%s",
        corpus, v->template ? "conll" : "crfsuite", path, ops->name, v->lines, more);
    f->config = config_new();
    if (!config_parse(f->config, text, strlen(text), "law", e))
        return false;
    if (!parts_find(f->config, model_table, &parts, e) || !corpus_configure(&f->corpus, f->config, e))
        return false;
    if (ops->spelling)
        corpus_spell(&f->corpus, ops->spelling(f->config));
    return (f->data = dataset_learn(&f->corpus, &f->space, e)) != NULL &&
           (f->model = ops->create(f->config, f->space, e)) != NULL;
}

static struct fixture *new_of(const struct model_ops *ops, const struct model_variant *v, unsigned labels,
                              unsigned sentences, unsigned longest, const char *more, bool open)
{
    struct fixture *f = memory_new(1, sizeof *f);
    struct error e = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/corpus", test_folder());
    write_corpus(path, labels, sentences, longest, open, !v->template);
    if (!make(f, ops, v, more ? more : "optimizer:\n  rate: 0.1\n", path, &e)) {
        fprintf(stderr, "fixture '%s': %s\n", v->name, e.text);
        abort();
    }
    return f;
}

struct fixture *fixture_new(const struct model_ops *ops, const struct model_variant *v, unsigned labels,
                            unsigned sentences, unsigned longest, const char *more)
{
    return new_of(ops, v, labels, sentences, longest, more, false);
}

struct fixture *fixture_partial(const struct model_ops *ops, const struct model_variant *v, unsigned labels,
                                unsigned sentences, unsigned longest, const char *more)
{
    return new_of(ops, v, labels, sentences, longest, more, true);
}

void fixture_free(struct fixture *f)
{
    f->model->ops->destroy(f->model);
    dataset_free(f->data);
    space_free(f->space);
    config_free(f->config);
    memory_free(f);
}

void fixture_begin(const struct model *m, uint64_t seed, real *w)
{
    struct rng r;
    rng_init(&r, seed, RNG_INIT, 0);
    m->ops->init(m, w, &r);
}

real *fixture_start(const struct model *m, uint64_t seed)
{
    real *w = memory_lines(m->layout.size, sizeof *w);
    fixture_begin(m, seed, w);
    return w;
}

double fixture_gradient(const struct session *s, struct worker *k, const struct weights *view, size_t ticket)
{
    const size_t sample = s->order[ticket];
    k->gradient.count = 0;
    k->gradient.draw = session_draw(s, s->epoch - 1, sample);
    double loss = s->model->ops->gradient(s->model, view, &s->sample[sample], &k->gradient, k->scratch);
    gradient_fill(&k->gradient, &s->model->layout, k->rows);
    return loss;
}

bool fixture_pair(const struct optimizer_ops *o, const struct engine_ops *e)
{
    return !o->settle || !e->own_weights;
}

const struct engine_ops *engine_named(const char *name)
{
    for (size_t k = 0; engine_table[k]; k++)
        if (strcmp(engine_table[k]->name, name) == 0)
            return engine_table[k];
    return NULL;
}

const struct gradient_counts *fixture_counts(const struct session *s, uint32_t worker)
{
    static struct gradient_counts counts[256];
    static unsigned calls;
    struct gradient_counts *n = &counts[calls++ % 256];
    *n = session_counts(s, worker);
    return n;
}

real *fixture_weights(const struct layout *l, double size)
{
    real *w = memory_lines(l->size, sizeof *w);
    struct rng r;
    rng_init(&r, 11, 0, 0);
    for (uint32_t k = 0; k < l->ngroups; k++)
        for (size_t row = 0; row < (size_t)l->group[k].count * l->group[k].rows; row++)
            for (uint32_t c = 0; c < l->group[k].columns; c++)
                w[l->group[k].offset + row * l->group[k].stride + c] = (real)(size * rng_normal(&r));
    return w;
}

const char *fixture_beginning(const char *sample, unsigned sentences, const char *name)
{
    static char text[1 << 16];
    size_t size = 0;
    FILE *f = fopen(sample, "r");
    if (!CHECK_MSG(f != NULL, "%s", sample))
        abort();
    for (size_t found = 0, length; found < sentences; size += length) {
        if (size + 256 > sizeof text || fgets(text + size, 256, f) == NULL)
            break;
        length = strlen(text + size);
        found += text[size] == '\n';
    }
    fclose(f);
    return test_file(name, text);
}

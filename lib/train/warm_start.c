/* SPDX-License-Identifier: MIT */
#include "lib/train/warm_start.h"

#include "lib/base/memory.h"
#include "lib/learn/origins.h"
#include "lib/report/modelfile.h"

#include <stdio.h>
#include <string.h>

const struct key warm_start_keys[] = {
    {"from", KEY_PATH, 0, 0, "", NULL,
     "begin with the weights of this model (a model file or a run's folder), trained on other or the same "
     "corpora "
     "with the same template and model\n"
     "its features and labels stay, those of the training corpus are added\n"
     "none: begin anew"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool refuse(const struct config *c, const struct modelfile *file, struct error *e, const char *what)
{
    return config_fault(c, "run.from", e, "%s: %s; make them equal, or leave run.from out",
                        modelfile_path(file), what);
}

/* ---- is it a model of this configuration? */

static bool same_model(const struct config *c, const struct config *its, const struct modelfile *file,
                       const struct model_ops *ops, struct error *e)
{
    const char *name = config_peek(its, "model.name");
    char what[256];
    if (name && strcmp(name, ops->name) == 0)
        return true;
    snprintf(what, sizeof what, "has model.name %.100s, not %.100s", name ? name : "of another version",
             ops->name);
    return refuse(c, file, e, what);
}

static bool same_template(const struct config *c, const struct modelfile *file, const char *its,
                          const char *ours, struct error *e)
{
    struct span a, b;
    unsigned long there = 0, here = 0;
    do {
        a = template_next(&its, &there);
        b = template_next(&ours, &here);
    } while (a.n && span_equal(a, b));
    if (a.n == 0 && b.n == 0)
        return true;
    char what[512];
    int at = snprintf(what, sizeof what, "has another template: ");
    if (a.n)
        at += snprintf(what + at, sizeof what - (size_t)at, "its line %lu is %.*s", there, text_shown(a, 80),
                       a.s);
    else
        at += snprintf(what + at, sizeof what - (size_t)at, "it ends");
    if (b.n)
        snprintf(what + at, sizeof what - (size_t)at, " where features.template has line %lu, %.*s", here,
                 text_shown(b, 80), b.s);
    else
        snprintf(what + at, sizeof what - (size_t)at, " where features.template ends");
    return refuse(c, file, e, what);
}

/* Text must become the same features and labels. (The columns are compared when the corpus is read.) */
static bool same_text(const struct config *c, const struct modelfile *file, const struct space *its,
                      const struct corpus *corpus, struct error *e)
{
    char what[256];
    const enum scheme scheme = encoding_model(its->encoding);
    if (strcmp(its->format->name, corpus->format->name) != 0) {
        snprintf(what, sizeof what, "has corpus.format %s, not %s", its->format->name, corpus->format->name);
        return refuse(c, file, e, what);
    }
    if ((its->words != NULL) != (corpus->task == CORPUS_SEGMENTATION))
        return refuse(c, file, e,
                      its->words ? "is of corpus.task segmentation" : "is not of corpus.task segmentation");
    if (scheme != corpus->encode) {
        snprintf(what, sizeof what, "its labels are of scheme %s, not %s (corpus.encode)",
                 scheme_names[scheme], scheme_names[corpus->encode]);
        return refuse(c, file, e, what);
    }
    if (corpus->spelling_key && its->spelling && its->spelling->column != corpus->spelling_column) {
        snprintf(what, sizeof what, "has %s %u, not %u", corpus->spelling_key, its->spelling->column,
                 corpus->spelling_column);
        return refuse(c, file, e, what);
    }
    struct template *ours = corpus_template(corpus, e);
    bool good = ours && same_template(c, file, its->template->text, ours->text, e);
    template_free(ours);
    return good;
}

static bool same_value(const char *a, const char *b)
{
    double x, y;
    return strcmp(a, b) == 0 || (text_real(span_of(a), &x) && text_real(span_of(b), &y) && x == y);
}

/* The weights have other shapes: which keys say so? Without any, `e` stays as it is. */
static bool other_shape(const struct config *c, const struct config *its, const struct modelfile *file,
                        const struct model_ops *ops, struct error *e)
{
    char what[512] = "";
    size_t at = 0;
    for (const struct key *key = ops->keys; key && key->name; key++) {
        char name[128];
        snprintf(name, sizeof name, "model.%s", key->name);
        const char *there = config_peek(its, name), *here = config_peek(c, name);
        if (there && here && !same_value(there, here) && at < sizeof what)
            at +=
                (size_t)snprintf(what + at, sizeof what - at, "%s %s %.40s, not %.40s", at ? ", and" : "has",
                                 name, *there ? there : "none", *here ? here : "none");
    }
    return at && refuse(c, file, e, what);
}

/* ---- opening */

static bool read_configuration(struct config *its, const struct modelfile *file, struct error *e)
{
    const char *text = modelfile_config(file);
    if (config_parse(its, text, strlen(text), modelfile_path(file), e))
        return true;
    e->kind = ERROR_MODEL; /* a stored configuration that cannot be read is no fault of the user's */
    return false;
}

/* The old model is the one that this configuration makes on the old space. So it differs from the new one by what the
 * spaces differ in. */
static bool read_model(struct warm_start *s, const struct config *c, const struct config *its,
                       const struct modelfile *file, const struct model_ops *ops, struct error *e)
{
    struct error shape = {0};
    s->model = ops->create(c, s->space, &shape);
    if (!s->model || !modelfile_fits(file, &s->model->layout, &shape)) {
        *e = shape;
        other_shape(c, its, file, ops, e);
        return false;
    }
    s->w = memory_lines(s->model->layout.size, sizeof *s->w);
    return modelfile_weights(file, &s->model->layout, s->w, e);
}

bool warm_start_open(struct warm_start **start, const struct config *c, const struct model_ops *ops,
                     struct corpus *corpus, struct error *e)
{
    const char *path = config_string(c, "run.from");
    *start = NULL;
    if (!*path)
        return true;
    struct modelfile *file = modelfile_open(path, e);
    if (!file)
        return false;
    struct warm_start *s = memory_new(1, sizeof *s);
    struct config *its = config_new();
    s->path = memory_copy(modelfile_path(file), strlen(modelfile_path(file)));
    bool good = read_configuration(its, file, e) && same_model(c, its, file, ops, e) &&
                (s->space = modelfile_space(file, e)) != NULL && same_text(c, file, s->space, corpus, e) &&
                read_model(s, c, its, file, ops, e);
    config_free(its);
    modelfile_close(file);
    if (!good) {
        warm_start_free(s);
        return false;
    }
    corpus->known = s->space;
    *start = s;
    return true;
}

void warm_start_forget(struct warm_start *s)
{
    if (!s)
        return;
    if (s->model)
        s->model->ops->destroy(s->model);
    space_free(s->space);
    memory_free(s->w);
    s->model = NULL;
    s->space = NULL;
    s->w = NULL;
}

void warm_start_free(struct warm_start *s)
{
    if (!s)
        return;
    warm_start_forget(s);
    memory_free(s->path);
    memory_free(s);
}

/* ---- the weights */

static void count(struct warm_start *s, const struct origins *o, const struct model *m,
                  const struct space *space)
{
    const uint32_t nodes = vocab_count(space->node), edges = vocab_count(space->edge);
    s->features = origins_known(o->node, nodes) + origins_known(o->edge, edges);
    s->all_features = nodes + edges;
    s->labels = vocab_count(s->space->labels);
    s->all_labels = vocab_count(space->labels);
    if (o->character) {
        s->all_characters = vocab_count(space->spelling->characters);
        s->characters = origins_known(o->character, s->all_characters);
    }
    s->all_weights = layout_weights(&m->layout);
    if (s->labels < s->all_labels) {
        struct span label = vocab_text(space->labels, s->labels);
        snprintf(s->first, sizeof s->first, "%.*s", text_shown(label, 60), label.s);
    }
}

void warm_start_copy(struct warm_start *s, const struct model *m, const struct space *space, real *w)
{
    struct origins o;
    if (!s)
        return;
    origins_init(&o, space, s->space);
    count(s, &o, m, space);
    s->weights = origins_copy(&o, m, w, s->model, s->w);
    origins_free(&o);
}

void warm_start_words(const struct warm_start *s, char *text, size_t size)
{
    const uint32_t features = s->all_features - s->features, labels = s->all_labels - s->labels;
    snprintf(text, size,
             "begins with %.250s: %u feature%s and %u label%s keep their weights; %u feature%s and %u "
             "label%s%s%s%s "
             "are new",
             s->path, s->features, text_s(s->features), s->labels, text_s(s->labels), features,
             text_s(features), labels, text_s(labels), labels ? " (" : "", labels ? s->first : "",
             labels == 0   ? ""
             : labels == 1 ? ")"
                           : " first)");
}

/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"

#include "lib/base/memory.h"
#include "lib/train/decode.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>

#define NAME_KEY(part, fallback)                                                                             \
    static const struct key part##_name[] = {                                                                \
        {"name", KEY_STRING, 0, 0, fallback, NULL, "which " #part "; see asyntrain list " #part "s"},        \
        {NULL, 0, 0, 0, NULL, NULL, NULL},                                                                   \
    }
NAME_KEY(model, "dense-crf");
NAME_KEY(optimizer, "sgd");
NAME_KEY(engine, "sequential");

bool setup_assigns(const char *operand)
{
    const char *equals = strchr(operand, '='), *slash = strchr(operand, '/');
    return equals && (!slash || equals < slash);
}

struct config *setup_config(int argc, char **argv, struct error *e)
{
    struct config *c = config_new();
    bool good = true;
    int files = 0;
    for (int i = 0; i < argc && good; i++) {
        bool assignment = setup_assigns(argv[i]);
        good = assignment ? config_set(c, argv[i], e) : config_load(c, argv[i], e);
        files += !assignment;
    }
    if (good && files == 0)
        good = error_set(e, ERROR_USAGE, "no configuration file given; see the folder configs/ for examples");
    if (good)
        return c;
    config_free(c);
    return NULL;
}

/* The entry of a registry whose name is `name`; every entry begins with its name. */
static const void *lookup(const void *const *table, const char *key, const char *name, const struct config *c,
                          struct error *e)
{
    const char *names[64] = {NULL};
    size_t count = 0;
    for (; table[count]; count++) {
        names[count] = *(const char *const *)table[count];
        if (strcmp(names[count], name) == 0)
            return table[count];
    }
    const char *near = text_nearest(name, names, count);
    char choices[512] = "";
    for (size_t k = 0, at = 0; k < count && at < sizeof choices - 1; k++)
        at += (size_t)snprintf(choices + at, sizeof choices - at, "%s%s", k ? ", " : "", names[k]);
    config_fault(c, key, e, "no such name '%s'%s%s%s; there is %s", name, near ? "; did you mean '" : "",
                 near ? near : "", near ? "'?" : "", choices);
    return NULL;
}

static const char *said(const struct config *c, const char *key, const struct key *table)
{
    const char *name = config_peek(c, key);
    return name ? name : table->fallback;
}

static bool has_key(const struct key *table, const char *name)
{
    while (table && table->name && strcmp(table->name, name) != 0)
        table++;
    return table && table->name;
}

/* Keys of parts of one kind: who has which. */
struct owner {
    const char *name;
    const struct key *keys;
};

/* Is a key said that the chosen part does not have and others of its kind do? The tables that are checked know the
 * chosen ones' keys alone and would call it unknown. */
static bool refuse_others(const struct config *c, const char *kind, const struct owner *all, size_t count,
                          const struct owner *own, struct error *e)
{
    char name[256], names[256] = "";
    for (size_t k = 0; k < count; k++)
        for (const struct key *key = all[k].keys; key && key->name; key++) {
            snprintf(name, sizeof name, "%s.%s", kind, key->name);
            if (has_key(own->keys, key->name) || !config_peek(c, name))
                continue;
            for (size_t i = 0; i < count; i++)
                if (has_key(all[i].keys, key->name))
                    snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                             *names ? " or " : "", all[i].name);
            return config_fault(c, name, e, "%s '%s' has no such key; set %s.name to %s, or leave it out",
                                kind, own->name, kind, names);
        }
    return true;
}

#define REFUSE_OTHERS(kind)                                                                                  \
    static bool refuse_##kind(const struct config *c, const struct kind##_ops *own, struct error *e)         \
    {                                                                                                        \
        struct owner all[64];                                                                                \
        size_t n = 0;                                                                                        \
        for (; kind##_table[n] && n < 64; n++)                                                               \
            all[n] = (struct owner){kind##_table[n]->name, kind##_table[n]->keys};                           \
        return refuse_others(c, #kind, all, n, &(struct owner){own->name, own->keys}, e);                    \
    }
REFUSE_OTHERS(model)
REFUSE_OTHERS(optimizer)
REFUSE_OTHERS(engine)

bool setup_parts(struct config *c, struct parts *parts, struct error *e)
{
    parts->model =
        lookup((const void *const *)model_table, "model.name", said(c, "model.name", model_name), c, e);
    parts->optimizer = parts->model ? lookup((const void *const *)optimizer_table, "optimizer.name",
                                             said(c, "optimizer.name", optimizer_name), c, e)
                                    : NULL;
    parts->engine = parts->optimizer ? lookup((const void *const *)engine_table, "engine.name",
                                              said(c, "engine.name", engine_name), c, e)
                                     : NULL;
    if (!parts->engine || !refuse_model(c, parts->model, e) || !refuse_optimizer(c, parts->optimizer, e) ||
        !refuse_engine(c, parts->engine, e))
        return false;
    const struct section sections[] = {
        {"corpus", {corpus_keys}},
        {"features", {features_keys}},
        {"model", {model_name, parts->model->keys}},
        {"optimizer", {optimizer_name, schedule_keys, calibrate_keys, parts->optimizer->keys}},
        {"engine", {engine_name, engine_keys, parts->engine->keys}},
        {"run", {run_keys, keep_keys, slice_keys}},
        {NULL, {NULL}},
    };
    return config_check(c, sections, e);
}

/* Keys of `table` that are not among `own`. */
static void forget_others(struct config *c, const char *part, const struct key *table, const struct key *own)
{
    char name[256];
    for (const struct key *k = table; k && k->name; k++) {
        snprintf(name, sizeof name, "%s.%s", part, k->name);
        if (!has_key(own, k->name))
            config_forget(c, name);
    }
}

void setup_forget(struct config *c, const char *part, const char *name)
{
    const struct key *own = NULL;
    if (strcmp(part, "engine") == 0) {
        for (size_t k = 0; engine_table[k]; k++)
            own = strcmp(engine_table[k]->name, name) == 0 ? engine_table[k]->keys : own;
        for (size_t k = 0; engine_table[k]; k++)
            forget_others(c, part, engine_table[k]->keys, own);
    } else {
        for (size_t k = 0; optimizer_table[k]; k++)
            own = strcmp(optimizer_table[k]->name, name) == 0 ? optimizer_table[k]->keys : own;
        for (size_t k = 0; optimizer_table[k]; k++)
            forget_others(c, part, optimizer_table[k]->keys, own);
    }
}

const struct section *setup_sections(void)
{
    /* one table a part: parts of one kind do not share a section, so each has a row of its own */
    static struct section all[64];
    size_t n = 0;
    all[n++] = (struct section){"corpus", {corpus_keys}};
    all[n++] = (struct section){"features", {features_keys}};
    all[n++] = (struct section){"model", {model_name}};
    for (size_t k = 0; model_table[k]; k++)
        if (model_table[k]->keys)
            all[n++] = (struct section){model_table[k]->name, {model_table[k]->keys}};
    all[n++] = (struct section){"optimizer", {optimizer_name, schedule_keys, calibrate_keys}};
    for (size_t k = 0; optimizer_table[k]; k++)
        if (optimizer_table[k]->keys)
            all[n++] = (struct section){optimizer_table[k]->name, {optimizer_table[k]->keys}};
    all[n++] = (struct section){"engine", {engine_name, engine_keys}};
    for (size_t k = 0; engine_table[k]; k++)
        if (engine_table[k]->keys)
            all[n++] = (struct section){engine_table[k]->name, {engine_table[k]->keys}};
    all[n++] = (struct section){"run", {run_keys, keep_keys, slice_keys}};
    all[n] = (struct section){NULL, {NULL}};
    return all;
}

/* A stored configuration that this binary does not take is the model file's fault. */
static bool model_fault(const struct modelfile *file, struct error *e)
{
    char text[sizeof e->text];
    snprintf(text, sizeof text, "%s", e->text);
    return e->kind == ERROR_MODEL ||
           error_set(e, ERROR_MODEL, "%s: its configuration does not fit this program: %s",
                     modelfile_path(file), text);
}

static bool read_trained(struct trained *t, const struct modelfile *file, struct error *e)
{
    struct parts parts;
    const char *text = modelfile_config(file);
    t->config = config_new();
    if (!config_parse(t->config, text, strlen(text), modelfile_path(file), e) ||
        !setup_parts(t->config, &parts, e) || !corpus_configure(&t->corpus, t->config, e) ||
        !(t->space = modelfile_space(file, e)) || !(t->model = parts.model->create(t->config, t->space, e))) {
        model_fault(file, e);
        return false;
    }
    t->task = t->corpus.task;
    if (strcmp(t->corpus.format->name, t->space->format->name) == 0)
        t->space->format = t->corpus.format; /* with what the configuration chooses of it */
    if ((t->task == CORPUS_SEGMENTATION) != (t->space->words != NULL))
        return error_set(
            e, ERROR_MODEL,
            "%s: corpus.task and segmentation contradict each other; the file is damaged, restore "
            "it or train again",
            modelfile_path(file));
    if (!modelfile_fits(file, &t->model->layout, e))
        return false;
    t->w = memory_lines(t->model->layout.size, sizeof *t->w);
    return modelfile_weights(file, &t->model->layout, t->w, e);
}

struct trained *setup_trained(const char *path, struct error *e)
{
    struct modelfile *file = modelfile_open(path, e);
    if (!file)
        return NULL;
    struct trained *t = memory_new(1, sizeof *t);
    bool good = read_trained(t, file, e);
    modelfile_close(file);
    if (good)
        return t;
    setup_trained_free(t);
    return NULL;
}

void setup_trained_free(struct trained *t)
{
    if (!t)
        return;
    if (t->model)
        t->model->ops->destroy(t->model);
    space_free(t->space);
    config_free(t->config);
    memory_free(t->w);
    memory_free(t);
}

bool setup_decode(const struct trained *t, const char *option, struct constraint **constraint,
                  struct error *e)
{
    const char *choice = option ? option : config_string(t->config, "run.decode");
    if (strcmp(choice, "free") != 0 && strcmp(choice, "scheme") != 0 && strcmp(choice, "seen") != 0)
        return error_set(e, ERROR_USAGE, "option --decode: '%s' is none of free, scheme, seen", choice);
    *constraint = decode_constraint(choice, t->space, encoding_model(t->space->encoding));
    return true;
}

bool setup_whole(const struct trained *t, const char *option, enum whole *whole, struct error *e)
{
    if (option && t->task != CORPUS_SEGMENTATION)
        return error_set(e, ERROR_USAGE,
                         "option --whole goes with models of task segmentation; leave it out");
    return boundaries_choice(option ? option : config_string(t->config, "run.whole"), whole) ||
           error_set(e, ERROR_USAGE, "option --whole: '%s' is none of none, letters, digits, both", option);
}

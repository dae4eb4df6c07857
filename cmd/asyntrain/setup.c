/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"

#include "lib/base/memory.h"
#include "lib/learn/decode.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>

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
        !parts_find(t->config, model_table, &parts, e) || !corpus_configure(&t->corpus, t->config, e) ||
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

/* SPDX-License-Identifier: MIT */
#include "lib/tag/trained.h"

#include "lib/base/memory.h"
#include "lib/learn/decode.h"
#include "lib/report/modelfile.h"
#include "lib/tag/tagger.h"

#include <stdio.h>
#include <string.h>

/* A stored configuration that this program does not take is the model file's fault. */
static bool model_fault(const struct modelfile *file, struct error *e)
{
    char text[sizeof e->text];
    snprintf(text, sizeof text, "%s", e->text);
    return e->kind == ERROR_MODEL ||
           error_set(e, ERROR_MODEL, "%s: its configuration does not fit this program: %s",
                     modelfile_path(file), text);
}

static bool read_file(struct trained *t, const struct modelfile *file, trained_find *find, struct error *e)
{
    const struct model_ops *ops;
    const char *text = modelfile_config(file);
    t->config = config_new();
    if (!config_parse(t->config, text, strlen(text), modelfile_path(file), e) ||
        !(ops = find(t->config, e)) || !corpus_configure(&t->corpus, t->config, e) ||
        !(t->space = modelfile_space(file, e)) || !(t->model = ops->create(t->config, t->space, e))) {
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

static struct trained *open_file(struct modelfile *file, trained_find *find, struct error *e)
{
    if (!file)
        return NULL;
    struct trained *t = memory_new(1, sizeof *t);
    bool good = read_file(t, file, find, e);
    modelfile_close(file);
    if (good)
        return t;
    trained_free(t);
    return NULL;
}

struct trained *trained_open(const char *path, trained_find *find, struct error *e)
{
    return open_file(modelfile_open(path, e), find, e);
}

struct trained *trained_open_memory(const char *name, const void *bytes, size_t size, trained_find *find,
                                    struct error *e)
{
    return open_file(modelfile_open_memory(name, bytes, size, e), find, e);
}

void trained_free(struct trained *t)
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

bool trained_constraint(const struct trained *t, const char *choice, struct constraint **constraint,
                        struct error *e)
{
    const char *how = choice ? choice : config_string(t->config, "run.decode");
    if (strcmp(how, "free") != 0 && strcmp(how, "scheme") != 0 && strcmp(how, "seen") != 0)
        return error_set(e, ERROR_USAGE, "'%s' is none of free, scheme, seen", how);
    *constraint = decode_constraint(how, t->space, encoding_model(t->space->encoding));
    return true;
}

bool trained_whole(const struct trained *t, const char *choice, enum whole *whole, struct error *e)
{
    if (choice && t->task != CORPUS_SEGMENTATION)
        return error_set(e, ERROR_USAGE, "runs are kept whole by models of task segmentation alone");
    return boundaries_choice(choice ? choice : config_string(t->config, "run.whole"), whole) ||
           error_set(e, ERROR_USAGE, "'%s' is none of none, letters, digits, both", choice);
}

bool trained_known(const struct trained *t, bool given, const char *blanks, struct tagger_options *options,
                   struct error *e)
{
    const bool segmented = t->space->format == &format_segmented;
    const char *how = blanks ? blanks : config_string(t->config, "run.blanks");
    if (blanks && strcmp(blanks, "keep") != 0 && strcmp(blanks, "drop") != 0)
        return error_set(e, ERROR_USAGE, "'%s' is neither keep nor drop", blanks);
    if (blanks && !segmented)
        return error_set(e, ERROR_USAGE, "blanks are kept or dropped by models of format segmented alone");
    options->labels = given && !segmented;
    options->boundaries = given && segmented;
    options->blanks = !given && segmented && strcmp(how, "keep") == 0;
    return true;
}

bool trained_dictionary(const struct trained *t, const char *path, struct dictionary **dictionary,
                        struct error *e)
{
    *dictionary = NULL;
    if (path && !t->space->words)
        return error_set(e, ERROR_USAGE, "a dictionary goes with models of task segmentation; leave it out");
    return !path || (*dictionary = dictionary_load(path, e)) != NULL;
}

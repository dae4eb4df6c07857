/* SPDX-License-Identifier: MIT */
#include "lib/train/keep.h"

#include "lib/base/memory.h"

#include <string.h>

const struct key keep_keys[] = {
    {"average", KEY_INTEGER, 0, 1e6, "0", NULL,
     "from this epoch on, the model is the mean of the weights after each epoch; 0: never"},
    {"keep", KEY_CHOICE, 0, 0, "last", "last|best",
     "which model is tested and saved\n"
     "last: that of the last epoch\n"
     "best: the one with the best development score"},
    {"patience", KEY_INTEGER, 0, 1e6, "0", NULL,
     "stop after this many epochs in a row without a better development score; 0: never"},
    {"keep_epochs", KEY_BOOL, 0, 0, "false", NULL,
     "keep the model after each epoch as well, as epochs/epoch-001.safetensors of the run folder and so on"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Keys that go by development scores need one after each epoch. */
static bool scored(const struct config *c, const char *key, bool dev, struct error *e)
{
    if (!dev)
        return config_fault(c, key, e,
                            "it goes by the score on a development set, and there is none; give corpus.dev "
                            "or corpus.dev_fraction");
    if (strcmp(config_string(c, "run.evaluate"), "each") != 0)
        return config_fault(c, key, e, "it needs a score after each epoch; set run.evaluate to each");
    return true;
}

bool keep_init(struct keep *k, const struct config *c, bool dev, struct error *e)
{
    *k = (struct keep){.average = (uint32_t)config_integer(c, "run.average"),
                       .patience = (uint32_t)config_integer(c, "run.patience"),
                       .epochs = config_bool(c, "run.keep_epochs"),
                       .best = strcmp(config_string(c, "run.keep"), "best") == 0};
    return (!k->best || scored(c, "run.keep", dev, e)) && (!k->patience || scored(c, "run.patience", dev, e));
}

void keep_free(struct keep *k)
{
    memory_free(k->mean);
    memory_free(k->chosen);
}

uint32_t keep_vectors(const struct keep *k)
{
    return (k->average > 0) + k->best + k->epochs;
}

static void make(real **vector, const struct session *s)
{
    if (!*vector)
        *vector = memory_lines(s->model->layout.size, sizeof **vector);
}

void keep_epoch(struct keep *k, const struct session *s)
{
    if (!k->average || s->epoch < k->average)
        return;
    const size_t size = s->model->layout.size;
    make(&k->mean, s);
    struct weights w = session_weights(s);
    real share = 1 / (real)++k->averaged;
    for (size_t i = 0; i < size; i++)
        k->mean[i] += (w.scale * w.w[i] - k->mean[i]) * share;
}

struct weights keep_weights(const struct keep *k, const struct session *s)
{
    return k->averaged ? (struct weights){.w = k->mean, .scale = 1} : session_weights(s);
}

real *keep_copy(const struct keep *k, const struct session *s)
{
    const size_t size = s->model->layout.size;
    const struct weights w = keep_weights(k, s);
    real *copy = memory_lines(size, sizeof *copy);
    for (size_t i = 0; i < size; i++)
        copy[i] = w.scale * w.w[i];
    return copy;
}

bool keep_score(struct keep *k, const struct session *s, double score)
{
    if (k->best_epoch && score <= k->best_score) {
        k->waited++;
        return false;
    }
    k->best_epoch = s->epoch;
    k->best_score = score;
    k->waited = 0;
    if (!k->best)
        return true;
    const size_t size = s->model->layout.size;
    make(&k->chosen, s);
    struct weights w = keep_weights(k, s);
    for (size_t i = 0; i < size; i++)
        k->chosen[i] = w.scale * w.w[i];
    return true;
}

bool keep_enough(const struct keep *k)
{
    return k->patience && k->waited >= k->patience;
}

struct weights keep_final(const struct keep *k, const struct session *s)
{
    return k->best && k->best_epoch ? (struct weights){.w = k->chosen, .scale = 1} : keep_weights(k, s);
}

void keep_state(struct keep *k, const struct session *s, struct state_list *list)
{
    list->owner = "keep";
    if (k->average) {
        make(&k->mean, s);
        state_add(list, "mean", k->mean, s->model->layout.size, sizeof *k->mean);
        state_add(list, "averaged", &k->averaged, 1, sizeof k->averaged);
    }
    if (k->best) {
        make(&k->chosen, s);
        state_add(list, "chosen", k->chosen, s->model->layout.size, sizeof *k->chosen);
    }
    state_add(list, "best_epoch", &k->best_epoch, 1, sizeof k->best_epoch);
    state_add(list, "best_score", &k->best_score, 1, sizeof k->best_score);
    state_add(list, "waited", &k->waited, 1, sizeof k->waited);
}

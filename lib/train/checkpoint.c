/* SPDX-License-Identifier: MIT */
#include "lib/train/checkpoint.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/num/kernel.h"
#include "lib/report/container.h"
#include "lib/report/run_folder.h"
#include "lib/train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FORMAT "1"
#define SMALL ((size_t)4096) /* bytes of an item that stands with others */

const struct key checkpoint_keys[] = {
    {"checkpoint.every", KEY_INTEGER, 0, 1e12, "300", NULL,
     "write the state of the run every so many units, so that `train --resume` can go on with it\n"
     "0: only when a signal asks (INT, TERM, HUP: before the end; USR1: and go on)"},
    {"checkpoint.unit", KEY_CHOICE, 0, 0, "seconds", "epochs|updates|seconds", "unit of checkpoint.every"},
    {"checkpoint.keep", KEY_INTEGER, 1, 1000, "1", NULL,
     "number of the last checkpoints that stay while the run lasts; the one with the best score stays as "
     "well"},
    {"checkpoint.final", KEY_BOOL, 0, 0, "false", NULL,
     "keep a checkpoint when the run is over, so that `train --resume` can train it for more epochs"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- when, and which stay */

static void name_by_chance(char run[DIGEST_TEXT])
{
    struct {
        double now, cpu;
        long process;
        uint64_t chance;
    } seed = {cpu_wall(), cpu_process_seconds(), (long)getpid(), 0};
    if (getrandom(&seed.chance, sizeof seed.chance, GRND_NONBLOCK) < 0)
        seed.chance = 0; /* the others differ, too */
    digest_text(digest_add(digest_add(digest_add(digest_add(DIGEST_EMPTY, &seed.now, sizeof seed.now),
                                                 &seed.cpu, sizeof seed.cpu),
                                      &seed.process, sizeof seed.process),
                           &seed.chance, sizeof seed.chance),
                run);
}

void checkpoints_init(struct checkpoints *c, const struct config *config, const char *folder)
{
    const char *unit = config_string(config, "run.checkpoint.unit");
    *c = (struct checkpoints){.folder = folder,
                              .every = (uint64_t)config_integer(config, "run.checkpoint.every"),
                              .unit = strcmp(unit, "epochs") == 0    ? CHECKPOINT_EPOCHS
                                      : strcmp(unit, "updates") == 0 ? CHECKPOINT_UPDATES
                                                                     : CHECKPOINT_SECONDS,
                              .most = (uint32_t)config_integer(config, "run.checkpoint.keep"),
                              .final = config_bool(config, "run.checkpoint.final"),
                              .best_score = NAN,
                              .written = cpu_wall()};
    c->kept = memory_new(c->most + 2, sizeof *c->kept);
    name_by_chance(c->run);
}

void checkpoints_free(struct checkpoints *c)
{
    memory_free(c->kept);
}

/* Of all but the best: how many are there, and the place of the first. */
static uint32_t others(const struct checkpoints *c, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t k = c->count; k-- > 0;)
        if (isnan(c->best_score) || c->kept[k] != c->best) {
            *first = k;
            n++;
        }
    return n;
}

/* The new one is there. Of the others the last stay, and the best. */
static void prune(struct checkpoints *c, uint64_t number)
{
    uint32_t first = 0;
    if (c->count == 0 || c->kept[c->count - 1] != number)
        c->kept[c->count++] = number;
    while (others(c, &first) > c->most) {
        c->count--;
        memmove(c->kept + first, c->kept + first + 1, (c->count - first) * sizeof *c->kept);
    }
    run_folder_prune(c->folder, c->kept, c->count);
}

void checkpoints_mark(struct checkpoints *c, uint64_t samples, uint64_t epoch)
{
    c->written = cpu_wall();
    c->epoch = epoch;
    c->samples = samples;
}

void checkpoints_end(const struct checkpoints *c)
{
    run_folder_prune(c->folder, c->kept + c->count - (c->count && c->final), c->count && c->final);
}

/* ---- writing */

size_t checkpoint_bytes(const struct state_list *list)
{
    size_t bytes = 0;
    for (size_t k = 0; k < list->count; k++)
        bytes += list->item[k].count * list->item[k].size;
    return bytes;
}

bool checkpoints_fit(const struct checkpoints *c, const struct state_list *list, size_t model,
                     struct error *e)
{
    struct statvfs s;
    const double each = (double)checkpoint_bytes(list);
    const double need = (c->every ? (c->most + 2) * each : each) + (double)model;
    if (statvfs(c->folder, &s) != 0 || s.f_blocks == 0)
        return true;
    /* Checkpoints that are there make room, but not for the next one. */
    const double have = (double)s.f_bavail * (double)s.f_frsize,
                 more = fmax(each, need - (double)run_folder_checkpoint_bytes(c->folder));
    return have >= more || error_set(e, ERROR_IO,
                                     "%s: %.0f MB are free there, and the model and the checkpoints may take "
                                     "%.0f MB; free some space, "
                                     "choose another folder (--out), or keep fewer (run.checkpoint)",
                                     c->folder, have / 1e6, more / 1e6);
}

static bool is_small(const struct state_item *x)
{
    return x->count * x->size <= SMALL;
}

static void put_state(struct container_writer *out, const struct state_list *list, struct text_buffer *items,
                      struct text_buffer *small)
{
    char line[256], name[32];
    for (size_t k = 0; k < list->count; k++) {
        const struct state_item *x = &list->item[k];
        const size_t n =
            (size_t)snprintf(line, sizeof line, "%s.%s %zu %zu\n", x->owner, x->name, x->count, x->size);
        text_append(items, (struct span){line, n});
        if (is_small(x)) {
            text_append(small, (struct span){x->data, x->count * x->size});
            continue;
        }
        snprintf(name, sizeof name, "large.%zu", k);
        container_put_tensor(out, name, CONTAINER_U8, x->data, x->count * x->size, 0, 1);
    }
    container_put_tensor(out, "items", CONTAINER_U8, items->bytes, items->length, 0, 1);
    container_put_tensor(out, "small", CONTAINER_U8, small->bytes, small->length, 0, 1);
}

/* What a checkpoint is of: the corpora, and what is learned from them. Its strings, and what blames them. */
static const struct {
    const char *name, *key;
} source[CHECKPOINT_SOURCES] = {{"train", "corpus.train"},
                                {"dev", "corpus.dev"},
                                {"test", "corpus.test"},
                                {"space", "what is learned from the corpora"}};

static void describe(const struct trainer *t, char text[CHECKPOINT_SOURCES][DATASET_DESCRIPTION])
{
    const struct dataset *const part[] = {t->train, t->dev, t->test};
    for (size_t k = 0; k < sizeof part / sizeof *part; k++) {
        strcpy(text[k], "none");
        if (part[k])
            dataset_describe(part[k], text[k]);
    }
    space_describe(t->space, text[CHECKPOINT_SOURCES - 1]);
}

static void put_strings(struct container_writer *out, struct checkpoints *c, const struct trainer *t,
                        const char *config, const struct checkpoint_state *state)
{
    container_put_string(out, "run", c->run);
    container_put_string(out, "checkpoint", FORMAT);
    container_put_string(out, "real", sizeof(real) == sizeof(float) ? "float" : "double");
    container_put_string(out, "kernel", kernel_get()->name);
    char epoch[24];
    snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)state->epoch);
    container_put_string(out, "epoch", epoch);
    container_put_string(out, "paused", state->paused ? "1" : "0");
    if (!*c->source[0])
        describe(t, c->source);
    for (size_t k = 0; k < CHECKPOINT_SOURCES; k++)
        container_put_string(out, source[k].name, c->source[k]);
    container_put_string(out, "config", config);
}

bool checkpoints_write(struct checkpoints *c, const struct trainer *t, const char *config,
                       const struct checkpoint_state *state, struct error *e)
{
    struct container_writer *out = container_writer_new();
    struct text_buffer items = {0}, small = {0};
    char **log = memory_new(state->nfiles, sizeof *log);
    const uint64_t best = c->best;
    const double best_score = c->best_score;
    bool good = true;
    if (!isnan(state->score) && !(state->score <= c->best_score)) { /* the list may have it */
        c->best = state->samples;
        c->best_score = state->score;
    }
    put_strings(out, c, t, config, state);
    put_state(out, &state->list, &items, &small);
    for (uint32_t k = 0; k < state->nfiles && good; k++) {
        char name[32];
        good = outfile_contents(state->file[k], state->size[k], &log[k], e);
        snprintf(name, sizeof name, "file.%u", k);
        container_put_tensor(out, name, CONTAINER_U8, log[k], state->size[k], 0, 1);
    }
    char *path = run_folder_checkpoint_path(c->folder, state->samples);
    good = good && container_write(out, path, NULL, e);
    if (good) {
        prune(c, state->samples);
        checkpoints_mark(c, state->samples, state->epoch);
    } else {
        c->best = best;
        c->best_score = best_score;
    }
    memory_free(path);
    for (uint32_t k = 0; k < state->nfiles; k++)
        memory_free(log[k]);
    memory_free(log);
    memory_free(items.bytes);
    memory_free(small.bytes);
    container_writer_free(out);
    return good;
}

/* ---- going on */

struct checkpoint {
    char *path;
    struct container *container;
    uint64_t samples;
};

/* Is it one that this program can go on from? */
static bool is_known(const struct container *c, const char *path, struct error *e)
{
    static const char *const strings[] = {"run",   "real", "kernel", "epoch", "paused",
                                          "train", "dev",  "test",   "space", "config"};
    const char *format = container_string(c, "checkpoint"), *precision = container_string(c, "real");
    const char *own = sizeof(real) == sizeof(float) ? "float" : "double";
    if (!format || strcmp(format, FORMAT) != 0)
        return error_set(e, ERROR_MODEL, "%s: %s; go on with the version that wrote it, or train anew", path,
                         format ? "a checkpoint of another version" : "no checkpoint");
    for (size_t k = 0; k < sizeof strings / sizeof *strings; k++)
        if (!container_string(c, strings[k]))
            return error_set(e, ERROR_MODEL,
                             "%s: '%s' is missing; the file is damaged, restore it or train anew", path,
                             strings[k]);
    return strcmp(precision, own) == 0 ||
           error_set(e, ERROR_MODEL,
                     "%s: weights of type %s, this program has %s; go on with the one that wrote it", path,
                     precision, own);
}

struct checkpoint *checkpoint_open(const char *folder, char **skipped, struct error *e)
{
    uint64_t number, most = UINT64_MAX;
    struct container *c = NULL;
    char *path;
    bool damaged = false;
    *skipped = NULL;
    while (!c && (path = run_folder_checkpoint(folder, most, &number)) != NULL) {
        struct error why = {0};
        c = container_read(path, &why);
        if (c && is_known(c, path, &why))
            break;
        damaged = true;
        container_free(c);
        c = NULL;
        memory_free(path);
        if (!*skipped)
            *skipped = memory_copy(why.text, strlen(why.text));
        *e = why;
        if (number == 0)
            break;
        most = number - 1;
    }
    if (c) {
        struct checkpoint *k = memory_new(1, sizeof *k);
        *k = (struct checkpoint){path, c, number};
        return k;
    }
    if (!damaged && outfile_exists(folder, RUN_FOLDER_MODEL))
        error_set(e, ERROR_USAGE,
                  "%s: the run is finished; to train on, begin another from its model (run.from), or keep a "
                  "checkpoint "
                  "at the end (run.checkpoint.final)",
                  folder);
    else if (!damaged)
        error_set(e, ERROR_USAGE,
                  "%s: there is no checkpoint to go on from; give the folder of a run that was stopped",
                  folder);
    return NULL;
}

void checkpoint_forget(struct checkpoint *k)
{
    container_free(k->container);
    k->container = NULL;
}

void checkpoint_close(struct checkpoint *k)
{
    if (!k)
        return;
    checkpoint_forget(k);
    memory_free(k->path);
    memory_free(k);
}

const char *checkpoint_config(const struct checkpoint *k)
{
    return container_string(k->container, "config");
}

const char *checkpoint_run(const struct checkpoint *k)
{
    return container_string(k->container, "run");
}

const char *checkpoint_kernel(const struct checkpoint *k)
{
    return container_string(k->container, "kernel");
}

bool checkpoint_paused(const struct checkpoint *k)
{
    return strcmp(container_string(k->container, "paused"), "1") == 0;
}

uint64_t checkpoint_samples(const struct checkpoint *k)
{
    return k->samples;
}

uint64_t checkpoint_epoch(const struct checkpoint *k)
{
    long long epoch = 0;
    text_integer(span_of(container_string(k->container, "epoch")), &epoch);
    return (uint64_t)epoch;
}

void checkpoints_go_on(struct checkpoints *c, const struct checkpoint *k)
{
    uint64_t number, most = k->samples;
    char *path;
    checkpoints_mark(c, k->samples, checkpoint_epoch(k));
    while (c->count <= c->most && (path = run_folder_checkpoint(c->folder, most, &number)) != NULL) {
        memory_free(path);
        memmove(c->kept + 1, c->kept, c->count++ * sizeof *c->kept);
        c->kept[0] = number;
        if (number == 0)
            break;
        most = number - 1;
    }
}

static bool same_text(const struct checkpoint *k, const char *name, const char *key, const char *now,
                      struct error *e)
{
    const char *then = container_string(k->container, name);
    return strcmp(then, now) == 0 ||
           error_set(e, ERROR_CORPUS,
                     "%s has changed: %s, and %s when %s was written; restore it, or train anew", key, now,
                     then, k->path);
}

bool checkpoint_matches(const struct checkpoint *k, const struct trainer *t, struct error *e)
{
    char now[CHECKPOINT_SOURCES][DATASET_DESCRIPTION];
    describe(t, now);
    for (size_t i = 0; i < CHECKPOINT_SOURCES; i++)
        if (!same_text(k, source[i].name, source[i].key, now[i], e))
            return false;
    return true;
}

static bool damaged(const struct checkpoint *k, const char *what, struct error *e)
{
    return error_set(e, ERROR_MODEL, "%s: %s; it is damaged or of another version, train anew", k->path,
                     what);
}

/* The next line of the items is this one? */
static bool listed(struct span *items, const struct state_item *x)
{
    char line[256];
    const size_t n =
        (size_t)snprintf(line, sizeof line, "%s.%s %zu %zu\n", x->owner, x->name, x->count, x->size);
    if (items->n < n || memcmp(items->s, line, n) != 0)
        return false;
    *items = (struct span){items->s + n, items->n - n};
    return true;
}

bool checkpoint_load(const struct checkpoint *k, const struct state_list *list, struct error *e)
{
    size_t nsmall, n, used = 0;
    struct span items;
    items.s = container_tensor(k->container, "items", CONTAINER_U8, &items.n, NULL, e);
    const char *small =
        items.s ? container_tensor(k->container, "small", CONTAINER_U8, &nsmall, NULL, e) : NULL;
    if (!small)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct state_item *x = &list->item[i];
        const size_t bytes = x->count * x->size;
        char name[32];
        if (!listed(&items, x))
            return damaged(k, "it does not list the state of this run", e);
        if (is_small(x)) {
            if (nsmall - used < bytes)
                return damaged(k, "its state ends early", e);
            memcpy(x->data, small + used, bytes);
            used += bytes;
            continue;
        }
        snprintf(name, sizeof name, "large.%zu", i);
        const void *data = container_tensor(k->container, name, CONTAINER_U8, &n, NULL, e);
        if (!data)
            return false;
        if (n != bytes)
            return damaged(k, "an array has another size", e);
        memcpy(x->data, data, bytes);
    }
    return (items.n == 0 && used == nsmall) || damaged(k, "it lists more than the state of this run", e);
}

const char *checkpoint_file(const struct checkpoint *k, uint32_t file, size_t *n, struct error *e)
{
    char name[32];
    snprintf(name, sizeof name, "file.%u", file);
    return container_tensor(k->container, name, CONTAINER_U8, n, NULL, e);
}

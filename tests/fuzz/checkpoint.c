/* SPDX-License-Identifier: MIT
 *
 * What a run leaves to be resumed, as `train --resume` reads it. The state goes to where the file itself says that it
 * belongs, so that what it says is held against what it has.
 */
#include "lib/train/checkpoint.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/data/corpus.h"
#include "lib/report/container.h"
#include "lib/report/run_folder.h"
#include "lib/train/run.h"
#include "models/models.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"
#include "tests/fuzz/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MOST ((size_t)16 << 20) /* of a state */

/* ---- a list of what the file lists */

/* The next line of the items, "owner.name count size"; false: it is none, or too large. */
static bool take_item(struct span *rest, struct state_list *list, size_t *bytes)
{
    const char *end = memchr(rest->s, '\n', rest->n);
    size_t count, size, name = 0;
    if (!end)
        return false;
    char *line = memory_copy(rest->s, (size_t)(end - rest->s)), *dot = strchr(line, '.');
    for (char *blank = dot ? strchr(dot, ' ') : NULL; blank; blank = strchr(blank + 1, ' ')) {
        if (sscanf(blank, " %zu %zu", &count, &size) == 2 && blank[1] != ' ')
            name = (size_t)(blank - line);
    }
    const bool good = name && sscanf(line + name, " %zu %zu", &count, &size) == 2 && count <= BYTES_MOST &&
                      size <= BYTES_MOST && (size == 0 || count <= (BYTES_MOST - *bytes) / size);
    if (!good) {
        memory_free(line);
        return false;
    }
    *dot = line[name] = 0;
    list->owner = line;
    *bytes += count * size;
    state_add(list, dot + 1, memory_new(count * size, 1), count, size);
    *rest = (struct span){end + 1, rest->n - (size_t)(end + 1 - rest->s)};
    return true;
}

static void list_items(const char *path, struct state_list *list)
{
    struct error e = {0};
    size_t bytes = 0;
    struct container *c = container_read(path, &e);
    struct span rest = {"", 0};
    if (c)
        rest.s = container_tensor(c, "items", CONTAINER_U8, &rest.n, NULL, &e);
    while (rest.s && take_item(&rest, list, &bytes))
        ;
    container_free(c);
}

static void release(struct state_list *list)
{
    for (size_t k = 0; k < list->count; k++) {
        memory_free(list->item[k].data);
        memory_free((char *)list->item[k].owner); /* the line, of which the name is a part */
    }
    state_free(list);
}

/* ---- what becomes of it */

/* A state comes back, and no other list is taken for its own. */
static void load(const struct checkpoint *k, const char *path)
{
    struct error e = {0};
    struct state_list list = {0};
    list_items(path, &list);
    const bool good = checkpoint_load(k, &list, &e);
    if (good != (e.kind == ERROR_NONE))
        abort();
    if (good && list.count) {
        list.count--;
        if (checkpoint_load(k, &list, &e))
            abort();
        list.count++;
        char *owner = (char *)list.item[0].owner; /* the line, as take_item has made it */
        *owner ^= 1;
        if (checkpoint_load(k, &list, &e))
            abort();
        *owner ^= 1;
        list.item[0].count++; /* as long as nothing is copied, its array may be smaller than that */
        if (checkpoint_load(k, &list, &e))
            abort();
        list.item[0].count--;
    }
    release(&list);
}

/* May a run of its own configuration go on? */
static void resume(const struct checkpoint *k, const char *folder)
{
    struct error e = {0};
    struct parts parts;
    const char *text = checkpoint_config(k);
    struct config *now = config_new(), *then = config_new();
    if (config_parse(then, text, strlen(text), folder, &e) && parts_find(then, model_table, &parts, &e) &&
        config_parse(now, text, strlen(text), folder, &e) && config_set(now, "run.epochs=7", &e) &&
        parts_find(now, model_table, &parts, &e) &&
        run_may_resume(k, now, then, folder, &e) != (e.kind == ERROR_NONE))
        abort();
    config_free(now);
    config_free(then);
}

/* Is it one of these corpora, which it was not made with? */
static void compare(const struct checkpoint *k)
{
    struct error e = {0};
    struct parts parts;
    struct corpus corpus;
    char yaml[1024];
    const char *path = fuzz_text("corpus", "a O\nb O\n");
    snprintf(yaml, sizeof yaml, "corpus: {train: %s}\nfeatures: {template: %s}\n", path,
             fuzz_text("template", "U0:%x[0,0]\n"));
    struct config *c = learn_config(yaml, &parts);
    struct trainer t = {.epochs = 0};
    if (corpus_configure(&corpus, c, &e) && (t.train = dataset_learn(&corpus, &t.space, &e)) != NULL)
        checkpoint_matches(k, &t, &e);
    dataset_free(t.train);
    space_free(t.space);
    config_free(c);
}

static void use(const char *path)
{
    struct error e = {0};
    char words[RUN_FOLDER_WORDS], *skipped;
    char *folder = memory_copy(path, (size_t)(strrchr(path, '/') - path));
    run_folder_settle(folder, words);
    struct checkpoint *k = checkpoint_open(folder, &skipped, &e);
    if (!k != (e.kind != ERROR_NONE) && !skipped)
        abort();
    memory_free(skipped);
    if (k) {
        size_t n;
        checkpoint_run(k), checkpoint_kernel(k), checkpoint_paused(k), checkpoint_epoch(k);
        for (uint32_t file = 0; file < 3; file++)
            checkpoint_file(k, file, &n, &e);
        load(k, path);
        resume(k, folder);
        compare(k);
    }
    checkpoint_close(k);
    memory_free(folder);
}

/* A checkpoint, as it is and with right checksums. The second has the higher number: where it cannot be read, the first
 * is looked at once more. */
FUZZ_WITH(checkpoint, pieces_mutate, bytes, n)
{
    const char *const name[] = {"checkpoint-000000000002.safetensors", "checkpoint-000000000003.safetensors"};
    remove(fuzz_text(name[1], ""));
    use(fuzz_file(name[0], bytes, n));
    const char *path = pieces_sign(bytes, n, name[1]);
    if (path)
        use(path);
}

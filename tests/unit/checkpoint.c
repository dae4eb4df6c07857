/* SPDX-License-Identifier: MIT
 *
 * Checkpoints without a run.
 */
#include "lib/train/checkpoint.h"

#include "lib/base/memory.h"
#include "lib/num/real.h"
#include "lib/report/container.h"
#include "lib/report/run_folder.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Room is what is free and what older checkpoints take; but the next must fit beside them. */
TEST(checkpoints_that_are_there_make_room)
{
    const double large = 0x1p40; /* more than tests beside this one will write */
    const char *folder = test_folder();
    struct checkpoints c = {.folder = folder, .every = 1, .most = 1, .best_score = NAN};
    struct statvfs s;
    struct error e = {0};
    char byte = 0, path[600];
    struct state_list list = {.owner = "a"};
    state_add(&list, "x", &byte, 1, 1);
    if (statvfs(folder, &s) != 0 || s.f_blocks == 0)
        return;
    const size_t model = (size_t)((double)s.f_bavail * (double)s.f_frsize + large / 2);
    CHECK(checkpoints_fit(&c, &list, 0, &e));
    CHECK(!checkpoints_fit(&c, &list, model, &e) && e.kind == ERROR_IO);
    snprintf(path, sizeof path, "%s/checkpoint-000000000007.safetensors", folder);
    FILE *f = fopen(path, "w");
    if (!CHECK(f != NULL) || ftruncate(fileno(f), (off_t)large) != 0)
        return; /* a file system without holes */
    fclose(f);
    CHECK(checkpoints_fit(&c, &list, model, &e));
    state_free(&list);
    list = (struct state_list){.owner = "a"};
    state_add(&list, "x", &byte, model, 1);
    CHECK(!checkpoints_fit(&c, &list, 0, &e)); /* (nobody reads what it lists) */
    state_free(&list);
}

#define OWN (sizeof(real) == sizeof(float) ? "float" : "double")
#define OTHER (sizeof(real) == sizeof(float) ? "double" : "float")

/* A checkpoint with these two strings; NULL: without. */
static void put(uint64_t number, const char *format, const char *precision)
{
    static const char *const others[] = {"run", "kernel", "epoch", "paused", "train",
                                         "dev", "test",   "space", "config"};
    struct error e = {0};
    struct container_writer *w = container_writer_new();
    char *path = run_folder_checkpoint_path(test_folder(), number);
    if (format)
        container_put_string(w, "checkpoint", format);
    if (precision)
        container_put_string(w, "real", precision);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        container_put_string(w, others[k], "1");
    CHECK_MSG(container_write(w, path, NULL, &e), "%s", e.text);
    container_writer_free(w);
    memory_free(path);
}

/* The number of the one that is taken, 0: none; what is said of those that are not. */
static uint64_t taken(const char *said, enum error_kind kind)
{
    struct error e = {0};
    char *skipped;
    struct checkpoint *k = checkpoint_open(test_folder(), &skipped, &e);
    const uint64_t number = k ? checkpoint_samples(k) : 0;
    const char *words = k && skipped ? skipped : e.text;
    CHECK_MSG(said == NULL ? !skipped : strstr(words, said) != NULL, "expected '%s', got '%s'",
              said ? said : "nothing", words);
    CHECK(k || e.kind == kind);
    checkpoint_close(k);
    memory_free(skipped);
    return number;
}

TEST(refuses_what_it_cannot_go_on_from)
{
    CHECK_INT(taken("there is no checkpoint to go on from", ERROR_USAGE), 0);
    put(10, "2", OWN);
    CHECK_INT(taken("a checkpoint of another version", ERROR_MODEL), 0);
    put(10, NULL, OWN);
    CHECK_INT(taken("no checkpoint", ERROR_MODEL), 0);
    put(10, "1", OTHER);
    CHECK_INT(taken("this program has", ERROR_MODEL), 0);
    put(10, "1", NULL);
    CHECK_INT(taken("'real' is missing", ERROR_MODEL), 0);
}

TEST(takes_the_newest_that_it_can_read)
{
    put(10, "1", OWN);
    put(9, "1", OWN);
    CHECK_INT(taken(NULL, ERROR_NONE), 10);
    put(10, "2", OWN);
    CHECK_INT(taken("another version", ERROR_NONE), 9);
}

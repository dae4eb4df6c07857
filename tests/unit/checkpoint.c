/* SPDX-License-Identifier: MIT
 *
 * Checkpoints without a run.
 */
#include "lib/train/checkpoint.h"

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

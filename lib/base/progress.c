/* SPDX-License-Identifier: MIT */
#include "lib/base/progress.h"

#include <stddef.h>

static progress_look *watcher;
static void *watching;

void progress_watch(progress_look *look, void *context)
{
    watcher = look;
    watching = context;
}

void progress_tell(enum progress_kind kind, const char *what, uint64_t done, uint64_t all)
{
    if (watcher)
        watcher(watching, kind, what, done, all);
}

/* SPDX-License-Identifier: MIT */
#include "lib/base/program.h"

#include "lib/base/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name;

void program_note(const char *called)
{
    name = called;
}

/* A file that can be executed, links resolved. */
static char *executable(const char *path)
{
    char whole[PATH_MAX];
    return access(path, X_OK) == 0 && realpath(path, whole) ? memory_copy(whole, strlen(whole)) : NULL;
}

static char *found_in(const char *folders)
{
    char *found = NULL, path[PATH_MAX];
    for (size_t n; folders && !found; folders = folders[n] ? folders + n + 1 : NULL) {
        n = strcspn(folders, ":");
        const int length = snprintf(path, sizeof path, "%.*s%s%s", (int)n, folders, n ? "/" : "", name);
        if (length > 0 && (size_t)length < sizeof path)
            found = executable(path);
    }
    return found;
}

char *program_path(void)
{
    char *found = executable("/proc/self/exe");
    if (found || !name)
        return found;
    return strchr(name, '/') ? executable(name) : found_in(getenv("PATH"));
}

/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    char folder[4096]; /* empty until a file is asked for */
    char *path[FUZZ_FILES];
} files;

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static const char *path_of(const char *name)
{
    char path[sizeof files.folder + 64];
    if (!*files.folder) {
        const char *parent = getenv("TMPDIR");
        snprintf(files.folder, sizeof files.folder, "%s/asyntrain-fuzz-XXXXXX",
                 parent && *parent ? parent : "/tmp");
        if (!mkdtemp(files.folder))
            fail(files.folder);
        atexit(fuzz_clean);
    }
    snprintf(path, sizeof path, "%s/%s", files.folder, name);
    for (size_t k = 0; k < FUZZ_FILES; k++) {
        if (!files.path[k] && !(files.path[k] = strdup(path)))
            fail(path);
        if (strcmp(files.path[k], path) == 0)
            return files.path[k];
    }
    fprintf(stderr, "%s: a target has at most %d files; raise FUZZ_FILES\n", path, FUZZ_FILES);
    exit(2);
}

const char *fuzz_file(const char *name, const void *bytes, size_t n)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        fail(path);
    return path;
}

const char *fuzz_text(const char *name, const char *text)
{
    return fuzz_file(name, text, strlen(text));
}

void fuzz_clean(void)
{
    for (size_t k = 0; k < FUZZ_FILES; k++) {
        if (files.path[k])
            remove(files.path[k]);
        free(files.path[k]);
        files.path[k] = NULL;
    }
    if (*files.folder)
        rmdir(files.folder);
    *files.folder = 0;
}

void fuzz_no_memory(const char *message)
{
    fprintf(stderr, "%s\n", message);
    abort();
}

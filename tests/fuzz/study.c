/* SPDX-License-Identifier: MIT */
#include "lib/train/study.h"

#include "lib/base/memory.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { TRIALS = 3 };

static void said(void *context, const char *words)
{
    (void)context, (void)words;
}

/* The names that the study gives to its trials, to be freed; false: it is refused. */
static bool names(const char *folder, char **name)
{
    static const char *const assign[TRIALS] = {"optimizer.rate=0.1", "optimizer.rate=0.2", "corpus.map=[]"};
    const struct study_observer o = {.said = said};
    struct study s;
    struct error e;
    study_init(&s, "sweep", folder);
    for (size_t k = 0; k < TRIALS; k++)
        study_add(&s, NULL, &assign[k], 1)->config = memory_copy("", 0);
    const bool good = study_open(&s, &o, &e);
    for (size_t k = 0; good && k < TRIALS; k++)
        name[k] = memory_copy(s.trial[k].name, strlen(s.trial[k].name));
    study_free(&s);
    return good;
}

/* study.txt of a folder in which a sweep goes on: its trials have folders of their own, the same ones each time. */
FUZZ(study, bytes, n)
{
    const char *path = fuzz_file("study.txt", bytes, n);
    char *folder = memory_copy(path, (size_t)(strrchr(path, '/') - path)), *first[TRIALS], *again[TRIALS];
    if (names(folder, first)) {
        if (!names(folder, again))
            abort();
        for (size_t k = 0; k < TRIALS; k++) {
            for (size_t j = 0; j < k; j++)
                if (strcmp(first[j], first[k]) == 0)
                    abort();
            if (strcmp(first[k], again[k]) != 0 || strchr(first[k], '/') || first[k][0] == '.')
                abort();
        }
        for (size_t k = 0; k < TRIALS; k++) {
            memory_free(first[k]);
            memory_free(again[k]);
        }
    }
    memory_free(folder);
}

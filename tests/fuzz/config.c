/* SPDX-License-Identifier: MIT */
#include "lib/base/config.h"
#include "lib/base/memory.h"
#include "lib/data/corpus.h"
#include "lib/train/parts.h"
#include "models/models.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool check(struct config *c, const char *text, size_t n)
{
    struct error e = {0};
    struct parts parts;
    struct corpus corpus;
    return config_parse(c, text, n, "fuzz", &e) && parts_find(c, model_table, &parts, &e) &&
           corpus_configure(&corpus, c, &e);
}

/* The resolved configuration loads to the same values again. */
static void judge(const struct config *c)
{
    char *text = config_text(c);
    struct config *again = config_new();
    if (!check(again, text, strlen(text)))
        abort();
    char *same = config_text(again);
    if (strcmp(text, same) != 0)
        abort();
    memory_free(same);
    config_free(again);
    memory_free(text);
}

/* A line of the command line: the bytes up to the first zero or newline. */
static void assign(const uint8_t *bytes, size_t n)
{
    struct error e = {0};
    struct parts parts;
    struct config *c = config_new();
    char *text = memory_copy((const char *)bytes, n);
    text[strcspn(text, "\n")] = 0;
    if (config_set(c, text, &e))
        parts_find(c, model_table, &parts, &e);
    config_free(c);
    memory_free(text);
}

FUZZ(config, bytes, n)
{
    struct error e = {0};
    struct config *c = config_new();
    if (check(c, (const char *)bytes, n))
        judge(c);
    config_free(c);
    c = config_new();
    config_load(c, fuzz_file("config.yaml", bytes, n), &e);
    config_free(c);
    assign(bytes, n);
}

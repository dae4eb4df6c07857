/* SPDX-License-Identifier: MIT */
#include "tests/unit/configs.h"

#include "tests/test.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct key configs_corpus_keys[] = {
    {"train", KEY_PATHS, 0, 0, "", NULL, "training files"},
    {"model", KEY_PATH, 0, 0, "", NULL, "where the model goes"},
    {"labels", KEY_LIST, 0, 0, "[B-NP, O]", NULL, "labels to keep"},
    {"separator", KEY_STRING, 0, 0, " ", NULL, "between columns"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key engine_keys[] = {
    {"name", KEY_CHOICE, 0, 0, "sequential", "sequential|asyngrad|simulated", "the engine"},
    {"threads", KEY_INTEGER, 1, 1024, "1", NULL, "worker threads"},
    {"seed", KEY_INTEGER, 0, 1e18, "0", NULL, "of the random numbers"},
    {"pin", KEY_BOOL, 0, 0, "true", NULL, "pin threads to cores"},
    {"offset", KEY_INTEGER, 0, 0, "0", NULL, "any integer"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key optimizer_keys[] = {
    {"rate", KEY_REAL, 0, 10, "0.1", NULL, "learning rate"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key l2_keys[] = {
    {"l2.form", KEY_CHOICE, 0, 0, "none", "none|exact|lazy", "how the penalty is applied"},
    {"l2.weight", KEY_REAL, 0, 1, "1e-4", NULL, "lambda"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
const struct section configs_sections[] = {
    {"corpus", {configs_corpus_keys}},
    {"engine", {engine_keys}},
    {"optimizer", {optimizer_keys, NULL, l2_keys}},
    {NULL, {NULL}},
};

bool configs_parse(struct config *c, const char *text, struct error *e)
{
    return config_parse(c, text, strlen(text), "t.yaml", e);
}

/* What is said when `text` is read and checked; "" for nothing. */
const char *configs_complaint(const char *text)
{
    static struct error e;
    struct config *c = config_new();
    e = (struct error){0};
    if (configs_parse(c, text, &e))
        config_check(c, configs_sections, &e);
    config_free(c);
    CHECK(e.kind == ERROR_NONE || e.kind == ERROR_USAGE);
    return e.text;
}

/* The same of one assignment. */
const char *configs_set_complaint(const char *assignment)
{
    static struct error e;
    struct config *c = config_new();
    e = (struct error){0};
    if (config_set(c, assignment, &e))
        config_check(c, configs_sections, &e);
    config_free(c);
    CHECK(e.kind == ERROR_NONE || e.kind == ERROR_USAGE);
    return e.text;
}

/* A checked configuration, or NULL with a failed check. */
struct config *configs_checked(const char *text)
{
    struct error e = {0};
    struct config *c = config_new();
    if (CHECK(configs_parse(c, text, &e)) && CHECK(config_check(c, configs_sections, &e)))
        return c;
    fprintf(stderr, "%s\n", e.text);
    config_free(c);
    return NULL;
}

/* A file in the test's folder; its whole name. */
const char *configs_file(const char *name, const char *text, size_t length)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        fwrite(text, 1, length, f);
        fclose(f);
    }
    return path;
}

const char *configs_text(const char *format, ...)
{
    static char text[4][2 * PATH_MAX];
    static int turn;
    va_list list;
    va_start(list, format);
    turn = (turn + 1) % 4;
    vsnprintf(text[turn], sizeof text[turn], format, list);
    va_end(list);
    return text[turn];
}

const char *configs_here(void)
{
    static char path[PATH_MAX];
    return getcwd(path, sizeof path) ? path : "";
}

/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"

#include "cmd/asyntrain/terminal.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/shown.h"
#include "lib/base/text.h"
#include "lib/base/threads.h"
#include "lib/report/run_folder.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool setup_assigns(const char *operand)
{
    const char *equals = strchr(operand, '='), *slash = strchr(operand, '/');
    return equals && (!slash || equals < slash);
}

void setup_hint(const char *folder, struct error *e)
{
    char words[RUN_FOLDER_WORDS];
    run_folder_within(folder, words);
    error_add(e, "%s", words);
}

/* Does it look like section.key, whose value is missing? */
static bool is_key(const char *operand)
{
    struct parts_row *rows = parts_list(model_table);
    const size_t n = strcspn(operand, ".");
    bool found = false;
    for (const struct parts_row *row = rows; operand[n] && row->section.name; row++)
        found = found || (strlen(row->section.name) == n && strncmp(row->section.name, operand, n) == 0);
    memory_free(rows);
    return found;
}

/* Load a configuration; of a run's folder the one that the run was made by. */
static bool load(struct config *c, const char *operand, bool say, struct error *e)
{
    struct stat s;
    const bool there = stat(operand, &s) == 0;
    if (!there && is_key(operand))
        return error_set(e, ERROR_USAGE, "%s: no such file; a key is given with its value: %s=VALUE", operand,
                         operand);
    if (!there || !S_ISDIR(s.st_mode))
        return config_load(c, operand, e);
    char *path = memory_new(strlen(operand) + sizeof "/" RUN_FOLDER_CONFIG, 1);
    size_t n = strlen(operand);
    sprintf(path, "%s%s" RUN_FOLDER_CONFIG, operand, n && operand[n - 1] == '/' ? "" : "/");
    bool good = stat(path, &s) == 0;
    if (good && say)
        text_say(stderr, "%s is a run's folder: its configuration is taken, %s", operand, path);
    else if (!good)
        error_set(e, ERROR_USAGE,
                  "%s: a folder without " RUN_FOLDER_CONFIG
                  "; give a configuration, or the folder of a run that has ended",
                  operand);
    if (!good)
        setup_hint(operand, e);
    good = good && config_load(c, path, e);
    memory_free(path);
    return good;
}

struct config *setup_config(int argc, char **argv, struct error *e)
{
    static bool said; /* studies and bench read the same operands again and again */
    struct config *c = config_new();
    bool good = true;
    int files = 0;
    for (int i = 0; i < argc && good; i++) {
        bool assignment = setup_assigns(argv[i]);
        good = assignment ? config_set(c, argv[i], e) : load(c, argv[i], !said, e);
        files += !assignment;
    }
    said = true;
    if (good && files == 0)
        good = error_set(e, ERROR_USAGE, "no configuration file given; see the folder configs/ for examples");
    if (good)
        return c;
    config_free(c);
    return NULL;
}

static const struct model_ops *find_model(struct config *c, struct error *e)
{
    struct parts parts;
    return parts_find(c, model_table, &parts, e) ? parts.model : NULL;
}

void setup_settle(const char *folder)
{
    char words[RUN_FOLDER_WORDS];
    run_folder_settle(folder, words);
    if (*words)
        terminal_say("%s", words);
}

struct trained *setup_trained(const char *path, struct error *e)
{
    char words[RUN_FOLDER_WORDS];
    setup_settle(path);
    run_folder_unfinished(path, words);
    if (*words)
        terminal_say("%s", words);
    struct trained *t = trained_open(path, find_model, e);
    uint64_t number;
    char *checkpoint =
        t || outfile_exists(path, RUN_FOLDER_MODEL) ? NULL : run_folder_checkpoint(path, UINT64_MAX, &number);
    if (checkpoint)
        error_add(e, "; the run was stopped before its end: `asyntrain train --resume` goes on with it");
    else if (!t)
        setup_hint(path, e);
    memory_free(checkpoint);
    return t;
}

static FILE *output; /* over a terminal; NULL: it is standard output itself */

FILE *setup_output(void)
{
    if (!output && isatty(STDOUT_FILENO))
        output = shown_open(stdout);
    return output ? output : stdout;
}

void setup_output_end(void)
{
    if (output)
        fclose(output); /* what is wrong with standard output, main says */
    output = NULL;
}

void setup_terminal(const char *path, const char *what)
{
    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
        terminal_say("reading %s from the terminal; end with Ctrl-D", what);
}

bool setup_number(const char *option, const char *text, long long least, long long most, long long *value,
                  struct error *e)
{
    return !text || (text_integer(span_of(text), value) && *value >= least && *value <= most) ||
           error_set(e, ERROR_USAGE, "option %s: '%s' is no whole number from %lld to %lld", option, text,
                     least, most);
}

bool setup_threads(const char *option, int fallback, uint32_t *threads, struct error *e)
{
    long long n = fallback;
    if (!setup_number("--threads", option, 1, 4096, &n, e))
        return false;
    *threads = (uint32_t)n;
    if (n == 1 || threads_suffice(*threads, e))
        return true;
    if (option)
        return false;
    e->kind = ERROR_NONE; /* nobody asked for them */
    *threads = 1;
    return true;
}

bool setup_decode(const struct trained *t, const char *option, struct constraint **constraint,
                  struct error *e)
{
    return trained_constraint(t, option, constraint, e) || error_within(e, "option --decode");
}

bool setup_whole(const struct trained *t, const char *option, enum whole *whole, struct error *e)
{
    if (trained_whole(t, option, whole, e))
        return true;
    if (t->task == CORPUS_SEGMENTATION)
        return error_within(e, "option --whole");
    return error_set(e, ERROR_USAGE, "option --whole goes with models of task segmentation; leave it out");
}

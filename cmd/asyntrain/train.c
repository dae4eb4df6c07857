/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/train.h"
#include "cmd/asyntrain/check.h"
#include "cmd/asyntrain/runs.h"
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/report/run_folder.h"
#include "lib/train/checkpoint.h"
#include "lib/train/run.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUT, RESUME, QUIET, RUNS, JOBS, DRY_RUN, JSON, OPTIONS };
static const struct option options[] = {
    [OUT] = {"--out", "DIR", "run folder (default: runs/NAME of the configuration, numbered if it exists)"},
    [RESUME] = {"--resume", "RUN", "go on with a run that was stopped, from its last checkpoint"},
    [QUIET] = {"--quiet", NULL, "print nothing but errors; the score is in log.txt of the run folder"},
    [RUNS] = {"--runs", "N", "train N times, with the seeds run.seed, run.seed + 1 …, and print the mean"},
    [JOBS] = {"--jobs", "N", "of --runs: so many at once (default: cores / engine.threads)"},
    [DRY_RUN] = {"--dry-run", NULL, "check everything, print what would be done, and write nothing"},
    [JSON] = {"--log-json", NULL, "progress and messages on stderr as JSON, an object a line"},
    {NULL, NULL, NULL},
};

/* runs/NAME, or runs/NAME-2, -3 … if that is there already. What an ended run has left there is nothing to keep. */
static char *fresh_folder(const char *config)
{
    size_t end = strlen(config);
    while (end > 0 && config[end - 1] == '/')
        end--; /* of a folder */
    size_t begin = end;
    while (begin > 0 && config[begin - 1] != '/')
        begin--;
    const char *name = config + begin;
    size_t length = strcspn(name, ".");
    length = length < end - begin ? length : end - begin;
    if (length == 0)
        name = "run", length = 3;
    char *path = memory_new(length + 32, 1);
    sprintf(path, "runs/%.*s", (int)length, name);
    for (int k = 2; access(path, F_OK) == 0 && !run_folder_is_dead(path); k++)
        sprintf(path, "runs/%.*s-%d", (int)length, name, k);
    return path;
}

static char *folder_of(int argc, char **argv)
{
    int file = 0;
    while (file + 1 < argc && setup_assigns(argv[file]))
        file++;
    return fresh_folder(argc ? argv[file] : "run");
}

/* The configuration of a checkpoint, and what the command line says of it; both checked. `then` is the first alone. */
static struct config *resumed_config(const struct checkpoint *from, const char *folder, int argc, char **argv,
                                     struct parts *parts, struct config **then, struct error *e)
{
    const char *text = checkpoint_config(from);
    bool files = false;
    for (int k = 0; k < argc; k++)
        files |= !setup_assigns(argv[k]);
    struct config *c = files ? setup_config(argc, argv, e) : config_new();
    bool good = c && (files || config_parse(c, text, strlen(text), folder, e));
    for (int k = 0; k < argc && good && !files; k++)
        good = config_set(c, argv[k], e);
    *then = config_new();
    if (good && config_parse(*then, text, strlen(text), folder, e) &&
        parts_find(*then, model_table, parts, e) && parts_find(c, model_table, parts, e) &&
        run_may_resume(from, c, *then, folder, e))
        return c;
    config_free(c);
    return NULL;
}

static void run(struct trainer *t, const char *out, struct checkpoint *from, bool quiet, struct error *e)
{
    struct observer observer = terminal_observer();
    struct score *score;
    observer.command = verb_command();
    if (run_train(t, out, from, &observer, &score, e)) {
        terminal_close();
        if (score && !quiet)
            score_print(score, stdout);
        terminal_say("the run lies in %s", out);
        score_free(score);
    }
}

/* What `run` would do, in words; nothing is written. */
static void rehearse(const struct trainer *t, const char *out, bool again, struct error *e)
{
    if (!check_report(t, e))
        return;
    printf("training %s, %u epochs of %zu samples, engine %s, %u thread%s, optimizer %s\n",
           again ? "goes on" : "begins", t->epochs, t->session->nsamples,
           config_string(t->config, "engine.name"), t->session->nthreads,
           t->session->nthreads == 1 ? "" : "s", config_string(t->config, "optimizer.name"));
    text_say(stdout, "run      %s%s; nothing was written", out,
             again                    ? ""
             : access(out, F_OK) == 0 ? " (it exists; an older run in it would be replaced)"
                                      : " (new)");
}

static int begin(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct parts parts;
    struct config *c = setup_config(argc, argv, &e);
    bool possible = c && parts_find(c, model_table, &parts, &e) && trainer_threads(c, &parts, &e);
    struct trainer *t = possible ? trainer_new(c, &parts, &e) : NULL;
    char *out = values[OUT] ? memory_copy(values[OUT], strlen(values[OUT])) : folder_of(argc, argv);
    if (t && values[DRY_RUN]) {
        rehearse(t, out, false, &e);
    } else if (t) {
        char words[RUN_FOLDER_WORDS];
        setup_settle(out);
        if (run_folder_describe(out, words))
            terminal_say("%s holds %s: it is replaced when this one is finished", out, words);
        run(t, out, NULL, values[QUIET] != NULL, &e);
    }
    trainer_free(t);
    config_free(c);
    memory_free(out);
    return e.kind ? verb_fail(&e) : 0;
}

static int resume(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct parts parts;
    struct config *c = NULL, *then = NULL;
    struct trainer *t = NULL;
    char *skipped;
    const char *folder = values[RESUME];
    if (!values[DRY_RUN])
        setup_settle(folder);
    struct checkpoint *from = checkpoint_open(folder, &skipped, &e);
    if (from && skipped)
        terminal_say("warning: %s; the one before it is taken", skipped);
    if (from && (c = resumed_config(from, folder, argc, argv, &parts, &then, &e)) != NULL &&
        trainer_threads(c, &parts, &e) && (t = trainer_new(c, &parts, &e)) != NULL &&
        checkpoint_matches(from, t, &e)) {
        if (values[DRY_RUN])
            rehearse(t, folder, true, &e);
        else
            run(t, folder, from, values[QUIET] != NULL, &e);
    }
    trainer_free(t);
    config_free(c);
    config_free(then);
    checkpoint_close(from);
    memory_free(skipped);
    return e.kind ? verb_fail(&e) : 0;
}

int train_in(const char *folder, int argc, char **argv)
{
    uint64_t number;
    char *checkpoint = run_folder_checkpoint(folder, UINT64_MAX, &number);
    const char *values[OPTIONS] = {[QUIET] = ""};
    terminal_open(true, false);
    values[checkpoint ? RESUME : OUT] = folder;
    memory_free(checkpoint);
    return (values[RESUME] ? resume : begin)(argc, argv, values);
}

static int train(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    terminal_open(values[QUIET] != NULL, values[JSON] != NULL);
    for (int k = OUT; k <= RESUME; k++)
        if (values[k] && !*values[k])
            error_set(&e, ERROR_USAGE, "option %s: the folder has no name", options[k].name);
    if (values[OUT] && values[RESUME])
        error_set(&e, ERROR_USAGE, "option --out: a run goes on in its own folder; leave it out");
    if (values[RUNS] && values[RESUME])
        error_set(&e, ERROR_USAGE,
                  "option --resume: runs that were stopped go on when the same command is given again; leave "
                  "it out");
    if (values[JOBS] && !values[RUNS])
        error_set(&e, ERROR_USAGE, "option --jobs goes with --runs N; leave it out");
    if (!values[RESUME] && argc == 0)
        error_set(&e, ERROR_USAGE, "no configuration file given; see the folder configs/ for examples");
    if (e.kind)
        return verb_fail(&e);
    interrupt_expect();
    const int code = values[RUNS] ? runs_train(argc, argv, values[RUNS], values[OUT], values[JOBS],
                                               values[DRY_RUN] != NULL)
                                  : (values[RESUME] ? resume : begin)(argc, argv, values);
    terminal_close();
    return code;
}

const struct verb verb_train = {
    .name = "train",
    .summary = "train a model and write a run folder",
    .operands = "CONFIG... [section.key=value...]",
    .example = "asyntrain train configs/demo.yaml engine.threads=4 --out RUN",
    .least = 0,
    .most = -1,
    .options = options,
    .run = train,
    .saves = true,
};

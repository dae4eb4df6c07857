/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/train/trainer.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUT, QUIET };
const struct option train_options[] = {
    [OUT] = {"--out", "DIR", "run folder (default: runs/NAME of the configuration, numbered if it exists)"},
    [QUIET] = {"--quiet", NULL, "print nothing but errors"},
    {NULL, NULL, NULL},
};

/* runs/NAME, or runs/NAME-2, -3 … if that is there already. */
static char *fresh_folder(const char *config)
{
    const char *name = strrchr(config, '/') ? strrchr(config, '/') + 1 : config;
    size_t length = strcspn(name, ".");
    char *path = memory_new(length + 32, 1);
    sprintf(path, "runs/%.*s", (int)length, name);
    for (int k = 2; access(path, F_OK) == 0; k++)
        sprintf(path, "runs/%.*s-%d", (int)length, name, k);
    return path;
}

int verb_train(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct parts parts;
    if (values[OUT] && !*values[OUT]) {
        error_set(&e, ERROR_USAGE, "option --out: the folder has no name");
        return verb_fail(&e);
    }
    struct config *c = setup_config(argc, argv, &e);
    struct trainer *t = c && parts_find(c, model_table, &parts, &e) ? trainer_new(c, &parts, &e) : NULL;
    int file = 0;
    while (file + 1 < argc && setup_assigns(argv[file]))
        file++;
    char *out = values[OUT] ? memory_copy(values[OUT], strlen(values[OUT])) : fresh_folder(argv[file]);
    if (t) {
        struct terminal *terminal = terminal_new(values[QUIET] != NULL);
        struct observer observer = terminal_observer(terminal);
        struct score *score;
        if (trainer_run(t, out, &observer, &score, &e)) {
            if (score)
                score_print(score, stdout);
            if (!values[QUIET])
                fprintf(stderr, "the run lies in %s\n", out);
            score_free(score);
        }
        terminal_free(terminal);
    }
    trainer_free(t);
    config_free(c);
    memory_free(out);
    return e.kind ? verb_fail(&e) : 0;
}

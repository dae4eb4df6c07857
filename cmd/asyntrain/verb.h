/* SPDX-License-Identifier: MIT
 *
 * verb: what can be asked of the program. stdout carries data, stderr words for a person. Each verb is one
 * file, which ends with its row, and one name in the table of main.c, from which help, the manual page and completions
 * are made; it returns the exit code.
 */
#ifndef ASYNTRAIN_CMD_VERB_H
#define ASYNTRAIN_CMD_VERB_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option {
    const char *name; /* "--out" */
    const char *value; /* what follows, "DIR"; "free|scheme|seen" takes one of these; NULL for a switch */
    const char *help;
};

/* Where help has the verb. */
enum verb_group { VERB_EXPERIMENT, VERB_MODEL, VERB_ABOUT, VERB_GROUPS };

struct verb {
    const char *name, *summary, *operands;
    const char *example; /* one command */
    int least, most; /* operands; most -1: any number */
    enum verb_group group;
    const struct option *options; /* ended by a row whose name is NULL; or NULL */
    int (*run)(int argc, char **argv, const char *const *values); /* operands; values[k] of options[k], "" for
                                                                   * a switch that was given, else NULL */
    /* files: a pipe whose reader goes away does not end it; others are ended by it, as is usual */
    bool saves;
};
extern const struct verb *const verb_table[]; /* ended by NULL */
extern const char *const verb_group_table[VERB_GROUPS]; /* their names, for a heading */

extern const struct verb verb_sweep, verb_cv;
extern const struct verb verb_train, verb_eval, verb_tag, verb_score, verb_check, verb_bench, verb_simulate,
    verb_theory, verb_report, verb_list, verb_version, verb_help, verb_init_config;
extern const struct verb verb_compare, verb_inspect, verb_export;

/* The verb that is called or begins so; NULL and ERROR_USAGE. */
const struct verb *verb_find(const char *word, struct error *e);
/* Its names, in the order of the table; returns how many, at most VERBS. */
#define VERBS 64
size_t verb_names(const char *names[VERBS]);
/* Is what follows the option one of the words between bars? */
bool verb_chooses(const struct option *o);

/* The whole command line, as a shell reads it back. */
const char *verb_command(void);

/* "asyntrain: message" on stderr; returns the exit code. */
int verb_fail(const struct error *e);

/* Flush stdout; false and ERROR_IO when what was printed did not arrive. A reader that goes away is no
 * fault. `before`: of errno, why something was not written before, or 0. */
bool verb_flush(int before, struct error *e);

#endif

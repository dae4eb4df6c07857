/* SPDX-License-Identifier: MIT
 *
 * verb: what can be asked of the program. stdout carries data, stderr words for a person. Each verb is one
 * file, which ends with its row, and one name in the table of main.c, from which help is made; it returns the exit
 * code.
 */
#ifndef ASYNTRAIN_CMD_VERB_H
#define ASYNTRAIN_CMD_VERB_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct option {
    const char *name; /* "--out" */
    const char *value; /* what follows, "DIR"; NULL for a switch */
    const char *help;
};

struct verb {
    const char *name, *summary, *operands;
    const char *example; /* one command */
    int least, most; /* operands; most -1: any number */
    const struct option *options; /* ended by a row whose name is NULL; or NULL */
    int (*run)(int argc, char **argv, const char *const *values); /* operands; values[k] of options[k], "" for
                                                                   * a switch that was given, else NULL */
    /* files: a pipe whose reader goes away does not end it; others are ended by it, as is usual */
    bool saves;
};
extern const struct verb *const verb_table[]; /* ended by NULL */

extern const struct verb verb_sweep, verb_cv;
extern const struct verb verb_train, verb_eval, verb_tag, verb_score, verb_check, verb_bench, verb_simulate,
    verb_theory, verb_report, verb_list, verb_version, verb_help;

/* "asyntrain: message" on stderr; returns the exit code. */
int verb_fail(const struct error *e);

/* Flush stdout; false and ERROR_IO when what was printed did not arrive. A reader that goes away is no
 * fault. `before`: of errno, why something was not written before, or 0. */
bool verb_flush(int before, struct error *e);

#endif

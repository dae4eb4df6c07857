/* SPDX-License-Identifier: MIT
 *
 * verb: what can be asked of the program. stdout carries data, stderr words for a person. Each verb is one
 * file and one line of the table in main.c, from which help is made; it returns the exit code.
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
    int least, most; /* operands; most -1: any number */
    const struct option *options; /* ended by a row whose name is NULL; or NULL */
    int (*run)(int argc, char **argv, const char *const *values); /* operands; values[k] of options[k], "" for
                                                                   * a switch that was given, else NULL */
    /* files: a pipe whose reader goes away does not end it; others are ended by it, as is usual */
    bool saves;
};
extern const struct verb verb_table[]; /* ended by a row whose name is NULL */

int verb_train(int argc, char **argv, const char *const *values);
int verb_eval(int argc, char **argv, const char *const *values);
int verb_tag(int argc, char **argv, const char *const *values);
int verb_score(int argc, char **argv, const char *const *values);
int verb_check(int argc, char **argv, const char *const *values);
int verb_bench(int argc, char **argv, const char *const *values);
int verb_simulate(int argc, char **argv, const char *const *values);
int verb_theory(int argc, char **argv, const char *const *values);
int verb_list(int argc, char **argv, const char *const *values);
int verb_version(int argc, char **argv, const char *const *values);
int verb_help(int argc, char **argv, const char *const *values);

extern const struct option train_options[], eval_options[], tag_options[], score_options[], bench_options[],
    simulate_options[], theory_options[], list_options[];

/* "asyntrain: message" on stderr; returns the exit code. */
int verb_fail(const struct error *e);

/* Flush stdout; false and ERROR_IO when what was printed did not arrive. A reader that goes away is no
 * fault. `before`: of errno, why something was not written before, or 0. */
bool verb_flush(int before, struct error *e);

#endif

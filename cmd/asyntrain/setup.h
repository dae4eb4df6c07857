/* SPDX-License-Identifier: MIT
 *
 * setup: what verbs have in common: operands become a configuration, a model's file a trained model.
 */
#ifndef ASYNTRAIN_CMD_SETUP_H
#define ASYNTRAIN_CMD_SETUP_H

#include "lib/base/config.h"
#include "lib/tag/trained.h"

#include <stdio.h>

/* Is this operand section.key=value, or the name of a file? */
bool setup_assigns(const char *operand);

/* The operands of train and check: files, folders of runs (whose configuration it is), and section.key=value. NULL and
 * ERROR_USAGE. */
struct config *setup_config(int argc, char **argv, struct error *e);

/* Before a run's folder is read or written: put in place what a run that was cut off left to be renamed, and say what a
 * person should know (lib/report/run_folder.h). */
void setup_settle(const char *folder);

/* A folder where a run was expected: add to the error which runs lie in it, if any do. */
void setup_hint(const char *folder, struct error *e);

/* Where data go that repeat what a corpus, a model or a path says: standard output, escaped where it is a terminal
 * (lib/base/shown.h). Who is done calls setup_output_end. */
FILE *setup_output(void);
void setup_output_end(void);

/* Who reads `what` from standard input ("-"), and that is a terminal, waits for it: say so. */
void setup_terminal(const char *path, const char *what);

/* A trained model, ready to decode, to be freed with trained_free. NULL and ERROR_MODEL. */
struct trained *setup_trained(const char *path, struct error *e);

/* The whole number that an option has; it keeps its value where `text` is NULL. ERROR_USAGE. */
#define SETUP_SEED 9000000000000000 /* the greatest one, as run.seed */
bool setup_number(const char *option, const char *text, long long least, long long most, long long *value,
                  struct error *e);

/* How many threads are to work, as `option` (of --threads) says, and they can; ERROR_USAGE, ERROR_THREADS. NULL:
 * `fallback` threads, or one where the system does not provide them. */
bool setup_threads(const char *option, int fallback, uint32_t *threads, struct error *e);

/* Which labels may follow each other, as `option` (of --decode) says: trained_constraint. ERROR_USAGE. */
bool setup_decode(const struct trained *t, const char *option, struct constraint **constraint,
                  struct error *e);
/* Which runs of characters are kept whole, as `option` (of --whole) says: trained_whole. ERROR_USAGE. */
bool setup_whole(const struct trained *t, const char *option, enum whole *whole, struct error *e);

#endif

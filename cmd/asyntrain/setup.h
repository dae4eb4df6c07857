/* SPDX-License-Identifier: MIT
 *
 * setup: names in a configuration become parts. The one place that knows every registry.
 */
#ifndef ASYNTRAIN_CMD_SETUP_H
#define ASYNTRAIN_CMD_SETUP_H

#include "lib/base/config.h"
#include "lib/num/constraint.h"
#include "lib/report/modelfile.h"
#include "lib/train/trainer.h"

/* Is this operand section.key=value, or the name of a file? */
bool setup_assigns(const char *operand);

/* The operands of train and check: files, and section.key=value. NULL and ERROR_USAGE. */
struct config *setup_config(int argc, char **argv, struct error *e);

/* A trained model, ready to decode. NULL and ERROR_MODEL. */
struct trained {
    struct config *config;
    struct corpus corpus; /* how files are read */
    struct space *space;
    struct model *model;
    real *w;
    enum corpus_task task;
};
struct trained *setup_trained(const char *path, struct error *e);
void setup_trained_free(struct trained *t);

/* Which labels may follow each other: as `option` (of --decode) says, or the model's run.decode where it is
 * NULL. `*constraint` is the caller's, NULL for no constraint. ERROR_USAGE. */
bool setup_decode(const struct trained *t, const char *option, struct constraint **constraint,
                  struct error *e);
/* Which runs of characters are kept whole: as `option` (of --whole) says, or the model's run.whole. ERROR_USAGE. */
bool setup_whole(const struct trained *t, const char *option, enum whole *whole, struct error *e);

#endif

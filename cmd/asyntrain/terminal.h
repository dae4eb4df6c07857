/* SPDX-License-Identifier: MIT
 *
 * terminal: how a run looks to a person: a moving bar on a terminal, one plain line an epoch elsewhere,
 * nothing with --quiet. All of it goes to stderr.
 */
#ifndef ASYNTRAIN_CMD_TERMINAL_H
#define ASYNTRAIN_CMD_TERMINAL_H

#include "lib/train/trainer.h"

struct terminal;

struct terminal *terminal_new(bool quiet);
void terminal_free(struct terminal *t);
struct observer terminal_observer(struct terminal *t);

#endif

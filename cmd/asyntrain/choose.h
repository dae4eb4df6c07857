/* SPDX-License-Identifier: MIT
 *
 * choose: a name of the command line, written out or begun: `tr` is train as long as nothing else begins so.
 */
#ifndef ASYNTRAIN_CMD_CHOOSE_H
#define ASYNTRAIN_CMD_CHOOSE_H

#include "lib/base/error.h"

#include <stddef.h>

/* Which of the names `word` is, or begins and no other. `count` and ERROR_USAGE where it is none: the message is
 * `unknown` and the nearest name, or `see`; or where it begins several: the message has them. */
size_t choose_name(const char *word, const char *const *names, size_t count, const char *unknown,
                   const char *see, struct error *e);

#endif

/* SPDX-License-Identifier: MIT
 *
 * pages: what is made from the tables for other programs: the manual page (man), and completions of shells. A value is
 * completed after its placeholder in the tables: choices between bars, names of verbs (VERB), lists (WHAT) and modes
 * (MODES), files (FILE, RUN, CONFIG …), or nothing (N).
 */
#ifndef ASYNTRAIN_CMD_PAGES_H
#define ASYNTRAIN_CMD_PAGES_H

#include "cmd/asyntrain/verb.h"
#include "lib/base/config.h"

/* All print to standard output. */
void pages_man(void);
void pages_bash(void);
void pages_zsh(void);
void pages_fish(void);

/* Names of what `list` has: how many, at most PAGES_LISTS. */
#define PAGES_LISTS 32
size_t pages_lists(const char *names[PAGES_LISTS]);

#endif

/* SPDX-License-Identifier: MIT
 *
 * modes: names for the ways of training that are worth a comparison. A mode is a set of assignments that choose an
 * engine and its keys; `asyntrain bench` says them after the configuration's own.
 */
#ifndef ASYNTRAIN_ENGINES_MODES_H
#define ASYNTRAIN_ENGINES_MODES_H

#include <stdbool.h>

struct mode {
    const char *name;
    const char *settings; /* key=value,key=value */
    const char *combines; /* the same, said where the configuration combines no writes; or NULL */
    bool baseline; /* speed-ups are over this one */
};
extern const struct mode mode_table[]; /* ended by a row whose name is NULL: add a line for a new mode */

#endif

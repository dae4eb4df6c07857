/* SPDX-License-Identifier: MIT
 *
 * shown: data that go to a person's terminal. Files and answers repeat what a corpus says, byte for byte. On a terminal
 * an escape sequence in it would command the terminal, so there it is escaped (text_escape, lib/base/text.h); tabs and
 * ends of lines stay.
 */
#ifndef ASYNTRAIN_BASE_SHOWN_H
#define ASYNTRAIN_BASE_SHOWN_H

#include <stdio.h>

/* A FILE over `under`, which stays open; what is flushed here is flushed there. There is one terminal: one at a time.
 * NULL: out of memory. */
FILE *shown_open(FILE *under);

#endif

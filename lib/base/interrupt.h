/* SPDX-License-Identifier: MIT
 *
 * interrupt: signals that ask a long job to stop, or to save what it has. A handler only notes them down; the job looks
 * between two of its steps and ends in order. Who cannot wait sends the signal again: the second ends the program.
 * Signals within half a second count as one: timeout(1) sends its own to the program, and again to its whole group.
 *
 *     INT TERM HUP   stop: save, and end with 128 + the signal's number
 *     USR1           save, and go on
 *
 * Signals that are ignored when the program begins (nohup; jobs in the background of a script) stay ignored.
 */
#ifndef ASYNTRAIN_BASE_INTERRUPT_H
#define ASYNTRAIN_BASE_INTERRUPT_H

#include <stdbool.h>

/* From the begin of the program: as long as there is nothing to save, USR1 does nothing. */
void interrupt_expect(void);
/* From here on signals are noted down; until interrupt_release, which makes all as it was before. One at a time. */
void interrupt_catch(void);
void interrupt_release(void);

/* The signal that asked to stop, or 0. Any thread, at any time: one load. */
int interrupt_stop(void);
/* Is there a wish to save, by USR1 or by a stop? Any thread. A stop stays, USR1 until interrupt_saved. */
bool interrupt_save(void);
void interrupt_saved(void);

/* "INT", "TERM", "HUP" or "USR1". */
const char *interrupt_name(int number);

#endif

/* SPDX-License-Identifier: MIT
 *
 * program: where the program that runs lies, for files that are installed beside it.
 */
#ifndef ASYNTRAIN_BASE_PROGRAM_H
#define ASYNTRAIN_BASE_PROGRAM_H

/* Once, before the working directory changes: argv[0] of main. It is borrowed. */
void program_note(const char *called);

/* The path of the program, links resolved; to be freed. As the system says it, else as it was called: a path, or a name
 * looked for in PATH. NULL: not to be found. */
char *program_path(void);

#endif

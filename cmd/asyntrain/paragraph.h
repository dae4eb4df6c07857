/* SPDX-License-Identifier: MIT
 *
 * paragraph: text for a person, wrapped at the width of the terminal. Columns are code points.
 */
#ifndef ASYNTRAIN_CMD_PARAGRAPH_H
#define ASYNTRAIN_CMD_PARAGRAPH_H

#include <stddef.h>

/* Columns of standard output: COLUMNS of the environment, else of the terminal, else 80. At least 40. */
size_t paragraph_width(void);

/* Print a text from column `at` on, where the line stands, and end the line. Further lines begin at column `indent`. A
 * word that is longer than a line has a line of its own. */
void paragraph_print(const char *text, size_t at, size_t indent, size_t width);

/* Two columns, such as an option and its help: `left` at column `indent`, the text at column `column`, on a line of
 * its own where `left` reaches so far. */
void paragraph_pair(const char *left, const char *text, size_t indent, size_t column, size_t width);

#endif

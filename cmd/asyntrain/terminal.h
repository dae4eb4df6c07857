/* SPDX-License-Identifier: MIT
 *
 * terminal: how a run looks, on stderr. There is one stderr, so what is said here is for the whole process.
 *
 *     words    one line an epoch; on a terminal a moving bar as well (lib/report/bar.h), cut to the terminal's width,
 *              while corpora are read, an epoch is trained, a part is scored, the runs of a study are trained
 *     quiet    nothing but errors
 *     json     one JSON object a line: docs/metrics.md, "Progress for programs"
 *
 * Colour: warnings are yellow, the best score so far is bold. There is none, and no bar, where stderr is no terminal or
 * TERM is dumb or not set; NO_COLOR takes the colour alone.
 */
#ifndef ASYNTRAIN_CMD_TERMINAL_H
#define ASYNTRAIN_CMD_TERMINAL_H

#include "lib/base/text.h"
#include "lib/train/trainer.h"

struct bar;

/* Before anything is said; without it, words and no bar. From here on reading and scoring are shown as well. */
void terminal_open(bool quiet, bool json);
/* No bar is shown any more. */
void terminal_close(void);

/* Of train: for run_train. */
struct observer terminal_observer(void);

/* One line for a person, printf style; that it is a warning its first word says. Any thread may call it. */
void terminal_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Work of the caller's own: its bar, and for programs the words `what`. To be called as often as one likes. */
void terminal_turn(const char *what, const struct bar *b);

/* The same for who has more to say: is it time to show something again? Then a bar is painted where bars move, and a
 * line of JSON (a runlog_listener, lib/report/runlog.h) is printed for programs. Both do nothing elsewhere. */
bool terminal_due(void);
bool terminal_is_json(void);
void terminal_paint(const struct bar *b);
void terminal_event(void *context, struct span line);

/* The last line of a program that ends with an error, without a call for memory: its bytes, in line [room], at most
 * TERMINAL_LAST. A bar that is shown goes. */
#define TERMINAL_LAST 4096
size_t terminal_last(char *line, size_t room, const char *message);

#endif

/* SPDX-License-Identifier: MIT
 *
 * error: how the border speaks. Functions that touch the outside world return false or NULL and fill a
 * struct error with one message for a person: "file:line: what, what was expected, what to do". The kind
 * is the exit code, so there is exactly one table of them. The core (models, optimizers, engines, kernels)
 * returns no errors at all.
 */
#ifndef ASYNTRAIN_BASE_ERROR_H
#define ASYNTRAIN_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum error_kind {
    ERROR_NONE = 0,
    ERROR_USAGE = 2, /* command line or configuration */
    ERROR_CORPUS = 3, /* a corpus or template file */
    ERROR_MODEL = 4, /* a model file */
    ERROR_IO = 5, /* reading or writing failed: disk full, no permission */
    ERROR_DIVERGED = 6, /* the weights are not finite any more */
    ERROR_MEMORY = 7, /* out of memory */
    ERROR_THREADS = 8, /* threads or ranks could not be had */
    /* ended in order by a signal: 128 and its number (lib/base/interrupt.h) */
    ERROR_HANGUP = 129,
    ERROR_INTERRUPTED = 130,
    ERROR_TERMINATED = 143,
};

struct error {
    enum error_kind kind;
    char text[1024]; /* one line, no newline at its end */
};

/* Fill `e` (printf style; of overlong text the middle is left out, what could command a terminal is escaped:
 * text_escape, lib/base/text.h) and return false, so that callers can write `return error_set(...)`. Any thread may
 * call it on its own struct. */
bool error_set(struct error *e, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put the place where an error arose before its text: "WHERE: ...". Returns false, too. */
bool error_within(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append what follows from an error to its text. */
void error_add(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The words for an errno. Want of memory (ENOMEM) has none: it is no fault of the file or call at hand, and ends as a
 * failed allocation does (lib/base/memory.h). */
const char *error_reason(int fault);

/* The table of exit codes, ended by a row whose name is NULL: help and docs print it. */
struct error_row {
    int code;
    const char *name, *meaning;
};
extern const struct error_row error_table[];

#endif

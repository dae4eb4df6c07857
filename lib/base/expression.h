/* SPDX-License-Identifier: MIT
 *
 * expression: reads a regular expression, refuses what is none, and writes it for PCRE2 (lib/base/pattern.c): as it is,
 * and from its end to its beginning.
 *
 *     [[:upper:]]b+    ──>    forward  [\p{Lu}...]bb*    backward  .*bb*[\p{Lu}...]
 *
 * POSIX: extended regular expressions of IEEE Std 1003.1, 9.4, on characters. What the standard leaves undefined is
 * refused. Exceptions: a backslash may stand before any sign; alternatives may be empty; a ) without its ( is a
 * character.
 * Wapiti: . \d \a \w \l \u \p \s, capitals for the complement, ^ at the start, $ at the end, * and ? behind a
 * character. Anything else stands for itself, as does what follows a backslash.
 */
#ifndef ASYNTRAIN_BASE_EXPRESSION_H
#define ASYNTRAIN_BASE_EXPRESSION_H

#include "lib/base/error.h"
#include "lib/base/text.h"

/* The bounds of an expression. Its states are those of an automaton after all counted repetitions are written out:
 * a{2,4} has as many as aaaa and its brackets. */
#define EXPRESSION_BYTES 1000
#define EXPRESSION_DEPTH 100 /* brackets within brackets */
#define EXPRESSION_STATES 2000
#define EXPRESSION_SIZE 50000 /* bytes of PCRE2's program, at most; it has no larger ones than 65535 */

enum expression_dialect { EXPRESSION_POSIX, EXPRESSION_WAPITI };

struct expression {
    struct text_buffer forward; /* for PCRE2, like the next; the caller frees their bytes */
    struct text_buffer backward; /* it matches from the end of a text to the beginning of a match */
    bool from_start, to_end; /* a match begins where the text does, or ends where it does */
};

/* On a fault false and ERROR_CORPUS: what is wrong at which character of the expression; nothing is left to free. */
bool expression_read(struct expression *x, struct span text, enum expression_dialect dialect,
                     struct error *e);

#endif

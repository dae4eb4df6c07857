/* SPDX-License-Identifier: MIT
 *
 * pattern: bounded regular expressions on characters (UTF-8), whatever the user's locale. A match is the leftmost one,
 * and of those that begin there the longest, as POSIX asks. The only place that knows PCRE2.
 *
 * An expression that is accepted (lib/base/expression.h has its bounds) can always be matched, in bounded memory and
 * time:
 *
 *     memory of a pattern    two programs of PCRE2, each below EXPRESSION_SIZE bytes
 *     memory of a match      some 100 bytes a state
 *     time of a match        PATTERN_TEXT * states^2: an automaton that may be in all its states at once, and looks for
 *                            each new one in the list of them; it never goes back
 */
#ifndef ASYNTRAIN_BASE_PATTERN_H
#define ASYNTRAIN_BASE_PATTERN_H

#include "lib/base/expression.h"

#define PATTERN_TEXT 256 /* characters of a text that are looked at; in a longer one $ matches nowhere */

struct pattern;

/* On a fault NULL and ERROR_CORPUS: what is wrong, without the file. */
struct pattern *pattern_new(struct span expression, enum expression_dialect dialect, struct error *e);
void pattern_free(struct pattern *p); /* NULL is no fault */

/* Is there a match in `text`, well-formed UTF-8? `found` gets it, a part of `text`, unless it is NULL. Any thread may
 * call it. */
bool pattern_find(const struct pattern *p, struct span text, struct span *found);

size_t pattern_bytes(const struct pattern *p); /* of its programs */

/* The library that does it, and its version, in words. */
void pattern_library(char *words, size_t size);

#endif

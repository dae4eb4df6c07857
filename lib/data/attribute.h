/* SPDX-License-Identifier: MIT
 *
 * attribute: what a macro of a template may ask of a cell besides its text: %x[row,column,ATTRIBUTE].
 *
 *     prefix:3    its first three characters (no feature where it is shorter); suffix:3 likewise
 *     shape       letters become X or x, digits d: "Mr.-42..." is "Xx.-dd..."; short-shape: runs once, "Xx.-d."
 *     class       the kind of its first character
 *     match:"E"   what the regular expression E matches in it (no feature without a match); test:"E" 1 or 0
 *                 (of a cell of more than PATTERN_TEXT characters, the first ones are looked at)
 *     same:2      1 or 0: is the cell two rows on the same? (repeated characters, Sun et al. 2012)
 *     word-from   the longest word of the word list that begins here (in the joined cells of the column),
 *                 word-to: ends here; length-from, length-to: its length in tokens, 0 without one;
 *                 place: B, M, E or S and the length of the longest word that covers this token (the leftmost of
 *                 several; Low et al. 2005), 0 without one
 *
 * Attributes up to test depend on the cell alone, so they are computed once a distinct cell; the others look at
 * the sentence (lib/data/cells.c).
 */
#ifndef ASYNTRAIN_DATA_ATTRIBUTE_H
#define ASYNTRAIN_DATA_ATTRIBUTE_H

#include "lib/base/error.h"
#include "lib/base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum attribute_kind {
    ATTRIBUTE_CELL, /* the text itself */
    ATTRIBUTE_PREFIX,
    ATTRIBUTE_SUFFIX,
    ATTRIBUTE_SHAPE,
    ATTRIBUTE_SHORT_SHAPE,
    ATTRIBUTE_CLASS,
    ATTRIBUTE_MATCH,
    ATTRIBUTE_TEST,
    ATTRIBUTE_SAME, /* from here on: of the sentence */
    ATTRIBUTE_WORD_FROM,
    ATTRIBUTE_WORD_TO,
    ATTRIBUTE_LENGTH_FROM,
    ATTRIBUTE_LENGTH_TO,
    ATTRIBUTE_PLACE,
};

enum attribute_argument { ATTRIBUTE_NOTHING, ATTRIBUTE_NUMBER, ATTRIBUTE_PATTERN };
struct attribute_row {
    const char *name; /* in a template; NULL ends the table */
    enum attribute_argument argument;
    const char *summary;
};
extern const struct attribute_row attribute_table[]; /* by enum attribute_kind; row 0 is the cell */

struct pattern; /* lib/base/pattern.h */

struct attribute {
    enum attribute_kind kind;
    bool lower; /* of the cell in small letters (%X) */
    bool lower_value; /* the value in small letters (%M): what matched as it stood */
    uint32_t number; /* characters, or rows */
    struct pattern *pattern;
};

/* What stands behind the second comma of a macro. On a fault false and ERROR_CORPUS: what is wrong, without its
 * place. */
bool attribute_parse(struct attribute *a, struct span text, struct error *e);
/* Wapiti's %t and %m: `kind` is ATTRIBUTE_TEST or _MATCH, `expression` in Wapiti's dialect (lib/base/expression.h). A *
 * takes as much as it can (Wapiti: as little). */
bool attribute_wapiti(struct attribute *a, enum attribute_kind kind, struct span expression, struct error *e);
void attribute_release(struct attribute *a);

bool attribute_needs_words(const struct attribute *a); /* a word list */

/* The value for a cell, borrowed from the cell or from `buffer`, where it is overwritten by the next; false: no
 * feature. Kinds before ATTRIBUTE_SAME only. */
bool attribute_value(const struct attribute *a, struct span cell, struct text_buffer *buffer,
                     struct span *value);

#endif

/* SPDX-License-Identifier: MIT
 *
 * template: which features a position has, in CRF++'s language, with attributes of cells added to it.
 *
 *     # a comment                     %x[row,column]: the cell `row` tokens from here, in `column`
 *     U00:%x[0,0]                     a node feature of the current word
 *     U05:%x[-1,0]/%x[0,1]            the word before and the tag here, as one
 *     B                               label transitions
 *     B01:%x[0,1]                     label transitions that depend on the tag here
 *     U20:%x[0,0,suffix:3]            an attribute of the cell (lib/data/attribute.h)
 *     U21:%X[0,0]                     the cell in small letters; with an attribute (before `same`): of those
 *
 * A feature is the template's literal text with the cells put in; before a sentence stands _B-1, _B-2 …,
 * after it _B+1, _B+2 …, as in CRF++. Two lines of the same literal text share
 * their features, so a line without an identifier of its own is a bag of words, as in CRF++.
 *
 * Wapiti's patterns are read too (Lavergne, Cappé and Yvon 2010): lines may begin with u, b, or * (a node feature and
 * a transition feature at once), %t[row,column,"E"] tests the cell with E and %m takes what E matches, E in Wapiti's
 * dialect; %M is what matches in small letters, %T is %t; @row counts from the sentence's first token, @1, or from
 * its last, @-1; a # behind white space begins a comment.
 */
#ifndef ASYNTRAIN_DATA_TEMPLATE_H
#define ASYNTRAIN_DATA_TEMPLATE_H

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "lib/data/attribute.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEMPLATE_MACROS 8 /* in one line, at most */
#define TEMPLATE_REACH 32 /* rows -32 … 32 */
#define TEMPLATE_LINES 1024

/* What macros look at: an attribute of the cells of a column. A sentence has one row of values a slot. */
struct slot {
    uint32_t column;
    struct attribute attribute;
    struct span text; /* "x0,suffix:3" of %x[-1,0,suffix:3]: equal texts are one slot; owned */
};

struct macro {
    int row;
    bool absolute; /* row counts from the first token, 0; negative: from the last, -1 */
    uint32_t slot;
};

struct template_line {
    bool edge; /* B…: about two neighbouring labels; else U…: about one */
    uint32_t skeleton; /* number of its literal text; lines of equal text share it */
    unsigned long number; /* of the line in its file, for messages */
    uint32_t nmacros;
    struct macro macro[TEMPLATE_MACROS];
};

struct template
{
    char *text; /* as it was read; what a model file keeps */
    size_t count;
    struct template_line *line; /* [count], without the plain B lines */
    struct slot *slot; /* [nslots] */
    uint32_t nslots;
    bool transitions; /* has a B line without macros */
    uint32_t columns; /* 1 + the highest column in a macro */
    bool words; /* a macro needs a word list */
};

/* NULL and ERROR_CORPUS: "file:line: …". */
struct template *template_load(const char *path, struct error *e);
struct template *template_parse(const char *text, const char *name, struct error *e);
/* The next line of a template that says something, as template_parse reads it: without the comment and the blanks at
 * its end. n is 0 behind the last one. `*text` moves behind the line, `*number` counts all lines up to it. */
struct span template_next(const char **text, unsigned long *number);
/* The name of a line, as in the template: what stands before its first ':', macro or blank ("U02"). */
struct span template_name(const struct template *t, const struct template_line *line);
/* The line as it stands in the template, without a comment behind it. */
struct span template_source(const struct template *t, const struct template_line *line);
/* Append the line's literal text to `to`, with value [nmacros] where its macros stand: the text of a feature. */
void template_fill(const struct template *t, const struct template_line *line, const struct span *value,
                   struct text_buffer *to);
void template_free(struct template *t);

#endif

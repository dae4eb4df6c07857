/* SPDX-License-Identifier: MIT
 *
 * html: a writer of HTML5 and of SVG in it. Text and values of attributes are escaped on the way, whatever they hold;
 * so words of corpora, paths and configurations stay words:
 *
 *     characters of HTML          < > & " '           become &lt; …
 *     what text_escape shows      controls, marks of bidirectional text, bytes that are not UTF-8      become \x1b …
 *
 * Names of elements and attributes are the program's own. html_markup alone writes as it is told: it is for markup that
 * the program itself has made.
 *
 * Errors are those of the stream, and are seen there. One thread at a time.
 */
#ifndef ASYNTRAIN_PAGE_HTML_H
#define ASYNTRAIN_PAGE_HTML_H

#include "lib/base/text.h"

#include <stdio.h>

#define HTML_DEPTH 32

struct html {
    FILE *out; /* borrowed */
    const char *element[HTML_DEPTH]; /* [depth] open ones; their names are borrowed */
    int depth;
};

void html_init(struct html *h, FILE *out);

/* <element name="value"…>. Names and values in turn, ended by NULL; a value NULL leaves the attribute out. */
void html_begin(struct html *h, const char *element, ...) __attribute__((sentinel));
/* </…> of the one that was begun last. */
void html_end(struct html *h);

void html_text(struct html *h, struct span text);
void html_say(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An element with nothing but these words in it. */
void html_leaf(struct html *h, const char *element, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Markup of the program's own. */
void html_markup(struct html *h, struct span markup);

#endif

/* SPDX-License-Identifier: MIT
 *
 * filter_inside: the steps of a filter (lib/tag/filter.h), for those who take them together (lib/tag/team.h).
 */
#ifndef ASYNTRAIN_TAG_FILTER_INSIDE_H
#define ASYNTRAIN_TAG_FILTER_INSIDE_H

#include "lib/tag/filter.h"

/* Answer a sentence, or a document, to f->out, and the blank lines before it. false and ERROR_CORPUS. */
bool filter_answer(struct filter *f, struct tagger *t, const struct sentence *s, struct error *e);
/* Answer the blank lines of the input up to line `end`. */
void filter_empty(struct filter *f, unsigned long end);
/* All is answered that the input has asked so far: let it out. */
void filter_flush(struct filter *f);

#endif

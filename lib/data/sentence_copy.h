/* SPDX-License-Identifier: MIT
 *
 * sentence_copy: a sentence that outlives the reader's next one. A copy may be overwritten with another sentence, and
 * then uses its memory again; zeroed before its first use.
 */
#ifndef ASYNTRAIN_DATA_SENTENCE_COPY_H
#define ASYNTRAIN_DATA_SENTENCE_COPY_H

#include "lib/data/format.h"

struct sentence_copy {
    struct sentence sentence; /* what it points to is below */
    char *text; /* of cells and source, end to end */
    struct span *cell, *source;
    unsigned long *lines;
    size_t text_capacity, cell_capacity, source_capacity, lines_capacity;
};

void sentence_copy(struct sentence_copy *to, const struct sentence *s);
void sentence_copy_free(struct sentence_copy *c); /* what it points to */

#endif

/* SPDX-License-Identifier: MIT
 *
 * cells: a sentence as rows of numbers, one row a slot of the template. What a cell's attributes are is worked
 * out once for every distinct cell.
 *
 *     Confidence NN B-NP        slot 0: column 0            12  7  3 …
 *     in IN B-PP           ──>  slot 1: column 0, suffix:3  40  - 41 …      (-: VOCAB_NONE, no feature)
 *     the DT B-NP               slot 2: column 1             5  6  8 …
 */
#ifndef ASYNTRAIN_DATA_CELLS_H
#define ASYNTRAIN_DATA_CELLS_H

#include "lib/data/space.h"

struct cells;

/* All calls with one `cells` are about one space. */
struct cells *cells_new(void);
void cells_free(struct cells *c);

/* The rows of a sentence, [slots][n], valid until the next call: numbers of space->values. `grow`: that vocab, while
 * training learns it (then words are overlooked as cells_dropout says); else NULL, and what it lacks is VOCAB_NONE.
 * Unlabelled sentences lack the label column. */
const uint32_t *cells_number(struct cells *c, const struct space *space, struct vocab *grow,
                             const struct sentence *s, bool labelled);

/* The share of listed words to overlook in each training sentence; 0 at first. */
void cells_dropout(struct cells *c, double share);

#endif

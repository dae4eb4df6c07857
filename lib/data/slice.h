/* SPDX-License-Identifier: MIT
 *
 * slice: structure regularization (Sun 2014, "Structure regularization for structured prediction") as a view
 * of a dataset. Sentences are cut into mini-samples, which are examples like whole sentences: windows on the
 * same arrays. The features of the whole sentence are kept, only the chain of labels is cut: no transition
 * leads into the first token of a piece.
 *
 *     sentence   the  old  man  the  boats  today  .        n = 7, size 2.3: p = 3 pieces
 *     an epoch     ──────────────│──────────│────────         cuts at floor((j + u) n / p), u from this end …
 *     the next   ────│─────────│───────────────────         … or from the other
 *
 * A sentence gives the same number of pieces at every draw, so an epoch has the same number of samples. As u is
 * drawn from [0, 1) and the end by chance, every transition is cut sometimes. Testing is on whole sentences.
 */
#ifndef ASYNTRAIN_DATA_SLICE_H
#define ASYNTRAIN_DATA_SLICE_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"

extern const struct key slice_keys[]; /* part of section `run` */

struct slice {
    const struct dataset *data; /* borrowed */
    size_t count; /* samples, the same at every draw */
    const struct example *sample; /* [count]; the dataset's own examples when nothing is cut */
    struct example *piece; /* [count], or NULL: nothing is cut */
    double size, alpha; /* as the keys; size 0: not by size */
    bool redraw, drawn; /* cut anew at every epoch */
    uint64_t seed;
};

/* Read the keys and count the samples; they are there after the first slice_draw. ERROR_USAGE. */
bool slice_init(struct slice *s, const struct config *c, const struct dataset *data, uint64_t seed,
                struct error *e);
void slice_free(struct slice *s);

/* Cut for epoch `epoch`, from 0; where the cuts fall depends on seed and epoch alone. Allocates nothing. */
void slice_draw(struct slice *s, uint32_t epoch);

#endif

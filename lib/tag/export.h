/* SPDX-License-Identifier: MIT
 *
 * export: a model's weights as text that other programs read. What a format cannot say is refused: a model that was
 * exported answers there as `tag` does, but for rounding (the order in which numbers are added differs).
 *
 *     tsv        all weights of any model that names them, and what a tagger needs to know besides
 *     crf++      the text model of CRF++ 0.58: `crf_learn --convert FILE MODEL` makes what crf_test reads
 *     crfsuite   the layout of what `crfsuite dump` prints, for scripts
 */
#ifndef ASYNTRAIN_TAG_EXPORT_H
#define ASYNTRAIN_TAG_EXPORT_H

#include "lib/tag/trained.h"

#include <stdio.h>

struct export_format {
    const char *name, *summary;
    /* Can the format say all that the model does? ERROR_USAGE, which says what it cannot. `labels` and `runs`: labels
     * may not follow freely (run.decode), runs are kept whole (run.whole). */
    bool (*fits)(const struct trained *t, bool labels, bool runs, struct error *e);
    void (*write)(const struct trained *t, FILE *out); /* errors: see ferror(out) */
};
extern const struct export_format *const export_table[]; /* ended by NULL */

/* The entry of this name; NULL and ERROR_USAGE. */
const struct export_format *export_find(const char *name, struct error *e);

#endif

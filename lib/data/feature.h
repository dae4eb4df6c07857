/* SPDX-License-Identifier: MIT
 *
 * feature: a feature's number becomes text again, as its template line makes it: "U05:the/dog". It is what CRF++ and
 * Wapiti write into their models. Attributes (format crfsuite) are their names, without escapes, as CRFsuite's are. For
 * who shows or exports a model.
 */
#ifndef ASYNTRAIN_DATA_FEATURE_H
#define ASYNTRAIN_DATA_FEATURE_H

#include "lib/data/space.h"

/* The template line of a node feature, or of a B feature where `edge`; of several of equal text the first. NULL: its
 * key is none (a damaged model file). */
const struct template_line *feature_line(const struct space *space, bool edge, uint32_t id);

/* The values that stand where the line's macros do, into value [TEMPLATE_MACROS], borrowed from the space. They are
 * feature_line()->nmacros many. */
void feature_values(const struct space *space, bool edge, uint32_t id, struct span *value);

/* The text of a feature; it stands in `to`, whose old text is overwritten, until the next call. */
struct span feature_text(const struct space *space, bool edge, uint32_t id, struct text_buffer *to);

#endif

/* SPDX-License-Identifier: MIT
 *
 * stage: a worker's own copy of the weights that its next sample touches, laid out as w. Where R copies them G may take
 * its time: what others write meanwhile is not seen.
 *
 *     stage_list     which blocks they are, each once; before R, as it needs no weights
 *     stage_copy     R
 *     G              reads stage.w in place of w
 *
 * The copies stay as they are until the next R, so an optimizer that looks back at what R found finds it there. Of
 * stage.w only those pages are memory that some sample of this worker has touched.
 */
#ifndef ASYNTRAIN_LEARN_STAGE_H
#define ASYNTRAIN_LEARN_STAGE_H

#include "lib/learn/model.h"
#include "lib/learn/snapshot.h"
#include "lib/num/block_index.h"

struct stage {
    const struct model *model;
    struct gradient listed; /* as the model lists them */
    struct gradient blocks; /* each once, without rows */
    struct block_index index;
    real *w; /* [model->layout.size] */
};

/* `reach` is that of the samples to come; the parameters are borrowed. */
struct stage *stage_new(const struct model *m, const struct dataset *data, const struct reach *reach);
void stage_free(struct stage *s);

/* By the worker's own thread; they allocate nothing. */
void stage_list(struct stage *s, const struct example *z);
/* The blocks listed last, from where `view` has them (RACY); `view` then has them on the stage. */
void stage_copy(struct stage *s, struct weights *view);

#endif

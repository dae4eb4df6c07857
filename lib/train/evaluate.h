/* SPDX-License-Identifier: MIT
 *
 * evaluate: decode a dataset and score it.
 */
#ifndef ASYNTRAIN_TRAIN_EVALUATE_H
#define ASYNTRAIN_TRAIN_EVALUATE_H

#include "lib/learn/model.h"
#include "lib/num/constraint.h"
#include "lib/report/score.h"
#include "lib/train/boundaries.h"

/* Decode every sentence with `threads` threads and score it as `task` asks; the score is the caller's.
 * `constraint`: of lib/train/decode.h, or NULL. `whole`: runs that are kept whole in segmented text. */
struct score *evaluate(const struct model *model, const struct weights *w, const struct dataset *data,
                       const struct space *space, enum corpus_task task, const struct constraint *constraint,
                       enum whole whole, int threads);

#endif

/* SPDX-License-Identifier: MIT
 *
 * evaluate: decode a dataset and score it.
 */
#ifndef ASYNTRAIN_TRAIN_EVALUATE_H
#define ASYNTRAIN_TRAIN_EVALUATE_H

#include "lib/learn/boundaries.h"
#include "lib/learn/model.h"
#include "lib/num/constraint.h"
#include "lib/report/score.h"

/* Decode every sentence with `threads` threads and score it; scores are the caller's.
 * `constraint`: of lib/learn/decode.h, or NULL. `whole`: runs that are kept whole in segmented text. */
void evaluate_into(struct score *score, const struct model *model, const struct weights *w,
                   const struct dataset *data, const struct space *space, const struct constraint *constraint,
                   enum whole whole, int threads);
/* The empty score of a task, which evaluate_into fills; in between its options may be set. It borrows from the
 * space. */
struct score *evaluate_score(const struct space *space, enum corpus_task task);
/* What is scored, for those who look on (lib/base/progress.h): "dev"; borrowed. */
void evaluate_about(const char *what);
/* Both in one. */
struct score *evaluate(const struct model *model, const struct weights *w, const struct dataset *data,
                       const struct space *space, enum corpus_task task, const struct constraint *constraint,
                       enum whole whole, int threads);

#endif

/* SPDX-License-Identifier: MIT
 *
 * run: the story of a run. Epochs over the corpora, a score after each, checkpoints now and then, a run folder at the
 * end (lib/train/run_files.h). A signal stops it between two steps (lib/base/interrupt.h), and a checkpoint lets
 * another process go on from there:
 *
 *     train ── score ── log ── train ── score ── log ── … ── test ── commit
 *       └ checkpoint          └ checkpoint: the state list says where in the story it stands
 */
#ifndef ASYNTRAIN_TRAIN_RUN_H
#define ASYNTRAIN_TRAIN_RUN_H

#include "lib/train/trainer.h"

struct checkpoint;

extern const struct key run_keys[];

/* Train and write the run folder `out`. `from`: go on from this checkpoint of the folder, which is forgotten once it is
 * loaded; NULL: begin. `*score` is that of the last evaluated part, test before dev; NULL when there is neither. It is
 * the caller's.
 *
 * On failure older files in the folder stay. ERROR_INTERRUPTED and the others of a signal: it was stopped, and its
 * checkpoint is in the folder. ERROR_DIVERGED: its logs are there, in the folder `diverged`. */
bool run_train(struct trainer *t, const char *out, struct checkpoint *from, const struct observer *observer,
               struct score **score, struct error *e);

/* May a run with configuration `c` go on from the checkpoint? ERROR_USAGE names the first key that differs from the
 * checkpoint's configuration, but for those that change no weight (run.epochs, run.checkpoint, engine.pin), or says
 * that the run is finished. `then`: that configuration, checked. */
bool run_may_resume(const struct checkpoint *from, const struct config *c, const struct config *then,
                    const char *folder, struct error *e);

#endif

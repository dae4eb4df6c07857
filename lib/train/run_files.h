/* SPDX-License-Identifier: MIT
 *
 * run_files: a run's folder while it is written. At the end its files appear as one (lib/report/run_folder.h), the
 * model first:
 *
 *     model.safetensors   config.yaml   metrics.jsonl   log.txt   and what probes write (lib/learn/probe.h)
 *     tensorboard/events.out.tfevents.MODEL (run.tensorboard)     epochs/epoch-001.safetensors … (run.keep_epochs)
 *
 * A run that was stopped leaves best.safetensors, where it keeps the best model. One that diverges leaves that, and its
 * logs in the folder `diverged`: an older run in the same place stays as it is.
 *
 * One thread at a time. Functions that may fail give ERROR_IO.
 */
#ifndef ASYNTRAIN_TRAIN_RUN_FILES_H
#define ASYNTRAIN_TRAIN_RUN_FILES_H

#include "lib/train/trainer.h"

struct run_files {
    const char *path, *run; /* borrowed: the folder; the run's name */
    char *config; /* as text, for config.yaml and the model */
    struct runlog *log;
    struct outfile *text, *yaml;
    bool over; /* the model is in place, and with it the run */
    bool left; /* the run was stopped, and may go on */
    size_t made; /* bytes of `path` that were there before; all of them: there is nothing to unmake */
};

/* Make the folder and open its files; run_files_abandon is due after a failure as well. */
bool run_files_open(struct run_files *f, const struct trainer *t, const char *path, const char *run,
                    struct error *e);
/* Before training: can the files be written that are opened after it, and does nobody else write them? */
bool run_files_ready(const struct run_files *f, struct session *s, struct error *e);
/* Events of metrics.jsonl and lines of log.txt: what is trained, and what an epoch brought. `command`: what was asked
 * of the program, or NULL. */
bool run_files_run(struct run_files *f, const struct trainer *t, const char *command, struct error *e);
bool run_files_resumed(struct run_files *f, const struct session *s, struct error *e);
bool run_files_calibration(struct run_files *f, const struct calibration *r, struct error *e);
bool run_files_epoch(struct run_files *f, const struct trainer *t, const struct trainer_epoch *p,
                     struct error *e);
/* A line of log.txt; one that begins with "warning: " is an event as well. */
bool run_files_say(struct run_files *f, const char *words, struct error *e);
/* The files that grow while the run lasts, those of probes too: how many. */
#define RUN_FILES_LOGS (2 + PROBES_MOST)
uint32_t run_files_logs(const struct run_files *f, const struct session *s,
                        struct outfile *log[RUN_FILES_LOGS]);
/* The summary, the model, and all files in place; a score is NULL where there is no such part. `table`: that of the
 * last part, which log.txt has in words, or NULL. */
bool run_files_commit(struct run_files *f, struct trainer *t, const struct score_result *dev,
                      const struct score_result *test, const struct score *table, struct error *e);
/* The run was stopped, or diverged: the best model so far, where it is kept; an older one of a stopped run goes. */
bool run_files_best(const struct run_files *f, struct trainer *t, struct error *e);
/* The logs stay aside, for a person to read: the run was stopped, and its checkpoint has them. */
void run_files_leave(struct run_files *f);
/* The run has diverged, and says why: its logs, and the best model, are put in place. */
bool run_files_diverged(struct run_files *f, struct trainer *t, const char *why, struct error *e);
/* Let go of what is not in place, and of folders that were made for it; older files stay. */
void run_files_abandon(struct run_files *f, struct trainer *t);

#endif

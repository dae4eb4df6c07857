/* SPDX-License-Identifier: MIT
 *
 * run_files: a run's folder while it is written. Every file appears when it is complete (lib/base/outfile.h):
 *
 *     config.yaml   metrics.jsonl   log.txt   at the end, and the model first:   model.safetensors
 *     and what probes write (lib/learn/probe.h); of probes that the run has not, no older file is left
 *
 * One thread at a time. Functions that may fail give ERROR_IO.
 */
#ifndef ASYNTRAIN_TRAIN_RUN_FILES_H
#define ASYNTRAIN_TRAIN_RUN_FILES_H

#include "lib/train/trainer.h"

struct run_files {
    const char *path; /* borrowed */
    char *config; /* as text, for config.yaml and the model */
    struct runlog *log;
    struct outfile *text, *yaml;
    size_t made; /* bytes of `path` that were there before; all of them: there is nothing to unmake */
};

/* Make the folder and open its files; run_files_abandon is due after a failure as well. */
bool run_files_open(struct run_files *f, const struct trainer *t, const char *path, struct error *e);
/* Before training: can the files be written that are opened after it, and does nobody else write them? */
bool run_files_ready(const struct run_files *f, struct session *s, struct error *e);
/* Events of metrics.jsonl and lines of log.txt: what is trained, and what an epoch brought. */
bool run_files_run(struct run_files *f, const struct trainer *t, struct error *e);
bool run_files_calibration(struct run_files *f, const struct calibration *r, struct error *e);
bool run_files_epoch(struct run_files *f, const struct trainer_epoch *p, enum corpus_task task,
                     struct error *e);
/* A line of log.txt that has no event. */
bool run_files_say(struct run_files *f, const char *words, struct error *e);
/* The summary, the model, and all files in place; a score is NULL where there is no such part. */
bool run_files_commit(struct run_files *f, struct trainer *t, const struct score_result *dev,
                      const struct score_result *test, struct error *e);
/* Let go of what is not in place, and of folders that were made for it; older files stay. */
void run_files_abandon(struct run_files *f, struct trainer *t);

#endif

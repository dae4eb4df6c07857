/* SPDX-License-Identifier: MIT
 *
 * folder: a run's folder while it is written. Every file appears when it is complete (lib/base/outfile.h):
 *
 *     config.yaml   metrics.jsonl   log.txt   at the end, and the model first:   model.safetensors
 *     trace.jsonl   trace.json                where a pass was traced (lib/train/tracefile.h); else none is left there
 *
 * One thread at a time. Functions that may fail give ERROR_IO.
 */
#ifndef ASYNTRAIN_TRAIN_FOLDER_H
#define ASYNTRAIN_TRAIN_FOLDER_H

#include "lib/train/tracefile.h"
#include "lib/train/trainer.h"

struct folder {
    const char *path; /* borrowed */
    char *config; /* as text, for config.yaml and the model */
    struct runlog *log;
    struct outfile *text, *yaml;
    size_t made; /* bytes of `path` that were there before; all of them: there is nothing to unmake */
    struct tracefile trace;
};

/* Make the folder and open its files; folder_abandon is due after a failure as well. */
bool folder_open(struct folder *f, const struct trainer *t, const char *path, struct error *e);
/* Before training: can the files be written that are opened after it, and does nobody else write them? */
bool folder_ready(const struct folder *f, const struct session *s, struct error *e);
/* Events of metrics.jsonl and lines of log.txt: what is trained, and what a pass brought. */
bool folder_run(struct folder *f, const struct trainer *t, struct error *e);
bool folder_calibration(struct folder *f, const struct calibration *r, struct error *e);
bool folder_epoch(struct folder *f, const struct trainer_epoch *p, enum corpus_task task, struct error *e);
/* After each pass: write the trace if it was this one that was traced. */
bool folder_trace(struct folder *f, const struct session *s, struct error *e);
/* A line of log.txt that has no event. */
bool folder_say(struct folder *f, const char *words, struct error *e);
/* The summary, the model, and all files in place; a score is NULL where there is no such part. */
bool folder_commit(struct folder *f, struct trainer *t, const struct score_result *dev,
                   const struct score_result *test, struct error *e);
/* Let go of what is not in place, and of folders that were made for it; older files stay. */
void folder_abandon(struct folder *f);

#endif

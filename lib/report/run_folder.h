/* SPDX-License-Identifier: MIT
 *
 * run_folder: the files of a run, which appear as one, and what an interruption leaves.
 *
 *     model.safetensors   config.yaml   metrics.jsonl   log.txt   and what probes wrote: trace.jsonl   trace.json
 *     tensorboard/events.out.tfevents.MODEL
 *     epochs/epoch-001.safetensors …
 *     while a run lasts, and after it was stopped: NAME.part, checkpoint-NUMBER.safetensors, best.safetensors
 *
 * A file system replaces one file at a time. So all files of a run are finished under their .part names first. Then
 * the model appears, and with it the run: what is missing of the others can be put in place by whoever comes next. Each
 * of them says the signature of its model (lib/report/container.h), near its begin or its end:
 *
 *     .part with the signature of the model in place      the run was ended while its files were renamed: do the rest
 *     file with another signature                         it is another run's
 *
 * The models of single epochs (run.keep_epochs) are written as epochs/epoch-NUMBER.safetensors.RUN. The log has their
 * signatures. Once it is in place, those that it names lose the ending, and all others are older runs', and go.
 */
#ifndef ASYNTRAIN_REPORT_RUN_FOLDER_H
#define ASYNTRAIN_REPORT_RUN_FOLDER_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_FOLDER_CONFIG "config.yaml"
#define RUN_FOLDER_MODEL "model.safetensors"
#define RUN_FOLDER_BEST "best.safetensors"
#define RUN_FOLDER_EPOCHS "epochs"
#define RUN_FOLDER_TENSORBOARD "tensorboard"
#define RUN_FOLDER_TFEVENTS "events.out.tfevents."
#define RUN_FOLDER_WORDS 512

/* Before a run's folder is read or written: put in place what an ended run has left to be renamed, and remove what it
 * has left to be removed. Into words [RUN_FOLDER_WORDS] what a person should know of it: that this was done, that files
 * of two runs are mixed, that a later run was stopped; "" where all is as it should be. What is no folder, or has no
 * run, is left alone. Where another process writes the run right now, nothing is done. */
void run_folder_settle(const char *folder, char *words);

/* Of a folder with a finished run, what a new one there would replace: "a run of 2026-07-31T12:00:59Z (test F1 93.20)"
 * into words [RUN_FOLDER_WORDS]. false: there is none. */
bool run_folder_describe(const char *folder, char *words);

/* Of a folder that holds no run, but folders of runs (a study's, or runs/): which they are, " (runs in it: a/b, a/c)",
 * the first few by name, into words [RUN_FOLDER_WORDS]; else "". */
void run_folder_within(const char *folder, char *words);

/* Is the run of this folder's model being made longer, and has it left a checkpoint after the model? Then which model
 * answers, and what to do, into words [RUN_FOLDER_WORDS]; else "". (Of another run's checkpoint run_folder_settle says
 * it.) */
void run_folder_unfinished(const char *folder, char *words);

/* Where a run writes the model of an epoch, to be freed. */
char *run_folder_epoch_path(const char *folder, uint32_t epoch, const char *run);
/* The run has failed: remove what it has written there. */
void run_folder_drop_epochs(const char *folder, const char *run);

/* The run with this model is in place: files of probes and for TensorBoard, and models of epochs, that it did not write
 * are an older run's, and would pass for its own: they go. Its own models of epochs get their names. */
void run_folder_remove_older(const char *folder, const char *signature);

/* Remove what ended runs have left written aside, but for the files that every run has: who writes a run there opens
 * those himself, and so is the only one, before he calls this. */
void run_folder_clear(const char *folder);

/* The checkpoint with the highest number that is not above `most`: its path, to be freed, and its number; NULL: there
 * is none. */
char *run_folder_checkpoint(const char *folder, uint64_t most, uint64_t *number);
/* The path of the checkpoint with this number. */
char *run_folder_checkpoint_path(const char *folder, uint64_t number);
/* Bytes of all of them. */
uint64_t run_folder_checkpoint_bytes(const char *folder);
/* Remove all checkpoints but those with a number in keep [count]. */
void run_folder_prune(const char *folder, const uint64_t *keep, uint32_t count);

/* Did the run with this name write the folder's metrics.jsonl, and was it after so many epochs that it ended there? A
 * run that went on from its end may have been stopped. */
bool run_folder_ends_with(const char *folder, const char *run, uint64_t epochs);
/* Is there nothing in the folder but what an ended run left aside, that nobody writes or can go on from? */
bool run_folder_is_dead(const char *folder);

#endif

/* SPDX-License-Identifier: MIT
 *
 * checkpoint: a run's state as one file, from which another process goes on. Written aside, synchronized and renamed
 * (lib/base/outfile.h), with a checksum of each part and a signature of the whole (lib/report/container.h):
 *
 *     RUN/checkpoint-000000123456.safetensors        the number: samples that were trained
 *
 *     strings   run (its name), checkpoint (format), real, kernel, config, paused, train, dev, test, space (what the
 *               corpora are, lib/data/dataset.h)
 *     items     U8    names and sizes of the state list (lib/learn/state.h), a line each
 *     small     U8    the small ones, end to end;    large.K  U8  a large one, the K-th of the list
 *     file.K    U8    what the K-th of the run's log files had so far
 *
 * One thread at a time.
 */
#ifndef ASYNTRAIN_TRAIN_CHECKPOINT_H
#define ASYNTRAIN_TRAIN_CHECKPOINT_H

#include "lib/base/config.h"
#include "lib/base/digest.h"
#include "lib/data/dataset.h"
#include "lib/learn/state.h"

#include <stdint.h>

struct container;
struct outfile;
struct trainer;

extern const struct key checkpoint_keys[]; /* part of section `run` */

enum checkpoint_unit { CHECKPOINT_EPOCHS, CHECKPOINT_UPDATES, CHECKPOINT_SECONDS };
enum { CHECKPOINT_SOURCES = 4 }; /* training, development and test corpus, and their space */

/* When a run writes checkpoints, and which of them stay. */
struct checkpoints {
    const char *folder; /* borrowed */
    char run[DIGEST_TEXT]; /* the run's name: sixteen random digits */
    uint64_t every; /* so many units; 0: when a signal asks for one */
    enum checkpoint_unit unit;
    uint32_t most; /* stay while the run lasts, the best besides */
    bool final; /* one stays when the run is over */
    uint64_t *kept; /* [count] numbers of those that are there, rising */
    uint32_t count;
    uint64_t best; /* the number of the one with the best score, … */
    double best_score; /* … which is this; NAN: none was scored */
    /* The last that was due: when, by cpu_wall; after how many epochs and samples */
    double written;
    uint64_t epoch, samples;
    char source[CHECKPOINT_SOURCES]
               [DATASET_DESCRIPTION]; /* what it is of, told once: it is long to read; "": not yet */
};

/* Read the keys, and draw a name. */
void checkpoints_init(struct checkpoints *c, const struct config *config, const char *folder);
void checkpoints_free(struct checkpoints *c);

/* The state of a run at one moment. */
struct checkpoint_state {
    struct state_list list;
    struct outfile **file; /* [nfiles] the run's log files, and how much of each counts, flushed */
    size_t *size;
    uint32_t nfiles;
    uint64_t samples; /* trained so far */
    uint64_t epoch; /* epochs done */
    double score; /* the last development or test score; NAN: none */
    bool paused; /* in the middle of an epoch */
};

/* Bytes of what the list names. */
size_t checkpoint_bytes(const struct state_list *list);
/* Has the folder's file system room for the checkpoints, beyond those that are there, and a model of so many bytes?
 * ERROR_IO, with what to do. Where the system does not say, yes. */
bool checkpoints_fit(const struct checkpoints *c, const struct state_list *list, size_t model,
                     struct error *e);

/* Write one, and remove those that do not stay. ERROR_IO, and the others stay. `config` is the run's, as text. */
bool checkpoints_write(struct checkpoints *c, const struct trainer *t, const char *config,
                       const struct checkpoint_state *state, struct error *e);
/* One was due now, and was written or could not be: the next is due so much later. */
void checkpoints_mark(struct checkpoints *c, uint64_t samples, uint64_t epoch);
/* The run is over and in place: remove them, but one that was asked for. */
void checkpoints_end(const struct checkpoints *c);

/* ---- going on */

struct checkpoint;

/* The newest checkpoint of a run's folder that can be read; `*skipped` (to be freed, or NULL): what was wrong with a
 * newer one. NULL and ERROR_MODEL: there is none, with what to do; or it is of another version or precision. */
struct checkpoint *checkpoint_open(const char *folder, char **skipped, struct error *e);
void checkpoint_close(struct checkpoint *k);
void checkpoint_forget(struct checkpoint *k); /* all but the samples and the path: it was loaded */
const char *checkpoint_config(const struct checkpoint *k);
const char *checkpoint_run(const struct checkpoint *k);
const char *checkpoint_kernel(const struct checkpoint *k);
bool checkpoint_paused(const struct checkpoint *k);
uint64_t checkpoint_samples(const struct checkpoint *k); /* trained by then */
uint64_t checkpoint_epoch(const struct checkpoint *k); /* epochs done by then */
/* The run goes on from it: those that are there count as the run's, and the next is due from now on. */
void checkpoints_go_on(struct checkpoints *c, const struct checkpoint *k);
/* Are these the corpora that it was made with? ERROR_CORPUS names the difference. */
bool checkpoint_matches(const struct checkpoint *k, const struct trainer *t, struct error *e);
/* Copy the state to where the list says. ERROR_MODEL: it does not list the same items. */
bool checkpoint_load(const struct checkpoint *k, const struct state_list *list, struct error *e);
/* What the K-th log file had. ERROR_MODEL. */
const char *checkpoint_file(const struct checkpoint *k, uint32_t file, size_t *n, struct error *e);

#endif

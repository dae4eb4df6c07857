/* SPDX-License-Identifier: MIT
 *
 * trainer: what a run is made of: the corpora, the model, a session on them, and what is kept. lib/train/run.h tells
 * its story, lib/train/benchmark.h that of many. It speaks to nobody: a struct observer is told what happens.
 */
#ifndef ASYNTRAIN_TRAIN_TRAINER_H
#define ASYNTRAIN_TRAIN_TRAINER_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"
#include "lib/learn/boundaries.h"
#include "lib/learn/engine.h"
#include "lib/report/score.h"
#include "lib/train/calibrate.h"
#include "lib/train/keep.h"
#include "lib/train/parts.h"

struct trainer_epoch {
    uint32_t epoch, epochs; /* this one, from 1; of how many */
    double loss, penalty; /* a sample: mean -log p as met; L2 penalty after the epoch */
    double rate; /* at its start */
    double seconds, cpu; /* of the epoch, without scoring */
    double tokens_per_second;
    double error_rate; /* per cent of all workers' gradients, … */
    bool at_most; /* … or fewer: an upper bound (lib/learn/probe.h); then … */
    double error_rate_least; /* … so many surely share a block with a write that they met; else the same */
    double delay; /* mean, in updates */
    double hot_delay; /* the same of the hottest blocks, where writes are combined */
    double least_share; /* smallest cpu / wall of a worker */
    bool scored; /* score and part are set */
    const char *part; /* "dev" or "test" */
    struct score_result score;
    double headline; /* what scores are compared by: accuracy of tagging, else F1; per cent */
    bool best; /* a development score, better than all before */
    const struct session *session; /* the workers' counts */
};

struct trainer;

struct observer {
    void *context;
    void (*loaded)(void *context, const struct trainer *t); /* corpora and model stand, training begins */
    void (*passing)(void *context, const struct session *s, uint32_t epoch); /* an epoch begins */
    void (*passed)(void *context, const struct trainer_epoch *epoch);
    void (*said)(void *context, const char *words); /* a line for a person; it stands in log.txt as well */
    void (*event)(void *context,
                  struct span line); /* a line of metrics.jsonl, with its end; NULL: not wanted */
    const char *command; /* what was asked of the program, for the log; NULL: nobody knows */
};

struct trainer {
    const struct config *config;
    struct corpus corpus;
    struct space *space;
    struct dataset *train, *dev, *test;
    struct model *model;
    struct session *session;
    real *optimum; /* what the session's audit measures to; or NULL */
    struct constraint *constraint; /* on labels that follow each other, in scoring; or NULL */
    enum whole whole; /* runs of characters that no word boundary parts, in scoring */
    struct warm_start *start; /* the model that it begins with (run.from); or NULL */
    struct keep keep;
    uint32_t epochs; /* at most */
    bool stopped; /* patience was used up before */
    double load_seconds;
};

/* Can a run of this configuration have its threads (lib/base/threads.h)? To be asked before corpora are read. */
bool trainer_threads(const struct config *c, const struct parts *parts, struct error *e);

/* Read the configuration and the corpora and make everything; nothing is written. NULL and an error. */
struct trainer *trainer_new(const struct config *c, const struct parts *parts, struct error *e);
void trainer_free(struct trainer *t);

/* The same in two steps, so that one reading serves many runs (lib/train/benchmark.h): corpora and model; then a
 * session on them, new, in place of the one before. `c` may differ from that of the reading in sections optimizer,
 * engine and run; it is borrowed from then on. */
struct trainer *trainer_read(const struct config *c, const struct parts *parts, struct error *e);
bool trainer_begin(struct trainer *t, const struct config *c, const struct parts *parts, uint64_t seed,
                   struct error *e);
/* One epoch of the session, or what is left of it, told to the observer's `passing`. Where session.pause.broken is set
 * after it, it is not over (lib/learn/session.h), and the next call with the same `p` goes on. ERROR_THREADS,
 * ERROR_DIVERGED. */
bool trainer_epoch(struct trainer *t, struct trainer_epoch *p, const struct observer *o, struct error *e);
/* Score weights on a part, t->dev or t->test, with the session's threads; the score is the caller's. */
struct score *trainer_score(const struct trainer *t, const struct weights *w, const struct dataset *part);
/* What scores are compared by: accuracy of tagging, else F1; per cent. And its name. */
double trainer_headline(const struct trainer *t, const struct score_result *r);
const char *trainer_figure(const struct trainer *t);
/* Does the session have more threads than there are cores? Then what to do about it, in words [TRAINER_WORDS]. */
#define TRAINER_WORDS 256
bool trainer_crowded(const struct session *s, char *words);

/* What to warn of in the corpora's labels, and in corpus.map. */
void trainer_warn(const struct trainer *t, const struct labels_listener *listener);

/* KiB that the run will have needed at its peak: what reading needed, or what is there now and the vectors and scratch
 * that training will touch. An estimate, to be had before anything is trained. */
long trainer_memory(const struct trainer *t);

#endif

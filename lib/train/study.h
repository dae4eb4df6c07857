/* SPDX-License-Identifier: MIT
 *
 * study: an experiment of several runs. Each is a trial: a configuration with a few assignments of its own, a child
 * process (lib/base/child.h), and a run folder as `train` makes it.
 *
 *     STUDY/study.txt       what was asked: its kind, and a line a trial, "NAME<TAB>assignments"
 *     STUDY/trial-001/      a run folder, or of a trial that was stopped, what it can go on from
 *     STUDY/trial-001.txt   while a trial is trained, and after it failed: what it said
 *     STUDY/table.csv       the results, when all are there
 *
 * All that is known of a trial lies in its folder. So a study that was ended at any moment, and is begun again, trains
 * what is missing, and has the results of one that was not ended. It holds a lock of its folder, and so do its trials.
 *
 * One thread, and one process at a time.
 */
#ifndef ASYNTRAIN_TRAIN_STUDY_H
#define ASYNTRAIN_TRAIN_STUDY_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum study_state { STUDY_ASKED, STUDY_AT_WORK, STUDY_TRAINED, STUDY_DIVERGED, STUDY_REFUSED };

struct study_counts { /* of a score; sums over trials give the score of all answers together */
    double tokens, correct_tokens, gold, guessed, correct;
};

struct study_score {
    bool known; /* there is such a part, and all below is set */
    bool chunks; /* F1 is what scores are compared by, else accuracy */
    double headline, accuracy, precision, recall; /* per cent */
    struct study_counts counts;
};

struct study_trial {
    char *name; /* of its folder; NULL, before study_open: the next free trial-NNN */
    char **assign; /* [nassign] "section.key=value", what is its own */
    size_t nassign;
    char *config; /* resolved, as config_text gives it */
    int threads;
    enum study_state state;
    char *why; /* STUDY_REFUSED: what was said */
    /* of one that is trained: */
    struct study_score dev, test;
    unsigned epoch; /* whose weights were kept, … */
    double loss; /* … and the loss that was met in it; NAN: unknown */
    double seconds, error_rate; /* training, all epochs; per cent, their mean */
    double begun; /* cpu_wall, when it was begun here */
    double
        took; /* seconds from then to its end; of one that was there already, those of training; 0: unknown */
};

struct study {
    const char *kind; /* "sweep" */
    const char *folder;
    struct study_trial *trial; /* [count] */
    size_t count, capacity;
    /* a configuration that cannot be trained, as is found when the corpora are read, is a result */
    bool refuses;
    int lock;
};

void study_init(struct study *s, const char *kind, const char *folder);
void study_free(struct study *s);

/* One trial more, to be filled in. The assignments are copied; `name` is, or NULL. */
struct study_trial *study_add(struct study *s, const char *name, const char *const *assign, size_t nassign);
/* The assignments in one line, as a shell reads them; to be freed. */
char *study_words(const struct study_trial *t);
char *study_path(const struct study *s, const struct study_trial *t); /* of its folder, to be freed */

/* Who is told what happens. Whatever is NULL is not told, but for `train`. */
struct study_observer {
    void *context;
    void (*said)(void *context, const char *words);
    void (*ended)(void *context, const struct study_trial *t); /* just now */
    void (*passing)(void *context); /* time: some hundred times a second, while trials are at work */
    /* In a child: train the trial in its folder, from its checkpoint where it has one; returns the exit code. */
    int (*train)(void *context, const struct study_trial *t);
};

/* Make the folder, wait for the lock, and read what is there already: trials that were asked before keep their names,
 * and have their results. ERROR_USAGE: the folder is of something else, or a trial of that name had another
 * configuration. */
bool study_open(struct study *s, const struct study_observer *o, struct error *e);
/* What study_open would find, and nothing is written, waited for or put in place. */
bool study_look(struct study *s, struct error *e);
size_t study_left(const struct study *s); /* trials that are still to be trained, or are not finished */
size_t study_running(const struct study *s); /* of these, how many are trained now */
/* Has it a checkpoint to go on from? */
bool study_has_checkpoint(const struct study *s, const struct study_trial *t);
/* How long those that are left will last, `jobs` at once, if each takes as long as those that are trained, on average.
 * `now`: cpu_wall. Negative: none is trained. */
double study_seconds_left(const struct study *s, int jobs, double now);

/* Train those, up to `jobs` at once. A signal, or a trial that fails (but by divergence, and see `refuses`), ends it:
 * the trials at work are asked to stop, write checkpoints, and its error is that of the trial, or of the signal. */
bool study_run(struct study *s, int jobs, const struct study_observer *o, struct error *e);

#endif

/* SPDX-License-Identifier: MIT
 *
 * trials: what sweep, cv and train --runs have in common. A study of the configuration (lib/train/study.h), whose
 * trials are trained as `train` trains; one line on stderr when one is finished, and a bar (cmd/asyntrain/terminal.h);
 * their table.
 */
#ifndef ASYNTRAIN_CMD_TRIALS_H
#define ASYNTRAIN_CMD_TRIALS_H

#include "lib/train/study.h"

#include <stdint.h>

struct trials {
    struct study study;
    char *folder;
    char **operand; /* [noperands] files and assignments of every trial, those of its own come last */
    size_t noperands, capacity;
    const char *const *label; /* [nlabels] the table's first columns: a trial's first assignments */
    size_t nlabels;
    bool ranked; /* compared by their score on dev, so each must have one; the table has the best first */
    int jobs; /* so many at once */
};

/* A study of this kind, in the folder `out`; NULL: runs/NAME-KIND, NAME being that of the first file. */
void trials_init(struct trials *t, const char *kind, const char *out, int argc, char **argv);
void trials_free(struct trials *t);
/* An operand of every trial, after those that are there. */
void trials_operand(struct trials *t, const char *operand);

/* Check all configurations, then train what is not trained yet. `jobs`: of option --jobs, or NULL. */
bool trials_train(struct trials *t, const char *jobs, struct error *e);
/* Check the same, and print what would be trained; nothing is written, and no corpus is read. */
bool trials_rehearse(struct trials *t, const char *jobs, struct error *e);

/* The table on stdout, and as table.csv in the study's folder. */
bool trials_print(struct trials *t, struct error *e);

/* The trials' scores by the part that counts, test before dev: [*count], to be freed; `*part`: its name and figure,
 * "test F1". Those that diverged have none. NULL: there is no score. */
double *trials_scores(const struct trials *t, size_t *count, char part[32]);
/* Say which trials diverged, if any did. ERROR_DIVERGED. */
bool trials_converged(const struct trials *t, struct error *e);

/* The best by its development score; NULL: none has one. */
const struct study_trial *trials_best(const struct trials *t);

#endif

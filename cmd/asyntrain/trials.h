/* SPDX-License-Identifier: MIT
 *
 * trials: what sweep, cv and train --runs have in common. A study of the configuration (lib/train/study.h), whose
 * trials are trained as `train` trains; one line on stderr when one is finished; their table.
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
    bool quiet;
};

/* A study of this kind, in the folder `out`; NULL: runs/NAME-KIND, NAME being that of the first file. */
void trials_init(struct trials *t, const char *kind, const char *out, int argc, char **argv);
void trials_free(struct trials *t);
/* An operand of every trial, after those that are there. */
void trials_operand(struct trials *t, const char *operand);

/* An option's whole number, 1 at least. ERROR_USAGE. NULL gives `fallback`. */
bool trials_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t fallback,
                   uint64_t *value, struct error *e);

/* Check all configurations, then train what is not trained yet. `jobs`: of option --jobs, or NULL. `scored_on_dev`: a
 * trial without a development set is a fault. */
bool trials_train(struct trials *t, const char *jobs, bool scored_on_dev, struct error *e);

/* The table on stdout, and as table.csv in the study's folder. `ranked`: best first, by the development score; else in
 * the order of the trials. */
bool trials_print(struct trials *t, bool ranked, struct error *e);

/* The trials' scores by the part that counts, test before dev: [*count], to be freed; `*part`: its name and figure,
 * "test F1". Those that diverged have none. NULL: there is no score. */
double *trials_scores(const struct trials *t, size_t *count, char part[32]);
/* Say which trials diverged, if any did. ERROR_DIVERGED. */
bool trials_converged(const struct trials *t, struct error *e);

/* The best by its development score; NULL: none has one. */
const struct study_trial *trials_best(const struct trials *t);

#endif

/* SPDX-License-Identifier: MIT
 *
 * convergence: Theorem 1 of Sun (2016, lib/theory/bounds.h) held against a run that has ended. The objective is the
 * mean over the N samples of -log p(y|x), plus lambda/(2N) ||w||^2.
 *
 *     c       what the penalty has, lambda/N, and what the loss has at all weights (model_ops.convexity)
 *     q       greatest curvature, at the start and at the optimum (lib/train/curvature.h): an estimate at these points;
 *             on the way it may be greater
 *     kappa   greatest norm of an audited gradient, and lambda/N ||w|| for the penalty's part in it
 *     tau     as audited (lib/probes/audit.h): |mean|, which estimates Eq 8, and the mean of absolute values, which
 *             bounds it from above
 *     a       ||w - w*||^2, at the start and after each epoch
 *
 * The bound is Eq 21, step after step with the rate of each step, and with kappa and the upper bound of tau of its
 * epoch.
 */
#ifndef ASYNTRAIN_TRAIN_CONVERGENCE_H
#define ASYNTRAIN_TRAIN_CONVERGENCE_H

#include "lib/report/events.h"
#include "lib/theory/bounds.h"
#include "lib/train/curvature.h"
#include "lib/train/trainer.h"

struct convergence_epoch {
    double rate; /* of its last step */
    double kappa;
    double tau, tau_at_most;
    double distance, bound; /* a after the epoch: measured; at most */
};

struct convergence {
    struct bounds
        b; /* of the run as a whole: kappa and tau the greatest of all epochs, tau the upper bound */
    double tau; /* the greatest |mean| of all epochs */
    double loss_convexity; /* what the loss has in c */
    struct curvature start, optimum; /* of the mean loss, without penalty */
    size_t samples;
    double lambda;
    double least_rate, most_rate; /* of all steps */
    uint32_t count;
    struct convergence_epoch *epoch; /* [count] */
};

/* Before the corpora are read: is the theorem about such a run, and has it logged what it takes? `path` is its folder.
 * ERROR_USAGE, with what to do; ERROR_MODEL where the log is damaged. */
bool convergence_possible(const struct events *log, const struct parts *parts, const char *path,
                          struct error *e);
/* Between trainer_read and trainer_begin, and after it: are the corpora and features still those of the run, is the
 * optimum? ERROR_CORPUS, ERROR_MODEL. */
bool convergence_same(const struct events *log, const struct trainer *t, const char *path, struct error *e);

/* `t` has begun, and is trained no more; epsilon and beta of `*v` are set. ERROR_USAGE where the objective is not
 * strongly convex. To be freed in any case. */
bool convergence_measure(struct convergence *v, const struct events *log, struct trainer *t, const char *path,
                         struct error *e);
void convergence_free(struct convergence *v);

#endif

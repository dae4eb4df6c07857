/* SPDX-License-Identifier: MIT
 *
 * moments: mean and covariance of the processes of lib/theory/simulation.h after every update, exactly and without a
 * path. The updates are linear in the weights, so along the eigenvectors of the curvature A, about the optimum,
 *
 *     m(k+1)       = m(k) - h A sum_l p_l m(k - l)                            p_l: probability of delay l
 *     C(k+1, b)    = C(k, b) - h A sum_l p_l C(k - l, b)                      b <= k;  C(a, b) = Cov(y_a, y_b)
 *     C(k+1, k+1)  = the same twice, + h^2 A (what delays differ by) A + h^2 S(k)
 *
 * where S(k) is the covariance of a gradient, and delays do not depend on what went before. A window of C as long as
 * the delays is kept. An equation has h = eta u / m in m substeps, and m h^2 S(k). All m substeps of an update have
 * the same delay, which the recursion does not know: with delays that differ it is exact for m = 1 alone.
 */
#ifndef ASYNTRAIN_THEORY_MOMENTS_H
#define ASYNTRAIN_THEORY_MOMENTS_H

#include "lib/theory/simulation.h"

enum { MOMENTS_COORDINATES = 8 }; /* more weights than that have no covariances, but variances */

struct moments {
    size_t d;
    uint64_t updates;
    bool exact; /* else several substeps, and delays that differ */
    bool full; /* cov [d][d], else its diagonal [d] */
    double *mean; /* [updates + 1][d] of x - x* along the eigenvectors */
    double *cov; /* [updates + 1][d][d] or [d]; NULL: it would take too long, or too much memory */
};

/* Moments of a process in `substeps` an update. `second`: covariances are wanted. */
struct moments *moments_new(const struct simulation *s, enum process p, uint32_t substeps, bool second);
void moments_free(struct moments *m);

/* After k updates: mean and variance of weight i; length of E x - x*; the sum of all variances. */
double moments_mean(const struct moments *m, const struct objective *o, uint64_t k, size_t i);
double moments_variance(const struct moments *m, const struct objective *o, uint64_t k, size_t i); /* full */
double moments_distance(const struct moments *m, uint64_t k);
double moments_spread(const struct moments *m, uint64_t k); /* NAN without cov */

#endif

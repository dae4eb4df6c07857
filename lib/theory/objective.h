/* SPDX-License-Identifier: MIT
 *
 * objective: a function of d weights with constant curvature, and the noise of its samples' gradients, to run the
 * processes of He et al. (2018) on.
 *
 *     quadratic     F(x) = (x - x*)^T A (x - x*) / 2;    a gradient is A (x - x*) + noise of covariance S
 *     regression    F(x) = 1/(2n) sum_i (a_i . x - b_i)^2;    a gradient is a_i (a_i . x - b_i), i drawn
 *
 * In a regression A is the sum of a_i a_i^T over n, and the noise depends on x.
 */
#ifndef ASYNTRAIN_THEORY_OBJECTIVE_H
#define ASYNTRAIN_THEORY_OBJECTIVE_H

#include "lib/base/rng.h"

#include <stdbool.h>
#include <stddef.h>

struct objective {
    size_t d;
    double *A; /* [d][d] */
    bool diagonal; /* so is A */
    double *lambda; /* [d] eigenvalues of A, rising, > 0 */
    double *Q; /* [d][d] row k: the eigenvector of lambda[k] */
    double *optimum; /* [d] */
    double *S; /* [d][d] covariance of a gradient at the optimum; NULL: deviation^2 times the identity */
    double *factor; /* [d][d] with factor factor^T = S; NULL as S */
    double deviation;
    bool signs; /* noise is made of -1 and 1, else of standard normals */
    size_t n; /* samples of a regression; 0: a quadratic */
    double *a, *turned; /* [n][d] rows; the same along the eigenvectors */
    double *b, *residual; /* [n] b_i; a_i . optimum - b_i */
};

void objective_free(struct objective *o);

/* From A: lambda and Q. From S: factor. false where an eigenvalue cannot be had. */
bool objective_spectrum(struct objective *o);
bool objective_noise_factor(struct objective *o, double *least); /* *least: the least eigenvalue of S */
/* Of a regression with n, a, b: A, lambda, Q, optimum, residual, turned, S, factor. false where the rows do not
 * determine the optimum. */
bool objective_fit(struct objective *o);

/* A drawn gradient at x into g [d]; and the gradient of F, with room [d]. */
void objective_sample(const struct objective *o, const double *x, double *g, double *room, struct rng *r);
void objective_gradient(const struct objective *o, const double *x, double *g);
/* Normal noise of the covariance that gradients have at x, into g [d]; room [d]. */
void objective_noise(const struct objective *o, const double *x, double *g, double *room, struct rng *r);

/* The covariance of a gradient along eigenvectors i and j, where mean [d] and second [d][d] are the moments of x - x*
 * along the eigenvectors; all of it into S [d][d]. Only a regression needs the moments. */
void objective_covariance(const struct objective *o, const double *mean, const double *second, double *S);
/* The variance of a gradient at the optimum along eigenvector k; and in all directions together. */
double objective_variance(const struct objective *o, size_t k);
double objective_trace(const struct objective *o);
/* A bound on the latter for all x at most `radius` from the optimum: |g| <= |a| (|a| radius + |residual|). */
double objective_trace_within(const struct objective *o, double radius);

#endif

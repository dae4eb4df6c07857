/* SPDX-License-Identifier: MIT
 *
 * bounds: what the papers promise, as numbers to put beside measurements. Pure functions; any thread.
 *
 * Theorem 1 of Sun (2016): asynchronous training of a strongly convex function reaches a distance of epsilon when the
 * gradients' errors are small. With the constants below and the step
 *
 *     gamma = (c epsilon - 2 tau q) / (beta q kappa^2)
 *
 * it takes at most t = ceil(beta q kappa^2 ln(q a_0 / epsilon) / (c (c epsilon - 2 tau q))) updates. It needs
 * tau < c epsilon / (2 q): larger errors have no step. On the way the expected distance obeys
 *
 *     a_t <= (1 - c gamma)^t (a_0 - a_inf) + a_inf,      a_inf = (2 tau + gamma kappa^2) / c.
 */
#ifndef ASYNTRAIN_THEORY_BOUNDS_H
#define ASYNTRAIN_THEORY_BOUNDS_H

#include <stdbool.h>

struct bounds {
    double c, q; /* strong convexity, smoothness of the function; > 0 */
    double kappa; /* a gradient's norm, at most; > 0 */
    double tau; /* how much the errors of gradients cost, Eq 8 of the paper; >= 0 */
    double beta; /* in (0, 1]: a shorter step than the theorem needs */
    double epsilon; /* the distance to reach; > 0 */
    double a0; /* the distance at the start; > 0 */
};

/* The step and the number of updates of Theorem 1 (0 where the start is near enough). false, and nothing set,
 * where the errors are too large for any step. */
bool bounds_theorem1(const struct bounds *b, double *gamma, double *updates);

/* The bound on the expected distance after `t` updates with step gamma < 1/c. */
double bounds_distance(const struct bounds *b, double gamma, double t);

/* Theorem 4.2 of He et al. (2018): after time t > 1 with steps eta_k = 1/(mu k), E ||X - x*||^2 is at most
 * (delta + 1) (H + 2 L^2 D^2 tau) ln t / ((t - 1) mu^2). */
struct bounds_sdde {
    double mu, L; /* strong convexity, Lipschitz constant of the gradient */
    double D, H; /* bounds on the drift and on the noise */
    double delta; /* the step of time that is one update */
    double tau; /* delay, in time */
};
double bounds_theorem42(const struct bounds_sdde *b, double t);

#endif

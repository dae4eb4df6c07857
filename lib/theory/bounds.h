/* SPDX-License-Identifier: MIT
 *
 * bounds: what the papers promise, as numbers to put beside measurements. Pure functions; any thread.
 *
 * Theorem 1 of Sun (2016). An objective f has its least value at w*. It is strongly convex with constant c, and its
 * gradient has Lipschitz constant q. Each update is w <- w - gamma s with a gradient s of norm kappa at most. Errors
 * of gradients cost tau at most (Eq 8):
 *
 *     tau >= |E [grad f(w) - s]^T (w - w*)|          the expectation is over samples: it stands inside
 *
 * Then the expected square of the distance, a_t = E ||w_t - w*||^2, obeys Eq 21:
 *
 *     a_t <= (1 - c gamma)^t (a_0 - a_inf) + a_inf,      a_inf = (2 tau + gamma kappa^2) / c
 *
 * and f(w_t) - f(w*) is q/2 a_t at most. To bring that to epsilon, the theorem takes a beta >= 1, the step
 *
 *     gamma = (c epsilon - 2 tau q) / (beta q kappa^2)
 *
 * and t = ceil(beta q kappa^2 ln(q a_0 / epsilon) / (c (c epsilon - 2 tau q))) updates. It needs
 * tau < c epsilon / (2 q): larger errors have no step. With beta < 1 the steps are too long: a_inf alone may be more
 * than 2 epsilon / q.
 */
#ifndef ASYNTRAIN_THEORY_BOUNDS_H
#define ASYNTRAIN_THEORY_BOUNDS_H

#include <stdbool.h>

struct bounds {
    double c, q; /* strong convexity of f; Lipschitz constant of its gradient, q >= c; > 0 */
    double kappa; /* norm of a gradient, at most; > 0 */
    double tau; /* what the errors of gradients cost, at most: Eq 8; >= 0 */
    double beta; /* >= 1: so many times shorter steps than the theorem needs */
    double epsilon; /* distance of the objective from its least value that is to be reached; > 0 */
    double a0; /* ||w_0 - w*||^2, the square of the distance at the start; > 0 */
};

/* The greatest tau that has a step (and with which the step is 0): c epsilon / (2 q). */
double bounds_tau(const struct bounds *b);

/* The step and the number of updates of Theorem 1 (0 where the start is near enough). false, and nothing set,
 * where the errors are too large for any step, or beta < 1. */
bool bounds_theorem1(const struct bounds *b, double *gamma, double *updates);

/* Eq 21: the bound on a_t after `t` updates with step gamma. Where gamma > 1/c a step leaves nothing of a, and adds
 * gamma (2 tau + gamma kappa^2) at most. Of `b` it takes c, kappa, tau and a0. */
double bounds_distance(const struct bounds *b, double gamma, double t);

/* Theorem 4.2 of He et al. (2018): after time t > 1 with steps eta_k = 1/(mu k), E ||X - x*||^2 is at most
 * (delta + 1) (H + 2 L^2 D^2 tau) ln t / ((t - 1) mu^2). */
struct bounds_sdde {
    double mu, L; /* strong convexity, Lipschitz constant of the gradient */
    double D; /* radius of the ball around x* that holds the whole path */
    double H; /* E tr(sigma sigma^T) + 2 mu L D^2, at least; sigma is the noise of a gradient */
    double delta; /* the step of time that is one update */
    double tau; /* delay, in time */
};
double bounds_theorem42(const struct bounds_sdde *b, double t);

#endif

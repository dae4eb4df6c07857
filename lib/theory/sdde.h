/* SPDX-License-Identifier: MIT
 *
 * sdde: stochastic gradient descent with a constant delay on a quadratic function, in closed form (He et al. 2018,
 * "Differential equations for modeling asynchronous algorithms"; their Figure 1 is this process). One weight, the
 * optimum at 0:
 *
 *     x_{k+1} = x_k - eta (A x_{k-l} + noise of variance sigma2),         k >= l
 *     x_{k+1} = x_k - eta (A x_k     + noise of variance sigma2),         k <  l: plain steps
 *
 * It is the Euler scheme of the stochastic delay differential equation dX = -A X(t - tau) dt + …, with tau = eta l.
 * Everything here is of the process itself, with its steps of length eta, but for the decay, which is the
 * equation's. Pure functions; any thread.
 */
#ifndef ASYNTRAIN_THEORY_SDDE_H
#define ASYNTRAIN_THEORY_SDDE_H

#include <stdbool.h>
#include <stdint.h>

struct sdde {
    double A; /* curvature, > 0 */
    double eta; /* > 0 */
    double sigma2; /* variance of a gradient's noise */
    uint32_t l; /* delay in updates */
};

/* E x_k, k = 0 … steps, from x_0 into mean[steps+1]. */
void sdde_mean(const struct sdde *s, double x0, uint32_t steps, double *mean);

/* Do the means die out? By the exact limit eta A < 2 sin(pi / (2 (2 l + 1))) (Levin and May 1976). */
bool sdde_stable(const struct sdde *s);

/* The variance of x_k when k is large; INFINITY where the process is not stable. It is
 * eta^2 sigma2 times the sum of the squares of what remains of a unit push after j = 0, 1, … steps; summed until
 * the remains are below rounding, which near the limit of stability takes long. */
double sdde_variance(const struct sdde *s);

/* How fast the mean of the equation decays, E X ~ e^(V t): V = W0(-A tau) / tau with tau = eta l, and -A without
 * delay. Where A tau > 1/e the mean swings, W0 is complex, and this is its real part. */
double sdde_decay(const struct sdde *s);

/* The principal branch of Lambert's W at a real z, W e^W = z: its real part, and its imaginary part into
 * *imaginary (0 for z >= -1/e). */
double sdde_lambert(double z, double *imaginary);

#endif

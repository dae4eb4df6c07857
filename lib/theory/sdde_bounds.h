/* SPDX-License-Identifier: MIT
 *
 * sdde_bounds: quantities that theorems of He et al. (2018) are about, for objectives of constant curvature. They are
 * derived here from the equations; constants are ours, and no constant of the paper is claimed.
 *
 *     sdde_bounds_constant    for Theorem 4.1 (moments of the equation on quadratics)
 *     sdde_bounds_distance    for Theorems 3.2 and 3.4 (how far sgd and asgd are from their equations)
 *
 * Theorem 4.2 is in lib/theory/bounds.h. Pure functions; any thread.
 */
#ifndef ASYNTRAIN_THEORY_SDDE_BOUNDS_H
#define ASYNTRAIN_THEORY_SDDE_BOUNDS_H

#include "lib/theory/moments.h"
#include "lib/theory/sdde.h"

/* The roots of s = -A e^(-s tau), tau = eta l, in the order of their real parts: root 0 is the slowest, and has an
 * imaginary part >= 0. They are W_k(-A tau) / tau; of conjugate roots one is given. */
void sdde_bounds_root(const struct sdde *s, uint32_t k, double *re, double *im);

/* C with |E X(t)| <= C e^(V t) |X(0)| for all t >= 0, V = sdde_decay: the sum of the sizes of the residues at all roots
 * (the far ones by a bound). INFINITY where A tau = 1/e: the root is double there, and t e^(V t) is reached.
 *
 * With X = X(0) before the start the residue at root s is -A / (s (1 + tau s)). Where plain steps come first, X is
 * e^(-A t) X(0) up to tau, and for t > tau there are A (e^(-A tau) - 1) / ((s + A) (1 + tau s)) e^(s (t - tau)). */
double sdde_bounds_constant(const struct sdde *s, bool plain);

/* The stationary variance of the equation dX = -A X(t - tau) dt + sqrt(eta sigma2) dB: eta sigma2 / (2 A)
 * (1 + sin A tau) / cos A tau (Kuechler and Mensch 1992); INFINITY from A tau = pi/2 on. */
double sdde_bounds_variance(const struct sdde *s);

/* Moments of the equation `p` (sde or sdde) itself: of `substeps`, twice and four times as many steps an update,
 * extrapolated to steps of length 0. Where rate times curvature is above 1 there are so many times more. What is left
 * is of the order of the step's cube. NAN: too costly, or delays that differ (lib/theory/moments.h). */
struct moments *sdde_bounds_equation(const struct simulation *s, enum process p, uint32_t substeps);

/* How far the moments of `p` (sgd or asgd) are from those of its equation, at most over all updates: the length of the
 * difference of means, and the difference of summed variances (NAN: too costly). Index 0: with the given rate; 1: with
 * half of it, twice the delay, and twice the updates, so that the equation but for its noise is the same. The delay is
 * constant, and so is the schedule.
 */
struct sdde_bounds_distance {
    double mean[2], variance[2];
};
void sdde_bounds_distance(const struct simulation *s, enum process p, struct sdde_bounds_distance *far);

#endif

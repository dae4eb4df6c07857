/* SPDX-License-Identifier: MIT
 *
 * stability: which steps gradient descent takes with gradients that are late. On a quadratic function of curvature A,
 * where a share p_d of the gradients is d updates old, the mean obeys
 *
 *     x_{k+1} = x_k - a sum over d of p_d x_{k-d},        a = gamma A
 *
 * It dies out if every root z of z = 1 - a P(z), P(z) = sum of p_d z^-d, is within the unit circle, as for a near 0. As
 * a grows, the first root meets the circle at some z = e^(i omega). There (1 - z) / P(z) is real, and is the limit.
 *
 *     all d = l               2 sin(pi / (2 (2 l + 1)))       Levin and May 1976
 *     geometric, mean m       2 (2 m + 1)                     delays that vary are harmless for longer
 *
 * Pure; any thread.
 */
#ifndef ASYNTRAIN_THEORY_STABILITY_H
#define ASYNTRAIN_THEORY_STABILITY_H

#include <stdint.h>

/* The least a <= most at which the mean no longer dies out; INFINITY: none. share [n], n > 0, sums up to 1. The larger
 * `most`, the longer it takes. */
double stability_limit(const double *share, uint32_t n, double most);

#endif

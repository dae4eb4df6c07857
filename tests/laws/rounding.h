/* SPDX-License-Identifier: MIT
 *
 * rounding: how far apart two computations of the same thing may be that differ in nothing but their roundings, as a
 * kernel and its reference do. It follows from how many numbers are added, how large they are, and the precision of
 * `real`; so it holds on every processor, whatever the order of the sums and whether or not products are fused.
 */
#ifndef ASYNTRAIN_TESTS_ROUNDING_H
#define ASYNTRAIN_TESTS_ROUNDING_H

#include "lib/base/rng.h"
#include "lib/num/chain.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The distance from 1 to the next number: two roundings of a number of that size, one in each of the computations. */
#define ROUNDING_UNIT (sizeof(real) == sizeof(float) ? (double)FLT_EPSILON : DBL_EPSILON)

/* A sum of `terms` products or numbers whose absolute values add up to `size`, in any order (Higham 2002, eq. 4.4). */
static inline double rounding(double terms, double size)
{
    return (terms + 2) * ROUNDING_UNIT * size;
}

/* The sizes of n numbers. */
static inline void rounding_sizes(real *to, const real *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = x[k] < 0 ? -x[k] : x[k];
}

/* Each of n numbers made larger or smaller by so many roundings. Where errors grow or die away on their way through
 * a computation, as in a recurrence, a reference that is given numbers so moved shows by how much. */
static inline void rounding_move(struct rng *r, real *x, size_t n, double roundings)
{
    for (size_t k = 0; k < n; k++)
        x[k] = (real)((double)x[k] * (1 + (rng_below(r, 2) ? roundings : -roundings) * ROUNDING_UNIT));
}

/* The largest of |a - b| / (1 + |b|); infinite where one is NaN. */
static inline double rounding_distance(const real *a, const real *b, size_t n)
{
    double worst = 0;
    for (size_t k = 0; k < n; k++) {
        double d = fabs((double)a[k] - (double)b[k]) / (1 + fabs((double)b[k]));
        if (!(d <= worst))
            worst = isnan(d) ? INFINITY : d;
    }
    return worst;
}

/* Is every a[k] as near to b[k] as a sum of `terms` allows whose sizes add up to size[k]? */
static inline bool rounding_near(const real *a, const real *b, const real *size, size_t n, double terms)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs((double)a[k] - (double)b[k]) <= rounding(terms, (double)size[k])))
            return false;
    return true;
}
/* ---- sums over the paths of a chain */

static inline double rounding_largest(const real *x, size_t rows, size_t columns, size_t stride)
{
    double most = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            if (x[i * stride + k] > CHAIN_FORBIDDEN / 2)
                most = fmax(most, fabs((double)x[i * stride + k]));
    return most;
}

/* The largest size of what is added up for one transition. */
static inline double rounding_chain_size(const struct chain *c)
{
    return rounding_largest(c->edge, c->T, c->T, c->stride) +
           rounding_largest(c->node, c->n, c->T, c->stride) +
           (c->pairs ? rounding_largest(c->pair, c->n, c->pairs->count, c->pairs->stride) : 0);
}

/* How far, relatively, one step there or back moves a sum over paths: the score of a transition is a sum of three less
 * the largest, and its exponential takes the error of that; then T products of two factors are added up and scaled. All
 * are positive, so nothing is lost by differences. The reference, which does not scale, rounds the logarithm. */
static inline double rounding_chain_step(const struct chain *c)
{
    const double size = rounding_chain_size(c);
    return rounding(4, size) + rounding(sqrt((double)c->T) + 6, 1) + DBL_EPSILON * c->n * size;
}

/* A log Z, or the score of a path: n steps, whose errors may all be of one sign. */
static inline double rounding_log_z(const struct chain *c)
{
    return c->n * rounding_chain_step(c);
}

/* A probability: all steps there and back, whose errors are independent. */
static inline double rounding_probability(const struct chain *c)
{
    return sqrt(2.0 * c->n) * rounding_chain_step(c);
}

#endif

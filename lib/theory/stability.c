/* SPDX-License-Identifier: MIT */
#include "lib/theory/stability.h"

#include <complex.h>
#include <math.h>

#define GRID 16 /* points for a turn of the fastest term of P */

/* (1 - z) / P(z) at z = e^(i omega). */
static double complex step_at(const double *share, uint32_t n, double omega)
{
    const double complex back = cexp(-I * omega);
    double complex P = 0;
    for (uint32_t d = n; d-- > 0;)
        P = P * back + share[d];
    return (1 - cexp(I * omega)) / P;
}

/* The frequency between two at which the imaginary part changes its sign. */
static double crossing(const double *share, uint32_t n, double low, double high)
{
    const int sign = cimag(step_at(share, n, low)) > 0;
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        if ((cimag(step_at(share, n, middle)) > 0) == sign)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double stability_limit(const double *share, uint32_t n, double most)
{
    const double pi = acos(-1), end = most < 2 ? 2 * asin(most / 2) : pi; /* |1 - z| <= most, as |P| <= 1 */
    const uint32_t points = (uint32_t)ceil(end / pi * GRID * n) + 2;
    double least = INFINITY, last = end / points / 2, omega;
    int sign = cimag(step_at(share, n, last)) > 0;
    for (uint32_t k = 1; k <= points; k++, last = omega) {
        omega = end * k / points;
        if (k == points && end == pi) { /* z = -1, where every value is real */
            const double a = creal(step_at(share, n, pi));
            return a > 0 && a < least && a <= most ? a : least <= most ? least : INFINITY;
        }
        const int now = cimag(step_at(share, n, omega)) > 0;
        if (now == sign)
            continue;
        const double a = creal(step_at(share, n, crossing(share, n, last, omega)));
        sign = now;
        /* (where P is 0 the sign changes as well, without a crossing) */
        if (a > 0 && a < least && isfinite(a))
            least = a;
    }
    return least <= most ? least : INFINITY;
}

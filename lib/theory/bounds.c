/* SPDX-License-Identifier: MIT */
#include "lib/theory/bounds.h"

#include <math.h>

double bounds_tau(const struct bounds *b)
{
    return b->c * b->epsilon / (2 * b->q);
}

bool bounds_theorem1(const struct bounds *b, double *gamma, double *updates)
{
    double left = b->c * b->epsilon - 2 * b->tau * b->q; /* what the errors leave of the step */
    double width = b->beta * b->q * b->kappa * b->kappa;
    double ratio = log(b->q * b->a0 / b->epsilon);
    /* at tau = c epsilon / (2 q) the difference is 0 but for rounding */
    if (b->beta < 1 || left <= 1e-12 * b->c * b->epsilon)
        return false;
    *gamma = left / width;
    *updates = ratio > 0 ? ceil(width * ratio / (b->c * left)) : 0;
    return true;
}

double bounds_distance(const struct bounds *b, double gamma, double t)
{
    double limit = (2 * b->tau + gamma * b->kappa * b->kappa) / b->c;
    if (b->c * gamma >= 1) /* the factor of a is negative: without it the bound holds as well */
        return t < 1 ? b->a0 : b->c * gamma * limit;
    return pow(1 - b->c * gamma, t) * (b->a0 - limit) + limit;
}

double bounds_theorem42(const struct bounds_sdde *b, double t)
{
    return (b->delta + 1) * (b->H + 2 * b->L * b->L * b->D * b->D * b->tau) * log(t) /
           ((t - 1) * b->mu * b->mu);
}

/* SPDX-License-Identifier: MIT */
#include "lib/theory/sdde.h"

#include "lib/base/memory.h"

#include <complex.h>
#include <math.h>

void sdde_mean(const struct sdde *s, double x0, uint32_t steps, double *mean)
{
    mean[0] = x0;
    for (uint32_t k = 0; k < steps; k++)
        mean[k + 1] = mean[k] - s->eta * s->A * mean[k >= s->l ? k - s->l : k];
}

bool sdde_stable(const struct sdde *s)
{
    return s->eta * s->A < 2 * sin(acos(-1) / (2 * (2.0 * s->l + 1)));
}

double sdde_variance(const struct sdde *s)
{
    if (!sdde_stable(s))
        return INFINITY;
    /* A push enters x_{k+1}; the l steps after it do not know of it yet. past: a ring of the last l+1 remains. */
    size_t length = (size_t)s->l + 1, quiet = 0;
    double *past = memory_new(length, sizeof *past), r = 1, sum = 1;
    past[0] = 1;
    for (size_t j = 1; quiet <= 2 * length; j++) {
        double old = j > s->l ? past[j % length] : 0; /* written l+1 steps ago */
        r -= s->eta * s->A * old;
        past[j % length] = r;
        sum += r * r;
        quiet = r * r > 1e-17 * sum * s->eta * s->A ? 0 : quiet + 1; /* swings pass through 0 */
    }
    memory_free(past);
    return s->eta * s->eta * s->sigma2 * sum;
}

double sdde_lambert(double z, double *imaginary)
{
    /* Halley's iteration (Corless et al. 1996, "On the Lambert W function", Eq 5.9), from the series at the
     * branch point -1/e near it and left of it, else from log(1 + z). */
    double complex p = csqrt(2 * (exp(1) * z + 1)), w = z < 0.3 ? -1 + p - p * p / 3 : log1p(z);
    if (z < -2) /* the series no longer holds */
        w = clog(z) - clog(clog(z));
    for (int k = 0; k < 50 && p != 0; k++) {
        double complex e = cexp(w), f = w * e - z;
        double complex step = f / (e * (w + 1) - (w + 2) * f / (2 * w + 2));
        w -= step;
        if (cabs(step) < 1e-15 * (1 + cabs(w)))
            break;
    }
    *imaginary = cimag(w);
    return creal(w);
}

double sdde_decay(const struct sdde *s)
{
    double tau = s->eta * s->l, imaginary;
    return s->l ? sdde_lambert(-s->A * tau, &imaginary) / tau : -s->A;
}

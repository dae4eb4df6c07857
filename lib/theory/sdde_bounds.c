/* SPDX-License-Identifier: MIT */
#include "lib/theory/sdde_bounds.h"

#include "lib/base/memory.h"

#include <complex.h>
#include <math.h>

/* W_k(z), z < 0, k >= 1, by Newton's method on w + ln w = ln z + 2 pi i k (Corless et al. 1996). */
static double complex branch(double z, uint32_t k)
{
    const double pi = acos(-1);
    double complex L = log(-z) + (2.0 * k + 1) * pi * I, w = L - clog(L);
    for (int n = 0; n < 50; n++) {
        double complex step = (w + clog(w) - L) / (1 + 1 / w);
        w -= step;
        if (cabs(step) < 1e-15 * cabs(w))
            break;
    }
    return w;
}

/* W_-1(z) for -1/e < z < 0: the second real one. */
static double second_real(double z)
{
    double p = sqrt(2 * (exp(1) * z + 1)), w = z > -.25 ? log(-z) - log(-log(-z)) : -1 - p - p * p / 3;
    for (int n = 0; n < 100; n++) {
        double e = exp(w), f = w * e - z, step = f / (e * (w + 1) - (w + 2) * f / (2 * w + 2));
        w -= step;
        if (fabs(step) < 1e-15 * fabs(w))
            break;
    }
    return w;
}

void sdde_bounds_root(const struct sdde *s, uint32_t k, double *re, double *im)
{
    double tau = s->eta * s->l, z = -s->A * tau;
    bool real_pair = z >= -exp(-1);
    *im = 0;
    if (s->l == 0) {
        *re = k ? -INFINITY : -s->A;
    } else if (k == 0) {
        *re = sdde_lambert(z, im) / tau;
        *im /= tau;
    } else if (real_pair && k == 1) {
        *re = second_real(z) / tau;
    } else {
        double complex w = branch(z, real_pair ? k - 1 : k);
        *re = creal(w) / tau;
        *im = cimag(w) / tau;
    }
}

double sdde_bounds_constant(const struct sdde *s, bool plain)
{
    enum { ROOTS = 2000 };
    const double tau = s->eta * s->l, A = s->A, pi = acos(-1);
    if (s->l == 0)
        return 1;
    if (fabs(A * tau * exp(1) - 1) < 1e-12)
        return INFINITY;
    double sum = 0;
    for (uint32_t k = 0; k < ROOTS; k++) {
        double re, im;
        sdde_bounds_root(s, k, &re, &im);
        double complex root = re + im * I, c = plain ? A * expm1(-A * tau) / (root + A) : -A / root;
        sum += (im > 0 ? 2 : 1) * cabs(c / (1 + tau * root));
    }
    /* |1 + tau s|, |tau s| and |tau (s + A)| are at least the imaginary part of W, which is above 2 pi k */
    sum += A * tau / (2 * pi * pi * (ROOTS - 2));
    return plain ? fmax(1, sum * exp(-sdde_decay(s) * tau)) : sum;
}

double sdde_bounds_variance(const struct sdde *s)
{
    double angle = s->A * s->eta * s->l;
    if (angle >= acos(-1) / 2)
        return INFINITY;
    return s->eta * s->sigma2 / (2 * s->A) * (1 + sin(angle)) / cos(angle);
}

/* ---- distances ---- */

#define MOST 0x1p30 /* steps times weights: more would take too long */

/* Nothing is known of it. */
static struct moments *unknown(struct moments *m)
{
    for (size_t i = 0; i < ((size_t)m->updates + 1) * m->d; i++)
        m->mean[i] = NAN;
    memory_free(m->cov);
    m->cov = NULL;
    return m;
}

/* Add share times what the one has to the other, which begins with zeros. */
static void add(double *sum, const double *x, size_t n, double share)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += share * x[i];
}

struct moments *sdde_bounds_equation(const struct simulation *s, enum process p, uint32_t substeps)
{
    static const double share[] = {1 / 3., -2, 8 / 3.}; /* cancel errors of the first and second order */
    const size_t rows = (size_t)s->updates + 1, d = s->objective.d;
    const double step = fmax(1, ceil(s->rate * s->objective.lambda[d - 1]));
    struct moments *sum = memory_new(1, sizeof *sum);
    *sum = (struct moments){.d = d, .updates = s->updates, .exact = true};
    sum->mean = memory_new(rows * d, sizeof *sum->mean);
    if ((double)s->updates * (double)d * substeps * 4 * step > MOST)
        return unknown(sum);
    for (int n = 0; n < 3; n++) {
        struct moments *m = moments_new(s, p, (uint32_t)step * (substeps << n), true);
        const size_t pairs = m->full ? d * d : d;
        if (n == 0 && m->cov)
            sum->cov = memory_new(rows * pairs, sizeof *sum->cov);
        sum->full = m->full;
        sum->exact &= m->exact;
        add(sum->mean, m->mean, rows * d, share[n]);
        if (m->cov)
            add(sum->cov, m->cov, rows * pairs, share[n]);
        else if (sum->cov) {
            memory_free(sum->cov);
            sum->cov = NULL;
        }
        moments_free(m);
    }
    return sum->exact ? sum : unknown(sum);
}

/* The greatest distances between the moments of two. */
static void compare(const struct moments *a, const struct moments *b, double *mean, double *variance)
{
    size_t d = a->d;
    *mean = *variance = 0;
    for (uint64_t k = 0; k <= a->updates; k++) {
        double sum = 0, gap = moments_spread(a, k) - moments_spread(b, k);
        for (size_t i = k * d; i < (k + 1) * d; i++)
            sum += (a->mean[i] - b->mean[i]) * (a->mean[i] - b->mean[i]);
        *mean = isnan(sum) ? NAN : fmax(*mean, sqrt(sum));
        *variance = isnan(gap) ? NAN : fmax(*variance, fabs(gap));
    }
}

void sdde_bounds_distance(const struct simulation *s, enum process p, struct sdde_bounds_distance *far)
{
    enum process equation = simulation_delayed(p) ? PROCESS_SDDE : PROCESS_SDE;
    struct simulation half = *s;
    half.rate /= 2;
    half.updates *= 2;
    half.lags = 2 * s->lags - 1;
    half.lag = memory_new(half.lags, sizeof *half.lag);
    half.lag[half.lags - 1] = 1;
    for (int n = 0; n < 2; n++) {
        const struct simulation *of = n ? &half : s;
        struct moments *own = moments_new(of, p, 1, true),
                       *truth = sdde_bounds_equation(of, equation, n ? 2 : 4); /* steps of the same time */
        compare(own, truth, &far->mean[n], &far->variance[n]);
        moments_free(own);
        moments_free(truth);
    }
    memory_free(half.lag);
}

/* SPDX-License-Identifier: MIT */
#include "lib/theory/objective.h"

#include "lib/base/memory.h"
#include "lib/num/eigen.h"

#include <math.h>
#include <string.h>

void objective_free(struct objective *o)
{
    memory_free(o->A);
    memory_free(o->lambda);
    memory_free(o->Q);
    memory_free(o->optimum);
    memory_free(o->S);
    memory_free(o->factor);
    memory_free(o->a);
    memory_free(o->turned);
    memory_free(o->b);
    memory_free(o->residual);
}

static double dot(const double *a, const double *b, size_t d)
{
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += a[i] * b[i];
    return sum;
}

/* ---- from matrices to spectra ---- */

bool objective_spectrum(struct objective *o)
{
    size_t d = o->d;
    o->lambda = memory_new(d, sizeof *o->lambda);
    o->Q = memory_new(d * d, sizeof *o->Q);
    memcpy(o->Q, o->A, d * d * sizeof *o->Q);
    return eigen_symmetric(d, o->Q, o->lambda);
}

bool objective_noise_factor(struct objective *o, double *least)
{
    size_t d = o->d;
    double *value = memory_new(d, sizeof *value), *vector = memory_new(d * d, sizeof *vector);
    memcpy(vector, o->S, d * d * sizeof *vector);
    bool good = eigen_symmetric(d, vector, value);
    o->factor = memory_new(d * d, sizeof *o->factor);
    for (size_t k = 0; k < d && good; k++)
        for (size_t i = 0; i < d; i++)
            o->factor[i * d + k] = value[k] > 0 ? sqrt(value[k]) * vector[k * d + i] : 0;
    *least = value[0];
    memory_free(value);
    memory_free(vector);
    return good;
}

/* Mean over rows of weight_i a_i a_i^T into M. */
static void outer(const struct objective *o, const double *a, const double *weight, double *M)
{
    size_t d = o->d;
    memset(M, 0, d * d * sizeof *M);
    for (size_t k = 0; k < o->n; k++)
        for (size_t i = 0; i < d; i++) {
            double c = (weight ? weight[k] : 1) * a[k * d + i] / (double)o->n;
            for (size_t j = 0; j < d; j++)
                M[i * d + j] += c * a[k * d + j];
        }
}

bool objective_fit(struct objective *o)
{
    size_t d = o->d, n = o->n;
    double *weight = memory_new(n, sizeof *weight), least;
    o->A = memory_new(d * d, sizeof *o->A);
    o->S = memory_new(d * d, sizeof *o->S);
    o->optimum = memory_new(d, sizeof *o->optimum);
    o->residual = memory_new(n, sizeof *o->residual);
    o->turned = memory_new(n * d, sizeof *o->turned);
    outer(o, o->a, NULL, o->A);
    bool good = objective_spectrum(o) && o->lambda[0] > 1e-12 * o->lambda[d - 1] && o->lambda[0] > 0;
    for (size_t k = 0; k < d && good; k++) { /* the optimum, one eigenvector after the other */
        double along = 0;
        for (size_t r = 0; r < n; r++) {
            o->turned[r * d + k] = dot(o->Q + k * d, o->a + r * d, d);
            along += o->turned[r * d + k] * o->b[r] / (double)n;
        }
        for (size_t i = 0; i < d; i++)
            o->optimum[i] += along / o->lambda[k] * o->Q[k * d + i];
    }
    for (size_t r = 0; r < n; r++) {
        o->residual[r] = dot(o->a + r * d, o->optimum, d) - o->b[r];
        weight[r] = o->residual[r] * o->residual[r];
    }
    outer(o, o->a, weight, o->S);
    memory_free(weight);
    return good && objective_noise_factor(o, &least);
}

/* ---- gradients ---- */

void objective_gradient(const struct objective *o, const double *x, double *g)
{
    size_t d = o->d;
    for (size_t i = 0; i < d; i++) {
        g[i] = 0;
        for (size_t j = o->diagonal ? i : 0; j < (o->diagonal ? i + 1 : d); j++)
            g[i] += o->A[i * d + j] * (x[j] - o->optimum[j]);
    }
}

/* Add noise of covariance S. */
static void add_noise(const struct objective *o, bool signs, double *g, double *room, struct rng *r)
{
    size_t d = o->d;
    for (size_t k = 0; k < d; k++)
        room[k] = signs ? (rng_bits(r) >> 63 ? 1 : -1) : rng_normal(r);
    for (size_t i = 0; i < d; i++)
        g[i] += o->factor ? dot(o->factor + i * d, room, d) : o->deviation * room[i];
}

void objective_sample(const struct objective *o, const double *x, double *g, double *room, struct rng *r)
{
    size_t d = o->d;
    if (o->n == 0) {
        objective_gradient(o, x, g);
        add_noise(o, o->signs, g, room, r);
        return;
    }
    size_t k = (size_t)rng_below(r, o->n);
    double gap = dot(o->a + k * d, x, d) - o->b[k];
    for (size_t i = 0; i < d; i++)
        g[i] = gap * o->a[k * d + i];
}

/* In a regression: a normal number for each sample, times what its gradient differs from that of F. */
void objective_noise(const struct objective *o, const double *x, double *g, double *room, struct rng *r)
{
    size_t d = o->d;
    memset(g, 0, d * sizeof *g);
    if (o->n == 0) {
        add_noise(o, false, g, room, r);
        return;
    }
    double sum = 0;
    for (size_t k = 0; k < o->n; k++) {
        double z = rng_normal(r), c = z * (dot(o->a + k * d, x, d) - o->b[k]);
        sum += z;
        for (size_t i = 0; i < d; i++)
            g[i] += c * o->a[k * d + i];
    }
    objective_gradient(o, x, room);
    for (size_t i = 0; i < d; i++)
        g[i] = (g[i] - sum * room[i]) / sqrt((double)o->n);
}

/* ---- covariances along the eigenvectors ---- */

static double fixed(const struct objective *o, size_t i, size_t j)
{
    size_t d = o->d;
    double sum = 0;
    if (!o->S)
        return i == j ? o->deviation * o->deviation : 0;
    for (size_t k = 0; k < d; k++)
        sum += o->Q[i * d + k] * dot(o->S + k * d, o->Q + j * d, d);
    return sum;
}

double objective_variance(const struct objective *o, size_t k)
{
    return fixed(o, k, k);
}

double objective_trace(const struct objective *o)
{
    double sum = 0;
    for (size_t i = 0; i < o->d; i++)
        sum += o->S ? o->S[i * o->d + i] : o->deviation * o->deviation;
    return sum;
}

double objective_trace_within(const struct objective *o, double radius)
{
    double sum = 0;
    if (o->n == 0)
        return objective_trace(o);
    for (size_t k = 0; k < o->n; k++) {
        double length = sqrt(dot(o->a + k * o->d, o->a + k * o->d, o->d));
        sum += pow(length * (length * radius + fabs(o->residual[k])), 2);
    }
    return sum / (double)o->n;
}

/* E g g^T = mean of a a^T E(a . z + r)^2, with z = x - x*, and E g = A E z. */
void objective_covariance(const struct objective *o, const double *mean, const double *second, double *S)
{
    size_t d = o->d;
    if (o->n == 0) {
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                S[i * d + j] = fixed(o, i, j);
        return;
    }
    double *weight = memory_new(o->n, sizeof *weight);
    for (size_t k = 0; k < o->n; k++) {
        const double *a = o->turned + k * d;
        weight[k] = o->residual[k] * (o->residual[k] + 2 * dot(a, mean, d));
        for (size_t i = 0; i < d; i++)
            weight[k] += a[i] * dot(second + i * d, a, d);
    }
    outer(o, o->turned, weight, S);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            S[i * d + j] -= o->lambda[i] * o->lambda[j] * second[i * d + j];
    memory_free(weight);
}

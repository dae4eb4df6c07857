/* SPDX-License-Identifier: MIT
 *
 * kernel_reference: what the kernels compute, as the textbook says it: log-space sums in double, no
 * vectors, no scaling. The tests hold every fast kernel against this one, and a sentence whose scores are out
 * of float's range comes here.
 */
#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include "lib/base/memory.h"

#include <math.h>
#include <string.h>

RACY static void gather(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out)
{
    for (uint32_t i = 0; i < n; i++)
        for (size_t y = 0; y < stride; y++) {
            double s = 0;
            for (uint32_t k = start[i]; k < start[i + 1] && id[k] < limit; k++)
                s += (double)(id[k] < hot ? local : w)[id[k] * stride + y];
            out[i * stride + y] = (real)((double)base[y] + (double)scale * s);
        }
}

RACY static void gather_valued(const real *w, const real *local, uint32_t hot, size_t stride,
                               const uint32_t *start, const uint32_t *id, const float *value, uint32_t limit,
                               uint32_t n, real scale, const real *base, real *out)
{
    for (uint32_t i = 0; i < n; i++)
        for (size_t y = 0; y < stride; y++) {
            double s = 0;
            for (uint32_t k = start[i]; k < start[i + 1] && id[k] < limit; k++)
                s += (double)value[k] * (double)(id[k] < hot ? local : w)[id[k] * stride + y];
            out[i * stride + y] = (real)((double)base[y] + (double)scale * s);
        }
}

RACY static void merge(real *w, real *local, real *base, size_t n)
{
    for (size_t k = 0; k < n; k++)
        w[k] = local[k] = base[k] = w[k] + (local[k] - base[k]);
}

RACY static void scatter(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row)
{
    for (size_t k = 0; k < count; k++)
        for (size_t y = 0; y < stride; y++)
            (id[k] < hot ? local : w)[id[k] * stride + y] += step * row[y];
}

RACY static void adapt(real *w, real *m, real *v, const real *g, size_t n, const struct moments *c,
                       real length)
{
    for (size_t i = 0; i < n; i++) {
        real mean = m ? c->keep * m[i] + c->take * g[i] : g[i];
        real square = c->keep2 * v[i] + c->take2 * g[i] * g[i];
        if (m)
            m[i] = mean;
        v[i] = square;
        w[i] -= (real)((double)(length * mean) / (sqrt((double)(c->wide * square)) + (double)c->epsilon));
    }
}

RACY static void compensate(real *row, real *w, const real *seen, real *v, const real *g, size_t n,
                            const struct delay_term *c, real length)
{
    for (size_t i = 0; i < n; i++) {
        real lambda = c->strength, gap = w[i] - c->ratio * seen[i];
        if (v) {
            v[i] = c->keep * v[i] + c->take * g[i] * g[i];
            lambda = (real)((double)lambda / sqrt((double)v[i] + (double)c->epsilon));
        }
        real more = lambda * gap * g[i] * g[i];
        if (row)
            row[i] = more == 0 ? g[i] : g[i] + more;
        else
            w[i] = more == 0 ? w[i] : w[i] - length * more;
    }
}

static void exp_row(real *x, size_t n, real shift)
{
    for (size_t k = 0; k < n; k++)
        x[k] = x[k] - shift < KERNEL_EXP_LEAST ? 0 : (real)exp((double)(x[k] - shift));
}

static double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    if (high - low > 800) /* exp is 0: most of a chain where few labels are allowed */
        return high;
    return isinf(high) && high < 0 ? high : high + log1p(exp(low - high));
}

/* Scores of all transitions into position i: m [T][T], in the chain's scratch. */
static const double *transitions(const struct chain *c, uint32_t i)
{
    uint32_t T = c->T;
    double *m = c->slow + 2 * (size_t)c->longest * T;
    for (uint32_t a = 0; a < T; a++)
        for (uint32_t b = 0; b < T; b++)
            m[a * T + b] = (double)c->edge[a * c->stride + b];
    for (uint32_t p = 0; c->pairs && p < c->pairs->count; p++)
        m[c->pairs->from[p] * T + c->pairs->to[p]] += (double)c->pair[i * c->pairs->stride + p];
    const uint8_t *follows = c->follows[i];
    for (uint32_t k = 0; follows && k < T * T; k++)
        m[k] += follows[k] ? 0 : (double)CHAIN_FORBIDDEN;
    return m;
}

static double run_posterior(struct chain *c)
{
    uint32_t n = c->n, T = c->T;
    double *alpha = c->slow, *beta = c->slow + (size_t)n * T;
    double log_z = -INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        const double *m = transitions(c, i);
        for (uint32_t y = 0; y < T; y++) {
            double s = i ? -INFINITY : 0;
            for (uint32_t a = 0; i && a < T; a++)
                s = log_add(s, alpha[(i - 1) * T + a] + m[a * T + y]);
            alpha[i * T + y] = s + (double)c->node[i * c->stride + y];
        }
    }
    for (uint32_t y = 0; y < T; y++)
        beta[(n - 1) * T + y] = 0;
    for (uint32_t i = n - 1; i-- > 0;) {
        const double *m = transitions(c, i + 1);
        for (uint32_t y = 0; y < T; y++) {
            double s = -INFINITY;
            for (uint32_t b = 0; b < T; b++)
                s = log_add(s,
                            m[y * T + b] + (double)c->node[(i + 1) * c->stride + b] + beta[(i + 1) * T + b]);
            beta[i * T + y] = s;
        }
    }
    for (uint32_t y = 0; y < T; y++)
        log_z = log_add(log_z, alpha[(n - 1) * T + y]);
    memset(c->expected, 0, (size_t)c->stride * c->stride * sizeof(real));
    for (uint32_t i = 1; i < n; i++) {
        const double *m = transitions(c, i);
        for (uint32_t a = 0; a < T; a++)
            for (uint32_t b = 0; b < T; b++)
                c->expected[a * c->stride + b] +=
                    (real)exp(alpha[(i - 1) * T + a] + m[a * T + b] + (double)c->node[i * c->stride + b] +
                              beta[i * T + b] - log_z);
        if (c->pairs) /* pad lanes too: the fast kernel may have left anything there */
            memset(c->pair_marginal + i * c->pairs->stride, 0, c->pairs->stride * sizeof(real));
        for (uint32_t p = 0; c->pairs && p < c->pairs->count; p++) {
            uint32_t a = c->pairs->from[p], b = c->pairs->to[p];
            c->pair_marginal[i * c->pairs->stride + p] =
                (real)exp(alpha[(i - 1) * T + a] + m[a * T + b] + (double)c->node[i * c->stride + b] +
                          beta[i * T + b] - log_z);
        }
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t y = 0; y < c->stride; y++)
            c->marginal[i * c->stride + y] =
                y < T ? (real)exp(alpha[i * T + y] + beta[i * T + y] - log_z) : 0;
    return log_z;
}

static double run_viterbi(struct chain *c, uint32_t *y)
{
    uint32_t n = c->n, T = c->T;
    double *best = memory_new((size_t)n * T, sizeof *best);
    uint32_t *back = memory_new((size_t)n * T, sizeof *back), last = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double *m = transitions(c, i);
        for (uint32_t b = 0; b < T; b++) {
            double s = i ? -INFINITY : 0;
            for (uint32_t a = 0; i && a < T; a++) {
                double t = best[(i - 1) * T + a] + m[a * T + b];
                if (t > s)
                    s = t, back[i * T + b] = a;
            }
            best[i * T + b] = s + (double)c->node[i * c->stride + b];
        }
    }
    for (uint32_t a = 1; a < T; a++)
        if (best[(n - 1) * T + a] > best[(n - 1) * T + last])
            last = a;
    double score = best[(n - 1) * T + last];
    for (uint32_t i = n; i-- > 0; last = back[i * T + last])
        y[i] = last;
    memory_free(best);
    memory_free(back);
    return score;
}

const struct kernel kernel_reference = {
    .name = "reference",
    .gather = gather,
    .gather_valued = gather_valued,
    .scatter = scatter,
    .merge = merge,
    .adapt = adapt,
    .compensate = compensate,
    .exp = exp_row,
    .posterior = run_posterior,
    .viterbi = run_viterbi,
};

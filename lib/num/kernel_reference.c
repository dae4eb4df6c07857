/* SPDX-License-Identifier: MIT
 *
 * kernel_reference: what the kernels compute, as the textbook says it: log-space sums in double, no
 * vectors, no scaling. The tests hold every fast kernel against this one, and a sentence whose scores are out
 * of float's range comes here.
 */
#include "lib/num/beam.h"
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

RACY static void gather_lines(const real *w, const real *local, uint32_t hot, size_t stride,
                              const uint32_t *id, size_t count, const uint32_t *line, size_t lines,
                              real scale, bool add, real *out)
{
    for (size_t j = 0; j < lines; j++)
        for (size_t y = line[j] * (size_t)KERNEL_LINE; y < (line[j] + (size_t)1) * KERNEL_LINE; y++) {
            double s = 0;
            for (size_t k = 0; k < count; k++)
                s += (double)(id[k] < hot ? local : w)[id[k] * stride + y];
            out[y] = (real)((add ? (double)out[y] : 0) + (double)scale * s);
        }
}

RACY static void scatter_lines(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id,
                               size_t count, const uint32_t *line, size_t lines, real step, const real *row)
{
    for (size_t k = 0; k < count; k++)
        for (size_t j = 0; j < lines; j++)
            for (size_t y = line[j] * (size_t)KERNEL_LINE; y < (line[j] + (size_t)1) * KERNEL_LINE; y++)
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

/* exp of scores, the highest being taken off all; that is returned. */
static double factors(const real *score, real *factor, size_t rows, uint32_t T, size_t stride)
{
    double top = -INFINITY;
    for (size_t k = 0; k < rows * stride; k++)
        top = k % stride < T && (double)score[k] > top ? (double)score[k] : top;
    for (size_t k = 0; k < rows * stride; k++)
        factor[k] = (real)(k % stride < T ? exp((double)score[k] - top) : 0);
    return top;
}

static void run_beam_begin(struct chain *c, struct beam *b)
{
    const size_t last = (c->n - 1) * (size_t)c->stride;
    b->taken = 0;
    for (uint32_t i = 0; i < c->n; i++)
        b->taken += factors(c->node + i * c->stride, c->marginal + i * c->stride, 1, c->T, c->stride);
    for (uint32_t y = 0; y < c->T; y++)
        c->beta[last + y] = 1;
    for (uint32_t i = c->n - 1; i > 0; i--) {
        double total = 0;
        for (uint32_t y = 0; y < c->T; y++)
            total += (double)c->marginal[i * c->stride + y] * (double)c->beta[i * c->stride + y];
        for (uint32_t x = 0; x < c->T; x++) {
            double sum = 0;
            for (uint32_t y = 0; y < c->T; y++)
                sum += exp((double)c->edge[x * c->stride + y]) * (double)c->marginal[i * c->stride + y] *
                       (double)c->beta[i * c->stride + y];
            c->beta[(i - 1) * c->stride + x] = (real)(sum / total);
        }
    }
}

/* exp(score) of transitions from label y into position i. */
static void beam_row(const struct chain *c, uint32_t i, uint32_t y, real *row)
{
    for (uint32_t to = 0; to < c->T; to++)
        row[to] = (real)exp((double)c->edge[y * c->stride + to]);
    for (uint32_t p = c->pairs->row[y]; p < c->pairs->row[y + 1]; p++)
        row[c->pairs->to[p]] *= (real)exp((double)c->pair[i * c->pairs->stride + p]);
}

static real run_beam_step(struct chain *c, struct beam *b, uint32_t i, real least, uint32_t truth)
{
    real *now = c->alpha + i * c->stride, best = 0;
    const real *later = c->beta + i * c->stride;
    const uint32_t begin = i ? b->first[i - 1] : 0, end = b->first[i];
    for (uint32_t k = begin; k < end; k++)
        beam_row(c, i, b->label[k], b->row + k * c->stride);
    for (uint32_t y = 0; y < c->T; y++) {
        double sum = i == 0;
        for (uint32_t k = begin; k < end; k++)
            sum += (double)b->share[k] * (double)b->row[k * c->stride + y];
        now[y] = (real)(sum * (double)c->marginal[i * c->stride + y]);
        best = now[y] * later[y] > best ? now[y] * later[y] : best;
    }
    b->first[i + 1] = end;
    for (uint32_t y = 0; y < c->T; y++)
        if (now[y] * later[y] > least * best || y == truth) {
            b->label[b->first[i + 1]] = y;
            b->share[b->first[i + 1]++] = now[y];
        }
    return best;
}

static void run_beam_back(struct chain *c, struct beam *b, uint32_t i)
{
    real *marginal = c->marginal + i * c->stride;
    double mass = 0;
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        mass += (double)b->share[k] * (double)b->later[k];
    memset(b->flow, 0, c->stride * sizeof(real));
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        b->flow[b->label[k]] =
            (real)((double)marginal[b->label[k]] * (double)b->later[k] / (b->scale[i] * mass));
    memset(marginal, 0, c->stride * sizeof(real));
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        marginal[b->label[k]] = (real)((double)b->share[k] * (double)b->later[k] / mass);
    for (uint32_t k = i ? b->first[i - 1] : 0; i && k < b->first[i]; k++) {
        real *row = b->row + k * c->stride;
        double total = 0;
        for (uint32_t y = 0; y < c->T; y++) {
            total += (double)row[y] * (double)b->flow[y];
            row[y] *= b->flow[y] * b->share[k];
            c->expected[b->label[k] * c->stride + y] += row[y];
        }
        b->later[k] = (real)total;
    }
}

static uint32_t run_beam_pairs(const struct chain *c, struct beam *b, uint32_t i, real faint, uint32_t before,
                               uint32_t truth)
{
    const struct chain_pairs *pairs = c->pairs;
    real *out = c->pair_marginal + i * pairs->stride;
    for (uint32_t k = b->first[i - 1]; k < b->first[i]; k++)
        for (uint32_t p = pairs->row[b->label[k]]; p < pairs->row[b->label[k] + 1]; p++)
            out[p] = b->row[k * c->stride + pairs->to[p]];
    uint32_t count = 0;
    for (uint32_t l = b->read_end[i - 1]; l < b->read_end[i]; l++) {
        bool due = false;
        for (uint32_t p = b->read[l] * KERNEL_LINE; p < (b->read[l] + 1u) * KERNEL_LINE && p < pairs->count;
             p++)
            due = due || out[p] > faint || (pairs->from[p] == before && pairs->to[p] == truth);
        if (due)
            b->line[b->line_end[i - 1] + count++] = b->read[l];
        else
            memset(out + b->read[l] * KERNEL_LINE, 0, KERNEL_LINE * sizeof(real));
    }
    return count;
}

const struct kernel kernel_reference = {
    .name = "reference",
    .gather = gather,
    .gather_valued = gather_valued,
    .scatter = scatter,
    .gather_lines = gather_lines,
    .scatter_lines = scatter_lines,
    .merge = merge,
    .adapt = adapt,
    .compensate = compensate,
    .exp = exp_row,
    .posterior = run_posterior,
    .viterbi = run_viterbi,
    .beam_begin = run_beam_begin,
    .beam_step = run_beam_step,
    .beam_back = run_beam_back,
    .beam_pairs = run_beam_pairs,
};

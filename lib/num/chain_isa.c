/* SPDX-License-Identifier: MIT
 *
 * chain_isa: inference on a linear chain (lib/num/chain.h, lib/num/beam.h), fast: written once with vector types and
 * compiled once for each instruction set. kernel_reference.c is the textbook.
 */
#include "lib/num/beam.h"
#include "lib/num/chain.h"
#include "lib/num/kernel_vector.h"

#include <stdbool.h>

/* out = factor * sum over y' < T of x[y'] * m[y'][·]. Several running sums hide the latency of addition:
 * rows from T to the next multiple of 4 are zero, so the last round needs no care. */
INLINE void product_tile(const real *m, size_t stride, uint32_t T, const real *x, real factor, real *out,
                         size_t at, const int K)
{
    vec a[4][4];
    for (int s = 0; s < 4; s++)
        for (int v = 0; v < K; v++)
            a[s][v] = (vec){0};
    m += at;
    for (const real *end = x + T; x < end; x += 4, m += 4 * stride)
        for (int s = 0; s < 4; s++)
            for (int v = 0; v < K; v++)
                a[s][v] += x[s] * load(m + s * stride + v * L);
    for (int v = 0; v < K; v++)
        store(out + at + v * L, factor * ((a[0][v] + a[1][v]) + (a[2][v] + a[3][v])));
}

INLINE void product(const real *m, const int V, uint32_t T, const real *x, real factor, real *out)
{
    const size_t stride = (size_t)V * L;
    EACH_TILE(stride, 3, product_tile, m, stride, T, x, factor, out);
}

INLINE real row_sum(const real *x, const int V)
{
    vec a = load(x);
    for (int v = 1; v < V; v++)
        a += load(x + v * L);
    return sum(a);
}

INLINE real row_most(const real *x, const int V)
{
    vec a = load(x);
    for (int v = 1; v < V; v++)
        a = larger(a, load(x + v * L));
    return most(a);
}

INLINE void transpose(struct chain *c, size_t stride)
{
    for (size_t y = 0; y < c->T; y++)
        for (size_t x = 0; x < c->T; x++)
            c->transposed[y * stride + x] = c->potential[x * stride + y];
}

/* exp(edge), and what of it belongs to pairs: base; its transpose is with that or, not `whole`, without. Returns what
 * was taken off all scores. */
INLINE real prepare(struct chain *c, bool whole, const int V)
{
    const size_t stride = (size_t)V * L;
    const uint32_t T = c->T;
    vec highest = load(c->mask) + load(c->edge);
    for (size_t k = 0; k < T * stride; k += stride)
        for (int v = 0; v < V; v++)
            highest = larger(highest, load(c->mask + v * L) + load(c->edge + k + v * L));
    real top = most(highest);
    for (size_t k = 0; k < T * stride; k += stride)
        for (int v = 0; v < V; v++)
            store(c->potential + k + v * L, expv(load(c->mask + v * L) + load(c->edge + k + v * L) - top));
    if (whole)
        transpose(c, stride);
    const struct chain_pairs *pairs = c->pairs;
    if (pairs) /* pad lanes: a sentence that was out of range may have left anything there */
        memset(c->base + pairs->count, 0, (pairs->stride - pairs->count) * sizeof(real));
    for (uint32_t p = 0; pairs && p < pairs->count; p++) {
        real *potential = c->potential + pairs->from[p] * stride + pairs->to[p];
        c->base[p] = *potential;
        *potential = 0;
    }
    if (!whole)
        transpose(c, stride);
    return top;
}

/* marginal = exp(score - the position's highest), for now; returns the sum of those. */
INLINE double exp_nodes(struct chain *c, const int V)
{
    const size_t stride = (size_t)V * L;
    double taken = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        const real *node = c->node + i * stride;
        real top = row_most(node, V);
        for (int v = 0; v < V; v++)
            store(c->marginal + i * stride + v * L, expv(load(node + v * L) - top));
        taken += (double)top;
    }
    return taken;
}

/* alpha[i] = node factor * (what came in), scale[i-1] = sum of alpha[i-1]. */
INLINE void times(real *now, const real *factor, const int V)
{
    for (int v = 0; v < V; v++)
        store(now + v * L, load(now + v * L) * load(factor + v * L));
}

/* q = node factor * beta at one position; returns its sum. */
INLINE real flow_back(const real *factor, const real *beta, real *q, const int V)
{
    vec d = {0};
    for (int v = 0; v < V; v++) {
        vec t = load(factor + v * L) * load(beta + v * L);
        store(q + v * L, t);
        d += t;
    }
    return sum(d);
}

/* Both directions in one loop, as neither waits for the other:
 *
 *     alpha[i]  = exp(node[i]) * (M' alpha[i-1]) / scale[i-1],   scale[i] = sum of alpha[i]
 *     beta[i-1] = M (exp(node[i]) * beta[i]) / (its sum over y)
 *
 * Dividing by the sum of the position before takes the sums off the critical path. The product of all
 * scales is Z. */
INLINE void sweep(struct chain *c, const int V)
{
    const uint32_t n = c->n, T = c->T;
    const size_t stride = (size_t)V * L;
    const real *factor = c->marginal, *potential = c->potential, *transposed = c->transposed;
    real *alpha = c->alpha, *beta = c->beta, *flow = c->flow, *scale = c->scale;
    for (uint32_t i = 1; i < n; i++) {
        const real *before = alpha + (i - 1) * stride;
        real *now = alpha + i * stride, inflow = row_sum(before, V);
        uint32_t j = n - i;
        real outflow = flow_back(factor + j * stride, beta + j * stride, flow + j * stride, V);
        scale[i - 1] = inflow;
        product(potential, V, T, before, 1 / inflow, now);
        product(transposed, V, T, flow + j * stride, 1 / outflow, beta + (j - 1) * stride);
        times(now, factor + i * stride, V);
    }
}

/* ---- pairs: transitions with a score of their local, P numbers a position, sorted by the label before */

/* With AVX-512 a row of up to 32 reals is a table in two registers, and a few lanes of a row are picked or
 * put by a mask; elsewhere plain loops do. */
#if defined(__AVX512F__) && defined(__AVX512VL__) && !defined(REAL_DOUBLE)
#define TABLES 1

struct table {
    __m512 low, high;
};

INLINE struct table table_of(const real *x, size_t n)
{
    struct table t = {_mm512_maskz_loadu_ps(n < 16 ? (__mmask16)((1u << n) - 1) : 0xFFFF, x),
                      _mm512_setzero_ps()};
    if (n > 16)
        t.high = _mm512_maskz_loadu_ps((__mmask16)((1ull << (n - 16)) - 1), x + 16);
    return t;
}

INLINE __m512 take(struct table t, const uint32_t *index, __mmask16 m)
{
    return _mm512_permutex2var_ps(t.low, _mm512_maskz_loadu_epi32(m, index), t.high);
}
#else
#define TABLES 0
#endif

/* now[y] += factor * sum over pairs p into y of before[from[p]] * x[p] */
INLINE void pairs_forward(const struct chain *c, const real *before, const real *x, real factor, real *now)
{
    const struct chain_pairs *pairs = c->pairs;
#if TABLES
    if (c->stride <= 32) {
        const struct table table = table_of(before, c->stride);
        const uint32_t *from = pairs->from, T = c->T, width = pairs->stride;
        const struct chain_lanes *lanes = c->lanes;
        real *t = c->product;
        __m512 low = _mm512_setzero_ps(), high = low;
        for (uint32_t k = 0; k < width; k += 16) {
            __mmask16 m = width - k < 16 ? 0xFF : 0xFFFF;
            _mm512_mask_storeu_ps(t + k, m,
                                  _mm512_mul_ps(take(table, from + k, m), _mm512_maskz_loadu_ps(m, x + k)));
        }
        for (uint32_t y = 0; y < T; y++) {
            low = _mm512_add_ps(low, _mm512_maskz_expandloadu_ps(lanes[y].low, t + lanes[y].begin));
            if (lanes[y].high) /* the same labels at every position: well predicted */
                high = _mm512_add_ps(high, _mm512_maskz_expandloadu_ps(lanes[y].high, t + lanes[y].middle));
        }
        real sums[32] __attribute__((aligned(64)));
        _mm512_store_ps(sums, low);
        _mm512_store_ps(sums + 16, high);
        for (size_t y = 0; y < c->stride; y += L)
            store(now + y, load(now + y) + factor * load(sums + y));
        return;
    }
#endif
    for (uint32_t y = 0; y < c->T; y++) {
        real a = before[y] * factor;
        for (uint32_t p = pairs->row[y]; p < pairs->row[y + 1]; p++)
            now[pairs->to[p]] += a * x[p];
    }
}

/* next[y] += factor * sum over pairs p from y of x[p] * q[to[p]]; x[p] becomes before[from[p]] x[p] q[to[p]] */
INLINE void pairs_backward(const struct chain *c, const real *before, real *x, const real *q, real factor,
                           real *next)
{
    const struct chain_pairs *pairs = c->pairs;
#if TABLES
    if (c->stride <= 32) {
        const struct table table = table_of(q, c->stride), left = table_of(before, c->stride);
        const uint32_t *from = pairs->from, *to = pairs->to, T = c->T, width = pairs->stride;
        const struct chain_lanes *lanes = c->lanes;
        real *product = c->product;
        for (uint32_t k = 0; k < width; k += 16) {
            __mmask16 m = width - k < 16 ? 0xFF : 0xFFFF;
            __m512 t = _mm512_mul_ps(take(table, to + k, m), _mm512_maskz_loadu_ps(m, x + k));
            _mm512_mask_storeu_ps(product + k, m, t);
            _mm512_mask_storeu_ps(x + k, m, _mm512_mul_ps(t, take(left, from + k, m)));
        }
        for (uint32_t y = 0; y < T; y++) {
            const real *row = product + lanes[y].begin;
            __m256 t = _mm256_maskz_loadu_ps(lanes[y].first, row);
            for (uint32_t k = 8; k < lanes[y].count; k += 8)
                t = _mm256_add_ps(
                    t, _mm256_maskz_loadu_ps(k + 8 <= lanes[y].count ? 0xFF : lanes[y].last, row + k));
            next[y] += factor * sum((vec)t);
        }
        return;
    }
#endif
    for (uint32_t y = 0; y < c->T; y++) {
        real total = 0, left = before[y];
        for (uint32_t p = pairs->row[y]; p < pairs->row[y + 1]; p++) {
            real t = x[p] * q[pairs->to[p]];
            total += t;
            x[p] = t * left;
        }
        next[y] += total * factor;
    }
}

/* The sweep where row y' of M[i] is potential[y'] but for its pairs, whose factors exp(pair[i]) * base go to
 * pair_marginal[i] and become what is known of the marginals. No factor is above 1: row y' is damped by damp[i],
 * the position's highest score being taken off all. Returns the sum of what was taken off. */
INLINE double sweep_pairs(struct chain *c, const int V)
{
    const uint32_t n = c->n, T = c->T;
    const size_t stride = (size_t)V * L, width = c->pairs->stride;
    const real *base = c->base;
    double taken = 0;
    for (uint32_t i = 1; i < n; i++) {
        const real *before = c->alpha + (i - 1) * stride, *score = c->pair + i * width;
        real *now = c->alpha + i * stride, *x = c->pair_marginal + i * width;
        vec highest = {0}; /* of the transitions without a pair */
        for (size_t k = 0; k < width; k += L)
            highest = larger(highest, load(score + k));
        real top = most(highest);
        size_t k = 0;
        for (; k + W <= width; k += W)
            store_wide(x + k, exp_wide(load_wide(score + k) - top) * load_wide(base + k));
        if (k < width)
            store(x + k, expv(load(score + k) - top) * load(base + k));
        c->damp[i] = expv(all(-top))[0];
        taken += (double)top;
        real inverse = 1 / (c->scale[i - 1] = row_sum(before, V));
        product(c->potential, V, T, before, inverse * c->damp[i], now);
        pairs_forward(c, before, x, inverse, now);
        times(now, c->marginal + i * stride, V);
    }
    for (uint32_t i = n - 1; i > 0; i--) {
        real *q = c->flow + i * stride, *next = c->beta + (i - 1) * stride;
        real inverse = 1 / flow_back(c->marginal + i * stride, c->beta + i * stride, q, V);
        product(c->transposed, V, T, q, inverse * c->damp[i], next);
        pairs_backward(c, c->alpha + (i - 1) * stride, c->pair_marginal + i * width, q, inverse, next);
    }
    return taken;
}

/* The marginal is alpha[i] * beta[i] over its own sum s; p(y', y at i) = alpha[i-1][y'] M[y'][y] q[y] /
 * (scale[i-1] s): what is missing of it goes into flow[i] and pair_marginal[i]. Returns log of the product of
 * all scales, NaN when a number has left float's range. */
INLINE double marginals(struct chain *c, const int V)
{
    const size_t stride = (size_t)V * L;
    /* two of these are divided by; what flushes to 0 must stay far below 1 after that */
    const real least = sizeof(real) == sizeof(float) ? (real)1e-15 : (real)1e-100, largest = 1 / least;
    double product = 1, log_z = 0;
    bool good = true;
    for (uint32_t i = 0; i < c->n; i++) {
        const real *a = c->alpha + i * stride, *b = c->beta + i * stride;
        vec s = {0};
        for (int v = 0; v < V; v++)
            s += load(a + v * L) * load(b + v * L);
        real total = sum(s), mass = 1 / total;
        product *= (double)c->scale[i];
        if (!(product > 1e-250 && product < 1e250)) {
            log_z += log(product);
            product = 1;
        }
        good = good && c->scale[i] > least && c->scale[i] < largest && total > least && total < largest;
        for (int v = 0; v < V; v++)
            store(c->marginal + i * stride + v * L, load(a + v * L) * load(b + v * L) * mass);
        if (i == 0)
            continue;
        real weight = mass / c->scale[i - 1], rest = weight * (c->pairs ? c->damp[i] : 1);
        for (int v = 0; v < V; v++)
            store(c->flow + i * stride + v * L, load(c->flow + i * stride + v * L) * rest);
        if (c->pairs) {
            real *x = c->pair_marginal + (size_t)i * c->pairs->stride;
            real *sums = c->base;
            for (size_t k = 0, width = c->pairs->stride; k < width; k += L) {
                vec t = load(x + k) * weight;
                store(x + k, t);
                store(sums + k, load(sums + k) + t);
            }
        }
    }
    return good ? log_z + log(product) : NAN;
}

INLINE double posterior(struct chain *c, const int V)
{
    const size_t stride = (size_t)V * L, last = (c->n - 1) * stride;
    double taken = exp_nodes(c, V);
    if (c->n > 1)
        taken += (double)prepare(c, false, V) * (c->n - 1);
    memcpy(c->alpha, c->marginal, stride * sizeof(real));
    for (int v = 0; v < V; v++)
        store(c->beta + last + v * L, all(1));
    if (c->pairs) {
        taken += sweep_pairs(c, V);
        memset(c->base, 0, c->pairs->stride * sizeof(real)); /* from here on: sums of the pairs' marginals */
    } else {
        sweep(c, V);
    }
    c->scale[c->n - 1] = row_sum(c->alpha + last, V);
    return taken + marginals(c, V);
}

/* expected[y'][y] = M[y'][y] * sum over i of alpha[i-1][y'] flow[i][y]: a small matrix product, four rows
 * of it in registers at a time. */
INLINE void expect_tile(struct chain *c, size_t at, const int K)
{
    const size_t stride = c->stride;
    for (size_t y = 0; y < c->T; y += 4) {
        vec a[4][4];
        for (int s = 0; s < 4; s++)
            for (int v = 0; v < K; v++)
                a[s][v] = (vec){0};
        for (uint32_t i = 1; i < c->n; i++) {
            const real *f = c->flow + i * stride + at, *x = c->alpha + (i - 1) * stride + y;
            for (int s = 0; s < 4; s++)
                for (int v = 0; v < K; v++)
                    a[s][v] += x[s] * load(f + v * L);
        }
        for (int s = 0; s < 4; s++)
            for (int v = 0; v < K; v++)
                store(c->expected + (y + s) * stride + at + v * L,
                      a[s][v] * load(c->potential + (y + s) * stride + at + v * L));
    }
}

static void expect(struct chain *c)
{
    EACH_TILE(c->stride, 3, expect_tile, c)
    const struct chain_pairs *pairs = c->pairs;
    if (!pairs)
        return;
    for (uint32_t p = 0; p < pairs->count; p++)
        c->expected[pairs->from[p] * c->stride + pairs->to[p]] = c->base[p];
}

/* f(…, V), with V a constant where a row of labels is short. */
#define BY_WIDTH(c, f, ...)                                                                                  \
    switch ((c)->stride / L) {                                                                               \
    case 1:                                                                                                  \
        f(__VA_ARGS__, 1);                                                                                   \
        break;                                                                                               \
    case 2:                                                                                                  \
        f(__VA_ARGS__, 2);                                                                                   \
        break;                                                                                               \
    case 3:                                                                                                  \
        f(__VA_ARGS__, 3);                                                                                   \
        break;                                                                                               \
    default:                                                                                                 \
        f(__VA_ARGS__, (int)((c)->stride / L));                                                              \
    }

double ISA_NAME(chain_isa_posterior)(struct chain *c)
{
    double log_z;
    BY_WIDTH(c, log_z = posterior, c)
    if (c->n > 1)
        expect(c);
    return log_z;
}

/* ---- few labels a position (lib/num/beam.h) */

/* Backward sums of the chain without pairs, as in sweep. */
INLINE void beam_look(struct chain *c, struct beam *b, const int V)
{
    const size_t stride = (size_t)V * L, last = (c->n - 1) * stride;
    b->taken = exp_nodes(c, V) + (double)prepare(c, true, V) * (c->n - 1);
    for (int v = 0; v < V; v++)
        store(c->beta + last + v * L, all(1));
    for (size_t i = c->n - 1; i > 0; i--) {
        const real outflow = flow_back(c->marginal + i * stride, c->beta + i * stride, c->flow, V);
        product(c->transposed, V, c->T, c->flow, 1 / outflow, c->beta + (i - 1) * stride);
    }
}

/* The factors of a position's pairs, the highest score or 0 being taken off all; that is returned. */
INLINE real beam_factors(const struct chain *c, const struct beam *b, uint32_t i, const real *score)
{
    vec highest = {0};
    for (uint32_t l = b->read_end[i - 1]; l < b->read_end[i]; l++)
        for (int v = 0; v < KERNEL_LINE; v += L)
            highest = larger(highest, load(score + b->read[l] * (size_t)KERNEL_LINE + v));
    const real top = most(highest);
    for (uint32_t l = b->read_end[i - 1]; l < b->read_end[i]; l++)
        for (int v = 0; v < KERNEL_LINE; v += W) {
            const size_t at = b->read[l] * (size_t)KERNEL_LINE + v;
            store_wide(b->factor + at, exp_wide(load_wide(score + at) - top) * load_wide(c->base + at));
        }
    return top;
}

/* Are there chain_lanes? The pairs of eight labels, which stand side by side, then go to these, and come from them, at
 * once. */
INLINE bool has_lanes(const struct chain *c)
{
    return c->T <= 32;
}

#if defined(__AVX2__) && !defined(REAL_DOUBLE)
INLINE __m256i eight(const int8_t *index)
{
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)index));
}
#endif

/* The pair of each label; x where it has none. */
INLINE vec spread_pairs(const int8_t *its, const real *pair, vec x)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    const __m256i index = eight(its);
    const __m256 found = _mm256_permutevar8x32_ps(_mm256_loadu_ps(pair), index);
    return (vec)_mm256_blendv_ps(found, (__m256)x, _mm256_castsi256_ps(index));
#else
    for (int l = 0; l < L; l++)
        x[l] = its[l] < 0 ? x[l] : pair[its[l]];
    return x;
#endif
}

/* Each pair from x of its label, and 0 behind them: eight in all. */
INLINE void collect_pairs(const int8_t *its, real *pair, vec x)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    const __m256i index = eight(its), none = _mm256_srai_epi32(index, 31);
    const __m256 found = _mm256_permutevar8x32_ps((__m256)x, index);
    _mm256_storeu_ps(pair, _mm256_andnot_ps(_mm256_castsi256_ps(none), found));
#else
    for (int l = 0; l < L; l++)
        pair[l] = its[l] < 0 ? 0 : x[its[l]];
#endif
}

/* The row of a kept label y: potential, damped, and the factors of its pairs. */
INLINE void beam_row(const struct chain *c, const struct beam *b, uint32_t y, real damp, real *row,
                     const int V)
{
    const real *potential = c->potential + y * (size_t)V * L;
    if (has_lanes(c)) {
        const struct chain_lanes *lanes = &c->lanes[y];
        for (int v = 0; v < V; v++)
            store(row + v * L,
                  spread_pairs(lanes->pair[v], b->factor + lanes->at[v], damp * load(potential + v * L)));
        return;
    }
    for (int v = 0; v < V; v++)
        store(row + v * L, damp * load(potential + v * L));
    for (uint32_t p = c->pairs->row[y]; p < c->pairs->row[y + 1]; p++)
        row[c->pairs->to[p]] = b->factor[p];
}

/* out = sum over kept labels of share times their rows */
INLINE void beam_tile(const struct beam *b, uint32_t begin, uint32_t end, size_t stride, real *out, size_t at,
                      const int K)
{
    vec a[4];
    for (int v = 0; v < K; v++)
        a[v] = (vec){0};
    for (uint32_t k = begin; k < end; k++)
        for (int v = 0; v < K; v++)
            a[v] += b->share[k] * load(b->row + k * stride + at + v * L);
    for (int v = 0; v < K; v++)
        store(out + at + v * L, a[v]);
}

/* Append the labels whose weight is above `limit`, and the truth; returns where they end. */
INLINE uint32_t beam_keep(struct beam *b, uint32_t count, const real *weight, const real *now, real limit,
                          uint32_t truth, size_t stride)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    for (uint32_t at = 0; at < stride; at += L) {
        uint32_t bits = (uint32_t)_mm256_movemask_ps(
            _mm256_cmp_ps((__m256)load(weight + at), _mm256_set1_ps(limit), _CMP_GT_OQ));
        bits |= truth - at < L ? 1u << (truth - at) : 0;
        for (; bits; bits &= bits - 1, count++) {
            b->label[count] = at + (uint32_t)__builtin_ctz(bits);
            b->share[count] = now[b->label[count]];
        }
    }
#else
    for (uint32_t y = 0; y < stride; y++)
        if (weight[y] > limit || y == truth) {
            b->label[count] = y;
            b->share[count++] = now[y];
        }
#endif
    return count;
}

INLINE real beam_position(struct chain *c, struct beam *b, uint32_t i, real least, uint32_t truth,
                          const int V)
{
    const size_t stride = (size_t)V * L;
    real *now = c->alpha + i * stride, *weight = c->flow;
    if (i == 0) {
        memcpy(now, c->marginal, stride * sizeof *now);
    } else {
        const uint32_t begin = b->first[i - 1], end = b->first[i];
        const real top = beam_factors(c, b, i, c->pair + i * (size_t)c->pairs->stride),
                   damp = expv(all(-top))[0];
        b->taken += (double)top;
        for (uint32_t k = begin; k < end; k++)
            beam_row(c, b, b->label[k], damp, b->row + k * stride, V);
        EACH_TILE(stride, 3, beam_tile, b, begin, end, stride, now)
        times(now, c->marginal + i * stride, V);
    }
    memcpy(weight, now, stride * sizeof *now);
    times(weight, c->beta + i * stride, V);
    const real best = row_most(weight, V);
    b->first[i + 1] = beam_keep(b, b->first[i], weight, now, least * best, truth, stride);
    return best;
}

INLINE void beam_return(struct chain *c, struct beam *b, uint32_t i, const int V)
{
    const size_t stride = (size_t)V * L;
    real *marginal = c->marginal + i * stride, *flow = b->flow;
    real mass = 0; /* 1 but for roundings, which must not grow along a sentence */
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        mass += b->share[k] * b->later[k];
    const real part = 1 / mass, inverse = part / (real)b->scale[i];
    for (int v = 0; v < V; v++)
        store(flow + v * L, (vec){0});
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        flow[b->label[k]] = marginal[b->label[k]] * b->later[k] * inverse;
    for (int v = 0; v < V; v++)
        store(marginal + v * L, (vec){0});
    for (uint32_t k = b->first[i]; k < b->first[i + 1]; k++)
        marginal[b->label[k]] = b->share[k] * b->later[k] * part;
    for (uint32_t k = i ? b->first[i - 1] : 0; i && k < b->first[i]; k++) {
        real *row = b->row + k * stride, *expected = c->expected + b->label[k] * stride;
        vec total = {0};
        for (int v = 0; v < V; v++) {
            const vec t = load(row + v * L) * load(flow + v * L);
            total += t;
            store(row + v * L, b->share[k] * t);
            store(expected + v * L, load(expected + v * L) + b->share[k] * t);
        }
        b->later[k] = sum(total);
    }
}

/* The line of a transition, or UINT32_MAX if it is no pair. */
INLINE uint32_t line_of(const struct chain *c, uint32_t from, uint32_t to)
{
    if (has_lanes(c)) {
        const struct chain_lanes *lanes = &c->lanes[from];
        const int its = lanes->pair[to / 8][to % 8];
        return its < 0 ? UINT32_MAX : (lanes->at[to / 8] + (uint32_t)its) / KERNEL_LINE;
    }
    for (uint32_t p = c->pairs->row[from]; p < c->pairs->row[from + 1]; p++)
        if (c->pairs->to[p] == to)
            return p / KERNEL_LINE;
    return UINT32_MAX;
}

uint32_t ISA_NAME(chain_isa_beam_pairs)(const struct chain *c, struct beam *b, uint32_t i, real faint,
                                        uint32_t before, uint32_t truth)
{
    const struct chain_pairs *pairs = c->pairs;
    real *out = c->pair_marginal + i * (size_t)pairs->stride;
    const uint32_t right = line_of(c, before, truth);
    for (uint32_t k = b->first[i - 1]; k < b->first[i]; k++) {
        const real *row = b->row + k * (size_t)c->stride;
        const uint32_t y = b->label[k];
        if (has_lanes(c)) {
            /* labels rise: behind the pairs of one there is 0, or what another one is to write */
            for (uint32_t v = 0; v * L < c->stride; v++)
                collect_pairs(c->lanes[y].label[v], out + c->lanes[y].at[v], load(row + v * L));
            continue;
        }
        for (uint32_t p = pairs->row[y]; p < pairs->row[y + 1]; p++)
            out[p] = row[pairs->to[p]];
    }
    uint32_t *line = b->line + b->line_end[i - 1];
    uint32_t count = 0;
    for (uint32_t l = b->read_end[i - 1]; l < b->read_end[i]; l++) {
        real *at = out + b->read[l] * (size_t)KERNEL_LINE;
        vec highest = {0};
        for (int v = 0; v < KERNEL_LINE; v += L)
            highest = larger(highest, load(at + v));
        if (most(highest) > faint || b->read[l] == right)
            line[count++] = b->read[l];
        else
            for (int v = 0; v < KERNEL_LINE; v += L)
                store(at + v, (vec){0});
    }
    return count;
}

void ISA_NAME(chain_isa_beam_begin)(struct chain *c, struct beam *b){BY_WIDTH(c, beam_look, c, b)}

real ISA_NAME(chain_isa_beam_step)(struct chain *c, struct beam *b, uint32_t i, real least, uint32_t truth)
{
    real best;
    BY_WIDTH(c, best = beam_position, c, b, i, least, truth)
    return best;
}

void ISA_NAME(chain_isa_beam_back)(struct chain *c, struct beam *b,
                                   uint32_t i){BY_WIDTH(c, beam_return, c, b, i)}

INLINE void viterbi_tile(const real *edge, size_t stride, uint32_t T, const real *before, const real *node,
                         real *now, uint32_t *back, size_t at, const int K)
{
    vec best[4];
    mask from[4];
    for (int v = 0; v < K; v++) {
        best[v] = all(before[0]) + load(edge + at + v * L);
        from[v] = (mask){0};
    }
    for (uint32_t y = 1; y < T; y++)
        for (int v = 0; v < K; v++) {
            vec s = before[y] + load(edge + y * stride + at + v * L);
            mask m = s > best[v];
            best[v] = choose(m, s, best[v]);
            from[v] = (m & ((mask){0} + (int)y)) | (~m & from[v]);
        }
    for (int v = 0; v < K; v++) {
        store(now + at + v * L, best[v] + load(node + at + v * L));
        for (int l = 0; l < L; l++)
            back[at + (size_t)(v * L + l)] = (uint32_t)from[v][l];
    }
}

double ISA_NAME(chain_isa_viterbi)(struct chain *c, uint32_t *y)
{
    const size_t stride = c->stride;
    const uint32_t n = c->n, T = c->T;
    real *edge = c->transposed; /* scratch for this position's scores */
    double taken = 0;
    for (size_t k = 0; k < T * stride; k += L)
        store(c->potential + k, load(c->edge + k));
    memcpy(edge, c->potential, T * stride * sizeof(real));
    memcpy(c->alpha, c->node, stride * sizeof(real));
    for (uint32_t i = 1; i < n; i++) {
        const real *before = c->alpha + (i - 1) * stride, *node = c->node + i * stride;
        real *now = c->alpha + i * stride;
        uint32_t *back = c->back + i * stride;
        if (c->pairs) {
            const real *x = c->pair + (size_t)i * c->pairs->stride;
            for (uint32_t p = 0; p < c->pairs->count; p++) {
                size_t at = c->pairs->from[p] * stride + c->pairs->to[p];
                edge[at] = c->potential[at] + x[p];
            }
        }
        EACH_TILE(stride, 4, viterbi_tile, edge, stride, T, before, node, now, back)
        vec highest = load(now); /* taken off, so that sums stay short enough for float */
        for (size_t k = L; k < stride; k += L)
            highest = larger(highest, load(now + k));
        real top = most(highest);
        for (size_t k = 0; k < stride; k += L)
            store(now + k, load(now + k) - top);
        taken += (double)top;
    }
    const real *last = c->alpha + (n - 1) * stride;
    uint32_t best = 0;
    for (uint32_t k = 1; k < T; k++)
        if (last[k] > last[best])
            best = k;
    double score = taken + (double)last[best];
    for (uint32_t i = n; i-- > 0;) {
        y[i] = best;
        if (i)
            best = c->back[i * stride + best];
    }
    return score;
}

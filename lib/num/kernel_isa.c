/* SPDX-License-Identifier: MIT
 *
 * kernel_isa: the fast kernels, written once with vector types and compiled once for each instruction set
 * (KERNEL_ISA is plain, avx2 or avx512). A vector is REAL_LANES reals; a row is V of them. Where V is
 * small it is a constant, so that a whole row lives in registers: functions taking `V` are inlined into
 * one instance for each of V = 1 … 3 and one for any V.
 */
#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define L REAL_LANES
#define INLINE static inline __attribute__((always_inline, unused))

typedef real vec __attribute__((vector_size(L * sizeof(real)), may_alias));
typedef real half __attribute__((vector_size(L / 2 * sizeof(real))));
typedef real wide __attribute__((vector_size(2 * L * sizeof(real)), aligned(L * sizeof(real)),
                                 may_alias)); /* of wide rows */
#ifdef REAL_DOUBLE
typedef int64_t mask __attribute__((vector_size(L * sizeof(real))));
typedef int64_t wide_mask __attribute__((vector_size(2 * L * sizeof(real))));
#else
typedef int32_t mask __attribute__((vector_size(L * sizeof(real))));
typedef int32_t wide_mask __attribute__((vector_size(2 * L * sizeof(real))));
#endif

INLINE vec load(const real *p)
{
    return *(const vec *)p;
}

INLINE void store(real *p, vec x)
{
    *(vec *)p = x;
}

INLINE wide load_wide(const real *p)
{
    return *(const wide *)p;
}

INLINE void store_wide(real *p, wide x)
{
    *(wide *)p = x;
}

INLINE vec all(real x)
{
    return x - (vec){0};
}

INLINE vec choose(mask m, vec a, vec b)
{
    return (vec)((m & (mask)a) | (~m & (mask)b));
}

INLINE vec larger(vec a, vec b)
{
    return choose(a > b, a, b);
}

INLINE void halves(vec x, half *low, half *high)
{
    half h[2];
    memcpy(h, &x, sizeof x);
    *low = h[0];
    *high = h[1];
}

INLINE real sum(vec x)
{
    half a, b;
    halves(x, &a, &b);
    a += b;
    return (a[0] + a[2]) + (a[1] + a[3]);
}

INLINE real most(vec x)
{
    half a, b;
    halves(x, &a, &b);
    real m[4];
    for (int l = 0; l < 4; l++)
        m[l] = a[l] > b[l] ? a[l] : b[l];
    m[0] = m[0] > m[2] ? m[0] : m[2];
    m[1] = m[1] > m[3] ? m[1] : m[3];
    return m[0] > m[1] ? m[0] : m[1];
}

/* e^x (Cephes, S. Moshier): x = k ln 2 + r, a polynomial for e^r, k into the exponent. The text is the same
 * for both widths of vectors. */
#ifdef REAL_DOUBLE
#define EXP(VEC, MASK, X)                                                                                    \
    VEC x_ = (X);                                                                                            \
    for (size_t l = 0; l < sizeof(VEC) / sizeof(real); l++)                                                  \
        x_[l] = x_[l] < KERNEL_EXP_LEAST ? 0 : exp(x_[l]);                                                   \
    return x_
#else
#define EXP(VEC, MASK, X)                                                                                    \
    VEC x_ = (X);                                                                                            \
    MASK tiny = (x_ < KERNEL_EXP_LEAST - (VEC){0}), huge = (x_ > 88.f - (VEC){0});                           \
    x_ = (VEC)((huge & (MASK)(88.f - (VEC){0})) | (~huge & (MASK)x_));                                       \
    VEC k = x_ * 1.44269504f + 12582912.f - 12582912.f; /* nearest integer: 1.5 * 2^23 drops the rest */     \
    VEC r = x_ - k * 0.693359375f + k * 2.12194440e-4f;                                                      \
    VEC p = r * 1.9875691500e-4f + 1.3981999507e-3f;                                                         \
    p = p * r + 8.3334519073e-3f;                                                                            \
    p = p * r + 4.1665795894e-2f;                                                                            \
    p = p * r + 1.6666665459e-1f;                                                                            \
    p = p * r + 5.0000001201e-1f;                                                                            \
    p = p * r * r + r + 1.f;                                                                                 \
    MASK e = (__builtin_convertvector(k, MASK) + 127) << 23;                                                 \
    return (VEC)(~tiny & (MASK)(p * (VEC)e))
#endif

INLINE vec expv(vec x)
{
    EXP(vec, mask, x);
}

INLINE wide exp_wide(wide x)
{
    EXP(wide, wide_mask, x);
}

static void exp_row(real *x, size_t n, real shift)
{
    for (size_t k = 0; k < n; k += L)
        store(x + k, expv(load(x + k) - shift));
}

/* f(…, at, K) for every tile of a row of `stride` reals: K vectors from offset `at` on, K a constant in
 * each call, so that a tile lives in registers. Tiles of `widest` while more is left, then what is left. */
#define EACH_TILE(stride, widest, f, ...)                                                                    \
    for (size_t at_ = 0, k_; at_ < (stride); at_ += k_ * L)                                                  \
        switch (k_ = tile_width(((stride)-at_) / L, widest)) {                                               \
        case 1:                                                                                              \
            f(__VA_ARGS__, at_, 1);                                                                          \
            break;                                                                                           \
        case 2:                                                                                              \
            f(__VA_ARGS__, at_, 2);                                                                          \
            break;                                                                                           \
        case 3:                                                                                              \
            f(__VA_ARGS__, at_, 3);                                                                          \
            break;                                                                                           \
        default:                                                                                             \
            f(__VA_ARGS__, at_, 4);                                                                          \
            break;                                                                                           \
        }

INLINE size_t tile_width(size_t left, size_t widest)
{
    return left > 4 ? widest : left;
}

/* ---- gather */

/* A choice of address, not a branch. */
INLINE const real *row_of(const real *w, const real *local, uint32_t hot, uint32_t id, size_t stride)
{
    return (id < hot ? local : w) + id * stride;
}

INLINE void gather_tile(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out, size_t at, const int K)
{
    for (uint32_t i = 0; i < n; i++) {
        vec a[4], b[4];
        for (int v = 0; v < K; v++)
            a[v] = b[v] = (vec){0};
        uint32_t k = start[i], end = start[i + 1];
        for (; k + 1 < end && id[k + 1] < limit; k += 2) {
            const real *p = row_of(w, local, hot, id[k], stride) + at,
                       *q = row_of(w, local, hot, id[k + 1], stride) + at;
            for (int v = 0; v < K; v++) {
                a[v] += load(p + v * L);
                b[v] += load(q + v * L);
            }
        }
        if (k < end && id[k] < limit) {
            const real *p = row_of(w, local, hot, id[k], stride) + at;
            for (int v = 0; v < K; v++)
                a[v] += load(p + v * L);
        }
        for (int v = 0; v < K; v++)
            store(out + i * stride + at + v * L, load(base + at + v * L) + scale * (a[v] + b[v]));
    }
}

/* The vectors of wide rows are registers: gcc passes wider ones through the stack, which takes twice as long. */
#ifdef __AVX512F__
typedef wide widest;
#else
typedef vec widest;
#endif
#define W (sizeof(widest) / sizeof(real))
#define WIDE_TILE 6 /* of 16 registers, or 32: a part of a row that stays in the first cache for a sentence */

/* As EACH_TILE for wide rows: few tiles, as each goes over all rows of a list. What is left of a row that has no
 * padding is the caller's. */
#define EACH_WIDE(stride, f, ...)                                                                            \
    for (size_t at_ = 0; at_ + W <= (stride); at_ += WIDE_TILE * W)                                          \
        switch (((stride)-at_) / W) {                                                                        \
        case 1:                                                                                              \
            f(__VA_ARGS__, at_, 1);                                                                          \
            break;                                                                                           \
        case 2:                                                                                              \
            f(__VA_ARGS__, at_, 2);                                                                          \
            break;                                                                                           \
        case 3:                                                                                              \
            f(__VA_ARGS__, at_, 3);                                                                          \
            break;                                                                                           \
        case 4:                                                                                              \
            f(__VA_ARGS__, at_, 4);                                                                          \
            break;                                                                                           \
        case 5:                                                                                              \
            f(__VA_ARGS__, at_, 5);                                                                          \
            break;                                                                                           \
        default:                                                                                             \
            f(__VA_ARGS__, at_, WIDE_TILE);                                                                  \
            break;                                                                                           \
        }

/* The same for wide rows, K vectors at once. */
INLINE void gather_wide(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out, size_t at, const int K)
{
    for (uint32_t i = 0; i < n; i++) {
        widest a[WIDE_TILE];
        for (int v = 0; v < K; v++)
            a[v] = (widest){0};
        for (uint32_t k = start[i]; k < start[i + 1] && id[k] < limit; k++) {
            const real *p = row_of(w, local, hot, id[k], stride) + at;
            for (int v = 0; v < K; v++)
                a[v] += *(const widest *)(p + v * W);
        }
        for (int v = 0; v < K; v++)
            *(widest *)(out + i * stride + at + v * W) = *(const widest *)(base + at + v * W) + scale * a[v];
    }
}

RACY static void gather(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out)
{
    if (stride > REAL_WIDE) {
        EACH_WIDE(stride, gather_wide, w, local, hot, stride, start, id, limit, n, scale, base, out)
        if (stride % W)
            gather_tile(w, local, hot, stride, start, id, limit, n, scale, base, out, stride - L, 1);
        return;
    }
    EACH_TILE(stride, 4, gather_tile, w, local, hot, stride, start, id, limit, n, scale, base, out)
}

INLINE void gather_valued_tile(const real *w, const real *local, uint32_t hot, size_t stride,
                               const uint32_t *start, const uint32_t *id, const float *value, uint32_t limit,
                               uint32_t n, real scale, const real *base, real *out, size_t at, const int K)
{
    for (uint32_t i = 0; i < n; i++) {
        vec a[4];
        for (int v = 0; v < K; v++)
            a[v] = (vec){0};
        for (uint32_t k = start[i]; k < start[i + 1] && id[k] < limit; k++) {
            const real *p = row_of(w, local, hot, id[k], stride) + at;
            for (int v = 0; v < K; v++)
                a[v] += (real)value[k] * load(p + v * L);
        }
        for (int v = 0; v < K; v++)
            store(out + i * stride + at + v * L, load(base + at + v * L) + scale * a[v]);
    }
}

RACY static void gather_valued(const real *w, const real *local, uint32_t hot, size_t stride,
                               const uint32_t *start, const uint32_t *id, const float *value, uint32_t limit,
                               uint32_t n, real scale, const real *base,
                               real *out){EACH_TILE(stride, 4, gather_valued_tile, w, local, hot, stride,
                                                    start, id, value, limit, n, scale, base, out)}

/* ---- scatter */

INLINE real *writable_row(real *w, real *local, uint32_t hot, uint32_t id, size_t stride)
{
    return (id < hot ? local : w) + id * stride;
}

INLINE void scatter_tile(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row, size_t at, const int K)
{
    vec d[4];
    for (int v = 0; v < K; v++)
        d[v] = step * load(row + at + v * L);
    for (size_t k = 0; k < count; k++) {
        real *p = writable_row(w, local, hot, id[k], stride) + at;
        for (int v = 0; v < K; v++)
            store(p + v * L, load(p + v * L) + d[v]);
    }
}

INLINE void scatter_wide(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row, size_t at, const int K)
{
    widest d[WIDE_TILE];
    for (int v = 0; v < K; v++)
        d[v] = step * *(const widest *)(row + at + v * W);
    for (size_t k = 0; k < count; k++) {
        real *p = writable_row(w, local, hot, id[k], stride) + at;
        for (int v = 0; v < K; v++)
            *(widest *)(p + v * W) += d[v];
    }
}

RACY static void scatter(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row)
{
    if (stride <= REAL_WIDE) {
        EACH_TILE(stride, 4, scatter_tile, w, local, hot, stride, id, count, step, row)
        return;
    }
    EACH_WIDE(stride, scatter_wide, w, local, hot, stride, id, count, step, row)
    if (stride % W)
        scatter_tile(w, local, hot, stride, id, count, step, row, stride - L, 1);
}

/* ---- merge */

RACY static void merge(real *w, real *local, real *base, size_t n)
{
    for (size_t k = 0; k < n; k += L) {
        vec sum = load(w + k) + (load(local + k) - load(base + k));
        store(w + k, sum);
        store(local + k, sum);
        store(base + k, sum);
    }
}

/* ---- adapt */

INLINE vec root(vec x)
{
    real a[L]; /* no vector type has a root, but the compiler makes one instruction of this */
    memcpy(a, &x, sizeof x);
    for (int i = 0; i < L; i++)
        a[i] = sizeof(real) == sizeof(float) ? (real)sqrtf((float)a[i]) : (real)sqrt((double)a[i]);
    memcpy(&x, a, sizeof x);
    return x;
}

#if defined(__AVX512F__) && !defined(REAL_DOUBLE)
/* Roots and quotients by their 14-bit estimates and a step of Newton's each: the instructions that are exact take five
 * times as long, and were the longest part of a network's step. */
INLINE void adapt_wide(real *w, real *m, real *v, const real *g, __mmask16 lanes, const struct moments *k,
                       __m512 length)
{
    __m512 slope = _mm512_maskz_loadu_ps(lanes, g), mean = slope;
    __m512 square = _mm512_mul_ps(_mm512_set1_ps(k->keep2), _mm512_maskz_loadu_ps(lanes, v));
    square = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_set1_ps(k->take2), slope), slope, square);
    if (m) {
        mean = _mm512_mul_ps(_mm512_set1_ps(k->keep), _mm512_maskz_loadu_ps(lanes, m));
        mean = _mm512_fmadd_ps(_mm512_set1_ps(k->take), slope, mean);
        _mm512_mask_storeu_ps(m, lanes, mean);
    }
    _mm512_mask_storeu_ps(v, lanes, square);
    __m512 x = _mm512_mul_ps(_mm512_set1_ps(k->wide), square), r = _mm512_rsqrt14_ps(x);
    __m512 halved = _mm512_mul_ps(_mm512_mul_ps(x, r), _mm512_set1_ps(0.5F));
    r = _mm512_mul_ps(r, _mm512_fnmadd_ps(halved, r, _mm512_set1_ps(1.5F)));
    __m512 root = _mm512_maskz_mul_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ), x, r);
    __m512 below = _mm512_add_ps(root, _mm512_set1_ps(k->epsilon)), y = _mm512_rcp14_ps(below);
    y = _mm512_fmadd_ps(y, _mm512_fnmadd_ps(below, y, _mm512_set1_ps(1)), y);
    __m512 step = _mm512_mul_ps(_mm512_mul_ps(length, mean), y);
    _mm512_mask_storeu_ps(w, lanes, _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, w), step));
}

RACY static void adapt(real *w, real *m, real *v, const real *g, size_t n, const struct moments *c,
                       real length)
{
    const struct moments k = *c;
    const __m512 by = _mm512_set1_ps(length);
    size_t at = 0;
    for (; at + 16 <= n; at += 16)
        adapt_wide(w + at, m ? m + at : NULL, v + at, g + at, 0xFFFF, &k, by);
    if (at < n)
        adapt_wide(w + at, m ? m + at : NULL, v + at, g + at, 0xFF, &k, by);
}
#else
RACY static void adapt(real *w, real *m, real *v, const real *g, size_t n, const struct moments *c,
                       real length)
{
    const struct moments k = *c;
    for (size_t at = 0; at < n; at += L) {
        vec slope = load(g + at), mean = slope, square = k.keep2 * load(v + at) + k.take2 * slope * slope;
        if (m) {
            mean = k.keep * load(m + at) + k.take * slope;
            store(m + at, mean);
        }
        store(v + at, square);
        store(w + at, load(w + at) - length * mean / (root(k.wide * square) + k.epsilon));
    }
}
#endif

/* ---- compensate */

/* No difference of two products: where both are fused with it, those of equal factors would differ. */
INLINE void compensate_block(real *row, real *w, const real *seen, real *v, const real *g, size_t n,
                             const struct delay_term *c, real length)
{
    const struct delay_term k = *c;
    for (size_t at = 0; at < n; at += L) {
        vec slope = load(g + at), now = load(w + at), lambda = all(k.strength);
        if (v) {
            vec square = k.keep * load(v + at) + k.take * slope * slope;
            store(v + at, square);
            lambda /= root(square + k.epsilon);
        }
        vec more = lambda * (now - k.ratio * load(seen + at)) * slope * slope;
        if (row)
            store(row + at, choose(more == 0, slope, slope + more));
        else
            store(w + at, choose(more == 0, now, now - length * more));
    }
}

RACY static void compensate(real *row, real *w, const real *seen, real *v, const real *g, size_t n,
                            const struct delay_term *c, real length)
{
    if (v)
        compensate_block(row, w, seen, v, g, n, c, length);
    else
        compensate_block(row, w, seen, NULL, g, n, c, length);
}

/* ---- linear chain */

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

/* exp(edge), its transpose, and what of it belongs to pairs: base. Returns what was taken off all scores. */
INLINE real prepare(struct chain *c, const int V)
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
    const struct chain_pairs *pairs = c->pairs;
    if (pairs) /* pad lanes: a sentence that was out of range may have left anything there */
        memset(c->base + pairs->count, 0, (pairs->stride - pairs->count) * sizeof(real));
    for (uint32_t p = 0; pairs && p < pairs->count; p++) {
        real *potential = c->potential + pairs->from[p] * stride + pairs->to[p];
        c->base[p] = *potential;
        *potential = 0;
    }
    for (size_t y = 0; y < T; y++)
        for (size_t x = 0; x < T; x++)
            c->transposed[y * stride + x] = c->potential[x * stride + y];
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
#ifdef __AVX512F__
        for (; k + 2 * L <= width; k += 2 * L)
            store_wide(x + k, exp_wide(load_wide(score + k) - top) * load_wide(base + k));
#endif
        for (; k < width; k += L)
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
        taken += (double)prepare(c, V) * (c->n - 1);
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

static double run_posterior(struct chain *c)
{
    double log_z;
    switch (c->stride / L) {
    case 1:
        log_z = posterior(c, 1);
        break;
    case 2:
        log_z = posterior(c, 2);
        break;
    case 3:
        log_z = posterior(c, 3);
        break;
    default:
        log_z = posterior(c, (int)(c->stride / L));
    }
    if (c->n > 1)
        expect(c);
    return log_z;
}

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

static double run_viterbi(struct chain *c, uint32_t *y)
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

#define NAME_OF(isa) NAME_OF_(isa)
#define NAME_OF_(isa) kernel_##isa
#define TEXT_OF(isa) TEXT_OF_(isa)
#define TEXT_OF_(isa) #isa

const struct kernel NAME_OF(KERNEL_ISA);
const struct kernel NAME_OF(KERNEL_ISA) = {
    .name = TEXT_OF(KERNEL_ISA),
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

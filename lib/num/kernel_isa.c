/* SPDX-License-Identifier: MIT
 *
 * kernel_isa: the fast kernels, written once with vector types and compiled once for each instruction set
 * (KERNEL_ISA is plain, avx2 or avx512). A vector is REAL_LANES reals; a row is V of them. Where V is
 * small it is a constant, so that a whole row lives in registers: functions taking `V` are inlined into
 * one instance for each of V = 1 … 4 and one for any V.
 */
#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

#define L REAL_LANES
#define INLINE static inline __attribute__((always_inline))

typedef real vec __attribute__((vector_size(L * sizeof(real)), may_alias));
typedef real half __attribute__((vector_size(L / 2 * sizeof(real))));
#ifdef REAL_DOUBLE
typedef int64_t mask __attribute__((vector_size(L * sizeof(real))));
#else
typedef int32_t mask __attribute__((vector_size(L * sizeof(real))));
#endif

INLINE vec load(const real *p)
{
    return *(const vec *)p;
}

INLINE void store(real *p, vec x)
{
    *(vec *)p = x;
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

/* e^x (Cephes, S. Moshier): x = k ln 2 + r, a polynomial for e^r, k into the exponent. */
INLINE vec expv(vec x)
{
#ifdef REAL_DOUBLE
    for (int l = 0; l < L; l++)
        x[l] = x[l] < -87 ? 0 : exp(x[l]);
    return x;
#else
    mask tiny = x < all(-87.f);
    x = choose(x > all(88.f), all(88.f), x);
    vec k = x * 1.44269504f + 12582912.f - 12582912.f; /* to the nearest integer: 1.5 * 2^23 drops the rest */
    vec r = x - k * 0.693359375f + k * 2.12194440e-4f;
    vec p = all(1.9875691500e-4f) * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.f;
    mask e = (__builtin_convertvector(k, mask) + 127) << 23;
    return (vec)(~tiny & (mask)(p * (vec)e));
#endif
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

INLINE void gather_tile(const real *w, size_t stride, const uint32_t *start, const uint32_t *id,
                        uint32_t limit, uint32_t n, real scale, const real *base, real *out, size_t at,
                        const int K)
{
    for (uint32_t i = 0; i < n; i++) {
        vec a[4], b[4];
        for (int v = 0; v < K; v++)
            a[v] = b[v] = (vec){0};
        uint32_t k = start[i], end = start[i + 1];
        for (; k + 1 < end && id[k + 1] < limit; k += 2) {
            const real *p = w + id[k] * stride + at, *q = w + id[k + 1] * stride + at;
            for (int v = 0; v < K; v++) {
                a[v] += load(p + v * L);
                b[v] += load(q + v * L);
            }
        }
        if (k < end && id[k] < limit) {
            const real *p = w + id[k] * stride + at;
            for (int v = 0; v < K; v++)
                a[v] += load(p + v * L);
        }
        for (int v = 0; v < K; v++)
            store(out + i * stride + at + v * L, load(base + at + v * L) + scale * (a[v] + b[v]));
    }
}

RACY static void gather(const real *w, size_t stride, const uint32_t *start, const uint32_t *id,
                        uint32_t limit, uint32_t n, real scale, const real *base, real *out){
    EACH_TILE(stride, 4, gather_tile, w, stride, start, id, limit, n, scale, base, out)}

/* ---- scatter */

INLINE void scatter_tile(real *w, size_t stride, const uint32_t *id, size_t count, real step, const real *row,
                         size_t at, const int K)
{
    vec d[4];
    for (int v = 0; v < K; v++)
        d[v] = step * load(row + at + v * L);
    for (size_t k = 0; k < count; k++) {
        real *p = w + id[k] * stride + at;
        for (int v = 0; v < K; v++)
            store(p + v * L, load(p + v * L) + d[v]);
    }
}

RACY static void scatter(real *w, size_t stride, const uint32_t *id, size_t count, real step,
                         const real *row){EACH_TILE(stride, 4, scatter_tile, w, stride, id, count, step, row)}

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
    for (uint32_t y = 0; y < T; y += 4)
        for (int s = 0; s < 4; s++)
            for (int v = 0; v < K; v++)
                a[s][v] += x[y + s] * load(m + (y + s) * stride + at + v * L);
    for (int v = 0; v < K; v++)
        store(out + at + v * L, factor * ((a[0][v] + a[1][v]) + (a[2][v] + a[3][v])));
}

INLINE void product(const real *m, const int V, uint32_t T, const real *x, real factor,
                    real *out){EACH_TILE((size_t)V * L, 3, product_tile, m, (size_t)V *L, T, x, factor, out)}

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

/* A product of many factors whose logarithm is wanted once: taken out when it nears the end of range. */
struct log_product {
    double product, log;
};

INLINE void log_times(struct log_product *p, double factor)
{
    p->product *= factor;
    if (!(p->product > 1e-250 && p->product < 1e250)) {
        p->log += log(p->product);
        p->product = 1;
    }
}

/* exp(edge), its transpose, and what of it belongs to pairs: base. Returns what was taken off all scores. */
static real prepare(struct chain *c)
{
    size_t stride = c->stride;
    uint32_t T = c->T;
    real top = -(real)1e30;
    for (size_t k = 0; k < T * stride; k += stride)
        for (size_t y = 0; y < T; y++) {
            real s = c->edge[k + y];
            top = s > top ? s : top;
        }
    for (size_t k = 0; k < T * stride; k += stride)
        for (size_t y = 0; y < stride; y += L)
            store(c->potential + k + y, expv(load(c->mask + y) - top + load(c->edge + k + y)));
    const struct chain_pairs *pairs = c->pairs;
    if (pairs) {
        for (uint32_t p = 0; p < pairs->count; p++) {
            real *potential = c->potential + pairs->from[p] * stride + pairs->to[p];
            c->base[p] = *potential;
            *potential = 0;
        }
    }
    for (size_t a = 0; a < T; a++)
        for (size_t b = 0; b < T; b++)
            c->transposed[b * stride + a] = c->potential[a * stride + b];
    return top;
}

/* Scores of the pairs at position i become factors: pair[i] = exp(pair[i] - most) * base, damp[i] is what
 * the other transitions are to be multiplied with. Returns most. */
INLINE real prepare_pairs(struct chain *c, uint32_t i)
{
    size_t stride = c->pairs->stride;
    real *x = c->pair + i * stride;
    vec a = {0};
    for (size_t k = 0; k < stride; k += L)
        a = larger(a, load(x + k));
    real top = most(a);
    for (size_t k = 0; k < stride; k += L)
        store(x + k, expv(load(x + k) - top) * load(c->base + k));
    c->damp[i] = sizeof(real) == sizeof(float) ? (real)expf(-(float)top) : (real)exp(-top);
    return top;
}

INLINE double posterior(struct chain *c, const int V)
{
    const uint32_t n = c->n, T = c->T;
    const size_t stride = (size_t)V * L;
    const struct chain_pairs *pairs = c->pairs;
    struct log_product Z = {1, n > 1 ? (double)prepare(c) * (n - 1) : 0};
    real *node = c->node, *alpha = c->alpha, *flow = c->flow, *scale = c->scale;

    for (uint32_t i = 0; i < n; i++) {
        real top = row_most(node + i * stride, V);
        for (int v = 0; v < V; v++)
            store(node + i * stride + v * L, expv(load(node + i * stride + v * L) - top));
        Z.log += top;
        if (pairs && i)
            Z.log += prepare_pairs(c, i);
    }

    /* alpha[i] = node[i] * (M' alpha[i-1]) / scale[i-1], scale[i] = sum of alpha[i]: dividing one position
     * late takes the sum off the critical path. The product of all scales is Z. */
    memcpy(alpha, node, stride * sizeof(real));
    for (uint32_t i = 1; i < n; i++) {
        const real *before = alpha + (i - 1) * stride;
        real *now = alpha + i * stride, inverse = 1 / (scale[i - 1] = row_sum(before, V));
        log_times(&Z, scale[i - 1]);
        if (!pairs) {
            product(c->potential, V, T, before, inverse, now);
        } else {
            const real *x = c->pair + (size_t)i * pairs->stride;
            if (pairs->unseen)
                product(c->potential, V, T, before, inverse * c->damp[i], now);
            else
                memset(now, 0, stride * sizeof(real));
            for (uint32_t y = 0; y < T; y++) {
                real a = before[y] * inverse;
                for (uint32_t p = pairs->row[y]; p < pairs->row[y + 1]; p++)
                    now[pairs->to[p]] += a * x[p];
            }
        }
        for (int v = 0; v < V; v++)
            store(now + v * L, load(now + v * L) * load(node + i * stride + v * L));
    }
    scale[n - 1] = row_sum(alpha + (n - 1) * stride, V);
    log_times(&Z, scale[n - 1]);

    /* Backwards: q = node[i] * beta[i], beta[i-1] = M q / sum(q). The marginal is alpha[i] * beta[i] over its
     * own sum s; p(y', y at i) = alpha[i-1][y'] M[y'][y] q[y] / (scale[i-1] s), of which flow[i] keeps the
     * part that depends on y. */
    real *b = c->beta, *next = b + stride, *q = next + stride;
    for (size_t y = 0; y < stride; y++)
        b[y] = 1;
    for (uint32_t i = n; i-- > 0;) {
        real *e = node + i * stride, *a = alpha + i * stride;
        vec s = {0}, d = {0};
        for (int v = 0; v < V; v++) {
            vec t = load(a + v * L) * load(b + v * L), u = load(e + v * L) * load(b + v * L);
            s += t;
            d += u;
            store(e + v * L, t);
            store(q + v * L, u);
        }
        real mass = 1 / sum(s);
        for (int v = 0; v < V; v++)
            store(e + v * L, load(e + v * L) * mass);
        if (i == 0)
            break;
        real inverse = 1 / sum(d), weight = mass / scale[i - 1];
        if (!pairs) {
            product(c->transposed, V, T, q, inverse, next);
            for (int v = 0; v < V; v++)
                store(flow + i * stride + v * L, load(q + v * L) * weight);
        } else {
            real *x = c->pair + (size_t)i * pairs->stride;
            if (pairs->unseen)
                product(c->transposed, V, T, q, inverse * c->damp[i], next);
            else
                memset(next, 0, stride * sizeof(real));
            for (int v = 0; v < V; v++)
                store(flow + i * stride + v * L, load(q + v * L) * (weight * c->damp[i]));
            for (uint32_t y = 0; y < T; y++) {
                real total = 0, left = alpha[(i - 1) * stride + y] * weight;
                for (uint32_t p = pairs->row[y]; p < pairs->row[y + 1]; p++) {
                    real t = x[p] * q[pairs->to[p]];
                    total += t;
                    x[p] = t * left;
                }
                next[y] += total * inverse;
            }
        }
        real *swap = b;
        b = next;
        next = swap;
    }
    return Z.log + log(Z.product);
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
    /* the pairs' own sums; base is free now */
    memset(c->base, 0, pairs->stride * sizeof(real));
    for (uint32_t i = 1; i < c->n; i++)
        for (size_t k = 0; k < pairs->stride; k += L)
            store(c->base + k, load(c->base + k) + load(c->pair + (size_t)i * pairs->stride + k));
    for (uint32_t p = 0; p < pairs->count; p++)
        c->expected[pairs->from[p] * c->stride + pairs->to[p]] = c->base[p];
}

static double chain_posterior(struct chain *c)
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
    case 4:
        log_z = posterior(c, 4);
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

static double chain_viterbi(struct chain *c, uint32_t *y)
{
    const size_t stride = c->stride;
    const uint32_t n = c->n, T = c->T;
    real *edge = c->transposed; /* scratch for this position's scores */
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
    }
    const real *last = c->alpha + (n - 1) * stride;
    uint32_t best = 0;
    for (uint32_t k = 1; k < T; k++)
        if (last[k] > last[best])
            best = k;
    double score = (double)last[best];
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
    .scatter = scatter,
    .exp = exp_row,
    .chain_posterior = chain_posterior,
    .chain_viterbi = chain_viterbi,
};

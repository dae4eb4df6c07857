/* SPDX-License-Identifier: MIT
 *
 * dense_isa: the fast loops of recurrent networks (equations: dense.h and dense_reference.c), compiled once for each
 * instruction set as kernel_isa.c is. A row is cut into groups of units, a vector each; of the last it may have a part
 * only (`lanes`, a constant wherever it is passed on). A diagonal cell goes over the whole sentence group by group, its
 * state in registers. A full cell goes over it step by step: a product with Wh, its sums in registers, then the gates,
 * group by group.
 */
#include "lib/num/dense_step.h"

#include <math.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
/* Before loops over sums that shall be in registers. */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* A vector is a register of the machine. (Compilers keep wider ones in memory.) */
#if defined(__AVX512F__)
#define BYTES 64
#define MOST 14 /* the sums that a product has in registers: 2 MOST vectors of one row, or … */
#define PANEL 4 /* … PANEL vectors of TALL rows; of 32 registers */
#else
#define MOST 6 /* of 16 */
#define PANEL 2
#ifdef __AVX2__
#define BYTES 32
#else
#define BYTES 16
#endif
#endif
#define TALL 6
#define W (BYTES / (int)sizeof(real)) /* lanes */
#define PART (W < REAL_LANES ? W : REAL_LANES) /* of the last vector of a row, which may end in its middle */

typedef real vec __attribute__((vector_size(BYTES), aligned(BYTES < 32 ? BYTES : 32), may_alias));
#ifdef REAL_DOUBLE
typedef int64_t mask __attribute__((vector_size(BYTES)));
#else
typedef int32_t mask __attribute__((vector_size(BYTES)));
#endif

/* ---- vectors */

INLINE vec load(const real *p)
{
    return *(const vec *)p;
}

INLINE void store(real *p, vec x)
{
    *(vec *)p = x;
}

INLINE vec get(const real *p, const int lanes)
{
    if (lanes == W)
        return load(p);
    vec x = {0};
    memcpy(&x, p, PART * sizeof *p);
    return x;
}

INLINE void put(real *p, vec x, const int lanes)
{
    if (lanes == W)
        store(p, x);
    else
        memcpy(p, &x, PART * sizeof *p);
}

INLINE void add(real *p, vec x, const int lanes)
{
    put(p, get(p, lanes) + x, lanes);
}

INLINE real total(vec x)
{
    real a[W];
    memcpy(a, &x, sizeof x);
    for (int half = W / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            a[l] += a[l + half];
    return a[0];
}

/* ---- activations */

#ifdef REAL_DOUBLE
INLINE vec sigmoid(vec x)
{
    for (int l = 0; l < W; l++)
        x[l] = 1 / (1 + exp(-x[l]));
    return x;
}

INLINE vec tangent(vec x)
{
    for (int l = 0; l < W; l++)
        x[l] = tanh(x[l]);
    return x;
}
#else

INLINE vec within(vec x, real most) /* NaN stays */
{
#ifdef __AVX512F__
    return (vec)_mm512_max_ps(_mm512_set1_ps(-most), _mm512_min_ps(_mm512_set1_ps(most), (__m512)x));
#endif
    vec high = most - (vec){0}, low = -most - (vec){0};
    mask above = x > high, below = x < low;
    x = (vec)((above & (mask)high) | (~above & (mask)x));
    return (vec)((below & (mask)low) | (~below & (mask)x));
}

/* a / b, for b from 1e-37 to 1e37 */
INLINE vec quotient(vec a, vec b)
{
#ifdef __AVX512F__
    vec y = (vec)_mm512_rcp14_ps((__m512)b); /* 14 bits, and Newton's step */
    y += y * (1 - b * y);
    return a * y;
#else
    return a / b;
#endif
}

/* e^x = power (1 + rest) for |x| <= 86, as in EXP of vector.h; NaN goes to rest. Kept apart, as nothing is lost then
 * when 1 is taken off. */
struct split {
    vec power, rest;
};

INLINE struct split exp_split(vec x)
{
    vec k = x * 1.44269504f + 12582912.f; /* the nearest integer is in its low bits */
    mask power = ((mask)k << 23) + 0x3f800000;
    k -= 12582912.f;
    vec r = x - k * 0.693359375f + k * 2.12194440e-4f;
    vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return (struct split){(vec)power, p * r * r + r};
}

INLINE vec sigmoid(vec x)
{
    struct split e = exp_split(within(-x, 86));
    return quotient(1 - (vec){0}, e.power * e.rest + (e.power + 1));
}

/* tanh x = (e^2x - 1) / (e^2x + 1); 1 from 9.02 on. */
INLINE vec tangent(vec x)
{
    struct split e = exp_split(2 * within(x, 10));
    vec less = e.power * e.rest + (e.power - 1);
    return quotient(less, less + 2);
}
#endif

/* f(…, at, lanes) for every group of units of a row of n reals. */
#define EACH_GROUP(n, f, ...)                                                                                \
    do {                                                                                                     \
        size_t at_ = 0;                                                                                      \
        for (; at_ + W <= (n); at_ += W)                                                                     \
            f(__VA_ARGS__, at_, W);                                                                          \
        if (at_ < (n))                                                                                       \
            f(__VA_ARGS__, at_, PART);                                                                       \
    } while (0)

INLINE void sigmoid_group(real *x, size_t at, const int lanes)
{
    put(x + at, sigmoid(get(x + at, lanes)), lanes);
}

INLINE void tangent_group(real *x, size_t at, const int lanes)
{
    put(x + at, tangent(get(x + at, lanes)), lanes);
}

static void sigmoid_row(real *x, size_t n)
{
    EACH_GROUP(n, sigmoid_group, x);
}

static void tanh_row(real *x, size_t n)
{
    EACH_GROUP(n, tangent_group, x);
}

/* ---- cells: a step of a group of units, once v + h Wh is known */

struct state {
    vec h, c;
};

INLINE struct state lstm(const struct dense_step *p, size_t S, size_t at, vec i, vec f, vec o, vec g,
                         vec c_before, const int lanes)
{
    i = sigmoid(i);
    f = sigmoid(f);
    g = tangent(g);
    o = sigmoid(o);
    vec c = f * c_before + i * g, t = tangent(c), h = o * t;
    put(p->z + at, i, lanes);
    put(p->z + S + at, f, lanes);
    put(p->z + 2 * S + at, o, lanes);
    put(p->z + 3 * S + at, g, lanes);
    put(p->c + at, c, lanes);
    put(p->t + at, t, lanes);
    put(p->h + at, h, lanes);
    return (struct state){h, c};
}

/* r, u, and what is multiplied for c */
INLINE vec gru_gates(const struct dense_step *p, size_t S, size_t at, vec r, vec u, vec before,
                     const int lanes)
{
    r = sigmoid(r);
    put(p->z + at, r, lanes);
    put(p->z + S + at, sigmoid(u), lanes);
    vec inner = r * before;
    put(p->c + at, inner, lanes);
    return inner;
}

INLINE vec gru_out(const struct dense_step *p, size_t S, size_t at, vec v, vec before, const int lanes)
{
    vec c = tangent(v), u = get(p->z + S + at, lanes), h = u * (before - c) + c;
    put(p->z + 2 * S + at, c, lanes);
    put(p->h + at, h, lanes);
    return h;
}

INLINE vec rnn(const struct dense_step *p, size_t at, vec v, const int lanes)
{
    vec h = tangent(v);
    put(p->z + at, h, lanes);
    put(p->h + at, h, lanes);
    return h;
}

/* The derivatives of v by gate, and what goes to the step before beside them. */
struct slopes {
    vec v[4], h, c;
};

INLINE struct slopes lstm_back(const struct dense_step *p, size_t S, size_t at, vec dh, vec dc, vec c_before,
                               const int lanes)
{
    vec i = get(p->z + at, lanes), f = get(p->z + S + at, lanes), o = get(p->z + 2 * S + at, lanes);
    vec g = get(p->z + 3 * S + at, lanes), t = get(p->t + at, lanes);
    struct slopes d;
    dc += dh * o * (1 - t * t);
    d.v[0] = dc * g * (i * (1 - i));
    d.v[1] = dc * c_before * (f * (1 - f));
    d.v[2] = dh * t * (o * (1 - o));
    d.v[3] = dc * i * (1 - g * g);
    d.h = (vec){0};
    d.c = dc * f;
    return d;
}

/* All but r, whose derivative waits for that of r h_{t-1}. */
INLINE struct slopes gru_back(const struct dense_step *p, size_t S, size_t at, vec dh, vec before,
                              const int lanes)
{
    vec u = get(p->z + S + at, lanes), c = get(p->z + 2 * S + at, lanes);
    struct slopes d;
    d.v[1] = dh * (before - c) * (u * (1 - u));
    d.v[2] = dh * (1 - u) * (1 - c * c);
    d.h = dh * u;
    return d;
}

INLINE vec earlier(const real *row, size_t at, const int lanes) /* 0 before the first step */
{
    return row ? get(row + at, lanes) : (vec){0};
}

/* ---- diagonal */

INLINE vec reach(const struct recurrence *r, const struct dense_step *p, size_t at, const int g, vec x, vec h,
                 const bool fused, const int lanes)
{
    const size_t k = g * r->stride + at;
    vec v = get(r->wh + k, lanes) * h;
    if (fused)
        return v + get(r->wx + k, lanes) * x + get(r->b + k, lanes);
    return v + get(p->z + k, lanes);
}

INLINE struct state diagonal_step(const struct recurrence *r, const enum dense_cell cell, uint32_t s,
                                  size_t at, struct state a, const bool fused, const int lanes)
{
    const struct dense_step p = dense_step(r, s, dense_gates(cell));
    const size_t S = r->stride;
    vec x = {0}, h = a.h;
    if (fused)
        x = get(p.x + at, lanes);
    if (cell == DENSE_LSTM)
        return lstm(&p, S, at, reach(r, &p, at, 0, x, h, fused, lanes),
                    reach(r, &p, at, 1, x, h, fused, lanes), reach(r, &p, at, 2, x, h, fused, lanes),
                    reach(r, &p, at, 3, x, h, fused, lanes), a.c, lanes);
    if (cell == DENSE_RNN)
        return (struct state){rnn(&p, at, reach(r, &p, at, 0, x, h, fused, lanes), lanes), h};
    vec inner = gru_gates(&p, S, at, reach(r, &p, at, 0, x, h, fused, lanes),
                          reach(r, &p, at, 1, x, h, fused, lanes), h, lanes);
    return (struct state){gru_out(&p, S, at, reach(r, &p, at, 2, x, inner, fused, lanes), h, lanes), h};
}

/* Three groups at a time: a step waits for the one before it, not for other groups. */
INLINE void diagonal_groups(const struct recurrence *r, const enum dense_cell cell, const bool fused,
                            size_t at, const int groups, const int lanes)
{
    struct state a = {0}, b = {0}, c = {0};
    for (uint32_t s = 0; s < r->n; s++) {
        a = diagonal_step(r, cell, s, at, a, fused, lanes);
        if (groups > 1)
            b = diagonal_step(r, cell, s, at + W, b, fused, lanes);
        if (groups > 2)
            c = diagonal_step(r, cell, s, at + 2 * W, c, fused, lanes);
    }
}

INLINE void diagonal_forward(const struct recurrence *r, const enum dense_cell cell, const bool fused)
{
    const size_t S = r->stride;
    size_t at = 0;
    for (; at + 3 * W <= S; at += 3 * W)
        diagonal_groups(r, cell, fused, at, 3, W);
    if (at + 2 * W <= S) {
        diagonal_groups(r, cell, fused, at, 2, W);
        at += 2 * W;
    } else if (at + W <= S) {
        diagonal_groups(r, cell, fused, at, 1, W);
        at += W;
    }
    if (at < S)
        diagonal_groups(r, cell, fused, at, 1, PART);
}

struct sums {
    vec wh[4], wx[4], b[4];
};

INLINE void diagonal_gate(const struct recurrence *r, size_t at, const int g, vec dv, vec from, vec x,
                          vec *dx, struct sums *sum, real *z, const bool fused, const int lanes)
{
    const size_t k = g * r->stride + at;
    sum->wh[g] += dv * from;
    if (fused) {
        sum->wx[g] += dv * x;
        sum->b[g] += dv;
        *dx += dv * get(r->wx + k, lanes);
    } else {
        put(z + k, dv, lanes);
    }
}

INLINE struct state diagonal_step_back(const struct recurrence *r, const enum dense_cell cell, uint32_t s,
                                       size_t at, struct state d, struct sums *sum, const bool fused,
                                       const int lanes)
{
    const int G = (int)dense_gates(cell);
    const struct dense_step p = dense_step(r, s, G);
    const size_t S = r->stride;
    const real *wh = r->wh + at;
    vec dh = get(p.dh + at, lanes) + d.h, x = {0}, dx = {0}, before = earlier(p.before, at, lanes);
    vec inner = before;
    struct slopes to;
    if (fused)
        x = get(p.x + at, lanes);
    if (cell == DENSE_LSTM) {
        to = lstm_back(&p, S, at, dh, d.c, earlier(p.c_before, at, lanes), lanes);
    } else if (cell == DENSE_GRU) {
        to = gru_back(&p, S, at, dh, before, lanes);
        vec gate = get(p.z + at, lanes), d_inner = to.v[2] * get(wh + 2 * S, lanes);
        to.v[0] = d_inner * before * (gate * (1 - gate));
        to.h += d_inner * gate;
        inner = gate * before;
    } else {
        vec c = get(p.z + at, lanes);
        to.v[0] = dh * (1 - c * c);
        to.h = (vec){0};
    }
    for (int g = 0; g < G; g++) {
        if (!(cell == DENSE_GRU && g == 2))
            to.h += to.v[g] * get(wh + g * S, lanes);
        diagonal_gate(r, at, g, to.v[g], cell == DENSE_GRU && g == 2 ? inner : before, x, &dx, sum, p.z,
                      fused, lanes);
    }
    if (fused)
        add(p.dx + at, dx, lanes);
    return (struct state){to.h, cell == DENSE_LSTM ? to.c : d.c};
}

INLINE void diagonal_group_back(const struct recurrence *r, const enum dense_cell cell, const bool fused,
                                size_t at, const int lanes)
{
    struct state d = {0};
    struct sums sum = {0};
    for (uint32_t s = r->n; s-- > 0;)
        d = diagonal_step_back(r, cell, s, at, d, &sum, fused, lanes);
    for (int g = 0; g < (int)dense_gates(cell); g++) {
        const size_t k = g * r->stride + at;
        put(r->dwh + k, sum.wh[g], lanes);
        if (fused) {
            put(r->dwx + k, sum.wx[g], lanes);
            put(r->db + k, sum.b[g], lanes);
        }
    }
}

/* ---- a product of one row, as a step is */

/* z[j] += sum over k < rows of h[k] w[k][j] for a tile of 2 K vectors: K a constant, so all sums are in registers.
 * Every other step goes from the last row to the first (`turn`): the rows that were read last are in the first cache. */
INLINE void apply_tile(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, bool turn,
                       const int K)
{
    const ptrdiff_t one = turn ? -1 : 1, next = one * (ptrdiff_t)pitch;
    vec a[2 * MOST];
    UNROLL for (int v = 0; v < 2 * K; v++) a[v] = load(z + v * W);
    if (turn) {
        w += (rows - 1) * pitch;
        h += rows - 1;
    }
    for (uint32_t k = 0; k < rows; k++, w += next, h += one)
        UNROLL for (int v = 0; v < 2 * K; v++) a[v] += *h * load(w + v * W);
    UNROLL for (int v = 0; v < 2 * K; v++) store(z + v * W, a[v]);
}

/* The same for one vector at `at`, with several sums to hide the latency of addition. */
INLINE void apply_group(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, size_t at,
                        const int lanes)
{
    vec a[4] = {get(z + at, lanes)};
    uint32_t k = 0;
    for (w += at; k + 4 <= rows; k += 4, w += 4 * pitch)
        for (int g = 0; g < 4; g++)
            a[g] += h[k + (uint32_t)g] * get(w + g * pitch, lanes);
    for (; k < rows; k++, w += pitch)
        a[0] += h[k] * get(w, lanes);
    put(z + at, (a[0] + a[1]) + (a[2] + a[3]), lanes);
}

static void apply(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, size_t n, bool turn)
{
    for (size_t pairs = n / (2 * W), tiles = (pairs + MOST - 1) / MOST; tiles > 0; tiles--) {
        const size_t K = pairs / tiles;
        switch (K) {
        case 1:
            apply_tile(w, pitch, rows, h, z, turn, 1);
            break;
        case 2:
            apply_tile(w, pitch, rows, h, z, turn, 2);
            break;
        case 3:
            apply_tile(w, pitch, rows, h, z, turn, 3);
            break;
        case 4:
            apply_tile(w, pitch, rows, h, z, turn, 4);
            break;
        case 5:
            apply_tile(w, pitch, rows, h, z, turn, 5);
            break;
        case 6:
            apply_tile(w, pitch, rows, h, z, turn, 6);
            break;
#if MOST > 6
        case 7:
            apply_tile(w, pitch, rows, h, z, turn, 7);
            break;
        case 8:
            apply_tile(w, pitch, rows, h, z, turn, 8);
            break;
        case 9:
            apply_tile(w, pitch, rows, h, z, turn, 9);
            break;
        case 10:
            apply_tile(w, pitch, rows, h, z, turn, 10);
            break;
        case 11:
            apply_tile(w, pitch, rows, h, z, turn, 11);
            break;
        case 12:
            apply_tile(w, pitch, rows, h, z, turn, 12);
            break;
        case 13:
            apply_tile(w, pitch, rows, h, z, turn, 13);
            break;
        case 14:
            apply_tile(w, pitch, rows, h, z, turn, 14);
            break;
#endif
        }
        pairs -= K;
        w += K * 2 * W;
        z += K * 2 * W;
        n -= K * 2 * W;
    }
    EACH_GROUP(n, apply_group, w, pitch, rows, h, z);
}

/* ---- products of matrices */

/* f(…, rows) with the number of rows as a constant */
#define BY_ROWS(rows, f, ...)                                                                                \
    switch (rows) {                                                                                          \
    case 1:                                                                                                  \
        f(__VA_ARGS__, 1);                                                                                   \
        break;                                                                                               \
    case 2:                                                                                                  \
        f(__VA_ARGS__, 2);                                                                                   \
        break;                                                                                               \
    case 3:                                                                                                  \
        f(__VA_ARGS__, 3);                                                                                   \
        break;                                                                                               \
    case 4:                                                                                                  \
        f(__VA_ARGS__, 4);                                                                                   \
        break;                                                                                               \
    case 5:                                                                                                  \
        f(__VA_ARGS__, 5);                                                                                   \
        break;                                                                                               \
    default:                                                                                                 \
        f(__VA_ARGS__, TALL);                                                                                \
    }

/* Rows i … i+R-1 of C, V vectors of each from j on: their sums are in registers. */
INLINE void product_tile(const struct product *p, size_t i, size_t j, const int V, const int lanes,
                         const int R)
{
    vec a[TALL][4];
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] =
        p->base ? get(p->base + (i + t) * p->base_row + j + v * W, lanes) : (vec){0};
    const real *A = p->A + i * p->a_row, *B = p->B + j;
    const size_t row = p->a_row, column = p->a_column, next = p->b_row;
    for (size_t q = p->k; q > 0; q--, A += column, B += next) {
        vec b[4];
        UNROLL for (int v = 0; v < V; v++) b[v] = get(B + v * W, lanes);
        UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] += A[t * row] * b[v];
    }
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++)
        put(p->C + (i + t) * p->c_row + j + v * W, a[t][v], lanes);
}

/* Tiles of about the same height one below the other, so that their part of B stays in the first cache. */
INLINE void product_panel(const struct product *p, size_t j, const int V, const int lanes)
{
    for (size_t i = 0, tiles = (p->m + TALL - 1) / TALL, R; tiles > 0; tiles--, i += R) {
        R = (p->m - i) / tiles;
        BY_ROWS(R, product_tile, p, i, j, V, lanes)
    }
}

RACY static void product_of_depth(const struct product *p)
{
    size_t j = 0;
    for (; j + PANEL * W <= p->n; j += PANEL * W)
        product_panel(p, j, PANEL, W);
#if PANEL > 2
    for (; j + 2 * W <= p->n; j += 2 * W)
        product_panel(p, j, 2, W);
#endif
    for (; j + W <= p->n; j += W)
        product_panel(p, j, 1, W);
    if (j < p->n)
        product_panel(p, j, 1, PART);
}

/* As deep a part of B at a time as stays in the first cache. */
#define DEPTH 128

RACY static void product(const struct product *p)
{
    struct product part = *p;
    const size_t parts = (p->k + DEPTH - 1) / DEPTH;
    if (parts < 2) {
        product_of_depth(p);
        return;
    }
    for (size_t k = 0, left = parts; left > 0; left--, k += part.k) {
        part.A = p->A + k * p->a_column;
        part.B = p->B + k * p->b_row;
        part.k = (p->k - k) / left;
        product_of_depth(&part);
        part.base = part.C;
        part.base_row = part.c_row;
    }
}

/* p[v] += the sum of a[v], v < 4 */
INLINE void add_totals(real *p, const vec *a)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    __m256 s[4];
    for (int v = 0; v < 4; v++)
#if BYTES == 64
        s[v] = _mm256_add_ps(_mm512_castps512_ps256((__m512)a[v]), _mm512_extractf32x8_ps((__m512)a[v], 1));
#else
        s[v] = (__m256)a[v];
#endif
    s[0] = _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));
    __m128 t = _mm_add_ps(_mm256_castps256_ps128(s[0]), _mm256_extractf128_ps(s[0], 1));
    _mm_storeu_ps(p, _mm_add_ps(_mm_loadu_ps(p), t));
#else
    for (int v = 0; v < 4; v++)
        p[v] += total(a[v]);
#endif
}

INLINE void dot_group(const real *A, size_t a_row, const real *B, size_t b_row, vec (*a)[4], const int V,
                      const int R, size_t at, const int lanes)
{
    vec b[4];
    UNROLL for (int v = 0; v < V; v++) b[v] = get(B + v * b_row + at, lanes);
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] +=
        get(A + t * a_row + at, lanes) * b[v];
}

/* C[i … i+R-1][j … j+V-1] += A B' */
INLINE void transposed_tile(const struct product *p, size_t i, size_t j, const int V, const int R)
{
    vec a[TALL][4];
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] = (vec){0};
    EACH_GROUP(p->k, dot_group, p->A + i * p->a_row, p->a_row, p->B + j * p->b_row, p->b_row, a, V, R);
    UNROLL for (int t = 0; t < R; t++)
    {
        real *c = p->C + (i + t) * p->c_row + j;
        UNROLL for (int v = 0; v < V; v++) c[v] = p->base ? p->base[(i + t) * p->base_row + j + v] : 0;
        if (V == 4)
            add_totals(c, a[t]);
        else
            c[0] += total(a[t][0]);
    }
}

/* All columns of some rows, which stay in the first cache. */
INLINE void transposed_rows(const struct product *p, size_t i, const int R)
{
    size_t j = 0;
    for (; j + 4 <= p->n; j += 4)
        transposed_tile(p, i, j, 4, R);
    for (; j < p->n; j++)
        transposed_tile(p, i, j, 1, R);
}

RACY static void product_transposed(const struct product *p)
{
    for (size_t i = 0, tiles = (p->m + TALL - 1) / TALL, R; tiles > 0; tiles--, i += R) {
        R = (p->m - i) / tiles;
        BY_ROWS(R, transposed_rows, p, i)
    }
}

/* ---- full */

#define ROWS 8

INLINE void back_group(const real *w, size_t pitch, const real *dz, vec *a, size_t at, const int lanes)
{
    vec d = get(dz + at, lanes);
    UNROLL for (int q = 0; q < ROWS; q++) a[q] += d * get(w + q * pitch + at, lanes);
}

/* dh[k] += sum over j < n of w[k][j] dz[j] for k < rows. */
INLINE void back(const real *w, size_t pitch, uint32_t rows, const real *dz, size_t n, real *dh, bool turn)
{
    const uint32_t whole = rows / ROWS * ROWS;
    for (uint32_t i = 0; i < whole; i += ROWS) {
        const uint32_t k = turn ? whole - ROWS - i : i;
        vec a[ROWS];
        for (int q = 0; q < ROWS; q++)
            a[q] = (vec){0};
        EACH_GROUP(n, back_group, w + k * pitch, pitch, dz, a);
        add_totals(dh + k, a);
        add_totals(dh + k + 4, a + 4);
    }
    product_transposed(&(struct product){.m = 1,
                                         .k = n,
                                         .n = rows - whole,
                                         .A = dz,
                                         .B = w + whole * pitch,
                                         .b_row = pitch,
                                         .base = dh + whole,
                                         .C = dh + whole});
}

INLINE void lstm_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    const real *z = p->z + at;
    lstm(p, S, at, get(z, lanes), get(z + S, lanes), get(z + 2 * S, lanes), get(z + 3 * S, lanes),
         earlier(p->c_before, at, lanes), lanes);
}

INLINE void gru_gates_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    gru_gates(p, S, at, get(p->z + at, lanes), get(p->z + S + at, lanes), earlier(p->before, at, lanes),
              lanes);
}

INLINE void gru_out_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    gru_out(p, S, at, get(p->z + 2 * S + at, lanes), earlier(p->before, at, lanes), lanes);
}

INLINE void rnn_group(const struct dense_step *p, size_t at, const int lanes)
{
    rnn(p, at, get(p->z + at, lanes), lanes);
}

RACY static void full_forward(const struct recurrence *r)
{
    const size_t S = r->stride, G = dense_gates(r->cell);
    const uint32_t H = r->hidden;
    for (uint32_t s = 0; s < r->n; s++) {
        const struct dense_step p = dense_step(r, s, G);
        if (s)
            apply(r->wh, G * S, H, p.before, p.z, r->cell == DENSE_GRU ? 2 * S : G * S, s % 2);
        if (r->cell == DENSE_LSTM) {
            EACH_GROUP(S, lstm_group, &p, S);
        } else if (r->cell == DENSE_RNN) {
            EACH_GROUP(S, rnn_group, &p);
        } else {
            EACH_GROUP(S, gru_gates_group, &p, S);
            if (s)
                apply(r->wh + 2 * S, G * S, H, p.c, p.z + 2 * S, S, s % 2);
            EACH_GROUP(S, gru_out_group, &p, S);
        }
    }
}

INLINE void lstm_back_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    struct slopes d = lstm_back(p, S, at, get(p->dh + at, lanes), earlier(p->t_after, at, lanes),
                                earlier(p->c_before, at, lanes), lanes);
    for (int g = 0; g < 4; g++)
        put(p->z + g * S + at, d.v[g], lanes);
    put(p->t + at, d.c, lanes); /* for the step before, as tanh c_t is done with */
}

INLINE void gru_back_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    struct slopes d = gru_back(p, S, at, get(p->dh + at, lanes), earlier(p->before, at, lanes), lanes);
    put(p->z + S + at, d.v[1], lanes);
    put(p->z + 2 * S + at, d.v[2], lanes);
    put(p->t + at, (vec){0}, lanes); /* room for the derivative of r h_{t-1} */
    if (p->before)
        add(p->dh_before + at, d.h, lanes);
}

INLINE void gru_back_inner(const struct dense_step *p, size_t at, const int lanes)
{
    vec gate = get(p->z + at, lanes), d = get(p->t + at, lanes), before = earlier(p->before, at, lanes);
    put(p->z + at, d * before * (gate * (1 - gate)), lanes);
    if (p->before)
        add(p->dh_before + at, d * gate, lanes);
}

INLINE void rnn_back_group(const struct dense_step *p, size_t at, const int lanes)
{
    vec c = get(p->z + at, lanes);
    put(p->z + at, get(p->dh + at, lanes) * (1 - c * c), lanes);
}

RACY static void full_backward(const struct recurrence *r)
{
    const size_t S = r->stride, G = dense_gates(r->cell);
    const uint32_t H = r->hidden;
    for (uint32_t s = r->n; s-- > 0;) {
        const struct dense_step p = dense_step(r, s, G);
        if (r->cell == DENSE_LSTM) {
            EACH_GROUP(S, lstm_back_group, &p, S);
        } else if (r->cell == DENSE_RNN) {
            EACH_GROUP(S, rnn_back_group, &p);
        } else {
            EACH_GROUP(S, gru_back_group, &p, S);
            if (s)
                back(r->wh + 2 * S, G * S, H, p.z + 2 * S, S, p.t, s % 2);
            EACH_GROUP(S, gru_back_inner, &p);
        }
        if (s)
            back(r->wh, G * S, H, p.z, r->cell == DENSE_GRU ? 2 * S : G * S, p.dh_before, s % 2);
    }
}

static void lstm_rows(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        EACH_GROUP(r->stride, lstm_group, &p, r->stride);
    }
}

static void lstm_rows_back(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        EACH_GROUP(r->stride, lstm_back_group, &p, r->stride);
    }
}

/* ---- which one */

/* An instance of the diagonal loops for every cell and kind of input. */
RACY static void forward(const struct recurrence *r)
{
    const bool fused = r->wx;
    if (r->full)
        full_forward(r);
    else if (r->cell == DENSE_LSTM)
        fused ? diagonal_forward(r, DENSE_LSTM, true) : diagonal_forward(r, DENSE_LSTM, false);
    else if (r->cell == DENSE_GRU)
        fused ? diagonal_forward(r, DENSE_GRU, true) : diagonal_forward(r, DENSE_GRU, false);
    else
        fused ? diagonal_forward(r, DENSE_RNN, true) : diagonal_forward(r, DENSE_RNN, false);
}

INLINE void diagonal_backward(const struct recurrence *r, const enum dense_cell cell, const bool fused)
{
    EACH_GROUP(r->stride, diagonal_group_back, r, cell, fused);
}

RACY static void backward(const struct recurrence *r)
{
    const bool fused = r->wx;
    if (r->full)
        full_backward(r);
    else if (r->cell == DENSE_LSTM)
        fused ? diagonal_backward(r, DENSE_LSTM, true) : diagonal_backward(r, DENSE_LSTM, false);
    else if (r->cell == DENSE_GRU)
        fused ? diagonal_backward(r, DENSE_GRU, true) : diagonal_backward(r, DENSE_GRU, false);
    else
        fused ? diagonal_backward(r, DENSE_RNN, true) : diagonal_backward(r, DENSE_RNN, false);
}

#define NAME_OF(isa) NAME_OF_(isa)
#define NAME_OF_(isa) dense_##isa
#define TEXT_OF(isa) TEXT_OF_(isa)
#define TEXT_OF_(isa) #isa

const struct dense NAME_OF(KERNEL_ISA);
const struct dense NAME_OF(KERNEL_ISA) = {
    .name = TEXT_OF(KERNEL_ISA),
    .sigmoid = sigmoid_row,
    .tanh = tanh_row,
    .product = product,
    .product_transposed = product_transposed,
    .forward = forward,
    .backward = backward,
    .lstm_rows = lstm_rows,
    .lstm_rows_back = lstm_rows_back,
};

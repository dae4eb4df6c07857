/* SPDX-License-Identifier: MIT
 *
 * kernel_isa: the fast kernels over rows of weights, written once with vector types and compiled once for each
 * instruction set; and the table, with those of chain_isa.c. kernel_reference.c is the textbook.
 */
#include "lib/num/kernel.h"

#include "lib/num/kernel_vector.h"

static void exp_row(real *x, size_t n, real shift)
{
    for (size_t k = 0; k < n; k += L)
        store(x + k, expv(load(x + k) - shift));
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

/* As EACH_TILE for wide rows: f(…, at, K) with K wide vectors, in few tiles, as each goes over all rows of a list. What
 * is left of a row that has no padding is the caller's. */
#define WIDE_TILE (5 * KERNEL_LINE) /* reals: a part of a row that stays in the first cache for a sentence */
#define EACH_WIDE_TILE(stride, f, ...)                                                                       \
    for (size_t at_ = 0, n_; at_ + KERNEL_LINE <= (stride); at_ += n_)                                       \
        switch (n_ = (stride)-at_ < WIDE_TILE ? ((stride)-at_) / KERNEL_LINE * KERNEL_LINE : WIDE_TILE) {    \
        case KERNEL_LINE:                                                                                    \
            f(__VA_ARGS__, at_, KERNEL_LINE / W);                                                            \
            break;                                                                                           \
        case 2 * KERNEL_LINE:                                                                                \
            f(__VA_ARGS__, at_, 2 * KERNEL_LINE / W);                                                        \
            break;                                                                                           \
        case 3 * KERNEL_LINE:                                                                                \
            f(__VA_ARGS__, at_, 3 * KERNEL_LINE / W);                                                        \
            break;                                                                                           \
        case 4 * KERNEL_LINE:                                                                                \
            f(__VA_ARGS__, at_, 4 * KERNEL_LINE / W);                                                        \
            break;                                                                                           \
        default:                                                                                             \
            f(__VA_ARGS__, at_, WIDE_TILE / W);                                                              \
        }

/* The same for wide rows. */
INLINE void gather_wide(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out, size_t at, const int K)
{
    for (uint32_t i = 0; i < n; i++) {
        wide a[WIDE_TILE / W];
        for (int v = 0; v < K; v++)
            a[v] = (wide){0};
        for (uint32_t k = start[i]; k < start[i + 1] && id[k] < limit; k++) {
            const real *p = row_of(w, local, hot, id[k], stride) + at;
            for (int v = 0; v < K; v++)
                a[v] += load_wide(p + v * W);
        }
        for (int v = 0; v < K; v++)
            store_wide(out + i * stride + at + v * W, load_wide(base + at + v * W) + scale * a[v]);
    }
}

RACY static void gather(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                        const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base,
                        real *out)
{
    if (stride > REAL_WIDE) {
        EACH_WIDE_TILE(stride, gather_wide, w, local, hot, stride, start, id, limit, n, scale, base, out)
        if (stride % KERNEL_LINE)
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
    wide d[WIDE_TILE / W];
    for (int v = 0; v < K; v++)
        d[v] = step * load_wide(row + at + v * W);
    for (size_t k = 0; k < count; k++) {
        real *p = writable_row(w, local, hot, id[k], stride) + at;
        for (int v = 0; v < K; v++)
            store_wide(p + v * W, load_wide(p + v * W) + d[v]);
    }
}

RACY static void scatter(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row)
{
    if (stride > REAL_WIDE) {
        EACH_WIDE_TILE(stride, scatter_wide, w, local, hot, stride, id, count, step, row)
        if (stride % KERNEL_LINE)
            scatter_tile(w, local, hot, stride, id, count, step, row, stride - L, 1);
        return;
    }
    EACH_TILE(stride, 4, scatter_tile, w, local, hot, stride, id, count, step, row)
}

/* ---- some lines of wide rows */

#define LINE_TILE 5 /* lines at once */
#define LINE (KERNEL_LINE / W) /* wide vectors */

/* f(…, line, K) for all lines, K of them at once. */
#define EACH_LINE_TILE(line, lines, f, ...)                                                                  \
    for (size_t j_ = 0; j_ < (lines); j_ += LINE_TILE)                                                       \
        switch ((lines)-j_) {                                                                                \
        case 1:                                                                                              \
            f(__VA_ARGS__, (line) + j_, 1);                                                                  \
            break;                                                                                           \
        case 2:                                                                                              \
            f(__VA_ARGS__, (line) + j_, 2);                                                                  \
            break;                                                                                           \
        case 3:                                                                                              \
            f(__VA_ARGS__, (line) + j_, 3);                                                                  \
            break;                                                                                           \
        case 4:                                                                                              \
            f(__VA_ARGS__, (line) + j_, 4);                                                                  \
            break;                                                                                           \
        default:                                                                                             \
            f(__VA_ARGS__, (line) + j_, LINE_TILE);                                                          \
        }

INLINE void gather_some(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *id,
                        size_t count, real scale, bool add, real *out, const uint32_t *line, const int K)
{
    wide a[LINE_TILE][LINE];
    size_t at[LINE_TILE];
    for (int l = 0; l < K; l++) {
        at[l] = line[l] * (size_t)KERNEL_LINE;
        for (int v = 0; v < LINE; v++)
            a[l][v] = (wide){0};
    }
    for (size_t k = 0; k < count; k++) {
        const real *p = row_of(w, local, hot, id[k], stride);
        for (int l = 0; l < K; l++)
            for (int v = 0; v < LINE; v++)
                a[l][v] += load_wide(p + at[l] + v * W);
    }
    for (int l = 0; l < K; l++)
        for (int v = 0; v < LINE; v++) {
            real *to = out + at[l] + v * W;
            store_wide(to, add ? load_wide(to) + scale * a[l][v] : scale * a[l][v]);
        }
}

RACY static void gather_lines(const real *w, const real *local, uint32_t hot, size_t stride,
                              const uint32_t *id, size_t count, const uint32_t *line, size_t lines,
                              real scale, bool add, real *out){
    EACH_LINE_TILE(line, lines, gather_some, w, local, hot, stride, id, count, scale, add, out)}

INLINE void scatter_some(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                         real step, const real *row, const uint32_t *line, const int K)
{
    wide d[LINE_TILE][LINE];
    size_t at[LINE_TILE];
    for (int l = 0; l < K; l++) {
        at[l] = line[l] * (size_t)KERNEL_LINE;
        for (int v = 0; v < LINE; v++)
            d[l][v] = step * load_wide(row + at[l] + v * W);
    }
    for (size_t k = 0; k < count; k++) {
        real *p = writable_row(w, local, hot, id[k], stride);
        for (int l = 0; l < K; l++)
            for (int v = 0; v < LINE; v++) {
                real *to = p + at[l] + v * W;
                store_wide(to, load_wide(to) + d[l][v]);
            }
    }
}

RACY static void scatter_lines(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id,
                               size_t count, const uint32_t *line, size_t lines, real step, const real *row){
    EACH_LINE_TILE(line, lines, scatter_some, w, local, hot, stride, id, count, step, row)}

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

const struct kernel ISA_NAME(kernel);
const struct kernel ISA_NAME(kernel) = {
    .name = ISA_TEXT,
    .gather = gather,
    .gather_valued = gather_valued,
    .scatter = scatter,
    .gather_lines = gather_lines,
    .scatter_lines = scatter_lines,
    .merge = merge,
    .adapt = adapt,
    .compensate = compensate,
    .exp = exp_row,
    .posterior = ISA_NAME(chain_isa_posterior),
    .viterbi = ISA_NAME(chain_isa_viterbi),
    .beam_begin = ISA_NAME(chain_isa_beam_begin),
    .beam_step = ISA_NAME(chain_isa_beam_step),
    .beam_back = ISA_NAME(chain_isa_beam_back),
    .beam_pairs = ISA_NAME(chain_isa_beam_pairs),
};

/* SPDX-License-Identifier: MIT
 *
 * kernel_vector: what kernel_isa.c and chain_isa.c compute with, compiled once for each instruction set (KERNEL_ISA
 * is plain, avx2 or avx512). A vector is REAL_LANES reals; a row is V of them. Where V is small it is a constant, so
 * that a whole row lives in registers: functions taking `V` are inlined into one instance for each of V = 1 … 3 and one
 * for any V. For these files alone.
 */
#ifndef ASYNTRAIN_NUM_KERNEL_VECTOR_H
#define ASYNTRAIN_NUM_KERNEL_VECTOR_H

#include "lib/num/isa.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define L REAL_LANES
#define INLINE static inline __attribute__((always_inline, unused))

typedef real vec __attribute__((vector_size(L * sizeof(real)), may_alias));
typedef real half __attribute__((vector_size(L / 2 * sizeof(real))));
/* A wide row is made of cache lines of float. It is read by registers of the machine: compilers keep wider vectors in
 * memory. */
#ifdef __AVX512F__
#define W (2 * L)
#else
#define W L
#endif
typedef real wide __attribute__((vector_size(W * sizeof(real)), aligned(L * sizeof(real)), may_alias));
#ifdef REAL_DOUBLE
typedef int64_t mask __attribute__((vector_size(L * sizeof(real))));
typedef int64_t wide_mask __attribute__((vector_size(W * sizeof(real))));
#else
typedef int32_t mask __attribute__((vector_size(L * sizeof(real))));
typedef int32_t wide_mask __attribute__((vector_size(W * sizeof(real))));
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

/* If one is NaN, b. */
INLINE vec larger(vec a, vec b)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return choose(a > b, a, b);
#endif
}

/* NaN stays. */
INLINE vec at_most(vec x, real top)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    return (vec)_mm256_min_ps(_mm256_set1_ps(top), (__m256)x);
#else
    return choose(x > all(top), all(top), x);
#endif
}

INLINE wide at_most_wide(wide x, real top)
{
#if defined(__AVX512F__) && !defined(REAL_DOUBLE)
    return (wide)_mm512_min_ps(_mm512_set1_ps(top), (__m512)x);
#elif defined(__AVX2__) && !defined(REAL_DOUBLE)
    return (wide)_mm256_min_ps(_mm256_set1_ps(top), (__m256)x);
#else
    const wide limit = top - (wide){0};
    const wide_mask above = x > limit;
    return (wide)((above & (wide_mask)limit) | (~above & (wide_mask)x));
#endif
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
#define EXP(VEC, MASK, AT_MOST, X)                                                                           \
    VEC x_ = (X);                                                                                            \
    for (size_t l = 0; l < sizeof(VEC) / sizeof(real); l++)                                                  \
        x_[l] = x_[l] < KERNEL_EXP_LEAST ? 0 : exp(x_[l]);                                                   \
    return x_
#else
#define EXP(VEC, MASK, AT_MOST, X)                                                                           \
    VEC x_ = AT_MOST(X, 88);                                                                                 \
    MASK tiny = (x_ < KERNEL_EXP_LEAST - (VEC){0});                                                          \
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
    EXP(vec, mask, at_most, x);
}

INLINE wide exp_wide(wide x)
{
    EXP(wide, wide_mask, at_most_wide, x);
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

/* Of chain_isa.c: what struct kernel says of them. */
double ISA_NAME(chain_isa_posterior)(struct chain *c);
double ISA_NAME(chain_isa_viterbi)(struct chain *c, uint32_t *y);
void ISA_NAME(chain_isa_beam_begin)(struct chain *c, struct beam *b);
real ISA_NAME(chain_isa_beam_step)(struct chain *c, struct beam *b, uint32_t i, real least, uint32_t truth);
void ISA_NAME(chain_isa_beam_back)(struct chain *c, struct beam *b, uint32_t i);
uint32_t ISA_NAME(chain_isa_beam_pairs)(const struct chain *c, struct beam *b, uint32_t i, real faint,
                                        uint32_t before, uint32_t truth);

#endif

/* SPDX-License-Identifier: MIT
 *
 * dense_vector: what dense_isa.c and product_isa.c compute with: a register of the machine as a vector, and the
 * activations of its lanes. For these files alone, which are compiled once for each instruction set.
 */
#ifndef ASYNTRAIN_NUM_DENSE_VECTOR_H
#define ASYNTRAIN_NUM_DENSE_VECTOR_H

#include "lib/num/isa.h"
#include "lib/num/product.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline, unused))
/* Before loops over arrays that shall be in registers. */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define ALL(k, n) UNROLL for (int k = 0; k < (n); k++)
/* A vector is a register of the machine. (Compilers keep wider ones in memory.) */
#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX2__)
#define BYTES 32
#else
#define BYTES 16
#endif
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

/* x, in a register: compilers read it from memory for each of a few uses, and of loads a core has too few. */
INLINE vec held(vec x)
{
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#elif defined(__AVX2__)
    __asm__("" : "+x"(x));
#endif
    return x;
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

/* f(…, at, lanes) for every group of units of a row of n reals. */
#define EACH_GROUP(n, f, ...)                                                                                \
    do {                                                                                                     \
        size_t at_ = 0;                                                                                      \
        for (; at_ + W <= (n); at_ += W)                                                                     \
            f(__VA_ARGS__, at_, W);                                                                          \
        if (at_ < (n))                                                                                       \
            f(__VA_ARGS__, at_, PART);                                                                       \
    } while (0)

/* ---- activations, of n vectors abreast (n a constant, at most ABREAST): a single one waits for its own results, and
 * the processor looks ahead to the next too late */

#define ABREAST 4

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

INLINE void sigmoids(vec *x, const int n)
{
    ALL(k, n) x[k] = sigmoid(x[k]);
}

INLINE void tangents(vec *x, const int n)
{
    ALL(k, n) x[k] = tangent(x[k]);
}
#else

INLINE vec within(vec x, real most) /* NaN stays */
{
#if defined(__AVX512F__)
    return (vec)_mm512_max_ps(_mm512_set1_ps(-most), _mm512_min_ps(_mm512_set1_ps(most), (__m512)x));
#elif defined(__AVX2__)
    return (vec)_mm256_max_ps(_mm256_set1_ps(-most), _mm256_min_ps(_mm256_set1_ps(most), (__m256)x));
#else
    vec high = most - (vec){0}, low = -most - (vec){0};
    mask above = x > high, below = x < low;
    x = (vec)((above & (mask)high) | (~above & (mask)x));
    return (vec)((below & (mask)low) | (~below & (mask)x));
#endif
}

/* a[k] /= b[k], for b from 1e-37 to 3e37 */
INLINE void divide(vec *a, const vec *b, const int n)
{
#ifdef __AVX512F__
    vec y[ABREAST];
    ALL(k, n) y[k] = (vec)_mm512_rcp14_ps((__m512)b[k]); /* 14 bits, and Newton's step */
    ALL(k, n) y[k] += y[k] * (1 - b[k] * y[k]);
    ALL(k, n) a[k] *= y[k];
#else
    ALL(k, n) a[k] /= b[k];
#endif
}

/* e^x = power (1 + rest) for |x| <= 86, as in EXP of vector.h; NaN goes to rest. Kept apart, as nothing is lost then
 * when 1 is taken off. */
INLINE void exp_split(const vec *x, vec *power, vec *rest, const int n)
{
    static const real at[] = {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                              5.0000001201e-1f};
    vec r[ABREAST];
    ALL(k, n)
    {
        vec i = x[k] * 1.44269504f + 12582912.f; /* the nearest integer is in its low bits */
        power[k] = (vec)(((mask)i << 23) + 0x3f800000);
        i -= 12582912.f;
        r[k] = x[k] - i * 0.693359375f + i * 2.12194440e-4f;
    }
    ALL(k, n) rest[k] = 1.9875691500e-4f - (vec){0};
    ALL(c, 5) ALL(k, n) rest[k] = rest[k] * r[k] + at[c];
    ALL(k, n) rest[k] = rest[k] * r[k] * r[k] + r[k];
}

INLINE void sigmoids(vec *x, const int n)
{
    vec power[ABREAST], rest[ABREAST];
    ALL(k, n) x[k] = within(-x[k], 86);
    exp_split(x, power, rest, n);
    ALL(k, n) rest[k] = power[k] * rest[k] + (power[k] + 1);
    ALL(k, n) x[k] = 1 - (vec){0};
    divide(x, rest, n);
}

/* tanh x = (e^2x - 1) / (e^2x + 1); 1 from 9.02 on. */
INLINE void tangents(vec *x, const int n)
{
    vec power[ABREAST], rest[ABREAST];
    ALL(k, n) x[k] = 2 * within(x[k], 10);
    exp_split(x, power, rest, n);
    ALL(k, n) x[k] = power[k] * rest[k] + (power[k] - 1);
    ALL(k, n) rest[k] = x[k] + 2;
    divide(x, rest, n);
}

#ifdef __AVX512F__
/* x[k] = e^(factor[k] x[k]) in few instructions: with a relative error of 2e-7 (1 + |factor x|); 2^40 where it is above
 * that. NaN stays. 2^f of the fraction f is a polynomial that is 1 at 0, off by 8.3e-8 at most (Remez). */
INLINE void exp_quick(vec *x, const real *factor, const int n)
{
    static const real at[] = {9.01702977e-3f, 5.57999127e-2f, 2.40164444e-1f, 6.93151295e-1f, 1};
    vec y[ABREAST], f[ABREAST];
    ALL(k, n) y[k] = (vec)_mm512_min_ps(_mm512_set1_ps(40), (__m512)(x[k] * (factor[k] * 1.44269504f)));
    ALL(k, n) f[k] = (vec)_mm512_reduce_ps((__m512)y[k], _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    ALL(k, n) x[k] = 1.86713011e-3f - (vec){0};
    ALL(c, 5) ALL(k, n) x[k] = x[k] * f[k] + at[c];
    ALL(k, n) x[k] = (vec)_mm512_scalef_ps((__m512)x[k], (__m512)y[k]);
}
#endif

INLINE vec sigmoid(vec x)
{
    sigmoids(&x, 1);
    return x;
}

INLINE vec tangent(vec x)
{
    tangents(&x, 1);
    return x;
}
#endif

/* Of product_isa.c: what struct dense says of them. */
void ISA_NAME(product_isa)(const struct product *p);
void ISA_NAME(product_isa_transposed)(const struct product *p);
void ISA_NAME(product_isa_pack)(struct product *p, bool transposed, real *to);

#endif

/* SPDX-License-Identifier: MIT
 *
 * machine_isa: the loops of machine.h with vector types, compiled once for each instruction set (KERNEL_ISA is plain,
 * avx2 or avx512). A tile of a row lives in registers while all rows of a list go by; most rows are one tile.
 */
#include "lib/num/machine.h"

#define L REAL_LANES
#define INLINE static inline __attribute__((always_inline))

typedef real vec __attribute__((vector_size(L * sizeof(real)), may_alias));
typedef real wide __attribute__((vector_size(2 * L * sizeof(real)), aligned(L * sizeof(real)), may_alias));

#ifdef __AVX512F__
#define TILE 8 /* wide vectors: of 32 registers; */
#else
#define TILE 4 /* of 16, and a wide vector takes two */
#endif

INLINE void gather_tile(const real *w, size_t stride, const uint32_t *id, size_t count, real *out,
                        const int K)
{
    vec sum[4];
    for (int v = 0; v < K; v++)
        sum[v] = (vec){0};
    for (size_t k = 0; k < count; k++)
        for (int v = 0; v < K; v++)
            sum[v] += ((const vec *)(w + id[k] * stride))[v];
    for (int v = 0; v < K; v++)
        ((vec *)out)[v] = sum[v];
}

INLINE void gather_wide(const real *w, size_t stride, const uint32_t *id, size_t count, real *out,
                        const int K)
{
    wide sum[TILE];
    for (int v = 0; v < K; v++)
        sum[v] = (wide){0};
    for (size_t k = 0; k < count; k++)
        for (int v = 0; v < K; v++)
            sum[v] += ((const wide *)(w + id[k] * stride))[v];
    for (int v = 0; v < K; v++)
        ((wide *)out)[v] = sum[v];
}

INLINE void scatter_tile(real *w, size_t stride, const uint32_t *id, size_t count, const real *row,
                         const int K)
{
    vec add[4];
    for (int v = 0; v < K; v++)
        add[v] = ((const vec *)row)[v];
    for (size_t k = 0; k < count; k++)
        for (int v = 0; v < K; v++)
            ((vec *)(w + id[k] * stride))[v] += add[v];
}

INLINE void scatter_wide(real *w, size_t stride, const uint32_t *id, size_t count, const real *row,
                         const int K)
{
    wide add[TILE];
    for (int v = 0; v < K; v++)
        add[v] = ((const wide *)row)[v];
    for (size_t k = 0; k < count; k++)
        for (int v = 0; v < K; v++)
            ((wide *)(w + id[k] * stride))[v] += add[v];
}

/* One instance of a loop for each number of vectors that a row, or the rest of a long one, may have. */
#define CASE(loop, K, most)                                                                                  \
    case K:                                                                                                  \
        loop(w + at, stride, id, count, row + at, K <= (most) ? K : 1);                                      \
        break;
#define EACH(loop)                                                                                           \
    size_t at = 0;                                                                                           \
    for (; stride > REAL_WIDE && stride - at >= TILE * 2 * L; at += TILE * 2 * L)                            \
        loop##_wide(w + at, stride, id, count, row + at, TILE);                                              \
    if (stride > REAL_WIDE) {                                                                                \
        switch ((stride - at) / (2 * L)) {                                                                   \
            CASE(loop##_wide, 1, TILE)                                                                       \
            CASE(loop##_wide, 2, TILE)                                                                       \
            CASE(loop##_wide, 3, TILE)                                                                       \
            CASE(loop##_wide, 4, TILE)                                                                       \
            CASE(loop##_wide, 5, TILE)                                                                       \
            CASE(loop##_wide, 6, TILE)                                                                       \
            CASE(loop##_wide, 7, TILE)                                                                       \
        default:                                                                                             \
            break;                                                                                           \
        }                                                                                                    \
        at += (stride - at) / (2 * L) * 2 * L;                                                               \
    }                                                                                                        \
    switch ((stride - at) / L) {                                                                             \
        CASE(loop##_tile, 1, 4)                                                                              \
        CASE(loop##_tile, 2, 4)                                                                              \
        CASE(loop##_tile, 3, 4)                                                                              \
        CASE(loop##_tile, 4, 4)                                                                              \
    default:                                                                                                 \
        break;                                                                                               \
    }

static void gather(const real *w, size_t stride, const uint32_t *id, size_t count, real *row)
{
    EACH(gather)
}

static void scatter(real *w, size_t stride, const uint32_t *id, size_t count, const real *row)
{
    EACH(scatter)
}

/* So many sums at once that none waits for the one before it: a multiplication and addition takes 4 to 5 cycles, and a
 * core has two units for them. */
#define SUMS 10

#if defined(__AVX512F__)
typedef wide widest;
#elif defined(__AVX__)
typedef vec widest;
#else
typedef real widest __attribute__((vector_size(L / 2 * sizeof(real))));
#endif

static double multiply_add(size_t steps)
{
    widest sum[SUMS], factor = (widest){0} + (real)0.5, more = (widest){0} + (real)0.25;
    for (int k = 0; k < SUMS; k++)
        sum[k] = (widest){0} + (real)k;
    for (size_t s = 0; s < steps; s++)
        for (int k = 0; k < SUMS; k++)
            sum[k] = sum[k] * factor + more;
    for (int k = 1; k < SUMS; k++)
        sum[0] += sum[k];
    volatile real used = sum[0][0]; /* so all of it was asked for */
    (void)used;
    return 2.0 * SUMS * (double)steps * (double)(sizeof(widest) / sizeof(real));
}

#define NAME_OF(isa) NAME_OF_(isa)
#define NAME_OF_(isa) machine_##isa
#define TEXT_OF(isa) TEXT_OF_(isa)
#define TEXT_OF_(isa) #isa

const struct machine NAME_OF(KERNEL_ISA);
const struct machine NAME_OF(KERNEL_ISA) = {
    .name = TEXT_OF(KERNEL_ISA),
    .gather = gather,
    .scatter = scatter,
    .multiply_add = multiply_add,
};

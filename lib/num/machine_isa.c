/* SPDX-License-Identifier: MIT
 *
 * machine_isa: the loops of machine.h with vector types, compiled once for each instruction set (KERNEL_ISA is plain,
 * avx2 or avx512). A tile of a row lives in registers while all rows of a list go by; most rows are one tile.
 */
#include "lib/num/isa.h"
#include "lib/num/machine.h"

#define INLINE static inline __attribute__((always_inline))

/* A vector is a register, where a row has whole ones. (gcc computes with wider ones by way of the stack.) */
#if defined(__AVX512F__)
#define LANES (2 * REAL_LANES)
#define TILE 8 /* vectors: of 32 registers; */
#elif defined(__AVX__)
#define LANES REAL_LANES
#define TILE 8 /* of 16; */
#else
#define LANES (REAL_LANES / 2)
#define TILE 8
#endif

typedef real vec __attribute__((vector_size(LANES * sizeof(real)), aligned(sizeof(real)), may_alias));
/* where a row of few vectors is no multiple of one */
typedef real part __attribute__((vector_size(REAL_LANES * sizeof(real)), aligned(sizeof(real)), may_alias));

#define LOOPS(type, L)                                                                                       \
    INLINE void gather_##type(const real *w, size_t stride, const uint32_t *id, size_t count, real *row,     \
                              const int K)                                                                   \
    {                                                                                                        \
        type sum[TILE];                                                                                      \
        for (int v = 0; v < K; v++)                                                                          \
            sum[v] = (type){0};                                                                              \
        for (size_t k = 0; k < count; k++)                                                                   \
            for (int v = 0; v < K; v++)                                                                      \
                sum[v] += *(const type *)(w + id[k] * stride + v * L);                                       \
        for (int v = 0; v < K; v++)                                                                          \
            *(type *)(row + v * L) = sum[v];                                                                 \
    }                                                                                                        \
    INLINE void scatter_##type(real *w, size_t stride, const uint32_t *id, size_t count, const real *row,    \
                               const int K)                                                                  \
    {                                                                                                        \
        type add[TILE];                                                                                      \
        for (int v = 0; v < K; v++)                                                                          \
            add[v] = *(const type *)(row + v * L);                                                           \
        for (size_t k = 0; k < count; k++)                                                                   \
            for (int v = 0; v < K; v++)                                                                      \
                *(type *)(w + id[k] * stride + v * L) += add[v];                                             \
    }
LOOPS(vec, LANES)
#if LANES > REAL_LANES
LOOPS(part, REAL_LANES)
#endif

/* One instance of a loop for each number of vectors that a row, or the rest of a long one, may have. */
#define CASE(loop, K)                                                                                        \
    case K:                                                                                                  \
        loop(w + at, stride, id, count, row + at, K < TILE ? K : TILE);                                      \
        break;
#define EACH(loop, left)                                                                                     \
    switch (left) {                                                                                          \
        CASE(loop, 1)                                                                                        \
        CASE(loop, 2)                                                                                        \
        CASE(loop, 3)                                                                                        \
        CASE(loop, 4)                                                                                        \
        CASE(loop, 5)                                                                                        \
        CASE(loop, 6)                                                                                        \
        CASE(loop, 7)                                                                                        \
    default:                                                                                                 \
        loop(w + at, stride, id, count, row + at, TILE);                                                     \
        break;                                                                                               \
    }

static void gather(const real *w, size_t stride, const uint32_t *id, size_t count, real *row)
{
    size_t at = 0;
#if LANES > REAL_LANES
    if (stride % LANES) { /* the vectors of a row would not begin with cache lines */
        for (; at < stride; at += TILE * REAL_LANES)
            EACH(gather_part, (stride - at) / REAL_LANES)
        return;
    }
#endif
    for (; at < stride; at += TILE * LANES)
        EACH(gather_vec, (stride - at) / LANES)
}

static void scatter(real *w, size_t stride, const uint32_t *id, size_t count, const real *row)
{
    size_t at = 0;
#if LANES > REAL_LANES
    if (stride % LANES) {
        for (; at < stride; at += TILE * REAL_LANES)
            EACH(scatter_part, (stride - at) / REAL_LANES)
        return;
    }
#endif
    for (; at < stride; at += TILE * LANES)
        EACH(scatter_vec, (stride - at) / LANES)
}

/* So many sums at once that none waits for the one before it: a multiplication and addition takes 4 to 5 cycles, and a
 * core has two units for them. */
#define SUMS 10

static double multiply_add(size_t steps)
{
    vec sum[SUMS], factor = (vec){0} + (real)0.5, more = (vec){0} + (real)0.25;
    for (int k = 0; k < SUMS; k++)
        sum[k] = (vec){0} + (real)k;
    for (size_t s = 0; s < steps; s++)
        for (int k = 0; k < SUMS; k++)
            sum[k] = sum[k] * factor + more;
    for (int k = 1; k < SUMS; k++)
        sum[0] += sum[k];
    volatile real used = sum[0][0]; /* so all of it was asked for */
    (void)used;
    return 2.0 * SUMS * (double)steps * (double)(sizeof(vec) / sizeof(real));
}

const struct machine ISA_NAME(machine);
const struct machine ISA_NAME(machine) = {
    .name = ISA_TEXT,
    .gather = gather,
    .scatter = scatter,
    .multiply_add = multiply_add,
};

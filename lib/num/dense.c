/* SPDX-License-Identifier: MIT */
#include "lib/num/dense.h"

#include "lib/num/kernel.h"

#include <cblas.h>
#include <limits.h>
#include <string.h>

extern const struct dense dense_plain, dense_reference;
#ifdef KERNEL_X86
extern const struct dense dense_avx2, dense_avx512;
#endif

static const struct dense *const table[] = {
#ifdef KERNEL_X86
    &dense_avx512, &dense_avx2,
#endif
    &dense_plain, &dense_reference};

static const struct dense *named(const char *name)
{
    size_t k = 0;
    while (strcmp(table[k]->name, name) != 0)
        k++;
    return table[k];
}

const struct dense *dense_get(void)
{
    static _Atomic(const struct dense *) best; /* any number of threads find the same */
    if (!best)
        best = named(kernel_get()->name);
    return best;
}

const struct dense *const *dense_all(void)
{
    static const struct dense *able[sizeof table / sizeof *table + 1];
    const struct kernel *const *kernel = kernel_all();
    for (size_t k = 0; kernel[k]; k++)
        able[k] = named(kernel[k]->name);
    return able;
}

/* `gates` of them from `first` on. */
static struct product weights(const struct recurrence *r, size_t first, size_t gates, const real *before,
                              size_t pitch)
{
    const size_t S = r->stride, row = dense_gates(r->cell) * S, later = r->reverse ? 0 : 1;
    return (struct product){.m = r->hidden,
                            .k = r->n - 1,
                            .n = gates * S,
                            .A = before,
                            .a_row = 1,
                            .a_column = pitch,
                            .B = r->z + later * row + first * S,
                            .b_row = row,
                            .c_row = row};
}

uint32_t dense_weights(const struct recurrence *r, struct product p[DENSE_WEIGHTS],
                       size_t column[DENSE_WEIGHTS])
{
    const bool inner = r->cell == DENSE_GRU;
    const size_t gates = dense_gates(r->cell), plain = inner ? 2 : gates, later = r->reverse ? 0 : 1;
    column[0] = 0;
    p[0] = weights(r, 0, plain, r->h + (1 - later) * r->pitch, r->pitch);
    if (!inner)
        return 1;
    column[1] = plain * r->stride;
    p[1] = weights(r, plain, gates - plain, r->c + later * r->stride, r->stride);
    return 2;
}

void dense_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, real alpha, const real *A,
                size_t lda, const real *B, size_t ldb, real beta, real *C, size_t ldc)
{
    CBLAS_TRANSPOSE a = transpose_a ? CblasTrans : CblasNoTrans, b = transpose_b ? CblasTrans : CblasNoTrans;
#ifdef REAL_DOUBLE
    cblas_dgemm(CblasRowMajor, a, b, (int)m, (int)n, (int)k, alpha, A, (int)lda, B, (int)ldb, beta, C,
                (int)ldc);
#else
    cblas_sgemm(CblasRowMajor, a, b, (int)m, (int)n, (int)k, alpha, A, (int)lda, B, (int)ldb, beta, C,
                (int)ldc);
#endif
}

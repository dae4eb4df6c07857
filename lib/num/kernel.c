/* SPDX-License-Identifier: MIT */
#include "lib/num/kernel.h"

#include "lib/num/product.h"

#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef KERNEL_X86
#include <immintrin.h>
#endif

extern const struct kernel kernel_plain;
#ifdef KERNEL_X86
extern const struct kernel kernel_avx2, kernel_avx512;
#endif

/* Only OpenBLAS's threaded builds need it, and only OpenBLAS has it. Such a build has started its threads before
 * main; told to use one, they sleep: during a run the others of /proc/PID/task have spent no time (fields 14 and 15
 * of stat). */
extern void openblas_set_num_threads(int n) __attribute__((weak));

static const struct kernel *able[5];

static void find_able(void)
{
    size_t n = 0;
#ifdef KERNEL_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd"))
        able[n++] = &kernel_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        able[n++] = &kernel_avx2;
#endif
    able[n++] = &kernel_plain;
    able[n] = &kernel_reference;
}

const struct kernel *const *kernel_all(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_able);
    return able;
}

const struct kernel *kernel_get(void)
{
    const struct kernel *const *all = kernel_all();
    const char *wish = getenv("ASYNTRAIN_KERNEL");
    for (size_t i = 0; wish && all[i]; i++)
        if (strcmp(all[i]->name, wish) == 0)
            return all[i];
    return all[0];
}

void kernel_blas_alone(void)
{
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}

void kernel_thread_begin(void)
{
#ifdef KERNEL_X86
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
#endif
}

double kernel_norm2(const real *x, size_t n)
{
    double total = 0;
    const size_t piece = (size_t)1 << 16; /* float sums stay short; int sizes stay small */
    for (size_t k = 0; k < n; k += piece) {
        int m = (int)(n - k < piece ? n - k : piece);
#ifdef REAL_DOUBLE
        total += cblas_ddot(m, x + k, 1, x + k, 1);
#else
        total += cblas_dsdot(m, x + k, 1, x + k, 1);
#endif
    }
    return total;
}

void kernel_product(const struct product *p, bool transposed)
{
    const enum CBLAS_TRANSPOSE a = p->a_column == 1 ? CblasNoTrans : CblasTrans,
                               b = transposed ? CblasTrans : CblasNoTrans;
    const int m = (int)p->m, n = (int)p->n, k = (int)p->k, b_row = (int)p->b_row, c_row = (int)p->c_row,
              a_row = (int)(p->a_column == 1 ? p->a_row : p->a_column);
#ifdef REAL_DOUBLE
    cblas_dgemm(CblasRowMajor, a, b, m, n, k, 1, p->A, a_row, p->B, b_row, 0, p->C, c_row);
#else
    cblas_sgemm(CblasRowMajor, a, b, m, n, k, 1, p->A, a_row, p->B, b_row, 0, p->C, c_row);
#endif
}

void kernel_library(char *words, size_t size)
{
    snprintf(words, size, "%s", openblas_get_config());
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/eigen.h"

#include "lib/base/memory.h"

#include <assert.h>

/* Fortran; the last two are the lengths of the strings. */
extern void dsyev_(const char *job, const char *half, const int *n, double *a, const int *lda, double *w,
                   double *work, const int *lwork, int *info, size_t job_length, size_t half_length);

bool eigen_symmetric(size_t d, double *A, double *values)
{
    assert(d > 0 && d <= 32767);
    int n = (int)d, lwork = -1, info = 0;
    double best;
    dsyev_("V", "U", &n, A, &n, values, &best, &lwork, &info, 1, 1); /* asks how much room is best */
    lwork = (int)best;
    double *work = memory_new((size_t)lwork, sizeof *work);
    dsyev_("V", "U", &n, A, &n, values, work, &lwork, &info, 1, 1); /* its columns are our rows */
    memory_free(work);
    return info == 0;
}

/* SPDX-License-Identifier: MIT
 *
 * eigen: eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's dsyev, which OpenBLAS contains. The only place
 * that knows LAPACK. Any thread.
 */
#ifndef ASYNTRAIN_NUM_EIGEN_H
#define ASYNTRAIN_NUM_EIGEN_H

#include <stdbool.h>
#include <stddef.h>

/* A [d][d], symmetric, d from 1 to 32767. values [d]: its eigenvalues, rising; row k of A becomes the eigenvector of
 * length 1 that belongs to value k. false where LAPACK's iteration does not converge: a number was not finite. */
bool eigen_symmetric(size_t d, double *A, double *values);

#endif

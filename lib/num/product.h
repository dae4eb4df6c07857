/* SPDX-License-Identifier: MIT
 *
 * product: a product of matrices as networks have them. It is computed by struct dense
 * (lib/num/dense.h), and is how the gradient of a matrix is handed on (lib/num/gradient.h).
 */
#ifndef ASYNTRAIN_NUM_PRODUCT_H
#define ASYNTRAIN_NUM_PRODUCT_H

#include "lib/num/real.h"

#include <stddef.h>

/* All [rows][columns], the rows of C and B padded as usual: n, b_row, base_row and c_row are multiples of
 * REAL_LANES. */
struct product {
    size_t m, k, n;
    const real *A; /* [m][k], entry (i, q) at A[i a_row + q a_column], so that it may be a transposed one */
    size_t a_row, a_column;
    const real *B; /* [k][n] */
    size_t b_row;
    /* [m][n]; NULL for 0; base_row 0 gives all rows the same (a bias), C itself is added to */
    const real *base;
    size_t base_row;
    real *C; /* [m][n] */
    size_t c_row;
};

#endif

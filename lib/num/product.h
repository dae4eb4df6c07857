/* SPDX-License-Identifier: MIT
 *
 * product: a product of matrices as networks have them. It is computed by struct dense
 * (lib/num/dense.h), and is how the gradient of a matrix is handed on (lib/num/gradient.h).
 */
#ifndef ASYNTRAIN_NUM_PRODUCT_H
#define ASYNTRAIN_NUM_PRODUCT_H

#include "lib/num/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All [rows][columns], the rows of C and B padded as usual: n, b_row, base_row and c_row are multiples of
 * REAL_LANES. */
struct product {
    size_t m, k, n;
    const real *A; /* [m][k], entry (i, q) at A[i a_row + q a_column], so that it may be a transposed one */
    size_t a_row, a_column;
    const real *B; /* [k][n] */
    size_t b_row;
    bool packed; /* B is where, and as, struct dense.pack put it */
    /* [m][n]; NULL for 0; base_row 0 gives all rows the same (a bias), C itself is added to */
    const real *base;
    size_t base_row;
    const uint32_t *base_at; /* [m] which row of base each row adds to; NULL: its own */
    real *C; /* [m][n] */
    size_t c_row;
};

/* A matrix of a network, by which the row of each token is multiplied, there and back, and which has a gradient. */
#define PRODUCT_MATRICES 32 /* kinds, at most */
struct matrix {
    const char *what; /* in a word */
    uint32_t sources, units; /* numbers in, numbers out, without padding */
    uint32_t rows, columns; /* as it is multiplied, with padding, but for that at the end of the sources */
    uint32_t blocks; /* of such a matrix */
    uint32_t count; /* matrices of this kind, such as one a direction */
    bool steps; /* token after token, with one row of each sample; else with all tokens at once */
    bool transposed; /* it lies with a row a unit; else a row a source */
};

#endif

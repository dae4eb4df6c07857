/* SPDX-License-Identifier: MIT */
#include "lib/num/eigen.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <math.h>

TEST(a_matrix_with_known_eigenvalues)
{
    double A[4] = {2, 1, 1, 2}, value[2];
    CHECK(eigen_symmetric(2, A, value));
    CHECK_NEAR(value[0], 1, 1e-14);
    CHECK_NEAR(value[1], 3, 1e-14);
    CHECK_NEAR(A[0] * A[1], -.5, 1e-14); /* rows: (1, -1) and (1, 1) over the root of 2 */
    CHECK_NEAR(A[2] * A[3], .5, 1e-14);
}

TEST(vectors_are_rows_and_make_the_matrix_again)
{
    enum { D = 17 };
    double A[D * D], Q[D * D], value[D];
    struct rng r;
    rng_init(&r, 1, 0, 0);
    for (int i = 0; i < D; i++)
        for (int j = 0; j <= i; j++)
            A[i * D + j] = A[j * D + i] = rng_normal(&r);
    for (int i = 0; i < D * D; i++)
        Q[i] = A[i];
    CHECK(eigen_symmetric(D, Q, value));
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            double again = 0, product = 0;
            for (int k = 0; k < D; k++) {
                again += value[k] * Q[k * D + i] * Q[k * D + j];
                product += Q[i * D + k] * Q[j * D + k];
            }
            CHECK_NEAR(again, A[i * D + j], 1e-13);
            CHECK_NEAR(product, i == j, 1e-14);
        }
    for (int k = 1; k < D; k++)
        CHECK(value[k - 1] <= value[k]);
}

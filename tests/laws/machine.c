/* SPDX-License-Identifier: MIT
 *
 * What limits are measured with does what it says: loops that left out a part of a row would make a floor too low. All
 * numbers are small whole ones, so sums are exact in any order.
 */
#include "lib/num/machine.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "lib/num/product.h"
#include "tests/test.h"

enum { ROWS = 7, COUNT = 5, WIDEST = 336 };

static real whole(size_t k)
{
    return (real)((long)(k * 2654435761u % 17) - 8);
}

TEST(machine_gathers_and_scatters_whole_rows)
{
    static const uint32_t id[COUNT] = {6, 0, 3, 3, 1};
    const struct machine *m = machine_get();
    for (size_t stride = REAL_LANES; stride <= WIDEST; stride += REAL_LANES) {
        const size_t n = ROWS * stride;
        real *w = memory_lines(n + stride, sizeof *w), *row = memory_lines(2 * stride, sizeof *row);
        for (size_t k = 0; k < n; k++)
            w[k] = whole(k);
        row[stride] = w[n] = 99; /* what follows is not touched */
        m->gather(w, stride, id, COUNT, row);
        for (size_t c = 0; c < stride; c++) {
            real sum = 0;
            for (int k = 0; k < COUNT; k++)
                sum += whole(id[k] * stride + c);
            CHECK_MSG(row[c] == sum, "%s: gather, stride %zu, column %zu", m->name, stride, c);
            row[c] = (real)c;
        }
        m->scatter(w, stride, id, COUNT, row);
        for (size_t k = 0; k < n; k++) {
            const uint32_t r = (uint32_t)(k / stride), times = (r == 6) + (r == 0) + 2 * (r == 3) + (r == 1);
            CHECK_MSG(w[k] == whole(k) + (real)times * (real)(k % stride), "%s: scatter, stride %zu, row %u",
                      m->name, stride, r);
        }
        CHECK(row[stride] == 99 && w[n] == 99);
        memory_free(w);
        memory_free(row);
    }
}

/* In every form: A as it is or by columns, B as it is or transposed; rows with padding. */
TEST(blas_product_is_the_product)
{
    enum { M = 5, K = 7, N = 6, PITCH = 9 };
    for (int form = 0; form < 4; form++) {
        const bool columns = form & 1, transposed = form & 2;
        real A[PITCH * PITCH], B[PITCH * PITCH], C[M * PITCH];
        for (size_t k = 0; k < PITCH * PITCH; k++)
            A[k] = whole(k), B[k] = whole(k + 1000);
        const struct product p = {.m = M,
                                  .k = K,
                                  .n = N,
                                  .A = A,
                                  .a_row = columns ? 1 : PITCH,
                                  .a_column = columns ? PITCH : 1,
                                  .B = B,
                                  .b_row = PITCH,
                                  .C = C,
                                  .c_row = PITCH};
        kernel_product(&p, transposed);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) {
                real sum = 0;
                for (size_t q = 0; q < K; q++)
                    sum +=
                        A[i * p.a_row + q * p.a_column] * (transposed ? B[j * PITCH + q] : B[q * PITCH + j]);
                CHECK_MSG(C[i * PITCH + j] == sum, "form %d: %zu %zu", form, i, j);
            }
    }
}

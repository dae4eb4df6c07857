/* SPDX-License-Identifier: MIT
 *
 * product_isa: products of matrices (lib/num/product.h), in tiles whose sums are in registers; compiled once for each
 * instruction set. A tile is R rows of V vectors each. Panels, tiles one below the other, share their part of B. Of B'
 * a tile is sums of products of rows, unless B' has been written down before.
 */
#include "lib/num/dense_vector.h"

#ifdef __AVX512F__
#define PANEL 4 /* the sums that a tile has in registers: PANEL vectors of TALL rows, or … */
#define TALL 6
#define SLIM PANEL /* where one tile has all rows: SLIM vectors of HIGH rows */
#define HIGH TALL
#define DOTS 6 /* … sums of 4 numbers of DOTS rows; of 32 registers */
#define TURNED SIZE_MAX
#define APART 4096 /* bytes: pages, and sets of the cache, of their own */
#else
#define PANEL 3 /* of 16 */
#define TALL 4
#define SLIM 2 /* a sentence gives the derivatives of 6 rows at a time */
#define HIGH 6
#define DOTS 3 /* with too few multiplications a load, so … */
#define TURNED 64 /* … B' is written down where it serves that many rows */
#define APART 0
#endif
#define COPIED 64 /* B is copied where it serves that many rows, and its own lie further apart than APART */

/* f(…, count) with the count, 1 to `most`, as a constant */
#define AT_MOST(count, most) ((count) < (most) ? (count) : (most))
#define BY_COUNT(count, most, f, ...)                                                                        \
    switch (count) {                                                                                         \
    case 1:                                                                                                  \
        f(__VA_ARGS__, 1);                                                                                   \
        break;                                                                                               \
    case 2:                                                                                                  \
        f(__VA_ARGS__, AT_MOST(2, most));                                                                    \
        break;                                                                                               \
    case 3:                                                                                                  \
        f(__VA_ARGS__, AT_MOST(3, most));                                                                    \
        break;                                                                                               \
    case 4:                                                                                                  \
        f(__VA_ARGS__, AT_MOST(4, most));                                                                    \
        break;                                                                                               \
    case 5:                                                                                                  \
        f(__VA_ARGS__, AT_MOST(5, most));                                                                    \
        break;                                                                                               \
    default:                                                                                                 \
        f(__VA_ARGS__, most);                                                                                \
    }

#define WIDTH(V, lanes) ((size_t)((lanes) < W ? (lanes) : (V)*W)) /* of a panel */

INLINE const real *base_row(const struct product *p, size_t i)
{
    return p->base + (p->base_at ? p->base_at[i] : i) * p->base_row;
}

/* Rows i … i+R-1 of C, V vectors of each from j on: their sums are in registers. */
INLINE void product_tile(const struct product *p, size_t i, size_t j, const int V, const int lanes,
                         const int R)
{
    vec a[HIGH][PANEL];
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] =
        p->base ? get(base_row(p, i + t) + j + v * W, lanes) : (vec){0};
    const real *A = p->A + i * p->a_row, *B = p->packed ? p->B + j * p->k : p->B + j;
    const size_t row = p->a_row, column = p->a_column, next = p->packed ? WIDTH(V, lanes) : p->b_row;
    for (size_t q = p->k; q > 0; q--, A += column, B += next) {
        vec b[PANEL];
        UNROLL for (int v = 0; v < V; v++) b[v] = held(get(B + v * W, lanes));
        UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] += A[t * row] * b[v];
    }
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++)
        put(p->C + (i + t) * p->c_row + j + v * W, a[t][v], lanes);
}

/* Tiles of about the same height one below the other, so that their part of B stays in the first cache. */
INLINE void product_panel(const struct product *p, const int tall, size_t j, const int lanes, const int V)
{
    for (size_t i = 0, tiles = (p->m + (size_t)tall - 1) / tall, R; tiles > 0; tiles--, i += R) {
        R = (p->m - i) / tiles;
        BY_COUNT(R, tall, product_tile, p, i, j, V, lanes)
    }
}

/* f(…, j, lanes, V) for the panels of n columns, V vectors from j on, at most `most`, which are of about the same
 * width. */
#define EACH_PANEL(n, most, f, ...)                                                                          \
    do {                                                                                                     \
        size_t at_ = 0, vectors_ = (n) / W, V_;                                                              \
        for (size_t left_ = (vectors_ + (most)-1) / (most); left_ > 0; left_--) {                            \
            V_ = vectors_ / left_;                                                                           \
            BY_COUNT(V_, most, f, __VA_ARGS__, at_, W)                                                       \
            vectors_ -= V_;                                                                                  \
            at_ += V_ * W;                                                                                   \
        }                                                                                                    \
        if (at_ < (n))                                                                                       \
            f(__VA_ARGS__, at_, PART, 1);                                                                    \
    } while (0)

RACY static void product_of_depth(const struct product *p)
{
    if (p->m > TALL && p->m <= HIGH && !p->packed)
        EACH_PANEL(p->n, SLIM, product_panel, p, HIGH);
    else
        EACH_PANEL(p->n, PANEL, product_panel, p, TALL);
}

/* As deep a part of B at a time as stays in the first cache. All parts are gone through for some rows of C, so that
 * these stay in the second, unless B is the larger one: then it is better read once. A transposed A has those rows
 * beside each other, but the next column of them a row of tokens apart: they are copied. */
#define DEPTH 128
#define HEIGHT 64

static size_t parts_of(const struct product *p)
{
    return (p->k + DEPTH - 1) / DEPTH;
}

INLINE void copy_columns(struct product *p, real *to)
{
    for (size_t q = 0; q < p->k; q++)
        memcpy(to + q * p->m, p->A + q * p->a_column, p->m * sizeof *to);
    p->A = to;
    p->a_column = p->m;
}

INLINE void product_of_rows(const struct product *p, size_t parts)
{
    struct product part = *p;
    real columns[DEPTH * HEIGHT];
    for (size_t k = 0, left = parts; left > 0; left--, k += part.k) {
        part.A = p->A + k * p->a_column;
        part.a_column = p->a_column;
        part.B = p->B + k * p->b_row;
        part.k = (p->k - k) / left;
        if (p->a_row == 1)
            copy_columns(&part, columns);
        product_of_depth(&part);
        part.base = part.C;
        part.base_row = part.c_row;
        part.base_at = NULL;
    }
}

RACY void ISA_NAME(product_isa)(const struct product *p)
{
    const size_t parts = parts_of(p);
    if (parts < 2) {
        product_of_depth(p);
        return;
    }
    const bool some_rows = p->a_row == 1 || p->m > p->k;
    for (size_t i = 0, left = some_rows ? (p->m + HEIGHT - 1) / HEIGHT : 1, rows; left > 0;
         left--, i += rows) {
        struct product some = *p;
        rows = some.m = (p->m - i) / left;
        some.A += i * p->a_row;
        some.C += i * p->c_row;
        if (p->base_at)
            some.base_at += i;
        else if (p->base)
            some.base += i * p->base_row;
        product_of_rows(&some, parts);
    }
}

/* B in the order of its parts, and in each of its panels: all is read from one end to the other. */

/* to [PART][pitch] from PART rows of as many */
INLINE void turn(const real *from, size_t row, real *to, size_t pitch)
{
#if defined(__AVX2__) && !defined(REAL_DOUBLE)
    __m256 a[8], b[8];
    ALL(c, 8) a[c] = _mm256_loadu_ps(from + c * row);
    ALL(c, 8) b[c] = c & 1 ? _mm256_unpackhi_ps(a[c - 1], a[c]) : _mm256_unpacklo_ps(a[c], a[c + 1]);
    ALL(c, 8)
    a[c] = c & 1 ? _mm256_shuffle_ps(b[c / 4 * 4 + c / 2 % 2], b[c / 4 * 4 + c / 2 % 2 + 2], 0xEE)
                 : _mm256_shuffle_ps(b[c / 4 * 4 + c / 2 % 2], b[c / 4 * 4 + c / 2 % 2 + 2], 0x44);
    ALL(q, 4) _mm256_storeu_ps(to + q * pitch, _mm256_permute2f128_ps(a[q], a[q + 4], 0x20));
    ALL(q, 4) _mm256_storeu_ps(to + (q + 4) * pitch, _mm256_permute2f128_ps(a[q], a[q + 4], 0x31));
#else
    for (int c = 0; c < PART; c++)
        for (int q = 0; q < PART; q++)
            to[q * pitch + c] = from[c * row + q];
#endif
}

/* A panel of B' [k][width] from the rows of B from j on, of which those are 0 that B does not have. */
INLINE void turn_panel(const struct product *p, real *to, size_t j, const size_t width)
{
    for (size_t c = 0; c < width; c += PART) {
        const size_t left = p->n > j + c ? p->n - j - c : 0, rows = left < PART ? left : PART;
        const real *from = p->B + (rows ? j + c : 0) * p->b_row;
        size_t q = 0;
        for (; rows == PART && q + PART <= p->k; q += PART)
            turn(from + q, p->b_row, to + q * width + c, width);
        for (; q < p->k; q++)
            for (size_t r = 0; r < PART; r++)
                to[q * width + c + r] = r < rows ? from[r * p->b_row + q] : 0;
    }
}

INLINE void pack_panel(const struct product *p, bool transposed, real *to, size_t j, const int lanes,
                       const int V)
{
    const size_t width = WIDTH(V, lanes);
    to += j * p->k;
    for (size_t q = 0; !transposed && q < p->k; q++)
        UNROLL for (int v = 0; v < V; v++)
            put(to + q * width + v * W, get(p->B + q * p->b_row + j + v * W, lanes), lanes);
    if (transposed)
        turn_panel(p, to, j, width);
}

RACY void ISA_NAME(product_isa_pack)(struct product *p, bool transposed, real *to)
{
    const size_t n = (p->n + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
    struct product part = *p;
    if (transposed ? p->m < TURNED : p->m < COPIED || p->b_row * sizeof *to <= APART)
        return;
    for (size_t k = 0, left = parts_of(p); left > 0; left--, k += part.k) {
        part.B = p->B + k * (transposed ? 1 : p->b_row);
        part.k = (p->k - k) / left;
        EACH_PANEL(n, PANEL, pack_panel, &part, transposed, to + k * n);
    }
    p->packed = true;
    p->B = to;
    p->b_row = p->n = n;
}

INLINE void dot_group(const real *A, size_t a_row, const real *B, size_t b_row, vec (*a)[4], const int V,
                      const int R, size_t at, const int lanes)
{
    vec b[4];
    UNROLL for (int v = 0; v < V; v++) b[v] = get(B + v * b_row + at, lanes);
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] +=
        get(A + t * a_row + at, lanes) * b[v];
}

/* C[i … i+R-1][j … j+V-1] += A B' */
INLINE void transposed_tile(const struct product *p, size_t i, size_t j, const int V, const int R)
{
    vec a[DOTS][4];
    UNROLL for (int t = 0; t < R; t++) UNROLL for (int v = 0; v < V; v++) a[t][v] = (vec){0};
    EACH_GROUP(p->k, dot_group, p->A + i * p->a_row, p->a_row, p->B + j * p->b_row, p->b_row, a, V, R);
    UNROLL for (int t = 0; t < R; t++)
    {
        real *c = p->C + (i + t) * p->c_row + j;
        UNROLL for (int v = 0; v < V; v++) c[v] = p->base ? base_row(p, i + t)[j + v] : 0;
        if (V == 4)
            add_totals(c, a[t]);
        else
            c[0] += total(a[t][0]);
    }
}

/* All columns of some rows, which stay in the first cache. */
INLINE void transposed_rows(const struct product *p, size_t i, const int R)
{
    size_t j = 0;
    for (; j + 4 <= p->n; j += 4)
        transposed_tile(p, i, j, 4, R);
    for (; j < p->n; j++)
        transposed_tile(p, i, j, 1, R);
}

RACY void ISA_NAME(product_isa_transposed)(const struct product *p)
{
    if (p->packed) {
        ISA_NAME(product_isa)(p);
        return;
    }
    for (size_t i = 0, tiles = (p->m + DOTS - 1) / DOTS, R; tiles > 0; tiles--, i += R) {
        R = (p->m - i) / tiles;
        BY_COUNT(R, DOTS, transposed_rows, p, i)
    }
}

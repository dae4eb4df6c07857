/* SPDX-License-Identifier: MIT
 *
 * kernel: the few loops where the time goes, in one table of pointers chosen once at start for this
 * processor (avx512, avx2, plain), so that one binary serves a mixed cluster. kernel_isa.c and chain_isa.c are compiled
 * once for each; kernel_reference.c holds the plain loops that the tests hold against it.
 *
 * Rows are padded by REAL_PAD and 32-byte aligned. All functions are pure but for what they write and
 * may run in any number of threads; gather, scatter (and their kin), merge, adapt and compensate may race on
 * what they share (RACY).
 */
#ifndef ASYNTRAIN_NUM_KERNEL_H
#define ASYNTRAIN_NUM_KERNEL_H

#include "lib/num/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where exp of a normal number ends. */
#define KERNEL_EXP_LEAST (sizeof(real) == sizeof(float) ? (real)-87 : (real)-700)

#define KERNEL_LINE (2 * REAL_LANES) /* a cache line of floats */

struct beam;
struct chain;
struct product;

struct moments { /* the coefficients of kernel.adapt, those of one block at one step */
    real keep, take; /* m <- keep m + take g */
    real keep2, take2; /* v <- keep2 v + take2 g^2 */
    real wide, epsilon; /* w <- w - length m / (sqrt(wide v) + epsilon) */
};

struct delay_term { /* the coefficients of kernel.compensate, those of one step */
    real keep, take; /* v <- keep v + take g^2 */
    real strength, epsilon; /* lambda = strength / sqrt(v + epsilon), or where v is NULL: strength */
    real ratio; /* what is added to g: lambda (w - ratio seen) g^2 */
};

struct kernel {
    const char *name;

    /* out[i] = base + scale * sum over k of w[id[k]], k = start[i] … start[i+1]-1, for i < n: the scores of
     * n positions. Rows of ids < hot are those of `local` instead. Each list rises; it ends early at the first
     * id >= limit. out [n][stride], base [stride]. */
    void (*gather)(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *start,
                   const uint32_t *id, uint32_t limit, uint32_t n, real scale, const real *base, real *out);

    /* The same of w[id[k]] times value[k]. */
    void (*gather_valued)(const real *w, const real *local, uint32_t hot, size_t stride,
                          const uint32_t *start, const uint32_t *id, const float *value, uint32_t limit,
                          uint32_t n, real scale, const real *base, real *out);

    /* w[id[k]] += step * row for k < count: one bundle of a gradient. row [stride]. Rows of ids < hot are those of
     * `local` instead. */
    void (*scatter)(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                    real step, const real *row);

    /* Both for some cache lines of wide rows (REAL_WIDE) alone: reals line[j]*KERNEL_LINE …, j < lines. gather_lines:
     * of one position, with base 0 or, `add`, what is in out [stride]; ids as in scatter. */
    void (*gather_lines)(const real *w, const real *local, uint32_t hot, size_t stride, const uint32_t *id,
                         size_t count, const uint32_t *line, size_t lines, real scale, bool add, real *out);
    void (*scatter_lines)(real *w, real *local, uint32_t hot, size_t stride, const uint32_t *id, size_t count,
                          const uint32_t *line, size_t lines, real step, const real *row);

    /* w += local - base; local = base = w: what a worker did to its own copy (lib/learn/local_copies.h). All [n], a
     * multiple of REAL_LANES. */
    void (*merge)(real *w, real *local, real *base, size_t n);

    /* One block of an optimizer that divides by the root of a mean square (lib/optimizers/adam.c), as struct moments
     * says it. All [n], a multiple of REAL_LANES; where m is NULL, g stands for it. */
    void (*adapt)(real *w, real *m, real *v, const real *g, size_t n, const struct moments *c, real length);

    /* One block of delay compensation (lib/optimizers/delay_compensation.c), as struct delay_term says it: row = g +
     * what is added; or where `row` is NULL, w -= length * what is added. What gets 0 added keeps its bits, and a
     * product with a 0 in it is 0 however large g is. v moves before it is used; it may be NULL, and `row` may be
     * `seen`. All [n], a multiple of REAL_LANES. */
    void (*compensate)(real *row, real *w, const real *seen, real *v, const real *g, size_t n,
                       const struct delay_term *c, real length);

    /* x[k] = exp(x[k] - shift) for k < n (a multiple of REAL_LANES); 2 units in the last place; below
     * KERNEL_EXP_LEAST it is 0. */
    void (*exp)(real *x, size_t n, real shift);

    /* Inference on a linear chain: call it through lib/num/chain.h. The posterior is NaN, and the scores as
     * they were, when float's range does not suffice. */
    double (*posterior)(struct chain *c);
    double (*viterbi)(struct chain *c, uint32_t *y);

    /* Steps of lib/num/beam.h: call them through it.
     * beam_begin: exp(node) of all positions into the chain's marginal, each position's but for a factor of its own;
     * backward sums of the chain without pairs into beta; potential and, of pairs, base.
     * beam_step: the rows of the labels kept before position i; this one's kept labels and their forward sums.
     * Returns the weight, forward times looked ahead, of the best label.
     * beam_back: what comes back to the labels before position i; their rows and the marginals of i become
     * probabilities, and are added to `expected`.
     * beam_pairs: p(y_{i-1}, y_i) of pairs, from rows, into the lines listed; returns how many. */
    void (*beam_begin)(struct chain *c, struct beam *b);
    real (*beam_step)(struct chain *c, struct beam *b, uint32_t i, real least, uint32_t truth);
    void (*beam_back)(struct chain *c, struct beam *b, uint32_t i);
    uint32_t (*beam_pairs)(const struct chain *c, struct beam *b, uint32_t i, real faint, uint32_t before,
                           uint32_t truth);
};

/* The best table for this processor, or the one that the environment variable ASYNTRAIN_KERNEL names, if
 * the processor has it. */
const struct kernel *kernel_get(void);

/* All tables that this processor can run, ended by NULL; the last is the reference. */
const struct kernel *const *kernel_all(void);
extern const struct kernel kernel_reference;

/* Before a program trains: OpenBLAS, which is called inside our threads, starts none of its own, which would
 * oversubscribe. All of the process is told so, thus it is not for a library to do. */
void kernel_blas_alone(void);

/* Once in every thread before it computes: tiny numbers become 0, as no score depends on them and
 * arithmetic on them is slow. */
void kernel_thread_begin(void);

/* Euclidean norm squared of a vector, by OpenBLAS (single-threaded). */
double kernel_norm2(const real *x, size_t n);

/* C = A B of lib/num/product.h, without a base, or, transposed, C = A B' with B [n][k], by OpenBLAS (single-threaded):
 * for who compares, as networks have loops of their own (lib/num/dense.h). One of a_row and a_column is 1. */
void kernel_product(const struct product *p, bool transposed);

static inline void kernel_scale(real *x, size_t n, real factor)
{
    for (size_t k = 0; k < n; k++)
        x[k] *= factor;
}

/* The library that does it, and its version, in words. */
void kernel_library(char *words, size_t size);

#endif

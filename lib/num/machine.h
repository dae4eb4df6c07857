/* SPDX-License-Identifier: MIT
 *
 * machine: what this processor can do, as loops that do nothing else: move the rows that a pass of training touches,
 * and multiply and add. They serve a measurement alone (lib/train/limits.h). They share no code with struct kernel and
 * struct dense, so that a limit is not high because our own loops are slow. machine_isa.c is compiled once an
 * instruction set.
 */
#ifndef ASYNTRAIN_NUM_MACHINE_H
#define ASYNTRAIN_NUM_MACHINE_H

#include "lib/num/real.h"

#include <stddef.h>
#include <stdint.h>

struct machine {
    const char *name;

    /* out = sum over k < count of the rows id[k] of w: each is read once, from its beginning to its end. Rows are of
     * `stride` reals, a multiple of REAL_LANES, and 32-byte aligned. out [stride] */
    void (*gather)(const real *w, size_t stride, const uint32_t *id, size_t count, real *out);

    /* Row id[k] of w += row, for k < count: each is read and written once. row [stride] */
    void (*scatter)(real *w, size_t stride, const uint32_t *id, size_t count, const real *row);

    /* Multiply and add vectors in registers, `steps` times a few; returns how many operations on reals that were, where
     * a multiplication and an addition are two. */
    double (*multiply_add)(size_t steps);
};

/* The loops of the instruction set that kernel_get() is of. */
const struct machine *machine_get(void);

#endif

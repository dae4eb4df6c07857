/* SPDX-License-Identifier: MIT
 *
 * dense: the loops of recurrent networks, in a table of pointers beside struct kernel's (lib/num/kernel.h): the same
 * name, chosen with it. dense_isa.c and product_isa.c are compiled once an instruction set; dense_reference.c is the
 * textbook.
 *
 * A cell goes over a sentence x_1 … x_n. With v_g = x_t Wx_g + b_g, the input's part of gate g:
 *
 *     LSTM (Hochreiter & Schmidhuber 1997; forget gate: Gers 2000)           gates i f o g
 *         i, f, o = sigmoid(v + h_{t-1} Wh)    g = tanh(v + h_{t-1} Wh)
 *         c_t = f c_{t-1} + i g                h_t = o tanh(c_t)
 *     GRU (Cho 2014)                                                         gates r u c
 *         r, u = sigmoid(v + h_{t-1} Wh)       c = tanh(v + (r h_{t-1}) Wh)
 *         h_t = u h_{t-1} + (1 - u) c
 *     RNN (Elman 1990)                                                       gate c
 *         h_t = c = tanh(v + h_{t-1} Wh)
 *
 * h_0 = c_0 = 0. A network multiplies from the right, as a row of weights then belongs to the unit that it comes from:
 *
 *     full       Wh [H][G][S]   row (k, g): what h_k gives to gate g of all units
 *     diagonal   wh    [G][S]   what h_k gives to gate g of unit k alone
 *
 * with G gates, H units and S, a multiple of REAL_LANES, at least H: as groups of a layout, H columns each and
 * nothing but padding.
 */
#ifndef ASYNTRAIN_NUM_DENSE_H
#define ASYNTRAIN_NUM_DENSE_H

#include "lib/num/product.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dense_cell { DENSE_LSTM, DENSE_GRU, DENSE_RNN, DENSE_CELLS };

/* One direction of one layer over one sentence. Of h and dh a token's row is `pitch` reals from the next one's, so
 * that the directions of a layer may stand side by side. All rows are 32-byte aligned and 0 in their padding, and
 * stay so. */
struct recurrence {
    enum dense_cell cell;
    bool full;
    uint32_t n, hidden; /* tokens, 1 or more; H */
    size_t stride; /* S */
    size_t pitch; /* of h and dh, at least S */
    bool reverse; /* from the last token to the first; t-1 above is then the token after t */
    bool inference; /* backward is not to come, so z, c and t need not be what it wants */

    const real *wh; /* [H][G][S] or, diagonal, [G][S] */
    /* Diagonal: v = wx x + b is computed on the way where wx is not NULL. */
    const real *wx, *b; /* [G][S] */
    const real *x; /* [n][x_pitch] */
    size_t x_pitch;

    /* forward writes h; and z, c, t for backward, which overwrites them: */
    real *h; /* [n][pitch] */
    real *
        z; /* [n][G][S]  v where wx is NULL; then the gates; after backward, where wx is NULL, the derivative of v */
    real *c; /* [n][S]     LSTM: c_t; GRU: r h_{t-1}, which backward leaves as it is */
    real *t; /* [n][S]     LSTM: tanh c_t; GRU: room */

    /* backward: */
    real *dh; /* [n][pitch]  in: the derivative of h from above; may be overwritten */
    real *dwh; /* diagonal: as wh, out; full: the caller's matter, from h and z */
    real *dwx, *db; /* [G][S] out, where wx is not NULL */
    real *dx; /* [n][x_pitch] added to, where wx is not NULL */
};

/* One step of an LSTM for many sequences side by side, each of them a row; v + h_{t-1} Wh stands in z by then, made
 * by a product. Rooms are as in struct recurrence. */
struct dense_rows {
    size_t rows, stride, pitch; /* pitch: of h and dh */
    real *z; /* [rows][4][S]  the gates; after lstm_rows_back the derivative of v */
    real *h; /* [rows][pitch]  out */
    real *c, *t; /* [rows][S]  out */
    const real *c_before; /* [before][S]: c of the step before, which the first `before` rows have */
    size_t before;
    /* back: */
    real *dh; /* [rows][pitch] */
    const real *t_after; /* t of the step after, done already, which the first `after` rows have */
    size_t after;
};

struct dense {
    const char *name;

    /* x[k] = 1 / (1 + exp(-x[k])) for k < n, a multiple of REAL_LANES: 4 units in the last place; below -86 it may be
     * any number from 0 to 5e-38. NaN stays NaN, and the infinities go to the limits. */
    void (*sigmoid)(real *x, size_t n);

    /* x[k] = tanh(x[k]): 6 units in the last place, and an odd 0 stays 0. NaN and the infinities as above. */
    void (*tanh)(real *x, size_t n);

    /* C = base + A B, for the m tokens of a sentence or, with A and B the tokens' rows, for a matrix's derivative. */
    void (*product)(const struct product *p);

    /* C = base + A B', with B [n][k], k a multiple of REAL_LANES and n any number; a_column is 1. */
    void (*product_transposed)(const struct product *p);

    /* Before a product, or (`transposed`) a product_transposed, that is to be computed for m rows in all, at once or
     * some at a time: if that pays, B is copied to `to` [k][n] in the order in which the product reads it, and *p made
     * to read it there. Of p, A, base and C do not matter. n is any number; in `to` it is rounded up to REAL_LANES by
     * columns of 0, and *p then has that n. The weights may change meanwhile (RACY); the copy does not. */
    void (*pack)(struct product *p, bool transposed, real *to);

    /* A sentence there and back. Any number of threads may call these, each with rooms of its own; wh, wx and b may
     * be written meanwhile (RACY). */
    void (*forward)(const struct recurrence *r);
    void (*backward)(const struct recurrence *r);

    void (*lstm_rows)(const struct dense_rows *r);
    void (*lstm_rows_back)(const struct dense_rows *r);
};

/* The table that has the name of kernel_get(), and all in the order of kernel_all(), ended by NULL. */
const struct dense *dense_get(void);
const struct dense *const *dense_all(void);

static inline uint32_t dense_gates(enum dense_cell cell) /* G */
{
    return cell == DENSE_LSTM ? 4 : cell == DENSE_GRU ? 3 : 1;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * layer: one direction of a recurrent layer over the sequences of a pack (pack.h), and backpropagation through time
 * (Werbos 1990). The input's part of the gates, v = x Wx + b, is one product; then comes the loop of lib/num/dense.h.
 *
 *     Wx full      [W][G][S]   row (k, g): what input k gives to gate g of all units
 *     Wx diagonal  [P][G][S]   the input is P parts of S numbers; unit u has number u of each
 *
 * with W inputs, G gates, H units, S of layer_stride. "All weight matrices … are diagonal" (Sun 2016, 3.2).
 *
 * It has two callers: words in a sentence (network.c), and characters in a word (characters.c). Many characters are
 * equal, and in several sentences many words. So x has one row for all that are, and `source` names the row of x that a
 * row of the pack reads: the products with Wx are then over distinct rows alone.
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_LAYER_H
#define ASYNTRAIN_MODELS_BILSTM_LAYER_H

#include "lib/num/dense.h"
#include "models/bilstm/pack.h"

struct layer { /* constant */
    const struct dense *dense;
    enum dense_cell cell;
    bool full;
    uint32_t hidden, gates; /* H, G */
    size_t stride; /* S */
    size_t inputs; /* W */
    size_t used; /* full: of these, without the padding at their end; the rest is 0, and has no derivative */
    size_t x_pitch, h_pitch; /* from one row of x, and of h, to the next; diagonal: x_pitch = W */
    size_t wh_size; /* GRU, full: reals of the blocks of Wh, the last of which may have unused rows */
};

/* S. Rows [G][S] begin on cache lines, as kernels for wide registers want it. So with an even number of gates S is
 * that of whole vectors; else, and where S numbers stand by themselves, as in diagonal matrices, it is REAL_PAD. */
size_t layer_stride(uint32_t hidden, uint32_t gates, bool full);

struct layer_direction { /* a thread's memory for one direction, and the derivatives by its weights */
    const struct layer *layer;
    bool reverse; /* from the last row of a sequence to its first */
    uint32_t n; /* rows of the pack in hand */
    real *z, *c, *t; /* of all rows, as in struct recurrence (lib/num/dense.h) */
    real *
        v; /* [distinct][G][S] with `source`: what a row of x gives to the gates; after backward the derivative */
    real *packed; /* full: a matrix of weights, as products read it fastest */
    real *h_before; /* full: [n][S] h of the row before each, of several sequences */
    real *dwx, *dwh, *db; /* diagonal: as wx, wh, b; full: dwh of a GRU, and db */
    struct product input, recurrent; /* full: the derivatives by wx and, except for a GRU, by wh */
};

/* What a direction reads and writes, n rows of the pack. */
struct layer_rows {
    const struct pack *pack; /* diagonal: a single sequence; side by side: of an LSTM */
    uint32_t distinct; /* rows of x and dx, where there is a `source` */
    const uint32_t *source; /* [n] side by side: which row of x each row reads; NULL: its own */
    bool inference; /* no backward follows */
    const real *x; /* [n or distinct][x_pitch] */
    real *dx; /* likewise */
    /* [n][h_pitch], of this direction; of one sequence (pack_one) the row before the first and after the last is 0 */
    real *h;
    real *dh; /* [n][h_pitch] the loss's derivative by h; is overwritten */
};

struct layer_weights {
    const real *wx, *wh, *b; /* b [G][S] */
};

/* For at most so many rows in all. distinct: of x, where rows have a `source`; else 0. */
void layer_direction_init(struct layer_direction *d, const struct layer *l, bool reverse, size_t rows,
                          size_t distinct);
void layer_direction_free(struct layer_direction *d);

/* h from x. The weights may change meanwhile (RACY). Threads with directions of their own may call at once. */
void layer_forward(struct layer_direction *d, const struct layer_weights *w, const struct layer_rows *s);
/* After layer_forward, once: dx, which is added to where `add_to_dx`; and the derivatives by the weights as said
 * above. */
void layer_backward(struct layer_direction *d, const struct layer_weights *w, const struct layer_rows *s,
                    bool add_to_dx);
/* Multiply the derivatives by the weights by a factor. */
void layer_scale(struct layer_direction *d, real factor);

#endif

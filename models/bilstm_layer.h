/* SPDX-License-Identifier: MIT
 *
 * bilstm_layer: one direction of a recurrent layer over a sentence and back through time (Werbos 1990): the input's
 * part of the gates, v = x Wx + b, then the loop of lib/num/dense.h.
 *
 *     Wx full      [W][G][S]   row (k, g): what input k gives to gate g of all units
 *     Wx diagonal  [P][G][S]   the input is P parts of S numbers; unit u sees number u of each
 *
 * with W numbers in, G gates, H units, S = REAL_PAD(H). "All weight matrices … are diagonal" (Sun 2016, 3.2).
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_LAYER_H
#define ASYNTRAIN_MODELS_BILSTM_LAYER_H

#include "lib/num/dense.h"
#include "models/bilstm_pack.h"

struct layer { /* constant */
    enum dense_cell cell;
    bool full;
    uint32_t hidden, gates; /* H, G */
    size_t stride, width; /* S, W: what comes in, with its padding */
    size_t room; /* full: reals of wh's blocks, the last of which may have rows to spare */
};

struct direction { /* a thread's */
    const struct layer *layer;
    struct recurrence r;
    real *z, *c, *t; /* r's, of all tokens */
    real *dwx, *dwh, *db; /* diagonal: as wx, wh, b; full: dwh of a GRU, and b */
    struct product input, recurrent; /* full: the derivatives of wx and, but for a GRU, of wh */
    real *apart; /* full: [n][S] of several sentences h of the token before; 0 where there is none */
};

struct rows { /* what a direction reads and writes of a layer's rows, n of them in all */
    const struct pack *pack; /* of several sentences only where the layer is full */
    uint32_t n;
    bool inference; /* there is no way back */
    const real *x; /* [n][W] */
    real *dx; /* [n][W] */
    real *
        h; /* [n][2S], of this direction; of a single sentence a row before the first and after the last is 0 */
    real *dh; /* [n][2S] the loss's derivative by h; is overwritten */
};

struct matrices {
    const real *wx, *wh, *b; /* b [G][S] */
};

void direction_init(struct direction *d, const struct layer *layer, bool reverse, uint32_t longest);
void direction_free(struct direction *d);

/* h from x. The weights may change meanwhile (RACY). */
void direction_forward(struct direction *d, const struct matrices *w, const struct rows *s);
/* After it, once: dx, to which is added where `add`; and the derivatives of the weights as said above. */
void direction_backward(struct direction *d, const struct matrices *w, const struct rows *s, bool add);
/* All of those times a factor. */
void direction_scale(struct direction *d, real factor);

#endif

/* SPDX-License-Identifier: MIT
 *
 * limits: what bounds a pass of training with one thread on this machine, and how far from it a pass is.
 *
 * A model of features is bounded by its memory floor: the time to do nothing but read and write the rows of weights
 * that a pass touches. Sentence by sentence, in the order of the corpus, the rows of each token's features are gathered
 * (read and summed), then scattered (read, added to and written); there is no inference between. Bytes are those of the
 * rows, three times, and of the lists of features, twice. All rows that the model has for a feature count, also what a
 * pass leaves out: rows of small change (model.negligible) and, with rich edges, weights of improbable transitions
 * (model.prune). With these keys a pass may be faster than its floor. The loops are those of lib/num/machine.h; rows
 * are asked for ahead.
 *
 * A network is bounded by its products of matrices at the speed of OpenBLAS, which is measured for the sizes that the
 * model has. A matrix [k][n] needs 6 k n operations a token: multiply and add for the outputs, for the derivatives by
 * the inputs, and for those by the matrix. The first two are taken to have the same speed. Each token counts, though
 * training multiplies a row of the input once for all tokens of a batch that share it (models/bilstm/inside.h). Beside
 * OpenBLAS stand our own loops as training calls them: a matrix is packed once for all rows that meet it, and the
 * padding at the end of the inputs is left out.
 *
 * Seconds are of the processor. What is compared takes turns, after a round that is left out, as it meets cold memory.
 */
#ifndef ASYNTRAIN_TRAIN_LIMITS_H
#define ASYNTRAIN_TRAIN_LIMITS_H

#include "lib/num/product.h"
#include "lib/train/trainer.h"

#include <stdio.h>

struct limits_rows { /* what a pass touches of a group of rows: a list a bundle of lib/num/gradient.h */
    const uint32_t *id;
    uint32_t count, group;
};

struct limits_product { /* C [m][n] = A [m][k] B [k][n], and what it is in the gradient of a matrix */
    const struct matrix *matrix;
    bool gradient;
    size_t m, k, n;
    size_t packed_for; /* rows of A that B is packed for (struct dense.pack), m at a time; 0: it is not */
    double *blas, *own; /* [repeats] operations a second: OpenBLAS's, and that of lib/num/dense.h */
};

struct limits {
    struct trainer *trainer; /* borrowed */
    uint32_t asked, repeats; /* rounds: those that are complete, after limits_measure */
    double *floor, *pass; /* [repeats] seconds a pass: at the limit, and of training */
    /* of a model of features */
    struct limits_rows *list; /* [last[sentences - 1]] */
    size_t *last; /* [sentences] where the lists of a sentence end */
    uint64_t rows, bytes; /* of a pass; rows 0: it is a network */
    /* of a network */
    struct matrix matrix[PRODUCT_MATRICES];
    uint32_t nmatrices;
    struct limits_product
        product[2 * PRODUCT_MATRICES]; /* of each matrix the output, then the derivative by it */
    double operations; /* a token */
    double *peak; /* [repeats] operations a second in registers */
};

/* What a pass of this trainer consists of, which has a session of one thread. NULL and ERROR_USAGE where the model has
 * no limit that is known here. */
struct limits *limits_new(struct trainer *t, uint32_t repeats, struct error *e);
void limits_free(struct limits *l);

/* Measure, and train meanwhile. As benchmark_train, but divergence is an error. */
bool limits_measure(struct limits *l, struct error *e);

/* One floor pass over w [layout.size]; the weights stay as they are. */
void limits_touch(const struct limits *l, real *w);

void limits_print(const struct limits *l, FILE *out); /* tables in Markdown */

#endif

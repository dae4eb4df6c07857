/* SPDX-License-Identifier: MIT
 *
 * fold: which fold of a cross-validation a sentence, or a file, is in. Every K that follow each other are in K
 * different folds, in an order that is drawn for them alone (permuted blocks). So the folds partition the corpus, their
 * sizes differ by at most one, and nobody has to count the corpus first.
 *
 *     index   0 1 2 3 4 | 5 6 7 8 9 | 10 11        K = 5
 *     fold    3 1 5 2 4 | 2 3 1 4 5 |  4  1
 */
#ifndef ASYNTRAIN_DATA_FOLD_H
#define ASYNTRAIN_DATA_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#define FOLD_MOST 1000 /* folds */

struct fold {
    uint32_t of; /* folds, K; 0: there are none */
    uint32_t held; /* 1 … K: is left out of training, and tested on */
    bool files; /* whole files are what is in folds; else sentences */
    uint64_t seed;
    /* the block that was asked for last, from 1 on, and its order */
    uint64_t block;
    uint32_t order[FOLD_MOST];
};

/* The fold, 1 … K, of the sentence or file with this number, from 0 on. K > 0. One thread at a time. */
uint32_t fold_find(struct fold *f, uint64_t index);

#endif

/* SPDX-License-Identifier: MIT
 *
 * spelling: words as the numbers of their characters (code points), for models that look into words.
 *
 *     the ──> 3 7 0        naïve ──> 5 2 61 11 0        €: never met in training ──> count
 *
 * Numbers are in order of falling frequency in training (ties: first seen first), once spelling_order has said so.
 * Of a word longer than SPELLING_LONGEST characters the first SPELLING_LONGEST count, and no others.
 */
#ifndef ASYNTRAIN_DATA_SPELLING_H
#define ASYNTRAIN_DATA_SPELLING_H

#include "lib/data/vocab.h"

#define SPELLING_LONGEST 64

struct spelling {
    uint32_t column; /* of the training corpus: there the words are */
    struct vocab *characters; /* those of training, each as UTF-8; `count` of them */
    uint32_t *number; /* [code points] number + 1; 0: none. Memory as far as there are characters */
};

struct spelling *spelling_new(uint32_t column);
void spelling_free(struct spelling *s);

/* Add a character, as UTF-8. false: it is there already, or is not one character. */
bool spelling_add(struct spelling *s, struct span character);

/* The numbers of a well-formed word's characters into `out` [SPELLING_LONGEST]; how many. `learner`: the same spelling
 * where it learns (a new character gets a number), else NULL (it gets `count`); many may ask at once then. */
uint32_t spelling_spell(const struct spelling *s, struct spelling *learner, struct span word, uint32_t *out);

/* All of training is spelled: number the characters anew by their frequency in `ids` [n], which are changed, too. */
void spelling_order(struct spelling *s, uint32_t *ids, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * boundaries: what is known of the places between the characters of segmented text before it is decoded.
 *
 *     input      我 爱 h e l l o ␣ 北 京
 *     before it  ·  ·  · = = = = |  ·       OPEN · JOINED = (a run that is kept whole) CUT | (a blank)
 *
 * Both are soft: where a model has no label that fits (words of one character may have been none in training), the
 * character is left open, and the answer is mended.
 */
#ifndef ASYNTRAIN_LEARN_BOUNDARIES_H
#define ASYNTRAIN_LEARN_BOUNDARIES_H

#include "lib/data/scheme.h"
#include "lib/data/vocab.h"
#include "lib/num/chain.h"

enum boundary { BOUNDARY_OPEN, BOUNDARY_CUT, BOUNDARY_JOINED };

/* Which runs are kept whole: of letters (of scripts with capitals, full-width ones too), of digits and points between
 * them, both. In the order of the choices. */
#define BOUNDARIES_CHOICES "none|letters|digits|both"
enum whole { WHOLE_NONE, WHOLE_LETTERS, WHOLE_DIGITS, WHOLE_BOTH };
/* The choice of that name; false: there is none. */
bool boundaries_choice(const char *name, enum whole *whole);

/* at[i]: what is known of the place before character i of n, at[0] of nothing. Character i is cell[i * stride]. */
void boundaries_runs(enum whole whole, const struct span *cell, uint32_t stride, uint32_t n, uint8_t *at);
/* Where words end by the labels B M E S of the input, label[i * stride]: CUT, whatever stood there. */
void boundaries_cut(const struct span *label, uint32_t stride, uint32_t n, uint8_t *at);

/* What the labels of a model say of the places around them. Constant once made. */
struct boundaries;
struct boundaries *boundaries_new(const struct vocab *labels, enum scheme scheme);
void boundaries_free(struct boundaries *b);

/* Forbid in the chain the labels that contradict at [c->n]. Where none would be left to a character, runs are parted;
 * where even then none would be, it is left open. Returns the first that was left so, c->n if there is none. */
uint32_t boundaries_apply(const struct boundaries *b, const uint8_t *at, struct chain *c);

/* Add to the scores of character i's labels that agree with what stands before and after it (enum boundary). */
void boundaries_favour(const struct boundaries *b, struct chain *c, uint32_t i, uint8_t before, uint8_t after,
                       real score);

/* Give the labels B M E S of an answer the boundaries that the model had no labels for. */
void boundaries_mend(const uint8_t *at, uint32_t n, struct span *label);

#endif

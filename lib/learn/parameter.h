/* SPDX-License-Identifier: MIT
 *
 * parameter: what each weight of a model is about, so that a model can be shown, exported and explained. A weight that
 * adds to the score of a label is of one of the first four kinds; the score of a labelling y (lib/num/chain.h) is their
 * sum
 *
 *     state       w of (feature f, label y_i)             for each node feature f of each token i
 *     transition  w of (y_{i-1}, y_i)                     for each token i > 0
 *     rich        w of (feature f, y_{i-1}, y_i)          for each node feature f of each token i > 0
 *     edge        w of (B feature f, y_{i-1}, y_i)        for each B feature f of each token i > 0
 *
 * where no weight is of the other kinds (a law holds every model to it). A node feature that stands with a value
 * (example.value) adds value times w. With the other kinds, the score is no such sum:
 *
 *     embedding   one number of the embedding of a node feature
 *     matrix      any other
 */
#ifndef ASYNTRAIN_LEARN_PARAMETER_H
#define ASYNTRAIN_LEARN_PARAMETER_H

#include <stddef.h>
#include <stdint.h>

#define PARAMETER_NONE UINT32_MAX

enum parameter_kind {
    PARAMETER_STATE,
    PARAMETER_TRANSITION,
    PARAMETER_RICH,
    PARAMETER_EDGE,
    PARAMETER_EMBEDDING,
    PARAMETER_MATRIX,
    PARAMETER_KINDS
};
extern const char *const parameter_names[PARAMETER_KINDS];

struct parameter {
    enum parameter_kind kind;
    uint32_t group; /* of the layout */
    uint32_t feature; /* id of a node feature (edge: of a B feature), or PARAMETER_NONE */
    uint32_t from, to; /* labels; embedding, matrix: row and column within the group */
    size_t index; /* in w */
};
typedef void parameter_visit(void *to, const struct parameter *p);

struct model;

/* Visit the weights of a group, block by block and row by row, with row and column in `from` and `to`. `feature`
 * [count] of each block, PARAMETER_NONE for none; or NULL: of no block. A part of the op `parameters`. */
void parameter_group(const struct model *m, uint32_t group, enum parameter_kind kind, const uint32_t *feature,
                     parameter_visit *visit, void *to);

#endif

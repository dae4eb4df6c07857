/* SPDX-License-Identifier: MIT
 *
 * bilstm_inside: what the files of the model bilstm do for each other: bilstm.c makes it, bilstm_scratch.c has a thread's
 * memory and finds the weights, bilstm_run.c goes there and back.
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_INSIDE_H
#define ASYNTRAIN_MODELS_BILSTM_INSIDE_H

#include "lib/num/chain.h"
#include "models/bilstm_characters.h"
#include "models/bilstm_input.h"
#include "models/bilstm_layer.h"
#include "models/bilstm_pack.h"

#define LAYERS 6
#define TOGETHER 2048 /* tokens: more gain nothing */
#define ABSENT UINT32_MAX /* a group that this model does not have */

enum { WX, WH, B, PARTS }; /* the weights of a direction */
struct bilstm {
    struct model base;
    const struct kernel *kernel;
    struct input input;
    struct characters characters;
    uint32_t T, H, layers;
    size_t S; /* REAL_PAD(H) */
    struct layer layer[LAYERS];
    struct characters_part part[CHARACTERS_PARTS];
    uint32_t nparts, char_embedding, of_part[CHARACTERS_PARTS]; /* their groups */
    uint32_t group[LAYERS][2][PARTS], out_w, out_b, edge,
        universal; /* all groups from this one on are universal */
    uint32_t *number; /* 0, 1, 2 …: ids of blocks */
    double deviation, deviation_embedding, forget, clip, dropout;
    char name[LAYERS][2][PARTS][12];
};

struct scratch {
    const struct bilstm *model;
    struct chain chain; /* of a sentence */
    struct pack pack;
    struct rng *rng; /* [longest] of each sentence */
    real *logit; /* [longest][REAL_PAD(T)], then the loss's derivatives by them */
    real *edge; /* likewise by out.edge */
    struct input_room room;
    struct characters_scratch *characters;
    /* row 0 and the row after the last token frame h by zeros: h[l] is row 1 */
    real *rows[LAYERS], *h[LAYERS]; /* [longest+2][2S] */
    real *x[LAYERS + 1], *dx[LAYERS + 1]; /* [longest][W] what goes into a layer, the last into the output */
    real *mask[LAYERS + 1]; /* likewise, where there is dropout: 0 or 1 / (1 - p) */
    struct direction direction[LAYERS][2];
    struct product out; /* the derivative of out.w */
    real *out_b; /* [REAL_PAD(T)] */
    real *copy; /* universal groups, where they cannot be read in place */
    const real *at[LAYOUT_GROUPS]; /* where they are read */
    const real *part[CHARACTERS_PARTS]; /* those of characters */
    real *block; /* [the largest block] */
};

/* ---- bilstm.c */

bool bilstm_padding(const struct bilstm *m, uint32_t l,
                    size_t k); /* is number k that goes into layer l padding? */

/* ---- bilstm_scratch.c */

size_t bilstm_width(const struct bilstm *m, uint32_t l); /* of what goes into layer l, or the output */
void *bilstm_scratch_new(const struct model *base, struct capacity longest);
void bilstm_scratch_free(void *scratch);
/* Where each universal group is read: in w, or in the worker's own copy; or, where the scale is not 1, in a copy of the
 * scratch. */
void bilstm_find(const struct bilstm *m, const struct weights *w, struct scratch *s);
struct matrices bilstm_matrices(const struct bilstm *m, const struct scratch *s, uint32_t l, int side);
const real *const *bilstm_parts(const struct bilstm *m, struct scratch *s); /* of characters */

/* ---- bilstm_run.c: the ops of struct model_ops */

size_t bilstm_bundles(const struct model *base, struct capacity longest);
void bilstm_touch(const struct model *base, const struct example *z, struct gradient *g);
double bilstm_gradient(const struct model *base, const struct weights *w, const struct example *z,
                       struct gradient *g, void *scratch);
double bilstm_gradients(const struct model *base, const struct weights *w, const struct example *const *z,
                        const uint64_t *draw, uint32_t count, struct gradient *g, void *scratch);
struct chain *bilstm_lay(const struct model *base, const struct weights *w, const struct example *z,
                         void *scratch);

#endif

/* SPDX-License-Identifier: MIT
 *
 * inside: what the files of the model bilstm know of each other. model.c answers the trainer (struct model_ops), with
 * create.c (shape, groups, first weights), scratch.c (a thread's memory), network.c (forward and backward) and loss.c.
 * The parts stand below them and know no struct bilstm: embedding, characters, layer, sentences, pack.
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_INSIDE_H
#define ASYNTRAIN_MODELS_BILSTM_INSIDE_H

#include "lib/num/chain.h"
#include "models/bilstm/characters.h"
#include "models/bilstm/embedding.h"
#include "models/bilstm/layer.h"
#include "models/bilstm/sentences.h"

#define LAYERS 6
#define ABSENT UINT32_MAX /* a group that this model does not have */

enum { WX, WH, B, PARTS }; /* the groups of a direction */
#define NAME 12 /* bytes of a group's name */

extern const struct model_ops bilstm_ops;

struct bilstm { /* constant after bilstm_create */
    struct model base;
    const struct kernel *kernel;
    struct embedding embedding;
    struct characters characters;
    uint32_t T, H, layers;
    size_t S; /* REAL_PAD(H): from one direction's h to the other's, which model files show */
    struct layer layer[LAYERS];
    /* groups of the layout: the parts of x0 come first, then char_embedding */
    uint32_t char_embedding, char_group[2][PARTS]; /* characters: lstm, by direction */
    uint32_t filters, filter_bias; /* characters: cnn */
    uint32_t group[LAYERS][2][PARTS], out_w, out_b, edge; /* edge: or ABSENT */
    uint32_t universal; /* the first of the groups that every sentence reads: all from here on */
    uint32_t *number; /* 0, 1, 2 …: ids of blocks */
    double deviation, deviation_embedding, forget, clip, dropout;
    char name[LAYERS][2][PARTS][NAME], char_name[2][PARTS][NAME];
};

struct bilstm_scratch { /* n: longest.tokens */
    const struct bilstm *model;
    struct chain chain; /* of a sentence */
    struct sentences sentences; /* those in hand */
    struct rng *rng; /* [n] of each sentence */
    real *logit; /* [n][REAL_PAD(T)], then the loss's derivatives by them */
    real *edge; /* the loss's derivative by out.edge */
    struct embedding_lookup lookup;
    struct characters_scratch *characters;
    /* a row of zeros comes before the first token's and after the last one's: h[l] is row 1 */
    real *rows[LAYERS], *h[LAYERS]; /* [n+2][2S] */
    real *x[LAYERS + 1], *dx[LAYERS + 1]; /* [n][bilstm_width] what goes into a layer; the last: the output */
    real *mask[LAYERS + 1]; /* likewise, where there is dropout: 0 or 1 / (1 - p) */
    struct layer_direction direction[LAYERS][2];
    struct product out; /* the derivative by out.w */
    real *out_b; /* [REAL_PAD(T)] the derivative by out.b */
    real *copy; /* universal groups, where they cannot be read in place */
    const real *at[LAYOUT_GROUPS]; /* where universal groups are read */
    real *block; /* [the largest block] */
};

/* ---- create.c */

struct model *bilstm_create(const struct config *c, const struct space *space, struct error *e);
void bilstm_destroy(struct model *base);
void bilstm_init(const struct model *base, real *w, struct rng *r);
void bilstm_origins(const struct model *base, uint32_t group, const struct model *before,
                    const struct origins *o, uint32_t *row, uint32_t *column);
size_t bilstm_width(const struct bilstm *m, uint32_t l); /* of what goes into layer l, or the output */
bool bilstm_is_padding(const struct bilstm *m, uint32_t l, size_t k); /* is number k of what goes into l? */
static inline bool bilstm_has_characters(const struct bilstm *m)
{
    return m->characters.kind != CHARACTERS_NONE;
}

/* May tokens that read the same embeddings share a row of x0? Not if something else makes their rows differ. */
static inline bool bilstm_shares(const struct bilstm *m)
{
    return m->layer[0].full && m->layer[0].cell == DENSE_LSTM && !(m->dropout > 0) &&
           !bilstm_has_characters(m);
}

/* ---- scratch.c */

void *bilstm_scratch_new(const struct model *base, struct capacity longest);
void bilstm_scratch_free(void *scratch);
/* Where each universal group is read: in w, or in the worker's own copy; or, where the scale is not 1, in a copy of the
 * scratch. */
void bilstm_find_weights(const struct bilstm *m, const struct weights *w, struct bilstm_scratch *s);
/* The weights of a direction, whose groups are given, and of characters, once they are found. */
struct layer_weights bilstm_layer_weights(const struct bilstm_scratch *s, const uint32_t group[PARTS]);
struct characters_weights bilstm_characters_weights(const struct bilstm *m, const struct bilstm_scratch *s);

/* ---- network.c */

/* The logits of the sentences in hand. draw [sentences]; NULL: nothing is drawn, and no backward follows. */
void bilstm_forward(const struct bilstm *m, const struct weights *w, const uint64_t *draw,
                    struct bilstm_scratch *s);
/* After forward and loss: the derivatives by all weights. drawn: there was dropout. */
void bilstm_backward(const struct bilstm *m, struct bilstm_scratch *s, bool drawn);

/* ---- loss.c */

/* Put the scores of the k-th sentence of the pack into s->chain. */
void bilstm_fill_chain(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k);
/* Returns the loss of the sentences in hand, -log p(y|x); its derivatives replace the logits, and fill s->edge. */
double bilstm_loss(const struct bilstm *m, struct bilstm_scratch *s);

#endif

/* SPDX-License-Identifier: MIT
 *
 * characters: a vector for a token from the characters of its word, so that the network also sees into words that are
 * not in the training data.
 *
 *     lstm   c a t ──embedding──> a Bi-LSTM over the word ──> [h forwards at the last, h backwards at the first]
 *            (Lample et al. 2016, "Neural architectures for named entity recognition")
 *     cnn    c a t ──embedding──> filters of a few characters' width, zeros beside the word ──> the maximum of each
 *            filter over the word, then tanh (Ma and Hovy 2016, "End-to-end sequence labeling via bi-directional
 *            LSTM-CNNs-CRF"; with a nonlinearity, which they leave open)
 *
 * The Bi-LSTM is two directions of layer.h over a pack of words, side by side. The backward one is not a `reverse`
 * layer but a forward one over the words spelled backwards: the words then all begin in the first step, however long
 * they are, and the last h of a word has the same row in both directions.
 *
 * The first product, of embeddings with a matrix, has one row for each distinct character of a sentence, and so do the
 * derivatives by embeddings. The filters are no recurrence, so the CNN has that product and nothing else of a layer.
 *
 * The model owns the weights: it gives them to the functions here, and collects the derivatives by them from the
 * scratch.
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_CHARACTERS_H
#define ASYNTRAIN_MODELS_BILSTM_CHARACTERS_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"
#include "lib/learn/model.h"
#include "lib/num/kernel.h"
#include "models/bilstm/layer.h"

enum characters_kind { CHARACTERS_NONE, CHARACTERS_LSTM, CHARACTERS_CNN };

struct characters { /* constant */
    enum characters_kind kind;
    const struct kernel *kernel;
    const struct dense *dense;
    uint32_t count; /* distinct characters of the training data, and the unknown one, which is the last */
    uint32_t embedding; /* numbers of one */
    uint32_t hidden, window; /* units of a direction, or filters; characters that a filter sees */
    /* The rest follows from these. */
    size_t stride; /* layer_stride */
    size_t side_width; /* of the vector: from a direction's h to the other's */
    size_t width; /* of the vector, with padding; 0: no characters */
    struct layer layer; /* lstm */
};

struct characters_weights {
    struct layer_weights side[2]; /* lstm: forwards, backwards */
    const real *filters, *bias; /* cnn: [embedding][window][stride], [stride] */
};

/* Is number k of the vector padding? */
bool characters_is_padding(const struct characters *c, size_t k);

/* The model op `spelling`. */
const char *characters_spelling(const struct config *c);
/* As the configuration says (model.characters, characters_column …); ERROR_USAGE when the space has not spelled its
 * words. `padded`: each direction's part of the vector is padded as a row is. */
bool characters_init(struct characters *c, const struct config *config, const struct space *space,
                     bool padded, struct error *e);
/* What follows from the first members; a part of characters_init. */
void characters_shape(struct characters *c, bool padded);

/* A thread's. NULL where there are no characters; free takes it. */
struct characters_scratch;
struct characters_scratch *characters_scratch_new(const struct characters *c, struct capacity longest);
void characters_scratch_free(struct characters_scratch *s);

/* The vectors of z's tokens to out [n][pitch], `width` numbers each, 0 in the padding. The embeddings are `group` of l,
 * `count` blocks [1][embedding], at w. The other weights are those of `a`; all may change meanwhile (RACY). */
void characters_forward(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                        const struct layout *l, uint32_t group, const struct characters_weights *a,
                        const struct example *z, real *out, size_t pitch);
/* After it, once: from the loss's derivatives by these vectors, dout [n][pitch], the derivatives by all weights. */
void characters_backward(const struct characters *c, struct characters_scratch *s,
                         const struct characters_weights *a, const real *dout, size_t pitch);

/* The derivatives by the weights: those of a direction; by the filters as a product (lib/num/gradient.h), by the bias
 * [stride]; and by the embeddings, a bundle for each distinct character. `number`: 0, 1, 2 … */
const struct layer_direction *characters_direction(const struct characters_scratch *s, int side);
const struct product *characters_filters(const struct characters_scratch *s);
const real *characters_bias(const struct characters_scratch *s);
void characters_list(const struct characters *c, const struct characters_scratch *s, uint32_t group,
                     const uint32_t *number, struct gradient *g);
/* All derivatives times a factor. */
void characters_scale(const struct characters *c, struct characters_scratch *s, real factor);

/* The embeddings that z reads. */
void characters_list_blocks(const struct example *z, uint32_t group, struct gradient *g);
/* Bundles of each of the two lists, at most. */
size_t characters_bundles(const struct characters *c, struct capacity longest);

#endif

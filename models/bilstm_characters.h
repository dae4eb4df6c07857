/* SPDX-License-Identifier: MIT
 *
 * bilstm_characters: a vector for a token from the characters of its word, so that the network sees into words that
 * training has never met.
 *
 *     lstm   c a t ──embedding──> a Bi-LSTM over the word ──> [h forwards at the last, h backwards at the first]
 *            (Lample et al. 2016, "Neural architectures for named entity recognition")
 *     cnn    c a t ──embedding──> filters of a few characters' width, zeros beside the word ──> the most of each
 *            filter over the word, then tanh (Ma and Hovy 2016, "End-to-end sequence labeling via bi-directional
 *            LSTM-CNNs-CRF"; with a nonlinearity, which they leave open)
 *
 * The first product, of embeddings with a matrix, is made once for each different character of a sentence, and so are
 * the derivatives by them. The words of a sentence go through the LSTM side by side: those still running at a step are
 * the rows of one product, as they stand in falling order of length.
 *
 *     step 0   cat the on a
 *     step 1   cat the on
 *     step 2   cat the
 *
 * Weights are the model's matter: it gives this part its matrices, in the order of characters_parts; the derivatives by them
 * stand in the scratch (characters_slopes).
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_CHARACTERS_H
#define ASYNTRAIN_MODELS_BILSTM_CHARACTERS_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"
#include "lib/learn/model.h"
#include "lib/num/dense.h"
#include "lib/num/kernel.h"

enum characters_kind { CHARACTERS_NONE, CHARACTERS_LSTM, CHARACTERS_CNN };

/* A matrix, or a bias: `sources` inputs or units, what each gives in `rows` rows of the hidden units. */
struct characters_part {
    const char *name; /* of its group */
    uint32_t sources, rows;
    uint32_t inputs; /* of a unit: what its weights' deviation goes by; 0: a bias, which begins at 0 */
    bool forget; /* a bias whose row 1 is the forget gate's */
};
#define CHARACTERS_PARTS 6

struct characters { /* constant */
    enum characters_kind kind;
    const struct kernel *kernel;
    const struct dense *dense;
    uint32_t count; /* different ones, the unknown one included: it is the last */
    uint32_t embedding; /* numbers of one */
    uint32_t hidden, window; /* window: of the cnn */
    size_t lanes; /* REAL_PAD(hidden) */
    size_t apart; /* of the vector: from a direction's h to the other's */
    size_t width; /* all of it, with padding; 0: no characters */
};

/* Is number k of the vector padding? */
static inline bool characters_pad(const struct characters *c, size_t k)
{
    return k / c->apart >= (c->kind == CHARACTERS_LSTM ? 2 : 1) || k % c->apart >= c->hidden;
}

/* The model op `spelling`. */
const char *characters_spelling(const struct config *c);
/* As the configuration says (model.characters, characters_column …); ERROR_USAGE when the space has not spelled its words.
 * `padded`: each direction's part of the vector is padded as a row is. */
bool characters_init(struct characters *c, const struct config *config, const struct space *space,
                     bool padded, struct error *e);
/* The matrices, in their order; how many. Embeddings are a group beside them: `count` blocks [1][embedding]. */
uint32_t characters_parts(const struct characters *c, struct characters_part part[CHARACTERS_PARTS]);

/* A thread's. NULL where there are no characters; free takes it. */
struct characters_scratch;
struct characters_scratch *characters_scratch_new(const struct characters *c, struct capacity longest);
void characters_scratch_free(struct characters_scratch *s);

/* The vectors of z's tokens to out [n][pitch], `width` numbers each, 0 in the padding. `group`: the embeddings; matrix: the
 * parts, times the scale of w, which may change meanwhile (RACY). */
void characters_forward(const struct characters *c, struct characters_scratch *s, const struct weights *w,
                        const struct layout *l, uint32_t group, const real *const *matrix,
                        const struct example *z, real *out, size_t pitch);
/* After it, once: from the loss's derivatives by these vectors, dout [n][pitch], make those by embeddings and parts. */
void characters_backward(const struct characters *c, struct characters_scratch *s, const real *const *matrix,
                         const real *dout, size_t pitch);
/* The derivatives by the parts: of a bias the row, of a matrix a product (lib/num/gradient.h). */
struct characters_slope {
    real *row;
    struct product product;
};
const struct characters_slope *characters_slopes(const struct characters_scratch *s);
/* Those by the embeddings, a bundle for each different character. `number`: 0, 1, 2 … */
void characters_list(const struct characters *c, const struct characters_scratch *s, uint32_t group,
                     const uint32_t *number, struct gradient *g);
/* All derivatives times a factor. */
void characters_scale(const struct characters *c, struct characters_scratch *s, real factor);

/* The embeddings that z reads. So many bundles at most, of both lists. */
void characters_touch(const struct example *z, uint32_t group, struct gradient *g);
size_t characters_bundles(const struct characters *c, struct capacity longest);

#endif

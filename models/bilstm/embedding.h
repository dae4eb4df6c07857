/* SPDX-License-Identifier: MIT
 *
 * embedding: a token's features become the numbers that go into the first layer, x0. Each feature has a row of
 * weights, its embedding; a feature that is not in the training data has the row of its template line's unknown
 * feature. x0 is the sum of a token's rows, or their concatenation by template line.
 *
 *     sum           group embedding      [features + lines][D]     x0 [D]
 *     concatenate   group embedding.<k>  [features of line k + 1]  x0 [D_0 │ D_1 │ …], each part padded (REAL_PAD)
 *
 * So that unknown features are trained, too, a feature seen f times is replaced in training by the unknown one with
 * probability a/(a + f) (Kiperwasser and Goldberg 2016, "Simple and accurate dependency parsing …", 4.3).
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_EMBEDDING_H
#define ASYNTRAIN_MODELS_BILSTM_EMBEDDING_H

#include "lib/base/rng.h"
#include "lib/learn/model.h"

#define EMBEDDING_PARTS 24

struct embedding { /* constant */
    uint32_t features; /* all of them */
    uint32_t lines; /* distinct U lines of the template: one kind of feature each */
    uint32_t
        max_rows; /* of a token: features, one for each U line, and unknown ones, one for each of `lines` */
    uint32_t *line; /* [features] */
    uint32_t *row; /* [features] its block in its group */
    float *replaced; /* [features] probability that the unknown feature replaces it */
    uint32_t unknown[TEMPLATE_LINES]; /* [lines] the unknown feature's block */
    uint32_t part[TEMPLATE_LINES]; /* [lines] which part of x0 */
    uint32_t parts; /* groups 0 … parts-1 */
    uint32_t size[EMBEDDING_PARTS]; /* D of a part, … */
    size_t offset[EMBEDDING_PARTS]; /* … and its place in x0 */
    size_t width; /* of x0 */
    char name[EMBEDDING_PARTS][16];
};

/* Keys: model.embedding, embeddings, input, unknown. false and ERROR_USAGE. */
bool embedding_init(struct embedding *m, const struct config *c, const struct space *space, struct error *e);
void embedding_free(struct embedding *m);
void embedding_add_groups(struct embedding *m, uint32_t features,
                          struct layout *l); /* the first groups of l */
void embedding_draw(const struct embedding *m, const struct layout *l, real *w, real deviation,
                    struct rng *r);

/* As the model's op: which old rows do the rows of a part have? */
struct origins;
void embedding_origins(const struct embedding *m, uint32_t part, const struct embedding *old,
                       const struct origins *o, uint32_t *row);

/* The group of a feature's block. */
static inline uint32_t embedding_group(const struct embedding *m, uint32_t feature)
{
    return m->part[m->line[feature]];
}

struct embedding_lookup { /* a thread's: what the example in hand reads, and the rows of x0 that it has */
    uint32_t *start; /* [longest+1] where those of a token begin */
    uint32_t *row, *part; /* [longest*max_rows] */
    uint32_t rows; /* of x0 */
    uint32_t *token; /* [rows] whose row it is: of several tokens the first */
    uint32_t *source; /* [n] the row of x0 that each token has */
    uint32_t *table; /* [slots] a hash table: 1 + the row of x0 */
    uint32_t slots; /* a power of 2 */
};
void embedding_lookup_init(struct embedding_lookup *u, const struct embedding *m, uint32_t longest);
void embedding_lookup_free(struct embedding_lookup *u);

/* x0 [rows][pitch], the padding of its parts 0: a row a token; or, `shared`, one for all tokens that read the same.
 * Token t draws from rng[index[t]]; NULL: no feature is replaced. The weights may change meanwhile (RACY). */
void embedding_forward(const struct embedding *m, const struct layout *l, const struct weights *w,
                       const struct example *z, struct rng *rng, const uint32_t *index, bool shared,
                       struct embedding_lookup *u, real *x, size_t pitch);
/* After it: bundles of the loss's derivatives by x0, dx [rows][pitch]. `number`: 0, 1, 2 … */
void embedding_list(const struct embedding *m, const struct embedding_lookup *u, const uint32_t *number,
                    const real *dx, size_t pitch, struct gradient *g);
/* The blocks that embedding_forward may read, whatever is drawn. */
void embedding_list_blocks(const struct embedding *m, const struct example *z, const uint32_t *number,
                           struct gradient *g);

#endif

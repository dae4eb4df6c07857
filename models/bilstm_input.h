/* SPDX-License-Identifier: MIT
 *
 * bilstm_input: a token's features become the numbers that go into the first layer. A feature has a row of its own, its
 * embedding, and what training has never seen that of its template line's unknown feature; their sum, or those of one
 * line beside those of the next, is x0.
 *
 *     sum           group embedding      [features + lines][D]     x0 [D]
 *     concatenate   group embedding.<k>  [features of line k + 1]  x0 [D_0 │ D_1 │ …], each part padded (REAL_PAD)
 *
 * So that unknown features are known when they come, in training a feature seen f times is taken for unknown with
 * probability a/(a + f) (Kiperwasser and Goldberg 2016, "Simple and accurate dependency parsing …", 4.3).
 */
#ifndef ASYNTRAIN_MODELS_BILSTM_INPUT_H
#define ASYNTRAIN_MODELS_BILSTM_INPUT_H

#include "lib/base/rng.h"
#include "lib/learn/model.h"

#define INPUT_PARTS 24

struct input { /* constant */
    uint32_t lines; /* U lines of the template that can be told apart: one kind of feature each */
    uint32_t capacity; /* U lines, so features of a token at most; + lines */
    uint32_t *line; /* [features] */
    uint32_t *row; /* [features] its block in its group */
    float *replaced; /* [features] probability to be taken for unknown */
    uint32_t unknown[TEMPLATE_LINES]; /* [lines] the unknown feature's block */
    uint32_t part[TEMPLATE_LINES]; /* [lines] which part of x0 */
    uint32_t parts; /* groups 0 … parts-1 */
    uint32_t size[INPUT_PARTS]; /* D of a part, … */
    size_t offset[INPUT_PARTS]; /* … where it stands in x0 */
    size_t width; /* of x0 */
    char name[INPUT_PARTS][16];
};

/* Sections: model.embedding, embeddings, input, unknown. false and ERROR_USAGE. */
bool input_init(struct input *in, const struct config *c, const struct space *space, struct error *e);
void input_free(struct input *in);
void input_groups(struct input *in, uint32_t features, struct layout *l); /* the first groups of l */
void input_draw(const struct input *in, const struct layout *l, real *w, real deviation, struct rng *r);

/* The block of a feature. */
static inline uint32_t input_group(const struct input *in, uint32_t feature)
{
    return in->part[in->line[feature]];
}

struct input_room { /* a thread's: what the sentence in hand looks up */
    uint32_t *start; /* [longest+1] */
    uint32_t *row, *part; /* [longest*capacity] */
};
void input_room_init(struct input_room *room, const struct input *in, uint32_t longest);
void input_room_free(struct input_room *room);

/* x0 [n][pitch], the padding of its parts 0. Token t draws from rng[who[t]]; NULL: nothing is taken for unknown. */
void input_lay(const struct input *in, const struct layout *l, const struct weights *w,
               const struct example *z, struct rng *rng, const uint32_t *who, struct input_room *room,
               real *x, size_t pitch);
/* After it: bundles of the loss's derivatives by x0, dx [n][pitch]. `number`: 0, 1, 2 … */
void input_list(const struct input *in, const struct input_room *room, uint32_t n, const uint32_t *number,
                const real *dx, size_t pitch, struct gradient *g);
/* The blocks that some draw may look up. */
void input_touch(const struct input *in, const struct example *z, const uint32_t *number, struct gradient *g);

#endif

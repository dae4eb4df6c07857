/* SPDX-License-Identifier: MIT
 *
 * dataset: a corpus as integers. Flat arrays owned by the dataset; an example is a window on them, so a
 * slice of a sentence is an example too (start + a, y + a, n = b - a).
 *
 *     start  0    19   38   57 …        one number a token (and a last one): where its ids begin in node
 *     node   │3 17 40 …│0 17 …│…        ids of its features, rising
 *     value  │.5 1 2 …│1 .1 …│…        what each stands with; none where all are 1 (format crfsuite)
 *     y      4    4    7                label, 0 … T-1; from T on: labels that training has never seen;
 *                                       EXAMPLE_OPEN: not known (corpus.open)
 *
 * Where a model wants words spelled (space->spelling), spelling_start and spelling have their characters' numbers, as
 * start and node have features.
 */
#ifndef ASYNTRAIN_DATA_DATASET_H
#define ASYNTRAIN_DATA_DATASET_H

#include "lib/data/corpus.h"
#include "lib/data/labels.h"
#include "lib/data/space.h"

#define EXAMPLE_OPEN UINT32_MAX /* a label that is not known */

/* What may stand at a token of a sentence whose labels are not all known. */
struct choice {
    const uint8_t *allowed; /* [T] labels; NULL: all */
    const uint8_t *follows; /* [T][T] transitions into the token (row: the label before); NULL: all */
};

struct example {
    uint32_t n;
    const uint32_t *start, *node; /* features of token i: node[start[i]] … node[start[i+1]-1] */
    const float *value; /* what they stand with, likewise; NULL: 1 */
    const uint32_t *edge_start, *edge; /* B features with macros, likewise (none at token 0) */
    const uint32_t *y; /* [n] gold labels */
    const uint32_t *spelling_start, *spelling; /* characters of token i, likewise; or NULL */
    const double *weight; /* how much it counts: of its loss and gradient; NULL: 1 */
    /* [n] in training, where labels are open: the labellings that agree with those given are the ones whose labels and
     * transitions are allowed, and there is one. NULL: y is all of them. */
    const struct choice *choice;
};

/* Is a label not known? */
static inline bool example_open(const struct example *z)
{
    bool any = false;
    for (uint32_t i = 0; !any && i < z->n; i++)
        any = z->y[i] == EXAMPLE_OPEN;
    return any;
}

static inline double example_weight(const struct example *z)
{
    return z->weight ? *z->weight : 1;
}

/* Is nothing said of its labels? */
static inline bool example_unlabelled(const struct example *z)
{
    bool known = !z->choice;
    for (uint32_t i = 0; !known && i < z->n; i++)
        known = z->choice[i].allowed || z->choice[i].follows;
    return !known;
}

/* Is every label known, or open whatever the others are? */
static inline bool example_free(const struct example *z)
{
    bool bound = false;
    for (uint32_t i = 0; z->choice && !bound && i < z->n; i++)
        bound = z->choice[i].follows || (z->y[i] == EXAMPLE_OPEN && z->choice[i].allowed);
    return !bound;
}

/* How much there is in one sentence. */
struct capacity {
    uint32_t tokens, characters; /* characters: of all tokens, where they are spelled */
    uint32_t values; /* features of all tokens, where they have values */
};

static inline struct capacity example_capacity(const struct example *z)
{
    return (struct capacity){z->n, z->spelling ? z->spelling_start[z->n] - z->spelling_start[0] : 0,
                             z->value ? z->start[z->n] - z->start[0] : 0};
}

static inline uint32_t capacity_longest(struct capacity e)
{
    return e.tokens > e.characters ? e.tokens : e.characters;
}

struct dataset {
    size_t count;
    struct example *example; /* [count] */
    size_t tokens;
    struct capacity longest; /* of each the most that a sentence has */
    uint32_t *first; /* [count+1] index of a sentence's first token */
    uint32_t *start, *node, *edge_start, *edge, *y;
    float *value; /* where `valued`: some value is not 1 */
    bool valued;
    double *weight; /* [count] of sentences in training; NULL: 1 */
    size_t weight_capacity;
    struct dataset_weights *weights; /* while training reads them; or NULL */
    uint32_t *spelling_start, *spelling; /* where space->spelling is; else NULL */
    struct vocab *unseen; /* labels T, T+1 … */
    struct vocab *cells; /* segmentation: the characters, … */
    uint32_t *cell; /* … [tokens], to show words; else NULL */
    /* Partial annotation: lib/data/dataset_open.c */
    size_t open; /* tokens whose label is open */
    struct vocab *given; /* labels of the files, where they are turned into others, … */
    uint32_t *as_given; /* … [tokens] in sentences with open labels, EXAMPLE_OPEN for these */
    struct choice *choice; /* [tokens] in training; or NULL */
    struct vocab *choices; /* what they point to */
    size_t example_capacity, first_capacity, start_capacity, edge_start_capacity, y_capacity, cell_capacity,
        node_capacity, edge_capacity, value_capacity, spelling_start_capacity, spelling_capacity,
        as_given_capacity;
    struct labels *labels; /* of the files that were read (not of segmented text) */
    struct cells *numbers; /* scratch: the values of one sentence */
    struct span *label; /* scratch: the model's labels of one sentence */
    struct pending *pending; /* scratch: features of a few tokens, … */
    struct vocab_query *query; /* … what they ask, … */
    uint32_t *key; /* … their keys, … */
    uint32_t *scratch; /* … and ids of one, with room to sort them */
    size_t label_capacity;
    struct valued *token; /* scratch: the features of one token that has values */
    size_t token_capacity;
};

/* Read the training corpus: learn the space and keep its sentences as integers. With a dev_fraction only
 * the sentences outside the development share, and with corpus.fold those outside the fold that is held out, which is
 * the test part. NULL and ERROR_CORPUS. `*space` is made. */
struct dataset *dataset_learn(const struct corpus *corpus, struct space **space, struct error *e);

enum dataset_part { DATASET_DEV, DATASET_TEST };
/* Read another part with a learned space. A part that the configuration does not have: NULL, e->kind 0. */
struct dataset *dataset_part(const struct corpus *corpus, const struct space *space, enum dataset_part part,
                             struct error *e);
/* Read files with a learned space (`eval`). */
struct dataset *dataset_read(const struct space *space, const char *const *paths, size_t npaths,
                             struct error *e);

/* One sentence at a time (`tag`): append it to an emptied dataset. `labelled`: its cells have the label
 * column. The cells of unlabelled sentences are those of training with the label column left out.
 * false and ERROR_CORPUS (the reader gives the place) when columns are missing. */
struct dataset *dataset_new(void);
void dataset_clear(struct dataset *d);
bool dataset_append(struct dataset *d, const struct space *space, const struct sentence *s, bool labelled,
                    const char *name, struct error *e);
void dataset_seal(struct dataset *d); /* after the last append: the examples' pointers are set */

void dataset_free(struct dataset *d);

/* What to warn of: odd labels of the files (lib/data/labels.h), and labels that training has not seen. The paths that
 * the dataset was read from must still be there. */
void dataset_warn(const struct dataset *d, const struct space *space, const struct labels_listener *listener);

/* What a corpus is, in words [DATASET_DESCRIPTION] that are the same for the same corpus and, but for chance, for no
 * other; likewise the labels and features that were learned from it. */
#define DATASET_DESCRIPTION 96
void dataset_describe(const struct dataset *d, char *text);
void space_describe(const struct space *s, char *text);

struct span dataset_label(const struct dataset *d, const struct space *space, uint32_t y);

/* The labels of sentence k in the scheme of the files, types renamed, into out [n]; {NULL, 0} where one is open. One
 * thread at a time, as lib/data/encoding.h. */
void dataset_gold(const struct dataset *d, const struct space *space, size_t k, struct span *out);

#endif

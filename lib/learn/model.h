/* SPDX-License-Identifier: MIT
 *
 * model: what is G? The contract between whoever trains and a model: what may be asked of a model, and
 * nothing more. A model is constant after create(); all that changes is in weights and scratch, which the
 * caller owns, so any number of threads may use one model.
 */
#ifndef ASYNTRAIN_LEARN_MODEL_H
#define ASYNTRAIN_LEARN_MODEL_H

#include "lib/base/config.h"
#include "lib/base/rng.h"
#include "lib/data/dataset.h"
#include "lib/data/space.h"
#include "lib/learn/parameter.h"
#include "lib/num/gradient.h"
#include "lib/num/layout.h"

/* The weights that count are scale * w: weight decay shrinks the one number instead of all of w
 * (Bottou 2010, "Large-scale machine learning with stochastic gradient descent", section 4). */
struct weights {
    const real *w;
    real scale;
    /* Where a worker has copies of its own (lib/learn/local_copies.h): blocks below hot[group] stand in `local`
     * instead, which is laid out as w. NULL: nowhere. */
    const real *local;
    const uint32_t *hot; /* [ngroups] */
};

struct chain;
struct matrix;
struct model;
struct origins;

/* A configuration of a model that the laws (tests/laws) are to hold for. */
struct model_variant {
    const char *name;
    const char *lines; /* of section `model`; every line but the first begins with two blanks */
    const char *template; /* the text of the file that features.template names; NULL: features with values */
    /* At this rate a few epochs are stable, and rounding does not grow into another run. > 0 */
    double rate;
    bool probabilities; /* the loss is -log p(y|x), so that exp(-loss) over all labellings sums to 1 */
};

struct model_ops {
    bool values; /* it knows features with values (example.value): it can read formats of attributes */
    const char *name, *summary; /* as in configurations; one line for `asyntrain list` */
    const struct key *keys; /* what may stand in section `model`; NULL: no more than its name */
    const struct model_variant *variants; /* for tests; ended by a row without a name */

    /* The key that says which column's words are to be spelled (lib/data/spelling.h), where the model is one that looks
     * into words; NULL: none. Asked before the corpora are read. The op itself is NULL where no such model is. */
    const char *(*spelling)(const struct config *c);

    /* Training and loading come through the same door. NULL and ERROR_USAGE. `space` is borrowed. */
    struct model *(*create)(const struct config *c, const struct space *space, struct error *e);
    void (*destroy)(struct model *m);

    void (*init)(const struct model *m, real *w, struct rng *r); /* w [layout.size], zeroed */
    /* Where in w the vector of a node feature stands, and how many reals it has. NULL: there are no embeddings. */
    real *(*feature_row)(const struct model *m, real *w, uint32_t feature, uint32_t *columns);

    /* Training goes on from `old`, a model of the same configuration on a part of this one's space: where do the
     * weights of `group` stand in the old group of that name? `row` [count * rows, of all blocks one after the other]
     * and `column` [columns] hold 0, 1, 2 … as far as the old group goes, then ORIGIN_NEW; they become the old numbers
     * of what is about features, characters or transitions (lib/learn/origins.h). NULL: nothing is. */
    void (*origins)(const struct model *m, uint32_t group, const struct model *old, const struct origins *o,
                    uint32_t *row, uint32_t *column);

    /* Visit every weight once, without padding, with what it is about (lib/learn/parameter.h). For who shows or exports
     * a model; training does not ask. NULL: the weights are about nothing that has a name. */
    void (*parameters)(const struct model *m, parameter_visit *visit, void *to);

    /* A worker's own memory for sentences of up to `longest`; later calls allocate nothing. */
    void *(*scratch_new)(const struct model *m, struct capacity longest);
    void (*scratch_free)(void *scratch);
    /* Bytes that scratch_new has reserved and a gradient will touch, at most. NULL: none. */
    size_t (*scratch_bytes)(const struct model *m, struct capacity longest);
    size_t (*max_bundles)(const struct model *m, struct capacity longest); /* at most in one gradient */

    /* The blocks that the gradient of z reads; it writes no others. Bundles without rows, at least as many of a group
     * as the gradient has; the ids of both live as long as model and dataset. */
    void (*list_blocks)(const struct model *m, const struct example *z, struct gradient *g);
    /* The gradient of the loss -log p(y|x) of one sample, times its weight (example.weight), at the given weights (by
     * scale * w), as bundles whose rows stand in scratch until the next call; returns that loss. A model may leave out
     * what is nearly 0 (model.prune); then both are nearly right. Cannot fail. w may change meanwhile (RACY). */
    double (*gradient)(const struct model *m, const struct weights *w, const struct example *z,
                       struct gradient *g, void *scratch);
    /* That of several samples, as many as there is room for in scratch and `g`, which are made for the extent of all
     * together: the sum of their gradients, and of their losses. draw[k] stands for g->draw. NULL: no such thing. */
    double (*gradients)(const struct model *m, const struct weights *w, const struct example *const *z,
                        const uint64_t *draw, uint32_t count, struct gradient *g, void *scratch);
    /* The greatest c for which the loss of z is known to be c-strongly convex in the weights, wherever they are; 0: it
     * is convex, and no more. Negative: it is not convex. NULL: that of no sample is. */
    double (*convexity)(const struct model *m, const struct example *z);
    /* Its matrices (lib/num/product.h) but those over characters, for who measures. Returns how many. NULL: none. */
    uint32_t (*matrices)(const struct model *m, struct matrix matrix[]);
    /* The scores of z in a chain of the scratch, valid until the scratch's next use: node, edge (zeros where
     * the model has no transitions) and pair, all of them written anew, so the caller may change them
     * (lib/num/constraint.h). Inference and decoding are the caller's. Cannot fail. */
    struct chain *(*score)(const struct model *m, const struct weights *w, const struct example *z,
                           void *scratch);
};

struct model { /* first member of every model */
    const struct model_ops *ops;
    uint32_t
        batch_tokens; /* so many tokens are best given to gradients() at once; 0: it is not to be called */
    struct layout layout;
};

#endif

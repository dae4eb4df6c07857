/* SPDX-License-Identifier: MIT
 *
 * optimizer: what does W do with G? It turns a gradient and a step length into a change of w.
 *
 * All optimizers here are lazy: a block that a sample does not touch is not moved, and neither is its state. Where
 * every block is touched at every step each is the textbook's dense one. (A catch-up that moves a block for the
 * steps it missed would have to come before R, and w would be written by readers.)
 *
 * Weight decay is the schedule's (lib/learn/schedule.h): the weights that count are S w. A direction that depends on
 * the gradient and the optimizer's own state alone knows nothing of S, so for most optimizers this is decoupled decay
 * (Loshchilov & Hutter 2019, "Decoupled weight decay regularization"); for one that is linear in the gradient, and
 * keeps no state, it is L2, exactly. An optimizer that computes w from its state, instead of changing it, has a
 * penalty of its own: S is 1 then.
 */
#ifndef ASYNTRAIN_LEARN_OPTIMIZER_H
#define ASYNTRAIN_LEARN_OPTIMIZER_H

#include "lib/base/config.h"
#include "lib/learn/state.h"
#include "lib/num/gradient.h"
#include "lib/num/layout.h"

struct optimizer;

struct step {
    /* The gradient, as the model made it; or a part of it, with one block or more. All parts of a step have its
     * number, and a block is in one of them. Every bundle has its row: products are made before. */
    const struct gradient *bundles;
    /* Not 0: the gradient is the mean of so many samples, and `bundles` are their sum, to be divided. */
    uint32_t mean_of;
    /* The gradient with each block once (lib/num/coalescer.h), divided already: bundles of one block, whose rows are
     * 0 in padding. May be NULL unless needs_sum. */
    struct gradient *blocks;
    /* Where the optimizer has needs_samples: of each of `blocks`, how many samples of the step have it. NULL: one. */
    const uint32_t *samples; /* [blocks->count] */
    real length; /* gamma, for w as it is stored: that of the step, over S (schedule.write) */
    /* Of the step, in the whole run; where the optimizer is one worker's own, among that worker's. */
    uint64_t number;
    uint32_t worker; /* whose gradient it is; 0 where the optimizer is that worker's own */
    /* Where the optimizer has needs_seen: the weights of each of `blocks` as R found them; rows and pointers are the
     * optimizer's to write over, and so are the pointers of `blocks` to rows. What counted then was scale_seen * seen,
     * what counts now is scale * w. NULL: nothing was written since R. */
    real **seen; /* [blocks->count], or NULL */
    real scale_seen, scale;
    /* Where a worker has copies of its own (lib/learn/local_copies.h): blocks below hot[group] are written in `local`
     * instead, which is laid out as w. NULL: nowhere. */
    real *local;
    const uint32_t *hot; /* [ngroups] */
};

/* Where the weights of a block stand that this step changes. */
static inline real *step_block(const struct step *s, real *w, const struct group *group, uint32_t number,
                               uint32_t id)
{
    return (s->local && id < s->hot[number] ? s->local : w) + group->offset + id * layout_block(group);
}

struct optimizer_ops {
    const char *name, *summary;
    const struct key *keys; /* what may stand in section `optimizer`, besides the schedule's keys */
    bool
        plain; /* a step is w <- w - gamma g, and no more: what theory of gradient descent says of steps holds */
    bool needs_sum; /* not linear in the gradient, or with state of a block: step wants step.blocks */
    bool needs_seen; /* compares w with what R found: step wants step.seen; it has needs_sum, too */
    /* It counts in how many samples a block stands: step wants step.samples; it has needs_sum, too. */
    bool needs_samples;
    /* Its step is as long for a derivative of nearly nothing as for any other: the model must leave none out. */
    bool needs_exact;
    /* The key of its own L2 penalty, which stands instead of the schedule's: l2.value must be 0. NULL: none. */
    const char *own_penalty;
    bool sparse; /* makes weights that are 0: models are saved without blocks of zeros */
    /* What to lower besides the rate where training diverges, " or KEY"; NULL: nothing. */
    const char *divergence_hint;

    /* Keys have been checked one by one; NULL and `e` where they do not go together. */
    struct optimizer *(*create)(const struct config *c, const struct layout *layout, struct error *e);
    void (*destroy)(struct optimizer *o);
    /* Make what there is for each worker that uses this optimizer. Once, before the first step; NULL where that is
     * nothing. */
    void (*prepare)(struct optimizer *o, uint32_t workers);

    /* Change w (the shared, unscaled vector of lib/learn/model.h) by one gradient, or by a part of it. Padding of w
     * and of the optimizer's own vectors stays 0. Allocates nothing. Any number of threads may be in it at once; w
     * and the optimizer's own state are then written without locks (RACY). */
    void (*step)(struct optimizer *o, real *w, const struct step *s);

    /* At the end of an epoch, when no worker runs: where w is computed from the state, compute it anew, for threads may
     * have met and copies been merged. What an epoch without either left must not change. NULL: w is as it is. */
    void (*settle)(struct optimizer *o, real *w);

    /* Between epochs: list what later steps depend on; NULL: nothing. After prepare. */
    void (*state)(struct optimizer *o, struct state_list *list);
    size_t (*memory_bytes)(const struct optimizer *o); /* that steps will still touch, at most; NULL: none */
};

struct optimizer { /* first member of every optimizer */
    const struct optimizer_ops *ops;
    size_t steps; /* of an epoch; the session says it before the first step */
    bool
        lossless; /* an update is never lost, whoever else writes the block: for who wants that, at any price */
};

extern const struct optimizer_ops *const optimizer_table[]; /* ended by NULL: add a line there */

#endif

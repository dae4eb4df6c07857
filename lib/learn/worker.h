/* SPDX-License-Identifier: MIT
 *
 * worker: one share of a session, and the three verbs. Every function here is called by the thread that runs the
 * worker; or by another, where the engine orders them (a mini-batch that one thread writes).
 *
 *     worker_read(k, s);                                            R
 *     const struct gradient *g = worker_gradient(k, s, z);          G
 *     worker_write(k, s, g, write_at(k->ticket));                   W
 *
 * A gradient is a value: its rows stand in the scratch of the model until the next G of a worker with that scratch.
 */
#ifndef ASYNTRAIN_LEARN_WORKER_H
#define ASYNTRAIN_LEARN_WORKER_H

#include "lib/learn/session.h"
#include "lib/learn/stage.h"
#include "lib/num/coalescer.h"

#define LONG_PRODUCT 64 /* tokens, from which on … */
#define BLOCKS_AT_ONCE 32 /* … so many blocks of a product are made at once */

/* Does W pack the B of a product over so many tokens, whose matrix has so many blocks? If it reads B more than once. */
static inline bool worker_packs(size_t tokens, uint32_t blocks)
{
    return tokens >= LONG_PRODUCT && blocks > BLOCKS_AT_ONCE;
}

struct accumulation;

struct worker {
    uint32_t id, thread;
    size_t next, end; /* tickets that are taken and not yet used */
    size_t ticket; /* of the sample in hand: its number within the epoch */
    const struct example *sample; /* that of the ticket */
    real *w; /* [layout.size] what R and W are of: the session's, or the worker's own */
    struct optimizer *optimizer; /* the session's, or the worker's own */
    char name[24], owner[24]; /* what its state, and that of its own optimizer, is listed under */
    struct weights view; /* what R sees */
    struct gradient gradient; /* what G made */
    struct local_copy local; /* of hot blocks, where writes go to local copies */
    struct coalescer
        *coalescer; /* sums the rows of a block, for who needs that; or NULL. Virtual workers have one */
    struct gradient *coalesced; /* the sum for the optimizer, where it was made before W; or NULL */
    real *block; /* [some blocks] of a product, while they are written */
    struct product
        packed; /* the last long product written, with B in the order in which its blocks read it, … */
    const real *packed_of; /* … its B as it was; NULL: there is none in this step */
    real *packed_room; /* [tokens][columns] */
    bool backwards; /* products are written from the last block to the first */
    real *rows; /* all products of a gradient as rows, for who needs them. Virtual workers have one */
    struct snapshot found; /* what R found, where the session keeps it */
    real **found_row; /* [reach.blocks] its rows, by the blocks of the gradient */
    struct stage *stage; /* where R copies weights to, and G reads them; NULL: G reads w */
    struct accumulation *accumulation; /* gradients saved up for one step; NULL: each is a step */
    void *scratch; /* the model's. Virtual workers have one */
    struct moment moment; /* what probes are told */
    uint64_t gradients; /* made in the epoch */
    double loss; /* sum over the epoch */
    double wall, cpu; /* seconds of the epoch */
};

/* How a gradient is written. */
struct write {
    size_t step; /* the ticket whose rate and number the step has */
    size_t last; /* the ticket that w has come to: its S counts (lib/learn/schedule.h) */
    uint32_t mean_of; /* the gradient is the sum of so many, and their mean is to be written; 0: as it is */
};
static inline struct write write_at(size_t step)
{
    return (struct write){step, step, 0};
}

/* `o`: the session's optimizer, or another, for this worker alone and destroyed with it. */
struct worker *worker_new(const struct session *s, uint32_t id, struct optimizer *o);
void worker_free(struct worker *k, const struct session *s);
size_t worker_memory_bytes(const struct session *s); /* that all workers will still touch, at most */

void worker_begin(struct worker *k,
                  struct session *s); /* first in an epoch: pin, clocks, own weights, copies */
void worker_end(struct worker *k, struct session *s); /* last in an epoch */

/* R: before the step of the ticket in hand, or before another. */
void worker_read(struct worker *k, struct session *s);
void worker_read_at(struct worker *k, struct session *s, size_t step);
void worker_read_several(struct worker *k, struct session *s,
                         uint32_t samples); /* whose G is one; none is in hand */
const struct gradient *worker_gradient(struct worker *k, struct session *s, const struct example *z); /* G */
void worker_write(struct worker *k, struct session *s, const struct gradient *g, struct write how); /* W */

/* Instead of W: the gradient in hand is part of a later one; `handed`: of another worker's. */
void worker_join(struct worker *k, struct session *s, bool handed);

/* G is to read this vector, which is laid out as w, in place of w: what the engine has copied since R. */
void worker_read_from(struct worker *k, const real *w);
/* The gradient in hand was copied to `g`, and stays there until W. */
void worker_gradient_moved(struct worker *k, const struct gradient *g);
/* BLOCK_LOAD or BLOCK_STORE of a block, numbered among all: W is events of single blocks. */
void worker_block(struct worker *k, struct session *s, enum moment_kind at, uint32_t block);

/* Before W, for who waits with it: sum up the blocks of the gradient in hand, if the optimizer wants that. Nothing uses
 * the worker's scratch until W. */
void worker_coalesce(struct worker *k, struct session *s);

/* W in parts: between begin and end any vector that is laid out as w gets the step, by parts `part` of the gradient,
 * each block once (with all its bundles). `seen`: of each of these blocks the weights that R found, to be written
 * over. */
void worker_write_begin(struct worker *k, struct session *s, const struct gradient *g, struct write how);
void worker_write_part(struct worker *k, struct session *s, real *w, const struct gradient *part, real **seen,
                       struct write how);
void worker_write_end(struct worker *k, struct session *s, const struct gradient *g);

#endif

/* SPDX-License-Identifier: MIT
 *
 * engine: who does R, G, W, and when? A session is everything one training run works on; a worker is one
 * thread's share of it; the three verbs are the only way from one to the other, and tracker, audit
 * and trace hang on them and nowhere else. An engine arranges the verbs and knows neither model nor
 * optimizer.
 */
#ifndef ASYNTRAIN_LEARN_ENGINE_H
#define ASYNTRAIN_LEARN_ENGINE_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"
#include "lib/data/slice.h"
#include "lib/learn/local_copies.h"
#include "lib/learn/model.h"
#include "lib/learn/optimizer.h"
#include "lib/learn/schedule.h"
#include "lib/learn/snapshot.h"
#include "lib/learn/stage.h"
#include "lib/num/accumulator.h"
#include "lib/num/coalescer.h"
#include "lib/probes/audit.h"
#include "lib/probes/record.h"
#include "lib/probes/trace.h"
#include "lib/probes/tracker.h"

#include <stdatomic.h>

struct session;

struct engine_ops {
    const char *name, *summary;
    const struct key *keys; /* what may stand in section `engine`, besides the common keys */
    bool parallel; /* may have more than one thread */
    bool accumulates; /* engine.accumulate may be more than 1 */
    bool combines; /* may combine the writes of hot blocks: `keys` are local_copies_keys */
    const char *workers; /* the key with their number; NULL: engine.threads, a thread each */
    /* Samples of consecutive tickets that its workers make one step of. NULL: engine.accumulate of them where there is
     * one worker; and where more take tickets of their own accord, a step's samples are not consecutive. */
    struct batch (*batch)(const struct config *c, uint32_t nworkers);
    /* Make session.local, what the engine needs besides; either NULL where that is nothing. The workers are
     * there. ERROR_USAGE. `destroy` is called whenever session.local is not NULL. */
    bool (*create)(struct session *s, const struct config *c, struct error *e);
    void (*destroy)(void *state);
    void (*epoch)(struct session *s); /* one epoch; allocates nothing */
    /* Can so many epochs be made? ERROR_CORPUS where they are read from a file that has fewer. NULL: any number. */
    bool (*suffices)(const struct session *s, uint32_t epochs, struct error *e);
};
extern const struct engine_ops *const engine_table[]; /* ended by NULL: add a line for a new engine */
extern const struct key engine_keys[]; /* common to all engines */

struct worker {
    uint32_t id;
    size_t next, end; /* tickets that are taken and not yet used */
    size_t ticket; /* of the sample in hand: its number within the epoch */
    size_t step; /* R comes before it and W makes it: the ticket, unless the engine says otherwise */
    struct trace_entry *traced; /* where the times of that sample are noted down; or NULL */
    struct trace_entry *traced_waiting; /* likewise of samples whose gradients wait for the next W: a list */
    const struct example *sample; /* that of the ticket */
    struct weights view; /* what R sees */
    struct gradient grad; /* what G made */
    struct local_copy local; /* hot blocks, where writes are combined */
    struct coalescer *sum; /* makes of it what the rule needs; or NULL: it takes it as it is */
    struct accumulator *pile; /* gradients saved up for one step; NULL: each is a step */
    const struct gradient *piled_up; /* their sum, once it is written */
    real *block; /* [some blocks] of a product, while they are written */
    bool turn; /* products are written from the last block to the first */
    real *fill; /* a host's: all of them, for who needs rows */
    size_t pile_first, pile_step; /* steps of the first and the last of them */
    uint32_t piled;
    real pile_factor; /* of each, where their mean is wanted */
    bool waits; /* the sample in hand waits for others (lib/learn/worker_pile.c), … */
    const struct example **waiting; /* … these, … */
    uint64_t *waiting_draw;
    uint32_t nwaiting;
    struct capacity waiting_capacity; /* … of this extent together */
    struct snapshot seen; /* what R found, for a rule with needs_seen or where the engine is piecemeal */
    real **row; /* [reach.blocks] its rows, by the blocks of the gradient */
    bool still; /* nobody writes between my R and my W, so there is nothing to look back at */
    struct stage *stage; /* R copies to it what the sample touches, and G reads it there; NULL: G reads w */
    struct gradient *prepared; /* the sum for the rule, where it was made before W; or NULL */
    bool piecemeal; /* the engine does R and W block by block: it keeps what R found itself, in `seen` */
    void *scratch; /* the model's */
    struct worker
        *host; /* whose scratch and sum these are: virtual workers use those of their thread's first one */
    struct worker *guest; /* a host's: the worker whose rows stand in the scratch; or NULL */
    real *room; /* a virtual worker's: where it holds its rows when another needs the scratch */
    uint32_t
        mean_of; /* the gradient in hand is the sum of so many, and their mean is to be written; 0: the sum */
    double loss; /* sum over the epoch */
    double wall, cpu; /* seconds of the epoch */
};

struct session {
    const struct engine_ops *engine;
    void *engine_state; /* the engine's, or NULL */
    const struct model *model;
    struct optimizer *optimizer;
    const struct dataset *data;
    struct slice slice; /* how its sentences become samples */
    const struct example *sample; /* [nsamples] what an epoch goes over: the slice's */
    size_t nsamples;
    real *w; /* [model->layout.size] shared by all workers: schedule.scale * w counts */
    struct schedule schedule;
    struct tracker tracker;
    struct trace trace;
    struct audit audit;
    struct local_copies combine;
    struct record record; /* the order of R and W */
    struct reach
        reach; /* of a sample, at most; 0 where no worker is virtual and the rule has no needs_seen */
    uint32_t accumulate; /* samples of a worker that make one step */
    bool together; /* … and the model makes their gradients at once */
    struct capacity capacity; /* of what the model is given at once, at most */
    bool in_rows; /* gradients are made rows at once: engine or rule do more with them than to write them */
    bool uniform, pin; /* sampling with replacement; one core a worker */
    uint64_t seed;
    uint32_t epoch; /* epochs done */
    uint32_t *order; /* [nsamples] samples of this epoch by ticket */
    uint32_t nthreads; /* that run the workers: as many, or 1 where they are virtual */
    uint32_t nworkers;
    struct worker **worker; /* [nworkers], each on cache lines of its own */
    size_t planned_bytes; /* bytes that epochs will touch, at most, and that are not touched yet */
    uint32_t team; /* workers that really ran: fewer is a fault of the system's */
    uint32_t ticket_batch; /* tickets that are taken at once */
    _Alignas(64) _Atomic size_t cursor; /* the next ticket */
};

/* Read the sections `engine` and `optimizer` and run.slice, make the optimizer and the workers; w is zeroed
 * and initialised by the model. ERROR_USAGE. All parameters are borrowed. */
struct session *session_new(const struct config *c, const struct engine_ops *engine,
                            const struct optimizer_ops *rule, const struct model *model,
                            const struct dataset *data, uint64_t seed, struct error *e);
/* A session to try a rate with: as `s`, new, with one worker, on `data` (some sentences of its dataset); a
 * sample's share of the penalty is as in `s`, so are the weights, and so many samples make a step, by sum or mean.
 * `rate` is one that schedule_takes. `c` is that of `s`, so that nothing can fail which has not failed there. */
struct session *session_trial(const struct session *s, const struct config *c, const struct dataset *data,
                              double rate);
void session_free(struct session *s);

/* Can so many epochs be made with it? ERROR_CORPUS. */
bool session_suffices(const struct session *s, uint32_t epochs, struct error *e);

/* Around the epochs of a run whose files are wanted: open what is written besides (engine.record), after an epoch see
 * whether it could be written, and let it appear. ERROR_IO. Without the first nothing is written; without the last an
 * older file stays. */
bool session_open(struct session *s, struct error *e);
bool session_flush(struct session *s, struct error *e);
bool session_commit(struct session *s, struct error *e);

/* One epoch: cut the samples, draw the order, run the engine, advance the schedule. Returns the mean loss of a sample as it
 * was met; not finite when training diverged. */
double session_epoch(struct session *s);
/* What a model's random part in the gradient of a sample follows from (struct gradient): seed, epoch and sample; who makes
 * the gradient, and when, plays no part. Never 0. */
uint64_t session_draw(const struct session *s, uint32_t epoch, size_t sample);
struct weights session_weights(const struct session *s); /* between epochs */
void session_fold(struct session *s); /* make the scale 1; when training is over, or the scale tiny */

/* For the session. */
struct worker *worker_new(const struct session *s, uint32_t id);
void worker_free(struct worker *k, const struct session *s);

/* ---- for engines: the verbs, each called by the worker's own thread */

/* The next sample of the epoch, or NULL when all tickets are taken. Any number of workers at once. */
const struct example *session_take(struct session *s, struct worker *k);
/* The sample of a ticket, for engines that hand them out by a rule; NULL from nsamples on. */
const struct example *session_take_at(struct session *s, struct worker *k, size_t ticket);
void worker_begin(struct worker *k, struct session *s); /* first in an epoch: pin, clocks */
void worker_end(struct worker *k, struct session *s); /* last in an epoch */
void worker_read(struct worker *k, struct session *s); /* R */
void worker_gradient(struct worker *k, struct session *s, const struct example *z); /* G */
void worker_write(struct worker *k, struct session *s); /* W */
/* Before W, for who waits with it: what can be done of it without w. Nothing uses the worker's scratch until W. */
void worker_prepare(struct worker *k, struct session *s);
/* For a worker with a stage, before R: which weights the sample of that ticket touches. Those of the one in hand are
 * not needed any more but for what W finds on the stage. */
void worker_foresee(struct worker *k, const struct session *s, size_t ticket);
/* Squared norm of the gradient in hand, between G and W; for rules with needs_sum. */
double worker_norm2(struct worker *k, const struct session *s);
/* Instead of W: my gradient is part of a later one, another worker's or (engine.accumulate) my own. */
void worker_join(struct worker *k, struct session *s);

/* W in parts: between begin and end any vector that is laid out as w gets the step, by parts `g` of the gradient, each
 * block once (with all its bundles). `seen`: of each of these blocks the weights that R found, to be written over. */
void worker_write_begin(struct worker *k, struct session *s);
void worker_write_part(struct worker *k, struct session *s, real *w, const struct gradient *g, real **seen);
void worker_write_end(struct worker *k, struct session *s);
/* After G: the rows are to outlast the gradients of others that use the same scratch. (G sees to that by itself; this
 * is for who keeps pointers to rows.) */
void worker_hold(struct worker *k, struct session *s);

#endif

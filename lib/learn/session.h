/* SPDX-License-Identifier: MIT
 *
 * session: everything that one training run works on. The session owns w and the workers, hands out samples, and runs
 * epochs by its engine.
 */
#ifndef ASYNTRAIN_LEARN_SESSION_H
#define ASYNTRAIN_LEARN_SESSION_H

#include "lib/base/config.h"
#include "lib/data/dataset.h"
#include "lib/data/slice.h"
#include "lib/learn/local_copies.h"
#include "lib/learn/model.h"
#include "lib/learn/optimizer.h"
#include "lib/learn/pause.h"
#include "lib/learn/probes.h"
#include "lib/learn/schedule.h"
#include "lib/learn/snapshot.h"

#include <stdatomic.h>

#define WORKERS_MOST 4096 /* threads, at most */

struct engine_ops;
struct worker;

struct session {
    const struct engine_ops *engine; /* the chosen one, where a name stands for several */
    void *engine_state; /* the engine's, or NULL */
    const struct model *model;
    struct optimizer *optimizer; /* of all workers, or that of worker 0 */
    const struct dataset *data;
    struct slice slice; /* how its sentences become samples */
    const struct example *sample; /* [nsamples] what an epoch goes over: the slice's */
    size_t nsamples;
    real *w; /* [model->layout.size] shared by all workers: schedule.scale * w counts */
    struct schedule schedule;
    struct probes probes;
    struct local_copies local_copies;
    const real *optimum; /* w* [layout.size] that probes measure distances to; borrowed; NULL: none */
    struct reach reach; /* of a sample, at most; 0 where nothing copies weights or gradients */
    uint32_t accumulate; /* samples of a worker that make one step */
    bool batched; /* … and the model makes their gradients at once */
    struct capacity capacity; /* of what the model is given at once, at most */
    bool own_weights; /* each worker has a w and an optimizer of its own (engine_ops.own_weights) */
    bool in_rows; /* products become rows as soon as G is over: they are not written at once */
    bool keeps_found; /* workers keep the weights that R found, for an optimizer with needs_seen */
    bool uniform, pin; /* sampling with replacement; one core a worker */
    bool trial; /* of session_trial */
    uint64_t seed;
    uint32_t epoch; /* epochs done */
    uint32_t last; /* the run's last epoch, from 0; UINT32_MAX: not known, as at first */
    uint32_t *order; /* [nsamples] samples of this epoch by ticket */
    uint32_t nthreads; /* that run the workers: as many, or 1 where they are virtual */
    uint32_t nworkers;
    struct worker **worker; /* [nworkers], each on cache lines of its own */
    uint32_t team; /* workers that really ran: fewer is a fault of the system's */
    uint32_t ticket_batch; /* tickets that are taken at once */
    struct pause pause;
    _Alignas(64) _Atomic size_t cursor; /* the next ticket */
};

/* Read the sections `engine` and `optimizer` and run.slice, make the optimizer and the workers; w is zeroed
 * and initialised by the model. ERROR_USAGE. All parameters are borrowed. */
struct session *session_new(const struct config *c, const struct engine_ops *engine,
                            const struct optimizer_ops *optimizer, const struct model *model,
                            const struct dataset *data, uint64_t seed, struct error *e);
/* A session to try a rate with: as `of`, new, with one worker and without probes, on `data` (some sentences of its
 * dataset). A sample's share of the penalty is as in `of`, and so are the weights and the samples of a step. Of workers
 * with weights of their own it is one: each goes its way alone, so its rate must do for one.
 * `rate` is one that schedule_takes. `c` is that of `of`, so that nothing can fail which has not failed there. */
struct session *session_trial(const struct session *of, const struct config *c, const struct dataset *data,
                              double rate);
void session_free(struct session *s);

/* Can so many epochs be made and watched? ERROR_CORPUS, ERROR_USAGE. */
bool session_suffices(const struct session *s, uint32_t epochs, struct error *e);

/* One epoch: cut the samples, draw the order, run the engine, advance the schedule. Returns the mean loss of a sample
 * as it was met; not finite when training diverged. Where a pause is due, session.pause.broken is set: then the epoch
 * is not over, and what is returned is the loss so far. If pause.paused is set as well, the next call goes on with it;
 * else nothing can be made of the session any more. */
double session_epoch(struct session *s);
/* Another process is to go on. Of a new session that was given another's state (and pause.paused): make what follows
 * from it and is not listed, such as the order of samples. That begins the epoch: the state must be given once more. */
void session_reopen(struct session *s);
/* What a model's random part in the gradient of a sample follows from (struct gradient): seed, epoch and sample; who
 * makes the gradient, and when, plays no part. Never 0. */
uint64_t session_draw(const struct session *s, uint32_t epoch, size_t sample);
struct weights session_weights(const struct session *s); /* between epochs */
void session_fold(struct session *s); /* make the scale 1; when training is over, or the scale tiny */

/* What was counted of a worker in the last epoch. */
struct gradient_counts session_counts(const struct session *s, uint32_t worker);
/* All that later epochs depend on, but for what the configuration says; between epochs or in a pause. Of a session with
 * weights of the workers' own a paused one has more, so `pause.paused` must be set before another's list is made. */
void session_state(struct session *s, struct state_list *list);
/* Upper bound of memory that training will still touch, in bytes. */
size_t session_memory_bytes(const struct session *s);

/* The next sample of the epoch, or NULL when all tickets are taken or the epoch is to be broken off. Any number of
 * workers at once. */
const struct example *session_take(struct session *s, struct worker *k);
/* Must the worker, which is between two steps of its own, stop before this ticket? For engines that hand them out by a
 * rule; session_take asks by itself. */
bool session_breaks(struct session *s, size_t ticket);
/* The sample of a ticket, for engines that hand them out by a rule; NULL from nsamples on. */
const struct example *session_take_at(struct session *s, struct worker *k, size_t ticket);
/* Which ticket the worker is likely to take after the one in hand: its next gradient asks for that sample's weights. No
 * more than speed depends on it. session_take says it by itself, where it is known. */
void session_expect(const struct session *s, struct worker *k, size_t ticket);

#endif

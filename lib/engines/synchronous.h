/* SPDX-License-Identifier: MIT
 *
 * synchronous: threads that wait for each other, so that no gradient is ever in error: what one reads or writes, nobody
 * writes meanwhile. It is what AsynGrad is compared with. The key engine.policy names one of its engines:
 *
 *     round-robin   lib/engines/round_robin.c   threads take turns to write (Langford et al. 2009)
 *     rounds        lib/engines/rounds.c        all compute, then all write, one after another
 *     minibatch     lib/engines/minibatch.c     all compute, then one update is written (SSGD)
 *                   lib/engines/dc_ssgd.c       … with reduce compensate: a step of each (DC-SSGD)
 *
 * Ticket t is worker t mod k's. So seed and number of threads fix every bit, whoever is fast or slow.
 */
#ifndef ASYNTRAIN_ENGINES_SYNCHRONOUS_H
#define ASYNTRAIN_ENGINES_SYNCHRONOUS_H

#include "lib/learn/engine.h"

#include <stdatomic.h>

#define SYNCHRONOUS_NAME "synchronous"

extern const struct key synchronous_keys[];

/* How far the workers of an epoch are; first member of the state of each of these engines. */
struct progress {
    _Alignas(64) _Atomic size_t gradients; /* samples whose gradients are made, or whose first R is over */
    _Alignas(64) _Atomic size_t updates; /* samples whose W is over */
    _Atomic size_t stop; /* no sample from here on is for this part of the epoch */
    /* Of engines in rounds: what a worker does in the round of samples first … last - 1. */
    void (*part)(struct session *s, struct worker *k, size_t first, size_t last);
};

/* Wait until a counter has come so far. */
void synchronous_wait(_Atomic size_t *counter, size_t value);

/* An epoch of threads: each does `work` as one of a team of so many. */
void synchronous_epoch(struct session *s, void (*work)(struct session *s, struct worker *k, size_t team));

/* Does the worker go on with this ticket, or with the round that begins with it? Where the epoch is to be broken off,
 * all must stop at the same one: two turns of the team after who was told first. Nobody can be there before that worker
 * has made its gradient of this turn. */
bool synchronous_goes_on(struct session *s, size_t ticket, size_t team);

/* The same in rounds: samples first … first + team - 1, then the next, by progress.part. An entry of engine_ops. */
void synchronous_rounds(struct session *s);

/* Take the worker's sample of the round that begins with `first`, R and G of it, once all of the round before are
 * written. What is read are the weights before step `first`. */
const struct gradient *synchronous_gradient(struct session *s, struct worker *k, size_t first);

/* ERROR_USAGE where engine.record asks for an order of single reads and writes. */
bool synchronous_refuse_record(const struct config *c, struct error *e);

#endif

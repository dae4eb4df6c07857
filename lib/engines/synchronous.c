/* SPDX-License-Identifier: MIT */
#include "lib/engines/synchronous.h"

#include "lib/base/cpu.h"

#include <omp.h>
#include <string.h>

extern const struct engine_ops synchronous_ops, round_robin_ops, rounds_ops, minibatch_ops, dc_ssgd_ops;

const struct key synchronous_keys[] = {
    {"policy", KEY_CHOICE, 0, 0, "round-robin", "round-robin|rounds|minibatch",
     "who waits for whom\n"
     "round-robin: threads take turns to write; each reads again right after its write, and computes while "
     "others write (Langford et al. 2009)\n"
     "rounds: all compute, then all write, one after another\n"
     "minibatch: all compute, then one update is written"},
    {"reduce", KEY_CHOICE, 0, 0, "mean", "mean|sum|compensate",
     "what the optimizer gets from the gradients of a minibatch\n"
     "mean: their mean\n"
     "sum: their sum\n"
     "compensate: each by itself, for optimizer dc-c or dc-a (DC-SSGD)"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const struct engine_ops *choose(const struct config *c)
{
    const char *policy = config_string(c, "engine.policy");
    if (strcmp(config_string(c, "engine.reduce"), "compensate") == 0)
        return &dc_ssgd_ops;
    return strcmp(policy, "minibatch") == 0 ? &minibatch_ops
           : strcmp(policy, "rounds") == 0  ? &rounds_ops
                                            : &round_robin_ops;
}

void synchronous_wait(_Atomic size_t *counter, size_t value)
{
    for (unsigned tries = 0; atomic_load_explicit(counter, memory_order_acquire) < value; tries++)
        cpu_wait(tries);
}

void synchronous_epoch(struct session *s, void (*work)(struct session *s, struct worker *k, size_t team))
{
    struct progress *p = s->engine_state;
    const size_t begin = s->pause.paused ? s->cursor : 0;
    atomic_store(&p->gradients, begin);
    atomic_store(&p->updates, begin);
    atomic_store(&p->stop, s->nsamples);
#pragma omp parallel num_threads((int)s->nworkers)
    {
        struct worker *k = s->worker[omp_get_thread_num()];
        const size_t team = (size_t)omp_get_num_threads();
        worker_begin(k, s);
        work(s, k, team);
        worker_end(k, s);
#pragma omp single nowait
        s->team = (uint32_t)team;
    }
    s->cursor = p->stop;
    s->pause.broken = p->stop < s->nsamples;
}

bool synchronous_goes_on(struct session *s, size_t ticket, size_t team)
{
    struct progress *p = s->engine_state;
    size_t all = s->nsamples;
    if (session_breaks(s, ticket) && ticket + 2 * team < all)
        atomic_compare_exchange_strong(&p->stop, &all, ticket + 2 * team);
    return ticket < p->stop;
}

static void take_rounds(struct session *s, struct worker *k, size_t team)
{
    const struct progress *p = s->engine_state;
    for (size_t first = s->pause.paused ? s->cursor : 0;
         first + k->id < s->nsamples && synchronous_goes_on(s, first, team); first += team)
        p->part(s, k, first, first + team < s->nsamples ? first + team : s->nsamples);
}

void synchronous_rounds(struct session *s)
{
    synchronous_epoch(s, take_rounds);
}

const struct gradient *synchronous_gradient(struct session *s, struct worker *k, size_t first)
{
    struct progress *p = s->engine_state;
    synchronous_wait(&p->updates, first);
    const struct example *z = session_take_at(s, k, first + k->id);
    session_expect(s, k, first + k->id + s->nworkers);
    worker_read_at(k, s, first);
    return worker_gradient(k, s, z);
}

bool synchronous_refuse_record(const struct config *c, struct error *e)
{
    return !*config_string(c, "engine.record") ||
           config_fault(c, "engine.record", e,
                        "what policy minibatch does is no order of single reads and writes, as a recording "
                        "is; set engine.policy to round-robin or rounds, or record to nothing");
}

const struct engine_ops synchronous_ops = {
    .name = SYNCHRONOUS_NAME,
    .summary = "threads that wait for each other: updates in turn, or mini-batches (SSGD)",
    .keys = synchronous_keys,
    .choose = choose,
    .parallel = true,
};

/* SPDX-License-Identifier: MIT
 *
 * synchronous: what AsynGrad is compared with. Gradients are computed in parallel, and w is at rest while
 * they are: nobody reads what another writes, so no gradient is ever in error.
 *
 *     round-robin          worker 0  ── R G ──│ W │           │── R G ──
 *                                 1  ── R G ──    │ W │       │── R G ──
 *                                 2  ── R G ──        │ W │   │── R G ──
 *     minibatch                   0  ── R G ──│── W of all ──│── R G ──
 *
 * round-robin is delayed SGD (Langford, Smola and Zinkevich 2009, "Slow learners are fast"): updates one at a
 * time, thread after thread. That paper lets a thread read again as soon as it has written. Here there is one w,
 * which the next thread is about to write, so reading waits for the turn to come round: worker j's gradient
 * has a delay of j updates, and the waiting is what a lock costs.
 *
 * minibatch is synchronous SGD (Zheng et al. 2017): the sum or the mean of the k gradients is one update, with
 * the rate of the last of the k samples. Worker 0 writes it, in the order of the workers. As all were computed at one
 * w, a rule that compensates delays finds none.
 *
 * minibatch with reduce compensate is DC-SSGD (Zheng et al. 2017, appendix H): as many steps as gradients, each of
 * full length, so that a round goes k times as far as their mean; and each is compensated for those before it in the
 * round, by a rule that does so (lib/learn/compensate.c). The paper orders them by increasing distance from the w of
 * the round's beginning, to which each alone would lead: that is by increasing norm of the gradient. Worker 0 writes
 * them all, the p-th as step p of the round.
 *
 * Ticket t is worker t mod k's. So seed and number of threads fix every bit, whoever is fast or slow.
 */
#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/engine.h"

#include <omp.h>
#include <string.h>

struct synchronous {
    _Alignas(64) _Atomic size_t gradients; /* of the pass that are computed: samples whose R and G are over */
    _Alignas(64) _Atomic size_t updates; /* samples whose W is over */
    bool minibatch;
    enum reduce { MEAN, SUM, COMPENSATE } reduce;
    struct grad joint; /* minibatch: the bundles of all workers */
    double *norm2; /* [nworkers] compensate: of the gradients of the round, squared */
    uint32_t *turn; /* [nworkers] the workers by it */
};

extern const struct engine_ops synchronous_ops;

static const struct key keys[] = {
    {"policy", KEY_CHOICE, 0, 0, "round-robin", "round-robin|minibatch",
     "a round's gradients: each an update, one thread after another; or one update together"},
    {"reduce", KEY_CHOICE, 0, 0, "mean", "mean|sum|compensate",
     "what a minibatch makes of its gradients; compensate: a step of each, by rule dc-c or dc-a (DC-SSGD)"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* What reduce compensate asks of the rest. */
static bool check_compensation(const struct synchronous *o, const struct optimizer_ops *rule,
                               const struct config *c, struct error *e)
{
    if (!o->minibatch)
        return config_fault(c, "engine.reduce", e,
                            "compensate is for the gradients of a minibatch; set engine.policy to minibatch, "
                            "or reduce to mean (round-robin compensates by optimizer.name alone)");
    if (!rule->needs_seen)
        return config_fault(c, "engine.reduce", e,
                            "compensate needs a rule that compensates, and '%s' does not; set optimizer.name "
                            "to dc-c or dc-a, or reduce to mean or sum",
                            rule->name);
    return true;
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    const char *reduce = config_string(c, "engine.reduce");
    struct synchronous *o = s->own = memory_lines(1, sizeof *o);
    o->minibatch = strcmp(config_string(c, "engine.policy"), "minibatch") == 0;
    o->reduce = strcmp(reduce, "mean") == 0 ? MEAN : strcmp(reduce, "sum") == 0 ? SUM : COMPENSATE;
    if (o->minibatch && *config_string(c, "engine.record"))
        return config_fault(
            c, "engine.record", e,
            "what policy minibatch does is no order of single reads and writes, as a recording "
            "is; set engine.policy to round-robin or record to nothing");
    if (o->reduce == COMPENSATE) {
        o->norm2 = memory_new(s->nworkers, sizeof *o->norm2);
        o->turn = memory_new(s->nworkers, sizeof *o->turn);
        return check_compensation(o, s->optimizer->ops, c, e);
    }
    if (o->minibatch) {
        s->audit.together = true;
        o->joint.capacity = s->nworkers * s->worker[0]->grad.capacity;
        o->joint.bundle = memory_new(o->joint.capacity, sizeof *o->joint.bundle);
        for (uint32_t k = 0; k < s->nworkers; k++)
            s->worker[k]->still = true;
    }
    return true;
}

static void destroy(void *own)
{
    struct synchronous *o = own;
    memory_free(o->joint.bundle);
    memory_free(o->norm2);
    memory_free(o->turn);
    memory_free(o);
}

static void await(_Atomic size_t *counter, size_t value)
{
    for (unsigned turn = 0; atomic_load_explicit(counter, memory_order_acquire) < value; turn++)
        cpu_wait(turn);
}

/* The gradients of samples first … last-1 as one. */
static void write_together(struct session *s, struct synchronous *o, size_t first, size_t last)
{
    struct worker *k = s->worker[0];
    struct grad mine = k->grad;
    o->joint.count = 0;
    for (size_t j = 0; j < last - first; j++) {
        const struct grad *g = &s->worker[j]->grad;
        for (size_t b = 0; b < g->count; b++)
            grad_add(&o->joint, g->bundle[b].group, g->bundle[b].count, g->bundle[b].id, g->bundle[b].row);
    }
    k->grad = o->joint;
    k->step = last - 1;
    k->share = o->reduce == MEAN ? 1 / (real)(last - first) : 1;
    worker_write(k, s);
    k->grad = mine;
}

/* The gradients of samples first … last-1 one after another, the smallest first; equals in the order of workers. */
static void write_in_turn(struct session *s, struct synchronous *o, size_t first, size_t last)
{
    for (size_t n = 0; n < last - first; n++) {
        size_t at = n;
        for (; at > 0 && o->norm2[n] < o->norm2[o->turn[at - 1]]; at--)
            o->turn[at] = o->turn[at - 1];
        o->turn[at] = (uint32_t)n;
    }
    for (size_t step = first; step < last; step++) {
        struct worker *k = s->worker[o->turn[step - first]];
        k->step = step;
        worker_write(k, s);
    }
}

/* One worker's part of the round that begins with sample `first` of a team of `team`. */
static void take_part(struct session *s, struct worker *k, size_t first, size_t team)
{
    struct synchronous *o = s->own;
    size_t last = first + team < s->nsamples ? first + team : s->nsamples, ticket = first + k->id;
    await(&o->updates, first);
    const struct example *z = session_take_at(s, k, ticket);
    k->step = first; /* what is read are the weights as they are before this step */
    worker_read(k, s);
    worker_gradient(k, s, z);
    if (o->reduce == COMPENSATE)
        o->norm2[k->id] = worker_norm2(k, s);
    atomic_fetch_add_explicit(&o->gradients, 1, memory_order_acq_rel);
    if (o->minibatch && k->id > 0) {
        if (o->reduce != COMPENSATE)
            worker_join(k, s);
        return;
    }
    await(&o->gradients, last);
    if (o->reduce == COMPENSATE) {
        write_in_turn(s, o, first, last);
    } else if (o->minibatch) {
        write_together(s, o, first, last);
    } else {
        await(&o->updates, ticket);
        k->step = ticket;
        worker_write(k, s);
    }
    atomic_store_explicit(&o->updates, o->minibatch ? last : ticket + 1, memory_order_release);
}

static void epoch(struct session *s)
{
    struct synchronous *o = s->own;
    atomic_store(&o->gradients, 0);
    atomic_store(&o->updates, 0);
#pragma omp parallel num_threads((int)s->nworkers)
    {
        struct worker *k = s->worker[omp_get_thread_num()];
        size_t team = (size_t)omp_get_num_threads();
        worker_begin(k, s);
        for (size_t first = 0; first + k->id < s->nsamples; first += team)
            take_part(s, k, first, team);
        worker_end(k, s);
#pragma omp single nowait
        s->team = (uint32_t)team;
    }
}

const struct engine_ops synchronous_ops = {
    .name = "synchronous",
    .summary = "threads that wait for each other: round-robin updates, or mini-batches (SSGD)",
    .keys = keys,
    .parallel = true,
    .create = create,
    .destroy = destroy,
    .epoch = epoch,
};

/* SPDX-License-Identifier: MIT
 *
 * synchronous: what AsynGrad is compared with. Threads wait for each other, so that no gradient is ever in error: what
 * one reads or writes, nobody writes meanwhile.
 *
 *     round-robin      worker 0  │R│─── G ───       │W R│─── G ───        only one at a time has the turn
 *                             1  ──│R│─── G ───         │W R│─── G ───
 *                             2  ────│R│─── G ───           │W R│─── G ───
 *
 *     rounds                  0  ── R G ──│ W │           │── R G ──      the round's gradients, then its updates
 *                             1  ── R G ──    │ W │       │── R G ──
 *                             2  ── R G ──        │ W │   │── R G ──
 *
 *     minibatch               0  ── R G ──│── W of all ──│── R G ──       the round's gradients are one update
 *
 * round-robin is delayed SGD (Langford, Smola and Zinkevich 2009, "Slow learners are fast"): threads take turns to write,
 * a thread reads again as soon as it has written, and computes while the others write. Of k threads each gradient has a
 * delay of k-1 updates, after the first k, which are all read before the first update:
 *
 *     w_{t+1} = w_t - gamma_t g(w_{max(t-k+1, 0)})
 *
 * There is one w, which the next thread writes. So R is a copy of the weights that the sample touches, made within the
 * turn (lib/learn/stage.h), and G reads the copy. All else is done outside of the turn: which weights those are, the sum
 * that a rule may need. A turn is W and the copy.
 *
 * rounds needs no copy, because w rests while gradients are computed. Worker j of a round has a delay of j updates, and
 * all wait until the round is written: the plainer way, and the slower.
 *
 * minibatch is synchronous SGD (Zheng et al. 2017): the sum or the mean of the k gradients is one update, with the rate
 * of the first of the k samples (lib/learn/schedule.h: what becomes of the penalty). It is what the rule is given as its
 * gradient. Worker 0 writes it, in the order of the workers. As all were computed at one w, a rule that compensates
 * delays finds none.
 *
 * minibatch with reduce compensate is DC-SSGD (Zheng et al. 2017, appendix H): as many steps as gradients, each of
 * full length, so that a round goes k times as far as their mean; and each is compensated for those before it in the
 * round, by a rule that does so (lib/optimizers/delay_compensation.c). The paper orders them by increasing distance from the w of
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
    /* Samples of the epoch whose gradients are computed; in round-robin whose first R is over, worker by worker. */
    _Alignas(64) _Atomic size_t gradients;
    _Alignas(64) _Atomic size_t updates; /* samples whose W is over, and in round-robin the R after it */
    enum policy { ROUND_ROBIN, ROUNDS, MINIBATCH } policy;
    enum reduce { MEAN, SUM, COMPENSATE } reduce;
    struct gradient joint; /* minibatch: the bundles of all workers */
    double *norm2; /* [nworkers] compensate: of the gradients of the round, squared */
    uint32_t *turn; /* [nworkers] the workers by it */
};

extern const struct engine_ops synchronous_ops;

static const struct key keys[] = {
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

/* What reduce compensate asks of the rest. */
static bool check_compensation(const struct synchronous *o, const struct optimizer_ops *rule,
                               const struct config *c, struct error *e)
{
    if (o->policy != MINIBATCH)
        return config_fault(c, "engine.reduce", e,
                            "compensate is for the gradients of a minibatch; set engine.policy to minibatch, "
                            "or reduce to mean (the others compensate by optimizer.name alone)");
    if (!rule->needs_seen)
        return config_fault(c, "engine.reduce", e,
                            "compensate needs a rule that compensates, and '%s' does not; set optimizer.name "
                            "to dc-c or dc-a, or reduce to mean or sum",
                            rule->name);
    return true;
}

static enum policy policy_of(const struct config *c)
{
    const char *policy = config_string(c, "engine.policy");
    return strcmp(policy, "minibatch") == 0 ? MINIBATCH
           : strcmp(policy, "rounds") == 0  ? ROUNDS
                                            : ROUND_ROBIN;
}

static enum reduce reduce_of(const struct config *c)
{
    const char *reduce = config_string(c, "engine.reduce");
    return strcmp(reduce, "mean") == 0 ? MEAN : strcmp(reduce, "sum") == 0 ? SUM : COMPENSATE;
}

static struct batch batch(const struct config *c, uint32_t nworkers)
{
    if (policy_of(c) != MINIBATCH || reduce_of(c) == COMPENSATE)
        return (struct batch){1, false};
    return (struct batch){nworkers, reduce_of(c) == MEAN};
}

/* Alone a worker needs no copy: nobody writes while it computes. */
static void make_stages(struct session *s)
{
    const struct reach reach = snapshot_reach(s->model, s->data);
    for (uint32_t k = 0; k < s->nworkers && s->nworkers > 1; k++) {
        s->worker[k]->stage = stage_new(s->model, s->data, &reach);
        s->planned_bytes += s->model->layout.size * sizeof(real);
    }
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct synchronous *o = s->engine_state = memory_lines(1, sizeof *o);
    o->policy = policy_of(c);
    o->reduce = reduce_of(c);
    if (o->policy == ROUND_ROBIN)
        make_stages(s);
    if (o->policy == MINIBATCH && *config_string(c, "engine.record"))
        return config_fault(
            c, "engine.record", e,
            "what policy minibatch does is no order of single reads and writes, as a recording "
            "is; set engine.policy to round-robin or rounds, or record to nothing");
    if (o->reduce == COMPENSATE) {
        o->norm2 = memory_new(s->nworkers, sizeof *o->norm2);
        o->turn = memory_new(s->nworkers, sizeof *o->turn);
        return check_compensation(o, s->optimizer->ops, c, e);
    }
    if (o->policy == MINIBATCH) {
        s->audit.together = true;
        o->joint.capacity = s->nworkers * s->worker[0]->grad.capacity;
        o->joint.bundle = memory_new(o->joint.capacity, sizeof *o->joint.bundle);
        for (uint32_t k = 0; k < s->nworkers; k++)
            s->worker[k]->still = true;
    }
    return true;
}

static void destroy(void *state)
{
    struct synchronous *o = state;
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
    struct gradient mine = k->grad;
    o->joint.count = 0;
    for (size_t j = 0; j < last - first; j++) {
        const struct gradient *g = &s->worker[j]->grad;
        memcpy(o->joint.bundle + o->joint.count, g->bundle, g->count * sizeof *g->bundle);
        for (size_t b = 0; b < g->count; b++)
            o->joint.bundle[o->joint.count++].sample = (uint32_t)j;
    }
    k->grad = o->joint;
    k->step = first;
    k->mean_of = o->reduce == MEAN ? (uint32_t)(last - first) : 0;
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

static void foresee(struct session *s, struct worker *k, size_t ticket)
{
    if (k->stage && ticket < s->nsamples)
        worker_foresee(k, s, ticket);
}

/* R of a ticket whose sample is foreseen, before step `now`. */
static void read_ahead(struct session *s, struct worker *k, size_t ticket, size_t now)
{
    session_take_at(s, k, ticket);
    k->step = now;
    worker_read(k, s);
}

/* One worker's part of an epoch, round-robin. */
static void take_turns(struct session *s, struct worker *k, size_t team)
{
    struct synchronous *o = s->engine_state;
    const size_t first = team < s->nsamples ? team : s->nsamples;
    if (k->id >= first)
        return;
    foresee(s, k, k->id);
    await(&o->gradients, k->id);
    read_ahead(s, k, k->id, 0);
    atomic_store_explicit(&o->gradients, k->id + 1, memory_order_release);
    for (size_t ticket = k->id; ticket < s->nsamples; ticket += team) {
        const size_t next = ticket + team;
        worker_gradient(k, s, k->sample);
        worker_prepare(k, s);
        foresee(s, k, next);
        await(&o->gradients, first); /* nobody writes before all have read */
        await(&o->updates, ticket);
        k->step = ticket;
        worker_write(k, s);
        if (next < s->nsamples)
            read_ahead(s, k, next, ticket + 1);
        atomic_store_explicit(&o->updates, ticket + 1, memory_order_release);
    }
}

/* One worker's part of the round that begins with sample `first` of a team of `team`. */
static void take_part(struct session *s, struct worker *k, size_t first, size_t team)
{
    struct synchronous *o = s->engine_state;
    size_t last = first + team < s->nsamples ? first + team : s->nsamples, ticket = first + k->id;
    await(&o->updates, first);
    const struct example *z = session_take_at(s, k, ticket);
    k->step = first; /* what is read are the weights as they are before this step */
    worker_read(k, s);
    worker_gradient(k, s, z);
    if (o->reduce == COMPENSATE)
        o->norm2[k->id] = worker_norm2(k, s);
    if (o->policy == MINIBATCH && o->reduce != COMPENSATE && k->id > 0)
        worker_join(k, s); /* before worker 0 may write: that is no delay of this gradient */
    atomic_fetch_add_explicit(&o->gradients, 1, memory_order_acq_rel);
    if (o->policy == MINIBATCH && k->id > 0)
        return;
    await(&o->gradients, last);
    if (o->reduce == COMPENSATE) {
        write_in_turn(s, o, first, last);
    } else if (o->policy == MINIBATCH) {
        write_together(s, o, first, last);
    } else {
        await(&o->updates, ticket);
        k->step = ticket;
        worker_write(k, s);
    }
    atomic_store_explicit(&o->updates, o->policy == MINIBATCH ? last : ticket + 1, memory_order_release);
}

static void take_rounds(struct session *s, struct worker *k, size_t team)
{
    for (size_t first = 0; first + k->id < s->nsamples; first += team)
        take_part(s, k, first, team);
}

static void epoch(struct session *s)
{
    struct synchronous *o = s->engine_state;
    atomic_store(&o->gradients, 0);
    atomic_store(&o->updates, 0);
#pragma omp parallel num_threads((int)s->nworkers)
    {
        struct worker *k = s->worker[omp_get_thread_num()];
        size_t team = (size_t)omp_get_num_threads();
        worker_begin(k, s);
        (o->policy == ROUND_ROBIN ? take_turns : take_rounds)(s, k, team);
        worker_end(k, s);
#pragma omp single nowait
        s->team = (uint32_t)team;
    }
}

const struct engine_ops synchronous_ops = {
    .name = "synchronous",
    .summary = "threads that wait for each other: updates in turn, or mini-batches (SSGD)",
    .keys = keys,
    .parallel = true,
    .batch = batch,
    .create = create,
    .destroy = destroy,
    .epoch = epoch,
};

/* SPDX-License-Identifier: MIT
 *
 * minibatch: synchronous SGD (Zheng et al. 2017): the gradients of a round are one update.
 *
 *     worker 0  ── R G ──│── W of all ──│── R G ──
 *            1  ── R G ──│              │── R G ──
 *
 * The sum or the mean of the k gradients is what the optimizer is given, with the rate of the first of the k samples
 * (lib/learn/schedule.h: what becomes of the penalty). Worker 0 writes it, in the order of the workers. All gradients
 * are made at one w, so an optimizer that compensates delays finds none.
 */
#include "lib/engines/synchronous.h"

#include "lib/base/memory.h"

#include <string.h>

struct minibatch {
    struct progress progress;
    bool mean;
    struct gradient joint; /* the bundles of all workers */
};

extern const struct engine_ops minibatch_ops;

static bool is_mean(const struct config *c)
{
    return strcmp(config_string(c, "engine.reduce"), "mean") == 0;
}

static struct batch batch(const struct config *c, uint32_t nworkers)
{
    return (struct batch){nworkers, is_mean(c)};
}

/* The gradients of samples first … last-1 as one. */
static const struct gradient *join(struct session *s, size_t samples)
{
    struct gradient *joint = &((struct minibatch *)s->engine_state)->joint;
    gradient_begin(joint);
    joint->nsamples = (uint32_t)samples;
    for (size_t j = 0; j < samples; j++) {
        const struct gradient *g = &s->worker[j]->gradient;
        memcpy(joint->bundle + joint->count, g->bundle, g->count * sizeof *g->bundle);
        for (size_t b = 0; b < g->count; b++)
            joint->bundle[joint->count++].sample = (uint32_t)j;
    }
    return joint;
}

static void part(struct session *s, struct worker *k, size_t first, size_t last)
{
    struct minibatch *o = s->engine_state;
    struct progress *p = &o->progress;
    synchronous_gradient(s, k, first);
    if (k->id > 0)
        worker_join(k, s, true); /* before worker 0 may write: that is no delay of this gradient */
    atomic_fetch_add_explicit(&p->gradients, 1, memory_order_acq_rel);
    if (k->id > 0)
        return;
    synchronous_wait(&p->gradients, last);
    struct write how = write_at(first);
    how.mean_of = o->mean ? (uint32_t)(last - first) : 0;
    worker_write(k, s, join(s, last - first), how);
    atomic_store_explicit(&p->updates, last, memory_order_release);
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct minibatch *o = s->engine_state = memory_lines(1, sizeof *o);
    o->progress.part = part;
    o->mean = is_mean(c);
    o->joint.capacity = s->nworkers * s->worker[0]->gradient.capacity;
    o->joint.bundle = memory_new(o->joint.capacity, sizeof *o->joint.bundle);
    return synchronous_refuse_record(c, e);
}

static void destroy(void *state)
{
    struct minibatch *o = state;
    memory_free(o->joint.bundle);
    memory_free(o);
}

const struct engine_ops minibatch_ops = {
    .name = SYNCHRONOUS_NAME,
    .keys = synchronous_keys,
    .visibility = AT_REST,
    .writes = JOINT,
    .parallel = true,
    .batch = batch,
    .create = create,
    .destroy = destroy,
    .pauses = true,
    .epoch = synchronous_rounds,
};

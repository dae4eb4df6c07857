/* SPDX-License-Identifier: MIT
 *
 * delayed: virtual workers whose gradients are written late by a law (lib/engines/delay.h).
 *
 *     sample         5      6      7      8             written in the order of their tickets, as step 5, 6, 7 …
 *     delay          2      0      3      1
 *     events   R5 W3 │ R7 W4 │ W5 │ R6 W6 │ R8 W7 │ W8
 *
 * The delay of a sample is how many updates by others lie between its R and its W. Sample t is read and its gradient
 * computed just before step t - delay, by a virtual worker that then keeps it and writes it as step t. What others
 * finish meanwhile is delay and no error: events do not overlap.
 *
 * An epoch begins and ends with nothing in flight. Samples that would have to be read before it began are read when
 * they are written: plain steps, as the experiment of He et al. (2018) begins. But where workers take turns, all of
 * them read at the beginning.
 *
 * Where a law wants more samples in flight than there are workers, the next free worker reads: later, so with a
 * shorter delay. The sample that is to be written goes first; it always finds one, as one has just written.
 */
#include "lib/base/memory.h"
#include "lib/engines/delay.h"
#include "lib/engines/simulated.h"
#include "lib/engines/virtual.h"

#include <string.h>

#define NOBODY UINT32_MAX

struct delayed {
    struct delay delay;
    struct virtual *virtual;
    uint32_t *read_step; /* [nsamples] before which step a sample is read */
    uint32_t *start; /* [nsamples+1] where in `reading` those of a read_step begin */
    uint32_t *reading; /* [nsamples] the samples by read_step, then by ticket */
    uint32_t *holder; /* [nsamples] the worker that holds it, or NOBODY */
    uint32_t *idle; /* [nworkers] a stack of those that hold nothing */
    uint32_t nidle;
};

extern const struct engine_ops delayed_ops;

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct delayed *o = s->engine_state = memory_new(1, sizeof *o);
    if (!delay_init(&o->delay, c, s->nworkers, e))
        return false;
    o->virtual = virtual_new(s);
    o->read_step = memory_new(s->nsamples, sizeof *o->read_step);
    o->start = memory_new(s->nsamples + 1, sizeof *o->start);
    o->reading = memory_new(s->nsamples, sizeof *o->reading);
    o->holder = memory_new(s->nsamples, sizeof *o->holder);
    o->idle = memory_new(s->nworkers, sizeof *o->idle);
    return true;
}

static void destroy(void *state)
{
    struct delayed *o = state;
    delay_free(&o->delay);
    virtual_free(o->virtual);
    memory_free(o->read_step);
    memory_free(o->start);
    memory_free(o->reading);
    memory_free(o->holder);
    memory_free(o->idle);
    memory_free(o);
}

/* Draw the delays of an epoch and sort the samples by when they are read. */
static void plan(struct session *s)
{
    struct delayed *o = s->engine_state;
    struct rng r;
    rng_init(&r, s->seed, RNG_DELAY, s->epoch);
    memset(o->start, 0, (s->nsamples + 1) * sizeof *o->start);
    for (size_t t = 0; t < s->nsamples; t++) {
        double delay = delay_draw(&o->delay, &r);
        size_t beyond = o->delay.law == DELAY_TURNS ? 0 : t; /* when what lies before the epoch is read */
        o->read_step[t] = (uint32_t)(delay <= (double)t ? t - (size_t)delay : beyond);
        o->start[o->read_step[t] + 1]++;
        o->holder[t] = NOBODY;
    }
    for (size_t t = 0; t < s->nsamples; t++)
        o->start[t + 1] += o->start[t];
    for (size_t t = 0; t < s->nsamples; t++)
        o->reading[o->start[o->read_step[t]]++] = (uint32_t)t;
    for (o->nidle = 0; o->nidle < s->nworkers; o->nidle++) /* the first is on top */
        o->idle[o->nidle] = s->nworkers - 1 - o->nidle;
}

/* R and G of a sample, just before step `now`. */
static void read_sample(struct session *s, uint32_t sample, size_t now)
{
    struct delayed *o = s->engine_state;
    uint32_t id = o->holder[sample] = o->idle[--o->nidle];
    struct worker *k = s->worker[id];
    const struct example *z = session_take_at(s, k, sample);
    worker_read_at(k, s, now);
    virtual_gradient(o->virtual, k, s, z);
}

static void write_sample(struct session *s, uint32_t sample)
{
    struct delayed *o = s->engine_state;
    struct worker *k = s->worker[o->holder[sample]];
    worker_write(k, s, virtual_gradient_of(o->virtual, k), write_at(sample));
    virtual_written(o->virtual, k);
    o->idle[o->nidle++] = k->id;
}

static void events(struct session *s)
{
    struct delayed *o = s->engine_state;
    size_t next = 0; /* of `reading`: all before are read */
    plan(s);
    for (uint32_t t = 0; t < s->nsamples && !session_breaks(s, t); t++) {
        if (o->holder[t] == NOBODY)
            read_sample(s, t, t);
        for (; next < s->nsamples && o->read_step[o->reading[next]] <= t; next++) {
            if (o->holder[o->reading[next]] != NOBODY)
                continue; /* was read when its turn to be written came */
            if (o->nidle == 0)
                break;
            read_sample(s, o->reading[next], t);
        }
        write_sample(s, t);
    }
}

/* Workers that are too few for a long delay shorten it. */
static uint32_t delays(const struct session *s, double *share, uint32_t most)
{
    const struct delayed *o = s->engine_state;
    return delay_shares(&o->delay, share, s->nworkers < most ? s->nworkers : most);
}

static void epoch(struct session *s)
{
    simulated_epoch(s, events);
}

const struct engine_ops delayed_ops = {
    .name = SIMULATED_NAME,
    .keys = simulated_keys,
    .visibility = WHOLE_UPDATES,
    .writes = EACH,
    .virtual_workers = SIMULATED_WORKERS,
    .create = create,
    .destroy = destroy,
    .delays = delays,
    .epoch = epoch,
    .memory_bytes = virtual_memory_bytes,
};

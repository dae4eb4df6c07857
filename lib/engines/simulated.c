/* SPDX-License-Identifier: MIT
 *
 * simulated: any number of workers on one core. They are virtual: R, G and W are events in an order that a seed
 * fixes, so a run with 100 workers and their delays can be had anywhere, and had again to the bit.
 *
 *     sample         5      6      7      8             written in the order of their tickets, as step 5, 6, 7 …
 *     delay          2      0      3      1
 *     events   R5 W3 │ R7 W4 │ W5 │ R6 W6 │ R8 W7 │ W8
 *
 * The delay of a sample is how many updates by others lie between its R and its W: sample t is read and its
 * gradient computed just before step t - delay, by a virtual worker that then holds it and writes it as step t. Delays
 * come from a law (lib/engines/delay.h). What others finish meanwhile is delay and no error: events do not overlap, so
 * the tracker counts none.
 *
 * All workers share one scratch. Rows stay in it as long as nobody else needs it: with no delay, until they are written;
 * else they are copied to a room of the worker's own, one row a bundle.
 *
 * An epoch begins and ends with nothing in flight. Samples that would have to be read before it began are read when
 * they are written: plain steps, as the experiment of He et al. (2018) begins. But where workers take turns, all of
 * them read at the beginning.
 *
 * Where a law wants more samples in flight than there are workers, the next free worker reads: later, so with a
 * shorter delay. The sample that is to be written goes first; it always finds one, as one has just written.
 *
 * Two laws are other orders of events: `interleaved` (lib/engines/interleaved.h) takes R and W apart, so that there are
 * errors; `replay` has R and W as a recording has them (lib/probes/record.h), whoever made it.
 */
#include "lib/base/memory.h"
#include "lib/engines/delay.h"
#include "lib/engines/interleaved.h"
#include "lib/learn/engine.h"

#include <assert.h>
#include <string.h>

#define NOBODY UINT32_MAX

struct simulated {
    struct delay delay;
    struct interleaved *interleaved; /* that law; else NULL */
    const char *path; /* of the recording */
    struct recording recording; /* law replay */
    /* the other laws */
    uint32_t *moment; /* [nsamples] before which step a sample is read */
    uint32_t *start; /* [nsamples+1] where in `reading` those of a moment begin */
    uint32_t *reading; /* [nsamples] the samples by moment, then by ticket */
    uint32_t *holder; /* [nsamples] the worker that holds it, or NOBODY */
    uint32_t *idle; /* [nworkers] a stack of those that hold nothing */
    uint32_t nidle;
};

extern const struct engine_ops simulated_ops;

static const struct key keys[] = {
    {"workers", KEY_INTEGER, 1, DELAY_WORKERS, "1", NULL,
     "number of virtual workers: the most samples in flight at once"},
    {"delay.law", KEY_CHOICE, 0, 0, "turns", DELAY_LAWS,
     "how many updates others make between a sample's read and its write\n"
     "turns: workers - 1, as workers take turns\n"
     "constant: always delay.mean\n"
     "uniform: 0 to twice delay.mean, all equally likely\n"
     "geometric: 0 or more, geometric with mean delay.mean\n"
     "histogram: drawn from the counts of delay.histogram\n"
     "interleaved: follows from a random order in which workers copy and store single blocks\n"
     "replay: as recorded in delay.replay"},
    {"delay.mean", KEY_REAL, -1, DELAY_WORKERS - 1, "-1", NULL,
     "for constant, uniform and geometric, which need it; -1: not given"},
    {"delay.histogram", KEY_PATH, 0, 0, "", NULL,
     "for histogram: a file with lines DELAY COUNT, in increasing order of delay"},
    {"delay.replay", KEY_PATH, 0, 0, "", NULL, "for replay: a file that engine.record has written"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool take_recording(struct simulated *o, const struct session *s, const struct config *c,
                           struct error *e)
{
    o->path = config_string(c, "engine.delay.replay");
    if (!*o->path)
        return config_fault(c, "engine.delay.law", e,
                            "law 'replay' needs a recording; set engine.delay.replay to a file that "
                            "engine.record has written");
    if (!recording_read(&o->recording, o->path, s->nsamples, DELAY_WORKERS, e))
        return false;
    return o->recording.workers <= s->nworkers ||
           config_fault(c, "engine.workers", e, "%u, but %s has events of %u workers; set it to %u or more",
                        s->nworkers, o->path, o->recording.workers, o->recording.workers);
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct simulated *o = s->engine_state = memory_new(1, sizeof *o);
    if (!delay_init(&o->delay, c, s->nworkers, e))
        return false;
    if (o->delay.law == DELAY_REPLAY)
        return take_recording(o, s, c, e);
    if (o->delay.law == DELAY_INTERLEAVED) {
        o->interleaved = interleaved_new(s);
        return true;
    }
    o->moment = memory_new(s->nsamples, sizeof *o->moment);
    o->start = memory_new(s->nsamples + 1, sizeof *o->start);
    o->reading = memory_new(s->nsamples, sizeof *o->reading);
    o->holder = memory_new(s->nsamples, sizeof *o->holder);
    o->idle = memory_new(s->nworkers, sizeof *o->idle);
    return true;
}

static void destroy(void *state)
{
    struct simulated *o = state;
    delay_free(&o->delay);
    interleaved_free(o->interleaved);
    recording_free(&o->recording);
    memory_free(o->moment);
    memory_free(o->start);
    memory_free(o->reading);
    memory_free(o->holder);
    memory_free(o->idle);
    memory_free(o);
}

static bool suffices(const struct session *s, uint32_t epochs, struct error *e)
{
    const struct simulated *o = s->engine_state;
    return o->delay.law != DELAY_REPLAY || epochs <= o->recording.epochs ||
           error_set(e, ERROR_CORPUS,
                     "%s:%lu: the recording ends after epoch %u, and %u are to be made; set run.epochs to %u "
                     "or record more",
                     o->path, o->recording.lines, o->recording.epochs, epochs, o->recording.epochs);
}

/* Draw the delays of an epoch and sort the samples by when they are read. */
static void plan(struct session *s)
{
    struct simulated *o = s->engine_state;
    struct rng r;
    rng_init(&r, s->seed, RNG_DELAY, s->epoch);
    memset(o->start, 0, (s->nsamples + 1) * sizeof *o->start);
    for (size_t t = 0; t < s->nsamples; t++) {
        double delay = delay_draw(&o->delay, &r);
        size_t beyond = o->delay.law == DELAY_TURNS ? 0 : t; /* when what lies before the epoch is read */
        o->moment[t] = (uint32_t)(delay <= (double)t ? t - (size_t)delay : beyond);
        o->start[o->moment[t] + 1]++;
        o->holder[t] = NOBODY;
    }
    for (size_t t = 0; t < s->nsamples; t++)
        o->start[t + 1] += o->start[t];
    for (size_t t = 0; t < s->nsamples; t++)
        o->reading[o->start[o->moment[t]]++] = (uint32_t)t;
    for (o->nidle = 0; o->nidle < s->nworkers; o->nidle++) /* the first is on top */
        o->idle[o->nidle] = s->nworkers - 1 - o->nidle;
}

/* R and G of a sample, just before step `now`. */
static void read_sample(struct session *s, uint32_t sample, size_t now)
{
    struct simulated *o = s->engine_state;
    uint32_t id = o->holder[sample] = o->idle[--o->nidle];
    struct worker *k = s->worker[id];
    const struct example *z = session_take_at(s, k, sample);
    k->step = now; /* what is read are the weights as they are before this step */
    worker_read(k, s);
    worker_gradient(k, s, z);
}

static void write_sample(struct session *s, uint32_t sample)
{
    struct simulated *o = s->engine_state;
    struct worker *k = s->worker[o->holder[sample]];
    k->step = sample;
    worker_write(k, s);
    o->idle[o->nidle++] = k->id;
}

static void delayed_pass(struct session *s)
{
    struct simulated *o = s->engine_state;
    size_t next = 0; /* of `reading`: all before are read */
    plan(s);
    for (uint32_t t = 0; t < s->nsamples; t++) {
        if (o->holder[t] == NOBODY)
            read_sample(s, t, t);
        for (; next < s->nsamples && o->moment[o->reading[next]] <= t; next++) {
            if (o->holder[o->reading[next]] != NOBODY)
                continue; /* was read when its turn to be written came */
            if (o->nidle == 0)
                break;
            read_sample(s, o->reading[next], t);
        }
        write_sample(s, t);
    }
}

/* The weights that a sample reads are those after as many steps as are written: S is that of this step. */
static void replay_pass(struct session *s)
{
    const struct recording *r = &((const struct simulated *)s->engine_state)->recording;
    assert(s->epoch < r->epochs);
    size_t written = 0;
    for (size_t i = r->begin[s->epoch]; i < r->begin[s->epoch + 1]; i++) {
        const struct recorded *event = &r->event[i];
        struct worker *k = s->worker[event->worker];
        if (event->what == 'R') {
            const struct example *z = session_take_at(s, k, event->ticket);
            k->step = written;
            worker_read(k, s);
            worker_gradient(k, s, z);
        } else {
            k->step = event->ticket;
            worker_write(k, s);
            written++;
        }
    }
}

static void epoch(struct session *s)
{
    const struct simulated *o = s->engine_state;
    worker_begin(s->worker[0], s);
    if (o->delay.law == DELAY_REPLAY)
        replay_pass(s);
    else if (o->delay.law == DELAY_INTERLEAVED)
        interleaved_pass(o->interleaved, s);
    else
        delayed_pass(s);
    worker_end(s->worker[0], s);
    s->team = s->nworkers;
}

const struct engine_ops simulated_ops = {
    .name = "simulated",
    .summary = "virtual workers with delays by a law, in one thread: any number of them, the same bits again",
    .keys = keys,
    .workers = "engine.workers",
    .create = create,
    .destroy = destroy,
    .epoch = epoch,
    .suffices = suffices,
};

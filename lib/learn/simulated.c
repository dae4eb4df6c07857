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
 * gradient computed just before step t - delay, by a virtual worker that then holds it (its rows stand in the
 * worker's own scratch) and writes it as step t. Delays come from a law. What others finish meanwhile is delay and no
 * error: events do not overlap, so the tracker counts none.
 *
 * A pass begins and ends with nothing in flight. Samples that would have to be read before it began are read when
 * they are written: plain steps, as the experiment of He et al. (2018) begins. But where workers take turns, all of
 * them read at the beginning.
 *
 * Where a law wants more samples in flight than there are workers, the next free worker reads: later, so with a
 * shorter delay. The sample that is to be written goes first; it always finds one, as one has just written.
 */
#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/learn/engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORKERS 1024
#define NOBODY UINT32_MAX

enum law { TURNS, CONSTANT, UNIFORM, GEOMETRIC, HISTOGRAM };

struct bin { /* of a histogram */
    uint32_t delay;
    uint64_t below; /* counts of this and of all smaller delays */
};

struct simulated {
    enum law law;
    double mean;
    struct bin *bin; /* [bins] by rising delay */
    size_t bins, bin_capacity;
    uint32_t *moment; /* [nsamples] before which step a sample is read */
    uint32_t *start; /* [nsamples+1] where in `reading` those of a moment begin */
    uint32_t *reading; /* [nsamples] the samples by moment, then by ticket */
    uint32_t *holder; /* [nsamples] the worker that holds it, or NOBODY */
    uint32_t *idle; /* [nworkers] a stack of those that hold nothing */
    uint32_t nidle;
};

extern const struct engine_ops simulated_ops;

static const struct key keys[] = {
    {"workers", KEY_INTEGER, 1, WORKERS, "1", NULL, "virtual workers: samples in flight at once, at most"},
    {"delay.law", KEY_CHOICE, 0, 0, "turns", "turns|constant|uniform|geometric|histogram",
     "updates by others between read and write: workers - 1 as they take turns; always mean; 0 to 2 mean; "
     "geometric from 0 on; as in a file"},
    {"delay.mean", KEY_REAL, -1, WORKERS - 1, "-1", NULL,
     "for constant, uniform and geometric, which must have it; -1: not given"},
    {"delay.histogram", KEY_PATH, 0, 0, "", NULL,
     "for histogram: a file with lines DELAY COUNT, delays rising"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool take_mean(struct simulated *o, const struct config *c, struct error *e)
{
    const char *law = config_string(c, "engine.delay.law");
    o->mean = config_real(c, "engine.delay.mean");
    if (o->mean == -1)
        return config_fault(c, "engine.delay.law", e,
                            "law '%s' needs a mean; set engine.delay.mean, in updates", law);
    if (o->mean < 0)
        return config_fault(c, "engine.delay.mean", e, "%g is no delay; expected 0 or more", o->mean);
    if (o->law == CONSTANT && o->mean != floor(o->mean))
        return config_fault(c, "engine.delay.mean", e, "law constant takes whole numbers, %g is none",
                            o->mean);
    if (o->law == UNIFORM && 2 * o->mean != floor(2 * o->mean))
        return config_fault(c, "engine.delay.mean", e,
                            "law uniform draws from 0 to twice the mean, and twice %g is no whole number",
                            o->mean);
    return true;
}

/* A line `DELAY COUNT`; an empty one is none. */
static bool take_bin(struct simulated *o, const struct stream *file, struct span line, double *weighted,
                     struct error *e)
{
    char text[64];
    unsigned long long delay, count;
    char rest;
    if (line.n == 0)
        return true;
    snprintf(text, sizeof text, "%.*s", line.n < sizeof text ? (int)line.n : (int)sizeof text - 1, line.s);
    if (line.n >= sizeof text || text[strspn(text, "0123456789 \t")] != 0 ||
        sscanf(text, "%llu %llu %c", &delay, &count, &rest) != 2 || delay > UINT32_MAX / 2 ||
        count > UINT32_MAX)
        return error_set(e, ERROR_CORPUS, "%s:%lu: '%s': expected DELAY COUNT, two whole numbers",
                         stream_name(file), stream_number(file), text);
    if (o->bins && delay <= o->bin[o->bins - 1].delay)
        return error_set(e, ERROR_CORPUS, "%s:%lu: delay %llu after %u; delays are expected to rise",
                         stream_name(file), stream_number(file), delay, o->bin[o->bins - 1].delay);
    o->bin = memory_grow(o->bin, &o->bin_capacity, o->bins + 1, sizeof *o->bin);
    o->bin[o->bins] = (struct bin){(uint32_t)delay, (o->bins ? o->bin[o->bins - 1].below : 0) + count};
    o->bins++;
    *weighted += (double)delay * (double)count;
    return true;
}

static bool take_histogram(struct simulated *o, const struct config *c, struct error *e)
{
    const char *path = config_string(c, "engine.delay.histogram");
    struct span line;
    double weighted = 0;
    if (!*path)
        return config_fault(c, "engine.delay.law", e,
                            "law 'histogram' needs counts; set engine.delay.histogram to a file with lines "
                            "DELAY COUNT");
    struct stream *file = stream_open(path, e);
    if (!file)
        return false;
    bool good = true;
    while (good && stream_line(file, &line, e))
        good = take_bin(o, file, line, &weighted, e);
    stream_close(file);
    uint64_t total = o->bins ? o->bin[o->bins - 1].below : 0;
    if (e->kind == ERROR_NONE && total == 0)
        return error_set(e, ERROR_CORPUS, "%s: no count in it; lines DELAY COUNT are expected", path);
    o->mean = weighted / (double)total;
    return e->kind == ERROR_NONE;
}

static bool take_law(struct simulated *o, const struct session *s, const struct config *c, struct error *e)
{
    static const char *const laws[] = {"turns", "constant", "uniform", "geometric", "histogram"};
    const char *law = config_string(c, "engine.delay.law");
    while (strcmp(laws[o->law], law) != 0)
        o->law++;
    o->mean = s->nworkers - 1;
    if (o->law != TURNS && !(o->law == HISTOGRAM ? take_histogram(o, c, e) : take_mean(o, c, e)))
        return false;
    if (o->mean > s->nworkers - 1)
        return config_fault(c, "engine.workers", e,
                            "a mean delay of %g keeps more than %u workers busy; set it to %.0f or more, "
                            "or shorten the delays",
                            o->mean, s->nworkers, ceil(o->mean) + 1);
    return true;
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct simulated *o = s->own = memory_new(1, sizeof *o);
    if (!take_law(o, s, c, e))
        return false;
    o->moment = memory_new(s->nsamples, sizeof *o->moment);
    o->start = memory_new(s->nsamples + 1, sizeof *o->start);
    o->reading = memory_new(s->nsamples, sizeof *o->reading);
    o->holder = memory_new(s->nsamples, sizeof *o->holder);
    o->idle = memory_new(s->nworkers, sizeof *o->idle);
    return true;
}

static void destroy(void *own)
{
    struct simulated *o = own;
    memory_free(o->bin);
    memory_free(o->moment);
    memory_free(o->start);
    memory_free(o->reading);
    memory_free(o->holder);
    memory_free(o->idle);
    memory_free(o);
}

static double draw_histogram(const struct simulated *o, struct rng *r)
{
    uint64_t at = rng_below(r, o->bin[o->bins - 1].below);
    size_t low = 0, high = o->bins - 1; /* the first whose `below` is more than `at` */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (o->bin[middle].below > at)
            high = middle;
        else
            low = middle + 1;
    }
    return o->bin[low].delay;
}

static double draw_delay(const struct simulated *o, struct rng *r)
{
    switch (o->law) {
    case UNIFORM:
        return (double)rng_below(r, (uint64_t)(2 * o->mean) + 1);
    case GEOMETRIC: /* p(d) = p (1-p)^d with p = 1 / (1 + mean), by its distribution function */
        return o->mean > 0 ? floor(log1p(-rng_uniform(r)) / log(o->mean / (1 + o->mean))) : 0;
    case HISTOGRAM:
        return draw_histogram(o, r);
    default:
        return o->mean;
    }
}

/* Draw the delays of a pass and sort the samples by when they are read. */
static void plan(struct session *s)
{
    struct simulated *o = s->own;
    struct rng r;
    rng_init(&r, s->seed, RNG_DELAY, s->epoch);
    memset(o->start, 0, (s->nsamples + 1) * sizeof *o->start);
    for (size_t t = 0; t < s->nsamples; t++) {
        double delay = draw_delay(o, &r);
        size_t beyond = o->law == TURNS ? 0 : t; /* when what lies before the pass is read */
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
    struct simulated *o = s->own;
    uint32_t id = o->holder[sample] = o->idle[--o->nidle];
    struct worker *k = s->worker[id];
    const struct example *z = session_take_at(s, k, sample);
    k->step = now; /* what is read are the weights as they are before this step */
    worker_read(k, s);
    worker_gradient(k, s, z);
}

static void write_sample(struct session *s, uint32_t sample)
{
    struct simulated *o = s->own;
    struct worker *k = s->worker[o->holder[sample]];
    k->step = sample;
    worker_write(k, s);
    o->idle[o->nidle++] = k->id;
}

static void epoch(struct session *s)
{
    struct simulated *o = s->own;
    size_t next = 0; /* of `reading`: all before are read */
    worker_begin(s->worker[0], s);
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
};

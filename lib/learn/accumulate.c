/* SPDX-License-Identifier: MIT */
#include "lib/learn/accumulate.h"

#include "lib/base/memory.h"
#include "lib/num/accumulator.h"

struct accumulation {
    struct accumulator *sum;
    size_t first, last; /* tickets of the first and the last gradient of the step */
    uint32_t count; /* gradients of the step so far */
    real factor; /* of each, where their mean is wanted */
    const struct example **waiting; /* [nwaiting] samples whose gradients are not made yet, … */
    uint64_t *draw; /* … their draws, … */
    uint32_t nwaiting;
    struct capacity capacity; /* … and the capacity that they take together */
};

struct accumulation *accumulate_new(const struct session *s)
{
    const uint32_t most = s->accumulate < s->capacity.tokens ? s->accumulate : s->capacity.tokens;
    struct accumulation *a = memory_new(1, sizeof *a);
    a->sum = accumulator_new(&s->model->layout, capacity_longest(s->capacity));
    if (s->optimizer->ops->needs_samples)
        accumulator_count_samples(a->sum);
    a->waiting = memory_new(most, sizeof *a->waiting);
    a->draw = memory_new(most, sizeof *a->draw);
    return a;
}

void accumulate_free(struct accumulation *a)
{
    if (!a)
        return;
    accumulator_free(a->sum);
    memory_free(a->waiting);
    memory_free(a->draw);
    memory_free(a);
}

bool accumulate_is_empty(const struct accumulation *a)
{
    return a->count == 0;
}

size_t accumulate_memory_bytes(const struct session *s)
{
    return accumulator_bytes(&s->model->layout, capacity_longest(s->capacity));
}

/* R and G of all that wait. */
static void make_waiting(struct accumulation *a, struct worker *k, struct session *s)
{
    worker_read_several(k, s, a->nwaiting);
    gradient_begin(&k->gradient);
    k->gradient.nsamples = a->nwaiting;
    k->moment.gradient = &k->gradient;
    k->loss += s->model->ops->gradients(s->model, &k->view, a->waiting, a->draw, a->nwaiting, &k->gradient,
                                        k->scratch);
    k->gradients += a->nwaiting;
    probes_call(&s->probes, READ_END, &k->moment);
}

/* As many of those that were made together join the step; they wait no more. */
static void join_waiting(struct accumulation *a, struct worker *k, struct session *s, uint32_t count)
{
    k->moment.joining = count;
    if (count > 0)
        probes_call(&s->probes, JOINED, &k->moment);
    a->nwaiting = 0;
    a->capacity = (struct capacity){0, 0, 0};
}

static void make_and_join(struct accumulation *a, struct worker *k, struct session *s)
{
    if (a->nwaiting == 0)
        return;
    make_waiting(a, k, s);
    accumulator_add(a->sum, &k->gradient, a->factor);
    join_waiting(a, k, s, a->nwaiting);
}

/* The gradient of the step: what is saved up and what waits, made now. */
static const struct gradient *sum_of_all(struct accumulation *a, struct worker *k, struct session *s)
{
    if (a->nwaiting == 0)
        return accumulator_sum(a->sum);
    make_waiting(a, k, s);
    if (accumulator_is_empty(a->sum) && a->factor == 1)
        return &k->gradient;
    accumulator_add(a->sum, &k->gradient, a->factor);
    return accumulator_sum(a->sum);
}

static void wait_for_others(struct accumulation *a, struct worker *k, struct session *s,
                            const struct example *z)
{
    const struct capacity e = example_capacity(z);
    if (a->capacity.tokens + e.tokens > s->capacity.tokens ||
        a->capacity.characters + e.characters > s->capacity.characters)
        make_and_join(a, k, s);
    a->waiting[a->nwaiting] = z;
    a->draw[a->nwaiting++] = session_draw(s, s->epoch, (size_t)(k->sample - s->sample));
    a->capacity.tokens += e.tokens;
    a->capacity.characters += e.characters;
}

/* The sample in hand is the first of a step. */
static void begin_step(struct accumulation *a, const struct worker *k, const struct session *s)
{
    accumulator_begin(a->sum);
    a->first = k->ticket;
    const bool mean = s->schedule.batch.mean && !s->own_weights; /* there a batch is a step of each worker */
    a->factor = mean ? 1 / (real)schedule_batch(&s->schedule, k->ticket) : 1;
}

/* One step at the rate of its first sample. */
static void write_step(struct accumulation *a, struct worker *k, struct session *s, const struct gradient *g)
{
    worker_write(k, s, g, (struct write){.step = a->first, .last = a->last});
    a->count = 0;
}

void accumulate_sample(struct worker *k, struct session *s, const struct example *z)
{
    struct accumulation *a = k->accumulation;
    const bool waits = s->batched && !(probes_want(&s->probes, k->ticket) & WANTS_ALONE);
    if (!waits)
        make_and_join(a, k, s);
    if (a->count == 0)
        begin_step(a, k, s);
    if (waits) {
        wait_for_others(a, k, s, z);
    } else {
        worker_read(k, s);
        accumulator_add(a->sum, worker_gradient(k, s, z), a->factor);
    }
    a->count++;
    a->last = k->ticket;
    if (a->count == s->accumulate) {
        const struct gradient *sum = sum_of_all(a, k, s);
        if (waits)
            join_waiting(a, k, s, a->nwaiting - 1);
        write_step(a, k, s, sum);
    } else if (!waits) {
        worker_join(k, s, false);
    }
}

/* No sample's W announces this step: then all samples have joined it. */
void accumulate_end(struct worker *k, struct session *s)
{
    struct accumulation *a = k->accumulation;
    if (a->count == 0)
        return;
    k->ticket = a->last; /* the last ticket taken was none */
    const struct gradient *sum = sum_of_all(a, k, s);
    join_waiting(a, k, s, a->nwaiting);
    k->moment.sample = NULL;
    write_step(a, k, s, sum);
}

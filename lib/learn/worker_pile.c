/* SPDX-License-Identifier: MIT
 *
 * worker_pile: gradients that are saved up for one step (engine.accumulate). Where the model can make several at once
 * (model.gradients), samples wait until there are enough of them: then R and G are those of all together, and all of
 * them were read and made in the same window of time.
 *
 *     alone      R G join   R G join   R G W
 *     together   wait       wait       R G join join W
 */
#include "lib/base/memory.h"
#include "lib/learn/worker_inside.h"

#include <string.h>

void worker_pile_new(struct worker *k, const struct session *s)
{
    const uint32_t most = s->accumulate < s->capacity.tokens ? s->accumulate : s->capacity.tokens;
    k->pile = accumulator_new(&s->model->layout, capacity_longest(s->capacity));
    if (s->optimizer->ops->needs_samples)
        accumulator_count_samples(k->pile);
    k->waiting = memory_new(most, sizeof *k->waiting);
    k->waiting_draw = memory_new(most, sizeof *k->waiting_draw);
}

void worker_pile_free(struct worker *k)
{
    accumulator_free(k->pile);
    memory_free(k->waiting);
    memory_free(k->waiting_draw);
}

/* R and G of all that wait. */
static void make(struct worker *k, struct session *s)
{
    k->view = worker_view(k, s);
    gradient_begin(&k->grad);
    tracker_read_begin(&s->tracker, k->id);
    k->loss += s->model->ops->gradients(s->model, &k->view, k->waiting, k->waiting_draw, k->nwaiting,
                                        &k->grad, k->scratch);
    tracker_read_end(&s->tracker, k->id, &k->grad);
}

/* As many of those that wait join a later gradient. */
static void join(struct worker *k, struct session *s, uint32_t count)
{
    for (uint32_t j = 0; j < count; j++) {
        tracker_joined(&s->tracker, k->id);
        if (j + 1 < k->nwaiting)
            tracker_read_with(&s->tracker, k->id);
    }
    k->nwaiting = 0;
    k->waiting_capacity = (struct capacity){0, 0};
}

static void make_and_join(struct worker *k, struct session *s)
{
    if (k->nwaiting == 0)
        return;
    make(k, s);
    accumulator_add(k->pile, &k->grad, k->pile_factor);
    join(k, s, k->nwaiting);
}

/* The gradient of the step: what is piled up and those that wait, made now. */
static const struct gradient *sum_of_all(struct worker *k, struct session *s)
{
    if (k->nwaiting == 0)
        return accumulator_sum(k->pile);
    make(k, s);
    if (accumulator_is_empty(k->pile) && k->pile_factor == 1)
        return &k->grad;
    accumulator_add(k->pile, &k->grad, k->pile_factor);
    return accumulator_sum(k->pile);
}

/* The sample in hand is the first of a step. */
static void begin(struct worker *k, const struct session *s)
{
    accumulator_begin(k->pile);
    k->pile_first = k->step;
    k->pile_factor = s->schedule.batch.mean ? 1 / (real)schedule_batch(&s->schedule, k->step) : 1;
}

bool worker_waits(struct worker *k, struct session *s)
{
    k->waits = s->together && !k->traced && !audit_takes(&s->audit, k->ticket);
    if (!k->waits)
        make_and_join(k, s);
    if (k->piled == 0)
        begin(k, s);
    return k->waits;
}

void worker_wait(struct worker *k, struct session *s, const struct example *z)
{
    const struct capacity e = example_capacity(z);
    if (k->waiting_capacity.tokens + e.tokens > s->capacity.tokens ||
        k->waiting_capacity.characters + e.characters > s->capacity.characters)
        make_and_join(k, s);
    k->waiting[k->nwaiting] = z;
    k->waiting_draw[k->nwaiting++] = session_draw(s, s->epoch, (size_t)(k->sample - s->sample));
    k->waiting_capacity.tokens += e.tokens;
    k->waiting_capacity.characters += e.characters;
}

/* One step with the gradients that were saved up, at the rate of the first of them. The last sample's W announces it, and
 * at the end of an epoch nobody: then all samples are counted. */
static void write_pile(struct worker *k, struct session *s)
{
    k->step = k->pile_step; /* the last ticket was none */
    struct step step = worker_step(k, s);
    step.length = schedule_length(&s->schedule, k->pile_first, k->pile_step);
    step.number = s->schedule.done + k->pile_first;
    step.local = k->local.w;
    step.hot = s->combine.hot;
    worker_step_with(k, s, k->piled_up, &step);
    k->piled = 0;
}

void worker_pile_end(struct worker *k, struct session *s)
{
    if (k->piled == 0)
        return;
    k->step = k->pile_step;
    k->piled_up = sum_of_all(k, s);
    join(k, s, k->nwaiting);
    worker_write_waiting_begin(k, s);
    write_pile(k, s);
    worker_write_waiting_end(k, s);
}

void worker_pile(struct worker *k, struct session *s)
{
    k->piled++;
    k->pile_step = k->step;
    if (!k->waits)
        accumulator_add(k->pile, &k->grad, k->pile_factor);
    if (k->piled < s->accumulate) {
        if (!k->waits)
            worker_join(k, s);
        return;
    }
    k->piled_up = sum_of_all(k, s);
    if (k->waits)
        join(k, s, k->nwaiting - 1);
    worker_write_begin(k, s);
    write_pile(k, s);
    worker_wrote(k, s);
}

/* SPDX-License-Identifier: MIT
 *
 * worker: one thread's share of a session, and the three verbs.
 */
#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"

struct worker *worker_new(const struct session *s, uint32_t id)
{
    struct worker *k = memory_lines(1, sizeof *k);
    const struct model *m = s->model;
    k->id = id;
    k->share = 1;
    k->scratch = m->ops->scratch_new(m, s->data->longest);
    k->grad.capacity = m->ops->bundles(m, s->data->longest);
    k->grad.bundle = memory_lines(k->grad.capacity, sizeof *k->grad.bundle);
    kept_init(&k->kept, &s->combine);
    k->sum = s->optimizer->ops->needs_sum ? sum_new(&m->layout) : NULL;
    return k;
}

void worker_free(struct worker *k, const struct session *s)
{
    s->model->ops->scratch_free(k->scratch);
    memory_free(k->grad.bundle);
    kept_free(&k->kept);
    sum_free(k->sum);
    memory_free(k);
}

void worker_begin(struct worker *k, struct session *s)
{
    if (s->pin && s->nthreads > 1)
        cpu_pin((int)k->id);
    kernel_thread_begin();
    if (s->combine.on)
        kept_load(&k->kept, &s->combine, s->w);
    k->wall = cpu_wall();
    k->cpu = cpu_thread_seconds();
}

void worker_end(struct worker *k, struct session *s)
{
    if (s->combine.on)
        kept_bring(&k->kept, &s->combine, s->w);
    k->cpu = cpu_thread_seconds() - k->cpu;
    k->wall = cpu_wall() - k->wall;
    if (s->pin && s->nthreads > 1)
        cpu_unpin();
}

void worker_read(struct worker *k, struct session *s)
{
    k->traced = trace_find(&s->trace, k->ticket);
    if (k->traced)
        k->traced->read = cpu_wall();
    tracker_read_begin(&s->tracker, k->id);
    k->view = (struct weights){s->w, s->schedule.read[k->step], k->kept.own, s->combine.hot};
}

void worker_gradient(struct worker *k, struct session *s, const struct example *z)
{
    k->grad.count = 0;
    if (k->traced)
        k->traced->gradient = cpu_wall();
    k->loss += s->model->ops->gradient(s->model, &k->view, z, &k->grad, k->scratch);
    tracker_read_end(&s->tracker, k->id, &k->grad);
    if (k->traced)
        k->traced->made = cpu_wall(), k->traced->tokens = z->n;
}

/* The gradient is written: what the tracker found stands now. */
static void note_end(struct worker *k, const struct session *s, bool joined)
{
    struct trace_entry *z = k->traced;
    if (!z)
        return;
    z->done = joined ? z->write : cpu_wall();
    z->worker = k->id;
    z->joined = joined;
    tracker_hits(&s->tracker, k->id, &z->read_hit, &z->write_hit);
}

void worker_write(struct worker *k, struct session *s)
{
    struct step step = {.bundles = &k->grad,
                        .blocks = s->optimizer->ops->needs_sum ? sum_blocks(k->sum, &k->grad) : NULL,
                        .length = s->schedule.write[k->step] * k->share,
                        .number = s->schedule.done + k->step,
                        .own = k->kept.own,
                        .hot = s->combine.hot};
    if (k->traced)
        k->traced->write = cpu_wall();
    tracker_write_begin(&s->tracker, k->id, &k->grad);
    s->optimizer->ops->step(s->optimizer, s->w, &step);
    if (s->combine.on)
        kept_wrote(&k->kept, &s->combine, s->w);
    tracker_write_end(&s->tracker, k->id, &k->grad);
    note_end(k, s, false);
}

void worker_join(struct worker *k, struct session *s)
{
    if (k->traced)
        k->traced->write = cpu_wall();
    tracker_joined(&s->tracker, k->id);
    note_end(k, s, true);
}

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
    kept_init(&k->kept, &s->combine, k->grad.capacity);
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
        kept_flush(&k->kept, &s->combine, s->w);
    k->cpu = cpu_thread_seconds() - k->cpu;
    k->wall = cpu_wall() - k->wall;
    if (s->pin && s->nthreads > 1)
        cpu_unpin();
}

/* What the worker sees at its step. */
static struct weights view(const struct worker *k, const struct session *s)
{
    return (struct weights){s->w, s->schedule.read[k->step], k->kept.own, s->combine.hot};
}

static const struct example *in_hand(const struct worker *k, const struct session *s)
{
    return &s->sample[s->order[k->ticket]];
}

void worker_read(struct worker *k, struct session *s)
{
    k->view = view(k, s);
    if (audit_takes(&s->audit, k->ticket))
        audit_read_begin(&s->audit, k->id, in_hand(k, s), &k->view);
    tracker_read_begin(&s->tracker, k->id);
}

void worker_gradient(struct worker *k, struct session *s, const struct example *z)
{
    k->grad.count = 0;
    k->loss += s->model->ops->gradient(s->model, &k->view, z, &k->grad, k->scratch);
    tracker_read_end(&s->tracker, k->id, &k->grad);
    if (audit_takes(&s->audit, k->ticket))
        audit_read_end(&s->audit, k->id, z, &k->grad);
}

void worker_write(struct worker *k, struct session *s)
{
    struct step step = {.bundles = &k->grad,
                        .blocks = s->optimizer->ops->needs_sum ? sum_blocks(k->sum, &k->grad) : NULL,
                        .length = s->schedule.write[k->step] * k->share,
                        .number = s->schedule.done + k->step};
    bool audited = audit_takes(&s->audit, k->ticket);
    if (audited) {
        struct weights now = view(k, s);
        audit_write_begin(&s->audit, k->id, in_hand(k, s), &now);
    }
    tracker_write_begin(&s->tracker, k->id, &k->grad);
    if (s->combine.on) {
        kept_part(&k->kept, &s->combine, &k->grad);
        step.bundles = &k->kept.hot;
        s->optimizer->ops->step(s->optimizer, k->kept.own, &step);
        step.bundles = &k->kept.cold;
        s->optimizer->ops->step(s->optimizer, s->w, &step);
        if (kept_due(&k->kept, &s->combine))
            kept_flush(&k->kept, &s->combine, s->w);
    } else {
        s->optimizer->ops->step(s->optimizer, s->w, &step);
    }
    tracker_write_end(&s->tracker, k->id, &k->grad);
    if (audited)
        audit_write_end(&s->audit, k->id, in_hand(k, s), &k->grad);
}

void worker_join(struct worker *k, struct session *s)
{
    tracker_joined(&s->tracker, k->id);
}

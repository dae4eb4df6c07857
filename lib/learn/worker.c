/* SPDX-License-Identifier: MIT
 *
 * worker: one thread's share of a session, and the three verbs.
 */
#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"

#include <string.h>

struct worker *worker_new(const struct session *s, uint32_t id)
{
    struct worker *k = memory_lines(1, sizeof *k);
    const struct model *m = s->model;
    k->id = id;
    k->share = 1;
    k->grad.capacity = m->ops->bundles(m, s->data->longest);
    k->grad.bundle = memory_lines(k->grad.capacity, sizeof *k->grad.bundle);
    kept_init(&k->kept, &s->combine);
    k->host = id < s->nthreads ? k : s->worker[id % s->nthreads];
    k->scratch = k->host == k ? m->ops->scratch_new(m, s->data->longest) : k->host->scratch;
    if (s->optimizer->ops->needs_sum)
        k->sum = k->host == k ? sum_new(&m->layout) : k->host->sum;
    if (s->nworkers > s->nthreads)
        k->room = memory_room(s->reach.rows, sizeof *k->room);
    return k;
}

void worker_free(struct worker *k, const struct session *s)
{
    if (k->host == k) {
        s->model->ops->scratch_free(k->scratch);
        sum_free(k->sum);
    }
    memory_free(k->grad.bundle);
    kept_free(&k->kept);
    memory_free(k->room);
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
    record_event(&s->record, k->host->id, 'R', k->ticket, k->id);
    tracker_read_begin(&s->tracker, k->id);
    k->view = (struct weights){s->w, s->schedule.read[k->step], k->kept.own, s->combine.hot};
}

void worker_gradient(struct worker *k, struct session *s, const struct example *z)
{
    struct worker *guest = k->host->guest;
    if (guest && guest != k)
        worker_hold(guest, s);
    k->host->guest = k;
    k->grad.count = 0;
    k->loss += s->model->ops->gradient(s->model, &k->view, z, &k->grad, k->scratch);
    tracker_read_end(&s->tracker, k->id, &k->grad);
}

void worker_hold(struct worker *k, struct session *s)
{
    if (!k->room || k->host->guest != k)
        return;
    real *to = k->room;
    for (size_t b = 0; b < k->grad.count; b++) {
        struct bundle *bundle = &k->grad.bundle[b];
        size_t n = layout_block(&s->model->layout.group[bundle->group]);
        assert((size_t)(to - k->room) + n <= s->reach.rows);
        bundle->row = memcpy(to, bundle->row, n * sizeof *to);
        to += n;
    }
    k->host->guest = NULL;
}

static struct step step_by(struct worker *k, struct session *s, const struct grad *g)
{
    return (struct step){.bundles = g,
                         .blocks = s->optimizer->ops->needs_sum ? sum_blocks(k->sum, g) : NULL,
                         .length = s->schedule.write[k->step] * k->share,
                         .number = s->schedule.done + k->step};
}

void worker_write(struct worker *k, struct session *s)
{
    struct step step = step_by(k, s, &k->grad);
    step.own = k->kept.own;
    step.hot = s->combine.hot;
    worker_write_begin(k, s);
    s->optimizer->ops->step(s->optimizer, s->w, &step);
    if (s->combine.on)
        kept_wrote(&k->kept, &s->combine, s->w);
    worker_write_end(k, s);
}

void worker_write_begin(struct worker *k, struct session *s)
{
    record_event(&s->record, k->host->id, 'W', k->ticket, k->id);
    tracker_write_begin(&s->tracker, k->id, &k->grad);
}

void worker_write_part(struct worker *k, struct session *s, real *w, const struct grad *g)
{
    struct step step = step_by(k, s, g);
    s->optimizer->ops->step(s->optimizer, w, &step);
}

void worker_write_end(struct worker *k, struct session *s)
{
    tracker_write_end(&s->tracker, k->id, &k->grad);
    if (k->host->guest == k)
        k->host->guest = NULL;
}

void worker_join(struct worker *k, struct session *s)
{
    tracker_joined(&s->tracker, k->id);
}

/* SPDX-License-Identifier: MIT
 *
 * dc_ssgd: DC-SSGD (Zheng et al. 2017, appendix H). A round is as many steps as gradients, each of full length, so it
 * goes k times as far as a step of their mean. Each gradient is compensated for those before it in the round, by an
 * optimizer that does so (lib/optimizers/delay_compensation.c).
 *
 * The paper orders them by increasing distance from the w of the round's beginning to which each alone would lead: that
 * is by increasing norm of the gradient. Worker 0 writes them all, the p-th as step p of the round.
 */
#include "lib/engines/synchronous.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <string.h>

struct dc_ssgd {
    struct progress progress;
    double *norm2; /* [nworkers] of the gradients of the round, squared */
    uint32_t *sorted; /* [nworkers] the workers by it */
};

extern const struct engine_ops dc_ssgd_ops;

/* The names of the optimizers that compensate, "a or b". */
static const char *compensating(char *names, size_t size)
{
    size_t at = 0;
    for (const struct optimizer_ops *const *o = optimizer_table; *o; o++)
        if ((*o)->needs_seen && at < size)
            at += (size_t)snprintf(names + at, size - at, "%s%s", at ? " or " : "", (*o)->name);
    return names;
}

/* Squared norm of the gradient in hand. */
static double norm2(struct worker *k, const struct session *s)
{
    const struct gradient *g = coalescer_sum(k->coalescer, &k->gradient);
    double sum = 0;
    for (size_t j = 0; j < g->count; j++) {
        const struct bundle *b = &g->bundle[j];
        for (size_t i = 0; i < layout_block(&s->model->layout.group[b->group]); i++)
            sum += (double)b->row[i] * (double)b->row[i];
    }
    return sum;
}

/* The gradients of samples first … last-1 one after another, the smallest first; equals in the order of workers. */
static void write_sorted(struct session *s, struct dc_ssgd *o, size_t first, size_t last)
{
    for (size_t n = 0; n < last - first; n++) {
        size_t at = n;
        for (; at > 0 && o->norm2[n] < o->norm2[o->sorted[at - 1]]; at--)
            o->sorted[at] = o->sorted[at - 1];
        o->sorted[at] = (uint32_t)n;
    }
    for (size_t step = first; step < last; step++) {
        struct worker *k = s->worker[o->sorted[step - first]];
        worker_write(k, s, &k->gradient, write_at(step));
    }
}

static void part(struct session *s, struct worker *k, size_t first, size_t last)
{
    struct dc_ssgd *o = s->engine_state;
    struct progress *p = &o->progress;
    synchronous_gradient(s, k, first);
    o->norm2[k->id] = norm2(k, s);
    atomic_fetch_add_explicit(&p->gradients, 1, memory_order_acq_rel);
    if (k->id > 0)
        return;
    synchronous_wait(&p->gradients, last);
    write_sorted(s, o, first, last);
    atomic_store_explicit(&p->updates, last, memory_order_release);
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    char names[128];
    struct dc_ssgd *o = s->engine_state = memory_lines(1, sizeof *o);
    o->progress.part = part;
    o->norm2 = memory_new(s->nworkers, sizeof *o->norm2);
    o->sorted = memory_new(s->nworkers, sizeof *o->sorted);
    if (strcmp(config_string(c, "engine.policy"), "minibatch") != 0)
        return config_fault(c, "engine.reduce", e,
                            "compensate is for the gradients of a minibatch; set engine.policy to minibatch, "
                            "or reduce to mean (the others compensate by optimizer.name alone)");
    if (!synchronous_refuse_record(c, e))
        return false;
    if (!s->optimizer->ops->needs_seen)
        return config_fault(
            c, "engine.reduce", e,
            "compensate needs an optimizer that compensates, and '%s' does not; set optimizer.name "
            "to %s, or reduce to mean or sum",
            s->optimizer->ops->name, compensating(names, sizeof names));
    return true;
}

static void destroy(void *state)
{
    struct dc_ssgd *o = state;
    memory_free(o->norm2);
    memory_free(o->sorted);
    memory_free(o);
}

const struct engine_ops dc_ssgd_ops = {
    .name = SYNCHRONOUS_NAME,
    .keys = synchronous_keys,
    .visibility = WHOLE_UPDATES,
    .writes = EACH,
    .parallel = true,
    .create = create,
    .destroy = destroy,
    .pauses = true,
    .epoch = synchronous_rounds,
};

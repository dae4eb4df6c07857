/* SPDX-License-Identifier: MIT */
#include "tests/laws/oracle.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

const char *oracle_keys(const struct optimizer_ops *optimizer)
{
    for (const struct key *k = optimizer->keys; k->name; k++)
        if (strcmp(k->name, "epsilon") == 0)
            return ", epsilon: 0.1";
    return "";
}

struct oracle *oracle_new(struct session *s, const struct config *c, double rate, double decay, double lambda)
{
    const struct layout *l = &s->model->layout;
    struct error e = {0};
    struct oracle *o = memory_new(1, sizeof *o);
    *o = (struct oracle){.s = s,
                         .optimizer = s->optimizer->ops->create(c, l, &e),
                         .w = memory_lines(l->size, sizeof *o->w),
                         .g = memory_new(l->size, sizeof *o->g),
                         .samples = memory_new(l->nblocks, sizeof *o->samples),
                         .rate = rate,
                         .decay = decay,
                         .lambda = lambda,
                         .row = memory_lines(l->size, sizeof *o->row),
                         .look = memory_lines(l->size, sizeof *o->look),
                         .seen = memory_new(l->nblocks, sizeof *o->seen),
                         .id = memory_new(l->nblocks, sizeof *o->id),
                         .count = memory_new(l->nblocks, sizeof *o->count)};
    o->blocks.capacity = l->nblocks;
    o->blocks.bundle = memory_new(l->nblocks, sizeof *o->blocks.bundle);
    for (uint32_t k = 0; k < l->nblocks; k++)
        o->id[k] = k;
    o->optimizer->steps = s->nsamples;
    if (o->optimizer->ops->prepare)
        o->optimizer->ops->prepare(o->optimizer, s->nworkers);
    memcpy(o->w, s->w, l->size * sizeof *o->w);
    return o;
}

void oracle_free(struct oracle *o)
{
    o->optimizer->ops->destroy(o->optimizer);
    memory_free(o->w);
    memory_free(o->g);
    memory_free(o->samples);
    memory_free(o->row);
    memory_free(o->look);
    memory_free(o->seen);
    memory_free(o->id);
    memory_free(o->count);
    memory_free(o->blocks.bundle);
    memory_free(o);
}

double oracle_rate(const struct oracle *o, size_t ticket)
{
    return o->rate * pow(o->decay, (double)(o->done + ticket) / (double)o->s->nsamples);
}

void oracle_decay(const struct oracle *o, real *w, double gamma, double times)
{
    for (size_t i = 0; i < o->s->model->layout.size; i++)
        w[i] = (real)((double)w[i] * (1 - times * gamma * o->lambda / (double)o->s->nsamples));
}

void oracle_clear(struct oracle *o)
{
    memset(o->g, 0, o->s->model->layout.size * sizeof *o->g);
    memset(o->samples, 0, o->s->model->layout.nblocks * sizeof *o->samples);
}

void oracle_add(struct oracle *o, const real *at, size_t ticket, double factor)
{
    const struct layout *l = &o->s->model->layout;
    const struct gradient *g = &o->s->worker[0]->gradient;
    bool *has = memory_new(l->nblocks, sizeof *has);
    memcpy(o->look, at, l->size * sizeof *at); /* which stands on a cache line, as kernels want it */
    fixture_gradient(o->s, o->s->worker[0], &(struct weights){.w = o->look, .scale = 1}, ticket);
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &l->group[b->group];
        for (uint32_t j = 0; j < b->count; j++) {
            double *sum = o->g + group->offset + b->id[j] * layout_block(group);
            has[group->first + b->id[j]] = true;
            for (size_t i = 0; i < layout_block(group); i++)
                sum[i] += factor * (double)b->row[i];
        }
    }
    for (uint32_t b = 0; b < l->nblocks; b++)
        o->samples[b] += has[b];
    memory_free(has);
}

void oracle_write(struct oracle *o, real *w, double gamma, size_t ticket, const real *then)
{
    const struct layout *l = &o->s->model->layout;
    o->blocks.count = 0;
    for (size_t i = 0; i < l->size; i++) {
        o->row[i] = (real)o->g[i];
        o->look[i] = then ? then[i] : 0;
    }
    for (uint32_t g = 0; g < l->ngroups; g++)
        for (uint32_t b = 0; b < l->group[g].count; b++) {
            if (!o->samples[l->group[g].first + b])
                continue;
            size_t at = l->group[g].offset + b * layout_block(&l->group[g]);
            o->count[o->blocks.count] = o->samples[l->group[g].first + b];
            o->seen[o->blocks.count] = o->look + at;
            gradient_add(&o->blocks, g, 1, o->id + b, o->row + at);
        }
    const struct gradient bundles = o->blocks;
    struct step step = {.bundles = &bundles,
                        .blocks = &o->blocks,
                        .samples = o->count,
                        .length = (real)gamma,
                        .number = o->done + ticket,
                        .seen = then ? o->seen : NULL,
                        .scale_seen = 1,
                        .scale = 1,
                        .local = o->hot ? w : NULL,
                        .hot = o->hot};
    o->optimizer->ops->step(o->optimizer, w, &step);
}

double oracle_distance(const struct oracle *o)
{
    const struct weights w = session_weights(o->s);
    double off = 0, most = 0;
    for (size_t i = 0; i < o->s->model->layout.size; i++) {
        off = fmax(off, fabs((double)w.scale * (double)w.w[i] - (double)o->w[i]));
        most = fmax(most, fabs((double)o->w[i]));
    }
    return off > 0 ? off / most : 0; /* where all weights are 0, and are to be */
}

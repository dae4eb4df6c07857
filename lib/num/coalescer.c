/* SPDX-License-Identifier: MIT */
#include "lib/num/coalescer.h"

#include "lib/base/memory.h"

#include <string.h>

struct mark { /* where a block stands in the result, if the stamp is that of this gradient */
    uint32_t stamp, at;
};

struct coalescer {
    const struct layout *layout;
    uint32_t stamp; /* of the gradient in hand; comparing it saves clearing the marks */
    struct mark *mark; /* [nblocks] */
    struct gradient grad; /* the result, at most nblocks bundles */
    real **own; /* [nblocks] the row of a bundle if it is a sum or a copy, else NULL: then it is borrowed */
    void *storage;
    real *row; /* [layout->size] rows of sums, one after another, in `storage` */
    size_t used;
    uint32_t sample; /* number of the next gradient's first one */
    uint32_t *samples,
        *last; /* [nblocks] of a bundle: how many samples have it, and the last that does; or NULL */
};

struct coalescer *coalescer_new(const struct layout *layout)
{
    struct coalescer *s = memory_new(1, sizeof *s);
    s->layout = layout;
    s->mark = memory_lines(layout->nblocks, sizeof *s->mark);
    /* not memory_lines, which writes to all of it: the system gives zeroed pages when they are first touched */
    s->grad.capacity = layout->nblocks;
    s->grad.bundle = memory_new(layout->nblocks, sizeof *s->grad.bundle);
    s->own = memory_new(layout->nblocks, sizeof(real *));
    s->storage = memory_new(layout->size + 64 / sizeof(real), sizeof(real));
    s->row = (real *)(((uintptr_t)s->storage + 63) / 64 * 64);
    return s;
}

void coalescer_free(struct coalescer *s)
{
    if (!s)
        return;
    memory_free(s->mark);
    memory_free(s->grad.bundle);
    memory_free(s->own);
    memory_free(s->storage);
    memory_free(s->samples);
    memory_free(s->last);
    memory_free(s);
}

void coalescer_count_samples(struct coalescer *s)
{
    s->samples = memory_new(s->layout->nblocks, sizeof *s->samples);
    s->last = memory_new(s->layout->nblocks, sizeof *s->last);
}

const uint32_t *coalescer_samples(const struct coalescer *s)
{
    return s->samples;
}

/* out may be a. */
static void add(real *out, const real *a, const real *b, size_t n, real factor)
{
    if (factor == 1)
        for (size_t k = 0; k < n; k++)
            out[k] = a[k] + b[k];
    else
        for (size_t k = 0; k < n; k++)
            out[k] = a[k] + factor * b[k];
}

static void copy(real *out, const real *row, size_t n, real factor)
{
    if (factor == 1)
        memcpy(out, row, n * sizeof *out);
    else
        for (size_t k = 0; k < n; k++)
            out[k] = factor * row[k];
}

/* One more row for the block at `at`. */
static void join(struct coalescer *s, uint32_t at, const real *row, size_t n, real factor)
{
    struct bundle *b = &s->grad.bundle[at];
    if (!s->own[at]) {
        s->own[at] = s->row + s->used;
        s->used += n;
    }
    add(s->own[at], b->row, row, n, factor);
    b->row = s->own[at];
}

void coalescer_begin(struct coalescer *s)
{
    if (++s->stamp == 0) { /* after 2^32 sums old stamps could come true */
        memset(s->mark, 0, s->layout->nblocks * sizeof *s->mark);
        s->stamp = 1;
    }
    s->grad.count = 0;
    s->used = 0;
    s->sample = 0;
}

/* The block at `at` stands in this sample's gradient, perhaps not for the first time. */
static void count(struct coalescer *s, uint32_t at, uint32_t sample, bool first)
{
    if (first)
        s->samples[at] = 1;
    else
        s->samples[at] += s->last[at] != sample;
    s->last[at] = sample;
}

enum rows { NONE, BORROWED, COPIED }; /* of blocks that stand once */

static void gather(struct coalescer *s, const struct gradient *g, enum rows rows, real factor)
{
    const uint32_t sample = s->sample;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &s->layout->group[b->group];
        size_t n = layout_block(group);
        s->sample = sample + b->sample + 1;
        for (uint32_t i = 0; i < b->count; i++) {
            struct mark *m = &s->mark[group->first + b->id[i]];
            const bool known = m->stamp == s->stamp;
            if (s->samples)
                count(s, known ? m->at : (uint32_t)s->grad.count, sample + b->sample, !known);
            if (known) {
                if (rows != NONE)
                    join(s, m->at, b->row, n, factor);
                continue;
            }
            *m = (struct mark){s->stamp, (uint32_t)s->grad.count};
            s->own[s->grad.count] = rows == COPIED ? s->row + s->used : NULL;
            if (rows == COPIED)
                copy(s->row + s->used, b->row, n, factor);
            gradient_add(&s->grad, b->group, 1, &b->id[i], rows == COPIED ? s->row + s->used : b->row);
            s->used += rows == COPIED ? n : 0;
        }
    }
}

struct gradient *coalescer_sum(struct coalescer *s, const struct gradient *g)
{
    coalescer_begin(s);
    gather(s, g, BORROWED, 1);
    return &s->grad;
}

struct gradient *coalescer_scaled_sum(struct coalescer *s, const struct gradient *g, real factor)
{
    coalescer_begin(s);
    gather(s, g, factor == 1 ? BORROWED : COPIED, factor);
    return &s->grad;
}

const struct gradient *coalescer_list(struct coalescer *s, const struct gradient *g)
{
    coalescer_begin(s);
    gather(s, g, NONE, 1);
    return &s->grad;
}

struct gradient *coalescer_add(struct coalescer *s, const struct gradient *g, real factor)
{
    gather(s, g, COPIED, factor);
    return &s->grad;
}

uint32_t coalescer_find(const struct coalescer *s, uint32_t group, uint32_t id)
{
    const struct mark *m = &s->mark[s->layout->group[group].first + id];
    return m->stamp == s->stamp && m->at < s->grad.count ? m->at : COALESCER_NONE;
}

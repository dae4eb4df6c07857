/* SPDX-License-Identifier: MIT */
#include "lib/learn/snapshot.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <string.h>

struct reach snapshot_reach(const struct model *m, const struct dataset *data)
{
    struct reach most = {0};
    struct gradient g = {.capacity = m->ops->max_bundles(m, data->longest)};
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    for (size_t k = 0; k < data->count; k++) {
        size_t blocks = 0, reals = 0, rows = 0;
        g.count = 0;
        m->ops->list_blocks(m, &data->example[k], &g);
        for (size_t b = 0; b < g.count; b++) {
            size_t block = layout_block(&m->layout.group[g.bundle[b].group]);
            blocks += g.bundle[b].count;
            reals += g.bundle[b].count * block;
            rows += block;
        }
        most.blocks = blocks > most.blocks ? blocks : most.blocks;
        most.reals = reals > most.reals ? reals : most.reals;
        most.rows = rows > most.rows ? rows : most.rows;
    }
    memory_free(g.bundle);
    return most;
}

void snapshot_init(struct snapshot *s, const struct reach *reach)
{
    *s = (struct snapshot){.reals = reach->reals};
    s->blocks.capacity = reach->blocks;
    s->blocks.bundle = memory_new(reach->blocks, sizeof *s->blocks.bundle);
    s->storage = memory_reserve(reach->reals, sizeof *s->storage);
}

void snapshot_free(struct snapshot *s)
{
    memory_free(s->blocks.bundle);
    memory_free(s->storage);
}

RACY static void copy(real *restrict out, const real *restrict in, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = in[k];
}

void snapshot_list(struct snapshot *s, const struct layout *l, const struct gradient *touched)
{
    size_t used = 0;
    s->blocks.count = 0;
    for (size_t k = 0; k < touched->count; k++) {
        const struct bundle *b = &touched->bundle[k];
        assert(b->count == 1 && used + layout_block(&l->group[b->group]) <= s->reals);
        gradient_add(&s->blocks, b->group, 1, b->id, s->storage + used);
        used += layout_block(&l->group[b->group]);
    }
}

/* Where the one block of `b` begins: in a vector laid out as w; and which vector of `view` has it. */
static size_t begin(const struct layout *l, const struct bundle *b)
{
    const struct group *group = &l->group[b->group];
    return group->offset + b->id[0] * layout_block(group);
}

static const real *seen(const struct weights *view, const struct bundle *b)
{
    return view->local && b->id[0] < view->hot[b->group] ? view->local : view->w;
}

void snapshot_copy(struct snapshot *s, const struct layout *l, const struct weights *view, size_t k)
{
    const struct bundle *b = &s->blocks.bundle[k];
    copy(s->storage + (b->row - s->storage), seen(view, b) + begin(l, b), layout_block(&l->group[b->group]));
}

void snapshot_take(struct snapshot *s, const struct layout *l, const struct weights *view,
                   const struct gradient *touched)
{
    snapshot_list(s, l, touched);
    for (size_t k = 0; k < touched->count; k++)
        snapshot_copy(s, l, view, k);
}

/* Both places are known before they are needed, and neither is likely to be in a cache. */
static void fetch(const real *w, const real *from, size_t n)
{
    for (size_t k = 0; k < n; k += 64 / sizeof *w) {
        __builtin_prefetch(w + k, 1);
        __builtin_prefetch(from + k, 0);
    }
}

void snapshot_stage(real *w, const struct layout *l, const struct weights *view,
                    const struct gradient *touched)
{
    const size_t ahead = 12;
    for (size_t k = 0; k < touched->count + ahead; k++) {
        if (k < touched->count) {
            const struct bundle *b = &touched->bundle[k];
            fetch(w + begin(l, b), seen(view, b) + begin(l, b), layout_block(&l->group[b->group]));
        }
        if (k >= ahead) {
            const struct bundle *b = &touched->bundle[k - ahead];
            copy(w + begin(l, b), seen(view, b) + begin(l, b), layout_block(&l->group[b->group]));
        }
    }
}

void snapshot_changes(struct snapshot *s, const struct layout *l, const struct weights *view,
                      const struct gradient *touched, const real *w)
{
    size_t used = 0;
    s->blocks.count = 0;
    for (size_t k = 0; k < touched->count; k++) {
        const struct bundle *b = &touched->bundle[k];
        size_t n = layout_block(&l->group[b->group]);
        assert(b->count == 1 && used + n <= s->reals);
        copy(s->storage + used, seen(view, b) + begin(l, b), n); /* first: the copy holds still */
        if (memcmp(s->storage + used, w + begin(l, b), n * sizeof *w) == 0)
            continue;
        gradient_add(&s->blocks, b->group, 1, b->id, s->storage + used);
        used += n;
    }
}

void snapshot_restore(const struct snapshot *s, const struct layout *l, real *w)
{
    for (size_t k = 0; k < s->blocks.count; k++) {
        const struct bundle *b = &s->blocks.bundle[k];
        memcpy(w + begin(l, b), b->row, layout_block(&l->group[b->group]) * sizeof *w);
    }
}

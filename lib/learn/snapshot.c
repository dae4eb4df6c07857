/* SPDX-License-Identifier: MIT */
#include "lib/learn/snapshot.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <string.h>

struct reach snapshot_reach(const struct model *m, const struct dataset *data)
{
    struct reach most = {0};
    struct grad g = {.capacity = m->ops->bundles(m, data->longest)};
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    for (size_t k = 0; k < data->count; k++) {
        size_t blocks = 0, reals = 0, rows = 0;
        g.count = 0;
        m->ops->touch(m, &data->example[k], &g);
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
    s->room = memory_room(reach->reals, sizeof *s->room);
}

void snapshot_free(struct snapshot *s)
{
    memory_free(s->blocks.bundle);
    memory_free(s->room);
}

RACY static void copy(real *restrict out, const real *restrict in, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = in[k];
}

void snapshot_list(struct snapshot *s, const struct layout *l, const struct grad *touched)
{
    size_t used = 0;
    s->blocks.count = 0;
    for (size_t k = 0; k < touched->count; k++) {
        const struct bundle *b = &touched->bundle[k];
        assert(b->count == 1 && used + layout_block(&l->group[b->group]) <= s->reals);
        grad_add(&s->blocks, b->group, 1, b->id, s->room + used);
        used += layout_block(&l->group[b->group]);
    }
}

RACY void snapshot_copy(struct snapshot *s, const struct layout *l, const struct weights *view, size_t k)
{
    const struct bundle *b = &s->blocks.bundle[k];
    const struct group *group = &l->group[b->group];
    size_t n = layout_block(group);
    bool own = view->own && b->id[0] < view->hot[b->group];
    copy(s->room + (b->row - s->room), (own ? view->own : view->w) + group->offset + b->id[0] * n, n);
}

RACY void snapshot_take(struct snapshot *s, const struct layout *l, const struct weights *view,
                        const struct grad *touched)
{
    snapshot_list(s, l, touched);
    for (size_t k = 0; k < touched->count; k++)
        snapshot_copy(s, l, view, k);
}

void snapshot_lay(const struct snapshot *s, const struct layout *l, real *w)
{
    for (size_t k = 0; k < s->blocks.count; k++) {
        const struct bundle *b = &s->blocks.bundle[k];
        const struct group *group = &l->group[b->group];
        memcpy(w + group->offset + b->id[0] * layout_block(group), b->row, layout_block(group) * sizeof *w);
    }
}

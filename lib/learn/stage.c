/* SPDX-License-Identifier: MIT */
#include "lib/learn/stage.h"

#include "lib/base/memory.h"

struct stage *stage_new(const struct model *m, const struct dataset *data, const struct reach *reach)
{
    struct stage *s = memory_lines(1, sizeof *s);
    s->model = m;
    s->listed.capacity = m->ops->max_bundles(m, data->longest);
    s->listed.bundle = memory_new(s->listed.capacity, sizeof *s->listed.bundle);
    s->blocks.capacity = reach->blocks;
    s->blocks.bundle = memory_new(reach->blocks, sizeof *s->blocks.bundle);
    block_index_init(&s->index, reach->blocks);
    s->w = memory_bare(m->layout.size, sizeof *s->w);
    return s;
}

void stage_free(struct stage *s)
{
    if (!s)
        return;
    memory_free(s->listed.bundle);
    memory_free(s->blocks.bundle);
    block_index_free(&s->index);
    memory_free(s->w);
    memory_free(s);
}

void stage_list(struct stage *s, const struct example *z)
{
    size_t most = 0;
    s->listed.count = s->blocks.count = 0;
    s->model->ops->list_blocks(s->model, z, &s->listed);
    for (size_t k = 0; k < s->listed.count; k++)
        most += s->listed.bundle[k].count;
    block_index_clear(&s->index, most);
    for (size_t k = 0; k < s->listed.count; k++) {
        const struct bundle *b = &s->listed.bundle[k];
        const uint32_t first = s->model->layout.group[b->group].first;
        for (uint32_t i = 0; i < b->count; i++)
            if (block_index_find(&s->index, first + b->id[i]) == s->blocks.count)
                gradient_add(&s->blocks, b->group, 1, &b->id[i], NULL);
    }
}

void stage_copy(struct stage *s, struct weights *view)
{
    snapshot_stage(s->w, &s->model->layout, view, &s->blocks);
    *view = (struct weights){.w = s->w, .scale = view->scale};
}

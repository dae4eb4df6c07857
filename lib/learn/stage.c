/* SPDX-License-Identifier: MIT */
#include "lib/learn/stage.h"

#include "lib/base/memory.h"

struct stage *stage_new(const struct model *m, const struct dataset *data, const struct reach *reach)
{
    struct stage *s = memory_lines(1, sizeof *s);
    s->model = m;
    s->touched.capacity = m->ops->max_bundles(m, data->longest);
    s->touched.bundle = memory_new(s->touched.capacity, sizeof *s->touched.bundle);
    s->blocks.capacity = reach->blocks;
    s->blocks.bundle = memory_new(reach->blocks, sizeof *s->blocks.bundle);
    block_index_init(&s->places, reach->blocks);
    s->w = memory_bare(m->layout.size, sizeof *s->w);
    return s;
}

void stage_free(struct stage *s)
{
    if (!s)
        return;
    memory_free(s->touched.bundle);
    memory_free(s->blocks.bundle);
    block_index_free(&s->places);
    memory_free(s->w);
    memory_free(s);
}

void stage_list(struct stage *s, const struct example *z)
{
    size_t most = 0;
    s->touched.count = s->blocks.count = 0;
    s->model->ops->list_blocks(s->model, z, &s->touched);
    for (size_t k = 0; k < s->touched.count; k++)
        most += s->touched.bundle[k].count;
    block_index_clear(&s->places, most);
    for (size_t k = 0; k < s->touched.count; k++) {
        const struct bundle *b = &s->touched.bundle[k];
        const uint32_t first = s->model->layout.group[b->group].first;
        for (uint32_t i = 0; i < b->count; i++)
            if (block_index_find(&s->places, first + b->id[i]) == s->blocks.count)
                gradient_add(&s->blocks, b->group, 1, &b->id[i], NULL);
    }
}

void stage_copy(struct stage *s, struct weights *view)
{
    snapshot_stage(s->w, &s->model->layout, view, &s->blocks);
    *view = (struct weights){.w = s->w, .scale = view->scale};
}

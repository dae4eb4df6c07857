/* SPDX-License-Identifier: MIT */
#include "models/bilstm/pack.h"

#include "lib/base/memory.h"

#include <string.h>

void pack_init(struct pack *p, uint32_t rows, uint32_t sequences)
{
    const size_t steps = (size_t)rows + 1, count = (size_t)sequences + 1;
    *p = (struct pack){.order = memory_new(count, sizeof *p->order),
                       .length = memory_new(count, sizeof *p->length),
                       .active = memory_new(steps, sizeof *p->active),
                       .offset = memory_new(steps, sizeof *p->offset),
                       .first = memory_new(count, sizeof *p->first),
                       .next = memory_new(steps, sizeof *p->next)};
}

void pack_free(struct pack *p)
{
    memory_free(p->order);
    memory_free(p->length);
    memory_free(p->active);
    memory_free(p->offset);
    memory_free(p->first);
    memory_free(p->next);
}

void pack_one(struct pack *p, uint32_t n)
{
    p->n = p->steps = n;
    p->count = 1;
    p->side_by_side = false;
    p->order[0] = 0;
    p->length[0] = n;
    p->first[0] = 0;
}

/* active [steps+1], from how many sequences have each length. */
static void count_active(struct pack *p, const uint32_t *length)
{
    p->steps = 0;
    for (uint32_t k = 0; k < p->count; k++)
        p->steps = length[k] > p->steps ? length[k] : p->steps;
    memset(p->active, 0, ((size_t)p->steps + 1) * sizeof *p->active);
    for (uint32_t k = 0; k < p->count; k++)
        if (length[k])
            p->active[length[k] - 1]++;
    for (uint32_t step = p->steps; step-- > 0;)
        p->active[step] += p->active[step + 1];
}

/* A counting sort: before a sequence come the active[length] longer ones, and equally long ones with a lower index. */
static void sort(struct pack *p, const uint32_t *length)
{
    memcpy(p->next, p->active, ((size_t)p->steps + 1) * sizeof *p->next);
    for (uint32_t k = 0; k < p->count; k++) {
        const uint32_t rank = p->next[length[k]]++;
        p->order[rank] = k;
        p->length[rank] = length[k];
    }
}

void pack_many(struct pack *p, const uint32_t *length, uint32_t count, bool side_by_side)
{
    p->count = count;
    p->side_by_side = side_by_side;
    p->n = 0;
    count_active(p, length);
    sort(p, length);
    for (uint32_t step = 0; side_by_side && step < p->steps; step++) {
        p->offset[step] = p->n;
        p->n += p->active[step];
    }
    for (uint32_t k = 0; !side_by_side && k < count; k++) {
        p->first[k] = p->n;
        p->n += p->length[k];
    }
}

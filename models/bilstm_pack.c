/* SPDX-License-Identifier: MIT */
#include "models/bilstm_pack.h"

#include "lib/base/memory.h"

#include <string.h>

void pack_init(struct pack *p, struct capacity most, uint32_t features)
{
    const size_t n = (size_t)most.tokens + 1;
    *p = (struct pack){.active = memory_new(n, sizeof *p->active),
                       .offset = memory_new(n, sizeof *p->offset),
                       .who = memory_new(n, sizeof *p->who),
                       .before = memory_new(n, sizeof *p->before),
                       .after = memory_new(n, sizeof *p->after),
                       .order = memory_new(n, sizeof *p->order),
                       .sentence = memory_new(n, sizeof *p->sentence),
                       .first = memory_new(n, sizeof *p->first),
                       .start = memory_new(n, sizeof *p->start),
                       .node = memory_new(n * features, sizeof *p->node),
                       .y = memory_new(n, sizeof *p->y),
                       .spelling_start = memory_new(n, sizeof *p->spelling_start),
                       .spelling = memory_new((size_t)most.characters + 1, sizeof *p->spelling)};
}

void pack_free(struct pack *p)
{
    uint32_t *const arrays[] = {p->active, p->offset, p->who,  p->before, p->after,          p->order,
                                p->first,  p->start,  p->node, p->y,      p->spelling_start, p->spelling};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    memory_free(p->sentence);
}

void pack_one(struct pack *p, const struct example *z)
{
    p->z = *z;
    p->count = 1;
    p->side_by_side = false;
    p->sentence[0] = z;
    p->order[0] = 0;
    memset(p->who, 0, z->n * sizeof *p->who);
}

/* By falling length; of equal ones the earlier first. */
static void sort(struct pack *p, const struct example *const *z)
{
    for (uint32_t k = 0; k < p->count; k++) {
        uint32_t at = k;
        for (; at && z[p->order[at - 1]]->n < z[k]->n; at--)
            p->order[at] = p->order[at - 1];
        p->order[at] = k;
    }
    for (uint32_t k = 0; k < p->count; k++)
        p->sentence[k] = z[p->order[k]];
}

/* Token t of sentence k comes next. */
static void append(struct pack *p, uint32_t k, uint32_t t)
{
    const struct example *z = p->sentence[k];
    const uint32_t row = p->z.n++, begin = p->start[row], count = z->start[t + 1] - z->start[t];
    p->who[row] = p->order[k];
    p->y[row] = z->y[t];
    memcpy(p->node + begin, z->node + z->start[t], count * sizeof *p->node);
    p->start[row + 1] = begin + count;
    if (!z->spelling)
        return;
    const uint32_t letters = z->spelling_start[t + 1] - z->spelling_start[t];
    memcpy(p->spelling + p->spelling_start[row], z->spelling + z->spelling_start[t],
           letters * sizeof *p->spelling);
    p->spelling_start[row + 1] = p->spelling_start[row] + letters;
}

static void append_step(struct pack *p, uint32_t t)
{
    p->offset[t] = p->z.n;
    for (uint32_t k = 0; k < p->count && p->sentence[k]->n > t; k++)
        append(p, k, t);
    p->active[t] = p->z.n - p->offset[t];
}

static void append_sentence(struct pack *p, uint32_t k)
{
    p->first[k] = p->z.n;
    for (uint32_t t = 0; t < p->sentence[k]->n; t++)
        append(p, k, t);
}

void pack_many(struct pack *p, const struct example *const *z, uint32_t count, bool side_by_side)
{
    p->count = count;
    sort(p, z);
    p->z = (struct example){.start = p->start, .node = p->node, .y = p->y};
    if (z[0]->spelling) {
        p->z.spelling_start = p->spelling_start;
        p->z.spelling = p->spelling;
    }
    p->side_by_side = side_by_side;
    p->steps = p->sentence[0]->n;
    for (uint32_t t = 0; side_by_side && t < p->steps; t++)
        append_step(p, t);
    for (uint32_t k = 0; !side_by_side && k < count; k++)
        append_sentence(p, k);
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t t = 0, n = p->sentence[k]->n; t < n; t++) {
            const uint32_t row = pack_row(p, k, t);
            p->before[row] = t ? pack_row(p, k, t - 1) : PACK_NONE;
            p->after[row] = t + 1 < n ? pack_row(p, k, t + 1) : PACK_NONE;
        }
}

/* SPDX-License-Identifier: MIT */
#include "models/bilstm/sentences.h"

#include "lib/base/memory.h"

#include <string.h>

void sentences_init(struct sentences *s, struct capacity most, uint32_t features)
{
    const size_t n = (size_t)most.tokens + 1;
    *s = (struct sentences){.sentence = memory_new(n, sizeof *s->sentence),
                            .index = memory_new(n, sizeof *s->index),
                            .length = memory_new(n, sizeof *s->length),
                            .start = memory_new(n, sizeof *s->start),
                            .node = memory_new(n * features, sizeof *s->node),
                            .y = memory_new(n, sizeof *s->y),
                            .spelling_start = memory_new(n, sizeof *s->spelling_start),
                            .spelling = memory_new((size_t)most.characters + 1, sizeof *s->spelling)};
    pack_init(&s->pack, most.tokens, most.tokens);
}

void sentences_free(struct sentences *s)
{
    uint32_t *const arrays[] = {s->index, s->length, s->start, s->node, s->y, s->spelling_start, s->spelling};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    memory_free(s->sentence);
    pack_free(&s->pack);
}

void sentences_one(struct sentences *s, const struct example *z)
{
    pack_one(&s->pack, z->n);
    s->z = *z;
    s->sentence[0] = z;
    memset(s->index, 0, z->n * sizeof *s->index);
}

/* Append token t of the k-th sentence. */
static void append(struct sentences *s, uint32_t k, uint32_t t)
{
    const struct example *z = s->sentence[k];
    const uint32_t row = s->z.n++, begin = s->start[row], count = z->start[t + 1] - z->start[t];
    s->index[row] = s->pack.order[k];
    s->y[row] = z->y[t];
    memcpy(s->node + begin, z->node + z->start[t], count * sizeof *s->node);
    s->start[row + 1] = begin + count;
    if (!z->spelling)
        return;
    const uint32_t characters = z->spelling_start[t + 1] - z->spelling_start[t];
    memcpy(s->spelling + s->spelling_start[row], z->spelling + z->spelling_start[t],
           characters * sizeof *s->spelling);
    s->spelling_start[row + 1] = s->spelling_start[row] + characters;
}

void sentences_many(struct sentences *s, const struct example *const *z, uint32_t count, bool side_by_side)
{
    const struct pack *p = &s->pack;
    for (uint32_t k = 0; k < count; k++)
        s->length[k] = z[k]->n;
    pack_many(&s->pack, s->length, count, side_by_side);
    for (uint32_t k = 0; k < count; k++)
        s->sentence[k] = z[p->order[k]];
    s->z = (struct example){.start = s->start, .node = s->node, .y = s->y};
    if (z[0]->spelling) {
        s->z.spelling_start = s->spelling_start;
        s->z.spelling = s->spelling;
    }
    for (uint32_t step = 0; side_by_side && step < p->steps; step++)
        for (uint32_t k = 0; k < p->active[step]; k++)
            append(s, k, step);
    for (uint32_t k = 0; !side_by_side && k < count; k++)
        for (uint32_t t = 0; t < p->length[k]; t++)
            append(s, k, t);
}

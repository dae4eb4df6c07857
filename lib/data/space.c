/* SPDX-License-Identifier: MIT */
#include "lib/data/space.h"

#include "lib/base/memory.h"

#include <stdio.h>

struct space *space_new(const struct format_ops *format, struct template *template, struct encoding *encoding,
                        bool segmentation)
{
    struct space *s = memory_new(1, sizeof *s);
    s->format = format;
    s->template = template;
    s->encoding = encoding;
    s->lexicon = lexicon_new();
    s->values = vocab_new();
    s->labels = vocab_new();
    s->node = vocab_new();
    s->edge = vocab_new();
    if (segmentation)
        s->words = vocab_new();
    return s;
}

void space_free(struct space *s)
{
    if (!s)
        return;
    template_free(s->template);
    vocab_free(s->values);
    vocab_free(s->labels);
    vocab_free(s->node);
    vocab_free(s->edge);
    vocab_free(s->words);
    lexicon_free(s->lexicon);
    encoding_free(s->encoding);
    memory_free(s->node_frequency);
    memory_free(s->edge_frequency);
    memory_free(s->follows);
    memory_free(s);
}

void space_boundaries(struct space *s)
{
    for (int side = 0; side < 2; side++)
        for (int d = 0; d < TEMPLATE_REACH; d++) {
            char name[16];
            int length = snprintf(name, sizeof name, "_B%c%d", side ? '+' : '-', d + 1);
            s->boundary[side][d] = vocab_add(s->values, (struct span){name, (size_t)length});
        }
}

uint32_t space_frequent(const struct space *s, uint32_t threshold)
{
    uint32_t low = 0, high = vocab_count(s->node);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->node_frequency[middle] > threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sort ids by falling frequency, stable: a counting sort, linear in ids and largest frequency. */
static uint32_t *by_frequency(const uint32_t *frequency, uint32_t count)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < count; i++)
        if (frequency[i] > most)
            most = frequency[i];
    uint32_t *place = memory_new((size_t)most + 2, sizeof *place);
    for (uint32_t i = 0; i < count; i++)
        place[most - frequency[i] + 1]++;
    for (uint32_t f = 0; f < most; f++)
        place[f + 1] += place[f];
    uint32_t *order = memory_new(count, sizeof *order);
    for (uint32_t i = 0; i < count; i++)
        order[place[most - frequency[i]]++] = i;
    memory_free(place);
    return order;
}

static struct vocab *renumber(struct vocab *old, uint32_t **frequency, uint32_t cutoff, uint32_t **map)
{
    uint32_t count = vocab_count(old);
    uint32_t *order = by_frequency(*frequency, count);
    struct vocab *new = vocab_new();
    *map = memory_new(count, sizeof **map);
    uint32_t *kept = memory_new(count, sizeof *kept);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t id = order[k], f = (*frequency)[id];
        (*map)[id] = f >= cutoff ? vocab_add(new, vocab_text(old, id)) : VOCAB_NONE;
        if (f >= cutoff)
            kept[(*map)[id]] = f;
    }
    memory_free(order);
    memory_free(*frequency);
    vocab_free(old);
    *frequency = memory_fit(kept, vocab_count(new), sizeof *kept);
    return new;
}

void space_prune(struct space *s, uint32_t cutoff, uint32_t **map_node, uint32_t **map_edge)
{
    s->node = renumber(s->node, &s->node_frequency, cutoff, map_node);
    s->edge = renumber(s->edge, &s->edge_frequency, cutoff, map_edge);
}

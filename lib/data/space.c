/* SPDX-License-Identifier: MIT */
#include "lib/data/space.h"

#include "lib/base/memory.h"
#include "lib/data/pretrained.h"

#include <stdio.h>
#include <string.h>

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
    space_mark(s, FORMAT_OPEN);
    return s;
}

void space_mark(struct space *s, const char *open)
{
    memory_free(s->open);
    s->open = open ? memory_copy(open, strlen(open)) : memory_copy("", 0);
}

bool space_open(const struct space *s, struct span label)
{
    return format_open(s->format, s->label_column, s->open, label);
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
    spelling_free(s->spelling);
    encoding_free(s->encoding);
    memory_free(s->node_frequency);
    memory_free(s->edge_frequency);
    memory_free(s->follows);
    memory_free(s->open);
    pretrained_free(s->pretrained);
    memory_free(s);
}

void space_close(struct space *s)
{
    vocab_close(s->node);
    vocab_close(s->edge);
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

uint32_t space_skeleton(const struct space *s, uint32_t id)
{
    struct span key = vocab_text(s->node, id);
    uint32_t skeleton = VOCAB_NONE;
    if (key.n >= sizeof skeleton)
        memcpy(&skeleton, key.s, sizeof skeleton);
    return skeleton;
}

/* New numbers by falling frequency, stable: a counting sort, linear in ids and largest frequency. The frequencies
 * are put in order, too. */
static uint32_t *renumber(struct vocab *v, uint32_t **frequency, uint32_t cutoff, const uint8_t *spare)
{
    uint32_t count = vocab_count(v), most = 0, kept = 0, *f = *frequency;
    for (uint32_t id = 0; id < count; id++)
        most = f[id] > most ? f[id] : most;
    uint32_t *place = memory_new((size_t)most + 2, sizeof *place);
    for (uint32_t id = 0; id < count; id++)
        if (f[id] >= cutoff || (spare && spare[id]))
            place[most - f[id] + 1]++, kept++;
    for (uint32_t k = 0; k < most; k++)
        place[k + 1] += place[k];
    uint32_t *map = memory_new(count, sizeof *map);
    for (uint32_t id = 0; id < count; id++)
        map[id] = f[id] >= cutoff || (spare && spare[id]) ? place[most - f[id]]++ : VOCAB_NONE;
    /* place[k] is now where frequency most - k ends */
    for (uint32_t k = 0, id = 0; k <= most && id < kept; k++)
        while (id < place[k] && id < kept)
            f[id++] = most - k;
    memory_free(place);
    *frequency = memory_fit(f, kept, sizeof *f);
    vocab_renumber(v, map, kept);
    return map;
}

void space_prune(struct space *s, uint32_t cutoff, const uint8_t *spare, uint32_t **map_node,
                 uint32_t **map_edge)
{
    *map_node = renumber(s->node, &s->node_frequency, cutoff, spare);
    *map_edge = renumber(s->edge, &s->edge_frequency, cutoff, NULL);
}

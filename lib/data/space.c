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

void space_go_on(struct space *s, const struct space *known)
{
    const struct {
        struct vocab *to;
        const struct vocab *from;
    } part[] = {{s->values, known->values},
                {s->labels, known->labels},
                {s->node, known->node},
                {s->edge, known->edge},
                {s->words, known->words}};
    for (size_t k = 0; k < sizeof part / sizeof *part; k++)
        for (uint32_t id = 0; part[k].from && id < vocab_count(part[k].from); id++)
            vocab_add(part[k].to, vocab_text(part[k].from, id));
    for (uint32_t id = 0; id < vocab_count(lexicon_words(known->lexicon)); id++)
        lexicon_add(s->lexicon, vocab_text(lexicon_words(known->lexicon), id));
}

/* Sort ids by falling digit of their frequencies, stable. */
#define DIGIT 16
static void sort_by_digit(uint32_t *out, const uint32_t *in, uint32_t n, const uint32_t *frequency, int shift)
{
    const uint32_t mask = (1u << DIGIT) - 1;
    uint32_t *place = memory_new(mask + (size_t)2, sizeof *place);
    for (uint32_t k = 0; k < n; k++)
        place[(~frequency[in[k]] >> shift & mask) + 1]++;
    for (uint32_t d = 0; d < mask; d++)
        place[d + 1] += place[d];
    for (uint32_t k = 0; k < n; k++)
        out[place[~frequency[in[k]] >> shift & mask]++] = in[k];
    memory_free(place);
}

/* New numbers by falling frequency, stable, with the frequencies in that order. The first `known` ids are kept. */
static uint32_t *renumber(struct vocab *v, uint32_t **frequency, uint32_t cutoff, const uint8_t *spare,
                          uint32_t known)
{
    uint32_t count = vocab_count(v), kept = 0, *f = *frequency;
    uint32_t *id = memory_new(count, sizeof *id), *sorted = memory_new(count, sizeof *sorted);
    for (uint32_t k = 0; k < count; k++)
        if (k < known || f[k] >= cutoff || (spare && spare[k]))
            id[kept++] = k;
    sort_by_digit(sorted, id, kept, f, 0);
    sort_by_digit(id, sorted, kept, f, DIGIT);
    uint32_t *map = memory_new(count, sizeof *map);
    memset(map, 0xFF, count * sizeof *map); /* VOCAB_NONE */
    for (uint32_t k = 0; k < kept; k++) {
        map[id[k]] = k;
        sorted[k] = f[id[k]];
    }
    memory_free(id);
    memory_free(f);
    *frequency = memory_fit(sorted, kept, sizeof *sorted);
    vocab_renumber(v, map, kept);
    return map;
}

/* The first `n` features were seen before, too. */
static void add_frequencies(uint32_t *f, const uint32_t *before, uint32_t n)
{
    for (uint32_t id = 0; id < n; id++)
        f[id] = f[id] > UINT32_MAX - before[id] ? UINT32_MAX : f[id] + before[id];
}

void space_prune(struct space *s, uint32_t cutoff, const uint8_t *spare, const struct space *known,
                 uint32_t **map_node, uint32_t **map_edge)
{
    const uint32_t nodes = known ? vocab_count(known->node) : 0, edges = known ? vocab_count(known->edge) : 0;
    if (known) {
        add_frequencies(s->node_frequency, known->node_frequency, nodes);
        add_frequencies(s->edge_frequency, known->edge_frequency, edges);
    }
    *map_node = renumber(s->node, &s->node_frequency, cutoff, spare, nodes);
    *map_edge = renumber(s->edge, &s->edge_frequency, cutoff, NULL, edges);
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/feature.h"

#include <string.h>

static struct span key_of(const struct space *space, bool edge, uint32_t id)
{
    return vocab_text(edge ? space->edge : space->node, id);
}

static uint32_t number(struct span key, uint32_t k)
{
    uint32_t n = VOCAB_NONE;
    if (key.n >= (k + (size_t)1) * sizeof n)
        memcpy(&n, key.s + k * sizeof n, sizeof n);
    return n;
}

const struct template_line *feature_line(const struct space *space, bool edge, uint32_t id)
{
    const struct template *t = space->template;
    const struct span key = key_of(space, edge, id);
    const uint32_t skeleton = number(key, 0);
    for (size_t l = 0; l < t->count; l++)
        if (t->line[l].edge == edge && t->line[l].skeleton == skeleton &&
            key.n == (1 + (size_t)t->line[l].nmacros) * sizeof skeleton)
            return &t->line[l];
    return NULL;
}

void feature_values(const struct space *space, bool edge, uint32_t id, struct span *value)
{
    const struct span key = key_of(space, edge, id);
    for (uint32_t k = 0; k < TEMPLATE_MACROS; k++) {
        const uint32_t v = number(key, k + 1);
        value[k] = v < vocab_count(space->values) ? vocab_text(space->values, v) : (struct span){"?", 1};
    }
}

struct span feature_text(const struct space *space, bool edge, uint32_t id, struct text_buffer *to)
{
    const struct template_line *line = feature_line(space, edge, id);
    struct span value[TEMPLATE_MACROS];
    to->length = 0;
    text_append(to, (struct span){"", 0});
    feature_values(space, edge, id, value);
    if (line && space->format->attributes && !edge)
        text_append(to, value[0]);
    else if (line)
        template_fill(space->template, line, value, to);
    return (struct span){to->bytes, to->length};
}

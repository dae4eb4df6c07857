/* SPDX-License-Identifier: MIT
 *
 * dataset_attributes: the features of tokens that bring their own, with values (lib/data/crfsuite.c). An attribute's
 * feature has the key that the template's one line makes of a cell with that name (corpus_template). An attribute that
 * stands in a token several times stands there once, with the sum of its values. The array of values is made at the
 * first that is not 1.
 */
#include "lib/base/memory.h"
#include "lib/data/dataset_inside.h"

#include <stdlib.h>

struct valued {
    uint32_t id, place; /* place: in the line */
    double value;
};

/* By number, then as they stand, so that sums are the same everywhere. */
static int by_id(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x->place > y->place) - (x->place < y->place);
}

/* Sort the features of a token, and make one of equal ones; returns how many there are. */
static size_t merge(struct valued *x, size_t n)
{
    size_t kept = 0;
    bool rising = true;
    for (size_t k = 1; k < n; k++)
        rising = rising && x[k - 1].id < x[k].id;
    if (!rising)
        qsort(x, n, sizeof *x, by_id);
    for (size_t k = 0; k < n; k++)
        if (kept && x[kept - 1].id == x[k].id)
            x[kept - 1].value += x[k].value;
        else
            x[kept++] = x[k];
    return kept;
}

static void push_value(struct dataset *d, size_t at, double value)
{
    if (!d->valued && value == 1)
        return;
    if (at >= d->value_capacity || !d->value)
        d->value = memory_grow(d->value, &d->value_capacity, at + 1, sizeof *d->value);
    for (size_t k = 0; !d->valued && k < at; k++)
        d->value[k] = 1;
    d->valued = true;
    d->value[at] = (float)value;
}

/* The features of a token that are known. */
static size_t find(struct dataset *d, const struct space *space, struct space *learner,
                   struct span attributes, struct text_buffer *buffer)
{
    struct span name;
    size_t n = 0;
    double value;
    while (crfsuite_attribute(&attributes, buffer, &name, &value)) {
        uint32_t key[2] = {space->template->line[0].skeleton,
                           learner ? vocab_add(learner->values, name) : vocab_find(space->values, name)};
        const struct span text = {(const char *)key, sizeof key};
        const uint32_t id = key[1] == VOCAB_NONE ? VOCAB_NONE
                            : learner            ? vocab_add(learner->node, text)
                                                 : vocab_find(space->node, text);
        if (id == VOCAB_NONE)
            continue;
        d->token = memory_grow(d->token, &d->token_capacity, n + 1, sizeof *d->token);
        d->token[n] = (struct valued){id, (uint32_t)n, value};
        n++;
    }
    return n;
}

void dataset_attributes(struct dataset *d, const struct space *space, struct space *learner,
                        const struct sentence *s)
{
    struct text_buffer buffer = {0};
    for (uint32_t i = 0; i < s->n; i++) {
        const size_t token = d->tokens + i;
        const struct span attributes = s->cell[(size_t)i * s->ncolumns];
        const size_t found = find(d, space, learner, attributes, &buffer), n = merge(d->token, found);
        for (size_t k = 0; k < n; k++) {
            push_value(d, d->start[token] + k, d->token[k].value);
            dataset_push(&d->node, &d->node_capacity, d->start[token] + k, d->token[k].id);
        }
        dataset_push(&d->start, &d->start_capacity, token + 1, d->start[token] + (uint32_t)n);
        dataset_push(&d->edge_start, &d->edge_start_capacity, token + 1, 0);
    }
    memory_free(buffer.bytes);
}

void dataset_renumber_attributes(struct dataset *d, const uint32_t *map)
{
    size_t kept = 0, begin = 0;
    for (size_t t = 0; t < d->tokens; t++) {
        const size_t end = d->start[t + 1];
        size_t n = 0;
        d->token = memory_grow(d->token, &d->token_capacity, end - begin, sizeof *d->token);
        for (size_t k = begin; k < end; k++)
            if (map[d->node[k]] != VOCAB_NONE)
                d->token[n++] = (struct valued){map[d->node[k]], (uint32_t)n, d->valued ? d->value[k] : 1};
        n = merge(d->token, n);
        for (size_t k = 0; k < n; k++, kept++) {
            d->node[kept] = d->token[k].id;
            if (d->valued)
                d->value[kept] = (float)d->token[k].value;
        }
        begin = end;
        d->start[t + 1] = (uint32_t)kept;
    }
}

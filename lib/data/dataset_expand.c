/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "lib/data/dataset_inside.h"

#include <string.h>

/* All pairs are compared, but without a branch, of which a better sort has several that nobody can foretell. */
void dataset_sort(uint32_t *restrict out, const uint32_t *restrict a, uint32_t *restrict rank, size_t n)
{
    memset(rank, 0, n * sizeof *rank);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            rank[i] += (int32_t)a[j] < (int32_t)a[i]; /* below 2^31, and signed ones are compared faster */
    for (size_t i = 0; i < n; i++)
        out[i] = VOCAB_NONE;
    for (size_t i = 0; i < n; i++) {
        size_t place = rank[i];
        while (out[place] != VOCAB_NONE)
            place++; /* lines that share their text can make one feature twice */
        out[place] = a[i];
    }
}

/* The key of one template line at token i: [1 + nmacros]; false if a cell is one that training never saw. */
static bool make_key(const struct space *space, const struct template_line *t, const uint32_t *row,
                     uint32_t n, uint32_t i, uint32_t *key)
{
    key[0] = t->skeleton;
    for (uint32_t k = 0; k < t->nmacros; k++) {
        const struct macro *m = &t->macro[k];
        int64_t at = m->row + (!m->absolute ? (int64_t)i : m->row < 0 ? (int64_t)n : 0);
        key[k + 1] = (uint64_t)at < n ? row[(size_t)m->slot * n + (size_t)at]
                     : at < 0         ? space->boundary[0][-at - 1]
                                      : space->boundary[1][at - n];
        if (key[k + 1] == VOCAB_NONE)
            return false;
    }
    return true;
}

/* Tokens on their way to their features, one in each step: keys, slots, ends, strings. */
#define STEPS 4

/* The features of one token that are looked up. U and B features have a vocab each. */
struct pending {
    size_t nodes, edges;
    struct vocab_query *node, *edge; /* [lines] */
    uint32_t *key; /* [lines][1 + TEMPLATE_MACROS] */
};

/* Keys of all features of token i. */
static void prepare(const struct space *space, const uint32_t *row, uint32_t n, uint32_t i, struct pending *p)
{
    uint32_t *key = p->key;
    p->nodes = p->edges = 0;
    for (size_t l = 0; l < space->template->count; l++) {
        const struct template_line *t = &space->template->line[l];
        if ((t->edge && i == 0) || !make_key(space, t, row, n, i, key))
            continue;
        struct vocab_query *q = t->edge ? &p->edge[p->edges++] : &p->node[p->nodes++];
        q->s = (struct span){(const char *)key, (1 + t->nmacros) * sizeof *key};
        key += 1 + t->nmacros;
    }
    vocab_ask_slots(space->node, p->node, p->nodes);
    vocab_ask_slots(space->edge, p->edge, p->edges);
}

static void ask_ends(const struct space *space, struct pending *p)
{
    vocab_ask_ends(space->node, p->node, p->nodes);
    vocab_ask_ends(space->edge, p->edge, p->edges);
}

static void ask_texts(const struct space *space, struct pending *p)
{
    vocab_ask_texts(space->node, p->node, p->nodes);
    vocab_ask_texts(space->edge, p->edge, p->edges);
}

/* Append the answers to `ids` from `begin` on, in rising order but while training learns; where they end. */
static size_t collect(uint32_t **ids, size_t *capacity, size_t begin, const struct vocab_query *q,
                      size_t count, uint32_t *scratch, bool learning)
{
    size_t n = 0;
    *ids = memory_grow(*ids, capacity, begin + count, sizeof **ids);
    uint32_t *to = learning ? *ids + begin : scratch;
    for (size_t k = 0; k < count; k++)
        if (q[k].id != VOCAB_NONE)
            to[n++] = q[k].id;
    if (!learning)
        dataset_sort(*ids + begin, to, scratch + count, n);
    return begin + n;
}

/* Append the features of the next token. */
static void look_up(struct dataset *d, const struct space *space, struct space *learner, struct pending *p,
                    size_t token)
{
    if (learner) {
        vocab_add_asked(learner->node, p->node, p->nodes);
        vocab_add_asked(learner->edge, p->edge, p->edges);
    } else {
        vocab_find_asked(space->node, p->node, p->nodes);
        vocab_find_asked(space->edge, p->edge, p->edges);
    }
    size_t nodes =
               collect(&d->node, &d->node_capacity, d->start[token], p->node, p->nodes, d->scratch, learner),
           edges = collect(&d->edge, &d->edge_capacity, d->edge_start[token], p->edge, p->edges, d->scratch,
                           learner);
    dataset_push(&d->start, &d->start_capacity, token + 1, (uint32_t)nodes);
    dataset_push(&d->edge_start, &d->edge_start_capacity, token + 1, (uint32_t)edges);
}

/* Scratch for templates of so many lines. */
static void make_room(struct dataset *d, size_t lines)
{
    if (d->pending)
        return;
    d->pending = memory_new(STEPS, sizeof *d->pending);
    d->query = memory_new(STEPS * 2 * lines, sizeof *d->query);
    d->key = memory_new(STEPS * lines, (1 + TEMPLATE_MACROS) * sizeof *d->key);
    d->scratch = memory_new(2 * lines, sizeof *d->scratch);
    for (size_t k = 0; k < STEPS; k++)
        d->pending[k] = (struct pending){.node = d->query + 2 * k * lines,
                                         .edge = d->query + (2 * k + 1) * lines,
                                         .key = d->key + k * lines * (1 + TEMPLATE_MACROS)};
}

/* Append the features of a sentence, given its rows of values: while one token waits for memory, others take their
 * next step. */
void dataset_expand(struct dataset *d, const struct space *space, struct space *learner, const uint32_t *row,
                    uint32_t n)
{
    make_room(d, space->template->count);
    struct pending *p = d->pending;
    for (uint32_t i = 0; i < n + 3; i++) {
        if (i >= 3)
            look_up(d, space, learner, &p[(i - 3) % STEPS], d->tokens + i - 3);
        if (i >= 2 && i - 2 < n)
            ask_texts(space, &p[(i - 2) % STEPS]);
        if (i >= 1 && i - 1 < n)
            ask_ends(space, &p[(i - 1) % STEPS]);
        if (i < n)
            prepare(space, row, n, i, &p[i % STEPS]);
    }
}

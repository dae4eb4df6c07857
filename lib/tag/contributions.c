/* SPDX-License-Identifier: MIT */
#include "lib/tag/contributions.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <stdlib.h>

static void see(void *to, const struct parameter *p)
{
    bool *exact = to;
    *exact = *exact && p->kind != PARAMETER_EMBEDDING && p->kind != PARAMETER_MATRIX;
}

bool contributions_exact(const struct model *m)
{
    bool exact = m->ops->parameters != NULL;
    if (exact)
        m->ops->parameters(m, see, &exact);
    return exact;
}

/* ---- the list */

#define NOBODY UINT32_MAX

/* Where each feature stands in the sentence: a list of places for each, which are numbers in z->node or z->edge less
 * the first one. */
struct places {
    uint32_t features; /* 1 + the greatest id */
    uint32_t *first; /* [features] */
    uint32_t *next, *token; /* [places] */
};

static struct places places_of(const uint32_t *start, const uint32_t *id, uint32_t n)
{
    struct places p = {0};
    for (uint32_t k = start[0]; k < start[n]; k++)
        p.features = id[k] < p.features ? p.features : id[k] + 1;
    p.first = memory_new(p.features, sizeof *p.first);
    p.next = memory_new(start[n] - start[0], sizeof *p.next);
    p.token = memory_new(start[n] - start[0], sizeof *p.token);
    for (uint32_t f = 0; f < p.features; f++)
        p.first[f] = NOBODY;
    for (uint32_t i = n; i-- > 0;)
        for (uint32_t k = start[i + 1]; k-- > start[i];) {
            const uint32_t at = k - start[0];
            p.token[at] = i;
            p.next[at] = p.first[id[k]];
            p.first[id[k]] = at;
        }
    return p;
}

static void places_free(struct places *p)
{
    memory_free(p->first);
    memory_free(p->next);
    memory_free(p->token);
}

struct collector {
    const struct example *z;
    const uint32_t *y;
    const real *w;
    struct places node, edge;
    struct contribution *item;
    size_t count, capacity;
};

/* Does the weight add to the score of token i's label? */
static bool adds(const struct collector *c, const struct parameter *p, uint32_t i)
{
    if (p->kind == PARAMETER_STATE)
        return p->to == c->y[i];
    return i > 0 && p->from == c->y[i - 1] && p->to == c->y[i];
}

static void keep(struct collector *c, const struct parameter *p, uint32_t i, double value)
{
    const double score = value * (double)c->w[p->index];
    if (score == 0 || !adds(c, p, i))
        return;
    c->item = memory_grow(c->item, &c->capacity, c->count + 1, sizeof *c->item);
    c->item[c->count++] = (struct contribution){i, *p, value, score};
}

static void collect(void *to, const struct parameter *p)
{
    struct collector *c = to;
    const struct example *z = c->z;
    const bool edge = p->kind == PARAMETER_EDGE;
    const struct places *places = edge ? &c->edge : &c->node;
    const float *value = z->value && !edge ? z->value + z->start[0] : NULL;
    for (uint32_t i = 1; p->kind == PARAMETER_TRANSITION && i < z->n; i++)
        keep(c, p, i, 1);
    if (p->kind != PARAMETER_TRANSITION && p->feature < places->features)
        for (uint32_t at = places->first[p->feature]; at != NOBODY; at = places->next[at])
            keep(c, p, places->token[at], value ? (double)value[at] : 1);
}

/* Ties: as the weights stand. */
static int by_token(const void *x, const void *y)
{
    const struct contribution *p = x, *q = y;
    if (p->token != q->token)
        return p->token < q->token ? -1 : 1;
    if (fabs(p->score) != fabs(q->score))
        return fabs(p->score) > fabs(q->score) ? -1 : 1;
    return (p->parameter.index > q->parameter.index) - (p->parameter.index < q->parameter.index);
}

struct contribution *contributions_list(const struct model *m, const real *w, const struct example *z,
                                        const uint32_t *y, size_t *count)
{
    struct collector c = {.z = z, .y = y, .w = w};
    c.node = places_of(z->start, z->node, z->n);
    c.edge = places_of(z->edge_start, z->edge, z->n);
    m->ops->parameters(m, collect, &c);
    if (c.count)
        qsort(c.item, c.count, sizeof *c.item, by_token);
    places_free(&c.node);
    places_free(&c.edge);
    *count = c.count;
    return c.item;
}

/* ---- scores */

/* The scores of token i's label in a chain that was laid. */
static void score_token(const struct chain *c, const uint32_t *y, uint32_t i, double *emission,
                        double *transition)
{
    *emission = (double)c->node[i * (size_t)c->stride + y[i]];
    *transition = i ? (double)c->edge[y[i - 1] * (size_t)c->stride + y[i]] : 0;
    if (i && c->pairs)
        for (uint32_t p = c->pairs->row[y[i - 1]]; p < c->pairs->row[y[i - 1] + 1]; p++)
            if (c->pairs->to[p] == y[i])
                *transition += (double)c->pair[i * (size_t)c->pairs->stride + p];
}

double contributions_scores(const struct model *m, const real *w, const struct example *z, const uint32_t *y,
                            double *emission, double *transition, void *scratch)
{
    const struct weights view = {.w = w, .scale = 1};
    struct chain *c = m->ops->score(m, &view, z, scratch);
    double score = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        double e, t;
        score_token(c, y, i, &e, &t);
        score += e + t;
        if (emission)
            emission[i] = e, transition[i] = t;
    }
    return score - chain_posterior(kernel_get(), c);
}

double contributions_without(const struct model *m, const real *w, const struct example *z, const uint32_t *y,
                             uint32_t k, void *scratch)
{
    const uint32_t first = z->start[0], size = z->start[z->n] - first;
    uint32_t *start = memory_new(z->n + (size_t)1, sizeof *start), *node = memory_new(size, sizeof *node),
             count = 0;
    float *value = z->value ? memory_new(size, sizeof *value) : NULL;
    for (uint32_t i = 0; i <= z->n; i++)
        start[i] = z->start[i] - first - (z->start[i] > k);
    for (uint32_t j = first; j < first + size; j++) {
        if (j == k)
            continue;
        if (value)
            value[count] = z->value[j];
        node[count++] = z->node[j];
    }
    struct example without = *z;
    without.start = start;
    without.node = node;
    without.value = value;
    const double p = contributions_scores(m, w, &without, y, NULL, NULL, scratch);
    memory_free(start);
    memory_free(node);
    memory_free(value);
    return p;
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/nbest.h"

#include "lib/base/memory.h"

#include <stdbool.h>

struct nbest {
    uint32_t K, T, n; /* n: positions of the last run */
    double *into; /* [T][T] scores of the transitions into position i, row: the label after */
    double *stop; /* [T] of the transitions out of the last position: zeros */
    double *before, *now; /* [T][K] scores of the beginnings of positions i-1 and i, best first */
    uint32_t *count_before, *count; /* [T] how many */
    uint32_t *back; /* [longest][T][K] label before * K + rank there */
    double *total; /* [K] scores of whole labellings, */
    uint32_t *end; /* [K] and their last label * K + rank */
    /* of a merge */
    uint32_t *heap; /* [T] labels before, by the score of the head of their list */
    uint32_t *taken; /* [T] of a label's list */
    double *head; /* [T] */
};

struct nbest *nbest_new(uint32_t K, uint32_t T, uint32_t longest)
{
    struct nbest *b = memory_new(1, sizeof *b);
    size_t lists = (size_t)T * K;
    *b = (struct nbest){.K = K,
                        .T = T,
                        .into = memory_new((size_t)T * T, sizeof *b->into),
                        .stop = memory_new(T, sizeof *b->stop),
                        .before = memory_new(lists, sizeof *b->before),
                        .now = memory_new(lists, sizeof *b->now),
                        .count_before = memory_new(T, sizeof *b->count_before),
                        .count = memory_new(T, sizeof *b->count),
                        .back = memory_new(lists * longest, sizeof *b->back),
                        .total = memory_new(K, sizeof *b->total),
                        .end = memory_new(K, sizeof *b->end),
                        .heap = memory_new(T, sizeof *b->heap),
                        .taken = memory_new(T, sizeof *b->taken),
                        .head = memory_new(T, sizeof *b->head)};
    return b;
}

void nbest_free(struct nbest *b)
{
    if (!b)
        return;
    void *const arrays[] = {b->into, b->stop,  b->before, b->now,  b->count_before, b->count,
                            b->back, b->total, b->end,    b->heap, b->taken,        b->head};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    memory_free(b);
}

static bool allowed(double score)
{
    return score > (double)CHAIN_FORBIDDEN / 2;
}

static bool better(const struct nbest *b, uint32_t a, uint32_t other)
{
    return a < other ? b->head[a] >= b->head[other] : b->head[a] > b->head[other];
}

/* Let the entry at k sink to where it belongs. */
static void sink(const struct nbest *b, uint32_t size, uint32_t k)
{
    uint32_t *heap = b->heap, entry = heap[k];
    for (uint32_t child; (child = 2 * k + 1) < size; k = child) {
        if (child + 1 < size && better(b, heap[child + 1], heap[child]))
            child++;
        if (!better(b, heap[child], entry))
            break;
        heap[k] = heap[child];
    }
    heap[k] = entry;
}

/* The best of all lists `before`, each with into[label] added, into score[K] and back[K]. */
static uint32_t merge(struct nbest *b, const double *before, const uint32_t *count, const double *into,
                      double *score, uint32_t *back)
{
    uint32_t size = 0, made = 0;
    for (uint32_t a = 0; a < b->T; a++) {
        if (count[a] == 0 || !allowed(into[a]))
            continue;
        b->taken[a] = 0;
        b->head[a] = before[(size_t)a * b->K] + into[a];
        b->heap[size++] = a;
    }
    for (uint32_t k = size / 2; k-- > 0;)
        sink(b, size, k);
    for (; made < b->K && size; made++) {
        uint32_t a = b->heap[0];
        score[made] = b->head[a];
        back[made] = a * b->K + b->taken[a];
        if (++b->taken[a] < count[a])
            b->head[a] = before[(size_t)a * b->K + b->taken[a]] + into[a];
        else
            b->heap[0] = b->heap[--size];
        sink(b, size, 0);
    }
    return made;
}

/* Pairs that score at every position replace their transitions; the others stay from position to position. */
static void transitions(struct nbest *b, const struct chain *c, uint32_t i)
{
    const struct chain_pairs *pairs = c->pairs;
    for (uint32_t y = 0; i == 1 && y < b->T; y++)
        for (uint32_t a = 0; a < b->T; a++)
            b->into[(size_t)y * b->T + a] = (double)c->edge[(size_t)a * c->stride + y];
    for (uint32_t p = 0; pairs && p < pairs->count; p++)
        b->into[(size_t)pairs->to[p] * b->T + pairs->from[p]] =
            (double)c->edge[(size_t)pairs->from[p] * c->stride + pairs->to[p]] +
            (double)c->pair[(size_t)i * pairs->stride + p];
}

static void step(struct nbest *b, const struct chain *c, uint32_t i)
{
    const uint32_t T = b->T, K = b->K;
    double *swap = b->before;
    uint32_t *counts = b->count_before;
    b->before = b->now, b->now = swap;
    b->count_before = b->count, b->count = counts;
    if (i)
        transitions(b, c, i);
    for (uint32_t y = 0; y < T; y++) {
        double node = (double)c->node[(size_t)i * c->stride + y], *score = b->now + (size_t)y * K;
        uint32_t *back = b->back + ((size_t)i * T + y) * K;
        score[0] = 0;
        b->count[y] = !allowed(node) ? 0
                      : i ? merge(b, b->before, b->count_before, b->into + (size_t)y * T, score, back)
                          : 1;
        for (uint32_t k = 0; k < b->count[y]; k++)
            score[k] += node;
    }
}

uint32_t nbest_run(struct nbest *b, const struct chain *c)
{
    b->n = c->n;
    for (uint32_t i = 0; i < c->n; i++)
        step(b, c, i);
    return merge(b, b->now, b->count, b->stop, b->total, b->end);
}

double nbest_path(const struct nbest *b, uint32_t rank, uint32_t *y)
{
    uint32_t at = b->end[rank];
    for (uint32_t i = b->n; i-- > 0;) {
        y[i] = at / b->K;
        at = b->back[((size_t)i * b->T + y[i]) * b->K + at % b->K];
    }
    return b->total[rank];
}

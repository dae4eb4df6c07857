/* SPDX-License-Identifier: MIT */
#include "lib/tag/ranking.h"

#include "lib/base/memory.h"
#include "lib/num/constraint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Branch and bound stops after so many sums of two terms: a second or less. */
#define RANKING_WORK 20000000
#define SPARE 1 /* what the beam keeps besides those wanted */

/* One answer: its sum, and where it stands in `read`. */
struct ranked {
    double score;
    uint32_t slot;
};

/* A beginning that the beam may keep. */
struct beginning {
    double bound;
    uint32_t row, read; /* row of `rows`: what stands before the label */
};

struct ranking {
    const struct answers *a;
    const struct expansion *x;
    uint32_t wanted, width, n, count;
    bool proven, cut; /* cut: the beam let some go */
    uint64_t work;
    double log_z;
    double *edge; /* [arcs] */
    double *rest; /* [n][S] */
    double *ahead; /* [n][S] branch: prefix sums of all next labels, state by state */
    double *bound; /* [n][A] */
    uint32_t *order, *next; /* [n][A] labels by falling bound, [n] the next to try */
    uint32_t *path; /* [n] */
    size_t rest_capacity, ahead_capacity, bound_capacity, order_capacity, next_capacity, path_capacity;
    /* beam */
    double *rows, *rows_before; /* [width][S] prefix sums */
    struct beginning *kept; /* [width] a heap, the worst on top */
    uint32_t *back; /* [n][width] row before */
    uint32_t *spoken; /* [n][width] label */
    size_t back_capacity, spoken_capacity;
    /* answers */
    struct ranked *list; /* [wanted] sorted, the best first */
    uint32_t *read; /* [wanted][n] */
    size_t read_capacity;
};

struct ranking *ranking_new(const struct answers *a, uint32_t wanted)
{
    struct ranking *r = memory_new(1, sizeof *r);
    uint32_t width = wanted + SPARE;
    *r = (struct ranking){.a = a,
                          .wanted = wanted,
                          .width = width,
                          .edge = memory_new(a->row[a->S], sizeof *r->edge),
                          .rows = memory_new((size_t)width * a->S, sizeof *r->rows),
                          .rows_before = memory_new((size_t)width * a->S, sizeof *r->rows),
                          .kept = memory_new(width, sizeof *r->kept),
                          .list = memory_new(wanted, sizeof *r->list)};
    return r;
}

void ranking_free(struct ranking *r)
{
    if (!r)
        return;
    void *const arrays[] = {r->edge, r->rest,        r->ahead, r->bound, r->order,  r->next, r->path,
                            r->rows, r->rows_before, r->kept,  r->back,  r->spoken, r->list, r->read};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    memory_free(r);
}

/* log(exp(a) + exp(b)) */
static double sum(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return low < high - 40 || low == -INFINITY ? high : high + log1p(exp(low - high));
}

static double score_of(real x)
{
    return constraint_met((double)x) ? (double)x : -INFINITY;
}

/* Of transition k into position i, the node's included. */
static double psi(const struct ranking *r, uint32_t i, uint32_t k)
{
    const struct chain *c = &r->x->chain;
    uint32_t p = r->x->pair[k];
    return r->edge[k] + (p == ANSWERS_NONE ? 0 : (double)c->pair[(size_t)i * c->pairs->stride + p]) +
           score_of(c->node[(size_t)i * c->stride + r->a->to[k]]);
}

static void take(struct ranking *r, const struct expansion *x)
{
    const struct answers *a = r->a;
    r->x = x;
    r->n = x->chain.n;
    for (uint32_t s = 0; s < a->S; s++)
        for (uint32_t k = a->row[s]; k < a->row[s + 1]; k++)
            r->edge[k] = score_of(x->chain.edge[(size_t)s * x->chain.stride + a->to[k]]);
}

/* Prefix sums at position 0. */
static void begin(const struct ranking *r, double *out)
{
    for (uint32_t s = 0; s < r->a->S; s++)
        out[s] = score_of(r->x->chain.node[s]);
}

/* in: prefix sums at i - 1, of the states of one label; out [S]: at i, of all states. */
static void extend(struct ranking *r, uint32_t i, uint32_t label, const double *in, double *out)
{
    const struct answers *a = r->a;
    for (uint32_t s = 0; s < a->S; s++)
        out[s] = -INFINITY;
    for (uint32_t s = a->states[label]; s < a->states[label + 1]; s++) {
        if (in[s] == -INFINITY)
            continue;
        for (uint32_t k = a->row[s]; k < a->row[s + 1]; k++)
            out[a->to[k]] = sum(out[a->to[k]], in[s] + psi(r, i, k));
        r->work += a->row[s + 1] - a->row[s];
    }
}

static double bound_of(const struct ranking *r, uint32_t i, uint32_t label, const double *prefix)
{
    double bound = -INFINITY;
    const double *rest = r->rest + (size_t)i * r->a->S;
    for (uint32_t s = r->a->states[label]; s < r->a->states[label + 1]; s++)
        bound = sum(bound, prefix[s] + rest[s]);
    return bound;
}

/* What may follow each state: rest, and the sum over all for log Z. */
static void look_ahead(struct ranking *r)
{
    const struct answers *a = r->a;
    double *all = r->rows, *all_after = r->rows_before; /* [S] each; the beam comes later */
    memset(all, 0, a->S * sizeof *all);
    for (uint32_t s = 0; s < a->S; s++)
        r->rest[(size_t)(r->n - 1) * a->S + s] = 0;
    for (uint32_t i = r->n - 1; i-- > 0;) {
        const double *after = r->rest + (i + (size_t)1) * a->S;
        double *swap = all;
        all = all_after, all_after = swap;
        for (uint32_t s = 0; s < a->S; s++) {
            double best = -INFINITY, total = -INFINITY;
            for (uint32_t k = a->row[s]; k < a->row[s + 1];) {
                uint32_t label = a->read[a->to[k]];
                double of_label = -INFINITY;
                for (; k < a->row[s + 1] && a->read[a->to[k]] == label; k++) {
                    double score = psi(r, i + 1, k);
                    of_label = sum(of_label, score + after[a->to[k]]);
                    total = sum(total, score + all_after[a->to[k]]);
                }
                best = of_label > best ? of_label : best;
            }
            r->rest[(size_t)i * a->S + s] = best;
            all[s] = total;
        }
    }
    r->log_z = -INFINITY;
    for (uint32_t s = 0; s < a->S; s++)
        r->log_z = sum(r->log_z, score_of(r->x->chain.node[s]) + all[s]);
}

/* ---- heaps with the worst on top */

static void sink_beginning(struct beginning *heap, uint32_t size, uint32_t k)
{
    struct beginning entry = heap[k];
    for (uint32_t child; (child = 2 * k + 1) < size; k = child) {
        child += child + 1 < size && heap[child + 1].bound < heap[child].bound;
        if (heap[child].bound >= entry.bound)
            break;
        heap[k] = heap[child];
    }
    heap[k] = entry;
}

static void rise_beginning(struct beginning *heap, uint32_t k)
{
    struct beginning entry = heap[k];
    for (; k && heap[(k - 1) / 2].bound > entry.bound; k = (k - 1) / 2)
        heap[k] = heap[(k - 1) / 2];
    heap[k] = entry;
}

/* Keep a candidate if it is one of the best `width`. */
static uint32_t offer(struct ranking *r, uint32_t size, struct beginning c)
{
    if (c.bound == -INFINITY)
        return size;
    if (size < r->width) {
        r->kept[size] = c;
        rise_beginning(r->kept, size);
        return size + 1;
    }
    r->cut = true;
    if (c.bound > r->kept[0].bound) {
        r->kept[0] = c;
        sink_beginning(r->kept, size, 0);
    }
    return size;
}

/* ---- answers found */

/* Keep an answer if it is one of the best, and new. The list is sorted, and short beside the work of finding one. */
static void found(struct ranking *r, double score, const uint32_t *read)
{
    size_t bytes = r->n * sizeof *read;
    for (uint32_t k = 0; k < r->count; k++)
        if (r->list[k].score == score && memcmp(r->read + (size_t)r->list[k].slot * r->n, read, bytes) == 0)
            return;
    uint32_t at = r->count, slot = r->count;
    if (r->count == r->wanted) {
        if (score <= r->list[--at].score)
            return;
        slot = r->list[at].slot;
    } else
        r->count++;
    for (; at && r->list[at - 1].score < score; at--)
        r->list[at] = r->list[at - 1];
    r->list[at] = (struct ranked){score, slot};
    memcpy(r->read + (size_t)slot * r->n, read, bytes);
}

/* What an answer must beat. */
static double floor_of(const struct ranking *r)
{
    return r->count == r->wanted ? r->list[r->count - 1].score : -INFINITY;
}

/* ---- beam */

static void beam(struct ranking *r)
{
    const struct answers *a = r->a;
    uint32_t size = 0, rows = 1;
    r->cut = false;
    begin(r, r->rows);
    for (uint32_t i = 0; i < r->n; i++) {
        size = 0;
        for (uint32_t row = 0; row < rows; row++)
            for (uint32_t label = 0; label < a->A; label++)
                size = offer(
                    r, size,
                    (struct beginning){bound_of(r, i, label, r->rows + (size_t)row * a->S), row, label});
        double *swap = r->rows;
        r->rows = r->rows_before, r->rows_before = swap;
        for (uint32_t k = 0; k < size; k++) {
            const struct beginning *c = &r->kept[k];
            r->back[(size_t)i * r->width + k] = c->row;
            r->spoken[(size_t)i * r->width + k] = c->read;
            if (i + 1 < r->n)
                extend(r, i + 1, c->read, r->rows_before + (size_t)c->row * a->S, r->rows + (size_t)k * a->S);
        }
        rows = size;
    }
    for (uint32_t k = 0; k < size; k++) {
        uint32_t at = k;
        for (uint32_t i = r->n; i-- > 0; at = r->back[(size_t)i * r->width + at])
            r->path[i] = r->spoken[(size_t)i * r->width + at];
        found(r, r->kept[k].bound, r->path);
    }
}

/* ---- branch and bound */

/* The labels at position i in the order in which they are tried. */
static void branch(struct ranking *r, uint32_t i)
{
    const uint32_t A = r->a->A;
    double *bound = r->bound + (size_t)i * A;
    uint32_t *order = r->order + (size_t)i * A;
    for (uint32_t label = 0; label < A; label++) {
        uint32_t at = label;
        bound[label] = bound_of(r, i, label, r->ahead + (size_t)i * r->a->S);
        for (; at && bound[order[at - 1]] < bound[label]; at--)
            order[at] = order[at - 1];
        order[at] = label;
    }
    r->next[i] = 0;
}

static void follow(struct ranking *r)
{
    const uint32_t A = r->a->A, S = r->a->S;
    uint32_t i = 0;
    r->work = 0;
    begin(r, r->ahead);
    branch(r, 0);
    for (;;) {
        uint32_t k = r->next[i]++, label = k < A ? r->order[(size_t)i * A + k] : 0;
        if (k == A || r->bound[(size_t)i * A + label] <= floor_of(r)) {
            if (i-- == 0)
                break;
            continue;
        }
        r->path[i] = label;
        if (i + 1 == r->n) {
            found(r, r->bound[(size_t)i * A + label], r->path);
            continue;
        }
        if (r->work > RANKING_WORK) {
            r->proven = false;
            break;
        }
        extend(r, i + 1, label, r->ahead + (size_t)i * S, r->ahead + (i + (size_t)1) * S);
        branch(r, ++i);
    }
}

uint32_t ranking_run(struct ranking *r, const struct expansion *x)
{
    take(r, x);
    size_t n = r->n, S = r->a->S, A = r->a->A;
    r->rest = memory_grow(r->rest, &r->rest_capacity, n * S, sizeof *r->rest);
    r->ahead = memory_grow(r->ahead, &r->ahead_capacity, n * S, sizeof *r->ahead);
    r->bound = memory_grow(r->bound, &r->bound_capacity, n * A, sizeof *r->bound);
    r->order = memory_grow(r->order, &r->order_capacity, n * A, sizeof *r->order);
    r->next = memory_grow(r->next, &r->next_capacity, n, sizeof *r->next);
    r->path = memory_grow(r->path, &r->path_capacity, n, sizeof *r->path);
    r->back = memory_grow(r->back, &r->back_capacity, n * r->width, sizeof *r->back);
    r->spoken = memory_grow(r->spoken, &r->spoken_capacity, n * r->width, sizeof *r->spoken);
    r->read = memory_grow(r->read, &r->read_capacity, n * r->wanted, sizeof *r->read);
    r->count = 0;
    r->proven = true;
    look_ahead(r);
    beam(r);
    if (r->cut)
        follow(r);
    return r->count;
}

double ranking_answer(const struct ranking *r, uint32_t rank, const uint32_t **read)
{
    *read = r->read + (size_t)r->list[rank].slot * r->n;
    return r->list[rank].score;
}

double ranking_log_z(const struct ranking *r)
{
    return r->log_z;
}

bool ranking_proven(const struct ranking *r)
{
    return r->proven;
}

double ranking_score(struct ranking *r, const struct expansion *x, const uint32_t *read)
{
    take(r, x);
    double *at = r->rows, *before = r->rows_before, score = -INFINITY;
    begin(r, at);
    for (uint32_t i = 1; i < r->n; i++) {
        double *swap = before;
        before = at, at = swap;
        extend(r, i, read[i - 1], before, at);
    }
    for (uint32_t s = r->a->states[read[r->n - 1]]; s < r->a->states[read[r->n - 1] + 1]; s++)
        score = sum(score, at[s]);
    return score;
}

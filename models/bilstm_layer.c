/* SPDX-License-Identifier: MIT */
#include "models/bilstm_layer.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <string.h>

static size_t gate_row(const struct layer *l) /* G S */
{
    return l->gates * l->stride;
}

static size_t parts(const struct layer *l) /* of a diagonal layer's input */
{
    return l->width / l->stride;
}

/* Are products and recurrence of a diagonal layer one loop? */
static bool is_fused(const struct layer *l)
{
    return !l->full && parts(l) == 1;
}

void direction_init(struct direction *d, const struct layer *l, bool reverse, uint32_t longest)
{
    const size_t n = longest, row = gate_row(l), S = l->stride;
    *d = (struct direction){.layer = l};
    d->r = (struct recurrence){.cell = l->cell,
                               .full = l->full,
                               .hidden = l->hidden,
                               .stride = S,
                               .pitch = 2 * S,
                               .reverse = reverse};
    d->z = memory_lines(n * row, sizeof(real));
    d->c = memory_lines(l->cell == DENSE_RNN ? 0 : n * S, sizeof(real));
    d->t = memory_lines(l->cell == DENSE_RNN ? 0 : n * S, sizeof(real));
    d->apart = memory_reserve(l->full ? n * S : 0, sizeof(real));
    d->db = memory_lines(row, sizeof(real));
    d->dwx = memory_lines(l->full ? 0 : parts(l) * row, sizeof(real));
    d->dwh = memory_lines(!l->full ? row : l->cell == DENSE_GRU ? l->room : 0, sizeof(real));
}

void direction_free(struct direction *d)
{
    memory_free(d->z);
    memory_free(d->c);
    memory_free(d->t);
    memory_free(d->db);
    memory_free(d->dwx);
    memory_free(d->dwh);
    memory_free(d->apart);
}

static void take(struct direction *d, const struct matrices *w, const struct rows *s)
{
    struct recurrence *r = &d->r;
    r->n = s->n;
    r->inference = s->inference;
    r->wh = w->wh;
    r->h = s->h;
    r->dh = s->dh;
    r->z = d->z;
    r->c = d->c;
    r->t = d->t;
    r->dwh = d->dwh;
    if (!is_fused(d->layer))
        return;
    r->wx = w->wx;
    r->b = w->b;
    r->x = s->x;
    r->dx = s->dx;
    r->x_pitch = d->layer->width;
    r->dwx = d->dwx;
    r->db = d->db;
}

/* The recurrence of one sentence after another, or of a single one. */
static void alone(struct direction *d, const struct matrices *w, const struct rows *s,
                  void (*run)(const struct recurrence *r))
{
    take(d, w, s);
    for (uint32_t k = 0; k < s->pack->count; k++) {
        const size_t first = s->pack->count > 1 ? s->pack->first[k] : 0;
        d->r.n = s->pack->sentence[k]->n;
        d->r.z = d->z + first * gate_row(d->layer);
        d->r.c = d->c + first * d->layer->stride;
        d->r.t = d->t + first * d->layer->stride;
        d->r.h = s->h + first * d->r.pitch;
        d->r.dh = s->dh + first * d->r.pitch;
        run(&d->r);
    }
}

/* A step of sentences side by side: its rows, and those of the step that a direction took before it. */
struct stage {
    size_t first, rows, earlier, shared; /* shared: rows that have an earlier one */
};

static struct stage stage_of(const struct pack *p, bool reverse, uint32_t step)
{
    const uint32_t t = reverse ? p->steps - 1 - step : step;
    struct stage s = {.first = p->offset[t], .rows = p->active[t]};
    if (step) {
        s.earlier = p->offset[reverse ? t + 1 : t - 1];
        s.shared = reverse ? p->active[t + 1] : p->active[t];
    }
    return s;
}

static struct dense_rows rows_of(const struct direction *d, const struct rows *s, struct stage a)
{
    const size_t S = d->layer->stride, pitch = d->r.pitch;
    return (struct dense_rows){.rows = a.rows,
                               .stride = S,
                               .pitch = pitch,
                               .z = d->z + a.first * gate_row(d->layer),
                               .h = s->h + a.first * pitch,
                               .c = d->c + a.first * S,
                               .t = d->t + a.first * S,
                               .c_before = d->c + a.earlier * S,
                               .before = a.shared,
                               .dh = s->dh + a.first * pitch};
}

RACY static void side_by_side(struct direction *d, const struct matrices *w, const struct rows *s)
{
    const size_t row = gate_row(d->layer);
    for (uint32_t step = 0; step < s->pack->steps; step++) {
        const struct stage a = stage_of(s->pack, d->r.reverse, step);
        const struct dense_rows rows = rows_of(d, s, a);
        if (a.shared)
            dense_get()->product(&(struct product){.m = a.shared,
                                                   .k = d->layer->hidden,
                                                   .n = row,
                                                   .A = s->h + a.earlier * d->r.pitch,
                                                   .a_row = d->r.pitch,
                                                   .a_column = 1,
                                                   .B = w->wh,
                                                   .b_row = row,
                                                   .base = rows.z,
                                                   .base_row = row,
                                                   .C = rows.z,
                                                   .c_row = row});
        dense_get()->lstm_rows(&rows);
    }
}

RACY static void side_by_side_back(struct direction *d, const struct matrices *w, const struct rows *s)
{
    const size_t row = gate_row(d->layer);
    struct stage later = {0};
    for (uint32_t step = s->pack->steps; step-- > 0;) {
        const struct stage a = stage_of(s->pack, d->r.reverse, step);
        struct dense_rows rows = rows_of(d, s, a);
        rows.t_after = d->t + later.first * d->layer->stride;
        rows.after = later.shared;
        dense_get()->lstm_rows_back(&rows);
        real *dh = s->dh + a.earlier * d->r.pitch;
        if (a.shared)
            dense_get()->product_transposed(&(struct product){.m = a.shared,
                                                              .k = row,
                                                              .n = d->layer->hidden,
                                                              .A = rows.z,
                                                              .a_row = row,
                                                              .a_column = 1,
                                                              .B = w->wh,
                                                              .b_row = row,
                                                              .base = dh,
                                                              .base_row = d->r.pitch,
                                                              .C = dh,
                                                              .c_row = d->r.pitch});
        later = a;
    }
}

/* v of every token, each gate of each unit from its number of every part of the input. */
RACY static void apply_diagonals(const struct layer *l, const struct matrices *w, const struct rows *s,
                                 real *restrict v)
{
    const size_t S = l->stride;
    for (uint32_t t = 0; t < s->n; t++, v += gate_row(l)) {
        for (size_t k = 0; k < gate_row(l); k++)
            v[k] = w->b[k];
        for (size_t p = 0; p < parts(l); p++)
            for (size_t g = 0; g < l->gates; g++)
                for (size_t k = 0; k < S; k++)
                    v[g * S + k] += w->wx[(p * l->gates + g) * S + k] * s->x[t * l->width + p * S + k];
    }
}

void direction_forward(struct direction *d, const struct matrices *w, const struct rows *s)
{
    const struct layer *l = d->layer;
    const struct dense *dense = dense_get();
    if (l->full)
        dense->product(&(struct product){.m = s->n,
                                         .k = l->width,
                                         .n = gate_row(l),
                                         .A = s->x,
                                         .a_row = l->width,
                                         .a_column = 1,
                                         .B = w->wx,
                                         .b_row = gate_row(l),
                                         .base = w->b,
                                         .C = d->z,
                                         .c_row = gate_row(l)});
    else if (!is_fused(l))
        apply_diagonals(l, w, s, d->z);
    if (s->pack->side_by_side)
        side_by_side(d, w, s);
    else
        alone(d, w, s, dense->forward);
}

/* The derivatives by x and Wx, from those by v. */
RACY static void apply_diagonals_back(struct direction *d, const struct matrices *w, const struct rows *s)
{
    const struct layer *l = d->layer;
    const size_t S = l->stride;
    const real *dv = d->z;
    memset(d->dwx, 0, parts(l) * gate_row(l) * sizeof(real));
    for (uint32_t t = 0; t < s->n; t++, dv += gate_row(l))
        for (size_t p = 0; p < parts(l); p++)
            for (size_t g = 0; g < l->gates; g++) {
                const real *wx = w->wx + (p * l->gates + g) * S, *x = s->x + t * l->width + p * S;
                real *dwx = d->dwx + (p * l->gates + g) * S, *dx = s->dx + t * l->width + p * S;
                for (size_t k = 0; k < S; k++) {
                    dwx[k] += dv[g * S + k] * x[k];
                    dx[k] += dv[g * S + k] * wx[k];
                }
            }
}

/* db: v's derivatives summed over the tokens. */
static void sum_up(struct direction *d, uint32_t n)
{
    const size_t row = gate_row(d->layer);
    const real *restrict v = d->z;
    real *restrict b = d->db;
    memset(b, 0, row * sizeof *b);
    for (uint32_t t = 0; t < n; t++, v += row)
        for (size_t k = 0; k < row; k++)
            b[k] += v[k];
}

/* h of the token before each, for the product that is Wh's derivative. A single sentence has them in place, beginning
 * with a row of 0. */
static const real *h_before(struct direction *d, const struct rows *s, size_t *pitch)
{
    const size_t S = d->layer->stride;
    const uint32_t *before = d->r.reverse ? s->pack->after : s->pack->before;
    *pitch = s->pack->count > 1 ? S : d->r.pitch;
    if (s->pack->count == 1)
        return d->r.reverse ? s->h + d->r.pitch : s->h - d->r.pitch;
    for (uint32_t row = 0; row < s->n; row++)
        if (before[row] == PACK_NONE)
            memset(d->apart + row * S, 0, S * sizeof(real));
        else
            memcpy(d->apart + row * S, s->h + before[row] * d->r.pitch, S * sizeof(real));
    return d->apart;
}

/* In a full layer v's derivatives are one side of both products. */
static void leave_products(struct direction *d, const struct rows *s)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    d->input = (struct product){.m = l->width,
                                .k = s->n,
                                .n = row,
                                .A = s->x,
                                .a_row = 1,
                                .a_column = l->width,
                                .B = d->z,
                                .b_row = row};
    struct product wh = d->input;
    wh.m = l->hidden;
    wh.A = h_before(d, s, &wh.a_column);
    d->recurrent = wh;
    if (l->cell != DENSE_GRU)
        return;
    /* the candidate sees r h of the token before, which stands in c */
    wh.n = 2 * l->stride;
    wh.C = d->dwh;
    wh.c_row = row;
    dense_get()->product(&wh);
    wh.n = l->stride;
    wh.A = d->c;
    wh.a_column = l->stride;
    wh.B += 2 * l->stride;
    wh.C += 2 * l->stride;
    dense_get()->product(&wh);
}

void direction_backward(struct direction *d, const struct matrices *w, const struct rows *s, bool add)
{
    const struct layer *l = d->layer;
    const struct dense *dense = dense_get();
    if (!add && !l->full)
        memset(s->dx, 0, s->n * l->width * sizeof *s->dx);
    if (s->pack->side_by_side)
        side_by_side_back(d, w, s);
    else
        alone(d, w, s, dense->backward);
    if (l->full) {
        dense->product_transposed(&(struct product){.m = s->n,
                                                    .k = gate_row(l),
                                                    .n = l->width,
                                                    .A = d->z,
                                                    .a_row = gate_row(l),
                                                    .a_column = 1,
                                                    .B = w->wx,
                                                    .b_row = gate_row(l),
                                                    .base = add ? s->dx : NULL,
                                                    .base_row = l->width,
                                                    .C = s->dx,
                                                    .c_row = l->width});
        leave_products(d, s);
    } else if (!is_fused(l)) {
        apply_diagonals_back(d, w, s);
    }
    if (!is_fused(l))
        sum_up(d, s->n);
}

void direction_scale(struct direction *d, real factor)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    kernel_scale(d->db, row, factor);
    if (l->full)
        kernel_scale(d->z, d->input.k * row, factor);
    else
        kernel_scale(d->dwx, parts(l) * row, factor);
    if (!l->full || l->cell == DENSE_GRU)
        kernel_scale(d->dwh, l->full ? l->hidden * row : row, factor);
}

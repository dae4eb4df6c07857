/* SPDX-License-Identifier: MIT */
#include "models/bilstm_layer.h"

#include "lib/base/memory.h"

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
    *d = (struct direction){.layer = l, .reverse = reverse};
    d->r = (struct recurrence){.cell = l->cell,
                               .full = l->full,
                               .hidden = l->hidden,
                               .stride = S,
                               .pitch = 2 * S,
                               .reverse = reverse,
                               .z = memory_lines(n * row, sizeof(real)),
                               .c = memory_lines(l->cell == DENSE_RNN ? 0 : n * S, sizeof(real)),
                               .t = memory_lines(l->cell == DENSE_RNN ? 0 : n * S, sizeof(real))};
    d->db = memory_lines(row, sizeof(real));
    d->dwx = memory_lines(l->full ? 0 : parts(l) * row, sizeof(real));
    d->dwh = memory_lines(!l->full ? row : l->cell == DENSE_GRU ? l->room : 0, sizeof(real));
}

void direction_free(struct direction *d)
{
    memory_free(d->r.z);
    memory_free(d->r.c);
    memory_free(d->r.t);
    memory_free(d->db);
    memory_free(d->dwx);
    memory_free(d->dwh);
}

static void take(struct direction *d, const struct matrices *w, const struct rows *s)
{
    struct recurrence *r = &d->r;
    r->n = s->n;
    r->wh = w->wh;
    r->h = s->h;
    r->dh = s->dh;
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

/* v of every token, each gate of each unit from its number of every part of the input. */
RACY static void apply_diagonals(const struct layer *l, const struct matrices *w, const struct rows *s,
                                 real *restrict v)
{
    const size_t S = l->stride;
    for (uint32_t t = 0; t < s->n; t++, v += gate_row(l)) {
        memcpy(v, w->b, gate_row(l) * sizeof *v);
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
    take(d, w, s);
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
                                         .C = d->r.z,
                                         .c_row = gate_row(l)});
    else if (!is_fused(l))
        apply_diagonals(l, w, s, d->r.z);
    dense->forward(&d->r);
}

/* The derivatives by x and Wx, from those by v. */
RACY static void apply_diagonals_back(struct direction *d, const struct matrices *w, const struct rows *s)
{
    const struct layer *l = d->layer;
    const size_t S = l->stride;
    const real *dv = d->r.z;
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
    const real *restrict v = d->r.z;
    real *restrict b = d->db;
    memset(b, 0, row * sizeof *b);
    for (uint32_t t = 0; t < n; t++, v += row)
        for (size_t k = 0; k < row; k++)
            b[k] += v[k];
}

/* In a full layer v's derivatives are one side of both products; h of the tokens before, which begins with a row of 0, is
 * the other of Wh's. */
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
                                .B = d->r.z,
                                .b_row = row};
    if (l->cell != DENSE_GRU) {
        d->recurrent = d->input;
        d->recurrent.m = l->hidden;
        d->recurrent.A = d->reverse ? s->h + d->r.pitch : s->h - d->r.pitch;
        d->recurrent.a_column = d->r.pitch;
        return;
    }
    struct product p[DENSE_WEIGHTS];
    size_t column[DENSE_WEIGHTS];
    for (uint32_t k = dense_weights(&d->r, p, column); k-- > 0;) {
        p[k].C = d->dwh + column[k];
        dense_get()->product(&p[k]);
    }
}

void direction_backward(struct direction *d, const struct matrices *w, const struct rows *s, bool add)
{
    const struct layer *l = d->layer;
    const struct dense *dense = dense_get();
    take(d, w, s);
    if (!add && !l->full)
        memset(s->dx, 0, s->n * l->width * sizeof *s->dx);
    dense->backward(&d->r);
    if (l->full) {
        dense->product_transposed(&(struct product){.m = s->n,
                                                    .k = gate_row(l),
                                                    .n = l->width,
                                                    .A = d->r.z,
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

static void scale(real *x, size_t n, real factor)
{
    for (size_t k = 0; k < n; k++)
        x[k] *= factor;
}

void direction_scale(struct direction *d, real factor)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    scale(d->db, row, factor);
    if (l->full)
        scale(d->r.z, d->r.n * row, factor);
    else
        scale(d->dwx, parts(l) * row, factor);
    if (!l->full || l->cell == DENSE_GRU)
        scale(d->dwh, l->full ? l->hidden * row : row, factor);
}

/* SPDX-License-Identifier: MIT */
#include "models/bilstm/layer.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <assert.h>
#include <string.h>

size_t layer_stride(uint32_t hidden, uint32_t gates, bool full)
{
    const size_t S = ((size_t)hidden + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
    return full && gates % 2 == 0 ? S : REAL_PAD(hidden);
}

static size_t gate_row(const struct layer *l) /* G S */
{
    return l->gates * l->stride;
}

static size_t parts(const struct layer *l) /* of a diagonal layer's input */
{
    return l->inputs / l->stride;
}

/* Are products and recurrence of a diagonal layer one loop? */
static bool is_fused(const struct layer *l)
{
    return !l->full && parts(l) == 1;
}

void layer_direction_init(struct layer_direction *d, const struct layer *l, bool reverse, size_t rows,
                          size_t distinct)
{
    const size_t row = gate_row(l), S = l->stride, c_rows = l->cell == DENSE_RNN ? 0 : rows;
    *d = (struct layer_direction){
        .layer = l,
        .reverse = reverse,
        .z = memory_lines(rows * row, sizeof(real)),
        .c = memory_lines(c_rows * S, sizeof(real)),
        .t = memory_lines(c_rows * S, sizeof(real)),
        .v = memory_reserve(distinct * row, sizeof(real)),
        .packed = memory_reserve(l->full ? row * (REAL_PAD(l->inputs) > S ? REAL_PAD(l->inputs) : S) : 0,
                                 sizeof(real)),
        .h_before = memory_reserve(l->full ? rows * S : 0, sizeof(real)),
        .db = memory_lines(row, sizeof(real)),
        .dwx = memory_lines(l->full ? 0 : parts(l) * row, sizeof(real)),
        .dwh = memory_lines(!l->full               ? row
                            : l->cell == DENSE_GRU ? l->wh_size
                                                   : 0,
                            sizeof(real)),
    };
}

void layer_direction_free(struct layer_direction *d)
{
    real *const arrays[] = {d->z, d->c, d->t, d->v, d->packed, d->h_before, d->db, d->dwx, d->dwh};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
}

/* ---- the recurrence, one sequence after another */

/* That of all rows; n, and where a sequence begins, is set for each. */
static struct recurrence recurrence_of(const struct layer_direction *d, const struct layer_weights *w,
                                       const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    struct recurrence r = {.cell = l->cell,
                           .full = l->full,
                           .hidden = l->hidden,
                           .stride = l->stride,
                           .pitch = l->h_pitch,
                           .reverse = d->reverse,
                           .inference = s->inference,
                           .wh = w->wh,
                           .dwh = d->dwh};
    if (is_fused(l)) {
        r.wx = w->wx;
        r.b = w->b;
        r.x = s->x;
        r.dx = s->dx;
        r.x_pitch = l->x_pitch;
        r.dwx = d->dwx;
        r.db = d->db;
    }
    return r;
}

static void run_one_by_one(struct layer_direction *d, const struct layer_weights *w,
                           const struct layer_rows *s, void (*run)(const struct recurrence *r))
{
    const struct layer *l = d->layer;
    struct recurrence r = recurrence_of(d, w, s);
    for (uint32_t k = 0; k < s->pack->count; k++) {
        const size_t first = s->pack->first[k];
        r.n = s->pack->length[k];
        r.z = d->z + first * gate_row(l);
        r.c = d->c + first * l->stride;
        r.t = d->t + first * l->stride;
        r.h = s->h + first * l->h_pitch;
        r.dh = s->dh + first * l->h_pitch;
        run(&r);
    }
}

/* ---- the recurrence, sequences side by side */

/* The rows of a step, and those of the step that a direction took before it. */
struct step {
    size_t first, rows; /* its rows */
    size_t earlier, continued; /* continued: how many of them have an earlier row */
};

static struct step step_of(const struct pack *p, bool reverse, uint32_t number)
{
    const uint32_t t = reverse ? p->steps - 1 - number : number;
    struct step s = {.first = p->offset[t], .rows = p->active[t]};
    if (number) {
        s.earlier = p->offset[reverse ? t + 1 : t - 1];
        s.continued = reverse ? p->active[t + 1] : p->active[t];
    }
    return s;
}

static struct dense_rows rows_of(const struct layer_direction *d, const struct layer_rows *s, struct step a)
{
    const size_t S = d->layer->stride, pitch = d->layer->h_pitch;
    return (struct dense_rows){.rows = a.rows,
                               .stride = S,
                               .pitch = pitch,
                               .z = d->z + a.first * gate_row(d->layer),
                               .h = s->h + a.first * pitch,
                               .c = d->c + a.first * S,
                               .t = d->t + a.first * S,
                               .c_before = d->c + a.earlier * S,
                               .before = a.continued,
                               .dh = s->dh + a.first * pitch};
}

/* z from v, of those rows of a step that have no earlier one. */
static void copy_from_source(const struct layer_direction *d, const struct layer_rows *s, struct step a)
{
    const size_t row = gate_row(d->layer);
    for (size_t r = a.first + a.continued; r < a.first + a.rows; r++)
        memcpy(d->z + r * row, d->v + s->source[r] * row, row * sizeof(real));
}

RACY static void run_side_by_side(struct layer_direction *d, const struct layer_weights *w,
                                  const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    struct product p = {.m = s->pack->n,
                        .k = l->hidden,
                        .n = row,
                        .a_row = l->h_pitch,
                        .a_column = 1,
                        .B = w->wh,
                        .b_row = row,
                        .base_row = row,
                        .c_row = row};
    l->dense->pack(&p, false, d->packed);
    for (uint32_t number = 0; number < s->pack->steps; number++) {
        const struct step a = step_of(s->pack, d->reverse, number);
        const struct dense_rows rows = rows_of(d, s, a);
        if (s->source)
            copy_from_source(d, s, a);
        p.m = a.continued;
        p.A = s->h + a.earlier * l->h_pitch;
        p.C = rows.z;
        p.base = s->source ? d->v : rows.z;
        p.base_at = s->source ? s->source + a.first : NULL;
        if (a.continued)
            l->dense->product(&p);
        l->dense->lstm_rows(&rows);
    }
}

RACY static void run_side_by_side_back(struct layer_direction *d, const struct layer_weights *w,
                                       const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    struct step later = {0};
    struct product p = {.m = s->pack->n,
                        .k = row,
                        .n = l->hidden,
                        .a_row = row,
                        .a_column = 1,
                        .B = w->wh,
                        .b_row = row,
                        .base_row = l->h_pitch,
                        .c_row = l->h_pitch};
    l->dense->pack(&p, true, d->packed);
    for (uint32_t number = s->pack->steps; number-- > 0;) {
        const struct step a = step_of(s->pack, d->reverse, number);
        struct dense_rows rows = rows_of(d, s, a);
        rows.t_after = d->t + later.first * l->stride;
        rows.after = later.continued;
        l->dense->lstm_rows_back(&rows);
        p.m = a.continued;
        p.A = rows.z;
        p.base = p.C = s->dh + a.earlier * l->h_pitch;
        if (a.continued)
            l->dense->product_transposed(&p);
        later = a;
    }
}

/* ---- the input, and forward */

static size_t input_rows(const struct layer_rows *s)
{
    return s->source ? s->distinct : s->pack->n;
}

/* v of all input rows [input_rows][G][S]; after backward of the recurrence the derivatives by it. */
static real *input_gates(const struct layer_direction *d, const struct layer_rows *s)
{
    return s->source ? d->v : d->z;
}

/* Of a diagonal layer: each gate of each unit from its number of every part of the input. */
RACY static void apply_diagonals(const struct layer *l, const struct layer_weights *w,
                                 const struct layer_rows *s, real *restrict v)
{
    const size_t S = l->stride;
    for (uint32_t t = 0; t < s->pack->n; t++, v += gate_row(l)) {
        for (size_t k = 0; k < gate_row(l); k++)
            v[k] = w->b[k];
        for (size_t p = 0; p < parts(l); p++)
            for (size_t g = 0; g < l->gates; g++)
                for (size_t k = 0; k < S; k++)
                    v[g * S + k] += w->wx[(p * l->gates + g) * S + k] * s->x[t * l->x_pitch + p * S + k];
    }
}

/* v of a full layer */
static void multiply_input(struct layer_direction *d, const struct layer_weights *w,
                           const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    struct product p = {.m = input_rows(s),
                        .k = l->used,
                        .n = row,
                        .A = s->x,
                        .a_row = l->x_pitch,
                        .a_column = 1,
                        .B = w->wx,
                        .b_row = row,
                        .base = w->b,
                        .C = input_gates(d, s),
                        .c_row = row};
    l->dense->pack(&p, false, d->packed);
    l->dense->product(&p);
}

void layer_forward(struct layer_direction *d, const struct layer_weights *w, const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    assert(!s->source || (l->full && s->pack->side_by_side));
    assert(!s->pack->side_by_side || (l->full && l->cell == DENSE_LSTM));
    d->n = s->pack->n;
    if (l->full)
        multiply_input(d, w, s);
    else if (!is_fused(l))
        apply_diagonals(l, w, s, d->z);
    if (s->pack->side_by_side)
        run_side_by_side(d, w, s);
    else
        run_one_by_one(d, w, s, l->dense->forward);
}

/* ---- backward */

/* to[at] += x, for rows of `row` reals */
static void add_to_row(real *to, uint32_t at, const real *x, size_t row)
{
    kernel_get()->scatter(to, NULL, 0, row, &at, 1, 1, x);
}

/* The derivatives by v of distinct rows, summed over the rows that read them. */
static void sum_by_source(struct layer_direction *d, const struct layer_rows *s)
{
    const size_t row = gate_row(d->layer);
    memset(d->v, 0, s->distinct * row * sizeof *d->v);
    for (size_t r = 0; r < d->n; r++)
        add_to_row(d->v, s->source[r], d->z + r * row, row);
}

/* The derivatives by x and Wx, from those by v. */
RACY static void apply_diagonals_back(struct layer_direction *d, const struct layer_weights *w,
                                      const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const size_t S = l->stride;
    const real *dv = d->z;
    memset(d->dwx, 0, parts(l) * gate_row(l) * sizeof(real));
    for (uint32_t t = 0; t < d->n; t++, dv += gate_row(l))
        for (size_t p = 0; p < parts(l); p++)
            for (size_t g = 0; g < l->gates; g++) {
                const real *wx = w->wx + (p * l->gates + g) * S, *x = s->x + t * l->x_pitch + p * S;
                real *dwx = d->dwx + (p * l->gates + g) * S, *dx = s->dx + t * l->x_pitch + p * S;
                for (size_t k = 0; k < S; k++) {
                    dwx[k] += dv[g * S + k] * x[k];
                    dx[k] += dv[g * S + k] * wx[k];
                }
            }
}

/* db: the derivatives by v, summed over the input's rows. */
static void sum_up(struct layer_direction *d, const real *dv, size_t rows)
{
    const size_t row = gate_row(d->layer);
    memset(d->db, 0, row * sizeof *d->db);
    for (size_t r = 0; r < rows; r++)
        add_to_row(d->db, 0, dv + r * row, row);
}

/* Returns the end of what is written: h of so many rows from the first on, or zeros. */
static real *copy_h(const struct layer *l, const real *h, size_t rows, real *restrict to)
{
    const size_t S = l->stride;
    if (h && l->h_pitch == S)
        memcpy(to, h, rows * S * sizeof *to);
    else if (!h)
        memset(to, 0, rows * S * sizeof *to);
    else
        for (size_t r = 0; r < rows; r++)
            memcpy(to + r * S, h + r * l->h_pitch, S * sizeof *to);
    return to + rows * S;
}

/* Forward, all rows of the first step, and no others, have no row before. So where the products by Wx and Wh have no z
 * in common anyway, they are left out of the latter. */
static bool skips_first(const struct layer_direction *d, const struct layer_rows *s)
{
    return s->source && !d->reverse;
}

/* h_before of all rows, or of those after the first step. */
static void copy_h_before(struct layer_direction *d, const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const struct pack *p = s->pack;
    real *to = d->h_before;
    for (uint32_t t = skips_first(d, s) ? 1 : 0; p->side_by_side && t < p->steps; t++) {
        const struct step a = step_of(p, d->reverse, d->reverse ? p->steps - 1 - t : t);
        to = copy_h(l, s->h + a.earlier * l->h_pitch, a.continued, to);
        to = copy_h(l, NULL, a.rows - a.continued, to);
    }
    for (uint32_t k = 0; !p->side_by_side && k < p->count; k++) {
        const real *h = s->h + p->first[k] * l->h_pitch;
        const uint32_t continued = p->length[k] - 1;
        if (d->reverse) {
            to = copy_h(l, h + l->h_pitch, continued, to);
            to = copy_h(l, NULL, 1, to);
        } else {
            to = copy_h(l, NULL, 1, to);
            to = copy_h(l, h, continued, to);
        }
    }
}

/* The derivative by Wh is a product of h of the row before, on one side, and the derivatives by z. Without a `source`
 * it is over all rows, with h = 0 before the first ones, so that it has z in common with the derivative by Wx; sums
 * of gradients copy z once for both (lib/num/accumulator.c). A single sequence has the h of the row before in place,
 * from a row of 0 on. */
static struct product recurrent_product(struct layer_direction *d, const struct layer_rows *s)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l), skipped = skips_first(d, s) && s->pack->steps ? s->pack->active[0] : 0;
    struct product p = {.m = l->hidden,
                        .k = d->n - skipped,
                        .n = row,
                        .A = d->h_before,
                        .a_row = 1,
                        .a_column = l->stride,
                        .B = d->z + skipped * row,
                        .b_row = row};
    if (s->pack->side_by_side || s->pack->count > 1) {
        copy_h_before(d, s);
    } else {
        p.A = d->reverse ? s->h + l->h_pitch : s->h - l->h_pitch;
        p.a_column = l->h_pitch;
    }
    return p;
}

/* dwh of a GRU, whose candidate reads r h of the row before, which is in c. */
static void multiply_gru(struct layer_direction *d)
{
    const struct layer *l = d->layer;
    struct product p = d->recurrent;
    p.n = 2 * l->stride;
    p.C = d->dwh;
    p.c_row = gate_row(l);
    l->dense->product(&p);
    p.n = l->stride;
    p.A = d->c;
    p.a_column = l->stride;
    p.B += 2 * l->stride;
    p.C += 2 * l->stride;
    l->dense->product(&p);
}

/* A full layer's derivatives by x and the matrices, from those by v. */
static void multiply_back(struct layer_direction *d, const struct layer_weights *w,
                          const struct layer_rows *s, bool add_to_dx)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    const real *dv = input_gates(d, s);
    struct product p = {.m = input_rows(s),
                        .k = row,
                        .n = l->used,
                        .A = dv,
                        .a_row = row,
                        .a_column = 1,
                        .B = w->wx,
                        .b_row = row,
                        .base = add_to_dx ? s->dx : NULL,
                        .base_row = l->x_pitch,
                        .C = s->dx,
                        .c_row = l->x_pitch};
    l->dense->pack(&p, true, d->packed);
    l->dense->product_transposed(&p);
    d->input = (struct product){.m = l->used,
                                .k = input_rows(s),
                                .n = row,
                                .A = s->x,
                                .a_row = 1,
                                .a_column = l->x_pitch,
                                .B = dv,
                                .b_row = row};
    d->recurrent = recurrent_product(d, s);
    if (l->cell == DENSE_GRU)
        multiply_gru(d);
}

void layer_backward(struct layer_direction *d, const struct layer_weights *w, const struct layer_rows *s,
                    bool add_to_dx)
{
    const struct layer *l = d->layer;
    if (!add_to_dx && !l->full)
        memset(s->dx, 0, d->n * l->x_pitch * sizeof *s->dx);
    if (s->pack->side_by_side)
        run_side_by_side_back(d, w, s);
    else
        run_one_by_one(d, w, s, l->dense->backward);
    if (s->source)
        sum_by_source(d, s);
    if (l->full)
        multiply_back(d, w, s, add_to_dx);
    else if (!is_fused(l))
        apply_diagonals_back(d, w, s);
    if (!is_fused(l))
        sum_up(d, input_gates(d, s), input_rows(s));
}

void layer_scale(struct layer_direction *d, real factor)
{
    const struct layer *l = d->layer;
    const size_t row = gate_row(l);
    kernel_scale(d->db, row, factor);
    if (l->full) {
        kernel_scale(d->z, d->n * row, factor);
        if (d->input.B == d->v)
            kernel_scale(d->v, d->input.k * row, factor);
    } else {
        kernel_scale(d->dwx, parts(l) * row, factor);
    }
    if (!l->full || l->cell == DENSE_GRU)
        kernel_scale(d->dwh, l->full ? l->hidden * row : row, factor);
}

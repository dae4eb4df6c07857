/* SPDX-License-Identifier: MIT
 *
 * dense_reference: what the network kernels compute, a unit at a time, as the equations of dense.h say it. The
 * derivatives, with d(a) for that of the loss by a, from the last step of time to the first:
 *
 *     LSTM   d(c_t) = d(h_t) o (1 - tanh^2 c_t) + d(c_{t+1}) f_{t+1}
 *            d(v_o) = d(h_t) tanh(c_t) o (1 - o)        d(v_i) = d(c_t) g i (1 - i)
 *            d(v_f) = d(c_t) c_{t-1} f (1 - f)          d(v_g) = d(c_t) i (1 - g^2)
 *     GRU    d(v_c) = d(h_t) (1 - u) (1 - c^2)          d(r h_{t-1}) = d(v_c) Wh_c'
 *            d(v_u) = d(h_t) (h_{t-1} - c) u (1 - u)    d(v_r) = d(r h_{t-1}) h_{t-1} r (1 - r)
 *            d(h_{t-1}) += d(h_t) u + d(r h_{t-1}) r
 *     RNN    d(v_c) = d(h_t) (1 - c^2)
 *
 * and d(h_{t-1}) += d(v) Wh' over all gates that take h_{t-1} itself.
 */
#include "lib/num/dense.h"
#include "lib/num/dense_step.h"

#include <math.h>
#include <string.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void sigmoid_row(real *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] = (real)sigmoid((double)x[k]);
}

static void tanh_row(real *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] = (real)tanh((double)x[k]);
}

RACY static void product(const struct product *p)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double s = p->base ? (double)p->base[(p->base_at ? p->base_at[i] : i) * p->base_row + j] : 0;
            for (size_t q = 0; q < p->k; q++)
                s += (double)p->A[i * p->a_row + q * p->a_column] * (double)p->B[q * p->b_row + j];
            p->C[i * p->c_row + j] = (real)s;
        }
}

RACY static void product_transposed(const struct product *p)
{
    if (p->packed) {
        product(p);
        return;
    }
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double s = p->base ? (double)p->base[(p->base_at ? p->base_at[i] : i) * p->base_row + j] : 0;
            for (size_t q = 0; q < p->k; q++)
                s += (double)p->A[i * p->a_row + q] * (double)p->B[j * p->b_row + q];
            p->C[i * p->c_row + j] = (real)s;
        }
}

RACY static void pack(struct product *p, bool transposed, real *to)
{
    const size_t n = (p->n + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
    for (size_t q = 0; q < p->k; q++)
        for (size_t j = 0; j < n; j++)
            to[q * n + j] = j >= p->n ? 0 : transposed ? p->B[j * p->b_row + q] : p->B[q * p->b_row + j];
    p->packed = true;
    p->B = to;
    p->b_row = p->n = n;
}

/* What is before the first step is 0. */
static double at(const real *row, size_t k)
{
    return row ? (double)row[k] : 0;
}

/* v + a Wh of gate g, unit k; a is NULL for 0. */
RACY static double reach(const struct recurrence *r, size_t G, const struct dense_step *p, const real *a,
                         size_t g, size_t k)
{
    const size_t S = r->stride;
    double v = r->wx ? (double)r->wx[g * S + k] * (double)p->x[k] + (double)r->b[g * S + k]
                     : (double)p->z[g * S + k];
    if (!r->full)
        return v + (double)r->wh[g * S + k] * at(a, k);
    for (size_t j = 0; j < r->hidden; j++)
        v += (double)r->wh[(j * G + g) * S + k] * at(a, j);
    return v;
}

static void lstm(const struct dense_step *p, size_t S, size_t k, const double *v)
{
    real *z = p->z + k;
    for (size_t g = 0; g < 3; g++)
        z[g * S] = (real)sigmoid(v[g]);
    z[3 * S] = (real)tanh(v[3]);
    p->c[k] = (real)((double)z[S] * at(p->c_before, k) + (double)(z[0] * z[3 * S]));
    p->t[k] = (real)tanh((double)p->c[k]);
    p->h[k] = z[2 * S] * p->t[k];
}

static void forward(const struct recurrence *r)
{
    const enum dense_cell cell = r->cell;
    const size_t S = r->stride, G = dense_gates(cell);
    for (uint32_t s = 0; s < r->n; s++) {
        struct dense_step p = dense_step(r, s, G);
        real *z = p.z;
        if (cell == DENSE_GRU) { /* r of all units comes first */
            for (size_t k = 0; k < S; k++) {
                z[k] = (real)sigmoid(reach(r, G, &p, p.before, 0, k));
                z[S + k] = (real)sigmoid(reach(r, G, &p, p.before, 1, k));
                p.c[k] = (real)((double)z[k] * at(p.before, k));
            }
        }
        for (size_t k = 0; k < S; k++) {
            if (cell == DENSE_LSTM) {
                double v[4];
                for (size_t g = 0; g < 4; g++)
                    v[g] = reach(r, G, &p, p.before, g, k);
                lstm(&p, S, k, v);
            } else if (cell == DENSE_GRU) {
                z[2 * S + k] = (real)tanh(reach(r, G, &p, p.c, 2, k));
                p.h[k] = (real)((double)z[S + k] * at(p.before, k) + (double)((1 - z[S + k]) * z[2 * S + k]));
            } else {
                p.h[k] = z[k] = (real)tanh(reach(r, G, &p, p.before, 0, k));
            }
        }
    }
}

/* The sum over units k of dv_k Wh' for the unit j and gate g. */
RACY static double reach_back(const struct recurrence *r, size_t G, const real *dv, size_t g, size_t j)
{
    const size_t S = r->stride;
    if (!r->full)
        return (double)r->wh[g * S + j] * (double)dv[g * S + j];
    double d = 0;
    for (size_t k = 0; j < r->hidden && k < r->hidden; k++)
        d += (double)r->wh[(j * G + g) * S + k] * (double)dv[g * S + k];
    return d;
}

/* Gates become d(v). */
static void lstm_back(const struct dense_step *p, size_t S)
{
    for (size_t k = 0; k < S; k++) {
        double i = (double)p->z[k], f = (double)p->z[S + k], o = (double)p->z[2 * S + k];
        double g = (double)p->z[3 * S + k], t = (double)p->t[k], dh = (double)p->dh[k];
        double dc = dh * o * (1 - t * t) + at(p->t_after, k);
        p->z[k] = (real)(dc * g * i * (1 - i));
        p->z[S + k] = (real)(dc * at(p->c_before, k) * f * (1 - f));
        p->z[2 * S + k] = (real)(dh * t * o * (1 - o));
        p->z[3 * S + k] = (real)(dc * i * (1 - g * g));
        p->t[k] = (real)(dc * f); /* for the step before, as tanh c_t is done with */
    }
}

static void gru_back(const struct recurrence *r, const struct dense_step *p)
{
    const size_t S = r->stride;
    real *z = p->z;
    for (size_t k = 0; k < S; k++) {
        double u = (double)z[S + k], c = (double)z[2 * S + k], dh = (double)p->dh[k];
        z[2 * S + k] = (real)(dh * (1 - u) * (1 - c * c));
        z[S + k] = (real)(dh * (at(p->before, k) - c) * u * (1 - u));
        if (p->before)
            p->dh_before[k] += (real)(dh * u);
    }
    for (size_t k = 0; k < S; k++) {
        double gate = (double)z[k], d = reach_back(r, 3, z, 2, k);
        z[k] = (real)(d * at(p->before, k) * gate * (1 - gate));
        if (p->before)
            p->dh_before[k] += (real)(d * gate);
    }
}

static void rnn_back(const struct dense_step *p, size_t S)
{
    for (size_t k = 0; k < S; k++)
        p->z[k] = (real)((double)p->dh[k] * (1 - (double)p->z[k] * (double)p->z[k]));
}

RACY static void diagonal_weights(const struct recurrence *r, const struct dense_step *p)
{
    const size_t S = r->stride, G = dense_gates(r->cell);
    for (size_t g = 0; g < G; g++)
        for (size_t k = 0; k < S; k++) {
            const real dv = p->z[g * S + k];
            r->dwh[g * S + k] += dv * (real)at(r->cell == DENSE_GRU && g == 2 ? p->c : p->before, k);
            if (r->wx) {
                r->dwx[g * S + k] += dv * p->x[k];
                r->db[g * S + k] += dv;
                p->dx[k] += dv * r->wx[g * S + k];
            }
        }
}

static void backward(const struct recurrence *r)
{
    const enum dense_cell cell = r->cell;
    const size_t G = dense_gates(cell), row = G * r->stride * sizeof(real);
    if (!r->full)
        memset(r->dwh, 0, row);
    if (r->wx) {
        memset(r->dwx, 0, row);
        memset(r->db, 0, row);
    }
    for (uint32_t s = r->n; s-- > 0;) {
        struct dense_step p = dense_step(r, s, G);
        if (cell == DENSE_LSTM)
            lstm_back(&p, r->stride);
        else if (cell == DENSE_GRU)
            gru_back(r, &p);
        else
            rnn_back(&p, r->stride);
        if (!r->full)
            diagonal_weights(r, &p);
        for (size_t g = 0; s && g < (cell == DENSE_GRU ? 2 : G); g++)
            for (size_t j = 0; j < r->stride; j++)
                p.dh_before[j] += (real)reach_back(r, G, p.z, g, j);
    }
}

static void lstm_rows(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        for (size_t k = 0; k < r->stride; k++)
            lstm(&p, r->stride, k,
                 (double[]){at(p.z, k), at(p.z, r->stride + k), at(p.z, 2 * r->stride + k),
                            at(p.z, 3 * r->stride + k)});
    }
}

static void lstm_rows_back(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        lstm_back(&p, r->stride);
    }
}

const struct dense dense_reference;
const struct dense dense_reference = {
    .name = "reference",
    .sigmoid = sigmoid_row,
    .tanh = tanh_row,
    .product = product,
    .product_transposed = product_transposed,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .lstm_rows = lstm_rows,
    .lstm_rows_back = lstm_rows_back,
};

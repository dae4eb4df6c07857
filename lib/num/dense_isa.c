/* SPDX-License-Identifier: MIT
 *
 * dense_isa: the fast loops of recurrent networks (equations: dense.h and dense_reference.c), compiled once for each
 * instruction set as kernel_isa.c is. A row is cut into groups of units, a vector each; of the last it may have a part
 * only (`lanes`, a constant wherever it is passed on). A diagonal cell goes over the whole sentence group by group, its
 * state in registers. A full cell goes over it step by step: a product with Wh, its sums in registers, then the gates,
 * group by group. product_isa.c has the products of matrices.
 */
#include "lib/num/dense_step.h"
#include "lib/num/dense_vector.h"

#ifdef __AVX512F__
#define MOST 14 /* the sums that a product of one row has in registers: 2 MOST vectors, of 32 registers … */
#else
#define MOST 6 /* … or of 16 */
#endif

/* ---- activations of rows */

INLINE void sigmoid_group(real *x, size_t at, const int lanes)
{
    put(x + at, sigmoid(get(x + at, lanes)), lanes);
}

INLINE void tangent_group(real *x, size_t at, const int lanes)
{
    put(x + at, tangent(get(x + at, lanes)), lanes);
}

static void sigmoid_row(real *x, size_t n)
{
    EACH_GROUP(n, sigmoid_group, x);
}

static void tanh_row(real *x, size_t n)
{
    EACH_GROUP(n, tangent_group, x);
}

/* ---- cells: a step of a group of units, once v + h Wh is known */

struct state {
    vec h, c;
};

INLINE void lstm_cell(vec *v, vec *c) /* gates, from what they are of; c_t, from c_{t-1} */
{
    sigmoids(v, 3);
    tangents(v + 3, 1);
    *c = v[1] * *c + v[0] * v[3];
}

/* An LSTM's step has two halves: the gates v [4] of a group give c; all groups' c together, their h. */
INLINE void lstm_gates(const struct dense_step *p, size_t S, size_t at, vec *v, vec *c, const int lanes)
{
    lstm_cell(v, c);
    ALL(g, 4) put(p->z + g * S + at, v[g], lanes);
    put(p->c + at, *c, lanes);
}

INLINE void lstm_out(const struct dense_step *p, size_t at, vec *h, const vec *o, const vec *c, const int n,
                     const int lanes)
{
    vec t[ABREAST];
    ALL(k, n) t[k] = c[k];
    tangents(t, n);
    ALL(k, n)
    {
        h[k] = o[k] * t[k];
        put(p->t + at + k * W, t[k], k + 1 < n ? W : lanes);
        put(p->h + at + k * W, h[k], k + 1 < n ? W : lanes);
    }
}

/* The same for inference, where no gate is stored, and what would be four quotients is two: in between c is to be
 * divided by `under`. v[2] is o; or 1 / o. */
INLINE void quick_gates(vec *v, vec *c, vec *under)
{
#if defined(__AVX512F__) && !defined(REAL_DOUBLE)
    exp_quick(v, (const real[]){-1, -1, -1, 2}, 4);
    const vec to_i = v[0] + 1, to_f = v[1] + 1, to_g = v[3] + 1;
    *c = *c * (to_i * to_g) + (v[3] - 1) * to_f;
    *under = to_i * to_g * to_f;
    v[2] += 1;
#else
    lstm_cell(v, c);
    *under = 1 - (vec){0};
#endif
}

INLINE void quick_out(const struct dense_step *p, size_t at, vec *h, const vec *o, vec *c, vec *under,
                      const int n, const int lanes)
{
#if defined(__AVX512F__) && !defined(REAL_DOUBLE)
    divide(c, under, n);
    ALL(k, n) h[k] = c[k];
    exp_quick(h, (const real[ABREAST]){2, 2, 2, 2}, n);
    ALL(k, n) under[k] = o[k] * (h[k] + 1);
    ALL(k, n) h[k] -= 1;
    divide(h, under, n);
#else
    (void)under;
    ALL(k, n) h[k] = c[k];
    tangents(h, n);
    ALL(k, n) h[k] *= o[k];
#endif
    ALL(k, n) put(p->h + at + k * W, h[k], k + 1 < n ? W : lanes);
}

/* r, u, and what is multiplied for c */
INLINE vec gru_gates(const struct dense_step *p, size_t S, size_t at, vec r, vec u, vec before,
                     const int lanes)
{
    r = sigmoid(r);
    put(p->z + at, r, lanes);
    put(p->z + S + at, sigmoid(u), lanes);
    vec inner = r * before;
    put(p->c + at, inner, lanes);
    return inner;
}

INLINE vec gru_out(const struct dense_step *p, size_t S, size_t at, vec v, vec before, const int lanes)
{
    vec c = tangent(v), u = get(p->z + S + at, lanes), h = u * (before - c) + c;
    put(p->z + 2 * S + at, c, lanes);
    put(p->h + at, h, lanes);
    return h;
}

INLINE vec rnn(const struct dense_step *p, size_t at, vec v, const int lanes)
{
    vec h = tangent(v);
    put(p->z + at, h, lanes);
    put(p->h + at, h, lanes);
    return h;
}

/* The derivatives of v by gate, and what goes to the step before beside them. */
struct slopes {
    vec v[4], h, c;
};

INLINE struct slopes lstm_back(const struct dense_step *p, size_t S, size_t at, vec dh, vec dc, vec c_before,
                               const int lanes)
{
    vec i = get(p->z + at, lanes), f = get(p->z + S + at, lanes), o = get(p->z + 2 * S + at, lanes);
    vec g = get(p->z + 3 * S + at, lanes), t = get(p->t + at, lanes);
    struct slopes d;
    dc += dh * o * (1 - t * t);
    d.v[0] = dc * g * (i * (1 - i));
    d.v[1] = dc * c_before * (f * (1 - f));
    d.v[2] = dh * t * (o * (1 - o));
    d.v[3] = dc * i * (1 - g * g);
    d.h = (vec){0};
    d.c = dc * f;
    return d;
}

/* All but r, whose derivative waits for that of r h_{t-1}. */
INLINE struct slopes gru_back(const struct dense_step *p, size_t S, size_t at, vec dh, vec before,
                              const int lanes)
{
    vec u = get(p->z + S + at, lanes), c = get(p->z + 2 * S + at, lanes);
    struct slopes d;
    d.v[1] = dh * (before - c) * (u * (1 - u));
    d.v[2] = dh * (1 - u) * (1 - c * c);
    d.h = dh * u;
    return d;
}

INLINE vec earlier(const real *row, size_t at, const int lanes) /* 0 before the first step */
{
    return row ? get(row + at, lanes) : (vec){0};
}

/* ---- diagonal */

INLINE vec reach(const struct recurrence *r, const struct dense_step *p, size_t at, const int g, vec x, vec h,
                 const bool fused, const int lanes)
{
    const size_t k = g * r->stride + at;
    vec v = get(r->wh + k, lanes) * h;
    if (fused)
        return v + get(r->wx + k, lanes) * x + get(r->b + k, lanes);
    return v + get(p->z + k, lanes);
}

/* A step waits for the one before it, not for other groups: so n groups at a time, of the last of which `lanes`
 * count. */
INLINE void lstm_abreast(const struct recurrence *r, const bool fused, const bool inference, size_t at,
                         const int n, const int lanes)
{
    const size_t S = r->stride;
    vec h[ABREAST] = {0}, c[ABREAST] = {0}, o[ABREAST], under[ABREAST];
    for (uint32_t s = 0; s < r->n; s++) {
        const struct dense_step p = dense_step(r, s, 4);
        ALL(k, n)
        {
            const int count = k + 1 < n ? W : lanes;
            const vec x = fused ? get(p.x + at + k * W, count) : (vec){0};
            vec v[4];
            ALL(g, 4) v[g] = reach(r, &p, at + k * W, g, x, h[k], fused, count);
            if (inference)
                quick_gates(v, &c[k], &under[k]);
            else
                lstm_gates(&p, S, at + k * W, v, &c[k], count);
            o[k] = v[2];
        }
        if (inference)
            quick_out(&p, at, h, o, c, under, n, lanes);
        else
            lstm_out(&p, at, h, o, c, n, lanes);
    }
}

INLINE vec gru_or_rnn(const struct recurrence *r, const enum dense_cell cell, uint32_t s, size_t at, vec h,
                      const bool fused, const int lanes)
{
    const struct dense_step p = dense_step(r, s, dense_gates(cell));
    const size_t S = r->stride;
    const vec x = fused ? get(p.x + at, lanes) : (vec){0};
    if (cell == DENSE_RNN)
        return rnn(&p, at, reach(r, &p, at, 0, x, h, fused, lanes), lanes);
    vec inner = gru_gates(&p, S, at, reach(r, &p, at, 0, x, h, fused, lanes),
                          reach(r, &p, at, 1, x, h, fused, lanes), h, lanes);
    return gru_out(&p, S, at, reach(r, &p, at, 2, x, inner, fused, lanes), h, lanes);
}

INLINE void abreast(const struct recurrence *r, const enum dense_cell cell, const bool fused,
                    const bool inference, size_t at, const int n, const int lanes)
{
    if (cell == DENSE_LSTM) {
        lstm_abreast(r, fused, inference, at, n, lanes);
        return;
    }
    vec h[ABREAST] = {0};
    for (uint32_t s = 0; s < r->n; s++)
        ALL(k, n) h[k] = gru_or_rnn(r, cell, s, at + k * W, h[k], fused, k + 1 < n ? W : lanes);
}

INLINE void diagonal_forward(const struct recurrence *of, const enum dense_cell cell, const bool fused,
                             const bool inference)
{
    const struct recurrence own = *of, *r = &own; /* no store can change it, so all of it is in registers */
    size_t at = 0, left = r->stride;
    for (; left >= 3 * W; at += 3 * W, left -= 3 * W)
        abreast(r, cell, fused, inference, at, 3, W);
    if (left > 2 * W)
        abreast(r, cell, fused, inference, at, 3, PART);
    else if (left == 2 * W)
        abreast(r, cell, fused, inference, at, 2, W);
    else if (left > W)
        abreast(r, cell, fused, inference, at, 2, PART);
    else if (left == W)
        abreast(r, cell, fused, inference, at, 1, W);
    else if (left)
        abreast(r, cell, fused, inference, at, 1, PART);
}

struct sums {
    vec wh[4], wx[4], b[4];
};

INLINE void diagonal_gate(const struct recurrence *r, size_t at, const int g, vec dv, vec from, vec x,
                          vec *dx, struct sums *sum, real *z, const bool fused, const int lanes)
{
    const size_t k = g * r->stride + at;
    sum->wh[g] += dv * from;
    if (fused) {
        sum->wx[g] += dv * x;
        sum->b[g] += dv;
        *dx += dv * get(r->wx + k, lanes);
    } else {
        put(z + k, dv, lanes);
    }
}

INLINE struct state diagonal_step_back(const struct recurrence *r, const enum dense_cell cell, uint32_t s,
                                       size_t at, struct state d, struct sums *sum, const bool fused,
                                       const int lanes)
{
    const int G = (int)dense_gates(cell);
    const struct dense_step p = dense_step(r, s, G);
    const size_t S = r->stride;
    const real *wh = r->wh + at;
    vec dh = get(p.dh + at, lanes) + d.h, x = {0}, dx = {0}, before = earlier(p.before, at, lanes);
    vec inner = before;
    struct slopes to;
    if (fused)
        x = get(p.x + at, lanes);
    if (cell == DENSE_LSTM) {
        to = lstm_back(&p, S, at, dh, d.c, earlier(p.c_before, at, lanes), lanes);
    } else if (cell == DENSE_GRU) {
        to = gru_back(&p, S, at, dh, before, lanes);
        vec gate = get(p.z + at, lanes), d_inner = to.v[2] * get(wh + 2 * S, lanes);
        to.v[0] = d_inner * before * (gate * (1 - gate));
        to.h += d_inner * gate;
        inner = gate * before;
    } else {
        vec c = get(p.z + at, lanes);
        to.v[0] = dh * (1 - c * c);
        to.h = (vec){0};
    }
    for (int g = 0; g < G; g++) {
        if (!(cell == DENSE_GRU && g == 2))
            to.h += to.v[g] * get(wh + g * S, lanes);
        diagonal_gate(r, at, g, to.v[g], cell == DENSE_GRU && g == 2 ? inner : before, x, &dx, sum, p.z,
                      fused, lanes);
    }
    if (fused)
        add(p.dx + at, dx, lanes);
    return (struct state){to.h, cell == DENSE_LSTM ? to.c : d.c};
}

INLINE void diagonal_group_back(const struct recurrence *r, const enum dense_cell cell, const bool fused,
                                size_t at, const int lanes)
{
    struct state d = {0};
    struct sums sum = {0};
    for (uint32_t s = r->n; s-- > 0;)
        d = diagonal_step_back(r, cell, s, at, d, &sum, fused, lanes);
    for (int g = 0; g < (int)dense_gates(cell); g++) {
        const size_t k = g * r->stride + at;
        put(r->dwh + k, sum.wh[g], lanes);
        if (fused) {
            put(r->dwx + k, sum.wx[g], lanes);
            put(r->db + k, sum.b[g], lanes);
        }
    }
}

/* ---- a product of one row, as a step is */

/* z[j] += sum over k < rows of h[k] w[k][j] for a tile of 2 K vectors: K a constant, so all sums are in registers.
 * Every other step goes from the last row to the first (`turn`): the rows that were read last are in the first
 * cache. */
INLINE void apply_tile(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, bool turn,
                       const int K)
{
    const ptrdiff_t one = turn ? -1 : 1, next = one * (ptrdiff_t)pitch;
    vec a[2 * MOST];
    UNROLL for (int v = 0; v < 2 * K; v++) a[v] = load(z + v * W);
    if (turn) {
        w += (rows - 1) * pitch;
        h += rows - 1;
    }
    for (uint32_t k = 0; k < rows; k++, w += next, h += one)
        UNROLL for (int v = 0; v < 2 * K; v++) a[v] += *h * load(w + v * W);
    UNROLL for (int v = 0; v < 2 * K; v++) store(z + v * W, a[v]);
}

/* The same for one vector at `at`, with several sums to hide the latency of addition. */
INLINE void apply_group(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, size_t at,
                        const int lanes)
{
    vec a[4] = {get(z + at, lanes)};
    uint32_t k = 0;
    for (w += at; k + 4 <= rows; k += 4, w += 4 * pitch)
        for (int g = 0; g < 4; g++)
            a[g] += h[k + (uint32_t)g] * get(w + g * pitch, lanes);
    for (; k < rows; k++, w += pitch)
        a[0] += h[k] * get(w, lanes);
    put(z + at, (a[0] + a[1]) + (a[2] + a[3]), lanes);
}

RACY static void apply(const real *w, size_t pitch, uint32_t rows, const real *h, real *z, size_t n,
                       bool turn)
{
    for (size_t pairs = n / (2 * W), tiles = (pairs + MOST - 1) / MOST; tiles > 0; tiles--) {
        const size_t K = pairs / tiles;
        switch (K) {
        case 1:
            apply_tile(w, pitch, rows, h, z, turn, 1);
            break;
        case 2:
            apply_tile(w, pitch, rows, h, z, turn, 2);
            break;
        case 3:
            apply_tile(w, pitch, rows, h, z, turn, 3);
            break;
        case 4:
            apply_tile(w, pitch, rows, h, z, turn, 4);
            break;
        case 5:
            apply_tile(w, pitch, rows, h, z, turn, 5);
            break;
        case 6:
            apply_tile(w, pitch, rows, h, z, turn, 6);
            break;
#if MOST > 6
        case 7:
            apply_tile(w, pitch, rows, h, z, turn, 7);
            break;
        case 8:
            apply_tile(w, pitch, rows, h, z, turn, 8);
            break;
        case 9:
            apply_tile(w, pitch, rows, h, z, turn, 9);
            break;
        case 10:
            apply_tile(w, pitch, rows, h, z, turn, 10);
            break;
        case 11:
            apply_tile(w, pitch, rows, h, z, turn, 11);
            break;
        case 12:
            apply_tile(w, pitch, rows, h, z, turn, 12);
            break;
        case 13:
            apply_tile(w, pitch, rows, h, z, turn, 13);
            break;
        case 14:
            apply_tile(w, pitch, rows, h, z, turn, 14);
            break;
#endif
        }
        pairs -= K;
        w += K * 2 * W;
        z += K * 2 * W;
        n -= K * 2 * W;
    }
    EACH_GROUP(n, apply_group, w, pitch, rows, h, z);
}

/* ---- full */

#define ROWS 8

INLINE void back_group(const real *w, size_t pitch, const real *dz, vec *a, size_t at, const int lanes)
{
    vec d = get(dz + at, lanes);
    UNROLL for (int q = 0; q < ROWS; q++) a[q] += d * get(w + q * pitch + at, lanes);
}

/* dh[k] += sum over j < n of w[k][j] dz[j] for k < rows. */
INLINE void back(const real *w, size_t pitch, uint32_t rows, const real *dz, size_t n, real *dh, bool turn)
{
    const uint32_t whole = rows / ROWS * ROWS;
    for (uint32_t i = 0; i < whole; i += ROWS) {
        const uint32_t k = turn ? whole - ROWS - i : i;
        vec a[ROWS];
        for (int q = 0; q < ROWS; q++)
            a[q] = (vec){0};
        EACH_GROUP(n, back_group, w + k * pitch, pitch, dz, a);
        add_totals(dh + k, a);
        add_totals(dh + k + 4, a + 4);
    }
    const struct product rest = {.m = 1,
                                 .k = n,
                                 .n = rows - whole,
                                 .A = dz,
                                 .B = w + whole * pitch,
                                 .b_row = pitch,
                                 .base = dh + whole,
                                 .C = dh + whole};
    ISA_NAME(product_isa_transposed)(&rest);
}

INLINE void lstm_gates_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    vec v[4], c = earlier(p->c_before, at, lanes);
    ALL(g, 4) v[g] = get(p->z + g * S + at, lanes);
    lstm_gates(p, S, at, v, &c, lanes);
}

INLINE void lstm_out_groups(const struct dense_step *p, size_t S, size_t at, const int n, const int lanes)
{
    vec o[ABREAST], c[ABREAST], h[ABREAST];
    ALL(k, n)
    {
        const int count = k + 1 < n ? W : lanes;
        o[k] = get(p->z + 2 * S + at + k * W, count);
        c[k] = get(p->c + at + k * W, count);
    }
    lstm_out(p, at, h, o, c, n, lanes);
}

/* All c of a row, then all its h: beside its own c an h would wait, and has no other to be computed abreast with. */
INLINE void lstm_row(const struct dense_step *p, size_t S)
{
    size_t at = 0;
    EACH_GROUP(S, lstm_gates_group, p, S);
    for (; at + ABREAST * W <= S; at += ABREAST * W)
        lstm_out_groups(p, S, at, ABREAST, W);
    for (; at + W <= S; at += W)
        lstm_out_groups(p, S, at, 1, W);
    if (at < S)
        lstm_out_groups(p, S, at, 1, PART);
}

INLINE void lstm_quick_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    vec v[4], h, c = earlier(p->c_before, at, lanes), under;
    ALL(g, 4) v[g] = get(p->z + g * S + at, lanes);
    quick_gates(v, &c, &under);
    quick_out(p, at, &h, v + 2, &c, &under, 1, lanes);
    put(p->c + at, c, lanes);
}

INLINE void gru_gates_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    gru_gates(p, S, at, get(p->z + at, lanes), get(p->z + S + at, lanes), earlier(p->before, at, lanes),
              lanes);
}

INLINE void gru_out_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    gru_out(p, S, at, get(p->z + 2 * S + at, lanes), earlier(p->before, at, lanes), lanes);
}

INLINE void rnn_group(const struct dense_step *p, size_t at, const int lanes)
{
    rnn(p, at, get(p->z + at, lanes), lanes);
}

RACY static void full_forward(const struct recurrence *of)
{
    const struct recurrence own = *of, *r = &own;
    const size_t S = r->stride, G = dense_gates(r->cell);
    const uint32_t H = r->hidden;
    for (uint32_t s = 0; s < r->n; s++) {
        const struct dense_step p = dense_step(r, s, G);
        if (s)
            apply(r->wh, G * S, H, p.before, p.z, r->cell == DENSE_GRU ? 2 * S : G * S, s % 2);
        if (r->cell == DENSE_LSTM && r->inference) {
            EACH_GROUP(S, lstm_quick_group, &p, S);
        } else if (r->cell == DENSE_LSTM) {
            lstm_row(&p, S);
        } else if (r->cell == DENSE_RNN) {
            EACH_GROUP(S, rnn_group, &p);
        } else {
            EACH_GROUP(S, gru_gates_group, &p, S);
            if (s)
                apply(r->wh + 2 * S, G * S, H, p.c, p.z + 2 * S, S, s % 2);
            EACH_GROUP(S, gru_out_group, &p, S);
        }
    }
}

INLINE void lstm_back_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    struct slopes d = lstm_back(p, S, at, get(p->dh + at, lanes), earlier(p->t_after, at, lanes),
                                earlier(p->c_before, at, lanes), lanes);
    for (int g = 0; g < 4; g++)
        put(p->z + g * S + at, d.v[g], lanes);
    put(p->t + at, d.c, lanes); /* for the step before, as tanh c_t is done with */
}

INLINE void gru_back_group(const struct dense_step *p, size_t S, size_t at, const int lanes)
{
    struct slopes d = gru_back(p, S, at, get(p->dh + at, lanes), earlier(p->before, at, lanes), lanes);
    put(p->z + S + at, d.v[1], lanes);
    put(p->z + 2 * S + at, d.v[2], lanes);
    put(p->t + at, (vec){0}, lanes); /* room for the derivative of r h_{t-1} */
    if (p->before)
        add(p->dh_before + at, d.h, lanes);
}

INLINE void gru_back_inner(const struct dense_step *p, size_t at, const int lanes)
{
    vec gate = get(p->z + at, lanes), d = get(p->t + at, lanes), before = earlier(p->before, at, lanes);
    put(p->z + at, d * before * (gate * (1 - gate)), lanes);
    if (p->before)
        add(p->dh_before + at, d * gate, lanes);
}

INLINE void rnn_back_group(const struct dense_step *p, size_t at, const int lanes)
{
    vec c = get(p->z + at, lanes);
    put(p->z + at, get(p->dh + at, lanes) * (1 - c * c), lanes);
}

RACY static void full_backward(const struct recurrence *of)
{
    const struct recurrence own = *of, *r = &own;
    const size_t S = r->stride, G = dense_gates(r->cell);
    const uint32_t H = r->hidden;
    for (uint32_t s = r->n; s-- > 0;) {
        const struct dense_step p = dense_step(r, s, G);
        if (r->cell == DENSE_LSTM) {
            EACH_GROUP(S, lstm_back_group, &p, S);
        } else if (r->cell == DENSE_RNN) {
            EACH_GROUP(S, rnn_back_group, &p);
        } else {
            EACH_GROUP(S, gru_back_group, &p, S);
            if (s)
                back(r->wh + 2 * S, G * S, H, p.z + 2 * S, S, p.t, s % 2);
            EACH_GROUP(S, gru_back_inner, &p);
        }
        if (s)
            back(r->wh, G * S, H, p.z, r->cell == DENSE_GRU ? 2 * S : G * S, p.dh_before, s % 2);
    }
}

static void lstm_rows(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        lstm_row(&p, r->stride);
    }
}

static void lstm_rows_back(const struct dense_rows *r)
{
    for (size_t row = 0; row < r->rows; row++) {
        const struct dense_step p = dense_row(r, row);
        EACH_GROUP(r->stride, lstm_back_group, &p, r->stride);
    }
}

/* ---- which one */

/* An instance of the diagonal loops for every cell and kind of input. */
RACY static void forward(const struct recurrence *r)
{
    const bool fused = r->wx;
    if (r->full)
        full_forward(r);
    else if (r->cell == DENSE_LSTM)
        fused ? r->inference ? diagonal_forward(r, DENSE_LSTM, true, true)
                             : diagonal_forward(r, DENSE_LSTM, true, false)
              : diagonal_forward(r, DENSE_LSTM, false, false);
    else if (r->cell == DENSE_GRU)
        fused ? diagonal_forward(r, DENSE_GRU, true, false) : diagonal_forward(r, DENSE_GRU, false, false);
    else
        fused ? diagonal_forward(r, DENSE_RNN, true, false) : diagonal_forward(r, DENSE_RNN, false, false);
}

INLINE void diagonal_backward(const struct recurrence *of, const enum dense_cell cell, const bool fused)
{
    const struct recurrence own = *of, *r = &own;
    EACH_GROUP(r->stride, diagonal_group_back, r, cell, fused);
}

RACY static void backward(const struct recurrence *r)
{
    const bool fused = r->wx;
    if (r->full)
        full_backward(r);
    else if (r->cell == DENSE_LSTM)
        fused ? diagonal_backward(r, DENSE_LSTM, true) : diagonal_backward(r, DENSE_LSTM, false);
    else if (r->cell == DENSE_GRU)
        fused ? diagonal_backward(r, DENSE_GRU, true) : diagonal_backward(r, DENSE_GRU, false);
    else
        fused ? diagonal_backward(r, DENSE_RNN, true) : diagonal_backward(r, DENSE_RNN, false);
}

const struct dense ISA_NAME(dense);
const struct dense ISA_NAME(dense) = {
    .name = ISA_TEXT,
    .sigmoid = sigmoid_row,
    .tanh = tanh_row,
    .product = ISA_NAME(product_isa),
    .product_transposed = ISA_NAME(product_isa_transposed),
    .pack = ISA_NAME(product_isa_pack),
    .forward = forward,
    .backward = backward,
    .lstm_rows = lstm_rows,
    .lstm_rows_back = lstm_rows_back,
};

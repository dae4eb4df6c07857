/* SPDX-License-Identifier: MIT
 *
 * The loops of recurrent networks: every fast table that this processor can run computes what the reference computes
 * but for roundings, the reference computes what was worked out by hand, and its derivatives are derivatives. What is
 * drawn does not depend on how many tables there are.
 */
#include "lib/num/dense.h"
#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/kernel.h"
#include "tests/laws/rounding.h"
#include "tests/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct dense *reference(void)
{
    size_t n = 0;
    while (dense_all()[n])
        n++;
    return dense_all()[n - 1];
}

TEST(tables_go_with_the_kernels)
{
    for (size_t k = 0; kernel_all()[k] || dense_all()[k]; k++)
        CHECK_STR(dense_all()[k]->name, kernel_all()[k]->name);
    CHECK_STR(dense_get()->name, kernel_get()->name);
    CHECK_STR(reference()->name, "reference");
}

/* ---- activations */

/* The error in units in the last place of the truth. */
static double ulps(real got, double truth)
{
    real near = (real)fabs(truth);
    double unit = (double)(sizeof(real) == 8 ? (real)nextafter((double)near, INFINITY)
                                             : (real)nextafterf((float)near, INFINITY)) -
                  (double)near;
    return fabs((double)got - truth) / unit;
}

static double tanh_of(double x)
{
    return tanh(x);
}

static double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}

static void activation(const char *name, void (*f)(real *, size_t), double (*truth)(double), double from,
                       double allowed)
{
    enum { N = 1 << 16 };
    real *x = memory_lines(N, sizeof *x), *y = memory_lines(N, sizeof *y);
    struct rng r;
    rng_init(&r, 3, 0, 0);
    for (size_t i = 0; i < N; i++) { /* over the whole range, and over all sizes near 0 */
        double u = 2 * rng_uniform(&r) - 1;
        y[i] = (real)(i % 2 ? 120 * u : u * pow(2, -30 * rng_uniform(&r)) * 16);
        x[i] = y[i];
    }
    f(x, N);
    double worst = 0;
    for (size_t i = 0; i < N; i++) {
        double t = truth((double)y[i]);
        if ((double)y[i] < from) {
            CHECK_MSG((double)x[i] >= 0 && (double)x[i] <= 5e-38, "%s: %g gives %g", name, (double)y[i],
                      (double)x[i]);
            continue;
        }
        double d = ulps(x[i], t);
        if (!(d <= worst))
            worst = isnan(d) ? INFINITY : d;
    }
    CHECK_MSG(worst <= allowed, "%s: off by %.2f units in the last place", name, worst);
    memory_free(x);
    memory_free(y);
}

TEST(activations)
{
    const real inf = (real)INFINITY;
    for (size_t k = 0; dense_all()[k]; k++) {
        const struct dense *d = dense_all()[k];
        char name[60];
        snprintf(name, sizeof name, "sigmoid %s", d->name);
        activation(name, d->sigmoid, sigmoid_of, sizeof(real) == 8 ? -INFINITY : -86, 4);
        snprintf(name, sizeof name, "tanh %s", d->name);
        activation(name, d->tanh, tanh_of, -INFINITY, 6);
        _Alignas(64) real x[24] = {inf, -inf, (real)NAN, -(real)NAN, (real)FLT_MAX, -(real)FLT_MAX, 0, 1},
                          y[24];
        memcpy(x + 16, x, 8 * sizeof *x);
        for (size_t n = 8; n <= 24; n += 16) { /* a half vector, and a whole one before it */
            memcpy(y, x + 24 - n, n * sizeof *x);
            d->sigmoid(y, n);
            CHECK_MSG(y[n - 8] == 1 && y[n - 7] >= 0 && (double)y[n - 7] <= 5e-38 && isnan(y[n - 6]) &&
                          isnan(y[n - 5]) && y[n - 4] == 1 && y[n - 2] == (real)0.5,
                      "%s", d->name);
            memcpy(y, x + 24 - n, n * sizeof *x);
            d->tanh(y, n);
            CHECK_MSG(y[n - 8] == 1 && y[n - 7] == -1 && isnan(y[n - 6]) && isnan(y[n - 5]) &&
                          y[n - 4] == 1 && y[n - 3] == -1 && y[n - 2] == 0,
                      "%s", d->name);
        }
    }
}

/* ---- recurrences */

/* All that one sentence reads and writes, in one piece: inputs, then rooms, then derivatives. */
struct gradient_probe {
    struct recurrence r;
    real *memory;
    size_t size, inputs; /* reals */
    size_t wh_size;
};

static const char *const cell_name[] = {"lstm", "gru", "rnn"};

static real *cut(real **next, size_t n)
{
    real *p = *next;
    *next += (n + 15) / 16 * 16;
    return p;
}

static struct gradient_probe probe_new(enum dense_cell cell, bool full, bool fused, bool reverse, uint32_t n,
                                       uint32_t H)
{
    const size_t S = (H + REAL_LANES - 1) / REAL_LANES * REAL_LANES, G = dense_gates(cell), pitch = 2 * S;
    struct gradient_probe p = {.wh_size = full ? H * G * S : G * S};
    p.size = 2 * p.wh_size + 4 * G * S + n * G * S + 2 * n * S + 4 * n * pitch + 16 * 20;
    real *next = p.memory = memory_lines(p.size, sizeof(real));
    p.r = (struct recurrence){.cell = cell, .full = full, .n = n, .hidden = H, .stride = S, .pitch = pitch};
    p.r.reverse = reverse;
    p.r.z = cut(&next, n * G * S);
    real *wh = cut(&next, p.wh_size), *wx = cut(&next, G * S), *b = cut(&next, G * S),
         *x = cut(&next, n * pitch);
    p.inputs = (size_t)(next - p.memory);
    p.r.dh = cut(&next, n * pitch);
    p.r.h = cut(&next, n * pitch);
    p.r.c = cut(&next, n * S);
    p.r.t = cut(&next, n * S);
    p.r.dwh = cut(&next, p.wh_size);
    p.r.wh = wh;
    if (fused) {
        p.r.wx = wx, p.r.b = b, p.r.x = x, p.r.x_pitch = pitch;
        p.r.dwx = cut(&next, G * S);
        p.r.db = cut(&next, G * S);
        p.r.dx = cut(&next, n * pitch);
    }
    return p;
}

static void draw(struct rng *rng, real *x, size_t rows, size_t columns, size_t pitch, double size)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < columns; c++)
            x[i * pitch + c] = (real)(size * rng_normal(rng));
}

/* Weights and inputs; padding stays 0. */
static void probe_draw(struct gradient_probe *p, struct rng *rng)
{
    const struct recurrence *r = &p->r;
    const size_t G = dense_gates(r->cell), H = r->hidden, S = r->stride;
    draw(rng, (real *)r->wh, p->wh_size / S, H, S, r->full ? 1 / sqrt((double)H) : 1);
    draw(rng, r->dh, r->n, H, r->pitch, 1);
    if (r->wx) {
        draw(rng, (real *)r->wx, G, H, S, 1);
        draw(rng, (real *)r->b, G, H, S, 1);
        draw(rng, (real *)r->x, r->n, H, r->pitch, 1);
    } else {
        draw(rng, r->z, r->n * G, H, S, 1);
    }
}

/* The derivative of a full cell's wh after its backward, as products side by side, C NULL and c_row G S: rows [H] of
 * what was multiplied, times the derivative of v. Of `gates` gates from `first` on, … */
static struct product part_of(const struct recurrence *r, size_t first, size_t gates, const real *before,
                              size_t pitch)
{
    const size_t S = r->stride, row = dense_gates(r->cell) * S, later = r->reverse ? 0 : 1;
    return (struct product){.m = r->hidden,
                            .k = r->n - 1,
                            .n = gates * S,
                            .A = before,
                            .a_row = 1,
                            .a_column = pitch,
                            .B = r->z + later * row + first * S,
                            .b_row = row,
                            .c_row = row};
}

/* … and of all. Their number: for the GRU 2, as its candidate sees r h_{t-1}. */
static uint32_t weights(const struct recurrence *r, struct product p[2], size_t column[2])
{
    const bool inner = r->cell == DENSE_GRU;
    const size_t gates = dense_gates(r->cell), plain = inner ? 2 : gates, later = r->reverse ? 0 : 1;
    column[0] = 0;
    p[0] = part_of(r, 0, plain, r->h + (1 - later) * r->pitch, r->pitch);
    if (!inner)
        return 1;
    column[1] = plain * r->stride;
    p[1] = part_of(r, plain, gates - plain, r->c + later * r->stride, r->stride);
    return 2;
}

/* The way back, if there is one. */
static void finish(const struct dense *d, struct gradient_probe *p)
{
    if (p->r.inference)
        return;
    d->backward(&p->r);
    if (!p->r.full)
        return;
    struct product of[2];
    size_t column[2];
    for (uint32_t k = weights(&p->r, of, column); k-- > 0;) {
        of[k].C = p->r.dwh + column[k];
        d->product(&of[k]);
    }
}

static void run(const struct dense *d, struct gradient_probe *p)
{
    d->forward(&p->r);
    finish(d, p);
}

/* A result of a probe, as rows of `pitch`. */
struct part {
    const char *name;
    const real *x;
    size_t rows, pitch;
};
enum { PARTS = 5 };

/* What an epoch leaves; their number. */
static size_t parts_of(const struct gradient_probe *p, struct part part[PARTS])
{
    const struct recurrence *r = &p->r;
    const size_t G = dense_gates(r->cell), S = r->stride;
    size_t count = 0;
    part[count++] = (struct part){"h", r->h, r->n, r->pitch};
    if (r->inference)
        return count;
    part[count++] = (struct part){"dwh", r->dwh, p->wh_size / S, S};
    if (r->wx) {
        part[count++] = (struct part){"dwx", r->dwx, G, S};
        part[count++] = (struct part){"db", r->db, G, S};
        part[count++] = (struct part){"dx", r->dx, r->n, r->pitch};
    } else {
        part[count++] = (struct part){"dv", r->z, r->n * G, S};
    }
    return count;
}

/* What the reference makes of a probe, and how far from it each part may be. */
struct truth {
    struct gradient_probe p;
    double near[PARTS];
};

static struct gradient_probe probe_like(const struct gradient_probe *p)
{
    const struct recurrence *r = &p->r;
    struct gradient_probe q = probe_new(r->cell, r->full, r->wx != NULL, r->reverse, r->n, r->hidden);
    memcpy(q.memory, p->memory, p->size * sizeof(real));
    q.r.inference = r->inference;
    return q;
}

/* Numbers that are moved by `roundings` show how far roundings carry: those that come in, and those that are kept for
 * the way back. A number that a cell makes is a sum of `terms`, whose errors are of either sign, and six units of an
 * activation. Few draws may by chance cancel out, so twice the farthest of them, or of one such number, is allowed. */
static struct truth truth_of(const struct gradient_probe *given)
{
    const struct recurrence *g = &given->r;
    const double terms = (g->full ? g->hidden : 1) + 2, roundings = 6 + sqrt(terms);
    struct truth t = {.p = probe_like(given)};
    struct part want[PARTS], got[PARTS];
    struct rng rng;
    rng_init(&rng, 13, g->hidden, g->n);
    run(reference(), &t.p);
    size_t count = parts_of(&t.p, want);
    for (size_t k = 0; k < count; k++)
        t.near[k] = 2 * roundings * ROUNDING_UNIT;
    for (int draw = 0; draw < 2; draw++) {
        struct gradient_probe p = probe_like(given);
        rounding_move(&rng, p.memory, p.inputs + g->n * g->pitch, roundings); /* dh comes after the inputs */
        reference()->forward(&p.r);
        rounding_move(&rng, p.memory, p.size, roundings);
        finish(reference(), &p);
        parts_of(&p, got);
        for (size_t k = 0; k < count; k++)
            t.near[k] =
                fmax(t.near[k], 2 * rounding_distance(got[k].x, want[k].x, want[k].rows * want[k].pitch));
        memory_free(p.memory);
    }
    return t;
}

static void compare(const struct dense *d, const struct gradient_probe *p, const struct truth *t)
{
    const struct recurrence *r = &p->r;
    struct part got[PARTS], want[PARTS];
    size_t count = parts_of(p, got);
    parts_of(&t->p, want);
    for (size_t k = 0; k < count; k++) {
        double off = rounding_distance(got[k].x, want[k].x, want[k].rows * want[k].pitch), padding = 0;
        CHECK_MSG(off <= t->near[k], "%s: %s %s%s, n %u, H %u: %s is off by %g, allowed are %g", d->name,
                  r->full ? "full" : "diagonal", r->wx ? "fused " : "", cell_name[r->cell], (unsigned)r->n,
                  (unsigned)r->hidden, got[k].name, off, t->near[k]);
        for (size_t i = 0; i < got[k].rows; i++)
            for (size_t c = r->hidden; c < got[k].pitch; c++)
                padding += fabs((double)got[k].x[i * got[k].pitch + c]);
        CHECK_MSG(padding == 0, "%s: %s's padding is %g", d->name, got[k].name, padding);
    }
}

/* f of every cell and kind, with and without its input product. */
static void each_kind(void (*f)(enum dense_cell, bool full, bool fused))
{
    for (enum dense_cell cell = 0; cell < DENSE_CELLS; cell++) {
        f(cell, false, false);
        f(cell, false, true);
        f(cell, true, false);
    }
}

static void fast_is_the_reference(enum dense_cell cell, bool full, bool fused)
{
    static const uint32_t sizes[] = {1, 3, 8, 9, 16, 20, 24, 31, 33, 64, 100, 112, 113, 130, 170, 280};
    struct rng rng;
    rng_init(&rng, 11, cell, full);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint32_t n = 1; n <= 9; n += 1 + n) {
            struct gradient_probe given = probe_new(cell, full, fused, rng_below(&rng, 2), n, sizes[s]);
            probe_draw(&given, &rng);
            struct truth truth = truth_of(&given);
            for (size_t k = 0; dense_all()[k + 1]; k++) {
                struct gradient_probe p = probe_like(&given);
                run(dense_all()[k], &p);
                compare(dense_all()[k], &p, &truth);
                memory_free(p.memory);
            }
            memory_free(given.memory);
            memory_free(truth.p.memory);
        }
}

TEST(recurrences)
{
    each_kind(fast_is_the_reference);
}

/* Where there is no way back h is the same, whether gates are half open or all but shut, and a NaN is not lost. */
static void inference_is_forward(enum dense_cell cell, bool full, bool fused)
{
    static const uint32_t sizes[] = {1, 8, 9, 16, 20, 24, 33, 40, 48, 56, 100, 280};
    struct rng rng;
    rng_init(&rng, 12, cell, full);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (double size = 1; size < 1e4; size *= 30) {
            struct gradient_probe given = probe_new(cell, full, fused, s % 2, 5, sizes[s]);
            const size_t rows = fused ? dense_gates(cell) : given.r.n * dense_gates(cell);
            probe_draw(&given, &rng);
            draw(&rng, fused ? (real *)given.r.b : given.r.z, rows, sizes[s], given.r.stride, size);
            given.r.inference = true;
            struct truth truth = truth_of(&given);
            for (size_t k = 0; dense_all()[k]; k++) {
                struct gradient_probe p = probe_like(&given);
                dense_all()[k]->forward(&p.r);
                compare(dense_all()[k], &p, &truth);
                if (fused) {
                    ((real *)p.r.b)[sizes[s] - 1] = (real)NAN;
                    dense_all()[k]->forward(&p.r);
                    CHECK(isnan(p.r.h[sizes[s] - 1]));
                }
                memory_free(p.memory);
            }
            memory_free(given.memory);
            memory_free(truth.p.memory);
        }
}

TEST(inference)
{
    each_kind(inference_is_forward);
}

#ifdef REAL_DOUBLE
/* The loss is the sum of u h, with a u drawn for every output. */
static double loss(const struct gradient_probe *p, const real *u)
{
    struct gradient_probe q = *p;
    const size_t z = p->r.n * dense_gates(p->r.cell) * p->r.stride;
    real *memory = memory_new(z, sizeof *memory);
    double sum = 0;
    memcpy(memory, p->r.z, z * sizeof *memory);
    q.r.z = memory; /* forward overwrites it */
    reference()->forward(&q.r);
    for (size_t k = 0; k < p->r.n * p->r.pitch; k++)
        sum += u[k] * p->r.h[k];
    memory_free(memory);
    return sum;
}

static void check_slopes(const char *what, const struct gradient_probe *p, const real *u, const real *input,
                         const real *slope, size_t rows, size_t pitch)
{
    const double step = 1e-5;
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < p->r.hidden; c++) {
            real *x = (real *)input + i * pitch + c, old = *x;
            *x = old + step;
            double high = loss(p, u);
            *x = old - step;
            double low = loss(p, u);
            *x = old;
            double difference = (high - low) / (2 * step), got = slope[i * pitch + c];
            CHECK_MSG(fabs(difference - got) < 1e-8 * (1 + fabs(got)),
                      "%s %s %s: %s[%zu][%zu] is %.10g, not %.10g", p->r.full ? "full" : "diagonal",
                      p->r.reverse ? "back" : "on", cell_name[p->r.cell], what, i, c, got, difference);
        }
}

static void slopes_are_slopes(enum dense_cell cell, bool full, bool fused)
{
    struct rng rng;
    rng_init(&rng, 5, cell, full);
    for (int reverse = 0; reverse < 2; reverse++)
        for (uint32_t n = 1; n <= 4; n += 3) {
            const uint32_t H = 3;
            struct gradient_probe a = probe_new(cell, full, fused, reverse, n, H),
                                  b = probe_new(cell, full, fused, reverse, n, H);
            const size_t S = a.r.stride, G = dense_gates(cell);
            probe_draw(&a, &rng);
            memcpy(b.memory, a.memory, a.size * sizeof(real));
            run(reference(), &b);
            check_slopes("wh", &a, a.r.dh, a.r.wh, b.r.dwh, a.wh_size / S, S);
            if (fused) {
                check_slopes("wx", &a, a.r.dh, a.r.wx, b.r.dwx, G, S);
                check_slopes("b", &a, a.r.dh, a.r.b, b.r.db, G, S);
                check_slopes("x", &a, a.r.dh, a.r.x, b.r.dx, n, a.r.pitch);
            } else {
                check_slopes("v", &a, a.r.dh, a.r.z, b.r.z, n * G, S);
            }
            memory_free(a.memory);
            memory_free(b.memory);
        }
}

/* Rows side by side are what a recurrence that multiplies by 0 does: to the bit, in each table. Of N sequences the
 * first half has two steps, the others one. */
TEST(rows_are_steps)
{
    enum { N = 5, LONG = 2, MOST = 48 };
    static const size_t strides[] = {8, 16, 24, 32, MOST};
    for (size_t k = 0; dense_all()[k]; k++)
        for (size_t c = 0; c < sizeof strides / sizeof *strides; c++) {
            const struct dense *d = dense_all()[k];
            const size_t S = strides[c], n = N * S, m = LONG * S;
            _Alignas(64) real z[(N + LONG) * 4 * MOST], own[2 * 4 * MOST], wh[4 * MOST * MOST] = {0};
            _Alignas(64) real h[2 * N * MOST], cell[2 * N * MOST], t[2 * N * MOST], dh[2 * N * MOST];
            _Alignas(64) real own_h[2 * MOST], own_c[2 * MOST], own_t[2 * MOST], own_dh[2 * MOST];
            struct rng r;
            rng_init(&r, 5, 0, c);
            for (size_t i = 0; i < 4 * (n + m); i++)
                z[i] = (real)rng_normal(&r);
            for (size_t i = 0; i < n + m; i++)
                dh[i] = (real)rng_normal(&r);
            const real *v = memcpy((real[(N + LONG) * 4 *MOST]){0}, z, sizeof z);
            struct dense_rows
                first = {.rows = N, .stride = S, .pitch = S, .z = z, .h = h, .c = cell, .t = t, .dh = dh},
                second = {.rows = LONG,
                          .stride = S,
                          .pitch = S,
                          .z = z + 4 * n,
                          .h = h + n,
                          .c = cell + n,
                          .t = t + n,
                          .dh = dh + n,
                          .c_before = cell,
                          .before = LONG};
            d->lstm_rows(&first);
            d->lstm_rows(&second);
            first.t_after = second.t;
            first.after = LONG;
            real there[N * MOST];
            memcpy(there, h, n * sizeof *h);
            d->lstm_rows_back(&second);
            d->lstm_rows_back(&first);
            for (size_t row = 0; row < N; row++) {
                struct recurrence one = {.cell = DENSE_LSTM,
                                         .full = true,
                                         .n = row < LONG ? 2 : 1,
                                         .hidden = (uint32_t)S,
                                         .stride = S,
                                         .pitch = S,
                                         .wh = wh,
                                         .h = own_h,
                                         .z = own,
                                         .c = own_c,
                                         .t = own_t,
                                         .dh = own_dh};
                const size_t bytes = S * sizeof(real);
                real *z2 = own + 4 * S;
                memcpy(own, v + 4 * row * S, 4 * bytes);
                memcpy(own_dh, dh + row * S, bytes);
                if (row < LONG) {
                    memcpy(z2, v + 4 * (N + row) * S, 4 * bytes);
                    memcpy(own_dh + S, dh + (N + row) * S, bytes);
                }
                d->forward(&one);
                CHECK_MSG(memcmp(own_h, there + row * S, bytes) == 0, "%s, %zu units", d->name, S);
                d->backward(&one);
                CHECK_MSG(memcmp(own, z + 4 * row * S, 4 * bytes) == 0, "%s, %zu units", d->name, S);
                if (row < LONG)
                    CHECK_MSG(memcmp(own_h + S, h + (N + row) * S, bytes) == 0 &&
                                  memcmp(z2, z + 4 * (N + row) * S, 4 * bytes) == 0,
                              "%s, %zu units, second step", d->name, S);
            }
        }
}

TEST(slopes)
{
    each_kind(slopes_are_slopes);
}
#endif

/* One unit and two steps, by hand. With v = 0 a gate of the LSTM and the GRU is half open. */
TEST(cells_worked_by_hand)
{
    const double a = 0.7, b = -0.4, w = 0.5, near = rounding(8, 1);
    for (size_t k = 0; dense_all()[k]; k++)
        for (int full = 0; full < 2; full++)
            for (int reverse = 0; reverse < 2; reverse++) {
                const size_t first = reverse, second = 1 - first, S = REAL_LANES;
                struct gradient_probe p = probe_new(DENSE_LSTM, full, false, reverse, 2, 1);
                p.r.z[first * 4 * S + 3 * S] = (real)a;
                p.r.z[second * 4 * S + 3 * S] = (real)b;
                ((real *)p.r.wh)[3 * S] = (real)w;
                dense_all()[k]->forward(&p.r);
                double c = tanh(a) / 2, h = tanh(c) / 2;
                CHECK_NEAR((double)p.r.h[first * p.r.pitch], h, near);
                c = c / 2 + tanh(b + w * h) / 2;
                CHECK_NEAR((double)p.r.h[second * p.r.pitch], tanh(c) / 2, near);
                memory_free(p.memory);

                p = probe_new(DENSE_GRU, full, false, reverse, 2, 1);
                p.r.z[first * 3 * S + 2 * S] = (real)a;
                p.r.z[second * 3 * S + 2 * S] = (real)b;
                ((real *)p.r.wh)[2 * S] = (real)w;
                dense_all()[k]->forward(&p.r);
                h = tanh(a) / 2;
                CHECK_NEAR((double)p.r.h[first * p.r.pitch], h, near);
                CHECK_NEAR((double)p.r.h[second * p.r.pitch], h / 2 + tanh(b + w * (h / 2)) / 2, near);
                memory_free(p.memory);

                p = probe_new(DENSE_RNN, full, false, reverse, 2, 1);
                p.r.z[first * S] = (real)a;
                p.r.z[second * S] = (real)b;
                ((real *)p.r.wh)[0] = (real)w;
                dense_all()[k]->forward(&p.r);
                CHECK_NEAR((double)p.r.h[first * p.r.pitch], tanh(a), near);
                CHECK_NEAR((double)p.r.h[second * p.r.pitch], tanh(b + w * tanh(a)), near);
                memory_free(p.memory);
            }
}

/* A matrix-vector product with signs and columns told apart: h -> h Wh moves unit 0's output to unit 1. */
TEST(rows_belong_to_the_unit_they_come_from)
{
    for (size_t k = 0; dense_all()[k]; k++) {
        struct gradient_probe p = probe_new(DENSE_RNN, true, false, false, 2, 2);
        p.r.z[0] = 1;
        ((real *)p.r.wh)[1] = 3; /* from unit 0 to unit 1 */
        dense_all()[k]->forward(&p.r);
        const real *second = p.r.h + p.r.pitch;
        CHECK(second[0] == 0);
        CHECK_NEAR((double)second[1], tanh(3 * tanh(1.0)), rounding(12, 1));
        memory_free(p.memory);
    }
}

static void multiply(const struct dense *d, const struct product *p, bool transposed)
{
    if (transposed)
        d->product_transposed(p);
    else
        d->product(p);
}

/* C = base + A B and C = base + A B' of every table, in plain order or A transposed, all heights and widths of
 * tiles. */
static void product_is_the_reference(size_t m, size_t k, size_t n)
{
    const size_t columns = REAL_PAD(n), inner = REAL_PAD(k), row = columns + 8, b_rows = k > n ? k : n;
    const size_t b_row = columns > inner ? columns : inner, a_row = REAL_PAD(m > inner ? m : inner);
    const size_t a_size = a_row * (k > m ? k : m), b_size = b_rows * b_row, c_size = m * row;
    struct rng r;
    rng_init(&r, 12, m * 1000 + k, n);
    /* and the sizes of what is added up */
    real *A = memory_lines(2 * a_size, sizeof *A), *A_sizes = A + a_size;
    real *B = memory_lines(2 * b_size, sizeof *B), *B_sizes = B + b_size;
    real *base = memory_lines(2 * c_size, sizeof *base), *base_sizes = base + c_size;
    real *C = memory_lines(3 * c_size, sizeof *C), *want = C + c_size, *sizes = want + c_size;
    uint32_t *rows = memory_new(m, sizeof *rows);
    for (size_t i = 0; i < m; i++)
        rows[i] = (uint32_t)rng_below(&r, (uint32_t)m);
    draw(&r, base, m, columns, row, 1);
    draw(&r, B, k, columns, b_row, 1);
    rounding_sizes(base_sizes, base, c_size);
    for (int kind = 0; kind < 3; kind++) { /* A, A transposed, B transposed */
        struct product p = {.m = m, .k = k, .n = columns, .a_row = a_row, .a_column = 1, .b_row = b_row};
        draw(&r, A, k > m ? k : m, a_row, a_row, 1);
        if (kind == 1)
            p.a_row = 1, p.a_column = a_row;
        if (kind == 2) {
            p.n = n, p.k = inner;
            memset(B, 0, b_size * sizeof *B);
            draw(&r, B, n, inner, b_row, 1);
        }
        rounding_sizes(A_sizes, A, a_size);
        rounding_sizes(B_sizes, B, b_size);
        for (int from = 0; from < 5;
             from++) { /* nothing, a bias, another matrix, C itself, rows of another */
            p.base_row = from == 1 ? 0 : row;
            p.base_at = from == 4 ? rows : NULL;
            p.c_row = row;
            p.A = A, p.B = B, p.C = want, p.base = from ? base : NULL;
            multiply(reference(), &p, kind == 2);
            p.A = A_sizes, p.B = B_sizes, p.C = sizes, p.base = from ? base_sizes : NULL;
            multiply(reference(), &p, kind == 2);
            p.A = A, p.B = B, p.C = C, p.base = from == 3 ? C : from ? base : NULL;
            for (size_t t = 0; dense_all()[t + 1]; t++) {
                for (size_t i = 0; i < c_size; i++)
                    C[i] = from == 3 ? base[i] : (real)NAN;
                multiply(dense_all()[t], &p, kind == 2);
                for (size_t i = 0; i < m; i++)
                    CHECK_MSG(
                        rounding_near(C + i * row, want + i * row, sizes + i * row, p.n, (double)p.k + 1),
                        "%s, kind %d, base %d, %zux%zux%zu: row %zu", dense_all()[t]->name, kind, from, m, k,
                        n, i);
                for (size_t i = 0; from != 3 && i < m; i++) /* and nothing beside it is written */
                    for (size_t j = p.n; j < row; j++)
                        CHECK(isnan(C[i * row + j]));
            }
        }
    }
    memory_free(A);
    memory_free(B);
    memory_free(base);
    memory_free(C);
    memory_free(rows);
}

TEST(products)
{
    static const size_t depths[] = {1, 7, 24, 100}, widths[] = {1, 5, 8, 22, 40, 64, 75, 200};
    for (size_t m = 1; m <= 19; m += m < 7 ? 1 : 6)
        for (size_t k = 0; k < sizeof depths / sizeof *depths; k++)
            for (size_t n = 0; n < sizeof widths / sizeof *widths; n++)
                product_is_the_reference(m, depths[k], widths[n]);
    static const size_t large[][3] = {{150, 140, 40}, {40, 300, 24}, {200, 129, 8}, {129, 400, 75}};
    for (size_t k = 0; k < sizeof large / sizeof *large; k++)
        product_is_the_reference(large[k][0], large[k][1], large[k][2]);
}

/* of a product whose B is copied */
enum { A_ACROSS = 1, B_TRANSPOSED = 2 };

/* Where a product serves many rows, a table may copy B, or write B' down, and reads it there from then on, however many
 * rows at a time. The columns that are then computed beside the n are those of the base. The sums are C's definition.
 * Returns whether B was copied. */
static bool packed_is_the_definition(const struct dense *d, int kind, size_t m, size_t k, size_t n)
{
    const bool transposed = kind == B_TRANSPOSED, across = kind == A_ACROSS;
    const size_t columns = (n + REAL_LANES - 1) / REAL_LANES * REAL_LANES, row = columns + 8;
    const size_t inner = REAL_PAD(k), b_row = 1032 + REAL_PAD(k), b_size = (transposed ? n : k) * b_row;
    const size_t a_row = across ? 1 : inner, a_column = across ? m + 3 : 1;
    const size_t a_size = across ? k * a_column : m * inner, c_size = m * row;
    struct rng r;
    rng_init(&r, 13, m * 1000 + k, n);
    real *A = memory_lines(2 * a_size, sizeof *A), *A_sizes = A + a_size;
    real *B = memory_lines(2 * b_size, sizeof *B), *B_sizes = B + b_size;
    real *base = memory_lines(2 * c_size, sizeof *base), *base_sizes = base + c_size;
    real *C = memory_lines(3 * c_size, sizeof *C), *want = C + c_size, *sizes = want + c_size;
    real *room = memory_lines(k * columns + 8, sizeof *room);
    draw(&r, A, across ? k : m, across ? m : k, across ? a_column : inner, 1);
    draw(&r, B, transposed ? n : k, transposed ? k : n, b_row, 1);
    draw(&r, base, m, n, row, 1);
    rounding_sizes(A_sizes, A, a_size);
    rounding_sizes(B_sizes, B, b_size);
    rounding_sizes(base_sizes, base, c_size);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = (double)base[i * row + j], size = (double)base_sizes[i * row + j];
            for (size_t q = 0; q < k; q++) {
                const size_t at = transposed ? j * b_row + q : q * b_row + j;
                const size_t a = i * a_row + q * a_column;
                sum += (double)A[a] * (double)B[at];
                size += (double)A_sizes[a] * (double)B_sizes[at];
            }
            want[i * row + j] = (real)sum;
            sizes[i * row + j] = (real)size;
        }
    for (size_t i = 0; i < c_size; i++)
        C[i] = (real)NAN;
    for (size_t q = 0; q < 8; q++)
        room[k * columns + q] = 7;
    /* (a plain product has all columns of a row, as rows of weights have) */
    struct product p = {.m = 1000, .k = k, .n = transposed ? n : columns, .B = B, .b_row = b_row};
    p.a_row = a_row, p.a_column = a_column, p.base_row = p.c_row = row;
    d->pack(&p, transposed, room);
    p.m = m, p.A = A, p.base = base, p.C = C;
    if (p.packed || k % REAL_LANES == 0 || !transposed)
        multiply(d, &p, transposed);
    else
        memcpy(C, want, c_size * sizeof *C); /* (of no use to this table, and unpacked k is a multiple) */
    for (size_t i = 0; i < m; i++) {
        CHECK_MSG(rounding_near(C + i * row, want + i * row, sizes + i * row, n, (double)k + 1),
                  "%s, %s, %zux%zux%zu: row %zu", d->name,
                  transposed ? "B'"
                  : across   ? "A'"
                             : "B",
                  m, k, n, i);
        for (size_t j = n; p.packed && j < columns; j++)
            CHECK(C[i * row + j] == base[i * row + j]);
        for (size_t j = columns; p.packed && j < row; j++)
            CHECK(isnan(C[i * row + j]));
    }
    for (size_t q = 0; q < 8; q++)
        CHECK(room[k * columns + q] == 7);
    memory_free(A);
    memory_free(B);
    memory_free(base);
    memory_free(C);
    memory_free(room);
    return p.packed;
}

TEST(packed_products)
{
    static const size_t rows[] = {1, 2, 3, 4, 5, 7, 12, 13, 40, 70}, depths[] = {1, 7, 24, 128, 129, 300};
    static const size_t widths[] = {1, 5, 8, 22, 40, 75, 104};
    bool packed[3] = {false, false, false}; /* by some fast table */
    for (size_t t = 0; dense_all()[t]; t++)
        for (int kind = 0; kind < 3; kind++)
            for (size_t m = 0; m < sizeof rows / sizeof *rows; m++)
                for (size_t k = 0; k < sizeof depths / sizeof *depths; k++)
                    for (size_t n = 0; n < sizeof widths / sizeof *widths; n++)
                        packed[kind] |=
                            packed_is_the_definition(dense_all()[t], kind, rows[m], depths[k], widths[n]) &&
                            dense_all()[t + 1];
    CHECK(packed[0] && packed[A_ACROSS] && packed[B_TRANSPOSED]);
}

/* Two by two, by hand: the reference, and OpenBLAS below, are held to it. */
TEST(a_product_worked_by_hand)
{
    _Alignas(64) real A[16] = {1, 2, [8] = 3, 4}, B[16] = {5, 6, [8] = 7, 8}, C[16] = {0}, bias[8] = {100};
    struct product p = {
        .m = 2, .k = 2, .n = 8, .A = A, .a_row = 8, .a_column = 1, .B = B, .b_row = 8, .C = C};
    p.c_row = 8;
    p.base = bias;
    reference()->product(&p);
    CHECK(C[0] == 119 && C[1] == 22 && C[8] == 143 && C[9] == 50);
    p.a_row = 1, p.a_column = 8, p.base = NULL;
    reference()->product(&p);
    CHECK(C[0] == 26 && C[1] == 30 && C[8] == 38 && C[9] == 44);
    p.a_row = 8, p.a_column = 1, p.n = 2, p.k = 8;
    reference()->product_transposed(&p);
    CHECK(C[0] == 17 && C[1] == 23 && C[8] == 39 && C[9] == 53);
}

/* SPDX-License-Identifier: MIT
 *
 * Every fast kernel that this processor can run computes what the reference computes, but for roundings. What is drawn
 * does not depend on how many kernels there are.
 */
#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "tests/laws/rounding.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static const struct kernel *reference(void)
{
    size_t n = 0;
    while (kernel_all()[n])
        n++;
    return kernel_all()[n - 1];
}

static void fill(struct rng *r, real *x, size_t rows, size_t columns, size_t stride, double size)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < stride; c++)
            x[i * stride + c] = c < columns ? (real)(size * rng_normal(r)) : 0;
}

TEST(the_reference_is_listed_last)
{
    CHECK_STR(reference()->name, "reference");
    CHECK(kernel_all()[0] != reference());
}

enum { BLOCKS = 50, LISTS = 9, LONGEST = 12 };

/* Blocks of T columns, some of them a worker's own, and lists of them. */
struct rows {
    size_t T, stride;
    real *w, *local, *base; /* [BLOCKS][stride], [BLOCKS][stride], [stride] */
    uint32_t start[LISTS + 1], id[LISTS * LONGEST], limit, hot;
    float value[LISTS * LONGEST];
};

static void rows_draw(struct rows *x, size_t T, bool some_hot)
{
    struct rng r;
    rng_init(&r, 1, T, some_hot);
    *x = (struct rows){.T = T,
                       .stride = T % 2 ? REAL_PAD(T) : (T + 7) / 8 * 8}; /* a row, or a block of several */
    x->w = memory_lines(BLOCKS * x->stride, sizeof *x->w);
    x->local = memory_lines(BLOCKS * x->stride, sizeof *x->local);
    x->base = memory_lines(x->stride, sizeof *x->base);
    fill(&r, x->w, BLOCKS, T, x->stride, 1);
    fill(&r, x->local, BLOCKS, T, x->stride, 1);
    fill(&r, x->base, 1, T, x->stride, 1);
    for (int i = 0; i < LISTS; i++) {
        uint32_t k = x->start[i], next = 0;
        while (k < x->start[i] + LONGEST && (next += (uint32_t)rng_below(&r, 12)) < BLOCKS)
            x->id[k++] = next; /* rising, empty and repeated ids included */
        x->start[i + 1] = k;
    }
    for (size_t k = 0; k < LISTS * LONGEST; k++)
        x->value[k] = (float)rng_normal(&r);
    x->limit = (uint32_t)rng_below(&r, BLOCKS + 5);
    x->hot = some_hot ? (uint32_t)rng_below(&r, BLOCKS + 5) : 0;
}

static struct rows rows_copy(const struct rows *x, bool sizes)
{
    struct rows y = *x;
    size_t n = BLOCKS * x->stride;
    y.w = memcpy(memory_lines(n, sizeof *y.w), x->w, n * sizeof *y.w);
    y.local = memcpy(memory_lines(n, sizeof *y.local), x->local, n * sizeof *y.local);
    y.base = memcpy(memory_lines(x->stride, sizeof *y.base), x->base, x->stride * sizeof *y.base);
    if (sizes) {
        rounding_sizes(y.w, x->w, n);
        rounding_sizes(y.local, x->local, n);
        rounding_sizes(y.base, x->base, x->stride);
        for (size_t k = 0; k < LISTS * LONGEST; k++)
            y.value[k] = fabsf(x->value[k]);
    }
    return y;
}

static void rows_free(struct rows *x)
{
    memory_free(x->w);
    memory_free(x->local);
    memory_free(x->base);
}

/* out [2][LISTS][stride]; then w and own are written. */
static void rows_run(const struct kernel *k, struct rows *x, real *out)
{
    k->gather(x->w, x->local, x->hot, x->stride, x->start, x->id, x->limit, LISTS, (real)0.7, x->base, out);
    k->gather_valued(x->w, x->local, x->hot, x->stride, x->start, x->id, x->value, x->limit, LISTS, (real)0.7,
                     x->base, out + LISTS * x->stride);
    k->scatter(x->w, x->local, x->hot, x->stride, x->id, x->start[1], (real)0.3, x->base);
}

TEST(gather_and_scatter)
{
    for (size_t T = 1; T <= 200; T += T < 70 ? 1 : 13)
        for (int some_hot = 0; some_hot < 2; some_hot++) {
            struct rows given;
            rows_draw(&given, T, some_hot);
            struct rows truth = rows_copy(&given, false), size = rows_copy(&given, true);
            const size_t n = BLOCKS * given.stride, outs = 2 * LISTS * given.stride;
            real *want = memory_lines(3 * outs, sizeof *want), *most = want + outs, *out = most + outs;
            rows_run(reference(), &truth, want);
            rows_run(reference(), &size, most);
            for (size_t k = 0; kernel_all()[k]; k++) {
                struct rows x = rows_copy(&given, false);
                rows_run(kernel_all()[k], &x, out);
                CHECK_MSG(rounding_near(out, want, most, outs, LONGEST + 1), "gather %s T=%zu: %g",
                          kernel_all()[k]->name, T, rounding_distance(out, want, outs));
                CHECK_MSG(rounding_near(x.w, truth.w, size.w, n, LONGEST) &&
                              rounding_near(x.local, truth.local, size.local, n, LONGEST),
                          "scatter %s T=%zu", kernel_all()[k]->name, T);
                rows_free(&x);
            }
            rows_free(&given);
            rows_free(&truth);
            rows_free(&size);
            memory_free(want);
        }
}

TEST(bringing)
{
    enum { N = 40 };
    for (size_t k = 0; kernel_all()[k]; k++)
        for (size_t n = 0; n <= N; n += REAL_LANES) {
            struct rng r;
            _Alignas(64) real w[N], local[N], base[N], sum[N];
            rng_init(&r, 2, n, 0);
            fill(&r, w, 1, N, N, 1);
            fill(&r, local, 1, N, N, 1);
            fill(&r, base, 1, N, N, 1);
            for (size_t i = 0; i < N; i++)
                sum[i] = i < n ? w[i] + (local[i] - base[i]) : w[i];
            kernel_all()[k]->merge(w, local, base, n);
            CHECK_MSG(memcmp(w, sum, sizeof w) == 0 && memcmp(local, w, n * sizeof *w) == 0 &&
                          memcmp(base, w, n * sizeof *w) == 0 && (n == N || local[n] != w[n]),
                      "%s, %zu", kernel_all()[k]->name, n);
        }
}

TEST(running_means)
{
    enum { MOST = 64, STEPS = 20 };
    for (size_t n = REAL_LANES; n <= MOST; n += REAL_LANES)
        for (int with = 0; with < 2; with++)
            for (size_t k = 0; kernel_all()[k]; k++) {
                struct rng r;
                rng_init(&r, 77, n, (uint64_t)with);
                /* w, m and v of the kernel, of the reference, and their sizes; then g */
                real *x = memory_lines(10 * MOST, sizeof *x), *y = x + 3 * MOST, *size = y + 3 * MOST,
                     *g = size + 3 * MOST;
                fill(&r, x, 3, n, MOST, 1);
                for (int i = 0; i < MOST; i++)
                    x[2 * MOST + i] *= x[2 * MOST + i];
                memcpy(y, x, 3 * MOST * sizeof *x);
                rounding_sizes(size, x, 3 * MOST);
                for (int step = 0; step < STEPS; step++) {
                    struct moments c = {(real)0.8, (real)0.2, (real)0.9, (real)0.1, 1 + (real)1 / (1 + step),
                                        (real)0.01};
                    fill(&r, g, 1, n - 3, MOST, 1); /* padding is 0 */
                    kernel_all()[k]->adapt(x, with ? x + MOST : NULL, x + 2 * MOST, g, n, &c, (real)0.1);
                    reference()->adapt(y, with ? y + MOST : NULL, y + 2 * MOST, g, n, &c, (real)0.1);
                    for (size_t i = 0; i < n; i++) {
                        real *m = size + MOST + i, *v = size + 2 * MOST + i;
                        real gradient = g[i] < 0 ? -g[i] : g[i];
                        *m = with ? c.keep * *m + c.take * gradient : *m;
                        *v = c.keep2 * *v + c.take2 * g[i] * g[i];
                        size[i] += (real)(0.1 * (double)(with ? *m : gradient) /
                                          (sqrt((double)(c.wide * *v)) + (double)c.epsilon));
                    }
                }
                /* of each step: three roundings of a mean, and of w: those of m and v, and five of its own */
                CHECK_MSG(rounding_near(x + MOST, y + MOST, size + MOST, 2 * MOST, 3 * STEPS) &&
                              rounding_near(x, y, size, MOST, 11 * STEPS),
                          "%s n=%zu: %g", kernel_all()[k]->name, n, rounding_distance(x, y, 3 * MOST));
                memory_free(x);
            }
}

TEST(delay_terms)
{
    enum { MOST = 40 };
    for (size_t k = 0; kernel_all()[k]; k++)
        for (size_t n = REAL_LANES; n <= MOST; n += REAL_LANES)
            for (int with = 0; with < 4; with++) {
                struct rng r;
                rng_init(&r, 78, n, (uint64_t)with);
                const struct delay_term c = {(real)0.9, (real)0.1, (real)0.7, (real)1e-3, (real)0.8};
                /* w, v and row of the kernel and of the reference, seen, g */
                real *x = memory_lines(8 * MOST, sizeof *x), *y = x + 3 * MOST, *seen = y + 3 * MOST,
                     *g = seen + MOST;
                fill(&r, x, 2, n, MOST, 1);
                fill(&r, seen, 2, n, MOST, 1);
                for (size_t i = 0; i < n; i++) {
                    x[MOST + i] *= x[MOST + i];
                    if (i % 5 == 0)
                        g[i] = 0;
                }
                memcpy(y, x, 3 * MOST * sizeof *x);
                const real length = (real)0.3;
                kernel_all()[k]->compensate(with & 1 ? x + 2 * MOST : NULL, x, seen,
                                            with & 2 ? x + MOST : NULL, g, n, &c, length);
                reference()->compensate(with & 1 ? y + 2 * MOST : NULL, y, seen, with & 2 ? y + MOST : NULL,
                                        g, n, &c, length);
                for (size_t i = 0; i < n; i++) {
                    double v = (double)y[MOST + i], square = (double)g[i] * (double)g[i];
                    double more = (with & 2 ? 0.7 / sqrt(v + 1e-3) : 0.7) * square *
                                  (fabs((double)y[i]) + 0.8 * fabs((double)seen[i]));
                    CHECK(fabs((double)x[MOST + i] - v) <= rounding(3, v));
                    CHECK_MSG(fabs((double)x[i] - (double)y[i]) <= rounding(12, fabs((double)y[i]) + more) &&
                                  fabs((double)x[2 * MOST + i] - (double)y[2 * MOST + i]) <=
                                      rounding(12, fabs((double)g[i]) + more),
                              "%s n=%zu, kind %d: number %zu", kernel_all()[k]->name, n, with, i);
                }
                memory_free(x);
            }
}

TEST(exponentials)
{
    enum { N = 4096 };
    real *x = memory_lines(N, sizeof *x), *y = memory_lines(N, sizeof *y);
    for (size_t k = 0; kernel_all()[k]; k++) {
        for (size_t i = 0; i < N; i++)
            x[i] = y[i] = (real)(-100 + 180.0 * (double)i / N);
        kernel_all()[k]->exp(x, N, (real)0.25);
        double worst = 0;
        for (size_t i = 0; i < N; i++) {
            double truth = exp((double)(y[i] - (real)0.25));
            if (y[i] - (real)0.25 < KERNEL_EXP_LEAST)
                CHECK(x[i] == 0);
            else
                worst = fabs((double)x[i] / truth - 1) <= worst ? worst : fabs((double)x[i] / truth - 1);
        }
        /* as kernel.h says; in double what it is held to is itself off by one half of a unit */
        CHECK_MSG(worst <= (sizeof(real) == 8 ? 2.5 : 2) * ROUNDING_UNIT, "%s: off by %g",
                  kernel_all()[k]->name, worst);
    }
    memory_free(x);
    memory_free(y);
}

struct lattice {
    struct chain_pairs pairs;
    uint32_t from[4096], to[4096], row[80];
};

/* About half of the transitions are pairs; all where `full`. */
static void draw_pairs(struct lattice *l, struct rng *r, uint32_t T, bool full)
{
    uint32_t count = 0;
    for (uint32_t a = 0; a < T; a++) {
        l->row[a] = count;
        for (uint32_t b = 0; b < T; b++)
            if (full || rng_below(r, 2))
                l->from[count] = a, l->to[count++] = b;
    }
    l->row[T] = count;
    l->pairs = (struct chain_pairs){count, REAL_PAD(count), l->from, l->to, l->row};
    memset(l->from + count, 0, 8 * sizeof *l->from);
    memset(l->to + count, 0, 8 * sizeof *l->to);
}

static void draw_scores(struct chain *c, struct rng *r, uint32_t n, double size)
{
    c->n = n;
    fill(r, c->edge, c->T, c->T, c->stride, size);
    fill(r, c->node, n, c->T, c->stride, size);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t y = c->T; y < c->stride; y++)
            c->node[i * c->stride + y] = (real)-1e30;
    if (c->pairs)
        fill(r, c->pair, n, c->pairs->count, c->pairs->stride, size);
}

static void copy_scores(struct chain *to, const struct chain *from)
{
    to->n = from->n;
    memcpy(to->edge, from->edge, (size_t)from->T * from->stride * sizeof(real));
    memcpy(to->node, from->node, (size_t)from->n * from->stride * sizeof(real));
    if (from->pairs)
        memcpy(to->pair, from->pair, (size_t)from->n * from->pairs->stride * sizeof(real));
}

static double path_score(const struct chain *c, const uint32_t *y)
{
    double score = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        score += (double)c->node[i * c->stride + y[i]];
        if (i)
            score += (double)c->edge[y[i - 1] * c->stride + y[i]];
        for (uint32_t p = 0; i && c->pairs && p < c->pairs->count; p++)
            if (c->pairs->from[p] == y[i - 1] && c->pairs->to[p] == y[i])
                score += (double)c->pair[i * c->pairs->stride + p];
    }
    return score;
}

TEST(chains)
{
    static struct lattice l;
    static const uint32_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 22, 24, 25, 32, 33, 45, 49, 60};
    struct rng r;
    rng_init(&r, 2, 0, 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 3; kind++)
            for (uint32_t n = 1; n <= 40; n = n * 2 + (n == 1)) {
                uint32_t T = sizes[s];
                double size = n % 2 ? 1 : 6; /* mild scores, and sharp ones */
                draw_pairs(&l, &r, T, kind == 2);
                const struct chain_pairs *pairs = kind && l.pairs.count ? &l.pairs : NULL;
                struct chain given, a, b;
                chain_init(&given, T, 41, pairs);
                chain_init(&a, T, 41, pairs);
                chain_init(&b, T, 41, pairs);
                draw_scores(&given, &r, n, size);
                copy_scores(&b, &given);
                double truth = reference()->posterior(&b);
                const double near = rounding_probability(&given);
                for (size_t k = 0; kernel_all()[k] != reference(); k++) {
                    const struct kernel *x = kernel_all()[k];
                    copy_scores(&a, &given);
                    double log_z = chain_posterior(x, &a);
                    CHECK_MSG(fabs(log_z - truth) <= rounding_log_z(&given), "%s T=%u n=%u kind %d: %g %g",
                              x->name, T, n, kind, log_z, truth);
                    CHECK_MSG(rounding_distance(a.marginal, b.marginal, (size_t)n * a.stride) <= near,
                              "%s T=%u n=%u kind %d: marginals off by %g", x->name, T, n, kind,
                              rounding_distance(a.marginal, b.marginal, (size_t)n * a.stride));
                    if (n > 1)
                        CHECK_MSG(rounding_distance(a.expected, b.expected, (size_t)T * a.stride) <= near * n,
                                  "%s T=%u n=%u kind %d: transitions off by %g", x->name, T, n, kind,
                                  rounding_distance(a.expected, b.expected, (size_t)T * a.stride));
                    for (uint32_t i = 1; pairs && i < n; i++)
                        for (uint32_t p = 0; p < pairs->count; p++)
                            if (!(fabs((double)(a.pair_marginal[i * pairs->stride + p] -
                                                b.pair_marginal[i * pairs->stride + p])) <= near))
                                CHECK_MSG(false, "%s T=%u n=%u kind %d: pair %u at %u", x->name, T, n, kind,
                                          p, i);
                    /* the best path; where another is as good but for roundings, that */
                    uint32_t y[41], z[41];
                    CHECK(memcmp(a.node, given.node, (size_t)n * a.stride * sizeof(real)) == 0);
                    double best = x->viterbi(&a, y);
                    double right = reference()->viterbi(&a, z);
                    const double off = rounding(3 * n, n * rounding_chain_size(&given));
                    CHECK_MSG(fabs(best - right) <= off && path_score(&given, y) >= right - off,
                              "%s T=%u n=%u kind %d: path %g %g", x->name, T, n, kind, best, right);
                }
                chain_free(&given);
                chain_free(&a);
                chain_free(&b);
            }
}

/* Scores so far apart that scaled probabilities of float vanish, drawn from normals or as plus or minus
 * `size`; after them a mild sentence in the same scratch, and pad lanes that are exactly 0. */
TEST(extreme_scores)
{
    static struct lattice l;
    struct rng r;
    rng_init(&r, 4, 0, 0);
    draw_pairs(&l, &r, 6, false);
    struct chain a, b;
    chain_init(&a, 6, 10, &l.pairs);
    chain_init(&b, 6, 10, &l.pairs);
    for (int round = 0; round < 400; round++) {
        double size = round % 4 == 3 ? 1 : 5 * (1 + round % 40);
        draw_scores(&b, &r, 10, size);
        for (uint32_t i = 0; i < 10 && round % 4 == 1; i++) {
            for (uint32_t y = 0; y < 6; y++)
                b.node[i * b.stride + y] = (real)(rng_below(&r, 2) ? size : -size);
            for (uint32_t p = 0; p < l.pairs.count; p++)
                b.pair[i * l.pairs.stride + p] = (real)(rng_below(&r, 2) ? size : -size);
        }
        double truth = kernel_reference.posterior(&b);
        const double near = rounding_probability(&b);
        for (size_t k = 0; kernel_all()[k]; k++) {
            copy_scores(&a, &b);
            double log_z = chain_posterior(kernel_all()[k], &a), off = 0;
            CHECK_NEAR(log_z, truth, rounding_log_z(&b));
            CHECK_MSG(rounding_distance(a.marginal, b.marginal, 10 * a.stride) <= near, "%s, size %g",
                      kernel_all()[k]->name, size);
            CHECK_MSG(rounding_distance(a.expected, b.expected, 6 * a.stride) <= 10 * near, "%s, size %g",
                      kernel_all()[k]->name, size);
            size_t width = l.pairs.stride;
            CHECK_MSG(rounding_distance(a.pair_marginal + width, b.pair_marginal + width, 9 * width) <= near,
                      "%s, size %g", kernel_all()[k]->name, size);
            for (uint32_t i = 1; i < 10; i++)
                for (size_t p = l.pairs.count; p < width; p++)
                    off += a.pair_marginal[i * width + p] != 0;
            CHECK_MSG(off == 0, "%s, size %g: padding is not 0", kernel_all()[k]->name, size);
        }
    }
    chain_free(&a);
    chain_free(&b);
}

TEST(a_long_chain_keeps_its_scale)
{
    enum { T = 5, N = 20000 };
    struct chain a, b;
    struct rng r;
    rng_init(&r, 3, 0, 0);
    chain_init(&a, T, N, NULL);
    chain_init(&b, T, N, NULL);
    draw_scores(&b, &r, N, 5);
    copy_scores(&a, &b);
    double truth = reference()->posterior(&b);
    for (size_t k = 0; kernel_all()[k]; k++) {
        double log_z = chain_posterior(kernel_all()[k], &a);
        CHECK_NEAR(log_z, truth, rounding_log_z(&b));
        CHECK(rounding_distance(a.marginal, b.marginal, (size_t)N * a.stride) <= rounding_probability(&b));
    }
    static uint32_t y[N], z[N];
    kernel_reference.viterbi(&b, z);
    for (size_t k = 0; kernel_all()[k]; k++) {
        kernel_all()[k]->viterbi(&a, y);
        size_t differ = 0;
        for (size_t i = 0; i < N; i++)
            differ += y[i] != z[i];
        CHECK_MSG(differ <= N / 5000, "%s: %zu labels of another path", kernel_all()[k]->name, differ);
    }
    chain_free(&a);
    chain_free(&b);
}

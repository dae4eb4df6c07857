/* SPDX-License-Identifier: MIT
 *
 * Every fast kernel that this processor can run computes what the reference computes.
 */
#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* Relative to 1 + |reference|. */
static const double tolerance = sizeof(real) == 8 ? 1e-12 : 4e-5;

static const struct kernel *reference(void)
{
    size_t n = 0;
    while (kernel_all()[n])
        n++;
    return kernel_all()[n - 1];
}

static double distance(const real *a, const real *b, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)(a[i] - b[i])) / (1 + fabs((double)b[i]));
        if (!(d <= worst)) /* a NaN is far from anything */
            worst = isnan(d) ? INFINITY : d;
    }
    return worst;
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

TEST(gather_and_scatter)
{
    struct rng r;
    rng_init(&r, 1, 0, 0);
    for (size_t T = 1; T <= 200; T += T < 70 ? 1 : 13) {
        size_t stride = T % 2 ? REAL_PAD(T) : (T + 7) / 8 * 8; /* a row, or a block of several */
        enum { BLOCKS = 50, N = 9 };
        real *w = memory_lines(BLOCKS * stride, sizeof *w), *v = memory_lines(BLOCKS * stride, sizeof *w),
             *own = memory_lines(BLOCKS * stride, sizeof *w),
             *mine = memory_lines(BLOCKS * stride, sizeof *w),
             *others = memory_lines(BLOCKS * stride, sizeof *w);
        real *a = memory_lines(N * stride, sizeof *a), *b = memory_lines(N * stride, sizeof *b);
        real *base = memory_lines(stride, sizeof *base);
        uint32_t start[N + 1] = {0}, id[N * 12];
        fill(&r, w, BLOCKS, T, stride, 1);
        fill(&r, own, BLOCKS, T, stride, 1);
        fill(&r, base, 1, T, stride, 1);
        for (int i = 0; i < N; i++) {
            uint32_t k = start[i], next = 0;
            while (k < start[i] + 12 && (next += (uint32_t)rng_below(&r, 12)) < BLOCKS)
                id[k++] = next; /* rising, empty and repeated ids included */
            start[i + 1] = k;
        }
        for (size_t k = 0; kernel_all()[k]; k++) {
            const struct kernel *x = kernel_all()[k];
            uint32_t limit = (uint32_t)rng_below(&r, BLOCKS + 5);
            uint32_t hot = k % 2 ? 0 : (uint32_t)rng_below(&r, BLOCKS + 5); /* rows of a worker's own */
            x->gather(w, own, hot, stride, start, id, limit, N, (real)0.7, base, a);
            reference()->gather(w, own, hot, stride, start, id, limit, N, (real)0.7, base, b);
            CHECK_MSG(distance(a, b, N * stride) < tolerance, "gather %s T=%zu: %g", x->name, T,
                      distance(a, b, N * stride));
            size_t bytes = BLOCKS * stride * sizeof *v;
            memcpy(v, w, bytes);
            memcpy(mine, own, bytes);
            x->scatter(v, mine, hot, stride, id, start[1], (real)0.3, base);
            memcpy(others, own, bytes);
            reference()->scatter(w, others, hot, stride, id, start[1], (real)0.3, base);
            CHECK_MSG(distance(v, w, BLOCKS * stride) < tolerance &&
                          distance(mine, others, BLOCKS * stride) < tolerance,
                      "scatter %s T=%zu", x->name, T);
        }
        memory_free(w);
        memory_free(v);
        memory_free(own);
        memory_free(mine);
        memory_free(others);
        memory_free(a);
        memory_free(b);
        memory_free(base);
    }
}

TEST(bringing)
{
    enum { N = 40 };
    struct rng r;
    rng_init(&r, 2, 0, 0);
    for (size_t k = 0; kernel_all()[k]; k++)
        for (size_t n = 0; n <= N; n += REAL_LANES) {
            _Alignas(64) real w[N], own[N], base[N], sum[N];
            fill(&r, w, 1, N, N, 1);
            fill(&r, own, 1, N, N, 1);
            fill(&r, base, 1, N, N, 1);
            for (size_t i = 0; i < N; i++)
                sum[i] = i < n ? w[i] + (own[i] - base[i]) : w[i];
            kernel_all()[k]->bring(w, own, base, n);
            CHECK_MSG(memcmp(w, sum, sizeof w) == 0 && memcmp(own, w, n * sizeof *w) == 0 &&
                          memcmp(base, w, n * sizeof *w) == 0 && (n == N || own[n] != w[n]),
                      "%s, %zu", kernel_all()[k]->name, n);
        }
}

TEST(running_means)
{
    enum { MOST = 64, STEPS = 20 };
    struct rng r;
    rng_init(&r, 77, 0, 0);
    for (size_t n = REAL_LANES; n <= MOST; n += REAL_LANES)
        for (int with = 0; with < 2; with++)
            for (size_t k = 0; kernel_all()[k]; k++) {
                real *x = memory_lines(6 * MOST + MOST, sizeof *x), *y = x + 3 * MOST, *g = x + 6 * MOST;
                fill(&r, x, 3, n, MOST, 1);
                for (int i = 0; i < MOST; i++)
                    x[2 * MOST + i] *= x[2 * MOST + i];
                memcpy(y, x, 3 * MOST * sizeof *x);
                for (int step = 0; step < STEPS; step++) {
                    struct moments c = {(real)0.8, (real)0.2, (real)0.9, (real)0.1, 1 + (real)1 / (1 + step),
                                        (real)0.01};
                    fill(&r, g, 1, n - 3, MOST, 1); /* padding is 0 */
                    kernel_all()[k]->adapt(x, with ? x + MOST : NULL, x + 2 * MOST, g, n, &c, (real)0.1);
                    reference()->adapt(y, with ? y + MOST : NULL, y + 2 * MOST, g, n, &c, (real)0.1);
                }
                CHECK_MSG(distance(x, y, 3 * MOST) < tolerance, "%s n=%zu: %g", kernel_all()[k]->name, n,
                          distance(x, y, 3 * MOST));
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
        CHECK_MSG(worst < (sizeof(real) == 8 ? 1e-15 : 2.4e-7), "%s: off by %g", kernel_all()[k]->name,
                  worst);
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
                for (size_t k = 0; kernel_all()[k] != reference(); k++) {
                    const struct kernel *x = kernel_all()[k];
                    copy_scores(&a, &given);
                    double log_z = chain_posterior(x, &a);
                    CHECK_MSG(fabs(log_z - truth) < tolerance * (1 + fabs(truth)),
                              "%s T=%u n=%u kind %d: %g %g", x->name, T, n, kind, log_z, truth);
                    CHECK_MSG(distance(a.marginal, b.marginal, (size_t)n * a.stride) < tolerance,
                              "%s T=%u n=%u kind %d: marginals off by %g", x->name, T, n, kind,
                              distance(a.marginal, b.marginal, (size_t)n * a.stride));
                    if (n > 1)
                        CHECK_MSG(distance(a.expected, b.expected, (size_t)T * a.stride) < tolerance * n,
                                  "%s T=%u n=%u kind %d: transitions off by %g", x->name, T, n, kind,
                                  distance(a.expected, b.expected, (size_t)T * a.stride));
                    for (uint32_t i = 1; pairs && i < n; i++)
                        for (uint32_t p = 0; p < pairs->count; p++)
                            if (!(fabs((double)(a.pair_marginal[i * pairs->stride + p] -
                                                b.pair_marginal[i * pairs->stride + p])) <= tolerance))
                                CHECK_MSG(false, "%s T=%u n=%u kind %d: pair %u at %u", x->name, T, n, kind,
                                          p, i);
                    /* the best path: its score, as labels may tie */
                    uint32_t y[41], z[41];
                    CHECK(memcmp(a.node, given.node, (size_t)n * a.stride * sizeof(real)) == 0);
                    double best = x->viterbi(&a, y);
                    double right = reference()->viterbi(&a, z);
                    CHECK_MSG(fabs(best - right) < tolerance * (1 + fabs(right)),
                              "%s T=%u n=%u kind %d: path %g %g", x->name, T, n, kind, best, right);
                    CHECK_MSG(memcmp(y, z, n * sizeof *y) == 0, "%s T=%u n=%u kind %d: another path", x->name,
                              T, n, kind);
                }
                chain_free(&given);
                chain_free(&a);
                chain_free(&b);
            }
}

/* Scores so far apart that every scaled probability of float vanishes. */
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
        for (size_t k = 0; kernel_all()[k]; k++) {
            copy_scores(&a, &b);
            double log_z = chain_posterior(kernel_all()[k], &a), off = 0;
            CHECK_NEAR(log_z / truth, 1, 1e-5);
            CHECK_MSG(distance(a.marginal, b.marginal, 10 * a.stride) < 20 * tolerance, "%s, size %g",
                      kernel_all()[k]->name, size);
            CHECK_MSG(distance(a.expected, b.expected, 6 * a.stride) < 200 * tolerance, "%s, size %g",
                      kernel_all()[k]->name, size);
            size_t width = l.pairs.stride;
            CHECK_MSG(distance(a.pair_marginal + width, b.pair_marginal + width, 9 * width) < 20 * tolerance,
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
    double truth = reference()->posterior(&b), log_z = chain_posterior(kernel_all()[0], &a);
    CHECK_NEAR(log_z / truth, 1, 1e-5);
    static uint32_t y[N], z[N];
    kernel_reference.viterbi(&b, z);
    for (size_t k = 0; kernel_all()[k]; k++) {
        kernel_all()[k]->viterbi(&a, y);
        size_t differ = 0;
        for (size_t i = 0; i < N; i++)
            differ += y[i] != z[i];
        CHECK_MSG(differ <= N / 5000, "%s: %zu labels of another path", kernel_all()[k]->name, differ);
    }
    CHECK(distance(a.marginal, b.marginal, (size_t)N * a.stride) <
          (sizeof(real) == 8 ? 1e-6 : 10 * tolerance));
    chain_free(&a);
    chain_free(&b);
}

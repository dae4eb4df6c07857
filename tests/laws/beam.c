/* SPDX-License-Identifier: MIT
 *
 * The posterior among few labels (lib/num/beam.h) is what the definition says: which labels are kept, what is left when
 * the others are forbidden, and how far that is from the whole chain. And the dense-CRF's gradient with it: no farther
 * from the exact one than the probability of what was left out, and the exact one where nothing can be left out.
 */
#include "lib/num/beam.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "tests/laws/fixture.h"
#include "tests/laws/rounding.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { T_MOST = 45, N_MOST = 40 };

struct world {
    struct chain_pairs pairs;
    uint32_t from[T_MOST * T_MOST + 16], to[T_MOST * T_MOST + 16], row[T_MOST + 1];
    struct chain given, got, kept; /* scores; the beam's chain; the chain with the others forbidden */
    struct beam beam;
    uint32_t truth[N_MOST];
    struct rng r;
};

/* T labels, 8 or more, of whose transitions two of three are pairs: rows of them are wide. */
static struct world *world_new(uint32_t T, uint64_t seed)
{
    struct world *x = memory_new(1, sizeof *x);
    uint32_t count = 0;
    rng_init(&x->r, 11, seed, T);
    for (uint32_t a = 0; a < T; a++) {
        x->row[a] = count;
        for (uint32_t b = 0; b < T; b++)
            if (rng_below(&x->r, 3))
                x->from[count] = a, x->to[count++] = b;
    }
    x->row[T] = count;
    x->pairs = (struct chain_pairs){count, REAL_PAD(count), x->from, x->to, x->row};
    chain_init(&x->given, T, N_MOST, &x->pairs);
    chain_init(&x->got, T, N_MOST, &x->pairs);
    chain_init(&x->kept, T, N_MOST, &x->pairs);
    beam_init(&x->beam, &x->got);
    return x;
}

static void world_free(struct world *x)
{
    chain_free(&x->given);
    chain_free(&x->got);
    chain_free(&x->kept);
    beam_free(&x->beam);
    memory_free(x);
}

static void draw(struct world *x, real *to, size_t rows, uint32_t width, size_t stride, double size)
{
    for (size_t i = 0; i < rows; i++)
        for (uint32_t k = 0; k < width; k++)
            to[i * stride + k] = (real)(size * rng_normal(&x->r));
}

static void draw_scores(struct world *x, uint32_t n, double size)
{
    struct chain *c = &x->given;
    c->n = n;
    draw(x, c->edge, c->T, c->T, c->stride, size / 3);
    draw(x, c->node, n, c->T, c->stride, size);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t y = c->T; y < c->stride; y++)
            c->node[i * c->stride + y] = CHAIN_FORBIDDEN;
        x->truth[i] = (uint32_t)rng_below(&x->r, c->T);
    }
    draw(x, c->pair, n, c->pairs->count, c->pairs->stride, size / 3);
}

static void copy_scores(struct chain *to, const struct chain *from)
{
    to->n = from->n;
    memcpy(to->edge, from->edge, (size_t)from->T * from->stride * sizeof(real));
    memcpy(to->node, from->node, (size_t)from->n * from->stride * sizeof(real));
    memcpy(to->pair, from->pair, (size_t)from->n * from->pairs->stride * sizeof(real));
}

/* The beam's posterior of x->given in x->got, as a model computes it: of pairs it sees the lines it asked for, and in
 * the others what must not matter. NaN where the beam gives up. */
static double run(struct world *x, const struct kernel *k, real least, real faint)
{
    struct chain *c = &x->got;
    const size_t P = x->pairs.stride;
    copy_scores(c, &x->given);
    beam_begin(&x->beam, k, c);
    for (uint32_t i = 0; i < c->n; i++) {
        const uint32_t *line;
        const uint32_t lines = beam_lines(&x->beam, c, i, &line);
        for (size_t p = 0; p < P; p++)
            c->pair[i * P + p] = 1e6f;
        for (uint32_t l = 0; l < lines; l++)
            memcpy(c->pair + i * P + line[l] * (size_t)KERNEL_LINE,
                   x->given.pair + i * P + line[l] * (size_t)KERNEL_LINE, KERNEL_LINE * sizeof(real));
        if (!beam_step(&x->beam, k, c, i, least, x->truth[i]))
            return NAN;
    }
    return beam_finish(&x->beam, k, c, faint, x->truth);
}

/* The whole chain's posterior where the labels that the beam left out are forbidden, in x->kept; log Z. */
static double restricted(struct world *x)
{
    struct chain *c = &x->kept;
    copy_scores(c, &x->given);
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t next = x->beam.first[i];
        for (uint32_t y = 0; y < c->T; y++)
            if (next < x->beam.first[i + 1] && x->beam.label[next] == y)
                next++;
            else
                c->node[i * c->stride + y] = -5e4f;
        CHECK(next == x->beam.first[i + 1]); /* they rise */
    }
    return kernel_reference.posterior(c);
}

static bool listed(const struct beam *b, uint32_t i, uint32_t line)
{
    for (uint32_t k = b->line_end[i - 1]; k < b->line_end[i]; k++)
        if (b->line[k] == line)
            return true;
    return false;
}

/* What stands in a row of pairs: the probabilities in lines that are listed, elsewhere 0 for what is faint. */
static void check_pairs(const struct world *x, const char *what, real faint, double near)
{
    for (uint32_t i = 1; i < x->got.n; i++)
        for (uint32_t p = 0; p < x->pairs.stride; p++) {
            const real got = x->got.pair_marginal[i * x->pairs.stride + p],
                       truth = p < x->pairs.count ? x->kept.pair_marginal[i * x->pairs.stride + p] : 0;
            if (listed(&x->beam, i, p / KERNEL_LINE))
                CHECK_MSG(fabs((double)(got - truth)) <= near, "%s: pair %u at %u: %g, not %g", what, p, i,
                          (double)got, (double)truth);
            else
                CHECK_MSG(
                    got == 0 && (double)truth <= (double)faint + near &&
                        x->from[p] * x->got.T + x->to[p] !=
                            (p < x->pairs.count ? x->truth[i - 1] * x->got.T + x->truth[i] : UINT32_MAX),
                    "%s: pair %u at %u: %g, not %g", what, p, i, (double)got, (double)truth);
        }
}

TEST(a_beam_is_what_is_left)
{
    static const uint32_t sizes[] = {8, 9, 17, 22, 24, 25, 33, 45};
    static const real least[] = {0.1f, 1e-2f, 1e-4f};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct world *x = world_new(sizes[s], s);
        uint32_t tried = 0, pruned = 0;
        for (uint32_t round = 0; round < 60; round++) {
            const uint32_t n = round % 5 == 0 ? 1 + round % 3 : N_MOST;
            const real bound = least[round % 3];
            draw_scores(x, n, round % 2 ? 3 : 6);
            const double near = 2 * rounding_probability(&x->given);
            for (size_t k = 0; kernel_all()[k]; k++) {
                char what[99];
                const double log_z = run(x, kernel_all()[k], bound, bound / 10);
                if (isnan(log_z))
                    continue;
                tried++;
                const double truth = restricted(x);
                snprintf(what, sizeof what, "%s, %u labels, round %u", kernel_all()[k]->name, sizes[s],
                         round);
                CHECK_MSG(fabs(log_z - truth) <= 2 * rounding_log_z(&x->given), "%s: %g, not %g", what, log_z,
                          truth);
                CHECK_MSG(
                    rounding_distance(x->got.marginal, x->kept.marginal, (size_t)n * x->got.stride) <= near,
                    "%s: marginals off by %g, not %g", what,
                    rounding_distance(x->got.marginal, x->kept.marginal, (size_t)n * x->got.stride), near);
                if (n > 1)
                    CHECK_MSG(rounding_distance(x->got.expected, x->kept.expected,
                                                (size_t)x->got.T * x->got.stride) <= near * n,
                              "%s: transitions off", what);
                check_pairs(x, what, bound / 10, near);
                pruned += x->beam.first[n] < n * sizes[s];
            }
        }
        CHECK_MSG(tried > 60 && pruned > tried / 2, "%u labels: %u of %u pruned", sizes[s], pruned, tried);
        world_free(x);
    }
}

/* log of the sums of all labels of position i, from the kept ones before and their sums; and of what is to come without
 * pairs. By the definition in lib/num/beam.h, in logarithms. */
static double add_logs(double a, double b)
{
    const double high = a > b ? a : b;
    return high == -INFINITY ? high : high + log(exp(a - high) + exp(b - high));
}

static double pair_score(const struct world *x, uint32_t i, uint32_t from, uint32_t to)
{
    for (uint32_t p = x->row[from]; p < x->row[from + 1]; p++)
        if (x->to[p] == to)
            return (double)x->given.pair[i * x->pairs.stride + p];
    return 0;
}

TEST(a_beam_keeps_what_the_definition_says)
{
    enum { T = 9, N = 12 };
    const real least = 1e-2f;
    struct world *x = world_new(T, 5);
    const struct chain *c = &x->given;
    for (uint32_t round = 0; round < 40; round++) {
        draw_scores(x, N, 4);
        double b0[N][T] = {{0}};
        for (uint32_t i = N - 1; i > 0; i--)
            for (uint32_t a = 0; a < T; a++) {
                b0[i - 1][a] = -INFINITY;
                for (uint32_t y = 0; y < T; y++)
                    b0[i - 1][a] = add_logs(b0[i - 1][a], (double)c->edge[a * c->stride + y] +
                                                              (double)c->node[i * c->stride + y] + b0[i][y]);
            }
        for (size_t k = 0; kernel_all()[k]; k++) {
            if (isnan(run(x, kernel_all()[k], least, 0)))
                continue;
            bool was[T];
            double before[T];
            for (uint32_t i = 0; i < N; i++) {
                double now[T], best = -INFINITY;
                for (uint32_t y = 0; y < T; y++) {
                    now[y] = i ? -INFINITY : 0;
                    for (uint32_t a = 0; i && a < T; a++)
                        if (was[a])
                            now[y] = add_logs(now[y], before[a] + (double)c->edge[a * c->stride + y] +
                                                          pair_score(x, i, a, y));
                    now[y] += (double)c->node[i * c->stride + y];
                    best = now[y] + b0[i][y] > best ? now[y] + b0[i][y] : best;
                }
                memset(was, 0, sizeof was);
                for (uint32_t j = x->beam.first[i]; j < x->beam.first[i + 1]; j++)
                    was[x->beam.label[j]] = true;
                for (uint32_t y = 0; y < T; y++) {
                    const double margin = now[y] + b0[i][y] - best - log((double)least);
                    if (y != x->truth[i] && fabs(margin) > 1e-3)
                        CHECK_MSG(was[y] == (margin > 0), "%s: label %u at %u, %g", kernel_all()[k]->name, y,
                                  i, margin);
                }
                CHECK(was[x->truth[i]]);
                memcpy(before, now, sizeof before);
            }
        }
    }
    world_free(x);
}

/* |p - p of the whole chain| <= m, the probability of the labellings that were left out: 1 - Z(kept) / Z. */
TEST(a_beam_is_off_by_what_was_left_out)
{
    for (uint32_t T = 6; T <= 30; T += 8) {
        struct world *x = world_new(T, T);
        for (uint32_t round = 0; round < 30; round++) {
            draw_scores(x, N_MOST, 2 + round % 4);
            const double near = 2 * rounding_probability(&x->given), faint = 1e-3;
            const double log_z = run(x, kernel_get(), 1e-2f, (real)faint);
            if (isnan(log_z))
                continue;
            copy_scores(&x->kept, &x->given);
            const double left_out =
                1 - exp(log_z - kernel_reference.posterior(&x->kept)) + near + 2 * rounding_log_z(&x->given);
            double worst = 0, worst_pair = 0;
            for (size_t k = 0; k < (size_t)N_MOST * x->got.stride; k++)
                worst = fmax(worst, fabs((double)(x->got.marginal[k] - x->kept.marginal[k])));
            for (size_t i = 1; i < N_MOST; i++)
                for (size_t p = i * x->pairs.stride; p < i * x->pairs.stride + x->pairs.count; p++)
                    worst_pair =
                        fmax(worst_pair, fabs((double)(x->got.pair_marginal[p] - x->kept.pair_marginal[p])));
            CHECK_MSG(worst <= left_out && worst_pair <= left_out + faint,
                      "%u labels: off by %g and %g, left out %g", T, worst, worst_pair, left_out);
        }
        world_free(x);
    }
}

TEST(a_beam_of_what_is_hostile)
{
    enum { T = 22 };
    struct world *x = world_new(T, 3);
    struct chain *c = &x->given;
    for (size_t k = 0; kernel_all()[k]; k++) {
        const struct kernel *kernel = kernel_all()[k];
        /* all labels alike: nothing can be left out, and a long sentence has no room */
        draw_scores(x, 3, 0);
        const double alike = run(x, kernel, 0.5f, 0);
        CHECK_MSG(fabs(alike - 3 * log(T)) <= 4 * rounding_log_z(c), "%s: %g", kernel->name, alike);
        draw_scores(x, N_MOST, 0);
        CHECK_MSG(isnan(run(x, kernel, 0.5f, 0)), "%s", kernel->name);
        /* a truth of tiny probability is kept; one that float cannot hold makes it give up */
        draw_scores(x, N_MOST, 6);
        c->node[20 * c->stride + x->truth[20]] = -20;
        CHECK_MSG(fabs(run(x, kernel, 1e-3f, 0) - restricted(x)) <= 4 * rounding_log_z(c), "%s",
                  kernel->name);
        CHECK(x->got.marginal[20 * c->stride + x->truth[20]] <= 1e-3f);
        c->node[20 * c->stride + x->truth[20]] = -1000;
        CHECK_MSG(isnan(run(x, kernel, 1e-3f, 0)), "%s", kernel->name);
        /* what can be told beforehand is 0 for all labels: it gives up */
        const real far = sizeof(real) == sizeof(float) ? 1 : 10; /* times what is out of float's range */
        draw_scores(x, 12, 0);
        for (uint32_t y = 0; y < T; y++)
            for (uint32_t to = 0; to < T; to++)
                c->edge[y * c->stride + to] = y == 0 && to == 0 ? -15 * far : y && to ? 0 : -200 * far;
        for (uint32_t i = 0; i < 12; i++)
            x->truth[i] = 0;
        for (uint32_t y = 1; y < T; y++)
            c->node[y] = -100 * far;
        CHECK_MSG(isnan(run(x, kernel, 1e-3f, 0)), "%s", kernel->name);
        /* transitions that must not be, to all labels but one and to the truth's */
        draw_scores(x, N_MOST, 5);
        for (uint32_t y = 0; y < T; y++)
            c->edge[y * c->stride + (y + 1) % T] = CHAIN_FORBIDDEN;
        for (uint32_t i = 1; i < N_MOST; i++)
            x->truth[i] = x->truth[i - 1];
        const double log_z = run(x, kernel, 1e-3f, 0);
        CHECK_MSG(fabs(log_z - restricted(x)) <= 4 * rounding_log_z(c), "%s: %g", kernel->name, log_z);
        for (uint32_t y = 0; y < T; y++)
            CHECK(x->got.expected[y * c->stride + (y + 1) % T] == 0);
        /* one token */
        draw_scores(x, 1, 5);
        CHECK_MSG(fabs(run(x, kernel, 1e-3f, 0) - restricted(x)) <= 2 * rounding_log_z(c), "%s",
                  kernel->name);
    }
    world_free(x);
}

/* ---- the dense-CRF */

static const struct model_variant rich_all = {"rich all", "rich_edges: all\n  rich_threshold: 0\n  prune: 0",
                                              "U0:%x[0,0]\nU1:%x[-1,0]\nB\nB1:%x[0,0]\n", 0.1, true},
                                  pruned = {"pruned", "rich_edges: all\n  rich_threshold: 0\n  prune: 0.003",
                                            "U0:%x[0,0]\nU1:%x[-1,0]\nB\nB1:%x[0,0]\n", 0.1, true};

/* The gradient of a sentence as a dense vector; its loss. In `lines` whether some row came with its lines. */
static double *gradient_of(struct fixture *f, void *scratch, const real *w, const struct example *z,
                           bool exact, double *loss, bool *lines)
{
    const struct model_ops *ops = f->model->ops;
    const struct layout *l = &f->model->layout;
    struct gradient g = {.capacity = ops->max_bundles(f->model, f->data->longest), .exact = exact};
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    double *sum = memory_new(l->size, sizeof *sum);
    gradient_begin(&g);
    *loss = ops->gradient(f->model, &(struct weights){.w = w, .scale = 1}, z, &g, scratch);
    *lines = false;
    for (size_t k = 0; k < g.count; k++) {
        const struct bundle *b = &g.bundle[k];
        const size_t width = layout_block(&l->group[b->group]);
        *lines = *lines || b->line;
        for (size_t i = 0; i < (size_t)b->count * width; i++)
            sum[l->group[b->group].offset + b->id[i / width] * width + i % width] +=
                (double)b->row[i % width];
        for (size_t i = 0; b->line && i < width; i++) { /* 0 outside of them */
            bool in = false;
            for (uint32_t j = 0; j < b->lines; j++)
                in = in || i / KERNEL_LINE == b->line[j];
            CHECK(in || b->row[i] == 0);
        }
    }
    memory_free(g.bundle);
    return sum;
}

static void *scratch_of(const struct fixture *f)
{
    return f->model->ops->scratch_new(f->model, f->data->longest);
}

TEST(a_pruned_gradient_is_off_by_what_was_left_out)
{
    struct fixture *whole = fixture_new(model_table[0], &rich_all, 12, 40, 15, NULL),
                   *few = fixture_new(model_table[0], &pruned, 12, 40, 15, NULL);
    const struct layout *l = &whole->model->layout;
    real *w = fixture_weights(l, 2);
    void *of_whole = scratch_of(whole), *of_few = scratch_of(few);
    size_t with_lines = 0, little = 0;
    CHECK(l->size == few->model->layout.size);
    for (size_t k = 0; k < whole->data->count; k++) {
        const struct example *z = &whole->data->example[k];
        double exact_loss, loss, asked_loss;
        bool none, lines, some;
        double *exact = gradient_of(whole, of_whole, w, z, false, &exact_loss, &none),
               *g = gradient_of(few, of_few, w, z, false, &loss, &lines),
               *asked = gradient_of(few, of_few, w, z, true, &asked_loss, &some);
        CHECK_MSG(!none, "prune 0 prunes");
        CHECK_MSG(!some && asked_loss == exact_loss && memcmp(asked, exact, l->size * sizeof *asked) == 0,
                  "sentence %zu: not exact where that is asked for", k);
        /* the losses differ by log Z, and by the same sum the labellings that are left have 1 - m of the probability */
        const double rest = rounding(3.0 * z->n, 100), left_out = 1 - exp(loss - exact_loss) + rest;
        with_lines += lines;
        little += lines && left_out < 0.05;
        for (size_t i = 0; i < l->size; i++) /* a block stands at n positions at most */
            CHECK_MSG(fabs(g[i] - exact[i]) <= z->n * (left_out + 0.0003 + rest),
                      "sentence %zu: %g, not %g; left out %g", k, g[i], exact[i], left_out);
        if (!lines && z->n > 1 && loss == exact_loss)
            CHECK_MSG(memcmp(g, exact, l->size * sizeof *g) == 0, "sentence %zu", k);
        memory_free(exact);
        memory_free(g);
        memory_free(asked);
    }
    CHECK_MSG(with_lines > 10 && little > 10, "%zu of %zu pruned, of %zu little", with_lines,
              whole->data->count, little);
    memory_free(w);
    whole->model->ops->scratch_free(of_whole);
    few->model->ops->scratch_free(of_few);
    fixture_free(whole);
    fixture_free(few);
}

/* Scratch keeps nothing of the sentences before, whether they were exact, pruned or had open labels. */
TEST(scratch_of_pruned_gradients_keeps_nothing)
{
    struct fixture *f = fixture_partial(model_table[0], &pruned, 12, 60, 15, NULL);
    const size_t size = f->model->layout.size;
    real *w = fixture_weights(&f->model->layout, 2);
    void *used = scratch_of(f);
    size_t with_lines = 0;
    for (size_t k = 0; k < 2 * f->data->count; k++) {
        const struct example *z = &f->data->example[k * 7 % f->data->count];
        void *fresh = scratch_of(f);
        double loss, truth;
        bool lines, same;
        double *g = gradient_of(f, used, w, z, k % 3 == 1, &loss, &lines),
               *alone = gradient_of(f, fresh, w, z, k % 3 == 1, &truth, &same);
        with_lines += lines;
        CHECK_MSG(loss == truth && lines == same && memcmp(g, alone, size * sizeof *g) == 0,
                  "after %zu sentences", k);
        memory_free(g);
        memory_free(alone);
        f->model->ops->scratch_free(fresh);
    }
    CHECK_MSG(with_lines > 10, "%zu pruned", with_lines);
    memory_free(w);
    f->model->ops->scratch_free(used);
    fixture_free(f);
}

/* SPDX-License-Identifier: MIT
 *
 * The gradient is the derivative, the loss is what all T^n labellings say, and Viterbi finds the best of
 * them: every listed model, every variant.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "lib/learn/snapshot.h"
#include "lib/num/chain.h"
#include "lib/num/coalescer.h"
#include "lib/num/kernel.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#ifdef REAL_DOUBLE
static const double step = 1e-5, tolerance = 1e-7, exact = 1e-10;
#else
static const double step = 0, tolerance = 0, exact = 2e-4; /* float: no finite differences */
#endif

struct gradient_probe {
    struct fixture *f;
    struct gradient grad;
    void *scratch;
};

static struct gradient_probe probe_new(struct fixture *f)
{
    struct gradient_probe p = {f, {0}, f->model->ops->scratch_new(f->model, f->data->longest)};
    p.grad.capacity = f->model->ops->max_bundles(f->model, f->data->longest);
    p.grad.bundle = memory_new(p.grad.capacity, sizeof *p.grad.bundle);
    return p;
}

static void probe_free(struct gradient_probe *p)
{
    p->f->model->ops->scratch_free(p->scratch);
    memory_free(p->grad.bundle);
}

static double loss(struct gradient_probe *p, const real *w, real scale, const struct example *z)
{
    gradient_begin(&p->grad);
    struct weights view = {.w = w, .scale = scale};
    return p->f->model->ops->gradient(p->f->model, &view, z, &p->grad, p->scratch);
}

/* The bundles of the last gradient as a dense vector. */
static double *dense(const struct gradient_probe *p)
{
    const struct layout *l = &p->f->model->layout;
    double *g = memory_new(l->size, sizeof *g);
    for (size_t k = 0; k < p->grad.count; k++) {
        const struct bundle *b = &p->grad.bundle[k];
        const struct group *group = &l->group[b->group];
        real *room = memory_lines(layout_block(group), sizeof *room);
        const real *row = b->row;
        if (!row)
            gradient_row(b, l, room), row = room;
        for (uint32_t i = 0; i < b->count; i++)
            for (size_t c = 0; c < layout_block(group); c++)
                g[group->offset + b->id[i] * layout_block(group) + c] += (double)row[c];
        memory_free(room);
    }
    return g;
}

#ifdef REAL_DOUBLE
TEST(gradient_is_the_derivative)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, 5, 12, 7, NULL);
            struct gradient_probe p = probe_new(f);
            p.grad.draw = 7; /* with dropout, where there is some */
            real *w = fixture_weights(&f->model->layout, 0.5);
            const real scale = 0.7;
            for (size_t k = 0; k < 4; k++) {
                const struct example *z = &f->data->example[k];
                loss(&p, w, scale, z);
                double *g = dense(&p), worst = 0;
                for (size_t i = 0; i < f->model->layout.size; i++) {
                    real keep = w[i];
                    w[i] = keep + step / scale;
                    double up = loss(&p, w, scale, z);
                    w[i] = keep - step / scale;
                    double down = loss(&p, w, scale, z);
                    w[i] = keep;
                    /* padding is no weight: it must have no gradient, whatever the loss does with it */
                    double slope = (up - down) / (2 * step), gap = fabs(slope - g[i]);
                    if (!(gap <= worst) && !(g[i] == 0 && keep == 0))
                        worst = isnan(gap) ? INFINITY : gap;
                }
                CHECK_MSG(worst < tolerance, "%s, sentence %zu: off by %g", v->name, k, worst);
                memory_free(g);
            }
            memory_free(w);
            probe_free(&p);
            fixture_free(f);
        }
}
#else
TEST(gradient_of_padding_is_zero)
{
    (void)step, (void)tolerance;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, 5, 12, 7, NULL);
            struct gradient_probe p = probe_new(f);
            real *w = fixture_weights(&f->model->layout, 0.5);
            for (size_t k = 0; k < f->data->count; k++) {
                loss(&p, w, 1, &f->data->example[k]);
                double *g = dense(&p);
                const struct layout *l = &f->model->layout;
                bool zero = true;
                for (uint32_t j = 0; j < l->ngroups; j++)
                    for (size_t row = 0; row < (size_t)l->group[j].count * l->group[j].rows; row++)
                        for (uint32_t c = l->group[j].columns; c < l->group[j].stride; c++)
                            zero = zero && g[l->group[j].offset + row * l->group[j].stride + c] == 0;
                CHECK_MSG(zero, "%s, sentence %zu: padding has a gradient", v->name, k);
                memory_free(g);
            }
            memory_free(w);
            probe_free(&p);
            fixture_free(f);
        }
}
#endif

/* The loss under other gold labels gives -log p of any labelling. */
static double log_probability(struct gradient_probe *p, const real *w, const struct example *z, uint32_t *y)
{
    struct example other = *z;
    other.y = y;
    return -loss(p, w, 1, &other);
}

/* Of every model whose loss is a probability, every variant: `sentences` sentences of up to `longest` tokens with T
 * labels, and random weights of that size. */
static void over_probabilities(uint32_t T, unsigned sentences, unsigned longest, double size,
                               void (*check)(struct gradient_probe *p, const real *w, const char *name))
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            if (!v->probabilities)
                continue;
            char name[128];
            struct fixture *f = fixture_new(model_table[m], v, T, sentences, longest, NULL);
            struct gradient_probe p = probe_new(f);
            real *w = fixture_weights(&f->model->layout, size);
            snprintf(name, sizeof name, "%s, %s", model_table[m]->name, v->name);
            check(&p, w, name);
            memory_free(w);
            probe_free(&p);
            fixture_free(f);
        }
}

static void check_labellings(struct gradient_probe *p, const real *w, const char *name)
{
    const uint32_t T = 4;
    for (size_t k = 0; k < 8; k++) {
        const struct example *z = &p->f->data->example[k];
        uint32_t y[8], decoded[8], count = 1;
        double mass = 0, highest = -INFINITY;
        for (uint32_t i = 0; i < z->n; i++)
            count *= T;
        for (uint32_t c = 0; c < count; c++) {
            for (uint32_t i = 0, rest = c; i < z->n; i++, rest /= T)
                y[i] = rest % T;
            double log_p = log_probability(p, w, z, y);
            mass += exp(log_p);
            if (log_p > highest)
                highest = log_p;
        }
        CHECK_MSG(fabs(mass - 1) < exact, "%s: probabilities sum to %.12g", name, mass);
        struct weights view = {.w = w, .scale = 1};
        chain_viterbi(kernel_get(), p->f->model->ops->score(p->f->model, &view, z, p->scratch), decoded);
        double found = log_probability(p, w, z, decoded);
        CHECK_MSG(fabs(found - highest) < exact, "%s: decoded %g, best %g", name, found, highest);
    }
}

TEST(all_labellings_agree)
{
    over_probabilities(4, 20, 5, 1, check_labellings);
}

static void check_alike(struct gradient_probe *p, const real *w, const char *name)
{
    for (size_t k = 0; k < p->f->data->count; k++) {
        const struct example *z = &p->f->data->example[k];
        const double found = loss(p, w, 1, z), due = z->n * log(5);
        CHECK_MSG(fabs(found - due) < exact, "%s: loss %g, is %g", name, found, due);
    }
}

/* Weights of 0 prefer no label: the loss of n tokens is n log T. */
TEST(without_weights_all_labels_are_alike)
{
    over_probabilities(5, 12, 7, 0, check_alike);
}

static void check_far(struct gradient_probe *p, const real *w, const char *name)
{
    double most = 0;
    for (size_t k = 0; k < p->f->data->count; k++) {
        const struct example *z = &p->f->data->example[k];
        const struct weights view = {.w = w, .scale = 1};
        uint32_t best[8];
        const double found = loss(p, w, 1, z);
        double *g = dense(p);
        bool number = isfinite(found) && found >= 0;
        for (size_t i = 0; i < p->f->model->layout.size; i++)
            number = number && isfinite(g[i]);
        CHECK_MSG(number, "%s, sentence %zu: loss %g", name, k, found);
        struct chain *c = p->f->model->ops->score(p->f->model, &view, z, p->scratch);
        const double size = fabs(chain_viterbi(kernel_get(), c, best)),
                     least = -log_probability(p, w, z, best);
        CHECK_MSG(least >= -exact * size && least <= z->n * log(5) + exact * size,
                  "%s, sentence %zu: the best labelling has a loss of %g", name, k, least);
        most = fmax(most, found);
        memory_free(g);
    }
    CHECK_MSG(most > 1000, "%s: at most %g", name, most);
}

/* Scores that are thousands apart, far beyond what exp can take, make losses and gradients that are numbers. The best
 * of T^n labellings has a probability of at least T^-n; rounding the loss is rounding scores. */
TEST(scores_far_apart_stay_numbers)
{
    over_probabilities(5, 12, 7, 3000, check_far);
}

/* All that a gradient reads and writes is in the snapshot of what the model says that it touches: among weights that
 * are no numbers it is the same. */
TEST(a_snapshot_of_what_is_touched_suffices)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, 5, 40, 9, NULL);
            const struct layout *l = &f->model->layout;
            struct gradient_probe p = probe_new(f);
            struct reach reach = snapshot_reach(f->model, f->data);
            struct snapshot s;
            struct coalescer *sum = coalescer_new(l);
            real *w = fixture_weights(l, 0.5), *other = memory_lines(l->size, sizeof *other);
            snapshot_init(&s, &reach);
            for (size_t k = 0; k < f->data->count; k++) {
                const struct example *z = &f->data->example[k];
                double expected = loss(&p, w, 1, z), *g = dense(&p);
                p.grad.count = 0;
                model_table[m]->list_blocks(f->model, z, &p.grad);
                snapshot_take(&s, l, &(struct weights){.w = w, .scale = 1}, coalescer_list(sum, &p.grad));
                for (size_t i = 0; i < l->size; i++)
                    other[i] = (real)NAN;
                snapshot_restore(&s, l, other);
                CHECK_MSG(loss(&p, other, 1, z) == expected, "%s, %s", model_table[m]->name, v->name);
                double *h = dense(&p);
                for (size_t i = 0; i < l->size; i++)
                    CHECK_MSG(g[i] == h[i] && (g[i] == 0 || !isnan(other[i])), "%s, %s: weight %zu",
                              model_table[m]->name, v->name, i);
                memory_free(g);
                memory_free(h);
            }
            snapshot_free(&s);
            coalescer_free(sum);
            memory_free(w);
            memory_free(other);
            probe_free(&p);
            fixture_free(f);
        }
}

/* Several samples at once: the sum of what each gives by itself, with its own draw. */
TEST(gradients_are_the_sum_of_each)
{
    enum { MOST = 7 };
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; model_table[m]->gradients && v->name;
             v++) {
            struct fixture *f = fixture_new(model_table[m], v, 5, 40, 9, NULL);
            const struct layout *l = &f->model->layout;
            struct gradient_probe one = probe_new(f), all = probe_new(f);
            struct capacity capacity = f->data->longest;
            real *w = fixture_weights(l, 0.5);
            probe_free(&all);
            capacity.tokens *= MOST, capacity.characters *= MOST;
            all.scratch = f->model->ops->scratch_new(f->model, capacity);
            all.grad.capacity = f->model->ops->max_bundles(f->model, capacity);
            all.grad.bundle = memory_new(all.grad.capacity, sizeof *all.grad.bundle);
            for (uint32_t count = 1; f->model->batch_tokens && count <= MOST; count++) {
                const struct example *z[MOST];
                uint64_t draw[MOST];
                double *sum = memory_new(l->size, sizeof *sum), expected = 0, gap = 0;
                for (uint32_t k = 0; k < count; k++) {
                    z[k] = &f->data->example[count + 3 * k];
                    draw[k] = one.grad.draw = 100 + k;
                    expected += loss(&one, w, 1, z[k]);
                    double *g = dense(&one);
                    for (size_t i = 0; i < l->size; i++)
                        sum[i] += g[i];
                    memory_free(g);
                }
                all.grad.count = 0;
                double found = f->model->ops->gradients(f->model, &(struct weights){.w = w, .scale = 1}, z,
                                                        draw, count, &all.grad, all.scratch);
                double *g = dense(&all);
                for (size_t i = 0; i < l->size; i++)
                    gap = fmax(gap, fabs(g[i] - sum[i]) / (1 + fabs(sum[i])));
                CHECK_MSG(fabs(found - expected) < exact * expected && gap < exact,
                          "%s, %u: loss %g for %g, off by %g", v->name, count, found, expected, gap);
                memory_free(g);
                memory_free(sum);
            }
            memory_free(w);
            probe_free(&one);
            probe_free(&all);
            fixture_free(f);
        }
}

/* A gradient that is longer than model.clip is shortened to it and keeps its direction; another stays as it is. */
TEST(clipping_shortens)
{
    const struct model_ops *ops = model_table[1];
    size_t shortened = 0, kept = 0;
    for (const struct model_variant *v = ops->variants; v->name; v++)
        for (int high = 0; high < 2; high++) {
            char model[400];
            snprintf(model, sizeof model, "%s\n  clip: %s", v->lines, high ? "1e6" : "0.5");
            struct model_variant with = *v;
            with.lines = model;
            struct fixture *f = fixture_new(ops, v, 5, 40, 9, NULL),
                           *g = fixture_new(ops, &with, 5, 40, 9, NULL);
            struct gradient_probe p = probe_new(f), q = probe_new(g);
            const size_t size = f->model->layout.size;
            real *w = fixture_weights(&f->model->layout, 0.5);
            for (size_t k = 0; k < f->data->count; k++) {
                CHECK(loss(&p, w, 1, &f->data->example[k]) == loss(&q, w, 1, &g->data->example[k]));
                double *whole = dense(&p), *cut = dense(&q), dot = 0, norm2 = 0, apart = 0;
                for (size_t i = 0; i < size; i++)
                    dot += whole[i] * cut[i], norm2 += whole[i] * whole[i];
                const double factor = dot / norm2;
                for (size_t i = 0; i < size; i++)
                    apart = fmax(apart, fabs(cut[i] - factor * whole[i]));
                CHECK_MSG(apart < exact && factor < 1 + exact, "%s: factor %g, off by %g", v->name, factor,
                          apart);
                CHECK(!high || factor > 1 - exact);
                /* A feature that stands at n tokens counts n times: their sum may be sqrt(n) times as long, n <= 9. */
                CHECK_MSG(high || factor > 1 - exact || factor * sqrt(norm2) < 0.5 * 3, "%s: norm %g",
                          v->name, factor * sqrt(norm2));
                shortened += factor < 0.9;
                kept += factor > 1 - exact;
                memory_free(whole);
                memory_free(cut);
            }
            memory_free(w);
            probe_free(&p);
            probe_free(&q);
            fixture_free(f);
            fixture_free(g);
        }
    CHECK_STR(ops->name, "bilstm");
    CHECK_MSG(shortened > 20 && kept > 20, "%zu shortened, %zu kept", shortened, kept);
}

/* Updates that are negligible, and no others, are left out. (A row times a value does not show p.) */
TEST(negligible_updates_are_left_out)
{
    for (const struct model_variant *v = model_table[0]->variants; v->name; v++) {
        if (!v->template)
            continue;
        char model[160];
        snprintf(model, sizeof model, "%s\n  negligible: 0.4", v->lines);
        struct model_variant with = *v;
        with.lines = model;
        struct fixture *f = fixture_new(model_table[0], v, 5, 40, 9, NULL),
                       *g = fixture_new(model_table[0], &with, 5, 40, 9, NULL);
        struct gradient_probe all = probe_new(f), some = probe_new(g);
        real *w = fixture_weights(&f->model->layout, 3);
        size_t out = 0, in = 0;
        for (size_t k = 0; k < f->data->count; k++) {
            const struct example *z = &f->data->example[k];
            CHECK(loss(&all, w, 1, z) == loss(&some, w, 1, z));
            CHECK(!all.grad.left_out && (some.grad.left_out || some.grad.count == all.grad.count));
            for (size_t a = 0, b = 0; a < all.grad.count; a++) {
                const struct bundle *bundle = &all.grad.bundle[a];
                const struct group *group = &f->model->layout.group[bundle->group];
                double least = 0; /* p - 1 at the truth: the only entry below 0 */
                for (size_t c = 0; c < layout_block(group); c++)
                    least = fmin(least, (double)bundle->row[c]);
                if (!group->universal && -least < 0.4) {
                    out++;
                    continue;
                }
                in++;
                CHECK(b < some.grad.count && some.grad.bundle[b].group == bundle->group &&
                      some.grad.bundle[b].count == bundle->count);
                b++;
                CHECK(a + 1 < all.grad.count || b == some.grad.count);
            }
        }
        CHECK_MSG(in > 20 && out > 20, "%s: %zu and %zu", v->name, in, out);
        memory_free(w);
        probe_free(&all);
        probe_free(&some);
        fixture_free(f);
        fixture_free(g);
    }
}

/* SPDX-License-Identifier: MIT
 *
 * A weight multiplies a sentence's loss and gradient: every listed model, every variant, and every engine.
 */
#include "lib/base/memory.h"
#include "lib/learn/session.h"
#include "lib/learn/worker.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The gradient of one sentence, or of several made together, as a dense vector; returns the loss. */
static double gradient_of(const struct fixture *f, const real *w, const struct example *const *z,
                          uint32_t count, double *dense)
{
    const struct model *m = f->model;
    const struct layout *l = &m->layout;
    struct capacity room = f->data->longest;
    room.tokens *= 4, room.characters *= 4;
    const struct weights view = {.w = w, .scale = 1};
    const uint64_t draw[4] = {0};
    void *scratch = m->ops->scratch_new(m, room);
    struct gradient g = {.capacity = m->ops->max_bundles(m, room)};
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    real *rows = memory_reserve(layout_products(l), sizeof *rows);
    gradient_begin(&g);
    const double loss = count > 1 ? m->ops->gradients(m, &view, z, draw, count, &g, scratch)
                                  : m->ops->gradient(m, &view, z[0], &g, scratch);
    gradient_fill(&g, l, rows);
    memset(dense, 0, l->size * sizeof *dense);
    for (size_t k = 0; k < g.count; k++) {
        const struct bundle *b = &g.bundle[k];
        const size_t n = layout_block(&l->group[b->group]);
        for (uint32_t i = 0; i < b->count; i++)
            for (size_t c = 0; c < n; c++)
                dense[l->group[b->group].offset + b->id[i] * n + c] += (double)b->row[c];
    }
    m->ops->scratch_free(scratch);
    memory_free(g.bundle);
    memory_free(rows);
    return loss;
}

/* How far is b from `times` a, as a share of the largest number of a? */
static double distance(const double *a, const double *b, size_t n, double times)
{
    double most = 0, size = 1e-30;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(b[i] - times * a[i]));
        size = fmax(size, fabs(a[i]));
    }
    return most / size;
}

/* Products and sums of as many numbers as stand in a sentence are rounded, by the weight once more. */
#define NEAR (sizeof(real) == sizeof(float) ? 1e-5 : 1e-13)

static void check_sentence(struct fixture *f, const real *w, size_t k, const char *name)
{
    static const double weights[] = {2, 0.3, 0};
    const size_t n = f->model->layout.size;
    double *plain = memory_new(n, sizeof *plain), *heavy = memory_new(n, sizeof *heavy);
    struct example z = f->data->example[k];
    const struct example *at = &z;
    const double loss = gradient_of(f, w, &at, 1, plain);
    for (size_t c = 0; c < sizeof weights / sizeof *weights; c++) {
        z.weight = &weights[c];
        const double found = gradient_of(f, w, &at, 1, heavy), off = distance(plain, heavy, n, weights[c]);
        CHECK_MSG(fabs(found - weights[c] * loss) <= NEAR * fabs(loss), "%s, weight %g: loss %g, not %g",
                  name, weights[c], found, weights[c] * loss);
        CHECK_MSG(off <= NEAR && (weights[c] > 0 || off == 0), "%s, weight %g: off by %g", name, weights[c],
                  off);
    }
    memory_free(plain);
    memory_free(heavy);
}

TEST(weights_multiply_loss_and_gradient)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++)
            for (int partial = 0; partial < 2; partial++) {
                struct fixture *f =
                    (partial ? fixture_partial : fixture_new)(model_table[m], v, 5, 12, 7, NULL);
                real *w = fixture_weights(&f->model->layout, 0.5);
                for (size_t k = 0; k < f->data->count; k++)
                    check_sentence(f, w, k, v->name);
                memory_free(w);
                fixture_free(f);
            }
}

/* Where a model makes gradients of several samples at once, each has its own weight. */
TEST(weights_of_samples_made_together)
{
    static const double weights[4] = {0.3, 2, 0, 1};
    size_t together = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name && model_table[m]->gradients;
             v++)
            for (int partial = 0; partial < 2; partial++) {
                struct fixture *f =
                    (partial ? fixture_partial : fixture_new)(model_table[m], v, 5, 12, 7, NULL);
                const size_t n = f->model->layout.size;
                if (f->model->batch_tokens == 0) {
                    fixture_free(f);
                    continue;
                }
                together++;
                real *w = fixture_weights(&f->model->layout, 0.5);
                double *sum = memory_new(n, sizeof *sum), *one = memory_new(n, sizeof *one), loss = 0;
                struct example z[4];
                const struct example *at[4];
                for (size_t k = 0; k < 4; k++) {
                    z[k] = f->data->example[k];
                    at[k] = &z[k];
                    loss += weights[k] * gradient_of(f, w, &at[k], 1, one);
                    for (size_t i = 0; i < n; i++)
                        sum[i] += weights[k] * one[i];
                    z[k].weight = &weights[k];
                }
                const double found = gradient_of(f, w, at, 4, one), off = distance(sum, one, n, 1);
                CHECK_MSG(fabs(found - loss) <= NEAR * loss && off <= NEAR, "%s: loss %g, not %g; off by %g",
                          v->name, found, loss, off);
                memory_free(sum);
                memory_free(one);
                memory_free(w);
                fixture_free(f);
            }
    CHECK_MSG(together > 4, "%zu", together);
}

static const struct optimizer_ops *optimizer_named(const char *name)
{
    size_t k = 0;
    while (strcmp(optimizer_table[k]->name, name) != 0)
        k++;
    return optimizer_table[k];
}

/* Two epochs of plain SGD without penalty. */
static real *trained(const struct model_variant *v, const struct engine_ops *engine, double rate,
                     const double *weight)
{
    char text[512];
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer:\n  name: sgd\n  rate: %.17g\n  l2: {value: 0}\nengine:\n  name: %s\n  threads: 1\n"
             "  pin: false\n",
             rate, engine->name);
    struct fixture *f = fixture_new(model_table[0], v, 5, 40, 9, text);
    for (size_t k = 0; k < f->data->count; k++)
        f->data->example[k].weight = weight;
    struct session *s = session_new(f->config, engine, optimizer_named("sgd"), f->model, f->data, 3, &e);
    if (!CHECK_MSG(s != NULL, "%s", e.text))
        abort();
    session_epoch(s);
    session_epoch(s);
    real *w = memory_lines(f->model->layout.size, sizeof *w);
    memcpy(w, s->w, f->model->layout.size * sizeof *w);
    session_free(s);
    fixture_free(f);
    return w;
}

/* If every sentence counts twice, that is twice the rate: by powers of 2, so to the bit. */
TEST(weights_of_2_are_twice_the_rate)
{
    static const double two = 2;
    const struct model_variant *variants = model_table[0]->variants;
    for (const struct model_variant *v = variants; v->name; v++)
        for (size_t k = 0; engine_table[k]; k++) {
            struct fixture *f = fixture_new(model_table[0], v, 5, 40, 9, NULL);
            const size_t n = f->model->layout.size;
            const struct engine_ops *engine = engine_table[k];
            real *heavy = trained(v, engine, 0.03125, &two), *fast = trained(v, engine, 0.0625, NULL),
                 *slow = trained(v, engine, 0.03125, NULL);
            CHECK_MSG(memcmp(heavy, fast, n * sizeof *heavy) == 0, "%s, %s", v->name, engine->name);
            CHECK_MSG(memcmp(slow, fast, n * sizeof *slow) != 0, "%s, %s", v->name, engine->name);
            memory_free(heavy);
            memory_free(fast);
            memory_free(slow);
            fixture_free(f);
        }
}

/* SPDX-License-Identifier: MIT
 *
 * What mini-samples owe, for every model: they tile the sentences, cut nothing but the chain of labels, and
 * where nothing is cut they change no bit.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct fixture *world(size_t m, const struct model_variant *v, const char *slice)
{
    char text[1024];
    snprintf(text, sizeof text, "%srun: {%s}\n", fixture_sections("sgd", "sequential", 1, "shuffle"), slice);
    return fixture_new(model_table[m], v, 6, 80, 14, text);
}

static struct session *begin(struct fixture *f)
{
    struct error e = {0};
    struct session *s = session_new(f->config, engine_table[0], optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

TEST(slices_tile_the_sentences)
{
    static const char *const keys[] = {"slice.size: 1",      "slice.size: 1.5", "slice.size: 2.7",
                                       "slice.size: 5",      "slice.alpha: 2",  "slice.alpha: 3.6",
                                       "slice.size: 1000000"};
    for (size_t c = 0; c < sizeof keys / sizeof *keys; c++) {
        struct fixture *f = world(0, variant_of(model_table[0], 0), keys[c]);
        struct session *s = begin(f);
        const struct dataset *d = f->data;
        size_t N = s->nsamples;
        for (int epoch = 0; epoch < 5; epoch++) {
            session_epoch(s);
            CHECK_INT(fixture_counts(s, 0)->gradients, N);
            const struct example *z = s->sample;
            size_t bad = 0;
            for (size_t k = 0; k < d->count; k++)
                for (uint32_t i = 0; i < d->example[k].n; i += z++->n)
                    bad += z->n == 0 || i + z->n > d->example[k].n || z->y != d->example[k].y + i ||
                           z->start != d->example[k].start + i || z->node != d->example[k].node;
            CHECK_MSG(bad == 0 && z == s->sample + N && s->nsamples == N, "%s: %zu bad of %zu", keys[c], bad,
                      N);
        }
        if (s->slice.size > 0 && s->slice.size < 6)
            CHECK_NEAR((double)d->tokens / (double)N, s->slice.size, 0.15 * s->slice.size);
        session_free(s);
        fixture_free(f);
    }
}

/* The gradient of one sample at w, added to g. */
static void add_gradient(struct session *s, const real *w, const struct example *z, double *g)
{
    const struct layout *l = &s->model->layout;
    struct worker *k = s->worker[0];
    struct weights view = {.w = w, .scale = 1};
    k->gradient.count = k->gradient.draw = 0;
    s->model->ops->gradient(s->model, &view, z, &k->gradient, k->scratch);
    gradient_fill(&k->gradient, l, k->rows);
    for (size_t b = 0; b < k->gradient.count; b++) {
        const struct bundle *n = &k->gradient.bundle[b];
        const struct group *group = &l->group[n->group];
        for (uint32_t i = 0; i < n->count; i++)
            for (size_t c = 0; c < layout_block(group); c++)
                g[group->offset + n->id[i] * layout_block(group) + c] += (double)n->row[c];
    }
}

/* Pieces of one token are independent examples of one token, each window made here by hand. */
TEST(size_1_is_single_tokens)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = world(m, v, "slice.size: 1");
            struct session *s = begin(f);
            const struct dataset *d = f->data;
            const struct layout *l = &f->model->layout;
            session_epoch(s); /* weights that are not 0, samples that are drawn */
            CHECK_INT(s->nsamples, d->tokens);
            double *sliced = memory_new(l->size, sizeof *sliced),
                   *single = memory_new(l->size, sizeof *single);
            for (size_t k = 0; k < s->nsamples; k++)
                add_gradient(s, s->w, &s->sample[k], sliced);
            for (size_t t = 0; t < d->tokens; t++) {
                struct example z = {.n = 1,
                                    .start = d->start + t,
                                    .node = d->node,
                                    .value = d->valued ? d->value : NULL,
                                    .edge_start = d->edge_start + t,
                                    .edge = d->edge,
                                    .y = d->y + t,
                                    .spelling_start = d->spelling_start ? d->spelling_start + t : NULL,
                                    .spelling = d->spelling};
                add_gradient(s, s->w, &z, single);
            }
            double size = 0, gap = 0, between = 0;
            for (uint32_t g = 0; g < l->ngroups; g++)
                for (size_t i = l->group[g].offset;
                     i < l->group[g].offset + l->group[g].count * layout_block(&l->group[g]); i++) {
                    size = fmax(size, fabs(sliced[i]));
                    gap = fmax(gap, fabs(sliced[i] - single[i]));
                    if (strcmp(l->group[g].name, "node") != 0)
                        between = fmax(between, fabs(sliced[i]));
                }
            CHECK_MSG(size > 0.1 && gap == 0, "%s: off by %g of %g", v->name, gap, size);
            if (strcmp(f->model->ops->name, "dense-crf") == 0) /* nothing but nodes: no transition is left */
                CHECK_MSG(between == 0, "%s: a transition has a gradient of %g", v->name, between);
            memory_free(sliced);
            memory_free(single);
            session_free(s);
            fixture_free(f);
        }
}

static real *train(size_t m, const struct model_variant *v, const char *slice, size_t *size)
{
    struct fixture *f = world(m, v, slice);
    struct session *s = begin(f);
    for (int epoch = 0; epoch < 3; epoch++)
        session_epoch(s);
    session_fold(s);
    *size = f->model->layout.size;
    real *w = memory_new(*size, sizeof *w);
    memcpy(w, s->w, *size * sizeof *w);
    session_free(s);
    fixture_free(f);
    return w;
}

/* A size beyond every sentence cuts none: the view's path, and the same bits as without a view. */
TEST(uncut_is_off)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            size_t size, n;
            real *off = train(m, v, "", &size), *whole = train(m, v, "slice.size: 1000", &n),
                 *cut = train(m, v, "slice.size: 2", &n);
            CHECK_MSG(size == n && memcmp(off, whole, size * sizeof *off) == 0, "%s", v->name);
            CHECK_MSG(memcmp(off, cut, size * sizeof *off) != 0, "%s: cutting changes nothing", v->name);
            memory_free(off);
            memory_free(whole);
            memory_free(cut);
        }
}

TEST(cutting_allocates_nothing)
{
    struct fixture *f = world(0, variant_of(model_table[0], 0), "slice.size: 1.5");
    struct session *s = begin(f);
    size_t before = alloc_count();
    double first = session_epoch(s), last = first;
    for (int epoch = 0; epoch < 3; epoch++)
        last = session_epoch(s);
    CHECK_INT(alloc_count(), before);
    CHECK_MSG(last < first, "loss %g after %g", last, first);
    session_free(s);
    fixture_free(f);
}

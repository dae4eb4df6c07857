/* SPDX-License-Identifier: MIT
 *
 * What a model says its weights are about is what they do: every weight is named once, and where all are scores of
 * features and transitions, the scores of a sentence are their sums, as lib/learn/parameter.h says.
 */
#include "lib/learn/parameter.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

#define NAMED(kind) ((kind) != PARAMETER_EMBEDDING && (kind) != PARAMETER_MATRIX)

struct list {
    struct parameter *p;
    size_t count, capacity;
    bool sums; /* all are scores */
};

static void collect(void *to, const struct parameter *p)
{
    struct list *l = to;
    l->p = memory_grow(l->p, &l->capacity, l->count + 1, sizeof *l->p);
    l->p[l->count++] = *p;
    l->sums = l->sums && NAMED(p->kind);
}

static struct list listed(const struct model *m)
{
    struct list l = {.sums = true};
    m->ops->parameters(m, collect, &l);
    return l;
}

/* Give each model and variant with the op to `check`; how many. */
static size_t over_models(void (*check)(const struct fixture *f, const struct list *l))
{
    size_t count = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t v = 0; model_table[m]->parameters && model_table[m]->variants[v].name; v++) {
            struct fixture *f = fixture_new(model_table[m], variant_of(model_table[m], v), 4, 30, 9, NULL);
            struct list l = listed(f->model);
            check(f, &l);
            memory_free(l.p);
            fixture_free(f);
            count++;
        }
    return count;
}

static void check_once(const struct fixture *f, const struct list *l)
{
    const struct layout *layout = &f->model->layout;
    uint8_t *seen = memory_new(layout->size, 1);
    size_t twice = 0, padding = 0, elsewhere = 0;
    for (size_t k = 0; k < l->count; k++) {
        const struct group *g = &layout->group[l->p[k].group];
        const size_t at = l->p[k].index - g->offset;
        elsewhere += l->p[k].index < g->offset || at >= g->count * layout_block(g);
        padding += at % g->stride >= g->columns;
        twice += seen[l->p[k].index]++;
    }
    CHECK_INT(l->count, layout_weights(layout));
    CHECK_INT(twice, 0);
    CHECK_INT(padding, 0);
    CHECK_INT(elsewhere, 0);
    memory_free(seen);
}

TEST(every_weight_is_named_once)
{
    CHECK(over_models(check_once) > 2);
}

/* How often id is among ids[begin … end-1], or the sum of the values that it stands there with. */
static double times(const uint32_t *ids, const float *value, uint32_t begin, uint32_t end, uint32_t id)
{
    double n = 0;
    for (uint32_t k = begin; k < end; k++)
        if (ids[k] == id)
            n += value ? (double)value[k] : 1;
    return n;
}

/* Add what a weight adds to the scores of z: node [n][T], into [n][T][T]. */
static void add(const struct example *z, uint32_t T, const struct parameter *p, double w, double *node,
                double *into)
{
    for (uint32_t i = 0; i < z->n; i++) {
        const double u = p->feature == PARAMETER_NONE || p->kind == PARAMETER_EDGE
                             ? 0
                             : times(z->node, z->value, z->start[i], z->start[i + 1], p->feature);
        if (p->kind == PARAMETER_STATE)
            node[i * T + p->to] += u * w;
        if (i == 0 || p->kind == PARAMETER_STATE)
            continue;
        const double b = p->kind == PARAMETER_EDGE
                             ? times(z->edge, NULL, z->edge_start[i], z->edge_start[i + 1], p->feature)
                             : 0;
        into[(i * T + p->from) * T + p->to] += w * (p->kind == PARAMETER_TRANSITION ? 1 : u + b);
    }
}

static void check_example(const struct fixture *f, const struct list *l, const real *w,
                          const struct example *z, void *scratch)
{
    const uint32_t T = vocab_count(f->space->labels), TT = T * T;
    double *node = memory_new((size_t)z->n * T, sizeof *node),
           *into = memory_new((size_t)z->n * TT, sizeof *into);
    for (size_t k = 0; k < l->count; k++)
        add(z, T, &l->p[k], (double)w[l->p[k].index], node, into);
    const struct weights view = {.w = w, .scale = 1};
    const struct chain *c = f->model->ops->score(f->model, &view, z, scratch);
    double gap = 0;
    for (uint32_t i = 0; i < z->n; i++)
        for (uint32_t y = 0; y < T; y++) {
            gap = fmax(gap, fabs(node[i * T + y] - (double)c->node[i * c->stride + y]));
            for (uint32_t k = 0; i && k < T; k++)
                into[i * TT + k * T + y] -= (double)c->edge[k * c->stride + y];
        }
    for (uint32_t i = 1; i < z->n; i++) {
        for (uint32_t p = 0; c->pairs && p < c->pairs->count; p++)
            into[i * TT + c->pairs->from[p] * T + c->pairs->to[p]] -=
                (double)c->pair[i * c->pairs->stride + p];
        for (uint32_t k = 0; k < TT; k++)
            gap = fmax(gap, fabs(into[i * TT + k]));
    }
    /* a dozen terms of size 1, rounded once each */
    CHECK_NEAR(gap, 0, sizeof(real) == sizeof(float) ? 2e-5 : 4e-14);
    memory_free(node);
    memory_free(into);
}

static size_t summed, apart;

static void check_sums(const struct fixture *f, const struct list *l)
{
    if (!l->sums) {
        apart++;
        return;
    }
    summed++;
    real *w = fixture_weights(&f->model->layout, 0.5);
    void *scratch = f->model->ops->scratch_new(f->model, f->data->longest);
    for (size_t k = 0; k < f->data->count; k++)
        check_example(f, l, w, &f->data->example[k], scratch);
    f->model->ops->scratch_free(scratch);
    memory_free(w);
}

TEST(scores_are_the_sums_of_the_weights_that_are_named)
{
    over_models(check_sums);
    CHECK(summed > 2);
    CHECK(apart > 0);
}

static size_t embedded;

static void check_embeddings(const struct fixture *f, const struct list *l)
{
    const struct model *m = f->model;
    real *w = memory_new(m->layout.size, sizeof *w);
    const uint32_t features = vocab_count(f->space->node);
    uint32_t *numbers = memory_new(features, sizeof *numbers), columns = 0;
    for (size_t k = 0; k < l->count; k++) {
        const struct parameter *p = &l->p[k];
        if (p->kind != PARAMETER_EMBEDDING || p->feature == PARAMETER_NONE)
            continue;
        CHECK(m->ops->feature_row(m, w, p->feature, &columns) + p->to == w + p->index);
        numbers[p->feature]++;
        embedded++;
    }
    for (uint32_t id = 0; m->ops->feature_row && id < features; id++) {
        m->ops->feature_row(m, w, id, &columns);
        CHECK_INT(numbers[id], columns);
    }
    memory_free(numbers);
    memory_free(w);
}

TEST(embeddings_stand_where_training_puts_vectors)
{
    over_models(check_embeddings);
    CHECK(embedded > 0);
}

/* SPDX-License-Identifier: MIT
 *
 * What a sentence's labels rest on: the parts add up to the score, and log p without a feature is that of a sentence
 * that was never given it, by the sum over all labellings.
 */
#include "lib/tag/contributions.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

#define LABELS 3
#define LONGEST 4

struct world {
    struct fixture *f;
    real *w;
    void *scratch;
};

static struct world world_of(size_t m, size_t v)
{
    struct world o = {fixture_new(model_table[m], variant_of(model_table[m], v), LABELS, 30, LONGEST, NULL),
                      NULL, NULL};
    o.w = fixture_weights(&o.f->model->layout, 0.5);
    o.scratch = o.f->model->ops->scratch_new(o.f->model, o.f->data->longest);
    return o;
}

static void world_free(struct world *o)
{
    o->f->model->ops->scratch_free(o->scratch);
    memory_free(o->w);
    fixture_free(o->f);
}

/* The score of labelling number k, one digit a token, from a chain that was laid. */
static double path(const struct chain *c, unsigned k, uint32_t *y)
{
    double score = 0;
    for (uint32_t i = 0; i < c->n; i++, k /= LABELS) {
        y[i] = k % LABELS;
        score += (double)c->node[i * c->stride + y[i]];
        score += i ? (double)c->edge[y[i - 1] * c->stride + y[i]] : 0;
        for (uint32_t p = 0; i && c->pairs && p < c->pairs->count; p++)
            if (c->pairs->from[p] == y[i - 1] && c->pairs->to[p] == y[i])
                score += (double)c->pair[i * c->pairs->stride + p];
    }
    return score;
}

/* log p of labelling k: by all of them. */
static double log_p(const struct chain *c, unsigned k)
{
    uint32_t y[LONGEST];
    unsigned all = 1;
    double sum = 0;
    for (uint32_t i = 0; i < c->n; i++)
        all *= LABELS;
    for (unsigned j = 0; j < all; j++)
        sum += exp(path(c, j, y));
    return path(c, k, y) - log(sum);
}

static const double tolerance =
    sizeof(real) == sizeof(float) ? 3e-5 : 1e-12; /* of sums of a dozen terms of size 1 */

static void check_sums(const struct world *o, const struct example *z, unsigned k)
{
    const struct model *m = o->f->model;
    const struct weights view = {.w = o->w, .scale = 1};
    const struct chain *c = m->ops->score(m, &view, z, o->scratch);
    uint32_t y[LONGEST];
    double emission[LONGEST], transition[LONGEST], total = path(c, k, y), wanted = log_p(c, k), before = 0;
    size_t count;
    struct contribution *item = contributions_list(m, o->w, z, y, &count);
    CHECK_NEAR(contributions_scores(m, o->w, z, y, emission, transition, o->scratch), wanted, tolerance);
    for (uint32_t i = 0; i < z->n; i++)
        total -= emission[i] + transition[i];
    CHECK_NEAR(total, 0, tolerance);
    for (size_t j = 0; j < count; j++) {
        const struct contribution *x = &item[j];
        CHECK(x->score != 0 && x->score == x->value * (double)o->w[x->parameter.index]);
        CHECK(z->value || x->value == 1);
        CHECK(j == 0 || item[j - 1].token < x->token ||
              (item[j - 1].token == x->token && fabs(before) >= fabs(x->score)));
        before = x->score;
        *(x->parameter.kind == PARAMETER_STATE ? &emission[x->token] : &transition[x->token]) -= x->score;
    }
    for (uint32_t i = 0; i < z->n; i++) {
        CHECK_NEAR(emission[i], 0, tolerance);
        CHECK_NEAR(transition[i], 0, tolerance);
    }
    memory_free(item);
}

TEST(contributions_add_up_to_the_score_of_each_token)
{
    size_t exact = 0, networks = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t v = 0; model_table[m]->parameters && model_table[m]->variants[v].name; v++) {
            struct world o = world_of(m, v);
            const bool sums = contributions_exact(o.f->model);
            for (size_t k = 0; sums && k < o.f->data->count; k++)
                check_sums(&o, &o.f->data->example[k], (unsigned)k % LABELS);
            exact += sums;
            networks += !sums;
            world_free(&o);
        }
    CHECK(exact > 2);
    CHECK(networks > 0);
}

/* A corpus that lacks the feature, as the dataset would have it. */
static void check_without(const struct world *o, const struct example *z, uint32_t gone)
{
    const struct model *m = o->f->model;
    const struct weights view = {.w = o->w, .scale = 1};
    struct example rest = *z;
    uint32_t start[LONGEST + 1] = {0}, node[256], count = 0, y[LONGEST];
    float value[256];
    for (uint32_t i = 0; i < z->n; i++) {
        for (uint32_t k = z->start[i]; k < z->start[i + 1]; k++)
            if (k != gone) {
                value[count] = z->value ? z->value[k] : 1;
                node[count++] = z->node[k];
            }
        start[i + 1] = count;
    }
    rest.start = start, rest.node = node, rest.value = z->value ? value : NULL;
    const struct chain *c = m->ops->score(m, &view, &rest, o->scratch);
    path(c, 1, y);
    const double wanted = log_p(c, 1);
    CHECK_NEAR(contributions_without(m, o->w, z, y, gone, o->scratch), wanted, tolerance);
}

TEST(without_a_feature_is_as_if_it_had_never_been_there)
{
    size_t valued = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t v = 0; model_table[m]->variants[v].name; v++) {
            const struct model_variant *variant = &model_table[m]->variants[v];
            if (!variant->probabilities || (v && variant->template))
                continue;
            struct world o = world_of(m, v);
            for (size_t k = 0; k < o.f->data->count && k < 10; k++) {
                const struct example *z = &o.f->data->example[k];
                valued += z->value != NULL;
                for (uint32_t j = z->start[0]; j < z->start[z->n]; j++)
                    check_without(&o, z, j);
            }
            world_free(&o);
        }
    CHECK(valued > 10);
}

/* SPDX-License-Identifier: MIT
 *
 * n best, marginals and probabilities against all T^n labellings, for every listed model and every variant;
 * and no decoding leaves its constraints, on lattices of every kernel.
 */
#include "lib/learn/decode.h"
#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "lib/num/nbest.h"
#include "tests/laws/fixture.h"
#include "tests/laws/rounding.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5, PATHS = 7776 }; /* positions; 6^5 labellings */

static void path_of(uint32_t code, uint32_t n, uint32_t T, uint32_t *y)
{
    for (uint32_t i = 0; i < n; i++, code /= T)
        y[i] = code % T;
}

static uint32_t code_of(const uint32_t *y, uint32_t n, uint32_t T)
{
    uint32_t code = 0;
    for (uint32_t i = n; i-- > 0;)
        code = code * T + y[i];
    return code;
}

static uint32_t power(uint32_t T, uint32_t n)
{
    uint32_t count = 1;
    while (n-- > 0)
        count *= T;
    return count;
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The K best of a chain against the scores of all labellings, -INFINITY for those that are not allowed:
 * as many as there are, each once, with its own score, in falling order, and none left out. */
static void check_nbest(const char *what, const struct chain *c, uint32_t K, const double *score)
{
    static double sorted[PATHS];
    static bool seen[PATHS];
    uint32_t total = power(c->T, c->n), allowed = 0, y[MOST];
    struct nbest *b = nbest_new(K, c->T, c->n);
    memset(seen, 0, sizeof seen);
    memcpy(sorted, score, total * sizeof *sorted);
    qsort(sorted, total, sizeof *sorted, falling);
    while (allowed < total && isfinite(sorted[allowed]))
        allowed++;
    uint32_t count = nbest_run(b, c);
    CHECK_INT(count, allowed < K ? allowed : K);
    for (uint32_t rank = 0; rank < count && rank < allowed; rank++) {
        double found = nbest_path(b, rank, y);
        uint32_t code = code_of(y, c->n, c->T);
        CHECK_MSG(!seen[code], "%s: rank %u of %u stands there twice", what, rank, K);
        seen[code] = true;
        CHECK_MSG(fabs(found - score[code]) <= rounding_log_z(c), "%s: rank %u of %u: score %g, is %g", what,
                  rank, K, found, score[code]);
        CHECK_MSG(fabs(found - sorted[rank]) <= rounding_log_z(c), "%s: rank %u of %u: score %g, expected %g",
                  what, rank, K, found, sorted[rank]);
    }
    nbest_free(b);
}

/* Marginals and log Z against the scores of all labellings. */
static void check_posterior(const char *what, struct chain *c, const struct kernel *kernel,
                            const double *score)
{
    uint32_t total = power(c->T, c->n), y[MOST];
    double highest = -INFINITY, mass = 0, off = 0,
           *marginal = memory_new((size_t)c->n * c->T, sizeof(double));
    for (uint32_t code = 0; code < total; code++)
        highest = score[code] > highest ? score[code] : highest;
    for (uint32_t code = 0; code < total; code++) {
        double p = exp(score[code] - highest);
        path_of(code, c->n, c->T, y);
        mass += p;
        for (uint32_t i = 0; i < c->n; i++)
            marginal[i * c->T + y[i]] += p;
    }
    double log_z = chain_posterior(kernel, c), truth = highest + log(mass);
    CHECK_MSG(fabs(log_z - truth) <= rounding_log_z(c), "%s, %s: log Z %g, expected %g", what, kernel->name,
              log_z, truth);
    for (uint32_t i = 0; i < c->n; i++)
        for (uint32_t k = 0; k < c->stride; k++) {
            double gap =
                fabs((double)c->marginal[i * c->stride + k] - (k < c->T ? marginal[i * c->T + k] / mass : 0));
            off = gap <= off ? off : isnan(gap) ? INFINITY : gap;
        }
    CHECK_MSG(off <= rounding_probability(c), "%s, %s: marginals off by %g", what, kernel->name, off);
    memory_free(marginal);
}

/* ---- models: the loss under other gold labels gives -log p of any labelling */

TEST(answers_of_models_agree_with_all_labellings)
{
    const uint32_t T = 4;
    static double score[PATHS];
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            if (!v->probabilities)
                continue;
            struct fixture *f = fixture_new(model_table[m], v, T, 20, MOST, NULL);
            real *w = fixture_weights(&f->model->layout, 1);
            const struct weights view = {.w = w, .scale = (real)0.7};
            void *scratch = f->model->ops->scratch_new(f->model, f->data->longest);
            struct gradient grad = {.capacity = f->model->ops->max_bundles(f->model, f->data->longest)};
            grad.bundle = memory_new(grad.capacity, sizeof *grad.bundle);
            for (size_t k = 0; k < 8; k++) {
                struct example z = f->data->example[k];
                uint32_t y[MOST], total = power(T, z.n);
                for (uint32_t code = 0; code < total; code++) {
                    path_of(code, z.n, T, y);
                    struct example other = z;
                    other.y = y;
                    grad.count = 0;
                    score[code] = -f->model->ops->gradient(f->model, &view, &other, &grad, scratch);
                }
                struct chain *c = f->model->ops->score(f->model, &view, &z, scratch);
                /* scores less log Z are log probabilities */
                double log_z = chain_posterior(kernel_get(), c);
                for (uint32_t code = 0; code < total; code++)
                    score[code] += log_z;
                check_posterior(v->name, c, kernel_get(), score);
                for (uint32_t K = 1; K <= 2 * total; K *= 3)
                    check_nbest(v->name, c, K, score);
            }
            f->model->ops->scratch_free(scratch);
            memory_free(grad.bundle);
            memory_free(w);
            fixture_free(f);
        }
}

/* What a caller adds to a chain is gone when it is laid anew. */
TEST(chains_are_laid_anew)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, 4, 20, 8, NULL);
            real *w = fixture_weights(&f->model->layout, 1);
            const struct weights view = {.w = w, .scale = 1};
            void *scratch = f->model->ops->scratch_new(f->model, f->data->longest);
            uint8_t nothing[16] = {0};
            struct constraint *k = constraint_new(4, nothing, nothing, nothing);
            for (size_t s = 0; s < 20; s++) {
                const struct example *z = &f->data->example[s];
                uint32_t y[8], again[8], decoded[8];
                struct chain *c = f->model->ops->score(f->model, &view, z, scratch);
                double score = chain_viterbi(kernel_get(), c, y);
                constraint_lay(k, c);
                CHECK(!constraint_met(chain_viterbi(kernel_get(), c, again)));
                c = f->model->ops->score(f->model, &view, z, scratch);
                CHECK(chain_viterbi(kernel_get(), c, again) == score);
                CHECK(constraint_met(score) && memcmp(y, again, z->n * sizeof *y) == 0);
                /* where nothing is allowed, the best of all */
                decode_best(f->model, &view, z, k, NULL, NULL, kernel_get(), decoded, scratch);
                CHECK(memcmp(y, decoded, z->n * sizeof *y) == 0);
                decode_best(f->model, &view, z, NULL, NULL, NULL, kernel_get(), decoded, scratch);
                CHECK(memcmp(y, decoded, z->n * sizeof *y) == 0);
            }
            constraint_free(k);
            f->model->ops->scratch_free(scratch);
            memory_free(w);
            fixture_free(f);
        }
}

/* ---- lattices */

struct lattice {
    struct chain_pairs pairs;
    uint32_t from[64], to[64], row[8];
    struct chain chain;
};

static void lattice_new(struct lattice *l, struct rng *r, uint32_t T, bool rich)
{
    uint32_t count = 0;
    for (uint32_t a = 0; a < T; a++) {
        l->row[a] = count;
        for (uint32_t b = 0; b < T; b++)
            if (rng_below(r, 2) || a + b == 0)
                l->from[count] = a, l->to[count++] = b;
    }
    l->row[T] = count;
    for (uint32_t p = count; p < REAL_PAD(count); p++)
        l->from[p] = l->to[p] = 0;
    l->pairs = (struct chain_pairs){count, REAL_PAD(count), l->from, l->to, l->row};
    chain_init(&l->chain, T, MOST, rich ? &l->pairs : NULL);
}

static void draw_scores(struct chain *c, struct rng *r, uint32_t n, double size)
{
    c->n = n;
    for (uint32_t k = 0; k < c->T * c->stride; k++)
        c->edge[k] = k % c->stride < c->T ? (real)(size * rng_normal(r)) : 0;
    for (uint32_t k = 0; k < n * c->stride; k++)
        c->node[k] = k % c->stride < c->T ? (real)(size * rng_normal(r)) : CHAIN_FORBIDDEN;
    for (uint32_t k = 0; c->pairs && k < n * c->pairs->stride; k++)
        c->pair[k] = k % c->pairs->stride < c->pairs->count ? (real)(size * rng_normal(r)) : 0;
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

/* One of each kind of label: of every scheme some are well-formed, some not, and NN is unknown to all but
 * plain. */
static const char *const label_sets[][7] = {{"O", "B-X", "I-X", "I-Y", "NN", NULL},
                                            {"B-X", "O", "E-X", "S-X", "I-X", "B-Y", NULL},
                                            {"B", "M", "E", "S", NULL},
                                            {"I-X", "B-X", NULL},
                                            {"E", "M", NULL},
                                            {"O", NULL},
                                            {"B-X", "L-X", "O", "U-X", "I-X", "L-Y", NULL}};

/* What is asked of the decoder in one case. */
struct demand {
    const char *choice;
    enum scheme scheme;
    struct space *space;
    uint32_t given[MOST]; /* label at a position, or ABSENT */
    uint32_t never[MOST]; /* label that may not stand there, or ABSENT */
};
#define ABSENT UINT32_MAX

/* Is a labelling allowed? By the words of lib/learn/decode.h, sentence by sentence. */
static bool obeys(const struct demand *d, const uint32_t *y, uint32_t n)
{
    const struct space *s = d->space;
    struct scheme_tag before = scheme_cut(span_of("O")), tag = before;
    for (uint32_t i = 0; i < n; i++, before = tag) {
        if ((d->given[i] != ABSENT && y[i] != d->given[i]) || y[i] == d->never[i])
            return false;
        tag = scheme_cut(vocab_text(s->labels, y[i]));
        if (strcmp(d->choice, "seen") == 0 && i && !s->follows[y[i - 1] * vocab_count(s->labels) + y[i]])
            return false;
        if (strcmp(d->choice, "scheme") == 0 && scheme_knows(d->scheme, tag) &&
            !scheme_allows(d->scheme, before, tag))
            return false;
    }
    return strcmp(d->choice, "scheme") != 0 || !scheme_knows(d->scheme, tag) || scheme_stops(d->scheme, tag);
}

static void draw_demand(struct demand *d, struct rng *r, uint32_t T)
{
    static const char *const choices[] = {"free", "scheme", "seen"};
    d->choice = choices[rng_below(r, 3)];
    d->scheme = (enum scheme)rng_below(r, SCHEME_BILOU + 1);
    for (uint32_t k = 0; k < T * T; k++)
        d->space->follows[k] = rng_below(r, 3) > 0;
    for (uint32_t i = 0; i < MOST; i++) {
        d->given[i] = rng_below(r, 4) ? ABSENT : (uint32_t)rng_below(r, T);
        d->never[i] = rng_below(r, 4) ? ABSENT : (uint32_t)rng_below(r, T);
    }
}

static void lay_demand(const struct demand *d, const struct constraint *k, struct chain *c)
{
    if (k)
        constraint_lay(k, c);
    for (uint32_t i = 0; i < c->n; i++) {
        if (d->given[i] != ABSENT)
            constraint_give(c, i, d->given[i]);
        if (d->never[i] != ABSENT)
            constraint_forbid(c, i, d->never[i]);
    }
}

/* One sentence: scores before, what is allowed, then every kernel and the n best after. Returns whether
 * anything was allowed. */
static bool check_demand(struct lattice *l, const struct demand *d, uint32_t K)
{
    static double score[PATHS];
    struct chain *c = &l->chain;
    uint32_t total = power(c->T, c->n), y[MOST], allowed = 0;
    double best = -INFINITY;
    for (uint32_t code = 0; code < total; code++) {
        path_of(code, c->n, c->T, y);
        bool good = obeys(d, y, c->n);
        score[code] = good ? path_score(c, y) : -INFINITY;
        allowed += good;
        best = score[code] > best ? score[code] : best;
    }
    struct constraint *k = decode_constraint(d->choice, d->space, d->scheme);
    lay_demand(d, k, c);
    constraint_free(k);
    for (size_t x = 0; kernel_all()[x]; x++) {
        const struct kernel *kernel = kernel_all()[x];
        bool met = constraint_met(chain_viterbi(kernel, c, y));
        CHECK_MSG(met == (allowed > 0), "%s, %s: %u allowed", d->choice, kernel->name, allowed);
        if (!met)
            continue;
        CHECK_MSG(obeys(d, y, c->n), "%s, %s: the best breaks a rule", d->choice, kernel->name);
        double found = score[code_of(y, c->n, c->T)];
        CHECK_MSG(fabs(found - best) <= rounding_log_z(c), "%s, %s: best %g, found %g", d->choice,
                  kernel->name, best, found);
        check_posterior(d->choice, c, kernel, score);
    }
    check_nbest(d->choice, c, K, score);
    return allowed > 0;
}

TEST(nothing_leaves_its_constraints)
{
    static struct lattice l;
    static const double sizes[] = {1, 10, 100};
    struct rng r;
    rng_init(&r, 21, 0, 0);
    uint32_t some = 0, none = 0;
    for (int round = 0; round < 600; round++) {
        const char *const *labels = label_sets[round % 7];
        struct space space = {.labels = vocab_new()};
        while (*labels)
            vocab_add(space.labels, span_of(*labels++));
        uint32_t T = vocab_count(space.labels);
        space.follows = memory_new((size_t)T * T, 1);
        struct demand d = {.space = &space};
        draw_demand(&d, &r, T);
        lattice_new(&l, &r, T, rng_below(&r, 2));
        draw_scores(&l.chain, &r, 1 + (uint32_t)rng_below(&r, MOST), sizes[rng_below(&r, 3)]);
        bool any = check_demand(&l, &d, 1 + (uint32_t)rng_below(&r, 30));
        some += any, none += !any;
        chain_free(&l.chain);
        memory_free(space.follows);
        vocab_free(space.labels);
    }
    CHECK_MSG(some > 100 && none > 20, "%u rounds with allowed labellings, %u without", some, none);
}

/* Where labellings tie, the list is that of the lower labels, from the last position on, every time. */
TEST(ties_have_an_order)
{
    static struct lattice l;
    struct rng r;
    rng_init(&r, 22, 0, 0);
    lattice_new(&l, &r, 3, false);
    draw_scores(&l.chain, &r, 3, 0);
    struct nbest *b = nbest_new(100, 3, 3);
    uint32_t y[MOST], best[MOST];
    CHECK_INT(nbest_run(b, &l.chain), 27);
    for (uint32_t rank = 0; rank < 27; rank++) {
        CHECK(nbest_path(b, rank, y) == 0);
        CHECK_INT(y[0] + 3 * y[1] + 9 * y[2], rank);
    }
    chain_viterbi(kernel_get(), &l.chain, best);
    CHECK_INT(best[0] + best[1] + best[2], 0);
    nbest_free(b);
    chain_free(&l.chain);
}

/* Float keeps the allowed apart from the others in long sentences too: one transition a label, and the last
 * label given, leave a single labelling. */
TEST(long_sentences_keep_their_constraints)
{
    enum { T = 3, N = 30000 };
    static uint32_t y[N];
    struct chain c;
    struct rng r;
    const uint8_t follows[T * T] = {0, 1, 0, 0, 0, 1, 1, 0, 0};
    struct constraint *k = constraint_new(T, follows, NULL, NULL);
    chain_init(&c, T, N, NULL);
    for (size_t x = 0; kernel_all()[x]; x++) {
        rng_init(&r, 23, 0, 0);
        draw_scores(&c, &r, N, 20);
        constraint_lay(k, &c);
        constraint_give(&c, N - 1, 1);
        CHECK(constraint_met(chain_viterbi(kernel_all()[x], &c, y)));
        uint32_t wrong = 0;
        double off = 0;
        chain_posterior(kernel_all()[x], &c);
        for (uint32_t i = 0; i < N; i++) {
            uint32_t want = (1 + 2 * (N - 1 - i)) % T; /* one less at each step back */
            wrong += y[i] != want;
            off += fabs((double)c.marginal[i * c.stride + want] - 1);
        }
        CHECK_INT(wrong, 0);
        /* a kernel scales at every step, the reference's logarithms grow with the sentence */
        const double near = kernel_all()[x + 1] ? rounding(2 * T + 8, 1) : rounding_probability(&c);
        CHECK_MSG(off <= N * near, "%s: marginals off by %g", kernel_all()[x]->name, off);
    }
    constraint_free(k);
    chain_free(&c);
}

/* SPDX-License-Identifier: MIT
 *
 * What every optimizer owes, over the registry: on small problems it is its textbook's formula, computed here in double
 * on one weight at a time; padding stays 0; where it says that it needs the sum, the sum is what it needs.
 */
#include "lib/learn/optimizer.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/coalescer.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCKS = 7, COLUMNS = 5, STEPS = 400, PASS = 50, BUNDLES = 4, PAST = 5, WORKERS = 2 };

/* One weight and what an optimizer may remember of it. t counts its steps, k those of the run. `gap` is how far what
 * counts has come since the gradient's worker read it. */
struct weight {
    double w, a, b, rate, past[PAST], gap, square[WORKERS];
    unsigned t, seen, window;
    unsigned samples; /* of the step that have it */
};

static void by_sgd(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->w -= length * g;
}

static void by_momentum(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->a = 0.8 * x->a + g;
    x->w -= length * x->a;
}

static void by_nesterov(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->a = 0.8 * x->a + g;
    x->w -= length * (g + 0.8 * x->a);
}

static void by_adagrad(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->a += g * g;
    x->w -= length * g / (sqrt(x->a) + 0.01);
}

static void by_rmsprop(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->a = 0.7 * x->a + 0.3 * g * g;
    x->w -= length * g / (sqrt(x->a) + 0.02);
}

static void by_adam(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    x->t++;
    x->a = 0.6 * x->a + 0.4 * g;
    x->b = 0.95 * x->b + 0.05 * g * g;
    double mean = x->a / (1 - pow(0.6, x->t)), square = x->b / (1 - pow(0.95, x->t));
    x->w -= length * mean / (sqrt(square) + 0.03);
}

/* Not lazily, but window by window: 4 an epoch. */
static void by_adf(struct weight *x, double g, double length, unsigned k)
{
    x->rate = x->t++ ? x->rate : 1;
    for (; x->window < k * 4 / PASS; x->window++, x->seen = 0)
        x->rate *= 0.9 - fmin(1, x->seen * 4.0 / PASS) * (0.9 - 0.5);
    x->seen += x->samples;
    x->w -= length * x->rate * g;
}

/* McMahan et al. 2013, Algorithm 1, with beta 0.5, lambda1 0.6, lambda2 0.3. The rate falls, so sigma follows from
 * sigma_1 + … + sigma_t = 1/eta_t, as the paper defines it. */
static void by_ftrl(struct weight *x, double g, double length, unsigned k)
{
    (void)k;
    const double inverse = x->t++ ? x->rate : 0.5 / length;
    x->b += g * g; /* n */
    x->rate = (0.5 + sqrt(x->b)) / length; /* 1/eta */
    x->a += g - (x->rate - inverse) * x->w; /* z */
    if (fabs(x->a) <= 0.6)
        x->w = 0;
    else
        x->w = -(x->a - copysign(0.6, x->a)) / (x->rate + 0.3);
}

static void by_dc_c(struct weight *x, double g, double length, unsigned k)
{
    by_sgd(x, g + 0.3 * g * g * x->gap, length, k);
}

static void by_dc_c_momentum(struct weight *x, double g, double length, unsigned k)
{
    by_momentum(x, g + 0.3 * g * g * x->gap, length, k);
}

static void by_dc_a(struct weight *x, double g, double length, unsigned k)
{
    x->square[0] = 0.7 * x->square[0] + 0.3 * g * g;
    by_sgd(x, g + 0.4 / sqrt(x->square[0] + 1e-7) * g * g * x->gap, length, k);
}

static void by_dc_a_worker(struct weight *x, double g, double length, unsigned k)
{
    double *square = &x->square[k % WORKERS];
    *square = 0.95 * *square + 0.05 * g * g;
    by_momentum(x, g + 2 / sqrt(*square + 1e-7) * g * g * x->gap, length, k);
}

static const struct textbook {
    const char *name, *keys;
    void (*step)(struct weight *x, double g, double length, unsigned k);
} textbooks[] = {{"sgd", "", by_sgd},
                 {"momentum", "momentum: 0.8", by_momentum},
                 {"nesterov", "momentum: 0.8", by_nesterov},
                 {"adagrad", "epsilon: 0.01", by_adagrad},
                 {"rmsprop", "rho: 0.7, epsilon: 0.02", by_rmsprop},
                 {"adam", "beta1: 0.6, beta2: 0.95, epsilon: 0.03", by_adam},
                 {"adf", "windows: 4, decay_rare: 0.9, decay_frequent: 0.5", by_adf},
                 {"ftrl", "beta: 0.5, lambda1: 0.6, lambda2: 0.3", by_ftrl},
                 {"dc-c", "lambda0: 0.3", by_dc_c},
                 {"dc-c", "lambda0: 0.3, base: momentum, momentum: 0.8", by_dc_c_momentum},
                 {"dc-a", "lambda0: 0.4, mean_square_decay: 0.7", by_dc_a},
                 {"dc-a", "base: momentum, momentum: 0.8, mean_square: worker", by_dc_a_worker}};

static const struct textbook *textbook_of(const char *name)
{
    for (size_t k = 0; k < sizeof textbooks / sizeof *textbooks; k++)
        if (strcmp(textbooks[k].name, name) == 0)
            return &textbooks[k];
    return NULL;
}

static struct optimizer *rule_new(const struct optimizer_ops *ops, const char *keys, const struct layout *l)
{
    const struct section sections[] = {{"optimizer", {ops->keys}}, {NULL, {NULL}}};
    struct config *c = config_new();
    struct error e = {0};
    char text[256];
    snprintf(text, sizeof text, "optimizer: {%s}", keys);
    bool good = (!*keys || config_parse(c, text, strlen(text), "t", &e)) && config_check(c, sections, &e);
    struct optimizer *o = good ? ops->create(c, l, &e) : NULL;
    CHECK_MSG(o != NULL, "%s: %s", ops->name, e.text);
    if (o)
        o->steps = PASS;
    if (o && ops->prepare)
        ops->prepare(o, WORKERS);
    config_free(c);
    return o;
}

/* Steps with gradients of bundles that share blocks; `all`: every block is in every one. */
static void compare(const struct optimizer_ops *ops, const struct textbook *book, bool all)
{
    struct layout l = {0};
    layout_add(&l, "one", 3, 1, COLUMNS, true);
    layout_add(&l, "two", BLOCKS - 3, 1, COLUMNS, false);
    struct optimizer *o = rule_new(ops, book->keys, &l);
    struct coalescer *s = coalescer_new(&l);
    real *w = memory_lines(l.size, sizeof *w), *past[PAST]; /* the last weights, by step mod PAST */
    for (int k = 0; k < PAST; k++)
        past[k] = memory_lines(l.size, sizeof *w);
    struct weight x[BLOCKS][COLUMNS] = {0};
    struct rng r;
    rng_init(&r, 21, all, 0);
    double gap = 0, size = 0, pad = 0;
    for (unsigned k = 0; o && k < STEPS; k++) {
        uint32_t id[BUNDLES][BLOCKS];
        _Alignas(64) real row[BUNDLES][REAL_PAD(COLUMNS)] = {0};
        double g[BLOCKS][COLUMNS] = {0}, length = 0.1 / (1 + 0.01 * k);
        bool touched[BLOCKS] = {false};
        struct bundle bundle[BUNDLES];
        struct gradient grad = {.bundle = bundle, .capacity = BUNDLES};
        for (uint32_t j = 0; j < BUNDLES; j++) {
            uint32_t group = j % 2, n = l.group[group].count, count = 0;
            for (uint32_t i = 0; i < n; i++) /* the rarer, the higher the number */
                if ((all && j < 2) || rng_below(&r, 2 + 6 * i) == 0)
                    id[j][count++] = i;
            for (int c = 0; c < COLUMNS; c++)
                row[j][c] = (real)rng_normal(&r);
            for (uint32_t i = 0; i < count; i++)
                for (int c = 0; c < COLUMNS; c++) {
                    g[l.group[group].first + id[j][i]][c] += (double)row[j][c];
                    touched[l.group[group].first + id[j][i]] = true;
                }
            gradient_add(&grad, group, count, id[j], row[j]);
        }
        unsigned then = k - (unsigned)rng_below(&r, k < PAST - 1 ? k + 1 : PAST); /* when it was read */
        double scale = 1 / (1 + 0.001 * k), scale_seen = 1 / (1 + 0.001 * then);
        _Alignas(64) real seen[BLOCKS][REAL_PAD(COLUMNS)];
        real *rows[BLOCKS];
        uint32_t samples[BLOCKS];
        struct step step = {.bundles = &grad,
                            .blocks = coalescer_sum(s, &grad),
                            .length = (real)length,
                            .number = k,
                            .samples = samples,
                            .worker = k % WORKERS,
                            .seen = rows,
                            .scale_seen = (real)scale_seen,
                            .scale = (real)scale};
        memcpy(past[k % PAST], w, l.size * sizeof *w);
        for (size_t j = 0; j < step.blocks->count; j++) {
            const struct bundle *b = &step.blocks->bundle[j];
            size_t n = layout_block(&l.group[b->group]);
            samples[j] = 1 + (uint32_t)rng_below(&r, 4);
            for (int c = 0; c < COLUMNS; c++)
                x[l.group[b->group].first + b->id[0]][c].samples = samples[j];
            rows[j] =
                memcpy(seen[j], past[then % PAST] + l.group[b->group].offset + b->id[0] * n, n * sizeof *w);
        }
        for (struct weight *each = x[0]; each < x[0] + BLOCKS * COLUMNS; each++) {
            each->past[k % PAST] = each->w;
            each->gap = scale * each->w - scale_seen * each->past[then % PAST];
        }
        ops->step(o, w, &step);
        for (uint32_t b = 0; b < BLOCKS; b++)
            for (int c = 0; touched[b] && c < COLUMNS; c++)
                book->step(&x[b][c], g[b][c], length, k);
        for (uint32_t b = 0; b < BLOCKS; b++) {
            const struct group *group = &l.group[b >= 3];
            const real *block = w + group->offset + (b - group->first) * layout_block(group);
            for (size_t c = 0; c < layout_block(group); c++)
                if (c < COLUMNS) {
                    gap = fmax(gap, fabs((double)block[c] - x[b][c].w));
                    size = fmax(size, fabs(x[b][c].w));
                } else {
                    pad = fmax(pad, fabs((double)block[c]));
                }
        }
    }
    CHECK_MSG(size > 0.3 && gap <= (sizeof(real) == 8 ? 1e-13 : 2e-5) * size, "%s {%s}%s: off by %g of %g",
              ops->name, book->keys, all ? ", all blocks" : "", gap, size);
    CHECK_MSG(pad == 0, "%s: padding became %g", ops->name, pad);
    ops->destroy(o);
    coalescer_free(s);
    memory_free(w);
    for (int k = 0; k < PAST; k++)
        memory_free(past[k]);
}

TEST(rules_are_their_formulas)
{
    for (size_t k = 0; optimizer_table[k]; k++) {
        const struct textbook *book = textbook_of(optimizer_table[k]->name);
        if (!CHECK_MSG(book != NULL, "%s: a reference is missing here", optimizer_table[k]->name))
            continue;
        for (; book < textbooks + sizeof textbooks / sizeof *textbooks; book++) {
            if (strcmp(book->name, optimizer_table[k]->name) != 0)
                continue;
            compare(optimizer_table[k], book, false);
            compare(optimizer_table[k], book, true);
        }
    }
}

/* An optimizer without needs_sum takes a block's share in parts as if it came at once. (One with needs_seen may do
 * so, too, as long as it is not told what was seen.) */
TEST(rules_that_take_parts_are_linear)
{
    struct layout l = {0};
    layout_add(&l, "one", 2, 1, COLUMNS, true);
    const uint32_t twice[] = {1, 1}, once[] = {1};
    _Alignas(64) real row[8] = {0.5, -1, 2, 4}, sum[8] = {1, -2, 4, 8};
    size_t linear = 0;
    for (size_t k = 0; optimizer_table[k]; k++) {
        struct bundle bundle;
        struct gradient g = {.bundle = &bundle, .capacity = 1};
        _Alignas(64) real w[2][32] = {0};
        for (int way = 0; way < 2; way++) {
            struct optimizer *o =
                rule_new(optimizer_table[k], textbook_of(optimizer_table[k]->name)->keys, &l);
            if (!o)
                return;
            g.count = 0;
            gradient_add(&g, 0, way ? 1 : 2, way ? once : twice, way ? sum : row);
            for (unsigned step = 0; step < 2 * PASS; step++)
                o->ops->step(o, w[way],
                             &(struct step){.bundles = &g, .blocks = &g, .length = 0.25, .number = step});
            o->ops->destroy(o);
        }
        bool same = memcmp(w[0], w[1], sizeof w[0]) == 0;
        CHECK_MSG(optimizer_table[k]->needs_seen || same == !optimizer_table[k]->needs_sum, "%s",
                  optimizer_table[k]->name);
        CHECK(optimizer_table[k]->needs_sum || !optimizer_table[k]->needs_seen);
        linear += same;
    }
    CHECK(linear > 0);
}

/* A worker's own copy is merged by what it has changed. So a step changes it by as much as it would change w, whatever
 * merges have brought to it. */
TEST(a_step_changes_a_copy_by_as_much_as_w)
{
    enum { SHIFT = 3 };
    struct layout l = {0};
    layout_add(&l, "one", 2, 1, COLUMNS, true);
    const uint32_t hot[] = {2}, id[] = {0, 1};
    for (size_t k = 0; optimizer_table[k]; k++) {
        _Alignas(64) real w[2][32] = {0}, row[8] = {0};
        const char *keys = textbook_of(optimizer_table[k]->name)->keys;
        struct optimizer *o[2] = {rule_new(optimizer_table[k], keys, &l),
                                  rule_new(optimizer_table[k], keys, &l)};
        struct rng r;
        rng_init(&r, 22, 0, 0);
        double gap = 0, size = 0;
        for (unsigned step = 0; o[0] && o[1] && step < PASS; step++) {
            struct bundle bundle[2];
            struct gradient g = {.bundle = bundle, .capacity = 2};
            for (int c = 0; c < COLUMNS; c++)
                row[c] = (real)rng_normal(&r);
            for (int b = 0; b < 2; b++)
                gradient_add(&g, 0, 1, id + b, row);
            const uint32_t samples[] = {1, 1};
            struct step s = {
                .bundles = &g, .blocks = &g, .samples = samples, .length = (real)0.05, .number = step};
            s.scale = s.scale_seen = 1;
            o[0]->ops->step(o[0], w[0], &s);
            s.local = w[1];
            s.hot = hot;
            o[1]->ops->step(o[1], NULL, &s); /* nothing is in w: all blocks are in the copy */
            for (int c = 0; c < COLUMNS && step == PASS / 2; c++)
                w[1][c] += SHIFT;
        }
        for (int c = 0; c < COLUMNS; c++) {
            gap = fmax(gap, fabs((double)(w[1][c] - w[0][c]) - SHIFT));
            size = fmax(size, fabs((double)w[0][c]));
        }
        CHECK_MSG(size > 0.01 && gap < (sizeof(real) == 8 ? 1e-12 : 1e-5), "%s: off by %g, of %g",
                  optimizer_table[k]->name, gap, size);
        for (int way = 0; way < 2; way++)
            if (o[way])
                o[way]->ops->destroy(o[way]);
    }
}

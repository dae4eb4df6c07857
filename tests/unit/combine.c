/* SPDX-License-Identifier: MIT
 *
 * Combined writes by hand, in one thread: two workers take turns, and what each wrote must be in w in the end, once.
 */
#include "lib/learn/combine.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { NODES = 40, ROWS = 6, STEPS = 400 };

static void lay_out(struct layout *l)
{
    memset(l, 0, sizeof *l);
    layout_add(l, "node", NODES, 1, 5, false);
    layout_add(l, "edge", 1, 5, 5, true);
    layout_add(l, "few", 3, 1, 9, false);
}

static void configure(struct combine *c, const struct layout *l, uint32_t blocks, uint32_t every,
                      uint32_t workers)
{
    static const struct key keys[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section sections[] = {{"engine", {combine_keys, keys}}, {NULL, {NULL}}};
    struct config *config = config_new();
    struct error e = {0};
    char text[96];
    snprintf(text, sizeof text, "engine: {combine: {blocks: %u, every: %u}}\n", blocks, every);
    CHECK_MSG(config_parse(config, text, strlen(text), "t", &e) && config_check(config, sections, &e), "%s",
              e.text);
    combine_init(c, config, l, workers);
    config_free(config);
}

/* A gradient of `ROWS` bundles of whole numbers, so that sums are exact. */
static void draw(struct rng *r, const struct layout *l, struct grad *g, uint32_t ids[ROWS][8],
                 real rows[ROWS][32])
{
    g->count = 0;
    for (int b = 0; b < ROWS; b++) {
        uint32_t group = (uint32_t)rng_below(r, l->ngroups), count = 0, id = 0;
        const struct group *to = &l->group[group];
        for (; count < 8 && (id += (uint32_t)rng_below(r, 6)) < to->count; id++)
            ids[b][count++] = id;
        memset(rows[b], 0, sizeof rows[b]);
        for (uint32_t y = 0; y < to->rows; y++)
            for (uint32_t x = 0; x < to->columns && y * to->stride + x < 32; x++)
                rows[b][y * to->stride + x] = (real)rng_below(r, 9) - 4;
        grad_add(g, group, count, ids[b], rows[b]);
    }
}

static void apply(const struct layout *l, const struct grad *g, real *w)
{
    for (size_t b = 0; b < g->count; b++) {
        const struct group *group = &l->group[g->bundle[b].group];
        size_t n = layout_block(group) < 32 ? layout_block(group) : 32;
        for (uint32_t k = 0; k < g->bundle[b].count; k++)
            for (size_t i = 0; i < n; i++)
                w[group->offset + g->bundle[b].id[k] * layout_block(group) + i] += g->bundle[b].row[i];
    }
}

TEST(nothing_is_lost_and_nothing_twice)
{
    static const uint32_t blocks[] = {1, 7, 39, 1000}, every[] = {1, 3, 50};
    struct layout l;
    struct rng r;
    lay_out(&l);
    rng_init(&r, 5, 0, 0);
    real *w = memory_lines(l.size, sizeof *w), *plain = memory_lines(l.size, sizeof *w);
    uint32_t ids[ROWS][8];
    real rows[ROWS][32];
    struct bundle bundle[ROWS];
    struct grad g = {bundle, 0, ROWS};
    for (size_t v = 0; v < sizeof blocks / sizeof *blocks * 3; v++) {
        struct combine c;
        struct kept k[2] = {{0}, {0}};
        configure(&c, &l, blocks[v / 3], every[v % 3], 2);
        CHECK(c.on && c.hot[1] == 1 && c.hot[0] == (blocks[v / 3] < NODES ? blocks[v / 3] : NODES));
        memset(w, 0, l.size * sizeof *w);
        memset(plain, 0, l.size * sizeof *w);
        for (int i = 0; i < 2; i++) {
            kept_init(&k[i], &c, ROWS);
            kept_load(&k[i], &c, w);
        }
        for (int step = 0; step < STEPS; step++) {
            struct kept *me = &k[rng_below(&r, 2)];
            draw(&r, &l, &g, ids, rows);
            apply(&l, &g, plain);
            kept_part(me, &c, &g);
            apply(&l, &me->hot, me->own);
            apply(&l, &me->cold, w);
            if (kept_due(me, &c))
                kept_flush(me, &c, w);
        }
        for (int i = 0; i < 2; i++)
            kept_flush(&k[i], &c, w);
        CHECK_MSG(memcmp(w, plain, l.size * sizeof *w) == 0, "%u blocks, every %u", blocks[v / 3],
                  every[v % 3]);
        for (int i = 0; i < 2; i++)
            kept_free(&k[i]);
    }
    memory_free(w);
    memory_free(plain);
}

TEST(a_gradient_is_parted_at_the_limit)
{
    struct layout l;
    struct combine c;
    struct kept k = {0};
    lay_out(&l);
    configure(&c, &l, 7, 16, 2);
    kept_init(&k, &c, 3);
    static const uint32_t ids[] = {0, 6, 7, 12}, none[] = {7}, edge[] = {0};
    static const real row[32] = {1};
    struct bundle bundle[3] = {{0, 4, ids, row}, {0, 1, none, row}, {1, 1, edge, row}};
    kept_part(&k, &c, &(struct grad){bundle, 3, 3});
    CHECK_INT(k.hot.count, 2);
    CHECK_INT(k.hot.bundle[0].count, 2);
    CHECK(k.hot.bundle[0].id == ids);
    CHECK_INT(k.hot.bundle[1].group, 1);
    CHECK_INT(k.cold.count, 2);
    CHECK_INT(k.cold.bundle[0].count, 2);
    CHECK(k.cold.bundle[0].id == ids + 2 && k.cold.bundle[1].id == none);
    kept_free(&k);
}

TEST(one_worker_combines_nothing)
{
    struct layout l;
    struct combine c;
    lay_out(&l);
    configure(&c, &l, 7, 16, 1);
    CHECK(!c.on);
    configure(&c, &l, 0, 16, 4);
    CHECK(!c.on);
}

/* SPDX-License-Identifier: MIT
 *
 * Combined writes by hand, in one thread: two workers take turns, and what each wrote must be in w in the end, once.
 */
#include "lib/learn/local_copies.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/learn/optimizer.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { NODES = 1400, ROWS = 6, STEPS = 400, WIDE = 5000 };

static void lay_out(struct layout *l)
{
    memset(l, 0, sizeof *l);
    layout_add(l, "node", NODES, 1, 5, false);
    layout_add(l, "edge", 1, 5, 5, true);
    layout_add(l, "few", 3, 1, 9, false);
}

/* The real of a group that is looked at: the first of a block. */
static size_t place(const struct layout *l, uint32_t group, uint32_t id)
{
    return l->group[group].offset + id * layout_block(&l->group[group]);
}

static void configure(struct local_copies *c, const struct layout *l, uint32_t blocks, uint32_t every,
                      uint32_t workers)
{
    static const struct key keys[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section sections[] = {{"engine", {local_copies_keys, keys}}, {NULL, {NULL}}};
    struct config *config = config_new();
    struct error e = {0};
    char text[128];
    snprintf(text, sizeof text, "engine: {combine: {mode: %s, blocks: %u, every: %u}}\n",
             blocks ? "fixed" : "auto", blocks ? blocks : 1, every);
    CHECK_MSG(config_parse(config, text, strlen(text), "t", &e) && config_check(config, sections, &e), "%s",
              e.text);
    local_copies_init(c, config, l, workers, 24);
    config_free(config);
}

/* A gradient of `ROWS` bundles of whole numbers, so that sums are exact. */
static void draw(struct rng *r, const struct layout *l, struct gradient *g, uint32_t ids[ROWS][8],
                 real rows[ROWS][32])
{
    g->count = 0;
    for (int b = 0; b < ROWS; b++) {
        uint32_t group = (uint32_t)rng_below(r, l->ngroups), count = 0, id = 0;
        const struct group *to = &l->group[group];
        for (; count < 8 && (id += (uint32_t)rng_below(r, 1 + to->count / 5)) < to->count; id++)
            ids[b][count++] = id;
        memset(rows[b], 0, sizeof rows[b]);
        for (uint32_t y = 0; y < to->rows; y++)
            for (uint32_t x = 0; x < to->columns && y * to->stride + x < 32; x++)
                rows[b][y * to->stride + x] = (real)rng_below(r, 9) - 4;
        gradient_add(g, group, count, ids[b], rows[b]);
    }
}

static void apply(const struct layout *l, const struct gradient *g, real *w, real *own, const uint32_t *hot)
{
    struct step s = {.local = own, .hot = hot};
    for (size_t b = 0; b < g->count; b++) {
        const struct group *group = &l->group[g->bundle[b].group];
        size_t n = layout_block(group) < 32 ? layout_block(group) : 32;
        for (uint32_t k = 0; k < g->bundle[b].count; k++) {
            real *block = step_block(&s, w, group, g->bundle[b].group, g->bundle[b].id[k]);
            for (size_t i = 0; i < n; i++)
                block[i] += g->bundle[b].row[i];
        }
    }
}

TEST(nothing_is_lost_and_nothing_twice)
{
    static const uint32_t blocks[] = {1, 300, 600, 5000}, every[] = {1, 3, 50};
    struct layout l;
    struct rng r;
    lay_out(&l);
    rng_init(&r, 5, 0, 0);
    real *w = memory_lines(l.size, sizeof *w), *plain = memory_lines(l.size, sizeof *w);
    uint32_t ids[ROWS][8];
    real rows[ROWS][32];
    struct bundle bundle[ROWS];
    struct gradient g = {.bundle = bundle, .capacity = ROWS};
    for (size_t v = 0; v < sizeof blocks / sizeof *blocks * 3; v++) {
        struct local_copies c;
        struct local_copy k[2] = {{0}, {0}};
        configure(&c, &l, blocks[v / 3], every[v % 3], 2);
        CHECK(c.on && c.hot[1] == 1 && c.hot[0] == (blocks[v / 3] < NODES ? blocks[v / 3] : NODES));
        memset(w, 0, l.size * sizeof *w);
        memset(plain, 0, l.size * sizeof *w);
        for (int i = 0; i < 2; i++) {
            local_copy_init(&k[i], &c);
            local_copy_load(&k[i], &c, w);
        }
        for (int step = 0; step < STEPS; step++) {
            struct local_copy *me = &k[rng_below(&r, 2)];
            draw(&r, &l, &g, ids, rows);
            apply(&l, &g, plain, NULL, NULL);
            apply(&l, &g, w, me->w, c.hot);
            local_copy_wrote(me, &c, w, 1);
        }
        for (int i = 0; i < 2; i++)
            local_copy_merge(&k[i], &c, w);
        CHECK_MSG(memcmp(w, plain, l.size * sizeof *w) == 0, "%u blocks, every %u", blocks[v / 3],
                  every[v % 3]);
        for (int i = 0; i < 2; i++)
            local_copy_free(&k[i]);
    }
    memory_free(w);
    memory_free(plain);
}

static const struct {
    uint32_t group, id, period; /* turns */
} looked_at[] = {{0, 0, 1},   {0, 31, 1},   {0, 32, 2},   {0, 63, 2}, {0, 64, 4}, {0, 127, 4}, {0, 128, 8},
                 {0, 255, 8}, {0, 256, 16}, {0, 511, 16}, {1, 0, 1},  {2, 2, 1},  {3, 0, 8},   {3, 1, 8}};
enum { LOOKED_AT = sizeof looked_at / sizeof *looked_at };

/* … with a universal group of two blocks that is large. */
static void lay_out_wide(struct layout *l)
{
    lay_out(l);
    layout_add(l, "wide", 2, 1, WIDE, true);
}

/* The last turn of a block up to a turn: of several, tiers come one after another. */
static uint32_t last_turn(uint32_t turn, uint32_t period)
{
    const uint32_t offset = period / 2;
    return turn < offset ? 0 : (turn - offset) / period * period + offset;
}

/* A worker that alone writes: which blocks have been brought? */
TEST(each_tier_has_its_turn)
{
    struct layout l;
    struct local_copies c;
    struct local_copy k = {0};
    lay_out_wide(&l);
    configure(&c, &l, 2000, 3, 2);
    local_copy_init(&k, &c);
    real *w = memory_lines(l.size, sizeof *w);
    local_copy_load(&k, &c, w);
    for (uint32_t sample = 1; sample <= 400; sample++) {
        for (size_t b = 0; b < LOOKED_AT; b++)
            k.w[place(&l, looked_at[b].group, looked_at[b].id)] = (real)sample;
        CHECK(local_copy_wrote(&k, &c, w, 1) == (sample % 3 == 0));
        for (size_t b = 0; b < LOOKED_AT; b++)
            CHECK_NEAR((double)w[place(&l, looked_at[b].group, looked_at[b].id)],
                       3 * last_turn(sample / 3, looked_at[b].period), 0);
    }
    local_copy_merge(&k, &c, w);
    for (size_t b = 0; b < LOOKED_AT; b++)
        CHECK_NEAR((double)w[place(&l, looked_at[b].group, looked_at[b].id)], 400, 0);
    memory_free(w);
    local_copy_free(&k);
}

/* One worker loses its core, and each of the others makes `samples` meanwhile. The first sample that it makes then
 * brings to it, of the blocks whose tier has had a turn, all that was merged: not only the hottest. */
static void stopped(uint32_t workers, uint32_t every, uint32_t samples)
{
    struct layout l;
    struct local_copies c;
    struct local_copy k[3] = {{0}, {0}, {0}};
    lay_out_wide(&l);
    configure(&c, &l, 2000, every, workers);
    real *w = memory_lines(l.size, sizeof *w);
    for (uint32_t i = 0; i < workers; i++) {
        local_copy_init(&k[i], &c);
        local_copy_load(&k[i], &c, w);
    }
    for (uint32_t sample = 1; sample <= samples; sample++)
        for (uint32_t i = 1; i < workers; i++) {
            for (size_t b = 0; b < LOOKED_AT; b++)
                k[i].w[place(&l, looked_at[b].group, looked_at[b].id)] += 1;
            local_copy_wrote(&k[i], &c, w, 1);
        }
    /* the others merge `every` samples at once, and one merge of each is no delay */
    const uint32_t missed = samples / every * every - every;
    CHECK(local_copy_wrote(&k[0], &c, w, 1) == (missed >= every || every == 1));
    for (size_t b = 0; b < LOOKED_AT; b++) {
        const size_t at = place(&l, looked_at[b].group, looked_at[b].id);
        const bool due = missed / every >= looked_at[b].period;
        if (due)
            CHECK_NEAR((double)k[0].w[at], (double)w[at], 0);
        if (looked_at[b].period == 1 && due)
            CHECK_NEAR((double)k[0].w[at], samples / every * every * (workers - 1), 0);
    }
    for (uint32_t i = 0; i < workers; i++)
        local_copy_free(&k[i]);
    memory_free(w);
}

TEST(who_lost_its_core_merges_before_it_goes_on)
{
    for (uint32_t workers = 2; workers <= 3; workers++)
        for (uint32_t every = 1; every <= 32; every *= 2)
            for (uint32_t turns = 1; turns <= 64; turns++)
                stopped(workers, every, turns * every);
}

/* Who finds another merging has all its turns later. */
TEST(turns_that_were_missed_are_made_up_for)
{
    struct layout l;
    struct local_copies c;
    struct local_copy k = {0};
    lay_out_wide(&l);
    configure(&c, &l, 2000, 2, 2);
    local_copy_init(&k, &c);
    real *w = memory_lines(l.size, sizeof *w);
    local_copy_load(&k, &c, w);
    atomic_flag_test_and_set(&c.busy);
    for (size_t b = 0; b < LOOKED_AT; b++)
        k.w[place(&l, looked_at[b].group, looked_at[b].id)] = 7;
    for (uint32_t sample = 1; sample < 32; sample++)
        CHECK(!local_copy_wrote(&k, &c, w, 1));
    atomic_flag_clear(&c.busy);
    CHECK(local_copy_wrote(&k, &c, w, 1));
    for (size_t b = 0; b < LOOKED_AT; b++) /* 16 turns at once */
        CHECK_NEAR((double)w[place(&l, looked_at[b].group, looked_at[b].id)],
                   last_turn(16, looked_at[b].period) ? 7 : 0, 0);
    memory_free(w);
    local_copy_free(&k);
}

/* One worker counts in all blocks and brings it; another loads meanwhile: it never finds two counts at once. */
TEST(no_copy_is_torn)
{
    struct layout l = {0};
    struct local_copies c;
    layout_add(&l, "node", 4000, 1, 16, false);
    configure(&c, &l, 4000, 1, 2);
    real *w = memory_lines(l.size, sizeof *w);
    const size_t last = 3999 * layout_block(&l.group[0]);
    struct local_copy k[2] = {{0}, {0}};
    atomic_bool loading = false, done = false;
    size_t torn = 0;
    for (int i = 0; i < 2; i++) {
        local_copy_init(&k[i], &c);
        local_copy_load(&k[i], &c, w);
    }
#pragma omp parallel for num_threads(2) schedule(static, 1) reduction(+ : torn)
    for (int i = 0; i < 2; i++)
        if (i == 0) {
            for (int turn = 0; turn < 100 || (!loading && turn < 100000); turn++) {
                for (size_t j = 0; j < l.size; j++)
                    k[0].w[j] += 1;
                local_copy_merge(&k[0], &c, w);
            }
            done = true;
        } else {
            do {
                local_copy_load(&k[1], &c, w);
                loading = true;
                torn += k[1].w[0] != k[1].w[last] || k[1].w[0] != k[1].base[last / 2];
            } while (!done);
        }
    CHECK_INT(torn, 0);
    for (int i = 0; i < 2; i++)
        local_copy_free(&k[i]);
    memory_free(w);
}

/* Turns go by samples, though a step may be made of several. */
TEST(a_step_of_several_samples_counts_them_all)
{
    struct layout l;
    struct local_copies c;
    struct local_copy k = {0};
    lay_out(&l);
    configure(&c, &l, 2000, 10, 2);
    local_copy_init(&k, &c);
    real *w = memory_lines(l.size, sizeof *w);
    local_copy_load(&k, &c, w);
    for (unsigned step = 1; step <= 9; step++)
        CHECK(local_copy_wrote(&k, &c, w, 4) == (step % 3 == 0));
    memory_free(w);
    local_copy_free(&k);
}

/* By cache and sentences: something of every group, not more than there is; longer sentences, shorter turns. */
TEST(the_automatic_choice_fits)
{
    struct layout l;
    struct local_copies c;
    lay_out(&l);
    layout_add(&l, "huge", 4000000, 1, 500, false);
    configure(&c, &l, 0, 1, 2);
    CHECK(c.on && c.every == 4 && c.hot[1] == 1 && c.hot[2] == 3);
    CHECK(c.hot[0] >= 256 && c.hot[0] <= NODES && c.hot[3] >= 256 && c.hot[3] < 4000000);
}

/* From three quarters of the last epoch on: then all is merged, unless another is at it; and it is left until copies
 * are loaded. */
TEST(copies_are_left_at_the_end)
{
    struct layout l;
    struct local_copies c;
    struct local_copy k = {0};
    lay_out(&l);
    configure(&c, &l, 2000, 1000, 2);
    local_copy_init(&k, &c);
    real *w = memory_lines(l.size, sizeof *w);
    const size_t at = place(&l, 0, 1300);
    local_copies_begin(&c, 41, false);
    local_copy_load(&k, &c, w);
    CHECK(!local_copy_leave(&k, &c, w, 40));
    local_copies_begin(&c, 41, true);
    k.w[at] = 7;
    CHECK(!local_copy_leave(&k, &c, w, 30) && w[at] == 0);
    atomic_flag_test_and_set(&c.busy);
    CHECK(!local_copy_leave(&k, &c, w, 31) && local_copy_weights(&k) == k.w);
    atomic_flag_clear(&c.busy);
    CHECK(local_copy_leave(&k, &c, w, 31) && w[at] == 7 && local_copy_weights(&k) == NULL);
    CHECK(!local_copy_leave(&k, &c, w, 32) && local_copy_wrote(&k, &c, w, 1));
    CHECK(!atomic_flag_test_and_set(&c.busy)); /* nobody has kept it */
    atomic_flag_clear(&c.busy);
    k.w[at] = 8;
    local_copy_merge(&k, &c, w); /* nothing is left to be merged */
    CHECK(w[at] == 7);
    local_copy_load(&k, &c, w);
    CHECK(local_copy_weights(&k) == k.w && k.w[at] == 7);
    memory_free(w);
    local_copy_free(&k);
}

TEST(one_worker_combines_nothing)
{
    struct layout l;
    struct local_copies c;
    lay_out(&l);
    configure(&c, &l, 7, 16, 1);
    CHECK(!c.on);
    configure(&c, &l, 7, 16, 4);
    CHECK(c.on);
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/coalescer.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <string.h>

enum { GROUPS = 3, BUNDLES = 12, IDS = 6 };

/* Narrow and wide blocks, one of several rows; few blocks, so that they meet. */
static struct layout small(void)
{
    struct layout l = {0};
    layout_add(&l, "narrow", 9, 1, 5, false);
    layout_add(&l, "matrix", 1, 3, 3, true);
    layout_add(&l, "wide", 7, 1, 40, false);
    return l;
}

struct made {
    struct bundle bundle[BUNDLES];
    uint32_t id[BUNDLES][IDS];
    real row[BUNDLES][64];
};

static struct gradient draw(struct made *m, const struct layout *l, struct rng *r)
{
    struct gradient g = {.bundle = m->bundle, .capacity = BUNDLES};
    uint32_t count = (uint32_t)rng_below(r, BUNDLES + 1);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t group = (uint32_t)rng_below(r, GROUPS), n = 1 + (uint32_t)rng_below(r, IDS);
        for (uint32_t i = 0; i < n; i++)
            m->id[k][i] = (uint32_t)rng_below(r, l->group[group].count);
        for (size_t i = 0; i < layout_block(&l->group[group]); i++)
            m->row[k][i] = (real)rng_normal(r);
        gradient_add(&g, group, n, m->id[k], m->row[k]);
    }
    return g;
}

/* The dense gradient, added in the order of the bundles: the same additions, so the same bits. */
static void dense(const struct layout *l, const struct gradient *g, real *out)
{
    memset(out, 0, l->size * sizeof *out);
    for (size_t k = 0; k < g->count; k++)
        for (uint32_t i = 0; i < g->bundle[k].count; i++) {
            const struct group *group = &l->group[g->bundle[k].group];
            for (size_t c = 0; c < layout_block(group); c++)
                out[group->offset + g->bundle[k].id[i] * layout_block(group) + c] += g->bundle[k].row[c];
        }
}

TEST(each_block_once_with_its_sum)
{
    struct layout l = small();
    struct coalescer *s = coalescer_new(&l);
    struct rng r;
    rng_init(&r, 5, 0, 0);
    real *want = memory_new(l.size, sizeof *want), *got = memory_new(l.size, sizeof *got);
    size_t wrong = 0, twice = 0, order = 0, summed = 0, touched = 0;
    for (int round = 0; round < 2000; round++) {
        struct made m;
        struct gradient g = draw(&m, &l, &r);
        dense(&l, &g, want);
        const struct gradient *sum = coalescer_sum(s, &g);
        memset(got, 0, l.size * sizeof *got);
        bool seen[32] = {false};
        for (size_t k = 0; k < sum->count; k++) {
            const struct bundle *b = &sum->bundle[k];
            const struct group *group = &l.group[b->group];
            CHECK_INT(b->count, 1);
            twice += seen[group->first + b->id[0]];
            seen[group->first + b->id[0]] = true;
            memcpy(got + group->offset + b->id[0] * layout_block(group), b->row,
                   layout_block(group) * sizeof(real));
        }
        wrong += memcmp(got, want, l.size * sizeof *got) != 0;
        /* every touched block is there, in the order in which they first came */
        size_t at = 0;
        bool met[32] = {false};
        for (size_t k = 0; k < g.count; k++)
            for (uint32_t i = 0; i < g.bundle[k].count; i++) {
                uint32_t block = l.group[g.bundle[k].group].first + g.bundle[k].id[i];
                summed += met[block];
                if (met[block])
                    continue;
                met[block] = true;
                touched++;
                order += at >= sum->count || sum->bundle[at].group != g.bundle[k].group ||
                         sum->bundle[at].id[0] != g.bundle[k].id[i];
                at++;
            }
        order += at != sum->count;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(twice, 0);
    CHECK_INT(order, 0);
    CHECK(summed > 1000 && touched > 1000); /* that there was something to get wrong */
    memory_free(want);
    memory_free(got);
    coalescer_free(s);
}

/* Several gradients as one, times a factor; of each block, how many of them have it, however often. */
TEST(sums_of_samples_know_how_many_have_a_block)
{
    enum { MOST = 5 };
    struct layout l = small();
    struct coalescer *s = coalescer_new(&l), *one = coalescer_new(&l);
    struct rng r;
    rng_init(&r, 8, 0, 0);
    CHECK(coalescer_samples(s) == NULL);
    coalescer_count_samples(s), coalescer_count_samples(one);
    double *want = memory_new(l.size, sizeof *want);
    size_t wrong = 0, several = 0, fewer = 0;
    for (int round = 0; round < 500; round++) {
        const uint32_t samples = 1 + (uint32_t)rng_below(&r, MOST);
        const real factor = round % 2 ? 1 : 1 / (real)samples;
        static struct made m[MOST];
        static struct bundle joint[MOST * BUNDLES];
        struct gradient all = {.bundle = joint, .capacity = MOST * BUNDLES};
        uint32_t have[32] = {0};
        const struct gradient *sum = NULL;
        memset(want, 0, l.size * sizeof *want);
        coalescer_begin(s);
        for (uint32_t z = 0; z < samples; z++) {
            const struct gradient g = draw(&m[z], &l, &r);
            bool has[32] = {false};
            for (size_t k = 0; k < g.count; k++) {
                const struct bundle *b = &g.bundle[k];
                const struct group *group = &l.group[b->group];
                for (uint32_t i = 0; i < b->count; i++) {
                    has[group->first + b->id[i]] = true;
                    for (size_t c = 0; c < layout_block(group); c++)
                        want[group->offset + b->id[i] * layout_block(group) + c] +=
                            (double)factor * (double)b->row[c];
                }
                all.bundle[all.count] = *b;
                all.bundle[all.count++].sample = z;
            }
            for (uint32_t b = 0; b < l.nblocks; b++)
                have[b] += has[b];
            sum = coalescer_add(s, &g, factor);
        }
        for (int way = 0; way < 2; way++) { /* one after another, and as one gradient */
            const struct gradient *got = way ? coalescer_scaled_sum(one, &all, factor) : sum;
            const uint32_t *counted = coalescer_samples(way ? one : s);
            uint32_t blocks = 0;
            for (size_t k = 0; k < got->count; k++) {
                const struct bundle *b = &got->bundle[k];
                const struct group *group = &l.group[b->group];
                const uint32_t due = have[group->first + b->id[0]];
                wrong += counted[k] != due;
                several += due > 1;
                fewer += due < samples;
                for (size_t c = 0; c < layout_block(group); c++) {
                    double is = (double)b->row[c];
                    double ought = want[group->offset + b->id[0] * layout_block(group) + c];
                    wrong += !(is - ought < 1e-4 && ought - is < 1e-4);
                }
                blocks++;
            }
            for (uint32_t b = 0; b < l.nblocks; b++)
                blocks -= have[b] > 0;
            wrong += blocks != 0;
        }
    }
    CHECK_INT(wrong, 0);
    CHECK(several > 1000 && fewer > 1000);
    memory_free(want);
    coalescer_free(s);
    coalescer_free(one);
}

/* A row that needs no adding is not copied; the gradient's own rows are never written. */
TEST(rows_that_stand_alone_stay_where_they_are)
{
    struct layout l = small();
    struct coalescer *s = coalescer_new(&l);
    real row[2][8] = {{1, 2, 3, 4, 5}, {10, 20, 30, 40, 50}};
    const uint32_t first[] = {3, 7}, second[] = {7, 8, 7};
    struct bundle bundle[2];
    struct gradient g = {.bundle = bundle, .capacity = 2};
    gradient_add(&g, 0, 2, first, row[0]);
    gradient_add(&g, 0, 3, second, row[1]);
    const struct gradient *sum = coalescer_sum(s, &g);
    if (!CHECK_INT(sum->count, 3))
        return;
    CHECK(sum->bundle[0].row == row[0] && sum->bundle[2].row == row[1]);
    CHECK_INT(sum->bundle[0].id[0], 3);
    CHECK_INT(sum->bundle[1].id[0], 7);
    CHECK_INT(sum->bundle[2].id[0], 8);
    CHECK_NEAR((double)sum->bundle[1].row[4], 105, 0);
    CHECK_NEAR((double)sum->bundle[1].row[5], 0, 0); /* padding */
    CHECK_NEAR((double)row[0][4], 5, 0);
    CHECK_NEAR((double)row[1][4], 50, 0);
    coalescer_free(s);
    coalescer_free(NULL);
}

/* Without rows: the blocks alone; and where each of them stands, whatever was summed before. */
TEST(places_of_blocks)
{
    struct layout l = small();
    struct coalescer *s = coalescer_new(&l);
    real row[8] = {0};
    const uint32_t first[] = {3, 7}, second[] = {0}, third[] = {7, 8, 7};
    struct bundle bundle[3];
    struct gradient g = {.bundle = bundle, .capacity = 3};
    CHECK_INT(coalescer_find(s, 0, 0), COALESCER_NONE);
    gradient_add(&g, 0, 2, first, NULL);
    gradient_add(&g, 2, 1, second, NULL);
    gradient_add(&g, 0, 3, third, NULL);
    const struct gradient *touched = coalescer_list(s, &g);
    CHECK_INT(touched->count, 4);
    CHECK(touched->bundle[3].id[0] == 8 && touched->bundle[3].count == 1 && !touched->bundle[3].row);
    CHECK_INT(coalescer_find(s, 0, 3), 0);
    CHECK_INT(coalescer_find(s, 0, 7), 1);
    CHECK_INT(coalescer_find(s, 2, 0), 2);
    CHECK_INT(coalescer_find(s, 0, 8), 3);
    CHECK_INT(coalescer_find(s, 0, 0), COALESCER_NONE);
    CHECK_INT(coalescer_find(s, 1, 0), COALESCER_NONE);
    g.count = 0;
    gradient_add(&g, 0, 3, third, row);
    coalescer_sum(s, &g);
    CHECK_INT(coalescer_find(s, 0, 7), 0);
    CHECK_INT(coalescer_find(s, 0, 8), 1);
    CHECK_INT(coalescer_find(s, 0, 3), COALESCER_NONE);
    CHECK_INT(coalescer_find(s, 2, 0), COALESCER_NONE);
    coalescer_free(s);
}

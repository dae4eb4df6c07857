/* SPDX-License-Identifier: MIT */
#include "lib/num/layout.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>

TEST(layout_by_hand)
{
    struct layout l = {0};
    const size_t line = 64 / sizeof(real);
    CHECK_INT(layout_add(&l, "node", 3, 1, 5, false), 0);
    CHECK_INT(layout_add(&l, "edge", 1, 5, 5, true), 1);
    CHECK_INT(layout_add(&l, "none", 0, 2, 9, false), 2);
    CHECK_INT(layout_add(&l, "rich", 2, 2, 8, false), 3);
    CHECK_INT(l.ngroups, 4);
    CHECK_INT(l.nblocks, 6);
    CHECK_INT(l.group[0].stride, 8);
    CHECK_INT(l.group[2].stride, 16);
    CHECK_INT(l.group[3].stride, 8);
    CHECK_INT(layout_block(&l.group[0]), 8);
    CHECK_INT(layout_block(&l.group[1]), 40);
    CHECK_INT(l.group[0].offset, 0);
    CHECK_INT(l.group[1].offset, (24 + line - 1) / line * line);
    CHECK_INT(l.group[2].first, 4);
    CHECK_INT(l.group[3].first, 4);
    CHECK_STR(l.group[1].name, "edge");
    CHECK(l.group[1].universal && !l.group[0].universal && !l.group[3].universal);
}

/* No block shares a real with another, none is left out of its group, groups do not share cache lines. */
TEST(blocks_do_not_overlap)
{
    struct rng r;
    rng_init(&r, 51, 0, 0);
    for (int turn = 0; turn < 2000; turn++) {
        struct layout l = {0};
        uint32_t ngroups = 1 + (uint32_t)rng_below(&r, LAYOUT_GROUPS), blocks = 0;
        size_t end = 0, wrong = 0;
        for (uint32_t k = 0; k < ngroups; k++) {
            uint32_t count = (uint32_t)rng_below(&r, 9), rows = 1 + (uint32_t)rng_below(&r, 4),
                     columns = 1 + (uint32_t)rng_below(&r, 40);
            bool universal = rng_below(&r, 2);
            size_t before = l.size;
            wrong += layout_add(&l, "group", count, rows, columns, universal) != k;
            const struct group *g = &l.group[k];
            wrong += g->count != count || g->rows != rows || g->columns != columns;
            wrong += g->universal != universal;
            uint32_t unit = columns > REAL_WIDE ? 2 * REAL_LANES : REAL_LANES;
            wrong += g->stride < columns || g->stride >= columns + unit || g->stride % unit;
            wrong += g->offset * sizeof(real) % 64 != 0 || g->offset < end || g->offset < before;
            wrong += g->first != blocks;
            blocks += count;
            end = g->offset + (size_t)count * rows * g->stride;
            wrong += l.nblocks != blocks || l.size < end || l.size >= end + 64;
        }
        if (!CHECK_MSG(wrong == 0, "turn %d", turn))
            return;
    }
}

/* More than 2^32 reals: counts are 32 bits wide, places are not. */
TEST(layouts_beyond_four_billion)
{
    struct layout l = {0};
    layout_add(&l, "big", 300000000, 45, 45, false);
    layout_add(&l, "next", 1, 1, 1, false);
    CHECK(l.group[1].offset == (size_t)300000000 * 45 * 48);
    CHECK_INT(l.nblocks, 300000001);
}

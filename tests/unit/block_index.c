/* SPDX-License-Identifier: MIT */
#include "lib/num/block_index.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <string.h>

TEST(places_are_given_in_order)
{
    struct block_index p;
    block_index_init(&p, 8);
    block_index_clear(&p, 8);
    static const uint32_t block[] = {70, 3, 70, 0, UINT32_MAX, 3, 0}, want[] = {0, 1, 0, 2, 3, 1, 2};
    for (size_t k = 0; k < 7; k++)
        CHECK_INT(block_index_find(&p, block[k]), want[k]);
    CHECK_INT(p.count, 4);
    block_index_clear(&p, 1); /* nothing is left, and a smaller part of the table will do */
    CHECK_INT(p.count, 0);
    CHECK_INT(block_index_find(&p, 3), 0);
    CHECK_INT(block_index_find(&p, 3), 0);
    CHECK_INT(p.count, 1);
    block_index_free(&p);
}

/* Against a mark for every block; the table as full as it may be, and stamps that come round. */
TEST(places_are_those_of_marks)
{
    enum { BLOCKS = 1000, MOST = 200 };
    struct block_index p;
    struct rng r;
    block_index_init(&p, MOST);
    rng_init(&r, 31, 0, 0);
    for (int sample = 0; sample < 2000; sample++) {
        uint32_t mark[BLOCKS], given = 0, most = 1 + (uint32_t)rng_below(&r, MOST);
        memset(mark, 0xFF, sizeof mark);
        if (sample == 1000)
            p.stamp = UINT32_MAX - 3;
        block_index_clear(&p, most);
        for (uint32_t k = 0; k < most; k++) {
            uint32_t b = (uint32_t)rng_below(&r, 1 + rng_below(&r, BLOCKS));
            if (mark[b] == UINT32_MAX)
                mark[b] = given++;
            uint32_t place = block_index_find(&p, b * 4096);
            if (!CHECK_MSG(place == mark[b], "sample %d", sample))
                return;
        }
        CHECK_INT(p.count, given);
    }
    block_index_free(&p);
}

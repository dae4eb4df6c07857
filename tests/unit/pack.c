/* SPDX-License-Identifier: MIT */
#include "models/bilstm/pack.h"

#include "tests/test.h"

enum { COUNT = 7, ROWS = 15 };

static const uint32_t length[COUNT] = {3, 0, 5, 3, 1, 0, 3}, order[COUNT] = {2, 0, 3, 6, 4, 1, 5};

/* Every row is some sequence's element, and no two elements have the same row. */
static void check_rows(const struct pack *p)
{
    bool used[ROWS] = {false};
    CHECK_INT(p->n, ROWS);
    CHECK_INT(p->count, COUNT);
    CHECK_INT(p->steps, 5);
    for (uint32_t k = 0; k < COUNT; k++) {
        CHECK_INT(p->order[k], order[k]);
        CHECK_INT(p->length[k], length[order[k]]);
        for (uint32_t t = 0; t < p->length[k]; t++) {
            const uint32_t row = pack_row(p, k, t);
            CHECK(row < ROWS && !used[row]);
            used[row] = true;
        }
    }
}

TEST(pack_side_by_side)
{
    static const uint32_t active[] = {5, 4, 4, 1, 1, 0}, offset[] = {0, 5, 9, 13, 14};
    struct pack p;
    pack_init(&p, ROWS, COUNT);
    for (int again = 0; again < 2; again++) { /* nothing remains of the pack before */
        pack_one(&p, ROWS);
        pack_many(&p, length, COUNT, true);
        check_rows(&p);
        for (uint32_t step = 0; step <= p.steps; step++)
            CHECK_INT(p.active[step], active[step]);
        for (uint32_t step = 0; step < p.steps; step++)
            CHECK_INT(p.offset[step], offset[step]);
    }
    pack_free(&p);
}

TEST(pack_one_by_one)
{
    static const uint32_t first[COUNT] = {0, 5, 8, 11, 14, 15, 15};
    struct pack p;
    pack_init(&p, ROWS, COUNT);
    pack_many(&p, length, COUNT, false);
    check_rows(&p);
    for (uint32_t k = 0; k < COUNT; k++)
        CHECK_INT(p.first[k], first[k]);
    pack_one(&p, 4);
    CHECK_INT(p.n, 4);
    CHECK_INT(pack_row(&p, 0, 3), 3);
    pack_free(&p);
}

TEST(pack_of_empty_sequences)
{
    static const uint32_t none[2] = {0, 0};
    struct pack p;
    pack_init(&p, 0, 2);
    for (int side_by_side = 0; side_by_side < 2; side_by_side++) {
        pack_many(&p, none, 2, side_by_side);
        CHECK_INT(p.n, 0);
        CHECK_INT(p.steps, 0);
        CHECK_INT(p.active[0], 0);
    }
    pack_free(&p);
}

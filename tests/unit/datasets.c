/* SPDX-License-Identifier: MIT */
#include "tests/unit/datasets.h"

#include <string.h>

const char *const datasets_columns[4] = {"c0", "c1", "c2", "c3"};

bool datasets_equal(const uint32_t *a, const uint32_t *b, size_t n)
{
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

bool datasets_same(const struct dataset *a, const struct dataset *b)
{
    return a->tokens == b->tokens && a->count == b->count && a->longest.tokens == b->longest.tokens &&
           datasets_equal(a->first, b->first, a->count + 1) &&
           datasets_equal(a->start, b->start, a->tokens + 1) &&
           datasets_equal(a->edge_start, b->edge_start, a->tokens + 1) &&
           datasets_equal(a->node, b->node, a->start[a->tokens]) &&
           datasets_equal(a->edge, b->edge, a->edge_start[a->tokens]);
}

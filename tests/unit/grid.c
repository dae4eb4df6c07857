/* SPDX-License-Identifier: MIT */
#include "lib/train/grid.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct grid *grid_of(const char *const *operand, size_t n)
{
    struct grid *g = grid_new();
    struct error e = {0};
    for (size_t k = 0; k < n; k++)
        CHECK_MSG(grid_add(g, operand[k], &e), "%s", e.text);
    return g;
}

static void check_point(char **point, const char *first, const char *second)
{
    CHECK_STR(point[0], first);
    CHECK_STR(point[1], second);
    memory_free(point[0]);
    memory_free(point[1]);
}

TEST(all_combinations)
{
    static const char *const said[] = {"a.b=1,[x, 'y,]', z],\"q,r\"", "a.c=only", "a.d=log(1e-4,1e-1,4)",
                                       "a.e=", "a.f='one, value'"};
    struct grid *g = grid_of(said, 5);
    struct error e = {0};
    char *point[2];
    size_t count;
    CHECK_INT(grid_keys(g), 2);
    CHECK_INT(grid_fixed(g), 3);
    CHECK_STR(grid_assignment(g, 0), "a.c=only");
    CHECK_STR(grid_assignment(g, 1), "a.e=");
    CHECK_STR(grid_assignment(g, 2), "a.f='one, value'");
    CHECK(grid_count(g, &count, &e) && count == 12);
    grid_point(g, 0, point);
    check_point(point, "a.b=1", "a.d=0.0001");
    grid_point(g, 1, point);
    check_point(point, "a.b=1", "a.d=0.001");
    grid_point(g, 6, point);
    check_point(point, "a.b=[x, 'y,]', z]", "a.d=0.01");
    grid_point(g, 11, point);
    check_point(point, "a.b=\"q,r\"", "a.d=0.1");
    grid_free(g);
}

/* Of 400 draws a quarter falls into each quarter of the range, in its logarithm: 100, with a deviation of 8.7. */
TEST(draws)
{
    static const char *const said[] = {"a.rate=log(1e-4,1)", "a.size=int(3,6)"};
    struct grid *g = grid_of(said, 2);
    struct error e = {0};
    char *point[2], *again[2];
    size_t count, quarter[4] = {0}, size[4] = {0};
    CHECK(!grid_count(g, &count, &e) && e.kind == ERROR_USAGE && strstr(e.text, "'a.rate'"));
    for (size_t k = 0; k < 400; k++) {
        grid_draw(g, 5, k, point);
        grid_draw(g, 5, k, again);
        CHECK_STR(again[0], point[0]);
        const double rate = atof(point[0] + strlen("a.rate="));
        const int s = atoi(point[1] + strlen("a.size="));
        if (!CHECK(rate >= 1e-4 && rate <= 1 && s >= 3 && s <= 6))
            return;
        quarter[rate < 1e-3 ? 0 : rate < 1e-2 ? 1 : rate < .1 ? 2 : 3]++;
        size[s - 3]++;
        for (int i = 0; i < 2; i++) {
            memory_free(point[i]);
            memory_free(again[i]);
        }
    }
    for (int k = 0; k < 4; k++) {
        CHECK_NEAR((double)quarter[k], 100, 5 * 8.7);
        CHECK_NEAR((double)size[k], 100, 5 * 8.7);
    }
    grid_draw(g, 6, 0, again);
    grid_draw(g, 5, 0, point);
    CHECK(strcmp(again[0], point[0]) != 0);
    for (int i = 0; i < 2; i++) {
        memory_free(point[i]);
        memory_free(again[i]);
    }
    grid_free(g);
}

TEST(what_is_no_search_space)
{
    static const char *const bad[] = {
        "a.b=1,,2",       "a.b=,1",           "a.b=1,",           "a.b=1,2,1",
        "a.b=log(0,1)",   "a.b=log(1)",       "a.b=log(1,2",      "a.b=log(2,1)",
        "a.b=lin(1,2,1)", "a.b=lin(1,2,2.5)", "a.b=lin(1,2,3,4)", "a.b=lin(a,2)",
        "a.b=int(1.5,2)", "a.b=lin(1,2)x",    "a.b=log(1,inf)",   "a.b=lin(1,2,99999)"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct grid *g = grid_new();
        struct error e = {0};
        CHECK_MSG(!grid_add(g, bad[k], &e) && e.kind == ERROR_USAGE && strstr(e.text, bad[k]), "%s", bad[k]);
        grid_free(g);
    }
    static const char *const twice[] = {"a.b=1,2", "a.c=1"};
    struct grid *g = grid_of(twice, 2);
    struct error e = {0};
    CHECK(!grid_add(g, "a.b=3", &e) && !grid_add(g, "a.c=1,2", &e));
    CHECK(grid_add(g, "a.bc=3", &e));
    grid_free(g);
}

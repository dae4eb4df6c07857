/* SPDX-License-Identifier: MIT
 *
 * What a benchmark makes of its runs, with runs made by hand.
 */
#include "lib/base/cpu.h"
#include "lib/train/benchreport.h"
#include "lib/train/latency.h"

#include "tests/test.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct benchmark_case cases[] = {{.mode = "sequential", .threads = 1},
                                              {.mode = "own", .threads = 3}};

/* Four repeats; `own` diverges once, and reaches the goal twice. */
static struct benchmark_run runs[] = {
    {.speed = 1e6, .speedup = 1, .score = 90, .goal = 2, .latency = NAN},
    {.speed = 3e6,
     .speedup = 3,
     .error_rate = 50,
     .error_rate_least = 30,
     .at_most = true,
     .delay = 1.5,
     .score = 89,
     .goal = 0.5,
     .latency = 30e-9},
    {.speed = 2e6, .speedup = 1, .score = 90.2, .goal = 3, .latency = NAN},
    {.diverged = true,
     .speed = NAN,
     .speedup = NAN,
     .error_rate = NAN,
     .error_rate_least = NAN,
     .delay = NAN,
     .score = NAN,
     .goal = NAN,
     .latency = NAN},
    {.speed = 4e6, .speedup = 1, .score = 92, .goal = 1, .latency = NAN},
    {.speed = 4e6,
     .speedup = 1,
     .error_rate = 70,
     .error_rate_least = 60,
     .delay = 2.5,
     .score = 88.75,
     .goal = NAN,
     .latency = 40e-9},
    {.speed = 2.5e6, .speedup = 1, .score = 93, .goal = 2, .latency = NAN},
    {.speed = 5e6,
     .speedup = 2,
     .error_rate = 55,
     .error_rate_least = 40,
     .delay = 2,
     .score = 87,
     .goal = 1,
     .latency = NAN},
};

static struct benchmark made(struct trainer *t, double goal)
{
    t->corpus.task = CORPUS_CHUNKING;
    t->test = (struct dataset *)(void *)t; /* there is one */
    return (struct benchmark){
        .cases = cases, .ncases = 2, .repeats = 4, .goal = goal, .trainer = t, .part = t->test, .run = runs};
}

static void check(const struct benchmark *b, uint32_t which, size_t figure, double median, double least,
                  double most, uint32_t count)
{
    struct benchmark_spread s = benchmark_spread(b, which, figure);
    CHECK_NEAR(s.median, median, 0);
    CHECK_NEAR(s.least, least, 0);
    CHECK_NEAR(s.most, most, 0);
    CHECK_INT(s.count, count);
}

TEST(median_and_range_over_the_repeats_that_count)
{
    struct trainer t = {0};
    struct benchmark b = made(&t, NAN);
    check(&b, 0, offsetof(struct benchmark_run, speed), 2.25e6, 1e6, 4e6, 4);
    check(&b, 0, offsetof(struct benchmark_run, goal), 2, 1, 3, 4);
    check(&b, 1, offsetof(struct benchmark_run, speed), 4e6, 3e6, 5e6, 3);
    check(&b, 1, offsetof(struct benchmark_run, delay), 2, 1.5, 2.5, 3);
    check(&b, 1, offsetof(struct benchmark_run, goal), 0.75, 0.5, 1, 2);
    /* 90, 90.2, 92, 93: squares of what is off the mean, 91.3, are 1.69 + 1.21 + 0.49 + 2.89 = 6.28 */
    CHECK_NEAR(benchmark_spread(&b, 0, offsetof(struct benchmark_run, score)).deviation, sqrt(6.28 / 3),
               1e-12);
    CHECK_INT(benchmark_diverged(&b, 0), 0);
    CHECK_INT(benchmark_diverged(&b, 1), 1);
    b.repeats = 1;
    b.run = runs + 3; /* nothing but a run that diverged */
    CHECK(benchmark_spread(&b, 0, offsetof(struct benchmark_run, score)).count == 0);
    CHECK(isnan(benchmark_spread(&b, 0, offsetof(struct benchmark_run, score)).median));
}

TEST(a_table_for_a_person)
{
    struct trainer t = {0};
    struct benchmark b = made(&t, 91.5);
    char text[2048] = "";
    FILE *f = fmemopen(text, sizeof text, "w");
    benchreport_print(&b, f);
    fclose(f);
    CHECK_STR(
        text,
        "| mode | threads | M tokens/s | speed-up over sequential | errors % | delay | test F1 | s to F1 "
        "91.5 | "
        "reached |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| sequential | 1 | 2.250 (1.000 - 4.000) | 1.00 (1.00 - 1.00) | 0.0 (0.0 - 0.0) | 0.00 (0.00 - "
        "0.00) | "
        "91.30 ± 1.45 (90.00 - 93.00) | 2.000 (1.000 - 3.000) | 4 of 4 |\n"
        "| own | 3 | 4.000 (3.000 - 5.000) | 2.00 (1.00 - 3.00) | 40.0-55.0 (30.0 - 70.0) | 2.00 (1.50 - "
        "2.50) "
        "| "
        "88.25 ± 1.09 (87.00 - 89.00) | 0.750 (0.500 - 1.000) | 2 of 4 |\n"
        "\n4 repeats, runs take turns; median (least - most), of scores the mean ± standard deviation; "
        "speed is that of the median epoch but the first\n"
        "3 threads: a cache line takes 35 ns (30 - 40) from core to core\n"
        "own, threads 3: 1 of 4 runs diverged and do not count\n");
}

/* One thread has nobody to pass a line to, and more threads than processors wait for these. */
TEST(a_latency_wants_a_core_a_thread)
{
    const uint32_t cores = (uint32_t)cpu_count();
    CHECK(isnan(latency_measure(1, true)));
    CHECK(isnan(latency_measure(cores + 1, true)));
    for (uint32_t k = 0; k < 6 && k / 2 + 2 <= cores; k++) {
        const double seconds = latency_measure(k / 2 + 2, k % 2);
        CHECK(isnan(seconds) || (seconds > 0 && seconds < 1)); /* NAN: others have the cores */
    }
}

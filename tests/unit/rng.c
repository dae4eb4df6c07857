/* SPDX-License-Identifier: MIT */
#include "lib/base/rng.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

TEST(first_numbers_of_xoshiro256)
{
    struct rng r = {{1, 2, 3, 4}}; /* the reference implementation of Blackman and Vigna */
    static const uint64_t want[] = {11520u, 0u, 1509978240u, 1215971899390074240u};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        CHECK(rng_bits(&r) == want[k]);
}

/* The linear engine by its definition, from another state. */
TEST(a_million_steps_by_the_definition)
{
    struct rng r = {{0x0123456789ABCDEFu, 42, UINT64_MAX, 1u << 31}};
    uint64_t s0 = r.s[0], s1 = r.s[1], s2 = r.s[2], s3 = r.s[3];
    unsigned long wrong = 0;
    for (int k = 0; k < 1000000; k++) {
        uint64_t five = s1 * 5, want = (five << 7 | five >> 57) * 9;
        uint64_t n0 = s0 ^ s1 ^ s3, n1 = s0 ^ s1 ^ s2, n2 = s0 ^ s2 ^ s1 << 17, n3 = s1 ^ s3;
        s0 = n0, s1 = n1, s2 = n2, s3 = n3 << 45 | n3 >> 19;
        wrong += rng_bits(&r) != want;
    }
    CHECK_INT(wrong, 0);
}

TEST(streams_are_all_different)
{
    enum { SIDE = 12, EACH = 16 };
    static uint64_t seen[SIDE * SIDE * SIDE * EACH];
    size_t count = 0, same = 0;
    for (uint64_t k = 0; k < SIDE * SIDE * SIDE; k++) {
        struct rng r, again;
        rng_init(&r, k % SIDE, k / SIDE % SIDE, k / SIDE / SIDE);
        again = r;
        for (int i = 0; i < EACH; i++)
            seen[count++] = rng_bits(&r);
        rng_init(&r, k % SIDE, k / SIDE % SIDE, k / SIDE / SIDE);
        same += memcmp(&r, &again, sizeof r) != 0;
    }
    CHECK_INT(same, 0);
    /* 27648 numbers of 64 bits: two equal ones anywhere would be streams that run into each other */
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count && b < a + 2000; b++)
            same += seen[a] == seen[b];
    for (size_t a = 0; a < count; a += EACH)
        for (size_t b = a + EACH; b < count; b += EACH)
            for (size_t i = 0; i < EACH; i++)
                same += seen[a] == seen[b + i];
    CHECK_INT(same, 0);
}

/* Pearson's statistic of `count` bins that should be equally full. */
static double chi_square(const uint32_t *bin, size_t count)
{
    double sum = 0, total = 0, expected;
    for (size_t k = 0; k < count; k++)
        total += bin[k];
    expected = total / (double)count;
    for (size_t k = 0; k < count; k++)
        sum += (bin[k] - expected) * (bin[k] - expected) / expected;
    return sum;
}

/* A bound that a fair draw epochs with probability above 1 - 1e-6. */
static double chi_bound(size_t count)
{
    double df = (double)count - 1;
    return df + 5 * sqrt(2 * df) + 20;
}

TEST(below_is_in_range_and_fair)
{
    struct rng r;
    rng_init(&r, 1, 2, 3);
    for (uint32_t n = 1; n <= 40; n++) {
        uint32_t bin[40] = {0};
        for (int k = 0; k < 20000; k++) {
            uint64_t x = rng_below(&r, n);
            if (!CHECK_MSG(x < n, "n %u", n))
                return;
            bin[x]++;
        }
        CHECK_MSG(chi_square(bin, n) < chi_bound(n), "n %u: %g", n, chi_square(bin, n));
    }
    CHECK(rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

/* Where 2^64 is not a multiple of n, plain modulo prefers the low numbers: of n = 3 * 2^62 it would draw
 * half from the lowest third. */
TEST(below_does_not_prefer_low_numbers)
{
    struct rng r;
    rng_init(&r, 4, 5, 6);
    uint32_t bin[3] = {0};
    for (int k = 0; k < 60000; k++) {
        uint64_t x = rng_below(&r, (uint64_t)3 << 62);
        if (!CHECK(x >> 62 < 3))
            return;
        bin[x >> 62]++;
    }
    CHECK_MSG(chi_square(bin, 3) < chi_bound(3), "%u %u %u", bin[0], bin[1], bin[2]);
}

TEST(uniform_and_normal)
{
    struct rng r;
    rng_init(&r, 7, 0, 0);
    enum { COUNT = 400000 };
    uint32_t bin[100] = {0};
    double sum = 0, square = 0, fourth = 0, product = 0, before = 0;
    for (int k = 0; k < COUNT; k++) {
        double u = rng_uniform(&r);
        if (!CHECK(u >= 0 && u < 1))
            return;
        bin[(int)(u * 100)]++;
    }
    CHECK(chi_square(bin, 100) < chi_bound(100));
    for (int k = 0; k < COUNT; k++) {
        double x = rng_normal(&r);
        if (!CHECK(isfinite(x)))
            return;
        sum += x, square += x * x, fourth += x * x * x * x, product += x * before;
        before = x;
    }
    /* tolerances of at least five standard errors */
    CHECK_NEAR(sum / COUNT, 0, 0.01);
    CHECK_NEAR(square / COUNT, 1, 0.015);
    CHECK_NEAR(fourth / COUNT, 3, 0.1);
    CHECK_NEAR(product / COUNT, 0, 0.01);
}

TEST(shuffle_permutes)
{
    struct rng r;
    rng_init(&r, 11, 0, 0);
    for (size_t n = 0; n < 300; n++) {
        uint32_t a[300];
        bool seen[300] = {false};
        for (size_t k = 0; k < n; k++)
            a[k] = (uint32_t)k;
        rng_shuffle(&r, a, n);
        size_t there = 0;
        for (size_t k = 0; k < n; k++)
            if (a[k] < n && !seen[a[k]])
                seen[a[k]] = true, there++;
        CHECK_INT(there, n);
    }
}

TEST(shuffle_is_fair)
{
    struct rng r;
    rng_init(&r, 12, 0, 0);
    uint32_t bin[256] = {0}, full[24], orders = 0;
    for (int turn = 0; turn < 48000; turn++) {
        uint32_t a[4] = {0, 1, 2, 3};
        rng_shuffle(&r, a, 4);
        bin[a[0] << 6 | a[1] << 4 | a[2] << 2 | a[3]]++;
    }
    for (int k = 0; k < 256; k++)
        if (bin[k] && orders < 24)
            full[orders++] = bin[k];
    CHECK_INT(orders, 24);
    CHECK_MSG(chi_square(full, 24) < chi_bound(24), "%g", chi_square(full, 24));
}

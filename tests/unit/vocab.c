/* SPDX-License-Identifier: MIT */
#include "lib/data/vocab.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <string.h>

/* What a vocab should be: a list, searched from its beginning. */
struct list {
    char text[3000][8];
    size_t n[3000];
    uint32_t count;
};

static uint32_t list_find(const struct list *l, struct span s)
{
    for (uint32_t k = 0; k < l->count; k++)
        if (l->n[k] == s.n && memcmp(l->text[k], s.s, s.n) == 0)
            return k;
    return VOCAB_NONE;
}

static struct span draw(struct rng *r, char *to)
{
    size_t n = rng_below(r, 7);
    for (size_t i = 0; i < n; i++)
        to[i] = "\0ab\xFF"[rng_below(r, 4)];
    return (struct span){to, n};
}

TEST(agrees_with_a_list)
{
    struct rng r;
    rng_init(&r, 31, 0, 0);
    struct list *l = memory_new(1, sizeof *l);
    struct vocab *v = vocab_new();
    size_t wrong = 0;
    CHECK_INT(vocab_count(v), 0);
    CHECK_INT(vocab_bytes(v).n, 0);
    for (int turn = 0; turn < 12000; turn++) {
        char text[8];
        struct span s = draw(&r, text);
        uint32_t want = list_find(l, s);
        uint64_t hash = vocab_hash(s);
        vocab_prefetch(v, hash);
        wrong += vocab_find(v, s) != want;
        wrong += vocab_find_hashed(v, s, hash) != want;
        if (turn % 3) {
            if (want == VOCAB_NONE && l->count < 3000) {
                want = l->count++;
                memcpy(l->text[want], s.s, s.n);
                l->n[want] = s.n;
            }
            if (want != VOCAB_NONE)
                wrong += (turn % 2 ? vocab_add(v, s) : vocab_add_hashed(v, s, hash)) != want;
        }
        wrong += vocab_count(v) != l->count;
    }
    CHECK_INT(wrong, 0);
    CHECK(l->count > 1000); /* so that the table was widened more than once */

    struct span bytes = vocab_bytes(v);
    const uint32_t *ends = vocab_ends(v);
    struct vocab *copy = vocab_new();
    uint32_t begin = 0;
    for (uint32_t k = 0; k < l->count; k++) {
        struct span s = vocab_text(v, k);
        wrong += s.n != l->n[k] || memcmp(s.s, l->text[k], s.n) != 0;
        wrong += ends[k] < begin || ends[k] > bytes.n;
        wrong += vocab_add(copy, (struct span){bytes.s + begin, ends[k] - begin}) != k;
        begin = ends[k];
    }
    CHECK_INT(begin, bytes.n);
    CHECK(span_equal(vocab_bytes(copy), bytes));
    CHECK_INT(memcmp(vocab_ends(copy), ends, l->count * sizeof *ends), 0);
    CHECK_INT(wrong, 0);
    vocab_free(copy);
    vocab_free(v);
    memory_free(l);
}

TEST(many_and_long_strings)
{
    struct vocab *v = vocab_new();
    char *giant = memory_new(1 << 20, 1);
    size_t wrong = 0;
    for (uint32_t k = 0; k < 200000; k++)
        wrong += vocab_add(v, (struct span){(const char *)&k, sizeof k}) != k;
    CHECK_INT(vocab_add(v, (struct span){giant, 1 << 20}), 200000);
    CHECK_INT(vocab_add(v, (struct span){giant, (1 << 20) - 1}), 200001);
    CHECK_INT(vocab_add(v, (struct span){giant, 0}), 200002);
    for (uint32_t k = 0; k < 200000; k++) {
        struct span s = vocab_text(v, k);
        wrong += vocab_find(v, (struct span){(const char *)&k, sizeof k}) != k;
        wrong += s.n != sizeof k || memcmp(s.s, &k, sizeof k) != 0;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(vocab_find(v, (struct span){giant, 1 << 20}), 200000);
    CHECK_INT(vocab_text(v, 200001).n, (1 << 20) - 1);
    CHECK_INT(vocab_text(v, 200002).n, 0);
    vocab_free(v);
    vocab_free(NULL);
    memory_free(giant);
}

/* Strings that happen to have one hash are still different strings. */
TEST(equal_hashes_are_told_apart)
{
    static const char *const text[] = {"a", "b", "", "ab", "a "};
    struct vocab *v = vocab_new();
    for (uint32_t k = 0; k < 5; k++) {
        CHECK_INT(vocab_find_hashed(v, span_of(text[k]), 0x123456789ABCDEFu), VOCAB_NONE);
        CHECK_INT(vocab_add_hashed(v, span_of(text[k]), 0x123456789ABCDEFu), k);
    }
    for (uint32_t k = 0; k < 5; k++)
        CHECK_INT(vocab_find_hashed(v, span_of(text[k]), 0x123456789ABCDEFu), k);
    vocab_free(v);
}

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
        wrong += vocab_find(v, s) != want;
        if (turn % 3) {
            if (want == VOCAB_NONE && l->count < 3000) {
                want = l->count++;
                memcpy(l->text[want], s.s, s.n);
                l->n[want] = s.n;
            }
            if (want != VOCAB_NONE)
                wrong += vocab_add(v, s) != want;
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

static void ask(struct vocab *v, struct vocab_query *q, size_t count)
{
    vocab_ask_slots(v, q, count);
    vocab_ask_ends(v, q, count);
    vocab_ask_texts(v, q, count);
}

/* Many at once, in steps, are one after the other: also when a string stands twice in one batch, when the table
 * grows while they are on their way, and when others are added in between. */
TEST(queries_agree_with_single_look_ups)
{
    enum { BATCH = 40 };
    struct rng r;
    rng_init(&r, 32, 0, 0);
    struct vocab *v = vocab_new(), *plain = vocab_new();
    struct vocab_query q[2][BATCH];
    char text[2][BATCH][8];
    size_t wrong = 0, unknown = 0, twice = 0;
    for (int turn = 0; turn < 600; turn++) {
        struct vocab_query *now = q[turn % 2], *before = q[(turn + 1) % 2];
        size_t count = 1 + rng_below(&r, BATCH);
        for (size_t k = 0; k < BATCH; k++)
            now[k].s = draw(&r, text[turn % 2][k]);
        ask(v, now, BATCH);
        char other[8];
        struct span between = draw(&r, other);
        wrong += vocab_add(v, between) != vocab_add(plain, between);
        if (turn > 0) { /* those that were asked a turn ago */
            vocab_add_asked(v, before, count);
            for (size_t k = 0; k < count; k++) {
                twice += before[k].id < vocab_count(plain);
                wrong += before[k].id != vocab_add(plain, before[k].s);
            }
        }
        wrong += vocab_count(v) != vocab_count(plain);
        ask(v, now, BATCH);
        vocab_find_asked(v, now, BATCH);
        for (size_t k = 0; k < BATCH; k++) {
            wrong += now[k].id != vocab_find(plain, now[k].s);
            unknown += now[k].id == VOCAB_NONE;
        }
        ask(v, now, BATCH);
    }
    CHECK_INT(wrong, 0);
    CHECK(unknown > 100 && twice > 100 && vocab_count(v) > 1000);
    CHECK(span_equal(vocab_bytes(v), vocab_bytes(plain)));
    vocab_free(v);
    vocab_free(plain);
}

/* Among so many strings some share their tag (32 bits of a hash): they are still different strings. */
TEST(equal_tags_are_told_apart)
{
    enum { MANY = 300000 };
    struct vocab *v = vocab_new();
    uint32_t(*key)[3] = memory_new(MANY, sizeof *key);
    struct vocab_query *q = memory_new(MANY, sizeof *q);
    struct rng r;
    rng_init(&r, 33, 0, 0);
    size_t wrong = 0, shared = 0;
    for (uint32_t k = 0; k < MANY; k++) {
        key[k][0] = k, key[k][1] = (uint32_t)rng_below(&r, 1000), key[k][2] = 0;
        q[k].s = (struct span){(const char *)key[k], sizeof key[k]};
    }
    ask(v, q, MANY); /* all are new: no guess */
    vocab_add_asked(v, q, MANY);
    for (uint32_t k = 0; k < MANY; k++)
        wrong += q[k].id != k;
    ask(v, q, MANY);
    for (uint32_t k = 0; k < MANY; k++)
        shared += q[k].id != k; /* a guess, the first with its tag */
    vocab_find_asked(v, q, MANY);
    for (uint32_t k = 0; k < MANY; k++) {
        wrong += q[k].id != k;
        key[k][2] = 1; /* others, that are not there */
    }
    CHECK(shared > 0 && shared < 100);
    ask(v, q, MANY);
    vocab_find_asked(v, q, MANY);
    for (uint32_t k = 0; k < MANY; k++)
        wrong += q[k].id != VOCAB_NONE;
    CHECK_INT(wrong, 0);
    CHECK_INT(vocab_count(v), MANY);
    vocab_free(v);
    memory_free(key);
    memory_free(q);
}

/* What is renumbered is what would have been added in the new order. */
TEST(renumbering)
{
    for (uint32_t drop = 1; drop < 5; drop++) { /* every drop-th one; 1: all of them */
        struct rng r;
        rng_init(&r, 34, drop, 0);
        struct vocab *v = vocab_new(), *want = vocab_new();
        for (int k = 0; k < 3000; k++) {
            char text[8];
            vocab_add(v, draw(&r, text));
        }
        uint32_t count = vocab_count(v), kept = 0, *map = memory_new(count, sizeof *map),
                 *back = memory_new(count, sizeof *back);
        for (uint32_t id = 0; id < count; id++)
            if (id % drop != 0)
                back[kept++] = id;
        for (uint32_t k = kept; k > 1; k--) {
            uint32_t other = (uint32_t)rng_below(&r, k), swap = back[k - 1];
            back[k - 1] = back[other], back[other] = swap;
        }
        for (uint32_t id = 0; id < count; id++)
            map[id] = VOCAB_NONE;
        for (uint32_t k = 0; k < kept; k++) {
            map[back[k]] = k;
            vocab_add(want, vocab_text(v, back[k]));
        }
        size_t wrong = 0;
        struct vocab *old = vocab_new();
        for (uint32_t id = 0; id < count; id++)
            vocab_add(old, vocab_text(v, id));
        vocab_renumber(v, map, kept);
        CHECK_INT(vocab_count(v), kept);
        CHECK(span_equal(vocab_bytes(v), vocab_bytes(want)));
        CHECK(kept == 0 || memcmp(vocab_ends(v), vocab_ends(want), kept * sizeof(uint32_t)) == 0);
        for (uint32_t id = 0; id < count; id++)
            wrong += vocab_find(v, vocab_text(old, id)) != map[id];
        for (uint32_t id = 0; id < count; id++) /* it still learns */
            wrong += vocab_add(v, vocab_text(old, id)) != vocab_add(want, vocab_text(old, id));
        CHECK_INT(wrong, 0);
        CHECK_INT(vocab_count(v), count);
        vocab_close(v); /* strings stay */
        CHECK(span_equal(vocab_bytes(v), vocab_bytes(want)));
        CHECK(span_equal(vocab_text(v, 7), vocab_text(want, 7)));
        vocab_free(v);
        vocab_free(want);
        vocab_free(old);
        memory_free(map);
        memory_free(back);
    }
}

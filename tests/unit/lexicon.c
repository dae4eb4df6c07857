/* SPDX-License-Identifier: MIT
 *
 * The word list against brute force: every word tried at every place.
 */
#include "lib/data/lexicon.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS = 40, WORDS = 30, BYTES = 64 };

/* Letters of one, two and three bytes; few, so that words are found. */
static const char *const letter[] = {"a", "é", "中"};

static size_t draw_word(struct rng *r, uint64_t most, char *out)
{
    size_t n = 0;
    for (uint64_t k = 1 + rng_below(r, most); k > 0; k--)
        n += (size_t)sprintf(out + n, "%s", letter[rng_below(r, 3)]);
    return n;
}

struct hits {
    uint32_t from[TOKENS], to[TOKENS], cover[TOKENS], place[TOKENS];
};

static void search(const struct lexicon *l, const struct span *text, uint32_t stride, uint32_t n,
                   double dropout, uint64_t salt, struct hits *h)
{
    const struct lexicon_hits out = {h->from, h->to, h->cover, h->place};
    memset(h, 0xEE, sizeof *h); /* what stood there must not matter */
    lexicon_search(l, text, stride, n, dropout, salt, &out);
}

/* Longest first, of equals the leftmost. */
static void brute(char word[][BYTES], size_t nwords, const struct span *text, uint32_t stride, uint32_t n,
                  struct hits *h)
{
    memset(h, 0, sizeof *h);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t end = i; end < n; end++) {
            char joined[TOKENS * 16] = "";
            bool listed = false;
            for (uint32_t k = i; k <= end; k++)
                strncat(joined, text[(size_t)k * stride].s, text[(size_t)k * stride].n);
            for (size_t w = 0; w < nwords; w++)
                listed = listed || strcmp(word[w], joined) == 0;
            uint32_t length = end - i + 1;
            if (!listed)
                continue;
            h->from[i] = length > h->from[i] ? length : h->from[i];
            h->to[end] = length > h->to[end] ? length : h->to[end];
            for (uint32_t k = i; k <= end; k++)
                if (length > h->cover[k])
                    h->cover[k] = length, h->place[k] = k - i;
        }
}

TEST(every_word_is_found)
{
    struct rng r;
    uint64_t found = 0;
    rng_init(&r, 71, 0, 0);
    for (int round = 0; round < 400; round++) {
        char word[WORDS][BYTES], cell[3 * TOKENS][BYTES];
        struct lexicon *l = lexicon_new();
        size_t nwords = rng_below(&r, WORDS + 1);
        for (size_t w = 0; w < nwords; w++)
            lexicon_add(l, (struct span){word[w], draw_word(&r, 6, word[w])});
        uint32_t n = 1 + (uint32_t)rng_below(&r, TOKENS), stride = 1 + (uint32_t)rng_below(&r, 3);
        struct span text[3 * TOKENS];
        for (uint32_t i = 0; i < n * stride; i++) {
            /* some tokens have several characters, so that words end within them */
            size_t length = draw_word(&r, rng_below(&r, 4) ? 1 : 3, cell[i]);
            text[i] = (struct span){cell[i], length};
        }
        struct hits got, want;
        search(l, text, stride, n, 0, 1, &got);
        brute(word, nwords, text, stride, n, &want);
        CHECK_MSG(memcmp(got.from, want.from, n * sizeof *got.from) == 0, "round %d: from", round);
        CHECK_MSG(memcmp(got.to, want.to, n * sizeof *got.to) == 0, "round %d: to", round);
        CHECK_MSG(memcmp(got.cover, want.cover, n * sizeof *got.cover) == 0, "round %d: cover", round);
        CHECK_MSG(memcmp(got.place, want.place, n * sizeof *got.place) == 0, "round %d: place", round);
        for (uint32_t i = 0; i < n; i++)
            found += want.cover[i] > 1;
        lexicon_free(l);
    }
    CHECK_MSG(found > 500, "%d tokens are in longer words: too few to test by", (int)found);
}

TEST(odd_words)
{
    struct lexicon *l = lexicon_new();
    char giant[300];
    memset(giant, 'a', sizeof giant);
    lexicon_add(l, (struct span){giant, 0});
    lexicon_add(l, (struct span){giant, 257});
    CHECK_INT(vocab_count(lexicon_words(l)), 0); /* no word, and one that no text has */
    lexicon_add(l, (struct span){giant, 256});
    lexicon_add(l, (struct span){giant, 256});
    CHECK_INT(vocab_count(lexicon_words(l)), 1);
    struct span text[] = {{giant, 200}, {giant, 56}, {giant, 1}};
    struct hits h;
    search(l, text, 1, 3, 0, 1, &h);
    CHECK_INT(h.from[0], 2);
    CHECK_INT(h.to[1], 2);
    CHECK_INT(h.cover[2], 0);
    lexicon_free(l);
    lexicon_free(NULL);
}

/* Dropout overlooks its share of all words, the same ones wherever and whenever a sentence is searched, and others in
 * another sentence. */
TEST(dropout_has_its_share)
{
    enum { COUNT = 500, ROUNDS = 40 };
    struct lexicon *l = lexicon_new();
    static char word[COUNT][BYTES];
    for (int w = 0; w < COUNT; w++)
        lexicon_add(l, (struct span){word[w], (size_t)sprintf(word[w], "w%d.", w)});
    for (int k = 0; k <= 4; k++) {
        double dropout = k / 4.0;
        long kept = 0, differ = 0;
        for (uint64_t salt = 1; salt <= ROUNDS; salt++)
            for (int w = 0; w < COUNT; w++) {
                struct span twice[] = {span_of(word[w]), span_of("-"), span_of(word[w])};
                struct hits a, b;
                search(l, twice, 1, 3, dropout, salt, &a);
                search(l, twice, 1, 1, dropout, salt, &b);
                kept += a.from[0];
                differ += a.from[0] != a.from[2] || a.from[0] != b.from[0] || a.to[0] != a.cover[0];
            }
        double share = 1 - (double)kept / (COUNT * ROUNDS), sigma = 0.5 / 141; /* sqrt(20000) */
        CHECK_NEAR(share, dropout, dropout == 0 || dropout == 1 ? 0 : 5 * sigma);
        CHECK_INT(differ, 0);
    }
    long other = 0;
    for (int w = 0; w < COUNT; w++) {
        struct span text = span_of(word[w]);
        struct hits a, b;
        search(l, &text, 1, 1, 0.5, 1, &a);
        search(l, &text, 1, 1, 0.5, 2, &b);
        other += a.from[0] != b.from[0];
    }
    CHECK_MSG(other > COUNT / 3 && other < 2 * COUNT / 3, "%ld of %d", other, (int)COUNT);
    lexicon_free(l);
}

/* A dropped word uncovers the shorter one within it. */
TEST(dropout_is_of_words)
{
    struct lexicon *l = lexicon_new();
    lexicon_add(l, span_of("ab"));
    lexicon_add(l, span_of("abc"));
    struct span text[] = {span_of("a"), span_of("b"), span_of("c")};
    int seen[4] = {0};
    for (uint64_t salt = 0; salt < 200; salt++) {
        struct hits h;
        search(l, text, 1, 3, 0.5, salt, &h);
        CHECK(h.from[0] != 1 && h.from[0] <= 3);
        seen[h.from[0] & 3]++;
    }
    CHECK_MSG(seen[0] > 20 && seen[2] > 20 && seen[3] > 50, "%d none, %d short, %d long", seen[0], seen[2],
              seen[3]);
    lexicon_free(l);
}

TEST(a_file_of_words)
{
    struct error e = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/words", test_folder());
    FILE *f = fopen(path, "wb");
    if (!CHECK(f != NULL))
        return;
    fputs("\xEF\xBB\xBF"
          "ab  c\r\n\n中国\xE3\x80\x80人\nab\nlast",
          f);
    fclose(f);
    struct lexicon *l = lexicon_new();
    CHECK_MSG(lexicon_load(l, path, &e), "%s", e.text);
    static const char *const want[] = {"ab", "c", "中国", "人", "last"};
    if (CHECK_INT(vocab_count(lexicon_words(l)), 5))
        for (uint32_t k = 0; k < 5; k++)
            CHECK(span_is(vocab_text(lexicon_words(l), k), want[k]));
    CHECK(!lexicon_load(l, test_folder(), &e) && e.kind == ERROR_CORPUS);
    lexicon_free(l);
}

/* SPDX-License-Identifier: MIT
 *
 * What is known of word boundaries, against all labellings of short texts: the best labelling of a chain with it is the
 * best of those that meet it, in every scheme; where labels are missing the answer meets it nevertheless.
 */
#include "lib/learn/boundaries.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/constraint.h"
#include "lib/num/kernel.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { MOST = 6, STRIDE = 32 };

/* The labels of a scheme for words; and whether a word begins at position i of a labelling, written down anew. */
static const struct {
    enum scheme scheme;
    const char *labels;
} schemes[] = {{SCHEME_BMES, "BMES"}, {SCHEME_IOBES, "BIES"}, {SCHEME_IOB2, "BI"}};

static bool parted(enum scheme scheme, char before, char here)
{
    if (scheme == SCHEME_IOB2)
        return here == 'B';
    return here == 'B' || here == 'S' || before == 'E' || before == 'S';
}

/* A labelling may part two characters by one label and not by the other (E M): it meets neither. */
static bool meets(enum scheme scheme, uint8_t at, char before, char here)
{
    bool ends = scheme == SCHEME_IOB2 || before == 'E' || before == 'S', begins = here == 'B' || here == 'S';
    if (at == BOUNDARY_CUT)
        return ends && begins;
    return at == BOUNDARY_OPEN || !parted(scheme, before, here);
}

static void draw(struct chain *c, struct rng *r, uint32_t n, uint8_t *at)
{
    c->n = n;
    for (uint32_t a = 0; a < c->T; a++)
        for (uint32_t y = 0; y < c->T; y++)
            c->edge[a * c->stride + y] = (real)(rng_uniform(r) - 0.5) * 4;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t y = 0; y < c->T; y++)
            c->node[i * c->stride + y] = (real)(rng_uniform(r) - 0.5) * 4;
        at[i] = i ? (uint8_t)rng_below(r, 3) : BOUNDARY_OPEN;
    }
}

/* The best score of the labellings that meet `at`, with nothing forbidden. */
static double best_of_all(const struct chain *c, enum scheme scheme, const char *labels, const uint8_t *at)
{
    uint32_t total = 1;
    double best = -INFINITY;
    for (uint32_t i = 0; i < c->n; i++)
        total *= c->T;
    for (uint32_t code = 0; code < total; code++) {
        double score = 0;
        bool good = true;
        uint32_t before = 0;
        for (uint32_t i = 0, rest = code; i < c->n; i++, rest /= c->T) {
            uint32_t y = rest % c->T;
            score += (double)c->node[i * c->stride + y];
            if (i) {
                score += (double)c->edge[before * c->stride + y];
                good = good && meets(scheme, at[i], labels[before], labels[y]);
            }
            before = y;
        }
        if (good && score > best)
            best = score;
    }
    return best;
}

static struct vocab *vocab_of(const char *labels)
{
    struct vocab *v = vocab_new();
    for (const char *p = labels; *p; p++)
        vocab_add(v, (struct span){p, 1});
    return v;
}

TEST(the_best_that_meets_boundaries)
{
    struct rng r;
    rng_init(&r, 5, 0, 0);
    for (int round = 0; round < 600; round++) {
        const char *labels = schemes[round % 3].labels;
        enum scheme scheme = schemes[round % 3].scheme;
        uint32_t T = (uint32_t)strlen(labels), y[MOST];
        uint8_t at[MOST];
        struct vocab *v = vocab_of(labels);
        struct boundaries *b = boundaries_new(v, scheme);
        struct chain c;
        chain_init(&c, T, MOST, NULL);
        draw(&c, &r, 1 + (uint32_t)rng_below(&r, MOST), at);
        double want = best_of_all(&c, scheme, labels, at);
        CHECK_INT(boundaries_apply(b, at, &c), c.n);
        CHECK_NEAR(chain_viterbi(kernel_get(), &c, y), want, 1e-4);
        for (uint32_t i = 1; i < c.n; i++)
            CHECK(meets(scheme, at[i], labels[y[i - 1]], labels[y[i]]));
        chain_free(&c);
        boundaries_free(b);
        vocab_free(v);
    }
}

/* Some of the labels, and others forbidden: nothing is left without a label, and the answer meets what is known. */
TEST(answers_meet_boundaries)
{
    struct rng r;
    rng_init(&r, 6, 0, 0);
    for (int round = 0; round < 2000; round++) {
        char labels[5] = "", *end = labels;
        for (const char *p = "BMES"; *p; p++)
            if (rng_below(&r, 2))
                *end++ = *p;
        if (!*labels)
            continue;
        uint32_t T = (uint32_t)strlen(labels), y[MOST];
        uint8_t at[MOST];
        struct span answer[MOST];
        bool plain[MOST];
        struct vocab *v = vocab_of(labels);
        struct boundaries *b = boundaries_new(v, SCHEME_BMES);
        struct chain c;
        chain_init(&c, T, MOST, NULL);
        draw(&c, &r, 1 + (uint32_t)rng_below(&r, MOST), at);
        boundaries_apply(b, at, &c);
        CHECK(constraint_met(chain_viterbi(kernel_get(), &c, y)));
        for (uint32_t i = 0; i < c.n; i++) {
            answer[i] = vocab_text(v, y[i]);
            plain[i] = i && parted(SCHEME_BMES, labels[y[i - 1]], labels[y[i]]);
        }
        boundaries_mend(at, c.n, answer);
        for (uint32_t i = 1; i < c.n; i++)
            CHECK_INT(parted(SCHEME_BMES, answer[i - 1].s[0], answer[i].s[0]),
                      at[i] == BOUNDARY_OPEN ? plain[i] : at[i] == BOUNDARY_CUT);
        chain_free(&c);
        boundaries_free(b);
        vocab_free(v);
    }
}

static const char *runs(enum whole whole, const char *text)
{
    static char all[64];
    struct span cell[32], rest = span_of(text);
    uint8_t at[32];
    uint32_t n = 0;
    for (; rest.n; n++) {
        size_t length = text_utf8_first(rest);
        cell[n] = (struct span){rest.s, length};
        rest.s += length, rest.n -= length;
    }
    boundaries_runs(whole, cell, 1, n, at);
    for (uint32_t i = 0; i < n; i++)
        all[i] = at[i] == BOUNDARY_JOINED ? '=' : '.';
    all[n] = 0;
    return all;
}

TEST(runs_of_characters)
{
    CHECK_STR(runs(WHOLE_BOTH, "我ab12.5c"), "..=.===.");
    CHECK_STR(runs(WHOLE_LETTERS, "我ab12.5c"), "..=.....");
    CHECK_STR(runs(WHOLE_DIGITS, "我ab12.5c"), "....===.");
    CHECK_STR(runs(WHOLE_NONE, "我ab12.5c"), "........");
    CHECK_STR(runs(WHOLE_BOTH, "Ａｂｃé１２．３．北京"), ".===.===...");
    CHECK_STR(runs(WHOLE_BOTH, "1..2 .3 4."), "..........");
    CHECK_STR(runs(WHOLE_BOTH, ""), "");
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/slice.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct section sections[] = {{"run", {slice_keys}}, {NULL, {NULL}}};

/* Sentences of these lengths, as windows on arrays that nothing reads. */
static struct dataset *sentences(const uint32_t *lengths, size_t count)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->count = count;
    for (size_t k = 0; k < count; k++)
        d->tokens += lengths[k];
    d->example = memory_new(count, sizeof *d->example);
    d->start = memory_new(d->tokens + 1, sizeof *d->start);
    d->edge_start = memory_new(d->tokens + 1, sizeof *d->edge_start);
    d->node = memory_new(1, sizeof *d->node);
    d->edge = memory_new(1, sizeof *d->edge);
    d->y = memory_new(d->tokens, sizeof *d->y);
    for (size_t k = 0, t = 0; k < count; t += lengths[k++])
        d->example[k] = (struct example){.n = lengths[k],
                                         .start = d->start + t,
                                         .node = d->node,
                                         .edge_start = d->edge_start + t,
                                         .edge = d->edge,
                                         .y = d->y + t};
    return d;
}

static void free_sentences(struct dataset *d)
{
    memory_free(d->example);
    memory_free(d->start);
    memory_free(d->edge_start);
    memory_free(d->node);
    memory_free(d->edge);
    memory_free(d->y);
    memory_free(d);
}

static bool make(struct slice *s, const char *keys, const struct dataset *d, uint64_t seed, struct error *e)
{
    char text[256];
    struct config *c = config_new();
    snprintf(text, sizeof text, "run: {%s}", keys);
    *e = (struct error){0};
    bool good = config_parse(c, text, strlen(text), "t", e) && config_check(c, sections, e) &&
                slice_init(s, c, d, seed, e);
    config_free(c);
    return good;
}

/* Where the second piece of a sentence of n tokens begins, one letter a token: "aaabbcc". */
static const char *shape(const struct slice *s, const struct dataset *d)
{
    static char text[64];
    memset(text, 0, sizeof text);
    for (size_t k = 0; k < s->count; k++)
        for (uint32_t i = 0; i < s->sample[k].n; i++)
            text[s->sample[k].y - d->y + i] = (char)('a' + k);
    return text;
}

TEST(off_is_the_dataset_itself)
{
    static const uint32_t lengths[] = {3, 1, 20};
    static const char *const keys[] = {"slice.size: 0", "slice.alpha: 1", "slice.redraw: false"};
    struct dataset *d = sentences(lengths, 3);
    for (size_t k = 0; k < 3; k++) {
        struct slice s;
        struct error e;
        if (!CHECK_MSG(make(&s, keys[k], d, 1, &e), "%s", e.text))
            continue;
        slice_draw(&s, 0);
        CHECK(s.sample == d->example && s.piece == NULL);
        CHECK_INT(s.count, 3);
        slice_free(&s);
    }
    free_sentences(d);
}

TEST(pieces_of_a_sentence)
{
    static const struct {
        const char *keys;
        uint32_t n;
        size_t pieces;
    } want[] = {{"slice.size: 1", 7, 7},
                {"slice.size: 1", 1, 1},
                {"slice.size: 1.5", 1, 1},
                {"slice.size: 1.5", 2, 1},
                {"slice.size: 1.5", 3, 2},
                {"slice.size: 1.5", 30, 20},
                {"slice.size: 2", 7, 4},
                {"slice.size: 2", 3, 2},
                {"slice.size: 10", 14, 1},
                {"slice.size: 10", 15, 2},
                {"slice.size: 1e6", 9, 1},
                {"slice.alpha: 2", 9, 2},
                {"slice.alpha: 2.4", 9, 2},
                {"slice.alpha: 2.5", 9, 3},
                {"slice.alpha: 5", 3, 3},
                {"slice.alpha: 5", 1, 1},
                {"slice.alpha: 1e6", 40, 40},
                {"slice.size: 1", 1000000, 1000000},
                {"slice.size: 1.0001", 1000000, 999900}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct dataset *d = sentences(&want[k].n, 1);
        struct slice s;
        struct error e;
        if (!CHECK_MSG(make(&s, want[k].keys, d, 1, &e), "%s: %s", want[k].keys, e.text))
            continue;
        CHECK_MSG(s.count == want[k].pieces, "%s, %u tokens: %zu pieces", want[k].keys, want[k].n, s.count);
        slice_draw(&s, 0);
        uint32_t next = 0;
        size_t bad = 0;
        for (size_t i = 0; i < s.count; i++) {
            bad += s.sample[i].n == 0 || s.sample[i].y != d->y + next ||
                   s.sample[i].start != d->start + next || s.sample[i].edge_start != d->edge_start + next ||
                   s.sample[i].node != d->node || s.sample[i].edge != d->edge;
            next += s.sample[i].n;
        }
        CHECK_MSG(bad == 0 && next == want[k].n, "%s, %u tokens: %zu bad pieces", want[k].keys, want[k].n,
                  bad);
        slice_free(&s);
        free_sentences(d);
    }
}

/* Over the epochs every transition is cut, about as often as any other, and pieces differ by at most the
 * share that the end of a sentence takes. */
TEST(every_transition_is_cut)
{
    static const struct {
        const char *keys;
        uint32_t n, p;
    } cases[] = {{"slice.alpha: 2", 20, 2}, {"slice.alpha: 3", 10, 3}, {"slice.size: 1.5", 12, 8}};
    enum { DRAWS = 20000 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const uint32_t n = cases[c].n, p = cases[c].p;
        struct dataset *d = sentences(&n, 1);
        struct slice s;
        struct error e;
        if (!CHECK_MSG(make(&s, cases[c].keys, d, 5, &e), "%s", e.text))
            continue;
        double cuts[32] = {0};
        uint32_t longest = 0;
        for (uint32_t epoch = 0; epoch < DRAWS; epoch++) {
            slice_draw(&s, epoch);
            for (size_t k = 0; k < s.count; k++) {
                cuts[s.sample[k].y - d->y]++;
                if (s.sample[k].n > longest)
                    longest = s.sample[k].n;
            }
        }
        CHECK(longest <= 2 * ((n + p - 1) / p));
        double even = (double)DRAWS * (p - 1) / (n - 1);
        for (uint32_t i = 1; i < n; i++)
            CHECK_MSG(cuts[i] > 0.4 * even && cuts[i] < 2.1 * even,
                      "%s: before token %u %.0f cuts, evenly %.0f", cases[c].keys, i, cuts[i], even);
        slice_free(&s);
        free_sentences(d);
    }
}

TEST(drawn_by_seed_and_pass)
{
    const uint32_t n = 40;
    struct dataset *d = sentences(&n, 1);
    struct slice a, b;
    struct error e;
    char first[64], second[64];
    if (!CHECK(make(&a, "slice.size: 4", d, 5, &e)) || !CHECK(make(&b, "slice.size: 4", d, 6, &e)))
        return;
    slice_draw(&a, 0);
    strcpy(first, shape(&a, d));
    slice_draw(&a, 1);
    strcpy(second, shape(&a, d));
    CHECK(strcmp(first, second) != 0);
    slice_draw(&a, 0);
    CHECK_STR(shape(&a, d), first); /* not what was drawn before counts */
    slice_draw(&b, 0);
    CHECK(strcmp(shape(&b, d), first) != 0);
    slice_free(&b);
    if (!CHECK(make(&b, "slice.size: 4, slice.redraw: false", d, 5, &e)))
        return;
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        slice_draw(&b, epoch);
        CHECK_STR(shape(&b, d), first);
    }
    slice_free(&a);
    slice_free(&b);
    free_sentences(d);
}

TEST(contradictions_are_refused)
{
    static const struct {
        const char *keys, *message;
    } want[] = {{"slice.size: 0.5", "key 'run.slice.size': a piece of 0.5 tokens"},
                {"slice.size: 2, slice.alpha: 2", "key 'run.slice.alpha': run.slice.size says already"},
                {"slice.size: -1", "key 'run.slice.size'"},
                {"slice.alpha: 0.5", "key 'run.slice.alpha'"}};
    const uint32_t n = 4;
    struct dataset *d = sentences(&n, 1);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct slice s;
        struct error e;
        CHECK_MSG(!make(&s, want[k].keys, d, 1, &e), "%s", want[k].keys);
        CHECK_INT(e.kind, ERROR_USAGE);
        CHECK_MSG(strstr(e.text, want[k].message) != NULL, "%s", e.text);
    }
    free_sentences(d);
}

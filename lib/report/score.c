/* SPDX-License-Identifier: MIT
 *
 * Three parts: names (text becomes a small number), the longest common subsequence of a line's words, and the
 * score itself.
 */
#include "lib/report/score.h"

#include "lib/base/memory.h"
#include "lib/data/scheme.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------------------------- */

/* A set of texts, numbered 0..n-1 as they come. The texts are borrowed. Open addressing: slot[] holds a number
 * plus one, 0 is free. */
struct names {
    struct span *name;
    uint32_t *slot;
    size_t n, mask, capacity, slots;
};

static uint32_t *slot_of(const struct names *t, struct span name)
{
    size_t i = text_hash(name.s, name.n, 0) & t->mask;
    while (t->slot[i] != 0 && !span_equal(t->name[t->slot[i] - 1], name))
        i = (i + 1) & t->mask;
    return &t->slot[i];
}

/* Make room for `want` names at least. Only as many slots as that takes are used, so that a short line after a
 * long one stays cheap. */
static void make_room(struct names *t, size_t want)
{
    size_t size = 16;
    while (size < 2 * want)
        size *= 2;
    t->slot = memory_grow(t->slot, &t->slots, size, sizeof *t->slot);
    t->name = memory_grow(t->name, &t->capacity, want, sizeof *t->name);
    memset(t->slot, 0, size * sizeof *t->slot);
    t->mask = size - 1;
    for (size_t i = 0; i < t->n; i++)
        *slot_of(t, t->name[i]) = (uint32_t)i + 1;
}

static uint32_t number(struct names *t, struct span name)
{
    uint32_t *slot = slot_of(t, name);
    if (*slot == 0) {
        t->name[t->n] = name;
        *slot = (uint32_t)++t->n;
    }
    return *slot - 1;
}

/* ---- the longest common subsequence --------------------------------------------------------------------- */

/* Hirschberg (1975) over rows of bits (Hyyro 2004): time n m / 64 whatever the words are, memory linear.
 *
 * A row is a bit vector over guess; after the words gold[i..j) a bit that is 0 says that here the LCS of
 * gold[i..j) and the beginning of guess grows by one. The same over guess reversed gives the LCS with its ends.
 * Where guess is cut so that the sum for the two halves of gold is greatest, the problem falls in two.
 *
 * Of several such cuts the last one is taken. That gives gold's first half as many matches as any LCS gives it
 * and all the room for them, so they lie as far left as they can; and of the second half's leftmost matches none
 * is lost by starting later, for a match before the cut that is further left than one after it would make the
 * LCS one longer. */
struct lcs {
    uint32_t *gold, *guess; /* [n], [m] numbers of words */
    size_t n, m, gold_room, guess_room;
    bool *match; /* [n] gold words in the LCS */
    size_t match_room;
    /* Places of a word in guess: place[first[w] .. first[w + 1]), ascending. */
    size_t *first;
    uint32_t *place;
    size_t first_room, place_room;
    /* Words with more places than a row has 64-bit words (at most 64 of them, then) have their places as bits,
     * [row] forwards and [row] reversed, from bits + dense[w] on. */
    uint64_t *bits;
    size_t *dense;
    size_t row, bits_room, dense_room;
    uint64_t *v, *places; /* [2][row] the two rows, [row] scratch: zero between uses */
    size_t v_room, places_room;
};

#define SPARSE SIZE_MAX

static void set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

static bool zero(const uint64_t *bits, size_t i)
{
    return !(bits[i / 64] >> i % 64 & 1);
}

/* The first of word w's places, as an index, that is not before `from`. */
static size_t place_from(const struct lcs *l, uint32_t w, size_t from)
{
    size_t low = l->first[w], high = l->first[w + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->place[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* 64 bits of a row and of a word's places: the lowest place in every run of ones becomes 0, and what was the
 * run's 0 becomes 1. */
static uint64_t add_bits(uint64_t *v, uint64_t places, uint64_t carry)
{
    uint64_t here = *v & places, sum, more;
    bool over = __builtin_add_overflow(*v, here, &sum);
    over |= __builtin_add_overflow(sum, carry, &more);
    *v = more | (*v & ~here);
    return over;
}

/* Add gold word w to row v over guess [from, to), in reversed bits if `reversed`. Bits before the range
 * stay 1; those after it nobody reads, and nothing is carried down from them. */
static void add_word(struct lcs *l, uint64_t *v, uint32_t w, size_t from, size_t to, bool reversed)
{
    size_t begin = reversed ? l->m - to : from, end = reversed ? l->m - from : to;
    uint64_t *places = l->places;
    size_t low = 0, high = 0;
    if (l->dense[w] != SPARSE) {
        places = l->bits + l->dense[w] + (reversed ? l->row : 0);
    } else {
        low = place_from(l, w, from);
        for (high = low; high < l->first[w + 1] && l->place[high] < to; high++)
            set(places, reversed ? l->m - 1 - l->place[high] : l->place[high]);
        if (low == high)
            return;
    }
    size_t k = begin / 64;
    uint64_t carry = add_bits(&v[k], places[k] & ~(uint64_t)0 << begin % 64, 0);
    while (++k <= (end - 1) / 64)
        carry = add_bits(&v[k], places[k], carry);
    for (size_t i = low; i < high; i++)
        places[(reversed ? l->m - 1 - l->place[i] : l->place[i]) / 64] = 0;
}

/* Where to cut guess [b, b_end) for the halves [a, middle) and [middle, a_end) of gold. */
static size_t cut(struct lcs *l, size_t a, size_t middle, size_t a_end, size_t b, size_t b_end)
{
    uint64_t *head = l->v, *tail = l->v + l->row;
    size_t reversed = l->m - b_end, width = b_end - b;
    memset(head + b / 64, 0xFF, (b + width - 1) / 64 * 8 - b / 64 * 8 + 8);
    memset(tail + reversed / 64, 0xFF, (reversed + width - 1) / 64 * 8 - reversed / 64 * 8 + 8);
    for (size_t i = a; i < middle; i++)
        add_word(l, head, l->gold[i], b, b_end, false);
    for (size_t i = a_end; i-- > middle;)
        add_word(l, tail, l->gold[i], b, b_end, true);
    /* the LCS of both parts, but for what all of guess gives the second half */
    ptrdiff_t sum = 0, most = 0;
    size_t best = b;
    for (size_t j = b; j < b_end; j++) {
        sum += zero(head, j) - zero(tail, l->m - 1 - j);
        if (sum >= most)
            most = sum, best = j + 1;
    }
    return best;
}

/* Mark the leftmost gold words of an LCS of gold [a, a_end) and guess [b, b_end). */
static void match(struct lcs *l, size_t a, size_t a_end, size_t b, size_t b_end)
{
    while (a < a_end && b < b_end && l->gold[a] == l->guess[b]) {
        l->match[a] = true;
        a++, b++;
    }
    if (a == a_end || b == b_end)
        return;
    if (a + 1 == a_end) {
        size_t i = place_from(l, l->gold[a], b);
        l->match[a] = i < l->first[l->gold[a] + 1] && l->place[i] < b_end;
        return;
    }
    size_t middle = a + (a_end - a) / 2, between = cut(l, a, middle, a_end, b, b_end);
    match(l, a, middle, b, between);
    match(l, middle, a_end, between, b_end);
}

/* List the places of each of `words` words in guess, and the frequent words' bits. */
static void list_places(struct lcs *l, size_t words)
{
    l->row = l->m / 64 + 1;
    l->first = memory_grow(l->first, &l->first_room, words + 2, sizeof *l->first);
    l->place = memory_grow(l->place, &l->place_room, l->m, sizeof *l->place);
    l->dense = memory_grow(l->dense, &l->dense_room, words, sizeof *l->dense);
    memset(l->first, 0, (words + 2) * sizeof *l->first);
    for (size_t j = 0; j < l->m; j++)
        l->first[l->guess[j] + 2]++;
    for (size_t w = 0; w < words; w++)
        l->first[w + 2] += l->first[w + 1];
    for (size_t j = 0; j < l->m; j++)
        l->place[l->first[l->guess[j] + 1]++] = (uint32_t)j;

    size_t used = 0;
    for (size_t w = 0; w < words; w++) {
        bool frequent = l->first[w + 1] - l->first[w] > l->row;
        l->dense[w] = frequent ? used : SPARSE;
        used += frequent ? 2 * l->row : 0;
    }
    l->bits = memory_grow(l->bits, &l->bits_room, used, sizeof *l->bits);
    memset(l->bits, 0, used * sizeof *l->bits);
    for (size_t j = 0; j < l->m; j++) {
        size_t at = l->dense[l->guess[j]];
        if (at != SPARSE) {
            set(l->bits + at, j);
            set(l->bits + at + l->row, l->m - 1 - j);
        }
    }
    l->v = memory_grow(l->v, &l->v_room, 2 * l->row, sizeof *l->v);
    l->places = memory_grow(l->places, &l->places_room, l->row, sizeof *l->places);
    memset(l->places, 0, l->row * sizeof *l->places);
}

static void free_lcs(struct lcs *l)
{
    memory_free(l->gold);
    memory_free(l->guess);
    memory_free(l->match);
    memory_free(l->first);
    memory_free(l->place);
    memory_free(l->bits);
    memory_free(l->dense);
    memory_free(l->v);
    memory_free(l->places);
}

/* ---- the score ------------------------------------------------------------------------------------------ */

struct chunks {
    uint64_t gold, guessed, correct;
};

struct score {
    enum score_task task;
    enum scheme scheme;
    struct score_words words; /* find is NULL without a list */
    uint64_t sentences, correct_sentences, tokens, correct_tokens;
    struct chunks all; /* chunks or words */

    /* chunking */
    struct names types; /* owned copies */
    struct chunks *type; /* [types.n] */
    size_t type_room;
    bool inside; /* a chunk has begun in gold and guess alike, and neither has ended */
    bool unended; /* no empty line follows */
    bool strict;
    struct scheme_tag *tag; /* [2][n] of a sentence, strict */
    size_t tag_room;

    /* tagging and chunking, where confusions are counted */
    bool confusions;
    struct names labels; /* owned copies */
    struct names pairs; /* owned copies: numbers of a gold and a guessed label, */
    uint64_t *pair; /* [pairs.n] how often they stand together */
    size_t pair_room;

    /* segmentation */
    uint64_t oov, oov_correct;
    struct names line;
    struct lcs lcs;
    char *text;
    struct span *gold, *guess; /* the words of score_characters; chunks without those beside open labels */
    size_t text_room, gold_room, guess_room;
};

struct score *score_new(enum score_task task, const struct score_words *words)
{
    struct score *s = memory_new(1, sizeof *s);
    s->task = task;
    if (words)
        s->words = *words;
    make_room(&s->types, 8);
    make_room(&s->labels, 8);
    make_room(&s->pairs, 8);
    return s;
}

void score_scheme(struct score *s, enum scheme scheme)
{
    s->scheme = scheme;
}

void score_strict(struct score *s)
{
    s->strict = true;
}

void score_unended(struct score *s)
{
    s->unended = true;
}

void score_confusions(struct score *s)
{
    s->confusions = true;
}

static void free_names(struct names *t)
{
    memory_free(t->name);
    memory_free(t->slot);
}

static void free_copies(struct names *t)
{
    for (size_t i = 0; i < t->n; i++)
        memory_free((char *)t->name[i].s);
    free_names(t);
}

/* The number of a name; of a new one a copy is kept. */
static uint32_t number_copy(struct names *t, struct span name)
{
    if (2 * (t->n + 1) > t->mask + 1 || t->n == t->capacity)
        make_room(t, 2 * (t->n + 1));
    size_t before = t->n;
    uint32_t i = number(t, name);
    if (t->n > before)
        t->name[i].s = memory_copy(name.s, name.n);
    return i;
}

void score_free(struct score *s)
{
    if (!s)
        return;
    free_copies(&s->types);
    free_copies(&s->labels);
    free_copies(&s->pairs);
    free_names(&s->line);
    free_lcs(&s->lcs);
    memory_free(s->type);
    memory_free(s->tag);
    memory_free(s->pair);
    memory_free(s->text);
    memory_free(s->gold);
    memory_free(s->guess);
    memory_free(s);
}

static struct chunks *chunks_of(struct score *s, struct span type)
{
    size_t before = s->types.n, i = number_copy(&s->types, type);
    if (s->types.n > before) {
        s->type = memory_grow(s->type, &s->type_room, s->types.n, sizeof *s->type);
        s->type[i] = (struct chunks){0};
    }
    return &s->type[i];
}

/* conlleval's automaton takes one step: from the last pair of tags to the next. Its counts differ from those of
 * equal chunks where ill-formed labels begin a chunk in one that has not ended. */
static void step(struct score *s, const struct scheme_tag last[2], const struct scheme_tag tag[2])
{
    bool same = span_equal(tag[0].type, tag[1].type);
    bool ends[2], begins[2];
    for (int k = 0; k < 2; k++) {
        ends[k] = scheme_ends(s->scheme, last[k], tag[k]);
        begins[k] = scheme_begins(s->scheme, last[k], tag[k]);
    }
    if (s->inside && ends[0] && ends[1] && span_equal(last[0].type, last[1].type)) {
        s->inside = false;
        s->all.correct++;
        chunks_of(s, last[0].type)->correct++;
    } else if (s->inside && (ends[0] != ends[1] || !same)) {
        s->inside = false;
    }
    if (begins[0] && begins[1] && same)
        s->inside = true;
    if (begins[0]) {
        s->all.gold++;
        chunks_of(s, tag[0].type)->gold++;
    }
    if (begins[1]) {
        s->all.guessed++;
        chunks_of(s, tag[1].type)->guessed++;
    }
}

static void count_as_conlleval(struct score *s, const struct span *gold, const struct span *guess, size_t n)
{
    const struct scheme_tag outside = {'O', {"", 0}};
    struct scheme_tag last[2] = {outside, outside};
    for (size_t i = 0; i < n; i++) {
        struct scheme_tag tag[2] = {scheme_cut(gold[i]), scheme_cut(guess[i])};
        step(s, last, tag);
        last[0] = tag[0], last[1] = tag[1];
    }
    if (!s->unended) {
        step(s, last, (struct scheme_tag[2]){outside, outside});
        return;
    }
    if (s->inside)
        chunks_of(s, last[0].type)->correct++, s->all.correct++;
    s->inside = false;
}

static void count_strictly(struct score *s, const struct span *gold, const struct span *guess, size_t n)
{
    enum scheme scheme = s->scheme == SCHEME_PLAIN ? SCHEME_IOB2 : s->scheme;
    s->tag = memory_grow(s->tag, &s->tag_room, 2 * n, sizeof *s->tag);
    struct scheme_tag *tag[2] = {s->tag, s->tag + n};
    for (size_t i = 0; i < n; i++)
        tag[0][i] = scheme_cut(gold[i]), tag[1][i] = scheme_cut(guess[i]);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t length[2];
        for (int k = 0; k < 2; k++)
            length[k] = scheme_strict_chunk(scheme, tag[k], (uint32_t)n, i);
        if (length[0]) {
            s->all.gold++;
            chunks_of(s, tag[0][i].type)->gold++;
        }
        if (length[1]) {
            s->all.guessed++;
            chunks_of(s, tag[1][i].type)->guessed++;
        }
        if (length[0] && length[0] == length[1] && span_equal(tag[0][i].type, tag[1][i].type)) {
            s->all.correct++;
            chunks_of(s, tag[0][i].type)->correct++;
        }
    }
}

static void count_confusions(struct score *s, const struct span *gold, const struct span *guess, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!gold[i].s)
            continue;
        uint32_t y[2] = {number_copy(&s->labels, gold[i]), number_copy(&s->labels, guess[i])};
        size_t before = s->pairs.n, k = number_copy(&s->pairs, (struct span){(const char *)y, sizeof y});
        if (s->pairs.n > before) {
            s->pair = memory_grow(s->pair, &s->pair_room, s->pairs.n, sizeof *s->pair);
            s->pair[k] = 0;
        }
        s->pair[k]++;
    }
}

/* Take the chunks away that have a token without gold label in them or beside them. */
static void clear(enum scheme scheme, const struct span *gold, const struct span *label, size_t n,
                  struct span *out)
{
    const struct span outside = {"O", 1};
    for (size_t i = 0; i < n; i++)
        out[i] = label[i].s ? label[i] : outside;
    for (size_t begin = 0, end; begin < n; begin = end) {
        bool open = begin > 0 && !gold[begin - 1].s;
        end = begin;
        do
            open = open || !gold[end].s;
        while (++end < n &&
               !scheme_begins(scheme, scheme_cut(label[end - 1].s ? label[end - 1] : outside),
                              scheme_cut(label[end].s ? label[end] : outside)) &&
               !scheme_outside(scheme_cut(label[end].s ? label[end] : outside)));
        open = open || (end < n && !gold[end].s);
        for (size_t i = begin; open && i < end; i++)
            out[i] = outside;
    }
}

void score_labels(struct score *s, const struct span *gold, const struct span *guess, size_t n)
{
    assert(s->task == SCORE_TAGGING || s->task == SCORE_CHUNKING);
    const bool conlleval = s->task == SCORE_CHUNKING && !s->strict;
    size_t right = 0, known = 0;
    for (size_t i = 0; i < n; i++) {
        known += gold[i].s != NULL;
        right += gold[i].s && (conlleval ? scheme_equal(gold[i], guess[i]) : span_equal(gold[i], guess[i]));
    }
    if (known == 0)
        return;
    if (s->confusions)
        count_confusions(s, gold, guess, n);
    if (s->task == SCORE_CHUNKING && known < n) {
        s->gold = memory_grow(s->gold, &s->gold_room, n, sizeof *s->gold);
        s->guess = memory_grow(s->guess, &s->guess_room, n, sizeof *s->guess);
        clear(s->scheme, gold, gold, n, s->gold);
        clear(s->scheme, gold, guess, n, s->guess);
        gold = s->gold, guess = s->guess;
    }
    if (s->task == SCORE_CHUNKING)
        (conlleval ? count_as_conlleval : count_strictly)(s, gold, guess, n);
    s->sentences++;
    s->correct_sentences += right == known;
    s->tokens += known;
    s->correct_tokens += right;
}

static void count_word(struct score *s, struct span word, bool correct)
{
    s->all.correct += correct;
    if (s->words.find && !s->words.find(s->words.list, word)) {
        s->oov++;
        s->oov_correct += correct;
    }
}

/* Match and count the words of a line; neither side is empty. */
static void count_words(struct score *s, const struct span *gold, size_t n, const struct span *guess,
                        size_t m)
{
    struct lcs *l = &s->lcs;
    assert(n < UINT32_MAX / 2 && m < UINT32_MAX / 2);
    s->all.gold += n;
    s->all.guessed += m;
    for (; n > 0 && m > 0 && span_equal(*gold, *guess); gold++, guess++, n--, m--)
        count_word(s, *gold, true);
    s->correct_sentences += n == 0 && m == 0;
    if (n == 0 || m == 0) {
        assert(n == 0 && m == 0); /* the same characters */
        return;
    }
    l->n = n, l->m = m;
    l->gold = memory_grow(l->gold, &l->gold_room, n, sizeof *l->gold);
    l->guess = memory_grow(l->guess, &l->guess_room, m, sizeof *l->guess);
    l->match = memory_grow(l->match, &l->match_room, n, sizeof *l->match);
    memset(l->match, 0, n * sizeof *l->match);
    s->line.n = 0;
    make_room(&s->line, n + m);
    for (size_t i = 0; i < n; i++)
        l->gold[i] = number(&s->line, gold[i]);
    for (size_t j = 0; j < m; j++)
        l->guess[j] = number(&s->line, guess[j]);
    list_places(l, s->line.n);
    match(l, 0, n, 0, m);

    for (size_t i = 0; i < n; i++)
        count_word(s, gold[i], l->match[i]);
}

/* How many bytes do the two lines of words have in common at their beginning? */
static size_t common_bytes(const struct span *gold, size_t n, const struct span *guess, size_t m)
{
    size_t i = 0, j = 0, at_gold = 0, at_guess = 0, common = 0;
    while (i < n && j < m) {
        assert(gold[i].n > 0 && guess[j].n > 0);
        if (gold[i].s[at_gold] != guess[j].s[at_guess])
            break;
        common++;
        if (++at_gold == gold[i].n)
            i++, at_gold = 0;
        if (++at_guess == guess[j].n)
            j++, at_guess = 0;
    }
    return common;
}

static size_t bytes(const struct span *word, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += word[i].n;
    return sum;
}

/* Two code points have one label of B M E S if a word begins before both or neither, and ends after both or
 * neither. */
static void count_code_points(struct score *s, const struct span *gold, size_t n, const struct span *guess)
{
    size_t j = 0, at_guess = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t at = 0, length; at < gold[i].n; at += length) {
            length = text_utf8_first((struct span){gold[i].s + at, gold[i].n - at});
            bool begins = at_guess == 0, ends = at_guess + length >= guess[j].n;
            s->tokens++;
            s->correct_tokens += (at == 0) == begins && (at + length == gold[i].n) == ends;
            at_guess += length;
            if (ends)
                j++, at_guess = 0;
        }
    }
}

bool score_segments(struct score *s, const struct span *gold, size_t ngold, const struct span *guess,
                    size_t nguess, struct error *e)
{
    assert(s->task == SCORE_SEGMENTATION);
    size_t common = common_bytes(gold, ngold, guess, nguess);
    size_t in_gold = bytes(gold, ngold), in_guess = bytes(guess, nguess);
    if (common < in_gold || common < in_guess)
        return error_set(e, ERROR_CORPUS,
                         "gold and guess have other characters after byte %zu (spaces not counted; %zu and "
                         "%zu bytes in all), expected two segmentations of one line; "
                         "check that the files belong together, line by line",
                         common, in_gold, in_guess);
    if (ngold == 0)
        return true;
    s->sentences++;
    count_code_points(s, gold, ngold, guess);
    count_words(s, gold, ngold, guess, nguess);
    return true;
}

/* Cut s->text, the line of `characters`, into words; their number. */
static size_t cut_words(struct span *words, const char *text, const struct span *characters,
                        const char *labels, size_t n)
{
    size_t count = 0;
    words[0] = (struct span){text, 0};
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && scheme_word_ends(labels[i - 1], labels[i])) {
            words[count + 1] = (struct span){words[count].s + words[count].n, 0};
            count++;
        }
        words[count].n += characters[i].n;
    }
    return count + 1;
}

void score_characters(struct score *s, const struct span *characters, const char *gold, const char *guess,
                      size_t n)
{
    assert(s->task == SCORE_SEGMENTATION);
    if (n == 0)
        return;
    s->text = memory_grow(s->text, &s->text_room, bytes(characters, n), 1);
    s->gold = memory_grow(s->gold, &s->gold_room, n, sizeof *s->gold);
    s->guess = memory_grow(s->guess, &s->guess_room, n, sizeof *s->guess);
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(s->text + length, characters[i].s, characters[i].n);
        length += characters[i].n;
        s->correct_tokens += gold[i] == guess[i];
    }
    s->sentences++;
    s->tokens += n;
    size_t ngold = cut_words(s->gold, s->text, characters, gold, n);
    size_t nguess = cut_words(s->guess, s->text, characters, guess, n);
    count_words(s, s->gold, ngold, s->guess, nguess);
}

/* ---- what came out -------------------------------------------------------------------------------------- */

/* part / whole in per cent, in the order of operations of conlleval. */
static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static double f1(double precision, double recall)
{
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

struct score_result score_read(const struct score *s)
{
    struct score_result r = {0};
    uint64_t known = s->all.gold - s->oov, correct = s->all.correct + s->inside;
    r.sentences = s->sentences;
    r.tokens = s->tokens;
    r.correct_tokens = s->correct_tokens;
    r.gold = s->all.gold;
    r.guessed = s->all.guessed;
    r.correct = correct;
    r.accuracy = percent(s->correct_tokens, s->tokens);
    r.precision = percent(correct, s->all.guessed);
    r.recall = percent(correct, s->all.gold);
    r.f1 = f1(r.precision, r.recall);
    r.oov_rate = s->words.find ? percent(s->oov, s->all.gold) : -1;
    r.oov_recall = s->oov > 0 ? percent(s->oov_correct, s->oov) : -1;
    r.iov_recall = s->words.find && known > 0 ? percent(correct - s->oov_correct, known) : -1;
    r.sentence_accuracy = percent(s->correct_sentences, s->sentences);
    return r;
}

static void print_tagging(const struct score *s, FILE *out)
{
    struct score_result r = score_read(s);
    fprintf(out, "processed %ju tokens in %ju sentences; correct: %ju tokens, %ju sentences.\n",
            (uintmax_t)r.tokens, (uintmax_t)r.sentences, (uintmax_t)r.correct_tokens,
            (uintmax_t)s->correct_sentences);
    fprintf(out, "accuracy: %6.2f%%; sentences: %6.2f%%\n", r.accuracy, r.sentence_accuracy);
}

struct row {
    struct span type;
    struct chunks count;
};

static int by_bytes(struct span p, struct span q)
{
    int order = memcmp(p.s, q.s, p.n < q.n ? p.n : q.n);
    return order != 0 ? order : (p.n > q.n) - (p.n < q.n);
}

static int by_type(const void *a, const void *b)
{
    return by_bytes(((const struct row *)a)->type, ((const struct row *)b)->type);
}

/* A label as it is printed, to be freed. */
static char *shown(struct span label)
{
    char *text = memory_new(TEXT_ESCAPED(label.n), 1);
    text_escape(text, TEXT_ESCAPED(label.n), label);
    return text;
}

static void print_chunking(const struct score *s, FILE *out)
{
    struct score_result r = score_read(s);
    fprintf(out, "processed %ju tokens with %ju phrases; found: %ju phrases; correct: %ju.\n",
            (uintmax_t)r.tokens, (uintmax_t)r.gold, (uintmax_t)r.guessed, (uintmax_t)r.correct);
    if (r.tokens > 0)
        fprintf(out, "accuracy: %6.2f%%; precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f\n", r.accuracy,
                r.precision, r.recall, r.f1);

    struct row *row = memory_new(s->types.n, sizeof *row);
    for (size_t i = 0; i < s->types.n; i++)
        row[i] = (struct row){s->types.name[i], s->type[i]};
    qsort(row, s->types.n, sizeof *row, by_type);
    for (size_t i = 0; i < s->types.n; i++) {
        struct chunks c = row[i].count;
        if (c.gold == 0 && c.guessed == 0)
            continue;
        if (row[i].type.n == 0)
            c.correct += s->inside; /* the last sentence's end is untyped */
        double precision = percent(c.correct, c.guessed), recall = percent(c.correct, c.gold);
        /* conlleval drops a name's second mention by a test which the empty name does not pass */
        bool twice = row[i].type.n == 0 && c.gold > 0 && c.guessed > 0 && !s->strict;
        char *type = shown(row[i].type);
        for (int times = twice ? 2 : 1; times > 0; times--)
            fprintf(out, "%17s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %ju\n", type, precision,
                    recall, f1(precision, recall), (uintmax_t)c.guessed);
        memory_free(type);
    }
    memory_free(row);
}

static void print_share(FILE *out, const char *name, uint64_t part, uint64_t whole)
{
    if (whole > 0)
        fprintf(out, "=== %s:\t%2.3f\n", name, 1 - (double)(whole - part) / (double)whole);
    else
        fprintf(out, "=== %s:\t--\n", name);
}

static void print_segmentation(const struct score *s, FILE *out)
{
    const struct chunks *c = &s->all;
    fprintf(out, "=== TOTAL TRUE WORD COUNT:\t%ju\n", (uintmax_t)c->gold);
    fprintf(out, "=== TOTAL TEST WORD COUNT:\t%ju\n", (uintmax_t)c->guessed);
    double recall = c->gold > 0 ? (double)c->correct / (double)c->gold : 0;
    double precision = c->guessed > 0 ? (double)c->correct / (double)c->guessed : 0;
    fprintf(out, "=== TOTAL TRUE WORDS RECALL:\t%2.3f\n", recall);
    fprintf(out, "=== TOTAL TEST WORDS PRECISION:\t%2.3f\n", precision);
    fprintf(out, "=== F MEASURE:\t%2.3f\n", f1(precision, recall));
    if (!s->words.find)
        return;
    fprintf(out, "=== OOV Rate:\t%2.3f\n", c->gold > 0 ? (double)s->oov / (double)c->gold : 0);
    print_share(out, "OOV Recall Rate", s->oov_correct, s->oov);
    print_share(out, "IV Recall Rate", c->correct - s->oov_correct, c->gold - s->oov);
}

/* The labels of a pair. */
static void labels_of(const struct score *s, size_t pair, uint32_t y[2])
{
    memcpy(y, s->pairs.name[pair].s, 2 * sizeof *y);
}

static int by_support(const void *a, const void *b)
{
    const struct score_label *p = a, *q = b;
    return p->gold != q->gold ? (p->gold < q->gold) - (p->gold > q->gold) : by_bytes(p->label, q->label);
}

struct score_label *score_by_label(const struct score *s, size_t *count)
{
    struct score_label *all = memory_new(s->labels.n, sizeof *all);
    for (size_t k = 0; k < s->pairs.n; k++) {
        uint32_t y[2];
        labels_of(s, k, y);
        all[y[0]].gold += s->pair[k];
        all[y[1]].guessed += s->pair[k];
        if (y[0] == y[1])
            all[y[0]].correct += s->pair[k];
    }
    for (size_t y = 0; y < s->labels.n; y++) {
        struct score_label *l = &all[y];
        l->label = s->labels.name[y];
        l->precision = percent(l->correct, l->guessed);
        l->recall = percent(l->correct, l->gold);
        l->f1 = f1(l->precision, l->recall);
    }
    if (s->labels.n > 0)
        qsort(all, s->labels.n, sizeof *all, by_support);
    *count = s->labels.n;
    return all;
}

/* A name in a column; what are one or two columns of a terminal for a character is left to the terminal. */
static void print_name(FILE *out, struct span name, size_t width)
{
    char *text = shown(name);
    size_t characters = 0;
    for (const char *p = text; *p; p++)
        characters += (*p & 0xC0) != 0x80;
    fprintf(out, "%s%*s", text, characters < width ? (int)(width - characters) : 0, "");
    memory_free(text);
}

enum { LABEL_WIDTH = 17, CONFUSIONS = 20 };

static void print_label(FILE *out, struct span name, double precision, double recall, double f, uint64_t gold)
{
    print_name(out, name, LABEL_WIDTH);
    fprintf(out, "  %9.2f %7.2f %7.2f %8ju\n", precision, recall, f, (uintmax_t)gold);
}

struct confusion {
    struct span gold, guess;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct confusion *p = a, *q = b;
    if (p->count != q->count)
        return (p->count < q->count) - (p->count > q->count);
    int order = by_bytes(p->gold, q->gold);
    return order != 0 ? order : by_bytes(p->guess, q->guess);
}

static void print_confusions(const struct score *s, FILE *out)
{
    struct confusion *found = memory_new(s->pairs.n, sizeof *found);
    size_t n = 0;
    for (size_t k = 0; k < s->pairs.n; k++) {
        uint32_t y[2];
        labels_of(s, k, y);
        if (y[0] != y[1])
            found[n++] = (struct confusion){s->labels.name[y[0]], s->labels.name[y[1]], s->pair[k]};
    }
    if (n > 0) {
        qsort(found, n, sizeof *found, by_count);
        fprintf(out, "\nconfusions, gold -> guess%s\n", n > CONFUSIONS ? " (the 20 most frequent)" : "");
    }
    for (size_t k = 0; k < n && k < CONFUSIONS; k++)
        text_say(out, "%8ju  %.*s -> %.*s", (uintmax_t)found[k].count, (int)found[k].gold.n, found[k].gold.s,
                 (int)found[k].guess.n, found[k].guess.s);
    memory_free(found);
}

static void print_labels(const struct score *s, FILE *out)
{
    size_t count;
    struct score_label *all = score_by_label(s, &count);
    double precision = 0, recall = 0, f = 0;
    uint64_t tokens = 0, correct = 0;
    fprintf(out, "\n%-*s  precision  recall      F1  support\n", LABEL_WIDTH, "label");
    for (size_t y = 0; y < count; y++) {
        print_label(out, all[y].label, all[y].precision, all[y].recall, all[y].f1, all[y].gold);
        precision += all[y].precision, recall += all[y].recall, f += all[y].f1;
        tokens += all[y].gold, correct += all[y].correct;
    }
    double n = count > 0 ? (double)count : 1, micro = percent(correct, tokens);
    print_label(out, span_of("macro average"), precision / n, recall / n, f / n, tokens);
    print_label(out, span_of("micro average"), micro, micro, micro, tokens);
    memory_free(all);
    print_confusions(s, out);
}

void score_print(const struct score *s, FILE *out)
{
    switch (s->task) {
    case SCORE_TAGGING:
        print_tagging(s, out);
        break;
    case SCORE_CHUNKING:
        print_chunking(s, out);
        break;
    case SCORE_SEGMENTATION:
        print_segmentation(s, out);
        break;
    }
    if (s->confusions)
        print_labels(s, out);
}

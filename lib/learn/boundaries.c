/* SPDX-License-Identifier: MIT */
#include "lib/learn/boundaries.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"
#include "lib/num/constraint.h"

#include <string.h>

bool boundaries_choice(const char *name, enum whole *whole)
{
    static const char *const names[] = {"none", "letters", "digits", "both"};
    for (int k = 0; k < 4; k++)
        if (strcmp(names[k], name) == 0) {
            *whole = (enum whole)k;
            return true;
        }
    return false;
}

/* ---- what is known */

enum kind { OTHER, LETTER, DIGIT, POINT };

static enum kind kind_of(struct span character)
{
    size_t length;
    int32_t code = unicode_first(character, &length);
    if (code == '.' || code == 0xFF0E) /* full-width */
        return POINT;
    enum unicode_kind kind = unicode_kind(code);
    return kind == UNICODE_UPPER || kind == UNICODE_LOWER ? LETTER : kind == UNICODE_DIGIT ? DIGIT : OTHER;
}

void boundaries_runs(enum whole whole, const struct span *cell, uint32_t stride, uint32_t n, uint8_t *at)
{
    enum kind before = OTHER, here = OTHER;
    memset(at, BOUNDARY_OPEN, n);
    for (uint32_t i = 0; i < n && whole != WHOLE_NONE; i++) {
        enum kind old = before;
        before = here;
        here = kind_of(cell[(size_t)i * stride]);
        if (here == LETTER && before == LETTER && whole & WHOLE_LETTERS)
            at[i] = BOUNDARY_JOINED;
        if (here == DIGIT && before == DIGIT && whole & WHOLE_DIGITS)
            at[i] = BOUNDARY_JOINED;
        if (here == DIGIT && before == POINT && old == DIGIT && whole & WHOLE_DIGITS)
            at[i - 1] = at[i] = BOUNDARY_JOINED;
    }
}

void boundaries_cut(const struct span *label, uint32_t stride, uint32_t n, uint8_t *at)
{
    for (uint32_t i = 1; i < n; i++) {
        char before = label[(size_t)(i - 1) * stride].s[0];
        if (before == 'E' || before == 'S')
            at[i] = BOUNDARY_CUT;
    }
}

/* ---- what labels say */

struct boundaries {
    uint32_t T;
    struct { /* may or must a word begin before a character of this label, end after it? */
        bool may_begin, must_begin, may_end, must_end;
    } label[]; /* [T] */
};

struct boundaries *boundaries_new(const struct vocab *labels, enum scheme scheme)
{
    uint32_t T = vocab_count(labels);
    struct boundaries *b = memory_new(1, sizeof *b + T * sizeof *b->label);
    b->T = T;
    for (uint32_t y = 0; y < T; y++) {
        struct scheme_tag tag = scheme_cut(vocab_text(labels, y));
        b->label[y].may_begin = scheme_may_begin(scheme, tag.prefix);
        b->label[y].must_begin = tag.prefix == 'B' || tag.prefix == 'S';
        b->label[y].may_end = scheme_stops(scheme, tag);
        b->label[y].must_end = tag.prefix == 'E' || tag.prefix == 'S';
    }
    return b;
}

void boundaries_free(struct boundaries *b)
{
    memory_free(b);
}

static bool agrees(const struct boundaries *b, uint32_t y, uint8_t before, uint8_t after)
{
    return (before != BOUNDARY_CUT || b->label[y].may_begin) &&
           (before != BOUNDARY_JOINED || !b->label[y].must_begin) &&
           (after != BOUNDARY_CUT || b->label[y].may_end) &&
           (after != BOUNDARY_JOINED || !b->label[y].must_end);
}

/* Has character i a label that fits and is not forbidden? */
static bool any_fits(const struct boundaries *b, const struct chain *c, uint32_t i, uint8_t before,
                     uint8_t after)
{
    for (uint32_t y = 0; y < c->T; y++)
        if (agrees(b, y, before, after) && constraint_met((double)c->node[(size_t)i * c->stride + y]))
            return true;
    return false;
}

uint32_t boundaries_apply(const struct boundaries *b, const uint8_t *at, struct chain *c)
{
    uint32_t left = c->n;
    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t before = at[i], after = i + 1 < c->n ? at[i + 1] : BOUNDARY_OPEN;
        if (!any_fits(b, c, i, before, after)) {
            before = before == BOUNDARY_CUT ? BOUNDARY_CUT : BOUNDARY_OPEN;
            after = after == BOUNDARY_CUT ? BOUNDARY_CUT : BOUNDARY_OPEN;
        }
        bool any = any_fits(b, c, i, before, after);
        if (!any && left == c->n)
            left = i;
        for (uint32_t y = 0; y < c->T && any; y++)
            if (!agrees(b, y, before, after))
                constraint_forbid(c, i, y);
    }
    return left;
}

void boundaries_favour(const struct boundaries *b, struct chain *c, uint32_t i, uint8_t before, uint8_t after,
                       real score)
{
    for (uint32_t y = 0; y < c->T; y++)
        if (agrees(b, y, before, after))
            c->node[(size_t)i * c->stride + y] += score;
}

/* The label of a character with a word's end, or none, behind it; a beginning, or none, before it. */
static struct span ending(struct span label, bool end)
{
    bool alone = label.s[0] == 'B' || label.s[0] == 'S';
    return span_of(end ? alone ? "S" : "E" : alone ? "B" : "M");
}

static struct span beginning(struct span label, bool begin)
{
    bool last = label.s[0] == 'E' || label.s[0] == 'S';
    return span_of(begin ? last ? "S" : "B" : last ? "E" : "M");
}

void boundaries_mend(const uint8_t *at, uint32_t n, struct span *label)
{
    for (uint32_t i = 1; i < n; i++) {
        bool ends = scheme_word_ends(label[i - 1].s[0], label[i].s[0]);
        if (at[i] != (ends ? BOUNDARY_JOINED : BOUNDARY_CUT))
            continue;
        label[i - 1] = ending(label[i - 1], !ends);
        label[i] = beginning(label[i], !ends);
    }
}

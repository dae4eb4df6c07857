/* SPDX-License-Identifier: MIT */
#include "lib/data/cells.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN (VOCAB_NONE - 1) /* in a memo: not worked out yet */

#define NUMERALS 16 /* few words are longer */

/* What is known of the cells of one slot, by their own number. */
struct memo {
    uint32_t *value; /* [capacity] */
    size_t capacity;
};

struct cells {
    uint32_t *row; /* [slots][n] */
    size_t row_capacity;
    struct memo *memo; /* [slots] */
    uint32_t nmemos;
    uint32_t *numeral; /* [PLACES][NUMERALS] what number_of answered */
    struct text_buffer buffer, word;
    uint32_t *hits; /* [4][n] of the word list */
    size_t hits_capacity;
    uint32_t searched; /* the column whose hits these are */
    double dropout;
    uint64_t sentences; /* numbered while training learns */
};

struct cells *cells_new(void)
{
    return memory_new(1, sizeof(struct cells));
}

void cells_dropout(struct cells *c, double share)
{
    c->dropout = share;
}

void cells_free(struct cells *c)
{
    if (!c)
        return;
    for (uint32_t k = 0; k < c->nmemos; k++)
        memory_free(c->memo[k].value);
    memory_free(c->memo);
    memory_free(c->row);
    memory_free(c->numeral);
    memory_free(c->buffer.bytes);
    memory_free(c->hits);
    memory_free(c->word.bytes);
    memory_free(c);
}

static uint32_t number(const struct space *space, struct vocab *grow, struct span text)
{
    return grow ? vocab_add(grow, text) : vocab_find(space->values, text);
}

static uint32_t *remember(struct memo *m, uint32_t id)
{
    size_t before = m->capacity;
    m->value = memory_grow(m->value, &m->capacity, id + (size_t)1, sizeof *m->value);
    for (size_t k = before; k < m->capacity; k++)
        m->value[k] = UNKNOWN;
    return &m->value[id];
}

static uint32_t value_of(struct cells *c, const struct space *space, struct vocab *grow,
                         const struct attribute *a, struct span cell)
{
    struct span value;
    return attribute_value(a, cell, &c->buffer, &value) ? number(space, grow, value) : VOCAB_NONE;
}

/* The attribute of a slot for a cell, whose own number is `plain`. */
static uint32_t look_up(struct cells *c, const struct space *space, struct vocab *grow, uint32_t slot,
                        struct span cell, uint32_t plain)
{
    const struct attribute *a = &space->template->slot[slot].attribute;
    if (plain == VOCAB_NONE)
        return value_of(c, space, grow, a, cell);
    uint32_t *known = remember(&c->memo[slot], plain);
    if (*known == UNKNOWN)
        *known = value_of(c, space, grow, a, cell);
    return *known;
}

/* The row of the plain cells of a column, where it is made already. */
static const uint32_t *plain_row(const struct cells *c, const struct template *t, uint32_t before,
                                 uint32_t column, uint32_t n)
{
    for (uint32_t k = 0; k < before; k++)
        if (t->slot[k].column == column && t->slot[k].attribute.kind == ATTRIBUTE_CELL &&
            !t->slot[k].attribute.lower)
            return c->row + (size_t)k * n;
    return NULL;
}

struct view { /* one column of a sentence */
    const struct span *cell;
    uint32_t stride, n;
};

static void fill_attributes(struct cells *c, const struct space *space, struct vocab *grow, struct view v,
                            uint32_t slot, uint32_t *row)
{
    assert(row && v.n > 0);
    const uint32_t *plain = plain_row(c, space->template, slot, space->template->slot[slot].column, v.n);
    for (uint32_t i = 0; i < v.n; i++) {
        struct span cell = v.cell[(size_t)i * v.stride];
        row[i] = look_up(c, space, grow, slot, cell, plain ? plain[i] : number(space, grow, cell));
    }
}

static void fill_same(const struct space *space, struct vocab *grow, struct view v, uint32_t distance,
                      uint32_t *row)
{
    uint32_t answer[2] = {number(space, grow, span_of("0")), number(space, grow, span_of("1"))};
    for (uint32_t i = 0; i < v.n; i++)
        row[i] = answer[i + distance < v.n &&
                        span_equal(v.cell[(size_t)i * v.stride], v.cell[(size_t)(i + distance) * v.stride])];
}

/* `count` cells from i on, joined. */
static struct span join(struct cells *c, struct view v, uint32_t i, uint32_t count)
{
    c->word.length = 0;
    for (uint32_t k = i; k < i + count; k++)
        text_append(&c->word, v.cell[(size_t)k * v.stride]);
    return (struct span){c->word.bytes, c->word.length};
}

enum place { NOWHERE, SINGLE, FIRST, INNER, LAST, PLACES };

/* The value that is a place's letter (none: nowhere) and a small number. */
static uint32_t number_of(struct cells *c, const struct space *space, struct vocab *grow, enum place place,
                          uint32_t n)
{
    uint32_t *known = n < NUMERALS ? &c->numeral[place * NUMERALS + n] : NULL;
    if (known && *known != UNKNOWN)
        return *known;
    char text[16];
    int length = snprintf(text, sizeof text, "%c%u", " SBME"[place], n), skip = place == NOWHERE;
    uint32_t id = number(space, grow, (struct span){text + skip, (size_t)(length - skip)});
    if (known)
        *known = id;
    return id;
}

static void fill_words(struct cells *c, const struct space *space, struct vocab *grow, struct view v,
                       const struct slot *slot, uint32_t *row)
{
    uint32_t column = slot->column;
    c->hits = memory_grow(c->hits, &c->hits_capacity, 4 * (size_t)v.n, sizeof *c->hits);
    struct lexicon_hits h = {c->hits, c->hits + v.n, c->hits + 2 * (size_t)v.n, c->hits + 3 * (size_t)v.n};
    if (c->searched != column)
        lexicon_search(space->lexicon, v.cell, v.stride, v.n, grow ? c->dropout : 0, c->sentences, &h);
    c->searched = column;
    for (uint32_t i = 0; i < v.n; i++)
        switch (slot->attribute.kind) {
        case ATTRIBUTE_WORD_FROM:
            row[i] = h.from[i] ? number(space, grow, join(c, v, i, h.from[i])) : VOCAB_NONE;
            break;
        case ATTRIBUTE_WORD_TO:
            row[i] = h.to[i] ? number(space, grow, join(c, v, i + 1 - h.to[i], h.to[i])) : VOCAB_NONE;
            break;
        case ATTRIBUTE_LENGTH_FROM:
            row[i] = number_of(c, space, grow, NOWHERE, h.from[i]);
            break;
        case ATTRIBUTE_LENGTH_TO:
            row[i] = number_of(c, space, grow, NOWHERE, h.to[i]);
            break;
        default:
            row[i] = number_of(c, space, grow,
                               h.cover[i] == 0                ? NOWHERE
                               : h.cover[i] == 1              ? SINGLE
                               : h.place[i] == 0              ? FIRST
                               : h.place[i] + 1 == h.cover[i] ? LAST
                                                              : INNER,
                               h.cover[i]);
        }
}

const uint32_t *cells_number(struct cells *c, const struct space *space, struct vocab *grow,
                             const struct sentence *s, bool labelled)
{
    const struct template *t = space->template;
    c->row = memory_grow(c->row, &c->row_capacity, (size_t)t->nslots * s->n + 1, sizeof *c->row);
    if (!c->memo) {
        c->memo = memory_new(c->nmemos = t->nslots, sizeof *c->memo);
        c->numeral = memory_new(PLACES * NUMERALS, sizeof *c->numeral);
        for (size_t k = 0; k < PLACES * NUMERALS; k++)
            c->numeral[k] = UNKNOWN;
    }
    c->searched = UINT32_MAX;
    c->sentences++;
    for (uint32_t k = 0; k < t->nslots; k++) {
        const struct slot *slot = &t->slot[k];
        uint32_t column = slot->column, *row = c->row + (size_t)k * s->n;
        enum attribute_kind kind = slot->attribute.kind;
        struct view v = {s->cell + column - (!labelled && column > space->label_column), s->ncolumns, s->n};
        if (kind == ATTRIBUTE_SAME)
            fill_same(space, grow, v, slot->attribute.number, row);
        else if (attribute_needs_words(&slot->attribute))
            fill_words(c, space, grow, v, slot, row);
        else if (kind == ATTRIBUTE_CELL && !slot->attribute.lower)
            for (uint32_t i = 0; i < s->n; i++)
                row[i] = number(space, grow, v.cell[(size_t)i * v.stride]);
        else
            fill_attributes(c, space, grow, v, k, row);
    }
    return c->row;
}

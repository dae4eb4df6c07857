/* SPDX-License-Identifier: MIT */
#include "lib/data/attribute.h"

#include "lib/base/memory.h"
#include "lib/base/pattern.h"
#include "lib/base/unicode.h"

#include <string.h>

#define NUMBER_MOST 32

const struct attribute_row attribute_table[] = {
    [ATTRIBUTE_CELL] = {"", ATTRIBUTE_NOTHING, "the cell itself"},
    [ATTRIBUTE_PREFIX] = {"prefix", ATTRIBUTE_NUMBER, "its first N characters; nothing where it is shorter"},
    [ATTRIBUTE_SUFFIX] = {"suffix", ATTRIBUTE_NUMBER, "its last N characters; nothing where it is shorter"},
    [ATTRIBUTE_SHAPE] = {"shape", ATTRIBUTE_NOTHING,
                         "X and x for letters, d for decimal digits, the rest as it is"},
    [ATTRIBUTE_SHORT_SHAPE] = {"short-shape", ATTRIBUTE_NOTHING,
                               "the shape with every run of one character written once"},
    [ATTRIBUTE_CLASS] = {"class", ATTRIBUTE_NOTHING,
                         "kind of its first character: upper lower letter han kana digit numeral punctuation "
                         "symbol space other"},
    [ATTRIBUTE_MATCH] = {"match", ATTRIBUTE_PATTERN,
                         "what an extended regular expression matches in it; nothing without a match"},
    [ATTRIBUTE_TEST] = {"test", ATTRIBUTE_PATTERN, "1 if an extended regular expression matches, else 0"},
    [ATTRIBUTE_SAME] = {"same", ATTRIBUTE_NUMBER, "1 if the cell N rows on is the same, else 0"},
    [ATTRIBUTE_WORD_FROM] = {"word-from", ATTRIBUTE_NOTHING, "the longest listed word that begins here"},
    [ATTRIBUTE_WORD_TO] = {"word-to", ATTRIBUTE_NOTHING, "the longest listed word that ends here"},
    [ATTRIBUTE_LENGTH_FROM] = {"length-from", ATTRIBUTE_NOTHING, "the length of word-from in tokens, or 0"},
    [ATTRIBUTE_LENGTH_TO] = {"length-to", ATTRIBUTE_NOTHING, "the length of word-to in tokens, or 0"},
    [ATTRIBUTE_PLACE] = {"place", ATTRIBUTE_NOTHING,
                         "B M E or S and the length of the longest listed word that covers this token, or 0"},
    {NULL, ATTRIBUTE_NOTHING, NULL},
};

static const char *const class_names[] = {
    [UNICODE_UPPER] = "upper",     [UNICODE_LOWER] = "lower",
    [UNICODE_LETTER] = "letter",   [UNICODE_HAN] = "han",
    [UNICODE_KANA] = "kana",       [UNICODE_DIGIT] = "digit",
    [UNICODE_NUMERAL] = "numeral", [UNICODE_PUNCTUATION] = "punctuation",
    [UNICODE_SYMBOL] = "symbol",   [UNICODE_SPACE] = "space",
    [UNICODE_OTHER] = "other",
};

void attribute_release(struct attribute *a)
{
    pattern_free(a->pattern);
    a->pattern = NULL;
}

/* ---- reading */

static bool unknown(struct span name, struct error *e)
{
    const char *names[sizeof attribute_table / sizeof *attribute_table];
    size_t count = 0;
    for (const struct attribute_row *row = &attribute_table[ATTRIBUTE_PREFIX]; row->name; row++)
        names[count++] = row->name;
    char *word = memory_copy(name.s, name.n);
    const char *near = text_nearest(word, names, count);
    memory_free(word);
    return error_set(e, ERROR_CORPUS, "no attribute is called '%.*s'; %s%s%ssee asyntrain list attributes",
                     text_shown(name, 40), name.s, near ? "did you mean '" : "", near ? near : "",
                     near ? "'? " : "");
}

bool attribute_parse(struct attribute *a, struct span text, struct error *e)
{
    const char *colon = memchr(text.s, ':', text.n);
    struct span name = {text.s, colon ? (size_t)(colon - text.s) : text.n};
    struct span argument = {colon ? colon + 1 : text.s + text.n, colon ? text.n - name.n - 1 : 0};
    long long number;
    *a = (struct attribute){.kind = ATTRIBUTE_PREFIX};
    while (attribute_table[a->kind].name && !span_is(name, attribute_table[a->kind].name))
        a->kind++;
    const struct attribute_row *row = &attribute_table[a->kind];
    if (!row->name)
        return unknown(name, e);
    if (row->argument == ATTRIBUTE_NOTHING)
        return !colon ||
               error_set(e, ERROR_CORPUS, "the attribute %s takes no argument: leave it out", row->name);
    if (!colon)
        return error_set(e, ERROR_CORPUS, "the attribute %s lacks its argument, as in %s:%s", row->name,
                         row->name, row->argument == ATTRIBUTE_NUMBER ? "3" : "\"^[0-9]+$\"");
    if (row->argument == ATTRIBUTE_PATTERN) {
        if (argument.n < 2 || argument.s[0] != '"' || argument.s[argument.n - 1] != '"')
            return error_set(e, ERROR_CORPUS,
                             "a regular expression stands in double quotes, as in %s:\"^[0-9]+$\"",
                             row->name);
        a->pattern = pattern_new((struct span){argument.s + 1, argument.n - 2}, EXPRESSION_POSIX, e);
        return a->pattern != NULL;
    }
    if (!text_integer(argument, &number) || number < 1 || number > NUMBER_MOST)
        return error_set(e, ERROR_CORPUS, "the argument of %s is no number from 1 to %d", row->name,
                         NUMBER_MOST);
    a->number = (uint32_t)number;
    return true;
}

bool attribute_wapiti(struct attribute *a, enum attribute_kind kind, struct span expression, struct error *e)
{
    *a = (struct attribute){.kind = kind, .pattern = pattern_new(expression, EXPRESSION_WAPITI, e)};
    return a->pattern != NULL;
}

bool attribute_needs_words(const struct attribute *a)
{
    return a->kind >= ATTRIBUTE_WORD_FROM;
}

/* ---- values */

static char *room(struct text_buffer *b, size_t n)
{
    return b->bytes = memory_grow(b->bytes, &b->capacity, n + 1, 1);
}

/* In small letters. */
static struct span lowered(struct span cell, struct text_buffer *b)
{
    b->length = 0;
    for (size_t i = 0, length; i < cell.n; i += length) {
        char small[4]; /* may take more bytes than its capital */
        int32_t code = unicode_first((struct span){cell.s + i, cell.n - i}, &length);
        text_append(b, (struct span){small, unicode_put(unicode_lower(code), small)});
    }
    return (struct span){b->bytes, b->length};
}

/* Bytes of the first `number` characters, or SIZE_MAX. */
static size_t head(struct span cell, uint32_t number)
{
    size_t i = 0;
    for (; number > 0 && i < cell.n; number--)
        i += text_utf8_first((struct span){cell.s + i, cell.n - i});
    return number == 0 ? i : SIZE_MAX;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of the last `number` characters, or SIZE_MAX. */
static size_t tail(struct span cell, uint32_t number)
{
    size_t i = cell.n;
    for (; number > 0 && i > 0; number--)
        do
            i--;
        while (inside_character(cell.s[i]));
    return number == 0 ? cell.n - i : SIZE_MAX;
}

static struct span shape(struct span cell, bool brief, struct text_buffer *b)
{
    char *out = room(b, cell.n);
    size_t n = 0, length;
    int32_t before = 0;
    for (size_t i = 0; i < cell.n; i += length) {
        int32_t code = unicode_first((struct span){cell.s + i, cell.n - i}, &length);
        enum unicode_kind kind = unicode_kind(code);
        int32_t symbol = kind == UNICODE_UPPER                           ? 'X'
                         : kind == UNICODE_LOWER                         ? 'x'
                         : kind == UNICODE_LETTER || kind == UNICODE_HAN ? 'x'
                         : kind == UNICODE_KANA                          ? 'x'
                         : kind == UNICODE_DIGIT                         ? 'd'
                                                                         : code;
        if (!brief || symbol != before)
            n += unicode_put(symbol, out + n); /* never more bytes than were read: the cell may be in `out` */
        before = symbol;
    }
    return (struct span){out, n};
}

bool attribute_value(const struct attribute *a, struct span cell, struct text_buffer *buffer,
                     struct span *value)
{
    size_t n, length;
    bool found;
    *value = cell;
    if (cell.n == 0)
        return false;
    if (a->lower)
        *value = cell = lowered(cell, buffer);
    switch (a->kind) {
    case ATTRIBUTE_PREFIX:
        n = head(cell, a->number);
        if (n == SIZE_MAX)
            return false;
        *value = (struct span){cell.s, n};
        return true;
    case ATTRIBUTE_SUFFIX:
        n = tail(cell, a->number);
        if (n == SIZE_MAX)
            return false;
        *value = (struct span){cell.s + cell.n - n, n};
        return true;
    case ATTRIBUTE_SHAPE:
    case ATTRIBUTE_SHORT_SHAPE:
        *value = shape(cell, a->kind == ATTRIBUTE_SHORT_SHAPE, buffer);
        return true;
    case ATTRIBUTE_CLASS:
        *value = span_of(class_names[unicode_kind(unicode_first(cell, &length))]);
        return true;
    case ATTRIBUTE_MATCH:
    case ATTRIBUTE_TEST:
        found = pattern_find(a->pattern, cell, a->kind == ATTRIBUTE_MATCH ? value : NULL);
        if (a->kind == ATTRIBUTE_TEST)
            *value = span_of(found ? "1" : "0");
        if (found && a->lower_value)
            *value = lowered(*value, buffer);
        return found || a->kind == ATTRIBUTE_TEST;
    default:
        return true;
    }
}

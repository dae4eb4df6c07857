/* SPDX-License-Identifier: MIT */
#include "lib/data/attribute.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"

#include <ctype.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MOST 32
#define PATTERN_BYTES 1000 /* regcomp recurses: thousands of brackets end the stack */

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

/* ---- regular expressions: POSIX extended, on characters, whatever the user's locale */

struct pattern {
    regex_t regex;
    locale_t locale; /* of UTF-8; (locale_t)0 where the system has none: then bytes are characters */
};

static locale_t enter(const struct pattern *p)
{
    return p->locale ? uselocale(p->locale) : (locale_t)0;
}

static void leave(locale_t before)
{
    if (before)
        uselocale(before);
}

static struct pattern *pattern_new(struct span expression, struct error *e)
{
    if (expression.n > PATTERN_BYTES) {
        error_set(e, ERROR_CORPUS,
                  "the regular expression has %zu bytes, at most %d are expected; shorten it", expression.n,
                  PATTERN_BYTES);
        return NULL;
    }
    struct pattern *p = memory_new(1, sizeof *p);
    char *copy = memory_copy(expression.s, expression.n);
    p->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = enter(p);
    int fault = regcomp(&p->regex, copy, REG_EXTENDED);
    leave(before);
    memory_free(copy);
    if (fault == 0)
        return p;
    char reason[128];
    regerror(fault, &p->regex, reason, sizeof reason);
    error_set(e, ERROR_CORPUS, "the regular expression is malformed (%s)", reason);
    if (p->locale)
        freelocale(p->locale);
    memory_free(p);
    return NULL;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static bool pattern_find(const struct pattern *p, const char *zero_ended, struct span *found)
{
    regmatch_t m[1];
    locale_t before = enter(p);
    int fault = regexec(&p->regex, zero_ended, 1, m, 0);
    leave(before);
    if (fault)
        return false;
    /* where bytes are characters, a match may begin or end within one of ours */
    const char *begin = zero_ended + m[0].rm_so, *end = zero_ended + m[0].rm_eo;
    while (begin > zero_ended && inside_character(*begin))
        begin--;
    while (inside_character(*end))
        end++;
    *found = (struct span){begin, (size_t)(end - begin)};
    return true;
}

void attribute_release(struct attribute *a)
{
    if (!a->pattern)
        return;
    regfree(&a->pattern->regex);
    if (a->pattern->locale)
        freelocale(a->pattern->locale);
    memory_free(a->pattern);
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
        a->pattern = pattern_new((struct span){argument.s + 1, argument.n - 2}, e);
        return a->pattern != NULL;
    }
    if (!text_integer(argument, &number) || number < 1 || number > NUMBER_MOST)
        return error_set(e, ERROR_CORPUS, "the argument of %s is no number from 1 to %d", row->name,
                         NUMBER_MOST);
    a->number = (uint32_t)number;
    return true;
}

/* One character, class or operator of Wapiti's dialect as an extended regular expression; returns the bytes read. */
static size_t translate(struct span s, char *out, size_t *length)
{
    static const char *const classes[] = {"ddigit", "aalpha", "walnum", "llower",
                                          "uupper", "ppunct", "sspace"};
    size_t at = 0;
    if (s.s[0] == '\\' && s.n > 1) {
        for (size_t k = 0; k < sizeof classes / sizeof *classes; k++)
            if (tolower((unsigned char)s.s[1]) == classes[k][0]) {
                *length += (size_t)sprintf(out + *length, "[%s[:%s:]]",
                                           isupper((unsigned char)s.s[1]) ? "^" : "", classes[k] + 1);
                return 2;
            }
        at = 1; /* the character behind it, whatever it is */
    } else if (strchr(".*?", s.s[0])) {
        out[(*length)++] = s.s[0];
        return 1;
    }
    size_t n = text_utf8_first((struct span){s.s + at, s.n - at});
    if (n == 1 && strchr("\\.^$*?+()[]{}|", s.s[at]))
        out[(*length)++] = '\\';
    memcpy(out + *length, s.s + at, n);
    *length += n;
    return at + n;
}

bool attribute_wapiti(struct attribute *a, enum attribute_kind kind, struct span expression, struct error *e)
{
    char *posix = memory_new(expression.n + 1, 16);
    size_t length = 0, i = 0;
    bool repeatable = false; /* may a * follow? */
    *a = (struct attribute){.kind = kind};
    if (expression.n && expression.s[0] == '^')
        posix[length++] = expression.s[i++];
    while (i < expression.n) {
        char c = expression.s[i];
        if (c == '$' && i + 1 == expression.n) {
            posix[length++] = c;
            break;
        }
        if ((c == '*' || c == '?') && !repeatable) {
            memory_free(posix);
            return error_set(e, ERROR_CORPUS,
                             "a %c follows no character that it could repeat; write \\%c for the character",
                             c, c);
        }
        repeatable = c != '*' && c != '?';
        i += translate((struct span){expression.s + i, expression.n - i}, posix, &length);
    }
    a->pattern = pattern_new((struct span){posix, length}, e);
    memory_free(posix);
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

static const char *zero_ended(struct span cell, struct text_buffer *b)
{
    char *copy = room(b, cell.n);
    memcpy(copy, cell.s, cell.n);
    copy[cell.n] = 0;
    return copy;
}

/* In small letters, zero-ended. */
static struct span lowered(struct span cell, struct text_buffer *b)
{
    b->length = 0;
    for (size_t i = 0, length; i < cell.n; i += length) {
        char small[4]; /* may take more bytes than its capital */
        int32_t code = unicode_first((struct span){cell.s + i, cell.n - i}, &length);
        text_append(b, (struct span){small, unicode_put(unicode_lower(code), small)});
    }
    b->bytes[b->length] = 0;
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
    const char *text;
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
        text = a->lower ? cell.s : zero_ended(cell, buffer);
        found = pattern_find(a->pattern, text, value);
        if (a->kind == ATTRIBUTE_TEST)
            *value = span_of(found ? "1" : "0");
        else if (found)
            value->s =
                cell.s + (value->s - text); /* not in `buffer`, which is needed for the small letters */
        if (found && a->lower_value)
            *value = lowered(*value, buffer);
        return found || a->kind == ATTRIBUTE_TEST;
    default:
        return true;
    }
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/vectors.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"

#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "word2vec's binary is little-endian, and so is this code");

/* What of a file shows how many numbers a vector has: bytes (some lines of the widest vectors), and lines. */
#define BEGINNING ((size_t)2 << 20)
#define BEGINNING_LINES 1000

/* A file under way. */
struct source {
    struct stream *stream;
    const char *name;
    struct vectors *v;
    const struct vocab *only;
    bool headed; /* the first line says how many words there are, … */
    uint32_t promised; /* … so many */
    uint32_t done; /* words that are read, with their numbers */
    uint32_t current; /* the word under way, or VOCAB_NONE: it was there before */
    size_t row_capacity, row_of_capacity;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cut the next field off `rest`; an empty one is none. */
static struct span cut(struct span *rest)
{
    while (rest->n && blank(*rest->s))
        rest->s++, rest->n--;
    struct span field = {rest->s, 0};
    while (field.n < rest->n && !blank(rest->s[field.n]))
        field.n++;
    *rest = (struct span){rest->s + field.n, rest->n - field.n};
    return field;
}

static uint32_t count_fields(struct span line)
{
    uint32_t n = 0;
    while (cut(&line).n)
        n++;
    return n;
}

/* How many fields at the end of a line are numbers, besides its first. */
static uint32_t count_numbers(struct span line)
{
    uint32_t n = 0;
    double x;
    cut(&line);
    for (struct span field; (field = cut(&line)).n;)
        n = text_real(field, &x) ? n + 1 : 0;
    return n;
}

/* ---- what both kinds share */

/* The word of a new entry, and where its numbers go: behind the last that are kept (for a word that was there before,
 * in vain). NULL on a fault. */
static float *begin_entry(struct source *s, struct span word, struct error *e)
{
    struct vectors *v = s->v;
    uint32_t before = vocab_count(v->words);
    if (before == VECTORS_WORDS || vocab_bytes(v->words).n + word.n > VECTORS_BYTES) {
        error_set(e, ERROR_CORPUS,
                  "%s: more than %u words, or %zu bytes of words; take the most frequent ones", s->name,
                  VECTORS_WORDS, VECTORS_BYTES);
        return NULL;
    }
    uint32_t id = vocab_add(v->words, word);
    s->current = id == before ? id : VOCAB_NONE;
    if (id != before && v->twice++ == 0)
        v->first_twice = id;
    if (id == before) {
        v->row_of = memory_grow(v->row_of, &s->row_of_capacity, id + (size_t)1, sizeof *v->row_of);
        v->row_of[id] = VOCAB_NONE;
    }
    v->row = memory_grow(v->row, &s->row_capacity, (v->count + (size_t)1) * v->columns, sizeof *v->row);
    return v->row + (size_t)v->count * v->columns;
}

/* The numbers of the last word are there: are they wanted? */
static void end_entry(struct source *s)
{
    struct vectors *v = s->v;
    uint32_t id = s->current;
    s->done++;
    if (id == VOCAB_NONE)
        return;
    if (!s->only || vocab_find(s->only, vocab_text(v->words, id)) != VOCAB_NONE)
        v->row_of[id] = v->count++;
}

static bool too_few(struct source *s, struct error *e)
{
    return error_set(e, ERROR_CORPUS,
                     "%s: ends after %u word%s, its first line says %u; it is cut short, copy or download it "
                     "again",
                     s->name, s->done, text_s(s->done), s->promised);
}

static bool too_many(struct source *s, struct error *e)
{
    return error_set(e, ERROR_CORPUS,
                     "%s: goes on after the %u word%s that its first line says; correct that line, or remove "
                     "the rest",
                     s->name, s->promised, text_s(s->promised));
}

/* ---- text */

static bool set_columns(struct source *s, long long columns, struct error *e)
{
    s->v->columns = (uint32_t)columns;
    if (columns >= 1 && columns <= VECTORS_COLUMNS)
        return true;
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: vectors of %lld numbers; expected are 1 to %d, in lines of a word and its numbers "
        "(word2vec, GloVe, fastText .vec); is this the right file?",
        s->name, stream_number(s->stream), columns, VECTORS_COLUMNS);
}

/* Most lines at the beginning of a file without a first line of its own have vectors of how many numbers? 0: there is
 * no line, or reading failed (whoever reads on will be told where). */
static uint32_t guess_columns(struct source *s)
{
    struct span ahead;
    struct error later;
    if (!stream_peek(s->stream, BEGINNING, &ahead, &later))
        return 0;
    uint32_t *count = memory_new(VECTORS_COLUMNS + 1, sizeof *count), columns = 0;
    for (int k = 0; k < BEGINNING_LINES && ahead.n; k++) {
        const char *end = memchr(ahead.s, '\n', ahead.n);
        if (!end && ahead.n == BEGINNING && k > 0)
            break; /* a part of a line */
        struct span line = {ahead.s, end ? (size_t)(end - ahead.s) : ahead.n};
        uint32_t n = count_numbers(line);
        if (n > 0 && n <= VECTORS_COLUMNS && ++count[n] > count[columns])
            columns = n;
        ahead.s += line.n + (end != NULL), ahead.n -= line.n + (end != NULL);
    }
    memory_free(count);
    return columns;
}

static bool text_width(struct source *s, struct span word, uint32_t found, struct error *e)
{
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: '%.*s' has %u number%s, expected are %u as %s; mend or remove the line",
                     s->name, stream_number(s->stream), text_shown(word, 40), word.s, found, text_s(found),
                     s->v->columns, s->headed ? "line 1 says" : "in most of the first lines");
}

/* Is a field rather a number of the vector in `rest` than a part of its word? A word may hold a whole number (Windows
 * 98), before a vector that has others. */
static bool is_of_vector(struct span field, struct span rest)
{
    double x;
    long long whole;
    if (!text_real(field, &x) || !text_integer(field, &whole))
        return text_real(field, &x);
    while ((field = cut(&rest)).n && text_integer(field, &whole))
        ;
    return field.n == 0;
}

/* Take the word off a line of `fields`: all but the last numbers. A word with a number like the
 * vector's in it is rather a vector too long. */
static bool text_word(struct source *s, struct span *line, uint32_t fields, struct span *word,
                      struct error *e)
{
    struct span rest = *line, first = cut(&rest), field = first;
    for (uint32_t k = fields - s->v->columns; k > 1; k--) {
        field = cut(&rest);
        if (is_of_vector(field, rest))
            return text_width(s, first, fields - 1, e);
    }
    *word = (struct span){first.s, (size_t)(field.s + field.n - first.s)};
    *line = rest;
    return word->n <= VECTORS_WORD ||
           error_set(e, ERROR_CORPUS,
                     "%s:%lu: a word of %zu bytes, at most %d are expected; is this the right file?", s->name,
                     stream_number(s->stream), word->n, VECTORS_WORD);
}

static bool text_entry(struct source *s, struct span line, struct error *e)
{
    struct span rest = line, word = cut(&rest), field;
    uint32_t fields = count_fields(line);
    if (fields == 0)
        return true; /* an empty line says nothing */
    unsigned long number = stream_number(s->stream);
    if (s->headed && s->done == s->promised)
        return too_many(s, e);
    if (s->v->columns == 0 && !set_columns(s, count_numbers(line), e))
        return false;
    if (fields <= s->v->columns)
        return text_width(s, word, fields - 1, e);
    rest = line;
    if (!text_word(s, &rest, fields, &word, e))
        return false;
    float *row = begin_entry(s, word, e);
    if (!row)
        return false;
    for (uint32_t k = 0; k < s->v->columns; k++) {
        field = cut(&rest);
        double x = 0;
        bool good = text_real(field, &x);
        row[k] = (float)x;
        if (!good || !isfinite(row[k]))
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: number %u of '%.*s' is '%.*s'; expected is a finite number, as in -0.25 or "
                "1e-3; mend the line or remove it",
                s->name, number, k + 1, text_shown(word, 40), word.s, text_shown(field, 40), field.s);
    }
    end_entry(s);
    return true;
}

static bool read_text(struct source *s, struct error *e)
{
    struct span line;
    while (stream_line(s->stream, &line, e))
        if (!text_entry(s, line, e))
            return false;
    if (e->kind != ERROR_NONE)
        return false;
    return !s->headed || s->done == s->promised || too_few(s, e);
}

/* ---- word2vec's binary */

static bool binary_fault(struct source *s, const char *what, struct error *e)
{
    return error_set(
        e, ERROR_CORPUS,
        "%s: word %u of %u %s; the file is damaged, or its first line, which says that vectors have "
        "%u number%s, is wrong: copy or download it again",
        s->name, s->done + 1, s->promised, what, s->v->columns, text_s(s->v->columns));
}

/* The word that comes next, without line feeds before it. */
static bool binary_word(struct source *s, struct span *word, struct error *e)
{
    struct span ahead;
    for (;;) {
        if (!stream_peek(s->stream, VECTORS_WORD + 1, &ahead, e))
            return false;
        if (ahead.n == 0 || *ahead.s != '\n')
            break;
        stream_skip(s->stream, 1);
    }
    if (ahead.n == 0)
        return too_few(s, e);
    const char *end = memchr(ahead.s, ' ', ahead.n <= VECTORS_WORD ? ahead.n : VECTORS_WORD + 1);
    if (!end)
        return ahead.n <= VECTORS_WORD ? too_few(s, e) : binary_fault(s, "does not end", e);
    *word = (struct span){ahead.s, (size_t)(end - ahead.s)};
    if (word->n == 0)
        return binary_fault(s, "is empty", e);
    if (text_utf8_fault(*word) < word->n || memchr(word->s, 0, word->n))
        return binary_fault(s, "is not UTF-8", e);
    return true;
}

static bool binary_entry(struct source *s, struct error *e)
{
    struct span word, ahead;
    uint32_t columns = s->v->columns;
    if (!binary_word(s, &word, e))
        return false;
    float *row = begin_entry(s, word, e);
    if (!row)
        return false;
    stream_skip(s->stream, word.n + 1);
    if (!stream_peek(s->stream, columns * sizeof *row, &ahead, e))
        return false;
    if (ahead.n < columns * sizeof *row)
        return too_few(s, e);
    memcpy(row, ahead.s, columns * sizeof *row);
    stream_skip(s->stream, columns * sizeof *row);
    for (uint32_t k = 0; k < columns; k++)
        if (!isfinite(row[k]))
            return binary_fault(s, "has a number that is not finite", e);
    end_entry(s);
    return true;
}

static bool read_binary(struct source *s, struct error *e)
{
    struct span ahead;
    while (s->done < s->promised)
        if (!binary_entry(s, e))
            return false;
    while (stream_peek(s->stream, 1, &ahead, e)) {
        if (ahead.n == 0)
            return true;
        if (*ahead.s != '\n')
            return too_many(s, e);
        stream_skip(s->stream, 1);
    }
    return false;
}

/* ---- which kind it is */

/* Two whole numbers alone are the first line of word2vec and fastText. */
static bool is_header(struct span line, long long *words, long long *columns)
{
    struct span first = cut(&line), second = cut(&line), rest = cut(&line);
    return rest.n == 0 && text_integer(first, words) && text_integer(second, columns) && *words >= 0 &&
           *columns >= 0;
}

/* Is what follows the first line text? Floats have bytes that numbers in text have not. */
static bool is_text(struct span ahead, uint32_t columns)
{
    const char *end = memchr(ahead.s, '\n', ahead.n), *begin = memchr(ahead.s, ' ', ahead.n);
    if (!end)
        end = ahead.s + ahead.n;
    if (!begin || begin > end)
        return true;
    size_t left = (size_t)(ahead.s + ahead.n - begin), length = columns * sizeof(float) + 1;
    for (const char *p = begin; p < begin + (left < length ? left : length); p++) {
        unsigned char c = (unsigned char)*p;
        if ((c < ' ' && !strchr("\t\r\n", c)) || c == 0 || (c > '~' && p < end))
            return false;
    }
    return true;
}

static bool read_headed(struct source *s, long long words, long long columns, struct error *e)
{
    struct span ahead;
    if (words < 1 || words > VECTORS_WORDS)
        return error_set(
            e, ERROR_CORPUS,
            "%s:1: says that there are %lld words; expected are 1 to %u; is this the right file?", s->name,
            words, VECTORS_WORDS);
    s->headed = true;
    s->promised = (uint32_t)words;
    if (!set_columns(s, columns, e))
        return false;
    if (!stream_peek(s->stream, VECTORS_WORD + 1 + (size_t)columns * sizeof(float), &ahead, e))
        return false;
    return is_text(ahead, s->v->columns) ? read_text(s, e) : read_binary(s, e);
}

static bool read_file(struct source *s, struct error *e)
{
    struct span line;
    long long words, columns;
    uint32_t guess = guess_columns(s);
    if (!stream_line(s->stream, &line, e))
        return e->kind == ERROR_NONE
                   ? error_set(e, ERROR_CORPUS, "%s: is empty; expected are lines of a word and its numbers",
                               s->name)
                   : false;
    if (is_header(line, &words, &columns))
        return read_headed(s, words, columns, e);
    s->v->columns = guess;
    return text_entry(s, line, e) && read_text(s, e);
}

struct vectors *vectors_read(const char *path, const struct vocab *only, struct error *e)
{
    struct source s = {.stream = stream_open(path, e), .name = path, .only = only};
    if (!s.stream)
        return NULL;
    struct vectors *v = s.v = memory_new(1, sizeof *v);
    v->words = vocab_new();
    bool good = read_file(&s, e);
    stream_close(s.stream);
    if (good && s.done == 0)
        good = error_set(e, ERROR_CORPUS, "%s: no word in it; expected are lines of a word and its numbers",
                         path);
    if (good) {
        v->row = memory_fit(v->row, (size_t)v->count * v->columns + 1, sizeof *v->row);
        return v;
    }
    vectors_free(v);
    return NULL;
}

void vectors_free(struct vectors *v)
{
    if (!v)
        return;
    vocab_free(v->words);
    memory_free(v->row);
    memory_free(v->row_of);
    memory_free(v);
}

uint32_t vectors_find(const struct vectors *v, struct span word)
{
    uint32_t id = vocab_find(v->words, word);
    return id == VOCAB_NONE ? VOCAB_NONE : v->row_of[id];
}

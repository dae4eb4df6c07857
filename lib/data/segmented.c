/* SPDX-License-Identifier: MIT
 *
 * segmented: one sentence a line, words separated by white space (all of Unicode's). Joined, the words are
 * the raw text; its characters (code points) are the tokens, and a word of n characters is labelled
 * B M…M E, one of a single character S. Two columns come out: the character and its label.
 */
#include "lib/base/unicode.h"
#include "lib/data/format.h"
#include "lib/data/scheme.h"

#include <string.h>

/* Bytes of white space at s: an ASCII blank, or what Unicode calls a space (U+3000, the ideographic one, U+00A0, which
 * breaks no line, …); 0 for anything else. */
static size_t blank(struct span s)
{
    unsigned char c = (unsigned char)s.s[0];
    if (c < 0x80)
        return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
    if (c != 0xC2 && (c < 0xE1 || c > 0xE3)) /* no space begins so */
        return 0;
    size_t length;
    return unicode_kind(unicode_first(s, &length)) == UNICODE_SPACE ? length : 0;
}

static bool word(struct reader *r, struct span w, struct error *e)
{
    for (size_t i = 0; i < w.n;) {
        size_t length = text_utf8_first((struct span){w.s + i, w.n - i});
        bool first = i == 0, last = i + length == w.n;
        const char *label = first ? last ? "S" : "B" : last ? "E" : "M";
        if (!reader_cell(r, (struct span){w.s + i, length}, e) || !reader_cell(r, (struct span){label, 1}, e))
            return false;
        i += length;
    }
    return true;
}

bool segmented_word(struct span *rest, struct span *found)
{
    size_t gap;
    while (rest->n && (gap = blank(*rest)))
        rest->s += gap, rest->n -= gap;
    *found = (struct span){rest->s, 0};
    while (rest->n && !blank(*rest)) {
        size_t length = text_utf8_first(*rest);
        found->n += length;
        rest->s += length, rest->n -= length;
    }
    return found->n > 0;
}

bool segmented_list(const char *path, void (*add)(void *to, struct span word), void *to, struct error *e)
{
    struct stream *s = stream_open(path, e);
    struct span line, found;
    while (s && stream_line(s, &line, e))
        while (segmented_word(&line, &found))
            add(to, found);
    stream_close(s);
    return e->kind == ERROR_NONE;
}

static bool next(struct reader *r, struct error *e)
{
    struct span line, found;
    while (stream_line(r->stream, &line, e)) {
        r->sentence.line = r->sentence.first = r->sentence.last = stream_number(r->stream);
        while (segmented_word(&line, &found))
            if (!word(r, found, e))
                return false;
        if (r->cells)
            return true;
        r->blank = r->sentence.line;
    }
    return false;
}

/* The words of the labels, in one line; with marginals in columns. */
static void write(const struct sentence *s, const struct answer *a, FILE *out)
{
    if (a->marginal || a->candidate) {
        format_write_columns(s, a, out);
        return;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        struct span character = s->cell[(size_t)i * s->ncolumns];
        if (i && scheme_word_ends(a->label[i - 1].s[0], a->label[i].s[0]))
            putc(' ', out);
        fwrite(character.s, 1, character.n, out);
    }
    putc('\n', out);
}

const struct format_ops format_segmented = {
    .name = "segmented",
    .summary = "one sentence a line, words separated by white space; characters become B M E S tokens",
    .lines = true,
    .separator = ' ',
    .ncolumns = 2,
    .next = next,
    .write = write,
};

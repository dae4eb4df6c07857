/* SPDX-License-Identifier: MIT
 *
 * conll: one token a line, columns separated by white space, a blank line after each sentence
 * (CoNLL-2000). The number of columns is that of the file's first token. A line -DOCSTART- before a sentence
 * (CoNLL-2003 begins its documents so) is none of it; it may have other columns, as it does in some copies.
 */
#include "lib/data/format.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* Append the columns of a line; returns how many. */
static uint32_t split(struct reader *r, struct span line, struct error *e)
{
    uint32_t count = 0;
    for (size_t i = 0;;) {
        while (i < line.n && blank(line.s[i]))
            i++;
        if (i == line.n)
            return count;
        size_t begin = i;
        while (i < line.n && !blank(line.s[i]))
            i++;
        if (!reader_cell(r, (struct span){line.s + begin, i - begin}, e))
            return count;
        count++;
    }
}

static bool next(struct reader *r, struct error *e)
{
    struct sentence *s = &r->sentence;
    struct span line;
    while (stream_line(r->stream, &line, e)) {
        uint32_t columns = split(r, line, e);
        if (e->kind)
            return false;
        if (columns == 0) {
            if (r->cells)
                return true;
            continue;
        }
        bool first = r->cells == columns;
        if (first)
            s->line = stream_number(r->stream);
        s->ncolumns = columns;
        if (first && span_is((struct span){r->text, r->ends[0]}, "-DOCSTART-")) {
            s->document = true;
            return true;
        }
        if (r->columns == 0)
            r->columns = columns;
        if (columns != r->columns)
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: %u column%s; the lines before have %u: every line needs the same number "
                "of columns, separated by white space, and a blank line ends a sentence",
                stream_name(r->stream), stream_number(r->stream), columns, columns == 1 ? "" : "s",
                r->columns);
    }
    return e->kind == ERROR_NONE && r->cells > 0;
}

const struct format_ops format_conll = {
    .name = "conll",
    .summary = "one token a line, columns separated by white space, a blank line after each sentence",
    .next = next,
    .write = format_write_columns,
};

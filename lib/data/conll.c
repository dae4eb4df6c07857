/* SPDX-License-Identifier: MIT
 *
 * conll: one token a line, columns separated by white space, a blank line after each sentence
 * (CoNLL-2000). The number of columns is that of the file's first token. A line whose first cell is -DOCSTART-
 * (CoNLL-2003 begins its documents so) ends a sentence and is no token of one, wherever it stands; it may have other
 * columns than tokens, as it does in some copies, and empty ones.
 *
 * A line that begins with the text of corpus.comments is a comment where it stands between sentences. Within one it is
 * a token: "# # B-NP" is the pound sign of CoNLL-2000.
 *
 * With the separator TAB cells may hold blanks; those around them are dropped.
 */
#include "lib/base/memory.h"
#include "lib/data/format.h"

#include <string.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static struct span trim(struct span s)
{
    while (s.n && blank(s.s[0]))
        s.s++, s.n--;
    while (s.n && blank(s.s[s.n - 1]))
        s.n--;
    return s;
}

/* Cut the first cell off a line that is not blank; `*rest` begins behind its separator and becomes NULL after the
 * last. */
static struct span cut(struct span *rest, bool tabs)
{
    struct span line = *rest;
    size_t begin = 0, end;
    while (!tabs && begin < line.n && blank(line.s[begin]))
        begin++;
    for (end = begin; end < line.n && !(tabs ? line.s[end] == '\t' : blank(line.s[end])); end++)
        ;
    struct span cell = {line.s + begin, end - begin};
    while (!tabs && end < line.n && blank(line.s[end]))
        end++;
    *rest = end == line.n ? (struct span){NULL, 0} : (struct span){line.s + end + tabs, line.n - end - tabs};
    return tabs ? trim(cell) : cell;
}

static bool is_document(const struct reader *r, struct span line)
{
    return trim(line).n && span_is(cut(&line, r->format->separator == '\t'), "-DOCSTART-");
}

/* Append the columns of a line; returns how many. */
static uint32_t split(struct reader *r, struct span line, struct error *e)
{
    const struct span whole = line;
    bool tabs = r->format->separator == '\t';
    uint32_t count = 0;
    if (trim(line).n == 0)
        return 0;
    while (line.s) {
        struct span cell = cut(&line, tabs);
        count++;
        if (cell.n == 0 && !is_document(r, whole)) {
            error_set(e, ERROR_CORPUS,
                      "%s:%lu: column %u is empty; write _ where there is nothing (columns are separated by "
                      "TAB, as corpus.separator says)",
                      stream_name(r->stream), stream_number(r->stream), count);
            return count;
        }
        if (!reader_cell(r, cell, e))
            return count;
    }
    return count;
}

static bool ragged(const struct reader *r, struct span line, uint32_t columns, struct error *e)
{
    bool tabs = r->format->separator == '\t';
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: %u column%s; the lines before have %u: every line needs the same number of "
                     "columns, separated "
                     "by %s, and a blank line ends a sentence%s",
                     stream_name(r->stream), stream_number(r->stream), columns, text_s(columns), r->columns,
                     tabs ? "TAB" : "white space",
                     !tabs && memchr(line.s, '\t', line.n) ? " (is it TAB alone? say separator tab)" : "");
}

static bool is_comment(const struct reader *r, struct span line)
{
    const char *text = r->format->comments;
    const size_t n = text ? strlen(text) : 0;
    return n > 0 && line.n >= n && memcmp(line.s, text, n) == 0;
}

/* The comment is a document of its own; `line` stands where it is until the next one is read. */
static bool comment(struct reader *r, struct span line)
{
    struct sentence *s = &r->sentence;
    s->source = r->source = memory_grow(r->source, &r->source_capacity, 1, sizeof *r->source);
    r->source[0] = line;
    s->nsource = 1;
    s->first = s->line = s->source_line = s->last;
    s->ncolumns = r->columns ? r->columns : 1;
    return s->document = s->joined = true;
}

static bool next(struct reader *r, struct error *e)
{
    struct sentence *s = &r->sentence;
    s->nsource = 0;
    struct span line = r->pending;
    bool pending = line.n > 0;
    r->pending.n = 0;
    for (; pending || stream_line(r->stream, &line, e); pending = false) {
        s->last = stream_number(r->stream);
        if (r->cells == 0 && is_comment(r, line))
            return comment(r, line);
        if (r->cells && is_document(r, line)) {
            r->pending = line; /* it stands where it is until the next line is read */
            s->last--;
            return s->joined = true;
        }
        uint32_t columns = split(r, line, e);
        if (e->kind)
            return false;
        if (columns == 0) {
            if (r->cells)
                return true;
            r->blank = s->last;
            continue;
        }
        if (r->cells == columns) {
            s->first = s->line = s->last;
            s->ncolumns = columns;
            if (is_document(r, line))
                return s->document = s->joined = true;
        }
        if (r->columns == 0)
            r->columns = columns;
        if (columns != r->columns)
            return ragged(r, line, columns, e);
    }
    return e->kind == ERROR_NONE && r->cells > 0;
}

const struct format_ops format_conll = {
    .name = "conll",
    .summary = "one token a line, columns separated by white space, a blank line after each sentence",
    .separator = ' ',
    .next = next,
    .write = format_write_columns,
};

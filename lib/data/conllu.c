/* SPDX-License-Identifier: MIT
 *
 * conllu: CoNLL-U, the format of Universal Dependencies (universaldependencies.org/format.html): ten columns
 * separated by TAB, a blank line after each sentence. Comments (#), multiword tokens (3-4) and empty nodes (5.1)
 * are no tokens; they are kept, because answers are written in the same format, line for line. The first column,
 * the token's number, is no cell: so column 0 is the word, as in the other formats. Where a key of MISC bears the label
 * (SpaceAfter=No|NER=B-PER), its value is a tenth cell.
 */
#include "lib/base/memory.h"
#include "lib/data/format.h"

#include <string.h>

enum { ID, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC, COLUMNS, CELLS = COLUMNS - 1 };
#define SENTENCE_LINES 2000000

static const char *const columns[] = {"id",   "form",   "lemma", "upos", "xpos", "feats",
                                      "head", "deprel", "deps",  "misc", NULL};

static bool blank(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.s[i] != ' ' && line.s[i] != '\t')
            return false;
    return true;
}

static size_t digits(struct span s, size_t from)
{
    size_t i = from;
    while (i < s.n && s.s[i] >= '0' && s.s[i] <= '9')
        i++;
    return i - from;
}

/* What an id stands for; NOTHING: it is none. */
enum row { TOKEN, SKIPPED, NOTHING };
static enum row row_of(struct span id)
{
    size_t first = digits(id, 0);
    if (first == 0)
        return NOTHING;
    if (first == id.n)
        return TOKEN;
    size_t second = digits(id, first + 1);
    return (id.s[first] == '-' || id.s[first] == '.') && second && first + 1 + second == id.n ? SKIPPED
                                                                                              : NOTHING;
}

static bool split(const struct reader *r, struct span line, struct span *cell, struct error *e)
{
    uint32_t count = 0;
    for (const char *at = line.s, *end = line.s + line.n; at <= end; count++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        if (!tab)
            tab = end;
        if (count < COLUMNS)
            cell[count] = (struct span){at, (size_t)(tab - at)};
        at = tab + 1;
    }
    if (count != COLUMNS)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: %u column%s; CoNLL-U has %d, separated by TAB, and a blank line ends a "
                         "sentence (for other columns: format 'conll')",
                         stream_name(r->stream), stream_number(r->stream), count, text_s(count), COLUMNS);
    for (uint32_t c = 0; c < COLUMNS; c++)
        if (cell[c].n == 0)
            return error_set(e, ERROR_CORPUS,
                             "%s:%lu: column %u (%s) is empty; write _ where there is nothing",
                             stream_name(r->stream), stream_number(r->stream), c + 1, columns[c]);
    return true;
}

/* The value of a key in MISC, with the bytes before and behind its KEY=VALUE; false: it is not there. */
static bool find_key(struct span misc, const char *key, struct span *value, size_t *before, size_t *behind)
{
    size_t length = strlen(key);
    for (size_t i = 0, end; i < misc.n; i = end + 1) {
        const char *bar = memchr(misc.s + i, '|', misc.n - i);
        end = bar ? (size_t)(bar - misc.s) : misc.n;
        if (end - i <= length || memcmp(misc.s + i, key, length) != 0 || misc.s[i + length] != '=')
            continue;
        *value = (struct span){misc.s + i + length + 1, end - i - length - 1};
        *before = i;
        *behind = misc.n - end;
        return true;
    }
    return false;
}

/* The cell more that is the value of a key of MISC. */
static bool misc_cell(struct reader *r, struct span misc, struct error *e)
{
    const char *key = r->format->misc;
    struct span value = {"O", 1};
    size_t before, behind;
    if (find_key(misc, key, &value, &before, &behind) && value.n == 0)
        return error_set(e, ERROR_CORPUS, "%s:%lu: %s= of MISC has no value; take it out where there is none",
                         stream_name(r->stream), stream_number(r->stream), key);
    return reader_cell(r, value, e);
}

/* A line that is neither blank nor a comment. */
static bool row(struct reader *r, struct span line, struct error *e)
{
    struct span cell[COLUMNS] = {{"", 0}};
    if (!split(r, line, cell, e))
        return false;
    int shown = text_shown(cell[ID], 40);
    enum row kind = row_of(cell[ID]);
    if (kind == NOTHING)
        return error_set(
            e, ERROR_CORPUS,
            "%s:%lu: '%.*s' is no id; expected a number (3), a range (3-4) or an empty node's (5.1)",
            stream_name(r->stream), stream_number(r->stream), shown, cell[ID].s);
    if (kind == SKIPPED)
        return true;
    size_t before = r->cells / r->sentence.ncolumns;
    long long id;
    if (!text_integer(cell[ID], &id) || id != (long long)before + 1)
        return error_set(
            e, ERROR_CORPUS,
            "%s:%lu: token %.*s where %zu is expected: ids count 1, 2, 3 … in each sentence, and a "
            "blank line ends a sentence",
            stream_name(r->stream), stream_number(r->stream), shown, cell[ID].s, before + 1);
    for (uint32_t c = ID + 1; c < COLUMNS; c++)
        if (!reader_cell(r, cell[c], e))
            return false;
    if (r->format->misc && !misc_cell(r, cell[MISC], e))
        return false;
    r->lines = memory_grow(r->lines, &r->lines_capacity, before + 1, sizeof *r->lines);
    r->lines[before] = stream_number(r->stream);
    return true;
}

static bool keep(struct reader *r, struct span line, struct error *e)
{
    struct sentence *s = &r->sentence;
    if (s->nsource == 0)
        s->source_line = stream_number(r->stream);
    if (s->nsource == SENTENCE_LINES)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: the sentence has more than %d lines; a blank line is expected after each "
                         "sentence",
                         stream_name(r->stream), stream_number(r->stream), SENTENCE_LINES);
    size_t end = r->source_length + line.n;
    r->source_text = memory_grow(r->source_text, &r->source_text_capacity, end, 1);
    r->source_ends =
        memory_grow(r->source_ends, &r->source_ends_capacity, s->nsource + (size_t)1, sizeof *r->source_ends);
    memcpy(r->source_text + r->source_length, line.s, line.n);
    r->source_ends[s->nsource++] = r->source_length = end;
    return true;
}

/* The text stands still: point into it. */
static void settle(struct reader *r)
{
    struct sentence *s = &r->sentence;
    r->source = memory_grow(r->source, &r->source_capacity, s->nsource, sizeof *r->source);
    for (size_t k = 0, begin = 0; k < s->nsource; begin = r->source_ends[k++])
        r->source[k] = (struct span){r->source_text + begin, r->source_ends[k] - begin};
    s->source = r->source;
    s->lines = r->lines;
    s->document = r->cells == 0;
    s->line = s->document ? s->source_line : r->lines[0];
    s->first = s->source_line;
    s->last = stream_number(r->stream);
}

static bool next(struct reader *r, struct error *e)
{
    struct span line;
    bool ended = false;
    r->sentence.nsource = 0;
    r->source_length = 0;
    while (stream_line(r->stream, &line, e)) {
        if (blank(line)) {
            if ((ended = r->sentence.nsource > 0))
                break;
            r->blank = stream_number(r->stream);
            continue;
        }
        if (!keep(r, line, e) || (line.s[0] != '#' && !row(r, line, e)))
            return false;
    }
    if (e->kind || r->sentence.nsource == 0)
        return false;
    settle(r);
    r->sentence.joined = r->sentence.document && !ended;
    return true;
}

/* MISC, with the label as the value of its key where it bears the label (O adds no key), and behind it what is known of
 * probabilities: Prob=0.9|Prob[NOUN]=0.9|Prob[VERB]=0.1 */
static void write_misc(const struct sentence *s, uint32_t i, const struct answer *a, FILE *out)
{
    struct span misc = s->cell[(size_t)i * s->ncolumns + MISC - 1], value, label = a->label[i];
    const struct candidate *c = a->candidate ? a->candidate + (size_t)i * a->ncandidates : NULL;
    size_t before, behind;
    bool bears = a->label_column == CELLS, there = bears && find_key(misc, s->misc, &value, &before, &behind);
    bool adds = bears && !there && !span_is(label, "O");
    if (a->label_column == MISC - 1)
        misc = label;
    const char *bar = "";
    if (there) {
        fwrite(misc.s, 1, before, out);
        fprintf(out, "%s=%.*s", s->misc, (int)label.n, label.s);
        fwrite(misc.s + misc.n - behind, 1, behind, out);
        bar = "|";
    } else if (!span_is(misc, "_") || !(adds || a->marginal || c)) {
        fwrite(misc.s, 1, misc.n, out);
        bar = "|";
    }
    if (adds) {
        fprintf(out, "%s%s=%.*s", bar, s->misc, (int)label.n, label.s);
        bar = "|";
    }
    if (a->marginal) {
        fprintf(out, "%sProb=%.6f", bar, a->marginal[i]);
        bar = "|";
    }
    for (uint32_t k = 0; c && k < a->ncandidates && c[k].probability >= CANDIDATE_LEAST; k++) {
        fprintf(out, "%sProb[%.*s]=%.6f", bar, (int)c[k].label.n, c[k].label.s, c[k].probability);
        bar = "|";
    }
}

static void write_token(const struct sentence *s, uint32_t i, const struct answer *a, FILE *out)
{
    fprintf(out, "%u", i + 1);
    for (uint32_t c = 0; c + 1 < MISC; c++) {
        struct span cell = c == a->label_column ? a->label[i] : s->cell[(size_t)i * s->ncolumns + c];
        putc('\t', out);
        fwrite(cell.s, 1, cell.n, out);
    }
    putc('\t', out);
    write_misc(s, i, a, out);
}

static void write(const struct sentence *s, const struct answer *a, FILE *out)
{
    for (uint32_t k = 0, i = 0; k < s->nsource; k++) {
        if (i < s->n && s->lines[i] == s->source_line + k)
            write_token(s, i++, a, out);
        else
            fwrite(s->source[k].s, 1, s->source[k].n, out);
        putc('\n', out);
    }
    if (!s->joined)
        putc('\n', out);
}

const struct format_ops format_conllu = {
    .name = "conllu",
    .summary = "CoNLL-U: ten columns separated by TAB, of which form is column 0; comments, 3-4 and 5.1 are "
               "no tokens",
    .separator = ' ',
    .ncolumns = CELLS,
    .columns = columns + 1,
    .unspecified = 1 << (UPOS - 1) | 1 << (XPOS - 1) | 1 << (HEAD - 1) | 1 << (DEPREL - 1),
    .next = next,
    .write = write,
};

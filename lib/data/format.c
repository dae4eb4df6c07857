/* SPDX-License-Identifier: MIT */
#include "lib/data/format.h"

#include "lib/base/memory.h"

#include <string.h>

#define CELL_BYTES ((size_t)64 << 10)
#define ATTRIBUTES_BYTES ((size_t)64 << 20) /* of a token */
#define SHOWN 40 /* bytes of a token's attributes */

const struct format_ops *const format_table[] = {&format_conll, &format_segmented, &format_conllu,
                                                 &format_crfsuite, NULL};

size_t format_cell_bytes(const struct format_ops *format)
{
    return format->attributes ? ATTRIBUTES_BYTES : CELL_BYTES;
}

bool format_open(const struct format_ops *format, uint32_t column, const char *open, struct span label)
{
    return open && *open &&
           (span_is(label, open) ||
            (column < 32 && format->unspecified >> column & 1 && span_is(label, "_")));
}

struct reader *reader_open(const struct format_ops *format, const char *path, struct error *e)
{
    struct stream *stream = stream_open(path, e);
    return stream ? reader_of(format, stream) : NULL;
}

struct reader *reader_of(const struct format_ops *format, struct stream *stream)
{
    struct reader *r = memory_new(1, sizeof *r);
    r->format = format;
    r->stream = stream;
    r->sentence.ncolumns = format->ncolumns;
    r->sentence.one_line = format->lines;
    r->sentence.separator = format->separator;
    r->sentence.misc = format->misc;
    return r;
}

void reader_close(struct reader *r)
{
    if (!r)
        return;
    stream_close(r->stream);
    memory_free(r->sentence.cell);
    memory_free(r->text);
    memory_free(r->ends);
    memory_free(r->lines);
    memory_free(r->source_text);
    memory_free(r->source_ends);
    memory_free(r->source);
    memory_free(r);
}

bool reader_cell(struct reader *r, struct span cell, struct error *e)
{
    const size_t most = format_cell_bytes(r->format);
    if (cell.n > most)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: a token of %zu bytes; at most %zu are expected: is the text separated by "
                         "white space, one token a line?",
                         stream_name(r->stream), stream_number(r->stream), cell.n, most);
    if (r->cells >= FORMAT_TOKENS * (size_t)(r->sentence.ncolumns ? r->sentence.ncolumns : 1))
        return error_set(e, ERROR_CORPUS, "%s:%lu: the sentence has more than %d tokens; %s",
                         stream_name(r->stream), stream_number(r->stream), FORMAT_TOKENS,
                         r->format->lines ? "one sentence a line is expected"
                                          : "a blank line is expected after each sentence");
    r->text = memory_grow(r->text, &r->text_capacity, r->text_length + cell.n + 1, 1);
    r->ends = memory_grow(r->ends, &r->ends_capacity, r->cells + 1, sizeof *r->ends);
    memcpy(r->text + r->text_length, cell.s, cell.n);
    r->text_length += cell.n;
    r->ends[r->cells++] = r->text_length;
    return true;
}

const struct sentence *reader_next(struct reader *r, struct error *e)
{
    struct sentence *s = &r->sentence;
    r->cells = r->text_length = 0;
    s->n = 0;
    s->document = s->joined = false;
    s->weight = 1;
    e->kind = ERROR_NONE;
    if (!r->format->next(r, e))
        return NULL;
    s->n = (uint32_t)(r->cells / s->ncolumns);
    s->cell = memory_grow(s->cell, &r->cell_capacity, r->cells, sizeof *s->cell);
    size_t begin = 0;
    for (size_t i = 0; i < r->cells; i++) {
        s->cell[i] = (struct span){r->text + begin, r->ends[i] - begin};
        begin = r->ends[i];
    }
    return s;
}

bool sentence_word(const struct sentence *s, uint32_t label_column, uint32_t *at, struct text_buffer *buffer,
                   struct span *word)
{
    buffer->length = 0;
    while (*at < s->n) {
        const struct span *cells = s->cell + (size_t)(*at)++ * s->ncolumns;
        char label = cells[label_column].s[0];
        text_append(buffer, cells[0]);
        if (label == 'E' || label == 'S') {
            *word = (struct span){buffer->bytes, buffer->length};
            return true;
        }
    }
    return false;
}

unsigned long sentence_line(const struct sentence *s, uint32_t i)
{
    return s->lines ? s->lines[i] : s->one_line ? s->line : s->line + i;
}

struct span format_shown(const struct format_ops *format, const struct sentence *s, uint32_t i,
                         struct text_buffer *buffer)
{
    const struct span word = s->cell[(size_t)i * s->ncolumns];
    if (!format->attributes)
        return word;
    const size_t n = (size_t)text_shown(word, SHOWN);
    buffer->length = 0;
    text_append(buffer, (struct span){word.s, n});
    text_append(buffer, span_of(n < word.n ? "..." : n == 0 ? "(none)" : ""));
    for (size_t k = 0; k < n; k++)
        if (buffer->bytes[k] == '\t')
            buffer->bytes[k] = ' ';
    return (struct span){buffer->bytes, buffer->length};
}

void format_write_candidates(const struct answer *a, uint32_t i, char separator, FILE *out)
{
    const struct candidate *c = a->candidate ? a->candidate + (size_t)i * a->ncandidates : NULL;
    for (uint32_t k = 0; c && k < a->ncandidates && c[k].probability >= CANDIDATE_LEAST; k++) {
        putc(separator, out);
        fwrite(c[k].label.s, 1, c[k].label.n, out);
        fprintf(out, ":%.6f", c[k].probability);
    }
}

void format_write_columns(const struct sentence *s, const struct answer *a, FILE *out)
{
    for (uint32_t k = 0; s->n == 0 && k < s->nsource; k++) { /* a comment */
        fwrite(s->source[k].s, 1, s->source[k].n, out);
        putc('\n', out);
    }
    for (uint32_t i = 0; i < s->n; i++) {
        for (uint32_t c = 0; c < s->ncolumns; c++) {
            const struct span *cell = &s->cell[(size_t)i * s->ncolumns + c];
            fwrite(cell->s, 1, cell->n, out);
            putc(s->separator, out);
        }
        fwrite(a->label[i].s, 1, a->label[i].n, out);
        if (a->marginal)
            fprintf(out, "%c%.6f", s->separator, a->marginal[i]);
        format_write_candidates(a, i, s->separator, out);
        putc('\n', out);
    }
    if (!s->joined)
        putc('\n', out);
}

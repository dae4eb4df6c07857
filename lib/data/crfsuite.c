/* SPDX-License-Identifier: MIT
 *
 * crfsuite: the feature files of CRFsuite (Okazaki 2007, "CRFsuite: a fast implementation of Conditional Random
 * Fields"): one token a line, its label and its attributes separated by TAB, a blank line after each sentence.
 *
 *     @weight:2                        how much the next sentence counts in training (lines of its own, or none)
 *     B-NP	w=Confidence	len:10      an attribute is NAME or NAME:VALUE; without a value it is 1
 *     B-PP	w=in	c\:d:0.5        names write a colon as \: and a backslash as \\
 *
 * A token becomes two cells: the text of its attributes, which crfsuite_attribute takes apart, and its label.
 */
#include "lib/data/format.h"

#include "lib/base/memory.h"

#include <math.h>
#include <string.h>

#define WEIGHT "@weight:"

/* The end of a name: its last colon without a backslash before it, or all of the field. */
static size_t name_end(struct span field)
{
    size_t end = field.n;
    for (size_t i = 0; i < field.n; i++)
        if (field.s[i] == '\\')
            i++;
        else if (field.s[i] == ':')
            end = i;
    return end;
}

static struct span plain(struct span name, struct text_buffer *buffer)
{
    if (!memchr(name.s, '\\', name.n))
        return name;
    buffer->length = 0;
    for (size_t i = 0; i < name.n; i++) {
        const bool escape = name.s[i] == '\\' && i + 1 < name.n && strchr(":\\", name.s[i + 1]);
        i += escape;
        text_append(buffer, (struct span){name.s + i, 1});
    }
    return (struct span){buffer->bytes, buffer->length};
}

bool crfsuite_attribute(struct span *rest, struct text_buffer *buffer, struct span *name, double *value)
{
    while (rest->n && *rest->s == '\t')
        rest->s++, rest->n--;
    if (rest->n == 0)
        return false;
    const char *tab = memchr(rest->s, '\t', rest->n);
    const struct span field = {rest->s, tab ? (size_t)(tab - rest->s) : rest->n};
    const size_t end = name_end(field);
    *rest = (struct span){field.s + field.n, rest->n - field.n};
    *value = 1;
    if (end < field.n && (!text_real((struct span){field.s + end + 1, field.n - end - 1}, value) ||
                          fabs(*value) > CRFSUITE_MOST))
        *value = NAN;
    *name = plain((struct span){field.s, end}, buffer);
    return true;
}

bool crfsuite_attributes(struct span attributes, const char *file, unsigned long line, struct error *e)
{
    struct text_buffer buffer = {0};
    struct span rest = attributes, name;
    double value = 1;
    bool good = true;
    while (good && crfsuite_attribute(&rest, &buffer, &name, &value))
        good = name.n > 0 && !isnan(value);
    memory_free(buffer.bytes);
    if (good)
        return true;
    const size_t end = (size_t)(rest.s - attributes.s);
    size_t begin = end;
    while (begin > 0 && attributes.s[begin - 1] != '\t')
        begin--;
    const struct span field = {attributes.s + begin, end - begin};
    if (!isnan(value))
        return error_set(e, ERROR_CORPUS, "%s:%lu: '%.*s' has no name; NAME or NAME:VALUE is expected", file,
                         line, text_shown(field, 60), field.s);
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: what follows the last colon of '%.*s' is no number of a size of at most %g; write "
        "\\: for a colon of a name",
        file, line, text_shown(field, 60), field.s, CRFSUITE_MOST);
}

static bool is_weight(struct span line)
{
    return line.n > strlen(WEIGHT) && memcmp(line.s, WEIGHT, strlen(WEIGHT)) == 0 &&
           !memchr(line.s, '\t', line.n);
}

static bool take_weight(struct reader *r, struct span line, struct error *e)
{
    struct sentence *s = &r->sentence;
    const struct span number = {line.s + strlen(WEIGHT), line.n - strlen(WEIGHT)};
    if (r->cells)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: a weight within a sentence; write it before the first token",
                         stream_name(r->stream), stream_number(r->stream));
    if (!text_real(number, &s->weight) || !(s->weight >= 0 && s->weight <= WEIGHT_MOST))
        return error_set(
            e, ERROR_CORPUS, "%s:%lu: weight '%.*s'; a number from 0 to %g is expected, as in @weight:0.5",
            stream_name(r->stream), stream_number(r->stream), text_shown(number, 40), number.s, WEIGHT_MOST);
    return true;
}

static bool take_token(struct reader *r, struct span line, struct error *e)
{
    const char *tab = memchr(line.s, '\t', line.n);
    const size_t n = tab ? (size_t)(tab - line.s) : line.n, behind = tab ? n + 1 : n;
    const struct span label = {line.s, n}, attributes = {line.s + behind, line.n - behind};
    return crfsuite_attributes(attributes, stream_name(r->stream), stream_number(r->stream), e) &&
           reader_cell(r, attributes, e) && reader_cell(r, label, e);
}

/* Without what separates nothing; a line of white space alone is empty. */
static struct span trim(struct span line)
{
    while (line.n && (line.s[line.n - 1] == '\t' || line.s[line.n - 1] == '\r'))
        line.n--;
    size_t blanks = 0;
    while (blanks < line.n && strchr(" \t", line.s[blanks]))
        blanks++;
    return blanks == line.n ? (struct span){line.s, 0} : line;
}

static bool next(struct reader *r, struct error *e)
{
    struct sentence *s = &r->sentence;
    struct span line;
    unsigned long begun = 0;
    while (stream_line(r->stream, &line, e)) {
        s->last = stream_number(r->stream);
        line = trim(line);
        if (line.n == 0 && r->cells)
            return true;
        if (line.n == 0 && begun)
            break;
        if (line.n == 0) {
            r->blank = s->last;
            continue;
        }
        if (!begun)
            begun = s->first = s->last;
        if (is_weight(line) ? !take_weight(r, line, e) : !take_token(r, line, e))
            return false;
        if (r->cells == 2)
            s->line = s->last;
    }
    if (begun && r->cells == 0 && e->kind == ERROR_NONE)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: a weight without a sentence; its first token is expected in "
                         "the next line",
                         stream_name(r->stream), begun);
    return e->kind == ERROR_NONE && r->cells > 0;
}

/* Each line has its label and the answer, as of `crfsuite tag -r`; one with a weight comes back empty, as a label
 * would not. */
static void write(const struct sentence *s, const struct answer *a, FILE *out)
{
    for (unsigned long line = s->first; line < s->line; line++)
        putc('\n', out);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span label = s->cell[(size_t)i * s->ncolumns + 1];
        fwrite(label.s, 1, label.n, out);
        putc('\t', out);
        fwrite(a->label[i].s, 1, a->label[i].n, out);
        if (a->marginal)
            fprintf(out, "\t%.6f", a->marginal[i]);
        format_write_candidates(a, i, '\t', out);
        putc('\n', out);
    }
    putc('\n', out);
}

const struct format_ops format_crfsuite = {
    .name = "crfsuite",
    .summary =
        "CRFsuite's feature files: LABEL, then NAME or NAME:VALUE for each attribute, separated by TAB; a "
        "blank line after each sentence",
    .separator = '\t',
    .attributes = true,
    .ncolumns = 2,
    .next = next,
    .write = write,
};

/* SPDX-License-Identifier: MIT */
#include "lib/data/template.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/data/vocab.h"

#include <stdio.h>
#include <string.h>

#define TEMPLATE_BYTES ((size_t)1 << 20)

/* What is being parsed, for messages. */
struct template_cell {
    const char *name;
    unsigned long line;
};

/* A template under construction. */
struct builder {
    struct template *t;
    struct vocab *skeletons;
    size_t line_capacity, slot_capacity;
    size_t active; /* lines that are no comments */
};

static bool fault(struct template_cell p, struct span line, const char *what, struct error *e)
{
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: '%.*s': %s; expected is U or B, an identifier and %%x[row,column] macros, as in "
        "U01:%%x[-1,0]/%%x[0,1]",
        p.name, p.line, text_shown(line, 60), line.s, what);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Bytes up to the bracket that ends a macro, which is not inside quotes; s.n if there is none. */
static size_t find_bracket(struct span s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++)
        if (s.s[i] == '\\' && quoted)
            i++;
        else if (s.s[i] == '"')
            quoted = !quoted;
        else if (s.s[i] == ']' && !quoted)
            return i;
    return s.n;
}

/* Without white space at its ends. */
static struct span bare(struct span s)
{
    while (s.n && blank(*s.s))
        s.s++, s.n--;
    while (s.n && blank(s.s[s.n - 1]))
        s.n--;
    return s;
}

/* Cut the text before the next comma off `rest`, without white space around it. */
static struct span cut(struct span *rest)
{
    const char *comma = memchr(rest->s, ',', rest->n);
    struct span part = {rest->s, comma ? (size_t)(comma - rest->s) : rest->n};
    size_t skip = part.n + (comma != NULL);
    *rest = (struct span){rest->s + skip, rest->n - skip};
    return bare(part);
}

/* What macro `letter` says behind its column. On a fault false, and what is wrong, without its place. */
static bool parse_attribute(struct attribute *a, char letter, struct span text, struct error *e)
{
    char small = letter | 0x20;
    text = bare(text);
    *a = (struct attribute){.kind = ATTRIBUTE_CELL};
    if (small != 'x' && (text.n < 2 || text.s[0] != '"' || text.s[text.n - 1] != '"'))
        return error_set(e, ERROR_CORPUS,
                         "%%t and %%m take a regular expression in double quotes, as in %%t[0,0,\"^\\u\"]");
    if (small != 'x' && !attribute_wapiti(a, small == 't' ? ATTRIBUTE_TEST : ATTRIBUTE_MATCH,
                                          (struct span){text.s + 1, text.n - 2}, e))
        return false;
    if (small == 'x' && text.n && !attribute_parse(a, text, e))
        return false;
    a->lower = letter == 'X';
    a->lower_value = letter == 'M';
    if (a->lower && a->kind >= ATTRIBUTE_SAME)
        return error_set(e, ERROR_CORPUS, "%%X does not go with the attribute %s: use %%x",
                         attribute_table[a->kind].name);
    return true;
}

/* The slot of a macro, a new one if need be. `attribute` is what stands behind the column. */
static bool find_slot(struct builder *b, char letter, uint32_t column, struct span attribute, uint32_t *slot,
                      struct error *e)
{
    struct template *t = b->t;
    char name[32];
    size_t head = (size_t)snprintf(name, sizeof name, "%c%u,", letter, column);
    char *text = memory_new(head + attribute.n + 1, 1);
    memcpy(text, name, head);
    memcpy(text + head, attribute.s, attribute.n);
    struct slot new = {.column = column, .text = {text, head + attribute.n}};
    for (*slot = 0; *slot < t->nslots && !span_equal(t->slot[*slot].text, new.text);)
        ++*slot;
    bool known = *slot < t->nslots;
    if (known || !parse_attribute(&new.attribute, letter, attribute, e)) {
        attribute_release(&new.attribute);
        memory_free(text);
        return known;
    }
    t->slot = memory_grow(t->slot, &b->slot_capacity, t->nslots + (size_t)1, sizeof *t->slot);
    t->slot[t->nslots] = new;
    t->words = t->words || attribute_needs_words(&new.attribute);
    if (column >= t->columns)
        t->columns = column + 1;
    t->nslots++;
    return true;
}

/* A macro at the start of s, "%x[...]", and its length. On a fault false, and what is wrong, without its place. */
static bool parse_macro(struct builder *b, struct span s, struct macro *m, size_t *length, struct error *e)
{
    long long row, column;
    if (s.n < 3 || !strchr("xXtTmM", s.s[1]) || s.s[2] != '[')
        return error_set(e, ERROR_CORPUS, "a macro is malformed");
    struct span inside = {s.s + 3, find_bracket((struct span){s.s + 3, s.n - 3})};
    *length = 3 + inside.n + 1;
    struct span first = cut(&inside), second = cut(&inside);
    m->absolute = first.n && first.s[0] == '@';
    if (m->absolute)
        first.s++, first.n--;
    if (*length > s.n || !text_integer(first, &row) || !text_integer(second, &column))
        return error_set(e, ERROR_CORPUS, "a macro is malformed");
    if (row < -TEMPLATE_REACH || row > TEMPLATE_REACH)
        return error_set(e, ERROR_CORPUS, "a row is out of reach (-32 to 32)");
    if (m->absolute && row == 0)
        return error_set(e, ERROR_CORPUS, "absolute rows count from @1, or from @-1 at the end");
    if (column < 0 || column >= 1024)
        return error_set(e, ERROR_CORPUS, "a column is out of range (0 to 1023)");
    m->row = (int)row - (m->absolute && row > 0);
    return find_slot(b, s.s[1], (uint32_t)column, inside, &m->slot, e);
}

static bool parse_line(struct builder *b, struct template_line *t, struct span line, struct template_cell p,
                       struct error *e)
{
    char *skeleton = memory_new(line.n + 1, 1);
    size_t length = 0, skip = 0;
    bool good = true;
    struct error why;
    *t = (struct template_line){.number = p.line, .edge = line.s[0] == 'B' || line.s[0] == 'b'};
    for (size_t i = 0; i < line.n && good;) {
        if (line.s[i] != '%') {
            skeleton[length++] = line.s[i++];
            continue;
        }
        good = t->nmacros < TEMPLATE_MACROS
                   ? parse_macro(b, (struct span){line.s + i, line.n - i}, &t->macro[t->nmacros], &skip, &why)
                   : error_set(&why, ERROR_CORPUS, "more than 8 macros");
        if (good) {
            t->nmacros++;
            i += skip;
            skeleton[length++] = '\0'; /* where a cell goes */
        }
    }
    t->skeleton = vocab_add(b->skeletons, (struct span){skeleton, length});
    memory_free(skeleton);
    return good ? true : fault(p, line, why.text, e);
}

/* Without white space at its end, and without a comment behind white space. */
static struct span trim(struct span line)
{
    for (size_t i = 1; i < line.n; i++)
        if (line.s[i] == '#' && blank(line.s[i - 1]))
            line.n = i;
    while (line.n && blank(line.s[line.n - 1]))
        line.n--;
    return line;
}

static void append(struct builder *b, const struct template_line *new)
{
    struct template *t = b->t;
    if (new->edge &&new->nmacros == 0) {
        t->transitions = true;
        return;
    }
    t->line = memory_grow(t->line, &b->line_capacity, t->count + 1, sizeof *t->line);
    t->line[t->count++] = *new;
}

static bool read_line(struct builder *b, struct span line, struct template_cell p, struct error *e)
{
    struct template_line new;
    if (!strchr("UuBb*", line.s[0]))
        return fault(p, line, "the line starts with neither U nor B", e);
    if (++b->active > TEMPLATE_LINES)
        return fault(p, line, "more than 1024 lines", e);
    if (!parse_line(b, &new, line, p, e))
        return false;
    append(b, &new);
    if (line.s[0] == '*') {
        new.edge = true;
        append(b, &new);
    }
    return true;
}

struct span template_next(const char **text, unsigned long *number)
{
    struct span line = {*text, 0};
    while (**text && line.n == 0) {
        const size_t length = strcspn(*text, "\n");
        line = trim((struct span){*text, length});
        *text += length + ((*text)[length] == '\n');
        ++*number;
        if (line.n && line.s[0] == '#')
            line.n = 0;
    }
    return line;
}

struct template *template_parse(const char *text, const char *name, struct error *e)
{
    struct builder b = {.t = memory_new(1, sizeof *b.t), .skeletons = vocab_new()};
    struct template *t = b.t;
    struct template_cell p = {name, 0};
    struct span line;
    bool good = true;
    t->text = memory_copy(text, strlen(text));
    while (good && (line = template_next(&text, &p.line)).n)
        good = read_line(&b, line, p, e);
    vocab_free(b.skeletons);
    size_t nodes = 0;
    for (size_t l = 0; l < t->count; l++)
        nodes += !t->line[l].edge;
    if (good && nodes == 0)
        good = error_set(e, ERROR_CORPUS, "%s: no U line; a template needs at least one, e.g. U00:%%x[0,0]",
                         name);
    if (good)
        return t;
    template_free(t);
    return NULL;
}

struct template *template_load(const char *path, struct error *e)
{
    struct stream *s = stream_open(path, e);
    if (!s)
        return NULL;
    char *text = memory_copy("", 0);
    size_t length = 0, capacity = 1;
    struct span line;
    while (stream_line(s, &line, e)) {
        if (length + line.n > TEMPLATE_BYTES) {
            error_set(e, ERROR_CORPUS, "%s:%lu: more than %zu bytes of template; is this the right file?",
                      path, stream_number(s), TEMPLATE_BYTES);
            break;
        }
        text = memory_grow(text, &capacity, length + line.n + 2, 1);
        memcpy(text + length, line.s, line.n);
        length += line.n;
        text[length++] = '\n';
        text[length] = 0;
    }
    stream_close(s);
    struct template *t = e->kind ? NULL : template_parse(text, path, e);
    memory_free(text);
    return t;
}

struct span template_source(const struct template *t, const struct template_line *line)
{
    const char *s = t->text;
    for (unsigned long k = 1; k < line->number; k++)
        s += strcspn(s, "\n") + 1;
    return trim((struct span){s, strcspn(s, "\n")});
}

struct span template_name(const struct template *t, const struct template_line *line)
{
    const char *s = template_source(t, line).s;
    return (struct span){s, strcspn(s, ":% \t\r\n")};
}

void template_fill(const struct template *t, const struct template_line *line, const struct span *value,
                   struct text_buffer *to)
{
    const struct span s = template_source(t, line);
    for (size_t i = 0; i < s.n;) {
        size_t literal = 0;
        while (i + literal < s.n && s.s[i + literal] != '%')
            literal++;
        text_append(to, (struct span){s.s + i, literal});
        i += literal;
        if (i == s.n)
            break;
        text_append(to, *value++);
        i += 3;
        i += find_bracket((struct span){s.s + i, s.n - i}) + 1;
    }
}

void template_free(struct template *t)
{
    if (!t)
        return;
    for (uint32_t k = 0; k < t->nslots; k++) {
        attribute_release(&t->slot[k].attribute);
        memory_free((char *)t->slot[k].text.s);
    }
    memory_free(t->slot);
    memory_free(t->text);
    memory_free(t->line);
    memory_free(t);
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/template.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/data/vocab.h"

#include <stdio.h>
#include <string.h>

#define TEMPLATE_BYTES ((size_t)1 << 20)

/* What is being parsed, for messages. */
struct place {
    const char *name;
    unsigned long line;
};

static bool fault(struct place p, struct span line, const char *what, struct error *e)
{
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: '%.*s': %s; expected is U or B, an identifier and %%x[row,column] macros, as in "
        "U01:%%x[-1,0]/%%x[0,1]",
        p.name, p.line, (int)(line.n < 60 ? line.n : 60), line.s, what);
}

/* "[row,column]" at the start of s; returns its length, 0 if it is not one. */
static size_t parse_macro(struct span s, struct macro *m)
{
    char copy[32];
    int length = 0;
    size_t n = s.n < sizeof copy - 1 ? s.n : sizeof copy - 1;
    memcpy(copy, s.s, n);
    copy[n] = 0;
    if (sscanf(copy, "[%4d,%4u]%n", &m->row, &m->column, &length) != 2 || length == 0) /* 4: no overflow */
        return 0;
    return (size_t)length;
}

static bool parse_line(struct template_line *t, struct vocab *skeletons, struct span line, struct place p,
                       struct error *e)
{
    char *skeleton = memory_new(line.n + 1, 1);
    size_t length = 0;
    const char *what = NULL;
    *t = (struct template_line){.edge = line.s[0] == 'B'};
    for (size_t i = 0; i < line.n && !what;) {
        if (line.s[i] != '%') {
            skeleton[length++] = line.s[i++];
            continue;
        }
        struct macro m = {0};
        size_t used = 0;
        if (line.n - i >= 2 && line.s[i + 1] == 'x')
            used = parse_macro((struct span){line.s + i + 2, line.n - i - 2}, &m);
        if (used == 0)
            what = "a macro is malformed";
        else if (m.row < -TEMPLATE_REACH || m.row > TEMPLATE_REACH)
            what = "a row is out of reach (-32 to 32)";
        else if (m.column >= 1024)
            what = "a column is out of range (0 to 1023)";
        else if (t->nmacros == TEMPLATE_MACROS)
            what = "more than 8 macros";
        else {
            t->macro[t->nmacros++] = m;
            skeleton[length++] = '\0'; /* where a cell goes */
            i += 2 + used;
        }
    }
    t->skeleton = vocab_add(skeletons, (struct span){skeleton, length});
    memory_free(skeleton);
    return what ? fault(p, line, what, e) : true;
}

static struct span trim(struct span line)
{
    while (line.n && (line.s[line.n - 1] == ' ' || line.s[line.n - 1] == '\t' || line.s[line.n - 1] == '\r'))
        line.n--;
    return line;
}

struct template *template_parse(const char *text, const char *name, struct error *e)
{
    struct template *t = memory_new(1, sizeof *t);
    struct vocab *skeletons = vocab_new();
    struct place p = {name, 0};
    size_t capacity = 0, active = 0;
    bool good = true;
    t->text = memory_copy(text, strlen(text));
    for (const char *s = text; *s && good;) {
        size_t length = strcspn(s, "\n");
        struct span line = trim((struct span){s, length});
        s += length + (s[length] == '\n');
        p.line++;
        if (line.n == 0 || line.s[0] == '#')
            continue;
        t->line = memory_grow(t->line, &capacity, t->count + 1, sizeof *t->line);
        struct template_line *new = &t->line[t->count];
        if (line.s[0] != 'U' && line.s[0] != 'B')
            good = fault(p, line, "the line starts with neither U nor B", e);
        else if (++active > TEMPLATE_LINES)
            good = fault(p, line, "more than 1024 lines", e);
        else if ((good = parse_line(new, skeletons, line, p, e))) {
            if (new->edge &&new->nmacros == 0) {
                t->transitions = true;
                continue;
            }
            for (uint32_t k = 0; k < new->nmacros; k++)
                if (new->macro[k].column >= t->columns)
                    t->columns = new->macro[k].column + 1;
            t->count++;
        }
    }
    vocab_free(skeletons);
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

void template_free(struct template *t)
{
    if (!t)
        return;
    memory_free(t->text);
    memory_free(t->line);
    memory_free(t);
}

/* SPDX-License-Identifier: MIT
 *
 * A source is read into entries: libyaml's events, maps flattened into paths. What the command line and the
 * defaults say goes the same way as what files say.
 */
#include "lib/base/config_store.h"

#include "lib/base/ledger.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum {
    DEPTH_MOST = 16,
    COUNT_MOST = 4096, /* keys said, items of a list */
};

/* ---- the store ---- */

/* One line whatever was in the input, and no code point cut in half. */
static void tidy(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            *p = '?';
    struct span s = span_of(text);
    for (size_t bad; (bad = text_utf8_fault(s)) < s.n;)
        text[bad] = '?';
}

static bool fault_list(struct source_line at, struct error *e, const char *format, va_list list)
{
    char text[sizeof e->text], key[NAME_MOST + 16] = "", where[48] = "";
    vsnprintf(text, sizeof text, format, list);
    if (at.key)
        snprintf(key, sizeof key, "key '%s': ", at.key);
    if (at.line)
        snprintf(where, sizeof where, ":%zu:%zu", at.line, at.column);
    error_set(e, ERROR_USAGE, "%s%s%s%s%s", at.file ? at.file : "default of", where, at.file ? ": " : " ",
              key, text);
    tidy(e->text);
    return false;
}

bool config_fault_at(struct source_line at, struct error *e, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fault_list(at, e, format, list);
    va_end(list);
    return false;
}

struct config *config_new(void)
{
    return memory_new(1, sizeof(struct config));
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->nkept; i++)
        memory_free(c->kept[i]);
    memory_free(c->kept);
    memory_free(c->entry);
    memory_free(c);
}

void *config_keep(struct config *c, void *made)
{
    c->kept = memory_grow(c->kept, &c->kept_room, c->nkept + 1, sizeof *c->kept);
    return c->kept[c->nkept++] = made;
}

struct entry *config_find(const struct config *c, const char *key)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->entry[i].at.key, key) == 0)
            return &c->entry[i];
    return NULL;
}

void config_forget(struct config *c, const char *key)
{
    size_t kept = 0, n = strlen(key);
    for (size_t i = 0; i < c->count; i++) {
        const char *said = c->entry[i].at.key;
        if (strncmp(said, key, n) != 0 || (said[n] != 0 && said[n] != '.'))
            c->entry[kept++] = c->entry[i];
    }
    c->count = kept;
}

const char *config_peek(const struct config *c, const char *key)
{
    const struct entry *x = config_find(c, key);
    return x && x->kind == SCALAR && !x->null ? x->text[0] : NULL;
}

bool config_said(const struct config *c, const char *key)
{
    return config_find(c, key) != NULL;
}

bool config_fault(const struct config *c, const char *key, struct error *e, const char *format, ...)
{
    const struct entry *x = config_find(c, key);
    va_list list;
    assert(x); /* perhaps before config_check: a name decides which keys there are */
    va_start(list, format);
    fault_list(x->at, e, format, list);
    va_end(list);
    return false;
}

/* ---- entering ---- */

/* What libyaml has memory for. */
struct yaml {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
};

/* Reads one source. */
struct yaml_reader {
    struct config *c;
    struct yaml *yaml; /* while it is read */
    const char *file, *folder, *key; /* key: the one this source is about; NULL: a whole file */
    size_t source;
    struct error *e;
};

/* Enter `x`, in place of what earlier sources said. */
static bool say(struct yaml_reader *r, struct source_line at, struct entry x)
{
    assert(at.key);
    struct config *c = r->c;
    struct entry *old = config_find(c, at.key);
    if (old && old->source == r->source && !at.line)
        return config_fault_at(at, r->e, "said twice; keep one of them");
    if (old && old->source == r->source)
        return config_fault_at(at, r->e, "said twice, here and in line %zu; keep one of them", old->at.line);
    if (!old) {
        c->entry = memory_grow(c->entry, &c->room, c->count + 1, sizeof *c->entry);
        old = &c->entry[c->count++];
    }
    x.at = at, x.folder = r->folder, x.source = r->source;
    *old = x;
    return c->count <= COUNT_MOST || config_fault_at(at, r->e, "more than %d keys; remove some", COUNT_MOST);
}

static bool say_scalar(struct yaml_reader *r, struct source_line at, const char *text, size_t length,
                       bool null)
{
    struct entry x = {.kind = SCALAR, .null = null, .count = 1};
    x.text = config_keep(r->c, memory_new(1, sizeof *x.text));
    x.text[0] = config_keep(r->c, memory_copy(text, length));
    return say(r, at, x);
}

/* ---- reading YAML ---- */

static struct source_line place_of(const struct yaml_reader *r, yaml_mark_t mark)
{
    return r->key ? (struct source_line){r->file, 0, 0, r->key}
                  : (struct source_line){r->file, mark.line + 1, mark.column + 1, NULL};
}

/* Columns are code points, as libyaml counts them. */
static yaml_mark_t mark_of(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset; i++) {
        mark.column += ((unsigned char)text[i] & 0xC0) != 0x80;
        if (text[i] == '\n')
            mark.line++, mark.column = 0;
    }
    return mark;
}

/* Is line `line` (from 0) indented by a TAB? Nobody sees it, and YAML takes blanks alone. */
static bool tab_indents(const char *text, size_t length, size_t line)
{
    const char *end = text + length;
    for (; line > 0 && text < end; text++)
        line -= *text == '\n';
    while (text < end && *text == ' ')
        text++;
    return line == 0 && text < end && *text == '\t';
}

static bool syntax_fault(struct yaml_reader *r)
{
    const yaml_parser_t *p = &r->yaml->parser;
    yaml_mark_t mark = p->problem_mark;
    if (p->error == YAML_MEMORY_ERROR || !p->problem)
        memory_failed("libyaml had none left");
    if (p->error == YAML_READER_ERROR) /* it has no mark, but an offset */
        mark = mark_of((const char *)p->input.string.start, p->problem_offset);
    const char *text = (const char *)p->input.string.start;
    if (!r->key && tab_indents(text, (size_t)((const char *)p->input.string.end - text), mark.line))
        return config_fault_at(place_of(r, mark), r->e,
                               "a TAB indents this line, which YAML does not allow; put blanks in its place");
    return config_fault_at(place_of(r, mark), r->e,
                           "not valid YAML: %s%s%s; check indentation, brackets and quotes", p->problem,
                           p->context ? " " : "", p->context ? p->context : "");
}

/* Has the current event an anchor or a tag, or is it an alias? */
static bool is_decorated(const yaml_event_t *v)
{
    if (v->type == YAML_SCALAR_EVENT)
        return v->data.scalar.anchor || v->data.scalar.tag;
    if (v->type == YAML_SEQUENCE_START_EVENT)
        return v->data.sequence_start.anchor || v->data.sequence_start.tag;
    if (v->type == YAML_MAPPING_START_EVENT)
        return v->data.mapping_start.anchor || v->data.mapping_start.tag;
    return v->type == YAML_ALIAS_EVENT;
}

static bool next(struct yaml_reader *r)
{
    yaml_event_t *v = &r->yaml->event;
    yaml_event_delete(v);
    errno = 0;
    const bool good = yaml_parser_parse(&r->yaml->parser, v);
    if (errno == ENOMEM) /* whether or not it has noticed */
        memory_failed("libyaml had none left");
    if (!good)
        return syntax_fault(r);
    struct source_line at = place_of(r, v->start_mark);
    if (is_decorated(v))
        return config_fault_at(
            at, r->e, "anchors (&), aliases (*) and tags (!) are not allowed; write or quote the value");
    if (v->type == YAML_SCALAR_EVENT && memchr(v->data.scalar.value, 0, v->data.scalar.length))
        return config_fault_at(at, r->e, "a character of code 0 is not allowed; remove the '\\0'");
    return true;
}

static bool is_null(const char *plain)
{
    return !*plain || strcmp(plain, "~") == 0 || strcmp(plain, "null") == 0 || strcmp(plain, "Null") == 0 ||
           strcmp(plain, "NULL") == 0;
}

/* Is the current event a scalar that says nothing? */
static bool is_nothing(const yaml_event_t *v)
{
    return v->type == YAML_SCALAR_EVENT && v->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           is_null((const char *)v->data.scalar.value);
}

/* The current event as the next item of a list. */
static bool read_item(struct yaml_reader *r, struct entry *x, size_t *room, const char *key)
{
    const yaml_event_t *v = &r->yaml->event;
    struct source_line at = place_of(r, v->start_mark);
    at.key = key;
    if (v->type != YAML_SCALAR_EVENT)
        return config_fault_at(at, r->e, "a list or map within a list; expected single values");
    if (is_nothing(v))
        return config_fault_at(at, r->e, "item %zu of the list has no value; remove it, or write \"\"",
                               x->count + 1);
    if (x->count == COUNT_MOST)
        return config_fault_at(at, r->e, "more than %d items; expected a shorter list", COUNT_MOST);
    x->text = memory_grow(x->text, room, x->count + 1, sizeof *x->text);
    x->text[x->count++] =
        config_keep(r->c, memory_copy((const char *)v->data.scalar.value, v->data.scalar.length));
    return true;
}

static bool read_list(struct yaml_reader *r, struct source_line at)
{
    struct entry x = {.kind = LIST};
    size_t room = 0;
    bool ok;
    while ((ok = next(r)) && r->yaml->event.type != YAML_SEQUENCE_END_EVENT &&
           (ok = read_item(r, &x, &room, at.key)))
        ;
    if (x.text)
        config_keep(r->c, x.text);
    return ok && say(r, at, x);
}

/* The current event as a name below `prefix`: the whole key, or NULL after a fault. */
static const char *read_name(struct yaml_reader *r, const char *prefix)
{
    const yaml_event_t *v = &r->yaml->event;
    char name[NAME_MOST + 1] = "";
    int n = 0;
    if (v->type == YAML_SCALAR_EVENT && v->data.scalar.length > 0)
        n = snprintf(name, sizeof name, "%s%s%s", prefix ? prefix : "", prefix ? "." : "",
                     v->data.scalar.value);
    if (n > 0 && n <= NAME_MOST)
        return config_keep(r->c, memory_copy(name, (size_t)n));
    config_fault_at(place_of(r, v->start_mark), r->e,
                    "expected a name (of at most %d bytes with those above it) before ':', "
                    "as in 'threads: 4'",
                    NAME_MOST);
    return NULL;
}

static bool read_value(struct yaml_reader *r, struct source_line at, size_t depth);

/* A key that is a number, has no value and stands behind a number is the 1 of {rate: 0,1}. `at`: its place and key,
 * of which `name` is the last part; `before`: the key before it, or NULL. */
static bool decimal_comma(struct yaml_reader *r, struct source_line at, const char *name, const char *before)
{
    const struct entry *x = before ? config_find(r->c, before) : NULL;
    double number;
    if (!x || x->kind != SCALAR || !is_nothing(&r->yaml->event) || !isdigit((unsigned char)*name) ||
        !text_real(span_of(name), &number) || !text_real(span_of(x->text[0]), &number))
        return false;
    at.key = before;
    config_fault_at(at, r->e, "'%.30s,%.30s' is two entries of the map; write %.30s.%.30s", x->text[0], name,
                    x->text[0], name);
    return true;
}

static bool read_map(struct yaml_reader *r, struct source_line at, size_t depth)
{
    if (depth > DEPTH_MOST)
        return config_fault_at(at, r->e, "more than %d levels; expected 'section: {key: value}'", DEPTH_MOST);
    if (!next(r))
        return false;
    bool empty = r->yaml->event.type == YAML_MAPPING_END_EVENT;
    if (at.key && !say(r, at, (struct entry){.kind = MAP, .null = empty}))
        return false;
    size_t prefix = at.key ? strlen(at.key) + 1 : 0;
    for (struct source_line below, before = {.key = NULL}; r->yaml->event.type != YAML_MAPPING_END_EVENT;
         before = below) {
        below = place_of(r, r->yaml->event.start_mark);
        below.key = read_name(r, at.key);
        if (!below.key || !next(r) || decimal_comma(r, below, below.key + prefix, before.key) ||
            !read_value(r, below, depth + 1) || !next(r))
            return false;
    }
    return true;
}

static bool read_value(struct yaml_reader *r, struct source_line at, size_t depth)
{
    const yaml_event_t *v = &r->yaml->event;
    if (v->type == YAML_MAPPING_START_EVENT)
        return read_map(r, at, depth);
    if (v->type == YAML_SEQUENCE_START_EVENT)
        return read_list(r, at);
    return say_scalar(r, at, (const char *)v->data.scalar.value, v->data.scalar.length, is_nothing(v));
}

static bool read_document(struct yaml_reader *r)
{
    if (!next(r) || !next(r))
        return false;
    if (r->yaml->event.type == YAML_STREAM_END_EVENT)
        return true;
    if (!next(r))
        return false;
    struct source_line at = place_of(r, r->yaml->event.start_mark);
    if (!r->key && r->yaml->event.type != YAML_MAPPING_START_EVENT && !is_nothing(&r->yaml->event))
        return config_fault_at(at, r->e,
                               "the file is not a map; expected 'section:' and, indented below it, 'key: "
                               "value' (asyntrain init-config writes one for a corpus)");
    if ((r->key || r->yaml->event.type == YAML_MAPPING_START_EVENT) && !read_value(r, at, 1))
        return false;
    if (!next(r) || !next(r))
        return false;
    at = place_of(r, r->yaml->event.start_mark);
    return r->yaml->event.type == YAML_STREAM_END_EVENT ||
           config_fault_at(at, r->e, "a second document begins; remove it");
}

static void yaml_release(void *what)
{
    struct yaml *yaml = what;
    yaml_event_delete(&yaml->event);
    yaml_parser_delete(&yaml->parser);
}

static bool read_yaml(struct yaml_reader *r, const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) /* libyaml refuses it once the encoding is set */
        text += 3, length -= 3;
    size_t bad = text_utf8_fault((struct span){text, length});
    if (bad < length)
        return config_fault_at(place_of(r, mark_of(text, bad)), r->e,
                               "not UTF-8; convert the file, e.g. with iconv");
    r->yaml = memory_new(1, sizeof *r->yaml);
    ledger_hold(r->yaml, yaml_release);
    if (!yaml_parser_initialize(&r->yaml->parser))
        return syntax_fault(r);
    yaml_parser_set_encoding(&r->yaml->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->yaml->parser, (const unsigned char *)text, length);
    bool ok = read_document(r);
    ledger_let(r->yaml);
    yaml_release(r->yaml);
    memory_free(r->yaml);
    return ok;
}

/* ---- sources: files, assignments, defaults ---- */

/* Begin a source: a file (key is NULL), an assignment, or a default (name is NULL). */
static bool begin(struct yaml_reader *r, struct config *c, const char *name, const char *key, struct error *e)
{
    char here[PATH_MOST + 1];
    *r = (struct yaml_reader){.c = c, .source = ++c->sources, .e = e};
    r->file = name ? config_keep(c, memory_copy(name, strlen(name))) : NULL;
    r->key = key ? config_keep(c, memory_copy(key, strlen(key))) : NULL;
    if (!getcwd(here, sizeof here))
        return config_fault_at((struct source_line){r->file, 0, 0, r->key}, e,
                               "the working directory cannot be told: %s; change to one that exists",
                               error_reason(errno));
    assert(name || key); /* a default has no name, but a key */
    const char *slash = key ? NULL : strrchr(name, '/');
    char *folder = memory_copy(slash ? name : "", slash ? (size_t)(slash - name) + 1 : 0);
    r->folder = config_keep(c, config_join_path(here, folder));
    memory_free(folder);
    return true;
}

bool config_parse(struct config *c, const char *text, size_t length, const char *name, struct error *e)
{
    struct yaml_reader r;
    if (!begin(&r, c, name, NULL, e))
        return false;
    if (!c->first)
        c->first = r.file;
    if (length > FILE_MOST)
        return config_fault_at((struct source_line){.file = name}, e,
                               "larger than %d bytes; expected a configuration", FILE_MOST);
    return read_yaml(&r, text, length);
}

bool config_load(struct config *c, const char *path, struct error *e)
{
    char *text = memory_new(FILE_MOST + 1, 1);
    FILE *f = fopen(path, "rb");
    size_t length = f ? fread(text, 1, FILE_MOST + 1, f) : 0;
    bool ok = f && !ferror(f);
    if (!ok)
        config_fault_at((struct source_line){.file = path}, e,
                        "cannot be read: %s; check its name and permissions", error_reason(errno));
    if (f)
        fclose(f);
    ok = ok && config_parse(c, text, length, path, e);
    memory_free(text);
    return ok;
}

/* The value of an assignment: YAML where a bracket or a quote begins it, else as it stands, so that '#',
 * ':' and '*' need no quotes besides the shell's. */
static bool read_assigned(struct yaml_reader *r, const char *text)
{
    const char *end = text + strlen(text);
    while (isspace((unsigned char)*text))
        text++;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    struct source_line at = {r->file, 0, 0, r->key};
    if (*text && strchr("[{\"'", *text))
        return read_yaml(r, text, (size_t)(end - text));
    return say_scalar(r, at, text, (size_t)(end - text), *text && is_null(text));
}

bool config_set(struct config *c, const char *assignment, struct error *e)
{
    struct source_line at = {.file = "command line"};
    struct yaml_reader r;
    struct span all = span_of(assignment);
    char key[NAME_MOST + 1] = "";
    size_t n = strcspn(assignment, "="), dot = strcspn(assignment, ".=");
    if (text_utf8_fault(all) < all.n || all.n > FILE_MOST)
        return config_fault_at(at, e, "'%.60s': not UTF-8, or longer than %d bytes", assignment, FILE_MOST);
    const bool section = assignment[n] && dot == n && assignment[n + 1] == '{'; /* which is a file's */
    if (!assignment[n] || section || n == 0 || dot == 0 || dot + 1 == n || n > NAME_MOST)
        return config_fault_at(at, e, "'%.60s': expected section.key=value, such as engine.threads=4",
                               assignment);
    memcpy(key, assignment, n);
    return begin(&r, c, at.file, key, e) && read_assigned(&r, assignment + n + 1);
}

bool config_default(struct config *c, const char *key, const char *text, bool list, struct error *e)
{
    struct yaml_reader r;
    if (!begin(&r, c, NULL, key, e))
        return false;
    struct source_line at = {.key = r.key};
    return list ? read_assigned(&r, text) : say_scalar(&r, at, text, strlen(text), false);
}

void config_library(char *words, size_t size)
{
    snprintf(words, size, "libyaml %s", yaml_get_version_string());
}

/* SPDX-License-Identifier: MIT
 *
 * Three steps: a source is read into entries (libyaml's events; maps flatten into paths), every entry is
 * held against the tables, and every key of the tables gets its entry, said or default, with its typed
 * value. What the command line and the defaults say goes the same way as what files say.
 */
#include "lib/base/config.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <yaml.h>

enum {
    FILE_MOST = 256 << 10, /* bytes of a file */
    DEPTH_MOST = 16,
    COUNT_MOST = 4096, /* keys said, items of a list */
    NAME_MOST = 255, /* bytes of "section.key" */
    PATH_MOST = 4095, /* bytes of a resolved path, as PATH_MAX */
};

enum kind { SCALAR, LIST, MAP };

/* Who said what: the beginning of every message. */
struct place {
    const char *file; /* NULL: a default */
    size_t line, column; /* from 1; line 0: no lines there (the command line) */
    const char *key; /* "section.key", or NULL */
};

struct entry {
    struct place at;
    enum kind kind;
    bool null; /* a scalar that says nothing (`key:`), or an empty map */
    const char **text; /* [count] as said; a scalar has one, a map none */
    size_t count;
    const char *folder; /* relative paths are relative to this */
    size_t source; /* which load, parse or set said it */
    const struct key *key; /* NULL until config_check; what follows is valid after it */
    const char **value; /* [nvalue] with paths resolved */
    size_t nvalue;
    long long integer;
    double real;
};

struct config {
    struct entry *entry; /* [count] in the order first said, then defaults */
    size_t count, room;
    void **kept; /* [nkept] all that getters may hand out, until config_free */
    size_t nkept, kept_room;
    size_t sources;
    const char *first; /* the first file */
    const struct section *sections;
};

/* Reads one source. */
struct reader {
    struct config *c;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    const char *file, *folder, *key; /* key: the one this source is about; NULL: a whole file */
    size_t source;
    struct error *e;
};

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

static bool fault_list(struct place at, struct error *e, const char *format, va_list list)
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

__attribute__((format(printf, 3, 4))) static bool fault(struct place at, struct error *e, const char *format,
                                                        ...)
{
    va_list list;
    va_start(list, format);
    fault_list(at, e, format, list);
    va_end(list);
    return false;
}

static void *keep(struct config *c, void *made)
{
    c->kept = memory_grow(c->kept, &c->kept_room, c->nkept + 1, sizeof *c->kept);
    return c->kept[c->nkept++] = made;
}

static struct entry *find(const struct config *c, const char *key)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->entry[i].at.key, key) == 0)
            return &c->entry[i];
    return NULL;
}

/* Enter `x`, in place of what earlier sources said. */
static bool say(struct reader *r, struct place at, struct entry x)
{
    struct config *c = r->c;
    struct entry *old = find(c, at.key);
    if (old && old->source == r->source && !at.line)
        return fault(at, r->e, "said twice; keep one of them");
    if (old && old->source == r->source)
        return fault(at, r->e, "said twice, here and in line %zu; keep one of them", old->at.line);
    if (!old) {
        c->entry = memory_grow(c->entry, &c->room, c->count + 1, sizeof *c->entry);
        old = &c->entry[c->count++];
    }
    x.at = at, x.folder = r->folder, x.source = r->source;
    *old = x;
    return c->count <= COUNT_MOST || fault(at, r->e, "more than %d keys; remove some", COUNT_MOST);
}

static bool say_scalar(struct reader *r, struct place at, const char *text, size_t length, bool null)
{
    struct entry x = {.kind = SCALAR, .null = null, .count = 1};
    x.text = keep(r->c, memory_new(1, sizeof *x.text));
    x.text[0] = keep(r->c, memory_copy(text, length));
    return say(r, at, x);
}

/* ---- reading YAML ---- */

static struct place place_of(const struct reader *r, yaml_mark_t mark)
{
    return r->key ? (struct place){r->file, 0, 0, r->key}
                  : (struct place){r->file, mark.line + 1, mark.column + 1, NULL};
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

static bool syntax_fault(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    yaml_mark_t mark = p->problem_mark;
    if (p->error == YAML_READER_ERROR) /* it has no mark, but an offset */
        mark = mark_of((const char *)p->input.string.start, p->problem_offset);
    return fault(place_of(r, mark), r->e, "not valid YAML: %s%s%s; check indentation, brackets and quotes",
                 p->problem ? p->problem : "out of memory", p->context ? " " : "",
                 p->context ? p->context : "");
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

static bool next(struct reader *r)
{
    yaml_event_t *v = &r->event;
    yaml_event_delete(v);
    if (!yaml_parser_parse(&r->parser, v))
        return syntax_fault(r);
    struct place at = place_of(r, v->start_mark);
    if (is_decorated(v))
        return fault(at, r->e,
                     "anchors (&), aliases (*) and tags (!) are not allowed; write or quote the value");
    if (v->type == YAML_SCALAR_EVENT && memchr(v->data.scalar.value, 0, v->data.scalar.length))
        return fault(at, r->e, "a character of code 0 is not allowed; remove the '\\0'");
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
static bool read_item(struct reader *r, struct entry *x, size_t *room, const char *key)
{
    const yaml_event_t *v = &r->event;
    struct place at = place_of(r, v->start_mark);
    at.key = key;
    if (v->type != YAML_SCALAR_EVENT)
        return fault(at, r->e, "a list or map within a list; expected single values");
    if (is_nothing(v))
        return fault(at, r->e, "item %zu of the list has no value; remove it, or write \"\"", x->count + 1);
    if (x->count == COUNT_MOST)
        return fault(at, r->e, "more than %d items; expected a shorter list", COUNT_MOST);
    x->text = memory_grow(x->text, room, x->count + 1, sizeof *x->text);
    x->text[x->count++] = keep(r->c, memory_copy((const char *)v->data.scalar.value, v->data.scalar.length));
    return true;
}

static bool read_list(struct reader *r, struct place at)
{
    struct entry x = {.kind = LIST};
    size_t room = 0;
    bool ok;
    while ((ok = next(r)) && r->event.type != YAML_SEQUENCE_END_EVENT &&
           (ok = read_item(r, &x, &room, at.key)))
        ;
    if (x.text)
        keep(r->c, x.text);
    return ok && say(r, at, x);
}

/* The current event as a name below `prefix`: the whole key, or NULL after a fault. */
static const char *read_name(struct reader *r, const char *prefix)
{
    const yaml_event_t *v = &r->event;
    char name[NAME_MOST + 1] = "";
    int n = 0;
    if (v->type == YAML_SCALAR_EVENT && v->data.scalar.length > 0)
        n = snprintf(name, sizeof name, "%s%s%s", prefix ? prefix : "", prefix ? "." : "",
                     v->data.scalar.value);
    if (n > 0 && n <= NAME_MOST)
        return keep(r->c, memory_copy(name, (size_t)n));
    fault(place_of(r, v->start_mark), r->e,
          "expected a name (of at most %d bytes with those above it) before ':', "
          "as in 'threads: 4'",
          NAME_MOST);
    return NULL;
}

static bool read_value(struct reader *r, struct place at, size_t depth);

static bool read_map(struct reader *r, struct place at, size_t depth)
{
    if (depth > DEPTH_MOST)
        return fault(at, r->e, "more than %d levels; expected 'section: {key: value}'", DEPTH_MOST);
    if (!next(r))
        return false;
    bool empty = r->event.type == YAML_MAPPING_END_EVENT;
    if (at.key && !say(r, at, (struct entry){.kind = MAP, .null = empty}))
        return false;
    while (r->event.type != YAML_MAPPING_END_EVENT) {
        struct place below = place_of(r, r->event.start_mark);
        below.key = read_name(r, at.key);
        if (!below.key || !next(r) || !read_value(r, below, depth + 1) || !next(r))
            return false;
    }
    return true;
}

static bool read_value(struct reader *r, struct place at, size_t depth)
{
    const yaml_event_t *v = &r->event;
    if (v->type == YAML_MAPPING_START_EVENT)
        return read_map(r, at, depth);
    if (v->type == YAML_SEQUENCE_START_EVENT)
        return read_list(r, at);
    return say_scalar(r, at, (const char *)v->data.scalar.value, v->data.scalar.length, is_nothing(v));
}

static bool read_document(struct reader *r)
{
    if (!next(r) || !next(r))
        return false;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return true;
    if (!next(r))
        return false;
    struct place at = place_of(r, r->event.start_mark);
    if (!r->key && r->event.type != YAML_MAPPING_START_EVENT && !is_nothing(&r->event))
        return fault(at, r->e,
                     "the file is not a map; expected 'section:' and, indented below it, 'key: value'");
    if ((r->key || r->event.type == YAML_MAPPING_START_EVENT) && !read_value(r, at, 1))
        return false;
    if (!next(r) || !next(r))
        return false;
    at = place_of(r, r->event.start_mark);
    return r->event.type == YAML_STREAM_END_EVENT || fault(at, r->e, "a second document begins; remove it");
}

static bool read_yaml(struct reader *r, const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) /* libyaml refuses it once the encoding is set */
        text += 3, length -= 3;
    size_t bad = text_utf8_fault((struct span){text, length});
    if (bad < length)
        return fault(place_of(r, mark_of(text, bad)), r->e, "not UTF-8; convert the file, e.g. with iconv");
    if (!yaml_parser_initialize(&r->parser))
        return syntax_fault(r);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, length);
    bool ok = read_document(r);
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    return ok;
}

/* ---- paths ---- */

/* `path` below `folder`, without "." and "..", lexically. To be freed. */
static char *join(const char *folder, const char *path)
{
    const char *part[2] = {*path == '/' ? "" : folder, path};
    char *out = memory_new(strlen(part[0]) + strlen(path) + 3, 1);
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        for (const char *p = part[i]; *p; p += *p == '/') {
            size_t length = strcspn(p, "/");
            if (length == 2 && p[0] == '.' && p[1] == '.') {
                while (n > 0 && out[--n] != '/')
                    ;
            } else if (length > 0 && !(length == 1 && *p == '.')) {
                out[n++] = '/';
                memcpy(out + n, p, length);
                n += length;
            }
            p += length;
        }
    }
    if (n == 0)
        out[n++] = '/';
    out[n] = 0;
    return out;
}

/* The `${NAME}` or `${NAME:-default}` at *p: what stands for it, and whether the environment said so; *p
 * moves past it. */
static bool replace(const struct entry *x, const char **p, struct span *piece, bool *told, struct error *e)
{
    const char *name = *p + 2, *end = strchr(name, '}');
    if (!end)
        return fault(x->at, e, "'%.60s': '${' without '}'; close it, or write '$$' for a plain '$'", *p);
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    size_t fallback = strncmp(name + n, ":-", 2) == 0 ? 2 : 0;
    *piece = (struct span){name + n + fallback, (size_t)(end - name) - n - fallback};
    if (n == 0 || n > NAME_MOST || isdigit((unsigned char)*name) || (piece->n > 0 && !fallback) ||
        memmem(piece->s, piece->n, "${", 2))
        return fault(x->at, e, "'%.60s': expected ${NAME} or ${NAME:-default}; write '$$' for a plain '$'",
                     *p);
    char variable[NAME_MOST + 1] = "";
    memcpy(variable, name, n);
    const char *value = getenv(variable);
    *told = value && *value;
    if (*told)
        *piece = span_of(value);
    else if (!fallback)
        return fault(x->at, e, "the environment variable %s is not set; set it, e.g. export %s=/path",
                     variable, variable);
    *p = end + 1;
    return true;
}

/* A path as said becomes the path that is meant. One that the environment begins was said in a shell, so it
 * is relative to the working directory. */
static bool resolve(struct config *c, const struct entry *x, const char *said, const char **path,
                    struct error *e)
{
    char out[PATH_MOST + 1], here[PATH_MOST + 1];
    const char *folder = x->folder;
    size_t n = 0;
    if (*said == '~' && (said[1] == '/' || !said[1]))
        return fault(x->at, e, "'%.60s': '~' is not replaced; write ${HOME}", said);
    for (const char *p = said; *p;) {
        struct span piece = {p, 1};
        bool told = false;
        if (p[0] != '$' || p[1] != '{')
            p += p[0] == '$' && p[1] == '$' ? 2 : 1;
        else if (!replace(x, &p, &piece, &told, e))
            return false;
        if (n == 0 && told && getcwd(here, sizeof here))
            folder = here;
        if (n + piece.n > PATH_MOST)
            return fault(x->at, e, "'%.60s': a path longer than %d bytes; shorten it", said, PATH_MOST);
        memcpy(out + n, piece.s, piece.n);
        n += piece.n;
    }
    out[n] = 0;
    *path = keep(c, n > 0 ? join(folder, out) : memory_copy("", 0));
    struct span all = span_of(*path);
    return (all.n <= PATH_MOST && text_utf8_fault(all) == all.n) ||
           fault(x->at, e, "'%.60s': the path is not UTF-8, or longer than %d bytes; use another", *path,
                 PATH_MOST);
}

/* ---- making and adding ---- */

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

/* Begin a source: a file (key is NULL), an assignment, or a default (name is NULL). */
static bool begin(struct reader *r, struct config *c, const char *name, const char *key, struct error *e)
{
    char here[PATH_MOST + 1];
    *r = (struct reader){.c = c, .source = ++c->sources, .e = e};
    r->file = name ? keep(c, memory_copy(name, strlen(name))) : NULL;
    r->key = key ? keep(c, memory_copy(key, strlen(key))) : NULL;
    if (!getcwd(here, sizeof here))
        return fault((struct place){r->file, 0, 0, r->key}, e,
                     "the working directory cannot be told: %s; change to one that exists", strerror(errno));
    const char *slash = key ? NULL : strrchr(name, '/');
    char *folder = memory_copy(slash ? name : "", slash ? (size_t)(slash - name) + 1 : 0);
    r->folder = keep(c, join(here, folder));
    memory_free(folder);
    return true;
}

bool config_parse(struct config *c, const char *text, size_t length, const char *name, struct error *e)
{
    struct reader r;
    if (!begin(&r, c, name, NULL, e))
        return false;
    if (!c->first)
        c->first = r.file;
    if (length > FILE_MOST)
        return fault((struct place){.file = name}, e, "larger than %d bytes; expected a configuration",
                     FILE_MOST);
    return read_yaml(&r, text, length);
}

bool config_load(struct config *c, const char *path, struct error *e)
{
    char *text = memory_new(FILE_MOST + 1, 1);
    FILE *f = fopen(path, "rb");
    size_t length = f ? fread(text, 1, FILE_MOST + 1, f) : 0;
    bool ok = f && !ferror(f);
    if (!ok)
        fault((struct place){.file = path}, e, "cannot be read: %s; check its name and permissions",
              strerror(errno));
    if (f)
        fclose(f);
    ok = ok && config_parse(c, text, length, path, e);
    memory_free(text);
    return ok;
}

/* The value of an assignment: YAML where a bracket or a quote begins it, else as it stands, so that '#',
 * ':' and '*' need no quotes besides the shell's. */
static bool read_assigned(struct reader *r, const char *text)
{
    const char *end = text + strlen(text);
    while (isspace((unsigned char)*text))
        text++;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    struct place at = {r->file, 0, 0, r->key};
    if (*text && strchr("[{\"'", *text))
        return read_yaml(r, text, (size_t)(end - text));
    return say_scalar(r, at, text, (size_t)(end - text), *text && is_null(text));
}

bool config_set(struct config *c, const char *assignment, struct error *e)
{
    struct place at = {.file = "command line"};
    struct reader r;
    struct span all = span_of(assignment);
    char key[NAME_MOST + 1] = "";
    size_t n = strcspn(assignment, "="), dot = strcspn(assignment, ".");
    if (text_utf8_fault(all) < all.n || all.n > FILE_MOST)
        return fault(at, e, "'%.60s': not UTF-8, or longer than %d bytes", assignment, FILE_MOST);
    if (!assignment[n] || dot == 0 || dot + 1 >= n || n > NAME_MOST)
        return fault(at, e, "'%.60s': expected section.key=value, such as engine.threads=4", assignment);
    memcpy(key, assignment, n);
    return begin(&r, c, at.file, key, e) && read_assigned(&r, assignment + n + 1);
}

const char *config_peek(const struct config *c, const char *key)
{
    const struct entry *x = find(c, key);
    return x && x->kind == SCALAR && !x->null ? x->text[0] : NULL;
}

/* ---- is there such a key? ---- */

static const struct key *key_at(const struct section *s, size_t i)
{
    for (size_t t = 0; t < SECTION_TABLES; t++)
        for (const struct key *k = s->tables[t]; k && k->name; k++)
            if (i-- == 0)
                return k;
    return NULL;
}

static const struct key *find_key(const struct section *s, const char *name)
{
    const struct key *k;
    for (size_t i = 0; (k = key_at(s, i)) && strcmp(k->name, name) != 0; i++)
        ;
    return k;
}

/* The first key in the group `name`, as "l2.form" is in "l2". */
static const struct key *find_group(const struct section *s, const char *name)
{
    const struct key *k;
    size_t n = strlen(name);
    for (size_t i = 0; (k = key_at(s, i)) && !(strncmp(k->name, name, n) == 0 && k->name[n] == '.'); i++)
        ;
    return k;
}

static const struct section *find_section(const struct section *s, struct span name)
{
    while (s->name && !span_is(name, s->name))
        s++;
    return s->name ? s : NULL;
}

/* The section that has the very key `name`, or NULL. */
static const struct section *find_owner(const struct section *s, const char *name)
{
    while (s->name && !find_key(s, name))
        s++;
    return s->name ? s : NULL;
}

static const char *nearest_key(const struct section *s, const char *name)
{
    const char *names[256];
    size_t n = 0;
    for (const struct key *k; n < 256 && (k = key_at(s, n)); n++)
        names[n] = k->name;
    return text_nearest(name, names, n);
}

static bool unknown_section(const struct section *sections, const struct entry *x, struct error *e)
{
    const char *names[64], *best;
    char all[256] = "", said[NAME_MOST + 1] = "";
    size_t n = 0;
    memcpy(said, x->at.key, strcspn(x->at.key, "."));
    struct place at = x->at;
    at.key = NULL;
    const struct section *owner = x->kind == MAP ? NULL : find_owner(sections, x->at.key);
    if (owner)
        return fault(at, e, "key '%s' belongs to section '%s'; move it there", x->at.key, owner->name);
    for (const struct section *s = sections; s->name && n < 64; s++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", s->name);
        names[n++] = s->name;
    }
    if ((best = text_nearest(said, names, n)))
        return fault(at, e, "unknown section '%s'; did you mean '%s'?", said, best);
    return fault(at, e, "unknown section '%s'; expected one of %s", said, all);
}

static bool unknown_key(const struct section *sections, const struct section *s, const struct entry *x,
                        struct error *e)
{
    const char *name = strchr(x->at.key, '.') + 1, *best = nearest_key(s, name);
    const struct section *other = find_owner(sections, name);
    if (other)
        return fault(x->at, e, "unknown; key '%s' belongs to section '%s'", name, other->name);
    if (best)
        return fault(x->at, e, "unknown; did you mean '%s'?", best);
    for (other = sections; other->name; other++)
        if ((best = nearest_key(other, name)))
            return fault(x->at, e, "unknown; did you mean '%s' of section '%s'?", best, other->name);
    return fault(x->at, e, "unknown; see `asyntrain list keys` for those of section '%s'", s->name);
}

/* ---- has it a right value? ---- */

static bool is_list(const struct key *k)
{
    return k->type == KEY_LIST || k->type == KEY_PATHS;
}

static bool is_path(const struct key *k)
{
    return k->type == KEY_PATH || k->type == KEY_PATHS;
}

static bool is_ranged(const struct key *k)
{
    return (k->type == KEY_INTEGER || k->type == KEY_REAL) && (k->least != 0 || k->most != 0);
}

/* What a key wants, in words. */
struct wanted {
    char s[256];
};

static struct wanted want(const struct key *k)
{
    static const char *const noun[] = {"a string",   "a path",   "a list of paths", "a list of strings",
                                       "an integer", "a number", "true or false",   "one of "};
    struct wanted out;
    size_t n = (size_t)snprintf(out.s, sizeof out.s, "%s", noun[k->type]), room = sizeof out.s - n;
    if (k->type == KEY_CHOICE)
        snprintf(out.s + n, room, "%s", k->choices);
    else if (is_ranged(k) && k->most >= 1e15)
        snprintf(out.s + n, room, " of at least %.15g", k->least);
    else if (is_ranged(k))
        snprintf(out.s + n, room, " from %.15g to %.15g", k->least, k->most);
    return out;
}

static bool check_choice(const struct entry *x, const struct key *k, struct error *e)
{
    const char *names[64], *word = x->text[0], *best;
    char *copy = memory_copy(k->choices, strlen(k->choices)), *rest = NULL;
    size_t n = 0;
    bool known = false;
    for (char *p = strtok_r(copy, "|", &rest); p && n < 64; p = strtok_r(NULL, "|", &rest)) {
        known = known || strcmp(p, word) == 0;
        names[n++] = p;
    }
    if (!known && (best = text_nearest(word, names, n)))
        fault(x->at, e, "unknown value '%.60s'; did you mean '%s'? expected %s", word, best, want(k).s);
    else if (!known)
        fault(x->at, e, "unknown value '%.60s'; expected %s", word, want(k).s);
    memory_free(copy);
    return known;
}

/* The single word of a choice, a truth value or a number; other types take any text. */
static bool check_word(struct entry *x, const struct key *k, struct error *e)
{
    struct span word = span_of(x->text[0]);
    bool right = true;
    if (k->type == KEY_CHOICE)
        return check_choice(x, k, e);
    if (k->type == KEY_BOOL)
        right = (x->integer = span_is(word, "true")) || span_is(word, "false");
    else if (k->type == KEY_REAL)
        right = text_real(word, &x->real);
    else if (k->type == KEY_INTEGER)
        right = text_integer(word, &x->integer), x->real = (double)x->integer;
    if (!right)
        return fault(x->at, e, "wrong value '%.60s'; expected %s", word.s, want(k).s);
    if (is_ranged(k) && !(x->real >= k->least && x->real <= k->most))
        return fault(x->at, e, "%.60s is out of range; expected %s", word.s, want(k).s);
    return true;
}

static bool check_value(struct config *c, struct entry *x, const struct key *k, struct error *e)
{
    if (x->null)
        return fault(x->at, e, "has no value; expected %s%s", want(k).s,
                     k->type <= KEY_LIST ? " (\"\" for an empty one)" : "");
    if (x->kind == LIST && !is_list(k))
        return fault(x->at, e, "a list; expected a single value, %s", want(k).s);
    if (!is_list(k) && !check_word(x, k, e))
        return false;
    x->nvalue = is_list(k) && x->kind == SCALAR && !*x->text[0] ? 0 : x->count;
    x->value = keep(c, memory_new(x->nvalue, sizeof *x->value));
    for (size_t i = 0; i < x->nvalue; i++) {
        x->value[i] = x->text[i];
        if (is_path(k) && !resolve(c, x, x->text[i], &x->value[i], e))
            return false;
    }
    x->key = k;
    return true;
}

/* Is there a place in the tables for what was said? */
static bool check_name(const struct config *c, const struct entry *x, struct error *e)
{
    size_t n = strcspn(x->at.key, ".");
    const struct section *s = find_section(c->sections, (struct span){x->at.key, n});
    if (!s)
        return unknown_section(c->sections, x, e);
    bool whole = !x->at.key[n]; /* the section itself */
    const char *name = x->at.key + n + !whole;
    const struct key *k = whole ? NULL : find_key(s, name),
                     *within = whole ? key_at(s, 0) : find_group(s, name);
    if (k)
        return x->kind != MAP || fault(x->at, e, "a map; expected %s", want(k).s);
    if (x->kind == MAP && !x->null)
        return true; /* what it holds speaks for itself */
    if (!whole && !within)
        return unknown_key(c->sections, s, x, e);
    return x->null || fault(x->at, e, "a value; expected keys below it, such as '%s.%s'", s->name,
                            within ? within->name : "key");
}

/* The entry of a key of the tables, its default if nothing was said; NULL after a fault. */
static struct entry *entry_of(struct config *c, const struct section *s, const struct key *k, struct error *e)
{
    char name[NAME_MOST + 1];
    struct reader r;
    snprintf(name, sizeof name, "%s.%s", s->name, k->name);
    struct entry *x = find(c, name);
    if (x)
        return x;
    if (!k->fallback) {
        fault((struct place){.file = c->first ? c->first : "command line"}, e, "key '%s' must be given: %s",
              name, k->help);
        return NULL;
    }
    if (!begin(&r, c, NULL, name, e))
        return NULL;
    struct place at = {.key = r.key};
    bool ok = is_list(k) ? read_assigned(&r, k->fallback)
                         : say_scalar(&r, at, k->fallback, strlen(k->fallback), false);
    return ok ? find(c, name) : NULL;
}

bool config_check(struct config *c, const struct section *sections, struct error *e)
{
    const struct key *k;
    size_t said = 0;
    for (size_t i = 0; i < c->count; i++) /* an earlier check may have left the defaults of other tables */
        if (c->entry[i].at.file)
            c->entry[said++] = c->entry[i];
    c->count = said;
    size_t tables = 1;
    while (sections[tables - 1].name)
        tables++;
    struct section *own = memory_new(tables, sizeof *own);
    memcpy(own, sections, tables * sizeof *own);
    c->sections = keep(c, own);
    for (size_t i = 0; i < said; i++)
        c->entry[i].key = NULL;
    for (size_t i = 0; i < said; i++)
        if (!check_name(c, &c->entry[i], e))
            return false;
    for (const struct section *s = sections; s->name; s++) {
        assert(find_section(sections, span_of(s->name)) == s);
        for (size_t i = 0; (k = key_at(s, i)); i++) {
            assert(find_key(s, k->name) == k);
            struct entry *x = entry_of(c, s, k, e);
            if (!x || !check_value(c, x, k, e))
                return false;
        }
    }
    return true;
}

/* ---- values ---- */

static const struct entry *checked(const struct config *c, const char *key)
{
    const struct entry *x = find(c, key);
    assert(x && x->key);
    return x;
}

const char *config_string(const struct config *c, const char *key)
{
    const struct entry *x = checked(c, key);
    assert(x->key->type == KEY_STRING || x->key->type == KEY_PATH || x->key->type == KEY_CHOICE);
    return x->value[0];
}

long long config_integer(const struct config *c, const char *key)
{
    const struct entry *x = checked(c, key);
    assert(x->key->type == KEY_INTEGER);
    return x->integer;
}

double config_real(const struct config *c, const char *key)
{
    const struct entry *x = checked(c, key);
    assert(x->key->type == KEY_REAL);
    return x->real;
}

bool config_bool(const struct config *c, const char *key)
{
    const struct entry *x = checked(c, key);
    assert(x->key->type == KEY_BOOL);
    return x->integer != 0;
}

size_t config_list(const struct config *c, const char *key, const char *const **items)
{
    const struct entry *x = checked(c, key);
    assert(is_list(x->key));
    *items = x->value;
    return x->nvalue;
}

bool config_given(const struct config *c, const char *key)
{
    return checked(c, key)->at.file != NULL;
}

bool config_fault(const struct config *c, const char *key, struct error *e, const char *format, ...)
{
    const struct entry *x =
        find(c, key); /* perhaps before config_check: a name decides which keys there are */
    va_list list;
    assert(x);
    va_start(list, format);
    fault_list(x->at, e, format, list);
    va_end(list);
    return false;
}

/* ---- writing ---- */

/* Would any reader of YAML take it for the string that it is? */
static bool is_plain(const char *s)
{
    static const char *const taken[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcasecmp(s, taken[i]) == 0)
            return false;
    bool word = isalpha((unsigned char)*s) || *s == '/';
    while (isalnum((unsigned char)*s) || (*s && strchr("_./+-", *s)))
        s++;
    return word && !*s;
}

/* The code of the character s[n] if YAML wants it escaped: a control, a line break of Unicode. */
static unsigned escaped(const unsigned char *s, size_t n)
{
    unsigned code = n == 1 ? s[0] : n == 2 ? (s[0] & 31u) << 6 | (s[1] & 63u) : 0;
    if (n == 3)
        code = (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u);
    bool odd = code < ' ' || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
               code == 0xFEFF || code >= 0xFFFE;
    return odd ? code : 0;
}

static void print_text(FILE *f, const char *s, bool path)
{
    if (is_plain(s)) {
        fputs(s, f);
        return;
    }
    fputc('"', f);
    for (struct span rest = span_of(s); rest.n > 0;) {
        size_t n = text_utf8_first(rest);
        unsigned code = escaped((const unsigned char *)rest.s, n);
        if (*rest.s == '"' || *rest.s == '\\')
            fputc('\\', f);
        if (*rest.s == '$' && path)
            fputc('$', f);
        if (code)
            fprintf(f, "\\u%04X", code);
        else
            fwrite(rest.s, 1, n, f);
        rest.s += n, rest.n -= n;
    }
    fputc('"', f);
}

static void print_value(FILE *f, const struct entry *x)
{
    enum key_type type = x->key->type;
    bool list = is_list(x->key), word = type == KEY_INTEGER || type == KEY_REAL || type == KEY_BOOL;
    fputs(list ? "[" : "", f);
    for (size_t i = 0; i < x->nvalue; i++) {
        fputs(i ? ", " : "", f);
        if (word)
            fputs(x->value[i], f);
        else
            print_text(f, x->value[i], is_path(x->key));
    }
    fputs(list ? "]" : "", f);
}

char *config_text(const struct config *c)
{
    char *text = NULL, name[NAME_MOST + 1];
    size_t length = 0;
    const struct key *k;
    FILE *f = open_memstream(&text, &length);
    if (!f)
        return memory_new(SIZE_MAX, 1); /* says that memory has run out */
    fputs("# resolved by asyntrain\n", f);
    for (const struct section *s = c->sections; s->name; s++) {
        fprintf(f, "%s:\n", s->name);
        for (size_t i = 0; (k = key_at(s, i)); i++) {
            snprintf(name, sizeof name, "%s.%s", s->name, k->name);
            fprintf(f, "  %s: ", k->name);
            print_value(f, checked(c, name));
            fputc('\n', f);
        }
    }
    return fclose(f) == 0 ? text : memory_new(SIZE_MAX, 1);
}

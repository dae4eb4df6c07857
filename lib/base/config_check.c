/* SPDX-License-Identifier: MIT
 *
 * Every entry is held against the tables, and every key of the tables gets its entry, said or default, with
 * its typed value. After that each read succeeds.
 */
#include "lib/base/config_store.h"

#include "lib/base/memory.h"
#include "lib/base/sink.h"
#include "lib/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* The key that was most likely meant: of a section of the tables, or of parts that are not chosen. */
struct guess {
    const char *section, *key;
    size_t wrong; /* edits of the key, twice; one more where the section is another */
    size_t apart; /* edits of the section */
};

/* Where the section is quite another, fewer letters of the key may be wrong. */
static bool may_be_meant(const char *name, size_t edits, bool elsewhere)
{
    return text_near(name, edits) && (!elsewhere || 4 * edits <= strlen(name) + 2);
}

static void guess_in(struct guess *best, const struct section *s, const char *section, const char *name)
{
    const struct key *k;
    for (size_t i = 0; (k = key_at(s, i)); i++) {
        const size_t edits = text_distance(name, k->name), apart = text_distance(section, s->name);
        const size_t wrong = 2 * edits + (strcmp(section, s->name) != 0);
        if (may_be_meant(name, edits, !text_near(section, apart)) &&
            (!best->key || wrong < best->wrong || (wrong == best->wrong && apart < best->apart)))
            *best = (struct guess){s->name, k->name, wrong, apart};
    }
}

/* `said` is "section.name", or a name alone. No key: none is near. */
static struct guess guess_key(const struct config *c, const char *said)
{
    struct guess best = {NULL, NULL, 0, 0};
    char section[NAME_MOST + 1] = "";
    const size_t n = strcspn(said, ".");
    const char *name = said[n] ? said + n + 1 : said;
    memcpy(section, said, said[n] ? n : 0);
    for (const struct section *s = c->sections; s->name; s++)
        guess_in(&best, s, section, name);
    for (const struct section *s = c->others; s && s->name; s++)
        guess_in(&best, s, section, name);
    return best;
}

static bool unknown_section(const struct config *c, const struct entry *x, struct error *e)
{
    const char *names[64], *best;
    char all[256] = "", said[NAME_MOST + 1] = "";
    size_t n = 0;
    const bool alone = !strchr(x->at.key, '.'), typed = alone && !x->at.line && x->kind != MAP;
    memcpy(said, x->at.key, strcspn(x->at.key, "."));
    struct source_line at = x->at;
    at.key = NULL;
    for (const struct section *s = c->sections; s->name && n < 64; s++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", s->name);
        names[n++] = s->name;
    }
    best = text_nearest(said, names, n);
    const struct guess meant = x->kind == MAP ? (struct guess){0} : guess_key(c, x->at.key);
    if (meant.key && alone && meant.wrong == 1 && !typed)
        return config_fault_at(at, e, "key '%s' belongs to section '%s'; move it there", x->at.key,
                               meant.section);
    if (meant.key && alone && !(best && 2 * text_distance(said, best) < meant.wrong))
        return config_fault_at(at, e, "unknown key '%s'; did you mean '%s.%s'?", said, meant.section,
                               meant.key);
    if (meant.key && !alone)
        return config_fault_at(at, e, "unknown section '%s'; did you mean '%s.%s'?", said, meant.section,
                               meant.key);
    if (best)
        return config_fault_at(at, e, "unknown section '%s'; did you mean '%s'?", said, best);
    if (typed)
        return config_fault_at(
            at, e, "unknown key '%s'; expected section.key=value, such as engine.threads=4", said);
    return config_fault_at(at, e, "unknown section '%s'; expected one of %s", said, all);
}

static bool unknown_key(const struct config *c, const struct section *s, const struct entry *x,
                        struct error *e)
{
    const struct guess meant = guess_key(c, x->at.key);
    if (!meant.key)
        return config_fault_at(x->at, e, "unknown; see `asyntrain list keys` for those of section '%s'",
                               s->name);
    if (strcmp(meant.section, s->name) == 0)
        return config_fault_at(x->at, e, "unknown; did you mean '%s'?", meant.key);
    if (meant.wrong == 1)
        return config_fault_at(x->at, e, "unknown; key '%s' belongs to section '%s'", meant.key,
                               meant.section);
    return config_fault_at(x->at, e, "unknown; did you mean '%s' of section '%s'?", meant.key, meant.section);
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
        config_fault_at(x->at, e, "unknown value '%.60s'; did you mean '%s'? expected %s", word, best,
                        want(k).s);
    else if (!known)
        config_fault_at(x->at, e, "unknown value '%.60s'; expected %s", word, want(k).s);
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
        return config_fault_at(x->at, e, "wrong value '%.60s'; expected %s%s", word.s, want(k).s,
                               k->type == KEY_REAL && strchr(word.s, ',') ? " (with a point, as in 0.5)"
                                                                          : "");
    if (is_ranged(k) && !(x->real >= k->least && x->real <= k->most))
        return config_fault_at(x->at, e, "%.60s is out of range; expected %s", word.s, want(k).s);
    return true;
}

static bool check_value(struct config *c, struct entry *x, const struct key *k, struct error *e)
{
    if (x->null)
        return config_fault_at(x->at, e, "has no value; expected %s%s", want(k).s,
                               k->type <= KEY_LIST ? " (\"\" for an empty one)" : "");
    if (x->kind == LIST && !is_list(k))
        return config_fault_at(x->at, e, "a list; expected a single value, %s", want(k).s);
    if (!is_list(k) && !check_word(x, k, e))
        return false;
    x->nvalue = is_list(k) && x->kind == SCALAR && !*x->text[0] ? 0 : x->count;
    x->value = config_keep(c, memory_new(x->nvalue, sizeof *x->value));
    for (size_t i = 0; i < x->nvalue; i++) {
        x->value[i] = x->text[i];
        if (is_path(k) && !config_path_resolve(c, x, x->text[i], &x->value[i], e))
            return false;
    }
    x->key = k;
    return true;
}

/* A value where a map of keys belongs: which keys, and how the map is written, with the value where it fits first. */
static bool want_map(const struct section *s, const struct entry *x, const char *name, struct error *e)
{
    char names[160] = "", map[160] = "";
    const char *said = x->kind == SCALAR ? x->text[0] : "";
    size_t n = strlen(name), listed = 0, written = 0;
    double number;
    bool placed = !text_real(span_of(said), &number);
    const struct key *k;
    for (size_t i = 0; (k = key_at(s, i)); i++) {
        if (strncmp(k->name, name, n) != 0 || k->name[n] != '.' || listed >= sizeof names ||
            written >= sizeof map)
            continue;
        bool fits = !placed && (k->type == KEY_REAL || k->type == KEY_INTEGER);
        placed = placed || fits;
        listed += (size_t)snprintf(names + listed, sizeof names - listed, "%s%s", listed ? ", " : "",
                                   k->name + n + 1);
        written += (size_t)snprintf(map + written, sizeof map - written, "%s%s: %s", written ? ", " : "",
                                    k->name + n + 1,
                                    fits                          ? said
                                    : k->fallback && *k->fallback ? k->fallback
                                                                  : "...");
    }
    return config_fault_at(x->at, e, "a value; expected a map of the keys %s, such as %s: {%s}", names, name,
                           map);
}

/* Is there a place in the tables for what was said? */
static bool check_name(const struct config *c, const struct entry *x, struct error *e)
{
    size_t n = strcspn(x->at.key, ".");
    const struct section *s = find_section(c->sections, (struct span){x->at.key, n});
    if (!s)
        return unknown_section(c, x, e);
    bool whole = !x->at.key[n]; /* the section itself */
    const char *name = x->at.key + n + !whole;
    const struct key *k = whole ? NULL : find_key(s, name),
                     *within = whole ? key_at(s, 0) : find_group(s, name);
    if (k)
        return x->kind != MAP || config_fault_at(x->at, e, "a map; expected %s", want(k).s);
    if (x->kind == MAP && !x->null)
        return true; /* what it holds speaks for itself */
    if (!whole && !within)
        return unknown_key(c, s, x, e);
    if (!whole && !x->null)
        return want_map(s, x, name, e);
    return x->null || config_fault_at(x->at, e, "a value; expected keys below it, such as '%s.%s'", s->name,
                                      within ? within->name : "key");
}

/* The entry of a key of the tables, its default if nothing was said; NULL after a fault. */
static struct entry *entry_of(struct config *c, const struct section *s, const struct key *k, struct error *e)
{
    char name[NAME_MOST + 1];
    snprintf(name, sizeof name, "%s.%s", s->name, k->name);
    struct entry *x = config_find(c, name);
    if (x)
        return x;
    if (!k->fallback) {
        config_fault_at((struct source_line){.file = c->first ? c->first : "command line"}, e,
                        "key '%s' must be given: %s", name, k->help);
        return NULL;
    }
    return config_default(c, name, k->fallback, is_list(k), e) ? config_find(c, name) : NULL;
}

/* What is written must be read again. */
static bool check_size(const struct config *c, struct error *e)
{
    char *text = config_text(c);
    const size_t n = strlen(text);
    memory_free(text);
    return n <= FILE_MOST ||
           config_fault_at((struct source_line){.file = c->first ? c->first : "command line"}, e,
                           "the configuration has %zu bytes where every key is written out, at most %d are "
                           "expected; shorten its longest values",
                           n, FILE_MOST);
}

void config_hint(struct config *c, const struct section *others)
{
    c->others = others;
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
    c->sections = config_keep(c, own);
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
    return check_size(c, e);
}

void config_settle(struct config *c, const char *key, const char *choice)
{
    struct entry *x = config_find(c, key);
    assert(x && x->key && x->key->type == KEY_CHOICE);
    x->text[0] = x->value[0] = config_keep(c, memory_copy(choice, strlen(choice)));
    x->settled = true;
}

/* ---- values ---- */

static const struct entry *checked(const struct config *c, const char *key)
{
    const struct entry *x = config_find(c, key);
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

bool config_settled(const struct config *c, const char *key)
{
    return checked(c, key)->settled;
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

static _Noreturn void lacks(struct sink *sink)
{
    memory_free(sink->bytes);
    memory_failed("there is none for the text of a configuration");
}

char *config_text(const struct config *c)
{
    struct sink *sink = memory_new(1, sizeof *sink);
    char name[NAME_MOST + 1];
    const struct key *k;
    FILE *f = sink_open(sink);
    if (!f)
        lacks(sink);
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
    if (!sink_close(sink))
        lacks(sink);
    char *text = sink_text(sink);
    memory_free(sink);
    return text;
}

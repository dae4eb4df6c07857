/* SPDX-License-Identifier: MIT
 *
 * config: a YAML file becomes checked values; the only place that knows libyaml.
 *
 *     files ─┐                 tables of keys (one per room)
 *            ├─> path = text ──────────┬──────────> typed values, defaults filled in
 *     a.b=c ─┘   (where it was said)   └─ unknown, twice, wrong type, out of range: file:line:column
 *
 * A configuration is six sections (corpus features model optimizer engine run); that of a simulation is the one
 * section `simulate`. Each room declares its
 * keys in one table; the parser, `asyntrain list keys` and docs/config.md come from it. After
 * config_check() has succeeded every read below succeeds: asking for a key that no table has, or with
 * another type, is a programmer's mistake (assert).
 */
#ifndef ASYNTRAIN_BASE_CONFIG_H
#define ASYNTRAIN_BASE_CONFIG_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct config;

enum key_type {
    KEY_STRING,
    KEY_PATH, /* `${NAME}` and `${NAME:-default}` are replaced, `$$` is a plain `$`; a relative path is
                 * relative to the file that says it, and to the working directory when the command line, a default or
                 * a variable at its beginning says it; what config_string gives is absolute, and the file that the
                 * system opens: ".." behind a link stays */
    KEY_PATHS, /* a list of paths; one alone is a list of one */
    KEY_LIST, /* a list of strings; one alone is a list of one */
    KEY_INTEGER,
    KEY_REAL,
    KEY_BOOL, /* true or false */
    KEY_CHOICE, /* one of `choices` */
};

struct key {
    const char *name; /* within its section; a dot for a nested map: "l2.form" */
    enum key_type type;
    double least, most; /* range of a KEY_INTEGER or KEY_REAL, both ends allowed; both 0: any number */
    const char *fallback; /* the default as text; NULL: must be given; "": empty string, path or list;
                           * a list is written "[a, b]" */
    const char *choices; /* KEY_CHOICE: "a|b|c" */
    const char *help; /* one line */
};

/* One section and the tables of keys that may stand in it; each table ends with a row whose name is NULL. */
#define SECTION_TABLES 16
struct section {
    const char *name;
    const struct key *tables[SECTION_TABLES]; /* unused ones are NULL */
};

struct config *config_new(void);
void config_free(struct config *c);

/* Add a file; what it says replaces what earlier files said, key by key. At most 256 KiB and 16 levels;
 * no anchors, aliases, tags or further documents; UTF-8. A key twice in one file is an error. */
bool config_load(struct config *c, const char *path, struct error *e);
/* The same from memory; `name` stands for the file in messages (a model's stored configuration). */
bool config_parse(struct config *c, const char *text, size_t length, const char *name, struct error *e);
/* Add one `section.key=value` of the command line. A value that begins with a bracket or a quote is YAML
 * (`[a, b]` is a list); any other stands for itself, `a: b #c` too; nothing is the empty string. */
bool config_set(struct config *c, const char *assignment, struct error *e);

/* Unsay a key and all below it ("engine.combine"), before config_check: who decides on a part for the user drops
 * what was said for another. */
void config_forget(struct config *c, const char *key);

/* A value before config_check (for a name that decides which tables apply: model.name), or NULL. */
const char *config_peek(const struct config *c, const char *key);

/* Was this key said, by a file or the command line? Before config_check; after it the defaults count as well. */
bool config_said(const struct config *c, const char *key);

/* Hold everything said against `sections` (ended by a row whose name is NULL), fill in the defaults.
 * A fault gives ERROR_USAGE, "file:line:column: key 'x': what, what is expected", and the nearest right
 * name for an unknown one; likewise what config_text would write larger than a file may be. The tables are borrowed
 * until config_free. It may be called again
 * (more was said, other tables apply). */
bool config_check(struct config *c, const struct section *sections, struct error *e);

/* Keys of parts that are not chosen: where config_check finds a key unknown, they too may have been meant. Borrowed as
 * the tables are; NULL: none. */
void config_hint(struct config *c, const struct section *others);

/* After config_check: a choice that was left open ("auto") gets the value that was found for it, as text of `key`'s
 * choices; and was it settled so? Another config_check leaves open again what nobody said. */
void config_settle(struct config *c, const char *key, const char *choice);
bool config_settled(const struct config *c, const char *key);

/* Own what was made by memory_new or memory_copy, and free it in config_free; returns it. For tables that are made
 * for config_check. */
void *config_keep(struct config *c, void *made);

/* Values after config_check; `key` is "section.name". Strings and lists live as long as `c`. */
const char *config_string(const struct config *c, const char *key); /* also paths and choices */
long long config_integer(const struct config *c, const char *key);
double config_real(const struct config *c, const char *key);
bool config_bool(const struct config *c, const char *key);
size_t config_list(const struct config *c, const char *key, const char *const **items);

/* A room finds a value wrong that the table cannot judge: "file:line:column: key 'x': " and the message
 * (for a default, "default of" stands for the place). Always false. */
bool config_fault(const struct config *c, const char *key, struct error *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The resolved configuration as YAML, every key of every section with its value, in table order; it
 * loads to the same values again (paths are absolute). To be freed with memory_free. */
char *config_text(const struct config *c);

/* The library that does it, and its version, in words. */
void config_library(char *words, size_t size);

#endif

/* SPDX-License-Identifier: MIT
 *
 * config_store: what config*.c share and nobody else includes.
 *
 *     config.c        reads: YAML and assignments ──> entries (key, as said, where)
 *     config_path.c   which path is meant by one that was said
 *     config_check.c  holds entries against the tables ──> typed values, handed out and written
 */
#ifndef ASYNTRAIN_BASE_CONFIG_STORE_H
#define ASYNTRAIN_BASE_CONFIG_STORE_H

#include "lib/base/config.h"

enum {
    NAME_MOST = 255, /* bytes of "section.key" */
    FILE_MOST = 256 << 10, /* bytes of a file, and of what config_text writes */
    PATH_MOST = 4095, /* bytes of a resolved path, as PATH_MAX */
};

enum kind { SCALAR, LIST, MAP };

/* Who said what: the beginning of every message. */
struct source_line {
    const char *file; /* NULL: a default */
    size_t line, column; /* from 1; line 0: no lines there (the command line) */
    const char *key; /* "section.key", or NULL */
};

struct entry {
    struct source_line at;
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
    bool settled; /* by config_settle */
};

struct config {
    struct entry *entry; /* [count] in the order first said, then defaults */
    size_t count, room;
    void **kept; /* [nkept] all that getters may hand out, until config_free */
    size_t nkept, kept_room;
    size_t sources;
    const char *first; /* the first file */
    const struct section *sections;
    const struct section *others; /* config_hint; or NULL */
};

/* The entry of a key, or NULL; valid until the next is entered. */
struct entry *config_find(const struct config *c, const char *key);

/* Enter the default `text` of a key that nobody said; a list reads as in an assignment, anything else
 * stands for itself. */
bool config_default(struct config *c, const char *key, const char *text, bool list, struct error *e);

/* "file:line:column: key 'x': " and the message. Always false. */
bool config_fault_at(struct source_line at, struct error *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `path` below `folder`, beginning with "/" and without "."; a ".." goes, with the folder before it, only where that
 * is a folder and no link to one, as the system takes it: x/link/../y is beside what the link leads to. To be freed. */
char *config_join_path(const char *folder, const char *path);

/* The path that is meant by `said`, an item of `x`: variables replaced, absolute. It lives as long as `c`. */
bool config_path_resolve(struct config *c, const struct entry *x, const char *said, const char **path,
                         struct error *e);

#endif

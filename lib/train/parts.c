/* SPDX-License-Identifier: MIT */
#include "lib/train/parts.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/data/guess.h"
#include "lib/train/checkpoint.h"
#include "lib/train/run.h"
#include "lib/train/trainer.h"
#include "lib/train/warm_start.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The table of sections: the keys of every configuration. The key `name` comes before them, the part's keys after them,
 * where a registry has the same name as the section. Section `engine` has the keys of all probes as well. */
static const struct section table[] = {
    {"corpus", {corpus_keys}},
    {"features", {features_keys}},
    {"model", {NULL}},
    {"optimizer", {schedule_keys, calibrate_keys}},
    {"engine", {engine_keys}}, /* and those of probes */
    {"run", {run_keys, keep_keys, slice_keys, checkpoint_keys, warm_start_keys}},
};
enum { SECTIONS = sizeof table / sizeof *table };

/* ---- the registries, seen alike ---- */

enum { MODEL, OPTIMIZER, ENGINE, KINDS };
enum { ENTRIES = 64 }; /* of a registry, at most */

struct entry {
    const char *name;
    const struct key *keys; /* may be NULL */
    const void *ops;
};

struct registry {
    const char *section;
    struct entry entry[ENTRIES];
    size_t count;
};

struct registries {
    struct registry of[KINDS];
};

static void add(struct registry *r, const char *name, const struct key *keys, const void *ops)
{
    assert(r->count < ENTRIES);
    r->entry[r->count++] = (struct entry){name, keys, ops};
}

/* `models` may be NULL, where none is asked for. */
static struct registries *registries_new(const struct model_ops *const *models)
{
    struct registries *all = memory_new(1, sizeof *all);
    all->of[MODEL].section = "model";
    all->of[OPTIMIZER].section = "optimizer";
    all->of[ENGINE].section = "engine";
    for (size_t k = 0; models && models[k]; k++)
        add(&all->of[MODEL], models[k]->name, models[k]->keys, models[k]);
    for (size_t k = 0; optimizer_table[k]; k++)
        add(&all->of[OPTIMIZER], optimizer_table[k]->name, optimizer_table[k]->keys, optimizer_table[k]);
    for (size_t k = 0; engine_table[k]; k++)
        add(&all->of[ENGINE], engine_table[k]->name, engine_table[k]->keys, engine_table[k]);
    return all;
}

static const struct entry *find(const struct registry *r, const char *name)
{
    for (size_t k = 0; k < r->count; k++)
        if (strcmp(r->entry[k].name, name) == 0)
            return &r->entry[k];
    return NULL;
}

/* The entry that the configuration names, or the first. NULL and ERROR_USAGE, with the nearest name. */
static const struct entry *lookup(const struct registry *r, const struct config *c, struct error *e)
{
    char key[64], choices[512] = "";
    const char *names[ENTRIES];
    snprintf(key, sizeof key, "%s.name", r->section);
    const char *name = config_peek(c, key);
    const struct entry *found = name ? find(r, name) : &r->entry[0];
    if (found)
        return found;
    for (size_t k = 0, at = 0; k < r->count; k++) {
        names[k] = r->entry[k].name;
        if (at < sizeof choices - 1)
            at += (size_t)snprintf(choices + at, sizeof choices - at, "%s%s", k ? ", " : "", names[k]);
    }
    const char *near = text_nearest(name, names, r->count);
    config_fault(c, key, e, "no such name '%s'%s%s%s; there is %s", name, near ? "; did you mean '" : "",
                 near ? near : "", near ? "'?" : "", choices);
    return NULL;
}

/* ---- keys of other parts ---- */

static bool has_key(const struct key *keys, const char *name)
{
    while (keys && keys->name && strcmp(keys->name, name) != 0)
        keys++;
    return keys && keys->name;
}

/* Is a key given that the chosen part does not have and others of its kind do? config_check knows the chosen part's
 * keys alone, and would call it unknown. */
static bool refuse_others(const struct config *c, const struct registry *r, const struct entry *own,
                          struct error *e)
{
    char name[256], names[256] = "";
    for (size_t k = 0; k < r->count; k++)
        for (const struct key *key = r->entry[k].keys; key && key->name; key++) {
            snprintf(name, sizeof name, "%s.%s", r->section, key->name);
            if (has_key(own->keys, key->name) || !config_peek(c, name))
                continue;
            for (size_t i = 0; i < r->count; i++)
                if (has_key(r->entry[i].keys, key->name))
                    snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                             *names ? " or " : "", r->entry[i].name);
            return config_fault(c, name, e, "%s '%s' has no such key; set %s.name to %s, or leave it out",
                                r->section, own->name, r->section, names);
        }
    return true;
}

void parts_forget(struct config *c, const char *section, const char *name)
{
    struct registries *all = registries_new(NULL);
    const struct registry *r = strcmp(section, "engine") == 0 ? &all->of[ENGINE] : &all->of[OPTIMIZER];
    assert(strcmp(section, r->section) == 0);
    const struct entry *own = find(r, name);
    char key[256];
    for (size_t n = 0; n < r->count; n++)
        for (const struct key *k = r->entry[n].keys; k && k->name; k++) {
            snprintf(key, sizeof key, "%s.%s", section, k->name);
            if (!own || !has_key(own->keys, k->name))
                config_forget(c, key);
        }
    memory_free(all);
}

/* ---- sections ---- */

/* The key `name` of each kind, whose default is the first of the registry. */
struct names {
    struct key key[KINDS][2];
};

static struct names names_of(const struct registries *all)
{
    static const char *const help[KINDS] = {
        "which model; see asyntrain list models",
        "which optimizer; see asyntrain list optimizers",
        "which engine; see asyntrain list engines",
    };
    struct names names = {0};
    for (int k = 0; k < KINDS; k++)
        names.key[k][0] = (struct key){"name", KEY_STRING, 0, 0, all->of[k].entry[0].name, NULL, help[k]};
    return names;
}

/* Where tables of a section end, those of the probes, innermost first. */
static size_t add_probes(struct section *s, size_t n)
{
    size_t probes = 0;
    while (probe_table[probes])
        probes++;
    while (probes-- > 0)
        if (probe_table[probes]->keys) {
            assert(n < SECTION_TABLES - 1);
            s->tables[n++] = probe_table[probes]->keys;
        }
    return n;
}

/* The section with these keys before and after its own, which are SECTION_TABLES - 2 tables at most; NULL: none. */
static struct section around(const struct section *common, const struct key *before, const struct key *after)
{
    struct section s = {common->name, {NULL}};
    size_t n = 0;
    if (before)
        s.tables[n++] = before;
    for (size_t t = 0; t < SECTION_TABLES - 2 && common->tables[t]; t++)
        s.tables[n++] = common->tables[t];
    if (strcmp(s.name, "engine") == 0)
        n = add_probes(&s, n);
    s.tables[n] = after;
    return s;
}

/* The kind of part that a section names, KINDS where it names none. */
static int kind_of(const struct registries *all, const char *section)
{
    int k = 0;
    while (k < KINDS && strcmp(all->of[k].section, section) != 0)
        k++;
    return k;
}

/* The keys of all parts, for config_hint. */
static const struct section *hints(struct config *c, const struct registries *all)
{
    size_t n = 0;
    struct section *of = config_keep(c, memory_new(KINDS * ENTRIES + 1, sizeof *of));
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t k = 0; k < all->of[kind].count; k++)
            of[n++] = (struct section){all->of[kind].section, {all->of[kind].entry[k].keys}};
    return of;
}

static bool find_parts(struct config *c, const struct registries *all, struct parts *parts, struct error *e)
{
    const struct entry *own[KINDS];
    struct section sections[SECTIONS + 1] = {{NULL, {NULL}}};
    for (int k = 0; k < KINDS; k++)
        if ((own[k] = lookup(&all->of[k], c, e)) == NULL)
            return false;
    for (int k = 0; k < KINDS; k++)
        if (!refuse_others(c, &all->of[k], own[k], e))
            return false;
    *parts = (struct parts){own[MODEL]->ops, own[OPTIMIZER]->ops, own[ENGINE]->ops};
    struct names *names =
        config_keep(c, memory_new(1, sizeof *names)); /* the configuration borrows its keys */
    *names = names_of(all);
    for (size_t s = 0; s < SECTIONS; s++) {
        int kind = kind_of(all, table[s].name);
        sections[s] = kind < KINDS ? around(&table[s], names->key[kind], own[kind]->keys) : table[s];
    }
    config_hint(c, hints(c, all));
    if (!config_check(c, sections, e))
        return false;
    guess_settle(c);
    return true;
}

bool parts_find(struct config *c, const struct model_ops *const *models, struct parts *parts, struct error *e)
{
    struct registries *all = registries_new(models);
    bool good = find_parts(c, all, parts, e);
    memory_free(all);
    return good;
}

struct parts_row *parts_list(const struct model_ops *const *models)
{
    /* parts of one kind may have keys of one name, so each has a row of its own */
    struct list {
        struct parts_row row[SECTIONS + KINDS * ENTRIES + 1];
        struct names names;
    } *list = memory_new(1, sizeof *list);
    struct registries *all = registries_new(models);
    size_t n = 0;
    list->names = names_of(all);
    for (size_t s = 0; s < SECTIONS; s++) {
        int kind = kind_of(all, table[s].name);
        const struct registry *r = kind < KINDS ? &all->of[kind] : NULL;
        list->row[n++].section = r ? around(&table[s], list->names.key[kind], NULL) : table[s];
        for (size_t k = 0; r && k < r->count; k++)
            if (r->entry[k].keys)
                list->row[n++] = (struct parts_row){r->entry[k].name, {table[s].name, {r->entry[k].keys}}};
    }
    memory_free(all);
    return list->row;
}

/* SPDX-License-Identifier: MIT
 *
 * list: the registries and tables as text, and pages made from them; docs/config.md is `list keys --markdown`.
 */
#include "cmd/asyntrain/choose.h"
#include "cmd/asyntrain/pages.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/engines/modes.h"
#include "lib/learn/engine.h"
#include "lib/theory/simulation.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <stdio.h>
#include <string.h>

static const struct option options[] = {
    {"--markdown", NULL, "print keys, or attributes, as a page of documentation"},
    {NULL, NULL, NULL},
};

static void list_models(void)
{
    for (size_t k = 0; model_table[k]; k++)
        printf("%-12s %s\n", model_table[k]->name, model_table[k]->summary);
}

static void list_optimizers(void)
{
    for (size_t k = 0; optimizer_table[k]; k++)
        printf("%-12s %s\n", optimizer_table[k]->name, optimizer_table[k]->summary);
}

static void list_engines(void)
{
    for (size_t k = 0; engine_table[k]; k++)
        printf("%-12s %s\n", engine_table[k]->name, engine_table[k]->summary);
}

static void list_modes(void)
{
    for (const struct mode *m = mode_table; m->name; m++)
        printf("%-12s %s%s%s\n", m->name, m->settings, m->combines ? "; where no writes are combined: " : "",
               m->combines ? m->combines : "");
}

static void list_formats(void)
{
    for (size_t k = 0; format_table[k]; k++)
        printf("%-12s %s\n", format_table[k]->name, format_table[k]->summary);
}

static void list_attributes(bool markdown)
{
    static const char *const arguments[] = {"", ":N", ":\"E\""};
    if (markdown)
        puts("| attribute | value |\n| --- | --- |");
    for (const struct attribute_row *row = &attribute_table[ATTRIBUTE_PREFIX]; row->name; row++) {
        char text[64];
        snprintf(text, sizeof text, "%s%s", row->name, arguments[row->argument]);
        printf(markdown ? "| `%s` | %s |\n" : "%-12s %s\n", text, row->summary);
    }
}

static void list_verbs(void)
{
    for (const struct verb *const *v = verb_table; *v; v++)
        printf("%-12s %s\n", (*v)->name, (*v)->summary);
}

static void list_codes(void)
{
    for (const struct error_row *row = error_table; row->name; row++)
        printf("%-3d %-9s %s\n", row->code, row->name, row->meaning);
}

static const char *type_text(const struct key *k, char *text, size_t size)
{
    static const char *const names[] = {
        [KEY_STRING] = "text",     [KEY_PATH] = "path",   [KEY_PATHS] = "path or list", [KEY_LIST] = "list",
        [KEY_INTEGER] = "integer", [KEY_REAL] = "number", [KEY_BOOL] = "true|false"};
    if (k->type == KEY_CHOICE)
        return k->choices;
    if (k->type == KEY_INTEGER || k->type == KEY_REAL)
        snprintf(text, size, "%s %g to %g", names[k->type], k->least, k->most);
    else
        snprintf(text, size, "%s", names[k->type]);
    return text;
}

/* The text of a cell or a line; each further line of it begins with `next`. */
static void print_text(const char *text, bool markdown, const char *next)
{
    for (const char *s = text; *s; s++) {
        if (*s == '\n')
            fputs(next, stdout);
        else
            printf(markdown && strchr("|*", *s) ? "\\%c" : "%c", *s);
    }
}

static void print_key(const struct key *k, const char *section, bool markdown)
{
    char text[128];
    const char *type = type_text(k, text, sizeof text);
    const char *fallback = !k->fallback ? "must be given" : *k->fallback ? k->fallback : "none";
    if (!markdown) {
        char name[64], next[128];
        snprintf(name, sizeof name, "%s.%s", section, k->name);
        snprintf(next, sizeof next, "\n%74s", "");
        printf("%-22s %-34s %-13s ", name, type, fallback);
        print_text(k->help, false, next);
        putchar('\n');
        return;
    }
    printf("| `%s` | ", k->name);
    print_text(type, true, "");
    printf(" | %s | ", fallback);
    print_text(k->help, true, "<br>");
    puts(" |");
}

/* The keys of a section; `part`: those that it has when the key `choice` says so, or NULL. */
static void list_section(const struct section *s, const char *choice, const char *part, bool markdown)
{
    if (markdown && part)
        printf("\n## %s: with `%s: %s`\n\n", s->name, choice, part);
    else if (markdown)
        printf("\n## %s\n\n", s->name);
    else if (part)
        printf("# %s.%s=%s\n", s->name, choice, part);
    else
        printf("# %s\n", s->name);
    if (markdown)
        puts("| key | type | default | meaning |\n| --- | --- | --- | --- |");
    for (size_t t = 0; t < SECTION_TABLES && s->tables[t]; t++)
        for (const struct key *k = s->tables[t]; k->name; k++)
            print_key(k, s->name, markdown);
}

static void list_keys(bool markdown)
{
    if (markdown)
        puts("# Configuration keys\n"
             "\n"
             "`make docs` writes this page, by `asyntrain list keys --markdown`.\n"
             "\n"
             "A configuration is a YAML file with six sections. A key `l2.form` stands for a map `l2: {form: "
             "…}`.\n"
             "On the command line a key is `section.key=value`. The keys of one model, optimizer or engine "
             "follow\n"
             "those of its section, in a table of their own.\n"
             "\n"
             "In a path, `${NAME}` and `${NAME:-default}` are replaced by variables of the environment; `$$` "
             "is a\n"
             "dollar sign. Paths on the command line, or beginning with `${NAME}`, are relative to the "
             "current\n"
             "directory. Other paths in a file are relative to the folder of that file. Within `{…}` and "
             "`[…]` a\n"
             "path with `${NAME}` needs double quotes, as braces have a meaning in YAML.");
    struct parts_row *rows = parts_list(model_table);
    for (const struct parts_row *row = rows; row->section.name; row++)
        list_section(&row->section, "name", row->part, markdown);
    memory_free(rows);
    if (markdown)
        puts("\nVerb `simulate` has configurations of its own, with one section "
             "([theory](theory.md#simulate)).");
    list_section(&(struct section){"simulate", {simulation_keys}}, NULL, NULL, markdown);
    for (const struct simulation_objective *o = simulation_objectives; o->name; o++)
        list_section(&(struct section){"simulate", {o->keys}}, "objective", o->name, markdown);
}

static const struct {
    const char *name;
    void (*print)(void);
    void (*page)(bool markdown); /* of what --markdown prints otherwise */
    bool asked; /* printed only when asked for by name */
} lists[] = {
    {"models", list_models, NULL, false},
    {"optimizers", list_optimizers, NULL, false},
    {"engines", list_engines, NULL, false},
    {"modes", list_modes, NULL, false},
    {"formats", list_formats, NULL, false},
    {"attributes", NULL, list_attributes, false},
    {"verbs", list_verbs, NULL, false},
    {"codes", list_codes, NULL, false},
    {"keys", NULL, list_keys, false},
    {"man", pages_man, NULL, true},
    {"completion-bash", pages_bash, NULL, true},
    {"completion-zsh", pages_zsh, NULL, true},
    {"completion-fish", pages_fish, NULL, true},
};
enum { LISTS = sizeof lists / sizeof *lists };

size_t pages_lists(const char *names[PAGES_LISTS])
{
    for (size_t k = 0; k < LISTS; k++)
        names[k] = lists[k].name;
    return LISTS;
}

static void print_list(size_t k, bool markdown)
{
    if (lists[k].page)
        lists[k].page(markdown);
    else
        lists[k].print();
}

static int list(int argc, char **argv, const char *const *values)
{
    const char *names[PAGES_LISTS];
    char unknown[256], see[256] = "there is ";
    struct error e = {0};
    for (size_t k = 0; k < LISTS; k++) {
        if (!argc && !lists[k].asked) {
            printf("%s%s\n", k ? "\n" : "", lists[k].name);
            print_list(k, false);
        }
        snprintf(see + strlen(see), sizeof see - strlen(see), "%s%s", k ? ", " : "", lists[k].name);
    }
    if (!argc)
        return 0;
    snprintf(unknown, sizeof unknown, "nothing to list under '%.100s'", argv[0]);
    const size_t k = choose_name(argv[0], names, pages_lists(names), unknown, see, &e);
    if (k == LISTS)
        return verb_fail(&e);
    print_list(k, values[0] != NULL);
    return 0;
}

const struct verb verb_list = {
    .name = "list",
    .summary = "list models, optimizers, engines, modes, formats, attributes, keys, verbs, codes",
    .operands = "[WHAT]",
    .example = "asyntrain list optimizers",
    .least = 0,
    .most = 1,
    .group = VERB_ABOUT,
    .options = options,
    .run = list,
};

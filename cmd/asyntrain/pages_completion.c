/* SPDX-License-Identifier: MIT
 *
 * pages_completion: scripts by which bash, zsh and fish complete command lines: verbs, their options and the options'
 * values, section.key= and the values of keys. They hold the tables, so that completing runs no program.
 */
#include "cmd/asyntrain/pages.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/engines/modes.h"
#include "lib/learn/engine.h"
#include "lib/learn/optimizer.h"
#include "lib/theory/simulation.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what may stand somewhere ---- */

enum { NAME = 96 }; /* bytes of section.key */

/* The words that may stand there, with blanks between them; or files, or nothing that is known. */
struct place {
    struct text_buffer words;
    bool files;
};

static void put(struct place *p, const char *word)
{
    text_append(&p->words, span_of(p->words.length ? " " : ""));
    text_append(&p->words, span_of(word));
}

static void put_choices(struct place *p, const char *choices)
{
    char *copy = memory_copy(choices, strlen(choices)), *rest = NULL;
    for (char *word = strtok_r(copy, "|", &rest); word; word = strtok_r(NULL, "|", &rest))
        put(p, word);
    memory_free(copy);
}

static const char *words_of(const struct place *p)
{
    if (!p->words.length)
        return "";
    p->words.bytes[p->words.length] = 0;
    return p->words.bytes;
}

static void place_free(struct place *p)
{
    memory_free(p->words.bytes);
}

/* After the placeholder of an option's value, or of operands. */
static struct place place_of(const char *placeholder)
{
    static const char *const files[] = {"FILE", "DIR", "RUN", "CONFIG", "MODEL", "FOLDER", "NAME"};
    struct place p = {{0}, false};
    const char *names[PAGES_LISTS > VERBS ? PAGES_LISTS : VERBS];
    size_t n = 0;
    if (strstr(placeholder, "VERB"))
        n = verb_names(names);
    else if (strstr(placeholder, "WHAT"))
        n = pages_lists(names);
    else if (strcmp(placeholder, "MODES") == 0)
        for (; mode_table[n].name && n < VERBS; n++)
            names[n] = mode_table[n].name;
    for (size_t k = 0; k < n; k++)
        put(&p, names[k]);
    for (size_t k = 0; k < sizeof files / sizeof *files && n == 0; k++)
        p.files = p.files || strstr(placeholder, files[k]);
    return p;
}

static struct place place_after(const struct option *o)
{
    struct place p = {{0}, false};
    if (!verb_chooses(o))
        return place_of(o->value);
    put_choices(&p, o->value);
    return p;
}

/* ---- keys ---- */

struct item {
    char name[NAME];
    const char *section;
    const struct key *key;
};

struct items {
    struct item *item; /* [count], each name once and in order */
    size_t count, room;
};

static void add_items(struct items *all, const struct section *s)
{
    for (size_t t = 0; t < SECTION_TABLES && s->tables[t]; t++)
        for (const struct key *k = s->tables[t]; k->name; k++) {
            all->item = memory_grow(all->item, &all->room, all->count + 1, sizeof *all->item);
            struct item *x = &all->item[all->count++];
            snprintf(x->name, sizeof x->name, "%s.%s", s->name, k->name);
            x->section = s->name;
            x->key = k;
        }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

/* A key of several parts has the choices of one of them. */
static struct items items_of_all(void)
{
    struct items all = {NULL, 0, 0};
    size_t kept = 0;
    struct parts_row *rows = parts_list(model_table);
    for (const struct parts_row *row = rows; row->section.name; row++)
        add_items(&all, &row->section);
    add_items(&all, &(struct section){"simulate", {simulation_keys}});
    for (const struct simulation_objective *o = simulation_objectives; o->name; o++)
        add_items(&all, &(struct section){"simulate", {o->keys}});
    qsort(all.item, all.count, sizeof *all.item, by_name);
    for (size_t k = 0; k < all.count; k++)
        if (kept == 0 || strcmp(all.item[kept - 1].name, all.item[k].name) != 0)
            all.item[kept++] = all.item[k];
    all.count = kept;
    memory_free(rows);
    return all;
}

static struct place place_of_key(const struct item *x)
{
    struct place p = {{0}, x->key->type == KEY_PATH || x->key->type == KEY_PATHS};
    if (x->key->type == KEY_CHOICE)
        put_choices(&p, x->key->choices);
    if (x->key->type == KEY_BOOL)
        put_choices(&p, "true|false");
    for (size_t k = 0; strcmp(x->name, "model.name") == 0 && model_table[k]; k++)
        put(&p, model_table[k]->name);
    for (size_t k = 0; strcmp(x->name, "optimizer.name") == 0 && optimizer_table[k]; k++)
        put(&p, optimizer_table[k]->name);
    for (size_t k = 0; strcmp(x->name, "engine.name") == 0 && engine_table[k]; k++)
        put(&p, engine_table[k]->name);
    return p;
}

/* Does a verb take keys: those of a simulation, or those of a run? */
static bool takes_keys(const struct verb *v)
{
    return strstr(v->operands, ".key=") != NULL;
}

static bool is_simulation(const char *word)
{
    return strstr(word, "simulate.") != NULL;
}

/* The names of the keys that go with a verb, a blank after each and `end` behind its name. */
static void print_keys(const struct items *all, bool simulation, const char *end)
{
    for (size_t k = 0; k < all->count; k++)
        if (is_simulation(all->item[k].name) == simulation)
            printf("%s%s ", all->item[k].name, end);
}

static void print_sections(const struct items *all, bool simulation)
{
    for (size_t k = 0; k < all->count; k++)
        if (is_simulation(all->item[k].name) == simulation &&
            (k == 0 || strcmp(all->item[k].section, all->item[k - 1].section) != 0))
            printf("%s. ", all->item[k].section);
}

/* In single quotes; `quote` is what stands for one within them, `special` is escaped by a backslash. */
static void print_quoted(const char *text, const char *quote, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(quote, stdout);
        else if (strchr(special, *text))
            printf("\\%c", *text);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
}

/* ---- bash ---- */

static void bash_place(const struct place *p)
{
    if (p->files)
        printf("_asyntrain_files \"$current\"");
    else if (p->words.length)
        printf("_asyntrain_words \"$current\" '%s'", words_of(p));
    else
        putchar(':');
}

static void bash_verb(const struct verb *v)
{
    struct place operands = place_of(v->operands);
    printf("    %s)\n", v->name);
    if (v->options) {
        puts("        case ${key:-$before} in");
        for (const struct option *o = v->options; o->name; o++)
            if (o->value) {
                struct place p = place_after(o);
                printf("        %s) ", o->name);
                bash_place(&p);
                puts(" && return ;;");
                place_free(&p);
            }
        puts("        esac");
    }
    printf("        case $current in\n        -*) _asyntrain_words \"$current\" '");
    for (const struct option *o = v->options; o && o->name; o++)
        printf("%s ", o->name);
    fputs("--help' ;;\n        *) ", stdout);
    if (takes_keys(v))
        printf("_asyntrain_keys %s", is_simulation(v->operands) ? "simulation" : "run");
    else
        bash_place(&operands);
    puts(" ;;\n        esac\n        ;;");
    place_free(&operands);
}

static void bash_values(const struct items *all)
{
    puts("# values of the key $key\n_asyntrain_values()\n{\n    case $key in");
    for (size_t k = 0; k < all->count; k++) {
        struct place p = place_of_key(&all->item[k]);
        if (p.files || p.words.length) {
            printf("    %s) ", all->item[k].name);
            bash_place(&p);
            puts(" ;;");
        }
        place_free(&p);
    }
    puts("    esac\n}\n");
}

static void bash_begin(void)
{
    puts("# SPDX-License-Identifier: MIT\n"
         "# shellcheck shell=bash disable=SC2207\n"
         "# Completion of asyntrain(1) for bash. Written by `make docs`, from the tables of the program.\n"
         "# The functions share current, before and key of _asyntrain, and add to COMPREPLY.\n"
         "\n"
         "# files that begin so; a folder stays open\n"
         "_asyntrain_files()\n"
         "{\n"
         "    local file\n"
         "    compopt -o nospace 2>/dev/null\n"
         "    while IFS= read -r file; do\n"
         "        [ -n \"$file\" ] || continue\n"
         "        if [ -d \"$file\" ]; then\n"
         "            COMPREPLY+=(\"$(printf '%q' \"$file\")/\")\n"
         "        else\n"
         "            COMPREPLY+=(\"$(printf '%q' \"$file\") \")\n"
         "        fi\n"
         "    done <<<\"$(compgen -f -- \"$1\")\"\n"
         "    return 0\n"
         "}\n"
         "\n"
         "# words that begin so\n"
         "_asyntrain_words()\n"
         "{\n"
         "    COMPREPLY+=($(compgen -W \"$2\" -- \"$1\"))\n"
         "    return 0\n"
         "}\n");
}

static void bash_keys(const struct items *all)
{
    puts("# files, sections, then keys of a section, then values\n"
         "_asyntrain_keys()\n"
         "{\n"
         "    local sections keys\n"
         "    if [ \"$1\" = simulation ]; then");
    fputs("        sections='", stdout);
    print_sections(all, true);
    fputs("'\n        keys='", stdout);
    print_keys(all, true, "=");
    fputs("'\n    else\n        sections='", stdout);
    print_sections(all, false);
    fputs("'\n        keys='", stdout);
    print_keys(all, false, "=");
    puts("'\n"
         "    fi\n"
         "    if [ -n \"$key\" ]; then\n"
         "        _asyntrain_values\n"
         "        return\n"
         "    fi\n"
         "    _asyntrain_files \"$current\"\n"
         "    case $current in\n"
         "    *.*) _asyntrain_words \"$current\" \"$keys\" ;;\n"
         "    *) _asyntrain_words \"$current\" \"$sections\" ;;\n"
         "    esac\n"
         "}\n");
}

void pages_bash(void)
{
    struct items all = items_of_all();
    bash_begin();
    bash_values(&all);
    bash_keys(&all);
    puts("_asyntrain()\n"
         "{\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} key='' whole=''\n"
         "    COMPREPLY=()\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        _asyntrain_words \"$current\" '", stdout);
    for (const struct verb *const *v = verb_table; *v; v++)
        printf("%s ", (*v)->name);
    puts("--help --version'\n"
         "        return\n"
         "    fi\n"
         "    # an equals sign is a word of its own, unless COMP_WORDBREAKS lacks it\n"
         "    if [ \"$current\" = '=' ]; then\n"
         "        key=$before current=''\n"
         "    elif [ \"$before\" = '=' ]; then\n"
         "        key=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    elif [ \"$current\" != \"${current#*=}\" ]; then\n"
         "        key=${current%%=*} whole=${current%%=*}= current=${current#*=}\n"
         "    fi\n"
         "    case ${COMP_WORDS[1]} in");
    for (const struct verb *const *v = verb_table; *v; v++)
        bash_verb(*v);
    puts("    esac\n"
         "    COMPREPLY=(\"${COMPREPLY[@]/#/$whole}\")\n"
         "}\n"
         "complete -F _asyntrain asyntrain");
    memory_free(all.item);
}

/* ---- zsh ---- */

/* The action of _arguments for a place. */
static void zsh_place(const struct place *p)
{
    if (p->files)
        fputs("_files", stdout);
    else if (p->words.length)
        printf("(%s)", words_of(p));
    else
        putchar(' ');
}

static void zsh_verb(const struct verb *v)
{
    struct place operands = place_of(v->operands);
    printf("    %s)\n        _arguments '--help[print help]'", v->name);
    for (const struct option *o = v->options; o && o->name; o++) {
        printf(" \\\n            '%s%s[", o->name, o->value ? "=" : "");
        print_quoted(o->help, "'\\''", "[]:\\");
        putchar(']');
        if (o->value) {
            struct place p = place_after(o);
            printf(":%s:", verb_chooses(o) ? "value" : o->value);
            zsh_place(&p);
            place_free(&p);
        }
        putchar('\'');
    }
    if (*v->operands) {
        fputs(" \\\n            '*:operand:", stdout);
        if (takes_keys(v))
            fputs(is_simulation(v->operands) ? "_asyntrain_operands simulation" : "_asyntrain_operands run",
                  stdout);
        else
            zsh_place(&operands);
        putchar('\'');
    }
    puts("\n        ;;");
    place_free(&operands);
}

static void zsh_keys(const struct items *all)
{
    puts("_asyntrain_keys() {\n"
         "    local -a keys\n"
         "    if compset -P 1 '*='; then\n"
         "        case ${IPREFIX%=} in");
    for (size_t k = 0; k < all->count; k++) {
        struct place p = place_of_key(&all->item[k]);
        if (p.files)
            printf("        %s) _files ;;\n", all->item[k].name);
        else if (p.words.length)
            printf("        %s) compadd -- %s ;;\n", all->item[k].name, words_of(&p));
        place_free(&p);
    }
    fputs("        esac\n"
          "        return\n"
          "    fi\n"
          "    if [[ $1 == simulation ]]; then\n"
          "        keys=(",
          stdout);
    print_keys(all, true, "");
    fputs(")\n    else\n        keys=(", stdout);
    print_keys(all, false, "");
    puts(")\n"
         "    fi\n"
         "    compadd -S '=' -- $keys\n"
         "}\n"
         "\n"
         "_asyntrain_operands() {\n"
         "    if [[ $PREFIX == *=* ]]; then\n"
         "        _asyntrain_keys $1\n"
         "    else\n"
         "        _alternative 'files:file:_files' \"keys:key:_asyntrain_keys $1\"\n"
         "    fi\n"
         "}\n");
}

void pages_zsh(void)
{
    struct items all = items_of_all();
    puts("#compdef asyntrain\n"
         "# SPDX-License-Identifier: MIT\n"
         "# Completion of asyntrain(1) for zsh. Written by `make docs`, from the tables of the program.\n");
    zsh_keys(&all);
    puts("_asyntrain() {\n"
         "    local -a verbs\n"
         "    if (( CURRENT == 2 )); then\n"
         "        verbs=(");
    for (const struct verb *const *v = verb_table; *v; v++) {
        printf("            '%s:", (*v)->name);
        print_quoted((*v)->summary, "'\\''", ":\\");
        puts("'");
    }
    puts("        )\n"
         "        _describe -t verbs verb verbs\n"
         "        return\n"
         "    fi\n"
         "    shift words\n"
         "    (( CURRENT-- ))\n"
         "    case $words[1] in");
    for (const struct verb *const *v = verb_table; *v; v++)
        zsh_verb(*v);
    puts("    esac\n"
         "}\n"
         "\n"
         "_asyntrain \"$@\"");
    memory_free(all.item);
}

/* ---- fish ---- */

static void fish_keys(const struct items *all, bool simulation)
{
    for (size_t k = 0; k < all->count; k++) {
        const struct item *x = &all->item[k];
        if (is_simulation(x->name) != simulation)
            continue;
        struct place p = place_of_key(x);
        printf("    printf '%%s\\t%%s\\n' %s= '", x->name);
        print_quoted(x->key->help, "\\'", "\\");
        puts("'");
        char *copy = memory_copy(words_of(&p), p.words.length), *rest = NULL;
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
            printf("    echo %s=%s\n", x->name, word);
        memory_free(copy);
        place_free(&p);
    }
}

static void fish_verb(const struct verb *v)
{
    struct place operands = place_of(v->operands);
    char head[160];
    snprintf(head, sizeof head, "complete -c asyntrain -n '__fish_seen_subcommand_from %s'", v->name);
    printf("\ncomplete -c asyntrain -n __fish_use_subcommand -f -a %s -d '", v->name);
    print_quoted(v->summary, "\\'", "\\");
    puts("'");
    for (const struct option *o = v->options; o && o->name; o++) {
        printf("%s -l %s", head, o->name + 2);
        if (o->value) {
            struct place p = place_after(o);
            fputs(p.files ? " -r" : " -x", stdout);
            if (p.words.length)
                printf(" -a '%s'", words_of(&p));
            place_free(&p);
        }
        fputs(" -d '", stdout);
        print_quoted(o->help, "\\'", "\\");
        puts("'");
    }
    if (takes_keys(v))
        printf("%s -a '(__asyntrain_%s_keys)'\n", head, is_simulation(v->operands) ? "simulation" : "run");
    else if (operands.words.length)
        printf("%s -f -a '%s'\n", head, words_of(&operands));
    else if (!operands.files)
        printf("%s -f\n", head);
    place_free(&operands);
}

void pages_fish(void)
{
    struct items all = items_of_all();
    puts("# SPDX-License-Identifier: MIT\n"
         "# Completion of asyntrain(1) for fish. Written by `make docs`, from the tables of the program.\n"
         "\n"
         "function __asyntrain_run_keys");
    fish_keys(&all, false);
    puts("end\n\nfunction __asyntrain_simulation_keys");
    fish_keys(&all, true);
    puts("end\n\ncomplete -c asyntrain -n __fish_use_subcommand -f -l help -d 'print help'\n"
         "complete -c asyntrain -n __fish_use_subcommand -f -l version -d 'print the version'");
    for (const struct verb *const *v = verb_table; *v; v++)
        fish_verb(*v);
    memory_free(all.item);
}

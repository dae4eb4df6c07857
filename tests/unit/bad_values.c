/* SPDX-License-Identifier: MIT
 *
 * Values that no key takes, over the tables: every key of every section and part, from a file and from the command
 * line. What is wrong with one is said in one line, with its place and the key's name. And the ends of each range are
 * taken, so that what is refused is refused for its value.
 */
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/theory/simulation.h"
#include "lib/train/parts.h"
#include "models/models.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const no_integer[] = {"''",
                                         "x",
                                         "1.5",
                                         "1e3",
                                         "0x10",
                                         "0o17",
                                         "0b1",
                                         "1 2",
                                         "12abc",
                                         "nan",
                                         ".nan",
                                         "inf",
                                         "-.inf",
                                         "1_000",
                                         "1,000",
                                         "--1",
                                         "+",
                                         "'-'",
                                         "true",
                                         "\xD9\xA3", /* an Arabic digit */
                                         "'1;'",
                                         "1e999",
                                         "\"1\\t\"",
                                         "1..2",
                                         "99999999999999999999",
                                         "-99999999999999999999",
                                         NULL};
static const char *const no_real[] = {
    "''",       "x",     "nan",      ".nan",  "NaN",    "inf",
    ".inf",     "-.inf", "Infinity", "1e999", "-1e999", "1e99999999999999999999",
    "0x1p3",    "1,5",   "1.5.5",    "1.5x",  "1e",     "e5",
    ".",        "'-'",   "1 2",      "1_0",   "1.5f",   "50%",
    "\xD9\xA1", NULL};
static const char *const no_name[] = {"''", "zzz", "1", "SGD", NULL};
static const char *const no_bool[] = {"''",   "yes",   "no",        "on",      "off", "1", "0",
                                      "True", "FALSE", "truefalse", "'true '", "t",   NULL};
static const char *const no_scalar[] = {"[1]", "[]", "[[1]]", "{a: 1}", "{}", "~", "null", NULL};
static const char *const no_list[] = {"[[a]]", "[a, {b: c}]", "[~]", "{a: 1}", "{}", "~", "[a, [b]]", NULL};
static const char *const no_path[] = {"\"${NO_SUCH_VARIABLE}\"", "\"${\"", "\"a${1}\"",
                                      "\"${A:-${B}}\"",          "~/x",    NULL};

/* A key, and the part that it belongs to, or NULL. */
struct place {
    const char *section, *part;
    const struct key *key;
};
static size_t refusals, keys;

/* What a value becomes, last said by `source`: a file (with two lines) or the command line. */
static bool taken(const struct place *p, const char *value, bool by_file, struct error *e)
{
    char text[512];
    bool simulated = strcmp(p->section, "simulate") == 0, good = true;
    const struct section simulate[] = {{"simulate", {simulation_keys, NULL}}, {NULL, {NULL}}};
    struct section *tables = memory_new(2, sizeof *tables);
    struct parts parts;
    struct config *c = config_new();
    memcpy(tables, simulate, sizeof simulate);
    for (size_t k = 0; simulated && simulation_objectives[k].name; k++)
        if (p->part && strcmp(simulation_objectives[k].name, p->part) == 0)
            tables[0].tables[1] = simulation_objectives[k].keys;
    snprintf(text, sizeof text,
             simulated ? "# nothing\n"
                       : "corpus: {train: t.conll}\nfeatures: {template: t.tpl}\noptimizer: {rate: 0.1}\n");
    good = config_parse(c, text, strlen(text), "base.yaml", e);
    if (good && p->part && !simulated) {
        snprintf(text, sizeof text, "%s.name=%s", p->section, p->part);
        good = config_set(c, text, e);
    }
    CHECK_MSG(good, "%s", e->text);
    snprintf(text, sizeof text, by_file ? "%s:\n  %s: %s\n" : "%s.%s=%s", p->section, p->key->name, value);
    good = (by_file ? config_parse(c, text, strlen(text), "t.yaml", e) : config_set(c, text, e)) &&
           (simulated ? config_check(c, tables, e) : parts_find(c, model_table, &parts, e));
    config_free(c);
    memory_free(tables);
    return good;
}

static bool one_line(const char *text)
{
    return text_utf8_fault(span_of(text)) == strlen(text) && !strpbrk(text, "\n\r\t\033") &&
           strlen(text) < 1023;
}

static void refuse_from(const struct place *p, const char *value, bool by_file)
{
    struct error e = {0};
    char begin[256];
    snprintf(begin, sizeof begin, by_file ? "t.yaml:2:" : "command line: key '%s.%s", p->section,
             p->key->name);
    const bool good = taken(p, value, by_file, &e);
    CHECK_MSG(!good, "%s.%s (%s) takes %s", p->section, p->key->name, p->part ? p->part : "every part",
              value);
    if (good)
        return;
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_MSG(strncmp(e.text, begin, strlen(begin)) == 0 && one_line(e.text), "%s.%s=%s: %s", p->section,
              p->key->name, value, e.text);
    snprintf(begin, sizeof begin, "key '%s.%s", p->section, p->key->name);
    CHECK_MSG(strstr(e.text, begin) != NULL, "%s", e.text);
    refusals++;
}

/* From a file and from the command line, where everything but brackets and quotes stands for itself. */
static void refuse(const struct place *p, const char *value)
{
    refuse_from(p, value, true);
    refuse_from(p, value, false);
}

static void refuse_all(const struct place *p, const char *const *value)
{
    for (; *value; value++)
        refuse(p, *value);
}

static void accept(const struct place *p, const char *value)
{
    struct error e = {0};
    CHECK_MSG(taken(p, value, true, &e), "%s.%s=%s: %s", p->section, p->key->name, value, e.text);
}

/* Behind both ends of a range, and at them. */
static void refuse_range(const struct place *p)
{
    const struct key *k = p->key;
    const double ends[] = {k->least, k->most}, way[] = {-INFINITY, INFINITY};
    char value[64];
    if (k->least == 0 && k->most == 0)
        return;
    for (int end = 0; end < 2; end++) {
        if (k->type == KEY_INTEGER && fabs(ends[end]) < 9e15) {
            snprintf(value, sizeof value, "%.0f", ends[end]);
            accept(p, value);
            snprintf(value, sizeof value, "%.0f", ends[end] + (end ? 1 : -1));
            refuse(p, value);
        } else if (k->type == KEY_REAL && fabs(ends[end]) < 1e300) {
            snprintf(value, sizeof value, "%.17g", ends[end]);
            accept(p, value);
            snprintf(value, sizeof value, "%.17g", nextafter(ends[end], way[end]));
            refuse(p, value);
        }
        refuse(p, end ? "9223372036854775808e99" : "-9223372036854775808e99");
    }
}

/* Each choice with another first letter, another case, something behind it, and two in one. */
static void refuse_choices(const struct place *p)
{
    char value[512];
    const char *at = p->key->choices;
    snprintf(value, sizeof value, "'%s'", at);
    if (strchr(at, '|'))
        refuse(p, value);
    for (size_t n; *at; at += n + (at[n] == '|')) {
        n = strcspn(at, "|");
        snprintf(value, sizeof value, "%.*s", (int)n, at);
        accept(p, value);
        snprintf(value, sizeof value, "'%.*s '", (int)n, at);
        refuse(p, value);
        snprintf(value, sizeof value, "%.*sx", (int)n, at);
        refuse(p, value);
        snprintf(value, sizeof value, "%.*s", (int)n, at);
        for (char *s = value; *s; s++)
            *s = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
        if (strncmp(value, at, n) != 0)
            refuse(p, value);
    }
    refuse(p, "zzz");
    refuse(p, "''");
}

static void refuse_key(const struct place *p)
{
    keys++;
    const enum key_type type = p->key->type;
    const bool list = type == KEY_LIST || type == KEY_PATHS;
    refuse_all(p, list ? no_list : no_scalar);
    if (type == KEY_INTEGER)
        refuse_all(p, no_integer);
    if (type == KEY_REAL)
        refuse_all(p, no_real);
    if (type == KEY_BOOL)
        refuse_all(p, no_bool);
    if (type == KEY_PATH || type == KEY_PATHS)
        refuse_all(p, no_path);
    if (type == KEY_INTEGER || type == KEY_REAL)
        refuse_range(p);
    if (type == KEY_STRING && strcmp(p->key->name, "name") == 0) /* of a part */
        refuse_all(p, no_name);
    if (type == KEY_CHOICE)
        refuse_choices(p);
}

static void refuse_keys(const char *section, const char *part, const struct key *k)
{
    for (; k && k->name; k++)
        refuse_key(&(struct place){section, part, k});
}

TEST(no_key_takes_what_is_not_of_its_kind)
{
    struct parts_row *rows = parts_list(model_table);
    for (const struct parts_row *row = rows; row->section.name; row++)
        for (size_t t = 0; t < SECTION_TABLES; t++)
            refuse_keys(row->section.name, row->part, row->section.tables[t]);
    memory_free(rows);
    refuse_keys("simulate", NULL, simulation_keys);
    for (size_t k = 0; simulation_objectives[k].name; k++)
        refuse_keys("simulate", simulation_objectives[k].name, simulation_objectives[k].keys);
    CHECK_MSG(refusals >= 150, "%zu values", refusals);
    printf("%zu values of %zu keys were refused\n", refusals, keys);
}

/* SPDX-License-Identifier: MIT
 *
 * The names of a configuration become parts, over the registries: whatever is listed is found, and has its keys.
 */
#include "lib/train/parts.h"

#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "models/models.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define NEEDED "corpus: {train: t.conll}\nfeatures: {template: t.tpl}\n"

static struct config *of(const char *yaml)
{
    struct config *c = config_new();
    struct error e = {0};
    CHECK_MSG(config_parse(c, yaml, strlen(yaml), "t.yaml", &e), "%s", e.text);
    return c;
}

TEST(what_names_no_part_gets_the_first_of_each_registry)
{
    struct parts p;
    struct error e = {0};
    struct config *c = of(NEEDED "optimizer: {rate: 1}\n");
    CHECK_MSG(parts_find(c, model_table, &p, &e), "%s", e.text);
    CHECK(p.model == model_table[0] && p.optimizer == optimizer_table[0] && p.engine == engine_table[0]);
    CHECK_STR(config_string(c, "model.name"), model_table[0]->name);
    CHECK_STR(config_string(c, "optimizer.name"), optimizer_table[0]->name);
    CHECK_STR(config_string(c, "engine.name"), engine_table[0]->name);
    config_free(c);
}

TEST(every_part_is_found_by_its_name_and_the_resolved_text_finds_it_again)
{
    size_t all = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (size_t n = 0; engine_table[n]; n++) {
                char yaml[512];
                struct parts p, q;
                struct error e = {0};
                snprintf(yaml, sizeof yaml,
                         NEEDED "model: {name: %s}\noptimizer: {name: %s, rate: 1}\nengine: {name: %s}\n",
                         model_table[m]->name, optimizer_table[o]->name, engine_table[n]->name);
                struct config *c = of(yaml);
                CHECK_MSG(parts_find(c, model_table, &p, &e), "%s", e.text);
                CHECK(p.model == model_table[m] && p.optimizer == optimizer_table[o] &&
                      p.engine == engine_table[n]);
                char *text = config_text(c);
                config_free(c);
                c = of(text);
                CHECK_MSG(parts_find(c, model_table, &q, &e), "%s", e.text);
                CHECK(memcmp(&p, &q, sizeof p) == 0);
                memory_free(text);
                config_free(c);
                all++;
            }
    CHECK(all > 0);
}

static void check_fault(const char *yaml, const char *words)
{
    struct parts p;
    struct error e = {0};
    struct config *c = of(yaml);
    CHECK(!parts_find(c, model_table, &p, &e));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_MSG(strstr(e.text, words) != NULL, "%s", e.text);
    config_free(c);
}

TEST(a_wrong_name_hears_of_the_nearest_and_of_all)
{
    check_fault(NEEDED "engine: {name: sequental}\n", "no such name 'sequental'; did you mean 'sequential'?");
    for (size_t m = 0; model_table[m]; m++)
        check_fault(NEEDED "model: {name: zzzzzzzzz}\n", model_table[m]->name);
}

TEST(keys_of_another_part_are_refused_until_they_are_forgotten)
{
    const char *yaml = NEEDED "optimizer: {name: sgd, rate: 1, beta2: 0.9}\n"; /* adam's */
    check_fault(yaml,
                "t.yaml:3:33: key 'optimizer.beta2': optimizer 'sgd' has no such key; set optimizer.name to "
                "adam");
    struct parts p;
    struct error e = {0};
    struct config *c = of(yaml);
    parts_forget(c, "optimizer", "adam");
    CHECK_STR(config_peek(c, "optimizer.beta2"), "0.9"); /* its own */
    parts_forget(c, "optimizer", "sgd");
    CHECK_STR(config_peek(c, "optimizer.beta2"), NULL);
    CHECK_MSG(parts_find(c, model_table, &p, &e), "%s", e.text);
    config_free(c);
}

static bool has(const struct section *s, const char *name)
{
    for (size_t t = 0; t < SECTION_TABLES && s->tables[t]; t++)
        for (const struct key *k = s->tables[t]; k->name; k++)
            if (strcmp(k->name, name) == 0)
                return true;
    return false;
}

TEST(the_list_has_each_part_with_its_keys_in_its_section)
{
    struct parts_row *rows = parts_list(model_table);
    size_t parts = 0, sections = 0, wanted = 0;
    for (const struct parts_row *row = rows; row->section.name; row++) {
        sections += row->part == NULL;
        parts += row->part != NULL;
        if (!row->part && has(&row->section, "name")) {
            CHECK_STR(row->section.tables[0][0].name, "name");
            wanted++;
        }
        for (size_t o = 0; row->part && optimizer_table[o]; o++)
            if (strcmp(row->section.name, "optimizer") == 0 &&
                strcmp(row->part, optimizer_table[o]->name) == 0)
                CHECK(row->section.tables[0] == optimizer_table[o]->keys);
    }
    CHECK_INT(sections, 6);
    CHECK_INT(wanted, 3); /* model, optimizer, engine */
    for (size_t m = 0; model_table[m]; m++)
        parts -= model_table[m]->keys != NULL;
    for (size_t o = 0; optimizer_table[o]; o++)
        parts -= optimizer_table[o]->keys != NULL;
    for (size_t n = 0; engine_table[n]; n++)
        parts -= engine_table[n]->keys != NULL;
    CHECK_INT(parts, 0);
    memory_free(rows);
}

/* SPDX-License-Identifier: MIT
 *
 * A key with one typo is refused, and the message names the key that was meant: at least 95 of 100.
 */
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/train/parts.h"
#include "models/models.h"
#include "tests/test.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LONG 128

enum typo { LEFT_OUT, DOUBLED, SWAPPED, REPLACED, DASH, CAPITAL, PLURAL, TYPOS };

/* Typo `typo` of a word, at its letter `at`; false: there is nothing to be mistaken in this way. */
static bool mistype(const char *word, enum typo typo, size_t at, char *to)
{
    const size_t n = strlen(word);
    const char *low = strchr(word, '_');
    strcpy(to, word);
    switch (typo) {
    case LEFT_OUT:
        memmove(to + at, to + at + 1, n - at);
        return n > 3;
    case DOUBLED:
        memmove(to + at + 1, word + at, n - at + 1);
        return true;
    case SWAPPED:
        if (at + 1 >= n || word[at] == word[at + 1])
            return false;
        to[at] = word[at + 1];
        to[at + 1] = word[at];
        return n > 2;
    case REPLACED:
        to[at] = word[at] == 'x' ? 'z' : 'x';
        return n > 3;
    case DASH:
        if (low)
            to[low - word] = '-';
        return low != NULL;
    case CAPITAL:
        to[at] = (char)toupper((unsigned char)word[at]);
        return to[at] != word[at];
    case PLURAL:
        to[n - (to[n - 1] == 's')] = to[n - 1] == 's' ? 0 : 's';
        to[n + 1] = 0;
        return to[0] != 0;
    default:
        return false;
    }
}

struct tally {
    size_t tried, right;
};

/* Is there such a key after all, of whatever part? */
static bool exists(const struct parts_row *rows, const char *section, const char *name)
{
    for (const struct parts_row *row = rows; row->section.name; row++)
        for (size_t t = 0; t < SECTION_TABLES && row->section.tables[t]; t++)
            for (const struct key *k = row->section.tables[t]; k->name; k++)
                if (strcmp(row->section.name, section) == 0 && strcmp(k->name, name) == 0)
                    return true;
    return false;
}

/* `said` (section.key, or key alone) stands for section.key: does the message say so? */
static void hold(struct tally *all, const char *said, const char *section, const char *name)
{
    char words[3][LONG], assignment[2 * LONG];
    struct parts p;
    struct error e = {0};
    struct config *c = config_new();
    static const char needed[] = "corpus: {train: t, task: chunking, columns: [word, chunk], label: chunk}\n"
                                 "features: {template: t.tpl}\noptimizer: {name: sgd, rate: 0.1}\n";
    snprintf(assignment, sizeof assignment, "%s=1", said);
    snprintf(words[0], LONG, "did you mean '%s'?", name);
    snprintf(words[1], LONG, "did you mean '%s.%s'?", section, name);
    snprintf(words[2], LONG, "'%s' of section '%s'", name, section);
    char moved[LONG];
    snprintf(moved, sizeof moved, "key '%s' belongs to section '%s'", name, section);
    bool good = config_parse(c, needed, sizeof needed - 1, "t", &e) && config_set(c, assignment, &e) &&
                parts_find(c, model_table, &p, &e);
    all->tried++;
    const size_t n = strcspn(said, ".");
    const bool here = said[n] && strlen(section) == n && strncmp(said, section, n) == 0;
    if (!good && e.kind == ERROR_USAGE &&
        ((here && strstr(e.text, words[0])) || strstr(e.text, words[1]) || strstr(e.text, words[2]) ||
         strstr(e.text, moved)))
        all->right++;
    else
        printf("  %s for %s.%s: %s\n", said, section, name, good ? "taken" : e.text);
    config_free(c);
}

static void hold_typos(struct tally *all, const struct parts_row *rows, const char *section, const char *name,
                       size_t turn)
{
    char wrong[LONG], said[2 * LONG];
    for (enum typo typo = 0; typo < TYPOS; typo++) {
        if (mistype(name, typo, (turn + (size_t)typo) % strlen(name), wrong) &&
            !exists(rows, section, wrong)) {
            snprintf(said, sizeof said, "%s.%s", section, wrong);
            hold(all, said, section, name);
        }
        if (mistype(section, typo, (turn + (size_t)typo) % strlen(section), wrong)) {
            snprintf(said, sizeof said, "%s.%s", wrong, name);
            hold(all, said, section, name);
        }
    }
}

TEST(a_key_with_a_typo_finds_the_right_one)
{
    struct parts_row *rows = parts_list(model_table);
    struct tally typos = {0, 0}, places = {0, 0};
    size_t turn = 0;
    for (const struct parts_row *row = rows; row->section.name; row++)
        for (size_t t = 0; t < SECTION_TABLES && row->section.tables[t]; t++)
            for (const struct key *k = row->section.tables[t]; k->name; k++) {
                size_t homes = 0; /* of the name: where there are several, none is right */
                for (const struct parts_row *r = rows; r->section.name; r++)
                    homes += strcmp(r->section.name, row->section.name) != 0 &&
                             exists(rows, r->section.name, k->name);
                hold_typos(&typos, rows, row->section.name, k->name, turn++);
                if (homes)
                    continue;
                char said[LONG];
                if (!strchr(k->name, '.'))
                    hold(&places, k->name, row->section.name, k->name);
                snprintf(said, sizeof said, "%s.%s", strcmp(row->section.name, "run") == 0 ? "engine" : "run",
                         k->name);
                hold(&places, said, row->section.name, k->name);
            }
    printf("  typos %zu of %zu, places %zu of %zu\n", typos.right, typos.tried, places.right, places.tried);
    CHECK(typos.tried >= 360 && typos.right * 100 >= typos.tried * 95);
    CHECK(places.tried >= 100 && places.right * 100 >= places.tried * 95);
    memory_free(rows);
}

/* SPDX-License-Identifier: MIT
 *
 * The text of a configuration loads to the same values, whatever they are; and no bytes crash the reader.
 */
#include "tests/unit/configs.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* Are all values of both the same? */
static bool same(const struct config *a, const struct config *b)
{
    const char *const *p, *const *q;
    for (int i = 0; i < 2; i++) {
        const char *key = i ? "corpus.train" : "corpus.labels";
        size_t n = config_list(a, key, &p);
        if (config_list(b, key, &q) != n)
            return false;
        while (n-- > 0)
            if (strcmp(p[n], q[n]) != 0)
                return false;
    }
    return strcmp(config_string(a, "corpus.model"), config_string(b, "corpus.model")) == 0 &&
           strcmp(config_string(a, "corpus.separator"), config_string(b, "corpus.separator")) == 0 &&
           strcmp(config_string(a, "engine.name"), config_string(b, "engine.name")) == 0 &&
           config_integer(a, "engine.threads") == config_integer(b, "engine.threads") &&
           config_bool(a, "engine.pin") == config_bool(b, "engine.pin") &&
           config_real(a, "optimizer.rate") == config_real(b, "optimizer.rate") &&
           config_real(a, "optimizer.l2.weight") == config_real(b, "optimizer.l2.weight");
}

/* Does what config_text writes load, from elsewhere, to the same values and the same text? */
static bool survives(const struct config *c)
{
    struct error e = {0};
    struct config *again = config_new();
    char *text = config_text(c), *twice = NULL;
    bool ok = config_parse(again, text, strlen(text), "/else/where.yaml", &e) &&
              config_check(again, configs_sections, &e) && same(c, again);
    if (ok)
        ok = strcmp(twice = config_text(again), text) == 0;
    else
        fprintf(stderr, "%s\n%s\n", text, e.text);
    memory_free(text);
    memory_free(twice);
    config_free(again);
    return ok;
}

TEST(text_loads_to_the_same_values)
{
    struct config *c = configs_checked("corpus: {train: [/d/a.txt, '/d/$${X} b', ''], model: /m}\n"
                                       "optimizer: {rate: .5}\nengine: {pin: false}\n");
    if (!c)
        return;
    char *text = config_text(c);
    CHECK_STR(text, "# resolved by asyntrain\n"
                    "corpus:\n"
                    "  train: [/d/a.txt, \"/d/$${X} b\", \"\"]\n"
                    "  model: /m\n"
                    "  labels: [B-NP, O]\n"
                    "  separator: \" \"\n"
                    "engine:\n"
                    "  name: sequential\n"
                    "  threads: 1\n"
                    "  seed: 0\n"
                    "  pin: false\n"
                    "  offset: 0\n"
                    "optimizer:\n"
                    "  rate: .5\n"
                    "  l2.form: none\n"
                    "  l2.weight: 1e-4\n");
    memory_free(text);
    CHECK(survives(c));
    config_free(c);

    static const char *const hard[] = {"",
                                       " ",
                                       "~",
                                       "null",
                                       "NO",
                                       "true",
                                       "3",
                                       "1e-4",
                                       "a: b",
                                       "#x",
                                       "a #b",
                                       "- a",
                                       "[a]",
                                       "{a}",
                                       "'",
                                       "\"",
                                       "\\",
                                       "\\n",
                                       "a\nb\n",
                                       "\t",
                                       "\x01",
                                       "\x7F",
                                       "$",
                                       "$$",
                                       "${A}",
                                       "&a",
                                       "*a",
                                       "!a",
                                       "%a",
                                       "@a",
                                       "`",
                                       "a,b",
                                       "?",
                                       "---",
                                       "...",
                                       "|",
                                       ">",
                                       "=",
                                       "<<",
                                       "\r\n",
                                       "a ",
                                       " a",
                                       "\xC3\xA9",
                                       "\xC2\x85",
                                       "\xC2\x80",
                                       "\xE2\x80\xA8",
                                       "\xE2\x80\xA9",
                                       "\xEF\xBB\xBF",
                                       "\xEF\xBF\xBE",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x9F\x98\x80",
                                       "a\n\n b",
                                       "0x10",
                                       "y",
                                       "Off",
                                       "C:\\x"};
    struct error e = {0};
    c = config_new();
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        /* entered through a default, the one door that takes any text as it stands */
        struct key keys[] = {{"s", KEY_STRING, 0, 0, hard[i], NULL, ""}, {NULL, 0, 0, 0, NULL, NULL, NULL}};
        const struct section one[] = {{"x", {keys}}, {NULL, {NULL}}};
        struct config *a = config_new(), *b = config_new();
        CHECK(config_check(a, one, &e));
        text = config_text(a);
        CHECK(config_parse(b, text, strlen(text), "b", &e) && config_check(b, one, &e));
        CHECK_STR(config_string(b, "x.s"), hard[i]);
        memory_free(text);
        config_free(a);
        config_free(b);
    }
    config_free(c);
}

TEST(long_values_survive)
{
    struct error e = {0};
    struct config *c = config_new();
    char *said = memory_new(20000, 1);
    size_t n = (size_t)sprintf(said, "corpus.labels=[");
    for (int i = 0; i < 1500; i++)
        n += (size_t)sprintf(said + n, "'a b%d',", i);
    sprintf(said + n, "'%03000d']", 1);
    CHECK(config_set(c, said, &e));
    sprintf(said, "corpus.separator=%03000d #", 1);
    CHECK(config_set(c, said, &e) && config_check(c, configs_sections, &e));
    CHECK(survives(c));
    memory_free(said);
    config_free(c);
}

TEST(random_bytes_never_crash)
{
    static const char *const seed[] = {
        "corpus:\n  train: [a, '${HOME}/b', \"c\\x41\"]\n  model: ${ASYN_B:-m}\nengine:\n  name: asyngrad\n  "
        "threads: 4\n",
        "optimizer:\n  l2: {form: lazy, weight: 1e-4}\n  rate: 0.1 # fast\ncorpus:\n  labels:\n    - B-NP\n  "
        "  - \"O\"\n",
        "engine: {pin: true, seed: 3}\n---\n&a *a !!x ? : | >\n  folded\n",
        "corpus: {separator: |\n  a\n  b\n, labels: ['', x: y]}\n\xC3\xA9: \xE2\x82\xAC\n",
    };
    static const char odd[] = "{}[]:,-?&*!|>'\"%@`#$~\n\t \\\0\xC3\xFF\xEF";
    struct rng r;
    int loaded = 0;
    rng_init(&r, 1, 2, 3);
    for (int i = 0; i < 6000; i++) {
        char text[256];
        const char *from = seed[rng_below(&r, 4)];
        size_t n = strlen(from);
        memcpy(text, from, n);
        for (uint64_t k = rng_below(&r, 6); k > 0; k--) {
            size_t at = rng_below(&r, n), length = rng_below(&r, n - at);
            if (rng_below(&r, 8) == 0)
                text[at] = (char)rng_below(&r, 256);
            else if (rng_below(&r, 3) == 0)
                memmove(text + at, text + rng_below(&r, n - length), length);
            else
                text[at] = odd[rng_below(&r, sizeof odd - 1)];
        }
        struct error e = {0};
        struct config *c = config_new();
        bool ok = config_parse(c, text, n, "fuzz", &e) && config_check(c, configs_sections, &e);
        CHECK(e.kind == (ok ? ERROR_NONE : ERROR_USAGE));
        CHECK(ok || (strncmp(e.text, "fuzz", 4) == 0 && !strchr(e.text, '\n')));
        if (ok) {
            loaded++;
            CHECK(survives(c));
        }
        config_free(c);

        text[n] = 0; /* the same bytes as the value of an assignment */
        char assignment[300];
        snprintf(assignment, sizeof assignment, "corpus.labels=%s", text);
        c = config_new();
        e = (struct error){0};
        ok = config_set(c, assignment, &e) && config_check(c, configs_sections, &e);
        CHECK(e.kind == (ok ? ERROR_NONE : ERROR_USAGE));
        if (ok)
            CHECK(survives(c));
        config_free(c);
    }
    CHECK(loaded > 100); /* the loop is not only about refusals */
    CHECK(loaded < 5900);
}

/* Quotes double what is written: what would be too large to be read again is refused where a run has not begun. */
TEST(text_that_could_not_be_read_again_is_refused)
{
    const size_t quotes = 140000, most = (size_t)256 << 10;
    char *yaml = memory_new(quotes + 64, 1), *at = stpcpy(yaml, "corpus: {train: a, separator: '");
    for (size_t many = quotes / 2; many <= quotes; many *= 2) {
        struct error e = {0};
        struct config *c = config_new();
        memset(at, '"', many);
        strcpy(at + many, "'}\n");
        CHECK_MSG(config_parse(c, yaml, strlen(yaml), "large.yaml", &e), "%s", e.text);
        const bool fits = 2 * many < most;
        CHECK_MSG(config_check(c, configs_sections, &e) == fits, "%zu quotes", many);
        if (fits)
            CHECK(survives(c));
        else
            CHECK(e.kind == ERROR_USAGE && strncmp(e.text, "large.yaml: ", 12) == 0);
        config_free(c);
    }
    memory_free(yaml);
}

/* SPDX-License-Identifier: MIT */
#include "lib/base/config.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct key corpus_keys[] = {
    {"train", KEY_PATHS, 0, 0, "", NULL, "training files"},
    {"model", KEY_PATH, 0, 0, "", NULL, "where the model goes"},
    {"labels", KEY_LIST, 0, 0, "[B-NP, O]", NULL, "labels to keep"},
    {"separator", KEY_STRING, 0, 0, " ", NULL, "between columns"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key engine_keys[] = {
    {"name", KEY_CHOICE, 0, 0, "sequential", "sequential|asyngrad|simulated", "the engine"},
    {"threads", KEY_INTEGER, 1, 1024, "1", NULL, "worker threads"},
    {"seed", KEY_INTEGER, 0, 1e18, "0", NULL, "of the random numbers"},
    {"pin", KEY_BOOL, 0, 0, "true", NULL, "pin threads to cores"},
    {"offset", KEY_INTEGER, 0, 0, "0", NULL, "any integer"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key optimizer_keys[] = {
    {"rate", KEY_REAL, 0, 10, "0.1", NULL, "learning rate"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key l2_keys[] = {
    {"l2.form", KEY_CHOICE, 0, 0, "none", "none|exact|lazy", "how the penalty is applied"},
    {"l2.weight", KEY_REAL, 0, 1, "1e-4", NULL, "lambda"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct section sections[] = {
    {"corpus", {corpus_keys}},
    {"engine", {engine_keys}},
    {"optimizer", {optimizer_keys, NULL, l2_keys}},
    {NULL, {NULL}},
};

static bool parse(struct config *c, const char *text, struct error *e)
{
    return config_parse(c, text, strlen(text), "t.yaml", e);
}

/* What is said when `text` is read and checked; "" for nothing. */
static const char *complaint(const char *text)
{
    static struct error e;
    struct config *c = config_new();
    e = (struct error){0};
    if (parse(c, text, &e))
        config_check(c, sections, &e);
    config_free(c);
    CHECK(e.kind == ERROR_NONE || e.kind == ERROR_USAGE);
    return e.text;
}

/* The same of one assignment. */
static const char *set_complaint(const char *assignment)
{
    static struct error e;
    struct config *c = config_new();
    e = (struct error){0};
    if (config_set(c, assignment, &e))
        config_check(c, sections, &e);
    config_free(c);
    CHECK(e.kind == ERROR_NONE || e.kind == ERROR_USAGE);
    return e.text;
}

/* A checked configuration, or NULL with a failed check. */
static struct config *checked(const char *text)
{
    struct error e = {0};
    struct config *c = config_new();
    if (CHECK(parse(c, text, &e)) && CHECK(config_check(c, sections, &e)))
        return c;
    fprintf(stderr, "%s\n", e.text);
    config_free(c);
    return NULL;
}

/* A file in the test's folder; its whole name. */
static const char *file(const char *name, const char *text, size_t length)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        fwrite(text, 1, length, f);
        fclose(f);
    }
    return path;
}

__attribute__((format(printf, 1, 2))) static const char *text_of(const char *format, ...)
{
    static char text[4][2 * PATH_MAX];
    static int turn;
    va_list list;
    va_start(list, format);
    turn = (turn + 1) % 4;
    vsnprintf(text[turn], sizeof text[turn], format, list);
    va_end(list);
    return text[turn];
}

static const char *here(void)
{
    static char path[PATH_MAX];
    return getcwd(path, sizeof path) ? path : "";
}

TEST(empty_sources_give_defaults)
{
    static const char *const empty[] = {"",           "\n",         "# nothing\n",
                                        "---\n",      "---\n...\n", "engine:\n",
                                        "engine: {}", "{}",         "optimizer:\n  l2:\n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct config *c = checked(empty[i]);
        const char *const *items;
        if (!c)
            continue;
        CHECK_INT(config_integer(c, "engine.threads"), 1);
        CHECK(config_bool(c, "engine.pin"));
        CHECK(config_real(c, "optimizer.l2.weight") == 1e-4);
        CHECK_STR(config_string(c, "corpus.separator"), " ");
        CHECK_STR(config_string(c, "corpus.model"), "");
        CHECK_STR(config_string(c, "engine.name"), "sequential");
        CHECK_INT(config_list(c, "corpus.train", &items), 0);
        CHECK_INT(config_list(c, "corpus.labels", &items), 2);
        CHECK_STR(items[0], "B-NP");
        config_free(c);
    }
    config_free(NULL);
}

TEST(values_of_every_type)
{
    struct config *c = checked("engine: {name: asyngrad, threads: 4, pin: false, offset: -12}\n"
                               "optimizer:\n  rate: .5\n  l2:\n    form: lazy\n    weight: 1e-4\n"
                               "corpus:\n  separator: NO\n  labels: [NO, 'yes', \"\", 1_000]\n");
    const char *const *items;
    if (!c)
        return;
    CHECK_STR(config_string(c, "engine.name"), "asyngrad");
    CHECK_INT(config_integer(c, "engine.threads"), 4);
    CHECK_INT(config_integer(c, "engine.offset"), -12);
    CHECK(!config_bool(c, "engine.pin"));
    CHECK(config_real(c, "optimizer.rate") == .5);
    CHECK_STR(config_string(c, "optimizer.l2.form"), "lazy");
    CHECK_STR(config_string(c, "corpus.separator"), "NO");
    CHECK_INT(config_list(c, "corpus.labels", &items), 4);
    CHECK_STR(items[0], "NO");
    CHECK_STR(items[2], "");
    config_free(c);

    CHECK_STR(complaint("optimizer: {rate: 3}"), "");
    CHECK_STR(complaint("corpus: {separator: 'NO', labels: one, train: []}"), "");
    CHECK_STR(complaint("corpus: {separator: \"\", labels: '', train: '', model: \"\"}"), "");
    CHECK_STR(complaint("optimizer: {l2.form: exact}"), ""); /* the form that config_text writes */
    CHECK_STR(complaint("\xEF\xBB\xBF"
                        "engine:\r\n  threads: 2\r\n"),
              "");
}

TEST(later_sources_replace_earlier_ones)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(config_peek(c, "engine.name") == NULL);
    CHECK(parse(c, "engine: {threads: 2, seed: 7, name: asyngrad}\ncorpus: {labels: [a]}", &e));
    CHECK(config_parse(c, "engine: {threads: 3}", 20, "u.yaml", &e));
    CHECK_STR(config_peek(c, "engine.threads"), "3");
    CHECK(config_set(c, "engine.threads=4", &e));
    CHECK(config_set(c, "engine.threads=5", &e));
    CHECK_STR(config_peek(c, "engine.name"), "asyngrad");
    CHECK(config_peek(c, "corpus.labels") == NULL); /* a list */
    CHECK(config_check(c, sections, &e));
    CHECK_INT(config_integer(c, "engine.threads"), 5);
    CHECK_INT(config_integer(c, "engine.seed"), 7);
    CHECK(config_set(c, "engine.seed=8", &e)); /* and again, with other tables */
    static const struct key others[] = {{"threads", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {"seed", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {"name", KEY_STRING, 0, 0, "x", NULL, ""},
                                        {"offset", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section fewer[] = {{"engine", {NULL, others}}, {"corpus", {corpus_keys}}, {NULL, {NULL}}};
    CHECK(config_check(c, fewer, &e));
    CHECK_INT(config_integer(c, "engine.seed"), 8);
    CHECK_INT(config_integer(c, "engine.offset"), 9); /* not the 0 of the first check */
    CHECK_STR(e.text, "");
    config_free(c);
}

TEST(types_are_checked)
{
    CHECK_STR(complaint("engine:\n  threads: four\n"),
              "t.yaml:2:3: key 'engine.threads': wrong value 'four'; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine: {pin: true, threads: 1_000}"),
              "t.yaml:1:21: key 'engine.threads': wrong value '1_000'; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine:\n  threads: 0\n"),
              "t.yaml:2:3: key 'engine.threads': 0 is out of range; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine:\n  seed: -1\n"),
              "t.yaml:2:3: key 'engine.seed': -1 is out of range; expected an integer of at least 0");
    CHECK_STR(complaint("engine:\n  offset: 99999999999999999999\n"),
              "t.yaml:2:3: key 'engine.offset': wrong value '99999999999999999999'; expected an integer");
    CHECK_STR(complaint("optimizer:\n  rate: fast\n"),
              "t.yaml:2:3: key 'optimizer.rate': wrong value 'fast'; expected a number from 0 to 10");
    CHECK_STR(complaint("optimizer:\n  l2:\n    weight: 1.5\n"),
              "t.yaml:3:5: key 'optimizer.l2.weight': 1.5 is out of range; expected a number from 0 to 1");
    CHECK_STR(complaint("optimizer: {rate: .inf}"),
              "t.yaml:1:13: key 'optimizer.rate': wrong value '.inf'; expected a number from 0 to 10");
    CHECK_STR(complaint("engine: {pin: yes}"),
              "t.yaml:1:10: key 'engine.pin': wrong value 'yes'; expected true or false");
    CHECK_STR(complaint("engine: {pin: \"\"}"),
              "t.yaml:1:10: key 'engine.pin': wrong value ''; expected true or false");
    CHECK_STR(complaint("engine: {name: asingrad}"),
              "t.yaml:1:10: key 'engine.name': unknown value 'asingrad'; did you mean 'asyngrad'? "
              "expected one of sequential|asyngrad|simulated");
    CHECK_STR(complaint("engine: {name: q}"), "t.yaml:1:10: key 'engine.name': unknown value 'q'; "
                                              "expected one of sequential|asyngrad|simulated");
    CHECK_STR(complaint("engine: {name: asyngrad|simulated}"),
              "t.yaml:1:10: key 'engine.name': unknown value 'asyngrad|simulated'; "
              "expected one of sequential|asyngrad|simulated");
}

TEST(shapes_are_checked)
{
    CHECK_STR(complaint("engine:\n  threads:\n"),
              "t.yaml:2:3: key 'engine.threads': has no value; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine: {pin: ~}"),
              "t.yaml:1:10: key 'engine.pin': has no value; expected true or false");
    CHECK_STR(complaint("corpus:\n  separator:\n"),
              "t.yaml:2:3: key 'corpus.separator': has no value; expected a string (\"\" for an empty one)");
    CHECK_STR(
        complaint("corpus:\n  train: null\n"),
        "t.yaml:2:3: key 'corpus.train': has no value; expected a list of paths (\"\" for an empty one)");
    CHECK_STR(complaint("engine: {threads: {a: 1}}"),
              "t.yaml:1:10: key 'engine.threads': a map; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine: {threads: {}}"),
              "t.yaml:1:10: key 'engine.threads': a map; expected an integer from 1 to 1024");
    CHECK_STR(complaint("engine:\n  threads: [1, 2]\n"),
              "t.yaml:2:3: key 'engine.threads': a list; expected a single value, an integer from 1 to 1024");
    CHECK_STR(complaint("corpus:\n  model:\n    - a\n    - b\n"),
              "t.yaml:2:3: key 'corpus.model': a list; expected a single value, a path");
    CHECK_STR(complaint("corpus:\n  labels: [a, [b]]\n"),
              "t.yaml:2:15: key 'corpus.labels': a list or map within a list; expected single values");
    CHECK_STR(complaint("corpus:\n  labels:\n    - a: b\n"),
              "t.yaml:3:7: key 'corpus.labels': a list or map within a list; expected single values");
    CHECK_STR(complaint("corpus:\n  labels:\n    - a\n    -\n"),
              "t.yaml:4:6: key 'corpus.labels': item 2 of the list has no value; remove it, or write \"\"");
    CHECK_STR(complaint("engine: 4\n"),
              "t.yaml:1:1: key 'engine': a value; expected keys below it, such as 'engine.name'");
    CHECK_STR(complaint("engine: [threads]\n"),
              "t.yaml:1:1: key 'engine': a value; expected keys below it, such as 'engine.name'");
    CHECK_STR(
        complaint("optimizer: {l2: 0.1}"),
        "t.yaml:1:13: key 'optimizer.l2': a value; expected keys below it, such as 'optimizer.l2.form'");
    static const char top[] =
        "t.yaml:1:1: the file is not a map; expected 'section:' and, indented below it, "
        "'key: value'";
    CHECK_STR(complaint("- a\n- b\n"), top);
    CHECK_STR(complaint("engine\n"), top);
    CHECK_STR(complaint("''\n"), top);
}

TEST(unknown_names_find_the_right_one)
{
    CHECK_STR(complaint("engine:\n  thread: 4\n"),
              "t.yaml:2:3: key 'engine.thread': unknown; did you mean 'threads'?");
    CHECK_STR(complaint("corpus:\n  threads: 4\n"),
              "t.yaml:2:3: key 'corpus.threads': unknown; key 'threads' belongs to section 'engine'");
    CHECK_STR(complaint("corpus:\n  thraeds: 4\n"),
              "t.yaml:2:3: key 'corpus.thraeds': unknown; did you mean 'threads' of section 'engine'?");
    CHECK_STR(complaint("engine:\n  zzzzzzzzzz: 4\n"),
              "t.yaml:2:3: key 'engine.zzzzzzzzzz': unknown; see `asyntrain list keys` for those of section "
              "'engine'");
    CHECK_STR(complaint("optimizer: {l2: {from: lazy}}"),
              "t.yaml:1:18: key 'optimizer.l2.from': unknown; did you mean 'l2.form'?");
    CHECK_STR(complaint("engine: {zzzzzzzzzz: {}}"),
              "t.yaml:1:10: key 'engine.zzzzzzzzzz': unknown; see `asyntrain list keys` for those of section "
              "'engine'");
    CHECK_STR(complaint("engin:\n  threads: 4\n"),
              "t.yaml:1:1: unknown section 'engin'; did you mean 'engine'?");
    CHECK_STR(complaint("\n\nthreads: 4\n"),
              "t.yaml:3:1: key 'threads' belongs to section 'engine'; move it there");
    CHECK_STR(complaint("quite-else: {a: 1}"),
              "t.yaml:1:1: unknown section 'quite-else'; expected one of corpus, engine, optimizer");
    CHECK_STR(complaint("engine.:\n"),
              "t.yaml:1:1: key 'engine.': unknown; see `asyntrain list keys` for those "
              "of section 'engine'");
    CHECK_STR(complaint("a..b: 1\n"),
              "t.yaml:1:1: unknown section 'a'; expected one of corpus, engine, optimizer");
}

TEST(decimal_commas)
{
    CHECK_STR(complaint("optimizer: {rate: 0,1}"),
              "t.yaml:1:21: key 'optimizer.rate': '0,1' is two entries of the map; write 0.1");
    CHECK_STR(complaint("optimizer:\n  l2: {weight: 1,5e-3, form: none}"),
              "t.yaml:2:18: key 'optimizer.l2.weight': '1,5e-3' is two entries of the map; write 1.5e-3");
    CHECK_STR(complaint("{optimizer: {rate: 0,1, l2: {weight: 0,1}}, engine: {threads: 1}}"),
              "t.yaml:1:22: key 'optimizer.rate': '0,1' is two entries of the map; write 0.1");
    CHECK_STR(
        complaint("optimizer:\n  rate: 0,1\n"),
        "t.yaml:2:3: key 'optimizer.rate': wrong value '0,1'; expected a number from 0 to 10 (with a point, "
        "as in 0.5)");
    /* others are names that nobody knows */
    CHECK_STR(complaint("optimizer: {rate: 0, 7: 1}"),
              "t.yaml:1:22: key 'optimizer.7': unknown; see `asyntrain list keys` for those of section "
              "'optimizer'");
    CHECK_STR(complaint("optimizer: {7}"), "t.yaml:1:13: key 'optimizer.7': unknown; see `asyntrain list "
                                           "keys` for those of section 'optimizer'");
    struct error e = {0};
    struct config *c = config_new();
    CHECK(!config_set(c, "optimizer.l2={form: none, weight: 0,1}", &e));
    CHECK_STR(e.text, "command line: key 'optimizer.l2.weight': '0,1' is two entries of the map; write 0.1");
    config_free(c);
}

TEST(a_key_twice_names_both_lines)
{
    CHECK_STR(complaint("engine:\n  threads: 4\n  pin: true\n  threads: 5\n"),
              "t.yaml:4:3: key 'engine.threads': said twice, here and in line 2; keep one of them");
    CHECK_STR(complaint("engine:\n  threads: 4\noptimizer:\n  rate: 1\nengine:\n  pin: true\n"),
              "t.yaml:5:1: key 'engine': said twice, here and in line 1; keep one of them");
    CHECK_STR(complaint("optimizer:\n  l2.form: lazy\n  l2:\n    form: lazy\n"),
              "t.yaml:4:5: key 'optimizer.l2.form': said twice, here and in line 2; keep one of them");
}

TEST(a_missing_key_says_what_it_is)
{
    static const struct key need[] = {{"train", KEY_PATHS, 0, 0, NULL, NULL, "training files"},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section one[] = {{"corpus", {need}}, {NULL, {NULL}}};
    struct error e = {0};
    struct config *c = config_new();
    CHECK(!config_check(c, one, &e));
    CHECK_STR(e.text, "command line: key 'corpus.train' must be given: training files");
    CHECK(parse(c, "", &e) && config_parse(c, "", 0, "second.yaml", &e));
    CHECK(!config_check(c, one, &e));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_STR(e.text, "t.yaml: key 'corpus.train' must be given: training files");
    CHECK(config_set(c, "corpus.train=x", &e) && config_check(c, one, &e));
    config_free(c);
}

TEST(what_is_not_allowed_in_yaml)
{
    static const char decorated[] =
        "anchors (&), aliases (*) and tags (!) are not allowed; write or quote the value";
    CHECK_STR(complaint("engine:\n  threads: &t 4\n"), text_of("t.yaml:2:12: %s", decorated));
    CHECK_STR(complaint("engine: &e\n  threads: 4\n"), text_of("t.yaml:1:9: %s", decorated));
    CHECK_STR(complaint("corpus:\n  labels: &l [a]\n"), text_of("t.yaml:2:11: %s", decorated));
    CHECK_STR(complaint("corpus:\n  labels: *l\n"), text_of("t.yaml:2:11: %s", decorated));
    CHECK_STR(complaint("corpus:\n  labels: [!x a]\n"), text_of("t.yaml:2:12: %s", decorated));
    CHECK_STR(complaint("engine:\n  threads: !!int 4\n"), text_of("t.yaml:2:12: %s", decorated));
    CHECK_STR(complaint("engine:\n  threads: ! 4\n"), text_of("t.yaml:2:12: %s", decorated));
    CHECK_STR(complaint("!m\nengine: {}\n"), text_of("t.yaml:1:1: %s", decorated));
    CHECK_STR(complaint("engine: {}\n---\nengine: {}\n"), "t.yaml:2:1: a second document begins; remove it");
    CHECK_STR(complaint("corpus:\n  labels: [a, \"b\\0c\"]\n"),
              "t.yaml:2:15: a character of code 0 is not allowed; remove the '\\0'");
    static const char name[] = "expected a name (of at most 255 bytes with those above it) before ':', "
                               "as in 'threads: 4'";
    CHECK_STR(complaint("engine:\n  [a, b]: 4\n"), text_of("t.yaml:2:3: %s", name));
    CHECK_STR(complaint("engine:\n  ? {a: b}\n  : 4\n"), text_of("t.yaml:2:5: %s", name));
    CHECK_STR(complaint("engine:\n  \"\": 4\n"), text_of("t.yaml:2:3: %s", name));
    CHECK_STR(complaint(text_of("engine:\n  %0300d: 4\n", 7)), text_of("t.yaml:2:3: %s", name));
}

TEST(faults_of_syntax_and_encoding)
{
    CHECK_STR(complaint("engine:\n  threads: [4\n"),
              "t.yaml:3:1: not valid YAML: did not find expected ',' or ']' "
              "while parsing a flow sequence; check indentation, brackets "
              "and quotes");
    CHECK_STR(complaint("engine:\n\tthreads: 4\n"),
              "t.yaml:2:1: not valid YAML: found character that cannot start "
              "any token while scanning for the next token; check "
              "indentation, brackets and quotes");
    CHECK_STR(complaint("engine:\n  \xC3\xA9\x01: 4\n"),
              "t.yaml:2:4: not valid YAML: control characters are not "
              "allowed; check indentation, brackets and quotes");
    CHECK_STR(complaint("engine:\n  \xC3\xA9: \xFF\n"),
              "t.yaml:2:6: not UTF-8; convert the file, e.g. with iconv");
    CHECK_STR(complaint("\xFF\xFE"
                        "e"),
              "t.yaml:1:1: not UTF-8; convert the file, e.g. with iconv");
    /* a message stays one line of UTF-8, whatever was said */
    CHECK_STR(complaint("engine: {pin: \"a\\nb\\e[31m\"}"),
              "t.yaml:1:10: key 'engine.pin': wrong value 'a?b?[31m'; expected true or false");
    CHECK_STR(
        complaint("engine: {pin: 0123456789012345678901234567890123456789012345678901234567\xE2\x82\xAC}"),
        "t.yaml:1:10: key 'engine.pin': wrong value "
        "'0123456789012345678901234567890123456789012345678901234567"
        "?\?'; expected true or false"); /* a value is shown up to 60 bytes */
}

TEST(caps)
{
    char deep[512] = "", *many = memory_new(400000, 1);
    size_t n = 0;
    for (int i = 0; i < 16; i++)
        strcat(deep, "{a: ");
    strcat(deep, "1");
    for (int i = 0; i < 16; i++)
        strcat(deep, "}");
    CHECK_STR(complaint(deep), "t.yaml:1:2: unknown section 'a'; expected one of corpus, engine, optimizer");
    CHECK_STR(complaint(text_of("{a: %s}", deep)),
              "t.yaml:1:62: key 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a': more than 16 levels; expected "
              "'section: {key: value}'");
    memset(many, '[', 200000); /* libyaml itself must not fall over */
    CHECK(*complaint(many) != '\0');
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(many + n, "k%d: 1\n", i);
    CHECK_STR(complaint(many), "t.yaml:4097:1: key 'k4096': more than 4096 keys; remove some");
    n = (size_t)sprintf(many, "corpus:\n  labels:\n");
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(many + n, "  - x\n");
    CHECK_STR(complaint(many),
              "t.yaml:4099:5: key 'corpus.labels': more than 4096 items; expected a shorter list");
    memset(many, '#', 262144);
    many[262144] = 0;
    CHECK_STR(complaint(many), "");
    many[262144] = '#', many[262145] = 0;
    CHECK_STR(complaint(many), "t.yaml: larger than 262144 bytes; expected a configuration");
    memory_free(many);
}

TEST(files_that_cannot_be_read)
{
    struct error e = {0};
    struct config *c = config_new();
    char *big = memory_new(300000, 1);
    memset(big, '\n', 300000);
    CHECK(!config_load(c, "/nonexistent/a.yaml", &e));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_STR(e.text, "/nonexistent/a.yaml: cannot be read: No such file or directory; check its name and "
                      "permissions");
    CHECK(!config_load(c, test_folder(), &e));
    CHECK_STR(e.text,
              text_of("%s: cannot be read: Is a directory; check its name and permissions", test_folder()));
    CHECK(!config_load(c, file("big.yaml", big, 300000), &e));
    CHECK_STR(e.text,
              text_of("%s/big.yaml: larger than 262144 bytes; expected a configuration", test_folder()));
    CHECK(config_load(c, file("empty.yaml", "", 0), &e));
    config_free(c);
    memory_free(big);
}

TEST(paths_are_relative_to_who_says_them)
{
    struct error e = {0};
    struct config *c = config_new();
    const char *const *items;
    static const char text[] = "corpus: {train: [a, ./b//c, ../d/./e, /tmp/../../y/, ''], model: .}";
    CHECK(config_load(c, file("c.yaml", text, strlen(text)), &e));
    CHECK(config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 5);
    CHECK_STR(items[0], text_of("%s/a", test_folder()));
    CHECK_STR(items[1], text_of("%s/b/c", test_folder()));
    char *above = memory_copy(test_folder(), (size_t)(strrchr(test_folder(), '/') - test_folder()));
    CHECK_STR(items[2], text_of("%s/d/e", above));
    CHECK_STR(items[3], "/y");
    CHECK_STR(items[4], "");
    CHECK_STR(config_string(c, "corpus.model"), test_folder());
    CHECK(config_set(c, "corpus.train=a", &e) &&
          config_set(c, "corpus.model=../../../../../../../../../..", &e));
    CHECK(config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 1);
    CHECK_STR(items[0], text_of("%s/a", here()));
    CHECK_STR(config_string(c, "corpus.model"), "/");
    CHECK(config_parse(c, "corpus: {model: m, train: []}", 29, "stored/in.model", &e));
    CHECK(config_check(c, sections, &e));
    CHECK_STR(config_string(c, "corpus.model"), text_of("%s/stored/m", here()));
    CHECK(config_parse(c, "corpus: {model: m}", 18, "t.model", &e) && config_check(c, sections, &e));
    CHECK_STR(config_string(c, "corpus.model"), text_of("%s/m", here()));
    memory_free(above);
    config_free(c);

    static const struct key keys[] = {{"out", KEY_PATH, 0, 0, "runs", NULL, ""},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section one[] = {{"run", {keys}}, {NULL, {NULL}}};
    c = config_new();
    CHECK(config_load(c, file("empty.yaml", "", 0), &e) && config_check(c, one, &e));
    CHECK_STR(config_string(c, "run.out"), text_of("%s/runs", here()));
    config_free(c);
}

/* Whatever folders and links a path goes through, it is the file that the system opens. */
TEST(paths_through_links)
{
    struct error e = {0};
    char base[PATH_MAX], at[2 * PATH_MAX], want[PATH_MAX];
    snprintf(base, sizeof base, "%s/links", test_folder());
    const char *const folder[] = {"", "/far", "/far/off", "/near", "/near/by"};
    for (size_t k = 0; k < sizeof folder / sizeof *folder; k++)
        CHECK(mkdir(text_of("%s%s", base, folder[k]), 0777) == 0);
    CHECK(symlink("../far/off", text_of("%s/near/link", base)) == 0);
    CHECK(symlink("link", text_of("%s/near/again", base)) == 0);
    static const char *const step[] = {"..", "..",     "near", "near/link", "near/again",
                                       "by", "../far", ".",    "x"};
    struct rng r;
    rng_init(&r, 3, 0, 0);
    int found = 0;
    for (int round = 0; round < 2000; round++) {
        struct config *c = config_new();
        char said[128] = "", text[256];
        for (size_t k = 1 + rng_below(&r, 6); k > 0; k--)
            sprintf(said + strlen(said), "%s%s", *said ? "/" : "", step[rng_below(&r, 9)]);
        snprintf(text, sizeof text, "corpus: {model: '%s'}", said);
        /* the configuration is read through a link as well */
        snprintf(at, sizeof at, "%s/near/%s/c.yaml", base, round % 2 ? "link" : "by");
        CHECK(config_parse(c, text, strlen(text), at, &e) && config_check(c, sections, &e));
        char *real = realpath(config_string(c, "corpus.model"), want);
        snprintf(at, sizeof at, "%s/near/%s/%s", base, round % 2 ? "link" : "by", said);
        char *truth = realpath(at, NULL);
        CHECK_MSG((real != NULL) == (truth != NULL) && (!real || strcmp(real, truth) == 0), "%s: %s", at,
                  config_string(c, "corpus.model"));
        found += real != NULL;
        free(truth);
        config_free(c);
    }
    CHECK(found > 100);
}

TEST(variables_in_paths)
{
    struct error e = {0};
    struct config *c = config_new();
    const char *const *items;
    static const char text[] =
        "corpus:\n"
        "  train: ['${ASYN_A}/x', '${ASYN_B:-/def}/y', '${ASYN_E:-z}', '${ASYN_E:-}', $$, $HOME, "
        "'a$${b}', '${ASYN_A:-/no}$', '${ASYN_V}']\n"
        "  separator: ${ASYN_A}\n";
    setenv("ASYN_A", "/data", 1);
    setenv("ASYN_E", "", 1);
    setenv("ASYN_V", "${ASYN_A}", 1); /* a value is not replaced again */
    unsetenv("ASYN_B");
    CHECK(parse(c, text, &e) && config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 9);
    CHECK_STR(items[0], "/data/x");
    CHECK_STR(items[1], "/def/y");
    CHECK_STR(items[2], text_of("%s/z", here()));
    CHECK_STR(items[3], "");
    CHECK_STR(items[4], text_of("%s/$", here()));
    CHECK_STR(items[5], text_of("%s/$HOME", here()));
    CHECK_STR(items[6], text_of("%s/a${b}", here()));
    CHECK_STR(items[7], "/data$");
    CHECK_STR(items[8], text_of("%s/${ASYN_A}", here()));
    CHECK_STR(config_string(c, "corpus.separator"), "${ASYN_A}"); /* paths only */
    CHECK_STR(e.text, "");
    config_free(c);

    CHECK_STR(
        complaint("corpus: {model: '${ASYN_B}/m'}"),
        "t.yaml:1:10: key 'corpus.model': the environment variable ASYN_B is not set; set it, e.g. export "
        "ASYN_B=/path");
    CHECK_STR(
        complaint("corpus: {model: '${ASYN_E}/m'}"),
        "t.yaml:1:10: key 'corpus.model': the environment variable ASYN_E is not set; set it, e.g. export "
        "ASYN_E=/path");
    CHECK_STR(complaint("corpus: {model: 'x/${ASYN_A/m'}"),
              "t.yaml:1:10: key 'corpus.model': '${ASYN_A/m': '${' without '}'; close it, or write '$$' for "
              "a plain "
              "'$'");
    static const char *const wrong[] = {"${}",    "${1A}",  "${A B}",     "${A:x}",
                                        "${A-x}", "${:-x}", "${A:-${B}}", "${A:}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STR(
            complaint(text_of("corpus: {model: '%s'}", wrong[i])),
            text_of("t.yaml:1:10: key 'corpus.model': '%s': expected ${NAME} or ${NAME:-default}; write '$$' "
                    "for a plain '$'",
                    wrong[i]));
    CHECK_STR(complaint("corpus: {model: ~/m}"),
              "t.yaml:1:10: key 'corpus.model': '~/m': '~' is not replaced; write ${HOME}");
    setenv("ASYN_V", "caf\xE9", 1);
    CHECK(strstr(complaint("corpus: {model: '/${ASYN_V}'}"), "the path is not UTF-8") != NULL);
    char *huge = memory_new(5001, 1);
    memset(huge, 'x', 5000);
    setenv("ASYN_V", huge, 1);
    CHECK_STR(complaint("corpus: {model: '/${ASYN_V}'}"),
              "t.yaml:1:10: key 'corpus.model': '/${ASYN_V}': a path longer than 4095 bytes; shorten it");
    CHECK(strstr(complaint(text_of("corpus: {model: %.4090s}", huge)),
                 "longer than 4095 bytes; use another") != NULL);
    memory_free(huge);

    static const struct key keys[] = {{"out", KEY_PATH, 0, 0, "${ASYN_B}", NULL, ""},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section one[] = {{"run", {keys}}, {NULL, {NULL}}};
    c = config_new();
    CHECK(!config_check(c, one, &e));
    CHECK_STR(e.text,
              "default of key 'run.out': the environment variable ASYN_B is not set; set it, e.g. export "
              "ASYN_B=/path");
    config_free(c);
}

TEST(assignments)
{
    static const struct {
        const char *said, *want;
    } strings[] = {
        {"corpus.separator=", ""},           {"corpus.separator=  ", ""},
        {"corpus.separator=a: b", "a: b"},   {"corpus.separator=#x", "#x"},
        {"corpus.separator=a #x", "a #x"},   {"corpus.separator=a\nb: c", "a\nb: c"},
        {"corpus.separator='a b '", "a b "}, {"corpus.separator=\"\\t\"", "\t"},
        {"corpus.separator=&x", "&x"},       {"corpus.separator=*x", "*x"},
        {"corpus.separator=- x", "- x"},     {"corpus.separator=---", "---"},
        {"corpus.separator=a=b.c", "a=b.c"}, {"corpus.separator= a ", "a"},
        {"corpus.separator=NO", "NO"},       {"corpus.separator=a]", "a]"},
    };
    struct error e = {0};
    struct config *c = config_new();
    const char *const *items;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        CHECK(config_set(c, strings[i].said, &e) && config_check(c, sections, &e));
        CHECK_STR(config_string(c, "corpus.separator"), strings[i].want);
    }
    CHECK(config_set(c, "corpus.labels=[a, 'b c', \"d\"]", &e) && config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 3);
    CHECK_STR(items[1], "b c");
    CHECK(config_set(c, "corpus.labels=a, b", &e) && config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 1);
    CHECK_STR(items[0], "a, b");
    CHECK(config_set(c, "corpus.labels=", &e) && config_check(c, sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 0);
    CHECK(config_set(c, "optimizer.l2={form: lazy, weight: 0.5}", &e) && config_check(c, sections, &e));
    CHECK(config_real(c, "optimizer.l2.weight") == 0.5);
    CHECK_STR(e.text, "");
    config_free(c);
}

TEST(wrong_assignments)
{
    static const char *const no[] = {"",           "=",         "engine", "engine=4", "engine.threads",
                                     ".threads=4", "engine.=4", "a=b.c"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_STR(set_complaint(no[i]),
                  text_of("command line: '%s': expected section.key=value, such as engine.threads=4", no[i]));
    CHECK_STR(set_complaint("engine.threads=x"),
              "command line: key 'engine.threads': wrong value 'x'; expected an integer from 1 to 1024");
    CHECK_STR(set_complaint("engine.threads="),
              "command line: key 'engine.threads': wrong value ''; expected an integer from 1 to 1024");
    CHECK_STR(set_complaint("engine.threads=~"),
              "command line: key 'engine.threads': has no value; expected an integer from 1 to 1024");
    CHECK_STR(set_complaint("engine.thread=4"),
              "command line: key 'engine.thread': unknown; did you mean 'threads'?");
    CHECK_STR(set_complaint("engin.threads=4"),
              "command line: unknown section 'engin'; did you mean 'engine'?");
    CHECK_STR(
        set_complaint("corpus.labels=[a"),
        "command line: key 'corpus.labels': not valid YAML: did not find expected ',' or ']' while parsing a "
        "flow sequence; check indentation, brackets and quotes");
    CHECK_STR(
        set_complaint("corpus.labels=[a] b"),
        "command line: key 'corpus.labels': not valid YAML: did not find expected <document start>; check "
        "indentation, brackets and quotes");
    CHECK_STR(set_complaint("corpus.labels=[a]\n---\n[b]"),
              "command line: key 'corpus.labels': a second document begins; remove it");
    CHECK_STR(
        set_complaint("corpus.labels=[*a]"),
        "command line: key 'corpus.labels': anchors (&), aliases (*) and tags (!) are not allowed; write or "
        "quote the value");
    CHECK_STR(set_complaint("corpus.separator={a: b}"),
              "command line: key 'corpus.separator': a map; expected a string");
    CHECK_STR(set_complaint("corpus.separator=\"a\": b"),
              "command line: key 'corpus.separator': a map; expected a string");
    CHECK_STR(set_complaint("optimizer.l2={form: lazy, form: none}"),
              "command line: key 'optimizer.l2.form': said twice; keep one of them");
    CHECK_STR(set_complaint("corpus.separator=\xFF"),
              "command line: 'corpus.separator=?': not UTF-8, or longer than 262144 bytes");
    CHECK_STR(set_complaint("corpus.a\nb=1"),
              "command line: key 'corpus.a?b': unknown; see `asyntrain list keys` for "
              "those of section 'corpus'");
}

TEST(a_room_may_find_fault)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(parse(c, "engine:\n  threads: 4\n", &e) && config_set(c, "engine.seed=1", &e));
    CHECK(config_check(c, sections, &e));
    CHECK(!config_fault(c, "engine.threads", &e, "%d threads, but only %s", 4, "one\nread"));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_STR(e.text, "t.yaml:2:3: key 'engine.threads': 4 threads, but only one?read");
    CHECK(!config_fault(c, "engine.seed", &e, "too small"));
    CHECK_STR(e.text, "command line: key 'engine.seed': too small");
    CHECK(!config_fault(c, "engine.pin", &e, "cannot pin here"));
    CHECK_STR(e.text, "default of key 'engine.pin': cannot pin here");
    config_free(c);
}

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
              config_check(again, sections, &e) && same(c, again);
    if (ok)
        ok = strcmp(twice = config_text(again), text) == 0;
    else
        fprintf(stderr, "%s\n%s\n", text, e.text);
    memory_free(text);
    memory_free(twice);
    config_free(again);
    return ok;
}

/* What is unsaid is as if it had never been said: the default is back, or a fault gone. */
TEST(forgotten_keys_were_never_said)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(parse(c, "optimizer: {rate: 0.5, l2: {form: exact, weight: 0.5}, rat: 3}\nengine: {threads: 2}\n",
                &e));
    CHECK(!config_check(c, sections, &e)); /* there is no `rat` */
    config_forget(c, "optimizer.rat"); /* and not what merely begins so */
    config_forget(c, "optimizer.l2");
    config_forget(c, "engine.none");
    CHECK(config_check(c, sections, &e));
    CHECK_NEAR(config_real(c, "optimizer.rate"), 0.5, 0);
    CHECK_STR(config_string(c, "optimizer.l2.form"), "none");
    CHECK_NEAR(config_real(c, "optimizer.l2.weight"), 1e-4, 0);
    CHECK(config_peek(c, "engine.threads") != NULL);
    config_forget(c, "engine");
    CHECK(config_peek(c, "engine.threads") == NULL);
    config_free(c);
}

TEST(text_loads_to_the_same_values)
{
    struct config *c = checked("corpus: {train: [/d/a.txt, '/d/$${X} b', ''], model: /m}\n"
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
    CHECK(config_set(c, said, &e) && config_check(c, sections, &e));
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
        bool ok = config_parse(c, text, n, "fuzz", &e) && config_check(c, sections, &e);
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
        ok = config_set(c, assignment, &e) && config_check(c, sections, &e);
        CHECK(e.kind == (ok ? ERROR_NONE : ERROR_USAGE));
        if (ok)
            CHECK(survives(c));
        config_free(c);
    }
    CHECK(loaded > 100); /* the loop is not only about refusals */
    CHECK(loaded < 5900);
}

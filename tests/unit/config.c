/* SPDX-License-Identifier: MIT
 *
 * Sources of a configuration, types and shapes of values, and what is said of faults.
 */
#include "tests/unit/configs.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

TEST(empty_sources_give_defaults)
{
    static const char *const empty[] = {"",           "\n",         "# nothing\n",
                                        "---\n",      "---\n...\n", "engine:\n",
                                        "engine: {}", "{}",         "optimizer:\n  l2:\n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct config *c = configs_checked(empty[i]);
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
    struct config *c = configs_checked("engine: {name: asyngrad, threads: 4, pin: false, offset: -12}\n"
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

    CHECK_STR(configs_complaint("optimizer: {rate: 3}"), "");
    CHECK_STR(configs_complaint("corpus: {separator: 'NO', labels: one, train: []}"), "");
    CHECK_STR(configs_complaint("corpus: {separator: \"\", labels: '', train: '', model: \"\"}"), "");
    CHECK_STR(configs_complaint("optimizer: {l2.form: exact}"), ""); /* the form that config_text writes */
    CHECK_STR(configs_complaint("\xEF\xBB\xBF"
                                "engine:\r\n  threads: 2\r\n"),
              "");
}

TEST(later_sources_replace_earlier_ones)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(config_peek(c, "engine.name") == NULL);
    CHECK(configs_parse(c, "engine: {threads: 2, seed: 7, name: asyngrad}\ncorpus: {labels: [a]}", &e));
    CHECK(config_parse(c, "engine: {threads: 3}", 20, "u.yaml", &e));
    CHECK_STR(config_peek(c, "engine.threads"), "3");
    CHECK(config_set(c, "engine.threads=4", &e));
    CHECK(config_set(c, "engine.threads=5", &e));
    CHECK_STR(config_peek(c, "engine.name"), "asyngrad");
    CHECK(config_peek(c, "corpus.labels") == NULL); /* a list */
    CHECK(config_check(c, configs_sections, &e));
    CHECK_INT(config_integer(c, "engine.threads"), 5);
    CHECK_INT(config_integer(c, "engine.seed"), 7);
    CHECK(config_set(c, "engine.seed=8", &e)); /* and again, with other tables */
    static const struct key others[] = {{"threads", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {"seed", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {"name", KEY_STRING, 0, 0, "x", NULL, ""},
                                        {"offset", KEY_INTEGER, 0, 0, "9", NULL, ""},
                                        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section fewer[] = {
        {"engine", {NULL, others}}, {"corpus", {configs_corpus_keys}}, {NULL, {NULL}}};
    CHECK(config_check(c, fewer, &e));
    CHECK_INT(config_integer(c, "engine.seed"), 8);
    CHECK_INT(config_integer(c, "engine.offset"), 9); /* not the 0 of the first check */
    CHECK_STR(e.text, "");
    config_free(c);
}

TEST(types_are_checked)
{
    CHECK_STR(configs_complaint("engine:\n  threads: four\n"),
              "t.yaml:2:3: key 'engine.threads': wrong value 'four'; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine: {pin: true, threads: 1_000}"),
              "t.yaml:1:21: key 'engine.threads': wrong value '1_000'; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine:\n  threads: 0\n"),
              "t.yaml:2:3: key 'engine.threads': 0 is out of range; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine:\n  seed: -1\n"),
              "t.yaml:2:3: key 'engine.seed': -1 is out of range; expected an integer of at least 0");
    CHECK_STR(configs_complaint("engine:\n  offset: 99999999999999999999\n"),
              "t.yaml:2:3: key 'engine.offset': wrong value '99999999999999999999'; expected an integer");
    CHECK_STR(configs_complaint("optimizer:\n  rate: fast\n"),
              "t.yaml:2:3: key 'optimizer.rate': wrong value 'fast'; expected a number from 0 to 10");
    CHECK_STR(configs_complaint("optimizer:\n  l2:\n    weight: 1.5\n"),
              "t.yaml:3:5: key 'optimizer.l2.weight': 1.5 is out of range; expected a number from 0 to 1");
    CHECK_STR(configs_complaint("optimizer: {rate: .inf}"),
              "t.yaml:1:13: key 'optimizer.rate': wrong value '.inf'; expected a number from 0 to 10");
    CHECK_STR(configs_complaint("engine: {pin: yes}"),
              "t.yaml:1:10: key 'engine.pin': wrong value 'yes'; expected true or false");
    CHECK_STR(configs_complaint("engine: {pin: \"\"}"),
              "t.yaml:1:10: key 'engine.pin': wrong value ''; expected true or false");
    CHECK_STR(configs_complaint("engine: {name: asingrad}"),
              "t.yaml:1:10: key 'engine.name': unknown value 'asingrad'; did you mean 'asyngrad'? "
              "expected one of sequential|asyngrad|simulated");
    CHECK_STR(configs_complaint("engine: {name: q}"), "t.yaml:1:10: key 'engine.name': unknown value 'q'; "
                                                      "expected one of sequential|asyngrad|simulated");
    CHECK_STR(configs_complaint("engine: {name: asyngrad|simulated}"),
              "t.yaml:1:10: key 'engine.name': unknown value 'asyngrad|simulated'; "
              "expected one of sequential|asyngrad|simulated");
}

TEST(shapes_are_checked)
{
    CHECK_STR(configs_complaint("engine:\n  threads:\n"),
              "t.yaml:2:3: key 'engine.threads': has no value; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine: {pin: ~}"),
              "t.yaml:1:10: key 'engine.pin': has no value; expected true or false");
    CHECK_STR(configs_complaint("corpus:\n  separator:\n"),
              "t.yaml:2:3: key 'corpus.separator': has no value; expected a string (\"\" for an empty one)");
    CHECK_STR(
        configs_complaint("corpus:\n  train: null\n"),
        "t.yaml:2:3: key 'corpus.train': has no value; expected a list of paths (\"\" for an empty one)");
    CHECK_STR(configs_complaint("engine: {threads: {a: 1}}"),
              "t.yaml:1:10: key 'engine.threads': a map; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine: {threads: {}}"),
              "t.yaml:1:10: key 'engine.threads': a map; expected an integer from 1 to 1024");
    CHECK_STR(configs_complaint("engine:\n  threads: [1, 2]\n"),
              "t.yaml:2:3: key 'engine.threads': a list; expected a single value, an integer from 1 to 1024");
    CHECK_STR(configs_complaint("corpus:\n  model:\n    - a\n    - b\n"),
              "t.yaml:2:3: key 'corpus.model': a list; expected a single value, a path");
    CHECK_STR(configs_complaint("corpus:\n  labels: [a, [b]]\n"),
              "t.yaml:2:15: key 'corpus.labels': a list or map within a list; expected single values");
    CHECK_STR(configs_complaint("corpus:\n  labels:\n    - a: b\n"),
              "t.yaml:3:7: key 'corpus.labels': a list or map within a list; expected single values");
    CHECK_STR(configs_complaint("corpus:\n  labels:\n    - a\n    -\n"),
              "t.yaml:4:6: key 'corpus.labels': item 2 of the list has no value; remove it, or write \"\"");
    CHECK_STR(configs_complaint("engine: 4\n"),
              "t.yaml:1:1: key 'engine': a value; expected keys below it, such as 'engine.name'");
    CHECK_STR(configs_complaint("engine: [threads]\n"),
              "t.yaml:1:1: key 'engine': a value; expected keys below it, such as 'engine.name'");
    CHECK_STR(configs_complaint("optimizer: {l2: 0.1}"), "t.yaml:1:13: key 'optimizer.l2': a value; expected "
                                                         "a map of the keys form, weight, such as l2: {form: "
                                                         "none, weight: 0.1}");
    static const char top[] =
        "t.yaml:1:1: the file is not a map; expected 'section:' and, indented below it, "
        "'key: value' (asyntrain init-config writes one for a corpus)";
    CHECK_STR(configs_complaint("- a\n- b\n"), top);
    CHECK_STR(configs_complaint("engine\n"), top);
    CHECK_STR(configs_complaint("''\n"), top);
}

TEST(unknown_names_find_the_right_one)
{
    CHECK_STR(configs_complaint("engine:\n  thread: 4\n"),
              "t.yaml:2:3: key 'engine.thread': unknown; did you mean 'threads'?");
    CHECK_STR(configs_complaint("corpus:\n  threads: 4\n"),
              "t.yaml:2:3: key 'corpus.threads': unknown; key 'threads' belongs to section 'engine'");
    CHECK_STR(configs_complaint("corpus:\n  thraeds: 4\n"),
              "t.yaml:2:3: key 'corpus.thraeds': unknown; did you mean 'threads' of section 'engine'?");
    CHECK_STR(configs_complaint("engine:\n  zzzzzzzzzz: 4\n"),
              "t.yaml:2:3: key 'engine.zzzzzzzzzz': unknown; see `asyntrain list keys` for those of section "
              "'engine'");
    CHECK_STR(configs_complaint("optimizer: {l2: {from: lazy}}"),
              "t.yaml:1:18: key 'optimizer.l2.from': unknown; did you mean 'l2.form'?");
    CHECK_STR(configs_complaint("engine: {zzzzzzzzzz: {}}"),
              "t.yaml:1:10: key 'engine.zzzzzzzzzz': unknown; see `asyntrain list keys` for those of section "
              "'engine'");
    CHECK_STR(configs_complaint("engin:\n  threads: 4\n"),
              "t.yaml:1:1: unknown section 'engin'; did you mean 'engine'?");
    CHECK_STR(configs_complaint("\n\nthreads: 4\n"),
              "t.yaml:3:1: key 'threads' belongs to section 'engine'; move it there");
    CHECK_STR(configs_complaint("quite-else: {a: 1}"),
              "t.yaml:1:1: unknown section 'quite-else'; expected one of corpus, engine, optimizer");
    CHECK_STR(configs_complaint("engine.:\n"),
              "t.yaml:1:1: key 'engine.': unknown; see `asyntrain list keys` for those "
              "of section 'engine'");
    CHECK_STR(configs_complaint("a..b: 1\n"),
              "t.yaml:1:1: unknown section 'a'; expected one of corpus, engine, optimizer");
}

TEST(decimal_commas)
{
    CHECK_STR(configs_complaint("optimizer: {rate: 0,1}"),
              "t.yaml:1:21: key 'optimizer.rate': '0,1' is two entries of the map; write 0.1");
    CHECK_STR(configs_complaint("optimizer:\n  l2: {weight: 1,5e-3, form: none}"),
              "t.yaml:2:18: key 'optimizer.l2.weight': '1,5e-3' is two entries of the map; write 1.5e-3");
    CHECK_STR(configs_complaint("{optimizer: {rate: 0,1, l2: {weight: 0,1}}, engine: {threads: 1}}"),
              "t.yaml:1:22: key 'optimizer.rate': '0,1' is two entries of the map; write 0.1");
    CHECK_STR(
        configs_complaint("optimizer:\n  rate: 0,1\n"),
        "t.yaml:2:3: key 'optimizer.rate': wrong value '0,1'; expected a number from 0 to 10 (with a point, "
        "as in 0.5)");
    /* others are names that nobody knows */
    CHECK_STR(configs_complaint("optimizer: {rate: 0, 7: 1}"),
              "t.yaml:1:22: key 'optimizer.7': unknown; see `asyntrain list keys` for those of section "
              "'optimizer'");
    CHECK_STR(configs_complaint("optimizer: {7}"),
              "t.yaml:1:13: key 'optimizer.7': unknown; see `asyntrain list "
              "keys` for those of section 'optimizer'");
    struct error e = {0};
    struct config *c = config_new();
    CHECK(!config_set(c, "optimizer.l2={form: none, weight: 0,1}", &e));
    CHECK_STR(e.text, "command line: key 'optimizer.l2.weight': '0,1' is two entries of the map; write 0.1");
    config_free(c);
}

TEST(a_key_twice_names_both_lines)
{
    CHECK_STR(configs_complaint("engine:\n  threads: 4\n  pin: true\n  threads: 5\n"),
              "t.yaml:4:3: key 'engine.threads': said twice, here and in line 2; keep one of them");
    CHECK_STR(configs_complaint("engine:\n  threads: 4\noptimizer:\n  rate: 1\nengine:\n  pin: true\n"),
              "t.yaml:5:1: key 'engine': said twice, here and in line 1; keep one of them");
    CHECK_STR(configs_complaint("optimizer:\n  l2.form: lazy\n  l2:\n    form: lazy\n"),
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
    CHECK(configs_parse(c, "", &e) && config_parse(c, "", 0, "second.yaml", &e));
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
    CHECK_STR(configs_complaint("engine:\n  threads: &t 4\n"), configs_text("t.yaml:2:12: %s", decorated));
    CHECK_STR(configs_complaint("engine: &e\n  threads: 4\n"), configs_text("t.yaml:1:9: %s", decorated));
    CHECK_STR(configs_complaint("corpus:\n  labels: &l [a]\n"), configs_text("t.yaml:2:11: %s", decorated));
    CHECK_STR(configs_complaint("corpus:\n  labels: *l\n"), configs_text("t.yaml:2:11: %s", decorated));
    CHECK_STR(configs_complaint("corpus:\n  labels: [!x a]\n"), configs_text("t.yaml:2:12: %s", decorated));
    CHECK_STR(configs_complaint("engine:\n  threads: !!int 4\n"), configs_text("t.yaml:2:12: %s", decorated));
    CHECK_STR(configs_complaint("engine:\n  threads: ! 4\n"), configs_text("t.yaml:2:12: %s", decorated));
    CHECK_STR(configs_complaint("!m\nengine: {}\n"), configs_text("t.yaml:1:1: %s", decorated));
    CHECK_STR(configs_complaint("engine: {}\n---\nengine: {}\n"),
              "t.yaml:2:1: a second document begins; remove it");
    CHECK_STR(configs_complaint("corpus:\n  labels: [a, \"b\\0c\"]\n"),
              "t.yaml:2:15: a character of code 0 is not allowed; remove the '\\0'");
    static const char name[] = "expected a name (of at most 255 bytes with those above it) before ':', "
                               "as in 'threads: 4'";
    CHECK_STR(configs_complaint("engine:\n  [a, b]: 4\n"), configs_text("t.yaml:2:3: %s", name));
    CHECK_STR(configs_complaint("engine:\n  ? {a: b}\n  : 4\n"), configs_text("t.yaml:2:5: %s", name));
    CHECK_STR(configs_complaint("engine:\n  \"\": 4\n"), configs_text("t.yaml:2:3: %s", name));
    CHECK_STR(configs_complaint(configs_text("engine:\n  %0300d: 4\n", 7)),
              configs_text("t.yaml:2:3: %s", name));
}

TEST(faults_of_syntax_and_encoding)
{
    CHECK_STR(configs_complaint("engine:\n  threads: [4\n"),
              "t.yaml:3:1: not valid YAML: did not find expected ',' or ']' "
              "while parsing a flow sequence; check indentation, brackets "
              "and quotes");
    CHECK_STR(configs_complaint("engine:\n\tthreads: 4\n"),
              "t.yaml:2:1: a TAB indents this line, which YAML does not allow; put blanks in its place");
    CHECK_STR(configs_complaint("engine:\n  \tthreads: 4\n"), /* blanks before it or not */
              "t.yaml:2:3: a TAB indents this line, which YAML does not allow; put blanks in its place");
    CHECK_STR(configs_complaint("engine:\n  \xC3\xA9\x01: 4\n"),
              "t.yaml:2:4: not valid YAML: control characters are not "
              "allowed; check indentation, brackets and quotes");
    CHECK_STR(configs_complaint("engine:\n  \xC3\xA9: \xFF\n"),
              "t.yaml:2:6: not UTF-8; convert the file, e.g. with iconv");
    CHECK_STR(configs_complaint("\xFF\xFE"
                                "e"),
              "t.yaml:1:1: not UTF-8; convert the file, e.g. with iconv");
    /* a message stays one line of UTF-8, whatever was said */
    CHECK_STR(configs_complaint("engine: {pin: \"a\\nb\\e[31m\"}"),
              "t.yaml:1:10: key 'engine.pin': wrong value 'a\\x0ab\\x1b[31m'; expected true or false");
    CHECK_STR(configs_complaint(
                  "engine: {pin: 0123456789012345678901234567890123456789012345678901234567\xE2\x82\xAC}"),
              "t.yaml:1:10: key 'engine.pin': wrong value "
              "'0123456789012345678901234567890123456789012345678901234567"
              "\\xe2\\x82'; expected true or false"); /* a value is shown up to 60 bytes */
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
    CHECK_STR(configs_complaint(deep),
              "t.yaml:1:2: unknown section 'a'; expected one of corpus, engine, optimizer");
    CHECK_STR(configs_complaint(configs_text("{a: %s}", deep)),
              "t.yaml:1:62: key 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a': more than 16 levels; expected "
              "'section: {key: value}'");
    memset(many, '[', 200000); /* libyaml itself must not fall over */
    CHECK(*configs_complaint(many) != '\0');
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(many + n, "k%d: 1\n", i);
    CHECK_STR(configs_complaint(many), "t.yaml:4097:1: key 'k4096': more than 4096 keys; remove some");
    n = (size_t)sprintf(many, "corpus:\n  labels:\n");
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(many + n, "  - x\n");
    CHECK_STR(configs_complaint(many),
              "t.yaml:4099:5: key 'corpus.labels': more than 4096 items; expected a shorter list");
    memset(many, '#', 262144);
    many[262144] = 0;
    CHECK_STR(configs_complaint(many), "");
    many[262144] = '#', many[262145] = 0;
    CHECK_STR(configs_complaint(many), "t.yaml: larger than 262144 bytes; expected a configuration");
    memory_free(many);
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
        CHECK(config_set(c, strings[i].said, &e) && config_check(c, configs_sections, &e));
        CHECK_STR(config_string(c, "corpus.separator"), strings[i].want);
    }
    CHECK(config_set(c, "corpus.labels=[a, 'b c', \"d\"]", &e) && config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 3);
    CHECK_STR(items[1], "b c");
    CHECK(config_set(c, "corpus.labels=a, b", &e) && config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 1);
    CHECK_STR(items[0], "a, b");
    CHECK(config_set(c, "corpus.labels=", &e) && config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.labels", &items), 0);
    CHECK(config_set(c, "optimizer.l2={form: lazy, weight: 0.5}", &e) &&
          config_check(c, configs_sections, &e));
    CHECK(config_real(c, "optimizer.l2.weight") == 0.5);
    CHECK_STR(e.text, "");
    config_free(c);
}

TEST(wrong_assignments)
{
    static const char *const no[] = {"", "=", "engine", "engine.threads", ".threads=4", "engine.=4", "=.c"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_STR(
            configs_set_complaint(no[i]),
            configs_text("command line: '%s': expected section.key=value, such as engine.threads=4", no[i]));
    CHECK_STR(configs_set_complaint("engine=4"),
              "command line: key 'engine': a value; expected keys below it, such as 'engine.name'");
    CHECK_STR(configs_set_complaint("zz=b.c"),
              "command line: unknown key 'zz'; expected section.key=value, such as engine.threads=4");
    CHECK_STR(configs_set_complaint("threads=4"),
              "command line: unknown key 'threads'; did you mean 'engine.threads'?");
    CHECK_STR(configs_set_complaint("engine.threads=x"),
              "command line: key 'engine.threads': wrong value 'x'; expected an integer from 1 to 1024");
    CHECK_STR(configs_set_complaint("engine.threads="),
              "command line: key 'engine.threads': wrong value ''; expected an integer from 1 to 1024");
    CHECK_STR(configs_set_complaint("engine.threads=~"),
              "command line: key 'engine.threads': has no value; expected an integer from 1 to 1024");
    CHECK_STR(configs_set_complaint("engine.thread=4"),
              "command line: key 'engine.thread': unknown; did you mean 'threads'?");
    CHECK_STR(configs_set_complaint("engin.threads=4"),
              "command line: unknown section 'engin'; did you mean 'engine.threads'?");
    CHECK_STR(
        configs_set_complaint("corpus.labels=[a"),
        "command line: key 'corpus.labels': not valid YAML: did not find expected ',' or ']' while parsing a "
        "flow sequence; check indentation, brackets and quotes");
    CHECK_STR(
        configs_set_complaint("corpus.labels=[a] b"),
        "command line: key 'corpus.labels': not valid YAML: did not find expected <document start>; check "
        "indentation, brackets and quotes");
    CHECK_STR(configs_set_complaint("corpus.labels=[a]\n---\n[b]"),
              "command line: key 'corpus.labels': a second document begins; remove it");
    CHECK_STR(
        configs_set_complaint("corpus.labels=[*a]"),
        "command line: key 'corpus.labels': anchors (&), aliases (*) and tags (!) are not allowed; write or "
        "quote the value");
    CHECK_STR(configs_set_complaint("corpus.separator={a: b}"),
              "command line: key 'corpus.separator': a map; expected a string");
    CHECK_STR(configs_set_complaint("corpus.separator=\"a\": b"),
              "command line: key 'corpus.separator': a map; expected a string");
    CHECK_STR(configs_set_complaint("optimizer.l2={form: lazy, form: none}"),
              "command line: key 'optimizer.l2.form': said twice; keep one of them");
    CHECK_STR(configs_set_complaint("corpus.separator=\xFF"),
              "command line: 'corpus.separator=\\xff': not UTF-8, or longer than 262144 bytes");
    CHECK_STR(configs_set_complaint("corpus.a\nb=1"),
              "command line: key 'corpus.a\\x0ab': unknown; see `asyntrain list keys` for "
              "those of section 'corpus'");
}

TEST(a_room_may_find_fault)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(configs_parse(c, "engine:\n  threads: 4\n", &e) && config_set(c, "engine.seed=1", &e));
    CHECK(config_check(c, configs_sections, &e));
    CHECK(!config_fault(c, "engine.threads", &e, "%d threads, but only %s", 4, "one\nread"));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_STR(e.text, "t.yaml:2:3: key 'engine.threads': 4 threads, but only one\\x0aread");
    CHECK(!config_fault(c, "engine.seed", &e, "too small"));
    CHECK_STR(e.text, "command line: key 'engine.seed': too small");
    CHECK(!config_fault(c, "engine.pin", &e, "cannot pin here"));
    CHECK_STR(e.text, "default of key 'engine.pin': cannot pin here");
    config_free(c);
}

/* What is unsaid is as if it had never been said: the default is back, or a fault gone. */
TEST(forgotten_keys_were_never_said)
{
    struct error e = {0};
    struct config *c = config_new();
    CHECK(configs_parse(
        c, "optimizer: {rate: 0.5, l2: {form: exact, weight: 0.5}, rat: 3}\nengine: {threads: 2}\n", &e));
    CHECK(!config_check(c, configs_sections, &e)); /* there is no `rat` */
    config_forget(c, "optimizer.rat"); /* and not what merely begins so */
    config_forget(c, "optimizer.l2");
    config_forget(c, "engine.none");
    CHECK(config_check(c, configs_sections, &e));
    CHECK_NEAR(config_real(c, "optimizer.rate"), 0.5, 0);
    CHECK_STR(config_string(c, "optimizer.l2.form"), "none");
    CHECK_NEAR(config_real(c, "optimizer.l2.weight"), 1e-4, 0);
    CHECK(config_peek(c, "engine.threads") != NULL);
    config_forget(c, "engine");
    CHECK(config_peek(c, "engine.threads") == NULL);
    config_free(c);
}

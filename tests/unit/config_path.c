/* SPDX-License-Identifier: MIT
 *
 * Files of a configuration, and the paths that it says: relative to what, through links, with variables.
 */
#include "tests/unit/configs.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    CHECK_STR(e.text, configs_text("%s: cannot be read: Is a directory; check its name and permissions",
                                   test_folder()));
    CHECK(!config_load(c, configs_file("big.yaml", big, 300000), &e));
    CHECK_STR(e.text,
              configs_text("%s/big.yaml: larger than 262144 bytes; expected a configuration", test_folder()));
    CHECK(config_load(c, configs_file("empty.yaml", "", 0), &e));
    config_free(c);
    memory_free(big);
}

TEST(paths_are_relative_to_who_says_them)
{
    struct error e = {0};
    struct config *c = config_new();
    const char *const *items;
    static const char text[] = "corpus: {train: [a, ./b//c, ../d/./e, /tmp/../../y/, ''], model: .}";
    CHECK(config_load(c, configs_file("c.yaml", text, strlen(text)), &e));
    CHECK(config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 5);
    CHECK_STR(items[0], configs_text("%s/a", test_folder()));
    CHECK_STR(items[1], configs_text("%s/b/c", test_folder()));
    char *above = memory_copy(test_folder(), (size_t)(strrchr(test_folder(), '/') - test_folder()));
    CHECK_STR(items[2], configs_text("%s/d/e", above));
    CHECK_STR(items[3], "/y");
    CHECK_STR(items[4], "");
    CHECK_STR(config_string(c, "corpus.model"), test_folder());
    CHECK(config_set(c, "corpus.train=a", &e) &&
          config_set(c, "corpus.model=../../../../../../../../../..", &e));
    CHECK(config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 1);
    CHECK_STR(items[0], configs_text("%s/a", configs_here()));
    CHECK_STR(config_string(c, "corpus.model"), "/");
    CHECK(config_parse(c, "corpus: {model: m, train: []}", 29, "stored/in.model", &e));
    CHECK(config_check(c, configs_sections, &e));
    CHECK_STR(config_string(c, "corpus.model"), configs_text("%s/stored/m", configs_here()));
    CHECK(config_parse(c, "corpus: {model: m}", 18, "t.model", &e) && config_check(c, configs_sections, &e));
    CHECK_STR(config_string(c, "corpus.model"), configs_text("%s/m", configs_here()));
    memory_free(above);
    config_free(c);

    static const struct key keys[] = {{"out", KEY_PATH, 0, 0, "runs", NULL, ""},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const struct section one[] = {{"run", {keys}}, {NULL, {NULL}}};
    c = config_new();
    CHECK(config_load(c, configs_file("empty.yaml", "", 0), &e) && config_check(c, one, &e));
    CHECK_STR(config_string(c, "run.out"), configs_text("%s/runs", configs_here()));
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
        CHECK(mkdir(configs_text("%s%s", base, folder[k]), 0777) == 0);
    CHECK(symlink("../far/off", configs_text("%s/near/link", base)) == 0);
    CHECK(symlink("link", configs_text("%s/near/again", base)) == 0);
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
        CHECK(config_parse(c, text, strlen(text), at, &e) && config_check(c, configs_sections, &e));
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
    CHECK(configs_parse(c, text, &e) && config_check(c, configs_sections, &e));
    CHECK_INT(config_list(c, "corpus.train", &items), 9);
    CHECK_STR(items[0], "/data/x");
    CHECK_STR(items[1], "/def/y");
    CHECK_STR(items[2], configs_text("%s/z", configs_here()));
    CHECK_STR(items[3], "");
    CHECK_STR(items[4], configs_text("%s/$", configs_here()));
    CHECK_STR(items[5], configs_text("%s/$HOME", configs_here()));
    CHECK_STR(items[6], configs_text("%s/a${b}", configs_here()));
    CHECK_STR(items[7], "/data$");
    CHECK_STR(items[8], configs_text("%s/${ASYN_A}", configs_here()));
    CHECK_STR(config_string(c, "corpus.separator"), "${ASYN_A}"); /* paths only */
    CHECK_STR(e.text, "");
    config_free(c);

    CHECK_STR(
        configs_complaint("corpus: {model: '${ASYN_B}/m'}"),
        "t.yaml:1:10: key 'corpus.model': the environment variable ASYN_B is not set; set it, e.g. export "
        "ASYN_B=/path");
    CHECK_STR(
        configs_complaint("corpus: {model: '${ASYN_E}/m'}"),
        "t.yaml:1:10: key 'corpus.model': the environment variable ASYN_E is not set; set it, e.g. export "
        "ASYN_E=/path");
    CHECK_STR(configs_complaint("corpus: {model: 'x/${ASYN_A/m'}"),
              "t.yaml:1:10: key 'corpus.model': '${ASYN_A/m': '${' without '}'; close it, or write '$$' for "
              "a plain "
              "'$'");
    static const char *const wrong[] = {"${}",    "${1A}",  "${A B}",     "${A:x}",
                                        "${A-x}", "${:-x}", "${A:-${B}}", "${A:}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STR(
            configs_complaint(configs_text("corpus: {model: '%s'}", wrong[i])),
            configs_text(
                "t.yaml:1:10: key 'corpus.model': '%s': expected ${NAME} or ${NAME:-default}; write '$$' "
                "for a plain '$'",
                wrong[i]));
    CHECK_STR(configs_complaint("corpus: {model: ~/m}"),
              "t.yaml:1:10: key 'corpus.model': '~/m': '~' is not replaced; write ${HOME}");
    setenv("ASYN_V", "caf\xE9", 1);
    CHECK(strstr(configs_complaint("corpus: {model: '/${ASYN_V}'}"), "the path is not UTF-8") != NULL);
    char *huge = memory_new(5001, 1);
    memset(huge, 'x', 5000);
    setenv("ASYN_V", huge, 1);
    CHECK_STR(configs_complaint("corpus: {model: '/${ASYN_V}'}"),
              "t.yaml:1:10: key 'corpus.model': '/${ASYN_V}': a path longer than 4095 bytes; shorten it");
    CHECK(strstr(configs_complaint(configs_text("corpus: {model: %.4090s}", huge)),
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

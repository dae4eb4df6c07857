/* SPDX-License-Identifier: MIT
 *
 * Feature files of CRFsuite as they are read, and their lines answered.
 */
#include "lib/base/memory.h"
#include "lib/data/format.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All sentences, "LINE*WEIGHT LABEL{NAME=VALUE …} …;" each, then "!" and a fault's message without the path. */
static const char *read_all(const char *text)
{
    static char all[8192];
    struct error e = {0};
    struct text_buffer buffer = {0};
    const char *path = test_file("features", text);
    struct reader *r = reader_open(&format_crfsuite, path, &e);
    const struct sentence *s;
    char *end = all;
    *end = 0;
    if (!CHECK(r != NULL))
        return "";
    while ((s = reader_next(r, &e))) {
        CHECK(s->n > 0 && s->ncolumns == 2 && !s->document);
        end += sprintf(end, "%lu*%g", s->line, s->weight);
        for (uint32_t i = 0; i < s->n; i++) {
            struct span rest = s->cell[2 * i], label = s->cell[2 * i + 1], name;
            double value;
            end += sprintf(end, " %.*s{", (int)label.n, label.s);
            for (bool more = false; crfsuite_attribute(&rest, &buffer, &name, &value); more = true)
                end += sprintf(end, "%s%.*s=%g", more ? " " : "", (int)name.n, name.s, value);
            end += sprintf(end, "}");
        }
        end += sprintf(end, ";");
    }
    if (e.kind) {
        CHECK_INT(e.kind, ERROR_CORPUS);
        CHECK(strncmp(e.text, path, strlen(path)) == 0);
        sprintf(end, "!%s", e.text + strlen(path));
    }
    reader_close(r);
    memory_free(buffer.bytes);
    return all;
}

TEST(crfsuite_tokens)
{
    CHECK_STR(read_all("B\ta\tb:0.5\nI\tc\n\nO\td\n"), "1*1 B{a=1 b=0.5} I{c=1};4*1 O{d=1};");
    CHECK_STR(read_all("B\ta\r\n\r\nO\tb\r\n"), "1*1 B{a=1};3*1 O{b=1};");
    CHECK_STR(read_all("\n\t\n  \nB\n\n\nO\t\tb\t\t:1x\\:2:3\t\n"), "4*1 B{};7*1 O{b=1 :1x:2=3};");
    CHECK_STR(read_all("\ta:1\nB-X:Y z\ta b:2"), "1*1 {a=1} B-X:Y z{a b=2};");
    CHECK_STR(read_all("# no comment\ta\n"), "1*1 # no comment{a=1};");
    CHECK_STR(read_all(""), "");
}

TEST(crfsuite_names_and_values)
{
    CHECK_STR(read_all("B\ta\\:b\ta\\\\:2\ta\\\\\\:b:-3\\\n"),
              "!:1: what follows the last colon of 'a\\\\\\:b:-3\\' is no "
              "number of a size of at most 1e+15; write \\: for a "
              "colon of a name");
    CHECK_STR(read_all("B\ta\\:b\ta\\\\:2\ta\\\\\\:b:-3\n"), "1*1 B{a:b=1 a\\=2 a\\:b=-3};");
    CHECK_STR(read_all("B\ta\\b\ta\\\tw=x:y:1e-3\n"), "1*1 B{a\\b=1 a\\=1 w=x:y=0.001};");
    CHECK_STR(read_all("B\ta:0\ta:-1E3\ta:+.5\ta:1e15\n"), "1*1 B{a=0 a=-1000 a=0.5 a=1e+15};");
    static const char *const bad[] = {"a:",   "a:nan", "a:1e999", "a:inf", "a:0x1",
                                      "a: 1", "a:1 ",  "a:2e15",  "a:1,5", "time:noon"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char text[64], want[256];
        snprintf(text, sizeof text, "B\ta\n\nO\tb\nO\tc\t%s\td\n", bad[k]);
        snprintf(want, sizeof want,
                 "1*1 B{a=1};!:4: what follows the last colon of '%s' is no number of a size of at most "
                 "1e+15; write "
                 "\\: for a colon of a name",
                 bad[k]);
        CHECK_STR(read_all(text), want);
    }
    CHECK_STR(read_all("B\ta\t:1\tb\n"), "!:1: ':1' has no name; NAME or NAME:VALUE is expected");
}

TEST(crfsuite_weights)
{
    CHECK_STR(read_all("@weight:2\nB\ta\n\nO\tb\n\n\n@weight:0\n@weight:0.25\nB\tc\n"),
              "2*2 B{a=1};4*1 O{b=1};9*0.25 B{c=1};");
    CHECK_STR(read_all("@weight:2\tb\n"), "1*1 @weight:2{b=1};"); /* a label, as it has attributes */
    CHECK_STR(read_all("@weight:-1\nB\n"),
              "!:1: weight '-1'; a number from 0 to 1e+06 is expected, as in @weight:0.5");
    CHECK_STR(read_all("@weight:x\nB\n"),
              "!:1: weight 'x'; a number from 0 to 1e+06 is expected, as in @weight:0.5");
    CHECK_STR(read_all("B\n@weight:2\n"), "!:2: a weight within a sentence; write it before the first token");
    CHECK_STR(read_all("B\n\n@weight:2\n\nB\n"),
              "1*1 B{};!:3: a weight without a sentence; its first token is expected in the next line");
    CHECK_STR(read_all("@weight:2"),
              "!:1: a weight without a sentence; its first token is expected in the next line");
}

TEST(crfsuite_answers_line_for_line)
{
    struct error e = {0};
    struct reader *r =
        reader_open(&format_crfsuite, test_file("features", "@weight:2\n@weight:3\nB\ta\n\tb\n"), &e);
    const struct sentence *s = reader_next(r, &e);
    const struct span label[2] = {span_of("X"), span_of("Y")};
    const double marginal[2] = {0.5, 1};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (CHECK(s && s->first == 1 && s->line == 3 && s->last == 4))
        format_crfsuite.write(s, &(struct answer){.label = label, .marginal = marginal}, out);
    fclose(out);
    CHECK_STR(text, "\n\nB\tX\t0.500000\n\tY\t1.000000\n\n");
    free(text);
    reader_close(r);
}

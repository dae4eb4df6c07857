/* SPDX-License-Identifier: MIT */
#include "lib/data/template.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct template *parsed(const char *text)
{
    struct error e = {0};
    struct template *t = template_parse(text, "t", &e);
    CHECK_MSG(t != NULL, "%s", e.text);
    return t;
}

/* Why `text` is no template; NULL if it is one. */
static const char *complaint(const char *text)
{
    static struct error e;
    e = (struct error){0};
    struct template *t = template_parse(text, "t", &e);
    template_free(t);
    if (t)
        return NULL;
    CHECK_INT(e.kind, ERROR_CORPUS);
    return e.text;
}

TEST(lines_of_crfpp)
{
    static const char text[] = "# comment\n\nU00:%x[-2,0]\nU05:%x[-1,0]/%x[0,1]\r\n\nB\nB01:%x[1,2] \t\nU";
    struct template *t = parsed(text);
    if (!t)
        return;
    CHECK_STR(t->text, text);
    CHECK_INT(t->count, 4);
    CHECK(t->transitions);
    CHECK_INT(t->columns, 3);
    static const struct {
        bool edge;
        uint32_t nmacros;
        struct {
            int row;
            uint32_t column;
        } macro[2];
    } want[] = {
        {false, 1, {{-2, 0}}}, {false, 2, {{-1, 0}, {0, 1}}}, {true, 1, {{1, 2}}}, {false, 0, {{0, 0}}}};
    for (size_t k = 0; k < 4; k++) {
        CHECK_INT(t->line[k].edge, want[k].edge);
        CHECK_INT(t->line[k].nmacros, want[k].nmacros);
        for (uint32_t m = 0; m < want[k].nmacros; m++) {
            CHECK_INT(t->line[k].macro[m].row, want[k].macro[m].row);
            CHECK_INT(t->slot[t->line[k].macro[m].slot].column, want[k].macro[m].column);
        }
        for (size_t j = 0; j < k; j++)
            CHECK(t->line[k].skeleton != t->line[j].skeleton);
    }
    template_free(t);
    template_free(NULL);
}

/* Lines share a skeleton exactly when their literal texts are equal, macros aside. */
TEST(skeletons_are_shared)
{
    static const char *const line[] = {"U1:%x[0,0]", "U1:%x[-3,1]", "U2:%x[0,0]",        "U1:%x[0,0]/%x[0,0]",
                                       "U1:%x[0,0]", "U1:/%x[0,0]", "U1:%x[0,0]%x[0,0]", "U1:%x[1,0]/%x[0,3]",
                                       "U1:",        "U1:%x[0,0]/"};
    static const char *const bare[] = {"U1:%",  "U1:%",  "U2:%",   "U1:%/%", "U1:%",
                                       "U1:/%", "U1:%%", "U1:%/%", "U1:",    "U1:%/"};
    enum { COUNT = sizeof line / sizeof *line };
    char text[512] = "";
    for (size_t k = 0; k < COUNT; k++)
        sprintf(text + strlen(text), "%s\n", line[k]);
    struct template *t = parsed(text);
    if (!t || !CHECK_INT(t->count, COUNT))
        return;
    for (size_t a = 0; a < COUNT; a++)
        for (size_t b = 0; b < COUNT; b++)
            CHECK_MSG((t->line[a].skeleton == t->line[b].skeleton) == (strcmp(bare[a], bare[b]) == 0),
                      "%s and %s", line[a], line[b]);
    template_free(t);
}

TEST(transitions_are_a_plain_b)
{
    static const struct {
        const char *text;
        bool transitions;
        size_t count;
    } want[] = {
        {"U:%x[0,0]\n", false, 1}, {"U:%x[0,0]\nB\n", true, 1},          {"U:%x[0,0]\nB01\n", true, 1},
        {"B\nB\nU\n", true, 1},    {"U:%x[0,0]\nB:%x[0,0]\n", false, 2}, {"# B\nU:%x[0,0]\n", false, 1}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct template *t = parsed(want[k].text);
        if (!t)
            continue;
        CHECK_MSG(t->transitions == want[k].transitions, "%s", want[k].text);
        CHECK_INT(t->count, want[k].count);
        template_free(t);
    }
}

#define EXPECTED "; expected is U or B, an identifier and %x[row,column] macros, as in U01:%x[-1,0]/%x[0,1]"

TEST(faults_name_their_line)
{
    CHECK_STR(complaint("U0:%x[0,0]\n\n# fine\nX0:%x[0,0]\n"),
              "t:4: 'X0:%x[0,0]': the line starts with neither U nor B" EXPECTED);
    CHECK_STR(complaint(" U0:%x[0,0]\n"),
              "t:1: ' U0:%x[0,0]': the line starts with neither U nor B" EXPECTED);
    static const char *const malformed[] = {
        "U:%x",        "U:%",       "U:%y[0,0]",  "U:%x[0]",      "U:%x[0,]",  "U:%x[,0]",   "U:%x[0,0",
        "U:%x(0,0)",   "U:%x[a,0]", "U:%x[0,0]%", "U:%%x[0,0]",   "U:100%",    "U:%x0,0]",   "U:%x[0;0]",
        "U:%x[0.5,0]", "U:%y[0,0]", "B:%x[0,0",   "U:%x[0,0]%x[", "U:%x[0,0 ", "U:%x[--1,0]"};
    for (size_t k = 0; k < sizeof malformed / sizeof *malformed; k++) {
        const char *got = complaint(malformed[k]);
        CHECK_MSG(got && strstr(got, "a macro is malformed") && strncmp(got, "t:1: ", 5) == 0, "%s: %s",
                  malformed[k], got ? got : "(accepted)");
    }
    CHECK_STR(complaint(""), "t: no U line; a template needs at least one, e.g. U00:%x[0,0]");
    CHECK_STR(complaint("# only this\nB\n"), "t: no U line; a template needs at least one, e.g. U00:%x[0,0]");
}

TEST(limits_of_macros)
{
    struct template *t = parsed("U:%x[-32,0]%x[32,1023]\n");
    if (t) {
        CHECK_INT(t->line[0].macro[0].row, -TEMPLATE_REACH);
        CHECK_INT(t->line[0].macro[1].row, TEMPLATE_REACH);
        CHECK_INT(t->columns, 1024);
        template_free(t);
    }
    CHECK_STR(complaint("U:%x[-33,0]"), "t:1: 'U:%x[-33,0]': a row is out of reach (-32 to 32)" EXPECTED);
    CHECK_STR(complaint("U:%x[33,0]"), "t:1: 'U:%x[33,0]': a row is out of reach (-32 to 32)" EXPECTED);
    CHECK_STR(complaint("U:%x[0,1024]"),
              "t:1: 'U:%x[0,1024]': a column is out of range (0 to 1023)" EXPECTED);
    CHECK_STR(complaint("U:%x[0,-1]"), "t:1: 'U:%x[0,-1]': a column is out of range (0 to 1023)" EXPECTED);
    /* numbers that no int holds must not come back as small ones */
    static const char *const wide[] = {"U:%x[4294967296,0]",          "U:%x[0,4294967296]",
                                       "U:%x[0,-4294967295]",         "U:%x[99999999999999999999,0]",
                                       "U:%x[-4294967296,0]",         "U:%x[0,18446744073709551617]",
                                       "U:%x[18446744073709551615,0]"};
    for (size_t k = 0; k < sizeof wide / sizeof *wide; k++)
        CHECK_MSG(complaint(wide[k]) != NULL, "%s is accepted", wide[k]);

    char text[200] = "U:";
    for (int k = 0; k < TEMPLATE_MACROS; k++)
        strcat(text, "%x[0,0]");
    t = parsed(text);
    if (t)
        CHECK_INT(t->line[0].nmacros, TEMPLATE_MACROS);
    template_free(t);
    strcat(text, "%x[0,0]");
    CHECK(complaint(text) != NULL && strstr(complaint(text), "': more than 8 macros;"));
}

TEST(limit_of_lines)
{
    char *text = memory_new((TEMPLATE_LINES + 1) * 16, 1), *end = text;
    for (int k = 0; k < TEMPLATE_LINES; k++)
        end += sprintf(end, "U%d:%%x[0,0]\n", k);
    struct template *t = parsed(text);
    if (t)
        CHECK_INT(t->count, TEMPLATE_LINES);
    template_free(t);
    strcpy(end, "B\n");
    CHECK_STR(complaint(text), "t:1025: 'B': more than 1024 lines" EXPECTED);
    memory_free(text);
}

/* Equal attributes of a column are one slot, wherever they stand; others are others. */
TEST(slots)
{
    struct template *t =
        parsed("U0:%x[0,0]/%x[-1,0]\nU1:%x[0,0,suffix:3]%x[ 1 , 0 , suffix:3 ]\nU2:%X[0,0]\nU3:%x[0,1]\n"
               "U4:%x[2,0,suffix:3]\nU5:%X[0,0,suffix:3]\nU6:%t[0,0,\"^a\"]\nU7:%m[0,0,\"^a\"]\n"
               "U8:%M[0,0,\"^a\"]\nU9:%x[0,0,same:2]\n");
    if (!t)
        return;
    static const struct {
        int line, macro;
        uint32_t slot;
    } want[] = {{0, 0, 0}, {0, 1, 0}, {1, 0, 1}, {2, 0, 3}, {3, 0, 4}, {4, 0, 1},
                {5, 0, 5}, {6, 0, 6}, {7, 0, 7}, {8, 0, 8}, {9, 0, 9}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        CHECK_INT(t->line[want[k].line].macro[want[k].macro].slot, want[k].slot);
    static const struct {
        enum attribute_kind kind;
        bool lower, lower_value;
        uint32_t column;
    } slot[] = {{ATTRIBUTE_CELL, false, false, 0},   {ATTRIBUTE_SUFFIX, false, false, 0},
                {ATTRIBUTE_SUFFIX, false, false, 0}, {ATTRIBUTE_CELL, true, false, 0},
                {ATTRIBUTE_CELL, false, false, 1},   {ATTRIBUTE_SUFFIX, true, false, 0},
                {ATTRIBUTE_TEST, false, false, 0},   {ATTRIBUTE_MATCH, false, false, 0},
                {ATTRIBUTE_MATCH, false, true, 0},   {ATTRIBUTE_SAME, false, false, 0}};
    if (CHECK_INT(t->nslots, sizeof slot / sizeof *slot))
        for (uint32_t k = 0; k < t->nslots; k++) {
            CHECK_INT(t->slot[k].attribute.kind, slot[k].kind);
            CHECK_INT(t->slot[k].attribute.lower, slot[k].lower);
            CHECK_INT(t->slot[k].attribute.lower_value, slot[k].lower_value);
            CHECK_INT(t->slot[k].column, slot[k].column);
        }
    CHECK_INT(t->slot[1].attribute.number, 3);
    CHECK(!t->words);
    template_free(t);
    static const char *const with_words[] = {"word-from", "word-to", "length-from", "length-to", "place"};
    for (size_t k = 0; k < sizeof with_words / sizeof *with_words; k++) {
        char text[64];
        sprintf(text, "U:%%x[0,0]\nB:%%x[0,2,%s]\n", with_words[k]);
        t = parsed(text);
        if (t)
            CHECK(t->words && t->columns == 3);
        template_free(t);
    }
}

TEST(lines_of_wapiti)
{
    struct template *t =
        parsed("# Wapiti\n*\nu:1=%x[0,0] # the word\n*:2=%x[@1,0]/%X[@-1,1]\nb:3=%x[-1,0]\t#\n"
               "u:4#5=%m[ 0,0,\"^.?.?]\\\",\"]\nb\n");
    if (!t)
        return;
    static const struct {
        bool edge;
        uint32_t nmacros;
    } want[] = {{false, 0}, {false, 1}, {false, 2}, {true, 2}, {true, 1}, {false, 1}};
    CHECK(t->transitions); /* of the bare star, which is a node feature too */
    if (!CHECK_INT(t->count, sizeof want / sizeof *want))
        return;
    for (size_t k = 0; k < t->count; k++) {
        CHECK_INT(t->line[k].edge, want[k].edge);
        CHECK_INT(t->line[k].nmacros, want[k].nmacros);
    }
    CHECK_INT(memcmp(t->line[2].macro, t->line[3].macro, 2 * sizeof *t->line[2].macro), 0);
    CHECK(t->line[2].macro[0].absolute && t->line[2].macro[0].row == 0);
    CHECK(t->line[2].macro[1].absolute && t->line[2].macro[1].row == -1);
    CHECK(!t->line[1].macro[0].absolute);
    const struct slot *m = &t->slot[t->line[5].macro[0].slot]; /* a bracket, a comma and a quote are in it */
    struct text_buffer buffer = {0};
    struct span v;
    CHECK_INT(m->attribute.kind, ATTRIBUTE_MATCH);
    CHECK(attribute_value(&m->attribute, span_of("ab]\",c"), &buffer, &v) && span_is(v, "ab]\","));
    CHECK(!attribute_value(&m->attribute, span_of("abc"), &buffer, &v));
    memory_free(buffer.bytes);
    template_free(t);

    t = parsed("u:%x[0,0]\n*:%x[@32,0]%x[@-32,0]\n");
    if (t)
        CHECK(!t->transitions && t->line[1].macro[0].row == 31 && t->line[1].macro[1].row == -32);
    template_free(t);
    CHECK(complaint("U:%x[@0,0]") && strstr(complaint("U:%x[@0,0]"), "absolute rows count from @1"));
    CHECK(complaint("U:%x[@33,0]") && strstr(complaint("U:%x[@33,0]"), "out of reach"));
    static const char *const malformed[] = {"U:%x[@,0]",          "U:%x[@@1,0]",
                                            "U:%x[*1,0]",         "U:%x[0,0,test:\"]\"",
                                            "U:%x[0,0,test:\"]]", "U:%t[0,0,\"a #b\"]"};
    for (size_t k = 0; k < sizeof malformed / sizeof *malformed; k++)
        CHECK_MSG(complaint(malformed[k]) && strstr(complaint(malformed[k]), "a macro is malformed"), "%s",
                  malformed[k]);
    static const char *const unquoted[] = {"U:%t[0,0]", "U:%m[0,0]", "U:%T[0,0,a]", "U:%M[0,0,\"]"};
    for (size_t k = 0; k < 3; k++)
        CHECK_MSG(complaint(unquoted[k]) && strstr(complaint(unquoted[k]), "in double quotes"), "%s",
                  unquoted[k]);
    CHECK(complaint(unquoted[3]) != NULL);
}

TEST(faults_of_attributes_have_their_line)
{
    CHECK_STR(
        complaint("U:%x[0,0]\nU:%x[0,0,sufix:3]\n"),
        "t:2: 'U:%x[0,0,sufix:3]': no attribute is called 'sufix'; did you mean 'suffix'? see asyntrain list "
        "attributes" EXPECTED);
    CHECK(strstr(complaint("U:%X[0,0,same:1]"), "%X does not go with the attribute same: use %x") != NULL);
    CHECK(strstr(complaint("U:%X[0,0,place]"), "%X does not go with the attribute place: use %x") != NULL);
    CHECK(strstr(complaint("U:%x[0,0,match:\"(\"]"), "the regular expression is malformed") != NULL);
    CHECK(strstr(complaint("U:%m[0,0,\"?\"]"), "a ? follows no character") != NULL);
}

static const char *file(const char *text, size_t n)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/template", test_folder());
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        fwrite(text, 1, n, f);
        fclose(f);
    }
    return path;
}

TEST(from_a_file)
{
    struct error e = {0};
    static const char text[] = "\xEF\xBB\xBF# first\r\nU00:%x[0,0]\r\nB";
    struct template *t = template_load(file(text, strlen(text)), &e);
    if (CHECK(t != NULL)) {
        CHECK_STR(t->text, "# first\nU00:%x[0,0]\nB\n");
        CHECK_INT(t->count, 1);
        CHECK(t->transitions);
        struct template *again = parsed(t->text); /* as a model file does */
        if (again)
            CHECK_STR(again->text, t->text);
        template_free(again);
    }
    template_free(t);

    char want[700];
    const char *path = file("U0:%x[0,0]\nV\n", 13);
    snprintf(want, sizeof want, "%s:2: 'V': the line starts with neither U nor B%s", path, EXPECTED);
    CHECK(template_load(path, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK_STR(e.text, want);
    path = file("U0:%x[0,0]\n\0\n", 13);
    CHECK(template_load(path, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK(strstr(e.text, "template:2: byte 1 is NUL") != NULL);
    CHECK(template_load(test_folder(), &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
}

/* What does not fit is refused, never cut. */
TEST(a_giant_file)
{
    const size_t size = ((size_t)1 << 20) + 4096;
    char *text = memory_new(size + 64, 1);
    memset(text, 'x', size);
    for (size_t k = 0; k < size; k += 1024)
        memcpy(text + k, "\n# ", 3);
    memcpy(text, "U0:%x[0,0]\n#", 12);
    strcpy(text + size, "\nU1:%x[0,0]\n");
    struct error e = {0};
    struct template *t = template_load(file(text, strlen(text)), &e);
    CHECK_MSG(t ? t->count == 2 : e.kind == ERROR_CORPUS, "%zu of 2 lines, silently", t ? t->count : 0);
    template_free(t);
    memory_free(text);
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/attribute.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* What the attribute makes of `cell`; "(none)" where it makes no feature. */
static const char *value(struct attribute a, const char *cell)
{
    static char text[2][256];
    static int turn;
    static struct text_buffer buffer; /* the same for all: what stood in it must not matter */
    char *out = text[turn = !turn];
    struct span v;
    char *copy =
        memory_copy(cell, strlen(cell)); /* of its own bytes: who reads beyond is seen by sanitizers */
    if (attribute_value(&a, (struct span){copy, strlen(cell)}, &buffer, &v))
        snprintf(out, sizeof text[0], "%.*s", (int)v.n, v.s);
    else
        strcpy(out, "(none)");
    memory_free(copy);
    return out;
}

static const char *parsed(const char *text, bool lower, const char *cell)
{
    struct attribute a;
    struct error e = {0};
    if (!CHECK_MSG(attribute_parse(&a, span_of(text), &e), "%s: %s", text, e.text))
        return "";
    a.lower = lower;
    const char *v = value(a, cell);
    attribute_release(&a);
    return v;
}

static const char *of(const char *text, const char *cell)
{
    return parsed(text, false, cell);
}

static const char *of_small(const char *text, const char *cell)
{
    return parsed(text, true, cell);
}

TEST(prefixes_and_suffixes)
{
    CHECK_STR(of("prefix:1", "word"), "w");
    CHECK_STR(of("prefix:3", "word"), "wor");
    CHECK_STR(of("prefix:4", "word"), "word");
    CHECK_STR(of("prefix:5", "word"), "(none)");
    CHECK_STR(of("suffix:1", "word"), "d");
    CHECK_STR(of("suffix:4", "word"), "word");
    CHECK_STR(of("suffix:5", "word"), "(none)");
    CHECK_STR(of("suffix:32", "word"), "(none)");
    CHECK_STR(of("prefix:2", "élan"), "él");
    CHECK_STR(of("suffix:2", "café"), "fé");
    CHECK_STR(of("suffix:1", "中国"), "国");
    CHECK_STR(of("suffix:2", "𠀀中"), "𠀀中");
    CHECK_STR(of("suffix:3", "𠀀中"), "(none)"); /* characters are counted, not bytes */
    CHECK_STR(of("prefix:3", "𠀀中"), "(none)");
    CHECK_STR(of_small("prefix:2", "ÉLan"), "él");
    CHECK_STR(of_small("suffix:2", "ING"), "ng");
}

TEST(shapes)
{
    CHECK_STR(of("shape", "Mr.-42..."), "Xx.-dd...");
    CHECK_STR(of("short-shape", "Mr.-42..."), "Xx.-d.");
    CHECK_STR(of("shape", "McDonald's"), "XxXxxxxx'x");
    CHECK_STR(of("short-shape", "McDonald's"), "XxXx'x");
    CHECK_STR(of("short-shape", "1,000,000"), "d,d,d");
    CHECK_STR(of("short-shape", "---"), "-");
    CHECK_STR(of("short-shape", "x-x"), "x-x");
    CHECK_STR(of("shape", "Éa٣中あא"), "Xxdxxx");
    CHECK_STR(of("shape", "三½—"), "三½—"); /* numerals and signs stay */
    CHECK_STR(of("short-shape", "——中国——"), "—x—");
    CHECK_STR(of_small("shape", "Mr.-42"), "xx.-dd");
    CHECK_STR(of_small("short-shape", "ȺȺ—Ⱥ"), "x—x"); /* made in the buffer that holds the small letters */
}

TEST(classes)
{
    static const char *const cell[] = {"Aa", "aA", "אA", "中a",       "あ中",     "1x",
                                       "三", "(x", "$1", "\xC2\xA0x", "\xCC\x81x"};
    static const char *const name[] = {"upper",   "lower",       "letter", "han",   "kana", "digit",
                                       "numeral", "punctuation", "symbol", "space", "other"};
    for (size_t k = 0; k < sizeof cell / sizeof *cell; k++) {
        CHECK_STR(of("class", cell[k]), name[k]);
        CHECK(strstr(attribute_table[ATTRIBUTE_CLASS].summary, name[k]) != NULL); /* what `list` says */
    }
    CHECK_STR(of_small("class", "A"), "lower");
}

TEST(regular_expressions)
{
    CHECK_STR(of("test:\"^[0-9]+$\"", "1984"), "1");
    CHECK_STR(of("test:\"^[0-9]+$\"", "1984a"), "0");
    CHECK_STR(of("match:\"[0-9]+\"", "ab12cd345"), "12");
    CHECK_STR(of("match:\"[0-9]+\"", "abc"), "(none)");
    CHECK_STR(of("match:\"x*\"", "abc"), ""); /* a match of nothing is a match */
    CHECK_STR(of("match:\"(ing|ed)$\"", "walked"), "ed");
    CHECK_STR(of("match:\"a:b\"", "xa:by"), "a:b"); /* the colon belongs to the expression */
    CHECK_STR(of("test:\"a\\\"b\"", "a\"b"), "1");
    CHECK_STR(of("test:\"\"", "a"), "1");
    CHECK_STR(of_small("match:\"^[a-z]+\"", "ABc1"), "abc");
    CHECK_STR(of_small("test:\"^the$\"", "The"), "1");
    CHECK_STR(of_small("test:\"^The$\"", "The"), "0");
}

/* A character is a character, of however many bytes. */
TEST(regular_expressions_on_characters)
{
    CHECK_STR(of("test:\"^.$\"", "é"), "1");
    CHECK_STR(of("test:\"^.$\"", "𠀀"), "1");
    CHECK_STR(of("test:\"^..$\"", "é"), "0");
    CHECK_STR(of("match:\"..$\"", "中国人"), "国人");
    CHECK_STR(of("match:\"^[中国]+\"", "中国人"), "中国");
    CHECK_STR(of("test:\"^[^中]\"", "国"), "1");
    CHECK_STR(of("test:\"^[[:upper:]]\"", "É"), "1");
    CHECK_STR(of("test:\"^[[:alpha:]]+$\"", "Ωмега"), "1");
}

TEST(an_empty_cell_has_nothing)
{
    static const char *const text[] = {"prefix:1", "suffix:1",     "shape",     "short-shape",
                                       "class",    "match:\"x*\"", "test:\"x\""};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        CHECK_STR(of(text[k], ""), "(none)");
        CHECK_STR(of_small(text[k], ""), "(none)");
    }
}

TEST(small_letters_of_another_length)
{
    const struct attribute small = {.kind = ATTRIBUTE_CELL, .lower = true};
    CHECK_STR(value(small, "Straße"), "straße");
    CHECK_STR(value(small, "ȺȺȺȺȺȺȺȺȺȺȺȺ"), "ⱥⱥⱥⱥⱥⱥⱥⱥⱥⱥⱥⱥ"); /* 24 bytes become 36 */
    CHECK_STR(value(small, "KẞA"), "kßa"); /* shorter */
    CHECK_STR(value(small, "中国"), "中国");
    CHECK_STR(of_small("suffix:2", "ȺA"), "ⱥa");
    const struct attribute as_it_is = {.kind = ATTRIBUTE_CELL};
    CHECK_STR(value(as_it_is, "Straße"), "Straße");
}

static const char *wapiti(enum attribute_kind kind, const char *expression, const char *cell)
{
    struct attribute a;
    struct error e = {0};
    if (!CHECK_MSG(attribute_wapiti(&a, kind, span_of(expression), &e), "%s: %s", expression, e.text))
        return "";
    const char *v = value(a, cell);
    attribute_release(&a);
    return v;
}

static bool matches(const char *expression, const char *cell)
{
    return strcmp(wapiti(ATTRIBUTE_TEST, expression, cell), "1") == 0;
}

static const char *match(const char *expression, const char *cell)
{
    return wapiti(ATTRIBUTE_MATCH, expression, cell);
}

TEST(classes_of_wapiti)
{
    static const char sample[] = "5aZ.éÉ中";
    static const struct {
        char letter;
        const char *in, *out;
    } want[] = {{'d', "59", "a.中"}, {'a', "aZé中", "5. "}, {'w', "aZ5é", ".-"}, {'l', "aé", "AÉ5."},
                {'u', "AÉ", "aé5."}, {'p', ".-\"", "a5"},   {'s', " ", "a5."}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        for (int inside = 0; inside < 2; inside++)
            for (struct span s = span_of(inside ? want[k].in : want[k].out); s.n;) {
                char expression[] = {'^', '\\', want[k].letter, '$', 0}, cell[8];
                size_t n = text_utf8_first(s);
                snprintf(cell, sizeof cell, "%.*s", (int)n, s.s);
                CHECK_MSG(matches(expression, cell) == inside, "%s and '%s'", expression, cell);
                expression[2] = (char)(want[k].letter - 'a' + 'A');
                CHECK_MSG(matches(expression, cell) != inside, "%s and '%s'", expression, cell);
                s.s += n, s.n -= n;
            }
    CHECK(matches(".......", sample) && !matches("........", sample));
}

TEST(constructs_of_wapiti)
{
    CHECK(matches("^ab?c$", "ac") && matches("^ab?c$", "abc") && !matches("^ab?c$", "abbc"));
    CHECK(matches("^ab*c$", "ac") && matches("^ab*c$", "abbbc") && !matches("^ab*c$", "adc"));
    CHECK(matches("^\\u\\l*$", "Word") && !matches("^\\u\\l*$", "WorD"));
    CHECK(matches("^é*$", "ééé") && matches("^中?国$", "国")); /* they repeat characters, not bytes */
    CHECK_STR(match("^.?.?.?", "word"), "wor"); /* the affixes of Wapiti's own templates */
    CHECK_STR(match("^.?.?.?", "wo"), "wo");
    CHECK_STR(match(".?.?$", "été"), "té");
    CHECK_STR(match("\\d\\d", "ab123"), "12");
    CHECK_STR(match("\\d\\d", "ab1"), "(none)");
    CHECK(matches("", "a") && matches("^", "a") && matches("$", "a") && !matches("^$", "a"));
}

/* What POSIX calls operators are characters to Wapiti, and a backslash makes one of any but the classes. */
TEST(literals_of_wapiti)
{
    static const char literal[] = "+()[]{}|-,/#%&'<>=@_~";
    for (const char *c = literal; *c; c++) {
        char bare[] = {'a', *c, 'b', 0}, escaped[] = {'a', '\\', *c, 'b', 0};
        CHECK_MSG(matches(bare, bare) && !matches(bare, "aab"), "%s", bare);
        CHECK_MSG(matches(escaped, bare) && !matches(escaped, "aab"), "%s", escaped);
    }
    static const char operators[] = ".*?^$\\\"";
    for (const char *c = operators; *c; c++) {
        char cell[] = {'a', *c, 'b', 0}, escaped[] = {'a', '\\', *c, 'b', 0};
        CHECK_MSG(matches(escaped, cell) && !matches(escaped, "ab") && !matches(escaped, "axb"), "%s",
                  escaped);
    }
    /* anchors only at the ends */
    CHECK(matches("a^b", "xa^by") && !matches("a^b", "ab"));
    CHECK(matches("a$b", "xa$by") && !matches("a$b", "ab"));
    CHECK(matches("^^a", "^a") && matches("a$$", "a$") && !matches("a$$", "a"));
    CHECK(matches("\\$", "a$b") && matches("\\^", "a^b"));
    CHECK(matches("(*a", "((a") && matches("x[?y", "xy")); /* and they repeat as characters */
    CHECK(matches("a\\", "a\\")); /* a backslash before nothing */
}

TEST(faults_of_wapiti)
{
    static const char *const malformed[] = {"*", "?", "^*", "^?a", "a**", "a?*", "a*?", "\\d??"};
    for (size_t k = 0; k < sizeof malformed / sizeof *malformed; k++) {
        struct attribute a;
        struct error e = {0};
        bool good = attribute_wapiti(&a, ATTRIBUTE_TEST, span_of(malformed[k]), &e);
        CHECK_MSG(!good && strstr(e.text, "follows no character") != NULL, "%s: %s", malformed[k], e.text);
        attribute_release(&a);
    }
}

/* Wapiti makes the letters of a match small after it has matched. */
TEST(small_letters_of_a_match)
{
    struct attribute a;
    struct error e = {0};
    if (!CHECK(attribute_wapiti(&a, ATTRIBUTE_MATCH, span_of("^\\u.*"), &e)))
        return;
    a.lower_value = true;
    CHECK_STR(value(a, "ÉTÉ-Ⱥ"), "été-ⱥ");
    CHECK_STR(value(a, "été"), "(none)");
    attribute_release(&a);
    CHECK(attribute_wapiti(&a, ATTRIBUTE_MATCH, span_of("x?"), &e));
    a.lower_value = true;
    CHECK_STR(value(a, "ABC"), "");
    attribute_release(&a);
    attribute_release(&a); /* twice is no fault */
}

/* Why `text` is no attribute; NULL if it is one. */
static const char *complaint(const char *text)
{
    static struct error e;
    struct attribute a;
    e = (struct error){0};
    bool good = attribute_parse(&a, span_of(text), &e);
    attribute_release(&a);
    if (!good)
        CHECK_INT(e.kind, ERROR_CORPUS);
    return good ? NULL : e.text;
}

TEST(faults_of_attributes)
{
    CHECK_STR(complaint("sufix:3"),
              "no attribute is called 'sufix'; did you mean 'suffix'? see asyntrain list attributes");
    CHECK_STR(
        complaint("lenght-from"),
        "no attribute is called 'lenght-from'; did you mean 'length-from'? see asyntrain list attributes");
    CHECK_STR(complaint("frobnicate"), "no attribute is called 'frobnicate'; see asyntrain list attributes");
    CHECK(complaint(":3") != NULL && complaint("Shape ") != NULL);
    static const char *const numbers[] = {"suffix:0", "suffix:33",         "suffix:-1",
                                          "suffix:",  "prefix:a",          "same:0",
                                          "same:1.5", "suffix:4294967299", "suffix:3:3"};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        CHECK_MSG(complaint(numbers[k]) && strstr(complaint(numbers[k]), "is no number from 1 to 32"), "%s",
                  numbers[k]);
    CHECK_STR(complaint("suffix:1"), NULL);
    CHECK_STR(complaint("suffix:32"), NULL);
    static const char *const quotes[] = {"match:",    "match:a",   "match:\"",
                                         "match:\"a", "match:a\"", "test:'a'"};
    for (size_t k = 0; k < sizeof quotes / sizeof *quotes; k++)
        CHECK_MSG(complaint(quotes[k]) && strstr(complaint(quotes[k]), "stands in double quotes"), "%s",
                  quotes[k]);
    CHECK(complaint("match:\"(a\"") &&
          strstr(complaint("match:\"(a\""), "the regular expression is malformed"));
    CHECK(complaint("test:\"[a\"") != NULL);
    char brackets[2000] = "test:\"";
    memset(brackets + 6, '(', 1001);
    strcpy(brackets + 1007, "\"");
    CHECK(complaint(brackets) && strstr(complaint(brackets), "has 1001 bytes, at most 1000"));
    memset(brackets + 6, 'a', 1000);
    strcpy(brackets + 1006, "\"");
    CHECK_STR(complaint(brackets), NULL);
}

/* Each row of the table parses with what it says it takes, and with nothing else. */
TEST(the_table)
{
    static const char *const argument[] = {
        [ATTRIBUTE_NOTHING] = "", [ATTRIBUTE_NUMBER] = ":2", [ATTRIBUTE_PATTERN] = ":\"a\""};
    uint32_t rows = 0;
    for (; attribute_table[rows].name; rows++)
        for (size_t k = 0; k < sizeof argument / sizeof *argument && rows > 0; k++) {
            char text[64];
            snprintf(text, sizeof text, "%s%s", attribute_table[rows].name, argument[k]);
            CHECK_MSG((complaint(text) == NULL) == (k == (size_t)attribute_table[rows].argument), "%s", text);
        }
    CHECK_INT(rows, ATTRIBUTE_PLACE + 1);
    for (int kind = 0; kind <= ATTRIBUTE_PLACE; kind++)
        CHECK(attribute_needs_words(&(struct attribute){.kind = (enum attribute_kind)kind}) ==
              (strstr(attribute_table[kind].summary, "word") != NULL));
}

/* SPDX-License-Identifier: MIT
 *
 * Regular expressions: what POSIX says of them, written by hand, and random ones beside the definition: the set of
 * strings that an expression stands for, by its structure (Kleene). Of all matches the leftmost, of those the longest.
 */
#include "lib/base/pattern.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* "begin-end" of the match in bytes, "no" without one, or why the expression is refused. */
static const char *found(const char *expression, const char *text)
{
    static char out[1100];
    struct error e = {0};
    struct span s, all = span_of(text);
    struct pattern *p = pattern_new(span_of(expression), EXPRESSION_POSIX, &e);
    char *copy = all.n ? memory_copy(all.s, all.n) : memory_new(1, 1);
    if (!p) {
        CHECK_INT(e.kind, ERROR_CORPUS);
        snprintf(out, sizeof out, "%s", e.text);
    } else {
        bool any = pattern_find(p, (struct span){copy, all.n}, &s);
        CHECK_MSG(pattern_find(p, all, NULL) == any, "%s on %s", expression, text);
        if (any)
            snprintf(out, sizeof out, "%d-%d", (int)(s.s - copy), (int)(s.s + s.n - copy));
        else
            strcpy(out, "no");
    }
    memory_free(copy);
    pattern_free(p);
    return out;
}

TEST(leftmost_and_longest)
{
    static const char *const want[][3] = {
        {"a|ab", "xab", "1-3"},
        {"(a|ab)(c|bcd)(d*)", "abcd", "0-4"},
        {"x*", "aax", "0-0"},
        {"b+", "abbab", "1-3"},
        {"b+$", "abbab", "4-5"},
        {"^b+", "abb", "no"},
        {"(wee|week)(knights|night)", "weeknights", "0-10"},
        {"(a+)+$", "baab", "no"},
        {"(ab|a)(bc)?", "abc", "0-3"},
        {"-.*$", "a-b-c", "1-5"},
        {".*b", "abab", "0-4"},
        {"a{2,3}", "aaaa", "0-3"},
        {"a{2,}", "xaaaa", "1-5"},
        {"a{2}", "aaaa", "0-2"},
        {"(a{2}){2}", "aaaaa", "0-4"},
        {"a{0}b", "ab", "1-2"},
        {"(a?b?){3}", "abab", "0-4"},
        {"()", "a", "0-0"},
        {"(|a)b", "ab", "0-2"},
        {"a||b", "b", "0-1"},
        {"(^)*a", "ba", "1-2"},
        {"(^|x)a", "ba", "no"},
        {"(a|$)", "b", "1-1"},
        {"^$", "", "0-0"},
        {"a^b", "a^b", "no"},
        {"a$b", "a$b", "no"},
        {"a\\^b", "a^b", "0-3"},
        {"a)", "a)", "0-2"},
        {"}", "}", "0-1"},
        {"]", "]", "0-1"},
        {"\\{\\}\\(\\)\\[\\*\\+\\?\\.\\|\\\\", "{}()[*+?.|\\", "0-11"},
        {"\\-\\\"", "-\"", "0-2"},
        {"^.$", "\xC3\xA9", "0-2"},
        {"..$", "\xE4\xB8\xAD\xE5\x9B\xBD\xE4\xBA\xBA", "3-9"},
        {"\xC3\xA9*", "\xC3\xA9\xC3\xA9", "0-4"},
        {"^a|b$", "cb", "1-2"},
        {"^a|b$", "ab", "0-1"},
        {"(^a|^b)*c", "abc", "2-3"},
        {"a#b c", "a#b c", "0-5"},
        {"E\\.", "xE.", "1-3"},
        {"^(a|b)*c", "ababcc", "0-5"},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        CHECK_MSG(strcmp(found(want[k][0], want[k][1]), want[k][2]) == 0, "%s on %s: %s, not %s", want[k][0],
                  want[k][1], found(want[k][0], want[k][1]), want[k][2]);
}

TEST(brackets)
{
    static const char *const want[][3] = {
        {"[a\\]b]", "a", "no"},
        {"[a\\]b]", "\\b]", "0-3"},
        {"[\\]", "\\", "0-1"},
        {"[]a]+", "a]", "0-2"},
        {"[^]a]", "]ab", "2-3"},
        {"[--a]+", "-.a", "0-3"},
        {"[a-]+", "b-a", "1-3"},
        {"[%--]+", "%*-.", "0-3"},
        {"[[.-.]x]+", "x-", "0-2"},
        {"[[=a=]b]+", "ba", "0-2"},
        {"[[.a.]-c]+", "abcd", "0-3"},
        {"[:alpha:]+", "bap:", "1-4"},
        {"[[a]+", "[a", "0-2"},
        {"[^^]", "^a", "1-2"},
        {"[a^]+", "^a", "0-2"},
        {"[$]", "a$", "1-2"},
        {"[.*]+", "a.*", "1-3"},
        {"[\xE4\xB8\x80-\xE9\xBE\xA5]+",
         "a\xE4\xB8\xAD"
         "b",
         "1-4"},
        {"[^a]", "\xC3\xA9", "0-2"},
        {"[a-c]+", "dcba", "1-4"},
        {"[(?:)]+", "(?:)", "0-4"},
        {"[[:digit:][:alpha:]_-]+", "+a1_-", "1-5"},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        CHECK_MSG(strcmp(found(want[k][0], want[k][1]), want[k][2]) == 0, "%s on %s: %s, not %s", want[k][0],
                  want[k][1], found(want[k][0], want[k][1]), want[k][2]);
}

/* In ASCII the classes are those of the C locale (ISO C 7.4.1). */
TEST(classes_of_ascii)
{
    static const char *const alpha = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                             *const digit = "0123456789", *const punct = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    static const char *const names[] = {"alpha", "digit", "alnum", "lower", "upper", "punct",
                                        "space", "blank", "cntrl", "graph", "print", "xdigit"};
    for (int c = 1; c < 128; c++) {
        const bool letter = strchr(alpha, c), number = strchr(digit, c), sign = strchr(punct, c);
        const bool member[] = {letter,
                               number,
                               letter || number,
                               letter && c >= 'a',
                               letter && c <= 'Z',
                               sign,
                               strchr(" \t\n\v\f\r", c),
                               c == ' ' || c == '\t',
                               c < 32 || c == 127,
                               letter || number || sign,
                               letter || number || sign || c == ' ',
                               strchr("0123456789abcdefABCDEF", c)};
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            char text[2] = {(char)c, 0}, in[32], out[32], both[48];
            snprintf(in, sizeof in, "[[:%s:]]", names[k]);
            snprintf(out, sizeof out, "[^[:%s:]]", names[k]);
            snprintf(both, sizeof both, "[^[:%s:]%c]", names[k],
                     c == '^' || c == '-' ? '['
                     : c == ']'           ? '\\'
                                          : c);
            CHECK_MSG((strcmp(found(in, text), "0-1") == 0) == member[k], "%s of %d", in, c);
            CHECK_MSG((strcmp(found(out, text), "0-1") == 0) == !member[k], "%s of %d", out, c);
            if (!strchr("^-]", c))
                CHECK_STR(found(both, text), "no");
        }
    }
}

/* "yes" or "no" for each class: is this character in it? */
TEST(classes_of_unicode)
{
    static const struct {
        const char *text, *in[6], *out[8];
    } want[] = {
        {"\xC3\xA9", {"alpha", "alnum", "lower", "graph", "print"}, {"upper", "digit", "punct", "space"}},
        {"\xC3\x89", {"alpha", "upper"}, {"lower", "xdigit", "cntrl"}},
        {"\xE4\xB8\xAD", {"alpha", "alnum"}, {"upper", "lower", "punct"}},
        {"\xE0\xA4\xBF", {"alpha", "alnum"}, {"punct"}}, /* a vowel sign of Devanagari */
        {"\xEF\xBC\x91", {"alpha", "alnum"}, {"digit", "xdigit", "punct"}}, /* a full-width digit */
        {"\xE3\x80\x82", {"punct", "graph"}, {"alpha", "alnum", "space"}},
        {"\xE2\x82\xAC", {"punct"}, {"alpha"}},
        {"\xE3\x80\x80", {"space", "blank", "print"}, {"graph", "punct"}},
        {"\xC2\xA0", {"punct", "graph", "print"}, {"space", "blank"}}, /* no break: part of a word */
        {"\xE2\x80\xA8", {"space", "cntrl"}, {"blank", "print"}},
        {"\xC2\x85", {"cntrl"}, {"space", "print"}},
        {"\xF0\x9F\x98\x80", {"punct", "graph"}, {"alpha"}},
    };
    char text[64], whole[32];
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        snprintf(whole, sizeof whole, "0-%zu", strlen(want[k].text));
        for (size_t i = 0; i < 8; i++) {
            const char *in = i < 6 ? want[k].in[i] : NULL, *out = want[k].out[i];
            snprintf(text, sizeof text, "^[[:%s:]]$", in ? in : out ? out : "alpha");
            if (in)
                CHECK_MSG(strcmp(found(text, want[k].text), whole) == 0, "%s in %s", want[k].text, in);
            snprintf(text, sizeof text, "^[[:%s:]]$", out ? out : "alpha");
            if (out)
                CHECK_MSG(strcmp(found(text, want[k].text), "no") == 0, "%s in %s", want[k].text, out);
        }
    }
    CHECK_STR(found("[^[:alpha:]0-5]", "\xEF\xBC\x95x46\xEF\xBC\x96"),
              "5-6"); /* 6 alone is no letter and not 0-5 */
    CHECK_STR(found("[^[:alpha:][:digit:]]", "x1\xEF\xBC\x92"), "no");
}

/* ---- the definition: which ends may a match have that begins at i? Sets of places are bits. */

enum form { LITERAL, ANY, SET, START, FINISH, JOINED, EITHER, REPEATED, FORMS };

struct tree {
    enum form form;
    unsigned symbols; /* of SET and LITERAL: bits of the alphabet */
    bool complement;
    int least, most; /* -1: without end */
    struct tree *left, *right;
};

#define LONGEST 5
static const char *const alphabet[] = {"a", "b", "\xC3\xA9"};

static unsigned ends(const struct tree *t, const int *text, int n, unsigned from);

static unsigned repeated(const struct tree *t, const int *text, int n, unsigned from)
{
    unsigned at = from, all = t->least == 0 ? from : 0;
    for (int k = 1; k <= (t->most < 0 ? t->least + LONGEST + 1 : t->most); k++) {
        at = ends(t->left, text, n, at);
        all |= k >= t->least ? at : 0;
    }
    return all;
}

static unsigned ends(const struct tree *t, const int *text, int n, unsigned from)
{
    unsigned to = 0;
    switch (t->form) {
    case START:
        return from & 1;
    case FINISH:
        return from & 1u << n;
    case JOINED:
        return ends(t->right, text, n, ends(t->left, text, n, from));
    case EITHER:
        return ends(t->left, text, n, from) | ends(t->right, text, n, from);
    case REPEATED:
        return repeated(t, text, n, from);
    default:
        for (int i = 0; i < n; i++)
            if ((from >> i & 1) && (t->form == ANY || (t->symbols >> text[i] & 1) != t->complement))
                to |= 1u << (i + 1);
        return to;
    }
}

static struct tree trees[64];
static int ntrees;

static struct tree *random_tree(struct rng *r, int depth)
{
    struct tree *t = &trees[ntrees++];
    *t = (struct tree){.form = (enum form)rng_below(r, depth > 0 ? FORMS : JOINED)};
    if (depth > 0 && rng_below(r, 3))
        t->form = JOINED + rng_below(r, FORMS - JOINED);
    t->symbols = t->form == SET ? 1 + (unsigned)rng_below(r, 7) : 1u << rng_below(r, 3);
    t->complement = t->form == SET && rng_below(r, 2);
    t->least = (int)rng_below(r, 4);
    t->most = rng_below(r, 2) ? -1 : t->least + (int)rng_below(r, 3);
    if (t->form >= JOINED)
        t->left = random_tree(r, depth - 1);
    if (t->form == JOINED || t->form == EITHER)
        t->right = random_tree(r, depth - 1);
    return t;
}

static void print(const struct tree *t, char *out)
{
    char count[32];
    switch (t->form) {
    case LITERAL:
        strcat(out, alphabet[t->symbols >> 1]);
        break;
    case ANY:
        strcat(out, ".");
        break;
    case SET:
        strcat(out, t->complement ? "[^" : "[");
        for (int k = 0; k < 3; k++)
            strcat(out, t->symbols >> k & 1 ? alphabet[k] : "");
        strcat(out, "]");
        break;
    case START:
        strcat(out, "^");
        break;
    case FINISH:
        strcat(out, "$");
        break;
    case JOINED:
        print(t->left, out);
        print(t->right, out);
        break;
    case EITHER:
        strcat(out, "(");
        print(t->left, out);
        strcat(out, "|");
        print(t->right, out);
        strcat(out, ")");
        break;
    default: {
        bool bare = t->left->form <= SET;
        snprintf(count, sizeof count,
                 t->most < 0           ? "{%d,}"
                 : t->least == t->most ? "{%d}"
                                       : "{%d,%d}",
                 t->least, t->most);
        strcat(out, bare ? "" : "(");
        print(t->left, out);
        strcat(out, bare ? "" : ")");
        strcat(out, t->least == 0 && t->most < 0    ? "*"
                    : t->least == 1 && t->most < 0  ? "+"
                    : t->least == 0 && t->most == 1 ? "?"
                                                    : count);
        break;
    }
    }
}

static void compare(const struct tree *t, const char *expression, const int *text, int n)
{
    char bytes[32] = "", want[16] = "no";
    int offset[LONGEST + 1] = {0};
    for (int i = 0; i < n; i++) {
        strcat(bytes, alphabet[text[i]]);
        offset[i + 1] = (int)strlen(bytes);
    }
    for (int begin = 0; begin <= n; begin++) {
        unsigned to = ends(t, text, n, 1u << begin);
        int end = n;
        while (end >= begin && !(to >> end & 1))
            end--;
        if (to) {
            snprintf(want, sizeof want, "%d-%d", offset[begin], offset[end]);
            break;
        }
    }
    const char *got = found(expression, bytes);
    CHECK_MSG(strcmp(got, want) == 0, "%s on %s: %s, not %s", expression, bytes, got, want);
}

TEST(random_expressions_as_defined)
{
    struct rng r;
    rng_init(&r, 7, RNG_ORDER, 0);
    for (int k = 0; k < 1500; k++) {
        char expression[1024] = "";
        ntrees = 0;
        struct tree *t = random_tree(&r, 3);
        print(t, expression);
        for (int j = 0; j < 30; j++) {
            int text[LONGEST], n = (int)rng_below(&r, LONGEST + 1);
            for (int i = 0; i < n; i++)
                text[i] = (int)rng_below(&r, 3);
            compare(t, expression, text, n);
        }
    }
}

/* ---- what is none */

TEST(what_is_no_posix_expression)
{
    static const char *const want[][2] = {
        {"*a", "character 1, '*': this repeats nothing"},
        {"a|*b", "character 3, '*': this repeats nothing"},
        {"(+a)", "character 2, '+': this repeats nothing"},
        {"^*", "character 2, '*': this repeats nothing"},
        {"$?", "character 2, '?': this repeats nothing"},
        {"{1}", "character 1, '{': this repeats nothing"},
        {"a**", "character 3, '*': this follows another repetition"},
        {"a+?", "character 3, '?': this follows another repetition"},
        {"a++", "character 3, '+': this follows another repetition"},
        {"a*?", "character 3, '?': this follows another repetition"},
        {"a{2}{3}", "character 5, '{': this follows another repetition"},
        {"(a)\\1", "character 4, '\\': a \\ before a digit"},
        {"(?i)a", "character 1, '(': (? begins no group"},
        {"(?=a)", "character 1, '(': (? begins no group"},
        {"a(?<!b)", "character 2, '(': (? begins no group"},
        {"\xC3\xA9(?:a)", "character 2, '(': (? begins no group"},
        {"\\d", "character 1, '\\': a \\ here means nothing"},
        {"a\\b", "character 2, '\\': a \\ here means nothing"},
        {"\\Qa\\E", "character 1, '\\': a \\ here means nothing"},
        {"\\pL", "character 1, '\\': a \\ here means nothing"},
        {"\\<a", "character 1, '\\': a \\ here means nothing"},
        {"a\\", "character 2, '\\': a backslash stands before nothing"},
        {"(a", "character 1, '(': the ) of this ( is missing"},
        {"((a)", "character 1, '(': the ) of this ( is missing"},
        {"[a", "character 1, '[': the ] of this [ is missing"},
        {"[", "character 1, '[': the ] of this [ is missing"},
        {"[]", "character 1, '[': the ] of this [ is missing"},
        {"[^", "character 1, '[': the ] of this [ is missing"},
        {"[a-", "its end: the ] of a [ is missing"},
        {"[z-a]", "character 2, 'z': the range ends before it begins"},
        {"[a-c-e]", "character 5, '-': a - within brackets"},
        {"[[:alpha:]-z]", "character 11, '-': a class is no end of a range"},
        {"[a-[:alpha:]]", "character 4, '[': a class is no end of a range"},
        {"[[=a=]-z]", "character 2, '[': [= =] is no end of a range"},
        {"[[:foo:]]", "character 2, '[': no class has this name"},
        {"[[:ALPHA:]]", "character 2, '[': no class has this name"},
        {"[[:alpha:", "character 2, '[': this is not closed"},
        {"[[.ab.]]", "character 2, '[': a single character is expected"},
        {"[[==]]", "character 2, '[': a single character is expected"},
        {"a{", "character 2, '{': a repetition is written as"},
        {"a{1", "character 2, '{': a repetition is written as"},
        {"a{x}", "character 2, '{': a repetition is written as"},
        {"a{,2}", "character 2, '{': a repetition is written as"},
        {"a{2,1}", "character 2, '{': a repetition is written as"},
        {"a{1,2,3}", "character 2, '{': a repetition is written as"},
        {"a{-1}", "character 2, '{': a repetition is written as"},
        {"a{99999}", "character 3, '9': the count is too large"},
        {"a{1,4294967297}", "character 5, '4': the count is too large"},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        const char *got = found(want[k][0], "a");
        CHECK_MSG(strncmp(got, "the regular expression is malformed at ", 39) == 0 &&
                      strncmp(got + 39, want[k][1], strlen(want[k][1])) == 0,
                  "%s: %s", want[k][0], got);
    }
    CHECK_STR(found("a\xFF", "a"), "the regular expression is not UTF-8 text");
}

/* ---- bounds */

static char *many(const char *before, size_t count, const char *piece, const char *after)
{
    static char text[4096];
    strcpy(text, before);
    for (size_t k = 0; k < count; k++)
        strcat(text, piece);
    return strcat(text, after);
}

/* Its programs are small, or it is refused for its size; so what the library allocates is bounded, too. */
static bool accepted(const char *expression, enum expression_dialect dialect)
{
    static char text[PATTERN_TEXT + 1];
    struct error e = {0};
    struct span s;
    struct pattern *p = pattern_new(span_of(expression), dialect, &e);
    if (!p) {
        CHECK_MSG(strstr(e.text, "too large") || strstr(e.text, "100 deep") || strstr(e.text, "at most 1000"),
                  "%s: %s", expression, e.text);
        return false;
    }
    CHECK_MSG(pattern_bytes(p) <= 2 * (size_t)(EXPRESSION_SIZE + 400), "%s: %zu", expression,
              pattern_bytes(p));
    memset(text, 'a', PATTERN_TEXT);
    pattern_find(p, span_of(text), &s); /* ends soon, with an answer */
    pattern_free(p);
    return true;
}

TEST(hostile_expressions)
{
    static const char *const refused[] = {"((a{1,100}){1,100}){1,100}$",
                                          "((((a{1,30}){1,30}){1,30}){1,30}){1,30}",
                                          "a{32767}",
                                          "(a{0,255}){0,255}",
                                          "(((a{0,32767}){0,32767}){0,32767}){0,32767}",
                                          "(a|b|c|d){1000}",
                                          "([[:alpha:]]{1,40}){1,40}",
                                          "((a?){200}){200}",
                                          "(()*){1000}",
                                          "((){32767}){32767}",
                                          "(|){1000}",
                                          "(a{1000}|b{1000})"};
    static const char *const fine[] = {"(a+)+$",
                                       "(a*)*b",
                                       "(a|a)*b",
                                       "(a|aa)+$",
                                       "(.*)*x",
                                       "(a?){150}a{150}",
                                       "((a*)*)*$",
                                       "(a{1,10}){1,40}",
                                       "(x+x+)+y",
                                       "(()*)*",
                                       "((a?b?c?d?)*)*z",
                                       "(.|a|[a-z])*y",
                                       "((a{0,15}){0,6}){0,5}",
                                       "[[:alpha:]]{1,199}",
                                       ".{1,499}",
                                       "a{0}",
                                       "(^|$|a)*b"};
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
        CHECK_MSG(!accepted(refused[k], EXPRESSION_POSIX), "%s", refused[k]);
    for (size_t k = 0; k < sizeof fine / sizeof *fine; k++)
        CHECK_MSG(accepted(fine[k], EXPRESSION_POSIX), "%s", fine[k]);
    CHECK(!accepted(many("", 500, "(", ""), EXPRESSION_POSIX));
    char nested[512];
    strcpy(nested, many("", 101, "(", "a"));
    CHECK(!accepted(many(nested, 101, ")", ""), EXPRESSION_POSIX));
    CHECK(accepted(many(nested + 1, 100, ")", ""), EXPRESSION_POSIX));
    CHECK(!accepted(many("", 1001, "a", ""), EXPRESSION_POSIX));
    CHECK(!accepted(many("", 500, "\\p", ""), EXPRESSION_WAPITI));
    CHECK(accepted(many("", 250, "\\d", ""), EXPRESSION_WAPITI));
}

/* However many states there are at once, the answer is right. */
TEST(many_states_at_once)
{
    static const char *const want[][2] = {
        {"(a{1,10}){1,40}", "0-256"},       {"(a{1,10}){1,40}b?$", "0-256"}, {"(a?){300}", "0-256"},
        {"((a{0,15}){0,6}){0,5}", "0-256"}, {"(a|aa){1,100}", "0-200"},      {"[[:alpha:]]{1,199}", "0-199"},
        {"[[:alpha:]]{1,199}$", "57-256"},  {"(aa?){1,100}b", "no"}};
    char *text = memory_copy(many("", PATTERN_TEXT, "a", ""), PATTERN_TEXT);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        CHECK_MSG(strcmp(found(want[k][0], text), want[k][1]) == 0, "%s: %s, not %s", want[k][0],
                  found(want[k][0], text), want[k][1]);
    memory_free(text);
}

/* Whatever 1000 bytes of POSIX without { } say, they are not too large. */
TEST(without_counts_none_is_too_large)
{
    static const char *const pieces[] = {"a",
                                         ".",
                                         "a+",
                                         ".+",
                                         "(a)?",
                                         "()*",
                                         "()+",
                                         "(|)*",
                                         "[a]+",
                                         "[^a]",
                                         "[[:space:]]",
                                         "[[:alpha:]]+",
                                         "[ab]",
                                         "a|",
                                         "[^[:alpha:]]+",
                                         "[[:graph:][:space:]]",
                                         "(a|b)+",
                                         "\xE4\xB8\xAD",
                                         "[\xC3\xA9-\xC3\xAA]+",
                                         "\\.",
                                         "(a*)*",
                                         "(.)+"};
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
        CHECK_MSG(accepted(many("", EXPRESSION_BYTES / strlen(pieces[k]), pieces[k], ""), EXPRESSION_POSIX),
                  "%s", pieces[k]);
    CHECK(accepted(many("(", 498, "|a", ")*"), EXPRESSION_POSIX));
    CHECK(accepted(many("[", 998, "a", "]"), EXPRESSION_POSIX));
    CHECK(accepted(many("[", 499, "\xC3\xA9", "]"), EXPRESSION_POSIX));
}

/* Of a longer text the first characters are looked at, and their end is not its end. */
TEST(long_texts)
{
    static char text[4 * PATTERN_TEXT + 64];
    const char *const letter[] = {"a", "\xC3\xA9", "\xF0\x9F\x98\x80"};
    char whole[32], most[32];
    for (size_t k = 0; k < 3; k++) {
        size_t n = strlen(letter[k]) * PATTERN_TEXT;
        text[0] = 0;
        for (int i = 0; i < PATTERN_TEXT; i++)
            strcat(text, letter[k]);
        snprintf(most, sizeof most, "0-%zu", n);
        CHECK_STR(found(".*", text), most);
        CHECK_STR(found("^.+$", text), most);
        snprintf(whole, sizeof whole, "%zu-%zu", n - strlen(letter[k]), n);
        CHECK_STR(found(".$", text), whole);
        CHECK_STR(found("(.|x)$", text), whole);
        strcat(text, "b");
        CHECK_STR(found(".*", text), most);
        CHECK_STR(found("^.+", text), most);
        CHECK_STR(found("^.+$", text), "no");
        CHECK_STR(found(".$", text), "no");
        CHECK_STR(found("b", text), "no");
        CHECK_STR(found("(b|$)", text), "no");
    }
}

/* ---- where memory runs out the handler is called: no answer is wrong, and no expression is blamed */

enum { RIGHT = 10, WRONG };

/* Sanitizers need memory themselves. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NEEDS_MEMORY
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NEEDS_MEMORY
#endif

static _Noreturn void memory_is_out(const char *message)
{
    _exit(strncmp(message, "out of memory", 13) == 0 ? ERROR_MEMORY : WRONG);
}

/* How a process ends that makes patterns, or matches one, without memory to be had any more. */
static int end_without_memory(const char *expression, const char *text, bool make)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct error e = {0};
        struct pattern *p = pattern_new(span_of(expression), EXPRESSION_POSIX, &e);
        memory_on_failure(memory_is_out);
#ifndef NEEDS_MEMORY
        setrlimit(RLIMIT_AS, &(struct rlimit){0, 0});
#endif
        for (int k = 0; make && k < 2000 && p; k++)
            p = pattern_new(span_of(expression), EXPRESSION_POSIX, &e);
        _exit(p && pattern_find(p, span_of(text), NULL) ? RIGHT : WRONG);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(without_memory_nothing_is_answered_wrongly)
{
    char *text = memory_copy(many("", PATTERN_TEXT, "a", ""), PATTERN_TEXT);
    for (int make = 0; make < 2; make++) {
        int code = end_without_memory("(a{1,10}){1,40}", text, make);
        CHECK_MSG(code == ERROR_MEMORY || code == RIGHT, "%s: ends with %d", make ? "making" : "matching",
                  code);
    }
    memory_free(text);
}

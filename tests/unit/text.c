/* SPDX-License-Identifier: MIT */
#include "lib/base/text.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 3629 by what it says, not by a table of bytes: decode the bit pattern, then judge the code point. */
static size_t decode(const unsigned char *p, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = (p[0] & 0x80) == 0      ? 1
                    : (p[0] & 0xE0) == 0xC0 ? 2
                    : (p[0] & 0xF0) == 0xE0 ? 3
                    : (p[0] & 0xF8) == 0xF0 ? 4
                                            : 0;
    if (length == 0 || length > n)
        return 0;
    uint32_t point = length == 1 ? p[0] : p[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (p[i] & 0x3F);
    }
    bool good = point >= least[length] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
    return good ? length : 0;
}

static size_t fault(const unsigned char *p, size_t n)
{
    size_t i = 0, length;
    while (i < n && (length = decode(p + i, n - i)) > 0)
        i += length;
    return i;
}

static size_t asked(const unsigned char *p, size_t n)
{
    return text_utf8_fault((struct span){(const char *)p, n});
}

/* Bytes of code point `point` written to `to`. */
static size_t encode(uint32_t point, unsigned char *to)
{
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; point >>= 6)
        to[i] = (unsigned char)(0x80 | (point & 0x3F));
    to[0] = (unsigned char)(length == 1 ? point : (0xF00u >> length & 0xFF) | point);
    return length;
}

TEST(utf8_of_every_short_string)
{
    unsigned long wrong = 0, good = 0;
    for (size_t n = 1; n <= 3; n++)
        for (uint32_t x = 0; x < 1u << 8 * n; x++) {
            unsigned char p[3] = {(unsigned char)x, (unsigned char)(x >> 8), (unsigned char)(x >> 16)};
            size_t want = fault(p, n);
            wrong += asked(p, n) != want;
            good += want == n;
        }
    CHECK_INT(wrong, 0);
    /* the well-formed ones: products of 128 ASCII, 1920 of two bytes, 61440 of three */
    CHECK_INT(good, 128 + (128 * 128 + 1920) + (128L * 128 * 128 + 2L * 128 * 1920 + 61440));
    CHECK_INT(asked((const unsigned char *)"", 0), 0);
}

TEST(utf8_of_strings_of_four)
{
    static const unsigned char edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    unsigned long wrong = 0;
    for (uint32_t x = 0; x < 1u << 16; x++)
        for (size_t k = 0; k < 100; k++) {
            unsigned char p[4] = {(unsigned char)x, (unsigned char)(x >> 8), edges[k / 10], edges[k % 10]};
            wrong += asked(p, 4) != fault(p, 4);
        }
    CHECK_INT(wrong, 0);
}

TEST(every_code_point_has_its_length)
{
    unsigned long wrong = 0;
    for (uint32_t point = 0; point < 0x110000; point++) {
        unsigned char p[12] = "";
        size_t n = encode(point, p);
        bool scalar = point < 0xD800 || point > 0xDFFF;
        wrong += asked(p, n) != (scalar ? n : 0);
        if (scalar) {
            wrong += text_utf8_first((struct span){(const char *)p, n}) != n;
            n += encode(0x20AC, p + n);
            wrong += text_utf8_first((struct span){(const char *)p, n}) != n - 3;
            wrong += asked(p, n - 1) != n - 3; /* cut short */
        }
    }
    CHECK_INT(wrong, 0);
}

/* Words of eight bytes are skipped at once: faults in every place of longer text must be seen. */
TEST(utf8_faults_in_long_text)
{
    struct rng r;
    rng_init(&r, 3, 0, 0);
    unsigned long wrong = 0, broken = 0;
    for (int turn = 0; turn < 200000; turn++) {
        unsigned char p[96];
        size_t n = 0, want = rng_below(&r, 80);
        while (n < want)
            n += encode(rng_below(&r, 4)   ? (uint32_t)rng_below(&r, 0x80)
                        : rng_below(&r, 2) ? (uint32_t)rng_below(&r, 0xD800)
                                           : 0x10000 + (uint32_t)rng_below(&r, 0x100000),
                        p + n);
        if (n && rng_below(&r, 2))
            p[rng_below(&r, n)] = (unsigned char)rng_bits(&r);
        wrong += asked(p, n) != fault(p, n);
        broken += fault(p, n) < n;
    }
    CHECK_INT(wrong, 0);
    CHECK(broken > 10000 && broken < 190000);
}

TEST(spans)
{
    CHECK(span_is(span_of("ab"), "ab") && !span_is(span_of("ab"), "a") && !span_is(span_of("a"), "ab"));
    CHECK(span_is(span_of(""), "") && !span_is(span_of(""), "a"));
    CHECK(span_equal((struct span){"a\0b", 3}, (struct span){"a\0b", 3}));
    CHECK(!span_equal((struct span){"a\0b", 3}, (struct span){"a\0c", 3}));
}

static bool real_of(const char *text, double *x)
{
    return text_real(span_of(text), x);
}

TEST(reals)
{
    static const char *const no[] = {"",     " ",    " 1",  "1 ", "0x10", "inf",  "nan",   "-inf", "infinity",
                                     "1e",   "e1",   "+",   "-",  ".",    "--1",  "1e999", "1,5",  "1_000",
                                     "1e+-", "1.2.", "+-1", "1f", "0b1",  "1e5.", "-e",    "١"};
    double x = 7;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_MSG(!real_of(no[i], &x), "'%s' is a number?", no[i]);
    CHECK(real_of("1e-4", &x) && x == 1e-4);
    CHECK(real_of("-.5", &x) && x == -.5);
    CHECK(real_of("+2.", &x) && x == 2);
    CHECK(real_of("3E+2", &x) && x == 300);
    CHECK(real_of("1.7976931348623157e308", &x) && x == 1.7976931348623157e308);
    CHECK(text_real((struct span){"12345", 3}, &x) && x == 123); /* not zero-ended */
    CHECK(!text_real((struct span){"1\0", 2}, &x));
    char long_one[80];
    memset(long_one, '1', sizeof long_one);
    CHECK(!text_real((struct span){long_one, sizeof long_one}, &x));

    struct rng r;
    rng_init(&r, 5, 0, 0);
    for (int turn = 0; turn < 20000; turn++) {
        uint64_t bits = rng_bits(&r);
        double want;
        char text[40];
        memcpy(&want, &bits, sizeof want);
        snprintf(text, sizeof text, "%.17g", want);
        bool got = real_of(text, &x);
        if (got != isfinite(want) || (got && x != want)) {
            CHECK_MSG(false, "'%s'", text);
            return;
        }
    }
}

/* Numbers as people write them, of few and of many digits, have the bits that strtod gives. */
TEST(short_reals)
{
    struct rng r;
    rng_init(&r, 6, 0, 0);
    for (int turn = 0; turn < 200000; turn++) {
        char text[64] = "";
        size_t n = 0;
        uint64_t digits = 1 + rng_below(&r, 21), point = rng_below(&r, digits + 2);
        if (rng_below(&r, 3) == 0)
            text[n++] = "-+"[rng_below(&r, 2)];
        for (uint64_t k = 0; k < digits; k++) {
            if (k == point)
                text[n++] = '.';
            text[n++] = (char)('0' + rng_below(&r, 10));
        }
        if (rng_below(&r, 2))
            sprintf(text + n, "%c%+d", "eE"[rng_below(&r, 2)], (int)rng_below(&r, 60) - 30);
        double want = strtod(text, NULL), x = 7;
        if (!real_of(text, &x) || memcmp(&x, &want, sizeof x) != 0) {
            CHECK_MSG(false, "'%s': %.17g, not %.17g", text, x, want);
            return;
        }
        CHECK(x == want);
    }
    double x = 7;
    CHECK(real_of("9007199254740993", &x) && x == 9007199254740992.0); /* 2^53 + 1: to the even one */
    CHECK(real_of("-0", &x) && x == 0 && signbit(x));
}

TEST(integers)
{
    static const char *const no[] = {"",
                                     "-",
                                     "+",
                                     " 1",
                                     "1 ",
                                     "1.0",
                                     "1e3",
                                     "0x1",
                                     "--",
                                     "-+1",
                                     "1-",
                                     "a",
                                     "1_0",
                                     "٣",
                                     "1\t2",
                                     "9223372036854775808",
                                     "-9223372036854775809",
                                     "99999999999999999999999"};
    long long n = 7;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_MSG(!text_integer(span_of(no[i]), &n), "'%s' is an integer?", no[i]);
    CHECK(text_integer(span_of("9223372036854775807"), &n) && n == LLONG_MAX);
    CHECK(text_integer(span_of("-9223372036854775808"), &n) && n == LLONG_MIN);
    CHECK(text_integer(span_of("+010"), &n) && n == 10); /* not octal */
    CHECK(text_integer(span_of("-0"), &n) && n == 0);
    CHECK(text_integer((struct span){"1234", 2}, &n) && n == 12);
    struct rng r;
    rng_init(&r, 6, 0, 0);
    for (int turn = 0; turn < 20000; turn++) {
        long long want = (long long)rng_bits(&r) >> rng_below(&r, 64);
        char text[40];
        snprintf(text, sizeof text, "%lld", want);
        if (!text_integer(span_of(text), &n) || n != want) {
            CHECK_MSG(false, "'%s' gave %lld", text, n);
            return;
        }
    }
}

/* Of every prefix of zeros, every length and every seed: a hash that forgot one of them would repeat. */
TEST(hash_sees_all_of_its_input)
{
    enum { MOST = 100, SEEDS = 4 };
    static const char zeros[MOST];
    uint64_t seen[MOST * SEEDS];
    size_t count = 0, same = 0;
    for (size_t n = 0; n < MOST; n++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            uint64_t h = text_hash(zeros, n, seed);
            for (size_t k = 0; k < count; k++)
                same += seen[k] == h;
            seen[count++] = h;
        }
    CHECK_INT(same, 0);

    /* one bit changed anywhere changes about half the bits of the hash, wherever the bytes lie */
    struct rng r;
    rng_init(&r, 8, 0, 0);
    unsigned long flipped = 0, cases = 0, moved = 0, unchanged = 0;
    for (size_t n = 1; n <= 40; n++) {
        char text[64], shifted[64];
        for (size_t i = 0; i < n; i++)
            text[i] = (char)rng_bits(&r);
        uint64_t h = text_hash(text, n, 0);
        size_t shift = 1 + rng_below(&r, 7);
        memcpy(shifted + shift, text, n);
        moved += text_hash(shifted + shift, n, 0) != h;
        for (size_t bit = 0; bit < 8 * n; bit++, cases++) {
            text[bit / 8] ^= (char)(1 << bit % 8);
            uint64_t other = text_hash(text, n, 0);
            unchanged += other == h;
            flipped += (unsigned long)__builtin_popcountll(other ^ h);
            text[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
    CHECK_INT(moved, 0);
    CHECK_INT(unchanged, 0);
    CHECK_NEAR((double)flipped / (double)cases, 32, 1);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

TEST(hash_of_short_keys_does_not_collide)
{
    enum { COUNT = 200000 };
    static uint64_t h[COUNT];
    for (uint32_t k = 0; k < COUNT; k++) {
        uint32_t key[3] = {k % 20, k / 20 % 100, k / 2000};
        h[k] = text_hash(key, sizeof key, 0);
    }
    qsort(h, COUNT, sizeof *h, ascending);
    size_t same = 0, low[256] = {0}, worst = 0;
    for (uint32_t k = 0; k < COUNT; k++) {
        same += k && h[k] == h[k - 1];
        low[h[k] & 255]++;
    }
    for (size_t k = 0; k < 256; k++)
        worst = low[k] > worst ? low[k] : worst;
    CHECK_INT(same, 0);
    CHECK(worst < COUNT / 256 + 200); /* seven standard deviations of the 781 a slot gets */
}

/* Wagner and Fischer's whole matrix, with Damerau's fourth edit: neighbours change places. Case does not count,
 * nor which of - and _ it is. */
static bool alike(char a, char b)
{
    return (a == '_' ? '-' : a | 32) == (b == '_' ? '-' : b | 32);
}

static size_t edits(const char *a, const char *b)
{
    static size_t m[70][70];
    size_t na = strlen(a), nb = strlen(b);
    for (size_t i = 0; i <= na; i++)
        for (size_t j = 0; j <= nb; j++) {
            size_t best = i && j ? SIZE_MAX : i + j;
            if (i && j) {
                best = m[i - 1][j - 1] + !alike(a[i - 1], b[j - 1]);
                best = m[i - 1][j] + 1 < best ? m[i - 1][j] + 1 : best;
                best = m[i][j - 1] + 1 < best ? m[i][j - 1] + 1 : best;
                if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]))
                    best = m[i - 2][j - 2] + 1 < best ? m[i - 2][j - 2] + 1 : best;
            }
            m[i][j] = best;
        }
    return m[na][nb];
}

TEST(nearest_is_nearest)
{
    struct rng r;
    rng_init(&r, 9, 0, 0);
    size_t found = 0, none = 0, parts = 0;
    for (int turn = 0; turn < 20000; turn++) {
        char name[6][12], word[12];
        const char *names[6];
        for (int k = 0; k < 7; k++) {
            char *s = k < 6 ? name[k] : word;
            size_t n = rng_below(&r, 10) + (k < 6);
            for (size_t i = 0; i < n; i++)
                s[i] = "abcABx-_"[rng_below(&r, 8)];
            s[n] = 0;
            if (k < 6)
                names[k] = name[k];
        }
        const char *want = NULL;
        size_t least = strlen(word) / 3 + 2;
        for (int k = 0; k < 6; k++)
            if (edits(word, names[k]) < least)
                least = edits(word, names[k]), want = names[k];
        size_t near = want != NULL, holders = 0;
        for (int k = 0; k < 6 && !near; k++)
            if (strlen(word) > 2 && strcasestr(name[k], word)) /* it is a part of one name alone */
                want = names[k], holders++;
        want = near || holders == 1 ? want : NULL;
        parts += holders == 1;
        if (text_nearest(word, names, 6) != want) {
            CHECK_MSG(false, "'%s'", word);
            return;
        }
        found += want != NULL;
        none += want == NULL;
    }
    CHECK(found > 1000 && none > 1000 && parts > 20);
}

TEST(nearest_of_words_people_type)
{
    static const char *const names[] = {"sequential", "asyngrad", "lambda", "sigma", "simulated"};
    CHECK_STR(text_nearest("sequental", names, 5), "sequential");
    CHECK_STR(text_nearest("AsynGrad", names, 5), "asyngrad");
    CHECK_STR(text_nearest("lamda", names, 5), "lambda");
    CHECK_STR(text_nearest("lmabda", names, 5), "lambda"); /* two letters change places */
    CHECK_STR(text_nearest("hogwild", names, 5), NULL);
    CHECK_STR(text_nearest("lambda", names, 0), NULL);
    char giant[200]; /* longer than any name: nothing, and nothing broken */
    memset(giant, 'a', sizeof giant - 1);
    giant[sizeof giant - 1] = 0;
    const char *const giants[] = {giant};
    CHECK_STR(text_nearest("lambda", giants, 1), NULL);
    CHECK_STR(text_nearest(giant, names, 5), NULL);
}

/* A terminal shows a character that is cut as rubbish, and a log is no UTF-8 any more. */
TEST(messages_show_whole_characters)
{
    const struct span text = span_of("a\xC3\xA9\xE4\xB8\x80z"); /* of 1, 2, 3 and 1 bytes */
    static const int shown[] = {0, 1, 1, 3, 3, 3, 6, 7, 7, 7};
    for (int most = 0; most < 10; most++)
        CHECK_INT(text_shown(text, most), shown[most]);
}

/* Every code point and every byte: what is no text, and what Unicode says are controls of terminals (Cc), of directions
 * (Bidi_Control) and of lines (Zl, Zp), is shown by its number; all else as it is. */
TEST(what_commands_a_terminal_is_escaped)
{
    static const uint32_t marks[] = {0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B,
                                     0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069};
    char got[32], want[32];
    unsigned long wrong = 0;
    for (uint32_t point = 1; point < 0x110000; point++) {
        unsigned char bytes[8] = "";
        const size_t n = encode(point, bytes);
        const bool text = decode(bytes, n) == n;
        bool hidden = point < 0x20 || (point >= 0x7F && point <= 0x9F);
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
            hidden = hidden || point == marks[k];
        if (!text) /* a surrogate: three bytes */
            snprintf(want, sizeof want, "\\x%02x\\x%02x\\x%02x", bytes[0], bytes[1], bytes[2]);
        else if (hidden)
            snprintf(want, sizeof want, point < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)point);
        else
            snprintf(want, sizeof want, "%s", (char *)bytes);
        wrong += text_escape(got, sizeof got, (struct span){(char *)bytes, n}) != strlen(want) ||
                 strcmp(got, want) != 0;
    }
    CHECK_INT(wrong, 0);
    for (unsigned byte = 0x80; byte < 0x100; byte++) {
        const char alone[] = {'a', (char)byte, 'b'};
        snprintf(want, sizeof want, "a\\x%02xb", byte);
        text_escape(got, sizeof got, (struct span){alone, 3});
        CHECK_STR(got, want);
    }
    text_escape(got, sizeof got, (struct span){"a\0b", 3});
    CHECK_STR(got, "a\\x00b");
    /* so much fits, and only whole */
    for (size_t room = 1; room < sizeof got; room++) {
        static const size_t ends[] = {0, 1, 3, 9, 13, 14};
        const char text[] = "a\xC3\xA9\xE2\x80\xAE\xFF"
                            "z",
                   shown[] = "a\xC3\xA9\\u202e\\xffz";
        size_t k = 0;
        while (k + 1 < sizeof ends / sizeof *ends && ends[k + 1] < room)
            k++;
        CHECK_INT(text_escape(got, room, span_of(text)), ends[k]);
        CHECK(memcmp(got, shown, ends[k]) == 0 && got[ends[k]] == 0);
    }
}

TEST(what_is_said_is_one_line)
{
    char got[64];
    FILE *f = tmpfile();
    text_say(f, "%s: %d%.*s", "a\nb\x1B[2J", 7, 2, "\xC2\x9B[");
    text_print(f, span_of("\xE2\x81\xA6y\x7F"));
    rewind(f);
    size_t n = fread(got, 1, sizeof got - 1, f);
    got[n] = 0;
    fclose(f);
    CHECK_STR(got, "a\\x0ab\\x1b[2J: 7\\u009b\n\\u2066y\\x7f");
}
/* What a message tells to type can be copied. */
TEST(shell_words)
{
    static const char *const cases[][2] = {
        {"runs/demo-2", "runs/demo-2"}, {"", "''"},       {"my run", "'my run'"},
        {"it's", "'it'\\''s'"},         {"'", "''\\'''"}, {"$HOME/`x`;y", "'$HOME/`x`;y'"},
        {"\xC3\xA9", "'\xC3\xA9'"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *word = text_shell_word(cases[k][0]);
        CHECK_STR(word, cases[k][1]);
        memory_free(word);
    }
}

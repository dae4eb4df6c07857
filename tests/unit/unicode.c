/* SPDX-License-Identifier: MIT */
#include "lib/base/unicode.h"

#include "tests/test.h"

#include <string.h>

/* The code points of `text`, one after the other, are all of this kind. */
static void check_kind(const char *text, enum unicode_kind kind)
{
    struct span rest = span_of(text);
    while (rest.n) {
        size_t length;
        int32_t code = unicode_first(rest, &length);
        CHECK_MSG(unicode_kind(code) == kind, "U+%04X of '%s' is of kind %d, not %d", (unsigned)code, text,
                  (int)unicode_kind(code), (int)kind);
        rest.s += length, rest.n -= length;
    }
}

TEST(kinds_of_characters)
{
    check_kind("AZÄÉŁΑΩБЯҐＡＺǅ", UNICODE_UPPER); /* the last is a title-case letter */
    check_kind("azßéłαωςбяґａｚ", UNICODE_LOWER);
    check_kind("אبกㄅ한", UNICODE_LETTER);
    check_kind("中国學々﨑𠀀", UNICODE_HAN);
    check_kind("あんアヴーㇰｱﾝ", UNICODE_KANA);
    check_kind("09०٣０９", UNICODE_DIGIT);
    check_kind("零〇一二三四五六七八九十百千万亿萬億两½²Ⅳ①", UNICODE_NUMERAL);
    check_kind(".,;-_()«»“”、。・！（）", UNICODE_PUNCTUATION);
    check_kind("+<=$€^`©°＋￥", UNICODE_SYMBOL);
    check_kind(" \xC2\xA0\xE3\x80\x80", UNICODE_SPACE); /* also no-break, and ideographic */
    check_kind("\x01\x7F\xCC\x81\xE2\x80\x8B\xEE\x80\x80\xEF\xBF\xBF",
               UNICODE_OTHER); /* a mark, no width, private, none */
}

static void check_small(const char *capital, const char *small)
{
    struct span rest = span_of(capital);
    char out[64];
    size_t n = 0;
    while (rest.n) {
        size_t length;
        n += unicode_put(unicode_lower(unicode_first(rest, &length)), out + n);
        rest.s += length, rest.n -= length;
    }
    out[n] = 0;
    CHECK_STR(out, small);
}

TEST(small_letters)
{
    check_small("AZaz09-", "azaz09-");
    check_small("ÄÉŁŸǅ", "äéłÿǆ");
    check_small("ΑΣΩ", "ασω");
    check_small("БЯҐЁ", "бяґё");
    check_small("ＡＺ", "ａｚ");
    check_small("中あア한א", "中あア한א");
    check_small("ȺẞK", "ⱥßk"); /* 2 bytes become 3; 3 become 2; the sign of the kelvin becomes 1 */
}

/* What is put is read again, for every code point there is. */
TEST(every_code_point)
{
    long wrong = 0, seen = 0;
    for (int32_t code = 1; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue; /* surrogates are in no UTF-8 */
        char bytes[4];
        size_t n = unicode_put(code, bytes), length = 0;
        struct span s = {bytes, n};
        wrong += n != (code < 0x80 ? 1u : code < 0x800 ? 2u : code < 0x10000 ? 3u : 4u);
        wrong += text_utf8_fault(s) != n || unicode_first(s, &length) != code || length != n;
        wrong += (unsigned)unicode_kind(code) > UNICODE_OTHER;
        int32_t small = unicode_lower(code);
        wrong += small <= 0 || small > 0x10FFFF || (small >= 0xD800 && small < 0xE000);
        seen++;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(seen, 0x10FFFF - 0x800);
}

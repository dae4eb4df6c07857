/* SPDX-License-Identifier: MIT */
#include "lib/base/unicode.h"

#include <assert.h>
#include <stdio.h>
#include <utf8proc.h>

int32_t unicode_first(struct span s, size_t *length)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.s, (utf8proc_ssize_t)s.n, &code);
    assert(n > 0);
    *length = (size_t)n;
    return code;
}

/* 零 一 … 九, ten to a hundred million, and the other common forms */
static bool chinese_numeral(int32_t code)
{
    static const int32_t numerals[] = {0x3007, 0x4E00, 0x4E03, 0x4E07, 0x4E09, 0x4E24, 0x4E5D,
                                       0x4E8C, 0x4E94, 0x4EBF, 0x516B, 0x516D, 0x5341, 0x5343,
                                       0x56DB, 0x767E, 0x842C, 0x96F6, 0x5104};
    for (size_t k = 0; k < sizeof numerals / sizeof *numerals; k++)
        if (numerals[k] == code)
            return true;
    return false;
}

static enum unicode_kind letter(int32_t code)
{
    if (code == 0x3005 || (code >= 0x3400 && code <= 0x9FFF) || (code >= 0xF900 && code <= 0xFAFF) ||
        (code >= 0x20000 && code <= 0x3FFFF))
        return UNICODE_HAN; /* 0x3005: the mark that repeats a character */
    if ((code >= 0x3040 && code <= 0x30FF) || (code >= 0x31F0 && code <= 0x31FF) ||
        (code >= 0xFF66 && code <= 0xFF9F))
        return UNICODE_KANA; /* small ones for Ainu; half-width ones */
    return UNICODE_LETTER;
}

enum unicode_kind unicode_kind(int32_t code)
{
    if (chinese_numeral(code))
        return UNICODE_NUMERAL;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
        return UNICODE_UPPER;
    case UTF8PROC_CATEGORY_LL:
        return UNICODE_LOWER;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return letter(code);
    case UTF8PROC_CATEGORY_ND:
        return UNICODE_DIGIT;
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return UNICODE_NUMERAL;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return UNICODE_PUNCTUATION;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return UNICODE_SYMBOL;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return UNICODE_SPACE;
    default:
        return UNICODE_OTHER;
    }
}

int32_t unicode_lower(int32_t code)
{
    return utf8proc_tolower(code);
}

size_t unicode_put(int32_t code, char out[4])
{
    return (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)out);
}

void unicode_library(char *words, size_t size)
{
    snprintf(words, size, "utf8proc %s", utf8proc_version());
}

uint32_t unicode_columns(int32_t code)
{
    return (uint32_t)utf8proc_charwidth(code);
}

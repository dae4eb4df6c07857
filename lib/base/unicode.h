/* SPDX-License-Identifier: MIT
 *
 * unicode: what kind of character a code point is, and its small letter; the only place that knows utf8proc.
 */
#ifndef ASYNTRAIN_BASE_UNICODE_H
#define ASYNTRAIN_BASE_UNICODE_H

#include "lib/base/text.h"

#include <stdint.h>

enum unicode_kind {
    UNICODE_UPPER, /* capital and title-case letters */
    UNICODE_LOWER,
    UNICODE_LETTER, /* of scripts without case, but not those below */
    UNICODE_HAN,
    UNICODE_KANA,
    UNICODE_DIGIT, /* decimal digits of any script, full-width ones too */
    UNICODE_NUMERAL, /* other numbers, and the characters that Chinese writes numbers with */
    UNICODE_PUNCTUATION,
    UNICODE_SYMBOL,
    UNICODE_SPACE,
    UNICODE_OTHER,
};

/* The first code point of a well-formed, non-empty span; *length gets its bytes. */
int32_t unicode_first(struct span s, size_t *length);
enum unicode_kind unicode_kind(int32_t code);
uint32_t unicode_columns(int32_t code); /* that a terminal shows it in: 0 to 2 */
int32_t unicode_lower(int32_t code);
size_t unicode_put(int32_t code, char out[4]); /* as UTF-8; returns its bytes */

/* The library that does it, and its version, in words. */
void unicode_library(char *words, size_t size);

#endif

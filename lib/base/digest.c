/* SPDX-License-Identifier: MIT */
#include "lib/base/digest.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t digest_add(uint64_t digest, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        digest = (digest ^ b[i]) * UINT64_C(0x100000001B3);
    return digest;
}

void digest_text(uint64_t digest, char text[DIGEST_TEXT])
{
    snprintf(text, DIGEST_TEXT, "%016" PRIx64, digest);
}

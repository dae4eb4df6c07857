/* SPDX-License-Identifier: MIT
 *
 * digest: are two pieces of data the same? FNV-1a of 64 bits (Fowler, Noll and Vo 1991). It tells damage and change; it
 * is no defence against forgery.
 */
#ifndef ASYNTRAIN_BASE_DIGEST_H
#define ASYNTRAIN_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_EMPTY UINT64_C(0xCBF29CE484222325) /* of nothing */
#define DIGEST_TEXT 17 /* bytes of one as text, with the zero at its end */

/* The digest of what `digest` is of, and n bytes behind it. Each step is a bijection of the digest, so a change of one
 * byte is always seen. */
uint64_t digest_add(uint64_t digest, const void *bytes, size_t n);
/* Sixteen hexadecimal digits. */
void digest_text(uint64_t digest, char text[DIGEST_TEXT]);

#endif

/* SPDX-License-Identifier: MIT
 *
 * vocab: strings become numbers 0, 1, 2 … in the order of their first appearance, and back.
 */
#ifndef ASYNTRAIN_DATA_VOCAB_H
#define ASYNTRAIN_DATA_VOCAB_H

#include "lib/base/text.h"

#include <stdint.h>

#define VOCAB_NONE UINT32_MAX

struct vocab;

struct vocab *vocab_new(void);
void vocab_free(struct vocab *v);
uint32_t vocab_add(struct vocab *v, struct span s); /* its number, a new one if need be */
uint32_t vocab_find(const struct vocab *v, struct span s); /* or VOCAB_NONE; many may ask at once */
/* The same in two steps, for who looks up many: hash, ask the memory for its place, look up later. */
uint64_t vocab_hash(struct span s);
void vocab_prefetch(const struct vocab *v, uint64_t hash);
uint32_t vocab_add_hashed(struct vocab *v, struct span s, uint64_t hash);
uint32_t vocab_find_hashed(const struct vocab *v, struct span s, uint64_t hash);

/* Is it there? As a callback: `vocab` is a struct vocab. */
bool vocab_has(const void *vocab, struct span s);
uint32_t vocab_count(const struct vocab *v);
struct span vocab_text(const struct vocab *v, uint32_t id); /* valid until the next vocab_add */

/* The whole of it for a model file: all strings end to end, and where each ends. */
struct span vocab_bytes(const struct vocab *v);
const uint32_t *vocab_ends(const struct vocab *v); /* [count] */

#endif

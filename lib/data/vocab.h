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
/* The same in steps, for who looks up many. A look-up reads a slot, then where the string ends, then the string,
 * each at an address that the one before gives, and waits for memory three times. So it is asked for one step and
 * answered in the next, in this order, with other queries' steps between (and the table may grow between). */
struct vocab_query {
    struct span s;
    uint32_t tag, id; /* id: the answer; before it, a guess */
};
void vocab_ask_slots(const struct vocab *v, struct vocab_query *q, size_t count);
void vocab_ask_ends(const struct vocab *v, struct vocab_query *q, size_t count);
void vocab_ask_texts(const struct vocab *v, const struct vocab_query *q, size_t count);
void vocab_find_asked(const struct vocab *v, struct vocab_query *q, size_t count); /* nothing new since */
void vocab_add_asked(struct vocab *v, struct vocab_query *q, size_t count);

/* Number `id` becomes map[id]; VOCAB_NONE drops the string. The others are mapped onto 0 … count-1. */
void vocab_renumber(struct vocab *v, const uint32_t *map, uint32_t count);

/* No more look-ups: the table is freed, the strings stay. */
void vocab_close(struct vocab *v);

/* Is it there? As a callback: `vocab` is a struct vocab. */
bool vocab_has(const void *vocab, struct span s);
uint32_t vocab_count(const struct vocab *v);
struct span vocab_text(const struct vocab *v, uint32_t id); /* valid until the next vocab_add */

/* The whole of it for a model file: all strings end to end, and where each ends. */
struct span vocab_bytes(const struct vocab *v);
const uint32_t *vocab_ends(const struct vocab *v); /* [count] */

#endif

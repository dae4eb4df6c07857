/* SPDX-License-Identifier: MIT
 *
 * state: the arrays and numbers that later epochs depend on, by name. Every part of a session lists its own: a copy of
 * the listed bytes into a session made from the same configuration and corpora continues the run bit for bit.
 */
#ifndef ASYNTRAIN_LEARN_STATE_H
#define ASYNTRAIN_LEARN_STATE_H

#include <stdbool.h>
#include <stddef.h>

struct state_item {
    const char *owner, *name; /* the part that listed it, "optimizer"; its own name, "m" */
    void *data; /* where it stands as long as the session lives */
    size_t count, size; /* elements; bytes of one */
};

struct state_list {
    const char *owner; /* of what is added next */
    struct state_item *item;
    size_t count, capacity;
};

/* Names are borrowed. */
void state_add(struct state_list *l, const char *name, void *data, size_t count, size_t size);
void state_free(struct state_list *l);

/* Copy the contents of one list to another, item by item; false where the two do not list the same items. */
bool state_copy(const struct state_list *to, const struct state_list *from);

#endif

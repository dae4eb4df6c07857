/* SPDX-License-Identifier: MIT */
#include "lib/learn/state.h"

#include "lib/base/memory.h"

#include <string.h>

void state_add(struct state_list *l, const char *name, void *data, size_t count, size_t size)
{
    l->item = memory_grow(l->item, &l->capacity, l->count + 1, sizeof *l->item);
    l->item[l->count++] = (struct state_item){l->owner, name, data, count, size};
}

void state_free(struct state_list *l)
{
    memory_free(l->item);
    *l = (struct state_list){0};
}

static bool same(const struct state_item *a, const struct state_item *b)
{
    return strcmp(a->owner, b->owner) == 0 && strcmp(a->name, b->name) == 0 && a->count == b->count &&
           a->size == b->size;
}

bool state_copy(const struct state_list *to, const struct state_list *from)
{
    bool good = to->count == from->count;
    for (size_t k = 0; k < to->count && good; k++)
        good = same(&to->item[k], &from->item[k]);
    for (size_t k = 0; k < to->count && good; k++)
        memcpy(to->item[k].data, from->item[k].data, to->item[k].count * to->item[k].size);
    return good;
}

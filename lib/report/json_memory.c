/* SPDX-License-Identifier: MIT */
#include "lib/report/json_memory.h"

#include "lib/base/memory.h"

#include <jansson.h>

static void *give(size_t bytes)
{
    return memory_new(bytes, 1);
}

void json_memory(void)
{
    json_set_alloc_funcs(give, memory_free);
}

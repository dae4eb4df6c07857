/* SPDX-License-Identifier: MIT */
#include "lib/report/json_memory.h"

#include "lib/base/memory.h"

#include <jansson.h>
#include <stdio.h>

static void *give(size_t bytes)
{
    return memory_new(bytes, 1);
}

void json_memory(void)
{
    json_set_alloc_funcs(give, memory_free);
}

void json_memory_library(char *words, size_t size)
{
    snprintf(words, size, "jansson %s", JANSSON_VERSION);
}

/* SPDX-License-Identifier: MIT */
#include "lib/num/block_index.h"

#include "lib/base/memory.h"

#include <string.h>

/* At most half full: short ways. */
static uint32_t bits_for(size_t blocks)
{
    uint32_t bits = 4;
    while (((size_t)1 << bits) < 2 * blocks)
        bits++;
    return bits;
}

void block_index_init(struct block_index *p, size_t blocks)
{
    *p = (struct block_index){.size = (size_t)1 << bits_for(blocks)};
    p->slot = memory_lines(p->size, sizeof *p->slot);
}

void block_index_free(struct block_index *p)
{
    memory_free(p->slot);
}

void block_index_clear(struct block_index *p, size_t blocks)
{
    uint32_t bits = bits_for(blocks);
    p->shift = 32 - bits;
    p->mask = ((uint32_t)1 << bits) - 1;
    p->count = 0;
    if (++p->stamp == 0) { /* after 2^32 samples old stamps could come true */
        memset(p->slot, 0, p->size * sizeof *p->slot);
        p->stamp = 1;
    }
}

/* SPDX-License-Identifier: MIT
 *
 * block_index: the blocks of one sample, numbered 0, 1, 2 … in the order of their first appearance. lib/num/coalescer.h
 * has a mark for every block of w; this is a table as small as a sample, which stays in the first cache: for those
 * who come by now and then and should not push out what the others work on.
 */
#ifndef ASYNTRAIN_NUM_BLOCK_INDEX_H
#define ASYNTRAIN_NUM_BLOCK_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct block_slot {
    uint32_t stamp, block, place;
};

struct block_index {
    size_t size;
    /* [size] open addressing; the stamp tells those of this sample from older ones */
    struct block_slot *slot;
    uint32_t stamp, shift,
        mask; /* of its part that this sample uses: as many bits of hash; and where they end */
    uint32_t count; /* places given */
};

void block_index_init(struct block_index *p, size_t blocks); /* of a sample, at most */
void block_index_free(struct block_index *p);
void block_index_clear(struct block_index *p, size_t blocks); /* another sample begins: so many, at most */

/* The place of a block (its number among all blocks); places.count tells whether it is a new one. */
static inline uint32_t block_index_find(struct block_index *p, uint32_t block)
{
    uint32_t i = (block * 0x9E3779B1u) >> p->shift;
    while (p->slot[i].stamp == p->stamp && p->slot[i].block != block)
        i = (i + 1) & p->mask;
    if (p->slot[i].stamp != p->stamp)
        p->slot[i] = (struct block_slot){p->stamp, block, p->count++};
    return p->slot[i].place;
}

#endif

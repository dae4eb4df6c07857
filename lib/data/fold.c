/* SPDX-License-Identifier: MIT */
#include "lib/data/fold.h"

#include "lib/base/rng.h"

uint32_t fold_find(struct fold *f, uint64_t index)
{
    const uint64_t block = index / f->of + 1;
    if (f->block != block) {
        struct rng r;
        rng_init(&r, f->seed, RNG_FOLD, block);
        for (uint32_t k = 0; k < f->of; k++)
            f->order[k] = k + 1;
        rng_shuffle(&r, f->order, f->of);
        f->block = block;
    }
    return f->order[index % f->of];
}

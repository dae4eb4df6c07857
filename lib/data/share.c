/* SPDX-License-Identifier: MIT */
#include "lib/data/share.h"

#include "lib/base/rng.h"

struct share share_of(const struct corpus *corpus, enum share_part part)
{
    if (part == SHARE_ALL)
        return (struct share){.part = part};
    return (struct share){.part = part,
                          .fraction = part == SHARE_HELD ? 0 : corpus->dev_fraction,
                          .seed = corpus->seed,
                          .most = corpus->sentences,
                          .fold = corpus->fold};
}

const struct sentence *share_next(const struct share *share, struct reader *r, struct error *e)
{
    return share->most && share->index >= share->most ? NULL : reader_next(r, e);
}

bool share_keep(struct share *share)
{
    const uint64_t index = share->index++;
    struct fold *f = &share->fold;
    if (f->of && (fold_find(f, f->files ? share->file : index) == f->held) != (share->part == SHARE_HELD))
        return false;
    if (share->fraction <= 0)
        return true;
    struct rng r;
    rng_init(&r, share->seed, index, 0);
    return (rng_uniform(&r) < share->fraction) == (share->part == SHARE_DRAWN);
}

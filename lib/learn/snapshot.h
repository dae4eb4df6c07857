/* SPDX-License-Identifier: MIT
 *
 * snapshot: the weights of the blocks that one sample touches, as they were at one moment, packed one after another:
 * a copy costs what a sample costs, however large w is.
 *
 *     list_blocks ── coalescer_list ──>  {7, 9, 3}        snapshot_take ──>  7: row | 9: row | 3: row
 *
 * A snapshot has the form of a gradient, one bundle a block; its rows are weights, unscaled.
 */
#ifndef ASYNTRAIN_LEARN_SNAPSHOT_H
#define ASYNTRAIN_LEARN_SNAPSHOT_H

#include "lib/learn/model.h"

struct snapshot {
    struct gradient blocks; /* one bundle for each block, its row in `storage` */
    real *storage;
    size_t reals; /* in `storage`, at most */
};

/* What the samples of a dataset touch at most: blocks, each as often as it is touched, and their reals; and the reals
 * of a gradient's rows, of which a bundle has one. */
struct reach {
    size_t blocks, reals, rows;
};
struct reach snapshot_reach(const struct model *m, const struct dataset *data);

void snapshot_init(struct snapshot *s, const struct reach *reach);
void snapshot_free(struct snapshot *s);

/* snapshot_list says which blocks (`touched`: each once, as coalescer_list has them), snapshot_copy copies the k-th
 * of them from where `view` has it: a snapshot that is taken block by block, while others write. */
void snapshot_list(struct snapshot *s, const struct layout *l, const struct gradient *touched);
void snapshot_copy(struct snapshot *s, const struct layout *l, const struct weights *view, size_t k);

/* Copy the blocks of `touched` (each once: coalescer_list) from where `view` has them. Others may write them meanwhile
 * (RACY). Its ids must live as long as the snapshot is used. Allocates nothing. */
void snapshot_take(struct snapshot *s, const struct layout *l, const struct weights *view,
                   const struct gradient *touched);

/* Without packing: copy the blocks of `touched` to their places in a vector that is laid out as w (RACY) … */
void snapshot_stage(real *w, const struct layout *l, const struct weights *view,
                    const struct gradient *touched);
/* … and later take of them only those that `view` has otherwise than `w` (RACY). */
void snapshot_changes(struct snapshot *s, const struct layout *l, const struct weights *view,
                      const struct gradient *touched, const real *w);

/* Write each block to its place in a vector that is laid out as w. */
void snapshot_restore(const struct snapshot *s, const struct layout *l, real *w);

#endif

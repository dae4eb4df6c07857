/* SPDX-License-Identifier: MIT
 *
 * What the files of the audit share: audit.c (whom, when, and what is made of it), audit_compare.c (two gradients of
 * one sample).
 */
#ifndef ASYNTRAIN_PROBES_AUDIT_INSIDE_H
#define ASYNTRAIN_PROBES_AUDIT_INSIDE_H

#include "lib/num/block_index.h"
#include "lib/probes/audit.h"

struct audit_read { /* what R of a worker found */
    struct snapshot blocks;
    real scale;
};

struct audit_lane {
    void *scratch; /* the model's: that of the worker holds s */
    struct gradient listed, again; /* what a sample touches; its gradient once more */
    real *fill; /* rows of the latter that come as products */
    struct block_index index; /* of the blocks that it touches */
    struct gradient blocks; /* each of them once, by their places */
    size_t *at; /* [blocks] where they begin, packed one after another */
    size_t packed; /* reals of all of them */
    real *stage; /* laid out as w: a, or b where it is b's turn; touched as far as audited samples reach */
    struct snapshot changed; /* the blocks that b has otherwise than a */
    real scale_a, scale_b;
    uint32_t *number; /* of the gradient's blocks, one after another */
    uint32_t *times; /* [blocks] how often it has a block */
    uint32_t *repeat; /* [repeats] the places that it has more than once */
    uint32_t repeats;
    real *used, *right; /* packed: the sums of blocks in s; in grad f */
};

struct finding { /* of one comparison */
    double error, cosine;
    double square; /* ||s||^2 */
    double kind[LAYOUT_GROUPS]; /* the error within each; negative: not touched */
};

/* Prepare for comparisons with s, a gradient of the sample whose blocks the lane has. */
void audit_number(struct audit_lane *lane, const struct layout *l, const struct gradient *s);
/* s against f, another gradient of the same sample. */
struct finding audit_compare(struct audit_lane *lane, const struct layout *l, const struct gradient *s,
                             const struct gradient *f);

#endif

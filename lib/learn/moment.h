/* SPDX-License-Identifier: MIT
 *
 * moment: what probes are told of (lib/learn/probe.h), and when.
 */
#ifndef ASYNTRAIN_LEARN_MOMENT_H
#define ASYNTRAIN_LEARN_MOMENT_H

#include "lib/learn/model.h"

enum moment_kind {
    EPOCH_BEGIN, /* no worker runs */
    COPIES_LOADED, /* a worker has loaded its local copies, before its first gradient of the epoch */
    READ_BEGIN, /* R begins */
    GRADIENT_BEGIN, /* G begins */
    READ_END, /* w is not read any more: R copied it, or G is over; `gradient` lists the blocks that were read */
    GRADIENT_END, /* G is over */
    WRITE_BEGIN, /* W begins */
    BLOCK_LOAD, /* W loads a block, and … */
    BLOCK_STORE, /* … stores it; engines whose writes are events of single blocks */
    WRITE_END, /* W is over */
    COPIES_MERGED, /* a worker has merged its local copies; without them, it has made a W */
    COPIES_LEFT, /* … and goes without them until the epoch is over; between two gradients of its own */
    JOINED, /* instead of W: the gradient is part of a later one */
    EPOCH_END, /* no worker runs any more */
    MOMENTS
};

/* What probes are told; a worker has one, and its own thread fills it in. */
struct moment {
    uint32_t worker, thread;
    size_t ticket; /* of the sample in hand */
    const struct example *sample; /* NULL: none is in hand, gradients that waited are written */
    struct weights view; /* what R sees, or at WRITE_BEGIN and JOINED would see now */
    const struct gradient *gradient; /* of the sample in hand; at READ_END the blocks that it read */
    const struct gradient *written; /* W: that gradient, or a sum that contains it */
    uint32_t made, joining; /* JOINED: gradients that were made at once; as many of them join */
    bool handed; /* JOINED: another worker writes it; else this one, later */
    uint32_t block; /* BLOCK_LOAD, BLOCK_STORE: its number among all */
    /* [2] set by a probe at READ_BEGIN that wants to know: was what this gradient read, and what it wrote,
     * overwritten by others? A probe that counts errors answers there, at EPOCH_END at the latest. */
    bool *overwritten;
    uint32_t epoch; /* EPOCH_BEGIN, EPOCH_END: from 0 */
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * tracker: how many gradients are in error (Figure 1 of Sun 2016).
 *
 *     me     │── R ──────── G ──────│── W ──│        read window: first read … end of G
 *     other        │─ W ─│                           write window: W
 *
 * A gradient suffers a read-overwrite when another's write meets its read window, a write-overwrite when
 * one meets its write window, and in a block that both have. It is in error when it suffers either. When within W the
 * shared block was stored is not known. Its delay is how many updates (Ws) others finish between its first read and
 * the W that contains it. Of a gradient that is a step by itself, what falls between its two windows is delay and no
 * error. Where several gradients make one step, each waits for the common W, and its window has no gap: read window =
 * first read … begin of that W.
 *
 * Writes to local copies of hot blocks (lib/learn/local_copies.h) are no writes to w. Copies are loaded and merged one
 * worker at a time: who has them is in error by its other, cold blocks alone.
 *
 *   overlap  by time alone (tracker_clock.c). One number if both have a universal block and threads keep their cores,
 *            else two. In one thread (virtual workers) the order of the events is known, and counters do.
 *   blocks   every block is stamped by who wrote it last (tracker_blocks.c): it tells which blocks, for any layout, and
 *            is slower. Errors are counted by kind of block; lost updates of threads are estimated.
 *   auto     overlap where the layout has a universal block, else blocks.
 *
 * What another stored between my load of a block and my store is lost. Where loads and stores are events
 * (lib/engines/interleaved.c) that is counted exactly. docs/internals/probes.md has the details.
 */
#ifndef ASYNTRAIN_PROBES_TRACKER_H
#define ASYNTRAIN_PROBES_TRACKER_H

#include "lib/learn/session.h"
#include "lib/num/gradient.h"
#include "lib/num/layout.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tracker_kind { /* gradients in which a block of one group at least was overwritten */
    uint64_t read_overwrites, write_overwrites;
};
struct tracker_lane; /* a worker's notes, on cache lines of its own */
enum tracker_mode { TRACKER_OFF, TRACKER_ORDER, TRACKER_CLOCK, TRACKER_BLOCKS }; /* order, clock: overlap */

struct tracker_moves { /* Ws that were begun, or done */
    uint64_t updates; /* all */
    uint64_t writes; /* that change w, not private copies alone */
    uint64_t sure; /* that write a universal block of w */
};

struct tracker {
    enum tracker_mode mode;
    uint32_t nworkers, nthreads;
    struct tracker_lane *lane; /* [nworkers] */
    const struct layout *layout;
    _Atomic uint64_t *stamp; /* blocks: [nblocks] write number * 2^12 + worker of the last write */
    _Atomic uint64_t *written; /* blocks of threads: [nblocks] increments that were not lost, of all epochs */
    int64_t lost, lost_before; /* increments of the epoch; of all before */
    struct tracker_moves begun, done; /* order */
    bool universal; /* some group of the layout is */
    const uint32_t *hot; /* [ngroups] blocks with lower ids are private; NULL: none is */
    uint32_t waits; /* gradients that may wait for a common write, at most; 0: each is a step */
    size_t bundles; /* blocks: room for those of all that wait */
    uint64_t (*clock)(void); /* clock: cpu_clock() */
    uint64_t (*switches)(void); /* clock: cpu_switches; NULL: threads keep their cores, and nobody asks */
    bool *common; /* blocks: [nblocks] nearly every sample has it; tracker_init marks universal groups */
    uint32_t *value; /* [nblocks] updates of the epoch in its value; NULL: lost ones are not counted */
};

#define TRACKER_WORKERS WORKERS_MOST /* a stamp has room for no more */

/* `mode` is the key engine.tracker; `nthreads` run the workers: as many, or 1; an epoch has `samples`. With one worker,
 * or "off", nothing is done and nothing counted as an error: there is no other. */
void tracker_init(struct tracker *t, const char *mode, const struct layout *layout, uint32_t nworkers,
                  uint32_t nthreads, size_t samples);
bool tracker_has_universal(const struct layout *layout); /* is some group of it universal? */
void tracker_count_lost(struct tracker *t); /* count lost updates too, unless it is off */
void tracker_watch_cores(struct tracker *t); /* threads may lose their cores: note when, by the clock */
/* Writes are combined: blocks of group g with ids below hot[g] are private while copies are loaded. Borrowed. */
void tracker_combine(struct tracker *t, const uint32_t *hot);
/* Up to `most` gradients of a worker make one step, each with up to `bundles` bundles. */
void tracker_accumulate(struct tracker *t, uint32_t most, size_t bundles);
void tracker_free(struct tracker *t);
const char *tracker_name(const struct tracker *t); /* "off", "overlap" or "blocks" */
void tracker_reset(struct tracker *t); /* counts to 0, between epochs */

/* The three verbs call these, worker `k` in its own thread. */
void tracker_read_begin(struct tracker *t, uint32_t k);
void tracker_read_end(struct tracker *t, uint32_t k, const struct gradient *g);
void tracker_write_begin(struct tracker *t, uint32_t k, const struct gradient *g);
void tracker_write_end(struct tracker *t, uint32_t k, const struct gradient *g);
/* Between the two above: load and store of one block, numbered among all; one thread for all workers. */
void tracker_load(struct tracker *t, uint32_t k, uint32_t block);
void tracker_store(struct tracker *t, uint32_t k, uint32_t block);
/* In place of write_begin and write_end: my gradient is part of my own next write. That may come when no gradient is in
 * hand; `g` has all blocks of all that it contains, and their ids last until then. */
void tracker_joined(struct tracker *t, uint32_t k);
/* After it, in place of read_begin and read_end: the next gradient was read and made together with that one. */
void tracker_read_with(struct tracker *t, uint32_t k);
/* In place of write_begin and write_end: another writes my gradient with its own, and until then nobody writes. */
void tracker_handed(struct tracker *t, uint32_t k);
/* Combined writes: my private copies are loaded, before my first gradient; are merged, after a W; I have left them. */
void tracker_loaded(struct tracker *t, uint32_t k);
void tracker_merged(struct tracker *t, uint32_t k);
void tracker_left(struct tracker *t, uint32_t k);
/* After write_end, tracker_joined or tracker_handed: note down what is found of my last gradient, a read-overwrite and
 * a write-overwrite, there; by tracker_settle at the latest. */
void tracker_report_to(struct tracker *t, uint32_t k, bool hits[2]);
void tracker_pause(struct tracker *t); /* the epoch is broken off, with nothing in flight; it will go on */
void tracker_state(struct tracker *t, uint32_t k, struct state_list *list); /* a worker's counts */

/* The epoch is over: compare the logs, see what was lost. After it: */
void tracker_settle(struct tracker *t);
const struct gradient_counts *tracker_counts(const struct tracker *t, uint32_t k);
bool tracker_is_bound(const struct tracker *t); /* there may be fewer errors than counted, by all workers */
bool tracker_knows_lost(const struct tracker *t); /* are lost updates counted or estimated? */
int64_t tracker_lost(const struct tracker *t); /* by all workers */
/* Of all workers; 0 but for blocks. */
struct tracker_kind tracker_kind(const struct tracker *t, uint32_t group);

#endif

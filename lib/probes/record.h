/* SPDX-License-Identifier: MIT
 *
 * record: in which order samples were read and written. A recording is a text file, one line an event:
 *
 *     pass 1              the first pass begins
 *     R 0 0               the sample of ticket 0 is read, by worker 0
 *     R 1 1
 *     W 1 1               and written
 *     W 0 0
 *
 * Written by every engine that writes each gradient by itself (key `engine.record`), replayed by engine simulated
 * (law `replay`): what threads did once, by chance, can be had again, to the bit. Events of threads take numbers from
 * one counter as R and W begin, and stand in lists of the threads' own until the epoch is over; nothing is allocated.
 */
#ifndef ASYNTRAIN_PROBES_RECORD_H
#define ASYNTRAIN_PROBES_RECORD_H

#include "lib/base/error.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct recorded { /* one event */
    uint32_t ticket;
    uint16_t worker;
    char what; /* 'R' or 'W' */
};

/* ---- writing */

struct record_lane { /* of one thread */
    _Alignas(64) struct recorded *event; /* [2 nsamples] */
    size_t *number; /* [2 nsamples] of each event */
    size_t count;
};

struct record {
    const char *path; /* borrowed */
    struct outfile *file; /* NULL: not open */
    uint32_t nthreads;
    struct record_lane *lane; /* [nthreads]; NULL: nothing is recorded */
    struct recorded *event; /* [2 nsamples] of an epoch, by number */
    _Alignas(64) _Atomic size_t count;
};

/* path "": nothing is recorded */
void record_init(struct record *r, const char *path, size_t nsamples, uint32_t nthreads);
void record_free(struct record *r); /* what was not committed is lost, and an older file stays */

/* As outfile_open, outfile_flush and outfile_commit. Nothing to do, and true, when nothing is recorded. */
bool record_open(struct record *r, struct error *e);
bool record_flush(struct record *r, struct error *e);
bool record_commit(struct record *r, struct error *e);

/* By thread `thread`, when R or W of a worker begins. */
static inline void record_event(struct record *r, uint32_t thread, char what, size_t ticket, uint32_t worker)
{
    if (!r->lane)
        return;
    struct record_lane *mine = &r->lane[thread];
    mine->number[mine->count] = atomic_fetch_add_explicit(&r->count, 1, memory_order_acq_rel);
    mine->event[mine->count++] = (struct recorded){(uint32_t)ticket, (uint16_t)worker, what};
}

/* An epoch (`epoch`, from 0) is over: write its events, and forget them. */
void record_epoch(struct record *r, uint32_t epoch);

/* ---- reading */

struct recording {
    struct recorded *event; /* [begin[epochs]] */
    size_t *begin; /* [epochs + 1] where the events of an epoch begin */
    uint32_t epochs;
    uint32_t workers; /* as many are needed */
    unsigned long lines; /* of the file */
    size_t count, event_capacity, begin_capacity;
};

/* Read a recording of epochs over `nsamples` samples with at most `workers` workers and hold it against what any
 * run does: in each epoch every ticket is read once and then written by who has read it, and nobody holds two.
 * ERROR_CORPUS, "file:line: ...". To be freed in any case. */
bool recording_read(struct recording *r, const char *path, size_t nsamples, uint32_t workers,
                    struct error *e);
void recording_free(struct recording *r);

#endif

/* SPDX-License-Identifier: MIT
 *
 * recording: in which order samples were read and written, as the probe lib/probes/record.c has written it: a text
 * file, one line an event.
 *
 *     pass 1              the first epoch begins
 *     R 0 0               the sample of ticket 0 is read, by worker 0
 *     R 1 1
 *     W 1 1               and written
 *     W 0 0
 *
 * What threads did once, by chance, can be replayed, to the bit.
 */
#ifndef ASYNTRAIN_ENGINES_RECORDING_H
#define ASYNTRAIN_ENGINES_RECORDING_H

#include "lib/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct recorded { /* one event */
    uint32_t ticket;
    uint16_t worker;
    char what; /* 'R' or 'W' */
};

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

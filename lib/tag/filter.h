/* SPDX-License-Identifier: MIT
 *
 * filter: text in, the same text with its answers out. Each sentence is answered as soon as it is complete, and what
 * was answered is flushed whenever the input may make us wait. Line k of the output answers line k of the input:
 * blank lines are answered with empty ones, and what is no sentence (a document's mark) comes back as it is.
 */
#ifndef ASYNTRAIN_TAG_FILTER_H
#define ASYNTRAIN_TAG_FILTER_H

#include "lib/tag/tagger.h"
#include "lib/tag/trained.h"

#include <stdio.h>

struct filter {
    /* set by the caller, who owns them */
    const struct trained *trained;
    const struct constraint *constraint; /* or NULL */
    struct tagger_options options;
    struct tagger *tagger; /* with these options; NULL: filter_run makes one */
    struct reader *in; /* of the model's format */
    FILE *out;
    uint32_t threads; /* that answer together (lib/tag/team.h), without `tagger`; 0 or 1: the caller alone */
    /* set by filter_run */
    unsigned long line; /* lines of the input that are answered */
    unsigned long unproven; /* sentences whose n best may not be the best (tagger_proven), … */
    unsigned long unproven_line; /* … and the line of the first */
    int fault; /* why `out` could not be written, of errno; or 0 */
};

/* Answer the input to its end. false: a fault of the input (ERROR_CORPUS); or `out` could not be written: then
 * e->kind is ERROR_NONE and ferror(out) is true. What fails to be flushed while it waits for input is seen in `fault`
 * alone. What was answered before a fault is the same for any number of threads. The calling thread's arithmetic is
 * set as in training (kernel_thread_begin). */
bool filter_run(struct filter *f, struct error *e);

#endif

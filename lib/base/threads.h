/* SPDX-License-Identifier: MIT
 *
 * threads: can a run have its threads? OpenMP ends the program where it cannot make one, so they are tried before
 * anything is begun that could be lost: all of them, alive at once, with stacks as large as OpenMP's. Then OpenMP makes
 * its own, which wait for the parallel regions that follow.
 */
#ifndef ASYNTRAIN_BASE_THREADS_H
#define ASYNTRAIN_BASE_THREADS_H

#include "lib/base/error.h"

#include <stdint.h>

/* Can n threads, the caller among them, work at once? ERROR_THREADS, with how many there could be and the remedy. Where
 * memory for their stacks is what is missing, memory has run out (lib/base/memory.h). To be called by the thread that
 * will open the parallel regions, outside of them, while no other writes to standard error: what OpenMP says there
 * meanwhile is taken for threads_refused. */
bool threads_suffice(uint32_t n, struct error *e);

/* The words for k threads of n, and what to do; false. */
bool threads_too_few(uint32_t k, uint32_t n, struct error *e);

/* For a handler of exit(): did OpenMP end the program, within threads_suffice, because it could not make a thread? Then
 * true and ERROR_THREADS. Standard error is put right in any case. */
bool threads_refused(struct error *e);

#endif

/* SPDX-License-Identifier: MIT
 *
 * pause: an epoch that is broken off between two steps. What is under way is finished, nothing is in flight, and the
 * epoch goes on later from the state list (lib/learn/state.h), in this process or in another, to the same bits where
 * the engine cannot race.
 *
 *     samples   1 2 3 4 │ 5 6 7 8        the list holds w, the optimizer, the cursor, the counts so far
 *                       └ pause: written as a checkpoint, and on
 *
 * An engine that keeps gradients from one sample to the next (workers that take turns, delays by a law), and a probe
 * that sees an epoch as a whole, cannot go on in the middle of an epoch. There a pause is the end: who resumes takes
 * the state of the epoch's beginning, and makes the epoch again.
 */
#ifndef ASYNTRAIN_LEARN_PAUSE_H
#define ASYNTRAIN_LEARN_PAUSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct pause {
    bool possible; /* an epoch can go on in its middle */
    bool paused; /* the epoch is broken off, and will go on */
    size_t ticket; /* no sample from this ticket on is handed out; SIZE_MAX: all are */
    double when; /* … and none from this moment on, by cpu_wall; INFINITY: whenever */
    _Atomic bool broken; /* somebody was told to stop */
};

/* No pause is planned. */
void pause_init(struct pause *p, bool possible);
void pause_plan(struct pause *p, size_t ticket, double when);

/* Is the epoch to be broken off before this ticket? Where a pause is possible: as planned, or because a signal asks for
 * a stop or a checkpoint; else because one asks for a stop. What is true once stays so. Any worker. */
bool pause_due(const struct pause *p, size_t ticket);

#endif

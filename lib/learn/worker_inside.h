/* SPDX-License-Identifier: MIT
 *
 * worker_inside: what worker.c and worker_pile.c do for each other.
 */
#ifndef ASYNTRAIN_LEARN_WORKER_INSIDE_H
#define ASYNTRAIN_LEARN_WORKER_INSIDE_H

#include "lib/learn/engine.h"

/* A step of the ticket in hand, without a gradient; and one with the whole of `g`. */
struct step worker_step(const struct worker *k, const struct session *s);
void worker_step_with(struct worker *k, struct session *s, const struct gradient *g, struct step *step);
struct weights worker_view(const struct worker *k, const struct session *s); /* what it sees at that step */
void worker_wrote(struct worker *k, struct session *s); /* W is over */
/* Around a W that writes gradients which waited for it, and no other. */
void worker_write_waiting_begin(struct worker *k, struct session *s);
void worker_write_waiting_end(struct worker *k, struct session *s);

/* ---- where gradients are saved up (engine.accumulate) */

void worker_pile_new(struct worker *k, const struct session *s);
void worker_pile_free(struct worker *k);
void worker_pile_end(struct worker *k, struct session *s); /* of the epoch */
/* R: does the sample in hand wait for others, so that the model makes their gradients together? */
bool worker_waits(struct worker *k, struct session *s);
void worker_wait(struct worker *k, struct session *s, const struct example *z); /* G, then */
void worker_pile(struct worker *k, struct session *s); /* W */

#endif

/* SPDX-License-Identifier: MIT
 *
 * interleaved: what threads do to each other block by block, on schedule. Virtual workers run freely, as the threads of
 * lib/engines/asyngrad.c do, but in elementary events; at every tick a seed draws which busy worker has its next:
 *
 *     R   a copy of one touched block of w            one event a block
 *     G   the gradient at the copies                  one event
 *     W   load one block │ its step, store            two events a block
 *
 *     worker 0    R R R G        L S L S              a block read after another's store is newer than those before:
 *            1        R   R R G      L   S L S        torn reads; and a store between my load and mine is lost
 *
 * Read-overwrites, write-overwrites and lost updates happen as they do in shared memory, without its chance, and are
 * counted exactly (lib/probes/tracker.h). What is coarser than in memory: a block is read, loaded and stored whole.
 *
 * A worker that has written takes the next ticket. All copies are private and packed (lib/learn/snapshot.h); model and
 * rule see them in one vector, the stage, which is laid out as w.
 */
#ifndef ASYNTRAIN_ENGINES_INTERLEAVED_H
#define ASYNTRAIN_ENGINES_INTERLEAVED_H

struct interleaved;
struct session;

/* For a session that has its workers. */
struct interleaved *interleaved_new(struct session *s);
void interleaved_free(struct interleaved *o); /* NULL is allowed */

void interleaved_pass(struct interleaved *o, struct session *s); /* allocates nothing */

#endif

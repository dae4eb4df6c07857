/* SPDX-License-Identifier: MIT
 *
 * team: several threads answer one input. Each takes the next few sentences, a share, and answers them into memory of
 * its own. Who finishes the share that is next in the order of the input writes it, and those behind it that are
 * finished; the others go on. So the output is that of one thread:
 *
 *     reading    A1 B2  A3     B4  A5            one at a time: the input is one stream
 *     answering   A1···· A3···  A5···            each by itself, with its own tagger
 *                   B2········  B4····
 *     writing          A1    B2+A3    A5 …       in the order of the input
 *
 * A thread waits where too many shares are finished and the next one is not. Before the input may make the reading
 * thread wait, it answers what it has taken, and everything is let out.
 */
#ifndef ASYNTRAIN_TAG_TEAM_H
#define ASYNTRAIN_TAG_TEAM_H

#include "lib/tag/filter.h"

/* filter_run, by f->threads threads, without the blank lines at the end. */
bool team_answer(struct filter *f, struct error *e);

#endif

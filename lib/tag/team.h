/* SPDX-License-Identifier: MIT
 *
 * team: several threads answer one input. Each takes the next few sentences, answers them into memory of its own, and
 * waits for its turn to write, so the output is that of one thread:
 *
 *     reading   A1  B2  A3      A4  B5          one at a time: the input is one stream
 *     answering  A1·····  A3······              each by itself, with its own tagger
 *                    B2········      B5···
 *     writing           A1      B2 A3           in the order of the input
 *
 * Before the input may make the reading thread wait, it answers what it has taken, and everything is let out.
 */
#ifndef ASYNTRAIN_TAG_TEAM_H
#define ASYNTRAIN_TAG_TEAM_H

#include "lib/tag/filter.h"

/* filter_run, by f->threads threads, without the blank lines at the end. */
bool team_answer(struct filter *f, struct error *e);

#endif

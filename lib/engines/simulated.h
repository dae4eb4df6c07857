/* SPDX-License-Identifier: MIT
 *
 * simulated: any number of workers on one core. They are virtual: R, G and W are events in an order that a seed
 * fixes, so a run with 100 workers and their delays can be had anywhere, and had again to the bit. The key
 * engine.delay.law names one of its engines:
 *
 *     interleaved   lib/engines/interleaved.c   R and W block by block, so that gradients are in error
 *     replay        lib/engines/replay.c        R and W as a recording has them
 *     others        lib/engines/delayed.c       R and W whole, with delays by a law (lib/engines/delay.h)
 */
#ifndef ASYNTRAIN_ENGINES_SIMULATED_H
#define ASYNTRAIN_ENGINES_SIMULATED_H

#include "lib/learn/engine.h"

#define SIMULATED_NAME "simulated"
#define SIMULATED_WORKERS "engine.workers"

extern const struct key simulated_keys[];

/* An epoch of events, made by the one thread. */
void simulated_epoch(struct session *s, void (*events)(struct session *s));

#endif

/* SPDX-License-Identifier: MIT */
#include "lib/engines/modes.h"

#include <stddef.h>

const struct mode mode_table[] = {
    {"sequential", "engine.name=sequential", NULL, true},
    {"asyngrad", "engine.name=asyngrad,engine.combine.mode=none", NULL, false},
    {"combined", "engine.name=asyngrad", "engine.combine.mode=auto", false},
    {"round-robin", "engine.name=synchronous,engine.policy=round-robin", NULL, false},
    {"rounds", "engine.name=synchronous,engine.policy=rounds", NULL, false},
    {"minibatch", "engine.name=synchronous,engine.policy=minibatch", NULL, false},
    {"averaging", "engine.name=averaging", NULL, false},
    {NULL, NULL, NULL, false},
};

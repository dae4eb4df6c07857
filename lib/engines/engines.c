/* SPDX-License-Identifier: MIT */
#include "lib/learn/engine.h"

extern const struct engine_ops sequential_ops, asyngrad_ops, synchronous_ops, simulated_ops;

const struct engine_ops *const engine_table[] = {&sequential_ops, &asyngrad_ops, &synchronous_ops,
                                                 &simulated_ops, NULL};

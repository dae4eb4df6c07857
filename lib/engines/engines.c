/* SPDX-License-Identifier: MIT */
#include "lib/learn/engine.h"

/* Add a line for a new engine; the first runs one worker alone. */
#define ENGINES(ENTRY)                                                                                       \
    ENTRY(sequential)                                                                                        \
    ENTRY(asyngrad)                                                                                          \
    ENTRY(averaging)                                                                                         \
    ENTRY(synchronous)                                                                                       \
    ENTRY(simulated)

#define DECLARE(name) extern const struct engine_ops name##_ops;
ENGINES(DECLARE)

#define ADDRESS(name) &name##_ops,
const struct engine_ops *const engine_table[] = {ENGINES(ADDRESS) NULL};

/* SPDX-License-Identifier: MIT */
#include "lib/learn/probe.h"

/* Add a line for a new probe, widest windows first. */
#define PROBES(ENTRY)                                                                                        \
    ENTRY(audit)                                                                                             \
    ENTRY(trace)                                                                                             \
    ENTRY(record)                                                                                            \
    ENTRY(iterates)                                                                                          \
    ENTRY(overlap)                                                                                           \
    ENTRY(stamps)                                                                                            \
    ENTRY(delays)

#define DECLARE(name) extern const struct probe_ops name##_ops;
PROBES(DECLARE)

#define ADDRESS(name) &name##_ops,
const struct probe_ops *const probe_table[] = {PROBES(ADDRESS) NULL};

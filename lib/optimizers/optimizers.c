/* SPDX-License-Identifier: MIT */
#include "lib/learn/optimizer.h"

/* Add a line for a new optimizer; the first is the default. */
#define OPTIMIZERS(ENTRY)                                                                                    \
    ENTRY(sgd)                                                                                               \
    ENTRY(momentum)                                                                                          \
    ENTRY(nesterov)                                                                                          \
    ENTRY(adagrad)                                                                                           \
    ENTRY(rmsprop)                                                                                           \
    ENTRY(adam)                                                                                              \
    ENTRY(adf)                                                                                               \
    ENTRY(ftrl)                                                                                              \
    ENTRY(dc_c)                                                                                              \
    ENTRY(dc_a)

#define DECLARE(name) extern const struct optimizer_ops name##_ops;
OPTIMIZERS(DECLARE)

#define ADDRESS(name) &name##_ops,
const struct optimizer_ops *const optimizer_table[] = {OPTIMIZERS(ADDRESS) NULL};

/* SPDX-License-Identifier: MIT */
#include "models/models.h"

/* Add a line for a new model; the first is the default. */
#define MODELS(ENTRY)                                                                                        \
    ENTRY(dense_crf)                                                                                         \
    ENTRY(bilstm)                                                                                            \
    ENTRY(maxent)                                                                                            \
    ENTRY(quadratic)

#define DECLARE(name) extern const struct model_ops name##_ops;
MODELS(DECLARE)

#define ADDRESS(name) &name##_ops,
const struct model_ops *const model_table[] = {MODELS(ADDRESS) NULL};

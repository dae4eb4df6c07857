/* SPDX-License-Identifier: MIT */
#include "lib/learn/optimizer.h"

extern const struct optimizer_ops sgd_ops;

const struct optimizer_ops *const optimizer_table[] = {&sgd_ops, NULL};

/* SPDX-License-Identifier: MIT */
#include "lib/learn/optimizer.h"

extern const struct optimizer_ops adagrad_ops, adam_ops, adf_ops, dc_a_ops, dc_c_ops, momentum_ops,
    rmsprop_ops, sgd_ops;

const struct optimizer_ops *const optimizer_table[] = {
    &sgd_ops, &momentum_ops, &adagrad_ops, &rmsprop_ops, &adam_ops, &adf_ops, &dc_c_ops, &dc_a_ops, NULL};

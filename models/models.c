/* SPDX-License-Identifier: MIT */
#include "models/models.h"

extern const struct model_ops bilstm_ops, dense_crf_ops, quadratic_ops;

const struct model_ops *const model_table[] = {&dense_crf_ops, &bilstm_ops, &quadratic_ops, NULL};

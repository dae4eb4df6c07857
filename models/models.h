/* SPDX-License-Identifier: MIT
 *
 * models: the registry of what G can be. A new model is one file here and one line in models.c.
 */
#ifndef ASYNTRAIN_MODELS_MODELS_H
#define ASYNTRAIN_MODELS_MODELS_H

#include "lib/learn/model.h"

extern const struct model_ops *const model_table[]; /* ended by NULL */

#endif

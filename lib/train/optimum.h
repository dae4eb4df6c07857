/* SPDX-License-Identifier: MIT
 *
 * optimum: the weights w* that the audit measures distances to (lib/probes/audit.h): a model that the same
 * configuration has left when it was trained to the end.
 */
#ifndef ASYNTRAIN_TRAIN_OPTIMUM_H
#define ASYNTRAIN_TRAIN_OPTIMUM_H

#include "lib/base/config.h"
#include "lib/data/space.h"
#include "lib/num/layout.h"

/* The key engine.audit.optimum: `*w` [layout->size] is the caller's to free, or NULL where the key says nothing. false
 * and ERROR_USAGE when nothing is audited, ERROR_MODEL when the file is damaged or its features, labels or groups of
 * blocks are not those of this run. */
bool optimum_read(const struct config *c, const struct space *space, const struct layout *layout, real **w,
                  struct error *e);

/* The same of any model file or run's folder. */
bool optimum_load(const char *path, const struct space *space, const struct layout *layout, real **w,
                  struct error *e);

#endif

/* SPDX-License-Identifier: MIT
 *
 * parts: what a configuration is made of. The one table of its sections says which keys each may have, and the names in
 * it (model, optimizer, engine) are looked up in their registries:
 *
 *     section      keys of every configuration            … and of the part that the section names
 *     corpus       corpus
 *     features     features
 *     model        name                                   the model's
 *     optimizer    name, schedule, calibrate              the optimizer's
 *     engine       name, engine, trace, audit             the engine's
 *     run          run, keep, slice, checkpoint, warm_start
 *
 * Who names no part gets the first of its registry. `models` is the registry of models (models/models.h), which this
 * layer may not include. All functions may be called by several threads at once, on configurations of their own.
 */
#ifndef ASYNTRAIN_TRAIN_PARTS_H
#define ASYNTRAIN_TRAIN_PARTS_H

#include "lib/base/config.h"

struct model_ops;

/* What a run is made of: the names of the configuration, looked up. */
struct parts {
    const struct model_ops *model;
    const struct optimizer_ops *optimizer;
    const struct engine_ops *engine;
};

/* Look up the parts that `c` names, check all of it against the table of sections (config_check), and settle what it
 * leaves open (lib/data/guess.h; only then is a file read). false and ERROR_USAGE: no part has such a name, a key is
 * another part's of the same kind, or config_check found a fault. */
bool parts_find(struct config *c, const struct model_ops *const *models, struct parts *parts,
                struct error *e);

/* Before `section` ("optimizer" or "engine") gets another name: forget the keys in it that other parts of its registry
 * have and the part `name` has not. */
void parts_forget(struct config *c, const char *section, const char *name);

/* Every section with every key that any part has, for lists: a row for the keys of every configuration, then one for
 * each part that has keys. Ended by a row whose section.name is NULL; to be freed with memory_free. */
struct parts_row {
    const char *part; /* the keys are this part's; NULL: of every configuration */
    struct section section;
};
struct parts_row *parts_list(const struct model_ops *const *models);

#endif

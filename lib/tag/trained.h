/* SPDX-License-Identifier: MIT
 *
 * trained: a model that was trained, loaded from its file and ready to answer. It is constant once it is open: any
 * number of taggers (lib/tag/tagger.h), of any threads, may use one.
 */
#ifndef ASYNTRAIN_TAG_TRAINED_H
#define ASYNTRAIN_TAG_TRAINED_H

#include "lib/base/config.h"
#include "lib/data/corpus.h"
#include "lib/learn/boundaries.h"
#include "lib/learn/model.h"
#include "lib/num/constraint.h"

struct dictionary;
struct tagger_options;

struct trained {
    struct config *config; /* of the run that made it, complete */
    struct corpus corpus; /* how files are read */
    struct space *space;
    struct model *model;
    real *w; /* [model->layout.size] */
    enum corpus_task task;
};

/* Check a configuration, all its sections, and find the model that it names; NULL and an error. It is the caller's, as
 * this layer knows neither the registry of models nor what else may stand in a configuration (lib/train/parts.h). */
typedef const struct model_ops *trained_find(struct config *c, struct error *e);

/* `path` is a model file or a run's folder. NULL and ERROR_MODEL, also where `find` refuses the stored configuration.
 */
struct trained *trained_open(const char *path, trained_find *find, struct error *e);
/* The same of a model file in memory, which may go afterwards; `name` stands for its path in messages. */
struct trained *trained_open_memory(const char *name, const void *bytes, size_t size, trained_find *find,
                                    struct error *e);
void trained_free(struct trained *t);

/* ---- choices: NULL stands for what the model's configuration says. false and ERROR_USAGE: there is no such choice, or
 * it goes with other models. */

/* Which labels may follow each other (run.decode): free, scheme or seen. `*constraint`: to be freed; NULL, none. */
bool trained_constraint(const struct trained *t, const char *choice, struct constraint **constraint,
                        struct error *e);
/* Which runs of characters are kept whole (run.whole): none, letters, digits or both. */
bool trained_whole(const struct trained *t, const char *choice, enum whole *whole, struct error *e);
/* What is known of the input: its labels, or in segmented text its word boundaries, where it is `given`; else blanks of
 * segmented text (run.blanks), keep or drop. Sets labels, boundaries and blanks of the options. */
bool trained_known(const struct trained *t, bool given, const char *blanks, struct tagger_options *options,
                   struct error *e);
/* A user's words (lib/tag/dictionary.h) of a file; NULL: none. `*dictionary`: to be freed. ERROR_CORPUS as well. */
bool trained_dictionary(const struct trained *t, const char *path, struct dictionary **dictionary,
                        struct error *e);

#endif

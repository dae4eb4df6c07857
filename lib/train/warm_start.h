/* SPDX-License-Identifier: MIT
 *
 * warm_start: training begins with the weights of a trained model (run.from). Its features, labels, words and
 * characters are part of the new space from the start (lib/data/space.h), those of the new corpora are added, and known
 * ones keep their weights (lib/learn/origins.h). Nothing else of the old run goes on: rate, schedule and the
 * optimizer's own numbers begin anew.
 */
#ifndef ASYNTRAIN_TRAIN_WARM_START_H
#define ASYNTRAIN_TRAIN_WARM_START_H

#include "lib/base/config.h"
#include "lib/data/corpus.h"
#include "lib/learn/model.h"

extern const struct key warm_start_keys[]; /* part of section `run` */

struct warm_start {
    char *path; /* of the model file */
    struct space *space; /* the old model's, … */
    struct model *model;
    real *w; /* … [model->layout.size] */
    /* What came of it: known ones, and all that the new model has. */
    uint32_t features, all_features, labels, all_labels, characters, all_characters;
    size_t weights, all_weights;
    char first[64]; /* the first new label, or its beginning */
};

/* Before the corpora are read, and after corpus_configure: open the model that run.from names, and let the corpus know
 * its space. `*start` is NULL where the key says nothing. ERROR_USAGE: it does not go with this configuration.
 * ERROR_MODEL. */
bool warm_start_open(struct warm_start **start, const struct config *c, const struct model_ops *ops,
                     struct corpus *corpus, struct error *e);
void warm_start_free(struct warm_start *s);

/* Copy its weights into w [m->layout.size], which are as the init of `m` leaves them; `s` may be NULL. */
void warm_start_copy(struct warm_start *s, const struct model *m, const struct space *space, real *w);
/* They are copied, and are not needed any more: path and counts stay. */
void warm_start_forget(struct warm_start *s);

/* What came of it, as a line for a person. */
#define WARM_START_WORDS 512
void warm_start_words(const struct warm_start *s, char *text, size_t size);

#endif

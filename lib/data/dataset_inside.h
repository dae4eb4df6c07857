/* SPDX-License-Identifier: MIT
 *
 * dataset_inside: what dataset*.c share and nobody else includes.
 *
 *     dataset_read.c     files ──> sentences, those of a share; what training learns from them
 *     dataset.c          a sentence ──> labels, bounds, the flat arrays
 *     dataset_expand.c   its cells' numbers ──> ids of features
 *     dataset_attributes.c   or: its attributes ──> ids of features, and values
 *     dataset_open.c     labels that are open ──> the labellings that agree with those given
 *
 *     dataset_weights.c  how much a sentence counts in training
 *
 * `learner` is the space while training learns it (the same as `space`), else NULL.
 */
#ifndef ASYNTRAIN_DATA_DATASET_INSIDE_H
#define ASYNTRAIN_DATA_DATASET_INSIDE_H

#include "lib/data/dataset.h"

void dataset_push(uint32_t **array, size_t *capacity, size_t at, uint32_t value);

/* Has the sentence the columns of the space? ERROR_CORPUS. */
bool dataset_fits(const struct space *space, const struct sentence *s, bool labelled, const char *name,
                  struct error *e);
/* Append a sentence that fits. */
void dataset_take(struct dataset *d, const struct space *space, struct space *learner,
                  const struct sentence *s, bool labelled);
/* Append the features of its n tokens, given its rows of values (lib/data/cells.h). */
void dataset_expand(struct dataset *d, const struct space *space, struct space *learner, const uint32_t *row,
                    uint32_t n);
/* The weights of training's sentences: dataset_weigh before each that is appended, false and ERROR_CORPUS where the
 * column of weights has no such number. dataset_weights_meet for each that is read, also where another part has it;
 * dataset_weights_met at the end, ERROR_USAGE where a label that has a weight never occurred: it may well be missing in
 * the share of one fold. */
struct dataset_weights;
struct dataset_weights *dataset_weights_new(const struct corpus *corpus);
void dataset_weights_free(struct dataset_weights *w);
bool dataset_weigh(struct dataset_weights *w, struct dataset *d, const struct space *space,
                   const struct sentence *s, const char *path, struct error *e);
void dataset_weights_meet(struct dataset_weights *w, const struct space *space, const struct sentence *s);
bool dataset_weights_met(const struct dataset_weights *w, struct error *e);
/* Append the features of a sentence that has attributes. */
void dataset_attributes(struct dataset *d, const struct space *space, struct space *learner,
                        const struct sentence *s);
/* Give the features of all sentences their final numbers, as `map` says; those that become VOCAB_NONE go. */
void dataset_renumber_attributes(struct dataset *d, const uint32_t *map);
/* The number of a label of the model's. */
uint32_t dataset_number(struct dataset *d, const struct space *space, struct space *learner,
                        struct span label);
/* Has the sentence open labels? Then append its labels. */
bool dataset_has_open(const struct space *space, const struct sentence *s);
void dataset_take_open(struct dataset *d, const struct space *space, struct space *learner,
                       const struct sentence *s);
/* Remember the labels of a training sentence, where dataset_choose asks for those of all. */
void dataset_note_given(struct dataset *d, const struct space *space, const struct sentence *s);
/* All of the training corpus is there: which labellings agree with the labels given, where some are open. ERROR_USAGE
 * where the rules of corpus.map leave that in doubt. */
bool dataset_choose(struct dataset *d, const struct space *space, const struct corpus *corpus,
                    struct error *e);
/* Put n ids into `out` in rising order. `rank`: scratch, [n]. */
void dataset_sort(uint32_t *restrict out, const uint32_t *restrict a, uint32_t *restrict rank, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * survey: what a corpus looks like, as text: sizes, labels, words unknown to training, sentences that stand
 * in it twice (or in training too), labels that the corpus's scheme does not allow where they stand. For `check`.
 */
#ifndef ASYNTRAIN_DATA_SURVEY_H
#define ASYNTRAIN_DATA_SURVEY_H

#include "lib/data/corpus.h"
#include "lib/data/share.h"
#include "lib/data/vocab.h"

struct survey {
    uint64_t sentences, tokens;
    uint32_t longest, types; /* types: of words (segmented), words' cells or attributes */
    uint64_t words, oov; /* running words; those that training does not have */
    uint64_t duplicates; /* sentences whose text stands before; compared with training: stands there */
    uint64_t open; /* labels */
    uint64_t invalid; /* labels; beside an open one those of another scheme alone */
    const char *invalid_path; /* where the first of them is */
    unsigned long invalid_line;
    struct vocab *labels, *vocabulary, *texts; /* texts: of whole sentences, by hash */
    uint64_t *label_count; /* [labels] */
    size_t label_capacity;
};

/* Read a part of files; `training` is the survey to compare with, or NULL. NULL and ERROR_CORPUS. */
struct survey *survey_files(const struct corpus *corpus, const char *const *paths, size_t npaths,
                            enum share_part part, const struct survey *training, struct error *e);
void survey_free(struct survey *s);
double survey_oov_rate(const struct survey *s); /* 0 to 1 */

#endif

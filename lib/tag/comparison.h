/* SPDX-License-Identifier: MIT
 *
 * comparison: two trained models answer the same labelled files; of each sentence it is kept what both say of it, and
 * what each of them has found (as `eval` counts it).
 */
#ifndef ASYNTRAIN_TAG_COMPARISON_H
#define ASYNTRAIN_TAG_COMPARISON_H

#include "lib/data/vocab.h"
#include "lib/report/score.h"
#include "lib/report/significance.h"
#include "lib/tag/trained.h"

#include <stdbool.h>

struct compared { /* a sentence */
    size_t first; /* its first token in gold, answer and word */
    uint32_t n;
    uint32_t file; /* which one */
    unsigned long line; /* of its first token */
    bool right[2]; /* is it entirely right? */
    uint32_t differ; /* tokens to which the two give different labels */
};

struct comparison {
    size_t sentences, tokens; /* with gold labels; those of open labels alone are not among them */
    struct compared *sentence; /* [sentences] */
    struct significance_counts
        *counts[2]; /* [sentences] of each model: chunks, words, or tokens of task tagging */
    uint32_t *gold, *answer[2]; /* numbers in `labels`; gold: VOCAB_NONE where it is open */
    uint32_t *word; /* format_shown, numbers in `words` */
    struct vocab *labels, *words;
    struct score *score[2];
};

/* NULL and the error: ERROR_CORPUS, or ERROR_USAGE where the two cannot be compared: they have other tasks, or read
 * other sentences or gold labels in the same file. constraint[k] (or NULL) is model k's. */
struct comparison *comparison_new(const struct trained *const model[2],
                                  const struct constraint *const constraint[2], const char *const *path,
                                  size_t npaths, struct error *e);
void comparison_free(struct comparison *c);

/* Sentences to which the two give different answers: their numbers, those with the most different labels first, then in
 * the files' order; [*count], to be freed. */
size_t *comparison_differences(const struct comparison *c, size_t *count);

#endif

/* SPDX-License-Identifier: MIT
 *
 * tagger: a trained model answers sentences. What it says are answers as the files have them (lib/tag/answers.h):
 * labels in their scheme, or words; probabilities are those of answers, summed over all labellings of the model that
 * mean them, among the labellings that are allowed.
 *
 *     sentence ──features──> chain ──┬── Viterbi ─────────────────────> the answer of the best labelling
 *                                    └── chain of states ──┬── sums ──> probabilities
 *                                        (given labels)    └── search ─> the n best answers
 *
 * One tagger is one thread's; any number of them may use the same model.
 */
#ifndef ASYNTRAIN_TAG_TAGGER_H
#define ASYNTRAIN_TAG_TAGGER_H

#include "lib/data/format.h"
#include "lib/data/space.h"
#include "lib/learn/boundaries.h"
#include "lib/num/constraint.h"
#include "lib/tag/dictionary.h"

struct model;

struct tagger_options {
    uint32_t nbest; /* so many answers, the most probable first; 0: the one of the best labelling */
    bool probability; /* of each answer; n best answers always have it */
    bool marginals; /* of each label of an answer */
    bool candidates; /* all labels of each token, with theirs */
    bool labels; /* labels in the label column stay (an open one is any): they part runs and words */
    bool boundaries; /* segmented text: its word boundaries stay, or it is a fault */
    bool blanks; /* segmented text: its word boundaries stay, in the answer at least */
    enum whole whole; /* segmented text: runs that are no boundary parts, but those that stay */
    const struct dictionary
        *dictionary; /* segmented text: words that must or should be kept whole; or NULL */
};

struct tagger;

/* All is borrowed, the dictionary too; w are the weights of `model`; `constraint` may be NULL. */
struct tagger *tagger_new(const struct model *model, const real *w, const struct space *space,
                          const struct constraint *constraint, const struct tagger_options *options);
void tagger_free(struct tagger *t);

/* Answer a sentence of the file `name`. Where no labelling is allowed the constraint is left out, unless something is
 * given. false and ERROR_CORPUS: columns are missing, a label is unknown, or what is given contradicts the
 * constraint. */
bool tagger_run(struct tagger *t, const struct sentence *s, const char *name, struct error *e);

/* Of the last run: how many answers there are (fewer than options.nbest if fewer are allowed), and whether they are the
 * best for sure (lib/tag/ranking.h). */
uint32_t tagger_count(const struct tagger *t);
bool tagger_proven(const struct tagger *t);

/* An answer of the last run, and the logarithm of its probability (0 if there is none); until the next call. */
const struct answer *tagger_answer(struct tagger *t, uint32_t rank, double *log_probability);

#endif

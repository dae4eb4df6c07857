/* SPDX-License-Identifier: MIT
 *
 * review: a labelled file beside what a trained model answers, sentence by sentence. Who compares two models, looks for
 * the worst answers or counts confusions reads this; what `eval` scores are the same labels.
 */
#ifndef ASYNTRAIN_TAG_REVIEW_H
#define ASYNTRAIN_TAG_REVIEW_H

#include "lib/tag/tagger.h"
#include "lib/tag/trained.h"

struct review {
    const struct sentence *sentence; /* its cells, [n][ncolumns] */
    const struct span
        *gold; /* [n] labels of the file, types renamed (corpus.map); {NULL, 0} where one is open */
    const struct span *guess; /* [n] the answer, in the scheme of the file; words: B M E S of characters */
    const struct answer *answer; /* with what the options asked for; `guess` is its label */
    double log_probability; /* of the answer, where the options asked for it */
};

/* Give every sentence of a file to `each`, in order; what is no sentence is passed over. The options may not ask for n
 * best answers or given labels. false and ERROR_CORPUS. The calling thread's arithmetic is set as in training. */
bool review_file(const struct trained *trained, const struct constraint *constraint,
                 const struct tagger_options *options, const char *path,
                 void (*each)(void *to, const struct review *r), void *to, struct error *e);

#endif

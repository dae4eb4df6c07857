/* SPDX-License-Identifier: MIT
 *
 * share: which sentences of the training files belong to which part: one fold is held out (lib/data/fold.h), of the
 * others a share is drawn for development, and the rest is trained on. Sentences are counted from the first of all
 * files on, so who reads the files again finds the same ones.
 */
#ifndef ASYNTRAIN_DATA_SHARE_H
#define ASYNTRAIN_DATA_SHARE_H

#include "lib/data/corpus.h"
#include "lib/data/fold.h"

enum share_part {
    SHARE_TRAINED,
    SHARE_DRAWN, /* for development: corpus.dev_fraction */
    SHARE_HELD, /* the fold that is the test part */
    SHARE_ALL /* every sentence: of files that are no training files */
};

struct share {
    enum share_part part;
    double fraction;
    uint64_t seed, index;
    uint64_t most; /* sentences are read, 0: all (corpus.sentences) */
    struct fold fold;
    size_t file; /* the number of the file that is read; set by the reader of the files */
};

/* SHARE_ALL: the corpus is not asked. */
struct share share_of(const struct corpus *corpus, enum share_part part);

/* The next sentence or document; NULL at the end, where no more are to be read, and on a fault as reader_next. */
const struct sentence *share_next(const struct share *share, struct reader *r, struct error *e);

/* Asked once of each sentence that is no document, in order: is it of the part? */
bool share_keep(struct share *share);

#endif

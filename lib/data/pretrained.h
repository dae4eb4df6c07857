/* SPDX-License-Identifier: MIT
 *
 * pretrained: which features begin with a vector from a file (corpus.vectors).
 *
 *     template line U00:%x[0,0]     words of the file     features of the line
 *     training has  the The zyx     the of                the: found   The: found in small letters   zyx: none
 *                                                         of: added at the end of all ids, frequency 0
 *
 * So a word that training has not met but the file has is known when it is met later. A feature that has a vector is
 * kept however rare it is (features.cutoff). With a line of small letters (%X) words of the file with others are of
 * no use.
 */
#ifndef ASYNTRAIN_DATA_PRETRAINED_H
#define ASYNTRAIN_DATA_PRETRAINED_H

#include "lib/data/corpus.h"
#include "lib/data/space.h"
#include "lib/data/vectors.h"

struct pretrained {
    const char *path; /* of the file; borrowed */
    bool unseen; /* add features */
    uint32_t line; /* of the template, … */
    struct span name; /* … whose text it is in */
    struct vectors *vectors;
    uint32_t *row; /* [count]: which of the vectors a feature has, or VOCAB_NONE */
    uint32_t count; /* node features, all of them */
    uint8_t *spare; /* [features before they are pruned]: has it a vector? */
    uint32_t words, columns; /* of the file; numbers of a vector */
    uint32_t features; /* of the line that training has kept; of them … */
    uint32_t found, lowered; /* … have a vector; … of the same word in small letters, among them */
    uint32_t added; /* features more */
    uint32_t twice; /* vectors of words that stood before; of the file, … */
    char first_twice[64]; /* … the first such word, or its beginning */
};

/* In the order of dataset_learn. Which line is it (ERROR_CORPUS: none fits)? */
struct pretrained *pretrained_new(const struct corpus *corpus, const struct template *t, struct error *e);
/* All features of training are there: read the file, and mark what to spare. ERROR_CORPUS, ERROR_IO. */
bool pretrained_read(struct pretrained *p, const struct space *space, struct error *e);
/* They are pruned: add those of words that training has not. */
void pretrained_extend(struct pretrained *p, struct space *space);

/* The vectors have been copied and are not needed any more: counts stay. */
void pretrained_forget(struct pretrained *p);
void pretrained_free(struct pretrained *p);

#endif

/* SPDX-License-Identifier: MIT
 *
 * vectors: a file of words with a vector each, as word2vec (Mikolov et al. 2013), GloVe (Pennington et al. 2014) and
 * fastText (Bojanowski et al. 2017) write them. Which kind it is the file shows:
 *
 *     text, word2vec and fastText .vec    text, GloVe            word2vec's binary
 *     400000 3                            the 0.1 -0.2 3e-2      400000 3\n
 *     the 0.1 -0.2 3e-2                   of 0 .5 1              the␣ 3 floats, little-endian, perhaps \n
 *     …                                   …                      of␣ …
 *
 * All kinds may be gzip. A word is UTF-8; in text it may hold blanks, as the vector is the last numbers of a line. Of a
 * word that stands twice the first vector counts.
 */
#ifndef ASYNTRAIN_DATA_VECTORS_H
#define ASYNTRAIN_DATA_VECTORS_H

#include "lib/base/error.h"
#include "lib/data/vocab.h"

#define VECTORS_COLUMNS 65536 /* numbers of a vector, at most */
#define VECTORS_WORDS (1u << 27) /* of a file, at most */
#define VECTORS_BYTES ((size_t)1 << 30) /* of all words of a file, at most */
#define VECTORS_WORD 4096 /* bytes of a word, at most */

struct vectors {
    struct vocab *words; /* all words of the file, in its order */
    uint32_t columns; /* numbers of a vector */
    uint32_t count; /* vectors that were kept */
    float *row; /* [count][columns] */
    uint32_t *row_of; /* [words] the word's row, or VOCAB_NONE if it was not kept */
    uint32_t twice,
        first_twice; /* vectors passed over, as their word was there before; the first such word */
};

/* Read a file, all of it, and keep the vectors of the words in `only` (NULL: of all). NULL and ERROR_CORPUS,
 * ERROR_IO: a file that cannot be read, has another number of numbers in one place than in another, of words than it
 * says, ends within a vector, is not UTF-8; what is no number, or none that a float holds.
 *
 * How many numbers a vector has the first line says. Where it does not, most lines of the file's beginning do: what
 * counts is how many fields at the end of a line are numbers, besides the first. */
struct vectors *vectors_read(const char *path, const struct vocab *only, struct error *e);
void vectors_free(struct vectors *v);

/* The row of a word, or VOCAB_NONE. */
uint32_t vectors_find(const struct vectors *v, struct span word);

#endif

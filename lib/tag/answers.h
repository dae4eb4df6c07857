/* SPDX-License-Identifier: MIT
 *
 * answers: what is read of a model's labellings. Where the model learns another scheme than the files have
 * (corpus.encode), and in segmented text, where words are read, several labellings mean one answer:
 *
 *     labellings of the model   B-X E-X S-X    I-X E-X S-X    B-X I-X B-X …
 *     the answer of all these   B-X I-X B-X
 *
 * What is read at a token depends on its label and on those beside it: does a chunk begin or end there, does it touch
 * one of its type? So each label is split into states, one for each place in a chunk that it may stand for, and a
 * state has one label that is read. In the chain of the states every labelling is exactly one path. Sums over paths
 * are therefore sums over labellings, and whoever forbids states says what is to be read.
 *
 *     label   E-X                    S-X
 *     states  E-X first  E-X later   S-X first      (first: after an O, say, where IOBES does not allow it)
 *     read    B-X        I-X         B-X
 *
 * Answers are constant once made, and any number of threads may use them.
 */
#ifndef ASYNTRAIN_TAG_ANSWERS_H
#define ASYNTRAIN_TAG_ANSWERS_H

#include "lib/data/space.h"
#include "lib/num/chain.h"

#include <stdbool.h>

#define ANSWERS_NONE UINT32_MAX

/* The place of a token in a chunk; a state outside has none of these. */
enum place { PLACE_INSIDE = 1, PLACE_FIRST = 2, PLACE_LAST = 4, PLACE_TOUCHES = 8 };

struct answers {
    enum scheme file;
    struct encoding *encoding; /* borrowed */
    uint32_t T, S, A; /* labels of the model, states, labels that are read */
    struct span *text; /* [A] these; they live as long as the encoding */
    uint32_t *states; /* [A+1] those of one label that is read: states[a] … states[a+1]-1 */
    uint32_t *label, *read; /* [S] of a state: the model's label, the label that is read */
    uint8_t *place; /* [S] flags of enum place; PLACE_LAST only where the file's scheme tells it */
    uint8_t *starts, *stops; /* [S] may a sentence start or stop there? */
    uint32_t *row,
        *to; /* [S+1], [row[S]] the states that may follow state s, rising: to[row[s]] … to[row[s+1]-1] */
    bool tells_last; /* does the file's scheme mark a chunk's last token? */
};

/* NULL: every labelling is an answer of its own, and none is needed. `space` is borrowed. */
struct answers *answers_new(const struct space *space);
void answers_free(struct answers *a);

/* The states that a labelling goes through, into state[n]. */
void answers_path(const struct answers *a, const uint32_t *y, uint32_t n, uint32_t *state);

/* The chain of the states; one is one thread's scratch. */
struct expansion {
    struct chain chain; /* of S labels, which are states */
    uint32_t *pair; /* [arcs] number of a transition in chain.pairs, or ANSWERS_NONE */
    struct chain_pairs pairs;
    uint32_t *pair_of; /* [pairs.count] number of a pair of states in the model's pairs */
    const struct chain_pairs *source; /* the model's; NULL: it has none */
};
struct expansion *expansion_new(const struct answers *a, uint32_t longest, const struct chain_pairs *pairs);
void expansion_free(struct expansion *x);
/* Lay the model's chain as one of states, with all that is forbidden in it. */
struct chain *expansion_lay(const struct answers *a, struct expansion *x, const struct chain *c);

/* Forbid in a chain of states what is not read as given[n] (labels of a file; those with s NULL are open). Labels
 * have the names of the file, as before corpus.map. Ill-formed ones mean the chunks that lib/data/scheme.h finds in
 * them, where the neighbours are given as well. Returns n, or the first position whose label no state is read as. */
uint32_t answers_give(const struct answers *a, struct chain *states, const struct span *given, uint32_t n);

/* Forbid all states at i that are (or are not) first in a chunk, or word. */
void answers_give_first(const struct answers *a, struct chain *states, uint32_t i, bool first);

#endif

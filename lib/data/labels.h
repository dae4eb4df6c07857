/* SPDX-License-Identifier: MIT
 *
 * labels: the labels of corpus files, each once, with how many tokens bear it and where the first stands; and what is
 * odd about them. Labels that the scheme does not have, that look like another label, or that no rule was meant for,
 * are learned and scored without a fault, so somebody has to say so. One thread at a time.
 */
#ifndef ASYNTRAIN_DATA_LABELS_H
#define ASYNTRAIN_DATA_LABELS_H

#include "lib/data/encoding.h"
#include "lib/data/format.h"
#include "lib/data/vocab.h"

#define LABELS_WORDS 1024 /* what one warning takes, at most; longer ones are cut */

struct label_use {
    uint64_t tokens;
    const char *path; /* of the first; borrowed */
    unsigned long line;
};

struct labels {
    struct vocab *names;
    struct label_use *use; /* [names] */
    size_t capacity;
    uint64_t tokens;
    /* Tokens whose label is one of the scheme, but not there: [0] in the scheme of labels_sentence, [1] in the other
     * of IOB1 and IOB2. `first` is the first of [0], and its label. */
    uint64_t misplaced[2];
    struct label_use first;
    uint32_t first_label;
};

struct labels *labels_new(void);
void labels_free(struct labels *l);

/* One token's label (its number in `names`); all labels of a sentence in column `column`, but for those that are
 * `open`, the text of a label that is left open. */
uint32_t labels_note(struct labels *l, struct span label, const char *path, unsigned long line);
void labels_sentence(struct labels *l, enum scheme scheme, const struct sentence *s, uint32_t column,
                     const char *path, const char *open);

/* Give `say` a line for each kind of odd label: where the first is, how many tokens, and what to do. `option` is what
 * chooses the scheme, "corpus.scheme: " or "--scheme ". */
struct labels_listener {
    void (*say)(void *to, const char *words);
    void *to;
};
void labels_warn(const struct labels *l, enum scheme scheme, const char *option,
                 const struct labels_listener *listener);

/* The same of the rules OLD=NEW of an encoding: those that fit no label of these parts (NULL: a part that is not
 * there), and those that an earlier rule leaves nothing. */
void labels_warn_of_rules(const struct labels *const *part, size_t nparts, const struct encoding *encoding,
                          const char *const *rule, size_t nrules, const struct labels_listener *listener);

/* What to do about one label that the scheme does not have, in words [LABELS_WORDS]. */
void labels_remedy(struct span label, enum scheme scheme, char *words);

#endif

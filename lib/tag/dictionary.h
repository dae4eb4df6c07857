/* SPDX-License-Identifier: MIT
 *
 * dictionary: a user's words, which segmented text must or should keep whole. A file has a word a line; a word with a
 * number behind it is one that should be kept, and the number says how much:
 *
 *     北京大学            must be a word wherever it stands
 *     人工智能 3          should be one: the score of a labelling that has it as a word rises by 3 (nats)
 *     的话 -2             should not
 *
 * Of words that must be kept and overlap, the one that begins further left wins, then the longer one. The weight of a
 * word is shared among its characters: each whose label agrees with the word gives its part of it, since a linear chain
 * looks at one label at a time. Constant once it is loaded: any number of taggers may use one.
 */
#ifndef ASYNTRAIN_TAG_DICTIONARY_H
#define ASYNTRAIN_TAG_DICTIONARY_H

#include "lib/base/error.h"
#include "lib/learn/boundaries.h"

struct dictionary;

/* NULL and ERROR_CORPUS, "file:line: …". */
struct dictionary *dictionary_load(const char *path, struct error *e);
void dictionary_free(struct dictionary *d);

/* Mark in at[n] (lib/learn/boundaries.h) the words that must be kept, over whatever stood there. Character i is
 * cell[i * stride]. A word that a boundary of the input parts is none: kept[i], if `kept` is not NULL, says whether
 * there is one before character i. */
void dictionary_mark(const struct dictionary *d, const struct span *cell, uint32_t stride, uint32_t n,
                     const uint8_t *kept, uint8_t *at);

/* Add to the chain's scores what words that should be kept weigh; `kept` as above. */
void dictionary_weigh(const struct dictionary *d, const struct boundaries *b, const struct span *cell,
                      uint32_t stride, const uint8_t *kept, struct chain *c);

#endif

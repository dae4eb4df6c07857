/* SPDX-License-Identifier: MIT
 *
 * lexicon: a list of words to look for in running text whose tokens are characters (or anything that joined
 * gives words). Searching goes token by token through the prefixes of the list, so it stops where no word goes on.
 */
#ifndef ASYNTRAIN_DATA_LEXICON_H
#define ASYNTRAIN_DATA_LEXICON_H

#include "lib/base/error.h"
#include "lib/data/vocab.h"

#include <stdbool.h>

struct lexicon;

struct lexicon *lexicon_new(void);
void lexicon_free(struct lexicon *l);
void lexicon_add(struct lexicon *l, struct span word); /* one of over 256 bytes is left out: no text has it */
/* A file of words, one or more a line. false and ERROR_CORPUS. */
bool lexicon_load(struct lexicon *l, const char *path, struct error *e);
const struct vocab *lexicon_words(const struct lexicon *l);

/* Of the tokens text[0], text[stride] … (n of them): how many tokens the longest word has that begins at i, that
 * ends at i; and that covers i, with the token's number in it. 0: none. All [n]. Many may search at once. */
struct lexicon_hits {
    uint32_t *from, *to, *cover, *place;
};
/* `dropout`: overlook this share of the words, drawn by `salt` (the sentence's number, say). A model that is trained
 * where every word is in the list trusts it too much; so it meets unknown ones. */
void lexicon_search(const struct lexicon *l, const struct span *text, uint32_t stride, uint32_t n,
                    double dropout, uint64_t salt, const struct lexicon_hits *hits);

#endif

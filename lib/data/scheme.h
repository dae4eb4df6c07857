/* SPDX-License-Identifier: MIT
 *
 * scheme: what label sequences mean. A label of a chunking corpus is PREFIX or PREFIX-TYPE; where chunks
 * begin and end in any sequence, ill-formed ones included, follows the rules that conlleval publishes
 * (Tjong Kim Sang, CoNLL-2000, version 2004-01-26): IOB1, IOB2, IOE1, IOE2 and the brackets [ ]. That includes
 * its reading of E-X B-X, where no chunk ends, and of a prefix that it does not know, which is inside. Labels known
 * to be IOBES, BMES or BILOU are read by rules of their own. Segmentation labels B M E S: characters become words.
 */
#ifndef ASYNTRAIN_DATA_SCHEME_H
#define ASYNTRAIN_DATA_SCHEME_H

#include "lib/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* How labels mark chunks. PLAIN labels mark none. BMES is IOBES with M for I, BILOU is IOBES with L for E and U for S;
 * all with or without types. */
enum scheme { SCHEME_PLAIN, SCHEME_IOB1, SCHEME_IOB2, SCHEME_IOBES, SCHEME_BMES, SCHEME_BILOU };
extern const char *const scheme_names[]; /* "plain", "iob1" … in the order of enum scheme, ended by NULL */

/* A label cut in two at its first dash: "B-NP" is 'B' and "NP"; "O" is 'O' and "". A prefix that is not one
 * byte long is '\0': no rule names it, so it is inside some chunk. The type "0" is "", as in conlleval. */
struct scheme_tag {
    char prefix;
    struct span type; /* borrowed from the label */
};
struct scheme_tag scheme_cut(struct span label);

/* Are two labels one to conlleval: the same prefix and type? "B", "B-" and "B-0" are. */
bool scheme_equal(struct span a, struct span b);

/* Does the scheme mark both ends of a chunk (IOBES, BMES, BILOU)? */
bool scheme_marks_ends(enum scheme scheme);

/* The prefix of token k of a chunk of n tokens. `touches`: the chunk directly follows one of its type. */
char scheme_prefix(enum scheme scheme, uint32_t k, uint32_t n, bool touches);

/* Does the prefix say that its token is the last of a chunk (E, S; L, U)? */
bool scheme_ends_chunk(enum scheme scheme, char prefix);

/* Between two neighbouring tags (O before the first and after the last token of a sentence): does a chunk
 * end after `previous`, does one begin at `tag`? Where the scheme marks both ends: B and S (U) always begin a chunk,
 * I (M) and E (L) do where the chunk before is not open or of another type; E and S always end one; any other prefix
 * is read as I. For all other schemes conlleval's endOfChunk and startOfChunk. */
bool scheme_ends(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag);
bool scheme_begins(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag);

/* Is this a label outside all chunks? May a label of this prefix be the first of a chunk, may it be a later one? */
bool scheme_outside(struct scheme_tag tag);
bool scheme_may_begin(enum scheme scheme, char prefix);
bool scheme_may_continue(enum scheme scheme, char prefix);

/* Is this a label of the scheme: one of its prefixes, and no type after an O? PLAIN knows every label. */
bool scheme_knows(enum scheme scheme, struct scheme_tag tag);

/* What well-formed sequences are: may `tag` follow `previous` (O at the start of a sentence), may a sentence
 * stop after `last`? A tag that the scheme does not know never may; what follows one stands as after O.
 *
 *     PLAIN   anything
 *     IOB1    B-X only after B-X or I-X, where it parts two chunks of one type
 *     IOB2    I-X only after B-X or I-X
 *     IOBES   I-X and E-X after B-X or I-X, and nothing else there; a sentence does not stop there
 *     BMES    the same with M for I
 *     BILOU   the same with L for E */
bool scheme_allows(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag);
bool scheme_stops(enum scheme scheme, struct scheme_tag last);

/* Strict reading: a chunk counts only where its labels are those that the scheme writes for it. (The strict mode of
 * the scorer seqeval.) Every other label is in no chunk.
 *
 *     IOB1    I-X …, or B-X I-X … directly after B-X or I-X; it ends before the first label that is not I-X
 *     IOB2    B-X I-X …, the same end
 *     IOBES   S-X, or B-X I-X … E-X without a gap; BMES and BILOU likewise
 *
 * Does one begin at tag[i] of a sentence of n? Its length, or 0. The scheme is not PLAIN. */
bool scheme_begins_strictly(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag);
uint32_t scheme_strict_chunk(enum scheme scheme, const struct scheme_tag *tag, uint32_t n, uint32_t i);

/* Segmentation: does a word end between characters labelled `previous` and `label`? A boundary stands
 * after E and S and before B and S, so ill-formed sequences have a meaning too. */
bool scheme_word_ends(char previous, char label);

#endif

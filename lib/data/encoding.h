/* SPDX-License-Identifier: MIT
 *
 * encoding: the labels of the files and the labels that a model learns. Chunks may be written in one scheme
 * (corpus.scheme) and learned in another (corpus.encode), and types or tags may be renamed or merged (corpus.map).
 *
 *     file  B-NP I-NP O B-VP     ──encode──>  B-NP E-NP O S-VP   model, iobes
 *     file  B-NP I-NP O B-VP     <──decode──  B-NP E-NP O S-VP   what it answers, however ill-formed
 *
 * Labels pass as they are when both schemes are one and nothing is renamed. Ill-formed labels otherwise mean the
 * chunks that lib/data/scheme.h finds in them.
 */
#ifndef ASYNTRAIN_DATA_ENCODING_H
#define ASYNTRAIN_DATA_ENCODING_H

#include "lib/data/scheme.h"

#include <stddef.h>
#include <stdint.h>

struct encoding;

/* `rule` [nrules] are "OLD=NEW": types of chunks (for plain: labels). OLD may end in * for whatever begins so; the
 * first that fits counts, and what none fits stays. NEW O takes the chunk away. */
struct encoding *encoding_new(enum scheme file, enum scheme model, const char *const *rule, size_t nrules);
void encoding_free(struct encoding *e);

bool encoding_same(const struct encoding *e); /* labels pass as they are */
enum scheme encoding_model(const struct encoding *e);
enum scheme encoding_file(const struct encoding *e);
/* All rules, each with a newline behind it; and an encoding from such a text. */
char *encoding_rules(const struct encoding *e); /* freed by the caller */
struct encoding *encoding_restore(enum scheme file, enum scheme model, const char *rules);

/* The first rule, from number `from` on, that fits this type (for plain: label); how many there are, if none. */
size_t encoding_rule(const struct encoding *e, struct span type, size_t from);

/* n labels of a sentence; label i stands at label[i * stride]. What stands in out[n] afterwards lives as long as the
 * encoding, or is the label itself; out may be label. One thread at a time. Decoding does not undo the rules. */
void encoding_encode(struct encoding *e, const struct span *label, uint32_t stride, uint32_t n,
                     struct span *out);
void encoding_decode(struct encoding *e, const struct span *label, uint32_t n, struct span *out);

/* May a model's label stand for this label of a file, whatever its neighbours are? B-NP for a chunk's first token is
 * B-NP or S-NP in IOBES. */
bool encoding_covers(struct encoding *e, struct span model, struct span file);

#endif

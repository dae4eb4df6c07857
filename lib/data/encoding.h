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
struct encoding *encoding_copy(const struct encoding *e); /* another one of the same schemes and rules */

/* The type as it stands in a label, to which the rules apply: what is behind its first dash, or nothing. */
struct span encoding_type(struct span label);

/* The first rule, from number `from` on, that fits this type (for plain: label); how many there are, if none. */
size_t encoding_rule(const struct encoding *e, struct span type, size_t from);

/* n labels of a sentence; label i stands at label[i * stride]. What stands in out[n] afterwards lives as long as the
 * encoding, or is the label itself; out may be label. One thread at a time. Decoding does not undo the rules. */
void encoding_encode(struct encoding *e, const struct span *label, uint32_t stride, uint32_t n,
                     struct span *out);
void encoding_decode(struct encoding *e, const struct span *label, uint32_t n, struct span *out);

/* The parts of which encoding is made, for whoever reads a model's labels one by one (lib/tag/answers.h).
 *
 * encoding_name: a prefix before the type of `label`, as it is written there. encoding_outside: what a label of
 * scheme `from` outside all chunks is written as. encoding_rename: a label of a file as the rules have it, O where
 * they take its chunk away; its prefix stays. */
struct span encoding_name(struct encoding *e, char prefix, struct span label);
struct span encoding_outside(struct encoding *e, enum scheme from, struct span label);
struct span encoding_rename(struct encoding *e, struct span label);

/* ---- Open labels (lib/data/dataset_open.c), where chunks are turned into another scheme or types are renamed. A
 * labelling of the model agrees with what is given if it is the encoding of a labelling of the file that has the given
 * labels, and where an open label stands any, as long as it is well-formed there. Types are renamed first: two that
 * become one may be one chunk across an open label. */

/* All labels of the model that have the type of a label of a file; how many. */
#define ENCODING_FORMS 4
uint32_t encoding_forms(struct encoding *e, struct span file, struct span out[ENCODING_FORMS]);
bool encoding_typed(const struct encoding *e, struct span file, struct span model); /* is it one of them? */
/* Do two neighbouring labels of the model, well-formed in its scheme and of the types given, agree with those of a
 * file? One that is open is {NULL, 0}. */
bool encoding_follows(const struct encoding *e, struct span before, struct span file,
                      struct span model_before, struct span model);
/* Do the rules make one type of the types of two labels? In IOB1 it is in doubt then where chunks beside open labels
 * part. */
bool encoding_merges(const struct encoding *e, struct span file, struct span other);

#endif

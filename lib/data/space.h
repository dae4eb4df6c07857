/* SPDX-License-Identifier: MIT
 *
 * space: the first door of the data's journey, text becomes integers. Learned once from the training
 * corpus, constant from then on, kept whole in the model file.
 *
 *     cells ──attributes, values──> numbers ──template──> keys (skeleton, value, value…) ──node/edge──> feature ids
 *     label ──encoding──> the model's label ──labels──> 0 … T-1
 *
 * Feature ids are in order of falling frequency in training (ties: first seen first). So "the frequent
 * ones" are always a prefix: 0 … space_frequent(…)-1, and each position's ids stand in rising order.
 */
#ifndef ASYNTRAIN_DATA_SPACE_H
#define ASYNTRAIN_DATA_SPACE_H

#include "lib/data/encoding.h"
#include "lib/data/format.h"
#include "lib/data/lexicon.h"
#include "lib/data/spelling.h"
#include "lib/data/template.h"
#include "lib/data/vocab.h"

#include <stdint.h>

struct pretrained;

struct space {
    const struct format_ops *format;
    struct template *template;
    uint32_t ncolumns; /* of the training corpus, its label column included */
    uint32_t label_column;
    char *open; /* the text of a label that is open (corpus.open); "": none is */
    struct vocab *values; /* every cell a macro can see, and the boundary symbols */
    struct vocab *labels; /* T of them */
    struct vocab *node; /* keys of U features: skeleton and values, as 32-bit numbers */
    struct vocab *edge; /* keys of B features with macros */
    uint32_t *node_frequency, *edge_frequency; /* occurrences in training */
    uint8_t *follows; /* [T][T]: row y', column y: was y' y seen in training? */
    struct vocab *words; /* segmentation: the words of the training corpus; else NULL */
    struct lexicon *lexicon; /* words that features look for; empty where the template does not */
    struct spelling *spelling; /* the characters of words, where a model wants them; else NULL */
    struct encoding *encoding; /* the labels of files and those of the model */
    uint32_t boundary[2][TEMPLATE_REACH]; /* ids of _B-1 …, _B+1 … */
    struct pretrained *pretrained; /* vectors for features (corpus.vectors), in training alone; or NULL */
};

/* Owns template and encoding. `segmentation`: the labels are B M E S, and words are kept. */
struct space *space_new(const struct format_ops *format, struct template *template, struct encoding *encoding,
                        bool segmentation);
void space_free(struct space *s);

/* Is this cell of the label column an open label? `space_mark`: the text that marks one; "?" in a new space. */
bool space_open(const struct space *s, struct span label);
void space_mark(struct space *s, const char *open);

/* All corpora are read: what finds a feature's number is freed, numbers and keys stay. No more text will become
 * features. */
void space_close(struct space *s);

/* How many node features occurred more than `threshold` times: they are the ids 0 … result-1. */
uint32_t space_frequent(const struct space *s, uint32_t threshold);

/* Which template line made a node feature: the line's skeleton. VOCAB_NONE if its key is none (a damaged model
 * file). */
uint32_t space_skeleton(const struct space *s, uint32_t id);

/* Number the boundary symbols; once all of `values` is there. */
void space_boundaries(struct space *s);

/* Training goes on from a model of space `known`: a new, empty space begins with what that one knows, in its order.
 * Labels keep their numbers for good, features until space_prune. Characters to be spelled are not among it. */
void space_go_on(struct space *s, const struct space *known);

/* Drop features seen less than `cutoff` times and renumber the rest by falling frequency. `spare` [node features]:
 * which of them to keep nevertheless; or NULL. Those of `known` (or NULL), which come first, are kept, too; they have
 * been seen as often as there and here together. map_node[old id] and map_edge[old id] become the new id or VOCAB_NONE;
 * both are freed by the caller. */
void space_prune(struct space *s, uint32_t cutoff, const uint8_t *spare, const struct space *known,
                 uint32_t **map_node, uint32_t **map_edge);

#endif

/* SPDX-License-Identifier: MIT
 *
 * corpus: what to read. The room of the configuration's sections `corpus` and `features`.
 */
#ifndef ASYNTRAIN_DATA_CORPUS_H
#define ASYNTRAIN_DATA_CORPUS_H

#include "lib/base/config.h"
#include "lib/data/encoding.h"
#include "lib/data/fold.h"
#include "lib/data/format.h"

#include <stdint.h>

extern const struct key corpus_keys[], features_keys[];

struct space;
struct template;

#define CORPUS_NAMES 16 /* columns that a format names, at most */

enum corpus_task { CORPUS_TAGGING, CORPUS_CHUNKING, CORPUS_SEGMENTATION };

struct corpus {
    const struct format_ops *format; /* of the table, or … */
    struct format_ops variant; /* … a copy with what the configuration chooses of it */
    enum corpus_task task;
    size_t ncolumns; /* named in corpus.columns or by the format, 0: as many as the file has */
    const char *const *columns; /* their names, perhaps in … */
    const char *names[CORPUS_NAMES];
    enum scheme scheme, encode; /* of the labels in the files; of the model's */
    const char *const *map; /* rules for label types: lib/data/encoding.h */
    size_t nmap;
    const char *label; /* name of the label column; "last" without names */
    const char *open; /* the text of a label that is open; "": none is */
    const char *const *train, *const *dev, *const *test; /* paths */
    size_t ntrain, ndev, ntest;
    uint64_t sentences; /* only so many of the training files are read, from the first on; 0: all */
    double dev_fraction; /* of the training sentences, when there is no dev file */
    uint64_t seed; /* which ones */
    struct fold fold; /* one of the training files' folds is the test part */
    const char *template_path; /* "" where the format has features of its own */
    uint32_t cutoff;
    const char *const *words; /* files of words that features look for */
    size_t nwords;
    uint32_t train_words; /* and words that occur so often in training; 0: none */
    double word_dropout; /* share of them that a training sentence overlooks */
    const char *weight_column; /* its numbers are the weights of sentences in training; NULL or "": none is */
    const char *const *label_weights; /* LABEL=NUMBER */
    size_t nlabel_weights;
    const char *vectors; /* file of pre-trained vectors; NULL or "": none */
    const char *vectors_line; /* name of the template line whose features are its words; "": found */
    bool vectors_unseen; /* its words that training has not seen become features, too */
    /* Training goes on from a model (run.from) of this space, borrowed until it is learned; NULL: it begins anew. */
    const struct space *known;
    uint32_t spelling_column; /* which one is spelled (lib/data/spelling.h), … */
    const char *spelling_key; /* … and the key that said so, to be blamed; NULL: none */
    const struct config *config;
};

/* Read both sections; strings stay in `c`, and `corpus` in its place. ERROR_USAGE when keys contradict each other. */
bool corpus_configure(struct corpus *corpus, const struct config *c, struct error *e);

/* Spell the column that an integer key of the configuration names (NULL: none); whether there is such a column is found
 * when the corpus is read. Whoever knows the model knows the key. */
void corpus_spell(struct corpus *corpus, const char *key);

/* What makes the features: the file's, or what stands for the features of the format. NULL and ERROR_CORPUS. */
struct template *corpus_template(const struct corpus *corpus, struct error *e);

struct encoding *corpus_encoding(const struct corpus *corpus);

/* What an entry of corpus.label_weights says; false: it is none. */
bool corpus_label_weight(const char *rule, struct span *label, double *weight);

/* The column of weights, where there is one. */
uint32_t corpus_weight_column(const struct corpus *corpus);

/* Which column of `ncolumns` bears the label. */
uint32_t corpus_label_column(const struct corpus *corpus, uint32_t ncolumns);

#endif

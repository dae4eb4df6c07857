/* SPDX-License-Identifier: MIT
 *
 * corpus: what to read. The room of the configuration's sections `corpus` and `features`.
 */
#ifndef ASYNTRAIN_DATA_CORPUS_H
#define ASYNTRAIN_DATA_CORPUS_H

#include "lib/base/config.h"
#include "lib/data/format.h"
#include "lib/data/scheme.h"

#include <stdint.h>

extern const struct key corpus_keys[], features_keys[];

enum corpus_task { CORPUS_TAGGING, CORPUS_CHUNKING, CORPUS_SEGMENTATION };

struct corpus {
    const struct format_ops *format;
    enum corpus_task task;
    size_t ncolumns; /* named in corpus.columns, 0: as many as the file has */
    const char *const *columns; /* their names */
    const char *label; /* name of the label column; "last" without names */
    const char *const *train, *const *dev, *const *test; /* paths */
    size_t ntrain, ndev, ntest;
    double dev_fraction; /* of the training sentences, when there is no dev file */
    uint64_t seed; /* which ones */
    const char *template_path;
    uint32_t cutoff;
};

/* Read both sections; strings stay in `c`. ERROR_USAGE when keys contradict each other. */
bool corpus_configure(struct corpus *corpus, const struct config *c, struct error *e);

/* Which column of `ncolumns` bears the label. */
uint32_t corpus_label_column(const struct corpus *corpus, uint32_t ncolumns);

/* How its labels mark chunks: by its task. */
enum scheme corpus_scheme(const struct corpus *corpus);

#endif

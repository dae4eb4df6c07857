/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>

/* CRFsuite's feature files, with values and weights. */
FUZZ(crfsuite, bytes, n)
{
    static const char *const kind[] = {"task: tagging", "task: chunking, encode: iobes",
                                       "task: tagging, open: ''"};
    char yaml[16384];
    const char *path = fuzz_file("corpus", bytes, n);
    snprintf(yaml, sizeof yaml,
             "corpus: {format: crfsuite, %s, train: '%s', test: '%s'}\nfeatures: {cutoff: %d}\n", kind[n % 3],
             path, path, n % 5 ? 1 : 2);
    learn_corpora(yaml);
}

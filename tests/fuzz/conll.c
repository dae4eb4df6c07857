/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>

/* Columns, as a corpus of each kind of labels. */
FUZZ(conll, bytes, n)
{
    static const char *const kind[] = {
        "task: chunking",
        "task: chunking, scheme: iob1, encode: bilou",
        "task: chunking, encode: iobes, separator: tab",
        "task: tagging",
    };
    char yaml[16384];
    const char *path = fuzz_file("corpus", bytes, n);
    const char *template =
        fuzz_text("template", "U0:%x[0,0]\nU1:%x[-1,0,suffix:2]/%x[1,0,shape]\nB\nB1:%X[0,0]\n");
    snprintf(yaml, sizeof yaml,
             "corpus: {format: conll, %s, train: '%s', test: '%s'}\nfeatures: {template: '%s', cutoff: %d}\n",
             kind[n % 4], path, path, template, n % 5 ? 1 : 2);
    learn_corpora(yaml);
}

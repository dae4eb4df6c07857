/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>

/* Segmented text, which is its own list of words, too. */
FUZZ(segmented, bytes, n)
{
    char yaml[16384];
    const char *path = fuzz_file("corpus", bytes, n);
    const char *template = fuzz_text("template", "U0:%x[0,0]\nU1:%x[0,0,class]\nU2:%x[0,0,word-from]\n"
                                                 "U3:%x[0,0,length-to]\nB\n");
    snprintf(yaml, sizeof yaml,
             "corpus: {format: segmented, task: segmentation, train: '%s', test: '%s'}\n"
             "features: {template: '%s', words: '%s', train_words: %d}\n",
             path, path, template, path, n % 2 ? 0 : 2);
    learn_corpora(yaml);
}

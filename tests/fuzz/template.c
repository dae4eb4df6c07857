/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>

/* A template is read, and its features are made of a few odd sentences. */
FUZZ(template, bytes, n)
{
    static const char corpus[] = "The DT B\nold-Fashioned JJ I\n3.14 CD I\n\xC3\x89t\xC3\xA9 NN O\n\n"
                                 "\xE4\xB8\xAD NN B\na DT O\na b O\n\n. . O\n";
    char yaml[16384];
    const char *path = fuzz_text("corpus", corpus), *template = fuzz_file("template", bytes, n);
    snprintf(yaml, sizeof yaml,
             "corpus: {format: conll, task: tagging, train: '%s', test: '%s'}\n"
             "features: {template: '%s', words: '%s'}\n",
             path, path, template, path);
    learn_corpora(yaml);
}

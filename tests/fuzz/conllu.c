/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>

/* CoNLL-U, with labels from a column of its own, from one that may be unspecified, and from MISC. */
FUZZ(conllu, bytes, n)
{
    static const char *const label[] = {"upos", "xpos", "misc.SpaceAfter"};
    char yaml[16384];
    const char *path = fuzz_file("corpus", bytes, n);
    const char *template = fuzz_text("template", "U0:%x[0,1]\nU1:%x[-1,2]/%x[1,1,prefix:2]\nB\n");
    snprintf(yaml, sizeof yaml,
             "corpus: {format: conllu, task: tagging, label: %s, train: '%s', test: '%s'}\n"
             "features: {template: '%s'}\n",
             label[n % 3], path, path, template);
    learn_corpora(yaml);
}

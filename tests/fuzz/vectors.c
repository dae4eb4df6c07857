/* SPDX-License-Identifier: MIT */
#include "lib/data/vectors.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void judge(const struct vectors *v)
{
    for (size_t k = 0; k < (size_t)v->count * v->columns; k++)
        if (!isfinite(v->row[k]))
            abort();
    for (uint32_t id = 0; id < vocab_count(v->words); id++) {
        uint32_t row = vectors_find(v, vocab_text(v->words, id));
        if (row != v->row_of[id] || (row != VOCAB_NONE && row >= v->count))
            abort();
    }
}

/* Vectors for words are read, all of them, and those for a corpus. */
FUZZ(vectors, bytes, n)
{
    struct error e = {0};
    const char *path = fuzz_file("vectors", bytes, n);
    struct vectors *v = vectors_read(path, NULL, &e);
    if (v)
        judge(v);
    vectors_free(v);
    char yaml[16384];
    const char *corpus = fuzz_text("corpus", "the DT\nThe DT\nof IN\n\nNew NNP\n1 CD\n");
    const char *template = fuzz_text("template", "U0:%x[0,0]\nU1:%x[0,1]\n");
    snprintf(yaml, sizeof yaml,
             "corpus: {format: conll, task: tagging, train: '%s', test: '%s', vectors: '%s'}\n"
             "features: {template: '%s'}\nmodel: {name: bilstm}\n",
             corpus, corpus, path, template);
    learn_corpora(yaml);
}

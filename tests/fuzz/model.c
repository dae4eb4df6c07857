/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"
#include "lib/api/asyntrain.h"
#include "lib/base/memory.h"
#include "lib/tag/filter.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 16 /* of an input; models of more columns are opened only */

/* A few sentences with as many columns as the model's corpus has. */
static const char *input(const struct trained *t)
{
    static const char *const word[] = {"The",  "old", "\xE4\xB8\xAD\xE5\x9B\xBD", "3.14", "?", "O",
                                       "B-NP", "x"};
    if (t->space->format == &format_segmented)
        return fuzz_text("input", "\xE4\xB8\xAD\xE5\x9B\xBD \xE4\xBA\xBA ab12\n\n\xE4\xBA\xBA\n");
    struct text_buffer b = {0};
    for (uint32_t i = 0; i < 9; i++) {
        for (uint32_t c = 0; c < t->space->ncolumns && i % 5 != 4; c++) {
            text_append(&b, span_of(c ? "\t" : ""));
            text_append(&b, span_of(word[(i + 3 * c) % (sizeof word / sizeof *word)]));
        }
        text_append(&b, span_of("\n"));
    }
    const char *path = fuzz_file("input", b.bytes, b.length);
    memory_free(b.bytes);
    return path;
}

static void answer(const struct trained *t, const struct tagger_options *options,
                   struct constraint *constraint)
{
    struct error e = {0};
    struct filter f = {.out = stdout, .trained = t, .constraint = constraint, .options = *options};
    f.in = reader_open(t->space->format, input(t), &e);
    if (f.in)
        filter_run(&f, &e);
    reader_close(f.in);
}

/* Open a model and tag with it, in each way. */
static void use(const char *path)
{
    struct error e = {0};
    struct trained *t = setup_trained(path, &e);
    struct constraint *constraint = NULL;
    if (t && t->space->ncolumns <= COLUMNS_MOST && setup_decode(t, "scheme", &constraint, &e)) {
        struct tagger_options options = {.nbest = 0};
        answer(t, &options, NULL);
        if (trained_known(t, false, NULL, &options, &e) && setup_whole(t, NULL, &options.whole, &e)) {
            options.nbest = 3, options.probability = options.marginals = options.candidates = true;
            answer(t, &options, constraint);
        }
    }
    constraint_free(constraint);
    trained_free(t);
    fflush(stdout);
}

/* The same through the library: whatever the bytes are, it returns. */
static void use_library(const void *bytes, size_t n)
{
    struct asyntrain_options options = ASYNTRAIN_OPTIONS;
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    const char *answer, *cells[COLUMNS_MOST];
    if (asyntrain_open_memory(bytes, n, &model, NULL))
        return;
    options.nbest = 2, options.candidates = 1;
    for (size_t c = 0; c < COLUMNS_MOST; c++)
        cells[c] = "B";
    if (!asyntrain_tagger_new(model, &options, &tagger, NULL)) {
        asyntrain_tag_text(tagger, "a b\n", 4, &answer, NULL, NULL);
        if (asyntrain_columns(model) <= COLUMNS_MOST)
            asyntrain_tag(tagger, cells, 1, asyntrain_columns(model), NULL);
    }
    asyntrain_tagger_free(tagger);
    asyntrain_close(model);
}

/* A model file, as it is and with right checksums. */
FUZZ_WITH(model, pieces_mutate, bytes, n)
{
    use(fuzz_file("model", bytes, n));
    use_library(bytes, n);
    const char *path = pieces_sign(bytes, n, "signed");
    if (path)
        use(path);
}

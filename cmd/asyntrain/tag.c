/* SPDX-License-Identifier: MIT
 *
 * tag: the options of the filter that answers (lib/tag/filter.h), from standard input or a file to standard output.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/learn/decode.h"
#include "lib/tag/filter.h"

#include <stdio.h>
#include <string.h>

#define NBEST 1000 /* answers to a sentence, at most */

enum { NBEST_OPTION, MARGINALS, PROBABILITIES, GIVEN, DECODE, WHOLE, BLANKS, DICTIONARY, THREADS };
static const struct option options[] = {
    [NBEST_OPTION] = {"--nbest", "N",
                      "give the N best answers, each after its rank and probability; score cannot read them"},
    [MARGINALS] = {"--marginals", NULL,
                   "add the probability of each label, in a last column; score cannot read it"},
    [PROBABILITIES] =
        {"--probabilities", NULL,
         "add all labels of each token, LABEL:PROBABILITY, in further columns; score cannot read them"},
    [GIVEN] = {"--given", NULL, "keep the labels of the input ('?' is an open one), or its word boundaries"},
    [DECODE] = {"--decode", DECODE_CHOICES, "instead of the model's run.decode"},
    [WHOLE] = {"--whole", "none|letters|digits|both", "instead of the model's run.whole"},
    [BLANKS] = {"--blanks", "keep|drop",
                "segmented: word boundaries of the input, instead of the model's run.blanks"},
    [DICTIONARY] =
        {"--dictionary", "FILE",
         "segmented: words to keep whole, one a line; with a number behind it, one that should be kept"},
    [THREADS] = {"--threads", "N", "threads that answer (default: 1); the output is the same"},
    {NULL, NULL, NULL},
};

static void run(struct filter *f, struct error *e)
{
    if ((!filter_run(f, e) || f->fault) && !e->kind)
        verb_flush(f->fault, e); /* says why it could not be written */
    setup_output_end();
    if (f->unproven) {
        fflush(stdout);
        text_say(stderr,
                 "warning: %lu sentence%s (first %s:%lu) with so many answers of almost the same probability "
                 "that a "
                 "better one may be missing among the %u best; train the model further, or tag with --decode "
                 "scheme",
                 f->unproven, text_s(f->unproven), stream_name(f->in->stream), f->unproven_line,
                 f->options.nbest);
    }
}

static bool set_known(struct filter *f, bool given, const char *blanks, struct error *e)
{
    if (trained_known(f->trained, given, blanks, &f->options, e))
        return true;
    return error_set(e, ERROR_USAGE, "option --blanks goes with models of format segmented; leave it out");
}

static int tag(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long wanted = 0;
    const char *path = argc > 1 ? argv[1] : "-";
    uint32_t threads;
    if (!setup_threads(values[THREADS], 1, &threads, &e) ||
        !setup_number("--nbest", values[NBEST_OPTION], 1, NBEST, &wanted, &e))
        return verb_fail(&e);
    struct trained *trained = setup_trained(argv[0], &e);
    struct constraint *constraint = NULL;
    struct dictionary *dictionary = NULL;
    struct filter f = {
        .out = setup_output(),
        .trained = trained,
        .threads = threads,
        .options = {.nbest = (uint32_t)wanted,
                    .probability = wanted || values[MARGINALS] || values[PROBABILITIES],
                    .marginals = values[MARGINALS],
                    .candidates = values[PROBABILITIES]},
    };
    if (trained && trained_dictionary(trained, values[DICTIONARY], &dictionary, &e) &&
        setup_decode(trained, values[DECODE], &constraint, &e) &&
        setup_whole(trained, values[WHOLE], &f.options.whole, &e) &&
        set_known(&f, values[GIVEN], values[BLANKS], &e))
        f.in = reader_open(trained->space->format, path, &e);
    f.constraint = constraint;
    f.options.dictionary = dictionary;
    if (f.in)
        setup_terminal(path, trained->space->format->lines
                                 ? "sentences, one a line,"
                                 : "sentences, one token a line and a blank line after each,");
    if (f.in)
        run(&f, &e);
    reader_close(f.in);
    constraint_free(constraint);
    dictionary_free(dictionary);
    trained_free(trained);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_tag = {
    .name = "tag",
    .summary = "label a file, or standard input as it comes",
    .operands = "RUN [FILE]",
    .example = "asyntrain tag RUN corpora/chunk-test.conll >answers.conll",
    .group = VERB_MODEL,
    .least = 1,
    .most = 2,
    .options = options,
    .run = tag,
};

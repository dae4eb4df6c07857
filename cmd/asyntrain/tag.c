/* SPDX-License-Identifier: MIT
 *
 * tag: a filter. Each sentence is answered as soon as it is complete; output is flushed whenever the input
 * may make us wait.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/num/kernel.h"
#include "lib/tag/tagger.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NBEST 1000 /* answers to a sentence, at most */

enum { NBEST_OPTION, MARGINALS, PROBABILITIES, GIVEN, DECODE, WHOLE, BLANKS };
const struct option tag_options[] = {
    [NBEST_OPTION] = {"--nbest", "N",
                      "give the N best answers, each after its rank and probability; score cannot read them"},
    [MARGINALS] = {"--marginals", NULL,
                   "add the probability of each label, in a last column; score cannot read it"},
    [PROBABILITIES] =
        {"--probabilities", NULL,
         "add all labels of each token, LABEL:PROBABILITY, in further columns; score cannot read them"},
    [GIVEN] = {"--given", NULL, "keep the labels of the input ('?' is an open one), or its word boundaries"},
    [DECODE] = {"--decode", "HOW", "free, scheme or seen, instead of the model's run.decode"},
    [WHOLE] = {"--whole", "RUNS", "none, letters, digits or both, instead of the model's run.whole"},
    [BLANKS] =
        {"--blanks", "HOW",
         "segmented: keep or drop the word boundaries of the input, instead of the model's run.blanks"},
    {NULL, NULL, NULL},
};

struct filter {
    const struct trained *trained;
    struct constraint *constraint; /* or NULL */
    struct reader *reader;
    struct tagger_options options;
    struct tagger *tagger;
    unsigned long line; /* lines of the input that are answered */
    unsigned long unproven,
        unproven_line; /* sentences whose n best may not be the best; the first one's line */
};

/* Blank lines of the input are answered with empty ones: line k answers line k. */
static void answer_empty(struct filter *t, unsigned long end)
{
    for (; t->line < end; t->line++)
        putchar('\n');
}

/* A probability, and where it is none that a number shows, its logarithm beside it. */
static void print_probability(double log_p)
{
    double p = exp(log_p);
    printf("%.6g", p < DBL_MIN ? 0 : p);
    if (p < DBL_MIN)
        printf(" %.6g", log_p);
}

static void answer_one(struct filter *t, const struct sentence *s, uint32_t rank)
{
    const struct format_ops *format = t->trained->space->format;
    double log_p;
    const struct answer *a = tagger_answer(t->tagger, rank, &log_p);
    if (t->options.probability) {
        /* rank and probability stand in a line of their own before a sentence in columns, else before it */
        bool columns = t->options.marginals || t->options.candidates || !format->lines;
        printf(columns ? "# %u " : "%u\t", rank + 1);
        print_probability(log_p);
        putchar(columns ? '\n' : '\t');
    }
    format->write(s, a, stdout);
}

static void answer(struct filter *t, const struct sentence *s)
{
    answer_empty(t, s->first - 1);
    for (uint32_t rank = 0; rank < tagger_count(t->tagger); rank++) {
        if (rank > 0 && s->joined)
            putchar('\n'); /* answers to one sentence are apart, whatever ends it */
        answer_one(t, s, rank);
    }
    t->line = s->last;
    if (!tagger_proven(t->tagger) && t->unproven++ == 0)
        t->unproven_line = s->line;
}

/* What is no sentence comes back as it is, in columns with as many more as tokens get: the label of its own label
 * column, else O, and the probability 1. */
static void answer_document(struct filter *t, const struct sentence *s)
{
    const struct space *space = t->trained->space;
    static const double certain = 1;
    struct candidate only = {span_of("O"), certain};
    if (s->n && s->ncolumns == space->ncolumns && s->cell[space->label_column].n)
        only.label = s->cell[space->label_column];
    struct answer a = {.label = &only.label,
                       .marginal = t->options.marginals ? &certain : NULL,
                       .candidate = t->options.candidates ? &only : NULL,
                       .ncandidates = 1,
                       .label_column = space->label_column};
    answer_empty(t, s->first - 1);
    space->format->write(s, &a, stdout);
    t->line = s->last;
}

static bool tag(struct filter *t, struct error *e)
{
    struct reader *r = t->reader;
    const char *name = stream_name(r->stream);
    const struct sentence *s;
    while ((s = reader_next(r, e))) {
        if (s->document) {
            answer_document(t, s);
            continue;
        }
        if (!tagger_run(t->tagger, s, name, e))
            return false;
        answer(t, s);
        if (ferror(stdout))
            return verb_flush(e);
    }
    if (e->kind)
        return false;
    answer_empty(t, stream_number(r->stream));
    return true;
}

/* Before the input may make us wait, everything it has asked so far is answered. */
static void flush(void *argument)
{
    struct filter *t = argument;
    answer_empty(t, t->reader->blank);
    fflush(stdout);
}

static void run(struct filter *t, struct error *e)
{
    const struct trained *trained = t->trained;
    t->tagger = tagger_new(trained->model, trained->w, trained->space, t->constraint, &t->options);
    kernel_thread_begin();
    stream_before_read(t->reader->stream, flush, t);
    tag(t, e);
    tagger_free(t->tagger);
    if (t->unproven) {
        fflush(stdout);
        fprintf(stderr,
                "warning: %lu sentence%s (first %s:%lu) with so many answers of almost the same probability "
                "that a "
                "better one may be missing among the %u best; train the model further, or tag with --decode "
                "scheme\n",
                t->unproven, t->unproven == 1 ? "" : "s", stream_name(t->reader->stream), t->unproven_line,
                t->options.nbest);
    }
}

/* What is known of the input: labels, or in segmented text word boundaries. */
static bool set_known(struct filter *t, bool given, const char *blanks, struct error *e)
{
    const bool segmented = t->trained->space->format == &format_segmented;
    const char *how = blanks ? blanks : config_string(t->trained->config, "run.blanks");
    if (blanks && strcmp(blanks, "keep") != 0 && strcmp(blanks, "drop") != 0)
        return error_set(e, ERROR_USAGE, "option --blanks: '%s' is neither keep nor drop", blanks);
    if (blanks && !segmented)
        return error_set(e, ERROR_USAGE,
                         "option --blanks goes with models of format segmented; leave it out");
    t->options.labels = given && !segmented;
    t->options.boundaries = given && segmented;
    t->options.blanks = !given && segmented && strcmp(how, "keep") == 0;
    return true;
}

int verb_tag(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long wanted = 0;
    if (values[NBEST_OPTION] &&
        (!text_integer(span_of(values[NBEST_OPTION]), &wanted) || wanted < 1 || wanted > NBEST)) {
        error_set(&e, ERROR_USAGE, "option --nbest: '%s' is no number from 1 to %d", values[NBEST_OPTION],
                  NBEST);
        return verb_fail(&e);
    }
    struct trained *trained = setup_trained(argv[0], &e);
    struct filter t = {
        .trained = trained,
        .options = {.nbest = (uint32_t)wanted,
                    .probability = wanted || values[MARGINALS] || values[PROBABILITIES],
                    .marginals = values[MARGINALS],
                    .candidates = values[PROBABILITIES]},
    };
    if (trained && setup_decode(trained, values[DECODE], &t.constraint, &e) &&
        setup_whole(trained, values[WHOLE], &t.options.whole, &e) &&
        set_known(&t, values[GIVEN], values[BLANKS], &e))
        t.reader = reader_open(trained->space->format, argc > 1 ? argv[1] : "-", &e);
    if (t.reader)
        run(&t, &e);
    reader_close(t.reader);
    constraint_free(t.constraint);
    setup_trained_free(trained);
    return e.kind ? verb_fail(&e) : 0;
}

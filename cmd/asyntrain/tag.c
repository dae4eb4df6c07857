/* SPDX-License-Identifier: MIT
 *
 * tag: a filter. Each sentence is answered as soon as it is complete; output is flushed whenever the input
 * may make us wait.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/num/kernel.h"
#include "lib/num/nbest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NBEST 1000 /* labellings of a sentence, at most */

enum { NBEST_OPTION, MARGINALS, GIVEN, DECODE, WHOLE, BLANKS };
const struct option tag_options[] = {
    [NBEST_OPTION] = {"--nbest", "N",
                      "the N best labellings, each after its rank and probability; not for score"},
    [MARGINALS] = {"--marginals", NULL, "with each label its probability, in a last column; not for score"},
    [GIVEN] = {"--given", NULL,
               "keep the labels that the input has ('?' is an open one), or its word boundaries"},
    [DECODE] = {"--decode", "HOW", "free, scheme or seen, instead of the model's run.decode"},
    [WHOLE] = {"--whole", "RUNS", "none, letters, digits or both, instead of the model's run.whole"},
    [BLANKS] =
        {"--blanks", "HOW",
         "segmented: keep or drop the word boundaries of the input, instead of the model's run.blanks"},
    {NULL, NULL, NULL},
};

struct tagger {
    const struct trained *trained;
    const struct kernel *kernel;
    struct constraint *constraint; /* or NULL */
    struct reader *reader;
    struct dataset *d; /* one sentence */
    void *scratch;
    uint32_t *y; /* [longest] */
    struct span *label; /* [longest] */
    struct extent longest;
    unsigned long line; /* lines of the input that are answered */
    bool marginals, given;
    enum whole whole;
    bool blanks; /* those of a segmented input stay */
    struct boundaries *boundaries; /* segmentation, where some may be known; else NULL, … */
    uint8_t *at; /* … [longest] what is known of the sentence's */
    uint32_t wanted; /* labellings, with their probabilities; 0: the best, without */
    struct nbest *nbest; /* where wanted */
    double *marginal; /* [longest] */
};

static void free_room(struct tagger *t)
{
    t->trained->model->ops->scratch_free(t->scratch);
    nbest_free(t->nbest);
    memory_free(t->y);
    memory_free(t->label);
    memory_free(t->marginal);
    memory_free(t->at);
}

static void make_room(struct tagger *t, struct extent longest)
{
    const struct model *m = t->trained->model;
    t->longest = longest;
    t->scratch = m->ops->scratch_new(m, longest);
    uint32_t n = longest.tokens;
    t->y = memory_new(n, sizeof *t->y);
    t->label = memory_new(n, sizeof *t->label);
    t->marginal = memory_new(n, sizeof *t->marginal);
    t->at = memory_new(n, 1);
    if (t->wanted)
        t->nbest = nbest_new(t->wanted, vocab_count(t->trained->space->labels), n);
}

static struct chain *lay(struct tagger *t)
{
    const struct model *m = t->trained->model;
    const struct weights w = {.w = t->trained->w, .scale = 1};
    /* the chain is the scratch's, nothing points at w: */
    // cppcheck-suppress returnDanglingLifetime
    struct chain *c = m->ops->lay(m, &w, &t->d->example[0], t->scratch);
    if (t->boundaries)
        boundaries_lay(t->boundaries, t->at, c);
    return c;
}

/* What is known of the sentence's word boundaries before it is decoded. */
static void know_boundaries(struct tagger *t, const struct sentence *s)
{
    if (!t->boundaries)
        return;
    boundaries_runs(t->whole, s->cell, s->ncolumns, s->n, t->at);
    if (t->blanks)
        boundaries_cut(s->cell + 1, s->ncolumns, s->n, t->at);
}

/* Word boundaries of a segmented input stay: before one a word ends, after it one begins. Where words of one
 * character were never seen, the model may have no label between two. */
static bool give_boundaries(const struct tagger *t, const struct sentence *s, struct chain *c,
                            struct error *e)
{
    uint32_t i = boundaries_lay(t->boundaries, t->at, c);
    const struct span *cell = &s->cell[(size_t)i * s->ncolumns];
    return i == s->n ||
           error_set(e, ERROR_CORPUS,
                     "%s:%lu: the model has no label for character %u, '%.*s', with the boundaries given "
                     "around it; take one away, or train on words of that length",
                     stream_name(t->reader->stream), s->line, i + 1, (int)cell->n, cell->s);
}

/* Keep the labels that may stand for a label of the file; false if none does. */
static bool give_label(const struct space *space, uint32_t i, struct span label, struct chain *c)
{
    bool any = false;
    for (uint32_t y = 0; y < c->T; y++)
        any = encoding_covers(space->encoding, vocab_text(space->labels, y), label) || any;
    for (uint32_t y = 0; any && y < c->T; y++)
        if (!encoding_covers(space->encoding, vocab_text(space->labels, y), label))
            constraint_forbid(c, i, y);
    return any;
}

static bool give_labels(const struct tagger *t, const struct sentence *s, struct chain *c, struct error *e)
{
    const struct space *space = t->trained->space;
    for (uint32_t i = 0; i < s->n; i++) {
        struct span label = s->cell[(size_t)i * s->ncolumns + space->label_column];
        if (!span_is(label, "?") && !give_label(space, i, label, c))
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: label '%.*s' is not one of the model's; give one that the training corpus has, or ? "
                "where the label is open",
                stream_name(t->reader->stream), sentence_line(s, i), text_shown(label, 100), label.s);
    }
    return true;
}

/* No labelling is allowed: where does the shortest beginning end that has none? */
static bool contradiction(const struct tagger *t, const struct sentence *s, struct chain *c, struct error *e)
{
    uint32_t good = 0, bad = s->n;
    while (bad - good > 1) {
        c->n = good + (bad - good) / 2;
        *(constraint_met(chain_viterbi(t->kernel, c, t->y)) ? &good : &bad) = c->n;
    }
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: the labels given up to here break the rules on which label may follow which; "
                     "correct them, or let labels follow freely: --decode free",
                     stream_name(t->reader->stream), sentence_line(s, bad - 1));
}

/* How many labellings there are of those wanted; a single one without more stands in t->y. */
static uint32_t search(struct tagger *t, struct chain *c)
{
    return t->wanted ? nbest_run(t->nbest, c) : constraint_met(chain_viterbi(t->kernel, c, t->y));
}

/* The chain of the sentence, decoded; `*count` labellings. NULL and ERROR_CORPUS. */
static struct chain *decode(struct tagger *t, const struct sentence *s, uint32_t *count, struct error *e)
{
    struct extent need = t->d->longest, *have = &t->longest;
    if (need.tokens > have->tokens || need.characters > have->characters) {
        free_room(t);
        if (need.tokens > have->tokens)
            have->tokens = need.tokens + need.tokens / 2; /* more than needed, so that growing is rare */
        if (need.characters > have->characters)
            have->characters = need.characters + need.characters / 2;
        make_room(t, *have);
    }
    know_boundaries(t, s);
    struct chain *c = lay(t);
    bool boundaries = t->trained->space->format == &format_segmented;
    if (t->given && !(boundaries ? give_boundaries(t, s, c, e) : give_labels(t, s, c, e)))
        return NULL;
    if (t->constraint)
        constraint_lay(t->constraint, c);
    *count = search(t, c);
    if (*count || !t->constraint)
        return c;
    if (t->given) {
        contradiction(t, s, c, e);
        return NULL;
    }
    c = lay(t); /* as in lib/train/decode.h: no labelling of this length is allowed */
    *count = search(t, c);
    return c;
}

/* Blank lines of the input are answered with empty ones: line k answers line k. */
static void answer_empty(struct tagger *t, unsigned long end)
{
    for (; t->line < end; t->line++)
        putchar('\n');
}

static void answer_one(struct tagger *t, const struct sentence *s, const struct chain *c)
{
    const struct space *space = t->trained->space;
    for (uint32_t i = 0; i < s->n; i++) {
        t->label[i] = vocab_text(space->labels, t->y[i]);
        if (t->marginals)
            t->marginal[i] = (double)c->marginal[(size_t)i * c->stride + t->y[i]];
    }
    encoding_decode(space->encoding, t->label, s->n, t->label);
    if (t->boundaries)
        boundaries_mend(t->at, s->n, t->label);
    struct answer a = {t->label, t->marginals ? t->marginal : NULL, space->label_column};
    space->format->write(s, &a, stdout);
}

/* Rank and probability stand in a line of their own before a sentence in columns, else before it. */
static void answer_all(struct tagger *t, const struct sentence *s, struct chain *c, uint32_t count)
{
    bool columns = t->marginals || !t->trained->space->format->lines;
    double log_z = chain_posterior(t->kernel, c);
    for (uint32_t rank = 0; rank < count; rank++) {
        double p = exp(nbest_path(t->nbest, rank, t->y) - log_z);
        printf(columns ? "# %u %.6g\n" : "%u\t%.6g\t", rank + 1, p < 1 ? p : 1); /* log Z is rounded */
        answer_one(t, s, c);
    }
}

static void answer(struct tagger *t, const struct sentence *s, struct chain *c, uint32_t count)
{
    answer_empty(t, s->first - 1);
    if (t->wanted)
        answer_all(t, s, c, count);
    else
        answer_one(t, s, c);
    t->line = s->last;
}

/* What is no sentence comes back as it is, in columns with as many more as tokens get: the label of its own label
 * column, else O, and the probability 1. */
static void answer_document(struct tagger *t, const struct sentence *s)
{
    const struct space *space = t->trained->space;
    static const double certain = 1;
    struct span label = span_of("O");
    if (s->n && s->ncolumns == space->ncolumns)
        label = s->cell[space->label_column];
    struct answer a = {&label, t->marginals ? &certain : NULL, space->label_column};
    answer_empty(t, s->first - 1);
    space->format->write(s, &a, stdout);
    t->line = s->last;
}

static bool tag(struct tagger *t, struct error *e)
{
    const struct space *space = t->trained->space;
    struct reader *r = t->reader;
    const char *name = stream_name(r->stream);
    const struct sentence *s;
    while ((s = reader_next(r, e))) {
        if (s->document) {
            answer_document(t, s);
            continue;
        }
        bool labelled = t->given || s->ncolumns == space->ncolumns;
        uint32_t count;
        dataset_clear(t->d);
        if (!dataset_append(t->d, space, s, labelled, name, e))
            return false;
        dataset_seal(t->d);
        struct chain *c = decode(t, s, &count, e);
        if (!c)
            return false;
        answer(t, s, c, count);
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
    struct tagger *t = argument;
    answer_empty(t, t->reader->blank);
    fflush(stdout);
}

/* Are the blanks of the input boundaries? Are there any, or runs to be kept whole? */
static bool set_blanks(struct tagger *t, const char *option, struct error *e)
{
    const struct space *space = t->trained->space;
    bool segmented = space->format == &format_segmented;
    const char *how = option ? option : config_string(t->trained->config, "run.blanks");
    if (option && strcmp(option, "keep") != 0 && strcmp(option, "drop") != 0)
        return error_set(e, ERROR_USAGE, "option --blanks: '%s' is neither keep nor drop", option);
    if (option && !segmented)
        return error_set(e, ERROR_USAGE,
                         "option --blanks goes with models of format segmented; leave it out");
    t->blanks = segmented && (t->given || strcmp(how, "keep") == 0);
    if (t->blanks || t->whole != WHOLE_NONE)
        t->boundaries = boundaries_new(space->labels, encoding_model(space->encoding));
    return true;
}

int verb_tag(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long wanted = values[MARGINALS] ? 1 : 0;
    if (values[NBEST_OPTION] &&
        (!text_integer(span_of(values[NBEST_OPTION]), &wanted) || wanted < 1 || wanted > NBEST)) {
        error_set(&e, ERROR_USAGE, "option --nbest: '%s' is no number from 1 to %d", values[NBEST_OPTION],
                  NBEST);
        return verb_fail(&e);
    }
    struct trained *trained = setup_trained(argv[0], &e);
    struct tagger t = {.trained = trained,
                       .kernel = kernel_get(),
                       .marginals = values[MARGINALS],
                       .given = values[GIVEN],
                       .wanted = (uint32_t)wanted};
    if (trained && setup_decode(trained, values[DECODE], &t.constraint, &e) &&
        setup_whole(trained, values[WHOLE], &t.whole, &e) && set_blanks(&t, values[BLANKS], &e))
        t.reader = reader_open(trained->space->format, argc > 1 ? argv[1] : "-", &e);
    if (t.reader) {
        t.d = dataset_new();
        make_room(&t, (struct extent){256, t.trained->space->spelling ? 2048 : 0});
        kernel_thread_begin();
        stream_before_read(t.reader->stream, flush, &t);
        tag(&t, &e);
        free_room(&t);
        dataset_free(t.d);
    }
    reader_close(t.reader);
    constraint_free(t.constraint);
    boundaries_free(t.boundaries);
    setup_trained_free(trained);
    return e.kind ? verb_fail(&e) : 0;
}

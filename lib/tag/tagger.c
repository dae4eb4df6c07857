/* SPDX-License-Identifier: MIT */
#include "lib/tag/tagger.h"

#include "lib/base/memory.h"
#include "lib/learn/model.h"
#include "lib/num/kernel.h"
#include "lib/num/nbest.h"
#include "lib/tag/ranking.h"

#include <stdlib.h>
#include <string.h>

struct tagger {
    const struct model *model;
    const real *w;
    const struct space *space; /* `own` */
    struct space
        own; /* the model's, but for an encoding of this tagger alone, which changes while it answers */
    const struct constraint *constraint;
    struct tagger_options options;
    const struct kernel *kernel;
    struct answers *answers; /* NULL: every labelling is one */
    struct boundaries *runs; /* where runs or words of a dictionary are kept whole; else NULL */
    struct dataset *d; /* one sentence */
    struct capacity longest;
    void *scratch;
    /* of the last run */
    struct chain *chain; /* the model's, or that of the states */
    bool expanded; /* the latter */
    uint32_t count;
    double log_z, score; /* score: of the only answer, where no n best were asked for */
    const uint8_t *parted; /* … that, or NULL: none stays */
    bool mend; /* the model has no labels for the boundaries that stay: the answer gets them */
    /* [longest] */
    uint8_t *at; /* what is known of boundaries */
    uint8_t *kept; /* does one of the input stay before a character? … */
    uint32_t *y; /* labels; states where the chain is expanded */
    uint32_t *read; /* numbers in answers.text */
    struct span *label;
    double *marginal;
    struct candidate *candidate; /* [longest][labels that are read] */
    struct nbest *nbest; /* where every labelling is an answer, … */
    struct ranking *ranking; /* … and else */
    struct expansion *expansion;
    struct answer answer;
};

static bool probabilities(const struct tagger *t)
{
    return t->options.nbest || t->options.probability || t->options.marginals || t->options.candidates;
}

/* How many labels may be read. */
static uint32_t readings(const struct tagger *t)
{
    return t->answers ? t->answers->A : vocab_count(t->space->labels);
}

static void free_room(struct tagger *t)
{
    t->model->ops->scratch_free(t->scratch);
    nbest_free(t->nbest);
    expansion_free(t->expansion);
    t->nbest = NULL;
    t->expansion = NULL;
    memory_free(t->at);
    memory_free(t->kept);
    memory_free(t->y);
    memory_free(t->read);
    memory_free(t->label);
    memory_free(t->marginal);
    memory_free(t->candidate);
}

static void make_room(struct tagger *t, struct capacity longest)
{
    size_t n = longest.tokens;
    t->longest = longest;
    t->scratch = t->model->ops->scratch_new(t->model, longest);
    t->at = memory_new(n, 1);
    t->kept = memory_new(n, 1);
    t->y = memory_new(n, sizeof *t->y);
    t->read = memory_new(n, sizeof *t->read);
    t->label = memory_new(n, sizeof *t->label);
    t->marginal = memory_new(n, sizeof *t->marginal);
    t->candidate = memory_new(t->options.candidates ? n * readings(t) : 0, sizeof *t->candidate);
    if (probabilities(t) && !t->answers)
        t->nbest =
            nbest_new(t->options.nbest ? t->options.nbest : 1, vocab_count(t->space->labels), longest.tokens);
}

struct tagger *tagger_new(const struct model *model, const real *w, const struct space *space,
                          const struct constraint *constraint, const struct tagger_options *options)
{
    struct tagger *t = memory_new(1, sizeof *t);
    *t = (struct tagger){.model = model,
                         .w = w,
                         .own = *space,
                         .constraint = constraint,
                         .options = *options,
                         .kernel = kernel_get(),
                         .d = dataset_new()};
    t->own.encoding = encoding_copy(space->encoding);
    t->space = &t->own;
    t->answers = answers_new(t->space);
    if ((options->whole != WHOLE_NONE || options->dictionary) && space->words)
        t->runs = boundaries_new(space->labels, encoding_model(space->encoding));
    if (t->answers && probabilities(t))
        t->ranking = ranking_new(t->answers, options->nbest ? options->nbest : 1);
    make_room(t, (struct capacity){256, space->spelling ? 2048 : 0, 0});
    return t;
}

void tagger_free(struct tagger *t)
{
    if (!t)
        return;
    free_room(t);
    ranking_free(t->ranking);
    boundaries_free(t->runs);
    answers_free(t->answers);
    dataset_free(t->d);
    encoding_free(t->own.encoding);
    memory_free(t);
}

/* The scores of the sentence, with runs and words that are kept whole; `constrained`: with the constraint, if there is
 * one. */
static struct chain *lay(struct tagger *t, const struct sentence *s, bool constrained)
{
    const struct weights w = {.w = t->w, .scale = 1};
    struct chain *c = t->model->ops->score(t->model, &w, &t->d->example[0], t->scratch);
    if (t->options.dictionary && t->runs)
        dictionary_weigh(t->options.dictionary, t->runs, s->cell, s->ncolumns, t->parted, c);
    if (t->runs)
        boundaries_apply(t->runs, t->at, c);
    if (constrained && t->constraint)
        constraint_lay(t->constraint, c);
    /* the chain is the scratch's, nothing points at w: */
    // cppcheck-suppress returnDanglingLifetime
    return c;
}

/* ---- what is given */

static bool unknown_label(const struct tagger *t, const struct sentence *s, uint32_t i, const char *name,
                          struct error *e)
{
    struct span label = s->cell[(size_t)i * s->ncolumns + t->space->label_column];
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: label '%.*s' is not one of the model's; give one that the training corpus has%s%s%s", name,
        sentence_line(s, i), text_shown(label, 100), label.s, *t->space->open ? ", or " : "", t->space->open,
        *t->space->open ? " where the label is open" : "");
}

/* Labels given where every labelling is an answer. With corpus.map chunks of two types may have become one, and IOB1
 * writes chunks that touch in another way. */
static struct span given_label(const struct tagger *t, uint32_t i)
{
    struct encoding *encoding = t->space->encoding;
    enum scheme scheme = encoding_file(encoding);
    const struct span *given = t->label;
    struct span label = encoding_rename(encoding, given[i]);
    if (encoding_same(encoding) || scheme == SCHEME_PLAIN || i == 0 || !given[i - 1].s)
        return label;
    struct scheme_tag before = scheme_cut(given[i - 1]), tag = scheme_cut(given[i]);
    struct scheme_tag renamed = scheme_cut(encoding_rename(encoding, given[i - 1])), here = scheme_cut(label);
    bool chunks = !scheme_outside(renamed) && !scheme_outside(here);
    if (!chunks || !scheme_begins(scheme, before, tag) || !span_equal(renamed.type, here.type) ||
        scheme_begins(scheme, renamed, here))
        return label;
    return encoding_name(encoding, scheme_prefix(scheme, 0, 2, true), label);
}

static bool give_labels(struct tagger *t, const struct sentence *s, struct chain *c, const char *name,
                        struct error *e)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct span label = s->cell[(size_t)i * s->ncolumns + t->space->label_column];
        t->label[i] = space_open(t->space, label) ? (struct span){NULL, 0} : label;
    }
    if (t->answers) {
        uint32_t i = answers_give(t->answers, c, t->label, s->n);
        return i == s->n || unknown_label(t, s, i, name, e);
    }
    for (uint32_t i = 0; i < s->n; i++) {
        if (!t->label[i].s)
            continue;
        uint32_t y = vocab_find(t->space->labels, given_label(t, i));
        if (y >= c->T)
            return unknown_label(t, s, i, name, e);
        constraint_give(c, i, y);
    }
    return true;
}

/* Does a word of the input end before character i? */
static bool boundary(const struct sentence *s, uint32_t i)
{
    return scheme_word_ends(s->cell[(size_t)(i - 1) * s->ncolumns + 1].s[0],
                            s->cell[(size_t)i * s->ncolumns + 1].s[0]);
}

static bool has_boundaries(const struct sentence *s)
{
    for (uint32_t i = 1; i < s->n; i++)
        if (boundary(s, i))
            return true;
    return false;
}

static void give_boundaries(const struct tagger *t, const struct sentence *s, struct chain *c)
{
    for (uint32_t i = 1; i < s->n; i++)
        if (boundary(s, i))
            answers_give_first(t->answers, c, i, true);
}

static bool met(const struct tagger *t, struct chain *c, uint32_t *y)
{
    return constraint_met(chain_viterbi(t->kernel, c, y));
}

/* No labelling is allowed: where does the shortest beginning end that has none? */
static bool contradiction(const struct tagger *t, const struct sentence *s, struct chain *c, const char *name,
                          struct error *e)
{
    uint32_t good = 0, bad = s->n;
    while (bad - good > 1) {
        c->n = good + (bad - good) / 2;
        *(met(t, c, t->y) ? &good : &bad) = c->n;
    }
    if (t->space->format->lines) {
        const struct span *cell = &s->cell[(size_t)(bad - 1) * s->ncolumns];
        return error_set(
            e, ERROR_CORPUS,
            "%s:%lu: with the boundaries given up to character %u, '%.*s', no sequence of the model's "
            "labels is well-formed; take one away, or let labels follow freely: --decode free",
            name, s->line, bad, (int)cell->n, cell->s);
    }
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: the labels given up to here break the rules on which label may follow which; "
                     "correct them, or let labels follow freely: --decode free",
                     name, sentence_line(s, bad - 1));
}

/* ---- a run */

static void grow(struct tagger *t)
{
    struct capacity need = t->d->longest, have = t->longest;
    if (need.tokens <= have.tokens && need.characters <= have.characters)
        return;
    free_room(t);
    if (need.tokens > have.tokens)
        have.tokens = need.tokens + need.tokens / 2; /* more than needed, so that growing is rare */
    if (need.characters > have.characters)
        have.characters = need.characters + need.characters / 2;
    make_room(t, have);
}

static struct chain *expand(struct tagger *t, const struct chain *c)
{
    if (!t->expansion)
        t->expansion = expansion_new(t->answers, t->longest.tokens, c->pairs);
    t->expanded = true;
    return expansion_lay(t->answers, t->expansion, c);
}

/* What is kept whole of the sentence; a boundary or a label that is given parts it. */
static void find_runs(struct tagger *t, const struct sentence *s, bool cut)
{
    boundaries_runs(t->options.whole, s->cell, s->ncolumns, s->n, t->at);
    for (uint32_t i = 0; cut && i < s->n; i++)
        t->kept[i] = i && boundary(s, i);
    t->parted = cut ? t->kept : NULL;
    if (t->options.dictionary && t->runs)
        dictionary_mark(t->options.dictionary, s->cell, s->ncolumns, s->n, t->parted, t->at);
    for (uint32_t i = 1; cut && i < s->n; i++)
        if (t->kept[i])
            t->at[i] = BOUNDARY_OPEN;
    for (uint32_t i = 0; t->options.labels && i < s->n; i++)
        if (!space_open(t->space, s->cell[(size_t)i * s->ncolumns + t->space->label_column]))
            memset(t->at + i, BOUNDARY_OPEN, i + 1 < s->n ? 2 : 1);
}

/* The boundaries of the sentence stay; rather than they, the constraint goes. False: the model has no labels for
 * them. */
static bool decode_cut(struct tagger *t, const struct sentence *s)
{
    bool constrained = t->constraint != NULL, fits;
    do {
        t->chain = expand(t, lay(t, s, constrained));
        give_boundaries(t, s, t->chain);
        fits = met(t, t->chain, t->y);
    } while (!fits && constrained && !(constrained = false));
    return fits;
}

/* The chain, with what is given forbidding the rest, and its best labelling in t->y. */
static bool decode_given(struct tagger *t, const struct sentence *s, const char *name, struct error *e)
{
    struct chain *c = t->chain = lay(t, s, true);
    if (t->answers)
        c = t->chain = expand(t, c);
    if (t->options.labels && !give_labels(t, s, c, name, e))
        return false;
    if (t->options.boundaries)
        give_boundaries(t, s, c);
    return met(t, c, t->y) || contradiction(t, s, c, name, e);
}

static void decode_freely(struct tagger *t, const struct sentence *s)
{
    t->chain = lay(t, s, true);
    if (!met(t, t->chain, t->y) &&
        t->constraint) { /* the training corpus may have shown none of this length */
        t->chain = lay(t, s, false);
        met(t, t->chain, t->y);
    }
    if (t->answers && probabilities(t)) {
        t->chain = expand(t, t->chain);
        answers_path(t->answers, t->y, t->chain->n, t->read);
        for (uint32_t i = 0; i < t->chain->n; i++)
            t->y[i] = t->read[i];
    }
}

static void search(struct tagger *t)
{
    t->count = 1;
    if (!probabilities(t))
        return;
    if (!t->answers)
        t->count = nbest_run(t->nbest, t->chain);
    else if (t->options.nbest)
        t->count = ranking_run(t->ranking, t->expansion);
    bool posterior = !t->answers || !t->options.nbest || t->options.marginals || t->options.candidates;
    if (posterior)
        t->log_z = chain_posterior(t->kernel, t->chain);
    if (t->answers && t->options.nbest)
        t->log_z = ranking_log_z(t->ranking);
}

bool tagger_run(struct tagger *t, const struct sentence *s, const char *name, struct error *e)
{
    const struct tagger_options *o = &t->options;
    const bool cut = (o->boundaries || o->blanks) && has_boundaries(s);
    dataset_clear(t->d);
    if (!dataset_append(t->d, t->space, s, o->labels || s->ncolumns == t->space->ncolumns, name, e))
        return false;
    dataset_seal(t->d);
    grow(t);
    t->expanded = false;
    t->mend = t->runs != NULL; /* one that no label fits is whole in the answer, too */
    if (t->runs || cut)
        find_runs(t, s, cut);
    if (o->labels || (o->boundaries && cut)) {
        if (!decode_given(t, s, name, e))
            return false;
    } else if (!cut || !decode_cut(t, s)) {
        t->expanded = false;
        t->mend = t->mend || cut;
        decode_freely(t, s);
        if (cut)
            boundaries_cut(s->cell + 1, s->ncolumns, s->n, t->at);
    }
    search(t);
    return true;
}

uint32_t tagger_count(const struct tagger *t)
{
    return t->count;
}

bool tagger_proven(const struct tagger *t)
{
    return !t->answers || !t->options.nbest || ranking_proven(t->ranking);
}

/* ---- an answer */

/* The sum of a label that is read: of its states, or of itself. */
static double marginal_of(const struct tagger *t, uint32_t i, uint32_t read)
{
    const real *marginal = t->chain->marginal + (size_t)i * t->chain->stride;
    if (!t->answers)
        return (double)marginal[read];
    double p = 0;
    for (uint32_t s = t->answers->states[read]; s < t->answers->states[read + 1]; s++)
        p += (double)marginal[s];
    return p < 1 ? p : 1;
}

/* Ties: by text, so that the order is one on every machine. */
static int by_probability(const void *x, const void *y)
{
    const struct candidate *p = x, *q = y;
    if (p->probability != q->probability)
        return p->probability < q->probability ? 1 : -1;
    size_t n = p->label.n < q->label.n ? p->label.n : q->label.n;
    int order = memcmp(p->label.s, q->label.s, n);
    return order ? order : (p->label.n > q->label.n) - (p->label.n < q->label.n);
}

static struct span text_of(const struct tagger *t, uint32_t read)
{
    return t->answers ? t->answers->text[read] : vocab_text(t->space->labels, read);
}

/* The labels that are read of this rank, into t->read; returns the logarithm of their probability. */
static double read_rank(struct tagger *t, uint32_t rank)
{
    uint32_t n = t->chain->n;
    double score;
    if (!t->answers) {
        score = nbest_path(t->nbest, rank, t->read);
    } else if (t->options.nbest) {
        const uint32_t *read;
        score = ranking_answer(t->ranking, rank, &read);
        for (uint32_t i = 0; i < n; i++)
            t->read[i] = read[i];
    } else {
        for (uint32_t i = 0; i < n; i++)
            t->read[i] = t->answers->read[t->y[i]];
        score = ranking_score(t->ranking, t->expansion, t->read);
    }
    return score < t->log_z ? score - t->log_z : 0; /* log Z is rounded */
}

/* The best labelling, without probabilities. */
static void read_best(struct tagger *t)
{
    for (uint32_t i = 0; i < t->chain->n; i++)
        t->label[i] =
            t->expanded ? t->answers->text[t->answers->read[t->y[i]]] : vocab_text(t->space->labels, t->y[i]);
    if (!t->expanded)
        encoding_decode(t->space->encoding, t->label, t->chain->n, t->label);
}

const struct answer *tagger_answer(struct tagger *t, uint32_t rank, double *log_probability)
{
    uint32_t n = t->chain->n, A = readings(t);
    *log_probability = 0;
    t->answer = (struct answer){.label = t->label, .label_column = t->space->label_column};
    if (!probabilities(t)) {
        read_best(t);
        if (t->mend)
            boundaries_mend(t->at, n, t->label);
        return &t->answer;
    }
    *log_probability = read_rank(t, rank);
    for (uint32_t i = 0; i < n; i++) {
        t->label[i] = text_of(t, t->read[i]);
        if (t->options.marginals)
            t->marginal[i] = marginal_of(t, i, t->read[i]);
        struct candidate *all = t->candidate + (size_t)i * A;
        for (uint32_t a = 0; t->options.candidates && a < A; a++)
            all[a] = (struct candidate){text_of(t, a), marginal_of(t, i, a)};
        if (t->options.candidates)
            qsort(all, A, sizeof *all, by_probability);
    }
    if (t->mend)
        boundaries_mend(t->at, n, t->label);
    t->answer.marginal = t->options.marginals ? t->marginal : NULL;
    t->answer.candidate = t->options.candidates ? t->candidate : NULL;
    t->answer.ncandidates = A;
    return &t->answer;
}

/* SPDX-License-Identifier: MIT
 *
 * What a model and a tagger have is noted in a ledger each (lib/base/ledger.h). A call that runs out of memory is taken
 * back with all that its owner has: a model is not opened then, a tagger makes its state anew at the next call. Handles
 * themselves are allocated outside of ledgers.
 */
#include "lib/api/asyntrain.h"

#include "lib/base/ledger.h"
#include "lib/base/memory.h"
#include "lib/base/sink.h"
#include "lib/num/kernel.h"
#include "lib/tag/answers.h"
#include "lib/tag/filter.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <fenv.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#define NBEST 1000 /* answers to a sentence, at most */

struct asyntrain_model {
    atomic_size_t users; /* the caller, and each tagger */
    struct ledger *ledger;
    struct trained *trained;
    const char **label; /* [nlabels] */
    size_t nlabels;
};

/* What a tagger has in its ledger. */
struct state {
    struct constraint *constraint;
    struct dictionary *dictionary;
    struct tagger_options options;
    struct tagger *tagger;
    struct span *cell;
    size_t cell_capacity;
    uint32_t tokens; /* of the last sentence */
    struct asyntrain_answer answer;
    struct text_buffer text; /* of its labels */
    const char **label;
    size_t label_capacity;
    struct asyntrain_candidate *candidate;
    size_t candidate_capacity;
};

struct asyntrain_tagger {
    struct asyntrain_model *model;
    struct ledger *ledger;
    struct asyntrain_options options; /* strings are its own, … */
    char *words; /* … and stand here */
    struct state *state; /* NULL: to be made, at first and when memory has run out */
    size_t count; /* answers of the last sentence */
    struct sink sink;
};

/* One call of a function that does work: what it is about, and what came of it. */
struct call {
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    const char *path;
    const void *bytes;
    size_t size;
    const char *const *cells;
    size_t tokens, columns, rank;
    struct error e;
};

/* ---- the door: what is the caller's own stays as it is ---- */

static enum asyntrain_status status_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NONE:
        return ASYNTRAIN_OK;
    case ERROR_CORPUS:
        return ASYNTRAIN_INPUT;
    case ERROR_MODEL:
        return ASYNTRAIN_MODEL;
    case ERROR_MEMORY:
        return ASYNTRAIN_MEMORY;
    case ERROR_IO:
        return ASYNTRAIN_IO;
    default:
        return ASYNTRAIN_USAGE;
    }
}

static enum asyntrain_status say(const struct error *e, struct asyntrain_error *error)
{
    const enum asyntrain_status status = status_of(e->kind);
    if (error) {
        error->status = status;
        snprintf(error->message, sizeof error->message, "%s", status == ASYNTRAIN_OK ? "" : e->text);
    }
    return status;
}

/* (error_set may want memory, of which there is none) */
static void lacks_memory(struct error *e, const char *words)
{
    e->kind = ERROR_MEMORY;
    snprintf(e->text, sizeof e->text, "%s", words);
}

/* Work under a ledger, in the C locale and in the arithmetic of training, and say what came of it. false: memory ran
 * out, and nothing is left in the ledger. */
static bool work_on(struct ledger *l, void (*work)(void *), struct call *c)
{
    char words[LEDGER_WORDS];
    fenv_t arithmetic;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0) {
        lacks_memory(&c->e, "out of memory: there is none for a locale");
        return true;
    }
    locale_t before = uselocale(plain);
    feholdexcept(&arithmetic);
    fesetround(FE_TONEAREST);
    kernel_thread_begin();
    const bool good = ledger_run(l, work, c, words);
    fesetenv(&arithmetic);
    uselocale(before);
    freelocale(plain);
    if (!good)
        lacks_memory(&c->e, words);
    return good;
}

const char *asyntrain_version(void)
{
    return ASYNTRAIN_VERSION;
}

/* ---- models ---- */

static const struct model_ops *find_model(struct config *c, struct error *e)
{
    struct parts parts;
    return parts_find(c, model_table, &parts, e) ? parts.model : NULL;
}

static void list_labels(struct asyntrain_model *m)
{
    const struct space *space = m->trained->space;
    struct answers *a = answers_new(space);
    m->nlabels = a ? a->A : vocab_count(space->labels);
    m->label = memory_new(m->nlabels, sizeof *m->label);
    for (uint32_t k = 0; k < m->nlabels; k++) {
        struct span text = a ? a->text[k] : vocab_text(space->labels, k);
        m->label[k] = memory_copy(text.s, text.n);
    }
    answers_free(a);
}

static void work_open(void *argument)
{
    struct call *c = argument;
    struct asyntrain_model *m = c->model;
    m->trained = c->path ? trained_open(c->path, find_model, &c->e)
                         : trained_open_memory("model in memory", c->bytes, c->size, find_model, &c->e);
    if (m->trained)
        list_labels(m);
}

static void let_go(struct asyntrain_model *m)
{
    if (!m || atomic_fetch_sub(&m->users, 1) > 1)
        return;
    ledger_free(m->ledger);
    memory_free(m);
}

static enum asyntrain_status open_model(struct call *c, struct asyntrain_model **model,
                                        struct asyntrain_error *error)
{
    struct asyntrain_model *m = c->model = memory_try(sizeof *m);
    if (m) {
        atomic_init(&m->users, 1);
        m->ledger = ledger_new();
    }
    if (!m || !m->ledger)
        lacks_memory(&c->e, "out of memory: there is none for a model");
    else
        work_on(m->ledger, work_open, c);
    if (c->e.kind == ERROR_NONE) {
        *model = m;
        return say(&c->e, error);
    }
    let_go(m);
    return say(&c->e, error);
}

/* A function was given NULL where it may not be. */
static enum asyntrain_status lacks(const char *what, struct asyntrain_error *error)
{
    struct error e = {.kind = ERROR_USAGE};
    snprintf(e.text, sizeof e.text, "%s", what);
    return say(&e, error);
}

enum asyntrain_status asyntrain_open(const char *path, struct asyntrain_model **model,
                                     struct asyntrain_error *error)
{
    struct call c = {.path = path};
    if (!model)
        return lacks("asyntrain_open: `model` is NULL", error);
    *model = NULL;
    return path ? open_model(&c, model, error) : lacks("asyntrain_open: `path` is NULL", error);
}

enum asyntrain_status asyntrain_open_memory(const void *bytes, size_t size, struct asyntrain_model **model,
                                            struct asyntrain_error *error)
{
    struct call c = {.bytes = bytes, .size = size};
    if (!model)
        return lacks("asyntrain_open_memory: `model` is NULL", error);
    *model = NULL;
    return bytes || !size ? open_model(&c, model, error)
                          : lacks("asyntrain_open_memory: `bytes` is NULL", error);
}

void asyntrain_close(struct asyntrain_model *model)
{
    let_go(model);
}

const char *asyntrain_task(const struct asyntrain_model *model)
{
    return config_string(model->trained->config, "corpus.task");
}

const char *asyntrain_format(const struct asyntrain_model *model)
{
    return model->trained->space->format->name;
}

const char *asyntrain_kind(const struct asyntrain_model *model)
{
    return model->trained->model->ops->name;
}

size_t asyntrain_columns(const struct asyntrain_model *model)
{
    return model->trained->space->ncolumns;
}

size_t asyntrain_label_column(const struct asyntrain_model *model)
{
    return model->trained->space->label_column;
}

size_t asyntrain_labels(const struct asyntrain_model *model)
{
    return model->nlabels;
}

const char *asyntrain_label(const struct asyntrain_model *model, size_t k)
{
    return k < model->nlabels ? model->label[k] : NULL;
}

/* ---- taggers ---- */

/* What a caller of an earlier version does not know is as it was then; a later one may ask for nothing new. */
static bool read_options(struct asyntrain_options *to, const struct asyntrain_options *from, struct error *e)
{
    size_t given = from->struct_size, known = given < sizeof *to ? given : sizeof *to;
    *to = (struct asyntrain_options)ASYNTRAIN_OPTIONS;
    if (given < sizeof from->struct_size)
        return error_set(e, ERROR_USAGE, "options: struct_size is %zu; begin with ASYNTRAIN_OPTIONS", given);
    memcpy(to, from, known);
    to->struct_size = sizeof *to;
    for (size_t k = known; k < given; k++)
        if (((const char *)from)[k])
            return error_set(
                e, ERROR_USAGE,
                "options: one is set that version %s of the library does not know; use a later one",
                ASYNTRAIN_VERSION);
    return to->nbest <= NBEST ||
           error_set(e, ERROR_USAGE, "options: nbest is %u; at most %d are given", to->nbest, NBEST);
}

/* The strings of options, which go with the caller. */
static bool keep_words(struct asyntrain_tagger *t)
{
    const char **word[] = {&t->options.decode, &t->options.whole, &t->options.blanks, &t->options.dictionary};
    size_t bytes = 1;
    for (size_t k = 0; k < sizeof word / sizeof *word; k++)
        bytes += *word[k] ? strlen(*word[k]) + 1 : 0;
    char *at = t->words = memory_try(bytes);
    for (size_t k = 0; at && k < sizeof word / sizeof *word; k++)
        if (*word[k]) {
            const size_t n = strlen(*word[k]) + 1;
            *word[k] = memcpy(at, *word[k], n);
            at += n;
        }
    return at != NULL;
}

static bool open_dictionary(const struct trained *m, const char *path, struct state *s, struct error *e)
{
    if (path && strcmp(path, "-") == 0)
        return error_set(e, ERROR_USAGE,
                         "the dictionary '-' is no file; the library reads no standard input");
    const bool good = trained_dictionary(m, path, &s->dictionary, e);
    s->options.dictionary = s->dictionary;
    return good;
}

/* The tagger's state, made where it is not there; NULL and the error. */
static struct state *state_of(struct call *c)
{
    struct asyntrain_tagger *t = c->tagger;
    const struct asyntrain_options *o = &t->options;
    const struct trained *m = t->model->trained;
    if (t->state)
        return t->state;
    struct state *s = memory_new(1, sizeof *s);
    s->options =
        (struct tagger_options){.nbest = o->nbest,
                                .probability = o->nbest || o->probability || o->marginals || o->candidates,
                                .marginals = o->marginals,
                                .candidates = o->candidates};
    if (trained_constraint(m, o->decode, &s->constraint, &c->e) &&
        trained_whole(m, o->whole, &s->options.whole, &c->e) &&
        trained_known(m, o->given, o->blanks, &s->options, &c->e) &&
        open_dictionary(m, o->dictionary, s, &c->e)) {
        s->tagger = tagger_new(m->model, m->w, m->space, s->constraint, &s->options);
        return t->state = s;
    }
    error_within(&c->e, "options");
    return NULL; /* (freed with the ledger) */
}

static void work_new(void *argument)
{
    state_of(argument);
}

/* The door of a tagger. */
static enum asyntrain_status work_with(struct call *c, void (*work)(void *), struct asyntrain_error *error)
{
    if (!work_on(c->tagger->ledger, work, c)) {
        c->tagger->state = NULL;
        c->tagger->count = 0;
    }
    return say(&c->e, error);
}

void asyntrain_tagger_free(struct asyntrain_tagger *tagger)
{
    if (!tagger)
        return;
    ledger_free(tagger->ledger);
    memory_free(tagger->words);
    memory_free(tagger->sink.bytes);
    let_go(tagger->model);
    memory_free(tagger);
}

enum asyntrain_status asyntrain_tagger_new(struct asyntrain_model *model,
                                           const struct asyntrain_options *options,
                                           struct asyntrain_tagger **tagger, struct asyntrain_error *error)
{
    const struct asyntrain_options usual = ASYNTRAIN_OPTIONS;
    struct call c = {.model = model};
    if (!tagger)
        return lacks("asyntrain_tagger_new: `tagger` is NULL", error);
    *tagger = NULL;
    if (!model)
        return lacks("asyntrain_tagger_new: `model` is NULL", error);
    struct asyntrain_tagger *t = c.tagger = memory_try(sizeof *t);
    if (!t) {
        lacks_memory(&c.e, "out of memory: there is none for a tagger");
        return say(&c.e, error);
    }
    t->model = model;
    atomic_fetch_add(&model->users, 1);
    if (read_options(&t->options, options ? options : &usual, &c.e)) {
        t->ledger = ledger_new();
        if (t->ledger && keep_words(t))
            work_with(&c, work_new, NULL);
        else
            lacks_memory(&c.e, "out of memory: there is none for a tagger");
    }
    if (c.e.kind == ERROR_NONE)
        *tagger = t;
    else
        asyntrain_tagger_free(t);
    return say(&c.e, error);
}

/* ---- sentences ---- */

static const char word_labels[] = "BMES";

/* A cell that a file could have had. */
static bool check_cell(const struct call *c, const struct space *space, size_t k, struct span *cell,
                       struct error *e)
{
    const char *text = c->cells[k];
    const size_t token = k / c->columns + 1, column = k % c->columns;
    const bool segmented = space->format == &format_segmented,
               attributes = space->format->attributes && column == 0;
    const size_t least = !attributes, most = format_cell_bytes(space->format);
    *cell = text ? span_of(text) : (struct span){"", 0};
    if (cell->n < least || cell->n > most)
        return error_set(e, ERROR_CORPUS, "token:%zu: column %zu has %zu bytes; from %zu to %zu are expected",
                         token, column, cell->n, least, most);
    if (text_utf8_fault(*cell) < cell->n)
        return error_set(e, ERROR_CORPUS, "token:%zu: column %zu is not UTF-8", token, column);
    if (attributes && !crfsuite_attributes(*cell, "token", token, e))
        return false;
    if (segmented && column == 0 && text_utf8_first(*cell) != cell->n)
        return error_set(e, ERROR_CORPUS,
                         "token:%zu: '%.*s' is more than one character; the model segments text, so "
                         "each token is one",
                         token, text_shown(*cell, 40), cell->s);
    if (segmented && column == 1 && (cell->n != 1 || !strchr(word_labels, cell->s[0])))
        return error_set(e, ERROR_CORPUS, "token:%zu: label '%.*s' is none of B, M, E, S", token,
                         text_shown(*cell, 40), cell->s);
    return true;
}

/* The cells of a sentence, into s->cell; the columns that it has then, or 0 and the error. Characters without labels
 * get those of one word: there are no boundaries between them. */
static uint32_t take_cells(struct call *c, struct state *s)
{
    const struct space *space = c->tagger->model->trained->space;
    const bool label = space->format == &format_segmented && c->columns == 1;
    const size_t columns = c->columns + label, n = c->tokens;
    if (c->columns + 1 < space->ncolumns || c->columns > space->ncolumns) {
        error_set(&c->e, ERROR_CORPUS,
                  "%zu columns; expected %u as in the training corpus, where column %u (from 0) is the "
                  "label, or one less without it",
                  c->columns, space->ncolumns, space->label_column);
        return 0;
    }
    if (n > FORMAT_TOKENS) {
        error_set(&c->e, ERROR_CORPUS, "a sentence of %zu tokens; at most %d are expected", n, FORMAT_TOKENS);
        return 0;
    }
    s->cell = memory_grow(s->cell, &s->cell_capacity, n * columns, sizeof *s->cell);
    for (size_t k = 0; k < n * c->columns; k++)
        if (!check_cell(c, space, k, &s->cell[k / c->columns * columns + k % c->columns], &c->e))
            return 0;
    for (size_t i = 0; label && i < n; i++)
        s->cell[2 * i + 1] = span_of(n == 1 ? "S" : i == 0 ? "B" : i + 1 == n ? "E" : "M");
    return (uint32_t)columns;
}

static void work_tag(void *argument)
{
    struct call *c = argument;
    struct state *s = state_of(c);
    const uint32_t columns = s ? take_cells(c, s) : 0;
    if (!columns)
        return;
    const struct format_ops *format = c->tagger->model->trained->space->format;
    const struct sentence sentence = {.n = (uint32_t)c->tokens,
                                      .ncolumns = columns,
                                      .cell = s->cell,
                                      .line = 1,
                                      .first = 1,
                                      .last = c->tokens,
                                      .separator = format->separator,
                                      .misc = format->misc};
    s->tokens = sentence.n;
    if (s->tokens == 0)
        c->tagger->count = 1; /* nothing has one answer */
    else if (tagger_run(s->tagger, &sentence, "token", &c->e))
        c->tagger->count = tagger_count(s->tagger);
}

enum asyntrain_status asyntrain_tag(struct asyntrain_tagger *tagger, const char *const *cells, size_t tokens,
                                    size_t columns, struct asyntrain_error *error)
{
    struct call c = {.tagger = tagger, .cells = cells, .tokens = tokens, .columns = columns};
    if (!tagger)
        return lacks("asyntrain_tag: `tagger` is NULL", error);
    tagger->count = 0;
    if (!cells && tokens)
        return lacks("asyntrain_tag: `cells` is NULL", error);
    return work_with(&c, work_tag, error);
}

size_t asyntrain_answers(const struct asyntrain_tagger *tagger)
{
    return tagger->count;
}

/* ---- answers ---- */

/* Labels as strings, end to end in s->text: `next` is where the next one goes. */
static const char *write_label(struct span label, char **next)
{
    char *at = *next;
    memcpy(at, label.s, label.n);
    at[label.n] = 0;
    *next = at + label.n + 1;
    return at;
}

static void give_answer(struct state *s, const struct answer *a)
{
    const size_t n = s->tokens, all = a->candidate ? n * a->ncandidates : 0;
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++)
        bytes += a->label[i].n + 1;
    for (size_t k = 0; k < all; k++)
        bytes += a->candidate[k].label.n + 1;
    s->text.bytes = memory_grow(s->text.bytes, &s->text.capacity, bytes, 1);
    s->label = memory_grow(s->label, &s->label_capacity, n, sizeof *s->label);
    s->candidate = memory_grow(s->candidate, &s->candidate_capacity, all, sizeof *s->candidate);
    char *next = s->text.bytes;
    for (size_t i = 0; i < n; i++)
        s->label[i] = write_label(a->label[i], &next);
    for (size_t k = 0; k < all; k++)
        s->candidate[k] = (struct asyntrain_candidate){write_label(a->candidate[k].label, &next),
                                                       a->candidate[k].probability};
    s->answer.labels = s->label;
    s->answer.marginals = a->marginal;
    s->answer.ncandidates = a->candidate ? a->ncandidates : 0;
    s->answer.candidates = a->candidate ? s->candidate : NULL;
}

static void work_answer(void *argument)
{
    struct call *c = argument;
    struct state *s = c->tagger->state;
    s->answer = (struct asyntrain_answer){.tokens = s->tokens};
    if (s->tokens)
        give_answer(s, tagger_answer(s->tagger, (uint32_t)c->rank, &s->answer.log_probability));
    else
        give_answer(s, &(struct answer){.label = NULL});
}

enum asyntrain_status asyntrain_answer(struct asyntrain_tagger *tagger, size_t rank,
                                       const struct asyntrain_answer **answer, struct asyntrain_error *error)
{
    struct call c = {.tagger = tagger, .rank = rank};
    if (!tagger || !answer)
        return lacks(tagger ? "asyntrain_answer: `answer` is NULL" : "asyntrain_answer: `tagger` is NULL",
                     error);
    *answer = NULL;
    if (rank >= tagger->count)
        return lacks("asyntrain_answer: there is no answer of this rank; see asyntrain_answers", error);
    const enum asyntrain_status status = work_with(&c, work_answer, error);
    if (status == ASYNTRAIN_OK)
        *answer = &tagger->state->answer;
    return status;
}

/* ---- text ---- */

static void work_text(void *argument)
{
    struct call *c = argument;
    struct asyntrain_tagger *t = c->tagger;
    const struct trained *m = t->model->trained;
    struct state *s = state_of(c);
    FILE *out = s ? sink_open(&t->sink) : NULL;
    if (s && !out)
        memory_failed("there is none for answers");
    if (!s)
        return;
    struct filter f = {
        .trained = m, .constraint = s->constraint, .options = s->options, .tagger = s->tagger, .out = out};
    f.in = reader_of(m->space->format, stream_of("text", (struct span){c->bytes, c->size}));
    const bool good = filter_run(&f, &c->e);
    reader_close(f.in);
    if (!sink_close(&t->sink) || (!good && !c->e.kind))
        memory_failed("there is none for answers");
}

enum asyntrain_status asyntrain_tag_text(struct asyntrain_tagger *tagger, const char *text, size_t size,
                                         const char **answer, size_t *answered, struct asyntrain_error *error)
{
    struct call c = {.tagger = tagger, .bytes = text ? text : "", .size = size};
    if (!tagger || !answer)
        return lacks(tagger ? "asyntrain_tag_text: `answer` is NULL" : "asyntrain_tag_text: `tagger` is NULL",
                     error);
    *answer = NULL;
    tagger->count = 0;
    if (answered)
        *answered = 0;
    if (!text && size)
        return lacks("asyntrain_tag_text: `text` is NULL", error);
    const enum asyntrain_status status = work_with(&c, work_text, error);
    if (status != ASYNTRAIN_OK)
        return status;
    *answer = tagger->sink.bytes;
    if (answered)
        *answered = tagger->sink.length;
    return status;
}

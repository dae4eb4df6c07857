/* SPDX-License-Identifier: MIT
 *
 * score: columns with gold and predicted labels (one file, or standard input), or two segmented files.
 */
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/data/format.h"
#include "lib/data/scheme.h"
#include "lib/data/vocab.h"
#include "lib/report/score.h"

#include <stdio.h>
#include <string.h>

enum { TASK, SCHEME, WORDS, GOLD };
const struct option score_options[] = {
    [TASK] = {"--task", "TASK",
              "tagging or chunking (default: chunking if all labels look like IOB or IOBES)"},
    [SCHEME] =
        {"--scheme", "NAME",
         "how chunks are read: iob as conlleval does, iobes or bmes (default: iobes if a label begins with "
         "S or M, else iob)"},
    [WORDS] = {"--words", "FILE", "known words, one or more a line, for OOV recall of segmented files"},
    [GOLD] = {"--gold", "COLUMN", "which column is gold, from 0 (default: the last but one)"},
    {NULL, NULL, NULL},
};

static bool chunk_label(struct span label)
{
    return span_is(label, "O") || (label.n > 2 && label.s[1] == '-' && strchr("BIEMSO", label.s[0]));
}

static bool single_label(struct span label)
{
    return (label.s[0] == 'S' || label.s[0] == 'M') && (label.n == 1 || label.s[1] == '-');
}

/* All scores are gathered in one reading; what the labels look like decides which is printed. */
struct columns {
    struct score *tagging, *iob, *iobes;
    bool any, chunks, single; /* a sentence; nothing but labels of chunks; one that IOB does not have */
    struct span *gold, *guess;
    size_t gold_capacity, guess_capacity;
};

static bool score_sentence(struct columns *c, const struct reader *r, const struct sentence *s,
                           long long column, struct error *e)
{
    const char *name = stream_name(r->stream);
    if (s->ncolumns < 2)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: one column; gold and predicted labels are expected in the last two", name,
                         s->line);
    if (column >= (long long)s->ncolumns - 1)
        return error_set(
            e, ERROR_USAGE,
            "option --gold: %s:%lu has the columns 0 to %u, the last of which is the prediction; "
            "there is no column %lld before it",
            name, s->line, s->ncolumns - 1, column);
    c->any = true;
    c->gold = memory_grow(c->gold, &c->gold_capacity, s->n, sizeof *c->gold);
    c->guess = memory_grow(c->guess, &c->guess_capacity, s->n, sizeof *c->guess);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *cell = s->cell + (size_t)i * s->ncolumns;
        c->gold[i] = cell[column < 0 ? s->ncolumns - 2 : (uint32_t)column];
        c->guess[i] = cell[s->ncolumns - 1];
        c->chunks = c->chunks && chunk_label(c->gold[i]) && chunk_label(c->guess[i]);
        c->single = c->single || single_label(c->gold[i]) || single_label(c->guess[i]);
    }
    score_labels(c->tagging, c->gold, c->guess, s->n);
    score_labels(c->iob, c->gold, c->guess, s->n);
    score_labels(c->iobes, c->gold, c->guess, s->n);
    return true;
}

static void print_columns(const struct columns *c, const char *task, const char *scheme)
{
    bool iobes = scheme ? strcmp(scheme, "iob") != 0 : c->single;
    bool tagging = task ? strcmp(task, "tagging") == 0 : !c->chunks && !scheme;
    score_print(tagging ? c->tagging : iobes ? c->iobes : c->iob, stdout);
}

/* Gold is in the last column but one, or in `column`, where that is not -1. */
static bool score_columns(const char *path, const char *task, const char *scheme, long long column,
                          struct error *e)
{
    struct reader *r = reader_open(&format_conll, path, e);
    if (!r)
        return false;
    struct columns c = {score_new(SCORE_TAGGING, NULL), score_new(SCORE_CHUNKING, NULL),
                        score_new(SCORE_CHUNKING, NULL), .chunks = true};
    score_scheme(c.iobes, SCHEME_IOBES);
    const struct sentence *s;
    while ((s = reader_next(r, e)) && (s->document || score_sentence(&c, r, s, column, e)))
        continue;
    if (e->kind == ERROR_NONE && !c.any)
        error_set(e, ERROR_CORPUS, "%s: no line in it; columns with gold and predicted labels are expected",
                  stream_name(r->stream));
    if (e->kind == ERROR_NONE)
        print_columns(&c, task, scheme);
    reader_close(r);
    score_free(c.tagging);
    score_free(c.iob);
    score_free(c.iobes);
    memory_free(c.gold);
    memory_free(c.guess);
    return e->kind == ERROR_NONE;
}

struct words {
    struct span *word;
    size_t count, capacity;
};

static void split(struct words *w, struct span line)
{
    struct span word;
    for (w->count = 0; segmented_word(&line, &word); w->count++) {
        w->word = memory_grow(w->word, &w->capacity, w->count + 1, sizeof *w->word);
        w->word[w->count] = word;
    }
}

static void know(void *vocab, struct span word)
{
    vocab_add(vocab, word);
}

/* Line by line, so that a fault has a line. */
static bool score_streams(struct score *score, struct stream *gold, struct stream *guess, struct error *e)
{
    struct words a = {0}, b = {0};
    struct span line;
    for (;;) {
        bool more = stream_line(gold, &line, e);
        if (e->kind)
            break;
        if (more)
            split(&a, line);
        bool answer = stream_line(guess, &line, e);
        if (e->kind)
            break;
        if (more != answer)
            error_set(e, ERROR_CORPUS,
                      "%s:%lu: ends before %s, which has more lines; they must answer line by line",
                      stream_name(more ? guess : gold), stream_number(more ? guess : gold) + 1,
                      stream_name(more ? gold : guess));
        if (!more || !answer)
            break;
        split(&b, line);
        if (!score_segments(score, a.word, a.count, b.word, b.count, e)) {
            struct error inner = *e;
            error_set(e, ERROR_CORPUS, "%s:%lu: %s", stream_name(guess), stream_number(guess), inner.text);
            break;
        }
    }
    memory_free(a.word);
    memory_free(b.word);
    return e->kind == ERROR_NONE;
}

static bool score_files(const char *gold, const char *guess, const char *list, struct error *e)
{
    struct vocab *vocab = vocab_new();
    struct score_words words = {vocab_has, vocab};
    bool good = !list || segmented_list(list, know, vocab, e);
    struct stream *a = good ? stream_open(gold, e) : NULL, *b = a ? stream_open(guess, e) : NULL;
    if (b) {
        struct score *score = score_new(SCORE_SEGMENTATION, list ? &words : NULL);
        if (score_streams(score, a, b, e))
            score_print(score, stdout);
        score_free(score);
    }
    stream_close(a);
    stream_close(b);
    vocab_free(vocab);
    return e->kind == ERROR_NONE;
}

int verb_score(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    const char *task = values[TASK], *scheme = values[SCHEME];
    long long column = -1;
    if (task && strcmp(task, "tagging") != 0 && strcmp(task, "chunking") != 0)
        error_set(&e, ERROR_USAGE, "option --task: '%s' is neither tagging nor chunking", task);
    else if (scheme && strcmp(scheme, "iob") != 0 && strcmp(scheme, "iobes") != 0 &&
             strcmp(scheme, "bmes") != 0)
        error_set(&e, ERROR_USAGE, "option --scheme: '%s' is none of iob, iobes, bmes", scheme);
    else if (values[GOLD] && (!text_integer(span_of(values[GOLD]), &column) || column < 0))
        error_set(&e, ERROR_USAGE, "option --gold: '%s' is no column; they are numbered from 0",
                  values[GOLD]);
    else if (argc == 1 && values[WORDS])
        error_set(&e, ERROR_USAGE, "option --words goes with two segmented files, GOLD and GUESS");
    else if (argc == 2 && (values[GOLD] || scheme))
        error_set(&e, ERROR_USAGE, "options --gold and --scheme go with one file in columns");
    else if (argc == 1)
        score_columns(argv[0], task, scheme, column, &e);
    else
        score_files(argv[0], argv[1], values[WORDS], &e);
    return e.kind ? verb_fail(&e) : 0;
}

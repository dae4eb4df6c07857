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

enum { TASK, WORDS, GOLD };
const struct option score_options[] = {
    [TASK] = {"--task", "TASK",
              "tagging or chunking (default: chunking if all labels look like IOB or IOBES)"},
    [WORDS] = {"--words", "FILE", "known words, one or more a line, for OOV recall of segmented files"},
    [GOLD] = {"--gold", "COLUMN", "which column is gold, from 0 (default: the last but one)"},
    {NULL, NULL, NULL},
};

static bool chunk_label(struct span label)
{
    return span_is(label, "O") || (label.n > 2 && label.s[1] == '-' && strchr("BIESO", label.s[0]));
}

/* Gold is in the last column but one, or in `column`, where that is not -1. Both scores are gathered in one reading; what the labels look like decides which is printed. */
static bool score_columns(const char *path, const char *task, long long column, struct error *e)
{
    struct reader *r = reader_open(&format_conll, path, e);
    if (!r)
        return false;
    struct score *tagging = score_new(SCORE_TAGGING, NULL), *chunking = score_new(SCORE_CHUNKING, NULL);
    struct span *gold = NULL, *guess = NULL;
    size_t gold_capacity = 0, guess_capacity = 0;
    bool chunks = true, any = false;
    const struct sentence *s;
    while ((s = reader_next(r, e))) {
        if (s->document)
            continue;
        if (s->ncolumns < 2) {
            error_set(e, ERROR_CORPUS,
                      "%s:%lu: one column; gold and predicted labels are expected in the last two",
                      stream_name(r->stream), s->line);
            break;
        }
        if (column >= (long long)s->ncolumns - 1) {
            error_set(e, ERROR_USAGE,
                      "option --gold: %s:%lu has the columns 0 to %u, the last of which is the prediction; "
                      "there is no column %lld before it",
                      stream_name(r->stream), s->line, s->ncolumns - 1, column);
            break;
        }
        any = true;
        gold = memory_grow(gold, &gold_capacity, s->n, sizeof *gold);
        guess = memory_grow(guess, &guess_capacity, s->n, sizeof *guess);
        for (uint32_t i = 0; i < s->n; i++) {
            const struct span *end = s->cell + (size_t)(i + 1) * s->ncolumns;
            gold[i] = column < 0 ? end[-2] : end[column - (long long)s->ncolumns];
            guess[i] = end[-1];
            chunks = chunks && chunk_label(gold[i]) && chunk_label(guess[i]);
        }
        score_labels(tagging, gold, guess, s->n);
        score_labels(chunking, gold, guess, s->n);
    }
    if (e->kind == ERROR_NONE && !any)
        error_set(e, ERROR_CORPUS, "%s: no line in it; columns with gold and predicted labels are expected",
                  stream_name(r->stream));
    if (e->kind == ERROR_NONE)
        score_print(task     ? strcmp(task, "tagging") == 0 ? tagging : chunking
                    : chunks ? chunking
                             : tagging,
                    stdout);
    reader_close(r);
    score_free(tagging);
    score_free(chunking);
    memory_free(gold);
    memory_free(guess);
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

static bool read_words(struct vocab *list, const char *path, struct error *e)
{
    struct stream *s = stream_open(path, e);
    struct span line, word;
    if (!s)
        return false;
    while (stream_line(s, &line, e))
        while (segmented_word(&line, &word))
            vocab_add(list, word);
    stream_close(s);
    return e->kind == ERROR_NONE;
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
    bool good = !list || read_words(vocab, list, e);
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
    const char *task = values[TASK];
    long long column = -1;
    if (task && strcmp(task, "tagging") != 0 && strcmp(task, "chunking") != 0)
        error_set(&e, ERROR_USAGE, "option --task: '%s' is neither tagging nor chunking", task);
    else if (values[GOLD] && (!text_integer(span_of(values[GOLD]), &column) || column < 0))
        error_set(&e, ERROR_USAGE, "option --gold: '%s' is no column; they are numbered from 0",
                  values[GOLD]);
    else if (argc == 1 && values[WORDS])
        error_set(&e, ERROR_USAGE, "option --words goes with two segmented files, GOLD and GUESS");
    else if (argc == 2 && values[GOLD])
        error_set(&e, ERROR_USAGE, "option --gold goes with one file in columns");
    else if (argc == 1)
        score_columns(argv[0], task, column, &e);
    else
        score_files(argv[0], argv[1], values[WORDS], &e);
    return e.kind ? verb_fail(&e) : 0;
}

/* SPDX-License-Identifier: MIT
 *
 * score: columns with gold and predicted labels (one file, or standard input), or two segmented files.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"
#include "lib/data/format.h"
#include "lib/data/labels.h"
#include "lib/data/scheme.h"
#include "lib/data/vocab.h"
#include "lib/report/score.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TASK, SCHEME, STRICT, LABELS, WORDS, GOLD, SEPARATOR, COMMENTS };
static const struct option options[] = {
    [TASK] = {"--task", "tagging|chunking",
              "what the labels are (default: chunking if all look like B-NP or O)"},
    [SCHEME] = {"--scheme", "iob|iob1|iob2|iobes|bmes|bilou",
                "how labels mark chunks; iob as conlleval reads them (default: as the labels suggest)"},
    [STRICT] = {"--strict", NULL, "count a chunk only if its labels are well-formed in the scheme"},
    [LABELS] = {"--labels", NULL,
                "print a table of labels, too: precision, recall, F1, support, worst confusions"},
    [WORDS] = {"--words", "FILE", "list of known words, for OOV recall of segmented files"},
    [GOLD] = {"--gold", "COLUMN", "number of the gold column, from 0 (default: the last but one)"},
    [SEPARATOR] = {"--separator", "blank|tab",
                   "what separates columns (default: blank); with tab cells may hold blanks"},
    [COMMENTS] = {"--comments", "TEXT", "lines between sentences that begin with this text are comments"},
    {NULL, NULL, NULL},
};

static void warn(void *to, const char *words)
{
    text_say(to, "%s", words);
}

/* ---- columns -------------------------------------------------------------------------------------------- */

/* The labels of a file: what they look like decides how they are scored, so they are kept until all are read. */
struct columns {
    const char *task, *scheme; /* as the options say, or NULL */
    bool strict, table;
    long long column; /* of gold; -1: the last but one */
    struct format_ops format; /* conll, with the separator that was asked for */
    struct labels *labels; /* of gold and guess */
    uint32_t (*id)[2]; /* [tokens] gold, guess */
    size_t *end; /* [sentences] where each ends in id */
    size_t tokens, sentences, id_capacity, end_capacity;
    bool unended; /* no empty line follows the last sentence */
};

/* Does the label look like one of a chunk, with its type, or of none? */
static bool chunk_label(struct span label)
{
    return span_is(label, "O") || (label.n > 2 && label.s[1] == '-' && strchr("BIEMSLUO", label.s[0]));
}

static void end_sentence(struct columns *c)
{
    size_t before = c->sentences ? c->end[c->sentences - 1] : 0;
    if (c->tokens == before)
        return;
    c->end = memory_grow(c->end, &c->end_capacity, c->sentences + 1, sizeof *c->end);
    c->end[c->sentences++] = c->tokens;
}

static bool take_sentence(struct columns *c, const struct reader *r, const struct sentence *s,
                          struct error *e)
{
    const char *name = stream_name(r->stream);
    if (s->ncolumns < 2)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: one column; gold and predicted labels are expected in the last two", name,
                         s->line);
    if (c->column >= (long long)s->ncolumns - 1)
        return error_set(
            e, ERROR_USAGE,
            "option --gold: %s:%lu has the columns 0 to %u, the last of which is the prediction; "
            "there is no column %lld before it",
            name, s->line, s->ncolumns - 1, c->column);
    c->id = memory_grow(c->id, &c->id_capacity, c->tokens + s->n, sizeof *c->id);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *cell = s->cell + (size_t)i * s->ncolumns;
        const struct span label[2] = {cell[c->column < 0 ? s->ncolumns - 2 : (uint32_t)c->column],
                                      cell[s->ncolumns - 1]};
        c->unended = !span_is(cell[0], "-X-");
        if (!c->unended) {
            end_sentence(c); /* conlleval's $boundary */
            continue;
        }
        for (int k = 0; k < 2; k++)
            c->id[c->tokens][k] = labels_note(c->labels, label[k], name, sentence_line(s, i));
        c->tokens++;
    }
    end_sentence(c);
    c->unended = c->unended && sentence_line(s, s->n - 1) == stream_number(r->stream);
    return true;
}

/* Is this a file of words, not of columns: are most of the last words of its lines such as Chinese, Japanese and other
 * scripts without case have them, or have its lines all sorts of lengths? A file that cannot be read again is not. */
static bool looks_segmented(const char *path, bool by_lengths)
{
    struct stat status;
    struct error e;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    struct stream *s = stream_open(path, &e);
    size_t lines = 0, text = 0, length[64] = {0}, most = 0;
    struct span line, word, last = {"", 0};
    while (s && lines < 10000 && stream_line(s, &line, &e)) {
        size_t n = 0, bytes;
        for (; segmented_word(&line, &word); n++)
            last = word;
        if (n == 0)
            continue;
        int32_t code = unicode_first(last, &bytes);
        enum unicode_kind kind = unicode_kind(code);
        lines++;
        text += kind == UNICODE_HAN || kind == UNICODE_KANA || (kind == UNICODE_LETTER && code > 0x500) ||
                (kind == UNICODE_NUMERAL && code > 0x3000);
        length[n < 64 ? n : 63]++;
    }
    stream_close(s);
    for (size_t n = 0; n < 64; n++)
        most = length[n] > most ? length[n] : most;
    return 2 * text > lines || (by_lengths && (2 * most < lines || (2 * most == lines && lines > 3)));
}

/* A fault of a file in columns whose cause may be that it is segmented text. */
static void explain(const char *path, struct error *e)
{
    char text[sizeof e->text];
    snprintf(text, sizeof text, "%s", e->text);
    if (!strstr(text, " column"))
        return; /* no text at all, not UTF-8, … */
    if (looks_segmented(path, true))
        error_set(e, ERROR_USAGE,
                  "%s: looks like segmented text, not like columns; give two files, GOLD and the ANSWER: "
                  "asyntrain score GOLD ANSWER",
                  path);
    else if (strlen(text) + 64 < sizeof text)
        error_set(e, ERROR_CORPUS, "%s (segmented text: asyntrain score GOLD ANSWER)", text);
}

/* All labels look like those of chunks; if only most do, say so: the others may be slips. */
static bool look_like_chunks(const struct columns *c)
{
    const struct labels *l = c->labels;
    uint64_t chunks = 0, others = 0;
    uint32_t first = VOCAB_NONE;
    for (uint32_t y = 0; y < vocab_count(l->names); y++) {
        struct span label = vocab_text(l->names, y);
        if (!chunk_label(label)) {
            first = first == VOCAB_NONE ? y : first;
            others += l->use[y].tokens;
        } else if (label.n > 1) {
            chunks += l->use[y].tokens;
        }
    }
    if (others > 0 && others < chunks) {
        struct span label = vocab_text(l->names, first);
        text_say(
            stderr,
            "warning: %s:%lu: label '%.*s' marks no chunk (%ju of %ju label%s are so, the others do), so "
            "all are scored as tags; correct it, or say --task chunking, which gives F1 of chunks and "
            "takes it "
            "for the inside of one (--task tagging: no warning)",
            l->use[first].path, l->use[first].line, text_shown(label, 40), label.s, (uintmax_t)others,
            (uintmax_t)l->tokens, text_s(l->tokens));
    }
    return others == 0;
}

/* The scheme whose letters the labels have; PLAIN: conlleval's. */
static enum scheme look_of_scheme(const struct labels *l)
{
    bool seen[256] = {false};
    for (uint32_t y = 0; y < vocab_count(l->names); y++) {
        struct span label = vocab_text(l->names, y);
        if (label.n == 1 || label.s[1] == '-')
            seen[(unsigned char)label.s[0]] = true;
    }
    if (seen['M'])
        return SCHEME_BMES;
    if (seen['S'])
        return SCHEME_IOBES;
    return (seen['L'] || seen['U']) && !seen['E'] ? SCHEME_BILOU : SCHEME_PLAIN;
}

static enum scheme scheme_of(const struct columns *c)
{
    for (int k = SCHEME_IOB1; c->scheme && scheme_names[k]; k++)
        if (strcmp(scheme_names[k], c->scheme) == 0)
            return (enum scheme)k;
    return c->scheme ? SCHEME_PLAIN : look_of_scheme(c->labels);
}

/* Warn of labels that are not of the scheme; of those that conlleval knows besides, where it is conlleval's. */
static void warn_of_labels(const struct columns *c, enum scheme scheme)
{
    const struct labels *l = c->labels;
    struct labels *judged = labels_new();
    for (uint32_t y = 0; y < vocab_count(l->names); y++) {
        struct span label = vocab_text(l->names, y);
        char prefix = scheme_cut(label).prefix;
        if (scheme == SCHEME_PLAIN && !c->strict && prefix && strchr("E[].", prefix))
            continue;
        uint32_t id = labels_note(judged, label, NULL, 0);
        judged->use[id] = l->use[y];
        judged->tokens += l->use[y].tokens - 1;
    }
    labels_warn(judged, scheme == SCHEME_PLAIN ? SCHEME_IOB2 : scheme, "--scheme ",
                &(struct labels_listener){warn, stderr});
    labels_free(judged);
}

/* Columns that are not those of labels have no word in common. */
static void warn_of_strangers(const struct columns *c)
{
    size_t T = vocab_count(c->labels->names), common = 0;
    unsigned char *side = memory_new(T, 1);
    for (size_t i = 0; i < c->tokens; i++)
        for (int k = 0; k < 2; k++)
            side[c->id[i][k]] |= (unsigned char)(1 << k);
    for (size_t y = 0; y < T; y++)
        common += side[y] == 3;
    memory_free(side);
    if (common == 0 && c->tokens > 3)
        text_say(stderr,
                 "warning: %s: no predicted label is among the gold labels; gold and predicted labels are "
                 "expected in the last two columns (else --gold COLUMN; segmented text: asyntrain score GOLD "
                 "ANSWER)",
                 c->labels->use[0].path);
}

static void print_columns(const struct columns *c)
{
    bool chunking =
        c->task ? strcmp(c->task, "chunking") == 0 : c->scheme || c->strict || look_like_chunks(c);
    struct score *score = score_new(chunking ? SCORE_CHUNKING : SCORE_TAGGING, NULL);
    warn_of_strangers(c);
    if (chunking) {
        enum scheme scheme = scheme_of(c);
        score_scheme(score, scheme);
        warn_of_labels(c, scheme);
    }
    if (c->strict)
        score_strict(score);
    if (c->table)
        score_confusions(score);
    struct span *label[2] = {memory_new(c->tokens, sizeof **label), memory_new(c->tokens, sizeof **label)};
    for (size_t i = 0; i < c->tokens; i++)
        for (int k = 0; k < 2; k++)
            label[k][i] = vocab_text(c->labels->names, c->id[i][k]);
    for (size_t k = 0, begin = 0; k < c->sentences; begin = c->end[k++]) {
        if (k + 1 == c->sentences && c->unended)
            score_unended(score);
        score_labels(score, label[0] + begin, label[1] + begin, c->end[k] - begin);
    }
    score_print(score, stdout);
    score_free(score);
    memory_free(label[0]);
    memory_free(label[1]);
}

static bool score_columns(const char *path, struct columns *c, struct error *e)
{
    struct reader *r = reader_open(&c->format, path, e);
    if (!r)
        return false;
    setup_terminal(path, "columns");
    c->labels = labels_new();
    const struct sentence *s;
    bool any = false;
    while ((s = reader_next(r, e)) && (s->document || take_sentence(c, r, s, e)))
        any = any || !s->document;
    if (e->kind == ERROR_NONE && !any)
        error_set(e, ERROR_CORPUS, "%s: no line in it; columns with gold and predicted labels are expected",
                  stream_name(r->stream));
    else if (e->kind == ERROR_CORPUS)
        explain(path, e);
    else if (e->kind == ERROR_NONE && !c->task && !c->scheme && looks_segmented(path, false))
        error_set(e, ERROR_USAGE,
                  "%s: looks like segmented text, not like columns; give two files, GOLD and the ANSWER: "
                  "asyntrain score GOLD ANSWER (if its labels are such words, say --task tagging)",
                  path);
    if (e->kind == ERROR_NONE)
        print_columns(c);
    reader_close(r);
    labels_free(c->labels);
    memory_free(c->id);
    memory_free(c->end);
    return e->kind == ERROR_NONE;
}

/* ---- two segmented files -------------------------------------------------------------------------------- */

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

/* Do two files look like columns: has each line of both the same number of words? */
struct shape {
    size_t words, lines, gaps; /* of every line; lines with words and blank lines, of both */
    bool varied;
};

static void see(struct shape *s, const struct words *w)
{
    s->gaps += w->count == 0;
    if (w->count == 0)
        return;
    s->varied = s->varied || (s->lines > 0 && s->words != w->count);
    s->words = w->count;
    s->lines++;
}

static bool columns(const struct shape *s, const struct words *a, const struct words *b)
{
    if (s->varied || s->words < 2)
        return false;
    bool labels = a->count > 1 && b->count > 1 && a->word[a->count - 1].n > 2 &&
                  b->word[b->count - 1].n > 0 && chunk_label(a->word[a->count - 1]) &&
                  chunk_label(b->word[b->count - 1]);
    return labels || (s->gaps > 1 && s->lines > 4) || s->lines > 6;
}

/* Line by line, so that a fault has a line. */
static bool score_streams(struct score *score, struct stream *gold, struct stream *guess, struct error *e)
{
    struct words a = {0}, b = {0};
    struct shape shape = {0};
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
        see(&shape, &a);
        see(&shape, &b);
        if (!score_segments(score, a.word, a.count, b.word, b.count, e)) {
            struct error inner = *e;
            if (columns(&shape, &a, &b))
                error_set(e, ERROR_USAGE,
                          "%s:%lu: these are columns, not segmented text; put gold and predicted labels into "
                          "one file, as its last two columns, and say: asyntrain score FILE",
                          stream_name(guess), stream_number(guess));
            else
                error_set(e, ERROR_CORPUS, "%s:%lu: %s", stream_name(guess), stream_number(guess),
                          inner.text);
            break;
        }
    }
    if (e->kind == ERROR_NONE && columns(&shape, &a, &b))
        text_say(
            stderr,
            "warning: %s: every line has %zu words, as columns do, and is scored as segmented text; labels "
            "are scored from one file, gold and predicted ones as its last two columns",
            stream_name(gold), shape.words);
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

static int score(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    const char *task = values[TASK], *scheme = values[SCHEME], *separator = values[SEPARATOR];
    struct format_ops format = format_conll;
    long long column = -1;
    if (task && strcmp(task, "tagging") == 0 && values[STRICT])
        error_set(&e, ERROR_USAGE, "option --strict goes with chunks, not with --task tagging");
    else if (values[GOLD] && (!text_integer(span_of(values[GOLD]), &column) || column < 0))
        error_set(&e, ERROR_USAGE, "option --gold: '%s' is no column; they are numbered from 0",
                  values[GOLD]);
    else if (argc == 1 && values[WORDS])
        error_set(&e, ERROR_USAGE, "option --words goes with two segmented files, GOLD and ANSWER");
    else if (argc == 2 && (task || scheme || separator || values[STRICT] || values[LABELS] || values[GOLD] ||
                           values[COMMENTS]))
        error_set(&e, ERROR_USAGE,
                  "options --task, --scheme, --strict, --labels, --gold, --separator and --comments go with "
                  "one file in "
                  "columns");
    else if (argc == 2)
        score_files(argv[0], argv[1], values[WORDS], &e);
    else {
        if (separator && strcmp(separator, "tab") == 0)
            format.separator = '\t';
        format.comments = values[COMMENTS];
        score_columns(argv[0],
                      &(struct columns){task, scheme, values[STRICT] != NULL, values[LABELS] != NULL,
                                        .column = column, .format = format},
                      &e);
    }
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_score = {
    .name = "score",
    .summary = "score columns `gold guess` (the last two), or segmented GOLD and ANSWER files",
    .operands = "FILE|- | GOLD ANSWER",
    .example = "asyntrain tag RUN corpora/chunk-test.conll | asyntrain score -",
    .group = VERB_MODEL,
    .least = 1,
    .most = 2,
    .options = options,
    .run = score,
};

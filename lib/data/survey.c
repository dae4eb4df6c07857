/* SPDX-License-Identifier: MIT */
#include "lib/data/survey.h"

#include "lib/base/memory.h"
#include "lib/data/scheme.h"

#include <string.h>
#include <sys/stat.h>

/* Count one running word. */
static void see_word(struct survey *s, const struct survey *training, struct span word)
{
    s->words++;
    vocab_add(s->vocabulary, word);
    if (training && vocab_find(training->vocabulary, word) == VOCAB_NONE)
        s->oov++;
}

static void see_attributes(struct survey *s, const struct survey *training, const struct sentence *z)
{
    struct text_buffer buffer = {0};
    struct span name;
    double value;
    for (uint32_t i = 0; i < z->n; i++)
        for (struct span rest = z->cell[(size_t)i * z->ncolumns];
             crfsuite_attribute(&rest, &buffer, &name, &value);)
            see_word(s, training, name);
    memory_free(buffer.bytes);
}

static void see_words(struct survey *s, const struct survey *training, const struct sentence *z,
                      const struct corpus *corpus)
{
    struct text_buffer buffer = {0};
    struct span word;
    uint32_t column = corpus_label_column(corpus, z->ncolumns);
    if (corpus->task == CORPUS_SEGMENTATION)
        for (uint32_t at = 0; sentence_word(z, column, &at, &buffer, &word);)
            see_word(s, training, word);
    else if (corpus->format->attributes)
        see_attributes(s, training, z);
    else
        for (uint32_t i = 0; i < z->n; i++)
            see_word(s, training, z->cell[(size_t)i * z->ncolumns]);
    memory_free(buffer.bytes);
}

static void see_text(struct survey *s, const struct survey *training, const struct sentence *z)
{
    uint64_t hash[2] = {1, 2};
    for (uint32_t i = 0; i < z->n; i++) {
        struct span cell = z->cell[(size_t)i * z->ncolumns];
        hash[0] = text_hash(cell.s, cell.n, hash[0]);
        hash[1] = text_hash(cell.s, cell.n, hash[1]);
    }
    struct span key = {(const char *)hash, sizeof hash};
    uint32_t before = vocab_count(s->texts);
    if (training)
        s->duplicates += vocab_find(training->texts, key) != VOCAB_NONE;
    else
        s->duplicates += vocab_add(s->texts, key) < before;
}

static void see_labels(struct survey *s, const struct corpus *corpus, const struct sentence *z,
                       const char *path)
{
    uint32_t column = corpus_label_column(corpus, z->ncolumns);
    struct scheme_tag before = {'O', {"", 0}};
    bool after_open = false;
    for (uint32_t i = 0; i < z->n; i++) {
        struct span label = z->cell[(size_t)i * z->ncolumns + column];
        if (corpus->task != CORPUS_SEGMENTATION && format_open(corpus->format, column, corpus->open, label)) {
            s->open++;
            after_open = true;
            continue;
        }
        uint32_t y = vocab_add(s->labels, label);
        size_t old = s->label_capacity;
        s->label_count =
            memory_grow(s->label_count, &s->label_capacity, y + (size_t)1, sizeof *s->label_count);
        if (s->label_capacity > old)
            memset(s->label_count + old, 0, (s->label_capacity - old) * sizeof *s->label_count);
        s->label_count[y]++;
        struct scheme_tag tag = scheme_cut(label);
        bool allowed =
            after_open ? scheme_knows(corpus->scheme, tag) : scheme_allows(corpus->scheme, before, tag);
        allowed = allowed && (i + 1 < z->n || scheme_stops(corpus->scheme, tag));
        if (!allowed && s->invalid++ == 0)
            s->invalid_path = path, s->invalid_line = sentence_line(z, i);
        before = tag;
        after_open = false;
    }
}

static bool see_file(struct survey *s, const struct corpus *corpus, const char *path, struct share *share,
                     const struct survey *training, struct error *e)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return error_set(
            e, ERROR_CORPUS,
            "%s: is no file, and gives its text once; `check` reads a corpus twice: save it to a file", path);
    struct reader *r = reader_open(corpus->format, path, e);
    const struct sentence *z;
    while (r && (z = share_next(share, r, e))) {
        if (z->document || !share_keep(share))
            continue;
        if (corpus_label_column(corpus, z->ncolumns) >= z->ncolumns) {
            error_set(e, ERROR_CORPUS, "%s:%lu: %u column%s; corpus.columns names %zu, correct one of them",
                      path, z->line, z->ncolumns, text_s(z->ncolumns), corpus->ncolumns);
            break;
        }
        s->sentences++;
        s->tokens += z->n;
        if (z->n > s->longest)
            s->longest = z->n;
        see_words(s, training, z, corpus);
        see_text(s, training, z);
        see_labels(s, corpus, z, path);
    }
    reader_close(r);
    return e->kind == ERROR_NONE;
}

struct survey *survey_files(const struct corpus *corpus, const char *const *paths, size_t npaths,
                            enum share_part part, const struct survey *training, struct error *e)
{
    struct share share = share_of(corpus, part);
    struct survey *s = memory_new(1, sizeof *s);
    s->labels = vocab_new();
    s->vocabulary = vocab_new();
    s->texts = vocab_new();
    for (; share.file < npaths; share.file++)
        if (!see_file(s, corpus, paths[share.file], &share, training, e)) {
            survey_free(s);
            return NULL;
        }
    s->types = vocab_count(s->vocabulary);
    return s;
}

void survey_free(struct survey *s)
{
    if (!s)
        return;
    vocab_free(s->labels);
    vocab_free(s->vocabulary);
    vocab_free(s->texts);
    memory_free(s->label_count);
    memory_free(s);
}

double survey_oov_rate(const struct survey *s)
{
    return s->words ? (double)s->oov / (double)s->words : 0;
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/data/cells.h"

#include <assert.h>
#include <string.h>

/* A space under construction: its frequency arrays still grow. */
struct learner {
    struct space *space;
    size_t node_capacity, edge_capacity;
};

/* Which sentences of the files to keep: those whose number falls inside (or outside) the drawn share. */
struct share {
    double fraction;
    uint64_t seed, index;
    bool inside;
};

static bool keep(struct share *share)
{
    if (share->fraction <= 0)
        return true;
    struct rng r;
    rng_init(&r, share->seed, share->index++, 0);
    return (rng_uniform(&r) < share->fraction) == share->inside;
}

struct dataset *dataset_new(void)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->unseen = vocab_new();
    d->cells = vocab_new();
    d->numbers = cells_new();
    dataset_clear(d);
    return d;
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    vocab_free(d->unseen);
    vocab_free(d->cells);
    uint32_t *const arrays[] = {d->first, d->start, d->node, d->edge_start, d->edge, d->y, d->cell};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        memory_free(arrays[i]);
    memory_free(d->example);
    memory_free(d->pending);
    memory_free(d->label);
    cells_free(d->numbers);
    memory_free(d);
}

/* The arrays with an end mark (first, start, edge_start) always hold it. */
void dataset_clear(struct dataset *d)
{
    d->count = d->tokens = 0;
    d->longest = 0;
    d->first = memory_grow(d->first, &d->first_capacity, 1, sizeof *d->first);
    d->start = memory_grow(d->start, &d->start_capacity, 1, sizeof *d->start);
    d->edge_start = memory_grow(d->edge_start, &d->edge_start_capacity, 1, sizeof *d->edge_start);
    d->first[0] = d->start[0] = d->edge_start[0] = 0;
}

static void push(uint32_t **array, size_t *capacity, size_t at, uint32_t value)
{
    if (at >= *capacity)
        *array = memory_grow(*array, capacity, at + 1, sizeof **array);
    (*array)[at] = value;
}

static void sort(uint32_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t x = a[i];
        size_t j = i;
        for (; j > 0 && a[j - 1] > x; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

/* The key of one template line at token i: [1 + nmacros]; false if a cell is one that training never saw. */
static bool make_key(const struct space *space, const struct template_line *t, const uint32_t *row,
                     uint32_t n, uint32_t i, uint32_t *key)
{
    key[0] = t->skeleton;
    for (uint32_t k = 0; k < t->nmacros; k++) {
        const struct macro *m = &t->macro[k];
        int64_t at = m->row + (!m->absolute ? (int64_t)i : m->row < 0 ? (int64_t)n : 0);
        key[k + 1] = at < 0    ? space->boundary[0][-at - 1]
                     : at >= n ? space->boundary[1][at - n]
                               : row[(size_t)m->slot * n + (size_t)at];
        if (key[k + 1] == VOCAB_NONE)
            return false;
    }
    return true;
}

/* A feature that will be looked up soon. */
struct pending {
    bool edge;
    uint32_t key[1 + TEMPLATE_MACROS];
    struct span bytes; /* of the key */
    uint64_t hash;
};

/* Keys of all features of token i, and a hint to the memory where they will be looked up. */
static size_t prepare(const struct space *space, const uint32_t *row, uint32_t n, uint32_t i,
                      struct pending *list)
{
    size_t count = 0;
    for (size_t l = 0; l < space->template->count; l++) {
        const struct template_line *t = &space->template->line[l];
        struct pending *p = &list[count];
        if ((t->edge && i == 0) || !make_key(space, t, row, n, i, p->key))
            continue;
        p->edge = t->edge;
        p->bytes = (struct span){(const char *)p->key, (1 + t->nmacros) * sizeof *p->key};
        p->hash = vocab_hash(p->bytes);
        vocab_prefetch(t->edge ? space->edge : space->node, p->hash);
        count++;
    }
    return count;
}

static uint32_t learn_key(struct vocab *v, uint32_t **frequency, size_t *capacity, const struct pending *p)
{
    uint32_t before = vocab_count(v), id = vocab_add_hashed(v, p->bytes, p->hash);
    if (id == before)
        push(frequency, capacity, id, 0);
    (*frequency)[id]++;
    return id;
}

/* Append the features of the next token. */
static void look_up(struct dataset *d, const struct space *space, struct learner *learner,
                    const struct pending *list, size_t count, size_t token)
{
    size_t node_begin = d->start[token], edge_begin = d->edge_start[token], nodes = node_begin,
           edges = edge_begin;
    struct space *g = learner ? learner->space : NULL;
    for (const struct pending *p = list; p < list + count; p++) {
        uint32_t id;
        if (p->edge)
            id = g ? learn_key(g->edge, &g->edge_frequency, &learner->edge_capacity, p)
                   : vocab_find_hashed(space->edge, p->bytes, p->hash);
        else
            id = g ? learn_key(g->node, &g->node_frequency, &learner->node_capacity, p)
                   : vocab_find_hashed(space->node, p->bytes, p->hash);
        if (id == VOCAB_NONE)
            continue;
        if (p->edge)
            push(&d->edge, &d->edge_capacity, edges++, id);
        else
            push(&d->node, &d->node_capacity, nodes++, id);
    }
    if (nodes > node_begin && !learner)
        sort(d->node + node_begin, nodes - node_begin);
    if (edges > edge_begin && !learner)
        sort(d->edge + edge_begin, edges - edge_begin);
    push(&d->start, &d->start_capacity, token + 1, (uint32_t)nodes);
    push(&d->edge_start, &d->edge_start_capacity, token + 1, (uint32_t)edges);
}

/* Append the features of a sentence, given its rows of values; memory answers for one token while the keys of the
 * next are made. */
static void expand(struct dataset *d, const struct space *space, struct learner *learner, const uint32_t *row,
                   uint32_t n)
{
    size_t lines = space->template->count, count[2];
    d->pending = memory_grow(d->pending, &d->pending_capacity, 2 * lines, sizeof *d->pending);
    count[0] = prepare(space, row, n, 0, d->pending);
    for (uint32_t i = 0; i < n; i++) {
        if (i + 1 < n)
            count[(i + 1) % 2] = prepare(space, row, n, i + 1, d->pending + (i + 1) % 2 * lines);
        look_up(d, space, learner, d->pending + i % 2 * lines, count[i % 2], d->tokens + i);
    }
}

static uint32_t label_id(struct dataset *d, const struct space *space, struct learner *learner,
                         struct span label)
{
    if (learner)
        return vocab_add(learner->space->labels, label);
    uint32_t y = vocab_find(space->labels, label);
    return y != VOCAB_NONE ? y : vocab_count(space->labels) + vocab_add(d->unseen, label);
}

/* The words of a segmented sentence join the list of known words. */
static void learn_words(const struct space *space, const struct sentence *s)
{
    struct text_buffer buffer = {0};
    struct span word;
    for (uint32_t at = 0; sentence_word(s, space->label_column, &at, &buffer, &word);)
        vocab_add(space->words, word);
    memory_free(buffer.bytes);
}

static bool fits(const struct space *space, const struct sentence *s, bool labelled, const char *name,
                 struct error *e)
{
    uint32_t expected = space->ncolumns - !labelled;
    if (s->ncolumns == expected)
        return true;
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: %u column%s; expected %u as in the training corpus, where column %u is the "
                     "label%s; give a file laid out like that one",
                     name, s->line, s->ncolumns, s->ncolumns == 1 ? "" : "s", space->ncolumns,
                     space->label_column, labelled ? "" : " (which may be left out)");
}

static void append(struct dataset *d, const struct space *space, struct learner *learner,
                   const struct sentence *s, bool labelled)
{
    expand(d, space, learner,
           cells_number(d->numbers, space, learner ? learner->space->values : NULL, s, labelled), s->n);
    d->label = memory_grow(d->label, &d->label_capacity, s->n, sizeof *d->label);
    if (labelled)
        encoding_encode(space->encoding, s->cell + space->label_column, s->ncolumns, s->n, d->label);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *cells = s->cell + (size_t)i * s->ncolumns;
        uint32_t y = labelled ? label_id(d, space, learner, d->label[i]) : 0;
        push(&d->y, &d->y_capacity, d->tokens + i, y);
        if (space->words)
            push(&d->cell, &d->cell_capacity, d->tokens + i, vocab_add(d->cells, cells[0]));
    }
    if (learner && space->words)
        learn_words(space, s);
    d->tokens += s->n;
    d->count++;
    push(&d->first, &d->first_capacity, d->count, (uint32_t)d->tokens);
    if (s->n > d->longest)
        d->longest = s->n;
}

bool dataset_append(struct dataset *d, const struct space *space, const struct sentence *s, bool labelled,
                    const char *name, struct error *e)
{
    if (!fits(space, s, labelled, name, e))
        return false;
    append(d, space, NULL, s, labelled);
    return true;
}

void dataset_seal(struct dataset *d)
{
    d->example = memory_grow(d->example, &d->example_capacity, d->count, sizeof *d->example);
    for (size_t k = 0; k < d->count; k++) {
        uint32_t t = d->first[k];
        d->example[k] = (struct example){d->first[k + 1] - t, d->start + t, d->node,
                                         d->edge_start + t,   d->edge,      d->y + t};
    }
}

/* What the first sentence of the training corpus settles. */
static bool settle_columns(struct space *space, const struct corpus *corpus, const struct sentence *s,
                           const char *name, struct error *e)
{
    const struct template *t = space->template;
    space->ncolumns = s->ncolumns;
    space->label_column = corpus_label_column(corpus, s->ncolumns);
    if (corpus->ncolumns && corpus->ncolumns != s->ncolumns)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: %u column%s; corpus.columns names %zu, correct one of them", name, s->line,
                         s->ncolumns, s->ncolumns == 1 ? "" : "s", corpus->ncolumns);
    if (s->ncolumns < 2)
        return error_set(e, ERROR_CORPUS, "%s:%lu: one column; at least a word and its label are expected",
                         name, s->line);
    if (t->columns > s->ncolumns)
        return error_set(e, ERROR_CORPUS,
                         "%s: a macro asks for column %u; the corpus has the columns 0 to %u",
                         corpus->template_path, t->columns - 1, s->ncolumns - 1);
    for (size_t l = 0; l < t->count; l++)
        for (uint32_t k = 0; k < t->line[l].nmacros; k++)
            if (t->slot[t->line[l].macro[k].slot].column == space->label_column)
                return error_set(
                    e, ERROR_CORPUS,
                    "%s: a macro asks for column %u, which is the label; use another column, or set "
                    "corpus.label",
                    corpus->template_path, space->label_column);
    return true;
}

/* Is this a label that means something here: in a corpus of characters B, M, E or S; where chunks are turned into
 * another scheme, one of the scheme of the files? */
static bool means(const struct space *space, struct span label)
{
    if (space->words)
        return label.n == 1 && memchr("BMES", label.s[0], 4);
    return encoding_same(space->encoding) || scheme_knows(encoding_file(space->encoding), scheme_cut(label));
}

static bool labels_mean(const struct space *space, const struct sentence *s, const char *name,
                        struct error *e)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct span label = s->cell[(size_t)i * s->ncolumns + space->label_column];
        int length = label.n < 40 ? (int)label.n : 40;
        if (means(space, label))
            continue;
        if (space->words)
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: label '%.*s'; task segmentation expects characters labelled B, M, E or S", name,
                sentence_line(s, i), length, label.s);
        return error_set(
            e, ERROR_CORPUS,
            "%s:%lu: label '%.*s' is none of scheme %s; say in corpus.scheme how the files mark chunks", name,
            sentence_line(s, i), length, label.s, scheme_names[encoding_file(space->encoding)]);
    }
    return true;
}

/* One sentence for training or scoring. */
static bool take(struct dataset *d, const struct space *space, struct learner *learner,
                 const struct corpus *corpus, const struct sentence *s, const char *path, struct share *share,
                 struct error *e)
{
    if (learner && space->ncolumns == 0 && !settle_columns(learner->space, corpus, s, path, e))
        return false;
    if (!fits(space, s, true, path, e) || !labels_mean(space, s, path, e))
        return false;
    if (keep(share))
        append(d, space, learner, s, true);
    if (d->start[d->tokens] > UINT32_MAX / 2 || d->tokens > UINT32_MAX / 2)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: more than 2^31 features; use a higher features.cutoff or less text", path,
                         s->line);
    return true;
}

static bool read_file(struct dataset *d, const struct space *space, struct learner *learner,
                      const struct corpus *corpus, const char *path, struct share *share, struct error *e)
{
    struct reader *r = reader_open(space->format, path, e);
    const struct sentence *s;
    while (r && (s = reader_next(r, e)) &&
           (s->document || take(d, space, learner, corpus, s, path, share, e)))
        continue;
    reader_close(r);
    return e->kind == ERROR_NONE;
}

static bool read_files(struct dataset *d, const struct space *space, struct learner *learner,
                       const struct corpus *corpus, const char *const *paths, size_t npaths,
                       struct share *share, struct error *e)
{
    for (size_t k = 0; k < npaths; k++)
        if (!read_file(d, space, learner, corpus, paths[k], share, e))
            return false;
    if (d->tokens == 0)
        return error_set(e, ERROR_CORPUS, "%s: no sentence in it%s; a corpus needs at least one", paths[0],
                         share->fraction > 0 ? " falls to this share (corpus.dev_fraction)" : "");
    dataset_seal(d);
    return true;
}

/* Give the ids of a freshly read training corpus their final numbers; dropped ones disappear. */
static void renumber(uint32_t *start, uint32_t *ids, size_t tokens, const uint32_t *map)
{
    size_t kept = 0, begin = 0;
    for (size_t t = 0; t < tokens; t++) {
        size_t end = start[t + 1], first = kept;
        for (size_t k = begin; k < end; k++)
            if (map[ids[k]] != VOCAB_NONE)
                ids[kept++] = map[ids[k]];
        if (kept > first)
            sort(ids + first, kept - first);
        begin = end;
        start[t + 1] = (uint32_t)kept;
    }
}

static void note_transitions(struct space *space, const struct dataset *d)
{
    uint32_t T = vocab_count(space->labels);
    space->follows = memory_new((size_t)T * T, 1);
    for (size_t k = 0; k < d->count; k++)
        for (uint32_t i = 1; i < d->example[k].n; i++)
            space->follows[(size_t)d->example[k].y[i - 1] * T + d->example[k].y[i]] = 1;
}

/* Count the words of a training file that are in the share to be trained. */
static bool count_words(const struct corpus *corpus, const char *path, struct share *share,
                        struct vocab *words, uint32_t **count, size_t *capacity, struct error *e)
{
    struct reader *r = reader_open(corpus->format, path, e);
    struct text_buffer buffer = {0};
    const struct sentence *s;
    while (r && (s = reader_next(r, e))) {
        struct span word;
        uint32_t column = corpus_label_column(corpus, s->ncolumns);
        if (s->document || !keep(share) || column >= s->ncolumns)
            continue;
        for (uint32_t at = 0; sentence_word(s, column, &at, &buffer, &word);) {
            uint32_t before = vocab_count(words), id = vocab_add(words, word);
            push(count, capacity, id, id == before ? 1 : (*count)[id] + 1);
        }
    }
    memory_free(buffer.bytes);
    reader_close(r);
    return e->kind == ERROR_NONE;
}

/* The words that features look for: of files, and of the training corpus. */
static bool learn_lexicon(struct space *space, const struct corpus *corpus, struct error *e)
{
    if (!space->template->words)
        return true;
    if (corpus->nwords == 0 && corpus->train_words == 0)
        return error_set(
            e, ERROR_CORPUS,
            "%s: asks for words of a list, and there is none; name one in features.words, or set "
            "features.train_words",
            corpus->template_path);
    for (size_t k = 0; k < corpus->nwords; k++)
        if (!lexicon_load(space->lexicon, corpus->words[k], e))
            return false;
    struct share share = {corpus->dev_fraction, corpus->seed, 0, false};
    struct vocab *words = vocab_new();
    uint32_t *count = NULL;
    size_t capacity = 0;
    bool good = true;
    for (size_t k = 0; k < corpus->ntrain && good && corpus->train_words; k++)
        good = count_words(corpus, corpus->train[k], &share, words, &count, &capacity, e);
    for (uint32_t id = 0; id < vocab_count(words) && good; id++)
        if (count[id] >= corpus->train_words)
            lexicon_add(space->lexicon, vocab_text(words, id));
    vocab_free(words);
    memory_free(count);
    if (good && vocab_count(lexicon_words(space->lexicon)) == 0)
        good = error_set(e, ERROR_CORPUS,
                         "%s: asks for words of a list, and there is no word in it; see features.words and "
                         "features.train_words",
                         corpus->template_path);
    return good;
}

struct dataset *dataset_learn(const struct corpus *corpus, struct space **space, struct error *e)
{
    struct template *template = template_load(corpus->template_path, e);
    if (!template)
        return NULL;
    struct dataset *d = dataset_new();
    *space =
        space_new(corpus->format, template, corpus_encoding(corpus), corpus->task == CORPUS_SEGMENTATION);
    struct learner learner = {.space = *space};
    struct share share = {corpus->dev_fraction, corpus->seed, 0, false};
    space_boundaries(*space);
    cells_dropout(d->numbers, corpus->word_dropout);
    if (!learn_lexicon(*space, corpus, e) ||
        !read_files(d, *space, &learner, corpus, corpus->train, corpus->ntrain, &share, e)) {
        dataset_free(d);
        space_free(*space);
        *space = NULL;
        return NULL;
    }
    uint32_t *map_node, *map_edge;
    space_prune(*space, corpus->cutoff, &map_node, &map_edge);
    renumber(d->start, d->node, d->tokens, map_node);
    renumber(d->edge_start, d->edge, d->tokens, map_edge);
    memory_free(map_node);
    memory_free(map_edge);
    d->node = memory_fit(d->node, d->node_capacity = d->start[d->tokens], sizeof *d->node);
    dataset_seal(d);
    note_transitions(*space, d);
    return d;
}

static struct dataset *read_all(const struct corpus *corpus, const struct space *space,
                                const char *const *paths, size_t npaths, struct share share, struct error *e)
{
    struct dataset *d = dataset_new();
    if (read_files(d, space, NULL, corpus, paths, npaths, &share, e))
        return d;
    dataset_free(d);
    return NULL;
}

struct dataset *dataset_part(const struct corpus *corpus, const struct space *space, enum dataset_part part,
                             struct error *e)
{
    struct share all = {0}, drawn = {corpus->dev_fraction, corpus->seed, 0, true};
    e->kind = ERROR_NONE;
    if (part == DATASET_TEST)
        return corpus->ntest ? read_all(corpus, space, corpus->test, corpus->ntest, all, e) : NULL;
    if (corpus->ndev)
        return read_all(corpus, space, corpus->dev, corpus->ndev, all, e);
    return corpus->dev_fraction > 0 ? read_all(corpus, space, corpus->train, corpus->ntrain, drawn, e) : NULL;
}

struct dataset *dataset_read(const struct space *space, const char *const *paths, size_t npaths,
                             struct error *e)
{
    return read_all(NULL, space, paths, npaths, (struct share){0}, e);
}

struct span dataset_label(const struct dataset *d, const struct space *space, uint32_t y)
{
    uint32_t T = vocab_count(space->labels);
    return y < T ? vocab_text(space->labels, y) : vocab_text(d->unseen, y - T);
}

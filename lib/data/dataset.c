/* SPDX-License-Identifier: MIT */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/data/cells.h"

#include <assert.h>
#include <string.h>

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
    memory_free(d->query);
    memory_free(d->key);
    memory_free(d->scratch);
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

/* Put n ids into `out` in rising order: the place of each is how many are smaller. All pairs are compared, but
 * without a branch, of which a better sort has several that nobody can foretell. `rank`: scratch, [n]. */
static void sort(uint32_t *restrict out, const uint32_t *restrict a, uint32_t *restrict rank, size_t n)
{
    memset(rank, 0, n * sizeof *rank);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            rank[i] += (int32_t)a[j] < (int32_t)a[i]; /* below 2^31, and signed ones are compared faster */
    for (size_t i = 0; i < n; i++)
        out[i] = VOCAB_NONE;
    for (size_t i = 0; i < n; i++) {
        size_t place = rank[i];
        while (out[place] != VOCAB_NONE)
            place++; /* lines that share their text can make one feature twice */
        out[place] = a[i];
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
        key[k + 1] = (uint64_t)at < n ? row[(size_t)m->slot * n + (size_t)at]
                     : at < 0         ? space->boundary[0][-at - 1]
                                      : space->boundary[1][at - n];
        if (key[k + 1] == VOCAB_NONE)
            return false;
    }
    return true;
}

/* Tokens on their way to their features, one in each step: keys, slots, ends, strings. */
#define STEPS 4

/* The features of one token that are looked up. U and B features have a vocab each. */
struct pending {
    size_t nodes, edges;
    struct vocab_query *node, *edge; /* [lines] */
    uint32_t *key; /* [lines][1 + TEMPLATE_MACROS] */
};

/* Keys of all features of token i. */
static void prepare(const struct space *space, const uint32_t *row, uint32_t n, uint32_t i, struct pending *p)
{
    uint32_t *key = p->key;
    p->nodes = p->edges = 0;
    for (size_t l = 0; l < space->template->count; l++) {
        const struct template_line *t = &space->template->line[l];
        if ((t->edge && i == 0) || !make_key(space, t, row, n, i, key))
            continue;
        struct vocab_query *q = t->edge ? &p->edge[p->edges++] : &p->node[p->nodes++];
        q->s = (struct span){(const char *)key, (1 + t->nmacros) * sizeof *key};
        key += 1 + t->nmacros;
    }
    vocab_ask_slots(space->node, p->node, p->nodes);
    vocab_ask_slots(space->edge, p->edge, p->edges);
}

static void ask_ends(const struct space *space, struct pending *p)
{
    vocab_ask_ends(space->node, p->node, p->nodes);
    vocab_ask_ends(space->edge, p->edge, p->edges);
}

static void ask_texts(const struct space *space, struct pending *p)
{
    vocab_ask_texts(space->node, p->node, p->nodes);
    vocab_ask_texts(space->edge, p->edge, p->edges);
}

/* Append the answers to `ids` from `begin` on, in rising order but while training learns; where they end. */
static size_t collect(uint32_t **ids, size_t *capacity, size_t begin, const struct vocab_query *q,
                      size_t count, uint32_t *scratch, bool learning)
{
    size_t n = 0;
    *ids = memory_grow(*ids, capacity, begin + count, sizeof **ids);
    uint32_t *to = learning ? *ids + begin : scratch;
    for (size_t k = 0; k < count; k++)
        if (q[k].id != VOCAB_NONE)
            to[n++] = q[k].id;
    if (!learning)
        sort(*ids + begin, to, scratch + count, n);
    return begin + n;
}

/* Append the features of the next token. */
static void look_up(struct dataset *d, const struct space *space, struct space *learner, struct pending *p,
                    size_t token)
{
    if (learner) {
        vocab_add_asked(learner->node, p->node, p->nodes);
        vocab_add_asked(learner->edge, p->edge, p->edges);
    } else {
        vocab_find_asked(space->node, p->node, p->nodes);
        vocab_find_asked(space->edge, p->edge, p->edges);
    }
    size_t nodes =
               collect(&d->node, &d->node_capacity, d->start[token], p->node, p->nodes, d->scratch, learner),
           edges = collect(&d->edge, &d->edge_capacity, d->edge_start[token], p->edge, p->edges, d->scratch,
                           learner);
    push(&d->start, &d->start_capacity, token + 1, (uint32_t)nodes);
    push(&d->edge_start, &d->edge_start_capacity, token + 1, (uint32_t)edges);
}

/* Scratch for templates of so many lines. */
static void make_room(struct dataset *d, size_t lines)
{
    if (d->pending)
        return;
    d->pending = memory_new(STEPS, sizeof *d->pending);
    d->query = memory_new(STEPS * 2 * lines, sizeof *d->query);
    d->key = memory_new(STEPS * lines, (1 + TEMPLATE_MACROS) * sizeof *d->key);
    d->scratch = memory_new(2 * lines, sizeof *d->scratch);
    for (size_t k = 0; k < STEPS; k++)
        d->pending[k] = (struct pending){.node = d->query + 2 * k * lines,
                                         .edge = d->query + (2 * k + 1) * lines,
                                         .key = d->key + k * lines * (1 + TEMPLATE_MACROS)};
}

/* Append the features of a sentence, given its rows of values: while one token waits for memory, others take their
 * next step. */
static void expand(struct dataset *d, const struct space *space, struct space *learner, const uint32_t *row,
                   uint32_t n)
{
    make_room(d, space->template->count);
    struct pending *p = d->pending;
    for (uint32_t i = 0; i < n + 3; i++) {
        if (i >= 3)
            look_up(d, space, learner, &p[(i - 3) % STEPS], d->tokens + i - 3);
        if (i >= 2 && i - 2 < n)
            ask_texts(space, &p[(i - 2) % STEPS]);
        if (i >= 1 && i - 1 < n)
            ask_ends(space, &p[(i - 1) % STEPS]);
        if (i < n)
            prepare(space, row, n, i, &p[i % STEPS]);
    }
}

static uint32_t label_id(struct dataset *d, const struct space *space, struct space *learner,
                         struct span label)
{
    if (learner)
        return vocab_add(learner->labels, label);
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

static void append(struct dataset *d, const struct space *space, struct space *learner,
                   const struct sentence *s, bool labelled)
{
    expand(d, space, learner, cells_number(d->numbers, space, learner ? learner->values : NULL, s, labelled),
           s->n);
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
static bool take(struct dataset *d, const struct space *space, struct space *learner,
                 const struct corpus *corpus, const struct sentence *s, const char *path, struct share *share,
                 struct error *e)
{
    if (learner && space->ncolumns == 0 && !settle_columns(learner, corpus, s, path, e))
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

static bool read_file(struct dataset *d, const struct space *space, struct space *learner,
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

static bool read_files(struct dataset *d, const struct space *space, struct space *learner,
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

/* How often each of `count` ids stands in a freshly read training corpus. */
static uint32_t *frequencies(const uint32_t *ids, size_t n, uint32_t count)
{
    uint32_t *frequency = memory_lines(count, sizeof *frequency);
    for (size_t k = 0; k < n; k++)
        frequency[ids[k]]++;
    return frequency;
}

/* Give these ids their final numbers; dropped ones disappear. `scratch`: [2][lines]. */
static void renumber(uint32_t *start, uint32_t *ids, size_t tokens, const uint32_t *map, uint32_t *scratch,
                     size_t lines)
{
    size_t kept = 0, begin = 0;
    for (size_t t = 0; t < tokens; t++) {
        size_t end = start[t + 1], n = 0;
        for (size_t k = begin; k < end; k++)
            if (map[ids[k]] != VOCAB_NONE)
                scratch[n++] = map[ids[k]];
        sort(ids + kept, scratch, scratch + lines, n);
        begin = end;
        start[t + 1] = (uint32_t)(kept += n);
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
    struct share share = {corpus->dev_fraction, corpus->seed, 0, false};
    space_boundaries(*space);
    cells_dropout(d->numbers, corpus->word_dropout);
    if (!learn_lexicon(*space, corpus, e) ||
        !read_files(d, *space, *space, corpus, corpus->train, corpus->ntrain, &share, e)) {
        dataset_free(d);
        space_free(*space);
        *space = NULL;
        return NULL;
    }
    uint32_t *map_node, *map_edge;
    (*space)->node_frequency = frequencies(d->node, d->start[d->tokens], vocab_count((*space)->node));
    (*space)->edge_frequency = frequencies(d->edge, d->edge_start[d->tokens], vocab_count((*space)->edge));
    space_prune(*space, corpus->cutoff, &map_node, &map_edge);
    renumber(d->start, d->node, d->tokens, map_node, d->scratch, template->count);
    renumber(d->edge_start, d->edge, d->tokens, map_edge, d->scratch, template->count);
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

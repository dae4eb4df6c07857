/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "lib/data/cells.h"
#include "lib/data/dataset_inside.h"
#include "lib/data/pretrained.h"
#include "lib/data/share.h"

#include <assert.h>
#include <string.h>

/* The column that a model wants spelled, and the characters that are known. */
static bool settle_spelling(struct space *space, const struct corpus *corpus, struct error *e)
{
    uint32_t column = corpus->spelling_column;
    if (!corpus->spelling_key)
        return true;
    if (column >= space->ncolumns)
        return config_fault(corpus->config, corpus->spelling_key, e,
                            "column %u of a corpus that has the columns 0 to %u; name the one of the words",
                            column, space->ncolumns - 1);
    if (column == space->label_column)
        return config_fault(corpus->config, corpus->spelling_key, e,
                            "column %u is the label; name the column of the words, or set corpus.label",
                            column);
    space->spelling = spelling_new(column);
    const struct vocab *known = corpus->known ? corpus->known->spelling->characters : NULL;
    for (uint32_t id = 0; known && id < vocab_count(known); id++)
        spelling_add(space->spelling, vocab_text(known, id));
    return true;
}

/* Who goes on from a model has its columns. */
static bool has_known_columns(const struct space *space, const struct corpus *corpus, const char *name,
                              struct error *e)
{
    const struct space *known = corpus->known;
    return !known || (known->ncolumns == space->ncolumns && known->label_column == space->label_column) ||
           config_fault(
               corpus->config, "run.from", e,
               "that model was trained on %u columns with the label in column %u, and %s has %u with "
               "the label in column %u; give a corpus that is laid out alike, or leave run.from out",
               known->ncolumns, known->label_column, name, space->ncolumns, space->label_column);
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
                         s->ncolumns, text_s(s->ncolumns), corpus->ncolumns);
    if (s->ncolumns < 2)
        return error_set(e, ERROR_CORPUS, "%s:%lu: one column; at least a word and its label are expected",
                         name, s->line);
    if (!has_known_columns(space, corpus, name, e))
        return false;
    for (size_t l = 0; l < t->count; l++)
        for (uint32_t k = 0; k < t->line[l].nmacros; k++) {
            uint32_t column = t->slot[t->line[l].macro[k].slot].column;
            if (column >= s->ncolumns)
                return error_set(e, ERROR_CORPUS,
                                 "%s:%lu: a macro asks for column %u; the corpus has the columns 0 to %u",
                                 corpus->template_path, t->line[l].number, column, s->ncolumns - 1);
            if (column == space->label_column)
                return error_set(
                    e, ERROR_CORPUS,
                    "%s:%lu: a macro asks for column %u, which is the label; use another column, or "
                    "set corpus.label",
                    corpus->template_path, t->line[l].number, column);
        }
    return settle_spelling(space, corpus, e);
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
        int length = text_shown(label, 40);
        if (label.n == 0)
            return error_set(e, ERROR_CORPUS, "%s:%lu: no label; write it before the first TAB%s%s%s", name,
                             sentence_line(s, i), *space->open ? ", or " : "", space->open,
                             *space->open ? " where it is not known" : "");
        if (means(space, label) || (!space->words && space_open(space, label)))
            continue;
        if (space->words)
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: label '%.*s'; task segmentation expects characters labelled B, M, E or S", name,
                sentence_line(s, i), length, label.s);
        char remedy[LABELS_WORDS];
        labels_remedy(label, encoding_file(space->encoding), remedy);
        return error_set(e, ERROR_CORPUS, "%s:%lu: label '%.*s' is none of scheme %s; %s", name,
                         sentence_line(s, i), length, label.s, scheme_names[encoding_file(space->encoding)],
                         remedy);
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
    if (!dataset_fits(space, s, true, path, e) || !labels_mean(space, s, path, e))
        return false;
    if (d->weights)
        dataset_weights_meet(d->weights, space, s);
    if (share_keep(share)) {
        if (d->weights && !dataset_weigh(d->weights, d, space, s, path, e))
            return false;
        dataset_take(d, space, learner, s, true);
        if (!space->words)
            labels_sentence(d->labels, encoding_file(space->encoding), s, space->label_column, path,
                            space->open);
    }
    if (space->spelling && d->spelling_start && d->spelling_start[d->tokens] > UINT32_MAX / 2)
        return error_set(e, ERROR_CORPUS, "%s:%lu: more than 2^31 characters; use less text", path, s->line);
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
    while (r && (s = share_next(share, r, e)) &&
           (s->document || take(d, space, learner, corpus, s, path, share, e)))
        continue;
    reader_close(r);
    return e->kind == ERROR_NONE;
}

static bool read_files(struct dataset *d, const struct space *space, struct space *learner,
                       const struct corpus *corpus, const char *const *paths, size_t npaths,
                       struct share *share, struct error *e)
{
    for (share->file = 0; share->file < npaths; share->file++)
        if (!read_file(d, space, learner, corpus, paths[share->file], share, e))
            return false;
    if (d->tokens == 0)
        return error_set(e, ERROR_CORPUS, "%s: no sentence in it%s; a corpus needs at least one", paths[0],
                         share->fraction > 0 ? " falls to this share (corpus.dev_fraction)"
                         : share->fold.of    ? " falls to this share (corpus.fold)"
                                             : "");
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
        dataset_sort(ids + kept, scratch, scratch + lines, n);
        begin = end;
        start[t + 1] = (uint32_t)(kept += n);
    }
}

/* (beside an open label none is seen) */
static void note_transitions(struct space *space, const struct space *known, const struct dataset *d)
{
    uint32_t T = vocab_count(space->labels), before = known ? vocab_count(known->labels) : 0;
    space->follows = memory_new((size_t)T * T, 1);
    for (size_t y = 0; y < before; y++)
        memcpy(space->follows + y * T, known->follows + y * before, before);
    for (size_t k = 0; k < d->count; k++)
        for (uint32_t i = 1; i < d->example[k].n; i++)
            if (d->example[k].y[i - 1] != EXAMPLE_OPEN && d->example[k].y[i] != EXAMPLE_OPEN)
                space->follows[(size_t)d->example[k].y[i - 1] * T + d->example[k].y[i]] = 1;
}

/* Count the words of a training file that are in the share to be trained. */
static bool count_words(const struct corpus *corpus, const char *path, struct share *share,
                        struct vocab *words, uint32_t **count, size_t *capacity, struct error *e)
{
    struct reader *r = reader_open(corpus->format, path, e);
    struct text_buffer buffer = {0};
    const struct sentence *s;
    while (r && (s = share_next(share, r, e))) {
        struct span word;
        uint32_t column = corpus_label_column(corpus, s->ncolumns);
        if (s->document || !share_keep(share) || column >= s->ncolumns)
            continue;
        for (uint32_t at = 0; sentence_word(s, column, &at, &buffer, &word);) {
            uint32_t before = vocab_count(words), id = vocab_add(words, word);
            if (id == before)
                dataset_push(count, capacity, id, 0);
            assert(*count);
            (*count)[id]++;
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
    struct share share = share_of(corpus, SHARE_TRAINED);
    struct vocab *words = vocab_new();
    uint32_t *count = NULL;
    size_t capacity = 0;
    bool good = true;
    for (; share.file < corpus->ntrain && good && corpus->train_words; share.file++)
        good = count_words(corpus, corpus->train[share.file], &share, words, &count, &capacity, e);
    for (uint32_t id = 0; count && id < vocab_count(words) && good; id++)
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

/* What is read with the training corpus, and settles which features there are. */
static bool learn(struct dataset *d, struct space *space, const struct corpus *corpus, struct error *e)
{
    struct share share = share_of(corpus, SHARE_TRAINED);
    bool vectors = corpus->vectors && *corpus->vectors;
    if (vectors && !(space->pretrained = pretrained_new(corpus, space->template, e)))
        return false;
    return learn_lexicon(space, corpus, e) &&
           read_files(d, space, space, corpus, corpus->train, corpus->ntrain, &share, e) &&
           dataset_weights_met(d->weights, e) && dataset_choose(d, space, corpus, e) &&
           (!vectors || pretrained_read(space->pretrained, space, e));
}

struct dataset *dataset_learn(const struct corpus *corpus, struct space **space, struct error *e)
{
    struct template *template = corpus_template(corpus, e);
    if (!template)
        return NULL;
    struct dataset *d = dataset_new();
    *space =
        space_new(corpus->format, template, corpus_encoding(corpus), corpus->task == CORPUS_SEGMENTATION);
    space_mark(*space, corpus->open);
    struct pretrained *pretrained;
    if (corpus->known)
        space_go_on(*space, corpus->known);
    space_boundaries(*space);
    cells_dropout(d->numbers, corpus->word_dropout);
    d->weights = dataset_weights_new(corpus);
    const bool good = learn(d, *space, corpus, e);
    dataset_weights_free(d->weights);
    d->weights = NULL;
    if (!good) {
        dataset_free(d);
        space_free(*space);
        *space = NULL;
        return NULL;
    }
    uint32_t *map_node, *map_edge;
    (*space)->node_frequency = frequencies(d->node, d->start[d->tokens], vocab_count((*space)->node));
    (*space)->edge_frequency = frequencies(d->edge, d->edge_start[d->tokens], vocab_count((*space)->edge));
    pretrained = (*space)->pretrained;
    space_prune(*space, corpus->cutoff, pretrained ? pretrained->spare : NULL, corpus->known, &map_node,
                &map_edge);
    if (corpus->format->attributes) {
        dataset_renumber_attributes(d, map_node);
    } else {
        renumber(d->start, d->node, d->tokens, map_node, d->scratch, template->count);
        renumber(d->edge_start, d->edge, d->tokens, map_edge, d->scratch, template->count);
    }
    memory_free(map_node);
    memory_free(map_edge);
    if ((*space)->spelling)
        spelling_order((*space)->spelling, d->spelling, d->spelling_start[d->tokens]);
    d->node = memory_fit(d->node, d->node_capacity = d->start[d->tokens], sizeof *d->node);
    dataset_seal(d);
    note_transitions(*space, corpus->known, d);
    if (pretrained)
        pretrained_extend(pretrained, *space);
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
    struct share all = share_of(corpus, SHARE_ALL), drawn = share_of(corpus, SHARE_DRAWN),
                 held = share_of(corpus, SHARE_HELD);
    e->kind = ERROR_NONE;
    if (part == DATASET_TEST && corpus->fold.of)
        return read_all(corpus, space, corpus->train, corpus->ntrain, held, e);
    if (part == DATASET_TEST)
        return corpus->ntest ? read_all(corpus, space, corpus->test, corpus->ntest, all, e) : NULL;
    if (corpus->ndev)
        return read_all(corpus, space, corpus->dev, corpus->ndev, all, e);
    return corpus->dev_fraction > 0 ? read_all(corpus, space, corpus->train, corpus->ntrain, drawn, e) : NULL;
}

struct dataset *dataset_read(const struct space *space, const char *const *paths, size_t npaths,
                             struct error *e)
{
    return read_all(NULL, space, paths, npaths, share_of(NULL, SHARE_ALL), e);
}

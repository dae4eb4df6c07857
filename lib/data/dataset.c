/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"
#include "lib/data/cells.h"
#include "lib/data/dataset_inside.h"

#include <stdio.h>

struct dataset *dataset_new(void)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->unseen = vocab_new();
    d->cells = vocab_new();
    d->given = vocab_new();
    d->choices = vocab_new();
    d->numbers = cells_new();
    d->labels = labels_new();
    dataset_clear(d);
    return d;
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    vocab_free(d->unseen);
    vocab_free(d->cells);
    vocab_free(d->given);
    vocab_free(d->choices);
    memory_free(d->choice);
    uint32_t *const arrays[] = {d->first, d->start, d->node,           d->edge_start, d->edge,
                                d->y,     d->cell,  d->spelling_start, d->spelling,   d->as_given};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        memory_free(arrays[i]);
    memory_free(d->value);
    memory_free(d->weight);
    memory_free(d->token);
    memory_free(d->example);
    memory_free(d->pending);
    memory_free(d->query);
    memory_free(d->key);
    memory_free(d->scratch);
    memory_free(d->label);
    cells_free(d->numbers);
    labels_free(d->labels);
    memory_free(d);
}

static void empty(struct vocab **v)
{
    if (vocab_count(*v) == 0)
        return;
    vocab_free(*v);
    *v = vocab_new();
}

/* The arrays with an end mark (first, start, edge_start) always hold it. */
void dataset_clear(struct dataset *d)
{
    empty(&d->unseen); /* a filter that never ends must not grow with all that it has met */
    empty(&d->cells);
    empty(&d->given);
    d->count = d->tokens = d->open = 0;
    d->valued = false;
    d->longest = (struct capacity){0, 0, 0};
    d->first = memory_grow(d->first, &d->first_capacity, 1, sizeof *d->first);
    d->start = memory_grow(d->start, &d->start_capacity, 1, sizeof *d->start);
    d->edge_start = memory_grow(d->edge_start, &d->edge_start_capacity, 1, sizeof *d->edge_start);
    d->first[0] = d->start[0] = d->edge_start[0] = 0;
}

void dataset_push(uint32_t **array, size_t *capacity, size_t at, uint32_t value)
{
    if (at >= *capacity)
        *array = memory_grow(*array, capacity, at + 1, sizeof **array);
    (*array)[at] = value;
}

uint32_t dataset_number(struct dataset *d, const struct space *space, struct space *learner,
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

bool dataset_fits(const struct space *space, const struct sentence *s, bool labelled, const char *name,
                  struct error *e)
{
    uint32_t expected = space->ncolumns - !labelled;
    if (s->ncolumns == expected)
        return true;
    return error_set(
        e, ERROR_CORPUS,
        "%s:%lu: %u column%s; expected %u as in the training corpus, where column %u (from 0) is the "
        "label%s; give a file laid out like that one",
        name, s->line, s->ncolumns, text_s(s->ncolumns), space->ncolumns, space->label_column,
        labelled ? "" : " (which may be left out)");
}

/* Append the characters of a sentence's words. */
static void spell(struct dataset *d, const struct space *space, struct space *learner,
                  const struct sentence *s, bool labelled)
{
    const struct spelling *spelling = space->spelling;
    uint32_t column = spelling->column - (!labelled && spelling->column > space->label_column);
    dataset_push(&d->spelling_start, &d->spelling_start_capacity, 0, 0);
    size_t begin = d->spelling_start[d->tokens], end = begin;
    for (uint32_t i = 0; i < s->n; i++) {
        d->spelling =
            memory_grow(d->spelling, &d->spelling_capacity, end + SPELLING_LONGEST, sizeof *d->spelling);
        end += spelling_spell(spelling, learner ? learner->spelling : NULL,
                              s->cell[(size_t)i * s->ncolumns + column], d->spelling + end);
        dataset_push(&d->spelling_start, &d->spelling_start_capacity, d->tokens + i + 1, (uint32_t)end);
    }
    if (end - begin > d->longest.characters)
        d->longest.characters = (uint32_t)(end - begin);
}

void dataset_take(struct dataset *d, const struct space *space, struct space *learner,
                  const struct sentence *s, bool labelled)
{
    if (space->format->attributes)
        dataset_attributes(d, space, learner, s);
    else
        dataset_expand(d, space, learner,
                       cells_number(d->numbers, space, learner ? learner->values : NULL, s, labelled), s->n);
    d->label = memory_grow(d->label, &d->label_capacity, s->n, sizeof *d->label);
    bool open = labelled && dataset_has_open(space, s);
    if (open)
        dataset_take_open(d, space, learner, s);
    else if (labelled)
        encoding_encode(space->encoding, s->cell + space->label_column, s->ncolumns, s->n, d->label);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *cells = s->cell + (size_t)i * s->ncolumns;
        if (!open)
            dataset_push(&d->y, &d->y_capacity, d->tokens + i,
                         labelled ? dataset_number(d, space, learner, d->label[i]) : 0);
        if (space->words)
            dataset_push(&d->cell, &d->cell_capacity, d->tokens + i, vocab_add(d->cells, cells[0]));
    }
    if (learner && space->words)
        learn_words(space, s);
    if (learner)
        dataset_note_given(d, space, s);
    if (space->spelling)
        spell(d, space, learner, s, labelled);
    d->tokens += s->n;
    d->count++;
    dataset_push(&d->first, &d->first_capacity, d->count, (uint32_t)d->tokens);
    if (s->n > d->longest.tokens)
        d->longest.tokens = s->n;
}

bool dataset_append(struct dataset *d, const struct space *space, const struct sentence *s, bool labelled,
                    const char *name, struct error *e)
{
    if (!dataset_fits(space, s, labelled, name, e))
        return false;
    dataset_take(d, space, NULL, s, labelled);
    return true;
}

void dataset_seal(struct dataset *d)
{
    d->example = memory_grow(d->example, &d->example_capacity, d->count, sizeof *d->example);
    for (size_t k = 0; k < d->count; k++) {
        uint32_t t = d->first[k];
        d->example[k] = (struct example){.n = d->first[k + 1] - t,
                                         .start = d->start + t,
                                         .node = d->node,
                                         .value = d->valued ? d->value : NULL,
                                         .edge_start = d->edge_start + t,
                                         .edge = d->edge,
                                         .y = d->y + t,
                                         .weight = d->weight ? &d->weight[k] : NULL,
                                         .spelling = d->spelling};
        if (d->choice && example_open(&d->example[k]))
            d->example[k].choice = d->choice + t;
        if (d->spelling_start)
            d->example[k].spelling_start = d->spelling_start + t;
        const uint32_t values = example_capacity(&d->example[k]).values;
        if (values > d->longest.values)
            d->longest.values = values;
    }
}

struct span dataset_label(const struct dataset *d, const struct space *space, uint32_t y)
{
    uint32_t T = vocab_count(space->labels);
    return y < T ? vocab_text(space->labels, y) : vocab_text(d->unseen, y - T);
}

/* Such labels can never be predicted. A few are in many a test corpus; if all are, this is the wrong column. */
static void warn_of_unseen(const struct dataset *d, const struct space *space,
                           const struct labels_listener *listener)
{
    uint32_t T = vocab_count(space->labels);
    size_t unseen = 0;
    char words[LABELS_WORDS];
    for (size_t i = 0; i < d->tokens; i++)
        unseen += d->y[i] >= T && d->y[i] != EXAMPLE_OPEN;
    if (unseen == 0)
        return;
    struct span label = dataset_label(d, space, T);
    snprintf(
        words, sizeof words,
        "warning: %zu of %zu token%s have labels that training has not seen, '%.*s' first; they count as "
        "wrong (if they are many: has the file the columns of the training corpus?)",
        unseen, d->tokens, text_s(d->tokens), text_shown(label, 40), label.s);
    listener->say(listener->to, words);
}

void dataset_warn(const struct dataset *d, const struct space *space, const struct labels_listener *listener)
{
    labels_warn(d->labels, encoding_file(space->encoding), "corpus.scheme: ", listener);
    warn_of_unseen(d, space, listener);
}

/* SPDX-License-Identifier: MIT */
#include "lib/data/pretrained.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <string.h>

/* ---- the template's line */

static bool alone(const struct template_line *l)
{
    return !l->edge && l->nmacros == 1;
}

/* The cell of the token itself. */
static bool plain(const struct template *t, const struct template_line *l)
{
    return alone(l) && l->macro[0].row == 0 && !l->macro[0].absolute &&
           t->slot[l->macro[0].slot].attribute.kind == ATTRIBUTE_CELL;
}

static uint32_t column(const struct template *t, const struct template_line *l)
{
    return t->slot[l->macro[0].slot].column;
}

/* Names of the lines that would do, " U00 U01 …". */
static void list_lines(const struct template *t, char *text, size_t size)
{
    size_t at = 0;
    *text = 0;
    for (size_t l = 0; l < t->count && at < size; l++) {
        struct span name = template_name(t, &t->line[l]);
        if (alone(&t->line[l]))
            at += (size_t)snprintf(text + at, size - at, " %.*s", text_shown(name, 20), name.s);
    }
}

static bool find_line(const struct corpus *corpus, const struct template *t, uint32_t *line, struct error *e)
{
    const char *name = corpus->vectors_line;
    bool named = name && *name, known = false, found = false;
    for (uint32_t k = 0; k < t->count; k++) {
        const struct template_line *l = &t->line[k];
        bool is = named && !l->edge && span_is(template_name(t, l), name);
        const bool fits = named ? is && alone(l) : plain(t, l);
        if (fits && (!found || (!named && column(t, l) < column(t, &t->line[*line])))) {
            *line = k;
            found = true;
        }
        known = known || is;
    }
    if (found)
        return true;
    char fit[256];
    list_lines(t, fit, sizeof fit);
    if (!named)
        return error_set(
            e, ERROR_CORPUS,
            "%s: no line has a cell alone, as U00:%%x[0,0], and features of one get the vectors of "
            "%s; add such a line, or name another in corpus.vectors_line",
            corpus->template_path, corpus->vectors);
    return error_set(e, ERROR_CORPUS,
                     "%s: %s U line '%s', as corpus.vectors_line says; lines of one macro are%s",
                     corpus->template_path, known ? "there is not exactly one macro in" : "there is no", name,
                     *fit ? fit : " none");
}

struct pretrained *pretrained_new(const struct corpus *corpus, const struct template *t, struct error *e)
{
    uint32_t line;
    if (!find_line(corpus, t, &line, e))
        return NULL;
    struct pretrained *p = memory_new(1, sizeof *p);
    *p = (struct pretrained){.path = corpus->vectors,
                             .unseen = corpus->vectors_unseen,
                             .line = line,
                             .name = template_name(t, &t->line[line])};
    return p;
}

void pretrained_forget(struct pretrained *p)
{
    vectors_free(p->vectors);
    memory_free(p->row);
    memory_free(p->spare);
    p->vectors = NULL;
    p->row = NULL;
    p->spare = NULL;
}

void pretrained_free(struct pretrained *p)
{
    if (!p)
        return;
    pretrained_forget(p);
    memory_free(p);
}

/* ---- features and words */

/* The word of a feature of the line; false if it is of another. */
static bool word_of(const struct pretrained *p, const struct space *space, uint32_t id, struct span *word)
{
    struct span key = vocab_text(space->node, id);
    uint32_t number[2]; /* skeleton and value */
    if (key.n != sizeof number)
        return false;
    memcpy(number, key.s, sizeof number);
    if (number[0] != space->template->line[p->line].skeleton)
        return false;
    *word = vocab_text(space->values, number[1]);
    return true;
}

static struct span lowered(struct span word, struct text_buffer *buffer)
{
    static const struct attribute small = {.kind = ATTRIBUTE_CELL, .lower = true};
    struct span value;
    return attribute_value(&small, word, buffer, &value) ? value : word;
}

/* The vector of a word, or that of the word in small letters, or VOCAB_NONE. */
static uint32_t find(const struct pretrained *p, struct span word, bool *in_small, struct text_buffer *buffer)
{
    uint32_t row = vectors_find(p->vectors, word);
    *in_small = false;
    if (row != VOCAB_NONE)
        return row;
    row = vectors_find(p->vectors, lowered(word, buffer));
    *in_small = row != VOCAB_NONE;
    return row;
}

/* The words that training has, and the same in small letters. */
static struct vocab *wanted(const struct pretrained *p, const struct space *space)
{
    struct vocab *words = vocab_new();
    struct text_buffer buffer = {0};
    struct span word;
    for (uint32_t id = 0; id < vocab_count(space->node); id++)
        if (word_of(p, space, id, &word)) {
            vocab_add(words, word);
            vocab_add(words, lowered(word, &buffer));
        }
    memory_free(buffer.bytes);
    return words;
}

bool pretrained_read(struct pretrained *p, const struct space *space, struct error *e)
{
    uint32_t count = vocab_count(space->node), found = 0;
    struct vocab *only = p->unseen ? NULL : wanted(p, space);
    struct text_buffer buffer = {0};
    struct span word;
    bool small;
    p->vectors = vectors_read(p->path, only, e);
    if (only)
        vocab_free(only);
    if (!p->vectors)
        return false;
    p->words = vocab_count(p->vectors->words);
    p->columns = p->vectors->columns;
    if ((p->twice = p->vectors->twice) > 0) {
        struct span first = vocab_text(p->vectors->words, p->vectors->first_twice);
        snprintf(p->first_twice, sizeof p->first_twice, "%.*s", text_shown(first, 60), first.s);
    }
    p->spare = memory_new(count, 1);
    for (uint32_t id = 0; id < count; id++)
        if (word_of(p, space, id, &word) && find(p, word, &small, &buffer) != VOCAB_NONE)
            p->spare[id] = 1, found++;
    memory_free(buffer.bytes);
    struct span name = template_name(space->template, &space->template->line[p->line]);
    if (found == 0)
        return error_set(
            e, ERROR_CORPUS,
            "%s: none of its %u word%s is a feature of training by line %.*s of the template; give "
            "vectors of words as the corpus has them, or name another line in corpus.vectors_line",
            p->path, p->words, text_s(p->words), text_shown(name, 20), name.s);
    if ((uint64_t)count + p->words > INT32_MAX ||
        vocab_bytes(space->values).n + vocab_bytes(p->vectors->words).n > UINT32_MAX)
        return error_set(e, ERROR_CORPUS,
                         "%s: more than 2^31 features with its words; set corpus.vectors_unseen to false",
                         p->path);
    return true;
}

/* Can the line's macro ever give this word? */
static bool possible(const struct pretrained *p, const struct space *space, struct span word,
                     struct text_buffer *buffer)
{
    const struct template *t = space->template;
    const struct attribute *a = &t->slot[t->line[p->line].macro[0].slot].attribute;
    struct span value;
    if (a->kind == ATTRIBUTE_WORD_FROM || a->kind == ATTRIBUTE_WORD_TO)
        return vocab_has(lexicon_words(space->lexicon), word);
    return a->kind < ATTRIBUTE_SAME && attribute_value(a, word, buffer, &value) && span_equal(value, word);
}

/* The features that training has. */
static void assign(struct pretrained *p, const struct space *space)
{
    struct text_buffer buffer = {0};
    struct span word;
    for (uint32_t id = 0; id < vocab_count(space->node); id++) {
        bool small = false;
        p->row[id] = VOCAB_NONE;
        if (!word_of(p, space, id, &word))
            continue;
        p->row[id] = find(p, word, &small, &buffer);
        p->features++;
        p->found += p->row[id] != VOCAB_NONE;
        p->lowered += small;
    }
    memory_free(buffer.bytes);
}

void pretrained_extend(struct pretrained *p, struct space *space)
{
    const struct vectors *v = p->vectors;
    uint32_t count = vocab_count(space->node);
    struct text_buffer buffer = {0};
    memory_free(p->spare);
    p->spare = NULL;
    p->row = memory_new(count + (size_t)vocab_count(v->words), sizeof *p->row);
    assign(p, space);
    for (uint32_t id = 0; p->unseen && id < vocab_count(v->words); id++) {
        struct span word = vocab_text(v->words, id);
        if (!possible(p, space, word, &buffer))
            continue;
        uint32_t key[2] = {space->template->line[p->line].skeleton, vocab_add(space->values, word)};
        uint32_t feature = vocab_add(space->node, (struct span){(const char *)key, sizeof key});
        if (feature == count + p->added) {
            p->row[feature] = v->row_of[id];
            p->added++;
        }
    }
    memory_free(buffer.bytes);
    p->count = count + p->added;
    size_t capacity = count;
    space->node_frequency =
        memory_grow(space->node_frequency, &capacity, p->count, sizeof *space->node_frequency);
    memset(space->node_frequency + count, 0, p->added * sizeof *space->node_frequency);
}

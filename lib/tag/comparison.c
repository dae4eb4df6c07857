/* SPDX-License-Identifier: MIT */
#include "lib/tag/comparison.h"

#include "lib/base/memory.h"
#include "lib/tag/review.h"

#include <stdlib.h>

/* What review_file's sentences become. */
struct reading {
    struct comparison *c;
    const struct trained *model;
    int side; /* which model */
    uint32_t file;
    size_t sentence, token; /* next ones */
    bool same; /* so far the second has read what the first has */
    unsigned long line; /* where it has not */
    struct text_buffer shown; /* of one token */
    struct span *cell; /* words: one line's characters, … */
    char *gold, *guess; /* … and their labels */
    size_t sentence_room, count_room[2], gold_room, answer_room[2], word_room, cell_room, gold_label_room,
        guess_room;
};

/* Count the sentence: what the score has more than before. */
static struct score_result count(struct reading *r, const struct review *v)
{
    struct score *score = r->c->score[r->side];
    const struct score_result before = score_read(score);
    const uint32_t n = v->sentence->n;
    if (r->model->task != CORPUS_SEGMENTATION) {
        score_labels(score, v->gold, v->guess, n);
    } else {
        r->cell = memory_grow(r->cell, &r->cell_room, n, sizeof *r->cell);
        r->gold = memory_grow(r->gold, &r->gold_label_room, n, 1);
        r->guess = memory_grow(r->guess, &r->guess_room, n, 1);
        for (uint32_t i = 0; i < n; i++) {
            r->cell[i] = v->sentence->cell[(size_t)i * v->sentence->ncolumns];
            r->gold[i] = v->gold[i].s[0];
            r->guess[i] = v->guess[i].s[0];
        }
        score_characters(score, r->cell, r->gold, r->guess, n);
    }
    struct score_result after = score_read(score);
    after.sentences -= before.sentences;
    after.tokens -= before.tokens;
    after.correct_tokens -= before.correct_tokens;
    after.gold -= before.gold;
    after.guessed -= before.guessed;
    after.correct -= before.correct;
    return after;
}

static void keep_counts(struct reading *r, const struct score_result *s)
{
    const int side = r->side;
    const bool tagging = r->model->task == CORPUS_TAGGING;
    struct significance_counts *to = r->c->counts[side] =
        memory_grow(r->c->counts[side], &r->count_room[side], r->sentence + 1, sizeof *r->c->counts[side]);
    to[r->sentence] =
        tagging ? (struct significance_counts){(uint32_t)s->tokens, (uint32_t)s->tokens,
                                               (int32_t)s->correct_tokens}
                : (struct significance_counts){(uint32_t)s->gold, (uint32_t)s->guessed, (int32_t)s->correct};
    r->c->sentence[r->sentence].right[side] = s->correct_tokens == s->tokens;
}

/* The first model's reading sets what the second's must be. */
static void keep_sentence(struct reading *r, const struct review *v)
{
    struct comparison *c = r->c;
    const uint32_t n = v->sentence->n;
    c->sentence = memory_grow(c->sentence, &r->sentence_room, r->sentence + 1, sizeof *c->sentence);
    c->sentence[r->sentence] =
        (struct compared){.first = r->token, .n = n, .file = r->file, .line = v->sentence->line};
    c->gold = memory_grow(c->gold, &r->gold_room, r->token + n, sizeof *c->gold);
    c->word = memory_grow(c->word, &r->word_room, r->token + n, sizeof *c->word);
    for (uint32_t i = 0; i < n; i++) {
        c->gold[r->token + i] = v->gold[i].s ? vocab_add(c->labels, v->gold[i]) : VOCAB_NONE;
        c->word[r->token + i] =
            vocab_add(c->words, format_shown(r->model->space->format, v->sentence, i, &r->shown));
    }
    c->sentences = r->sentence + 1;
    c->tokens = r->token + n;
}

static bool same_sentence(const struct reading *r, const struct review *v)
{
    const struct comparison *c = r->c;
    const struct compared *s = &c->sentence[r->sentence];
    if (r->sentence >= c->sentences || s->file != r->file || s->line != v->sentence->line ||
        s->n != v->sentence->n)
        return false;
    bool same = true;
    for (uint32_t i = 0; i < s->n && same; i++)
        same = c->gold[s->first + i] == (v->gold[i].s ? vocab_find(c->labels, v->gold[i]) : VOCAB_NONE);
    return same;
}

static void take(void *to, const struct review *v)
{
    struct reading *r = to;
    const int side = r->side;
    struct comparison *c = r->c;
    if (!r->same)
        return;
    const struct score_result s = count(r, v);
    if (s.sentences == 0)
        return; /* all its labels are open */
    if (side == 0)
        keep_sentence(r, v);
    else if (!(r->same = same_sentence(r, v))) {
        r->line = v->sentence->line;
        return;
    }
    keep_counts(r, &s);
    c->answer[side] = memory_grow(c->answer[side], &r->answer_room[side], r->token + v->sentence->n,
                                  sizeof *c->answer[side]);
    for (uint32_t i = 0; i < v->sentence->n; i++) {
        c->answer[side][r->token + i] = vocab_add(c->labels, v->guess[i]);
        if (side == 1)
            c->sentence[r->sentence].differ += c->answer[0][r->token + i] != c->answer[1][r->token + i];
    }
    r->token += v->sentence->n;
    r->sentence++;
}

static struct score *score_of(const struct trained *t)
{
    struct score *s = score_new(t->task == CORPUS_SEGMENTATION ? SCORE_SEGMENTATION
                                : t->task == CORPUS_CHUNKING   ? SCORE_CHUNKING
                                                               : SCORE_TAGGING,
                                NULL);
    score_scheme(s, encoding_file(t->space->encoding));
    return s;
}

static bool read_side(struct reading *r, const struct trained *model, const struct constraint *constraint,
                      const char *const *path, size_t npaths, struct error *e)
{
    struct tagger_options options = {0};
    bool good = trained_whole(model, NULL, &options.whole, e);
    r->model = model;
    r->sentence = r->token = 0;
    for (r->file = 0; good && r->file < npaths; r->file++) {
        good = review_file(model, constraint, &options, path[r->file], take, r, e);
        if (good && !r->same)
            good =
                error_set(e, ERROR_USAGE,
                          "%s:%lu: the two models read other sentences or gold labels here; compare models "
                          "whose corpus.format, corpus.label, corpus.map and corpus.open are the same",
                          path[r->file], r->line);
    }
    return good;
}

struct comparison *comparison_new(const struct trained *const model[2],
                                  const struct constraint *const constraint[2], const char *const *path,
                                  size_t npaths, struct error *e)
{
    struct comparison *c = memory_new(1, sizeof *c);
    struct reading r = {.c = c, .same = true};
    bool good =
        model[0]->task == model[1]->task ||
        error_set(e, ERROR_USAGE,
                  "the two models have different tasks (corpus.task); their scores cannot be compared");
    c->labels = vocab_new();
    c->words = vocab_new();
    for (r.side = 0; r.side < 2; r.side++)
        c->score[r.side] = score_of(model[r.side]);
    for (r.side = 0; good && r.side < 2; r.side++)
        good = read_side(&r, model[r.side], constraint[r.side], path, npaths, e);
    if (good && r.sentence < c->sentences)
        good =
            error_set(e, ERROR_USAGE,
                      "%s:%lu: the second model reads no sentence here; compare models whose corpus.format "
                      "and corpus.open are the same",
                      path[c->sentence[r.sentence].file], c->sentence[r.sentence].line);
    memory_free(r.shown.bytes);
    memory_free(r.cell);
    memory_free(r.gold);
    memory_free(r.guess);
    if (good)
        return c;
    comparison_free(c);
    return NULL;
}

void comparison_free(struct comparison *c)
{
    if (!c)
        return;
    for (int side = 0; side < 2; side++) {
        memory_free(c->counts[side]);
        memory_free(c->answer[side]);
        score_free(c->score[side]);
    }
    memory_free(c->sentence);
    memory_free(c->gold);
    memory_free(c->word);
    vocab_free(c->labels);
    vocab_free(c->words);
    memory_free(c);
}

/* ---- where they differ */

struct place {
    size_t sentence;
    uint32_t differ;
};

static int most_first(const void *x, const void *y)
{
    const struct place *p = x, *q = y;
    if (p->differ != q->differ)
        return p->differ < q->differ ? 1 : -1;
    return (p->sentence > q->sentence) - (p->sentence < q->sentence);
}

size_t *comparison_differences(const struct comparison *c, size_t *count)
{
    struct place *place = memory_new(c->sentences, sizeof *place);
    size_t n = 0;
    for (size_t k = 0; k < c->sentences; k++)
        if (c->sentence[k].differ)
            place[n++] = (struct place){k, c->sentence[k].differ};
    qsort(place, n, sizeof *place, most_first);
    size_t *number = memory_new(n, sizeof *number);
    for (size_t k = 0; k < n; k++)
        number[k] = place[k].sentence;
    memory_free(place);
    *count = n;
    return number;
}

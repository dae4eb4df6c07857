/* SPDX-License-Identifier: MIT */
#include "lib/page/mistakes.h"

#include "lib/base/memory.h"
#include "lib/data/vocab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 400 /* tokens of a sentence that are shown, at most */
#define MATRIX 20 /* labels of the table of confusions, at most */

struct token {
    char *word, *gold, *guess; /* gold NULL: an open label */
    double probability; /* of the gold label */
};

/* A sentence with wrong labels. */
struct kept {
    char *file;
    unsigned long line;
    size_t n, wrong, shown;
    double log_gold; /* sum of the logarithms of the gold labels' probabilities */
    struct token *token; /* [shown] */
};

struct mistakes {
    const struct trained *trained;
    struct score *score;
    const char *file;
    struct kept kept[MISTAKES_SENTENCES]; /* [count], the worst first */
    size_t count, sentences, wrong_sentences;
    struct vocab *labels;
    uint64_t *taken; /* [side][side] row: gold, column: guess */
    uint32_t side;
    char *letter[2]; /* [capacity] labels of segmented text, for its score */
    struct span *character;
    size_t capacity[3];
};

struct mistakes *mistakes_new(const struct trained *trained, struct score *score)
{
    struct mistakes *m = memory_new(1, sizeof *m);
    m->trained = trained;
    m->score = score;
    m->labels = vocab_new();
    if (trained->task != CORPUS_SEGMENTATION)
        score_confusions(score);
    return m;
}

static void kept_free(struct kept *k)
{
    for (size_t i = 0; i < k->shown; i++) {
        memory_free(k->token[i].word);
        memory_free(k->token[i].gold);
        memory_free(k->token[i].guess);
    }
    memory_free(k->token);
    memory_free(k->file);
}

void mistakes_free(struct mistakes *m)
{
    if (!m)
        return;
    for (size_t k = 0; k < m->count; k++)
        kept_free(&m->kept[k]);
    vocab_free(m->labels);
    memory_free(m->taken);
    memory_free(m->letter[0]);
    memory_free(m->letter[1]);
    memory_free(m->character);
    memory_free(m);
}

/* ---- counting ------------------------------------------------------------------------------------------- */

static uint32_t label_id(struct mistakes *m, struct span label)
{
    uint32_t id = vocab_add(m->labels, label);
    if (id < m->side)
        return id;
    uint32_t side = m->side ? 2 * m->side : 32;
    uint64_t *taken = memory_new((size_t)side * side, sizeof *taken);
    for (uint32_t y = 0; y < m->side; y++)
        memcpy(taken + (size_t)y * side, m->taken + (size_t)y * m->side, m->side * sizeof *taken);
    memory_free(m->taken);
    m->taken = taken;
    m->side = side;
    return id;
}

static void score_words(struct mistakes *m, const struct review *r)
{
    uint32_t n = r->sentence->n;
    m->letter[0] = memory_grow(m->letter[0], &m->capacity[0], n, 1);
    m->letter[1] = memory_grow(m->letter[1], &m->capacity[1], n, 1);
    m->character = memory_grow(m->character, &m->capacity[2], n, sizeof *m->character);
    for (uint32_t i = 0; i < n; i++) {
        m->letter[0][i] = r->gold[i].s[0];
        m->letter[1][i] = r->guess[i].s[0];
        m->character[i] = r->sentence->cell[(size_t)i * r->sentence->ncolumns];
    }
    score_characters(m->score, m->character, m->letter[0], m->letter[1], n);
}

static double probability_of(const struct review *r, uint32_t i)
{
    const struct answer *a = r->answer;
    for (uint32_t c = 0; a->candidate && c < a->ncandidates; c++)
        if (span_equal(a->candidate[(size_t)i * a->ncandidates + c].label, r->gold[i]))
            return a->candidate[(size_t)i * a->ncandidates + c].probability;
    return 0;
}

static bool wrong(const struct review *r, uint32_t i)
{
    return r->gold[i].s && !span_equal(r->gold[i], r->guess[i]);
}

/* ---- the worst sentences -------------------------------------------------------------------------------- */

static bool worse(const struct kept *a, const struct kept *b)
{
    return a->wrong != b->wrong ? a->wrong > b->wrong : a->log_gold < b->log_gold;
}

static char *copy(struct span s)
{
    return text_brief(s);
}

static void fill(struct mistakes *m, struct kept *k, const struct review *r)
{
    k->file = memory_copy(m->file, strlen(m->file));
    k->shown = k->n < SHOWN ? k->n : SHOWN;
    k->token = memory_new(k->shown, sizeof *k->token);
    struct text_buffer buffer = {0};
    for (uint32_t i = 0; i < k->shown; i++)
        k->token[i] = (struct token){copy(format_shown(m->trained->space->format, r->sentence, i, &buffer)),
                                     r->gold[i].s ? copy(r->gold[i]) : NULL, copy(r->guess[i]),
                                     r->gold[i].s ? probability_of(r, i) : 1};
    memory_free(buffer.bytes);
}

static void keep(struct mistakes *m, struct kept new, const struct review *r)
{
    size_t at = m->count;
    while (at > 0 && worse(&new, &m->kept[at - 1]))
        at--;
    if (at == MISTAKES_SENTENCES)
        return;
    if (m->count == MISTAKES_SENTENCES)
        kept_free(&m->kept[--m->count]);
    memmove(m->kept + at + 1, m->kept + at, (m->count - at) * sizeof *m->kept);
    m->count++;
    fill(m, &new, r);
    m->kept[at] = new;
}

static void take(void *to, const struct review *r)
{
    struct mistakes *m = to;
    struct kept new = {.line = r->sentence->line, .n = r->sentence->n};
    for (uint32_t i = 0; i < r->sentence->n; i++) {
        if (!r->gold[i].s)
            continue;
        uint32_t gold = label_id(m, r->gold[i]), guess = label_id(m, r->guess[i]);
        m->taken[(size_t)gold * m->side + guess]++;
        new.wrong += wrong(r, i);
        new.log_gold += log(fmax(probability_of(r, i), 1e-300));
    }
    if (m->trained->task == CORPUS_SEGMENTATION)
        score_words(m, r);
    else
        score_labels(m->score, r->gold, r->guess, r->sentence->n);
    m->sentences++;
    m->wrong_sentences += new.wrong > 0;
    if (new.wrong)
        keep(m, new, r);
}

bool mistakes_read(struct mistakes *m, const struct constraint *constraint, enum whole whole,
                   const char *path, struct error *e)
{
    const struct tagger_options options = {.candidates = true, .whole = whole};
    m->file = path;
    return review_file(m->trained, constraint, &options, path, take, m, e);
}

/* ---- writing -------------------------------------------------------------------------------------------- */

static void write_lines(struct page *p, FILE *f)
{
    struct html *h = &p->html;
    char *line = NULL;
    size_t n = 0, capacity = 0;
    html_begin(h, "pre", "role", "group", "tabindex", "0", "aria-label", "Score", NULL);
    for (int c; (c = getc(f)) != EOF;) {
        line = memory_grow(line, &capacity, n + 1, 1);
        if (c != '\n') {
            line[n++] = c == '\t' ? ' ' : (char)c;
            continue;
        }
        if (n == 0)
            break; /* what follows are the tables of labels, which the page has in its own way */
        html_text(h, (struct span){line, n});
        html_markup(h, span_of("\n"));
        n = 0;
    }
    html_end(h);
    memory_free(line);
}

static void write_labels(const struct mistakes *m, struct page *p)
{
    size_t count;
    struct score_label *label = score_by_label(m->score, &count);
    page_table(p, "Labels: tokens that have them, and how they are found (per cent)");
    page_columns(p, (const char *const[]){"label", "support", "precision", "recall", "F1"}, 5);
    for (size_t k = 0; k < count; k++) {
        char *name = copy(label[k].label);
        page_row(p, name);
        page_number(p, true, (double)label[k].gold, 0);
        page_number(p, label[k].guessed > 0, label[k].precision, 2);
        page_number(p, label[k].gold > 0, label[k].recall, 2);
        page_number(p, true, label[k].f1, 2);
        page_row_end(p);
        memory_free(name);
    }
    page_table_end(p);
    memory_free(label);
}

/* The labels by how many mistakes they have a part in, the most first: order [T]. */
static void order_labels(const struct mistakes *m, uint32_t T, uint32_t *order)
{
    uint64_t *faults = memory_new(T, sizeof *faults);
    for (uint32_t y = 0; y < T; y++)
        for (uint32_t z = 0; z < T; z++)
            if (y != z)
                faults[y] += m->taken[(size_t)y * m->side + z] + m->taken[(size_t)z * m->side + y];
    for (uint32_t y = 0; y < T; y++) {
        uint32_t at = y;
        for (; at > 0 && faults[order[at - 1]] < faults[y]; at--)
            order[at] = order[at - 1];
        order[at] = y;
    }
    memory_free(faults);
}

static void write_cell(struct page *p, uint64_t count, bool right)
{
    html_begin(&p->html, "td", "class", right ? "hit" : count ? "miss" : NULL, NULL);
    html_say(&p->html, "%ju", (uintmax_t)count);
    html_end(&p->html);
}

static void write_matrix(const struct mistakes *m, struct page *p)
{
    uint32_t T = vocab_count(m->labels), shown = T < MATRIX ? T : MATRIX,
             *order = memory_new(T, sizeof *order);
    char caption[160];
    const char **column = memory_new(shown + 2u, sizeof *column);
    char **name = memory_new(shown, sizeof *name);
    order_labels(m, T, order);
    snprintf(caption, sizeof caption, "Confusions in tokens: rows are gold labels, columns answers%s",
             T > shown ? "; the labels that have most of them" : "");
    column[0] = "gold";
    for (uint32_t k = 0; k < shown; k++)
        column[k + 1] = name[k] = copy(vocab_text(m->labels, order[k]));
    column[shown + 1] = "other";
    page_table(p, caption);
    page_columns(p, column, shown + 1 + (T > shown));
    for (uint32_t k = 0; k < shown; k++) {
        const uint64_t *row = m->taken + (size_t)order[k] * m->side;
        uint64_t other = 0;
        page_row(p, name[k]);
        for (uint32_t j = 0; j < T; j++)
            if (j < shown)
                write_cell(p, row[order[j]], j == k);
            else
                other += row[order[j]];
        if (T > shown)
            write_cell(p, other, false);
        page_row_end(p);
    }
    page_table_end(p);
    for (uint32_t k = 0; k < shown; k++)
        memory_free(name[k]);
    memory_free(name);
    memory_free(column);
    memory_free(order);
}

static void write_token(struct html *h, const struct token *t)
{
    bool fault = t->gold && strcmp(t->gold, t->guess) != 0;
    html_begin(h, "li", "class", fault ? "wrong" : NULL, NULL);
    html_leaf(h, "bdi", "%s", t->word);
    html_markup(h, span_of(" "));
    html_begin(h, "span", "class", "label", NULL);
    if (fault)
        html_say(h, "gold %s (p %.2g)", t->gold, t->probability);
    else
        html_say(h, "%s", t->guess);
    html_end(h);
    if (fault) {
        html_markup(h, span_of(" "));
        html_begin(h, "span", "class", "label", NULL);
        html_say(h, "answer %s", t->guess);
        html_end(h);
    }
    html_end(h);
}

static void write_sentences(const struct mistakes *m, struct page *p)
{
    struct html *h = &p->html;
    html_leaf(h, p->runs > 1 ? "h4" : "h3", "Sentences with most wrong labels");
    page_say(p,
             "%zu of %zu sentences have a wrong label; here are %zu. p is the probability of the gold label, "
             "of this "
             "token alone.",
             m->wrong_sentences, m->sentences, m->count);
    for (size_t k = 0; k < m->count; k++) {
        const struct kept *s = &m->kept[k];
        page_say(p, "%s:%lu: %zu of %zu labels are wrong%s", s->file, s->line, s->wrong, s->n,
                 s->shown < s->n ? "; the first tokens are shown" : "");
        html_begin(h, "ol", "class", "tokens", NULL);
        for (size_t i = 0; i < s->shown; i++)
            write_token(h, &s->token[i]);
        html_end(h);
    }
}

void mistakes_write(const struct mistakes *m, struct page *p)
{
    FILE *f = tmpfile();
    if (f) {
        score_print(m->score, f);
        rewind(f);
        write_lines(p, f);
        fclose(f);
    }
    if (m->trained->task != CORPUS_SEGMENTATION)
        write_labels(m, p);
    write_matrix(m, p);
    if (m->count)
        write_sentences(m, p);
}

/* SPDX-License-Identifier: MIT
 *
 * The dataset and the space against CRF++'s own way: features as whole strings, counted by sorting.
 */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"
#include "tests/unit/datasets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a corpus as the test knows it */

enum { TOKENS = 400, COLUMNS = 4, LINES = 12, MACROS = 3 };

struct text {
    uint32_t n, ncolumns, label, nsentences;
    char cell[TOKENS][COLUMNS][8];
    uint32_t first[TOKENS], last[TOKENS]; /* of the token's sentence; last is inclusive */
};

static void draw_text(struct rng *r, struct text *t, uint32_t ncolumns, uint32_t label, int variety)
{
    t->n = t->nsentences = 0;
    t->ncolumns = ncolumns;
    t->label = label;
    for (uint64_t k = 1 + rng_below(r, 20); k > 0; k--, t->nsentences++) {
        uint32_t first = t->n, n = 1 + (uint32_t)(rng_below(r, 5) ? rng_below(r, 8) : rng_below(r, 3));
        for (uint32_t i = 0; i < n; i++, t->n++) {
            t->first[t->n] = first;
            t->last[t->n] = first + n - 1;
            for (uint32_t c = 0; c < ncolumns; c++) {
                int word =
                    (int)rng_below(r, 1 + rng_below(r, (uint64_t)variety)); /* some words are frequent */
                if (c == label)
                    sprintf(t->cell[t->n][c], "L%d", word % 5);
                else if (rng_below(r, 30) == 0) /* a word that looks like the edge of a sentence */
                    strcpy(t->cell[t->n][c], rng_below(r, 2) ? "_B-1" : "_B+1");
                else
                    sprintf(t->cell[t->n][c], "w%d", word);
            }
        }
    }
}

/* Tokens [from, to) as a CoNLL file, without column `skip`. */
static void write_text(const struct text *t, uint32_t from, uint32_t to, uint32_t skip, char *out)
{
    *out = 0;
    for (uint32_t i = from; i < to; i++) {
        for (uint32_t c = 0; c < t->ncolumns; c++)
            if (c != skip)
                out += sprintf(out, "%s ", t->cell[i][c]);
        out += sprintf(out, i == t->last[i] ? "\n\n" : "\n");
    }
}

/* ---- templates as the test knows them: pieces of text and macros */

struct line {
    bool edge;
    int macros, row[MACROS];
    uint32_t column[MACROS];
    char piece[MACROS + 1][8]; /* before, between and after the macros */
};

struct lines {
    int count;
    struct line line[LINES];
};

static void draw_lines(struct rng *r, struct lines *l, uint32_t ncolumns, uint32_t label)
{
    l->count = 2 + (int)rng_below(r, LINES - 1);
    for (int k = 0; k < l->count; k++) {
        struct line *x = &l->line[k];
        x->edge = k > 0 && rng_below(r, 3) == 0;
        x->macros = (int)rng_below(r, MACROS + 1);
        if (x->edge && x->macros == 0)
            x->macros = 1;
        /* few names, so that lines share them, and two lines may make one string */
        sprintf(x->piece[0], "%c%d:", x->edge ? 'B' : 'U', (int)rng_below(r, 3));
        for (int m = 0; m < x->macros; m++) {
            x->row[m] = (int)rng_below(r, 7) - 3;
            do
                x->column[m] = (uint32_t)rng_below(r, ncolumns);
            while (x->column[m] == label);
            strcpy(x->piece[m + 1], m + 1 < x->macros ? "/" : rng_below(r, 3) ? "" : "!");
        }
    }
}

static void write_lines(const struct lines *l, char *out)
{
    for (int k = 0; k < l->count; k++) {
        const struct line *x = &l->line[k];
        out += sprintf(out, "%s", x->piece[0]);
        for (int m = 0; m < x->macros; m++)
            out += sprintf(out, "%%x[%d,%u]%s", x->row[m], x->column[m], x->piece[m + 1]);
        out += sprintf(out, "\n");
        if (k == 0)
            out += sprintf(out, "# comment\n\nB\n");
    }
}

/* The string of one line at token i, as CRF++ makes it. */
static void feature(const struct text *t, const struct line *x, uint32_t i, char *out)
{
    out += sprintf(out, "%s", x->piece[0]);
    for (int m = 0; m < x->macros; m++) {
        int64_t at = (int64_t)i + x->row[m];
        if (at < t->first[i])
            out += sprintf(out, "_B-%d", (int)(t->first[i] - at));
        else if (at > t->last[i])
            out += sprintf(out, "_B+%d", (int)(at - t->last[i]));
        else
            out += sprintf(out, "%s", t->cell[at][x->column[m]]);
        out += sprintf(out, "%s", x->piece[m + 1]);
    }
}

struct found {
    char text[64];
    uint32_t count, order; /* times; number of its first appearance */
};

struct features { /* all different strings of one kind, sorted */
    struct found *found;
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int c = strcmp(x->text, y->text);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

static int by_string(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct features count_features(const struct text *t, const struct lines *l, bool edge)
{
    struct features f = {memory_new(TOKENS * LINES, sizeof *f.found), 0};
    size_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        for (int k = 0; k < l->count; k++)
            if (l->line[k].edge == edge && !(edge && i == t->first[i])) {
                feature(t, &l->line[k], i, f.found[n].text);
                f.found[n].order = (uint32_t)n;
                n++;
            }
    qsort(f.found, n, sizeof *f.found, by_text);
    for (size_t k = 0; k < n; k++) {
        if (f.count == 0 || strcmp(f.found[f.count - 1].text, f.found[k].text) != 0)
            f.found[f.count] = f.found[k], f.found[f.count++].count = 0;
        f.found[f.count - 1].count++;
    }
    return f;
}

static const struct found *find(const struct features *f, const char *text)
{
    struct found key;
    snprintf(key.text, sizeof key.text, "%s", text);
    return bsearch(&key, f->found, f->count, sizeof key, by_string);
}

/* The string of feature `id`, from its key: a skeleton's number and the numbers of values. */
static void spell(const struct space *s, const struct lines *l, bool edge, uint32_t id, char *out)
{
    struct span key = vocab_text(edge ? s->edge : s->node, id);
    uint32_t number[1 + TEMPLATE_MACROS];
    memcpy(number, key.s, key.n);
    strcpy(out, "(no line has this skeleton)");
    for (int k = 0; k < l->count; k++) {
        const struct line *x = &l->line[k];
        if (s->template->line[k].skeleton != number[0])
            continue;
        out += sprintf(out, "%s", x->piece[0]);
        for (int m = 0; m < x->macros; m++) {
            struct span value = vocab_text(s->values, number[m + 1]);
            out += sprintf(out, "%.*s%s", (int)value.n, value.s, x->piece[m + 1]);
        }
        return;
    }
}

/* Every feature of the space is one that the strings have, as often, often enough, and none is missing; ids
 * fall in frequency and, where that is equal, rise with the first appearance. */
static size_t space_faults(const struct space *s, const struct lines *l, const struct features *f, bool edge,
                           uint32_t cutoff)
{
    uint32_t count = vocab_count(edge ? s->edge : s->node), kept = 0;
    const uint32_t *frequency = edge ? s->edge_frequency : s->node_frequency;
    size_t faults = 0;
    const struct found *before = NULL;
    for (size_t k = 0; k < f->count; k++)
        kept += f->found[k].count >= cutoff;
    faults += count != kept;
    for (uint32_t id = 0; id < count; id++) {
        char text[64];
        spell(s, l, edge, id, text);
        const struct found *x = find(f, text);
        faults += !x || x->count != frequency[id] || frequency[id] < cutoff;
        faults += x && before &&
                  (before->count < x->count || (before->count == x->count && before->order >= x->order));
        before = x;
    }
    return faults;
}

static int by_line(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids of every token, spelled, are the strings of the token that training has kept; ids rise. */
static size_t token_faults(const struct dataset *d, const struct space *s, const struct text *t,
                           const struct lines *l, const struct features *f, bool edge, uint32_t cutoff)
{
    const uint32_t *start = edge ? d->edge_start : d->start, *ids = edge ? d->edge : d->node;
    size_t faults = d->tokens != t->n;
    for (uint32_t i = 0; i < t->n && !faults; i++) {
        char got[LINES][64], want[LINES][64], *g[LINES], *w[LINES];
        size_t ngot = start[i + 1] - start[i], nwant = 0;
        if (start[i + 1] < start[i] || ngot > LINES)
            return 1;
        for (size_t k = 0; k < ngot; k++) {
            uint32_t id = ids[start[i] + k];
            faults += k > 0 && id < ids[start[i] + k - 1];
            spell(s, l, edge, id, g[k] = got[k]);
        }
        for (int k = 0; k < l->count; k++) {
            if (l->line[k].edge != edge || (edge && i == t->first[i]))
                continue;
            feature(t, &l->line[k], i, w[nwant] = want[nwant]);
            const struct found *x = find(f, want[nwant]);
            nwant += x && x->count >= cutoff;
        }
        qsort(g, ngot, sizeof *g, by_line);
        qsort(w, nwant, sizeof *w, by_line);
        faults += ngot != nwant;
        for (size_t k = 0; k < ngot && k < nwant; k++)
            faults += strcmp(g[k], w[k]) != 0;
    }
    return faults;
}

static size_t example_faults(const struct dataset *d, const struct space *s, const struct text *t)
{
    size_t faults = d->count != t->nsentences, longest = 0, token = 0;
    for (size_t k = 0; k < d->count && !faults; k++) {
        const struct example *z = &d->example[k];
        faults += t->first[token] != token || t->last[token] != token + z->n - 1 || d->first[k] != token;
        longest = z->n > longest ? z->n : longest;
        faults += z->node != d->node || z->edge != d->edge || z->start != d->start + token ||
                  z->edge_start != d->edge_start + token || z->y != d->y + token;
        for (uint32_t i = 0; i < z->n; i++, token++)
            faults += !span_is(dataset_label(d, s, z->y[i]), t->cell[token][t->label]);
        faults += z->edge_start[1] != z->edge_start[0]; /* none at the first token */
    }
    return faults + (token != t->n) + (d->longest.tokens != longest);
}

static size_t follow_faults(const struct space *s, const struct text *t)
{
    uint32_t T = vocab_count(s->labels);
    size_t faults = 0;
    for (uint32_t a = 0; a < T; a++)
        for (uint32_t b = 0; b < T; b++) {
            bool seen = false;
            for (uint32_t i = 1; i < t->n; i++)
                seen |= i > t->first[i] && span_is(vocab_text(s->labels, a), t->cell[i - 1][t->label]) &&
                        span_is(vocab_text(s->labels, b), t->cell[i][t->label]);
            faults += (s->follows[a * T + b] != 0) != seen;
        }
    return faults;
}

static bool same_vocab(const struct vocab *a, const struct vocab *b)
{
    return vocab_count(a) == vocab_count(b) && span_equal(vocab_bytes(a), vocab_bytes(b)) &&
           datasets_equal(vocab_ends(a), vocab_ends(b), vocab_count(a));
}

static bool same_space(const struct space *a, const struct space *b)
{
    uint32_t T = vocab_count(a->labels);
    return same_vocab(a->values, b->values) && same_vocab(a->labels, b->labels) &&
           same_vocab(a->node, b->node) && same_vocab(a->edge, b->edge) &&
           datasets_equal(a->node_frequency, b->node_frequency, vocab_count(a->node)) &&
           datasets_equal(a->edge_frequency, b->edge_frequency, vocab_count(a->edge)) &&
           memcmp(a->follows, b->follows, (size_t)T * T) == 0;
}

/* Append a text's sentences, with or without the label column. */
static struct dataset *appended(const struct space *s, const struct text *t, bool labelled)
{
    struct dataset *d = dataset_new();
    struct error e = {0};
    struct span cell[64 * COLUMNS];
    for (uint32_t i = 0; i < t->n; i = t->last[i] + 1) {
        struct sentence z = {
            .n = t->last[i] - i + 1, .ncolumns = t->ncolumns - !labelled, .cell = cell, .line = i + 1};
        size_t n = 0;
        for (uint32_t k = i; k <= t->last[i]; k++)
            for (uint32_t c = 0; c < t->ncolumns; c++)
                if (labelled || c != t->label)
                    cell[n++] = span_of(t->cell[k][c]);
        CHECK_MSG(dataset_append(d, s, &z, labelled, "x", &e), "%s", e.text);
    }
    dataset_seal(d);
    return d;
}

static char big[1 << 16], template_text[4096];

TEST(features_are_those_of_crfpp)
{
    struct rng r;
    rng_init(&r, 91, 0, 0);
    struct text *train = memory_new(1, sizeof *train), *test = memory_new(1, sizeof *test);
    size_t features = 0, dropped = 0, unseen = 0;
    for (int turn = 0; turn < 150; turn++) {
        uint32_t ncolumns = 2 + (uint32_t)rng_below(&r, COLUMNS - 1),
                 label = (uint32_t)rng_below(&r, ncolumns);
        uint32_t cutoff = 1 + (uint32_t)rng_below(&r, 3);
        struct lines lines;
        draw_text(&r, train, ncolumns, label, 12);
        draw_text(&r, test, ncolumns, label, 20);
        draw_lines(&r, &lines, ncolumns, label);
        write_lines(&lines, template_text);
        write_text(train, 0, train->n, COLUMNS, big);
        const char *train_path = test_file("train", big);
        write_text(test, 0, test->n, COLUMNS, big);
        const char *test_path = test_file("test", big);
        const struct corpus corpus = {.format = &format_conll,
                                      .ncolumns = ncolumns,
                                      .columns = datasets_columns,
                                      .label = datasets_columns[label],
                                      .train = &train_path,
                                      .ntrain = 1,
                                      .test = &test_path,
                                      .ntest = 1,
                                      .template_path = test_file("template", template_text),
                                      .cutoff = cutoff};
        struct error e = {0};
        struct space *s = NULL;
        struct dataset *d = dataset_learn(&corpus, &s, &e);
        struct dataset *t = d ? dataset_part(&corpus, s, DATASET_TEST, &e) : NULL;
        if (!CHECK_MSG(d && t, "turn %d: %s", turn, e.text))
            return;
        CHECK_INT(s->ncolumns, ncolumns);
        CHECK_INT(s->label_column, label);
        CHECK(s->template->transitions);
        for (int edge = 0; edge < 2; edge++) {
            struct features f = count_features(train, &lines, edge);
            CHECK_MSG(space_faults(s, &lines, &f, edge, cutoff) == 0, "turn %d, edge %d", turn, edge);
            CHECK_MSG(token_faults(d, s, train, &lines, &f, edge, cutoff) == 0, "turn %d, edge %d", turn,
                      edge);
            CHECK_MSG(token_faults(t, s, test, &lines, &f, edge, cutoff) == 0, "turn %d, edge %d, test", turn,
                      edge);
            features += vocab_count(edge ? s->edge : s->node);
            dropped += f.count - vocab_count(edge ? s->edge : s->node);
            memory_free(f.found);
        }
        CHECK_MSG(example_faults(d, s, train) == 0, "turn %d", turn);
        CHECK_MSG(example_faults(t, s, test) == 0, "turn %d", turn);
        CHECK_MSG(follow_faults(s, train) == 0, "turn %d", turn);
        for (size_t i = 0; i < t->tokens; i++)
            unseen += t->y[i] >= vocab_count(s->labels);
        for (uint32_t threshold = 0; threshold < 40; threshold++) {
            uint32_t frequent = 0;
            for (uint32_t id = 0; id < vocab_count(s->node); id++)
                frequent += s->node_frequency[id] > threshold;
            CHECK_INT(space_frequent(s, threshold), frequent);
        }

        struct dataset *with = appended(s, test, true), *without = appended(s, test, false),
                       *again = dataset_read(s, &test_path, 1, &e);
        CHECK(datasets_same(t, with) && datasets_equal(t->y, with->y, t->tokens));
        CHECK(datasets_same(t, without));
        CHECK(again && datasets_same(t, again) && datasets_equal(t->y, again->y, t->tokens));
        CHECK(same_vocab(t->unseen, with->unseen));
        dataset_clear(with); /* an emptied one is as a new one */
        CHECK(with->count == 0 && with->tokens == 0 && with->longest.tokens == 0);
        CHECK(vocab_count(with->unseen) == 0 && vocab_count(with->cells) == 0);
        dataset_free(with);
        dataset_free(without);
        dataset_free(again);
        dataset_free(t);
        dataset_free(d);
        space_free(s);
    }
    /* there was something to get wrong */
    CHECK(features > 5000 && dropped > 5000 && unseen > 0);
    memory_free(train);
    memory_free(test);
}

/* A text of a few sentences, and a template, into template_text. */
static void draw_several(struct rng *r, struct text *t)
{
    struct lines lines;
    do
        draw_text(r, t, 3, 2, 10);
    while (t->nsentences < 4);
    draw_lines(r, &lines, 3, 2);
    write_lines(&lines, template_text);
}

/* Cut the training text in two or three files, at ends of sentences: nothing changes. */
TEST(several_files_are_one)
{
    struct rng r;
    rng_init(&r, 92, 0, 0);
    struct text *t = memory_new(1, sizeof *t);
    for (int turn = 0; turn < 40; turn++) {
        draw_several(&r, t);
        uint32_t cut = t->last[rng_below(&r, t->n / 2)] + 1, later = t->last[cut + (t->n - cut) / 2] + 1;
        const char *one[1], *three[3];
        write_text(t, 0, t->n, COLUMNS, big);
        one[0] = test_file("whole", big);
        write_text(t, 0, cut, COLUMNS, big);
        big[strlen(big) - 1] = 0; /* the end of a file ends a sentence */
        three[0] = test_file("a", big);
        write_text(t, cut, later, COLUMNS, big);
        three[1] = test_file("b", big);
        write_text(t, later, t->n, COLUMNS, big); /* maybe nothing */
        three[2] = test_file("c", big);
        struct corpus corpus = {.format = &format_conll,
                                .label = "last",
                                .train = one,
                                .ntrain = 1,
                                .template_path = test_file("template", template_text),
                                .cutoff = 2,
                                .seed = 5,
                                .dev_fraction = turn % 2 ? 0.3 : 0};
        struct error e = {0};
        struct space *s = NULL, *u = NULL;
        struct dataset *d = dataset_learn(&corpus, &s, &e);
        corpus.train = three;
        corpus.ntrain = 3;
        struct dataset *f = dataset_learn(&corpus, &u, &e);
        if (CHECK_MSG(d && f, "%s", e.text))
            CHECK(datasets_same(d, f) && datasets_equal(d->y, f->y, d->tokens) && same_space(s, u));
        dataset_free(d);
        dataset_free(f);
        space_free(s);
        space_free(u);
    }
    memory_free(t);
}

/* The same features, seen as often, in any order that falls. */
static bool same_keys(const struct vocab *a, const uint32_t *f, const struct vocab *b, const uint32_t *g)
{
    bool same = vocab_count(a) == vocab_count(b);
    for (uint32_t id = 0; same && id < vocab_count(a); id++) {
        const uint32_t other = vocab_find(b, vocab_text(a, id));
        same = other != VOCAB_NONE && f[id] == g[other] && (id == 0 || f[id] <= f[id - 1]);
    }
    return same;
}

/* A space that is learned from one file, then from another, is that of both files as one, but for the order of features
 * that are as frequent. What the first file has is kept with any cutoff. */
TEST(to_go_on_is_to_learn_from_both)
{
    struct rng r;
    rng_init(&r, 93, 0, 0);
    struct text *t = memory_new(1, sizeof *t);
    size_t spared = 0;
    for (int turn = 0; turn < 40; turn++) {
        draw_several(&r, t);
        uint32_t cut = t->last[rng_below(&r, t->n / 2)] + 1;
        const char *both[2];
        write_text(t, 0, cut, COLUMNS, big);
        both[0] = test_file("a", big);
        write_text(t, cut, t->n, COLUMNS, big);
        both[1] = test_file("b", big);
        struct corpus corpus = {.format = &format_conll,
                                .label = "last",
                                .train = both,
                                .ntrain = 1,
                                .template_path = test_file("template", template_text),
                                .cutoff = 1};
        struct error e = {0};
        struct space *s[4] = {NULL}; /* of a; b after a; a and b; b after a with a cutoff */
        dataset_free(dataset_learn(&corpus, &s[0], &e));
        corpus.ntrain = 2;
        dataset_free(dataset_learn(&corpus, &s[2], &e));
        corpus.train = both + 1;
        corpus.ntrain = 1;
        corpus.known = s[0];
        dataset_free(dataset_learn(&corpus, &s[1], &e));
        corpus.cutoff = 1000;
        dataset_free(dataset_learn(&corpus, &s[3], &e));
        if (CHECK_MSG(s[0] && s[1] && s[2] && s[3], "%s", e.text)) {
            const size_t T = vocab_count(s[1]->labels);
            CHECK(same_vocab(s[1]->values, s[2]->values) && same_vocab(s[1]->labels, s[2]->labels));
            CHECK(same_keys(s[1]->node, s[1]->node_frequency, s[2]->node, s[2]->node_frequency));
            CHECK(same_keys(s[1]->edge, s[1]->edge_frequency, s[2]->edge, s[2]->edge_frequency));
            CHECK(memcmp(s[1]->follows, s[2]->follows, T * T) == 0);
            CHECK_INT(vocab_count(s[3]->node), vocab_count(s[0]->node));
            CHECK_INT(vocab_count(s[3]->edge), vocab_count(s[0]->edge));
            spared += vocab_count(s[1]->node) - vocab_count(s[3]->node);
        }
        for (int k = 0; k < 4; k++)
            space_free(s[k]);
    }
    CHECK(spared > 0);
    memory_free(t);
}

/* A sentence as long as a row reaches, and beyond: the boundary symbols of every distance. */
TEST(boundaries_up_to_the_reach)
{
    struct rng r;
    rng_init(&r, 93, 0, 0);
    struct text *t = memory_new(1, sizeof *t);
    struct lines lines = {.count = 4};
    for (int k = 0; k < 4; k++) {
        static const int rows[] = {-32, 32, -31, 17};
        lines.line[k] = (struct line){false, 1, {rows[k]}, {0}, {""}};
        sprintf(lines.line[k].piece[0], "U%d:", k);
    }
    for (uint32_t n = 1; n <= 70; n += 23) {
        t->n = n, t->ncolumns = 2, t->label = 1, t->nsentences = 1;
        for (uint32_t i = 0; i < n; i++) {
            t->first[i] = 0, t->last[i] = n - 1;
            sprintf(t->cell[i][0], "w%d", (int)rng_below(&r, 5));
            strcpy(t->cell[i][1], "X");
        }
        write_lines(&lines, template_text);
        write_text(t, 0, n, COLUMNS, big);
        const char *path = test_file("train", big);
        const struct corpus corpus = {.format = &format_conll,
                                      .label = "last",
                                      .train = &path,
                                      .ntrain = 1,
                                      .template_path = test_file("template", template_text),
                                      .cutoff = 1};
        struct error e = {0};
        struct space *s = NULL;
        struct dataset *d = dataset_learn(&corpus, &s, &e);
        if (!CHECK_MSG(d != NULL, "%s", e.text))
            return;
        struct features f = count_features(t, &lines, false);
        CHECK_INT(space_faults(s, &lines, &f, false, 1), 0);
        CHECK_INT(token_faults(d, s, t, &lines, &f, false, 1), 0);
        memory_free(f.found);
        dataset_free(d);
        space_free(s);
    }
    memory_free(t);
}

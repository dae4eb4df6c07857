/* SPDX-License-Identifier: MIT
 *
 * Attributes against columns: a corpus whose template asks for attributes has the very features of a corpus to which
 * the same attributes, worked out here in a few lines, were added as columns.
 */
#include "lib/data/dataset.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* ---- words of letters whose attributes are known */

enum { LETTERS = 8, LONGEST = 4, SENTENCE = 9, POOL = 60, LIST = 12, BYTES = 64 };

static const struct {
    const char *text, *small, *shape;
    bool upper;
} letter[LETTERS] = {{"a", "a", "x", false}, {"B", "b", "X", true},    {"é", "é", "x", false},
                     {"Ⱥ", "ⱥ", "X", true},  {"中", "中", "x", false}, {"3", "3", "d", false},
                     {"-", "-", "-", false}, {"三", "三", "三", false}};

struct word {
    int n, letter[LONGEST];
};

static void draw_word(struct rng *r, struct word *w)
{
    w->n = 1 + (int)rng_below(r, LONGEST);
    for (int k = 0; k < w->n; k++)
        w->letter[k] = (int)rng_below(r, LETTERS);
}

static char *spell(const struct word *w, int from, int to, bool small, char *out)
{
    *out = 0;
    for (int k = from; k < to; k++)
        strcat(out, small ? letter[w->letter[k]].small : letter[w->letter[k]].text);
    return out;
}

static void shape(const struct word *w, bool brief, char *out)
{
    const char *before = "";
    *out = 0;
    for (int k = 0; k < w->n; k++) {
        const char *s = letter[w->letter[k]].shape;
        if (!brief || strcmp(s, before) != 0)
            strcat(out, s);
        before = s;
    }
}

/* ---- both ways to say the same */

#define NONE "<none>" /* in a column: the attribute makes no feature */
enum { COLUMNS = 18 };

static const char with_attributes[] =
    "U0:%x[0,0]\nU1:%x[-1,0]/%X[0,0]\nU2:%x[0,0,prefix:2]\nU3:%x[1,0,suffix:3]/%x[-2,0,suffix:3]\n"
    "U4:%X[0,0,suffix:3]\nU5:%x[0,0,shape]\nU6:%x[-1,0,short-shape]\nu7:%t[0,0,\"\\u\"]%t[1,0,\"\\u\"]\n"
    "u8:%m[0,0,\"^.?.?\"] # the affix\nu9:%M[0,0,\"^\\u\"]\nU10:%x[0,0,same:2]\nU11:%x[@1,0]\nU12:%x[@-2,0]\n"
    "U13:%x[0,0,word-from]\nU14:%x[1,0,word-to]\nU15:%x[0,0,length-from]/%x[0,0,length-to]\n"
    "U16:%x[-1,0,place]\n*17:%x[0,0,prefix:2]\nB\nB18:%x[0,0,suffix:3]\nB19:%x[-1,0,place]\n";
static const char with_columns[] = "U0:%x[0,0]\nU1:%x[-1,0]/%x[0,1]\nU2:%x[0,2]\nU3:%x[1,3]/%x[-2,3]\n"
                                   "U4:%x[0,4]\nU5:%x[0,5]\nU6:%x[-1,6]\nu7:%x[0,7]%x[1,7]\n"
                                   "u8:%x[0,8]\nu9:%x[0,9]\nU10:%x[0,10]\nU11:%x[0,11]\nU12:%x[0,12]\n"
                                   "U13:%x[0,13]\nU14:%x[1,14]\nU15:%x[0,15]/%x[0,16]\n"
                                   "U16:%x[-1,17]\nU17:%x[0,2]\nB17:%x[0,2]\nB\nB18:%x[0,3]\nB19:%x[-1,17]\n";

/* The word list: joined words. */
struct list {
    char word[LIST][BYTES * 3];
};

static bool listed(const struct list *l, const char *joined)
{
    for (int k = 0; k < LIST; k++)
        if (strcmp(l->word[k], joined) == 0)
            return true;
    return false;
}

/* Columns 13 to 17 of token i. */
static char *word_columns(const struct list *l, char plain[][BYTES], int n, int i, char *out)
{
    int from = 0, to = 0, cover = 0, place = 0;
    char first[BYTES * SENTENCE] = NONE, last[BYTES * SENTENCE] = NONE;
    for (int a = 0; a < n; a++) {
        char joined[BYTES * SENTENCE] = "";
        for (int b = a; b < n; b++) {
            strcat(joined, plain[b]);
            if (!listed(l, joined))
                continue;
            if (a == i && b - a + 1 > from)
                from = b - a + 1, strcpy(first, joined);
            if (b == i && b - a + 1 > to)
                to = b - a + 1, strcpy(last, joined);
            if (a <= i && i <= b && b - a + 1 > cover)
                cover = b - a + 1, place = i - a;
        }
    }
    out += sprintf(out, " %s %s %d %d ", first, last, from, to);
    return out + (cover == 0 ? sprintf(out, "0")
                             : sprintf(out, "%c%d",
                                       cover == 1           ? 'S'
                                       : place == 0         ? 'B'
                                       : place == cover - 1 ? 'E'
                                                            : 'M',
                                       cover));
}

static void write_sentence(const struct list *l, const struct word *w, int n, struct rng *r, char **plain,
                           char **columns)
{
    char cell[SENTENCE][BYTES], s[BYTES];
    for (int i = 0; i < n; i++)
        spell(&w[i], 0, w[i].n, false, cell[i]);
    for (int i = 0; i < n; i++) {
        char *out = *columns;
        bool upper = false, same = i + 2 < n && strcmp(cell[i], cell[i + 2]) == 0;
        int length = w[i].n, label = (int)rng_below(r, 3);
        for (int k = 0; k < length; k++)
            upper = upper || letter[w[i].letter[k]].upper;
        out += sprintf(out, "%s", cell[i]);
        out += sprintf(out, " %s", spell(&w[i], 0, length, true, s));
        out += sprintf(out, " %s", length < 2 ? NONE : spell(&w[i], 0, 2, false, s));
        out += sprintf(out, " %s", length < 3 ? NONE : spell(&w[i], length - 3, length, false, s));
        out += sprintf(out, " %s", length < 3 ? NONE : spell(&w[i], length - 3, length, true, s));
        shape(&w[i], false, s);
        out += sprintf(out, " %s", s);
        shape(&w[i], true, s);
        out += sprintf(out, " %s %d", s, upper);
        out += sprintf(out, " %s", spell(&w[i], 0, length < 2 ? length : 2, false, s));
        out +=
            sprintf(out, " %s %d", letter[w[i].letter[0]].upper ? spell(&w[i], 0, 1, true, s) : NONE, same);
        out += sprintf(out, " %s %s", cell[0], n < 2 ? "_B-1" : cell[n - 2]);
        out = word_columns(l, cell, n, i, out);
        *columns = out + sprintf(out, " L%d\n", label);
        *plain += sprintf(*plain, "%s L%d\n", cell[i], label);
    }
    *columns += sprintf(*columns, "\n");
    *plain += sprintf(*plain, "\n");
}

/* Sentences of the first `pool` words, in both ways. */
static void draw_text(struct rng *r, const struct list *l, const struct word *word, uint64_t pool,
                      char *plain, char *columns)
{
    for (int k = 0; k < 40; k++) {
        struct word w[SENTENCE];
        int n = 1 + (int)rng_below(r, SENTENCE);
        for (int i = 0; i < n; i++)
            w[i] = i >= 2 && rng_below(r, 4) == 0 ? w[i - 2] : word[rng_below(r, pool)];
        write_sentence(l, w, n, r, &plain, &columns);
    }
}

/* ---- comparing */

/* The features of the space with columns in the numbers of the other: those with NONE in them do not count. */
static uint32_t *ranks(const struct space *s, const struct vocab *keys, uint32_t *count)
{
    uint32_t n = vocab_count(keys), none = vocab_find(s->values, span_of(NONE)),
             *rank = memory_new(n, sizeof *rank);
    *count = 0;
    CHECK(none != VOCAB_NONE);
    for (uint32_t id = 0; id < n; id++) {
        struct span key = vocab_text(keys, id);
        bool counts = true;
        for (size_t k = 1; k < key.n / 4; k++) {
            uint32_t value;
            memcpy(&value, key.s + 4 * k, 4);
            counts = counts && value != none;
        }
        rank[id] = counts ? (*count)++ : VOCAB_NONE;
    }
    return rank;
}

/* The values in two keys, as texts. (Ids alone would not tell M2 from E2.) */
static bool same_values(const struct space *s, struct span a, const struct space *t, struct span b)
{
    bool same = a.n == b.n;
    for (size_t k = 4; k < a.n && same; k += 4) {
        uint32_t x, y;
        memcpy(&x, a.s + k, 4);
        memcpy(&y, b.s + k, 4);
        same = span_equal(vocab_text(s->values, x), vocab_text(t->values, y));
    }
    return same;
}

static bool same_ids(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb, const uint32_t *rank)
{
    uint32_t k = 0;
    for (uint32_t j = 0; j < nb; j++)
        if (rank[b[j]] != VOCAB_NONE && (k == na || a[k++] != rank[b[j]]))
            return false;
    return k == na;
}

static void compare(const struct dataset *a, const struct dataset *b, const struct space *s,
                    const struct space *t, const char *what, int round)
{
    uint32_t nodes, edges, *node = ranks(t, t->node, &nodes), *edge = ranks(t, t->edge, &edges);
    CHECK_INT(vocab_count(s->node), nodes);
    CHECK_INT(vocab_count(s->edge), edges);
    CHECK(edges > 0 && vocab_count(t->node) > nodes); /* some attributes made no feature */
    for (uint32_t id = 0; id < vocab_count(t->node); id++)
        if (node[id] < vocab_count(s->node))
            CHECK(same_values(s, vocab_text(s->node, node[id]), t, vocab_text(t->node, id)));
    if (CHECK_INT(a->tokens, b->tokens))
        for (size_t i = 0; i < a->tokens; i++) {
            CHECK_MSG(same_ids(a->node + a->start[i], a->start[i + 1] - a->start[i], b->node + b->start[i],
                               b->start[i + 1] - b->start[i], node),
                      "round %d, %s: node features of token %zu", round, what, i);
            CHECK_MSG(same_ids(a->edge + a->edge_start[i], a->edge_start[i + 1] - a->edge_start[i],
                               b->edge + b->edge_start[i], b->edge_start[i + 1] - b->edge_start[i], edge),
                      "round %d, %s: edge features of token %zu", round, what, i);
        }
    memory_free(node);
    memory_free(edge);
}

static struct dataset *learn(const char *train, const char *template, const char *words, struct space **s)
{
    struct error e = {0};
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "last",
                                  .train = &train,
                                  .ntrain = 1,
                                  .template_path = template,
                                  .cutoff = 1,
                                  .words = &words,
                                  .nwords = 1};
    struct dataset *d = dataset_learn(&corpus, s, &e);
    CHECK_MSG(d != NULL, "%s", e.text);
    return d;
}

TEST(attributes_are_columns)
{
    enum { TEXT = 1 << 18 };
    char *plain = memory_new(TEXT, 1), *columns = memory_new(TEXT, 1);
    struct rng r;
    rng_init(&r, 51, 0, 0);
    for (int round = 0; round < 10; round++) {
        struct word word[POOL];
        struct list list;
        char words[LIST * BYTES * 3] = "";
        for (int k = 0; k < POOL; k++)
            draw_word(&r, &word[k]);
        for (int k = 0; k < LIST; k++) {
            list.word[k][0] = 0;
            for (uint64_t part = 1 + rng_below(&r, 3); part > 0; part--) {
                char s[BYTES];
                const struct word *w = &word[rng_below(&r, 10)]; /* the others are in no word */
                strcat(list.word[k], spell(w, 0, w->n, false, s));
            }
            sprintf(words + strlen(words), "%s\n", list.word[k]);
        }
        const char *word_path = test_file("words", words);
        struct space *s = NULL, *t = NULL;
        draw_text(&r, &list, word, POOL / 2, plain, columns);
        struct dataset *a =
            learn(test_file("plain", plain), test_file("attributes.tpl", with_attributes), word_path, &s);
        struct dataset *b =
            learn(test_file("columns", columns), test_file("columns.tpl", with_columns), word_path, &t);
        if (!a || !b)
            return;
        CHECK_INT(t->ncolumns, COLUMNS + 1);
        compare(a, b, s, t, "training", round);
        dataset_free(a);
        dataset_free(b);

        /* half of the words of a test are unknown; their attributes need not be */
        struct error e = {0};
        draw_text(&r, &list, word, POOL, plain, columns);
        const char *path = test_file("plain", plain);
        a = dataset_read(s, &path, 1, &e);
        path = test_file("columns", columns);
        b = dataset_read(t, &path, 1, &e);
        if (CHECK_MSG(a && b, "%s", e.text))
            compare(a, b, s, t, "test", round);
        dataset_free(a);
        dataset_free(b);
        space_free(s);
        space_free(t);
    }
    memory_free(plain);
    memory_free(columns);
}

/* ---- word lists from the training corpus, and dropout */

static struct dataset *learn_words(uint32_t train_words, double dropout, double dev_fraction,
                                   uint64_t sentences, const char *text, struct space **s)
{
    struct error e = {0};
    const char *train = test_file("train", text);
    const struct corpus corpus = {.format = &format_segmented,
                                  .task = CORPUS_SEGMENTATION,
                                  .scheme = SCHEME_BMES,
                                  .encode = SCHEME_BMES,
                                  .label = "last",
                                  .train = &train,
                                  .ntrain = 1,
                                  .dev_fraction = dev_fraction,
                                  .sentences = sentences,
                                  .seed = 1,
                                  .template_path = test_file("words.tpl", "U0:%x[0,0,length-from]\n"),
                                  .cutoff = 1,
                                  .train_words = train_words,
                                  .word_dropout = dropout};
    struct dataset *d = dataset_learn(&corpus, s, &e);
    CHECK_MSG(d != NULL, "%s", e.text);
    return d;
}

TEST(words_of_training)
{
    struct space *s;
    dataset_free(learn_words(2, 0, 0, 0, "ab c ab\nde c de\nxyz ab de\n", &s));
    static const char *const want[] = {"ab", "c", "de"};
    if (CHECK_INT(vocab_count(lexicon_words(s->lexicon)), 3))
        for (uint32_t k = 0; k < 3; k++)
            CHECK(span_is(vocab_text(lexicon_words(s->lexicon), k), want[k]));
    space_free(s);

    /* nor do sentences behind the last that is read */
    dataset_free(learn_words(2, 0, 0, 2, "ab c ab\nde c de\nxyz ab de\nz z z\n", &s));
    CHECK_INT(vocab_count(lexicon_words(s->lexicon)), 3);
    CHECK(!vocab_has(lexicon_words(s->lexicon), span_of("z")));
    space_free(s);

    /* the development share teaches no words: with every word in one sentence, the list is the training words */
    char text[4096] = "";
    for (int k = 0; k < 200; k++)
        sprintf(text + strlen(text), "w%03d v%03d\n", k, k);
    struct dataset *d = learn_words(1, 0, 0.5, 0, text, &s);
    CHECK(d->count > 50 && d->count < 150);
    CHECK_INT(vocab_count(lexicon_words(s->lexicon)), 2 * d->count);
    for (uint32_t k = 0; k < vocab_count(s->words); k++)
        CHECK(vocab_has(lexicon_words(s->lexicon), vocab_text(s->words, k)));
    dataset_free(d);
    space_free(s);
}

/* How many tokens of the dataset have the feature that `length-from` is `n`. */
static size_t count_length(const struct dataset *d, const struct space *s, const char *n)
{
    uint32_t value = vocab_find(s->values, span_of(n)), key[2] = {0, value};
    uint32_t id = vocab_find(s->node, (struct span){(const char *)key, sizeof key});
    size_t count = 0;
    for (size_t i = 0; i < d->start[d->tokens]; i++)
        count += d->node[i] == id;
    return count;
}

/* Dropout makes training overlook words, but what is read with the space afterwards sees them all. */
TEST(dropout_is_for_training_alone)
{
    static char text[1 << 14];
    struct error e = {0};
    struct space *s, *t;
    char *end = text;
    for (int k = 0; k < 600; k++)
        end += sprintf(end, "ab\n");
    struct dataset *d = learn_words(1, 0.25, 0, 0, text, &s);
    const char *path = test_file("test", text);
    struct dataset *all = dataset_read(s, &path, 1, &e);
    struct dataset *again = learn_words(1, 0.25, 0, 0, text, &t);
    if (CHECK_MSG(all != NULL, "%s", e.text)) {
        size_t seen = count_length(d, s, "2");
        CHECK_MSG(seen > 390 && seen < 510, "%zu of 600", seen); /* 450, give or take six sigma */
        CHECK_INT(count_length(all, s, "2"), 600);
        CHECK_INT(d->start[d->tokens], again->start[again->tokens]);
        CHECK_INT(memcmp(d->node, again->node, d->start[d->tokens] * sizeof *d->node), 0);
    }
    dataset_free(d);
    dataset_free(all);
    dataset_free(again);
    space_free(s);
    space_free(t);
}

/* Words are looked for in each column by itself, also where the label column in front is left out. */
TEST(words_of_two_columns)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *train = test_file("train", "L a x\nL b c\n"), *words = test_file("words", "ab\n");
    static const char *const columns[] = {"label", "one", "two"};
    const struct corpus corpus = {.format = &format_conll,
                                  .label = "label",
                                  .columns = columns,
                                  .ncolumns = 3,
                                  .train = &train,
                                  .ntrain = 1,
                                  .template_path =
                                      test_file("two.tpl", "U0:%x[0,1,word-to]\nU1:%x[0,2,word-to]\n"
                                                           "U2:%x[0,1,word-from]\n"),
                                  .cutoff = 1,
                                  .words = &words,
                                  .nwords = 1};
    struct dataset *d = dataset_learn(&corpus, &s, &e);
    if (!CHECK_MSG(d != NULL, "%s", e.text))
        return;
    CHECK_INT(d->start[1], 1); /* U2 at a, U0 at b, and nothing in the other column */
    CHECK_INT(d->start[2], 2);
    struct span cell[] = {span_of("x"), span_of("a"), span_of("c"), span_of("b")};
    const struct sentence swapped = {.n = 2, .ncolumns = 2, .cell = cell};
    struct dataset *u = dataset_new();
    CHECK(dataset_append(u, s, &swapped, false, "raw", &e));
    CHECK_INT(u->start[2], 0); /* U1 has not been seen in training */
    dataset_clear(u);
    struct span straight[] = {cell[1], cell[0], cell[3], cell[2]};
    const struct sentence z = {.n = 2, .ncolumns = 2, .cell = straight};
    CHECK(dataset_append(u, s, &z, false, "raw", &e));
    CHECK(u->start[1] == 1 && u->start[2] == 2 && u->node[0] == d->node[0] && u->node[1] == d->node[1]);
    dataset_free(u);
    dataset_free(d);
    space_free(s);
}

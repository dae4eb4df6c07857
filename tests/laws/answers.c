/* SPDX-License-Identifier: MIT
 *
 * What a tagger says, against all T^n labellings of a model with scores at random: what each of them means is read here
 * chunk by chunk, and the sums are made one by one. In every pair of schemes, with and without renamed types, free and
 * constrained; and for words of segmented text.
 */
#include "lib/tag/tagger.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/learn/decode.h"
#include "lib/learn/model.h"
#include "lib/tag/ranking.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double exact = sizeof(real) == 8 ? 1e-9 : 2e-4;

enum { MOST = 8, LABELS = 16, PATHS = 7000, BYTES = 24 };

/* A sentence's labels, as text. */
struct text {
    char label[MOST][BYTES];
};

/* One model and all that it can say. */
struct world {
    struct rng r;
    enum scheme file, model;
    bool segmented;
    const char *choice; /* of --decode */
    struct space *space;
    struct constraint *constraint;
    struct chain_pairs pairs;
    uint32_t from[LABELS * LABELS], to[LABELS * LABELS], row[LABELS + 1];
    struct chain scores;
    uint32_t T, n, total;
    double score[PATHS]; /* of labellings; -INFINITY: not allowed */
    uint32_t meaning[PATHS]; /* number in `answers` */
    struct vocab *answers; /* labels, each followed by a blank */
    double mass[PATHS]; /* of an answer */
    double log_z;
    struct span cell[MOST * 2];
    struct sentence sentence;
};

/* ---- a model that says what is in world.scores */

struct stub {
    struct model base;
    const struct chain *scores;
};

static void *stub_scratch(const struct model *m, struct capacity longest)
{
    const struct chain *scores = ((const struct stub *)m)->scores;
    struct chain *c = memory_new(1, sizeof *c);
    chain_init(c, scores->T, longest.tokens, scores->pairs);
    return c;
}

static void stub_free(void *scratch)
{
    chain_free(scratch);
    memory_free(scratch);
}

static struct chain *stub_lay(const struct model *m, const struct weights *w, const struct example *z,
                              void *scratch)
{
    const struct chain *scores = ((const struct stub *)m)->scores;
    struct chain *c = scratch;
    (void)w;
    c->n = z->n;
    memcpy(c->node, scores->node, (size_t)c->n * c->stride * sizeof *c->node);
    memcpy(c->edge, scores->edge, (size_t)c->T * c->stride * sizeof *c->edge);
    if (c->pairs)
        memcpy(c->pair, scores->pair, (size_t)c->n * c->pairs->stride * sizeof *c->pair);
    return c;
}

static const struct model_ops stub_ops = {
    .name = "stub", .scratch_new = stub_scratch, .scratch_free = stub_free, .score = stub_lay};

/* ---- what a labelling means */

static struct scheme_tag cut(const struct world *w, uint32_t y)
{
    return scheme_cut(vocab_text(w->space->labels, y));
}

static void label(char *out, char prefix, struct span type)
{
    sprintf(out, "%c%s%.*s", prefix, type.n ? "-" : "", (int)type.n, type.s);
}

/* The type as it stands in the label, "0" too. */
static struct span type_of(struct span l)
{
    const char *dash = memchr(l.s, '-', l.n);
    return dash ? (struct span){dash + 1, l.n - (size_t)(dash + 1 - l.s)} : (struct span){"", 0};
}

static void words(const struct world *w, const uint32_t *y, struct text *t)
{
    for (uint32_t i = 0, begin = 0; i < w->n; i++) {
        bool ends = i + 1 == w->n || scheme_word_ends(cut(w, y[i]).prefix, cut(w, y[i + 1]).prefix);
        for (uint32_t k = begin; ends && k <= i; k++)
            sprintf(t->label[k], "%c", begin == i ? 'S' : k == begin ? 'B' : k == i ? 'E' : 'M');
        if (ends)
            begin = i + 1;
    }
}

static void chunks(const struct world *w, const uint32_t *y, struct text *t)
{
    const struct scheme_tag outside = {'O', {"", 0}};
    bool open = false;
    uint32_t begin = 0, end = UINT32_MAX; /* end: where the last chunk ended, of type `before` */
    struct span before = {"", 0};
    for (uint32_t i = 0; i <= w->n; i++) {
        struct scheme_tag tag = i < w->n ? cut(w, y[i]) : outside, last = i ? cut(w, y[i - 1]) : outside;
        bool begins = scheme_begins(w->model, last, tag);
        if (open && (begins || scheme_ends(w->model, last, tag) || scheme_outside(tag))) {
            bool touches = end == begin && span_equal(before, last.type);
            for (uint32_t k = begin; k < i; k++)
                label(t->label[k], scheme_prefix(w->file, k - begin, i - begin, touches),
                      type_of(vocab_text(w->space->labels, y[k])));
            open = false, end = i, before = last.type;
        }
        if (begins)
            open = true, begin = i;
        if (i < w->n)
            strcpy(t->label[i], "O");
    }
}

static void mean(const struct world *w, const uint32_t *y, struct text *t)
{
    if (w->segmented)
        words(w, y, t);
    else if (w->file != w->model)
        chunks(w, y, t);
    else
        for (uint32_t i = 0; i < w->n; i++) {
            struct span l = vocab_text(w->space->labels, y[i]);
            sprintf(t->label[i], "%.*s", (int)l.n, l.s);
        }
}

static void path_of(const struct world *w, uint32_t code, uint32_t *y)
{
    for (uint32_t i = 0; i < w->n; i++, code /= w->T)
        y[i] = code % w->T;
}

static double path_score(const struct world *w, const uint32_t *y)
{
    const struct chain *c = &w->scores;
    double score = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        score += (double)c->node[i * c->stride + y[i]];
        if (i)
            score += (double)c->edge[y[i - 1] * c->stride + y[i]];
        for (uint32_t p = 0; i && c->pairs && p < c->pairs->count; p++)
            if (c->pairs->from[p] == y[i - 1] && c->pairs->to[p] == y[i])
                score += (double)c->pair[i * c->pairs->stride + p];
    }
    return score;
}

static bool obeys(const struct world *w, const uint32_t *y)
{
    struct scheme_tag before = {'O', {"", 0}};
    for (uint32_t i = 0; i < w->n; i++) {
        struct scheme_tag tag = cut(w, y[i]);
        if (strcmp(w->choice, "seen") == 0 && i && !w->space->follows[y[i - 1] * w->T + y[i]])
            return false;
        if (strcmp(w->choice, "scheme") == 0 && w->model != SCHEME_PLAIN &&
            (!scheme_allows(w->model, before, tag) || (i + 1 == w->n && !scheme_stops(w->model, tag))))
            return false;
        before = tag;
    }
    return true;
}

static uint32_t number(struct world *w, const struct text *t)
{
    char all[MOST * (BYTES + 1) + 1] = "";
    for (uint32_t i = 0; i < w->n; i++)
        strcat(strcat(all, t->label[i]), " ");
    return vocab_add(w->answers, span_of(all));
}

/* Everything that the model may say, where labels given (NULL: open) stay. Returns whether there is anything. */
static bool enumerate(struct world *w, const char *const *given)
{
    double highest = -INFINITY;
    memset(w->mass, 0, sizeof w->mass);
    for (uint32_t code = 0; code < w->total; code++) {
        uint32_t y[MOST];
        struct text t;
        path_of(w, code, y);
        mean(w, y, &t);
        bool allowed = obeys(w, y);
        for (uint32_t i = 0; given && i < w->n; i++)
            allowed = allowed && (!given[i] || strcmp(given[i], t.label[i]) == 0);
        w->score[code] = allowed ? path_score(w, y) : -INFINITY;
        w->meaning[code] = number(w, &t);
        highest = w->score[code] > highest ? w->score[code] : highest;
    }
    double z = 0;
    for (uint32_t code = 0; code < w->total; code++) {
        double p = exp(w->score[code] - highest);
        z += isnan(p) ? 0 : p;
        w->mass[w->meaning[code]] += isnan(p) ? 0 : p;
    }
    w->log_z = highest + log(z);
    for (uint32_t a = 0; a < vocab_count(w->answers); a++)
        w->mass[a] /= z;
    return isfinite(highest);
}

/* ---- making worlds */

/* The labels of a scheme with these types, O among them unless characters are segmented; some left out. */
static void add_labels(struct world *w, const char *const *types, bool all)
{
    char text[BYTES], prefixes[8] = "";
    for (uint32_t n = 1; n <= 3; n++)
        for (uint32_t k = 0; k < n; k++)
            for (int touches = 0; touches < 2; touches++) {
                char prefix[2] = {scheme_prefix(w->model, k, n, touches), 0};
                if (!strstr(prefixes, prefix))
                    strcat(prefixes, prefix);
            }
    for (const char *const *type = types; w->model == SCHEME_PLAIN && *type; type++)
        vocab_add(w->space->labels, span_of(**type ? *type : "NN"));
    for (; w->model != SCHEME_PLAIN && *types; types++)
        for (const char *p = prefixes; *p; p++) {
            label(text, *p, span_of(*types));
            if (all || rng_below(&w->r, 5))
                vocab_add(w->space->labels, span_of(text));
        }
    if (!w->segmented || vocab_count(w->space->labels) == 0)
        vocab_add(w->space->labels, span_of(w->segmented ? "S" : "O"));
}

static void draw_scores(struct world *w, double size)
{
    struct chain *c = &w->scores;
    c->n = w->n;
    for (uint32_t k = 0; k < c->T * c->stride; k++)
        c->edge[k] = k % c->stride < c->T ? (real)(size * rng_normal(&w->r)) : 0;
    for (uint32_t k = 0; k < w->n * c->stride; k++)
        c->node[k] = k % c->stride < c->T ? (real)(size * rng_normal(&w->r)) : CHAIN_FORBIDDEN;
    for (uint32_t k = 0; c->pairs && k < w->n * c->pairs->stride; k++)
        c->pair[k] = k % c->pairs->stride < c->pairs->count ? (real)(size * rng_normal(&w->r)) : 0;
}

static void draw_model(struct world *w)
{
    static const char *const choices[] = {"free", "scheme", "seen"};
    static const double sizes[] = {0, 1, 1, 5, 60};
    bool rich = rng_below(&w->r, 2);
    uint32_t count = 0, T = w->T = vocab_count(w->space->labels);
    for (uint32_t a = 0; a < T; a++) {
        w->row[a] = count;
        for (uint32_t b = 0; b < T; b++)
            if (rng_below(&w->r, 2) || a + b == 0)
                w->from[count] = a, w->to[count++] = b;
    }
    w->row[T] = count;
    for (uint32_t p = count; p < REAL_PAD(count); p++)
        w->from[p] = w->to[p] = 0;
    w->pairs = (struct chain_pairs){count, REAL_PAD(count), w->from, w->to, w->row};
    w->space->follows = memory_new((size_t)T * T, 1);
    for (uint32_t k = 0; k < T * T; k++)
        w->space->follows[k] = rng_below(&w->r, 4) > 0;
    w->choice = choices[rng_below(&w->r, 3)];
    w->constraint = decode_constraint(w->choice, w->space, w->model);
    chain_init(&w->scores, T, MOST, rich ? &w->pairs : NULL);
    uint32_t longest = 1, paths = T;
    while (longest < MOST && paths * T <= PATHS)
        longest++, paths *= T;
    w->n = 1 + (uint32_t)rng_below(&w->r, longest);
    w->total = 1;
    for (uint32_t i = 0; i < w->n; i++)
        w->total *= T;
    draw_scores(w, sizes[rng_below(&w->r, 5)]);
}

/* `types` of the model; `optimizers` turn those of the files into them. */
static void world_new(struct world *w, enum scheme file, enum scheme model, bool segmented,
                      const char *const *types, const char *const *optimizers, bool all)
{
    struct error e = {0};
    size_t nrules = 0;
    while (optimizers[nrules])
        nrules++;
    w->file = file, w->model = model, w->segmented = segmented;
    w->space = space_new(segmented ? &format_segmented : &format_conll,
                         template_parse("U:%x[0,0]\n", "template", &e),
                         encoding_new(file, model, optimizers, nrules), segmented);
    w->space->ncolumns = 2;
    w->space->label_column = 1;
    space_boundaries(w->space);
    w->answers = vocab_new();
    add_labels(w, types, all);
    draw_model(w);
    for (uint32_t i = 0; i < w->n; i++)
        w->cell[2 * i] = span_of("w"), w->cell[2 * i + 1] = span_of(segmented ? "M" : "?");
    w->sentence = (struct sentence){.n = w->n, .ncolumns = 2, .cell = w->cell, .line = 1};
}

static void world_free(struct world *w)
{
    constraint_free(w->constraint);
    chain_free(&w->scores);
    vocab_free(w->answers);
    space_free(w->space);
}

static const char *name_of(const struct world *w)
{
    static char name[128];
    sprintf(name, "%s%s to %s, %s, n %u, T %u", w->segmented ? "words, " : "", scheme_names[w->file],
            scheme_names[w->model], w->choice, w->n, w->T);
    return name;
}

/* ---- what the tagger says */

static uint32_t said(struct world *w, const struct answer *a)
{
    struct text t;
    for (uint32_t i = 0; i < w->n; i++)
        sprintf(t.label[i], "%.*s", (int)a->label[i].n, a->label[i].s);
    if (w->segmented) /* words are read */
        for (uint32_t i = 0, begin = 0; i < w->n; i++) {
            bool ends = i + 1 == w->n || scheme_word_ends(a->label[i].s[0], a->label[i + 1].s[0]);
            for (uint32_t k = begin; ends && k <= i; k++)
                t.label[k][0] = begin == i ? 'S' : k == begin ? 'B' : k == i ? 'E' : 'M';
            begin = ends ? i + 1 : begin;
        }
    uint32_t before = vocab_count(w->answers), id = number(w, &t);
    CHECK_MSG(id < before, "%s: '%.*s' is no answer", name_of(w), (int)vocab_text(w->answers, id).n,
              vocab_text(w->answers, id).s);
    return id;
}

/* The probability of a label at position i: of all answers that have it there. */
static double marginal(const struct world *w, uint32_t i, struct span l)
{
    double p = 0;
    for (uint32_t a = 0; a < vocab_count(w->answers); a++) {
        struct span rest = vocab_text(w->answers, a);
        size_t length = 0;
        for (uint32_t k = 0; k <= i; k++) {
            rest.s += length;
            length = (size_t)((const char *)memchr(rest.s, ' ', BYTES) - rest.s) + 1;
        }
        if (span_equal((struct span){rest.s, length - 1}, l))
            p += w->mass[a];
    }
    return p;
}

static void check_marginals(const struct world *w, const struct answer *a)
{
    for (uint32_t i = 0; i < w->n; i++) {
        double all = 0;
        CHECK_NEAR(a->marginal[i], marginal(w, i, a->label[i]), 10 * exact);
        for (uint32_t k = 0; k < a->ncandidates; k++) {
            const struct candidate *c = &a->candidate[(size_t)i * a->ncandidates + k];
            CHECK_NEAR(c->probability, marginal(w, i, c->label), 10 * exact);
            CHECK(k == 0 || c->probability <= c[-1].probability);
            all += c->probability;
        }
        CHECK_NEAR(all, 1, 10 * exact);
    }
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* N best answers: as many as there are, each once, with its own probability, none better left out. */
static void check_nbest(struct world *w, struct tagger *t, uint32_t N)
{
    static double sorted[PATHS];
    static bool seen[PATHS];
    uint32_t count = 0, answers = vocab_count(w->answers);
    memcpy(sorted, w->mass, answers * sizeof *sorted);
    qsort(sorted, answers, sizeof *sorted, falling);
    memset(seen, 0, sizeof seen);
    for (uint32_t code = 0; code < w->total; code++)
        if (isfinite(w->score[code]) && !seen[w->meaning[code]])
            seen[w->meaning[code]] = true, count++;
    memset(seen, 0, sizeof seen);
    CHECK_MSG(tagger_count(t) == (count < N ? count : N), "%s: %u of %u answers, %u are wanted", name_of(w),
              tagger_count(t), count, N);
    CHECK(tagger_proven(t));
    double sum = 0, before = INFINITY;
    for (uint32_t rank = 0; rank < tagger_count(t); rank++) {
        double log_p;
        const struct answer *a = tagger_answer(t, rank, &log_p);
        uint32_t id = said(w, a);
        CHECK_MSG(!seen[id], "%s: rank %u of %u stands there twice", name_of(w), rank, N);
        seen[id] = true;
        CHECK_MSG(fabs(exp(log_p) - w->mass[id]) < exact, "%s: rank %u: %g, is %g", name_of(w), rank,
                  exp(log_p), w->mass[id]);
        CHECK_MSG(fabs(exp(log_p) - sorted[rank]) < exact, "%s: rank %u: %g, expected %g", name_of(w), rank,
                  exp(log_p), sorted[rank]);
        CHECK(log_p <= before + 1e-9);
        before = log_p;
        sum += exp(log_p);
        if (rank < 3)
            check_marginals(w, a);
    }
    CHECK(count > N || fabs(sum - 1) < exact);
}

static struct tagger *tagger_of(const struct world *w, const struct stub *stub,
                                const struct tagger_options *options)
{
    return tagger_new(&stub->base, NULL, w->space, w->constraint, options);
}

/* The plain answer: one of the best labelling. */
static void check_best(struct world *w, struct tagger *t, bool probability)
{
    double log_p, best = -INFINITY, reached = -INFINITY;
    const struct answer *a = tagger_answer(t, 0, &log_p);
    uint32_t id = said(w, a);
    CHECK_INT(tagger_count(t), 1);
    for (uint32_t code = 0; code < w->total; code++) {
        best = w->score[code] > best ? w->score[code] : best;
        if (w->meaning[code] == id && w->score[code] > reached)
            reached = w->score[code];
    }
    CHECK_MSG(reached >= best - exact * (1 + fabs(best)),
              "%s: the answer's best labelling has %g, another %g", name_of(w), reached, best);
    if (!probability)
        return;
    CHECK_MSG(fabs(exp(log_p) - w->mass[id]) < exact, "%s: %g, is %g", name_of(w), exp(log_p), w->mass[id]);
    check_marginals(w, a);
}

/* All that can be asked of one sentence. */
static void check_sentence(struct world *w, struct tagger_options options, bool any)
{
    const struct stub stub = {.base = {.ops = &stub_ops}, .scores = &w->scores};
    static const uint32_t wanted[] = {1, 2, 7, 10000};
    struct error e = {0};
    for (int k = 0; k < 2; k++) {
        options.marginals = options.candidates = options.probability = k;
        struct tagger *t = tagger_of(w, &stub, &options);
        bool good = tagger_run(t, &w->sentence, "x", &e);
        CHECK_MSG(good == any && (good || e.kind == ERROR_CORPUS), "%s: %s", name_of(w), e.text);
        if (good)
            check_best(w, t, k);
        tagger_free(t);
    }
    for (size_t k = 0; any && k < sizeof wanted / sizeof *wanted; k++) {
        options.nbest = wanted[k];
        options.marginals = options.candidates = true;
        struct tagger *t = tagger_of(w, &stub, &options);
        if (CHECK(tagger_run(t, &w->sentence, "x", &e)))
            check_nbest(w, t, wanted[k]);
        tagger_free(t);
    }
}

static const char *const no_rules[] = {NULL}, *const optimizers[] = {"A=X", "B=X", "C=O", NULL};
static const char *const type_sets[][3] = {{"X"}, {"X", "Y"}, {"0"}, {"X", "0"}, {""}};

/* ROUNDS worlds for each pair of schemes. Plain labels are no pair of others. */
#define ALL_WORLDS(W, ROUNDS, ALL)                                                                           \
    for (int f_ = 0; scheme_names[f_]; f_++)                                                                 \
        for (int m_ = 0; scheme_names[m_]; m_++)                                                             \
            for (int k_ = 0; k_ < (ROUNDS) && (f_ == 0) == (m_ == 0); k_++)                                  \
                for (bool once_ = (world_new(W, (enum scheme)f_, (enum scheme)m_, false, type_sets[k_ % 5],  \
                                             k_ % 2 ? optimizers : no_rules, ALL),                           \
                                   true);                                                                    \
                     once_; once_ = (world_free(W), false))

TEST(answers_are_sums_over_labellings)
{
    static struct world w;
    rng_init(&w.r, 31, 0, 0);
    ALL_WORLDS(&w, 5, false)
    {
        if (!enumerate(&w, NULL)) { /* then the constraint is left out */
            w.choice = "free";
            enumerate(&w, NULL);
        }
        check_sentence(&w, (struct tagger_options){0}, true);
    }
}

TEST(words_are_sums_over_labellings)
{
    static struct world w;
    static const char *const untyped[] = {"", NULL};
    rng_init(&w.r, 32, 0, 0);
    for (int round = 0; round < 40; round++) {
        enum scheme model = round % 4 ? SCHEME_BMES : SCHEME_IOB2; /* corpus.encode */
        world_new(&w, SCHEME_BMES, model, true, untyped, no_rules, false);
        w.segmented = model == SCHEME_BMES; /* else labels are read as chunks */
        if (!enumerate(&w, NULL)) {
            w.choice = "free";
            enumerate(&w, NULL);
        }
        check_sentence(&w, (struct tagger_options){0}, true);
        world_free(&w);
    }
}

/* Three beginnings promise more than they keep: each of the states of B-X, of B-Y and of B-Z goes on to another label.
 * O, which has less than each bound and more than any sum, must be found. */
TEST(a_search_is_not_misled)
{
    static struct world w;
    static const char *const types[] = {"X", "Y", "Z", NULL};
    static const char *const goes_on[][2] = {{"B", "I"}, {"S", "B"}, {"E", "O"}};
    rng_init(&w.r, 36, 0, 0);
    world_new(&w, SCHEME_IOB2, SCHEME_IOBES, false, types, no_rules, true);
    constraint_free(w.constraint);
    w.constraint = NULL;
    w.choice = "free";
    w.n = w.sentence.n = 2;
    w.cell[1] = w.cell[3] = span_of("?");
    w.total = w.T * w.T;
    draw_scores(&w, 0);
    for (uint32_t a = 0; a < w.T; a++) {
        struct span from = vocab_text(w.space->labels, a);
        bool outside = span_is(from, "O");
        w.scores.node[a] = outside ? (real)0.7 : from.s[0] == 'I' ? -20 : 0; /* log 2 */
        for (uint32_t b = 0; b < w.T; b++) {
            struct span to = vocab_text(w.space->labels, b);
            bool same = to.n == 1 || span_equal(type_of(to), type_of(from)), good = outside && to.n == 1;
            for (size_t k = 0; k < 3; k++)
                good = good || (from.s[0] == goes_on[k][0][0] && to.s[0] == goes_on[k][1][0] && same);
            w.scores.edge[a * w.scores.stride + b] = good ? 0 : -20;
        }
    }
    enumerate(&w, NULL);
    const struct stub stub = {.base = {.ops = &stub_ops}, .scores = &w.scores};
    struct tagger *t =
        tagger_of(&w, &stub, &(struct tagger_options){.nbest = 1, .marginals = true, .candidates = true});
    struct error e = {0};
    if (CHECK(tagger_run(t, &w.sentence, "x", &e)))
        check_nbest(&w, t, 1);
    tagger_free(t);
    world_free(&w);
}

/* ---- what is given stays */

/* A well-formed sentence of the file, in its own names, and how it is to be answered. */
static void draw_given(struct world *w, const char *const *types, const char *const *renamed, struct text *in,
                       struct text *want)
{
    uint32_t ntypes = 0;
    const char *before = NULL, *before_renamed = NULL; /* of the chunk that ended here */
    while (types[ntypes])
        ntypes++;
    for (uint32_t i = 0; i < w->n;) {
        uint32_t k = (uint32_t)rng_below(&w->r, ntypes + !w->segmented);
        uint32_t most = w->n - i < 3 ? w->n - i : 3, length = 1 + (uint32_t)rng_below(&w->r, most);
        if (k == ntypes) {
            strcpy(in->label[i], "O");
            strcpy(want->label[i++], "O");
            before = before_renamed = NULL;
            continue;
        }
        const char *type = types[k], *now = renamed[k];
        bool away = strcmp(now, "O") == 0;
        for (uint32_t at = 0; at < length; at++, i++) {
            if (w->file == SCHEME_PLAIN) {
                strcpy(in->label[i], *type ? type : "NN");
                strcpy(want->label[i], *now ? now : "NN");
                continue;
            }
            label(in->label[i], scheme_prefix(w->file, at, length, before && strcmp(before, type) == 0),
                  span_of(type));
            if (away)
                strcpy(want->label[i], "O");
            else
                label(want->label[i],
                      scheme_prefix(w->file, at, length, before_renamed && strcmp(before_renamed, now) == 0),
                      span_of(now));
        }
        before = type, before_renamed = away ? NULL : now;
    }
}

static void give(struct world *w, const struct text *in, const char **given, unsigned open)
{
    for (uint32_t i = 0; i < w->n; i++) {
        given[i] = rng_below(&w->r, 100) < open ? NULL : in->label[i];
        w->cell[2 * i + 1] = span_of(given[i] ? given[i] : "?");
    }
}

/* All is given: it comes back as it was, renamed where the optimizers say so. */
TEST(labels_that_are_given_stay)
{
    static const char *const own[][3] = {{"A", "B", "C"}, {"X", "Y"}, {"A", "X", "Y"}};
    static const char *const theirs[][3] = {{"X", "X", "O"}, {"X", "Y"}, {"X", "X", "Y"}};
    static struct world w;
    rng_init(&w.r, 33, 0, 0);
    for (int f = 0; scheme_names[f]; f++)
        for (int m = 0; scheme_names[m]; m++)
            for (int round = 0; round < 60 && (f == 0) == (m == 0); round++) {
                static const char *const types[] = {"X", "Y", NULL};
                struct text in, want;
                const char *given[MOST], *t3[4] = {NULL}, *r3[4] = {NULL};
                bool map = round % 2, mixed = round % 4 == 3;
                for (int k = 0; k < 3; k++) {
                    t3[k] = own[map ? mixed ? 2 : 0 : 1][k];
                    r3[k] = theirs[map ? mixed ? 2 : 0 : 1][k];
                }
                world_new(&w, (enum scheme)f, (enum scheme)m, false, types, map ? optimizers : no_rules,
                          true);
                draw_given(&w, t3, r3, &in, &want);
                give(&w, &in, given, 0);
                for (int way = 0; way < 3; way++) {
                    const struct stub stub = {.base = {.ops = &stub_ops}, .scores = &w.scores};
                    struct error e = {0};
                    double log_p;
                    if (strcmp(w.choice, "seen") == 0)
                        break; /* whether training has seen it is another matter */
                    struct tagger_options options = {
                        .labels = true, .nbest = way == 2, .marginals = way > 0, .probability = way > 0};
                    struct tagger *t = tagger_of(&w, &stub, &options);
                    if (CHECK_MSG(tagger_run(t, &w.sentence, "x", &e), "%s: %s", name_of(&w), e.text)) {
                        const struct answer *a = tagger_answer(t, 0, &log_p);
                        for (uint32_t i = 0; i < w.n; i++)
                            CHECK_MSG(span_is(a->label[i], want.label[i]),
                                      "%s: given %s, expected %s, is %.*s", name_of(&w), in.label[i],
                                      want.label[i], (int)a->label[i].n, a->label[i].s);
                        CHECK(way == 0 || fabs(log_p) < exact);
                    }
                    tagger_free(t);
                }
                world_free(&w);
            }
}

/* Some is given: the answers are those that have it, with probabilities among these. */
TEST(labels_that_are_given_leave_the_rest_open)
{
    static struct world w;
    uint32_t some = 0, none = 0;
    rng_init(&w.r, 34, 0, 0);
    ALL_WORLDS(&w, 12, k_ % 4 != 0)
    {
        if (k_ % 2)
            continue; /* no optimizers */
        struct text in, want;
        const char *given[MOST];
        draw_given(&w, type_sets[k_ % 5], type_sets[k_ % 5], &in, &want);
        give(&w, &in, given, 40);
        bool any = enumerate(&w, given);
        check_sentence(&w, (struct tagger_options){.labels = true}, any);
        some += any, none += !any;
    }
    CHECK_MSG(some > 100 && none > 10, "%u sentences with an answer, %u without", some, none);
}

/* Word boundaries that are given stay. */
TEST(boundaries_that_are_given_stay)
{
    static struct world w;
    static const char *const untyped[] = {"", NULL};
    uint32_t some = 0;
    rng_init(&w.r, 35, 0, 0);
    for (int round = 0; round < 60; round++) {
        struct text in, want;
        world_new(&w, SCHEME_BMES, SCHEME_BMES, true, untyped, no_rules, round % 2);
        draw_given(&w, untyped, untyped, &in, &want);
        for (uint32_t i = 0; i < w.n; i++)
            w.cell[2 * i + 1] = span_of(in.label[i]);
        /* answers with a boundary wherever the input has one */
        enumerate(&w, NULL);
        double highest = -INFINITY, z = 0;
        bool any = false;
        memset(w.mass, 0, sizeof w.mass);
        for (uint32_t code = 0; code < w.total; code++) {
            uint32_t y[MOST];
            path_of(&w, code, y);
            for (uint32_t i = 1; i < w.n; i++)
                if (scheme_word_ends(in.label[i - 1][0], in.label[i][0]) &&
                    !scheme_word_ends(cut(&w, y[i - 1]).prefix, cut(&w, y[i]).prefix))
                    w.score[code] = -INFINITY;
            any = any || isfinite(w.score[code]);
            highest = w.score[code] > highest ? w.score[code] : highest;
        }
        for (uint32_t code = 0; any && code < w.total; code++) {
            w.mass[w.meaning[code]] += exp(w.score[code] - highest);
            z += exp(w.score[code] - highest);
        }
        for (uint32_t a = 0; any && a < vocab_count(w.answers); a++)
            w.mass[a] /= z;
        bool boundaries = false;
        for (uint32_t i = 1; i < w.n; i++)
            boundaries = boundaries || scheme_word_ends(in.label[i - 1][0], in.label[i][0]);
        if (boundaries)
            check_sentence(&w, (struct tagger_options){.boundaries = true}, any);
        some += boundaries && any;
        world_free(&w);
    }
    CHECK_MSG(some > 20, "%u sentences with boundaries", some);
}

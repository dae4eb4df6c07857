/* SPDX-License-Identifier: MIT
 *
 * compare: two models on the same files: scores, how sure their difference is (lib/report/significance.h), and the
 * sentences where they differ.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/learn/decode.h"
#include "lib/report/significance.h"
#include "lib/tag/comparison.h"

#include <stdio.h>
#include <string.h>

#define RESAMPLES 10000 /* by default; at most a thousand times as many */

enum { RESAMPLES_OPTION, SEED, SHOW, DECODE };
static const struct option options[] = {
    [RESAMPLES_OPTION] = {"--resamples", "N", "resamples of the bootstrap (default 10000)"},
    [SEED] = {"--seed", "N", "seed of the resamples (default 1)"},
    [SHOW] = {"--show", "N", "show N sentences that they label differently, most different labels first"},
    [DECODE] = {"--decode", DECODE_CHOICES, "instead of the models' run.decode"},
    {NULL, NULL, NULL},
};

struct request {
    long long resamples, seed, show;
    const char *const *path; /* [npaths] */
    size_t npaths;
};

/* The files to compare on: those given, or the test files of both models' configuration. */
static bool find_files(struct request *r, int argc, char **argv, const struct trained *const model[2],
                       struct error *e)
{
    const struct corpus *a = &model[0]->corpus, *b = &model[1]->corpus;
    r->path = argc > 2 ? (const char *const *)argv + 2 : a->test;
    r->npaths = argc > 2 ? (size_t)argc - 2 : a->ntest;
    if (argc > 2)
        return true;
    bool same = a->ntest == b->ntest;
    for (size_t k = 0; same && k < a->ntest; k++)
        same = strcmp(a->test[k], b->test[k]) == 0;
    if (!same)
        return error_set(
            e, ERROR_USAGE,
            "the two runs have different test files (corpus.test); name the files to compare them on");
    return a->ntest > 0 ||
           error_set(e, ERROR_USAGE,
                     "the two runs have no test file (corpus.test); name a file to compare them on");
}

static void print_p(double p)
{
    if (p < 1e-4)
        fputs("p < 0.0001", stdout);
    else
        printf("p = %.4f", p);
}

static void print_row(const char *name, double a, double b)
{
    printf("%-20s %7.2f %7.2f %+7.2f\n", name, a, b, b - a);
}

static void print_scores(const struct comparison *c, enum corpus_task task)
{
    const struct score_result a = score_read(c->score[0]), b = score_read(c->score[1]);
    printf("%-20s %7s %7s %7s\n", "per cent", "A", "B", "B - A");
    if (task != CORPUS_TAGGING) {
        print_row(task == CORPUS_CHUNKING ? "F1 of chunks" : "F1 of words", a.f1, b.f1);
        print_row("precision", a.precision, b.precision);
        print_row("recall", a.recall, b.recall);
    }
    print_row("accuracy", a.accuracy, b.accuracy);
    print_row("sentences all right", a.sentence_accuracy, b.sentence_accuracy);
}

static void print_tests(const struct comparison *c, enum corpus_task task, const struct request *r)
{
    uint64_t right[2][2] = {{0}}; /* A, B */
    size_t differences;
    for (size_t k = 0; k < c->sentences; k++)
        right[c->sentence[k].right[0]][c->sentence[k].right[1]]++;
    memory_free(comparison_differences(c, &differences));
    const struct significance_bootstrap s = significance_bootstrap(c->counts[0], c->counts[1], c->sentences,
                                                                   (uint32_t)r->resamples, (uint64_t)r->seed);
    const struct significance_mcnemar m = significance_mcnemar(right[1][0], right[0][1]);
    printf("\nbootstrap of sentences, %lld resamples, seed %lld\n", r->resamples, r->seed);
    printf("  %s, B - A: %+.2f, 95 %% interval %+.2f to %+.2f, ", task == CORPUS_TAGGING ? "accuracy" : "F1",
           s.b - s.a, s.low, s.high);
    print_p(s.p);
    puts("\nMcNemar, sentences all right");
    printf("  both %ju, only A %ju, only B %ju, neither %ju; ", (uintmax_t)right[1][1],
           (uintmax_t)right[1][0], (uintmax_t)right[0][1], (uintmax_t)right[0][0]);
    if (m.statistic < 0)
        printf("exact, ");
    else
        printf("chi squared %.2f, ", m.statistic);
    print_p(m.p);
    printf("\n\n%zu of %zu sentences are labelled differently\n", differences, c->sentences);
}

static void print_cell(const struct vocab *v, uint32_t id, const char *after)
{
    char *brief = text_brief(id == VOCAB_NONE ? span_of("?") : vocab_text(v, id));
    text_print(stdout, span_of(brief));
    memory_free(brief);
    fputs(after, stdout);
}

/* The sentences that differ most: FILE:LINE, then a row a token: word, gold, A, B; a * where A and B differ. */
static void print_sentences(const struct comparison *c, const struct request *r)
{
    size_t count, *number = comparison_differences(c, &count);
    for (size_t k = 0; k < count && k < (size_t)r->show; k++) {
        const struct compared *s = &c->sentence[number[k]];
        putchar('\n');
        text_print(stdout, span_of(r->path[s->file]));
        printf(":%lu: %u of %u labels differ (word, gold, A, B)\n", s->line, s->differ, s->n);
        for (size_t i = s->first; i < s->first + s->n; i++) {
            fputs(c->answer[0][i] != c->answer[1][i] ? "* " : "  ", stdout);
            print_cell(c->words, c->word[i], "\t");
            print_cell(c->labels, c->gold[i], "\t");
            print_cell(c->labels, c->answer[0][i], "\t");
            print_cell(c->labels, c->answer[1][i], "\n");
        }
    }
    memory_free(number);
}

static bool print(const struct comparison *c, char **run, enum corpus_task task, const struct request *r,
                  struct error *e)
{
    if (c->sentences == 0)
        return error_set(e, ERROR_CORPUS, "%s: no sentence with gold labels; name a labelled file",
                         r->path[0]);
    for (int side = 0; side < 2; side++) {
        printf("%s  ", side ? "B" : "A");
        text_print(stdout, span_of(run[side]));
        putchar('\n');
    }
    printf("%zu sentence%s, %zu token%s\n\n", c->sentences, text_s(c->sentences), c->tokens,
           text_s(c->tokens));
    print_scores(c, task);
    print_tests(c, task, r);
    print_sentences(c, r);
    return true;
}

static bool read_request(struct request *r, const char *const *values, struct error *e)
{
    return setup_number("--resamples", values[RESAMPLES_OPTION], SIGNIFICANCE_LEAST, RESAMPLES * 1000LL,
                        &r->resamples, e) &&
           setup_number("--seed", values[SEED], 0, 4294967295, &r->seed, e) &&
           setup_number("--show", values[SHOW], 0, 1000000, &r->show, e);
}

static int compare(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct request r = {.resamples = RESAMPLES, .seed = 1};
    struct trained *model[2] = {NULL, NULL};
    struct constraint *constraint[2] = {NULL, NULL};
    bool good = read_request(&r, values, &e);
    for (int side = 0; side < 2 && good; side++)
        good = (model[side] = setup_trained(argv[side], &e)) &&
               setup_decode(model[side], values[DECODE], &constraint[side], &e);
    if (good && find_files(&r, argc, argv, (const struct trained *const *)model, &e)) {
        struct comparison *c =
            comparison_new((const struct trained *const *)model, (const struct constraint *const *)constraint,
                           r.path, r.npaths, &e);
        if (c)
            print(c, argv, model[0]->task, &r, &e);
        comparison_free(c);
    }
    for (int side = 0; side < 2; side++) {
        constraint_free(constraint[side]);
        trained_free(model[side]);
    }
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_compare = {
    .name = "compare",
    .summary = "is one of two models better on labelled files, or is it chance?",
    .operands = "RUN RUN [FILE...]",
    .example = "asyntrain compare RUN1 RUN2 corpora/chunk-test.conll --show 3",
    .least = 2,
    .most = -1,
    .group = VERB_MODEL,
    .options = options,
    .run = compare,
};

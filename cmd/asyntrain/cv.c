/* SPDX-License-Identifier: MIT
 *
 * cv: k-fold cross-validation. Each fold of the training corpus is the test part of a run that is trained on the others
 * (corpus.fold); labels and features are learned from these alone.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/trials.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/data/fold.h"
#include "lib/report/statistics.h"

#include <stdio.h>
#include <string.h>

enum { FOLDS, BY, SEED, OUT, JOBS, QUIET, DRY_RUN, JSON };
static const struct option options[] = {
    [FOLDS] = {"--folds", "K", "number of folds (default: 10)"},
    [BY] = {"--by", "UNIT", "what is put into folds: sentence or file of corpus.train (default: sentence)"},
    [SEED] = {"--seed", "S", "seed that draws the folds (default: 1)"},
    [OUT] = {"--out", "DIR", "folder of the runs (default: runs/NAME-cv)"},
    [JOBS] = {"--jobs", "N", "train N folds at once (default: cores / engine.threads)"},
    [QUIET] = {"--quiet", NULL, "print nothing but the table and errors"},
    [DRY_RUN] = {"--dry-run", NULL, "check the configuration, list the folds, and write nothing"},
    [JSON] = {"--log-json", NULL, "progress and messages on stderr as JSON, an object a line"},
    {NULL, NULL, NULL},
};

static bool ask(struct trials *t, const char *const *values, struct error *e)
{
    long long folds = 10, seed = 1;
    const char *by = values[BY] ? values[BY] : "sentence";
    if (!setup_number("--folds", values[FOLDS], 2, FOLD_MOST, &folds, e) ||
        !setup_number("--seed", values[SEED], 0, SETUP_SEED, &seed, e))
        return false;
    if (strcmp(by, "sentence") != 0 && strcmp(by, "file") != 0)
        return error_set(e, ERROR_USAGE, "option --by: '%s': expected sentence or file", by);
    for (long long k = 1; k <= folds; k++) {
        char name[32], assign[4][64], *all[4];
        snprintf(name, sizeof name, "fold-%lld", k);
        snprintf(assign[0], sizeof assign[0], "corpus.fold.held=%lld", k);
        snprintf(assign[1], sizeof assign[1], "corpus.fold.of=%lld", folds);
        snprintf(assign[2], sizeof assign[2], "corpus.fold.by=%s", by);
        snprintf(assign[3], sizeof assign[3], "corpus.fold.seed=%lld", seed);
        for (int i = 0; i < 4; i++)
            all[i] = assign[i];
        study_add(&t->study, name, (const char *const *)all, 4);
    }
    return true;
}

/* The score of all folds' answers together: every sentence is answered once, by a model that has not seen it. */
static void print_pooled(const struct trials *t)
{
    struct study_counts sum = {0};
    bool chunks = false;
    for (size_t k = 0; k < t->study.count; k++) {
        const struct study_score *s = &t->study.trial[k].test;
        chunks |= s->chunks;
        sum.tokens += s->counts.tokens;
        sum.correct_tokens += s->counts.correct_tokens;
        sum.gold += s->counts.gold;
        sum.guessed += s->counts.guessed;
        sum.correct += s->counts.correct;
    }
    const double accuracy = sum.tokens > 0 ? 100 * sum.correct_tokens / sum.tokens : 0;
    if (chunks)
        printf("pooled: F1 %.2f, precision %.2f, recall %.2f, accuracy %.2f\n",
               sum.correct > 0 ? 200 * sum.correct / (sum.gold + sum.guessed) : 0,
               sum.guessed > 0 ? 100 * sum.correct / sum.guessed : 0,
               sum.gold > 0 ? 100 * sum.correct / sum.gold : 0, accuracy);
    else
        printf("pooled: accuracy %.2f, %.0f of %.0f tokens\n", accuracy, sum.correct_tokens, sum.tokens);
}

static bool run(struct trials *t, const char *const *values, struct error *e)
{
    static const char *const label[] = {"fold"};
    char part[32];
    size_t n;
    t->label = label;
    t->nlabels = 1;
    trials_operand(t, "corpus.test=");
    if (values[DRY_RUN])
        return trials_rehearse(t, values[JOBS], e);
    if (!trials_train(t, values[JOBS], e) || !trials_print(t, e))
        return false;
    double *score = trials_scores(t, &n, part);
    if (score && n == t->study.count) {
        printf("\n%s: mean %.2f, standard deviation %.2f over %zu folds\n", part, statistics_mean(score, n),
               statistics_deviation(score, n), n);
        print_pooled(t);
    }
    memory_free(score);
    return trials_converged(t, e);
}

static int cv(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct trials t;
    terminal_open(values[QUIET] != NULL, values[JSON] != NULL);
    interrupt_expect();
    trials_init(&t, "cv", values[OUT], argc, argv);
    for (int k = 0; k < argc; k++)
        trials_operand(&t, argv[k]);
    if (ask(&t, values, &e))
        run(&t, values, &e);
    trials_free(&t);
    terminal_close();
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_cv = {
    .name = "cv",
    .summary = "cross-validation: train on all folds but one, test on that",
    .operands = "CONFIG... [section.key=value...]",
    .example = "asyntrain cv configs/demo.yaml --folds 5",
    .least = 1,
    .most = -1,
    .options = options,
    .run = cv,
    .saves = true,
};

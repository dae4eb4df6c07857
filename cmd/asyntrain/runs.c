/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/runs.h"
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/trials.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/report/statistics.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <stdio.h>

#define RUNS_MOST 1000

static bool ask_runs(struct trials *t, uint64_t runs, int argc, char **argv, struct error *e)
{
    struct parts parts;
    struct config *c = setup_config(argc, argv, e);
    const bool good = c && parts_find(c, model_table, &parts, e);
    for (uint64_t k = 0; k < runs && good; k++) {
        char name[32], assign[64], *all = assign;
        const long long seed = config_integer(c, "run.seed") + (long long)k;
        snprintf(name, sizeof name, "seed-%lld", seed);
        snprintf(assign, sizeof assign, "run.seed=%lld", seed);
        study_add(&t->study, name, (const char *const *)&all, 1);
    }
    config_free(c);
    return good;
}

static void print_mean(const struct trials *t)
{
    char part[32];
    size_t n;
    double *score = trials_scores(t, &n, part);
    if (score)
        printf("\n%s: mean %.2f", part, statistics_mean(score, n));
    if (score && n > 1) {
        const struct interval student = statistics_student(score, n),
                              boot = statistics_bootstrap(score, n, 1);
        printf(", standard deviation %.2f of %zu runs\n", statistics_deviation(score, n), n);
        printf("95 %% interval of the mean: %.2f to %.2f (Student's t), %.2f to %.2f (bootstrap)\n",
               student.least, student.most, boot.least, boot.most);
    } else if (score) {
        printf(" of 1 run\n");
    }
    memory_free(score);
}

static void train_all(struct trials *t, const char *jobs, struct error *e)
{
    if (trials_train(t, jobs, e) && trials_print(t, e)) {
        print_mean(t);
        trials_converged(t, e);
    }
}

int runs_train(int argc, char **argv, const char *runs, const char *out, const char *jobs, bool dry)
{
    static const char *const label[] = {"seed"};
    struct error e = {0};
    struct trials t;
    long long count = 1;
    trials_init(&t, "runs", out, argc, argv);
    t.label = label;
    t.nlabels = 1;
    for (int k = 0; k < argc; k++)
        trials_operand(&t, argv[k]);
    if (setup_number("--runs", runs, 1, RUNS_MOST, &count, &e) &&
        ask_runs(&t, (uint64_t)count, argc, argv, &e)) {
        if (dry)
            trials_rehearse(&t, jobs, &e);
        else
            train_all(&t, jobs, &e);
    }
    trials_free(&t);
    return e.kind ? verb_fail(&e) : 0;
}

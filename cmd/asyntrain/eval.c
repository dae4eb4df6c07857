/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/cpu.h"
#include "lib/train/evaluate.h"

const struct option eval_options[] = {
    {"--threads", "N", "threads to decode with (default 1)"},
    {NULL, NULL, NULL},
};

int verb_eval(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long threads = 1;
    if (values[0] && (!text_integer(span_of(values[0]), &threads) || threads < 1 || threads > 4096)) {
        error_set(&e, ERROR_USAGE, "option --threads: '%s' is no number from 1 to 4096", values[0]);
        return verb_fail(&e);
    }
    struct trained *t = setup_trained(argv[0], &e);
    struct dataset *d =
        t ? dataset_read(t->space, (const char *const *)argv + 1, (size_t)argc - 1, &e) : NULL;
    if (d) {
        struct weights w = {t->w, 1};
        struct score *score = evaluate(t->model, &w, d, t->space, t->task, (int)threads);
        score_print(score, stdout);
        score_free(score);
    }
    dataset_free(d);
    setup_trained_free(t);
    return e.kind ? verb_fail(&e) : 0;
}

/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/cpu.h"
#include "lib/train/evaluate.h"

#include <stdio.h>

enum { THREADS, DECODE, WHOLE };
const struct option eval_options[] = {
    [THREADS] = {"--threads", "N", "threads to decode with (default 1)"},
    [DECODE] = {"--decode", "HOW", "free, scheme or seen, instead of the model's run.decode"},
    [WHOLE] = {"--whole", "RUNS", "none, letters, digits or both, instead of the model's run.whole"},
    {NULL, NULL, NULL},
};

/* Such labels can never be predicted. A few are in many a test corpus; if all are, this is the wrong column. */
static void warn_unseen(const struct dataset *d, const struct space *space)
{
    uint32_t T = vocab_count(space->labels);
    size_t unseen = 0;
    for (size_t i = 0; i < d->tokens; i++)
        unseen += d->y[i] >= T;
    if (unseen == 0)
        return;
    struct span label = dataset_label(d, space, T);
    fprintf(stderr,
            "warning: %zu of %zu tokens have labels that training has not seen, '%.*s' first; they count as "
            "wrong "
            "(if they are many: has the file the columns of the training corpus?)\n",
            unseen, d->tokens, label.n < 40 ? (int)label.n : 40, label.s);
}

int verb_eval(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long threads = 1;
    if (values[THREADS] &&
        (!text_integer(span_of(values[THREADS]), &threads) || threads < 1 || threads > 4096)) {
        error_set(&e, ERROR_USAGE, "option --threads: '%s' is no number from 1 to 4096", values[THREADS]);
        return verb_fail(&e);
    }
    struct trained *t = setup_trained(argv[0], &e);
    struct constraint *constraint = NULL;
    enum whole whole = WHOLE_NONE;
    struct dataset *d =
        t && setup_decode(t, values[DECODE], &constraint, &e) && setup_whole(t, values[WHOLE], &whole, &e)
            ? dataset_read(t->space, (const char *const *)argv + 1, (size_t)argc - 1, &e)
            : NULL;
    if (d) {
        warn_unseen(d, t->space);
        struct weights w = {.w = t->w, .scale = 1};
        struct score *score = evaluate(t->model, &w, d, t->space, t->task, constraint, whole, (int)threads);
        score_print(score, stdout);
        score_free(score);
    }
    dataset_free(d);
    constraint_free(constraint);
    setup_trained_free(t);
    return e.kind ? verb_fail(&e) : 0;
}

/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/cpu.h"
#include "lib/learn/decode.h"
#include "lib/train/evaluate.h"

#include <stdio.h>

enum { THREADS, DECODE, WHOLE, STRICT, LABELS, JSON };
static const struct option options[] = {
    [THREADS] = {"--threads", "N", "threads to decode with (default: all cores)"},
    [DECODE] = {"--decode", DECODE_CHOICES, "instead of the model's run.decode"},
    [WHOLE] = {"--whole", "none|letters|digits|both", "instead of the model's run.whole"},
    [STRICT] = {"--strict", NULL, "count a chunk only if its labels are well-formed in corpus.scheme"},
    [LABELS] = {"--labels", NULL,
                "print a table of labels, too: precision, recall, F1, support, worst confusions"},
    [JSON] = {"--log-json", NULL, "progress and messages on stderr as JSON, an object a line"},
    {NULL, NULL, NULL},
};

static void warn(void *to, const char *words)
{
    (void)to;
    terminal_say("%s", words);
}

static bool right_options(const struct trained *t, const char *const *values, struct error *e)
{
    if (values[STRICT] && t->task != CORPUS_CHUNKING)
        return error_set(e, ERROR_USAGE,
                         "option --strict: the model's task (corpus.task) has no chunks; leave it out");
    if (values[LABELS] && t->task == CORPUS_SEGMENTATION)
        return error_set(
            e, ERROR_USAGE,
            "option --labels: task segmentation is scored by words, not by labels; leave it out");
    return true;
}

/* The files to score: those of the command line, or the run's own test corpus. */
static size_t files_of(const struct trained *t, int argc, char **argv, const char *const **paths,
                       struct error *e)
{
    *paths = (const char *const *)argv + 1;
    if (argc > 1)
        return (size_t)argc - 1;
    *paths = t->corpus.test;
    if (t->corpus.ntest == 0)
        error_set(
            e, ERROR_USAGE,
            "%s: no file to score is named, and the run has no test corpus of its own (corpus.test); name a "
            "labelled file: asyntrain eval %s FILE",
            argv[0], argv[0]);
    return t->corpus.ntest;
}

static int eval(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    uint32_t threads;
    terminal_open(false, values[JSON] != NULL);
    if (!setup_threads(values[THREADS], cpu_count(), &threads, &e))
        return verb_fail(&e);
    struct trained *t = setup_trained(argv[0], &e);
    struct constraint *constraint = NULL;
    enum whole whole = WHOLE_NONE;
    bool fine = t && right_options(t, values, &e) && setup_decode(t, values[DECODE], &constraint, &e) &&
                setup_whole(t, values[WHOLE], &whole, &e);
    const char *const *paths;
    size_t npaths = fine ? files_of(t, argc, argv, &paths, &e) : 0;
    struct dataset *d = npaths ? dataset_read(t->space, paths, npaths, &e) : NULL;
    if (d) {
        for (size_t k = 0; argc == 1 && k < npaths; k++)
            terminal_say("the run's own test corpus: %s", paths[k]);
        if (d->open)
            terminal_say("%zu of %zu token%s have open labels: they are not scored%s", d->open, d->tokens,
                         text_s(d->tokens),
                         t->task == CORPUS_CHUNKING ? ", nor are chunks in or beside them" : "");
        dataset_warn(d, t->space, &(struct labels_listener){warn, NULL});
        struct weights w = {.w = t->w, .scale = 1};
        struct score *score = evaluate_score(t->space, t->task);
        if (values[STRICT])
            score_strict(score);
        if (values[LABELS])
            score_confusions(score);
        evaluate_about(argc == 2 ? argv[1] : "files");
        evaluate_into(score, t->model, &w, d, t->space, constraint, whole, (int)threads);
        terminal_close();
        score_print(score, stdout);
        score_free(score);
    }
    dataset_free(d);
    constraint_free(constraint);
    trained_free(t);
    terminal_close();
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_eval = {
    .name = "eval",
    .summary = "score a trained model on labelled files, or on its own test corpus",
    .operands = "RUN [FILE...]",
    .example = "asyntrain eval RUN corpora/chunk-test.conll --labels",
    .group = VERB_MODEL,
    .least = 1,
    .most = -1,
    .options = options,
    .run = eval,
};

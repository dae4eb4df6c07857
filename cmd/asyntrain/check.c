/* SPDX-License-Identifier: MIT
 *
 * check: everything that `train` would do before its first epoch, and what the corpora look like.
 */
#include "cmd/asyntrain/check.h"
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/data/survey.h"
#include "lib/train/initial.h"
#include "lib/train/parts.h"
#include "lib/train/trainer.h"
#include "lib/train/warm_start.h"
#include "lib/train/warnings.h"
#include "models/models.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_part(const char *name, const struct survey *s, bool against_training)
{
    const uint32_t labels = vocab_count(s->labels);
    printf("%-6s %8" PRIu64 " sentence%s %9" PRIu64 " token%s, longest %u, %u type%s, %u label%s", name,
           s->sentences, text_s(s->sentences), s->tokens, text_s(s->tokens), s->longest, s->types,
           text_s(s->types), labels, text_s(labels));
    if (against_training)
        printf(", OOV %.2f %%, %" PRIu64 " sentence%s also in training", 100 * survey_oov_rate(s),
               s->duplicates, text_s(s->duplicates));
    else
        printf(", %" PRIu64 " sentence%s twice", s->duplicates, text_s(s->duplicates));
    putchar('\n');
    if (s->open)
        printf("       %" PRIu64 " token%s with open labels (corpus.open)\n", s->open, text_s(s->open));
    if (s->invalid)
        text_say(stdout,
                 "       %" PRIu64 " label%s that corpus.scheme does not allow there, the first at %s:%lu",
                 s->invalid, text_s(s->invalid), s->invalid_path, s->invalid_line);
}

static void print_labels(const struct survey *s)
{
    printf("labels");
    for (uint32_t y = 0; y < vocab_count(s->labels); y++) {
        putchar(' ');
        text_print(stdout, vocab_text(s->labels, y));
        printf(":%" PRIu64, s->label_count[y]);
    }
    putchar('\n');
}

/* Labels that training has not seen can never be predicted: name them. */
static void print_unseen(const char *name, const struct survey *part, const struct survey *training)
{
    for (uint32_t y = 0; y < vocab_count(part->labels); y++) {
        struct span label = vocab_text(part->labels, y);
        if (vocab_find(training->labels, label) == VOCAB_NONE)
            text_say(stdout, "       label %.*s (%" PRIu64 " token%s) of %s does not occur in training",
                     (int)label.n, label.s, part->label_count[y], text_s(part->label_count[y]), name);
    }
}

static void print_model(const struct trainer *t, long kib)
{
    const struct layout *l = &t->model->layout;
    const unsigned features = vocab_count(t->space->node) + vocab_count(t->space->edge);
    if (t->space->format->attributes)
        printf("features %u\n", features);
    else
        printf("features %u of %zu template%s\n", features, (size_t)t->space->template->count,
               text_s(t->space->template->count));
    for (uint32_t k = 0; k < l->ngroups; k++)
        printf("weights  %-12s %10u block%s of %u x %u\n", l->group[k].name, l->group[k].count,
               text_s(l->group[k].count), l->group[k].rows, l->group[k].columns);
    if (t->start) {
        char words[WARM_START_WORDS];
        warm_start_words(t->start, words, sizeof words);
        text_say(stdout, "%s", words);
    }
    if (t->space->pretrained) {
        char words[INITIAL_WORDS];
        initial_words(t->space->pretrained, words, sizeof words);
        text_say(stdout, "%s", words);
    }
    printf("memory   %.0f MiB for weights (%.1f bytes each); training will need about %.0f MiB\n",
           (double)(l->size * sizeof(real)) / 1048576,
           (double)(l->size * sizeof(real)) / (double)layout_weights(l), (double)kib / 1024);
}

static bool survey_part(const char *name, const struct corpus *corpus, const char *const *paths, size_t count,
                        enum share_part part, const struct survey *training, struct error *e)
{
    if (count == 0)
        return true;
    struct survey *s = survey_files(corpus, paths, count, part, training, e);
    if (!s)
        return false;
    print_part(name, s, true);
    print_unseen(name, s, training);
    survey_free(s);
    return true;
}

/* A part has files of its own, or is cut from the training files. */
static bool survey_either(const char *name, const struct corpus *corpus, const char *const *paths,
                          size_t count, bool cut, enum share_part part, const struct survey *training,
                          struct error *e)
{
    return cut ? survey_part(name, corpus, corpus->train, corpus->ntrain, part, training, e)
               : survey_part(name, corpus, paths, count, SHARE_ALL, training, e);
}

static bool survey_all(const struct corpus *corpus, struct error *e)
{
    struct survey *training = survey_files(corpus, corpus->train, corpus->ntrain, SHARE_TRAINED, NULL, e);
    if (!training)
        return false;
    print_part("train", training, false);
    bool good = survey_either("dev", corpus, corpus->dev, corpus->ndev, corpus->dev_fraction > 0, SHARE_DRAWN,
                              training, e) &&
                survey_either("test", corpus, corpus->test, corpus->ntest, corpus->fold.of > 0, SHARE_HELD,
                              training, e);
    print_labels(training);
    survey_free(training);
    return good;
}

static void warn(void *to, const char *words)
{
    (void)to;
    terminal_say("%s", words);
}

bool check_report(const struct trainer *t, struct error *e)
{
    const long kib = trainer_memory(t); /* before the survey needs some of its own */
    const bool good = survey_all(&t->corpus, e);
    terminal_close();
    if (!good)
        return false;
    print_model(t, kib);
    trainer_warn(t, &(struct labels_listener){warn, NULL});
    return true;
}

static int check(int argc, char **argv, const char *const *values)
{
    (void)values;
    struct error e = {0};
    struct parts parts;
    terminal_open(false, false);
    struct config *c = setup_config(argc, argv, &e);
    struct trainer *t = c && parts_find(c, model_table, &parts, &e) ? trainer_new(c, &parts, &e) : NULL;
    if (t)
        check_report(t, &e);
    terminal_close();
    trainer_free(t);
    config_free(c);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_check = {
    .name = "check",
    .summary = "read configuration and corpora and report on them, without training",
    .operands = "CONFIG... [section.key=value...]",
    .example = "asyntrain check configs/demo.yaml features.cutoff=2",
    .least = 1,
    .most = -1,
    .run = check,
};

/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/learn.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/data/survey.h"
#include "models/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config *learn_config(const char *yaml, struct parts *parts)
{
    struct error e = {0};
    struct config *c = config_new();
    if (config_parse(c, yaml, strlen(yaml), "fuzz", &e) && config_set(c, "optimizer.rate=0.1", &e) &&
        parts_find(c, model_table, parts, &e))
        return c;
    fprintf(stderr, "the target's own configuration is wrong: %s\n", e.text);
    abort();
}

static void hear(void *to, const char *words)
{
    *(size_t *)to += strlen(words);
}

/* The labels that are given come back: as many as there are tokens. */
static void decode(struct dataset *d, const struct space *space)
{
    struct span *label = memory_new(d->longest.tokens, sizeof *label);
    for (size_t k = 0; k < d->count; k++)
        dataset_gold(d, space, k, label);
    memory_free(label);
}

static void look(const struct corpus *corpus, struct error *e)
{
    struct survey *training = survey_files(corpus, corpus->train, corpus->ntrain, SHARE_TRAINED, NULL, e);
    struct survey *test =
        training ? survey_files(corpus, corpus->test, corpus->ntest, SHARE_ALL, training, e) : NULL;
    if (test)
        survey_oov_rate(test);
    survey_free(test);
    survey_free(training);
}

void learn_checked(const struct config *c)
{
    struct error e = {0};
    struct corpus corpus;
    struct space *space = NULL;
    size_t heard = 0;
    if (!corpus_configure(&corpus, c, &e))
        return;
    struct dataset *d = dataset_learn(&corpus, &space, &e);
    struct dataset *test = d ? dataset_part(&corpus, space, DATASET_TEST, &e) : NULL;
    if (test) {
        dataset_warn(test, space, &(struct labels_listener){hear, &heard});
        decode(test, space);
    }
    look(&corpus, &e);
    dataset_free(test);
    dataset_free(d);
    space_free(space);
}

void learn_corpora(const char *yaml)
{
    struct parts parts;
    struct config *c = learn_config(yaml, &parts);
    learn_checked(c);
    config_free(c);
}

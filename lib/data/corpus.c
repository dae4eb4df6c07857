/* SPDX-License-Identifier: MIT */
#include "lib/data/corpus.h"

#include <string.h>

const struct key corpus_keys[] = {
    {"format", KEY_CHOICE, 0, 0, "conll", "conll|segmented", "how the files are laid out"},
    {"task", KEY_CHOICE, 0, 0, "tagging", "tagging|chunking|segmentation",
     "what is scored: accuracy of labels, F1 of chunks (IOB, IOBES), F1 of words (B M E S)"},
    {"train", KEY_PATHS, 0, 0, NULL, NULL, "training corpus: one file or a list of files read as one"},
    {"dev", KEY_PATHS, 0, 0, "", NULL, "development corpus, scored after every pass"},
    {"test", KEY_PATHS, 0, 0, "", NULL,
     "test corpus, scored at the end (after every pass if there is no dev)"},
    {"dev_fraction", KEY_REAL, 0, 0.9, "0", NULL,
     "without a dev file: this share of the training sentences, drawn by dev_seed, becomes the development "
     "set"},
    {"dev_seed", KEY_INTEGER, 0, 9e15, "1", NULL,
     "seed of that draw, so that run.seed can vary on the same split"},
    {"columns", KEY_LIST, 0, 0, "", NULL,
     "names of the columns, e.g. [word, pos, chunk]; none: as the file has"},
    {"label", KEY_STRING, 0, 0, "last", NULL, "name of the label column, or last"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

const struct key features_keys[] = {
    {"template", KEY_PATH, 0, 0, NULL, NULL, "feature template in CRF++'s language"},
    {"cutoff", KEY_INTEGER, 1, 1e9, "1", NULL, "drop features that occur less often than this in training"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const char *const task_names[] = {"tagging", "chunking", "segmentation"};

bool corpus_configure(struct corpus *corpus, const struct config *c, struct error *e)
{
    *corpus = (struct corpus){.label = config_string(c, "corpus.label"),
                              .dev_fraction = config_real(c, "corpus.dev_fraction"),
                              .seed = (uint64_t)config_integer(c, "corpus.dev_seed"),
                              .template_path = config_string(c, "features.template"),
                              .cutoff = (uint32_t)config_integer(c, "features.cutoff")};
    for (size_t i = 0; format_table[i]; i++)
        if (strcmp(format_table[i]->name, config_string(c, "corpus.format")) == 0)
            corpus->format = format_table[i];
    while (strcmp(task_names[corpus->task], config_string(c, "corpus.task")) != 0)
        corpus->task++;
    corpus->ntrain = config_list(c, "corpus.train", &corpus->train);
    corpus->ndev = config_list(c, "corpus.dev", &corpus->dev);
    corpus->ntest = config_list(c, "corpus.test", &corpus->test);
    corpus->ncolumns = config_list(c, "corpus.columns", &corpus->columns);
    bool segmented = corpus->format == &format_segmented;
    if (segmented != (corpus->task == CORPUS_SEGMENTATION))
        return config_fault(c, "corpus.task", e, "format '%s' goes with task %s", corpus->format->name,
                            segmented ? "'segmentation'" : "'tagging' or 'chunking'");
    if (segmented && corpus->ncolumns)
        return config_fault(c, "corpus.columns", e,
                            "format 'segmented' has no columns to name; leave it out");
    if (corpus->ntrain == 0 || corpus->train[0][0] == 0)
        return config_fault(c, "corpus.train", e, "names no file");
    if (corpus->ndev && corpus->dev_fraction > 0)
        return config_fault(c, "corpus.dev_fraction", e, "corpus.dev is given too; keep one of them");
    if (strcmp(corpus->label, "last") == 0)
        return true;
    for (size_t i = 0; i < corpus->ncolumns; i++)
        if (strcmp(corpus->columns[i], corpus->label) == 0)
            return true;
    return config_fault(c, "corpus.label", e,
                        "'%s' is not among corpus.columns; name the columns there, or say last",
                        corpus->label);
}

uint32_t corpus_label_column(const struct corpus *corpus, uint32_t ncolumns)
{
    for (uint32_t i = 0; i < corpus->ncolumns; i++)
        if (strcmp(corpus->columns[i], corpus->label) == 0)
            return i;
    return ncolumns - 1;
}

enum scheme corpus_scheme(const struct corpus *corpus)
{
    static const enum scheme of_task[] = {[CORPUS_TAGGING] = SCHEME_PLAIN,
                                          [CORPUS_CHUNKING] = SCHEME_IOB2,
                                          [CORPUS_SEGMENTATION] = SCHEME_BMES};
    return of_task[corpus->task];
}

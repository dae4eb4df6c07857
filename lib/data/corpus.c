/* SPDX-License-Identifier: MIT */
#include "lib/data/corpus.h"

#include "lib/data/template.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct key corpus_keys[] = {
    {"format", KEY_CHOICE, 0, 0, "conll", "conll|segmented|conllu|crfsuite",
     "layout of the files\n"
     "conll: one token a line, cells in columns; a blank line ends a sentence\n"
     "segmented: one sentence a line, words separated by white space\n"
     "conllu: CoNLL-U, as Universal Dependencies have it\n"
     "crfsuite: CRFsuite's feature files, which may have values; they need no template"},
    {"separator", KEY_CHOICE, 0, 0, "blank", "blank|tab",
     "what separates columns, in format conll\n"
     "blank: white space\n"
     "tab: TAB alone, so cells may hold blanks; answers have TAB, too"},
    {"comments", KEY_STRING, 0, 0, "", NULL,
     "lines that begin with this text are comments, in format conll, if they stand between sentences; such "
     "as \"#\"\n"
     "within a sentence they are tokens; `tag` gives comments back in their place\n"
     "empty: there are no comments"},
    {"task", KEY_CHOICE, 0, 0, "auto", "auto|tagging|chunking|entities|segmentation",
     "what is scored\n"
     "auto: chunking if the labels of corpus.train look like B-NP, I-NP and O ; "
     "segmentation for format segmented; else tagging\n"
     "tagging: accuracy of labels\n"
     "chunking: F1 of chunks (labels in IOB, IOBES or BILOU)\n"
     "entities: the same, for named entities\n"
     "segmentation: F1 of words (labels B, M, E, S)"},
    {"train", KEY_PATHS, 0, 0, NULL, NULL, "training corpus: one file or a list of files read as one"},
    {"dev", KEY_PATHS, 0, 0, "", NULL, "development corpus, scored after every epoch"},
    {"test", KEY_PATHS, 0, 0, "", NULL,
     "test corpus, scored at the end; after every epoch if there is no development corpus"},
    {"sentences", KEY_INTEGER, 0, 1e9, "0", NULL,
     "read only the first so many sentences of corpus.train; 0: all"},
    {"dev_fraction", KEY_REAL, 0, 0.9, "0", NULL,
     "without corpus.dev: share of the training sentences that becomes the development set"},
    {"dev_seed", KEY_INTEGER, 0, 9e15, "1", NULL,
     "seed that draws the sentences of dev_fraction; it does not depend on run.seed, so several seeds can "
     "have the same split"},
    {"fold.of", KEY_INTEGER, 0, FOLD_MOST, "0", NULL,
     "cross-validation: the training corpus is cut into so many folds, and one of them is the test part; 0: "
     "it is not cut"},
    {"fold.held", KEY_INTEGER, 1, FOLD_MOST, "1", NULL,
     "the fold that is left out of training and tested on: 1 to corpus.fold.of"},
    {"fold.by", KEY_CHOICE, 0, 0, "sentence", "sentence|file",
     "what is put into folds\n"
     "sentence: sentences; sizes differ by one at most\n"
     "file: whole files of corpus.train"},
    {"fold.seed", KEY_INTEGER, 0, 9e15, "1", NULL,
     "seed that draws the folds; it does not depend on run.seed"},
    {"columns", KEY_LIST, 0, 0, "", NULL,
     "names of the columns, such as [word, pos, chunk]; none: as many columns as the file has, without "
     "names"},
    {"scheme", KEY_CHOICE, 0, 0, "auto", "auto|plain|iob1|iob2|iobes|bmes|bilou",
     "how the labels of the files mark chunks\n"
     "auto: iob2 for task chunking, bmes for segmentation, plain for tagging; with task auto it is found, "
     "too\n"
     "plain: they mark no chunks"},
    {"encode", KEY_CHOICE, 0, 0, "same", "same|iob1|iob2|iobes|bmes|bilou",
     "scheme of the labels that the model learns; answers are converted back to the scheme of the files\n"
     "same: the scheme of the files"},
    {"map", KEY_LIST, 0, 0, "", NULL,
     "rules OLD=NEW that rename chunk types, or labels if they mark no chunks; OLD may end in *, and the "
     "first rule that matches counts\n"
     "[NP=NP, \"*=O\"] keeps noun phrases alone"},
    {"label", KEY_STRING, 0, 0, "last", NULL,
     "name of the label column, or last\n"
     "format conllu has also misc.KEY: the value of KEY in MISC, O if it is missing"},
    {"open", KEY_STRING, 0, 0, FORMAT_OPEN, NULL,
     "marks a token whose label is not known (partial annotation); it is not learned as a label\n"
     "in format conllu, _ does so as well in upos, xpos, head and deprel\n"
     "empty: every label is known"},
    {"weight_column", KEY_STRING, 0, 0, "", NULL,
     "name of a column of numbers: that of its first token says how much a sentence counts in training, 1 "
     "being "
     "the usual; format crfsuite has lines @weight:NUMBER instead"},
    {"label_weights", KEY_LIST, 0, 0, "", NULL,
     "weights LABEL=NUMBER of labels of the files, such as [O=0.5, B-PER=2]; all others have 1\n"
     "a sentence counts in training as much as its labels do on the mean, times its own weight"},
    {"vectors", KEY_PATH, 0, 0, "", NULL,
     "file of pre-trained vectors, for models with embeddings: word2vec (text or binary), GloVe, fastText "
     ".vec\n"
     "training changes them like other weights; if a word occurs twice, its first vector counts"},
    {"vectors_line", KEY_STRING, 0, 0, "", NULL,
     "name of the template line whose features are the words of corpus.vectors, such as U02\n"
     "none: the line with a token's own cell alone, such as U00:%x[0,0]; of several, the first with the "
     "lowest column"},
    {"vectors_unseen", KEY_BOOL, 0, 0, "true", NULL,
     "keep vectors of words that are not in the training data, so that they can be used when tagging; "
     "takes memory, and makes the model file larger"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

const struct key features_keys[] = {
    {"template", KEY_PATH, 0, 0, "", NULL,
     "file with the feature template, in the language of CRF++; all formats need one but crfsuite"},
    {"cutoff", KEY_INTEGER, 1, 1e9, "1", NULL, "drop features that occur less often than this in training"},
    {"words", KEY_PATHS, 0, 0, "", NULL,
     "files of word lists, for the attributes word-from, length-from, place and others"},
    {"train_words", KEY_INTEGER, 0, 1e9, "0", NULL,
     "add words to the list that occur at least this often in the training corpus; 0: none"},
    {"word_dropout", KEY_REAL, 0, 1, "0", NULL,
     "share of the listed words that is ignored in each training sentence, so that training meets unknown "
     "words"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* What a task is called, and which one it is. What is left open is judged by guess_settle before it matters: until then
 * nothing contradicts it. */
static const struct {
    const char *name;
    enum corpus_task task;
} task_names[] = {
    {"auto", CORPUS_TAGGING},      {"tagging", CORPUS_TAGGING},           {"chunking", CORPUS_CHUNKING},
    {"entities", CORPUS_CHUNKING}, {"segmentation", CORPUS_SEGMENTATION},
};

static bool task_open(const struct config *c)
{
    return strcmp(config_string(c, "corpus.task"), task_names[0].name) == 0;
}

static enum corpus_task task_of(const struct config *c, const struct format_ops *format)
{
    size_t k = 0;
    while (strcmp(task_names[k].name, config_string(c, "corpus.task")) != 0)
        k++;
    return task_open(c) && format == &format_segmented ? CORPUS_SEGMENTATION : task_names[k].task;
}

static bool configure_labels(struct corpus *corpus, const struct config *c, struct error *e)
{
    static const enum scheme of_task[] = {SCHEME_PLAIN, SCHEME_IOB2, SCHEME_BMES};
    corpus->scheme = of_task[corpus->task];
    for (int k = 0; scheme_names[k]; k++)
        if (strcmp(scheme_names[k], config_string(c, "corpus.scheme")) == 0)
            corpus->scheme = (enum scheme)k;
    corpus->encode = corpus->scheme;
    for (int k = 0; scheme_names[k]; k++)
        if (strcmp(scheme_names[k], config_string(c, "corpus.encode")) == 0)
            corpus->encode = (enum scheme)k;
    if (corpus->task == CORPUS_SEGMENTATION && corpus->scheme != SCHEME_BMES)
        return config_fault(c, "corpus.scheme", e,
                            "task segmentation has labels B M E S: say bmes, or leave it out");
    if (corpus->scheme == SCHEME_PLAIN && corpus->encode != SCHEME_PLAIN && !task_open(c))
        return config_fault(c, "corpus.encode", e,
                            "the labels mark no chunks (corpus.scheme is plain); say in corpus.scheme how "
                            "they do: iob1, iob2, "
                            "iobes, bmes or bilou");
    corpus->nmap = config_list(c, "corpus.map", &corpus->map);
    if (corpus->nmap && corpus->task == CORPUS_SEGMENTATION)
        return config_fault(c, "corpus.map", e, "task segmentation has no types to rename; leave it out");
    for (size_t k = 0; k < corpus->nmap; k++)
        if (!strchr(corpus->map[k], '=') || corpus->map[k][strcspn(corpus->map[k], "=") + 1] == 0 ||
            strpbrk(corpus->map[k], " \t\n"))
            return config_fault(c, "corpus.map", e,
                                "'%s' is no rule OLD=NEW (without spaces); e.g. [NP=NP, \"*=O\"]",
                                corpus->map[k]);
        else if (corpus->scheme == SCHEME_PLAIN && !task_open(c) && *config_string(c, "corpus.open") &&
                 strcmp(strchr(corpus->map[k], '=') + 1, config_string(c, "corpus.open")) == 0)
            return config_fault(c, "corpus.map", e,
                                "'%s': %s stands for open labels (corpus.open), and is none to answer; name "
                                "another",
                                corpus->map[k], config_string(c, "corpus.open"));
    return true;
}

/* What is chosen of a format makes a copy of it. */
static bool configure_format(struct corpus *corpus, const struct config *c, struct error *e)
{
    bool tab = strcmp(config_string(c, "corpus.separator"), "tab") == 0;
    const char *comments = config_string(c, "corpus.comments");
    bool conllu = corpus->format == &format_conllu;
    if (*comments && corpus->format != &format_conll)
        return config_fault(c, "corpus.comments", e, "goes with format conll; leave it out");
    if (tab && corpus->format != &format_conll)
        return config_fault(c, "corpus.separator", e, "goes with format conll; leave it out");
    corpus->variant = *corpus->format;
    if (tab)
        corpus->variant.separator = '\t';
    corpus->variant.comments = comments;
    if (conllu && strncmp(corpus->label, "misc.", 5) == 0) {
        corpus->variant.misc = corpus->label + 5;
        corpus->variant.ncolumns++;
        if (corpus->label[5] == 0 || strpbrk(corpus->label + 5, "=| \t"))
            return config_fault(c, "corpus.label", e, "'%s' names no key of MISC; write e.g. misc.NER",
                                corpus->label);
    }
    if (tab || *comments || corpus->variant.misc)
        corpus->format = &corpus->variant;
    return true;
}

bool corpus_label_weight(const char *rule, struct span *label, double *weight)
{
    const char *sign = strrchr(rule, '=');
    *label = (struct span){rule, sign ? (size_t)(sign - rule) : 0};
    return label->n && text_real(span_of(sign + 1), weight) && *weight >= 0 && *weight <= WEIGHT_MOST;
}

static bool configure_weights(const struct corpus *corpus, const struct config *c, struct error *e)
{
    struct span label;
    double weight;
    bool found = *corpus->weight_column == 0;
    for (size_t k = 0; k < corpus->nlabel_weights; k++)
        if (!corpus_label_weight(corpus->label_weights[k], &label, &weight))
            return config_fault(c, "corpus.label_weights", e,
                                "'%s' is no weight LABEL=NUMBER, with a number from 0 to %g; e.g. [O=0.5]",
                                corpus->label_weights[k], WEIGHT_MOST);
    for (size_t k = 0; k < corpus->ncolumns && !corpus->format->columns; k++)
        found = found || strcmp(corpus->columns[k], corpus->weight_column) == 0;
    if (!found)
        return config_fault(c, "corpus.weight_column", e,
                            "'%s' is not among corpus.columns, where format conll names its columns",
                            corpus->weight_column);
    const char *of_labels = corpus->label;
    if (corpus->ncolumns && strcmp(of_labels, "last") == 0)
        of_labels = corpus->columns[corpus->ncolumns - 1];
    return *corpus->weight_column == 0 || strcmp(corpus->weight_column, of_labels) != 0 ||
           config_fault(c, "corpus.weight_column", e,
                        "'%s' is the column of the labels (corpus.label: %s); name another of corpus.columns",
                        corpus->weight_column, corpus->label);
}

/* Which features there are: those of a template, or of the files themselves. */
static bool configure_features(const struct corpus *corpus, const struct config *c, struct error *e)
{
    static const char *const of_columns[] = {"corpus.columns", "corpus.vectors", "features.template",
                                             "features.words", NULL};
    const char *format = corpus->format->name;
    if (!corpus->format->attributes)
        return *corpus->template_path ||
               config_fault(c, "corpus.train", e,
                            "files of format %s need a feature template; name its file in features.template",
                            format);
    if (corpus->task == CORPUS_SEGMENTATION)
        return config_fault(c, "corpus.task", e, "task segmentation goes with formats segmented and conll");
    if (strcmp(corpus->label, "last") != 0)
        return config_fault(c, "corpus.label", e,
                            "format '%s' has the label first in each line; leave it out", format);
    const bool given[] = {corpus->ncolumns > 0, *corpus->vectors, *corpus->template_path, corpus->nwords > 0};
    for (size_t k = 0; of_columns[k]; k++)
        if (given[k])
            return config_fault(c, of_columns[k], e,
                                "format '%s' has features instead of columns; leave it out", format);
    return true;
}

/* The format names its columns. */
static bool configure_named(struct corpus *corpus, const struct config *c, struct error *e)
{
    const char *const *columns = corpus->format->columns, *format = corpus->format->name;
    bool misc = corpus->format->misc;
    if (corpus->ncolumns)
        return config_fault(c, "corpus.columns", e, "format '%s' has names of its own; leave it out", format);
    char names[256] = "";
    for (size_t at = 0; columns[corpus->ncolumns]; corpus->ncolumns++)
        at += (size_t)snprintf(names + at, sizeof names - at, " %s", columns[corpus->ncolumns]);
    assert(corpus->ncolumns < CORPUS_NAMES);
    memcpy(corpus->names, columns, corpus->ncolumns * sizeof *columns);
    corpus->columns = corpus->names;
    if (misc) {
        corpus->names[corpus->ncolumns++] = corpus->label;
        return true;
    }
    if (strcmp(corpus->label, "last") == 0)
        return config_fault(c, "corpus.label", e, "say which column of format '%s' is it, e.g. upos or xpos",
                            format);
    for (size_t i = 0; i < corpus->ncolumns; i++)
        if (strcmp(columns[i], corpus->label) == 0)
            return true;
    const char *near = text_nearest(corpus->label, columns, corpus->ncolumns);
    return config_fault(c, "corpus.label", e, "format '%s' has no column '%s'%s%s%s; there is%s%s", format,
                        corpus->label, near ? "; did you mean '" : "", near ? near : "", near ? "'" : "",
                        names, corpus->format == &format_conllu ? " misc.KEY" : "");
}

static bool configure_fold(struct corpus *corpus, const struct config *c, struct error *e)
{
    corpus->fold = (struct fold){.of = (uint32_t)config_integer(c, "corpus.fold.of"),
                                 .held = (uint32_t)config_integer(c, "corpus.fold.held"),
                                 .files = strcmp(config_string(c, "corpus.fold.by"), "file") == 0,
                                 .seed = (uint64_t)config_integer(c, "corpus.fold.seed")};
    const struct fold *f = &corpus->fold;
    if (f->of == 0)
        return true;
    if (f->of == 1)
        return config_fault(c, "corpus.fold.of", e,
                            "one fold leaves nothing to train on; say at least 2, or 0 for none");
    if (f->held > f->of)
        return config_fault(c, "corpus.fold.held", e, "there are the folds 1 to %u (corpus.fold.of)", f->of);
    if (f->files && f->of > corpus->ntrain)
        return config_fault(c, "corpus.fold.of", e,
                            "more folds than files in corpus.train, which are %zu; say fewer, or "
                            "corpus.fold.by: sentence",
                            corpus->ntrain);
    return corpus->ntest == 0 ||
           config_fault(c, "corpus.test", e,
                        "the fold that is held out is the test part (corpus.fold); leave corpus.test empty");
}

bool corpus_configure(struct corpus *corpus, const struct config *c, struct error *e)
{
    *corpus = (struct corpus){.label = config_string(c, "corpus.label"),
                              .open = config_string(c, "corpus.open"),
                              .sentences = (uint64_t)config_integer(c, "corpus.sentences"),
                              .dev_fraction = config_real(c, "corpus.dev_fraction"),
                              .seed = (uint64_t)config_integer(c, "corpus.dev_seed"),
                              .template_path = config_string(c, "features.template"),
                              .cutoff = (uint32_t)config_integer(c, "features.cutoff"),
                              .train_words = (uint32_t)config_integer(c, "features.train_words"),
                              .word_dropout = config_real(c, "features.word_dropout"),
                              .weight_column = config_string(c, "corpus.weight_column"),
                              .vectors = config_string(c, "corpus.vectors"),
                              .vectors_line = config_string(c, "corpus.vectors_line"),
                              .vectors_unseen = config_bool(c, "corpus.vectors_unseen"),
                              .config = c};
    for (size_t i = 0; format_table[i]; i++)
        if (strcmp(format_table[i]->name, config_string(c, "corpus.format")) == 0)
            corpus->format = format_table[i];
    corpus->task = task_of(c, corpus->format);
    corpus->ntrain = config_list(c, "corpus.train", &corpus->train);
    corpus->ndev = config_list(c, "corpus.dev", &corpus->dev);
    corpus->ntest = config_list(c, "corpus.test", &corpus->test);
    corpus->ncolumns = config_list(c, "corpus.columns", &corpus->columns);
    corpus->nlabel_weights = config_list(c, "corpus.label_weights", &corpus->label_weights);
    corpus->nwords = config_list(c, "features.words", &corpus->words);
    bool segmented = corpus->format == &format_segmented;
    if (segmented && corpus->task != CORPUS_SEGMENTATION)
        return config_fault(c, "corpus.task", e, "format 'segmented' goes with task 'segmentation'");
    if (corpus->task == CORPUS_SEGMENTATION && corpus->format == &format_conllu)
        return config_fault(c, "corpus.task", e, "task segmentation goes with formats segmented and conll");
    if (!configure_format(corpus, c, e) || !configure_features(corpus, c, e) ||
        !configure_weights(corpus, c, e))
        return false;
    if (corpus->task != CORPUS_SEGMENTATION && corpus->train_words)
        return config_fault(c, "features.train_words", e,
                            "only task segmentation has words in its training corpus; name a list in "
                            "features.words instead");
    if (*corpus->vectors_line && !*corpus->vectors)
        return config_fault(c, "corpus.vectors_line", e,
                            "there are no vectors for its words; name their file in corpus.vectors");
    if (!configure_labels(corpus, c, e))
        return false;
    if (segmented && corpus->ncolumns)
        return config_fault(c, "corpus.columns", e,
                            "format 'segmented' has no columns to name; leave it out");
    if (corpus->ntrain == 0 || corpus->train[0][0] == 0)
        return config_fault(c, "corpus.train", e, "names no file");
    if (corpus->ndev && corpus->dev_fraction > 0)
        return config_fault(c, "corpus.dev_fraction", e, "corpus.dev is given too; keep one of them");
    if (!configure_fold(corpus, c, e))
        return false;
    if (corpus->format->columns)
        return configure_named(corpus, c, e);
    if (strcmp(corpus->label, "last") == 0)
        return true;
    for (size_t i = 0; i < corpus->ncolumns; i++)
        if (strcmp(corpus->columns[i], corpus->label) == 0)
            return i > 0 || corpus->task != CORPUS_SEGMENTATION ||
                   config_fault(c, "corpus.label", e,
                                "task segmentation expects the characters in the first column");
    return config_fault(c, "corpus.label", e,
                        "'%s' is not among corpus.columns; name the columns there, or say last",
                        corpus->label);
}

void corpus_spell(struct corpus *corpus, const char *key)
{
    corpus->spelling_key = key;
    corpus->spelling_column = key ? (uint32_t)config_integer(corpus->config, key) : 0;
}

/* (an attribute is what the one macro sees, so its feature has the name of the attribute) */
struct template *corpus_template(const struct corpus *corpus, struct error *e)
{
    return corpus->format->attributes ? template_parse("U:%x[0,0]\nB\n", corpus->format->name, e)
                                      : template_load(corpus->template_path, e);
}

struct encoding *corpus_encoding(const struct corpus *corpus)
{
    return encoding_new(corpus->scheme, corpus->encode, corpus->map, corpus->nmap);
}

static uint32_t column_named(const struct corpus *corpus, const char *name, uint32_t otherwise)
{
    for (uint32_t i = 0; i < corpus->ncolumns; i++)
        if (strcmp(corpus->columns[i], name) == 0)
            return i;
    return otherwise;
}

uint32_t corpus_label_column(const struct corpus *corpus, uint32_t ncolumns)
{
    return column_named(corpus, corpus->label, ncolumns - 1);
}

uint32_t corpus_weight_column(const struct corpus *corpus)
{
    return column_named(corpus, corpus->weight_column, 0);
}

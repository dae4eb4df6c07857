/* SPDX-License-Identifier: MIT
 *
 * asyntrain.h: tag with models that asyntrain has trained, from C and C++. docs/library.md is a tour with an example.
 *
 *     asyntrain_open ──> model ──asyntrain_tagger_new──> tagger ──asyntrain_tag, asyntrain_tag_text──> answers
 *
 * Threads: a model is constant; any number of threads may use it at once. A tagger is one thread's at a time.
 *
 * Errors are values: a function that can fail returns a status, and fills a struct asyntrain_error unless that is NULL.
 * The library never ends the program, prints, reads standard input, starts threads, or changes signals, locale,
 * environment or the caller's floating-point mode. Where memory runs out the call fails, and nothing is leaked.
 *
 * Strings are UTF-8 and end in a zero.
 */
#ifndef ASYNTRAIN_H
#define ASYNTRAIN_H

#include <stddef.h>

/* Programs that were built with one version run with the libraries of all later ones of the same major version. */
#define ASYNTRAIN_VERSION_MAJOR 0
#define ASYNTRAIN_VERSION_MINOR 1
#define ASYNTRAIN_VERSION_PATCH 0
#define ASYNTRAIN_VERSION "0.1.0"

#if defined(__GNUC__)
#define ASYNTRAIN_API __attribute__((visibility("default")))
#else
#define ASYNTRAIN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The library that runs, which may be later than this header. */
ASYNTRAIN_API const char *asyntrain_version(void);

/* ---- errors. Later versions may add a status: take one that you do not know for a failure. */

enum asyntrain_status {
    ASYNTRAIN_OK = 0,
    ASYNTRAIN_USAGE = 2, /* an argument or an option is wrong */
    ASYNTRAIN_INPUT = 3, /* what is to be tagged is malformed, or does not fit the model */
    ASYNTRAIN_MODEL = 4, /* the model file is missing, damaged or of another kind */
    ASYNTRAIN_IO = 5, /* reading a file failed */
    ASYNTRAIN_MEMORY = 7 /* out of memory */
};

struct asyntrain_error {
    enum asyntrain_status status;
    char message[1024]; /* one line: where, what, what was expected; "" where all went well */
};

/* ---- models */

struct asyntrain_model;

/* `path`: a model file, or the folder of a run. *model is NULL after a failure. */
ASYNTRAIN_API enum asyntrain_status asyntrain_open(const char *path, struct asyntrain_model **model,
                                                   struct asyntrain_error *error);
/* The same of the bytes of a model file, which may go afterwards. */
ASYNTRAIN_API enum asyntrain_status asyntrain_open_memory(const void *bytes, size_t size,
                                                          struct asyntrain_model **model,
                                                          struct asyntrain_error *error);
/* NULL is allowed. The model stays until the last of its taggers is freed, too. */
ASYNTRAIN_API void asyntrain_close(struct asyntrain_model *model);

/* Of a model; strings live as long as it does. */
ASYNTRAIN_API const char *
asyntrain_task(const struct asyntrain_model *model); /* tagging, chunking, entities, segmentation */
ASYNTRAIN_API const char *
asyntrain_format(const struct asyntrain_model *model); /* corpus.format, such as conll */
ASYNTRAIN_API const char *
asyntrain_kind(const struct asyntrain_model *model); /* model.name, such as bilstm */
ASYNTRAIN_API size_t
asyntrain_columns(const struct asyntrain_model *model); /* of its corpus, with that of the label */
ASYNTRAIN_API size_t asyntrain_label_column(const struct asyntrain_model *model); /* from 0 */
ASYNTRAIN_API size_t
asyntrain_labels(const struct asyntrain_model *model); /* how many labels answers may have, and … */
ASYNTRAIN_API const char *asyntrain_label(const struct asyntrain_model *model,
                                          size_t k); /* … one; NULL: no such */

/* ---- taggers */

struct asyntrain_tagger;

/* Begin with ASYNTRAIN_OPTIONS. Later versions may add members at the end. NULL: as the model's configuration says. */
struct asyntrain_options {
    size_t struct_size; /* sizeof(struct asyntrain_options) */
    unsigned
        nbest; /* so many answers, the most probable first, at most 1000; 0: the one of the best labelling */
    int probability; /* of each answer; n best answers always have it */
    int marginals; /* the probability of each label of an answer */
    int candidates; /* all labels of each token, with their probabilities */
    int given; /* keep the labels of the input ("?" is an open one), or the word boundaries of segmented text */
    const char *decode; /* which label may follow which: free, scheme or seen */
    const char *whole; /* segmented text: runs that are kept whole: none, letters, digits or both */
    const char *blanks; /* segmented text: keep or drop the word boundaries of the input */
    const char *dictionary; /* segmented text: file of words to keep whole, read when the tagger is made */
};
#define ASYNTRAIN_OPTIONS                                                                                    \
    {                                                                                                        \
        sizeof(struct asyntrain_options), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL                              \
    }

/* `options` NULL: the best labelling alone. *tagger is NULL after a failure. */
ASYNTRAIN_API enum asyntrain_status asyntrain_tagger_new(struct asyntrain_model *model,
                                                         const struct asyntrain_options *options,
                                                         struct asyntrain_tagger **tagger,
                                                         struct asyntrain_error *error);
ASYNTRAIN_API void asyntrain_tagger_free(struct asyntrain_tagger *tagger); /* NULL is allowed */

/* Answer a sentence. `cells` is [tokens][columns], end to end, none empty: the columns of the model's corpus, where the
 * label may be left out. Segmented text: a character a token, in one column. Format crfsuite: the attributes of a
 * token, with TAB between them, are one column, which may be empty. A tagger may be used after any error. */
ASYNTRAIN_API enum asyntrain_status asyntrain_tag(struct asyntrain_tagger *tagger, const char *const *cells,
                                                  size_t tokens, size_t columns,
                                                  struct asyntrain_error *error);

/* The answers of asyntrain_tag: how many there are, the most probable first; 0 after a failure. */
ASYNTRAIN_API size_t asyntrain_answers(const struct asyntrain_tagger *tagger);

struct asyntrain_candidate {
    const char *label;
    double probability;
};
struct asyntrain_answer { /* Later versions may add members at the end. */
    size_t tokens;
    const char *const *labels; /* [tokens] */
    double log_probability; /* of the answer, where it was asked for, else 0 */
    const double *marginals; /* [tokens] or NULL */
    size_t ncandidates; /* of each token */
    const struct asyntrain_candidate
        *candidates; /* [tokens][ncandidates], the most probable first; or NULL */
};
/* One of them, valid until the next call with this tagger. *answer is NULL after a failure. */
ASYNTRAIN_API enum asyntrain_status asyntrain_answer(struct asyntrain_tagger *tagger, size_t rank,
                                                     const struct asyntrain_answer **answer,
                                                     struct asyntrain_error *error);

/* Answer text in the format of the model's corpus, such as lines of raw text where that is segmented. *answer are the
 * bytes that `asyntrain tag` prints, and a zero, valid until the next call with this tagger; *answered, unless that is
 * NULL, their number without it. After a failure *answer is NULL. */
ASYNTRAIN_API enum asyntrain_status asyntrain_tag_text(struct asyntrain_tagger *tagger, const char *text,
                                                       size_t size, const char **answer, size_t *answered,
                                                       struct asyntrain_error *error);

#ifdef __cplusplus
}
#endif

#endif

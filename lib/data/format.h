/* SPDX-License-Identifier: MIT
 *
 * format: how a corpus file becomes sentences of cells. A format is a function that reads one sentence
 * off a stream of lines; the registry below is what `corpus.format` chooses from.
 */
#ifndef ASYNTRAIN_DATA_FORMAT_H
#define ASYNTRAIN_DATA_FORMAT_H

#include "lib/base/error.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One sentence: n tokens of ncolumns cells each; the text lives until the next reader_next.
 *
 * What stands between sentences and is none comes out as a `document`: the line -DOCSTART- of CoNLL-2003 as one
 * token, comments of CoNLL-U without a sentence as none (n = 0). Such a thing is never trained, scored or
 * surveyed; `tag` gives it back in its place. Comments of format conll (corpus.comments) are such, too.
 *
 * Every line of a file is one of a sentence (its lines are first … last, with the blank one that ends it), or blank. */
struct sentence {
    uint32_t n, ncolumns;
    bool document;
    struct span *cell; /* [n][ncolumns] */
    unsigned long line; /* where its first token stands, from 1 */
    const unsigned long *lines; /* [n] where each token stands; NULL: see sentence_line */
    /* Formats that write lines back as they were: all of the sentence's, others between the tokens included. */
    uint32_t nsource;
    const struct span *source; /* [nsource], lines source_line, source_line + 1 … of the file */
    unsigned long source_line;
    bool one_line; /* all tokens stand on `line` */
    unsigned long first, last;
    bool joined; /* no blank line ends it: a -DOCSTART- follows at once, or it is one */
    char separator; /* of the columns of an answer */
    const char *misc; /* as in struct format_ops */
    double weight; /* how much it counts in training; 1 where nothing is said */
};

/* The line of token i. */
unsigned long sentence_line(const struct sentence *s, uint32_t i);

/* A label that a token may have. */
struct candidate {
    struct span label;
    double probability;
};

/* What `tag` says of a sentence. */
struct answer {
    const struct span *label; /* [n] */
    const double *marginal; /* [n] probabilities of these labels, or NULL */
    const struct candidate *candidate; /* [n][ncandidates] all labels, the most probable first; or NULL */
    uint32_t ncandidates;
    uint32_t label_column; /* for formats that have a place of their own for the label */
};

#define WEIGHT_MOST 1e6 /* of a sentence */

struct reader;

struct format_ops {
    const char *name, *summary;
    bool lines; /* a sentence is one line (else: one token a line) */
    char separator; /* conll: of columns, '\t' or ' ' for white space (the table's; a copy may have TAB) */
    const char *
        comments; /* conll, in a copy: between sentences, a line that begins so is none; NULL or "": none is */
    const char *
        misc; /* conllu, in a copy: a key of MISC whose value is one more column, O where it is not; or NULL */
    bool attributes; /* column 0 is a list of features (crfsuite_attribute): there is no template */
    uint32_t ncolumns; /* columns it makes, 0: as many as the file has */
    const char *const
        *columns; /* their names, ended by NULL; NULL: they have none (corpus.columns may give some) */
    uint32_t unspecified; /* bits of columns where a label _ says that there is none yet */
    bool (*next)(struct reader *r, struct error *e);
    void (*write)(const struct sentence *s, const struct answer *a, FILE *out); /* errors: see ferror(out) */
};
/* The text of an open label, by default; and is a label of this column one, where `open` is the text? "" and NULL:
 * none is. */
#define FORMAT_OPEN "?"
bool format_open(const struct format_ops *format, uint32_t column, const char *open, struct span label);

extern const struct format_ops *const format_table[]; /* ended by NULL */
extern const struct format_ops format_conll, format_segmented, format_conllu, format_crfsuite;

/* What a format works with; only formats look inside. */
struct reader {
    const struct format_ops *format;
    struct stream *stream;
    struct sentence sentence;
    char *text; /* the sentence's own copy of its lines */
    size_t text_length, text_capacity, cells, cell_capacity;
    size_t *ends; /* [cells] where each cell ends in text */
    size_t ends_capacity;
    uint32_t columns; /* conll: of the file's tokens, once one was seen */
    struct span pending; /* conll: a line that ended a sentence and is to be read again */
    unsigned long blank; /* the last line that is known to be blank and none of a sentence */
    unsigned long *lines; /* conllu: [tokens] */
    char *source_text; /* conllu: the lines of the sentence, end to end */
    size_t *source_ends; /* [sentence.nsource] */
    struct span *source; /* [sentence.nsource] */
    size_t lines_capacity, source_length, source_text_capacity, source_ends_capacity, source_capacity;
};

/* NULL and ERROR_CORPUS as stream_open. */
struct reader *reader_open(const struct format_ops *format, const char *path, struct error *e);
struct reader *reader_of(const struct format_ops *format,
                         struct stream *stream); /* which is closed with it */
void reader_close(struct reader *r);
/* The next sentence (never an empty one) or document; NULL at the end (e->kind ERROR_NONE) and on a fault
 * (ERROR_CORPUS, "file:line: …"). */
const struct sentence *reader_next(struct reader *r, struct error *e);

/* The next word of a sentence of characters labelled B M E S: the first cells of the tokens from *at on, up to the
 * first labelled E or S, joined in `buffer`; false at the end. Characters behind the last E or S make no word. */
bool sentence_word(const struct sentence *s, uint32_t label_column, uint32_t *at, struct text_buffer *buffer,
                   struct span *word);

/* Cut the next word off a segmented line; false when only white space is left. */
bool segmented_word(struct span *rest, struct span *found);

/* Bytes of a cell, at most, and tokens of a sentence. */
size_t format_cell_bytes(const struct format_ops *format);
#define FORMAT_TOKENS 1000000

/* Cut the next attribute off the cell of a token of format crfsuite: its name, in `buffer` where it has escapes, and
 * its value, which has a size of at most CRFSUITE_MOST; false when none is left. What is no such value is NAN: a reader
 * lets none pass. */
#define CRFSUITE_MOST 1e15
bool crfsuite_attribute(struct span *rest, struct text_buffer *buffer, struct span *name, double *value);
/* Has each attribute of the cell a name, and no value that is NAN? ERROR_CORPUS, of this line of the file. */
bool crfsuite_attributes(struct span attributes, const char *file, unsigned long line, struct error *e);

/* What stands for token i before a person: its first cell; of format crfsuite its first attributes with blanks between
 * them, about 40 bytes of them, in `buffer` until the next call with it. */
struct span format_shown(const struct format_ops *format, const struct sentence *s, uint32_t i,
                         struct text_buffer *buffer);

/* Write a sentence in columns: its cells, the label and, where known, its marginal; then the blank line that ends
 * it. */
void format_write_columns(const struct sentence *s, const struct answer *a, FILE *out);

/* Write the labels that token i may have, each LABEL:PROBABILITY behind a separator, but for those of less than
 * CANDIDATE_LEAST, which six decimals do not show. Nothing where the answer has none. */
#define CANDIDATE_LEAST 5e-7
void format_write_candidates(const struct answer *a, uint32_t i, char separator, FILE *out);

/* Give every word of a file, one or more a line, to `add(to, word)`. false and ERROR_CORPUS. */
bool segmented_list(const char *path, void (*add)(void *to, struct span word), void *to, struct error *e);

/* For formats: append a cell to the sentence under construction; one of over 64 KiB
 * or a sentence of over a million tokens is a fault. */
bool reader_cell(struct reader *r, struct span cell, struct error *e);

#endif

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

/* One sentence: n tokens of ncolumns cells each; the text lives until the next reader_next. */
struct sentence {
    uint32_t n, ncolumns;
    struct span *cell; /* [n][ncolumns] */
    unsigned long line; /* where its first token stands, from 1 */
};

/* What `tag` says of a sentence. */
struct answer {
    const struct span *label; /* [n] */
    const double *marginal; /* [n] probabilities of these labels, or NULL */
    uint32_t label_column; /* for formats that have a place of their own for the label */
};

struct reader;

struct format_ops {
    const char *name, *summary;
    bool lines; /* a sentence is one line (else: one token a line, so token i is on line + i) */
    uint32_t ncolumns; /* columns it makes, 0: as many as the file has */
    bool (*next)(struct reader *r, struct error *e);
    void (*write)(const struct sentence *s, const struct answer *a, FILE *out); /* errors: see ferror(out) */
};
extern const struct format_ops *const format_table[]; /* ended by NULL */
extern const struct format_ops format_conll, format_segmented;

/* What a format works with; only formats look inside. */
struct reader {
    const struct format_ops *format;
    struct stream *stream;
    struct sentence sentence;
    char *text; /* the sentence's own copy of its lines */
    size_t text_length, text_capacity, cells, cell_capacity;
    size_t *ends; /* [cells] where each cell ends in text */
    size_t ends_capacity;
};

/* NULL and ERROR_CORPUS as stream_open. */
struct reader *reader_open(const struct format_ops *format, const char *path, struct error *e);
void reader_close(struct reader *r);
/* The next sentence, never an empty one; NULL at the end (e->kind ERROR_NONE) and on a fault
 * (ERROR_CORPUS, "file:line: …"). */
const struct sentence *reader_next(struct reader *r, struct error *e);

/* The next word of a sentence of characters labelled B M E S: the first cells of the tokens from *at on, up to the
 * first labelled E or S, joined in `buffer`; false at the end. Characters behind the last E or S make no word. */
bool sentence_word(const struct sentence *s, uint32_t label_column, uint32_t *at, struct text_buffer *buffer,
                   struct span *word);

/* Cut the next word off a segmented line; false when only white space is left. */
bool segmented_word(struct span *rest, struct span *found);

/* Write a sentence in columns: its cells, the label and, where known, its marginal. */
void format_write_columns(const struct sentence *s, const struct answer *a, FILE *out);

/* For formats: append a cell to the sentence under construction; one of over 64 KiB
 * or a sentence of over a million tokens is a fault. */
bool reader_cell(struct reader *r, struct span cell, struct error *e);

#endif

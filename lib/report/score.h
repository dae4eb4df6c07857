/* SPDX-License-Identifier: MIT
 *
 * score: gold and predicted labels become numbers, digit for digit as the field's scorers give them.
 * A struct score gathers sentences one after another (never text of a whole corpus) and is then read.
 * One thread at a time per score.
 *
 * Chunks are counted by conlleval's own automaton, a sentence's end being its empty line. Words are matched as
 * the bakeoff's script means to match them, by a longest common subsequence of a line's two word sequences,
 * here always an exact one. Where there are several, the one whose matched gold words lie furthest left is
 * taken: there is exactly one such set of gold words (it is leftmost at every rank at once), so OOV and IV
 * recall are well defined.
 */
#ifndef ASYNTRAIN_REPORT_SCORE_H
#define ASYNTRAIN_REPORT_SCORE_H

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "lib/data/scheme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum score_task {
    SCORE_TAGGING, /* token accuracy */
    SCORE_CHUNKING, /* and chunks, as conlleval */
    SCORE_SEGMENTATION, /* and words, as the SIGHAN bakeoff's score script */
};

struct score;

/* Known words for OOV and IV recall of segmentation; may be NULL (then they are not reported). `find`
 * says whether a word is in the training word list. */
struct score_words {
    bool (*find)(const void *list, struct span word);
    const void *list;
};

struct score *score_new(enum score_task task, const struct score_words *words);
/* Before the first sentence. Of chunking: the scheme of the labels (else they are read as conlleval reads them); chunks
 * count only where they are well-formed in that scheme, see scheme_strict_chunk (PLAIN: as IOB2). Of tagging and
 * chunking: count which label is taken for which, so that score_print shows a table of labels. */
void score_scheme(struct score *s, enum scheme scheme);
void score_strict(struct score *s);
void score_confusions(struct score *s);

/* The next sentence is the file's last and no empty line follows: there conlleval looks no further. What it finds
 * differs only where labels without a type have a prefix that it does not know. */
void score_unended(struct score *s);
void score_free(struct score *s);

/* Tagging and chunking: one sentence of n tokens, gold and guessed labels. n = 0 is no sentence. Where a gold label is
 * {NULL, 0}, it is open: the token is not counted, nor is a chunk of either side that has such a token in it or beside
 * it; and a sentence of nothing else is none. */
void score_labels(struct score *s, const struct span *gold, const struct span *guess, size_t n);

/* Segmentation: one line of n characters with the labels B M E S of both. Words end as scheme_word_ends says
 * (in ill-formed sequences too). Token accuracy is the share of equal labels. */
void score_characters(struct score *s, const struct span *characters, const char *gold, const char *guess,
                      size_t n);

/* Segmentation: one line of words each, none empty, well-formed UTF-8, the same characters in both: words
 * gold[0..ngold) and guess[0..nguess). false and ERROR_CORPUS (without a file name) if the characters differ;
 * then nothing is counted. Token accuracy is that of the labels B M E S which the words give their code
 * points. */
bool score_segments(struct score *s, const struct span *gold, size_t ngold, const struct span *guess,
                    size_t nguess, struct error *e);

struct score_result { /* all in per cent, 0 when undefined */
    uint64_t sentences, tokens, correct_tokens;
    uint64_t gold, guessed, correct; /* chunks or words */
    double accuracy, precision, recall, f1;
    double oov_rate, oov_recall,
        iov_recall; /* negative without a word list; a recall also without such words */
    double sentence_accuracy;
};
struct score_result score_read(const struct score *s);

/* With score_confusions: a label's figures, per cent, 0 when undefined. */
struct score_label {
    struct span label; /* lives as long as the score */
    uint64_t gold, guessed, correct; /* tokens; gold is the support */
    double precision, recall, f1;
};
/* All labels of gold or guess, the most frequent in gold first, ties by bytes. [*count], the caller's. */
struct score_label *score_by_label(const struct score *s, size_t *count);

/* The table for a person. Chunking prints exactly what conlleval prints (chunks without a type, which occur in both
 * gold and guess, have their row twice there, so here too, unless strict); tagging prints accuracy and the counts;
 * segmentation prints the SIGHAN script's summary in its words, one figure a line: words, recall, precision, F and,
 * with a word list, OOV rate, OOV and IV recall. Its counts of insertions, deletions and substitutions are left out:
 * they depend on which of several longest alignments diff happens upon. With score_confusions two tables follow: the
 * labels, with the mean of their figures (macro average) and the figures of all tokens together (micro average, the
 * accuracy); and the most frequent confusions, at most 20. */
void score_print(const struct score *s, FILE *out);

#endif

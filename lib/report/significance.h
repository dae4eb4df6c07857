/* SPDX-License-Identifier: MIT
 *
 * significance: is the difference of two taggers' scores on one test set more than chance? Sentences are the units:
 * those of a test set are taken for independent, their tokens are not.
 *
 * Paired bootstrap (Efron and Tibshirani 1993, "An introduction to the bootstrap", chapters 13 and 15; for language
 * Koehn 2004, "Statistical significance tests for machine translation evaluation"; Berg-Kirkpatrick, Burkett and Klein
 * 2012, "An empirical investigation of statistical significance in NLP"). A resample draws as many sentences as there
 * are, with replacement, the same for both taggers. F1 comes from the sums of its counts, as on the test set:
 *
 *     F1 = 200 correct / (gold + guessed)        accuracy is the same, where gold = guessed = tokens
 *
 * McNemar (1947, "Note on the sampling error of the difference between correlated proportions or percentages"), here
 * on whether a sentence is entirely right: A alone is right in b sentences, B alone in c. If both were equally good, b
 * would be binomial (b + c, 1/2). With continuity correction as in Dietterich 1998, "Approximate statistical tests
 * for comparing supervised classification learning algorithms":
 *
 *     chi squared = (|b - c| - 1)^2 / (b + c)    of one degree of freedom; exact where b + c < 25
 */
#ifndef ASYNTRAIN_REPORT_SIGNIFICANCE_H
#define ASYNTRAIN_REPORT_SIGNIFICANCE_H

#include <stddef.h>
#include <stdint.h>

/* Chunks, words or tokens of one sentence, by one tagger. `correct` is -1 where conlleval takes back a chunk of the
 * sentence before (labels without a type may do that: lib/report/score.h). */
struct significance_counts {
    uint32_t gold, guessed;
    int32_t correct;
};

/* Per cent; 0 where there is nothing to find and nothing was found. */
double significance_f1(uint64_t gold, uint64_t guessed, int64_t correct);

struct significance_bootstrap {
    double a, b; /* F1 on the test set, per cent */
    double low, high; /* 95 % percentile interval of b - a */
    /* Two-sided, by sign: twice the share of resamples in which the difference is 0 or of the rarer sign, 1 at most.
     * The test set itself counts as one more resample, so p is never 0. */
    double p;
};

#define SIGNIFICANCE_LEAST 40 /* resamples, for which the interval is their extremes */

/* Of n > 0 sentences; `resamples` >= SIGNIFICANCE_LEAST. The same seed gives the same result. O(n resamples) time,
 * O(resamples) memory. */
struct significance_bootstrap significance_bootstrap(const struct significance_counts *a,
                                                     const struct significance_counts *b, size_t n,
                                                     uint32_t resamples, uint64_t seed);

struct significance_mcnemar {
    double statistic; /* chi squared; negative where p is exact */
    double p; /* two-sided; 1 where b + c = 0 */
};
struct significance_mcnemar significance_mcnemar(uint64_t b, uint64_t c);

#endif

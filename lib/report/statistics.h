/* SPDX-License-Identifier: MIT
 *
 * statistics: what a few scores say of the mean that they come from.
 *
 * Two intervals hold the mean of all runs with 95 % confidence. Student's t (1908) is right for any number of runs, if
 * their scores are normally distributed. The percentile bootstrap (Efron and Tibshirani 1993, chapter 13) assumes no
 * distribution, but is too narrow for few runs: of five by a factor of 0.63, for it misses sqrt((n-1)/n) and takes a
 * normal quantile for Student's (Hesterberg 2015).
 */
#ifndef ASYNTRAIN_REPORT_STATISTICS_H
#define ASYNTRAIN_REPORT_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

double statistics_mean(const double *x, size_t n); /* n > 0 */
double statistics_deviation(const double *x, size_t n); /* sample standard deviation, of n-1; NAN for n < 2 */

double statistics_median(double *x, size_t n); /* NAN for n = 0; sorts them */

struct interval {
    double least, most; /* NAN for fewer than two numbers */
};
struct interval statistics_student(const double *x, size_t n);
#define STATISTICS_RESAMPLES 10000
struct interval statistics_bootstrap(const double *x, size_t n, uint64_t seed);

/* The number t that Student's distribution of so many degrees of freedom (> 0) exceeds with probability 0.025. */
double statistics_quantile(size_t freedom);

#endif

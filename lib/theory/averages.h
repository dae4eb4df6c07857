/* SPDX-License-Identifier: MIT
 *
 * averages: mean and variance of many paths of a process, after some of the updates. The sums are of differences from
 * the exact mean, so nothing cancels.
 */
#ifndef ASYNTRAIN_THEORY_AVERAGES_H
#define ASYNTRAIN_THEORY_AVERAGES_H

#include "lib/theory/moments.h"

struct averages {
    const struct objective *objective;
    size_t d, rows;
    uint64_t *update; /* [rows] 0, every, 2 every … and the last */
    double *exact, *sum, *squares; /* [rows][d] exact means; sums of (x - exact), and of its squares */
    uint64_t paths, lost; /* lost: paths that ended where numbers end; they count as well */
    double radius; /* greatest distance of a path from the optimum, at any step */
};

/* Run the paths 0 … paths-1 of `p`; the first `shown` are given to `show` as well (NULL: to nobody). */
typedef void averages_show(void *context, enum process p, uint64_t path, const struct averages *a,
                           const double *x, uint32_t substeps);
struct averages *averages_new(const struct simulation *s, enum process p, const struct moments *m,
                              averages_show *show, void *context);
void averages_free(struct averages *a);

double averages_mean(const struct averages *a, size_t row, size_t i); /* NAN without paths */
double averages_variance(const struct averages *a, size_t row, size_t i); /* NAN below two paths */

#endif

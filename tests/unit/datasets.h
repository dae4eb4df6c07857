/* SPDX-License-Identifier: MIT
 *
 * datasets: are two of them the same?
 */
#ifndef ASYNTRAIN_TESTS_DATASETS_H
#define ASYNTRAIN_TESTS_DATASETS_H

#include "lib/data/dataset.h"

extern const char *const datasets_columns[4]; /* names for corpus.columns */

bool datasets_equal(const uint32_t *a, const uint32_t *b, size_t n);
/* The same integers (labels too, when they were read with the same ones). */
bool datasets_same(const struct dataset *a, const struct dataset *b);

#endif

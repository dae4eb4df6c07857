/* SPDX-License-Identifier: MIT
 *
 * grid: a search space, in words of the command line, becomes assignments of a configuration. Every combination of the
 * values (a grid), or draws from them (random search: Bergstra and Bengio 2012, JMLR 13).
 *
 *     optimizer.rate=0.05,0.1,0.2          these values
 *     run.keep=best                        one value: it is no dimension of the search
 *     corpus.map=["A=B", "*=O"],[]         commas within brackets or quotes do not part values
 *     optimizer.rate=log(1e-3,1,4)         four points, evenly spaced in the logarithm, both ends among them
 *     optimizer.rate=lin(0.1,0.5,3)        three points, evenly spaced
 *     optimizer.rate=log(1e-3,1)           random search: uniform in the logarithm
 *     model.hidden=int(16,128)             random search: whole numbers; lin(LOW,HIGH): uniform
 *
 * One thread at a time.
 */
#ifndef ASYNTRAIN_TRAIN_GRID_H
#define ASYNTRAIN_TRAIN_GRID_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grid;

struct grid *grid_new(void);
void grid_free(struct grid *g);

/* Add "section.key=values". ERROR_USAGE: no values, no range, or a key that was given before. */
bool grid_add(struct grid *g, const char *operand, struct error *e);

size_t grid_keys(const struct grid *g); /* dimensions: keys with more than one value */
const char *grid_key(const struct grid *g, size_t key);
size_t grid_fixed(const struct grid *g); /* keys with one value, … */
const char *grid_assignment(const struct grid *g, size_t fixed); /* … as they were given */

/* The points of the search, `point` is [grid_keys()] assignments "section.key=value", to be freed each.
 *
 * The k-th of all combinations, the last key moving fastest; count: how many there are. ERROR_USAGE: a range does not
 * say how many points it has, or there are more than GRID_MOST. */
#define GRID_MOST 9999
bool grid_count(const struct grid *g, size_t *count, struct error *e);
void grid_point(const struct grid *g, size_t k, char **point);
/* The k-th draw with this seed, whatever the others are. */
void grid_draw(const struct grid *g, uint64_t seed, size_t k, char **point);

#endif

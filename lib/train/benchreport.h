/* SPDX-License-Identifier: MIT
 *
 * benchreport: what a benchmark found: a table for a person, JSON for programs, CSV for a plot.
 *
 *     NAME.json   one object: the cases with their medians, and all runs, epoch by epoch
 *     NAME.csv    a row a run; empty where there is no such figure
 */
#ifndef ASYNTRAIN_TRAIN_BENCHREPORT_H
#define ASYNTRAIN_TRAIN_BENCHREPORT_H

#include "lib/train/benchmark.h"

#include <stdio.h>

struct benchreport;

/* Make NAME.json and NAME.csv, so that what cannot be written is known before anything is trained. ERROR_IO. */
struct benchreport *benchreport_open(const char *name, struct error *e);
/* Write both and put them in place. Frees `r`. */
bool benchreport_commit(struct benchreport *r, const struct benchmark *b, struct error *e);
void benchreport_abandon(struct benchreport *r); /* NULL is allowed */

/* A table in Markdown: a row a case, figures as median (least - most). */
void benchreport_print(const struct benchmark *b, FILE *out);

#endif

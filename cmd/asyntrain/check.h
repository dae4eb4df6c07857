/* SPDX-License-Identifier: MIT
 *
 * check: the report of verb check, which others give before what they would do (--dry-run).
 */
#ifndef ASYNTRAIN_CMD_CHECK_H
#define ASYNTRAIN_CMD_CHECK_H

#include "lib/train/trainer.h"

/* Print corpora, labels, weights and memory of a trainer that stands; warnings to stderr. It reads the corpora again,
 * and writes nothing. false and an error. */
bool check_report(const struct trainer *t, struct error *e);

#endif

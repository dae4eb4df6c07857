/* SPDX-License-Identifier: MIT
 *
 * learn: what `check`, `train` and `eval` do with corpora before they compute anything.
 */
#ifndef ASYNTRAIN_TESTS_FUZZ_LEARN_H
#define ASYNTRAIN_TESTS_FUZZ_LEARN_H

#include "lib/base/config.h"
#include "lib/train/parts.h"

/* Check a configuration in YAML, which must be right: it is the target's own. To be freed. */
struct config *learn_config(const char *yaml, struct parts *parts);

/* Read the corpora of a configuration: learn from them, read them as a test corpus, survey them, warn of their
 * labels. What is wrong with them is not said. */
void learn_corpora(const char *yaml);
/* The same of one that is checked. */
void learn_checked(const struct config *c);

#endif

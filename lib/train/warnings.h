/* SPDX-License-Identifier: MIT
 *
 * warnings: what may be meant, and is hardly: input that training takes, and that says something else than its writer
 * thinks; and rates that cannot work. `train` and `check` tell it.
 */
#ifndef ASYNTRAIN_TRAIN_WARNINGS_H
#define ASYNTRAIN_TRAIN_WARNINGS_H

#include "lib/train/trainer.h"

#define WARNINGS_WORDS 512

/* How many there may be, and the k-th of them in words [WARNINGS_WORDS]; false where all is well. */
uint32_t warnings_count(void);
bool warnings_tell(const struct trainer *t, uint32_t k, char *words);

#endif

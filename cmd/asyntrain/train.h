/* SPDX-License-Identifier: MIT
 *
 * train: the verb's work, for verbs that train many models.
 */
#ifndef ASYNTRAIN_CMD_TRAIN_H
#define ASYNTRAIN_CMD_TRAIN_H

/* Train the configuration of these operands quietly into a run folder, from its last checkpoint where it has one. The
 * exit code; what is wrong is said on stderr. */
int train_in(const char *folder, int argc, char **argv);

#endif

/* SPDX-License-Identifier: MIT
 *
 * runs: one configuration trained with several seeds (train --runs), and what their scores say of their mean
 * (lib/report/statistics.h).
 */
#ifndef ASYNTRAIN_CMD_RUNS_H
#define ASYNTRAIN_CMD_RUNS_H

#include <stdbool.h>

/* Options as they were given: the number of runs; the folder and how many at once, each NULL where it was not. `dry`:
 * say what would be done, and write nothing. The exit code. */
int runs_train(int argc, char **argv, const char *runs, const char *out, const char *jobs, bool dry);

#endif

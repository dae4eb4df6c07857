/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/verb.h"
static int inspect(int argc, char **argv, const char *const *values)
{
    (void)argc;
    (void)argv;
    (void)values;
    return 0;
}
const struct verb verb_inspect = {.name = "inspect",
                                  .summary = "x",
                                  .operands = "RUN",
                                  .example = "x",
                                  .least = 1,
                                  .most = 1,
                                  .run = inspect};

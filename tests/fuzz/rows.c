/* SPDX-License-Identifier: MIT */
#include "lib/theory/simulation.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of numbers, to which `simulate` fits a linear regression. */
FUZZ(rows, bytes, n)
{
    char yaml[16384];
    struct error e = {0};
    struct simulation s;
    struct config *c = config_new();
    snprintf(yaml, sizeof yaml,
             "simulate: {objective: regression, rows: '%s', updates: 3, paths: 1, start: 1}\n",
             fuzz_file("rows", bytes, n));
    if (!config_parse(c, yaml, strlen(yaml), "fuzz", &e))
        abort();
    if (simulation_read(&s, c, &e)) {
        double *x = calloc((size_t)s.updates + 1, s.objective.d * sizeof *x);
        if (x)
            simulation_path(&s, PROCESS_SGD, 0, x);
        free(x);
    }
    simulation_free(&s);
    config_free(c);
}

/* SPDX-License-Identifier: MIT */
#include "lib/report/events.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

/* What a run has logged, as `theory` asks for it. */
FUZZ(events, bytes, n)
{
    static const char *const kind[] = {"epoch", "config", "summary", "begin"};
    static const char *const field[] = {"audit.tau_mean", "epoch", "loss", "", ".", "audit..tau_mean"};
    struct error e = {0};
    struct events *v = events_read(fuzz_file("metrics.jsonl", bytes, n), &e);
    for (size_t k = 0; v && k < sizeof kind / sizeof *kind; k++) {
        size_t count = events_count(v, kind[k]);
        for (size_t i = 0; i < count + 1 && i < 8; i++)
            for (size_t f = 0; f < sizeof field / sizeof *field; f++) {
                double value;
                if ((events_number(v, kind[k], i, field[f], &value) ||
                     events_text(v, kind[k], i, field[f])) &&
                    i == count)
                    abort();
            }
    }
    events_free(v);
}

/* SPDX-License-Identifier: MIT */
#include "lib/engines/recording.h"
#include "lib/engines/delay.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

/* In every epoch each of the samples is read once and written once. */
static void judge(const struct recording *r, size_t nsamples)
{
    for (uint32_t k = 0; k < r->epochs; k++)
        if (r->begin[k + 1] - r->begin[k] != 2 * nsamples)
            abort();
    for (size_t i = 0; i < r->begin[r->epochs]; i++)
        if (r->event[i].ticket >= nsamples || r->event[i].worker >= r->workers)
            abort();
}

FUZZ(recording, bytes, n)
{
    const size_t nsamples = 3;
    struct error e = {0};
    struct recording r;
    if (recording_read(&r, fuzz_file("recording", bytes, n), nsamples, DELAY_WORKERS, &e))
        judge(&r, nsamples);
    recording_free(&r);
}

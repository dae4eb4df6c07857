/* SPDX-License-Identifier: MIT
 *
 * fetch: ask for weights before they are read. What arrives in time costs nothing to read; what is not read after all
 * costs the asking. All functions are inlined: gcc takes one that does nothing else for one without effect, and leaves
 * out its calls.
 */
#ifndef ASYNTRAIN_NUM_FETCH_H
#define ASYNTRAIN_NUM_FETCH_H

#include "lib/base/cpu.h"
#include "lib/num/kernel.h"

#define FETCH static inline __attribute__((always_inline))

/* How many of the most frequent blocks stay in the second cache anyway, about, if a sample reads so many bytes of each:
 * those with lower ids need not be asked for. */
static inline uint32_t fetch_from(size_t bytes)
{
    return (uint32_t)(cpu_cache() / 6 / bytes);
}

/* The rows id[k] >= from of w, k < count, to the second cache: for the next sample, and of that there is more than the
 * first one holds besides what this one computes with. */
FETCH void fetch_rows(const real *w, size_t stride, const uint32_t *id, size_t count, uint32_t from)
{
    for (size_t k = 0; k < count; k++)
        for (size_t at = 0; id[k] >= from && at < stride; at += KERNEL_LINE)
            __builtin_prefetch(w + id[k] * stride + at, 0, 2);
}

/* Lines of a wide row, as in kernel.gather_lines, to the first cache: they are read next. */
FETCH void fetch_lines(const real *row, const uint32_t *line, size_t lines)
{
    for (size_t k = 0; k < lines; k++)
        __builtin_prefetch(row + line[k] * (size_t)KERNEL_LINE, 0, 3);
}

#endif

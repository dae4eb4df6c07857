/* SPDX-License-Identifier: MIT */
#include "lib/num/dense.h"

#include "lib/num/kernel.h"

#include <string.h>

extern const struct dense dense_plain, dense_reference;
#ifdef KERNEL_X86
extern const struct dense dense_avx2, dense_avx512;
#endif

static const struct dense *const table[] = {
#ifdef KERNEL_X86
    &dense_avx512, &dense_avx2,
#endif
    &dense_plain, &dense_reference};

static const struct dense *named(const char *name)
{
    size_t k = 0;
    while (strcmp(table[k]->name, name) != 0)
        k++;
    return table[k];
}

const struct dense *dense_get(void)
{
    static _Atomic(const struct dense *) best; /* any number of threads find the same */
    if (!best)
        best = named(kernel_get()->name);
    return best;
}

const struct dense *const *dense_all(void)
{
    static const struct dense *able[sizeof table / sizeof *table + 1];
    const struct kernel *const *kernel = kernel_all();
    for (size_t k = 0; kernel[k]; k++)
        able[k] = named(kernel[k]->name);
    return able;
}

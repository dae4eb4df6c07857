/* SPDX-License-Identifier: MIT */
#include "lib/num/machine.h"

#include "lib/num/kernel.h"

#include <string.h>

extern const struct machine machine_plain;
#ifdef KERNEL_X86
extern const struct machine machine_avx2, machine_avx512;
#endif

const struct machine *machine_get(void)
{
#ifdef KERNEL_X86
    const char *name = kernel_get()->name;
    if (strcmp(name, machine_avx512.name) == 0)
        return &machine_avx512;
    if (strcmp(name, machine_avx2.name) == 0)
        return &machine_avx2;
#endif
    return &machine_plain; /* of the reference as well */
}

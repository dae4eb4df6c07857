/* SPDX-License-Identifier: MIT
 *
 * version: what a report of a fault needs: this program, how it was built, the libraries that are with it now.
 */
#include "cmd/asyntrain/paragraph.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/config.h"
#include "lib/base/pattern.h"
#include "lib/base/stream.h"
#include "lib/base/unicode.h"
#include "lib/base/version.h"
#include "lib/num/kernel.h"
#include "lib/num/real.h"
#include "lib/report/json_memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void (*const libraries[])(char *words, size_t size) = {
    kernel_library, config_library, json_memory_library, stream_library, unicode_library, pattern_library,
};

static void print_compiler(void)
{
#if defined __clang__
    printf("compiler  clang %d.%d.%d", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined __GNUC__
    printf("compiler  gcc %d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    printf("compiler  unknown");
#endif
#ifdef _OPENMP
    printf(", OpenMP %d", _OPENMP); /* year and month of the standard */
#endif
#if defined __GLIBC__
    printf(", built with glibc %d.%d", __GLIBC__, __GLIBC_MINOR__);
#endif
    putchar('\n');
}

static int version(int argc, char **argv, const char *const *values)
{
    (void)argc;
    (void)argv;
    (void)values;
    char all[1024] = "", words[256];
    struct utsname system;
    printf("asyntrain %s (real: %s, kernel: %s)\n", VERSION,
           sizeof(real) == sizeof(float) ? "float" : "double", kernel_get()->name);
    print_compiler();
    for (size_t k = 0; k < sizeof libraries / sizeof *libraries; k++) {
        libraries[k](words, sizeof words);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k ? ", " : "", words);
    }
    paragraph_pair("libraries", all, 0, 10, paragraph_width());
    if (uname(&system) == 0)
        printf("system    %s %s, %s\n", system.sysname, system.release, system.machine);
    return 0;
}

const struct verb verb_version = {
    .name = "version",
    .summary = "print the version, and what it was built with and runs on",
    .operands = "",
    .example = "asyntrain version",
    .group = VERB_ABOUT,
    .run = version,
};

/* SPDX-License-Identifier: MIT
 *
 * alloc: how often the program has asked for memory so far: the linker sends every call of its own
 * allocation functions through counters (--wrap).
 */
#ifndef ASYNTRAIN_TESTS_ALLOC_H
#define ASYNTRAIN_TESTS_ALLOC_H

#include <stddef.h>

size_t alloc_count(void);

#endif

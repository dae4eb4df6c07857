/* SPDX-License-Identifier: MIT
 *
 * alloc: how often the program has asked for memory so far: the linker sends every call of its own
 * allocation functions through counters (--wrap). And one of them can be let fail.
 */
#ifndef ASYNTRAIN_TESTS_ALLOC_H
#define ASYNTRAIN_TESTS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

size_t alloc_count(void);

/* The n-th call of the calling thread from now on, from 1, gets nothing; 0: none does. What libraries ask for is not
 * counted. `alloc_failed`: has it come to that? */
void alloc_fail(size_t n);
bool alloc_failed(void);

#endif

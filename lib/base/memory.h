/* SPDX-License-Identifier: MIT
 *
 * memory: who makes it frees it. Allocation never returns NULL: running out ends the program with one
 * message and exit code 7, so the core need not carry a failure that it could not mend.
 */
#ifndef ASYNTRAIN_BASE_MEMORY_H
#define ASYNTRAIN_BASE_MEMORY_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes; the product is checked. count 0 gives a pointer to free. */
void *memory_new(size_t count, size_t size);

/* The same on a cache line of its own: 64-byte aligned and padded to whole lines; from 2 MiB on, huge
 * pages are asked for. All of it is touched, so more than the machine has left is "out of memory", too, instead of a
 * program that the system ends. Free with memory_free. */
void *memory_lines(size_t count, size_t size);

/* memory_lines without the zeros: pages take memory when they are touched, huge ones at once. */
void *memory_bare(size_t count, size_t size);

/* On a cache line of its own, and nothing is written to it: pages take memory when they are touched. */
void *memory_reserve(size_t count, size_t size);

/* Grow an array so that it holds `need` elements: *capacity is doubled until it does. Returns the array,
 * moved perhaps; the new part is not zeroed. */
void *memory_grow(void *array, size_t *capacity, size_t need, size_t size);

/* Cut an array to `count` elements (its final size). */
void *memory_fit(void *array, size_t count, size_t size);

char *memory_copy(const char *text, size_t length); /* a zero-ended copy of a string */
void memory_free(void *pointer);

#endif

/* SPDX-License-Identifier: MIT
 *
 * memory: who makes it frees it. Allocation never returns NULL: where memory runs out a handler is called that does not
 * return, so the core need not carry a failure that it could not mend. What happens then is for the program to say: the
 * command prints one message and ends with exit code 7.
 */
#ifndef ASYNTRAIN_BASE_MEMORY_H
#define ASYNTRAIN_BASE_MEMORY_H

#include <stddef.h>

/* Called where memory cannot be had, by the thread that wants it, with one line in words, without a newline ("out of
 * memory: 5 elements of 8 bytes could not be had"). A handler does not return. It ends the program, or jumps to where
 * it was set (longjmp): then what was made since is lost, and the jump must not leave a parallel region. */
typedef void memory_handler(const char *message);
/* Set the handler of all threads, before others run; returns the one before. NULL: none, as at the start: the process
 * ends at once, with exit code 7 and without a word. Within a run of lib/base/ledger.h none is called: it is taken
 * back. */
memory_handler *memory_on_failure(memory_handler *handler);

/* The same end where others could not have memory; `what` follows "out of memory: ", as in "libyaml had none left". */
_Noreturn void memory_failed(const char *what);

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

/* Zeroed, or NULL where there is none: for whoever can bear that. Never part of a ledger; free with memory_free. */
void *memory_try(size_t bytes);
void *memory_try_resize(void *pointer,
                        size_t bytes); /* NULL: `pointer` is as it was; what is new is not zeroed */

#endif

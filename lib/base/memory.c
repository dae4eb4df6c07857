/* SPDX-License-Identifier: MIT */
#include "lib/base/memory.h"

#include "lib/base/error.h"
#include "lib/base/ledger.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static memory_handler *on_failure;

memory_handler *memory_on_failure(memory_handler *handler)
{
    memory_handler *before = on_failure;
    on_failure = handler;
    return before;
}

static _Noreturn void fail(const char *message)
{
    ledger_fail(message);
    if (on_failure)
        on_failure(message);
    _Exit(ERROR_MEMORY);
}

/* (messages lie on the stack: there may be no memory for them elsewhere) */
static _Noreturn void out_of_memory(size_t count, size_t size)
{
    char message[128];
    snprintf(message, sizeof message, "out of memory: %zu elements of %zu bytes could not be had", count,
             size);
    fail(message);
}

void memory_failed(const char *what)
{
    char message[128];
    snprintf(message, sizeof message, "out of memory: %s", what);
    fail(message);
}

static size_t bytes_of(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX)
        out_of_memory(count, size);
    return bytes ? bytes : 1;
}

/* Before memory is asked for: is there room to note it? */
static void reserve(size_t count, size_t size)
{
    if (!ledger_reserve())
        out_of_memory(count, size);
}

void *memory_try(size_t bytes)
{
    return calloc(1, bytes);
}

void *memory_try_resize(void *pointer, size_t bytes)
{
    return realloc(pointer, bytes);
}

void *memory_new(size_t count, size_t size)
{
    reserve(count, size);
    void *p = calloc(1, bytes_of(count, size));
    if (!p)
        out_of_memory(count, size);
    ledger_note(p);
    return p;
}

void *memory_bare(size_t count, size_t size)
{
    const size_t huge = (size_t)2 << 20;
    size_t bytes = bytes_of(count, size);
    size_t line = bytes >= huge ? huge : 64;
    if (bytes > PTRDIFF_MAX - line)
        out_of_memory(count, size);
    size_t padded = (bytes + 63) / 64 * 64;
    void *p;
    reserve(count, size);
    if (posix_memalign(&p, line, padded) != 0)
        out_of_memory(count, size);
#ifdef MADV_HUGEPAGE
    if (line == huge)
        madvise(p, padded, MADV_HUGEPAGE); /* a wish: refusal costs speed only */
#endif
    ledger_note(p);
    return p;
}

/* Bytes that can be touched before the system ends somebody for want of memory; it says so on Linux only. */
static size_t left(void)
{
    char line[128];
    unsigned long kib;
    size_t bytes = SIZE_MAX;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && bytes == SIZE_MAX && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lu kB", &kib) == 1)
            bytes = (size_t)kib * 1024;
    if (f)
        fclose(f);
    return bytes;
}

void *memory_lines(size_t count, size_t size)
{
    const size_t large = (size_t)256 << 20;
    if (bytes_of(count, size) > large && bytes_of(count, size) > left())
        out_of_memory(count, size);
    void *p = memory_bare(count, size);
    memset(p, 0, (bytes_of(count, size) + 63) / 64 * 64);
    return p;
}

void *memory_reserve(size_t count, size_t size)
{
    size_t bytes = bytes_of(count, size);
    void *p;
    reserve(count, size);
    if (bytes > PTRDIFF_MAX - 64 || posix_memalign(&p, 64, (bytes + 63) / 64 * 64) != 0)
        out_of_memory(count, size);
    ledger_note(p);
    return p;
}

static void *resize(void *array, size_t count, size_t size)
{
    const size_t bytes = bytes_of(count, size);
    reserve(count, size);
    ledger_forget(array);
    void *p = realloc(array, bytes);
    ledger_note(p ? p : array);
    return p;
}

void *memory_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity && array)
        return array;
    size_t n = *capacity ? *capacity : 16;
    while (n < need) {
        if (n > SIZE_MAX / 2)
            out_of_memory(need, size);
        n *= 2;
    }
    void *p = resize(array, n, size);
    if (!p)
        out_of_memory(n, size);
    *capacity = n;
    return p;
}

void *memory_fit(void *array, size_t count, size_t size)
{
    void *p = resize(array, count, size);
    if (!p)
        return array; /* that it is too large is no fault */
    return p;
}

char *memory_copy(const char *text, size_t length)
{
    char *copy = memory_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

void memory_free(void *pointer)
{
    ledger_forget(pointer);
    free(pointer);
}

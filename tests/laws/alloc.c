/* SPDX-License-Identifier: MIT */
#include "tests/laws/alloc.h"

#include <stdatomic.h>

static _Atomic size_t count;

size_t alloc_count(void)
{
    return atomic_load(&count);
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t line, size_t n);
int __real_posix_memalign(void **p, size_t line, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t line, size_t n);
int __wrap_posix_memalign(void **p, size_t line, size_t n);

void *__wrap_malloc(size_t n)
{
    atomic_fetch_add(&count, 1);
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    atomic_fetch_add(&count, 1);
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    atomic_fetch_add(&count, 1);
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    atomic_fetch_add(&count, 1);
    return __real_aligned_alloc(line, n);
}

int __wrap_posix_memalign(void **p, size_t line, size_t n)
{
    atomic_fetch_add(&count, 1);
    return __real_posix_memalign(p, line, n);
}

/* SPDX-License-Identifier: MIT */
#include "tests/laws/alloc.h"

#include <errno.h>
#include <stdatomic.h>

static _Atomic size_t count;
static _Thread_local size_t until; /* the one that fails; 0: none */
static _Thread_local bool failed;

size_t alloc_count(void)
{
    return atomic_load(&count);
}

void alloc_fail(size_t n)
{
    until = n;
    failed = false;
}

bool alloc_failed(void)
{
    return failed;
}

/* Count a call; true: it fails. */
static bool fails(void)
{
    atomic_fetch_add(&count, 1);
    if (until == 0 || --until > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
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
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    return fails() ? NULL : __real_aligned_alloc(line, n);
}

int __wrap_posix_memalign(void **p, size_t line, size_t n)
{
    return fails() ? ENOMEM : __real_posix_memalign(p, line, n);
}

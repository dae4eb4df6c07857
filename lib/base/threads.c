/* SPDX-License-Identifier: MIT */
#include "lib/base/threads.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REMEDY "raise the limit (ulimit -u, the pids of a container, OMP_THREAD_LIMIT), or unset OMP_DYNAMIC"

bool threads_too_few(uint32_t k, uint32_t n, struct error *e)
{
    return error_set(
        e, ERROR_THREADS,
        "only %u of %u thread%s could be had; set engine.threads (eval: --threads) to %u, " REMEDY, k, n,
        text_s(n), k);
}

/* ---- threads of our own, made as OpenMP makes its */

/* The bytes that OMP_STACKSIZE asks for (OpenMP 5.1, 6.5: a number, then B, K, M or G; K where there is none), or 0. */
static size_t stack_wish(void)
{
    static const char units[] = "bkmg";
    const char *wish = getenv("OMP_STACKSIZE"), *unit;
    char *end;
    if (!wish)
        return 0;
    unsigned long long number = strtoull(wish, &end, 10);
    end += strspn(end, " ");
    unit = *end ? strchr(units, *end | 0x20) : units + 1;
    size_t shift = unit ? 10 * (size_t)(unit - units) : 0;
    return end == wish || !unit || number > SIZE_MAX >> shift ? 0 : (size_t)number << shift;
}

static void *wait_at(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* Was a thread refused because memory for its stack and what belongs to it is missing? */
static bool memory_lacks(size_t stack)
{
    void *small = malloc(4096);
    void *large =
        mmap(NULL, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool lacks = !small || large == MAP_FAILED;
    free(small);
    if (large != MAP_FAILED)
        munmap(large, stack);
    return lacks;
}

/* Make `wanted` threads that are all alive at once, and end them. Returns how many there could be. */
static uint32_t try_threads(uint32_t wanted, bool *lacks)
{
    pthread_t *thread = memory_new(wanted, sizeof *thread);
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_attr_t attributes;
    size_t stack = stack_wish();
    uint32_t count = 0;
    pthread_attr_init(&attributes);
    if (stack)
        pthread_attr_setstacksize(&attributes, stack); /* one that it refuses OpenMP does not use, either */
    pthread_attr_getstacksize(&attributes, &stack);
    pthread_mutex_lock(&gate);
    for (bool again = false; count < wanted; again = true) {
        if (pthread_create(&thread[count], &attributes, wait_at, &gate) == 0) {
            count++;
            again = false;
            continue;
        }
        if (again)
            break;
    }
    *lacks = count < wanted && memory_lacks(stack);
    pthread_mutex_unlock(&gate);
    for (uint32_t k = 0; k < count; k++)
        pthread_join(thread[k], NULL);
    pthread_attr_destroy(&attributes);
    memory_free(thread);
    return count;
}

/* ---- OpenMP's own: what it says before it ends the program is caught in a pipe */

static int caught = -1, standard_error = -1;
static uint32_t opening; /* threads that OpenMP is making */

static void catch_words(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (standard_error >= 0 && dup2(ends[1], STDERR_FILENO) >= 0)
        caught = ends[0];
    else
        close(ends[0]);
    close(ends[1]);
}

/* Put standard error right; `words`: what was said meanwhile. */
static void let_go(char *words, size_t room)
{
    ssize_t n = 0;
    if (caught >= 0) {
        n = read(caught, words, room - 1);
        dup2(standard_error, STDERR_FILENO);
        close(caught);
    }
    if (standard_error >= 0)
        close(standard_error);
    caught = standard_error = -1;
    words[n > 0 ? n : 0] = 0;
}

bool threads_refused(struct error *e)
{
    char words[512];
    uint32_t n = opening;
    let_go(words, sizeof words);
    opening = 0;
    /* LLVM's library says "OMP: Error #34: System unable to allocate necessary resources for OMP thread" */
    if (n == 0 || (!strstr(words, "hread creation failed") && !strstr(words, "resources for OMP thread")))
        return false;
    error_set(e, ERROR_THREADS,
              "%u thread%s could not be had; set engine.threads (eval: --threads) to fewer, " REMEDY, n,
              text_s(n));
    return true;
}

bool threads_suffice(uint32_t n, struct error *e)
{
    bool lacks = false;
    uint32_t had = n > 1 ? 1 + try_threads(n - 1, &lacks) : n, team = n;
    char words[512];
    if (had < n && lacks)
        memory_failed("a thread could not have its stack");
    if (had < n)
        return threads_too_few(had, n, e);
    opening = n;
    catch_words();
#pragma omp parallel num_threads((int)n)
    {
#pragma omp single nowait
        team = (uint32_t)omp_get_num_threads();
    }
    let_go(words, sizeof words);
    opening = 0;
    if (*words && write(STDERR_FILENO, words, strlen(words)) < 0)
        team = n; /* a warning that nobody sees */
    return team == n || threads_too_few(team, n, e);
}

/* SPDX-License-Identifier: MIT */
#include "lib/base/cpu.h"

#include "tests/test.h"

#include <sched.h>

#ifdef __linux__

/* The one processor that this thread may use, or -1. */
static int bound(void)
{
    cpu_set_t set;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    int found = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&set) == 1; cpu++)
        if (CPU_ISSET(cpu, &set))
            found = cpu;
    return found;
}

/* Threads 0, 1, … have a processor each; beyond that they go round again. */
TEST(more_threads_than_processors_go_round)
{
    cpu_set_t before, after, used;
    int n = cpu_count(), first[CPU_SETSIZE];
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
    CHECK_INT(n, CPU_COUNT(&before));
    CPU_ZERO(&used);
    for (int k = 0; k < 3 * n; k++) {
        CHECK(cpu_pin(k));
        int cpu = bound();
        if (!CHECK(cpu >= 0 && CPU_ISSET(cpu, &before)))
            return;
        if (k < n)
            first[k] = cpu;
        CHECK_INT(cpu, first[k % n]);
        CHECK(k >= n || !CPU_ISSET(cpu, &used));
        CPU_SET(cpu, &used);
    }
    cpu_unpin();
    CHECK(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
}

/* Shares that follow each other have processors of their own, as long as there are enough; a share of all changes
 * nothing. */
TEST(shares_have_processors_of_their_own)
{
    cpu_set_t before, after;
    const int n = cpu_count();
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
    cpu_share(1, n);
    cpu_share(0, n + 1);
    CHECK(sched_getaffinity(0, sizeof after, &after) == 0 && CPU_EQUAL(&before, &after));
    CHECK_INT(cpu_count(), n);
    if (n < 2)
        return;
    CHECK(cpu_pin(1));
    const int second = bound();
    cpu_share(n + 1, 1); /* goes round */
    CHECK_INT(cpu_count(), 1);
    CHECK_INT(bound(), second);
    CHECK(cpu_pin(0));
    CHECK_INT(bound(), second);
    cpu_unpin();
    CHECK_INT(bound(), second);
}

/* What may be used is what the process was given, not what the machine has. */
TEST(only_processors_that_were_given)
{
    cpu_set_t all, one;
    int last = 0;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        last = CPU_ISSET(cpu, &all) ? cpu : last;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK_INT(cpu_count(), 1);
    for (int k = 0; k < 3; k++) {
        CHECK(cpu_pin(k));
        CHECK_INT(bound(), last);
    }
}

#endif

TEST(clocks_do_not_go_back)
{
    double wall = cpu_wall(), thread = cpu_thread_seconds(), process = cpu_process_seconds();
    for (int k = 0; k < 1000; k++) {
        double later = cpu_wall();
        CHECK(later >= wall);
        wall = later;
    }
    CHECK(cpu_thread_seconds() >= thread && cpu_process_seconds() >= process);
    CHECK(cpu_count() >= 1 && cpu_resident_kib() > 0 && cpu_peak_kib() > 0);
}

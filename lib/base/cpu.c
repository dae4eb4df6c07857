/* SPDX-License-Identifier: MIT */
#include "lib/base/cpu.h"

#if defined(__linux__) && defined(__x86_64__)
#include <cpuid.h>
#endif
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double cpu_wall(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static uint64_t system_ticks(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

#if defined(__linux__) && defined(__x86_64__)
/* Waits for all before it, and lets what comes after begin meanwhile. */
static uint64_t processor_ticks(void)
{
    unsigned processor;
    return __builtin_ia32_rdtscp(&processor);
}

/* The same where the processor is too old for that: what comes after waits as well. */
static uint64_t fenced_ticks(void)
{
    __builtin_ia32_lfence();
    return __builtin_ia32_rdtsc();
}

static bool has_rdtscp(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (d & 1u << 27);
}

/* The system trusts the processor's counters: they run evenly and alike on all cores. */
static bool counters_agree(void)
{
    char name[16] = "";
    FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");
    bool read = f && fgets(name, sizeof name, f);
    if (f)
        fclose(f);
    return read && strcmp(name, "tsc\n") == 0;
}

uint64_t (*cpu_clock(void))(void)
{
    return !counters_agree() ? system_ticks : has_rdtscp() ? processor_ticks : fenced_ticks;
}
#else
uint64_t (*cpu_clock(void))(void)
{
    return system_ticks;
}
#endif

double cpu_thread_seconds(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double cpu_process_seconds(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* Time that the calling thread did not run, in steps that its clocks' own noise does not fill. */
#define IDLE_STEP 1e-4 /* seconds */

uint64_t cpu_switches(void)
{
#ifdef RUSAGE_THREAD
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == 0)
        return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
#endif
    return (uint64_t)((cpu_wall() - cpu_thread_seconds()) / IDLE_STEP);
}

long cpu_peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return usage.ru_maxrss / 1024;
#else
    return usage.ru_maxrss;
#endif
}

long cpu_resident_kib(void)
{
    long pages, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident > 0 ? resident * (sysconf(_SC_PAGESIZE) / 1024) : cpu_peak_kib();
}

void cpu_date(char *to)
{
    const time_t now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(to, CPU_DATE, "%Y-%m-%dT%H:%M:%SZ", &t);
}

/* (of ARM processors Linux has a number, and no name) */
void cpu_name(char *to)
{
    *to = 0;
#ifdef __APPLE__
    size_t n = CPU_NAME;
    if (sysctlbyname("machdep.cpu.brand_string", to, &n, NULL, 0) != 0)
        *to = 0;
#else
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && !*to && fgets(line, sizeof line, f)) {
        const char *value = strncmp(line, "model name", 10) == 0 ? strchr(line, ':') : NULL;
        if (value && value[1] == ' ')
            snprintf(to, CPU_NAME, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
    }
    if (f)
        fclose(f);
#endif
}

#define PATIENCE 256 /* turns: about ten microseconds */

void cpu_wait(unsigned turn)
{
    if (turn >= PATIENCE)
        sched_yield();
#if defined(__x86_64__) || defined(__i386__)
    else
        __builtin_ia32_pause();
#endif
}

size_t cpu_cache(void)
{
#ifdef _SC_LEVEL2_CACHE_SIZE
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (bytes > 0)
        return (size_t)bytes;
#endif
    return 1 << 20;
}

#ifdef __linux__

static pthread_once_t once = PTHREAD_ONCE_INIT;
static cpu_set_t allowed; /* as the process was given it */
static int order[CPU_SETSIZE], count; /* allowed processors, first of each core first */

/* The lowest-numbered sibling of a processor: itself where the system does not say. */
static int core_of(int cpu)
{
    char path[96];
    int first = cpu;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    FILE *f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%d", &first) != 1)
            first = cpu;
        fclose(f);
    }
    return first;
}

/* OMP_PROC_BIND or OMP_PLACES say where threads go: OpenMP has bound the first one before main, and would be
 * undone by us. */
static bool placed(void)
{
    return omp_get_proc_bind() != omp_proc_bind_false;
}

static void discover(void)
{
    if (placed() || sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    cpu_set_t cores;
    CPU_ZERO(&cores);
    int siblings[CPU_SETSIZE], later = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        int core = core_of(cpu);
        if (core < CPU_SETSIZE && !CPU_ISSET(core, &cores)) {
            CPU_SET(core, &cores);
            order[count++] = cpu;
        } else {
            siblings[later++] = cpu;
        }
    }
    for (int k = 0; k < later; k++)
        order[count++] = siblings[k];
}

int cpu_count(void)
{
    pthread_once(&once, discover);
    return count ? count : omp_get_num_procs();
}

bool cpu_pin(int index)
{
    pthread_once(&once, discover);
    if (count == 0)
        return false;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(order[index % count], &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

void cpu_unpin(void)
{
    if (count)
        sched_setaffinity(0, sizeof allowed, &allowed);
}

void cpu_share(int first, int n)
{
    int mine[CPU_SETSIZE];
    pthread_once(&once, discover);
    if (n >= count)
        return;
    CPU_ZERO(&allowed);
    for (int k = 0; k < n; k++) {
        mine[k] = order[(first + k) % count];
        CPU_SET(mine[k], &allowed);
    }
    memcpy(order, mine, (size_t)n * sizeof *order);
    count = n;
    cpu_unpin();
}

#else

void cpu_share(int first, int n)
{
    (void)first;
    (void)n;
}

int cpu_count(void)
{
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

bool cpu_pin(int index)
{
    (void)index;
    return false;
}

void cpu_unpin(void)
{
}

#endif

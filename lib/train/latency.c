/* SPDX-License-Identifier: MIT */
#include "lib/train/latency.h"

#include "lib/base/cpu.h"
#include "lib/report/statistics.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>

enum {
    BURSTS = 8, /* that count; the one before them waits for the threads to come */
    LAPS = 512, /* of a burst */
    PATIENCE = 1 << 12, /* reads, a few microseconds, before a thread takes its core to be wanted elsewhere */
};

#define MOST 2.0 /* seconds, where cores are so busy that the threads seldom run together */

struct ring {
    _Alignas(128) _Atomic uint32_t turn; /* (cores fetch lines by twos) */
    _Alignas(128) _Atomic bool stopped;
    double until; /* by the wall clock */
    double seconds[BURSTS];
};

/* false: the time is up. */
static bool wait_for_turn(struct ring *ring, uint32_t mine)
{
    for (unsigned tries = 0; atomic_load_explicit(&ring->turn, memory_order_acquire) != mine; tries++) {
        if (tries < PATIENCE)
            continue;
        cpu_wait(tries);
        if (cpu_wall() > ring->until)
            atomic_store(&ring->stopped, true);
        if (atomic_load(&ring->stopped))
            return false;
    }
    return true;
}

/* Each thread waits for its turn, and passes it on. Thread 0 reads the clock between bursts. */
static void go_round(struct ring *ring, uint32_t me, uint32_t n)
{
    double begin = 0;
    for (uint32_t lap = 0; lap <= (BURSTS + 1) * LAPS; lap++) {
        const uint32_t mine = lap * n + me;
        if (!wait_for_turn(ring, mine))
            return;
        if (me == 0 && lap % LAPS == 0) {
            const double now = cpu_wall();
            if (lap > LAPS)
                ring->seconds[lap / LAPS - 2] = (now - begin) / (LAPS * (double)n);
            begin = now;
        }
        atomic_store_explicit(&ring->turn, mine + 1, memory_order_release);
    }
}

double latency_measure(uint32_t n, bool pin)
{
    struct ring ring = {.until = cpu_wall() + MOST};
    bool whole = false;
    if (n < 2 || n > (uint32_t)cpu_count())
        return NAN;
#pragma omp parallel num_threads((int)n)
    if (omp_get_num_threads() == (int)n) {
        const uint32_t me = (uint32_t)omp_get_thread_num();
        if (pin)
            cpu_pin((int)me);
        go_round(&ring, me, n);
        if (pin)
            cpu_unpin();
        if (me == 0)
            whole = true;
    }
    return whole && !ring.stopped ? statistics_median(ring.seconds, BURSTS) : NAN;
}

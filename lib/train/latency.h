/* SPDX-License-Identifier: MIT
 *
 * latency: how long a cache line needs from the core of a thread to that of the next. Threads that write to the same
 * weights wait for their lines, so it bounds what a second thread can gain. It is about 30 ns where both cores share a
 * cache, some hundred between sockets, and may change while a program runs where a hypervisor moves its processors.
 */
#ifndef ASYNTRAIN_TRAIN_LATENCY_H
#define ASYNTRAIN_TRAIN_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds from thread to thread: a line goes round n of them, each on a core of its own (lib/base/cpu.h) where `pin`
 * says so; the median of a few bursts. NAN for fewer than two threads, for more than there are processors, where
 * OpenMP has no such team, and where cores are so busy that it would take seconds. Else it takes about n 0.2 ms. To be
 * called outside of parallel regions. */
double latency_measure(uint32_t n, bool pin);

#endif

/* SPDX-License-Identifier: MIT
 *
 * cpu: clocks, and threads on cores. Workers are pinned, one a core, because two threads that share a core
 * make every speed-up read 1.0. Where OMP_PROC_BIND or OMP_PLACES ask for a placement, it is OpenMP's.
 */
#ifndef ASYNTRAIN_BASE_CPU_H
#define ASYNTRAIN_BASE_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

double cpu_wall(void); /* seconds of a clock that never goes back */
/* The quickest clock that all cores share, for saying which of two moments came first: ticks of no fixed length. A
 * tick is read after all that the caller has read before. */
uint64_t (*cpu_clock(void))(void);
double cpu_thread_seconds(void); /* processor time of this thread */
double cpu_process_seconds(void);
/* How often the calling thread has lost its core. Two answers are equal if it ran all the time between them. Where the
 * system does not count that, the answer is the time that the thread did not run, in steps of 0.1 ms; shorter pauses
 * may pass unseen. A core that a hypervisor takes from the system is never seen. Costs a system call, about 0.3 µs. */
uint64_t cpu_switches(void);
long cpu_peak_kib(void); /* largest resident set so far */
long cpu_resident_kib(void); /* the resident set now; the largest so far where the system does not tell */

#define CPU_DATE 24
void cpu_date(char *to); /* the time now as 2026-07-31T12:00:59Z, in UTC, into `to` [CPU_DATE] */
#define CPU_NAME 128
void cpu_name(
    char *to); /* what the processor calls itself, into `to` [CPU_NAME]; "" where the system does not tell */
size_t cpu_cache(void); /* bytes of a core's second-level cache; 1 MiB where the system does not tell */
int cpu_count(void); /* logical processors that this process may use */

/* Bind the calling thread to the index-th of them, counting one of every core first, then their siblings;
 * index is taken modulo their number. false where the system does not offer it. */
bool cpu_pin(int index);
/* Call it again and again while another thread is waited for, with `turn` 0, 1, 2 …: a few hundred
 * instructions of patience, then the processor goes to whoever else needs it. */
void cpu_wait(unsigned turn);

/* From now on this process has the n processors from the first-th on alone, as cpu_pin counts them and modulo their
 * number; all, where there are no more than n. Before it has other threads. Does nothing where the system does not
 * offer it. */
void cpu_share(int first, int n);

void cpu_unpin(void); /* the calling thread may use all of them again */

#endif

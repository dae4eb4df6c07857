/* SPDX-License-Identifier: MIT
 *
 * delays: how often each delay occurred in an epoch, as the tracker counts them (lib/probes/tracker.h).
 */
#ifndef ASYNTRAIN_PROBES_DELAYS_H
#define ASYNTRAIN_PROBES_DELAYS_H

#include <stdint.h>

struct tracker;

/* Delays are counted exactly up to 1023, then in ranges that double: 1024 … 2047, 2048 … 4095, … */
#define TRACKER_EXACT 1024
#define TRACKER_DELAYS (TRACKER_EXACT + 54)

struct tracker_delays { /* of all workers in one epoch; all 0 where none was measured */
    uint64_t gradients;
    double mean;
    uint64_t p50, p99, most; /* of a range the greatest that may be meant */
    uint64_t count[TRACKER_DELAYS];
};

/* After tracker_settle. */
void tracker_delays(const struct tracker *t, struct tracker_delays *d);
uint64_t tracker_delay_from(uint32_t place); /* the least delay that count[place] is for */

#endif

/* SPDX-License-Identifier: MIT
 *
 * counts: what is counted of the gradients of one worker in one epoch.
 */
#ifndef ASYNTRAIN_LEARN_COUNTS_H
#define ASYNTRAIN_LEARN_COUNTS_H

#include <stdint.h>

struct gradient_counts {
    uint64_t gradients, errors, read_overwrites, write_overwrites;
    uint64_t
        unsure; /* of the errors: two met in time, but perhaps share no block, or the other's thread stood still */
    /* Where threads outnumber cores: gradients whose thread lost its core on the way; errors of the others, by writes
     * whose thread kept it. */
    uint64_t preempted, through_errors;
    uint64_t errors_other; /* of the errors: in a block that not nearly every sample has */
    uint64_t delay_sum, delay_max; /* in updates by others */
    /* where local copies are merged: updates by others to the hottest blocks that could not be seen */
    uint64_t hot_delay_sum;
    int64_t lost_updates; /* of others, by this worker's stores; net of those that they brought back */
};

#endif

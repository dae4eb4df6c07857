/* SPDX-License-Identifier: MIT
 *
 * child: a part of the program in a process of its own, so that several can run at once and none can harm another. It
 * is made before the program has other threads than its first, and shares nothing with it but the locks of files that
 * are open (flock): they last until the last process is gone.
 *
 * A child whose parent is killed gets TERM, where the system offers that (Linux). One thread at a time.
 */
#ifndef ASYNTRAIN_BASE_CHILD_H
#define ASYNTRAIN_BASE_CHILD_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t process; /* 0: none */
    int code; /* when it has ended: its exit code, or 128 and the number of the signal that ended it */
};

/* Let it do `work`, which returns its exit code. It reads nothing, prints nothing on standard output, and its words on
 * standard error go to the file `words`. Signals do in it what they did before interrupt_catch, which must have been
 * called before. ERROR_THREADS: there can be no more processes; ERROR_IO: the file cannot be written. */
bool child_start(struct child *c, int (*work)(void *context), void *context, const char *words,
                 struct error *e);
/* Has it ended? Does not wait. Once it has, there is none. */
bool child_ended(struct child *c);
void child_signal(const struct child *c, int number);

#endif

/* SPDX-License-Identifier: MIT */
#include "lib/base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static const struct {
    int number;
    const char *name;
    bool stops;
} caught[] = {
    {SIGINT, "INT", true}, {SIGTERM, "TERM", true}, {SIGHUP, "HUP", true}, {SIGUSR1, "USR1", false}};
enum { CAUGHT = sizeof caught / sizeof *caught };

static struct sigaction before[CAUGHT];
static atomic_int stop, save;
static atomic_llong asked; /* when the stop was asked for, in ms; 0: it was not */

#define ONE_WISH 500 /* ms in which signals are one wish */

/* All that it calls may be called in a handler. */
static void note(int number)
{
    struct timespec t;
    long long first = 0;
    if (number == SIGUSR1) {
        atomic_store(&save, 1);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &t);
    const long long now = 1 + 1000LL * t.tv_sec + t.tv_nsec / 1000000;
    if (atomic_compare_exchange_strong(&asked, &first, now)) {
        atomic_store(&stop, number);
        return;
    }
    if (now - first < ONE_WISH)
        return;
    signal(number, SIG_DFL); /* it was asked before, and does not end */
    raise(number);
}

void interrupt_expect(void)
{
    signal(SIGUSR1, SIG_IGN);
}

void interrupt_catch(void)
{
    atomic_store(&asked, 0);
    atomic_store(&stop, 0);
    atomic_store(&save, 0);
    for (int k = 0; k < CAUGHT; k++) {
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(caught[k].number, NULL, &before[k]);
        if (!caught[k].stops || before[k].sa_handler != SIG_IGN)
            sigaction(caught[k].number, &action, NULL);
    }
}

void interrupt_release(void)
{
    for (int k = 0; k < CAUGHT; k++)
        sigaction(caught[k].number, &before[k], NULL);
}

int interrupt_stop(void)
{
    return atomic_load_explicit(&stop, memory_order_relaxed);
}

bool interrupt_save(void)
{
    return interrupt_stop() || atomic_load_explicit(&save, memory_order_relaxed);
}

void interrupt_saved(void)
{
    atomic_store(&save, 0);
}

const char *interrupt_name(int number)
{
    for (int k = 0; k < CAUGHT; k++)
        if (caught[k].number == number)
            return caught[k].name;
    return "?";
}

/* SPDX-License-Identifier: MIT
 *
 * Signals are noted down. Each case is a process of its own: the second signal ends it.
 */
#include "lib/base/interrupt.h"

#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How a process ends that does `what`: the signal that ended it, or minus the code that it returns. */
static int ends(int (*what)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        interrupt_catch();
        _exit(what());
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static int two_at_once(void)
{
    raise(SIGTERM);
    raise(SIGTERM);
    raise(SIGHUP);
    return interrupt_stop();
}

static int one_later(void)
{
    raise(SIGTERM);
    nanosleep(&(struct timespec){.tv_nsec = 600000000}, NULL);
    raise(SIGHUP);
    return interrupt_stop();
}

static int two_to_save(void)
{
    raise(SIGUSR1);
    raise(SIGUSR1);
    const bool asked = interrupt_save();
    interrupt_saved();
    return asked && !interrupt_save() && !interrupt_stop() ? 0 : 1;
}

static int released(void)
{
    interrupt_release();
    raise(SIGTERM);
    return 0;
}

TEST(signals_that_come_together_are_one_wish)
{
    CHECK_INT(ends(two_at_once), -SIGTERM);
}

TEST(who_asks_again_ends_the_program)
{
    CHECK_INT(ends(one_later), SIGHUP);
    CHECK_INT(ends(released), SIGTERM);
}

TEST(a_wish_to_save_is_no_wish_to_stop)
{
    CHECK_INT(ends(two_to_save), 0);
}

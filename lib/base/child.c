/* SPDX-License-Identifier: MIT */
#include "lib/base/child.h"

#include "lib/base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* The end of the parent is the child's wish to stop. `parent` may have gone before it was asked for. */
static void follow(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        raise(SIGTERM);
#else
    (void)parent;
#endif
}

static _Noreturn void be(int (*work)(void *context), void *context, int words, pid_t parent,
                         const sigset_t *before)
{
    const int nothing = open("/dev/null", O_RDWR);
    interrupt_release();
    follow(parent);
    sigprocmask(SIG_SETMASK, before, NULL); /* what was sent meanwhile ends it now */
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
    close(words);
    const int code = work(context);
    fflush(NULL);
    _exit(code);
}

bool child_start(struct child *c, int (*work)(void *context), void *context, const char *words,
                 struct error *e)
{
    const int to = open(words, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const pid_t self = getpid();
    sigset_t all, before;
    if (to < 0)
        return error_set(e, ERROR_IO, "%s: cannot be written: %s; check the path", words,
                         error_reason(errno));
    sigfillset(&all);
    fflush(NULL); /* or the child would print it again */
    sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t process = fork();
    if (process == 0)
        be(work, context, to, self, &before);
    const int fault = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(to);
    if (process < 0) {
        unlink(words);
        return error_set(e, ERROR_THREADS,
                         "no process could be made: %s; run fewer at once, or raise the limit (ulimit -u)",
                         error_reason(fault));
    }
    *c = (struct child){process, 0};
    return true;
}

bool child_ended(struct child *c)
{
    int status;
    if (waitpid(c->process, &status, WNOHANG) != c->process)
        return false;
    c->process = 0;
    c->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

void child_signal(const struct child *c, int number)
{
    if (c->process > 0)
        kill(c->process, number);
}

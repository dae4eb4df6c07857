/* SPDX-License-Identifier: MIT
 *
 * Where memory runs out: each way to ask for it calls the handler, with what was wanted, and goes no further.
 */
#include "lib/base/memory.h"

#include "lib/base/error.h"
#include "tests/test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf back;
static char said[256];

static void jump(const char *message)
{
    snprintf(said, sizeof said, "%s", message);
    longjmp(back, 1);
}

enum { NEW, LINES, BARE, RESERVE, GROW, WAYS };

/* More than any machine has. */
static void ask(int way, size_t count, size_t size)
{
    size_t capacity = 0;
    switch (way) {
    case NEW:
        memory_new(count, size);
        break;
    case LINES:
        memory_lines(count, size);
        break;
    case BARE:
        memory_bare(count, size);
        break;
    case RESERVE:
        memory_reserve(count, size);
        break;
    default:
        memory_grow(NULL, &capacity, count, size);
    }
}

TEST(every_way_to_ask_calls_the_handler_which_may_jump_out)
{
    static const size_t most[][2] = {{SIZE_MAX, 1}, {SIZE_MAX / 2, 8}, {3, SIZE_MAX / 2}};
    CHECK(memory_on_failure(jump) == NULL); /* there is none at the start */
    for (volatile int way = 0; way < WAYS; way++)
        for (volatile size_t k = 0; k < sizeof most / sizeof *most; k++) {
            *said = 0;
            if (setjmp(back) == 0) {
                ask(way, most[k][0], most[k][1]);
                CHECK_MSG(false, "way %d had %zu elements of %zu bytes", way, most[k][0], most[k][1]);
            }
            CHECK_MSG(strncmp(said, "out of memory: ", 15) == 0, "way %d: '%s'", way, said);
            CHECK_MSG(strstr(said, "bytes could not be had") != NULL, "way %d: '%s'", way, said);
        }
    void *p = memory_new(3, 5); /* and then there is memory as before */
    CHECK(p != NULL);
    memory_free(p);
    CHECK(memory_on_failure(NULL) == jump);
}

TEST(others_that_lack_memory_end_alike)
{
    memory_handler *before = memory_on_failure(jump);
    *said = 0;
    if (setjmp(back) == 0) {
        memory_failed("a library had none left");
    }
    CHECK_STR(said, "out of memory: a library had none left");
    *said = 0;
    if (setjmp(back) == 0)
        CHECK_MSG(false, "want of memory has the words '%s'", error_reason(ENOMEM));
    CHECK(strncmp(said, "out of memory: ", 15) == 0);
    CHECK_STR(error_reason(ENOENT), strerror(ENOENT)); /* what is no want of memory comes back */
    memory_on_failure(before);
}

static void returns(const char *message)
{
    (void)message;
}

static int code_of_end(memory_handler *handler)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        memory_on_failure(handler);
        memory_new(SIZE_MAX, 2);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(without_a_handler_the_process_ends)
{
    CHECK_INT(code_of_end(NULL), ERROR_MEMORY);
    CHECK_INT(code_of_end(returns), ERROR_MEMORY); /* which it should not */
}

/* SPDX-License-Identifier: MIT
 *
 * Threads that can be had. Those that cannot, and what OpenMP says of them: tests/cli/no-threads.sh.
 */
#include "lib/base/threads.h"

#include "tests/test.h"

#include <string.h>
#include <unistd.h>

TEST(a_few_can_be_had_and_standard_error_stays)
{
    struct error e = {0};
    int ends[2];
    char words[8] = "";
    CHECK_INT(pipe(ends), 0);
    int before = dup(STDERR_FILENO);
    CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    for (uint32_t n = 1; n <= 4; n++)
        CHECK(threads_suffice(n, &e));
    CHECK(!threads_refused(&e)); /* and nothing is under way */
    CHECK(write(STDERR_FILENO, "here", 4) == 4);
    dup2(before, STDERR_FILENO);
    close(before);
    CHECK(read(ends[0], words, sizeof words - 1) == 4);
    CHECK_STR(words, "here");
    close(ends[0]);
    close(ends[1]);
    CHECK_INT(e.kind, ERROR_NONE);
}

TEST(fewer_than_asked_for_are_an_error)
{
    struct error e = {0};
    CHECK(!threads_too_few(2, 3, &e));
    CHECK_INT(e.kind, ERROR_THREADS);
    CHECK(strncmp(e.text, "only 2 of 3 threads could be had; set engine.threads", 52) == 0);
}

/* SPDX-License-Identifier: MIT */
#include "lib/base/child.h"

#include "lib/base/interrupt.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int say(void *context)
{
    printf("nobody reads this");
    fprintf(stderr, "%s", (const char *)context);
    return getchar() == EOF ? 6 : 1;
}

static int wait_for_ever(void *context)
{
    (void)context;
    while (pause() < 0)
        continue;
    return 0;
}

static int end_of(struct child *c)
{
    while (!child_ended(c))
        usleep(1000);
    CHECK_INT(c->process, 0);
    return c->code;
}

TEST(words_and_codes)
{
    const char *path = test_file("words", "what was there is gone");
    struct child c;
    struct error e = {0};
    char text[64] = "";
    interrupt_catch();
    if (!CHECK_MSG(child_start(&c, say, "its words", path, &e), "%s", e.text))
        return;
    CHECK_INT(end_of(&c), 6);
    FILE *f = fopen(path, "r");
    CHECK(f && fgets(text, sizeof text, f));
    CHECK_STR(text, "its words");
    if (f)
        fclose(f);
    CHECK(!child_start(&c, say, "", "absent/words", &e) && e.kind == ERROR_IO);
    interrupt_release();
}

/* A signal does in the child what it did before it was caught, even at once; and the parent does not take it. */
TEST(signals)
{
    const char *path = test_file("words", "");
    struct error e = {0};
    interrupt_catch();
    for (int k = 0; k < 20; k++) {
        struct child c;
        if (!CHECK(child_start(&c, wait_for_ever, NULL, path, &e)))
            return;
        CHECK(!child_ended(&c));
        child_signal(&c, SIGTERM);
        CHECK_INT(end_of(&c), 128 + SIGTERM);
    }
    CHECK_INT(interrupt_stop(), 0);
    interrupt_release();
}

/* A lock that the parent has is free only when its children are gone as well. */
TEST(locks_outlast_the_parent)
{
    const char *path = test_file("words", "");
    const int held = open(test_folder(), O_RDONLY), other = open(test_folder(), O_RDONLY);
    struct child c;
    struct error e = {0};
    CHECK(flock(held, LOCK_EX | LOCK_NB) == 0);
    interrupt_catch();
    if (!CHECK(child_start(&c, wait_for_ever, NULL, path, &e)))
        return;
    close(held);
    CHECK(flock(other, LOCK_EX | LOCK_NB) != 0);
    child_signal(&c, SIGKILL);
    CHECK_INT(end_of(&c), 128 + SIGKILL);
    CHECK(flock(other, LOCK_EX | LOCK_NB) == 0);
    close(other);
    interrupt_release();
}

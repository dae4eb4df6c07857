/* SPDX-License-Identifier: MIT */
#include "lib/base/error.h"

#include "lib/base/text.h"
#include "tests/test.h"

#include <string.h>

TEST(messages_command_no_terminal)
{
    struct error e;
    CHECK(!error_set(&e, ERROR_IO, "%s: %c[2J, \xC2\x9BK, \xE2\x80\xAE, \xFF", "a\nb", 27) &&
          e.kind == ERROR_IO);
    CHECK_STR(e.text, "a\\x0ab: \\x1b[2J, \\u009bK, \\u202e, \\xff");
    CHECK(!error_within(&e, "%s", "\x7F") && e.kind == ERROR_IO);
    CHECK_STR(e.text, "\\x7f: a\\x0ab: \\x1b[2J, \\u009bK, \\u202e, \\xff"); /* not escaped twice */
    CHECK(!error_set(&e, ERROR_USAGE, "again: %s", e.text));
    CHECK_STR(e.text, "again: \\x7f: a\\x0ab: \\x1b[2J, \\u009bK, \\u202e, \\xff");
}

/* Names of files may have 4096 bytes, and what is wrong with one stands behind it. */
TEST(of_long_messages_the_end_stays)
{
    static char path[200001];
    static const size_t length[] = {900, 1000, 1001, 1002, 1023, 1024, 2000, 4096, 200000};
    struct error e;
    for (size_t k = 0; k < sizeof length / sizeof *length; k++) {
        const size_t n = length[k] + 23;
        memset(path, 'x', length[k]);
        path[length[k]] = 0;
        CHECK(!error_set(&e, ERROR_CORPUS, "%s: is a folder; name one", path) && e.kind == ERROR_CORPUS);
        CHECK_INT(strlen(e.text), n < sizeof e.text ? n : sizeof e.text - 1);
        CHECK_MSG(strncmp(e.text, "xxx", 3) == 0, "%s", e.text);
        CHECK_STR(e.text + strlen(e.text) - 24, "x: is a folder; name one");
        error_add(&e, "; and more");
        CHECK_STR(e.text + strlen(e.text) - 34, "x: is a folder; name one; and more");
        error_within(&e, "in %d", 7);
        CHECK_MSG(strncmp(e.text, "in 7: xxx", 9) == 0, "%s", e.text);
        CHECK_STR(e.text + strlen(e.text) - 10, "; and more");
    }
}

/* What is left out begins and ends between characters. */
TEST(no_character_is_cut)
{
    struct error e;
    char long_one[3 * sizeof e.text];
    for (size_t before = 0; before < 4; before++) {
        memset(long_one, 'x', before);
        for (size_t i = before; i + 3 < sizeof long_one; i += 3)
            memcpy(long_one + i, "\xE4\xB8\xAD", 4);
        error_set(&e, ERROR_CORPUS, "%s", long_one);
        const size_t n = strlen(e.text);
        CHECK(n > sizeof e.text - 8 && text_utf8_fault(span_of(e.text)) == n &&
              memcmp(e.text, long_one, 200) == 0);
    }
    memset(long_one, 1, sizeof long_one - 1);
    long_one[sizeof long_one - 1] = 0;
    error_set(&e, ERROR_CORPUS, "%s", long_one);
    CHECK(strlen(e.text) < sizeof e.text && strlen(e.text) > sizeof e.text - 8);
    CHECK_STR(e.text + strlen(e.text) - 4, "\\x01");
}

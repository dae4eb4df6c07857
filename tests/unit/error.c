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

/* Long ones are cut between characters. */
TEST(messages_are_cut)
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
              memcmp(e.text, long_one, n) == 0);
    }
    memset(long_one, 1, sizeof long_one - 1);
    long_one[sizeof long_one - 1] = 0;
    error_set(&e, ERROR_CORPUS, "%s", long_one);
    CHECK_INT(strlen(e.text), (sizeof e.text - 1) / 4 * 4);
    CHECK_STR(e.text + strlen(e.text) - 4, "\\x01");
}

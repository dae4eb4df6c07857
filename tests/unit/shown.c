/* SPDX-License-Identifier: MIT */
#include "lib/base/shown.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* What arrives of `text` when it is written in pieces of `step` bytes, each flushed. */
static const char *arrives(const char *text, size_t step)
{
    static char there[20000];
    FILE *under = tmpfile(), *f = shown_open(under);
    for (size_t i = 0, n = strlen(text); i < n; i += step) {
        fwrite(text + i, 1, i + step < n ? step : n - i, f);
        fflush(f);
    }
    fclose(f);
    rewind(under);
    there[fread(there, 1, sizeof there - 1, under)] = 0;
    fclose(under);
    return there;
}

TEST(shown_escapes_what_commands_a_terminal)
{
    const char *said = "\x1b[31mred\tB-\xc2\x9b\r\nbar\xe2\x80\xae\xe4\xba\xac\xf0\x9d\x84\x9e\xc3\xa9\n\n";
    const char *shown = "\\x1b[31mred\tB-\\u009b\\x0d\nbar\\u202e\xe4\xba\xac\xf0\x9d\x84\x9e\xc3\xa9\n\n";
    for (size_t step = 1; step <= strlen(said); step++)
        CHECK_STR(arrives(said, step), shown);
}

TEST(shown_keeps_long_lines)
{
    static char line[10001];
    for (size_t shift = 0; shift < 3; shift++) { /* 3 bytes a character: wherever pieces are cut */
        memset(line, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof line; i += 3)
            memcpy(line + i, "\xe4\xba\xac", 4);
        CHECK_STR(arrives(line, sizeof line), line);
        CHECK_STR(arrives(line, 7), line);
    }
}

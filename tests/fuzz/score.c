/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/verb.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

/* The verb's own words are of no interest, but must fit. */
int verb_fail(const struct error *e)
{
    return (int)e->kind + (strlen(e->text) >= sizeof e->text);
}

enum { TASK, SCHEME, STRICT, LABELS, WORDS, GOLD, SEPARATOR, OPTIONS };

static void columns(const uint8_t *bytes, size_t n)
{
    static const char *const way[][OPTIONS + 1] = {
        {NULL},
        {[TASK] = "tagging", [LABELS] = ""},
        {[TASK] = "chunking", [STRICT] = "", [LABELS] = "", [SCHEME] = "iobes"},
        {[GOLD] = "0", [SEPARATOR] = "tab"},
        {[SCHEME] = "bilou", [TASK] = "chunking"},
    };
    char *path = (char *)fuzz_file("answer", bytes, n);
    verb_score.run(1, &path, way[n % (sizeof way / sizeof *way)]);
}

/* What `score` reads: one file in columns; or, where a line --- parts the input, two segmented ones, the second of
 * which is also the list of known words. */
FUZZ(score, bytes, n)
{
    const uint8_t *at = bytes;
    while (at && (size_t)(bytes + n - at) >= 5 && memcmp(at, "\n---\n", 5) != 0)
        at = memchr(at + 1, '\n', (size_t)(bytes + n - at) - 1);
    if (!at || (size_t)(bytes + n - at) < 5) {
        columns(bytes, n);
    } else {
        char *path[2] = {(char *)fuzz_file("gold", bytes, (size_t)(at - bytes) + 1),
                         (char *)fuzz_file("answer", at + 5, (size_t)(bytes + n - at) - 5)};
        const char *values[OPTIONS + 1] = {[WORDS] = n % 2 ? path[1] : NULL};
        verb_score.run(2, path, values);
    }
    fflush(stdout);
}
